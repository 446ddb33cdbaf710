"""What Xero's pages leave open, answered the other way: the switches of the sandbox that a studio would notice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bluestamp.books import documents, purchase_orders
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from bluestamp.sync import copies, push, standing
from bluestamp.sync.plan import CopyState
from tests.integration.sync_flow.conftest import Story, bought

pytestmark = pytest.mark.django_db(transaction=True)


def approved_in_both(story: Story) -> PurchaseOrder:
    """An order that was approved here, sent, and approved in Xero."""
    draft = PurchaseOrderDraft(
        branch_id=story.cast.london.id,
        company_id=story.company("Foil & Co").id,
        issued_on=story.today,
        currency="GBP",
        lines=(bought("Printing", "1", "100"),),
    )
    order = purchase_orders.create(draft, by=story.ben, now=story.now)
    order = purchase_orders.approve(order_id=order.id, version=order.version, by=story.ben, now=story.now)
    push.request(order, by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    story.sandbox.do(xero_id(order), "approve")
    story.later(hours=2)
    story.drain()
    return order


def xero_id(order: PurchaseOrder) -> str:
    copy = copies.of_one(kind="purchase_order", document_id=order.id)
    assert copy is not None
    return copy.xero_id


def test_an_approved_order_that_xero_keeps_is_said_to_be_still_there_and_noticed_once_deleted_by_hand(
    story: Story,
) -> None:
    """No table of moves of orders is published: an app may perhaps not delete an approved one."""
    story.sandbox.switch(order_deleted_when_approved=False)
    order = approved_in_both(story)
    push.remove(documents.load("purchase_order", order.id), reason="Not needed", by=story.cleo, now=story.now)
    story.drain()
    fresh = documents.load("purchase_order", order.id)
    shown = standing.of_one(fresh)
    assert (fresh.status, shown.state, shown.code) == ("cancelled", CopyState.REFUSED, "VOID_IT_IN_XERO")
    assert "not of valid status" in shown.sentence
    story.sandbox.do(xero_id(order), "delete")
    story.later(hours=2)
    story.drain()
    assert standing.of_one(documents.load("purchase_order", order.id)).state is CopyState.IN_STEP


def test_payments_that_no_webhook_tells_of_are_found_by_the_sweep(story: Story) -> None:
    """No page says that a payment raises an event of the invoice it pays."""
    story.sandbox.switch(settlements_announced=False)
    expense = story.expense(story.company("Foil & Co"))
    push.request(expense, by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    bill = story.bills()[0]["InvoiceID"]
    story.sandbox.do(bill, "approve")
    for verb, wish, status, paid in (
        ("pay", {"amount": "10.00"}, "approved", Decimal("10.00")),
        ("pay", {}, "paid", expense.total),
        ("unpay", {}, "approved", Decimal("0.00")),
    ):
        story.sandbox.do(bill, verb, **wish)
        story.later(hours=2)
        story.drain()
        fresh = documents.load("expense", expense.id)
        assert (fresh.status, fresh.amount_paid) == (status, paid)
