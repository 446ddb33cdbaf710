"""The panel "Payments and credits" of an invoice or a credit note: what moved its money, what may, and what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from bluestamp.books import (
    applications,
    credit_notes,
    exchange_rates,
    invoices,
    keepers,
    payments,
    standings,
)
from bluestamp.books.applications import CreditApplication
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.invoices import Invoice
from bluestamp.books.payments import Nature, Payment, State
from bluestamp.money import amounts
from bluestamp.people.permissions import Action
from bluestamp.sync import copies
from bluestamp.web.visits import Visit

Paper = Invoice | CreditNote


@dataclass(frozen=True)
class Row:
    """One payment, or one part of a credit note; `sentence` says why it was refused or is held."""

    on: dt.date
    words: str
    detail: str
    amount: Decimal
    path: str = ""
    pill: tuple[str, str] = ("", "")
    sentence: str = ""
    removal_path: str = ""
    removal_means: str = ""
    same_path: str = ""
    another_path: str = ""


@dataclass(frozen=True)
class Offer:
    """The other document of an application: what of it is open, the amount that fits both, and the day for it."""

    pk: str
    called: str
    detail: str
    open: Decimal
    fits: str
    on: dt.date


@dataclass(frozen=True)
class Refused:
    """A form of the panel that was refused, as it was typed.

    `asks_contact` offers to create the contact; `elsewhere` is the other document where something is to be settled
    first: its number and its page.
    """

    form: str
    words: Mapping[str, str]
    faults: Mapping[str, str]
    asks_contact: str = ""
    elsewhere: tuple[str, str] | None = None


@dataclass(frozen=True)
class Panel:
    """All that the panel shows."""

    rows: list[Row]
    offers: list[Offer]
    open: Decimal
    paths: dict[str, str]
    organisation: str
    payment: dict[str, str]
    accounts: list[tuple[str, str]] = field(default_factory=list)
    can_record: bool = False
    can_apply: bool = False
    creates_entry: bool = False
    earlier: Decimal | None = None
    advice: str = ""
    refused: Refused | None = None

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to show or to do."""
        return bool(self.rows or self.can_record or self.can_apply or self.earlier)


def of(visit: Visit, document: Paper, *, refused: Refused | None = None) -> Panel:
    """Read a document's payments and credits, and what may be done with them."""
    home = copies.home_of(document)
    organisation = home.name if home else ""
    ledger = keepers.of(document)
    left = standings.open_amount(document)
    is_open = document.status in (invoices.Status.SENT, credit_notes.Status.ISSUED) and left > 0
    can_record = is_open and visit.may(Action.RECORD_PAYMENTS) and payments.may_record(document)
    offers = _offers(visit, document, left) if is_open and visit.may(Action.APPLY_CREDITS) else []
    # A credit note says that there is nothing to apply it to; an invoice without credit has nothing to say.
    can_apply = bool(offers) or (
        is_open and visit.may(Action.APPLY_CREDITS) and isinstance(document, CreditNote)
    )
    words = {"paid_on": visit.today.isoformat(), "amount": amounts.format_plain(left)}
    words["account_code"] = ledger.payments_account_code if ledger else ""
    if refused is not None and refused.form == "payment":
        words |= refused.words
    return Panel(
        rows=[*_payments(visit, document, organisation), *_applications(visit, document, organisation)],
        offers=offers,
        open=left,
        paths=_paths(visit, document),
        organisation=organisation,
        payment=words,
        accounts=[(account.code, str(account)) for account in payments.accounts(ledger)],
        can_record=can_record,
        can_apply=can_apply,
        creates_entry=home is not None,
        earlier=_earlier(document) if home and visit.may(Action.RECORD_PAYMENTS) else None,
        advice=_advice(document, organisation),
        refused=refused,
    )


def mark(document: Any) -> str:
    """What an open page remembers of the panel, to see whether it changed; "" for kinds that have none."""
    if not isinstance(document, Invoice | CreditNote):
        return ""
    return ".".join(f"{row.pk[-4:]}{row.state[:3]}{row.code[:2]}" for row in _moves(document))


def is_on_its_way(document: Any) -> bool:
    """Whether Xero is being asked about some of its money right now."""
    if not isinstance(document, Invoice | CreditNote):
        return False
    return any(row.state in (State.ASKED, State.REMOVING) and not row.code for row in _moves(document))


def _moves(document: Paper) -> Sequence[Payment | CreditApplication]:
    return [*payments.of(document.kind, document.pk), *_applied(document)]


# ── steps ──

_PILLS: Final[Mapping[str, tuple[str, str]]] = {
    "asked": ("On its way", "on-its-way"),
    "refused": ("Refused", "red"),
    "removing": ("Being removed", "on-its-way"),
}


def _payments(visit: Visit, document: Paper, organisation: str) -> list[Row]:
    """Payments and what Xero credited; a note of ours that is applied stands among the applications."""
    ours = {row.credit_note.number for row in _applied(document)}
    rows = payments.of(document.kind, document.pk)
    known = [row for row in rows if row.nature != Nature.CREDIT_NOTE or row.reference not in ours]
    return [_payment(visit, document, row, organisation) for row in known]


def _payment(visit: Visit, document: Paper, row: Payment, organisation: str) -> Row:
    parts = [f"in {row.get_origin_display()}", row.reference, row.account_code]
    parts.append(exchange_rates.words_of_payment(document, row.currency_rate))
    may = visit.may(Action.RECORD_PAYMENTS) and row.nature == Nature.PAYMENT and row.state != State.REMOVING
    may = may and not row.in_flight and (row.state != State.CONFIRMED or payments.may_record(document))
    is_alike = row.code == payments.LOOKS_ALIKE
    is_there = bool(row.external_id and document.ledger_version is not None)
    pill = ("Is it the same?", "amber") if is_alike else _PILLS.get(row.state, ("", ""))
    is_refund = document.kind == credit_notes.KIND
    return Row(
        on=row.paid_on,
        words="Paid back" if is_refund else row.get_nature_display(),
        detail=" · ".join(part for part in parts if part),
        amount=row.amount,
        pill=pill,
        sentence=row.sentence,
        removal_path=visit.path("payment_removal", row.pk) if may else "",
        removal_means=_removal_means(row.state, organisation if is_there else "", "payment"),
        same_path=visit.path("payment_same", row.pk) if is_alike and may else "",
        another_path=visit.path("payment_another", row.pk) if is_alike and may else "",
    )


def _applied(document: Paper) -> list[CreditApplication]:
    if isinstance(document, Invoice):
        return applications.of_invoice(document.pk)
    return applications.of_note(document.pk)


def _applications(visit: Visit, document: Paper, organisation: str) -> list[Row]:
    return [_application(visit, document, row, organisation) for row in _applied(document)]


def _application(visit: Visit, document: Paper, row: CreditApplication, organisation: str) -> Row:
    other: Paper = row.credit_note if isinstance(document, Invoice) else row.invoice
    noun = "Credit note" if isinstance(document, Invoice) else "Invoice"
    may = visit.may(Action.APPLY_CREDITS) and row.state != "removing" and not row.in_flight
    return Row(
        on=row.applied_on,
        words=f"{noun} {other.number}".strip(),
        detail=f"applied in {row.get_origin_display()}",
        amount=row.amount,
        path=visit.path(other.kind, other.pk),
        pill=_PILLS.get(row.state, ("", "")),
        sentence=row.sentence,
        removal_path=visit.path("application_removal", row.pk) + f"?on={document.kind}" if may else "",
        removal_means=_removal_means(row.state, "" if row.is_only_here else organisation, "credit"),
    )


def _removal_means(state: str, organisation: str, what: str) -> str:
    """What removing does, in Xero too."""
    if state == "refused":
        return "It was refused, so nothing changes: it is only put aside."
    if state == "asked":
        return "It was not sent yet: nothing changes in Xero."
    if not organisation:
        return f"The {what} stands only here; what it settled is open again."
    rest = "One that is reconciled stays there, and you are told." if what == "payment" else ""
    return f"The {what} is removed in {organisation} too, and what it settled is open again. {rest}".strip()


def _offers(visit: Visit, document: Paper, left: Decimal) -> list[Offer]:
    """The notes or invoices of the same company, currency and books, each with the amount that fits."""
    others: Sequence[Paper] = (
        applications.notes_for(document)
        if isinstance(document, Invoice)
        else applications.invoices_for(document)
    )
    open_amounts = standings.open_amounts(others)
    return [
        _offer(other, left, open_amounts[other.pk], day_to_apply(visit, document, other)) for other in others
    ]


def day_to_apply(visit: Visit, one: Paper, other: Paper) -> dt.date:
    """Return the day on which credit is applied unless somebody says otherwise: today, or as soon as both are there."""
    return max(visit.today, one.issued_on, other.issued_on)


def _offer(other: Paper, left: Decimal, there: Decimal, on: dt.date) -> Offer:
    return Offer(
        pk=other.pk,
        called=other.number,
        detail=other.job.name if other.job else other.reference,
        open=there,
        fits=amounts.format_plain(min(left, there)),
        on=on,
    )


def _paths(visit: Visit, document: Paper) -> dict[str, str]:
    acts = ("payments", "applications", "payment_account")
    return {act: visit.path(f"{document.kind}_{act}", document.pk) for act in acts}


def _earlier(document: Paper) -> Decimal | None:
    """What was paid before Xero held the document, into an account that nobody named (S50)."""
    rows = [row for row in payments.earlier(document.kind, document.pk) if not row.account_code]
    return sum((row.amount for row in rows), Decimal(0)) if rows else None


def _advice(document: Paper, organisation: str) -> str:
    """Send a note before it is used (S48): a hint, not a block."""
    is_note = isinstance(document, CreditNote) and document.status == credit_notes.Status.ISSUED
    if not organisation or not is_note or document.ledger_version is not None:
        return ""
    return (
        f"Send it to {organisation} before you use it: then nothing has to be sent while credit is applied."
    )
