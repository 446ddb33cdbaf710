"""A credit note: what a client is credited, of one invoice or on its own.

    draft → issued ⇄ used
    draft, issued → void

Its amounts are stored positive and shown negative. `amount_credited` is what was applied to invoices, `amount_paid`
what was paid back, `amount_due` what remains of it; used means that nothing does. It never carries a discount, which
Xero takes on sales invoices only (bookkeeping rule 14), and goes where its invoice went, at its rate (rule 15).
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Final

from django.db import models, transaction
from django.db.models import Q

from bluestamp.books import (
    credit_drafts,
    documents,
    drafts,
    invoices,
    issued_fields,
    issuing,
    keepers,
    line_items,
    numbers,
    standings,
)
from bluestamp.books.credit_drafts import CreditNoteDraft as CreditNoteDraft
from bluestamp.books.documents import Move, NotEditable, PaymentStanding, RateOrigin
from bluestamp.books.invoices import Invoice
from bluestamp.books.issuing import IssuedDocument, IssuedFieldsFixed, NotIssuable, SentHow
from bluestamp.books.line_items import LineItem
from bluestamp.errors import Conflict, Invalid
from bluestamp.people import activity, holds, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

KIND: Final = "credit_note"


class Status(models.TextChoices):
    """The life of a credit note."""

    DRAFT = "draft", "Draft"
    ISSUED = "issued", "Issued"
    USED = "used", "Used"
    VOID = "void", "Void"


#: Each step: the statuses that it starts from, and the one that it ends in.
MOVES: Final[Mapping[str, Move]] = MappingProxyType(
    {
        "issue": Move({Status.DRAFT}, Status.ISSUED),
        "use": Move({Status.ISSUED}, Status.USED),
        "free": Move({Status.USED}, Status.ISSUED),
        "void": Move({Status.DRAFT, Status.ISSUED}, Status.VOID),
        "follow void": Move({Status.DRAFT, Status.ISSUED, Status.USED}, Status.VOID),
    }
)


@documents.register(KIND)
class CreditNote(IssuedDocument):
    """One credit note with its lines; `invoice` is the one that it credits, if it was made from one."""

    invoice = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="credit_notes")

    class Meta(IssuedDocument.Meta):
        constraints = [
            *IssuedDocument.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=Status.values), name="credit_note_status"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "void"]) | ~Q(number=""), name="credit_note_issued_complete"
            ),
        ]


class CreditNoteLine(LineItem):
    """One line of a credit note; its amounts are positive, and it has no discount."""

    document = models.ForeignKey(CreditNote, on_delete=models.CASCADE, related_name="lines")

    class Meta(LineItem.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(discount_rate=0), name="credit_note_line_without_discount")
        ]


class NotMovable(Conflict):
    """The credit note's status does not allow this step."""

    code = "NOT_MOVABLE"


class NotCreditable(Conflict):
    """The invoice's status does not allow that it is credited."""

    code = "NOT_CREDITABLE"


# Verbs, in the order a credit note lives


def create(draft: CreditNoteDraft, *, by: Actor, now: dt.datetime) -> CreditNote:
    """Write a new credit note down as a draft. Refuses NotPermitted, InvalidFields."""
    permissions.require(by, Action.EDIT_INVOICES)
    with transaction.atomic():
        note = _blank(by, now=now)
        setting = drafts.look_up(draft, KIND, None, by=by)
        draft = drafts.with_codes(draft, setting)
        documents.refuse_faults(_faults(draft, None, setting))
        lines = _fill(note, draft, setting, known=[])
        note.save(force_insert=True)
        documents.add_lines(lines)
        _note(note, "created", f"Started a credit note for {note.company_name}.", by=by, now=now)
    return note


def from_invoice(
    *, invoice_id: str, issued_on: dt.date | None = None, by: Actor, now: dt.datetime
) -> CreditNote:
    """Make a draft that credits all of an issued invoice to the cent; lines may be removed to credit a part.

    Its date is `issued_on`, else today. Refuses NotPermitted, NotFound, NotCreditable (a draft or a void invoice).
    """
    permissions.require(by, Action.EDIT_INVOICES)
    with transaction.atomic():
        invoice = _creditable(invoice_id)
        draft = credit_drafts.crediting(invoice, issued_on or _today(invoice, now=now))
        # What the invoice was taxed at is what is credited, whatever the rate is by now.
        percents = [line.tax_percent for line in invoice.items]
        return _begun(invoice, draft, drafts.look_up(draft, KIND, invoice, by=by), percents, by=by, now=now)


def write_off(*, invoice_id: str, account_code: str, by: Actor, now: dt.datetime) -> CreditNote:
    """Make a draft over what is open on an invoice, on the account for bad debts that a bookkeeper chose (rule 10).

    Refuses NotPermitted, NotFound, NotCreditable (also when nothing is open), InvalidFields.
    """
    permissions.require(by, Action.VOID_INVOICES)
    with transaction.atomic():
        invoice = _creditable(invoice_id)
        left = standings.open_amount(invoice)
        if not left:
            raise NotCreditable("Nothing is open on this invoice, so there is nothing to write off.")
        draft = credit_drafts.writing_off(invoice, left, account_code, _today(invoice, now=now))
        setting = drafts.look_up(draft, KIND, invoice, by=by)
        draft = drafts.with_codes(draft, setting)
        documents.refuse_faults(_faults(draft, None, setting))
        percents = drafts.percents(draft, setting, standing={})
        return _begun(invoice, draft, setting, percents, by=by, now=now)


def edit(*, note_id: str, version: int, draft: CreditNoteDraft, by: Actor, now: dt.datetime) -> CreditNote:
    """Change a credit note; saving what it already says changes nothing.

    Refuses NotPermitted, NotFound, Stale, Held, NotEditable (void), InvalidFields, and IssuedFieldsFixed at each field
    that the client has seen.
    """
    permissions.require(by, Action.EDIT_INVOICES)
    with transaction.atomic():
        note = documents.locked(CreditNote, note_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=note.id, act="edit")
        if note.status == Status.VOID:
            raise NotEditable("This credit note is void and can't be changed.")
        setting, stored = drafts.look_up(draft, KIND, note, by=by), draft_of(note)
        if note.status == Status.DRAFT:
            draft = drafts.with_codes(draft, setting)
        else:
            _refuse_seen_changes(note, draft, setting)
        if draft != stored:
            documents.refuse_faults([*_faults(draft, stored, setting), *_faults_of_link(note, draft)])
            _take(note, draft, setting, now=now)
            _note(note, "edited", "Changed the credit note.", by=by, now=now)
    return note


def mark_as_sent(*, note_id: str, version: int, by: Actor, now: dt.datetime) -> CreditNote:
    """Say that the client has it, brought by other means.

    Refuses NotPermitted, NotFound, Stale, NotMovable, NotIssuable at each field.
    """
    permissions.require(by, Action.ISSUE_INVOICES)
    with transaction.atomic():
        note = documents.locked(CreditNote, note_id, version=version)
        _issue(note, how=SentHow.BY_HAND, to="", by=by, now=now)
        _note(note, "sent", f"Marked {note.number} as sent.", by=by, now=now)
    return note


def issue(*, note_id: str, version: int, to: str, by: Actor, now: dt.datetime) -> CreditNote:
    """Say that the client gets it by e-mail; `letters` writes the letter.

    Refuses NotPermitted, NotFound, Stale, NotMovable, NotIssuable at each field.
    """
    permissions.require(by, Action.ISSUE_INVOICES)
    with transaction.atomic():
        note = documents.locked(CreditNote, note_id, version=version)
        _issue(note, how=SentHow.EMAIL, to=to, by=by, now=now)
        _note(note, "sent", f"Sent {note.number} to {to}.", by=by, now=now)
    return note


def void(*, note_id: str, version: int, reason: str, by: Actor, now: dt.datetime) -> CreditNote:
    """Take the credit note out of the world; it stays to be seen, and its number is never used again.

    Refuses NotPermitted, NotFound, Stale, Held, NotMovable, MoneyStandsOnIt, InLockedPeriod (once issued).
    """
    permissions.require(by, Action.VOID_INVOICES)
    with transaction.atomic():
        note = documents.locked(CreditNote, note_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=note.id, act="void")
        issuing.refuse_money(note, sentence=_MONEY)
        if note.status != Status.DRAFT:
            issuing.refuse_locked_period(note, sentence=_CLOSED)
        _move(note, "void")
        note.amount_due = Decimal("0.00")
        documents.raise_version(note, now=now, fields=["status", "amount_due"])
        _note(note, "voided", f"Voided. {reason.strip()}".strip(), by=by, now=now)
    return note


def give_number(*, document_id: str, by: Actor, now: dt.datetime) -> CreditNote:
    """Give the note its number, once; it keeps it. Not an edit. The caller has checked that it may leave the desk."""
    with transaction.atomic():
        note = documents.locked(CreditNote, document_id)
        if not note.number:
            _give_number(note)
            note.search_text = note.words
            note.save(update_fields=["number", "search_text"])
    return note


# What the ledger says, carried out as it says it


def follow_issued(*, note_id: str, by: Actor, now: dt.datetime) -> CreditNote:
    """The bookkeeper issued it although it is a draft here: it counts as issued here too, with a note (rule 6).

    Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.ISSUE_INVOICES)
    with transaction.atomic():
        note = documents.locked(CreditNote, note_id)
        if note.status == Status.DRAFT:
            _move(note, "issue")
            _give_number(note)
            issuing.note_sent(note, how=SentHow.LEDGER, to="", by=by, now=now)
            _note(note, "sent", "Counts as issued, because it was approved in the books.", by=by, now=now)
    return note


def follow_void(*, note_id: str, by: Actor, now: dt.datetime) -> CreditNote:
    """It was voided in the books: it is void here too. Refuses NotPermitted, NotFound."""
    permissions.require(by, Action.VOID_INVOICES)
    with transaction.atomic():
        note = documents.locked(CreditNote, note_id)
        if note.status != Status.VOID:
            _move(note, "follow void")
            documents.set_standing(note, PaymentStanding(Decimal(0), Decimal(0), Decimal(0)))
            documents.raise_version(note, now=now, fields=["status", *documents.STANDING])
            _note(note, "voided", "Voided, because it was voided in the books.", by=by, now=now)
    return note


def take_standing(
    *, note_id: str, standing: PaymentStanding, is_used: bool, by: Actor, now: dt.datetime
) -> CreditNote:
    """Take over what the ledger says was applied and paid back; the status follows.

    Saying the same twice changes nothing. Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.APPLY_CREDITS)
    with transaction.atomic():
        note = documents.locked(CreditNote, note_id)
        is_news = documents.set_standing(note, standing)
        if is_used and note.status == Status.ISSUED:
            is_news = True
            _move(note, "use")
            _note(note, "used", "Used up.", by=by, now=now)
        elif not is_used and note.status == Status.USED:
            is_news = True
            _move(note, "free")
            _note(note, "freed", "No longer used up: some of it was freed.", by=by, now=now)
        if is_news:
            documents.raise_version(note, now=now, fields=["status", *documents.STANDING])
    return note


def take_lines(
    *, note_id: str, version: int, draft: CreditNoteDraft, by: Actor, now: dt.datetime
) -> CreditNote:
    """Make the note say what the ledger's document says; what the client saw and now differs is marked (rule 4).

    Refuses NotPermitted, NotFound, Stale, InvalidFields.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        note = documents.locked(CreditNote, note_id, version=version)
        setting, stored = drafts.look_up(draft, KIND, note, by=by), draft_of(note)
        if draft != stored:
            documents.refuse_faults(drafts.faults_of_ids(draft, stored))
            if note.status != Status.DRAFT and issued_fields.changed(note, draft, setting):
                note.differs_from_paper = True
            _take(note, draft, setting, now=now)
            _note(note, "edited", "Took over what the books say.", by=by, now=now)
    return note


def of_invoice(invoice_id: str) -> list[CreditNote]:
    """Return the notes that were made from an invoice, the oldest first; void ones too."""
    return list(CreditNote.objects.filter(invoice_id=invoice_id).order_by("created_at", "id"))


def draft_of(note: CreditNote) -> CreditNoteDraft:
    """Return a stored credit note as a draft, so that some of it can be changed."""
    head = {
        field.name: getattr(note, field.name) for field in fields(CreditNoteDraft) if field.name != "lines"
    }
    return CreditNoteDraft(**head, lines=tuple(line_items.draft_of(line) for line in note.items))


def missing_to_issue(note: CreditNote) -> list[Invalid]:
    """Return what the note lacks to be issued, each at its field; [] when it may go."""
    found = issuing.missing(note)
    if note.items and note.total <= 0:
        found.append(Invalid("A credit note credits something: its total is above zero.", field="lines"))
    return found + _faults_of_too_much(note)


# Steps

_CLOSED: Final = "Its date lies in a closed period, where nothing is undone."
_MONEY: Final = "It is applied to an invoice, or was paid back. Undo that first."


def _blank(by: Actor, *, now: dt.datetime) -> CreditNote:
    return CreditNote(
        studio_id=by.studio_id, status=Status.DRAFT, created_at=now, created_by=by.name, changed_at=now
    )


def _move(note: CreditNote, step: str) -> None:
    """The only place that changes a status."""
    move = MOVES[step]
    if note.status not in move.starts:
        was, wanted = Status(note.status).label.lower(), Status(move.end).label.lower()
        raise NotMovable(f"This credit note is {was}, so it can't become {wanted}.")
    note.status = move.end


def _issue(note: CreditNote, *, how: SentHow, to: str, by: Actor, now: dt.datetime) -> None:
    _move(note, "issue")
    if note.invoice_id:
        documents.locked(Invoice, note.invoice_id)  # so that two notes of one invoice are not issued at once
    faults = missing_to_issue(note)
    if faults:
        raise NotIssuable(faults)
    _give_number(note)
    issuing.note_sent(note, how=how, to=to, by=by, now=now)


def _faults_of_too_much(note: CreditNote) -> list[Invalid]:
    """More than an invoice billed is not credited by notes that are made from it; what is beyond goes on a blank one."""
    invoice = note.invoice
    if invoice is None:
        return []
    others = CreditNote.objects.filter(invoice=invoice, status__in=[Status.ISSUED, Status.USED]).exclude(
        id=note.id
    )
    credited = others.aggregate(sum=models.Sum("total"))["sum"] or Decimal(0)
    if credited + note.total <= invoice.total:
        return []
    why = (
        f"{invoice.number} was {invoice.money(invoice.total)}, of which {invoice.money(credited)} is credited already: "
        "this would credit more than was billed."
    )
    return [Invalid(why, field="lines")]


def _creditable(invoice_id: str) -> Invoice:
    invoice = documents.locked(Invoice, invoice_id)
    if invoice.status not in (invoices.Status.SENT, invoices.Status.PAID):
        raise NotCreditable("Only an invoice that was sent to the client is credited.")
    return invoice


def _begun(
    invoice: Invoice,
    draft: CreditNoteDraft,
    setting: drafts.Setting,
    percents: Sequence[Decimal],
    *,
    by: Actor,
    now: dt.datetime,
) -> CreditNote:
    note = _blank(by, now=now)
    note.invoice, note.currency_rate = invoice, invoice.currency_rate
    note.rate_origin = RateOrigin.INVOICE if invoice.currency_rate is not None else ""
    lines = _priced(note, draft, setting, percents)
    note.save(force_insert=True)
    documents.add_lines(lines)
    _note(note, "created", f"Started a credit note for invoice {invoice.number}.", by=by, now=now)
    return note


def _today(invoice: Invoice, *, now: dt.datetime) -> dt.date:
    return now.astimezone(zoneinfo.ZoneInfo(invoice.branch.studio.time_zone)).date()


def _take(note: CreditNote, draft: CreditNoteDraft, setting: drafts.Setting, *, now: dt.datetime) -> None:
    """Make a locked note say what the draft says, as its next version."""
    known = note.items
    lines = _fill(note, draft, setting, known=known)
    documents.save_lines(note, lines, known=known)
    documents.raise_version(
        note, now=now, fields=[*drafts.HEAD, "company_name", *documents.TOTALS, *issuing.PAPERS]
    )


def _fill(
    note: CreditNote, draft: CreditNoteDraft, setting: drafts.Setting, *, known: Sequence[LineItem]
) -> list[LineItem]:
    """Set the head from the draft, price the lines and set the totals; saves nothing."""
    # What an invoice was taxed at is what is credited, whatever the rate is now; nor does what the client has move.
    keeps = note.invoice_id is not None or note.status != Status.DRAFT or setting.codebook.ledger is None
    standing = drafts.standing_tax(known) if keeps else {}
    return _priced(note, draft, setting, drafts.percents(draft, setting, standing=standing))


def _priced(
    note: CreditNote, draft: CreditNoteDraft, setting: drafts.Setting, percents: Sequence[Decimal]
) -> list[LineItem]:
    lines = line_items.drafted(
        draft.lines,
        make=partial(CreditNoteLine, studio_id=note.studio_id, document=note),
        percents=percents,
    )
    drafts.fill(note, draft, setting, lines)
    return lines


def _faults(draft: CreditNoteDraft, stored: CreditNoteDraft | None, setting: drafts.Setting) -> list[Invalid]:
    """What no credit note may be, not even a draft: above all, it has no discount (rule 14)."""
    found = drafts.faults(draft, stored, setting)
    found += issuing.faults_of_typed_tax(draft, stored, noun="a credit note")
    return found + [
        Invalid("A credit note has no discount: enter what is left.", field=f"lines.{position}.discount_rate")
        for position, line in enumerate(draft.lines)
        if line.discount_rate
    ]


def _faults_of_link(note: CreditNote, draft: CreditNoteDraft) -> list[Invalid]:
    """A note that credits an invoice stays with it: its client, its currency, its books (rule 15)."""
    if note.invoice is None:
        return []
    why = f"This note credits invoice {note.invoice.number} and stays with it."
    fixed = ("branch_id", "company_id", "currency")
    return [Invalid(why, field=name) for name in fixed if getattr(draft, name) != getattr(note, name)]


def _refuse_seen_changes(note: CreditNote, draft: CreditNoteDraft, setting: drafts.Setting) -> None:
    changed = issued_fields.changed(note, draft, setting)
    if changed:
        why = "The client has this credit note. Void it and write another."
        raise IssuedFieldsFixed([Invalid(why, field=field) for field in changed])


def _give_number(note: CreditNote) -> None:
    if not note.number:
        held = keepers.holding(note)
        note.number = numbers.take(
            studio_id=note.studio_id,
            branch_id=note.branch_id,
            kind=KIND,
            ledger_id=held.id if held else "",
        )


def _note(note: CreditNote, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(by=by, verb=f"{KIND}.{verb}", kind=KIND, subject_id=note.id, sentence=sentence, now=now)
