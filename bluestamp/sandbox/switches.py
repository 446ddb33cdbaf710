"""Every point on which Xero's pages are silent, or contradict each other, as a switch that can be moved.

Each names the section of the sandbox's reference that leaves it open. The default is what is most likely; `--strict`
puts every switch where it is hardest on a client, `--lenient` where it is easiest. A client that passes under both
is safe whichever is true.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_type_hints

import msgspec

PRESETS = ("likely", "strict", "lenient")


def switch(value: Any, *, strict: Any, lenient: Any, section: str, says: str) -> Any:
    """A field of Switches: its likely value, the two extremes, the section that leaves it open, and what it decides."""
    about = {"strict": strict, "lenient": lenient, "section": section, "says": says}
    return dataclasses.field(default=value, metadata=about)


@dataclass(frozen=True, kw_only=True)
class Switches:
    """What the sandbox does where nobody outside Xero knows. `says` is each switch's docstring."""

    # Purchase orders: no table of moves is published.
    order_billed_by_app: bool = switch(
        True,
        strict=False,
        lenient=True,
        section="6, 16.2",
        says="An app may mark an approved purchase order BILLED.",
    )
    order_unbilled_by_app: bool = switch(
        False,
        strict=False,
        lenient=True,
        section="6, 16.2",
        says="An app may take BILLED back to AUTHORISED.",
    )
    order_deleted_when_approved: bool = switch(
        True,
        strict=False,
        lenient=True,
        section="6, 16.2",
        says="An app may delete an approved purchase order.",
    )
    order_edited_when_billed: bool = switch(
        False,
        strict=False,
        lenient=True,
        section="6, 16.2",
        says="A billed purchase order may still be edited.",
    )
    # Documents
    batch_keeps_valid: bool = switch(
        False,
        strict=True,
        lenient=False,
        section="4.3, 16.3",
        says="A summarised batch that is refused with 400 keeps its valid elements.",
    )
    tax_override: Literal["any", "cent"] = switch(
        "any",
        strict="cent",
        lenient="any",
        section="5.6, 16.10",
        says="A TaxAmount sent with a line may be anything, or at most a cent away from what the rate gives.",
    )
    tax_side_checked: bool = switch(
        False,
        strict=True,
        lenient=False,
        section="9.3",
        says="Output tax types are refused on bills and input tax types on sales invoices, whatever the account.",
    )
    zero_total_is_paid: bool = switch(
        True,
        strict=True,
        lenient=False,
        section="5.2",
        says="An approved document over nothing is PAID at once.",
    )
    negative_totals: bool = switch(
        False, strict=False, lenient=True, section="5.6", says="A document may have a negative total."
    )
    numbers_shared: bool = switch(
        False,
        strict=True,
        lenient=False,
        section="5.5",
        says="Sales invoices and sales credit notes share one set of numbers.",
    )
    bill_found_by_number: Literal["newest", "oldest", "none"] = switch(
        "newest",
        strict="none",
        lenient="newest",
        section="5.8",
        says="Which bill a number in the path finds where several carry it.",
    )
    lock_binds_drafts: bool = switch(
        False,
        strict=True,
        lenient=False,
        section="5.3",
        says="Lock dates also bind DRAFT and SUBMITTED documents, not only their approval.",
    )
    adviser_passes_period_lock: bool = switch(
        False,
        strict=False,
        lenient=True,
        section="5.3, 16.9",
        says="An adviser's token may write between the two lock dates.",
    )
    paid_money_edit: Literal["refused", "ignored"] = switch(
        "refused",
        strict="refused",
        lenient="ignored",
        section="5.3",
        says="What an edit of amounts, tax, currency, type or date does to a document with payments.",
    )
    paid_edit_omits_lines: bool = switch(
        False,
        strict=False,
        lenient=True,
        section="5.3, 5.4",
        says="An edit of a paid document keeps lines that it leaves out, instead of being refused.",
    )
    unknown_line_id: Literal["added", "refused"] = switch(
        "added",
        strict="refused",
        lenient="added",
        section="5.4",
        says="What becomes of a line with a LineItemID that the document doesn't have.",
    )
    unchanged_write_moves_updated: bool = switch(
        True,
        strict=True,
        lenient=False,
        section="4.4",
        says="Writing a document without changing it moves its UpdatedDateUTC.",
    )
    # Currencies
    currency_rate_means: Literal["document_per_base", "base_per_document"] = switch(
        "document_per_base",
        strict="base_per_document",
        lenient="document_per_base",
        section="13.29",
        says="Which way round CurrencyRate is counted: the document's currency for one of the organisation's, or the other way.",
    )
    update_keeps_rate: bool = switch(
        True,
        strict=False,
        lenient=True,
        section="5.1",
        says="An app's update without a CurrencyRate keeps the document's, instead of taking the day's.",
    )
    # Payments and allocations
    deleted_payments_shown: bool = switch(
        True,
        strict=False,
        lenient=True,
        section="8",
        says="Deleted payments can still be read.",
    )
    foreign_account_pays: bool = switch(
        False,
        strict=False,
        lenient=True,
        section="13.29",
        says="A bank account in a third currency may pay a document.",
    )
    allocation_crosses_currencies: bool = switch(
        False,
        strict=False,
        lenient=True,
        section="7",
        says="Credit may be allocated to an invoice in another currency.",
    )
    allocation_id_told: bool = switch(
        True,
        strict=False,
        lenient=True,
        section="7",
        says="The answer to an allocation carries its AllocationID.",
    )
    sent_allocations_apply: bool = switch(
        True,
        strict=True,
        lenient=False,
        section="7",
        says="Posting a credit note with its Allocations applies them again.",
    )
    # Contacts
    contact_restored_by_app: bool = switch(
        True,
        strict=False,
        lenient=True,
        section="9.1",
        says="An archived contact can be un-archived through the API.",
    )
    contact_names_unique: bool = switch(
        True,
        strict=True,
        lenient=False,
        section="9.1",
        says="Two active contacts can't have the same name.",
    )
    # Wire and limits
    not_modified: Literal["empty", "304"] = switch(
        "empty",
        strict="304",
        lenient="empty",
        section="4.4, 16.5",
        says="If-Modified-Since with nothing changed: 200 with an empty list, or 304.",
    )
    unpaged_lines: Literal["absent", "empty"] = switch(
        "absent",
        strict="absent",
        lenient="empty",
        section="4.4",
        says="LineItems in unpaged lists: no key, or an empty list.",
    )
    limit_windows: Literal["fixed", "rolling"] = switch(
        "fixed",
        strict="rolling",
        lenient="fixed",
        section="2.1, 16.6",
        says="How the minute and the day of the call limits pass.",
    )
    limit_body: Literal["empty", "text"] = switch(
        "empty", strict="text", lenient="empty", section="2.1, 16.6", says="The body of a 429."
    )
    app_minute_word: Literal["appminute", "app-minute"] = switch(
        "appminute",
        strict="app-minute",
        lenient="appminute",
        section="2.1, 16.6",
        says="How X-Rate-Limit-Problem names the app's own minute.",
    )
    body_limit_mb: float = switch(
        10.0, strict=3.5, lenient=10.0, section="2.2, 16.7", says="The largest request body, in MB."
    )
    attachment_limit_mb: float = switch(
        10.0, strict=10.0, lenient=25.0, section="2.2, 16.7", says="The largest attachment, in MB."
    )
    key_race: Literal["wait", "refuse"] = switch(
        "wait",
        strict="refuse",
        lenient="wait",
        section="3, 16.8",
        says="The second of two simultaneous calls with one Idempotency-Key waits for the first, or is refused.",
    )
    key_mismatch_number: int = switch(
        10,
        strict=0,
        lenient=10,
        section="3, 16.8",
        says="The ErrorNumber of an Idempotency-Key that is used with another request.",
    )
    problem_keys: Literal["Title", "lower"] = switch(
        "Title",
        strict="lower",
        lenient="Title",
        section="1.5",
        says="The case of the keys in 401 and 403 bodies.",
    )
    not_found_body: Literal["text", "html"] = switch(
        "text", strict="html", lenient="text", section="12.1", says="What a 404 is written in."
    )
    # Webhooks
    settlements_announced: bool = switch(
        True,
        strict=False,
        lenient=True,
        section="10.1, 16.4",
        says="Payments and allocations raise an event of the document they settle.",
    )
    own_writes_announced: bool = switch(
        True,
        strict=True,
        lenient=False,
        section="13.23",
        says="An app's own writes come back to it as events.",
    )
    overpayment_event_data: Literal["full", "none"] = switch(
        "full",
        strict="none",
        lenient="full",
        section="10.1, 16.12",
        says="Whether an OVERPAYMENT event carries Type, Status and UpdatedDateUTCString, as a PREPAYMENT one does.",
    )


FIELDS = {field.name: field for field in dataclasses.fields(Switches)}


class Unknown(ValueError):
    """A switch, preset or position that doesn't exist; its text is a sentence."""


class Switchboard:
    """The switches of one running sandbox, which tests may move while it runs."""

    def __init__(self, start: Switches | None = None) -> None:
        self._start = start or Switches()
        self.now = self._start

    def change(self, wishes: Mapping[str, object]) -> None:
        """Move switches by name; `preset` moves all of them first. Raises Unknown."""
        named = {name: value for name, value in wishes.items() if name != "preset"}
        began = preset(str(wishes["preset"])) if "preset" in wishes else self.now
        self.now = moved(began, named)

    def reset(self) -> None:
        """Put them back as the sandbox was started."""
        self.now = self._start


def preset(name: str) -> Switches:
    """All switches as likely, strict or lenient. Raises Unknown."""
    if name not in PRESETS:
        raise Unknown(f"There is no preset '{name}': choose {', '.join(PRESETS)}.")
    if name == "likely":
        return Switches()
    return Switches(**{field.name: field.metadata[name] for field in FIELDS.values()})


def moved(switches: Switches, wishes: Mapping[str, object]) -> Switches:
    """Switches with some of them moved; values may be text, as a command line gives them. Raises Unknown."""
    for name in wishes:
        if name not in FIELDS:
            raise Unknown(f"There is no switch '{name}'.")
    try:
        return msgspec.convert(dataclasses.asdict(switches) | dict(wishes), Switches, strict=False)
    except msgspec.ValidationError as fault:
        raise Unknown(f"A switch can't be moved there: {fault}.") from None


def read(*, strict: bool, lenient: bool, named: list[str]) -> Switches:
    """The switches of a command line: a preset and `name=value` pairs. Raises Unknown."""
    if strict and lenient:
        raise Unknown("--strict and --lenient exclude each other.")
    began = preset("strict" if strict else "lenient" if lenient else "likely")
    wishes: dict[str, object] = {}
    for pair in named:
        name, mark, value = pair.partition("=")
        if not mark:
            raise Unknown(f"--switch is written name=value, not '{pair}'.")
        wishes[name.strip()] = value.strip()
    return moved(began, wishes)


def describe(switches: Switches) -> list[dict[str, object]]:
    """Every switch: where it stands, where the presets put it, what it may be, its section and what it decides."""
    hints = get_type_hints(Switches)
    return [
        {
            "name": name,
            "value": getattr(switches, name),
            "likely": field.default,
            "strict": field.metadata["strict"],
            "lenient": field.metadata["lenient"],
            "takes": list(getattr(hints[name], "__args__", ())) or hints[name].__name__,
            "section": field.metadata["section"],
            "says": field.metadata["says"],
        }
        for name, field in FIELDS.items()
    ]
