"""Credit applied: so much of a credit note, taken off an invoice.

    asked → confirmed → removing → removed
    asked → refused

In a branch whose books are kept here it counts at once. Else it is asked: it reserves its amount on both documents
and counts when both hold it there; refused, it releases the amount and says why. The note is always locked before
the invoice, so that two acts never wait for each other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

from django.db import models, transaction
from django.db.models import Q, QuerySet

from bluestamp.books import credit_notes, documents, invoices, issuing, keepers, payments, standings
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.documents import Document
from bluestamp.books.invoices import Invoice
from bluestamp.books.payment_rows import Origin
from bluestamp.errors import Conflict, Invalid, NotFound
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.rows import StudioRow

Paper = TypeVar("Paper", Invoice, CreditNote)


class State(models.TextChoices):
    """What the ledger says to it."""

    ASKED = "asked", "On its way"
    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Refused"
    REMOVING = "removing", "Being removed"
    REMOVED = "removed", "Removed"


class CreditApplication(StudioRow):
    """So much of one note on one invoice, in the currency of both."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="applications")
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="applications")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    applied_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    external_id = models.CharField(max_length=36, blank=True)
    #: it was made where the books are kept here, and no other ledger knows of it
    is_only_here = models.BooleanField(default=False)
    code = models.CharField(max_length=60, blank=True)
    sentence = models.TextField(blank=True)
    #: it stands in a call whose outcome is not known yet
    in_flight = models.BooleanField(default=False)
    recorded_by = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["applied_on", "id"]
        indexes = [
            models.Index(
                fields=["studio"], condition=Q(state__in=["asked", "removing"]), name="application_to_send"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "credit_note", "external_id"],
                condition=~Q(external_id=""),
                name="application_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="application_above_zero"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="application_state"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="application_origin"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of {self.credit_note_id} on {self.invoice_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredApplication:
    """One application as the ledger holds it. `external_id` is "" in answers that don't give it."""

    external_id: str
    invoice_id: str
    amount: Decimal
    applied_on: dt.date


class NotApplicable(Conflict):
    """The status of one of the two documents does not allow it; the sentence names the document."""

    code = "NOT_APPLICABLE"


class NotIssuedYet(NotApplicable):
    """The client never got the invoice: a person issues it first (bookkeeping rule 15)."""

    code = "NOT_ISSUED_YET"


class NotTogether(Conflict):
    """The two documents are of different companies, currencies or books."""

    code = "NOT_TOGETHER"


# Questions


def of_note(note_id: str) -> list[CreditApplication]:
    """Return where the note was applied, asked and refused, the oldest first; not what was taken back."""
    return list(_standing().filter(credit_note_id=note_id).select_related("invoice"))


def of_invoice(invoice_id: str) -> list[CreditApplication]:
    """Return which credit was applied to the invoice, asked and refused, the oldest first; not what was taken back."""
    return list(_standing().filter(invoice_id=invoice_id).select_related("credit_note"))


def available(note: CreditNote) -> Decimal:
    """Return what of the note may still be applied: what remains, less what is on its way."""
    return standings.open_amount(note)


def open_amount(invoice: Invoice) -> Decimal:
    """Return what may still be paid or credited on the invoice: what is due, less what is on its way."""
    return standings.open_amount(invoice)


def invoices_for(note: CreditNote) -> list[Invoice]:
    """Return the open invoices that the note may be applied to, the first due first (any job of the same company)."""
    rows = Invoice.objects.filter(
        keepers.kept_beside(note, invoices.KIND),
        company_id=note.company_id,
        currency=note.currency,
        status=invoices.Status.SENT,
        amount_due__gt=0,
    )
    return _with_something_open(rows.select_related("job", "branch").order_by("due_on", "id"))


def notes_for(invoice: Invoice) -> list[CreditNote]:
    """Return the notes of which something may be applied to the invoice, the oldest first."""
    rows = CreditNote.objects.filter(
        keepers.kept_beside(invoice, credit_notes.KIND),
        company_id=invoice.company_id,
        currency=invoice.currency,
        status=credit_notes.Status.ISSUED,
        amount_due__gt=0,
    )
    return _with_something_open(rows.select_related("job", "branch").order_by("issued_on", "id"))


def earliest_day(note: CreditNote, invoice: Invoice) -> dt.date:
    """Return the first day on which credit may be applied: both documents are there."""
    return max(note.issued_on, invoice.issued_on)


def to_send() -> QuerySet[CreditApplication]:
    """Return what the ledger is to be asked, oldest first, those in flight apart."""
    rows = CreditApplication.objects.filter(state__in=[State.ASKED, State.REMOVING], in_flight=False)
    return rows.select_related("credit_note", "invoice").order_by("recorded_at", "id")


# Verbs, in the order an application lives


def apply(
    *, note_id: str, invoice_id: str, amount: Decimal, applied_on: dt.date, by: Actor, now: dt.datetime
) -> CreditApplication:
    """Take so much of the note off the invoice; the amount is reserved at once.

    Refuses NotPermitted, NotFound, NotIssuedYet, NotApplicable, NotTogether, TooMuch or Invalid at `amount`, Invalid at
    `applied_on` (a closed period, or before one of the two documents).
    """
    permissions.require(by, Action.APPLY_CREDITS)
    with transaction.atomic():
        note, invoice = documents.locked(CreditNote, note_id), documents.locked(Invoice, invoice_id)
        _refuse_status(note, invoice)
        _refuse_apart(note, invoice)
        documents.refuse_faults(_faults(note, invoice, amount, applied_on))
        row = _new(note, invoice, amount, applied_on, origin=Origin.HERE, by=by.name, now=now)
        row.is_only_here = not _is_asked_elsewhere(note, invoice)
        row.state = State.CONFIRMED if row.is_only_here else State.ASKED
        row.save(force_insert=True)
        _follow(note, invoice, by=by, now=now)
        _record(row, "credit_applied", "Applied", by=by, now=now)
    return row


def ask_removal(*, application_id: str, by: Actor, now: dt.datetime) -> CreditApplication:
    """Undo an application: at once when it exists only here, else when the ledger has undone it too.

    One that was refused is put aside. Refuses NotPermitted, NotFound, OnItsWay, NotRemovable, InLockedPeriod.
    """
    permissions.require(by, Action.APPLY_CREDITS)
    with transaction.atomic():
        row = _locked(application_id)
        _refuse_unremovable(row)
        is_known_there = row.state == State.CONFIRMED and not row.is_only_here
        _set(row, state=State.REMOVING if is_known_there else State.REMOVED, code="", sentence="")
        _follow(row.credit_note, row.invoice, by=by, now=now)
        _record(row, "credit_removed", "Took back", by=by, now=now)
    return row


# What the ledger says to ours


def confirm(*, application_id: str, external_id: str, now: dt.datetime) -> CreditApplication:
    """The ledger has it. One that `mirror` brought under this id is the same, and becomes one with it.

    Saying it twice changes nothing. Raises NotFound.
    """
    with transaction.atomic():
        row = _locked(application_id)
        is_news = row.state not in (State.CONFIRMED, State.REMOVING) or row.is_only_here
        if is_news or (external_id and row.external_id != external_id):
            state = State.CONFIRMED if is_news else row.state
            twins = CreditApplication.objects.filter(credit_note_id=row.credit_note_id)
            twins.filter(external_id=external_id).exclude(Q(id=row.id) | Q(external_id="")).delete()
            _set(row, state=state, external_id=external_id, is_only_here=False, **_SETTLED)
            standings.raise_to_known(row.credit_note)
            standings.raise_to_known(row.invoice)
    return row


def refuse(*, application_id: str, code: str, sentence: str, now: dt.datetime) -> CreditApplication:
    """The ledger does not take it: it releases its amount and says why. So with one that exists only here. Raises NotFound."""
    with transaction.atomic():
        row = _locked(application_id)
        if row.state == State.ASKED or (row.state == State.CONFIRMED and row.is_only_here):
            _set(row, state=State.REFUSED, in_flight=False, code=code, sentence=sentence)
    return row


def confirm_removal(*, application_id: str, now: dt.datetime) -> CreditApplication:
    """The ledger no longer has it. The standings follow by the next reading. Raises NotFound."""
    with transaction.atomic():
        row = _locked(application_id)
        if row.state == State.REMOVING:
            _set(row, state=State.REMOVED, **_SETTLED)
    return row


def refuse_removal(*, application_id: str, sentence: str, now: dt.datetime) -> CreditApplication:
    """The ledger keeps it: it stays, with the reason. Raises NotFound."""
    with transaction.atomic():
        row = _locked(application_id)
        if row.state == State.REMOVING:
            values = {"code": payments.NOT_REMOVED, "sentence": sentence}
            _set(row, state=State.CONFIRMED, in_flight=False, **values)
    return row


def mark_in_flight(application_ids: Collection[str], *, is_in_flight: bool) -> None:
    """Note which applications stand in a call whose outcome is not known; the caller's transaction."""
    CreditApplication.objects.filter(id__in=application_ids).update(in_flight=is_in_flight)


# What the ledger has


def mirror(*, note_id: str, theirs: Sequence[MirroredApplication], now: dt.datetime) -> None:
    """Make the note's rows say what the ledger says: new ones are added, vanished ones removed.

    Of ours that are in flight, the one of that invoice and amount is adopted; without an id they are counted so. What
    exists only here stays. Saying the same twice changes nothing. Raises NotFound.
    """
    with transaction.atomic():
        note = documents.locked(CreditNote, note_id)
        rows = CreditApplication.objects.select_for_update().filter(
            credit_note_id=note.id, is_only_here=False
        )
        ours = list(rows.order_by("recorded_at", "id"))
        for their in sorted(theirs, key=lambda their: not their.external_id):
            row = _match(ours, their)
            if row is not None:
                ours.remove(row)
            _take(row or _mirrored(note, their, now=now), their)
        for row in ours:
            if row.state in _THERE:
                _set(row, state=State.REMOVED, **_SETTLED)


# Steps


def _with_something_open(rows: Iterable[Paper]) -> list[Paper]:
    found = list(rows)
    left = standings.open_amounts(found)
    return [row for row in found if left[row.id] > 0]


#: What the ledger is known to hold.
_THERE: Final = (State.CONFIRMED, State.REMOVING)
_SETTLED: Final[dict[str, Any]] = {"in_flight": False, "code": "", "sentence": ""}


def _standing() -> QuerySet[CreditApplication]:
    return CreditApplication.objects.exclude(state=State.REMOVED).order_by("applied_on", "id")


def _locked(application_id: str) -> CreditApplication:
    """Lock note, invoice and row, in this order."""
    seen = CreditApplication.objects.filter(id=application_id).first()
    if seen is None:
        raise NotFound("There is no such application of credit.")
    note, invoice = (
        documents.locked(CreditNote, seen.credit_note_id),
        documents.locked(Invoice, seen.invoice_id),
    )
    found = CreditApplication.objects.select_for_update().filter(id=application_id).first()
    if found is None:
        raise NotFound("There is no such application of credit.")
    found.credit_note, found.invoice = note, invoice
    return found


def _is_asked_elsewhere(*both: Document) -> bool:
    """Whether another ledger keeps their books, or holds one of them."""
    return any(keepers.is_elsewhere(each) or each.ledger_version is not None for each in both)


def _refuse_status(note: CreditNote, invoice: Invoice) -> None:
    if note.status == credit_notes.Status.DRAFT:
        raise NotIssuedYet("Issue the credit note first: its client doesn't have it yet.")
    if note.status != credit_notes.Status.ISSUED:
        label = credit_notes.Status(note.status).label.lower()
        raise NotApplicable(f"Credit note {note.number} is {label}: nothing of it can be applied.")
    if invoice.status == invoices.Status.DRAFT:
        raise NotIssuedYet("Issue the invoice first: the client never got it.")
    if invoice.status != invoices.Status.SENT:
        label = invoices.Status(invoice.status).label.lower()
        raise NotApplicable(f"Invoice {invoice.number} is {label}: nothing is due on it.")


def _refuse_apart(note: CreditNote, invoice: Invoice) -> None:
    if note.company_id != invoice.company_id:
        raise NotTogether(f"{note.number} is of another company than {invoice.number}.")
    if note.currency != invoice.currency:
        raise NotTogether(f"{note.number} is in {note.currency}, {invoice.number} in {invoice.currency}.")
    if _differ_in_books(note, invoice):
        raise NotTogether(f"{note.number} stands in other books than {invoice.number}.")


def _differ_in_books(note: CreditNote, invoice: Invoice) -> bool:
    ours, theirs = keepers.of(note), keepers.of(invoice)
    return (ours and ours.id) != (theirs and theirs.id)


def _faults(note: CreditNote, invoice: Invoice, amount: Decimal, applied_on: dt.date) -> list[Invalid]:
    most = min(available(note), open_amount(invoice))
    found = payments.faults_of_amount(amount, invoice, open_amount=most)
    first = earliest_day(note, invoice)
    if applied_on < first:
        later = note if note.issued_on == first else invoice
        why = f"{later.number} dates from {first.day} {first:%b %Y}. Choose that day or a later one."
        return [*found, Invalid(why, field="applied_on")]
    return found + issuing.faults_of_day(keepers.of(invoice), applied_on, field="applied_on")


def _refuse_unremovable(row: CreditApplication) -> None:
    if row.in_flight:
        raise payments.OnItsWay("It is being sent at this moment. Try again in a minute.")
    if row.state in (State.REMOVING, State.REMOVED):
        raise payments.NotRemovable("It is removed already.")
    if row.state == State.CONFIRMED and issuing.faults_of_day(
        keepers.of(row.invoice), row.applied_on, field="applied_on"
    ):
        raise issuing.InLockedPeriod("It was applied in a closed period, where nothing is undone.")


def _follow(note: CreditNote, invoice: Invoice, *, by: Actor, now: dt.datetime) -> None:
    """Let both standings follow from our rows, where no ledger elsewhere says them."""
    payments.follow(note, by=by, now=now)
    payments.follow(invoice, by=by, now=now)


def _new(
    note: CreditNote,
    invoice: Invoice,
    amount: Decimal,
    applied_on: dt.date,
    *,
    origin: Origin,
    by: str,
    now: dt.datetime,
) -> CreditApplication:
    return CreditApplication(
        studio_id=note.studio_id,
        credit_note=note,
        invoice=invoice,
        amount=amount,
        applied_on=applied_on,
        origin=origin,
        recorded_by=by,
        recorded_at=now,
    )


def _mirrored(note: CreditNote, their: MirroredApplication, *, now: dt.datetime) -> CreditApplication:
    # Foreign keys look across the border between studios; `load` does not.
    invoice = documents.load(invoices.KIND, their.invoice_id)
    assert isinstance(invoice, Invoice)
    by = Origin.XERO.label
    return _new(note, invoice, their.amount, their.applied_on, origin=Origin.XERO, by=by, now=now)


def _match(ours: Sequence[CreditApplication], their: MirroredApplication) -> CreditApplication | None:
    """Find our row of theirs: by id, else by invoice and amount among those that may be it."""
    if their.external_id:
        known = next((row for row in ours if row.external_id == their.external_id), None)
        if known is not None:
            return known
    alike = [row for row in ours if (row.invoice_id, row.amount) == (their.invoice_id, their.amount)]
    there = [row for row in alike if row.state in _THERE and not (row.external_id and their.external_id)]
    flying = [row for row in alike if row.state == State.ASKED and row.in_flight]
    return next(iter(there + flying), None)


def _take(row: CreditApplication, their: MirroredApplication) -> None:
    said = {"amount": their.amount, "applied_on": their.applied_on}
    if their.external_id:
        said["external_id"] = their.external_id
    if row.state not in _THERE:
        said |= {"state": State.CONFIRMED} | _SETTLED
    changed = {name: value for name, value in said.items() if getattr(row, name) != value}
    if row._state.adding:
        for name, value in changed.items():
            setattr(row, name, value)
        row.save(force_insert=True)
    elif changed:
        _set(row, **changed)


def _set(row: CreditApplication, **values: Any) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def _record(row: CreditApplication, verb: str, did: str, *, by: Actor, now: dt.datetime) -> None:
    """Write it down on both documents."""
    said = f"{did} {row.invoice.money(row.amount)}"
    of_note, of_invoice = f"{said} on {row.invoice.number}.", f"{said} of {row.credit_note.number}."
    for document, sentence in ((row.credit_note, of_note), (row.invoice, of_invoice)):
        activity.record(
            by=by,
            verb=f"{document.kind}.{verb}",
            kind=document.kind,
            subject_id=document.id,
            sentence=sentence,
            now=now,
        )
