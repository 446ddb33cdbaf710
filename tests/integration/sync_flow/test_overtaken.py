"""A drain that was paused finds, right before its call, that another one took over meanwhile: nothing goes twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bluestamp.books import documents
from bluestamp.sync import claims, errands, push, sending, standing
from bluestamp.sync.batches import Batch, BatchState
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.payment_errands import PAY
from bluestamp.sync.plan import CopyState
from bluestamp.xero.errors import Rejected, Unanswered, Unavailable, XeroError
from tests.integration.sync_flow.conftest import Story
from tests.integration.sync_flow.credit_days import CREDIT_NOTES, applied_in_xero, apply, noted
from tests.integration.sync_flow.money_days import (
    PAYMENTS,
    again,
    in_xero,
    issued,
    paid_in_xero,
    pay,
    payments_are_recorded_here,
)


def _asleep(story: Story, *, minutes: int) -> Callable[[], float]:
    """The clock of a process that is put to sleep at its first look at it, and that has not counted while it slept."""
    looks: list[float] = []

    def look() -> float:
        looks.append(0.0)
        if len(looks) == 1:
            for _ in range(3):
                story.later(minutes=minutes)
                story.drain()
        return 0.0

    return look


def test_a_first_call_that_another_drain_made_meanwhile_is_not_made_again(story: Story) -> None:
    in_xero(story)
    invoice = issued(story)
    push.request(invoice, by=story.ben, now=story.now)
    due = claims.due(story.connection, now=story.now)
    assert due is not None
    batch = claims.claim_new(story.connection, due, now=story.now)
    assert batch is not None
    sending.send(batch, story.connection, now=story.now, stopwatch=_asleep(story, minutes=7))
    assert len(story.sales()) == 2
    assert _puts(story, "Invoices") == 2
    assert standing.of_one(documents.load("invoice", invoice.id)).state is CopyState.IN_STEP


def test_a_batch_in_doubt_that_another_drain_settled_is_left_alone(story: Story) -> None:
    push.request(issued(story), by=story.ben, now=story.now)
    story.sandbox.fault(kind="drop_before", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    story.later(seconds=30)
    assert sending.settle_due(story.connection, now=story.now, stopwatch=_asleep(story, minutes=7))
    assert len(story.sales()) == 1
    assert not Batch.objects.exclude(state=BatchState.ANSWERED).exists()


def test_a_payment_that_another_drain_made_meanwhile_is_not_made_again(story: Story) -> None:
    payments_are_recorded_here(story)
    payment = pay(story, in_xero(story), "100.00")
    story.sandbox.fault(kind="drop_before", path=PAYMENTS, method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    story.later(seconds=30)
    assert sending.settle_due(story.connection, now=story.now, stopwatch=_asleep(story, minutes=7))
    assert len(paid_in_xero(story)) == 1
    assert again(payment).external_id == paid_in_xero(story)[0]["PaymentID"]


def test_credit_that_another_drain_applied_meanwhile_is_not_applied_again(story: Story) -> None:
    invoice, note = in_xero(story), noted(story, "100")
    push.request(note, by=story.ben, now=story.now)
    story.drain()
    apply(story, note, invoice, "20.00")
    story.sandbox.fault(kind="drop_before", path=CREDIT_NOTES, method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    story.later(seconds=30)
    assert sending.settle_due(story.connection, now=story.now, stopwatch=_asleep(story, minutes=7))
    assert len(applied_in_xero(story)) == 1


@pytest.mark.parametrize(
    "error", [Unanswered("no answer"), Unavailable("not now", outcome_known=True)], ids=["doubt", "not done"]
)
def test_a_failure_that_is_told_too_late_frees_no_payment_of_another_call(
    story: Story, error: XeroError
) -> None:
    payments_are_recorded_here(story)
    payment = pay(story, in_xero(story), "100.00")
    story.sandbox.fault(kind="drop_before", path=PAYMENTS, method="PUT", count=2)
    story.drain()
    ours = Batch.objects.get(kind="payment")
    story.later(minutes=7)
    story.drain()
    assert again(payment).in_flight
    errands._note_failure(ours, PAY, error, now=story.now)
    assert again(payment).in_flight
    assert Batch.objects.get(id=ours.id).state == BatchState.ANSWERED


@pytest.mark.parametrize("error", [Rejected(), Unavailable("not now", outcome_known=True)])
def test_a_failure_that_is_told_too_late_frees_no_document_that_another_drain_has_in_hand(
    story: Story, error: XeroError
) -> None:
    push.request(issued(story), by=story.ben, now=story.now)
    story.sandbox.fault(kind="drop_before", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    ours = Batch.objects.get()
    ours.state = BatchState.PREPARED  # as one remembers it that has not come to its call yet
    assert Batch.objects.get().take_up()
    if isinstance(error, Rejected):
        sending._refused_whole(ours, error, now=story.now)
    else:
        sending._note_failure(ours, error, now=story.now)
    assert Delivery.objects.get().state == DeliveryState.SENDING
    assert Batch.objects.get().state == BatchState.UNKNOWN


def test_a_batch_that_two_drains_take_up_at_once_is_settled_by_one(story: Story) -> None:
    push.request(issued(story), by=story.ben, now=story.now)
    story.sandbox.fault(kind="drop_before", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    one, other = Batch.objects.get(), Batch.objects.get()
    assert one.take_up()
    assert not other.take_up()
    assert one.is_still_mine()
    assert not other.is_still_mine()


def _puts(story: Story, path: str) -> int:
    return sum(call["method"] == "PUT" for call in story.sandbox.calls(path))
