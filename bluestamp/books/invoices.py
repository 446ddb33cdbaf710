"""An invoice: what a client is billed.

    draft → sent → paid
    draft, sent → void

Sent means: it is with the client, by e-mail or by hand; what it says is then fixed, but for what the client does not
see (bookkeeping rule 4). Paid follows from payments and credits, where the books are kept in Xero from there alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Final

from django.db import models, transaction
from django.db.models import Q

from bluestamp.books import documents, drafts, issued_fields, issuing, line_items, numbers
from bluestamp.books.documents import Move, NotEditable, PaymentStanding
from bluestamp.books.issuing import IssuedDocument, IssuedFieldsFixed, NotIssuable, SentHow
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.engine import files
from bluestamp.errors import Conflict, Invalid
from bluestamp.people import activity, holds, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

KIND: Final = "invoice"


class Status(models.TextChoices):
    """The life of an invoice; "sent" is shown as awaiting payment."""

    DRAFT = "draft", "Draft"
    SENT = "sent", "Awaiting payment"
    PAID = "paid", "Paid"
    VOID = "void", "Void"


#: Each step: the statuses that it starts from, and the one that it ends in.
MOVES: Final[Mapping[str, Move]] = MappingProxyType(
    {
        "issue": Move({Status.DRAFT}, Status.SENT),
        "pay": Move({Status.SENT}, Status.PAID),
        "unpay": Move({Status.PAID}, Status.SENT),
        "void": Move({Status.DRAFT, Status.SENT}, Status.VOID),
        "follow void": Move({Status.DRAFT, Status.SENT, Status.PAID}, Status.VOID),
    }
)


@documents.register(KIND)
class Invoice(IssuedDocument):
    """One invoice with its lines."""

    #: the quote that it was made of
    quote = models.ForeignKey("books.Quote", null=True, on_delete=models.PROTECT, related_name="invoices")

    class Meta(IssuedDocument.Meta):
        constraints = [
            *IssuedDocument.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=Status.values), name="invoice_status"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "void"]) | (~Q(number="") & Q(due_on__isnull=False)),
                name="invoice_issued_complete",
            ),
        ]


class InvoiceLine(LineItem):
    """One line of an invoice."""

    document = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft:
    """An invoice as somebody typed it. `reference` is the client's order number. Without `due_on` it follows terms."""

    branch_id: str
    company_id: str
    issued_on: dt.date
    currency: str
    job_id: str | None = None
    due_on: dt.date | None = None
    reference: str = ""
    tax_mode: str = "exclusive"
    own_rate: Decimal | None = None
    lines: tuple[LineDraft, ...] = ()


class NotMovable(Conflict):
    """The invoice's status does not allow this step."""

    code = "NOT_MOVABLE"


# Verbs, in the order an invoice lives


def create(draft: InvoiceDraft, *, by: Actor, now: dt.datetime) -> Invoice:
    """Write a new invoice down as a draft. Refuses NotPermitted, InvalidFields."""
    permissions.require(by, Action.EDIT_INVOICES)
    with transaction.atomic():
        invoice = Invoice(
            studio_id=by.studio_id, status=Status.DRAFT, created_at=now, created_by=by.name, changed_at=now
        )
        setting = drafts.look_up(draft, KIND, None, by=by)
        draft = drafts.with_codes(drafts.with_due_on(draft, setting), setting)
        documents.refuse_faults(_faults(draft, None, setting))
        lines = _fill(invoice, draft, setting, known=[])
        invoice.save(force_insert=True)
        documents.add_lines(lines)
        _note(invoice, "created", f"Started an invoice for {invoice.company_name}.", by=by, now=now)
    return invoice


def edit(*, invoice_id: str, version: int, draft: InvoiceDraft, by: Actor, now: dt.datetime) -> Invoice:
    """Change an invoice; saving what it already says changes nothing.

    Refuses NotPermitted, NotFound, Stale, Held, NotEditable (void), InvalidFields, and IssuedFieldsFixed at each field
    that the client has seen.
    """
    permissions.require(by, Action.EDIT_INVOICES)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=invoice.id, act="edit")
        if invoice.status == Status.VOID:
            raise NotEditable("This invoice is void and can't be changed.")
        setting, stored = drafts.look_up(draft, KIND, invoice, by=by), draft_of(invoice)
        draft = drafts.with_due_on(draft, setting)
        if invoice.status == Status.DRAFT:
            draft = drafts.with_codes(draft, setting)
        else:
            _refuse_seen_changes(invoice, draft, setting)
        if draft != stored:
            documents.refuse_faults(_faults(draft, stored, setting))
            _take(invoice, draft, setting, now=now)
            _note(invoice, "edited", "Changed the invoice.", by=by, now=now)
    return invoice


def mark_as_sent(*, invoice_id: str, version: int, by: Actor, now: dt.datetime) -> Invoice:
    """Say that the client has it, brought by other means.

    Refuses NotPermitted, NotFound, Stale, NotMovable, NotIssuable at each field.
    """
    permissions.require(by, Action.ISSUE_INVOICES)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id, version=version)
        _issue(invoice, how=SentHow.BY_HAND, to="", by=by, now=now)
        _note(invoice, "sent", f"Marked {invoice.number} as sent.", by=by, now=now)
    return invoice


def issue(*, invoice_id: str, version: int, to: str, by: Actor, now: dt.datetime) -> Invoice:
    """Say that the client gets it by e-mail; `letters` writes the letter.

    Refuses NotPermitted, NotFound, Stale, NotMovable, NotIssuable at each field.
    """
    permissions.require(by, Action.ISSUE_INVOICES)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id, version=version)
        _issue(invoice, how=SentHow.EMAIL, to=to, by=by, now=now)
        _note(invoice, "sent", f"Sent {invoice.number} to {to}.", by=by, now=now)
    return invoice


def void(*, invoice_id: str, version: int, reason: str, by: Actor, now: dt.datetime) -> Invoice:
    """Take the invoice out of the world; it stays to be seen, and its number is never used again.

    Refuses NotPermitted, NotFound, Stale, Held, NotMovable, MoneyStandsOnIt, InLockedPeriod (once issued).
    """
    permissions.require(by, Action.VOID_INVOICES)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=invoice.id, act="void")
        issuing.refuse_money(invoice, sentence=_MONEY)
        if invoice.status != Status.DRAFT:
            issuing.refuse_locked_period(invoice, sentence=_CLOSED)
        _move(invoice, "void")
        invoice.amount_due = Decimal("0.00")
        documents.raise_version(invoice, now=now, fields=["status", "amount_due"])
        _note(invoice, "voided", f"Voided. {reason.strip()}".strip(), by=by, now=now)
    return invoice


def correct(
    *, invoice_id: str, version: int, draft: InvoiceDraft, reason: str, by: Actor, now: dt.datetime
) -> Invoice:
    """Correct what the client was sent, with a reason; the old paper is kept, and the new one is to be sent.

    Refuses NotPermitted, NotFound, Stale, Held, NotEditable, NotIssuable, InvalidFields, InLockedPeriod, MoneyStandsOnIt.
    """
    permissions.require(by, Action.CORRECT_ISSUED)
    if not reason.strip():
        raise Invalid("Say why it is corrected.", field="reason")
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=invoice.id, act="correct")
        if invoice.status != Status.SENT:
            raise NotEditable("Only an invoice that awaits payment is corrected.")
        issuing.refuse_money(invoice, sentence=_MONEY)
        issuing.refuse_locked_period(invoice, sentence=_CLOSED)
        setting, stored = drafts.look_up(draft, KIND, invoice, by=by), draft_of(invoice)
        draft = drafts.with_codes(drafts.with_due_on(draft, setting), setting)
        if draft != stored:
            documents.refuse_faults(_faults(draft, stored, setting))
            _keep_old_paper(invoice)
            _take(invoice, draft, setting, now=now)
            _refuse_unissuable(invoice)
            _note(invoice, "corrected", f"Corrected: {reason.strip()}", by=by, now=now)
    return invoice


def give_number(*, document_id: str, by: Actor, now: dt.datetime) -> Invoice:
    """Give the invoice its number, once; it keeps it. Not an edit. The caller has checked that it may leave the desk."""
    with transaction.atomic():
        invoice = documents.locked(Invoice, document_id)
        if not invoice.number:
            _give_number(invoice)
            invoice.search_text = invoice.words
            invoice.save(update_fields=["number", "search_text"])
    return invoice


# What the ledger says, carried out as it says it


def follow_issued(*, invoice_id: str, by: Actor, now: dt.datetime) -> Invoice:
    """The bookkeeper issued it although it is a draft here: it counts as issued here too, with a note (rule 6).

    Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.ISSUE_INVOICES)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id)
        if invoice.status == Status.DRAFT:
            _move(invoice, "issue")
            _give_number(invoice)
            issuing.note_sent(invoice, how=SentHow.LEDGER, to="", by=by, now=now)
            _note(invoice, "sent", "Counts as issued, because it was approved in the books.", by=by, now=now)
    return invoice


def follow_void(*, invoice_id: str, by: Actor, now: dt.datetime) -> Invoice:
    """It was voided in the books: it is void here too. Refuses NotPermitted, NotFound."""
    permissions.require(by, Action.VOID_INVOICES)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id)
        if invoice.status != Status.VOID:
            _move(invoice, "follow void")
            documents.set_standing(invoice, PaymentStanding(Decimal(0), Decimal(0), Decimal(0)))
            documents.raise_version(invoice, now=now, fields=["status", *documents.STANDING])
            _note(invoice, "voided", "Voided, because it was voided in the books.", by=by, now=now)
    return invoice


def take_standing(
    *, invoice_id: str, standing: PaymentStanding, is_paid: bool, by: Actor, now: dt.datetime
) -> Invoice:
    """Take over what the ledger says was received and credited; the status follows.

    Saying the same twice changes nothing. Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id)
        is_news = documents.set_standing(invoice, standing)
        if is_paid and invoice.status == Status.SENT:
            is_news = True
            _move(invoice, "pay")
            day = standing.fully_paid_on
            _note(invoice, "paid", f"Paid on {day.day} {day:%b %Y}." if day else "Paid.", by=by, now=now)
        elif not is_paid and invoice.status == Status.PAID:
            is_news = True
            _move(invoice, "unpay")
            _note(invoice, "unpaid", "No longer paid: a payment was removed.", by=by, now=now)
        if is_news:
            documents.raise_version(invoice, now=now, fields=["status", *documents.STANDING])
    return invoice


def take_lines(*, invoice_id: str, version: int, draft: InvoiceDraft, by: Actor, now: dt.datetime) -> Invoice:
    """Make the invoice say what the ledger's document says; what the client saw and now differs is marked (rule 4).

    Refuses NotPermitted, NotFound, Stale, InvalidFields.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id, version=version)
        setting, stored = drafts.look_up(draft, KIND, invoice, by=by), draft_of(invoice)
        draft = drafts.with_due_on(draft, setting)
        if draft != stored:
            documents.refuse_faults(drafts.faults_of_ids(draft, stored))
            if invoice.status != Status.DRAFT and issued_fields.changed(invoice, draft, setting):
                invoice.differs_from_paper = True
            _take(invoice, draft, setting, now=now)
            _note(invoice, "edited", "Took over what the books say.", by=by, now=now)
    return invoice


def draft_of(invoice: Invoice) -> InvoiceDraft:
    """Return a stored invoice as a draft, so that some of it can be changed."""
    head = {
        field.name: getattr(invoice, field.name) for field in fields(InvoiceDraft) if field.name != "lines"
    }
    return InvoiceDraft(**head, lines=tuple(line_items.draft_of(line) for line in invoice.items))


def missing_to_issue(invoice: Invoice) -> list[Invalid]:
    """Return what the invoice lacks to be issued, each at its field; [] when it may go."""
    found = issuing.missing(invoice)
    if invoice.total < 0:
        found.append(Invalid("The total is below zero: write a credit note instead.", field="lines"))
    return found


# Steps

_CLOSED: Final = "Its date lies in a closed period. Credit it with a note dated now instead."
_MONEY: Final = "Money was received or credited on this invoice. Credit it instead."


def _move(invoice: Invoice, step: str) -> None:
    """The only place that changes a status."""
    move = MOVES[step]
    if invoice.status not in move.starts:
        was, wanted = Status(invoice.status).label.lower(), Status(move.end).label.lower()
        raise NotMovable(f"This invoice is {was}, so it can't become {wanted}.")
    invoice.status = move.end


def _issue(invoice: Invoice, *, how: SentHow, to: str, by: Actor, now: dt.datetime) -> None:
    _move(invoice, "issue")
    _refuse_unissuable(invoice)
    _give_number(invoice)
    issuing.note_sent(invoice, how=how, to=to, by=by, now=now)


def _take(invoice: Invoice, draft: InvoiceDraft, setting: drafts.Setting, *, now: dt.datetime) -> None:
    """Make a locked invoice say what the draft says, as its next version."""
    known = invoice.items
    lines = _fill(invoice, draft, setting, known=known)
    documents.save_lines(invoice, lines, known=known)
    documents.raise_version(
        invoice, now=now, fields=[*drafts.HEAD, "company_name", *documents.TOTALS, *issuing.PAPERS]
    )


def _fill(
    invoice: Invoice, draft: InvoiceDraft, setting: drafts.Setting, *, known: Sequence[LineItem]
) -> list[LineItem]:
    """Set the head from the draft, price the lines and set the totals; saves nothing."""
    # A rate that changes re-prices a draft, and nothing that the client has.
    keeps = invoice.status != Status.DRAFT or setting.codebook.ledger is None
    standing = drafts.standing_tax(known) if keeps else {}
    lines = line_items.drafted(
        draft.lines,
        make=partial(InvoiceLine, studio_id=invoice.studio_id, document=invoice),
        percents=drafts.percents(draft, setting, standing=standing),
    )
    drafts.fill(invoice, draft, setting, lines)
    return lines


def _faults(draft: InvoiceDraft, stored: InvoiceDraft | None, setting: drafts.Setting) -> list[Invalid]:
    """What no invoice may be, not even a draft: above all, its tax is reckoned and never typed (rule 13)."""
    return drafts.faults(draft, stored, setting) + issuing.faults_of_typed_tax(
        draft, stored, noun="an invoice"
    )


def _refuse_unissuable(invoice: Invoice) -> None:
    faults = missing_to_issue(invoice)
    if faults:
        raise NotIssuable(faults)


def _refuse_seen_changes(invoice: Invoice, draft: InvoiceDraft, setting: drafts.Setting) -> None:
    changed = issued_fields.changed(invoice, draft, setting)
    if changed:
        why = "The client has this invoice. Credit it, or use “Correct and send again”."
        raise IssuedFieldsFixed([Invalid(why, field=field) for field in changed])


def _keep_old_paper(invoice: Invoice) -> None:
    """Put the paper that the client has with the old ones; one that was brought by hand is set now, while it can be."""
    if not invoice.paper_key:
        # Papers are set from invoices, so their module imports this one, and this one can't import it above.
        from bluestamp.books import papers

        name = f"{invoice.number}.pdf"
        pdf = papers.invoice_pdf(invoice)
        stored = files.store(invoice.studio_id, pdf, name=name, media_type="application/pdf")
        invoice.paper_key = stored.key
    invoice.old_papers = [*invoice.old_papers, invoice.paper_key]
    invoice.paper_key, invoice.differs_from_paper = "", True


def _give_number(invoice: Invoice) -> None:
    if not invoice.number:
        invoice.number = numbers.take(studio_id=invoice.studio_id, branch_id=invoice.branch_id, kind=KIND)


def _note(invoice: Invoice, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(
        by=by, verb=f"{KIND}.{verb}", kind=KIND, subject_id=invoice.id, sentence=sentence, now=now
    )
