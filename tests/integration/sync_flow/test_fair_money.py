"""What can't go yet never stands in the way of money that can, however much of it waits."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bluestamp.books.applications import CreditApplication
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.invoices import Invoice
from bluestamp.books.payments import Payment
from bluestamp.sync import push
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery
from tests.integration.sync_flow.conftest import Story
from tests.integration.sync_flow.credit_days import again as applied_again
from tests.integration.sync_flow.credit_days import applied_in_xero, apply, fresh_note, noted
from tests.integration.sync_flow.money_days import (
    BANK,
    again,
    fresh,
    in_xero,
    paid_in_xero,
    pay,
    payments_are_recorded_here,
)

#: More than a drain looks at in one go.
MANY = 401


def _payments(story: Story, invoice: Invoice, state: str) -> None:
    Payment.objects.bulk_create(
        Payment(
            studio_id=invoice.studio_id,
            kind="invoice",
            document_id=invoice.id,
            nature="payment",
            paid_on=story.today,
            amount=Decimal("0.01"),
            currency="GBP",
            account_code=BANK,
            origin="here",
            state=state,
            recorded_at=story.now,
        )
        for _ in range(MANY)
    )


def _credit(story: Story, note: CreditNote, invoice: Invoice, state: str) -> None:
    CreditApplication.objects.bulk_create(
        CreditApplication(
            studio_id=note.studio_id,
            credit_note=note,
            invoice=invoice,
            amount=Decimal("0.01"),
            applied_on=story.today,
            origin="here",
            state=state,
            is_only_here=state == "confirmed",
            recorded_at=story.now,
        )
        for _ in range(MANY)
    )


def _on_its_way(story: Story, document: Invoice | CreditNote) -> None:
    """A draft in Xero, and a wish that waits for some hours."""
    Copy.objects.filter(document_id=document.id).update(xero_status="DRAFT")
    push.request(document, by=story.ben, now=story.now)
    Delivery.objects.filter(document_id=document.id, state="waiting").update(
        due_at=story.now.replace(year=2090)
    )


@pytest.mark.parametrize("waits", ["on its way", "paid in Xero", "let go of"])
def test_payments_that_wait_keep_no_later_one_from_going(story: Story, waits: str) -> None:
    payments_are_recorded_here(story)
    stuck, free = in_xero(story), in_xero(story)
    _payments(story, stuck, "asked" if waits == "on its way" else "confirmed")
    if waits == "on its way":
        _on_its_way(story, fresh(stuck))
    elif waits == "let go of":
        Copy.objects.filter(document_id=stuck.id).update(is_gone=True)
    else:
        Copy.objects.filter(document_id=stuck.id).update(xero_status="PAID")
    story.later(minutes=1)
    payment = pay(story, free, "100.00")
    if waits != "on its way":
        Payment.objects.filter(id=payment.id).update(state="confirmed")  # an earlier one, too
    story.drain()
    assert (again(payment).state, bool(again(payment).external_id)) == ("confirmed", True)
    assert len(paid_in_xero(story)) == 1


@pytest.mark.parametrize("side", ["invoice", "credit_note"])
@pytest.mark.parametrize("waits", ["on its way", "earlier", "paid first", "in no organisation"])
def test_credit_that_waits_keeps_no_later_one_from_going(story: Story, side: str, waits: str) -> None:
    stuck, free, note, other = in_xero(story), in_xero(story), noted(story, "100"), noted(story, "50")
    for one in (note, other):
        push.request(one, by=story.ben, now=story.now)
    story.drain()
    document = fresh(stuck) if side == "invoice" else fresh_note(note)
    _credit(story, fresh_note(note), fresh(stuck), "confirmed" if waits == "earlier" else "asked")
    if waits == "on its way":
        _on_its_way(story, document)
    elif waits == "earlier":
        Copy.objects.filter(document_id=document.id).update(xero_status="PAID")
    elif waits == "paid first":
        _payments(story, fresh(stuck), "confirmed")
        Payment.objects.update(kind=side, document_id=document.id, in_flight=True)
    else:
        Copy.objects.filter(document_id=stuck.id).delete()
        Invoice.objects.filter(id=stuck.id).update(
            ledger=None, ledger_version=None, branch=story.cast.bristol
        )
    story.later(minutes=1)
    row = apply(story, fresh_note(other), fresh(free), "20.00")
    if waits == "earlier":
        CreditApplication.objects.filter(id=row.id).update(state="confirmed", is_only_here=True)
    story.drain()
    assert applied_again(row).state == "confirmed"
    assert len(applied_in_xero(story)) == 1


def test_a_document_that_can_not_be_read_holds_up_no_other_ones_payment(story: Story) -> None:
    payments_are_recorded_here(story)
    odd, even = in_xero(story), in_xero(story)
    payment, later = pay(story, odd, "10.00"), pay(story, even, "100.00")
    Copy.objects.filter(document_id=odd.id).update(sent={"date": "no day"})
    story.drain()
    assert again(later).state == "confirmed"
    assert (again(payment).state, again(payment).code) == ("refused", "INTERNAL")


def test_a_note_that_can_not_be_read_holds_up_no_other_ones_credit(story: Story) -> None:
    invoice, odd, even = in_xero(story), noted(story, "100"), noted(story, "50")
    for one in (odd, even):
        push.request(one, by=story.ben, now=story.now)
    story.drain()
    row, later = apply(story, odd, invoice, "10.00"), apply(story, even, invoice, "20.00")
    Copy.objects.filter(document_id=odd.id).update(sent={"date": "no day"})
    story.drain()
    assert applied_again(later).state == "confirmed"
    assert (applied_again(row).state, applied_again(row).code) == ("refused", "INTERNAL")
