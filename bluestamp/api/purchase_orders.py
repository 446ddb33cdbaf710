"""Purchase orders: what suppliers are asked for, and what they billed of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

from django.http import HttpResponse
from ninja import Query, Router

from bluestamp.api import documents as common
from bluestamp.api import expenses as shown_expenses
from bluestamp.api import wire
from bluestamp.api.callers import Call
from bluestamp.api.documents import AtVersion, WithReason
from bluestamp.api.expenses import ExpenseLineShown, ExpenseShown, Paid
from bluestamp.api.invoices import Letter, Sent
from bluestamp.api.wire import Day, Figure, Id, Money, Page, Shape, Unit, Version, Words
from bluestamp.books import billing, documents, letters, papers, purchase_orders
from bluestamp.books.billing import LineBilling, Portion
from bluestamp.books.line_items import LineDraft
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from bluestamp.sync import push, standing
from bluestamp.sync.standing import Shown

KIND: Final = "purchase_order"

router = Router(tags=["purchase orders"], by_alias=True)
of_expenses = Router(tags=["expenses"], by_alias=True)


class PurchaseOrderHead(common.Head):
    """A purchase order without its lines; `due_on` is the day that it is required on, and nothing is ever due on it."""

    attention_to: str
    sent: Sent | None


class PurchaseOrderShown(PurchaseOrderHead):
    """A purchase order. Paid with no `fully_paid_on` means that it is billed in Xero; no money need have moved."""

    delivery_address: str
    instructions: str
    differs_from_paper: bool
    exchange: common.ExchangeRate | None
    lines: list[ExpenseLineShown]


class OrderLineWrite(Shape):
    """A line to write. What it is sold on for never leaves Bluestamp."""

    id: Id | None = None
    master_id: Id | None = None
    item: Words = ""
    description: Words = ""
    quantity: Figure = Decimal("1")
    unit_amount: Figure = Decimal("0")
    discount_rate: Figure = Decimal("0")
    account_code: Words = ""
    tax_type: Words = ""
    sell_unit_amount: Figure | None = None


class PurchaseOrderWrite(common.Write):
    """A purchase order to write; its `due_on` is the day that it is required on."""

    delivery_address: Words = ""
    attention_to: Words = ""
    instructions: Words = ""
    lines: list[OrderLineWrite] = []


class PurchaseOrderReplace(PurchaseOrderWrite, AtVersion):
    """A purchase order to write in place of the version that the caller has seen."""


class PurchaseOrdersAsked(common.Asked):
    """What a list of purchase orders is narrowed to."""

    status: Literal["draft", "approved", "paid", "cancelled"] | None = None


class LineBillingShown(Shape):
    """One line of an order, net of tax; `quantity_left` is null once some of it was billed as an amount."""

    line_id: str
    words: str
    ordered: Money
    billed: Money
    remaining: Money
    quantity_left: Unit | None


class BillingShown(Shape):
    """What was ordered and billed, net of tax. `in_drafts` is part of billed; `beside` is billed of none of its lines."""

    ordered: Money
    billed: Money
    remaining: Money
    in_drafts: Money
    beside: Money
    lines: list[LineBillingShown]
    expense_ids: list[str]


class BilledLine(Shape):
    """How much of a line was billed: so many of it, or an amount as the order's amounts are meant."""

    line_id: Id
    quantity: Figure | None = None
    amount: Figure | None = None


class SuppliersInvoice(Shape):
    """An invoice of the supplier. Without lines it is of all that remains; `is_looked_at` says that Xero lacks it."""

    supplier_invoice_number: Words
    issued_on: Day
    lines: list[BilledLine] | None = None
    is_looked_at: bool = False


class OrderNamed(Shape):
    """The order that an expense bills."""

    purchase_order_id: Id


@router.get("", response=Page[PurchaseOrderHead])
def index(request: Call, asked: Query[PurchaseOrdersAsked]) -> Page[PurchaseOrderHead]:
    """List purchase orders, the newest first, without their lines."""
    rows = common.narrowed(KIND, asked, status=asked.status, caller=request.caller)
    found, about = wire.slice_of(rows, asked)
    standings = standing.of(kind=KIND, rows=found)
    return Page(items=[PurchaseOrderHead(**_head(row, standings[row.pk])) for row in found], **about)


@router.post("", response={201: PurchaseOrderShown})
def create(request: Call, body: PurchaseOrderWrite) -> PurchaseOrderShown:
    """Write a purchase order, as a draft."""
    return one(purchase_orders.create(_draft(body), **request.caller.act).pk)


@router.get("/{order_id}", response=PurchaseOrderShown)
def read(request: Call, order_id: Id) -> PurchaseOrderShown:
    """Read one purchase order."""
    return one(order_id)


@router.put("/{order_id}", response=PurchaseOrderShown)
def replace(request: Call, order_id: Id, body: PurchaseOrderReplace) -> PurchaseOrderShown:
    """Replace what a purchase order says; lines that are not named go."""
    draft = _draft(body)
    purchase_orders.edit(order_id=order_id, version=body.version, draft=draft, **request.caller.act)
    return one(order_id)


@router.post("/{order_id}/approval", response=PurchaseOrderShown)
def approve(request: Call, order_id: Id, body: AtVersion) -> PurchaseOrderShown:
    """Approve: commit the cost on its job."""
    purchase_orders.approve(order_id=order_id, version=body.version, **request.caller.act)
    return one(order_id)


@router.delete("/{order_id}/approval", response=PurchaseOrderShown)
def back_to_draft(request: Call, order_id: Id, version: Version) -> PurchaseOrderShown:
    """Take the approval back."""
    purchase_orders.back_to_draft(order_id=order_id, version=version, **request.caller.act)
    return one(order_id)


@router.post("/{order_id}/cancellation", response=PurchaseOrderShown)
def cancel(request: Call, order_id: Id, body: WithReason) -> PurchaseOrderShown:
    """Cancel it here, and its copy in Xero where Xero allows."""
    push.remove(_at(order_id, body.version), reason=body.reason, **request.caller.act)
    return one(order_id)


@router.post("/{order_id}/payment", response=PurchaseOrderShown)
def mark_paid(request: Call, order_id: Id, body: Paid) -> PurchaseOrderShown:
    """Say that it was billed and paid, where the books are not kept in Xero."""
    act = request.caller.act
    purchase_orders.mark_paid(order_id=order_id, version=body.version, paid_on=body.paid_on, **act)
    return one(order_id)


@router.delete("/{order_id}/payment", response=PurchaseOrderShown)
def mark_unpaid(request: Call, order_id: Id, version: Version) -> PurchaseOrderShown:
    """Take "paid" back, where the books are not kept in Xero."""
    purchase_orders.mark_unpaid(order_id=order_id, version=version, **request.caller.act)
    return one(order_id)


@router.post("/{order_id}/letter", response={202: PurchaseOrderShown})
def send(request: Call, order_id: Id, body: Letter) -> PurchaseOrderShown:
    """Send it to the supplier by e-mail with its PDF, for the first time or again."""
    found = _at(order_id, body.version)
    said: dict[str, Any] = {"to": body.to, "message": body.message, **request.caller.act}
    if found.sent_at is None:
        letters.issue_by_email(kind=KIND, document_id=order_id, version=body.version, **said)
    else:
        letters.send_again(kind=KIND, document_id=order_id, **said)
    return one(order_id)


@router.post("/{order_id}/issue", response=PurchaseOrderShown)
def mark_as_sent(request: Call, order_id: Id, body: AtVersion) -> PurchaseOrderShown:
    """Mark as sent: the supplier got it some other way."""
    purchase_orders.mark_as_sent(order_id=order_id, version=body.version, **request.caller.act)
    return one(order_id)


@router.get("/{order_id}/pdf")
def read_pdf(request: Call, order_id: Id) -> HttpResponse:
    """The purchase order on paper, as it now is."""
    found = load(order_id)
    response = HttpResponse(papers.purchase_order_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{found.number or "draft"}.pdf"'
    return response


@router.get("/{order_id}/billing", response=BillingShown)
def read_billing(request: Call, order_id: Id) -> BillingShown:
    """Say what was ordered, billed and remains, by line, net of tax."""
    found = billing.of(load(order_id))
    same = {name: getattr(found, name) for name in ("ordered", "billed", "remaining", "in_drafts", "beside")}
    lines = [_line_billing(one_line) for one_line in found.lines]
    return BillingShown(**same, lines=lines, expense_ids=[each.pk for each in found.expenses])


@router.post("/{order_id}/invoices", response={201: ExpenseShown})
def bill(request: Call, order_id: Id, body: SuppliersInvoice) -> ExpenseShown:
    """Enter an invoice of the supplier: a draft expense made from the order's lines."""
    portions = (
        None
        if body.lines is None
        else {each.line_id: Portion(quantity=each.quantity, amount=each.amount) for each in body.lines}
    )
    said = body.model_dump(exclude={"lines"})
    made = billing.bill(order_id=order_id, lines=portions, **said, **request.caller.act)
    return shown_expenses.one(made.pk)


@of_expenses.post("/{expense_id}/order", response=ExpenseShown)
def link(request: Call, expense_id: Id, body: OrderNamed) -> ExpenseShown:
    """Put an expense to the purchase order that it bills."""
    billing.link(expense_id=expense_id, order_id=body.purchase_order_id, **request.caller.act)
    return shown_expenses.one(expense_id)


@of_expenses.delete("/{expense_id}/order", response=ExpenseShown)
def unlink(request: Call, expense_id: Id) -> ExpenseShown:
    """Take an expense off its purchase order."""
    billing.unlink(expense_id=expense_id, **request.caller.act)
    return shown_expenses.one(expense_id)


@of_expenses.post("/{expense_id}/conversion", response={201: PurchaseOrderShown})
def convert(request: Call, expense_id: Id, body: AtVersion) -> PurchaseOrderShown:
    """Turn an expense that is not in Xero into a draft purchase order; the expense is cancelled."""
    found = shown_expenses.load(expense_id)
    if found.version != body.version:
        raise documents.Stale(found)
    return one(push.turn_into_order(found, **request.caller.act).pk)


# Steps


def load(order_id: str) -> PurchaseOrder:
    """The purchase order of an address."""
    found = documents.load(KIND, order_id)
    assert isinstance(found, PurchaseOrder)
    return found


def _at(order_id: str, version: int) -> PurchaseOrder:
    found = load(order_id)
    if found.version != version:
        raise documents.Stale(found)
    return found


def one(order_id: str) -> PurchaseOrderShown:
    """A purchase order as it now is."""
    return shown(load(order_id))


def shown(found: PurchaseOrder) -> PurchaseOrderShown:
    """A purchase order as JSON."""
    lines = [
        ExpenseLineShown(**common.line(row), sell_unit_amount=getattr(row, "sell_unit_amount", None))
        for row in found.items
    ]
    return PurchaseOrderShown(
        **_head(found, standing.of_one(found)),
        delivery_address=found.delivery_address,
        instructions=found.instructions,
        differs_from_paper=found.differs_from_paper,
        exchange=common.exchange(found),
        lines=lines,
    )


def _head(found: PurchaseOrder, copy: Shown) -> dict[str, Any]:
    sent = None
    if found.sent_at is not None:
        sent = Sent(at=found.sent_at, by=found.sent_by, to=found.sent_to, how=found.sent_how)
    return common.head(found, copy) | {"sent": sent, "attention_to": found.attention_to}


def _line_billing(one_line: LineBilling) -> LineBillingShown:
    return LineBillingShown(
        line_id=one_line.line.pk,
        words=one_line.line.words,
        ordered=one_line.ordered,
        billed=one_line.billed,
        remaining=one_line.remaining,
        quantity_left=one_line.quantity_left,
    )


def _draft(body: PurchaseOrderWrite) -> PurchaseOrderDraft:
    said = body.model_dump(exclude={"lines", "version"})
    return PurchaseOrderDraft(**said, lines=tuple(LineDraft(**line.model_dump()) for line in body.lines))
