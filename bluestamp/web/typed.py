"""What a person typed into a document's form, word for word, so that a refusal gives it back untouched.

Figures and days are read here; whether they may stand is for the verb to say. Lines arrive in the order of their
`line` keys; wholly empty ones are nobody's intention and are left out, so that `lines.<n>` of a refusal means the
same line on both sides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from django.http import QueryDict

from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.errors import Invalid, InvalidFields
from bluestamp.money import amounts

LINE_WORDS: Final = (
    "master_id",
    "item",
    "description",
    "quantity",
    "unit_amount",
    "discount_rate",
    "account_code",
    "tax_type",
    "typed_tax",
    "sell_unit_amount",
    # of a job's plan alone
    "cost_unit_amount",
    "supplier_id",
    "is_cost",
)
_FIGURES: Final = (
    ("quantity", 4),
    ("unit_amount", 4),
    ("discount_rate", 4),
    ("typed_tax", 2),
    ("sell_unit_amount", 4),
)
_EMPTY_MEANS: Final = {"quantity": Decimal(1), "unit_amount": Decimal(0), "discount_rate": Decimal(0)}


@dataclass
class TypedLine:
    """One line as it stands in the form. `key` names its controls; `amount` is the server's answer, never sent."""

    key: str
    id: str = ""
    words: dict[str, str] = field(default_factory=dict)
    amount: Decimal | None = None
    faults: dict[str, str] = field(default_factory=dict)
    #: what is worth a second look and stops nothing
    remarks: list[str] = field(default_factory=list)

    @property
    def supplier_name(self) -> str:
        """The name of the control that holds its supplier, in a job's plan."""
        return f"{self.key}-supplier_id"

    def is_blank(self) -> bool:
        """Whether nobody meant anything by it."""
        meant = {"item", "description", "unit_amount", "typed_tax", "cost_unit_amount"}
        return not self.id and not any(self.words.get(name, "").strip() for name in meant)


@dataclass
class Typed:
    """A document's form: its words by field, and its lines."""

    words: dict[str, str]
    lines: list[TypedLine]

    def get(self, name: str, default: str = "") -> str:
        """The words of one field."""
        return self.words.get(name, default)

    def __getitem__(self, name: str) -> str:
        return self.words[name]


class Reading:
    """Turns words into values and gathers what can't be read, so that a person hears of everything at once."""

    def __init__(self) -> None:
        self.faults: list[Invalid] = []

    def figure(self, text: str, *, places: int, name: str, empty: Decimal | None = None) -> Decimal | None:
        """A figure, or `empty` for none."""
        if not text.strip():
            return empty
        return self._try(lambda: amounts.parse_amount(text, places=places, field=name), empty)

    def day(self, text: str, *, name: str) -> dt.date | None:
        """A calendar day as the browser's control writes it (2026-11-19), or nothing."""
        if not text.strip():
            return None
        try:
            return dt.date.fromisoformat(text.strip())
        except ValueError:
            self.faults.append(Invalid(f"“{text}” is not a date.", field=name))
            return None

    def needed_day(self, text: str, *, name: str, otherwise: dt.date) -> dt.date:
        """A day that must be there."""
        found = self.day(text, name=name)
        if found is None and not text.strip():
            self.faults.append(Invalid("Choose a date.", field=name))
        return found or otherwise

    def finish(self) -> None:
        """Go on, or raise InvalidFields with all that could not be read."""
        if self.faults:
            raise InvalidFields(self.faults)

    def _try(self, read: Callable[[], Decimal], otherwise: Decimal | None) -> Decimal | None:
        try:
            return read()
        except Invalid as fault:
            self.faults.append(fault)
            return otherwise


def from_post(post: QueryDict) -> Typed:
    """Take the form as it came."""
    lines = [_line_from(post, key) for key in post.getlist("line")]
    words = {name: str(post.get(name, "")).strip() for name in post if "-" not in name}
    return Typed(words=words, lines=[line for line in lines if not line.is_blank()])


def blank_lines(post: QueryDict) -> list[TypedLine]:
    """The lines that nobody has filled yet."""
    return [line for line in (_line_from(post, key) for key in post.getlist("line")) if line.is_blank()]


def _line_from(post: QueryDict, key: str) -> TypedLine:
    words = {name: str(post.get(f"{key}-{name}", "")).strip() for name in LINE_WORDS}
    return TypedLine(key=key, id=str(post.get(f"{key}-id", "")), words=words)


def from_lines(rows: Iterable[LineItem]) -> list[TypedLine]:
    """Write a document's lines into the form."""
    return [_written(row) for row in rows]


def _written(row: LineItem) -> TypedLine:
    return TypedLine(key=row.pk, id=row.pk, words=_words_of(row), amount=row.line_amount)


def _words_of(row: LineItem | LineDraft) -> dict[str, str]:
    sell = getattr(row, "sell_unit_amount", None)
    return {
        "master_id": row.master_id or "",
        "item": row.item,
        "description": row.description,
        "quantity": amounts.format_plain(row.quantity, at_least=0),
        "unit_amount": amounts.format_plain(row.unit_amount),
        "discount_rate": amounts.format_plain(row.discount_rate, at_least=0) if row.discount_rate else "",
        "account_code": row.account_code,
        "tax_type": row.tax_type,
        "typed_tax": "" if row.typed_tax is None else amounts.format_plain(row.typed_tax),
        "sell_unit_amount": "" if sell is None else amounts.format_plain(sell),
    }


def from_drafts(drafts: Iterable[LineDraft]) -> list[TypedLine]:
    """Write lines that are not stored yet into the form."""
    return [TypedLine(key=f"new{place}", words=_words_of(draft)) for place, draft in enumerate(drafts)]


def read_lines(lines: Iterable[TypedLine], reading: Reading) -> tuple[LineDraft, ...]:
    """Read the lines; faults are named `lines.<n>.<field>`."""
    return tuple(_read_line(line, place, reading) for place, line in enumerate(lines))


def _read_line(line: TypedLine, place: int, reading: Reading) -> LineDraft:
    figures = {
        name: reading.figure(
            line.words.get(name, ""),
            places=places,
            name=f"lines.{place}.{name}",
            empty=_EMPTY_MEANS.get(name),
        )
        for name, places in _FIGURES
    }
    return LineDraft(
        id=line.id or None,
        master_id=line.words.get("master_id") or None,
        item=line.words.get("item", ""),
        description=line.words.get("description", ""),
        quantity=figures["quantity"] or Decimal(0),
        unit_amount=figures["unit_amount"] or Decimal(0),
        discount_rate=figures["discount_rate"] or Decimal(0),
        account_code=line.words.get("account_code", ""),
        tax_type=line.words.get("tax_type", ""),
        typed_tax=figures["typed_tax"],
        sell_unit_amount=figures["sell_unit_amount"],
    )


def spread_faults(typed: Typed, faults: dict[str, str]) -> dict[str, str]:
    """Give each line its own faults, and return those of the document."""
    rest: dict[str, str] = {}
    for name, sentence in faults.items():
        head, _, tail = name.partition(".")
        place, _, column = tail.partition(".")
        if head == "lines" and place.isdigit() and int(place) < len(typed.lines):
            typed.lines[int(place)].faults[column] = sentence
        else:
            rest["" if head == "lines" else name] = sentence
    return rest


def blank_line(key: str = "new0") -> TypedLine:
    """An empty line to begin with."""
    return TypedLine(key=key, words={"quantity": "1"})
