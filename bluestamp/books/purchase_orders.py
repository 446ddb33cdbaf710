"""A purchase order: what a supplier is asked for, before there is an invoice of theirs.

    draft ⇄ approved ⇄ paid
    draft, approved → cancelled

Approved means: this cost is committed on the job. It takes one or more invoices of the supplier, each an expense
(`billing`). Paid means that it was billed: where the books are kept in Xero that is said there and only there, and no
money need have moved (S55); elsewhere a person says so. An order posts nothing, so no closed period minds it, and
nothing is ever due on it.
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

from bluestamp.books import documents, drafts, issuing, keepers, line_items, numbers
from bluestamp.books.documents import Document, Move, NotEditable
from bluestamp.books.issuing import IssuedDocument, SentHow
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.errors import Conflict, Invalid, InvalidFields
from bluestamp.people import activity, holds, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

KIND: Final = "purchase_order"


class Status(models.TextChoices):
    """The life of a purchase order; "paid" is shown as billed where the books are kept in Xero."""

    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    PAID = "paid", "Paid"
    CANCELLED = "cancelled", "Cancelled"


#: Each step: the statuses that it starts from, and the one that it ends in.
MOVES: Final[Mapping[str, Move]] = MappingProxyType(
    {
        "approve": Move({Status.DRAFT}, Status.APPROVED),
        "take back": Move({Status.APPROVED}, Status.DRAFT),
        "bill": Move({Status.APPROVED}, Status.PAID),
        "unbill": Move({Status.PAID}, Status.APPROVED),
        "cancel": Move({Status.DRAFT, Status.APPROVED}, Status.CANCELLED),
    }
)
EDITABLE: Final = (Status.DRAFT, Status.APPROVED)


@documents.register(KIND)
class PurchaseOrder(IssuedDocument):
    """One purchase order with its lines; `due_on` is the day that it is required on, `reference` is ours.

    The papers are those that the supplier has. One that was marked as paid by hand has `fully_paid_on`; one that is
    billed in the ledger has not.
    """

    delivery_address = models.TextField(blank=True)
    attention_to = models.CharField(max_length=255, blank=True)
    instructions = models.TextField(blank=True)

    class Meta(IssuedDocument.Meta):
        # An approved order need not have been sent, so what holds for documents of clients does not hold here.
        constraints = [
            *Document.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=Status.values), name="purchase_order_status"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | ~Q(number=""),
                name="purchase_order_approved_complete",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True, sent_how="") | (Q(sent_at__isnull=False) & ~Q(sent_how="")),
                name="purchase_order_sent_somehow",
            ),
        ]


class PurchaseOrderLine(LineItem):
    """One line of a purchase order: what it costs, and what it is sold on for (never sent anywhere)."""

    document = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="lines")
    sell_unit_amount = models.DecimalField(max_digits=14, decimal_places=4, null=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrderDraft:
    """A purchase order as somebody typed it; `due_on` is the day that it is required on, None when nobody said."""

    branch_id: str
    company_id: str
    issued_on: dt.date
    currency: str
    job_id: str | None = None
    due_on: dt.date | None = None
    reference: str = ""
    tax_mode: str = "exclusive"
    own_rate: Decimal | None = None
    delivery_address: str = ""
    attention_to: str = ""
    instructions: str = ""
    lines: tuple[LineDraft, ...] = ()


class NotApprovable(InvalidFields):
    """Something that an approved order needs is missing."""

    code = "NOT_APPROVABLE"


class NotMovable(Conflict):
    """The order's status does not allow this step."""

    code = "NOT_MOVABLE"


class LinesBilled(InvalidFields):
    """The supplier has billed these lines: they can't go."""

    code = "LINES_BILLED"


class BilledElsewhere(Conflict):
    """Where the books are kept in Xero, only Xero says what is billed."""

    code = "BILLED_ELSEWHERE"


#: What an order has at its head besides what every document has.
_OWN: Final = ("delivery_address", "attention_to", "instructions")


# Verbs, in the order a purchase order lives


def create(draft: PurchaseOrderDraft, *, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Write a new purchase order down as a draft. Refuses NotPermitted, InvalidFields."""
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        order = PurchaseOrder(
            studio_id=by.studio_id, status=Status.DRAFT, created_at=now, created_by=by.name, changed_at=now
        )
        setting = drafts.look_up(draft, KIND, None, by=by)
        draft = drafts.with_codes(draft, setting)
        documents.refuse_faults(_faults(draft, None, setting))
        lines = _fill(order, draft, setting, known=[])
        order.save(force_insert=True)
        documents.add_lines(lines)
        _note(order, "created", f"Started a purchase order to {order.company_name}.", by=by, now=now)
    return order


def edit(
    *, order_id: str, version: int, draft: PurchaseOrderDraft, by: Actor, now: dt.datetime
) -> PurchaseOrder:
    """Change an order; saving what it already says changes nothing. The supplier's paper is then marked as old.

    Refuses NotPermitted, NotFound, Stale, Held (locked in the books), NotEditable, InvalidFields, NotApprovable,
    LinesBilled at each line that the supplier has billed and that the draft lacks.
    """
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=order.id, act="edit")
        if order.status not in EDITABLE:
            raise NotEditable(f"This order is {Status(order.status).label.lower()} and can't be changed.")
        setting, stored = drafts.look_up(draft, KIND, order, by=by), draft_of(order)
        draft = drafts.with_codes(draft, setting)
        if draft != stored:
            documents.refuse_faults(_faults(draft, stored, setting))
            _refuse_billed_lines_gone(order, draft)
            _take(order, draft, setting, now=now)
            if order.status == Status.APPROVED:
                _refuse_incomplete(order)
            _note(order, "edited", "Changed the purchase order.", by=by, now=now)
    return order


def approve(*, order_id: str, version: int, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Commit the cost on the job. Refuses NotPermitted, NotFound, Stale, NotMovable, NotApprovable at each field."""
    permissions.require(by, Action.APPROVE_EXPENSES)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id, version=version)
        _move(order, "approve")
        _refuse_incomplete(order)
        _give_number(order)
        documents.raise_version(order, now=now, fields=["status", "number"])
        _note(order, "approved", f"Approved {order.number}.", by=by, now=now)
    return order


def back_to_draft(*, order_id: str, version: int, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Take the approval back. Refuses NotPermitted, NotFound, Stale, Held, NotMovable."""
    permissions.require(by, Action.APPROVE_EXPENSES)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=order.id, act="back_to_draft")
        _move(order, "take back")
        documents.raise_version(order, now=now, fields=["status"])
        _note(order, "back_to_draft", "Put back to draft.", by=by, now=now)
    return order


def send(*, order_id: str, version: int, to: str, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Say that the supplier gets it by e-mail; `letters` writes the letter. Refuses as `mark_as_sent` does."""
    return _sent(order_id, version, how=SentHow.EMAIL, to=to, by=by, now=now)


def mark_as_sent(*, order_id: str, version: int, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Say that the supplier has it, brought by other means.

    Refuses NotPermitted, NotFound, Stale, NotMovable (before it is approved, and once it is cancelled).
    """
    return _sent(order_id, version, how=SentHow.BY_HAND, to="", by=by, now=now)


def cancel(*, order_id: str, version: int, reason: str, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Call the order off; it stays to be seen.

    Refuses NotPermitted, NotFound, Stale, Held, NotMovable (once an invoice of the supplier stands on it, too).
    """
    permissions.require(by, Action.CANCEL_EXPENSES)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=order.id, act="cancel")
        _refuse_billed(order)
        _move(order, "cancel")
        documents.raise_version(order, now=now, fields=["status"])
        _note(order, "cancelled", f"Cancelled. {reason.strip()}".strip(), by=by, now=now)
    return order


def mark_paid(*, order_id: str, version: int, paid_on: dt.date, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Say that the order was billed and paid, where the books are kept here.

    Refuses NotPermitted, NotFound, Stale, BilledElsewhere, NotMovable.
    """
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        order = _locked_for_hand(order_id, version)
        _move(order, "bill")
        order.fully_paid_on = paid_on
        documents.raise_version(order, now=now, fields=["status", "fully_paid_on"])
        _note(order, "paid", f"Marked as paid on {paid_on.day} {paid_on:%b %Y}.", by=by, now=now)
    return order


def mark_unpaid(*, order_id: str, version: int, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Take "paid" back, where the books are kept here. Refuses as `mark_paid` does."""
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        order = _locked_for_hand(order_id, version)
        _move(order, "unbill")
        order.fully_paid_on = None
        documents.raise_version(order, now=now, fields=["status", "fully_paid_on"])
        _note(order, "unpaid", "Marked as not paid.", by=by, now=now)
    return order


def give_number(*, document_id: str, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Give the order its number, once; it keeps it. Not an edit. The caller has checked that it may leave the desk."""
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, document_id)
        if not order.number:
            _give_number(order)
            order.search_text = order.words
            order.save(update_fields=["number", "search_text"])
    return order


# What the ledger says, carried out as it says it


def follow_approved(*, order_id: str, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """The bookkeeper signed it off although it is a draft here: it is approved here too, with a note (rule 6).

    Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.APPROVE_EXPENSES)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id)
        if order.status == Status.DRAFT:
            _follow_approval(order, by=by, now=now)
            documents.raise_version(order, now=now, fields=["status", "number"])
    return order


def take_billed(*, order_id: str, is_billed: bool, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Take over whether it is billed in the books: Approved becomes Paid, and Paid Approved when that was undone.

    A draft that is billed there counts as approved first. Saying the same twice changes nothing.
    Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id)
        was = order.status
        if is_billed and was == Status.DRAFT:
            _follow_approval(order, by=by, now=now)
        if is_billed and order.status == Status.APPROVED:
            _move(order, "bill")
            _note(order, "paid", "Paid: it was marked as billed in the books.", by=by, now=now)
        elif not is_billed and order.status == Status.PAID:
            _move(order, "unbill")
            order.fully_paid_on = None
            _note(order, "unpaid", "No longer paid: it is not billed in the books.", by=by, now=now)
        if order.status != was:
            documents.raise_version(order, now=now, fields=["status", "number", "fully_paid_on"])
    return order


def take_lines(
    *, order_id: str, version: int, draft: PurchaseOrderDraft, by: Actor, now: dt.datetime
) -> PurchaseOrder:
    """Make the order say what the ledger's document says, whatever its status.

    Refuses NotPermitted, NotFound, Stale, InvalidFields.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id, version=version)
        setting, stored = drafts.look_up(draft, KIND, order, by=by), draft_of(order)
        if draft != stored:
            documents.refuse_faults(drafts.faults_of_ids(draft, stored))
            _take(order, draft, setting, now=now)
            _note(order, "edited", "Took over what the books say.", by=by, now=now)
    return order


def draft_of(order: PurchaseOrder) -> PurchaseOrderDraft:
    """Return a stored order as a draft, so that some of it can be changed."""
    head = {
        field.name: getattr(order, field.name)
        for field in fields(PurchaseOrderDraft)
        if field.name != "lines"
    }
    return PurchaseOrderDraft(**head, lines=tuple(line_items.draft_of(line) for line in order.items))


# Steps


def _move(order: PurchaseOrder, step: str) -> None:
    """The only place that changes a status."""
    move = MOVES[step]
    if order.status not in move.starts:
        was, wanted = Status(order.status).label.lower(), Status(move.end).label.lower()
        raise NotMovable(f"This order is {was}, so it can't become {wanted}.")
    order.status = move.end


def _sent(
    order_id: str, version: int, *, how: SentHow, to: str, by: Actor, now: dt.datetime
) -> PurchaseOrder:
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id, version=version)
        if order.status not in (Status.APPROVED, Status.PAID):
            why = "approve it first" if order.status == Status.DRAFT else "it is not sent any more"
            raise NotMovable(f"This order is {Status(order.status).label.lower()}: {why}.")
        # Brought by hand, the paper that he has is the one of now; a letter notes its own.
        order.differs_from_paper = False
        order.save(update_fields=["differs_from_paper"])
        issuing.note_sent(order, how=how, to=to, by=by, now=now)
        said = f"Sent {order.number} to {to}." if to else f"Marked {order.number} as sent."
        _note(order, "sent", said, by=by, now=now)
    return order


def _follow_approval(order: PurchaseOrder, *, by: Actor, now: dt.datetime) -> None:
    _move(order, "approve")
    _give_number(order)
    _note(order, "approved", "Approved, because it was approved in the books.", by=by, now=now)


def _take(
    order: PurchaseOrder, draft: PurchaseOrderDraft, setting: drafts.Setting, *, now: dt.datetime
) -> None:
    """Make a locked order say what the draft says, as its next version."""
    known = order.items
    lines = _fill(order, draft, setting, known=known)
    if order.sent_at is not None:
        order.old_papers = [*order.old_papers, *([order.paper_key] if order.paper_key else [])]
        order.paper_key, order.differs_from_paper = "", True
    documents.save_lines(order, lines, known=known)
    changed = [*drafts.HEAD, *_OWN, "company_name", *documents.TOTALS, *issuing.PAPERS]
    documents.raise_version(order, now=now, fields=changed)


def _fill(
    order: PurchaseOrder, draft: PurchaseOrderDraft, setting: drafts.Setting, *, known: Sequence[LineItem]
) -> list[LineItem]:
    """Set the head from the draft, price the lines and set the totals; saves nothing."""
    for name in _OWN:
        setattr(order, name, getattr(draft, name))
    # A rate that changes re-prices a draft, and nothing that was approved.
    keeps = order.status != Status.DRAFT or setting.codebook.ledger is None
    standing = drafts.standing_tax(known) if keeps else {}
    lines = line_items.drafted(
        draft.lines,
        make=partial(PurchaseOrderLine, studio_id=order.studio_id, document=order),
        percents=drafts.percents(draft, setting, standing=standing),
        own=["sell_unit_amount"],
    )
    drafts.fill(order, draft, setting, lines)
    # Nothing is owed on an order; what the supplier bills is.
    order.amount_due = Decimal("0.00")
    return lines


def _faults(
    draft: PurchaseOrderDraft, stored: PurchaseOrderDraft | None, setting: drafts.Setting
) -> list[Invalid]:
    """What no order may be, not even a draft: above all, its tax is reckoned; the supplier's paper is yet to come."""
    texts = [
        ("delivery_address", draft.delivery_address, 1000),
        ("attention_to", draft.attention_to, 255),
        ("instructions", draft.instructions, 3700),
    ]
    return [
        *drafts.faults(draft, stored, setting),
        *drafts.faults_of_text(texts),
        *issuing.faults_of_typed_tax(draft, stored, noun="a purchase order"),
    ]


def _refuse_incomplete(order: PurchaseOrder) -> None:
    """An approved order is complete, and stays so through edits."""
    found = issuing.missing_words(order.items)
    if order.total < 0:
        found.append(Invalid("The total of an order is not below zero.", field="lines"))
    if found:
        raise NotApprovable(found)


def _refuse_billed(order: PurchaseOrder) -> None:
    billed = order.expenses.exclude(status="cancelled").first()
    if billed is not None:
        name = billed.number or "A draft expense"
        raise NotMovable(f"{name} was entered for this order. Cancel that, or take it off the order, first.")


def _refuse_billed_lines_gone(order: PurchaseOrder, draft: PurchaseOrderDraft) -> None:
    stays = {line.id for line in draft.lines}
    gone = PurchaseOrderLine.objects.filter(document=order).exclude(id__in=stays - {None})
    billed = gone.filter(expense_lines__isnull=False).exclude(expense_lines__document__status="cancelled")
    if billed.exists():
        words = ", ".join(f"“{line.words}”" for line in billed.distinct())
        raise LinesBilled([Invalid(f"The supplier has billed {words}: it has to stay.", field="lines")])


def _give_number(order: PurchaseOrder) -> None:
    if not order.number:
        order.number = numbers.take(studio_id=order.studio_id, branch_id=order.branch_id, kind=KIND)


def _locked_for_hand(order_id: str, version: int) -> PurchaseOrder:
    order = documents.locked(PurchaseOrder, order_id, version=version)
    if keepers.is_elsewhere(order):
        raise BilledElsewhere(
            "This branch's books are kept in Xero: mark it as billed there, and it comes back by itself."
        )
    return order


def _note(order: PurchaseOrder, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(by=by, verb=f"{KIND}.{verb}", kind=KIND, subject_id=order.id, sentence=sentence, now=now)
