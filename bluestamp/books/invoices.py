"""An invoice: what a client is billed.

    draft → sent → paid
    draft, sent → void

Sent means: it is with the client, by e-mail or by hand; what it says is then fixed, but for what the client does not
see (bookkeeping rule 4). Paid follows from payments and credits, where the books are kept in Xero from there alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Final

from django.db import models, transaction
from django.db.models import Q

from bluestamp.books import companies, documents, jobs, ledgers, line_items, numbers
from bluestamp.books.documents import Document, NotEditable, PaymentStanding
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.errors import Conflict, Invalid, InvalidFields
from bluestamp.people import activity, branches, holds, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

KIND: Final = "invoice"


class Status(models.TextChoices):
    """The life of an invoice; "sent" is shown as awaiting payment."""

    DRAFT = "draft", "Draft"
    SENT = "sent", "Awaiting payment"
    PAID = "paid", "Paid"
    VOID = "void", "Void"


#: Which status may follow which.
MOVES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        Status.DRAFT: frozenset({Status.SENT, Status.VOID}),
        Status.SENT: frozenset({Status.PAID, Status.VOID}),
        Status.PAID: frozenset({Status.SENT, Status.VOID}),
        Status.VOID: frozenset(),
    }
)


class SentHow(models.TextChoices):
    """How an invoice got to the client."""

    EMAIL = "email", "by e-mail"
    BY_HAND = "by_hand", "by hand"
    LEDGER = "ledger", "issued in the books"


@documents.register(KIND)
class Invoice(Document):
    """One invoice with its lines. `paper_key` names the PDF that the client has; older ones stand in `old_papers`."""

    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=200, blank=True)
    sent_to = models.CharField(max_length=500, blank=True)
    sent_how = models.CharField(max_length=10, choices=SentHow.choices, blank=True)
    paper_key = models.CharField(max_length=60, blank=True)
    old_papers = models.JSONField(default=list)
    #: Xero's words were taken over after the client got it: the paper he has says something else
    differs_from_paper = models.BooleanField(default=False)

    class Meta(Document.Meta):
        constraints = [
            *Document.Meta.constraints,
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
    lines: tuple[LineDraft, ...] = ()


class NotIssuable(InvalidFields):
    """Something that an issued invoice needs is missing."""

    code = "NOT_ISSUABLE"


class IssuedFieldsFixed(InvalidFields):
    """The client has the invoice: these fields no longer change."""

    code = "ISSUED_FIELDS_FIXED"


class NotMovable(Conflict):
    """The invoice's status does not allow this step."""

    code = "NOT_MOVABLE"


_HEAD: Final = (
    "branch_id",
    "company_id",
    "job_id",
    "issued_on",
    "due_on",
    "currency",
    "reference",
    "tax_mode",
)
#: What may still change once the client has it (rule 4); of lines, their account.
OPEN_WHEN_ISSUED: Final = frozenset({"due_on", "reference"})
#: What of a line the client sees.
_SEEN_OF_LINE: Final = (
    "item",
    "description",
    "quantity",
    "unit_amount",
    "discount_rate",
    "tax_type",
    "typed_tax",
)


# Verbs, in the order an invoice lives


def create(draft: InvoiceDraft, *, by: Actor, now: dt.datetime) -> Invoice:
    """Write a new invoice down as a draft. Refuses NotPermitted, InvalidFields."""
    permissions.require(by, Action.EDIT_INVOICES)
    with transaction.atomic():
        invoice = Invoice(
            studio_id=by.studio_id, status=Status.DRAFT, created_at=now, created_by=by.name, changed_at=now
        )
        lines = _fill(invoice, draft)
        invoice.save()
        documents.save_lines(invoice, lines)
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
        if invoice.status != Status.DRAFT:
            _refuse_seen_changes(invoice, draft)
        if _take(invoice, draft, now=now):
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

    Refuses NotPermitted, NotFound, Stale, Held, NotMovable; Conflict while money stands on it.
    """
    permissions.require(by, Action.VOID_INVOICES)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=invoice.id, act="void")
        if invoice.amount_paid or invoice.amount_credited:
            raise Conflict("Money was received or credited on this invoice. Credit it instead.")
        _move(invoice, Status.VOID)
        invoice.amount_due = Decimal("0.00")
        documents.raise_version(invoice, now=now, fields=["status", "amount_due"])
        _note(invoice, "voided", f"Voided. {reason.strip()}".strip(), by=by, now=now)
    return invoice


def correct(
    *, invoice_id: str, version: int, draft: InvoiceDraft, reason: str, by: Actor, now: dt.datetime
) -> Invoice:
    """Correct what the client was sent, with a reason; the old paper is kept, and the new one is to be sent.

    Refuses NotPermitted, NotFound, Stale, Held, NotEditable, InvalidFields; Conflict in a locked period or when money
    stands on it.
    """
    permissions.require(by, Action.CORRECT_ISSUED)
    if not reason.strip():
        raise Invalid("Say why it is corrected.", field="reason")
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=invoice.id, act="correct")
        _refuse_correction(invoice)
        documents.refuse_faults(_missing(draft))
        if _take(invoice, draft, now=now):
            _refuse_below_zero(invoice)
            if invoice.paper_key:
                invoice.old_papers = [*invoice.old_papers, invoice.paper_key]
            invoice.paper_key, invoice.differs_from_paper = "", True
            invoice.save(update_fields=["old_papers", "paper_key", "differs_from_paper"])
            _note(invoice, "corrected", f"Corrected: {reason.strip()}", by=by, now=now)
    return invoice


def note_paper(*, invoice_id: str, paper_key: str, to: str) -> None:
    """Write down the paper that the client gets, in place of the one he had; the caller's transaction. Not an edit."""
    invoice = documents.locked(Invoice, invoice_id)
    if invoice.paper_key and invoice.paper_key != paper_key:
        invoice.old_papers = [*invoice.old_papers, invoice.paper_key]
    invoice.paper_key, invoice.sent_to, invoice.differs_from_paper = paper_key, to[:500], False
    invoice.save(update_fields=["paper_key", "old_papers", "sent_to", "differs_from_paper"])


def give_number(*, document_id: str, by: Actor, now: dt.datetime) -> Invoice:
    """Give the invoice its number, once; it keeps it. Not an edit. The caller has checked that it may leave the desk."""
    with transaction.atomic():
        invoice = documents.locked(Invoice, document_id)
        if not invoice.number:
            _give_number(invoice)
            invoice.search_text = documents.words_of(invoice.number, invoice.company_name, invoice.reference)
            invoice.save(update_fields=["number", "search_text"])
    return invoice


# What the ledger says, carried out as it says it


def follow_issued(*, invoice_id: str, by: Actor, now: dt.datetime) -> Invoice:
    """The bookkeeper issued it although it is a draft here: it counts as issued here too, with a note (rule 6)."""
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id)
        if invoice.status == Status.DRAFT:
            _move(invoice, Status.SENT)
            _give_number(invoice)
            invoice.due_on = invoice.due_on or invoice.issued_on
            invoice.sent_at, invoice.sent_by, invoice.sent_how = now, by.name, SentHow.LEDGER
            documents.raise_version(invoice, now=now, fields=["status", "number", "due_on", *_SENT])
            _note(invoice, "sent", "Counts as issued, because it was approved in the books.", by=by, now=now)
    return invoice


def follow_void(*, invoice_id: str, by: Actor, now: dt.datetime) -> Invoice:
    """It was voided in the books: it is void here too."""
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id)
        if invoice.status != Status.VOID:
            _move(invoice, Status.VOID)
            _set_standing(invoice, PaymentStanding(Decimal(0), Decimal(0), Decimal(0)))
            documents.raise_version(invoice, now=now, fields=["status", *_STANDING])
            _note(invoice, "voided", "Voided, because it was voided in the books.", by=by, now=now)
    return invoice


def take_standing(
    *, invoice_id: str, standing: PaymentStanding, is_paid: bool, by: Actor, now: dt.datetime
) -> Invoice:
    """Take over what the ledger says was received and credited; the status follows."""
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id)
        before = (invoice.status, *(getattr(invoice, name) for name in _STANDING))
        _set_standing(invoice, standing)
        if is_paid and invoice.status == Status.SENT:
            _move(invoice, Status.PAID)
            day = standing.fully_paid_on
            _note(invoice, "paid", f"Paid on {day.day} {day:%b %Y}." if day else "Paid.", by=by, now=now)
        elif not is_paid and invoice.status == Status.PAID:
            _move(invoice, Status.SENT)
            _note(invoice, "unpaid", "No longer paid: a payment was removed.", by=by, now=now)
        if before != (invoice.status, *(getattr(invoice, name) for name in _STANDING)):
            documents.raise_version(invoice, now=now, fields=["status", *_STANDING])
    return invoice


def take_lines(*, invoice_id: str, version: int, draft: InvoiceDraft, by: Actor, now: dt.datetime) -> Invoice:
    """Make the invoice say what the ledger's document says; what the client saw and now differs is marked (rule 4).

    Refuses NotPermitted, NotFound, Stale, InvalidFields.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        invoice = documents.locked(Invoice, invoice_id, version=version)
        differs = invoice.status != Status.DRAFT and bool(_seen_changes(invoice, draft))
        if _take(invoice, draft, now=now):
            if differs:
                invoice.differs_from_paper = True
                invoice.save(update_fields=["differs_from_paper"])
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
    ledger = ledgers.of_branch(invoice.branch_id)
    draft = draft_of(invoice)
    found = [*_missing(draft), *ledgers.faults_of_lines(ledger, KIND, draft.lines)]
    if invoice.total < 0:
        found.append(Invalid("The total is below zero: write a credit note instead.", field="lines"))
    return found


# Steps

_STANDING: Final = ("amount_paid", "amount_credited", "amount_due", "fully_paid_on")
_SENT: Final = ("sent_at", "sent_by", "sent_to", "sent_how")


def _move(invoice: Invoice, status: Status) -> None:
    """The only place that changes a status."""
    if status not in MOVES[invoice.status]:
        was, wanted = Status(invoice.status).label.lower(), status.label.lower()
        raise NotMovable(f"This invoice is {was}, so it can't become {wanted}.")
    invoice.status = status


def _issue(invoice: Invoice, *, how: SentHow, to: str, by: Actor, now: dt.datetime) -> None:
    _move(invoice, Status.SENT)
    faults = missing_to_issue(invoice)
    if faults:
        raise NotIssuable(faults)
    _give_number(invoice)
    invoice.due_on = invoice.due_on or invoice.issued_on
    invoice.sent_at, invoice.sent_by, invoice.sent_to, invoice.sent_how = now, by.name, to[:500], how
    documents.raise_version(invoice, now=now, fields=["status", "number", "due_on", *_SENT])


def _take(invoice: Invoice, draft: InvoiceDraft, *, now: dt.datetime) -> bool:
    """Make a locked invoice say what the draft says; False when it says so already."""
    documents.refuse_faults(documents.unknown_lines(invoice, draft.lines))
    completed = replace(draft, due_on=draft.due_on or _due_on(draft, companies.find(draft.company_id)))
    if completed == draft_of(invoice):
        return False
    lines = _fill(invoice, draft)
    documents.save_lines(invoice, lines)
    documents.raise_version(invoice, now=now, fields=[*_HEAD, "company_name", *documents.TOTALS])
    return True


def _fill(invoice: Invoice, draft: InvoiceDraft) -> list[LineItem]:
    """Set the head from the draft, price the lines and set the totals; saves nothing. Refuses InvalidFields."""
    documents.refuse_faults(_faults(draft))
    company = companies.find(draft.company_id)
    for name in _HEAD:
        setattr(invoice, name, getattr(draft, name))
    invoice.company_name = company.name
    invoice.due_on = draft.due_on or _due_on(draft, company)
    invoice.search_text = documents.words_of(invoice.number, company.name, draft.reference)
    percents = ledgers.percents(ledgers.of_branch(draft.branch_id))
    lines = line_items.drafted(
        draft.lines,
        make=partial(InvoiceLine, studio_id=invoice.studio_id, document=invoice),
        percent_of=lambda tax_type: percents.get(tax_type, Decimal(0)),
    )
    documents.set_totals(invoice, lines)
    return lines


def _due_on(draft: InvoiceDraft, company: companies.Company) -> dt.date:
    """The client's terms, else the branch's."""
    days = company.terms_days
    if days is None:
        days = branches.find(draft.branch_id).payment_terms_days
    return draft.issued_on + dt.timedelta(days=days)


def _faults(draft: InvoiceDraft) -> list[Invalid]:
    """What no invoice may be, not even a draft."""
    found: list[Invalid] = []
    branches.find(draft.branch_id)
    if draft.job_id:
        jobs.find(draft.job_id)
    if draft.tax_mode not in documents.TaxModes.values:
        found.append(Invalid("Say how the amounts are meant.", field="tax_mode"))
    if len(draft.currency) != 3:
        found.append(Invalid("A currency has three letters.", field="currency"))
    if draft.due_on and draft.due_on < draft.issued_on:
        found.append(Invalid("It can't be due before its date.", field="due_on"))
    return found + line_items.faults(draft.lines)


def _missing(draft: InvoiceDraft) -> list[Invalid]:
    found: list[Invalid] = []
    if not draft.lines:
        found.append(Invalid("Add a line.", field="lines"))
    found += [
        Invalid("Say what it is.", field=f"lines.{position}.item")
        for position, line in enumerate(draft.lines)
        if not (line.item.strip() or line.description.strip())
    ]
    return found


def _refuse_below_zero(invoice: Invoice) -> None:
    if invoice.total < 0:
        raise NotIssuable([Invalid("The total is below zero: write a credit note instead.", field="lines")])


def _refuse_seen_changes(invoice: Invoice, draft: InvoiceDraft) -> None:
    changed = _seen_changes(invoice, draft)
    if changed:
        why = "The client has this invoice. Credit it, or use “Correct and send again”."
        raise IssuedFieldsFixed([Invalid(why, field=field) for field in changed])


def _seen_changes(invoice: Invoice, draft: InvoiceDraft) -> list[str]:
    """The fields that the client has seen and that the draft would change."""
    stored = draft_of(invoice)
    fixed = [name for name in _HEAD if name not in OPEN_WHEN_ISSUED | {"job_id"}]
    changed = [name for name in fixed if getattr(draft, name) != getattr(stored, name)]
    if [line.id for line in draft.lines] != [line.id for line in stored.lines]:
        return [*changed, "lines"]
    for position, (line, old) in enumerate(zip(draft.lines, stored.lines, strict=True)):
        changed += [
            f"lines.{position}.{name}" for name in _SEEN_OF_LINE if getattr(line, name) != getattr(old, name)
        ]
    return changed


def _refuse_correction(invoice: Invoice) -> None:
    if invoice.status != Status.SENT:
        raise NotEditable("Only an invoice that awaits payment is corrected.")
    if invoice.amount_paid or invoice.amount_credited:
        raise Conflict("Money was received or credited on this invoice. Credit it instead.")
    ledger = ledgers.of_branch(invoice.branch_id)
    locked_until = ledgers.locked_until(ledger) if ledger else None
    if locked_until is not None and invoice.issued_on <= locked_until:
        raise Conflict("Its date lies in a locked period. Credit it with a note dated now instead.")


def _give_number(invoice: Invoice) -> None:
    if not invoice.number:
        invoice.number = numbers.take(studio_id=invoice.studio_id, branch_id=invoice.branch_id, kind=KIND)


def _set_standing(invoice: Invoice, standing: PaymentStanding) -> None:
    for name in _STANDING:
        setattr(invoice, name, getattr(standing, name))


def _note(invoice: Invoice, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(
        by=by, verb=f"{KIND}.{verb}", kind=KIND, subject_id=invoice.id, sentence=sentence, now=now
    )
