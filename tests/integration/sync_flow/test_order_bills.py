"""One cost, one bill: what somebody entered in Xero for an order of ours is found and asked about (rule 17)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bluestamp.books import billing, documents, purchase_orders
from bluestamp.books.expenses import Expense
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from bluestamp.sync import clients, copies, duplicates, exchanges, order_bills, push, standing
from bluestamp.sync.batches import Batch
from bluestamp.sync.plan import CopyState
from bluestamp.xero.writes import ContactLink, InvoiceWrite, LineItemWrite, encode_invoices
from tests.integration.sync_flow.conftest import Story, bought


@pytest.fixture
def order(story: Story) -> PurchaseOrder:
    """An approved order that stands in Xero."""
    draft = PurchaseOrderDraft(
        branch_id=story.cast.london.id,
        company_id=story.company("Foil & Co").id,
        issued_on=story.today,
        currency="GBP",
        lines=(bought("Printing", "1", "100"), bought("Binding", "1", "50")),
    )
    made = purchase_orders.create(draft, by=story.ben, now=story.now)
    approved = purchase_orders.approve(order_id=made.id, version=1, by=story.ben, now=story.now)
    push.request(approved, by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    return PurchaseOrder.objects.get(id=made.id)


def _bill_by_hand(story: Story, order: PurchaseOrder, *, number: str = "FC-1", words: str = "") -> str:
    """The bookkeeper enters the supplier's bill in Xero, without us."""
    copy = copies.of_one(kind="purchase_order", document_id=order.id)
    assert copy is not None
    bill = InvoiceWrite(
        type="ACCPAY",
        status="SUBMITTED",
        contact=ContactLink(contact_id=copy.their_face.contact_id),
        invoice_number=number,
        date=story.today,
        due_date=story.today,
        line_items=(
            LineItemWrite(
                description=words or f"Your order {order.number}, printing",
                quantity=Decimal(1),
                unit_amount=Decimal(175),
                account_code="325",
                tax_type="INPUT2",
            ),
        ),
    )
    with clients.open(story.connection, why="push", urgent=True, now=story.now) as client:
        answer = client.put_invoices(encode_invoices([bill]), idempotency_key=f"by-hand-{order.id}")
    return answer.value[0].record.invoice_id


def _billed_here(story: Story, order: PurchaseOrder) -> Expense:
    made = billing.bill(
        order_id=order.id,
        supplier_invoice_number="FC-20931",
        issued_on=story.today,
        by=story.ben,
        now=story.now,
    )
    push.request(made, by=story.ben, now=story.now)
    story.drain()
    return Expense.objects.get(id=made.id)


def test_a_bill_that_quotes_the_orders_number_is_found_by_the_sweep_and_shown_on_it(
    story: Story, order: PurchaseOrder
) -> None:
    xero_id = _bill_by_hand(story, order)
    story.later(hours=2)
    story.drain()
    assert [(bill.xero_id, bill.number) for bill in order_bills.of(order.id)] == [(xero_id, "FC-1")]

    story.sandbox.do(xero_id, "delete")
    story.later(hours=2)
    story.drain()
    assert order_bills.of(order.id) == []


def test_a_bill_that_quotes_the_order_no_longer_stands_in_nobodys_way(
    story: Story, order: PurchaseOrder
) -> None:
    xero_id = _bill_by_hand(story, order, number=order.number, words="Printing")
    story.later(hours=2)
    story.drain()
    assert [bill.xero_id for bill in order_bills.of(order.id)] == [xero_id]

    story.sandbox.do(xero_id, "edit", fields={"InvoiceNumber": "FC-1"})
    story.later(hours=2)
    story.drain()
    assert order_bills.of(order.id) == []


@pytest.mark.parametrize("number", ["PO#0012", "PO 0012", "Po/0012"])
def test_an_order_is_found_by_a_number_of_any_spelling(
    story: Story, order: PurchaseOrder, number: str
) -> None:
    PurchaseOrder.objects.filter(id=order.id).update(number=number)
    xero_id = _bill_by_hand(story, order, words=f"Printing, your order {number.lower()}.")
    story.later(hours=2)
    story.drain()
    assert [bill.xero_id for bill in order_bills.of(order.id)] == [xero_id]


def test_the_orders_own_bill_is_held_while_one_there_quotes_it(story: Story, order: PurchaseOrder) -> None:
    xero_id = _bill_by_hand(story, order)
    expense = _billed_here(story, order)
    shown = standing.of_one(expense)
    assert (shown.state, shown.code) == (CopyState.REFUSED, "DUPLICATE_SUSPECTED")
    assert "quotes the same purchase order" in shown.sentence
    assert len(story.bills()) == 1

    duplicates.answer_link(expense, by=story.cleo, now=story.now)
    story.drain()
    copy = copies.of_one(kind="expense", document_id=expense.id)
    assert copy is not None
    assert copy.xero_id == xero_id
    assert len(story.bills()) == 1


def test_an_order_that_is_marked_as_billed_there_asks_before_another_bill_goes(
    story: Story, order: PurchaseOrder
) -> None:
    copy = copies.of_one(kind="purchase_order", document_id=order.id)
    assert copy is not None
    story.sandbox.do(copy.xero_id, "approve")
    expense = billing.bill(
        order_id=order.id, supplier_invoice_number="FC-2", issued_on=story.today, by=story.ben, now=story.now
    )
    story.sandbox.do(copy.xero_id, "bill")
    story.later(hours=2)
    story.drain()
    assert documents.load("purchase_order", order.id).status == "paid"
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    shown = standing.of_one(Expense.objects.get(id=expense.id))
    assert (shown.code, "marked as billed" in shown.sentence) == ("DUPLICATE_SUSPECTED", True)
    duplicates.answer_send_anyway(
        documents.load("expense", expense.id), reason="The bill is not in Xero", by=story.cleo, now=story.now
    )
    story.drain()
    assert len(story.bills()) == 1


def test_every_call_of_a_batch_is_kept_word_for_word(story: Story) -> None:
    expense = story.expense(story.company("Quick Couriers"))
    push.request(expense, by=story.ben, now=story.now, allow_create_contact=True)
    story.sandbox.fault(kind="lose_reply", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    story.later(seconds=30)
    story.drain()
    calls = exchanges.of_batch(Batch.objects.get(kind="expense").id)
    assert [(call.method, call.status) for call in calls] == [("PUT", None), ("PUT", 200)]
    assert '"UnitAmount": 1.8500' in calls[0].request_text  # as it went, not as a float writes it
    assert (calls[0].answer_text, '"InvoiceID"' in calls[1].answer_text) == ("", True)
    assert calls[0].request_text == calls[1].request_text
