"""Payments recorded here go to Xero: each once, whatever breaks, and never a second time beside one made there by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from bluestamp.books import payments
from bluestamp.books.payments import OnItsWay, TooMuch
from bluestamp.people import activity
from bluestamp.sync import compare, paying, push
from bluestamp.sync.batches import Batch, BatchState
from bluestamp.sync.copies import Copy
from bluestamp.sync.readiness import PaymentAccountMissing
from tests.integration.sync_flow.conftest import Story
from tests.integration.sync_flow.money_days import (
    BANK,
    PAYMENTS,
    again,
    fresh,
    in_xero,
    issued,
    paid_in_xero,
    pay,
    payments_are_recorded_here,
    settle_down,
    states,
)


@pytest.fixture(autouse=True)
def recorded_here(story: Story) -> None:
    """Every story begins where payments may be recorded here."""
    payments_are_recorded_here(story)


def test_a_payment_recorded_here_stands_in_xero_and_carries_its_id(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00", reference="TRN 17")
    assert (again(payment).state, fresh(invoice).status) == ("asked", "sent")
    story.drain()
    there = paid_in_xero(story)
    assert [(row["Amount"], row["Reference"]) for row in there] == [(600.0, "TRN 17")]
    assert (again(payment).state, again(payment).external_id) == ("confirmed", there[0]["PaymentID"])
    assert (fresh(invoice).status, fresh(invoice).amount_due) == ("paid", Decimal("0.00"))


def test_fifty_payments_go_in_one_call(story: Story) -> None:
    rows = [issued(story, str(100 + position)) for position in range(50)]
    push.request_many("invoice", [row.id for row in rows], by=story.ben, now=story.now)
    story.drain()
    for row in rows:
        pay(story, fresh(row), str(row.total))
    before = len(story.sandbox.calls("Payments"))
    story.drain()
    assert len(story.sandbox.calls("Payments")) == before + 1
    assert {fresh(row).status for row in rows} == {"paid"}


def test_a_part_payment_leaves_the_rest_due(story: Story) -> None:
    invoice = in_xero(story)
    pay(story, invoice, "200.00")
    story.drain()
    assert (fresh(invoice).status, fresh(invoice).amount_due) == ("sent", Decimal("400.00"))


def test_what_is_asked_for_reserves_its_amount(story: Story) -> None:
    invoice = in_xero(story)
    pay(story, invoice, "400.00")
    with pytest.raises(Exception, match=r"Only £200\.00") as refused:
        pay(story, invoice, "200.01")
    assert any(isinstance(fault, TooMuch) for fault in refused.value.faults)  # type: ignore[attr-defined]


def test_a_refused_payment_releases_its_amount_and_says_why(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.sandbox.do(story.sales()[0]["InvoiceID"], "pay", amount="1.00", date="2026-01-02")
    story.drain()
    refused = again(payment)
    assert (refused.state, refused.code) == ("refused", "MORE_THAN_DUE")
    assert fresh(invoice).amount_due == Decimal("599.00")
    pay(story, fresh(invoice), "599.00")
    story.later(seconds=5)
    story.drain()
    assert fresh(invoice).status == "paid"


def test_a_payment_into_a_locked_period_is_refused_before_it_is_sent(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00", paid_on=story.today - dt.timedelta(days=3))
    ledger = story.connection.ledger
    ledger.period_lock_on = story.today - dt.timedelta(days=1)
    ledger.save(update_fields=["period_lock_on"])
    story.drain()
    assert (again(payment).state, again(payment).code) == ("refused", "PERIOD_LOCKED")
    assert paid_in_xero(story) == []


def test_an_invoice_that_was_voided_in_xero_refuses_its_payment(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.sandbox.do(story.sales()[0]["InvoiceID"], "void")
    story.drain()
    assert again(payment).state == "refused"


def test_a_payment_of_an_invoice_that_was_unlinked_is_refused(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    compare.unlink(invoice, by=story.cleo, now=story.now)
    story.drain()
    assert (again(payment).state, again(payment).code) == ("refused", "GONE_FROM_XERO")


def test_payments_of_invoices_that_never_went_to_xero_hold_up_no_others(story: Story) -> None:
    for position in range(3):
        pay(story, issued(story, str(300 + position)), "10.00")
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.drain()
    assert again(payment).state == "confirmed"
    assert [row["Amount"] for row in paid_in_xero(story)] == [600.0]


def test_a_payment_waits_while_its_invoice_is_on_its_way(story: Story) -> None:
    invoice = in_xero(story)
    Copy.objects.filter(document_id=invoice.id).update(xero_status="DRAFT")
    payment = pay(story, invoice, "600.00")
    push.request(invoice, by=story.ben, now=story.now)
    story.drain()
    assert again(payment).state == "confirmed"


@pytest.mark.parametrize("minutes", [1, 7])
def test_a_lost_reply_pays_nobody_twice(story: Story, minutes: int) -> None:
    """Within six minutes the same key brings the first answer; after that Xero's own payments are counted."""
    invoice = in_xero(story)
    rows = [pay(story, invoice, "100.00"), pay(story, invoice, "100.00")]
    story.sandbox.fault(kind="lose_reply", path=PAYMENTS, method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    assert [again(row).state for row in rows] == ["asked", "asked"]
    assert len(paid_in_xero(story)) == 2
    story.later(minutes=minutes)
    settle_down(story, rounds=2)
    assert {again(row).external_id for row in rows} == {row["PaymentID"] for row in paid_in_xero(story)}
    assert (fresh(invoice).amount_due, len(paid_in_xero(story))) == (Decimal("400.00"), 2)


def test_what_never_arrived_goes_anew_under_a_new_key(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.sandbox.fault(kind="drop_before", path=PAYMENTS, method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    story.later(minutes=7)
    settle_down(story, rounds=2)
    assert again(payment).state == "confirmed"
    assert len(paid_in_xero(story)) == 1


def test_a_payment_that_a_reading_brings_while_it_is_in_doubt_is_ours(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.sandbox.fault(kind="lose_reply", path=PAYMENTS, method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    Copy.objects.filter(document_id=invoice.id).update(refresh_due_at=story.now)
    story.drain()
    assert again(payment).state == "confirmed"
    settle_down(story, rounds=2, minutes=4)
    assert states(invoice) == ["confirmed"]
    assert len(paid_in_xero(story)) == 1


def test_the_same_payment_made_by_hand_in_xero_is_held_and_asked_about(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "300.00")
    story.sandbox.do(story.sales()[0]["InvoiceID"], "pay", amount="300.00", date=story.today.isoformat())
    story.drain()
    held = again(payment)
    assert (held.state, held.code) == ("asked", "LOOKS_ALIKE")
    assert "holds a payment of £300.00" in held.sentence
    assert len(paid_in_xero(story)) == 1


def test_one_that_is_the_same_becomes_the_one_in_xero(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "300.00")
    story.sandbox.do(story.sales()[0]["InvoiceID"], "pay", amount="300.00")
    story.drain()
    paying.answer_same(payment_id=payment.id, by=story.cleo, now=story.now)
    settle_down(story, rounds=2)
    assert states(invoice) == ["confirmed"]
    assert again(payment).external_id == paid_in_xero(story)[0]["PaymentID"]
    assert len(paid_in_xero(story)) == 1


def test_one_that_is_another_is_sent_all_the_same(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "300.00")
    story.sandbox.do(story.sales()[0]["InvoiceID"], "pay", amount="300.00")
    story.drain()
    paying.answer_send_anyway(payment_id=payment.id, by=story.cleo, now=story.now)
    story.drain()
    assert len(paid_in_xero(story)) == 2
    assert fresh(invoice).status == "paid"


def test_a_payment_that_stood_here_already_when_ours_was_recorded_asks_nobody(story: Story) -> None:
    invoice = in_xero(story)
    story.sandbox.do(story.sales()[0]["InvoiceID"], "pay", amount="300.00")
    Copy.objects.update(refresh_due_at=story.now)
    story.drain()
    story.later(minutes=1)
    payment = pay(story, fresh(invoice), "300.00")
    story.drain()
    assert again(payment).state == "confirmed"
    assert fresh(invoice).status == "paid"


def test_a_payment_taken_back_here_is_deleted_in_xero(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.drain()
    story.later(seconds=5)
    paying.ask_removal(payment_id=payment.id, by=story.cleo, now=story.now)
    assert again(payment).state == "removing"
    story.drain()
    assert (again(payment).state, paid_in_xero(story)) == ("deleted", [])
    assert (fresh(invoice).status, fresh(invoice).amount_due) == ("sent", Decimal("600.00"))


def test_a_removal_whose_reply_was_lost_is_looked_up(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.drain()
    story.later(seconds=5)
    paying.ask_removal(payment_id=payment.id, by=story.cleo, now=story.now)
    story.sandbox.fault(kind="lose_reply", path=PAYMENTS, method="POST", count=1)
    story.drain()
    story.sandbox.clear_faults()
    assert again(payment).state == "removing"
    settle_down(story, rounds=2)
    assert again(payment).state == "deleted"
    assert sum(call["method"] == "POST" for call in story.sandbox.calls("Payments")) == 1


def test_a_payment_that_somebody_removed_in_xero_meanwhile_is_removed_here_too(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.drain()
    story.later(seconds=5)
    paying.ask_removal(payment_id=payment.id, by=story.cleo, now=story.now)
    story.sandbox.do(story.sales()[0]["InvoiceID"], "unpay")
    settle_down(story, rounds=2)
    assert again(payment).state == "deleted"
    assert fresh(invoice).status == "sent"


def test_a_removal_in_a_locked_period_is_refused(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.drain()
    paying.ask_removal(payment_id=payment.id, by=story.cleo, now=story.now)
    ledger = story.connection.ledger
    ledger.period_lock_on = story.today
    ledger.save(update_fields=["period_lock_on"])
    story.drain()
    kept = again(payment)
    assert (kept.state, kept.code) == ("confirmed", "NOT_REMOVED")
    assert len(paid_in_xero(story)) == 1


def test_what_is_in_flight_is_not_taken_back_meanwhile(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.sandbox.fault(kind="lose_reply", path=PAYMENTS, method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    with pytest.raises(OnItsWay):
        paying.ask_removal(payment_id=payment.id, by=story.cleo, now=story.now)


def test_earlier_payments_follow_their_invoice_once_their_account_is_known(story: Story) -> None:
    invoice = issued(story)
    payment = pay(story, invoice, "150.00")
    payments.Payment.objects.filter(id=payment.id).update(account_code="")
    assert again(payment).state == "confirmed"
    with pytest.raises(PaymentAccountMissing, match="earlier payment"):
        push.request(fresh(invoice), by=story.ben, now=story.now)  # S50
    assert push.request_many("invoice", [invoice.id], by=story.ben, now=story.now).asked == 0
    paying.set_account(
        kind="invoice", document_id=invoice.id, account_code=BANK, by=story.cleo, now=story.now
    )
    push.request(fresh(invoice), by=story.ben, now=story.now)
    settle_down(story, rounds=2)
    there = paid_in_xero(story)
    assert [row["Amount"] for row in there] == [150.0]
    assert again(payment).external_id == there[0]["PaymentID"]
    assert fresh(invoice).amount_due == Decimal("450.00")


def test_an_answer_that_names_nothing_is_looked_up_and_never_sent_blindly_again(story: Story) -> None:
    invoice = in_xero(story)
    payment = pay(story, invoice, "600.00")
    story.sandbox.fault(kind="500", path=PAYMENTS, method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    assert Batch.objects.filter(kind="payment", state=BatchState.UNKNOWN).count() == 1
    story.later(minutes=7)
    settle_down(story, rounds=2)
    assert again(payment).state == "confirmed"
    assert len(paid_in_xero(story)) == 1


def test_both_histories_say_what_became_of_it(story: Story) -> None:
    invoice = in_xero(story)
    pay(story, invoice, "600.00")
    story.drain()
    said = activity.Activity.objects.filter(subject_id=invoice.id).values_list("sentence", flat=True)
    assert any("stands in Xero" in sentence for sentence in said)
