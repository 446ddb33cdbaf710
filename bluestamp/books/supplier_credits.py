"""A supplier credit: what a supplier gives back on what was bought; it lowers the job's cost (bookkeeping rule 19).

    draft ⇄ approved ⇄ used
    draft, approved → cancelled

Its amounts are stored positive and shown negative. `amount_credited` is what was set against the supplier's invoices,
`amount_paid` what was paid back, `amount_due` what remains of it; used means that nothing does. Where the books are
kept in Xero that is said there and only there. It never carries a discount (rule 14).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Final

from django.db import models, transaction
from django.db.models import Q

from bluestamp.books import documents, drafts, issuing, keepers, line_items, numbers
from bluestamp.books.documents import Document, Move, NotEditable, PaymentStanding
from bluestamp.books.expenses import Expense
from bluestamp.books.expenses import Status as ExpenseStatus
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.errors import Conflict, Invalid, InvalidFields
from bluestamp.people import activity, holds, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

KIND: Final = "supplier_credit"


class Status(models.TextChoices):
    """The life of a supplier credit."""

    DRAFT = "draft", "Draft"
    APPROVED = "approved", "Approved"
    USED = "used", "Used"
    CANCELLED = "cancelled", "Cancelled"


#: Each step: the statuses that it starts from, and the one that it ends in.
MOVES: Final[Mapping[str, Move]] = MappingProxyType(
    {
        "approve": Move({Status.DRAFT}, Status.APPROVED),
        "take back": Move({Status.APPROVED}, Status.DRAFT),
        "use": Move({Status.APPROVED}, Status.USED),
        "free": Move({Status.USED}, Status.APPROVED),
        "cancel": Move({Status.DRAFT, Status.APPROVED}, Status.CANCELLED),
    }
)
EDITABLE: Final = (Status.DRAFT, Status.APPROVED)


@documents.register(KIND)
class SupplierCredit(Document):
    """One supplier credit with its lines; `number` is ours, `supplier_credit_number` the supplier's.

    `expense` is the bill that it credits, when it is known.
    """

    searched = (*Document.searched, "supplier_credit_number")

    supplier_credit_number = models.CharField(max_length=255, blank=True)
    expense = models.ForeignKey(Expense, null=True, on_delete=models.PROTECT, related_name="supplier_credits")

    class Meta(Document.Meta):
        constraints = [
            *Document.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=Status.values), name="supplier_credit_status"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | ~Q(number=""),
                name="supplier_credit_approved_complete",
            ),
        ]


class SupplierCreditLine(LineItem):
    """One line of a supplier credit; its amounts are positive, and it has no discount."""

    document = models.ForeignKey(SupplierCredit, on_delete=models.CASCADE, related_name="lines")

    class Meta(LineItem.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(discount_rate=0), name="supplier_credit_line_without_discount")
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierCreditDraft:
    """A supplier credit as somebody typed it, in positive amounts. It has no due date."""

    branch_id: str
    company_id: str
    issued_on: dt.date
    currency: str
    job_id: str | None = None
    due_on: dt.date | None = None
    reference: str = ""
    supplier_credit_number: str = ""
    expense_id: str | None = None
    tax_mode: str = "exclusive"
    own_rate: Decimal | None = None
    lines: tuple[LineDraft, ...] = ()


class NotApprovable(InvalidFields):
    """Something that an approved credit needs is missing."""

    code = "NOT_APPROVABLE"


class NotMovable(Conflict):
    """The credit's status does not allow this step."""

    code = "NOT_MOVABLE"


class UsedElsewhere(Conflict):
    """Where the books are kept in Xero, only Xero says what became of a credit."""

    code = "USED_ELSEWHERE"


#: What a credit has at its head besides what every document has.
_OWN: Final = ("supplier_credit_number", "expense_id")


# Verbs, in the order a supplier credit lives


def create(draft: SupplierCreditDraft, *, by: Actor, now: dt.datetime) -> SupplierCredit:
    """Write a new credit down as a draft. Refuses NotPermitted, InvalidFields."""
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        credit = SupplierCredit(
            studio_id=by.studio_id, status=Status.DRAFT, created_at=now, created_by=by.name, changed_at=now
        )
        setting = drafts.look_up(draft, KIND, _credited(draft), by=by)
        draft = drafts.with_codes(draft, setting)
        documents.refuse_faults(_faults(draft, None, setting))
        lines = _fill(credit, draft, setting, known=[])
        credit.save(force_insert=True)
        documents.add_lines(lines)
        _note(credit, "created", f"Entered a credit of {credit.company_name}.", by=by, now=now)
    return credit


def of_expense(expense: Expense, *, issued_on: dt.date) -> SupplierCreditDraft:
    """Return what credits the whole of an expense; lines may be removed to credit a part. Writes nothing."""
    return SupplierCreditDraft(
        branch_id=expense.branch_id,
        company_id=expense.company_id,
        job_id=expense.job_id,
        issued_on=issued_on,
        currency=expense.currency,
        reference=expense.supplier_invoice_number,
        expense_id=expense.id,
        tax_mode=expense.tax_mode,
        lines=tuple(_credit_line(line) for line in expense.items),
    )


def edit(
    *, credit_id: str, version: int, draft: SupplierCreditDraft, by: Actor, now: dt.datetime
) -> SupplierCredit:
    """Change a credit; saving what it already says changes nothing.

    Refuses NotPermitted, NotFound, Stale, Held (locked in the books), NotEditable, InvalidFields, NotApprovable.
    """
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        credit = documents.locked(SupplierCredit, credit_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=credit.id, act="edit")
        if credit.status not in EDITABLE:
            raise NotEditable(f"This credit is {Status(credit.status).label.lower()} and can't be changed.")
        setting, stored = _setting(credit, draft, by=by), draft_of(credit)
        draft = drafts.with_codes(draft, setting)
        if draft != stored:
            documents.refuse_faults(_faults(draft, stored, setting))
            _take(credit, draft, setting, now=now)
            if credit.status == Status.APPROVED:
                _refuse_incomplete(credit)
            _note(credit, "edited", "Changed the credit.", by=by, now=now)
    return credit


def approve(*, credit_id: str, version: int, by: Actor, now: dt.datetime) -> SupplierCredit:
    """Take it off the job's cost. Refuses NotPermitted, NotFound, Stale, NotMovable, NotApprovable at each field."""
    permissions.require(by, Action.APPROVE_EXPENSES)
    with transaction.atomic():
        credit = documents.locked(SupplierCredit, credit_id, version=version)
        _move(credit, "approve")
        _refuse_incomplete(credit)
        _give_number(credit)
        documents.raise_version(credit, now=now, fields=["status", "number"])
        _note(credit, "approved", f"Approved {credit.number}.", by=by, now=now)
    return credit


def back_to_draft(*, credit_id: str, version: int, by: Actor, now: dt.datetime) -> SupplierCredit:
    """Take the approval back. Refuses NotPermitted, NotFound, Stale, Held, NotMovable."""
    permissions.require(by, Action.APPROVE_EXPENSES)
    with transaction.atomic():
        credit = documents.locked(SupplierCredit, credit_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=credit.id, act="back_to_draft")
        _move(credit, "take back")
        documents.raise_version(credit, now=now, fields=["status"])
        _note(credit, "back_to_draft", "Put back to draft.", by=by, now=now)
    return credit


def cancel(*, credit_id: str, version: int, reason: str, by: Actor, now: dt.datetime) -> SupplierCredit:
    """Call the credit off; it stays to be seen.

    Refuses NotPermitted, NotFound, Stale, Held, NotMovable, MoneyStandsOnIt once some of it was used.
    """
    permissions.require(by, Action.CANCEL_EXPENSES)
    with transaction.atomic():
        credit = documents.locked(SupplierCredit, credit_id, version=version)
        holds.refuse_if_held(kind=KIND, subject_id=credit.id, act="cancel")
        if credit.amount_credited or credit.amount_paid:
            raise issuing.MoneyStandsOnIt("Some of it was used, or paid back. Undo that first.")
        _move(credit, "cancel")
        credit.amount_due = Decimal("0.00")
        documents.raise_version(credit, now=now, fields=["status", "amount_due"])
        _note(credit, "cancelled", f"Cancelled. {reason.strip()}".strip(), by=by, now=now)
    return credit


def mark_used(
    *, credit_id: str, version: int, used_on: dt.date, by: Actor, now: dt.datetime
) -> SupplierCredit:
    """Say that it was set against the supplier's invoices, where the books are kept here.

    Refuses NotPermitted, NotFound, Stale, UsedElsewhere, NotMovable.
    """
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        credit = _locked_for_hand(credit_id, version)
        _move(credit, "use")
        documents.set_standing(credit, PaymentStanding(Decimal(0), credit.total, Decimal(0), used_on))
        documents.raise_version(credit, now=now, fields=["status", *documents.STANDING])
        _note(credit, "used", f"Marked as used on {used_on.day} {used_on:%b %Y}.", by=by, now=now)
    return credit


def mark_unused(*, credit_id: str, version: int, by: Actor, now: dt.datetime) -> SupplierCredit:
    """Take "used" back, where the books are kept here. Refuses as `mark_used` does."""
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        credit = _locked_for_hand(credit_id, version)
        _move(credit, "free")
        documents.set_standing(credit, PaymentStanding(Decimal(0), Decimal(0), credit.total))
        documents.raise_version(credit, now=now, fields=["status", *documents.STANDING])
        _note(credit, "freed", "Marked as not used.", by=by, now=now)
    return credit


def give_number(*, document_id: str, by: Actor, now: dt.datetime) -> SupplierCredit:
    """Give the credit its number, once; it keeps it. Not an edit. The caller has checked that it may leave the desk."""
    with transaction.atomic():
        credit = documents.locked(SupplierCredit, document_id)
        if not credit.number:
            _give_number(credit)
            credit.search_text = credit.words
            credit.save(update_fields=["number", "search_text"])
    return credit


# What the ledger says, carried out as it says it


def follow_approved(*, credit_id: str, by: Actor, now: dt.datetime) -> SupplierCredit:
    """The bookkeeper signed it off although it is a draft here: it is approved here too, with a note (rule 6).

    Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.APPROVE_EXPENSES)
    with transaction.atomic():
        credit = documents.locked(SupplierCredit, credit_id)
        if credit.status == Status.DRAFT:
            _move(credit, "approve")
            _give_number(credit)
            documents.raise_version(credit, now=now, fields=["status", "number"])
            _note(credit, "approved", "Approved, because it was approved in the books.", by=by, now=now)
    return credit


def take_standing(
    *, credit_id: str, standing: PaymentStanding, is_used: bool, by: Actor, now: dt.datetime
) -> SupplierCredit:
    """Take over what the ledger says was set against invoices and paid back; the status follows.

    Saying the same twice changes nothing. Refuses NotPermitted, NotFound.
    """
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        credit = documents.locked(SupplierCredit, credit_id)
        is_news = documents.set_standing(credit, standing)
        if is_used and credit.status == Status.APPROVED:
            is_news = True
            _move(credit, "use")
            _note(credit, "used", "Used up.", by=by, now=now)
        elif not is_used and credit.status == Status.USED:
            is_news = True
            _move(credit, "free")
            _note(credit, "freed", "No longer used up: some of it was freed.", by=by, now=now)
        if is_news:
            documents.raise_version(credit, now=now, fields=["status", *documents.STANDING])
    return credit


def take_lines(
    *, credit_id: str, version: int, draft: SupplierCreditDraft, by: Actor, now: dt.datetime
) -> SupplierCredit:
    """Make the credit say what the ledger's document says, whatever its status: else the job's cost stays wrong.

    Refuses NotPermitted, NotFound, Stale, InvalidFields.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        credit = documents.locked(SupplierCredit, credit_id, version=version)
        setting, stored = _setting(credit, draft, by=by), draft_of(credit)
        if draft != stored:
            documents.refuse_faults(drafts.faults_of_ids(draft, stored))
            _take(credit, draft, setting, now=now)
            _note(credit, "edited", "Took over what the books say.", by=by, now=now)
    return credit


def draft_of(credit: SupplierCredit) -> SupplierCreditDraft:
    """Return a stored credit as a draft, so that some of it can be changed."""
    head = {
        field.name: getattr(credit, field.name)
        for field in fields(SupplierCreditDraft)
        if field.name != "lines"
    }
    return SupplierCreditDraft(**head, lines=tuple(line_items.draft_of(line) for line in credit.items))


# Steps


def _move(credit: SupplierCredit, step: str) -> None:
    """The only place that changes a status."""
    move = MOVES[step]
    if credit.status not in move.starts:
        was, wanted = Status(credit.status).label.lower(), Status(move.end).label.lower()
        raise NotMovable(f"This credit is {was}, so it can't become {wanted}.")
    credit.status = move.end


def _credit_line(line: LineItem) -> LineDraft:
    """A discounted line becomes one piece at what was left of it (rule 14); the tax is then the same."""
    draft = replace(line_items.draft_of(line), id=None, sell_unit_amount=None)
    if not line.discount_rate:
        return draft
    return replace(draft, quantity=Decimal(1), unit_amount=line.line_amount, discount_rate=Decimal(0))


def _take(
    credit: SupplierCredit, draft: SupplierCreditDraft, setting: drafts.Setting, *, now: dt.datetime
) -> None:
    """Make a locked credit say what the draft says, as its next version."""
    known = credit.items
    lines = _fill(credit, draft, setting, known=known)
    documents.save_lines(credit, lines, known=known)
    documents.raise_version(credit, now=now, fields=[*drafts.HEAD, *_OWN, "company_name", *documents.TOTALS])


def _fill(
    credit: SupplierCredit, draft: SupplierCreditDraft, setting: drafts.Setting, *, known: Sequence[LineItem]
) -> list[LineItem]:
    """Set the head from the draft, price the lines and set the totals; saves nothing."""
    for name in _OWN:
        setattr(credit, name, getattr(draft, name))
    # A rate that changes re-prices a draft, and nothing that was approved.
    keeps = credit.status != Status.DRAFT or setting.codebook.ledger is None
    standing = drafts.standing_tax(known) if keeps else {}
    lines = line_items.drafted(
        draft.lines,
        make=partial(SupplierCreditLine, studio_id=credit.studio_id, document=credit),
        percents=drafts.percents(draft, setting, standing=standing),
    )
    drafts.fill(credit, draft, setting, lines)
    return lines


def _faults(
    draft: SupplierCreditDraft, stored: SupplierCreditDraft | None, setting: drafts.Setting
) -> list[Invalid]:
    """What no credit may be, not even a draft: above all, it has no discount (rule 14)."""
    found = drafts.faults(draft, stored, setting)
    found += drafts.faults_of_text([("supplier_credit_number", draft.supplier_credit_number, 255)])
    found += _faults_of_expense(draft, stored)
    for position, line in enumerate(draft.lines):
        if line.discount_rate:
            why = "A credit has no discount: enter what is left."
            found.append(Invalid(why, field=f"lines.{position}.discount_rate"))
        if line.typed_tax is not None and line.typed_tax < 0 <= line.unit_amount:
            found.append(Invalid("A typed tax is not below zero.", field=f"lines.{position}.typed_tax"))
    return found


def _credited(draft: SupplierCreditDraft) -> Expense | None:
    """The bill that it credits: where that is held, the credit's codes belong."""
    return Expense.objects.select_related("ledger").filter(id=draft.expense_id).first()


def _setting(credit: SupplierCredit, draft: SupplierCreditDraft, *, by: Actor) -> drafts.Setting:
    beside = credit if credit.ledger is not None else _credited(draft) or credit
    return drafts.look_up(draft, KIND, beside, by=by)


def _faults_of_expense(draft: SupplierCreditDraft, stored: SupplierCreditDraft | None) -> list[Invalid]:
    """The bill that it credits is this supplier's, in this currency, and stands; foreign keys look across the border.

    One that was cancelled costs the job nothing, so a credit of it would lower the cost of something else.
    """
    if not draft.expense_id:
        return []
    expense = _credited(draft)
    if expense is None:
        return [Invalid("There is no such expense.", field="expense_id")]
    if (expense.company_id, expense.currency) != (draft.company_id, draft.currency):
        return [Invalid("That expense is of another supplier or currency.", field="expense_id")]
    is_new = stored is None or stored.expense_id != draft.expense_id
    if is_new and expense.status == ExpenseStatus.CANCELLED:
        return [Invalid("That expense was cancelled: there is nothing to credit.", field="expense_id")]
    return []


def _refuse_incomplete(credit: SupplierCredit) -> None:
    """An approved credit is complete, and stays so through edits."""
    found = issuing.missing_words(credit.items)
    if credit.items and credit.total <= 0:
        found.append(Invalid("A credit credits something: its total is above zero.", field="lines"))
    if found:
        raise NotApprovable(found)


def _give_number(credit: SupplierCredit) -> None:
    if not credit.number:
        credit.number = numbers.take(studio_id=credit.studio_id, branch_id=credit.branch_id, kind=KIND)


def _locked_for_hand(credit_id: str, version: int) -> SupplierCredit:
    credit = documents.locked(SupplierCredit, credit_id, version=version)
    if keepers.is_elsewhere(credit):
        raise UsedElsewhere(
            "This branch's books are kept in Xero: apply the credit there, and it comes back by itself."
        )
    return credit


def _note(credit: SupplierCredit, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(by=by, verb=f"{KIND}.{verb}", kind=KIND, subject_id=credit.id, sentence=sentence, now=now)
