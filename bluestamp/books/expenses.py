"""An expense: something bought for a job, and the supplier's invoice for it.

    draft ⇄ approved → paid
    draft, approved → cancelled

Approved means: this cost is logged to the job. Where the books are kept in Xero, paid comes from there and only from
there; elsewhere a person says so.
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

from bluestamp.books import documents, drafts, keepers, line_items, numbers
from bluestamp.books.documents import Document, Move, NotEditable, PaymentStanding
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.engine import files
from bluestamp.errors import Conflict, Invalid, InvalidFields
from bluestamp.people import activity, holds, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

KIND: Final = "expense"


class Status(models.TextChoices):
    """The life of an expense."""

    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    PAID = "paid", "Paid"
    CANCELLED = "cancelled", "Cancelled"


#: Each step: the statuses that it starts from, and the one that it ends in.
MOVES: Final[Mapping[str, Move]] = MappingProxyType(
    {
        "approve": Move({Status.DRAFT}, Status.APPROVED),
        "take back": Move({Status.APPROVED}, Status.DRAFT),
        "pay": Move({Status.APPROVED}, Status.PAID),
        "unpay": Move({Status.PAID}, Status.APPROVED),
        "cancel": Move({Status.DRAFT, Status.APPROVED}, Status.CANCELLED),
    }
)
EDITABLE: Final = (Status.DRAFT, Status.APPROVED)


class PaidBy(models.TextChoices):
    """Who paid, or will (bookkeeping rule 18)."""

    SUPPLIER = "supplier", "On the supplier's account"
    CARD = "card", "Company card"
    PERSON = "person", "A person, to be paid back"


@documents.register(KIND)
class Expense(Document):
    """One expense with its lines; `number` is ours, `supplier_invoice_number` the supplier's.

    An approved one has the supplier's number, unless it was the ledger that approved it: so no constraint says so.
    """

    searched = (*Document.searched, "supplier_invoice_number")

    #: the order that it bills (bookkeeping rule 17), or that it became; only `billing` and `conversions` write it
    purchase_order = models.ForeignKey(
        "books.PurchaseOrder", null=True, on_delete=models.PROTECT, related_name="expenses"
    )
    supplier_invoice_number = models.CharField(max_length=255, blank=True)
    paid_by = models.CharField(max_length=10, choices=PaidBy.choices, default=PaidBy.SUPPLIER)
    paid_by_name = models.CharField(max_length=200, blank=True)
    receipt_key = models.CharField(max_length=60, blank=True)
    receipt_name = models.CharField(max_length=255, blank=True)
    receipt_media_type = models.CharField(max_length=100, blank=True)
    receipt_size = models.PositiveIntegerField(default=0)

    class Meta(Document.Meta):
        constraints = [
            *Document.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=Status.values), name="expense_status"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | (~Q(number="") & Q(due_on__isnull=False)),
                name="expense_approved_complete",
            ),
            models.CheckConstraint(condition=Q(paid_by__in=PaidBy.values), name="expense_paid_by"),
            models.CheckConstraint(
                condition=~Q(paid_by=PaidBy.PERSON)
                | ~Q(paid_by_name="")
                | Q(status__in=["draft", "cancelled"]),
                name="expense_person_named",
            ),
        ]


class ExpenseLine(LineItem):
    """One line of an expense: what it costs, and what it is sold on for (never sent anywhere)."""

    document = models.ForeignKey(Expense, on_delete=models.CASCADE, related_name="lines")
    sell_unit_amount = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    order_line = models.ForeignKey(
        "books.PurchaseOrderLine", null=True, on_delete=models.SET_NULL, related_name="expense_lines"
    )

    @classmethod
    def written_fields(cls) -> list[str]:
        """Which line of an order it bills is written once, and no edit knows of it."""
        return [name for name in super().written_fields() if name != "order_line"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseDraft:
    """An expense as somebody typed it. Without `due_on` it follows from the supplier's terms."""

    branch_id: str
    company_id: str
    issued_on: dt.date
    currency: str
    job_id: str | None = None
    due_on: dt.date | None = None
    reference: str = ""
    supplier_invoice_number: str = ""
    tax_mode: str = "exclusive"
    own_rate: Decimal | None = None
    paid_by: str = "supplier"
    paid_by_name: str = ""
    lines: tuple[LineDraft, ...] = ()


class NotApprovable(InvalidFields):
    """Something that an approved expense needs is missing."""

    code = "NOT_APPROVABLE"


class NotMovable(Conflict):
    """The expense's status does not allow this step."""

    code = "NOT_MOVABLE"


class PaidElsewhere(Conflict):
    """Where the books are kept in Xero, only Xero says what is paid."""

    code = "PAID_ELSEWHERE"


#: What an expense has at its head besides what every document has.
_OWN: Final = ("supplier_invoice_number", "paid_by", "paid_by_name")


# Verbs, in the order an expense lives


def create(draft: ExpenseDraft, *, by: Actor, now: dt.datetime) -> Expense:
    """Write a new expense down as a draft. Refuses NotPermitted, InvalidFields."""
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        expense = Expense(
            studio_id=by.studio_id, status=Status.DRAFT, created_at=now, created_by=by.name, changed_at=now
        )
        setting = drafts.look_up(draft, KIND, None, by=by)
        draft = drafts.with_codes(drafts.with_due_on(draft, setting), setting)
        documents.refuse_faults(_faults(draft, None, setting))
        lines = _fill(expense, draft, setting, known=[])
        expense.save(force_insert=True)
        documents.add_lines(lines)
        _note(expense, "created", f"Entered an expense of {expense.company_name}.", by=by, now=now)
    return expense


def edit(*, expense_id: str, version: int, draft: ExpenseDraft, by: Actor, now: dt.datetime) -> Expense:
    """Change an expense; saving what it already says changes nothing.

    Refuses NotPermitted, NotFound, Stale, Held (locked in the books), NotEditable, InvalidFields, NotApprovable.
    """
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=expense.id, act="edit")
        if expense.status not in EDITABLE:
            raise NotEditable(f"This expense is {Status(expense.status).label.lower()} and can't be changed.")
        setting, stored = drafts.look_up(draft, KIND, expense, by=by), draft_of(expense)
        draft = drafts.with_codes(drafts.with_due_on(draft, setting), setting)
        if draft != stored:
            documents.refuse_faults(_faults(draft, stored, setting))
            if expense.status == Status.APPROVED:
                _refuse_incomplete(draft)
            _take(expense, draft, setting, now=now)
            _refuse_below_zero(expense)
            _note(expense, "edited", "Changed the expense.", by=by, now=now)
    return expense


def approve(*, expense_id: str, version: int, by: Actor, now: dt.datetime) -> Expense:
    """Log the cost to the job. Refuses NotPermitted, NotFound, Stale, NotMovable, NotApprovable at each field."""
    permissions.require(by, Action.APPROVE_EXPENSES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id, version=version)
        _move(expense, "approve")
        _refuse_incomplete(draft_of(expense))
        _refuse_below_zero(expense)
        _give_number(expense)
        documents.raise_version(expense, now=now, fields=["status", "number"])
        _note(expense, "approved", f"Approved {expense.number}.", by=by, now=now)
    return expense


def back_to_draft(*, expense_id: str, version: int, by: Actor, now: dt.datetime) -> Expense:
    """Take the approval back. Refuses NotPermitted, NotFound, Stale, Held, NotMovable."""
    permissions.require(by, Action.APPROVE_EXPENSES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=expense.id, act="back_to_draft")
        _move(expense, "take back")
        documents.raise_version(expense, now=now, fields=["status"])
        _note(expense, "back_to_draft", "Put back to draft.", by=by, now=now)
    return expense


def cancel(*, expense_id: str, version: int, reason: str, by: Actor, now: dt.datetime) -> Expense:
    """Call the expense off; it stays to be seen. Refuses NotPermitted, NotFound, Stale, Held, NotMovable."""
    permissions.require(by, Action.CANCEL_EXPENSES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=expense.id, act="cancel")
        _move(expense, "cancel")
        expense.amount_due = Decimal("0.00")
        documents.raise_version(expense, now=now, fields=["status", "amount_due"])
        _note(expense, "cancelled", f"Cancelled. {reason.strip()}".strip(), by=by, now=now)
    return expense


def mark_paid(*, expense_id: str, version: int, paid_on: dt.date, by: Actor, now: dt.datetime) -> Expense:
    """Say that the supplier was paid, where the books are kept here.

    Refuses NotPermitted, NotFound, Stale, PaidElsewhere, NotMovable.
    """
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        expense = _locked_for_hand(expense_id, version)
        _move(expense, "pay")
        documents.set_standing(expense, PaymentStanding(expense.total, Decimal(0), Decimal(0), paid_on))
        documents.raise_version(expense, now=now, fields=["status", *documents.STANDING])
        _note(expense, "paid", f"Marked as paid on {paid_on.day} {paid_on:%b %Y}.", by=by, now=now)
    return expense


def mark_unpaid(*, expense_id: str, version: int, by: Actor, now: dt.datetime) -> Expense:
    """Take "paid" back, where the books are kept here. Refuses as `mark_paid` does."""
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        expense = _locked_for_hand(expense_id, version)
        _move(expense, "unpay")
        documents.set_standing(expense, PaymentStanding(Decimal(0), Decimal(0), expense.total))
        documents.raise_version(expense, now=now, fields=["status", *documents.STANDING])
        _note(expense, "unpaid", "Marked as not paid.", by=by, now=now)
    return expense


def attach_receipt(*, expense_id: str, receipt: files.StoredFile, by: Actor, now: dt.datetime) -> Expense:
    """Keep the supplier's paper with the expense, in place of the one that was there. Refuses NotPermitted, NotFound."""
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id)
        expense.receipt_key, expense.receipt_name = receipt.key, receipt.name[:255]
        expense.receipt_media_type, expense.receipt_size = receipt.media_type, receipt.size
        documents.raise_version(expense, now=now, fields=_RECEIPT)
        _note(expense, "receipt_attached", f"Attached {receipt.name}.", by=by, now=now)
    return expense


def remove_receipt(*, expense_id: str, by: Actor, now: dt.datetime) -> Expense:
    """Take the receipt off the expense. The file stays until nothing names it. Refuses NotPermitted, NotFound."""
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id)
        name = expense.receipt_name
        if not expense.receipt_key:
            return expense
        expense.receipt_key = expense.receipt_name = expense.receipt_media_type = ""
        expense.receipt_size = 0
        documents.raise_version(expense, now=now, fields=_RECEIPT)
        _note(expense, "receipt_removed", f"Removed {name}.", by=by, now=now)
    return expense


def give_number(*, document_id: str, by: Actor, now: dt.datetime) -> Expense:
    """Give the expense its number, once; it keeps it. Not an edit. The caller has checked that it may leave the desk."""
    with transaction.atomic():
        expense = documents.locked(Expense, document_id)
        if not expense.number:
            _give_number(expense)
            expense.search_text = expense.words
            expense.save(update_fields=["number", "search_text"])
    return expense


# What the ledger says, carried out as it says it


def follow_approved(*, expense_id: str, by: Actor, now: dt.datetime) -> Expense:
    """The bookkeeper signed it off although it is a draft here: it is approved here too, with a note (rule 6).

    Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.APPROVE_EXPENSES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id)
        if expense.status == Status.DRAFT:
            _move(expense, "approve")
            _give_number(expense)
            if expense.paid_by == PaidBy.PERSON and not expense.paid_by_name:
                expense.paid_by_name = expense.company_name
            documents.raise_version(expense, now=now, fields=["status", "number", "paid_by_name"])
            _note(
                expense, "approved", "Approved, because the bill was approved in the books.", by=by, now=now
            )
    return expense


def take_standing(
    *, expense_id: str, standing: PaymentStanding, is_paid: bool, by: Actor, now: dt.datetime
) -> Expense:
    """Take over what the ledger says was paid; Approved becomes Paid, and Paid becomes Approved when that was undone.

    Saying the same twice changes nothing. Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id)
        is_news = documents.set_standing(expense, standing)
        if is_paid and expense.status == Status.APPROVED:
            is_news = True
            _move(expense, "pay")
            day = standing.fully_paid_on
            _note(expense, "paid", f"Paid on {day.day} {day:%b %Y}." if day else "Paid.", by=by, now=now)
        elif not is_paid and expense.status == Status.PAID:
            is_news = True
            _move(expense, "unpay")
            _note(expense, "unpaid", "No longer paid: the payment was removed.", by=by, now=now)
        if is_news:
            documents.raise_version(expense, now=now, fields=["status", *documents.STANDING])
    return expense


def take_lines(*, expense_id: str, version: int, draft: ExpenseDraft, by: Actor, now: dt.datetime) -> Expense:
    """Make the expense say what the ledger's document says, whatever its status: else the job's cost stays wrong.

    Refuses NotPermitted, NotFound, Stale, InvalidFields.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id, version=version)
        setting, stored = drafts.look_up(draft, KIND, expense, by=by), draft_of(expense)
        draft = drafts.with_due_on(draft, setting)
        if draft != stored:
            documents.refuse_faults(drafts.faults_of_ids(draft, stored))
            _take(expense, draft, setting, now=now)
            _note(expense, "edited", "Took over what the books say.", by=by, now=now)
    return expense


def draft_of(expense: Expense) -> ExpenseDraft:
    """Return a stored expense as a draft, so that some of it can be changed."""
    head = {
        field.name: getattr(expense, field.name) for field in fields(ExpenseDraft) if field.name != "lines"
    }
    return ExpenseDraft(**head, lines=tuple(line_items.draft_of(line) for line in expense.items))


# Steps

_RECEIPT: Final = ("receipt_key", "receipt_name", "receipt_media_type", "receipt_size")


def _move(expense: Expense, step: str) -> None:
    """The only place that changes a status."""
    move = MOVES[step]
    if expense.status not in move.starts:
        was, wanted = Status(expense.status).label.lower(), Status(move.end).label.lower()
        raise NotMovable(f"This expense is {was}, so it can't become {wanted}.")
    expense.status = move.end


def _take(expense: Expense, draft: ExpenseDraft, setting: drafts.Setting, *, now: dt.datetime) -> None:
    """Make a locked expense say what the draft says, as its next version."""
    known = expense.items
    lines = _fill(expense, draft, setting, known=known)
    documents.save_lines(expense, lines, known=known)
    documents.raise_version(expense, now=now, fields=[*drafts.HEAD, *_OWN, "company_name", *documents.TOTALS])


def _fill(
    expense: Expense, draft: ExpenseDraft, setting: drafts.Setting, *, known: Sequence[LineItem]
) -> list[LineItem]:
    """Set the head from the draft, price the lines and set the totals; saves nothing."""
    for name in _OWN:
        setattr(expense, name, getattr(draft, name))
    # A rate that changes re-prices a draft, and nothing that was approved.
    keeps = expense.status != Status.DRAFT or setting.codebook.ledger is None
    standing = drafts.standing_tax(known) if keeps else {}
    lines = line_items.drafted(
        draft.lines,
        make=partial(ExpenseLine, studio_id=expense.studio_id, document=expense),
        percents=drafts.percents(draft, setting, standing=standing),
        own=["sell_unit_amount"],
    )
    drafts.fill(expense, draft, setting, lines)
    return lines


def _faults(draft: ExpenseDraft, stored: ExpenseDraft | None, setting: drafts.Setting) -> list[Invalid]:
    """What no expense may be, not even a draft."""
    found = drafts.faults(draft, stored, setting)
    if draft.paid_by not in PaidBy.values:
        found.append(Invalid("Say who paid.", field="paid_by"))
    found += drafts.faults_of_text(
        [
            ("supplier_invoice_number", draft.supplier_invoice_number, 255),
            ("paid_by_name", draft.paid_by_name, 200),
        ]
    )
    found += [
        Invalid("A typed tax is not below zero.", field=f"lines.{position}.typed_tax")
        for position, line in enumerate(draft.lines)
        if line.typed_tax is not None and line.typed_tax < 0 <= line.unit_amount
    ]
    return found


def _refuse_incomplete(draft: ExpenseDraft) -> None:
    """An approved expense is complete, and stays so through edits."""
    faults = _missing(draft)
    if faults:
        raise NotApprovable(faults)


def _missing(draft: ExpenseDraft) -> list[Invalid]:
    found: list[Invalid] = []
    if draft.paid_by == PaidBy.SUPPLIER and not draft.supplier_invoice_number.strip():
        found.append(Invalid("Enter the supplier's invoice number.", field="supplier_invoice_number"))
    if draft.paid_by == PaidBy.PERSON and not draft.paid_by_name.strip():
        found.append(Invalid("Say who paid.", field="paid_by_name"))
    if not draft.lines:
        found.append(Invalid("Add a line.", field="lines"))
    found += [
        Invalid("Say what it is.", field=f"lines.{position}.item")
        for position, line in enumerate(draft.lines)
        if not (line.item.strip() or line.description.strip())
    ]
    return found


def _refuse_below_zero(expense: Expense) -> None:
    if expense.status == Status.APPROVED and expense.total < 0:
        raise NotApprovable([Invalid("The total is below zero: enter a credit instead.", field="lines")])


def _give_number(expense: Expense) -> None:
    if not expense.number:
        expense.number = numbers.take(studio_id=expense.studio_id, branch_id=expense.branch_id, kind=KIND)


def _locked_for_hand(expense_id: str, version: int) -> Expense:
    expense = documents.locked(Expense, expense_id, version=version)
    if keepers.is_elsewhere(expense):
        raise PaidElsewhere(
            "This branch's books are kept in Xero: record the payment there, and it comes back by itself."
        )
    return expense


def _note(expense: Expense, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(
        by=by, verb=f"{KIND}.{verb}", kind=KIND, subject_id=expense.id, sentence=sentence, now=now
    )
