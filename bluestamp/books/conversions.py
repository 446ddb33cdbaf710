"""Conversions: a cost that was entered as an expense, and turns out to be an order that the supplier is yet to bill.

The order is a draft with the expense's lines; the expense is cancelled, and says what became of it. One that a ledger
holds already is not converted: its bill there would stand beside the order for one cost.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.db import transaction

from bluestamp.books import documents, expenses, keepers, ledgers, line_items, purchase_orders
from bluestamp.books.codes import Codebook
from bluestamp.books.expenses import Expense
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from bluestamp.errors import Conflict
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action


class NotConvertible(Conflict):
    """The expense can't become an order any more."""

    code = "NOT_CONVERTIBLE"


def expense_to_order(*, expense_id: str, version: int, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Turn an expense into a draft order with its lines, and cancel the expense with a note.

    A tax figure that was typed from the supplier's paper stays behind: the order is reckoned.
    Refuses NotPermitted, NotFound, Stale, Held, NotConvertible.
    """
    permissions.require(by, Action.EDIT_EXPENSES)
    with transaction.atomic():
        expense = documents.locked(Expense, expense_id, version=version)
        _refuse_inconvertible(expense)
        order = purchase_orders.create(_order_of(expense), by=by, now=now)
        said = "Turned into a purchase order."
        expenses.cancel(expense_id=expense.id, version=version, reason=said, by=by, now=now)
        Expense.objects.filter(id=expense.id).update(purchase_order=order)
        called = expense.number or expense.supplier_invoice_number or "an expense"
        activity.record(
            by=by,
            verb="purchase_order.made_from_expense",
            kind=order.kind,
            subject_id=order.id,
            sentence=f"Made from {called} of {expense.company_name}.",
            now=now,
        )
    return order


def _refuse_inconvertible(expense: Expense) -> None:
    if expense.ledger_version is not None:
        raise NotConvertible(
            "It is in the books as a bill already. Cancel it there first, or enter the order beside it and put "
            "this expense to it."
        )
    if expense.purchase_order_id is not None:
        raise NotConvertible("It bills an order already.")
    if expense.status not in expenses.EDITABLE:
        was = expenses.Status(expense.status).label.lower()
        raise NotConvertible(f"This expense is {was}, so it can't become an order.")


def _order_of(expense: Expense) -> PurchaseOrderDraft:
    codebook = ledgers.codebook(keepers.of(expense), purchase_orders.KIND)
    return PurchaseOrderDraft(
        branch_id=expense.branch_id,
        company_id=expense.company_id,
        job_id=expense.job_id,
        issued_on=expense.issued_on,
        currency=expense.currency,
        reference=expense.reference,
        tax_mode=expense.tax_mode,
        lines=tuple(_order_line(line, codebook) for line in expense.items),
    )


def _order_line(line: LineItem, codebook: Codebook) -> LineDraft:
    """An account that an order can't have stays behind, and its tax with it (S27); both are suggested anew."""
    draft = replace(line_items.draft_of(line), id=None, typed_tax=None)
    if codebook.ledger is None or not codebook.why_not(line.account_code):
        return draft
    return replace(draft, account_code="", tax_type="")
