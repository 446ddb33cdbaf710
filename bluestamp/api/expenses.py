"""Expenses: what is bought for jobs, and the supplier's bill for it."""

from __future__ import annotations

from typing import Any, Final, Literal

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from ninja import File, Query, Router
from ninja.files import UploadedFile

from bluestamp.api import documents as common
from bluestamp.api import wire
from bluestamp.api.callers import Call, Caller
from bluestamp.api.documents import AtVersion, WithReason
from bluestamp.api.wire import Day, Figure, Id, Page, Shape, Unit, Version, Words
from bluestamp.books import documents, expenses
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.engine import files
from bluestamp.errors import NotFound
from bluestamp.people import permissions
from bluestamp.people.permissions import Action
from bluestamp.sync import push, standing
from bluestamp.sync.standing import Shown

KIND: Final = "expense"

router = Router(tags=["expenses"], by_alias=True)


class Receipt(Shape):
    """The supplier's paper, kept with the expense."""

    name: str
    media_type: str
    size: int


class ExpenseLineShown(common.Line):
    """A line of an expense, and what it is sold on for."""

    sell_unit_amount: Unit | None


class ExpenseHead(common.Head):
    """An expense without its lines; `purchase_order_id` is the order that it bills, or, once cancelled, became."""

    supplier_invoice_number: str
    paid_by: str
    paid_by_name: str
    purchase_order_id: str | None
    receipt: Receipt | None


class ExpenseShown(ExpenseHead):
    """An expense."""

    exchange: common.ExchangeRate | None
    lines: list[ExpenseLineShown]


class ExpenseLineWrite(common.LineWrite):
    """A line to write. `typed_tax` stands instead of the reckoned tax, as the supplier's paper says it."""

    sell_unit_amount: Figure | None = None


class ExpenseWrite(common.Write):
    """An expense to write."""

    supplier_invoice_number: Words = ""
    paid_by: Literal["supplier", "card", "person"] = "supplier"
    paid_by_name: Words = ""
    lines: list[ExpenseLineWrite] = []


class ExpenseReplace(ExpenseWrite, AtVersion):
    """An expense to write in place of the version that the caller has seen."""


class ExpensesAsked(common.Asked):
    """What a list of expenses is narrowed to."""

    status: Literal["draft", "approved", "paid", "cancelled"] | None = None


class Paid(AtVersion):
    """That it was paid, and when."""

    paid_on: Day


@router.get("", response=Page[ExpenseHead])
def index(request: Call, asked: Query[ExpensesAsked]) -> Page[ExpenseHead]:
    """List expenses, the newest first, without their lines."""
    rows = common.narrowed(KIND, asked, status=asked.status, caller=request.caller)
    found, about = wire.slice_of(rows, asked)
    standings = standing.of(kind=KIND, rows=found)
    return Page(items=[ExpenseHead(**_head(row, standings[row.pk])) for row in found], **about)


@router.post("", response={201: ExpenseShown})
def create(request: Call, body: ExpenseWrite) -> ExpenseShown:
    """Enter an expense, as a draft."""
    return one(expenses.create(_draft(body), **request.caller.act).pk)


@router.get("/{expense_id}", response=ExpenseShown)
def read(request: Call, expense_id: Id) -> ExpenseShown:
    """Read one expense."""
    return one(expense_id)


@router.put("/{expense_id}", response=ExpenseShown)
def replace(request: Call, expense_id: Id, body: ExpenseReplace) -> ExpenseShown:
    """Replace what an expense says; what is not sent goes back to its default, lines that are not named go."""
    expenses.edit(expense_id=expense_id, version=body.version, draft=_draft(body), **request.caller.act)
    return one(expense_id)


@router.post("/{expense_id}/approval", response=ExpenseShown)
def approve(request: Call, expense_id: Id, body: AtVersion) -> ExpenseShown:
    """Approve: log the cost to its job."""
    expenses.approve(expense_id=expense_id, version=body.version, **request.caller.act)
    return one(expense_id)


@router.delete("/{expense_id}/approval", response=ExpenseShown)
def back_to_draft(request: Call, expense_id: Id, version: Version) -> ExpenseShown:
    """Take the approval back."""
    expenses.back_to_draft(expense_id=expense_id, version=version, **request.caller.act)
    return one(expense_id)


@router.post("/{expense_id}/cancellation", response=ExpenseShown)
def cancel(request: Call, expense_id: Id, body: WithReason) -> ExpenseShown:
    """Cancel it here, and its copy in Xero where Xero allows."""
    found = load(expense_id)
    if found.version != body.version:
        raise documents.Stale(found)
    push.remove(found, reason=body.reason, **request.caller.act)
    return one(expense_id)


@router.post("/{expense_id}/payment", response=ExpenseShown)
def mark_paid(request: Call, expense_id: Id, body: Paid) -> ExpenseShown:
    """Say that it was paid, where the books are not kept in Xero."""
    expenses.mark_paid(
        expense_id=expense_id, version=body.version, paid_on=body.paid_on, **request.caller.act
    )
    return one(expense_id)


@router.delete("/{expense_id}/payment", response=ExpenseShown)
def mark_unpaid(request: Call, expense_id: Id, version: Version) -> ExpenseShown:
    """Take "paid" back, where the books are not kept in Xero."""
    expenses.mark_unpaid(expense_id=expense_id, version=version, **request.caller.act)
    return one(expense_id)


@router.get("/{expense_id}/receipt")
def read_receipt(request: Call, expense_id: Id) -> HttpResponse:
    """Download the receipt, as it was sent."""
    found = load(expense_id)
    if not found.receipt_key:
        raise NotFound("This expense has no receipt.")
    with files.open(found.studio_id, found.receipt_key) as paper:
        response = HttpResponse(paper.read(), content_type=files.media_type_of(found.receipt_media_type))
    response["Content-Disposition"] = content_disposition_header(True, found.receipt_name) or "attachment"
    return response


@router.post("/{expense_id}/receipt", response={201: ExpenseShown})
def attach_receipt(request: Call, expense_id: Id, file: File[UploadedFile]) -> ExpenseShown:
    """Attach the supplier's paper, in place of the one that was there: multipart/form-data, field `file`."""
    caller: Caller = request.caller
    permissions.require(caller.actor, Action.EDIT_EXPENSES)
    found = load(expense_id)
    stored = files.store(
        found.studio_id, file, name=file.name or "receipt", media_type=file.content_type or ""
    )
    expenses.attach_receipt(expense_id=expense_id, receipt=stored, **caller.act)
    return one(expense_id)


@router.delete("/{expense_id}/receipt", response=ExpenseShown)
def remove_receipt(request: Call, expense_id: Id) -> ExpenseShown:
    """Take the receipt off; an expense without one stays as it is."""
    expenses.remove_receipt(expense_id=expense_id, **request.caller.act)
    return one(expense_id)


# Steps


def load(expense_id: str) -> Expense:
    """The expense of an address."""
    found = documents.load(KIND, expense_id)
    assert isinstance(found, Expense)
    return found


def one(expense_id: str) -> ExpenseShown:
    """An expense as it now is."""
    return shown(load(expense_id))


def shown(found: Expense) -> ExpenseShown:
    """An expense as JSON."""
    lines = [
        ExpenseLineShown(**common.line(row), sell_unit_amount=getattr(row, "sell_unit_amount", None))
        for row in found.items
    ]
    return ExpenseShown(**_head(found, standing.of_one(found)), exchange=common.exchange(found), lines=lines)


def _head(found: Expense, copy: Shown) -> dict[str, Any]:
    return common.head(found, copy) | {
        "supplier_invoice_number": found.supplier_invoice_number,
        "paid_by": found.paid_by,
        "paid_by_name": found.paid_by_name,
        "purchase_order_id": found.purchase_order_id,
        "receipt": _receipt(found),
    }


def _receipt(found: Expense) -> Receipt | None:
    if not found.receipt_key:
        return None
    return Receipt(name=found.receipt_name, media_type=found.receipt_media_type, size=found.receipt_size)


def _draft(body: ExpenseWrite) -> ExpenseDraft:
    said = body.model_dump(exclude={"lines", "version"})
    return ExpenseDraft(**said, lines=tuple(common.draft_line(line) for line in body.lines))
