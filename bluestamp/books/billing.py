"""Billing: what a supplier has billed of a purchase order (bookkeeping rule 17).

An order takes one or more invoices of the supplier. Each is an expense: made here from what remains of the order's
lines, or entered on its own and put to the order afterwards. All amounts are net of tax, in the order's currency.
Entered in a draft, an amount is taken off what remains; only with the expense approved does the cost move from
committed to actual.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from django.db import transaction

from bluestamp.books import documents, expenses, keepers, line_items
from bluestamp.books.expenses import Expense, ExpenseDraft, ExpenseLine
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.books.purchase_orders import PurchaseOrder, Status
from bluestamp.errors import Conflict, Invalid
from bluestamp.money.amounts import UNIT, to_cents
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

ZERO: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """How much of a line the supplier billed: so many of it, or so much money (as the order's amounts are meant)."""

    quantity: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineBilling:
    """One line of an order: ordered and billed, net; `quantity_left` is None once some of it was billed as an amount."""

    line: LineItem
    ordered: Decimal
    billed: Decimal
    quantity_left: Decimal | None

    @property
    def remaining(self) -> Decimal:
        """What is yet to be billed; below zero when more was billed than ordered."""
        return self.ordered - self.billed


@dataclass(frozen=True, slots=True)
class Billing:
    """An order as a whole. `billed` has `in_drafts` within it; `beside` was billed, but of none of its lines."""

    ordered: Decimal
    billed: Decimal
    in_drafts: Decimal
    beside: Decimal
    lines: tuple[LineBilling, ...]
    expenses: tuple[Expense, ...]

    @property
    def remaining(self) -> Decimal:
        """What is yet to be billed; below zero when more was billed than ordered."""
        return self.ordered - self.billed


class NotBillable(Conflict):
    """The order's status does not allow that an invoice is entered for it."""

    code = "NOT_BILLABLE"


class BilledThere(Conflict):
    """The books show the order as billed: its invoice is likely there already, and would be paid twice."""

    code = "BILLED_THERE"


class NotItsInvoice(Conflict):
    """The expense can't be put to the order: another supplier or currency, or it stands on an order already."""

    code = "NOT_ITS_INVOICE"


def of(order: PurchaseOrder) -> Billing:
    """Return what was ordered and billed, in two queries beside the order's lines."""
    found = [one for one in _standing_on(order).prefetch_related("lines") if one.status != "cancelled"]
    rows = [(one, line) for one in found for line in one.items]
    billed = sum((one.sub_total for one in found), ZERO)
    in_drafts = sum((one.sub_total for one in found if one.status == "draft"), ZERO)
    by_line: dict[str, list[tuple[Expense, LineItem]]] = defaultdict(list)
    for one, line in rows:
        by_line[line.order_line_id or ""].append((one, line))
    lines = tuple(_of_line(order, line, by_line[line.id]) for line in order.items)
    of_lines = sum((line.billed for line in lines), ZERO)
    return Billing(order.sub_total, billed, in_drafts, billed - of_lines, lines, tuple(found))


def bill(
    *,
    order_id: str,
    supplier_invoice_number: str,
    issued_on: dt.date,
    lines: Mapping[str, Portion] | None = None,
    is_looked_at: bool = False,
    by: Actor,
    now: dt.datetime,
) -> Expense:
    """Enter an invoice of the supplier: a draft expense made from what remains, or from these portions of its lines.

    `is_looked_at` says that a person knows that the books show the order as billed. Refuses NotPermitted, NotFound,
    NotBillable, BilledThere, InvalidFields at `lines` or `lines.<id of the order's line>`.
    """
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id)
        _refuse_unbillable(order, is_looked_at=is_looked_at)
        portions = _what_remains(order) if lines is None else dict(lines)
        documents.refuse_faults(_faults(order, portions))
        parts = [(line, portions[line.id]) for line in order.items if line.id in portions]
        draft = _invoice_of(order, supplier_invoice_number, issued_on, parts)
        made = expenses.create(draft, by=by, now=now)
        _tie(made, order, [line.id for line, _ in parts])
        _note(order, "billed", f"Entered the supplier's invoice {supplier_invoice_number}.", by=by, now=now)
        if apart := books_apart(made):
            _note(made, "billed", apart, by=by, now=now)
    return made


def link(*, expense_id: str, order_id: str, by: Actor, now: dt.datetime) -> Expense:
    """Put an expense that was entered on its own to an order. Not an edit: nothing of it goes anywhere.

    Refuses NotPermitted, NotFound, NotBillable, NotItsInvoice.
    """
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        order = documents.locked(PurchaseOrder, order_id)
        expense = documents.locked(Expense, expense_id)
        if order.status not in (Status.APPROVED, Status.PAID):
            raise NotBillable(f"This order is {Status(order.status).label.lower()}: nothing is billed on it.")
        _refuse_others_invoice(expense, order)
        own = order.items
        _tie(expense, order, [own[0].id] * len(expense.items) if len(own) == 1 else [])
        said = f"Put {expense.number or 'a draft expense'} to {order.number}."
        _note(order, "billed", said, by=by, now=now)
        _note(expense, "linked_to_order", said, by=by, now=now)
    return expense


def unlink(*, expense_id: str, by: Actor, now: dt.datetime) -> Expense:
    """Take an expense off its order; both stay. Not an edit. Refuses NotPermitted, NotFound, NotItsInvoice."""
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id)
        order = expense.purchase_order
        if order is None or expense.status == expenses.Status.CANCELLED:
            raise NotItsInvoice("This expense stands on no order.")
        ExpenseLine.objects.filter(document=expense).update(order_line=None)
        expense.purchase_order = None
        expense.save(update_fields=["purchase_order"])
        said = f"Took {expense.number or 'a draft expense'} off {order.number}."
        _note(order, "unbilled", said, by=by, now=now)
        _note(expense, "unlinked_from_order", said, by=by, now=now)
    return expense


def open_orders(expense: Expense) -> list[PurchaseOrder]:
    """Return the orders that an expense may be put to, the newest first: its supplier's, in its currency."""
    rows = PurchaseOrder.objects.select_related("branch").filter(
        company_id=expense.company_id,
        currency=expense.currency,
        status__in=(Status.APPROVED, Status.PAID),
    )
    return list(rows.newest_first()[:50])


def goes_elsewhere(order: PurchaseOrder) -> str:
    """Say that what the supplier bills goes to other books than the order is in; "" where it goes to the same."""
    held, goes = keepers.of(order), keepers.of_draft(order.branch_id, None)
    if held is None or held == goes:
        return ""
    now = f"goes to {goes.name} by now, with codes of that chart" if goes else "goes to no books by now"
    return f"{order.number} belongs to {held.name}. What its supplier bills {now}."


def books_apart(expense: Expense) -> str:
    """Say that an expense and its order are in different books; "" where they are in the same, or it has none."""
    order = expense.purchase_order
    held, goes = keepers.of(order) if order else None, keepers.of(expense)
    if order is None or held is None or held == goes:
        return ""
    return f"{order.number} belongs to {held.name}, this expense to {goes.name if goes else 'no books'}."


def remaining_as_meant(order: PurchaseOrder, one: LineBilling) -> Decimal:
    """Return what remains of a line as the order's amounts are meant: with tax where they include it."""
    if order.tax_mode != "inclusive":
        return one.remaining
    if not one.billed:
        return one.line.line_amount
    return to_cents(one.remaining * (1 + one.line.tax_percent / 100))


# Steps


def _standing_on(order: PurchaseOrder) -> documents.Rows:
    return Expense.objects.filter(purchase_order=order).order_by("issued_on", "id")


def _of_line(order: PurchaseOrder, line: LineItem, rows: Iterable[tuple[Expense, LineItem]]) -> LineBilling:
    """Pieces of the same price are counted; once some of it was billed as an amount, only money is left to tell."""
    listed = list(rows)
    billed = sum((_net(one.tax_mode, row) for one, row in listed), ZERO)
    price = (line.unit_amount, line.discount_rate, order.tax_mode)
    is_counted = all((row.unit_amount, row.discount_rate, one.tax_mode) == price for one, row in listed)
    left = line.quantity - sum((row.quantity for _, row in listed), Decimal(0))
    return LineBilling(
        line, _net(order.tax_mode, line), billed, max(left, Decimal(0)) if is_counted else None
    )


def _net(tax_mode: str, line: LineItem) -> Decimal:
    return line.line_amount - (line.tax_amount if tax_mode == "inclusive" else ZERO)


def _what_remains(order: PurchaseOrder) -> dict[str, Portion]:
    """What is left of each line: pieces while they can be counted, else what is left of its amount."""
    found: dict[str, Portion] = {}
    for one in of(order).lines:
        if one.quantity_left:
            found[one.line.id] = Portion(quantity=one.quantity_left)
        elif one.quantity_left is None and one.remaining > 0:
            found[one.line.id] = Portion(amount=remaining_as_meant(order, one))
    return found


def _faults(order: PurchaseOrder, portions: Mapping[str, Portion]) -> list[Invalid]:
    if not portions:
        return [Invalid("Nothing remains to be billed.", field="lines")]
    known = {line.id for line in order.items}
    found: list[Invalid] = []
    for line_id, portion in portions.items():
        figure = portion.quantity if portion.amount is None else portion.amount
        if line_id not in known:
            found.append(Invalid("This line was removed meanwhile.", field=f"lines.{line_id}"))
        elif figure is None or not figure.is_finite() or figure <= 0:
            found.append(Invalid("Enter how much of it was billed, above zero.", field=f"lines.{line_id}"))
    return found


def _invoice_of(
    order: PurchaseOrder, number: str, issued_on: dt.date, parts: Iterable[tuple[LineItem, Portion]]
) -> ExpenseDraft:
    lines = tuple(_billed_line(line, portion) for line, portion in parts)
    # The order's codes mean nothing in other books, or something else: they are suggested anew.
    if goes_elsewhere(order):
        lines = tuple(replace(line, account_code="", tax_type="") for line in lines)
    return ExpenseDraft(
        branch_id=order.branch_id,
        company_id=order.company_id,
        job_id=order.job_id,
        issued_on=issued_on,
        currency=order.currency,
        reference=order.number,
        supplier_invoice_number=number.strip(),
        tax_mode=order.tax_mode,
        lines=lines,
    )


def _billed_line(line: LineItem, portion: Portion) -> LineDraft:
    """So many of the line at its price, or one piece of this amount; what it is sold on for goes along in proportion."""
    draft = replace(line_items.draft_of(line), id=None)
    if portion.amount is None:
        assert portion.quantity is not None
        return replace(draft, quantity=portion.quantity)
    sell = draft.sell_unit_amount
    if sell is not None and line.line_amount:
        sell = (sell * line.quantity * portion.amount / line.line_amount).quantize(UNIT)
    return replace(
        draft,
        quantity=Decimal(1),
        unit_amount=portion.amount,
        discount_rate=Decimal(0),
        sell_unit_amount=sell,
    )


def _tie(expense: Expense, order: PurchaseOrder, order_lines: list[str]) -> None:
    """Write down which order an expense bills, and which of its lines, in the order of the expense's own."""
    expense.purchase_order = order
    expense.save(update_fields=["purchase_order"])
    rows = list(ExpenseLine.objects.filter(document=expense).order_by("position"))
    for row, order_line in zip(rows, order_lines, strict=False):
        row.order_line_id = order_line
    ExpenseLine.objects.bulk_update(rows, ["order_line"])


def _refuse_unbillable(order: PurchaseOrder, *, is_looked_at: bool) -> None:
    if order.status == Status.DRAFT:
        raise NotBillable("Approve the order first; then the supplier's invoices are entered for it.")
    if order.status == Status.CANCELLED:
        raise NotBillable("This order was cancelled: nothing is billed on it.")
    if order.status == Status.PAID and keepers.is_elsewhere(order) and not is_looked_at:
        raise BilledThere(
            "The books show this order as billed, so the supplier's invoice is likely there already. "
            "Look there first: entered here too, it would be paid twice."
        )


def _refuse_others_invoice(expense: Expense, order: PurchaseOrder) -> None:
    if expense.status == expenses.Status.CANCELLED:
        raise NotItsInvoice("This expense was cancelled.")
    if expense.purchase_order_id is not None:
        raise NotItsInvoice("This expense stands on an order already. Take it off that one first.")
    if (expense.company_id, expense.currency) != (order.company_id, order.currency):
        raise NotItsInvoice(f"{order.number} is of another supplier, or in another currency.")


def _note(
    document: PurchaseOrder | Expense, verb: str, sentence: str, *, by: Actor, now: dt.datetime
) -> None:
    kind = document.kind
    activity.record(
        by=by, verb=f"{kind}.{verb}", kind=kind, subject_id=document.id, sentence=sentence, now=now
    )
