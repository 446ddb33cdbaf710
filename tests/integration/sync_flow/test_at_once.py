"""Two who act at once: nobody waits for ever, nobody overwrites what the other one did, nobody sees an error page."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from bluestamp.books import expenses
from bluestamp.books.expenses import Expense
from bluestamp.engine import tenancy
from bluestamp.errors import Conflict
from bluestamp.sync import claims, duplicates, parking, push, standing
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery
from bluestamp.sync.plan import CopyState
from bluestamp.sync.standing import Standing
from tests.integration.sync_flow.conftest import Story, bought


def _elsewhere(story: Story, act: Callable[[], object], said: list[object]) -> threading.Thread:
    """Do it in a thread of its own, with a connection of its own; what comes of it is said."""

    def run() -> None:
        with contextlib.closing(connection), tenancy.acting_in(story.connection.studio_id):
            try:
                said.append(act())
            except Exception as error:  # the test looks at it
                said.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def _until_somebody_waits(thread: threading.Thread) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and thread.is_alive():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)


def _waiting(story: Story) -> tuple[Expense, Delivery]:
    """An expense in Xero with a wish that waits."""
    expense = story.expense(story.company("Quick Couriers"))
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    fresh = Expense.objects.get(id=expense.id)
    return fresh, push.request(fresh, by=story.ben, now=story.now)


def test_a_standing_says_what_both_changed_who_changed_it_at_once(story: Story) -> None:
    expense, delivery = _waiting(story)

    def off_by_cents() -> None:
        with transaction.atomic():
            Copy.objects.filter(document_id=expense.id).update(state=CopyState.OFF_BY_CENTS)
            standing.settle(
                studio_id=expense.studio_id, kind="expense", document_id=expense.id, now=story.now
            )

    said: list[object] = []
    with transaction.atomic():
        parking.park(delivery, "ACCOUNT_MISSING", now=story.now)
        thread = _elsewhere(story, off_by_cents, said)
        _until_somebody_waits(thread)
    thread.join(timeout=30)
    assert said == [None]
    row = Standing.objects.get(document_id=expense.id)
    assert (row.state, row.code) == (CopyState.REFUSED, "ACCOUNT_MISSING")


def test_a_first_standing_says_what_both_wrote_who_wrote_it_at_once(story: Story) -> None:
    expense, delivery = _waiting(story)
    Standing.objects.all().delete()

    def settle() -> None:
        standing.settle(studio_id=expense.studio_id, kind="expense", document_id=expense.id, now=story.now)

    said: list[object] = []
    with transaction.atomic():
        parking.park(delivery, "ACCOUNT_MISSING", now=story.now)
        thread = _elsewhere(story, settle, said)
        _until_somebody_waits(thread)
    thread.join(timeout=30)
    assert Standing.objects.get(document_id=expense.id).code == "ACCOUNT_MISSING"


def test_cancelling_while_the_worker_claims_waits_its_turn(story: Story) -> None:
    """Deliveries are locked before documents, by persons too: else each would wait for the other."""
    expense, delivery = _waiting(story)

    def cancel() -> object:
        return push.remove(expense, reason="Not ours", by=story.ben, now=story.now).status

    said: list[object] = []
    with transaction.atomic():
        claims._locked([delivery])
        thread = _elsewhere(story, cancel, said)
        _until_somebody_waits(thread)
        claims._documents("expense", {expense.id: delivery})
    thread.join(timeout=30)
    assert said == ["cancelled"]


@pytest.fixture
def found(story: Story) -> Expense:
    """An expense whose twin stands in Xero: somebody is asked whether the two are one."""
    supplier = story.company("Quick Couriers")
    first = story.expense(supplier, bought("Bike", "1", "20"), supplier_invoice_number="QC-1")
    push.request(first, by=story.ben, now=story.now)
    story.drain()
    expenses.cancel(
        expense_id=first.id,
        version=Expense.objects.get(id=first.id).version,
        reason="",
        by=story.ben,
        now=story.now,
    )
    Copy.objects.all().update(is_gone=True)
    second = story.expense(supplier, bought("Bike", "1", "20"), supplier_invoice_number="QC-1")
    push.request(second, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(second).code == "DUPLICATE_SUSPECTED"
    return second


def test_of_two_who_press_link_at_once_the_second_is_told_that_it_is_answered(
    story: Story, found: Expense
) -> None:
    said: list[object] = []
    with transaction.atomic():
        duplicates.answer_link(found, by=story.cleo, now=story.now)
        thread = _elsewhere(story, lambda: duplicates.answer_link(found, by=story.ada, now=story.now), said)
        _until_somebody_waits(thread)
    thread.join(timeout=30)
    assert isinstance(said[0], duplicates.NoQuestion)
    assert Copy.objects.filter(document_id=found.id, is_gone=False).count() == 1


def test_of_two_documents_linked_to_one_in_xero_at_once_the_second_is_refused(
    story: Story, found: Expense
) -> None:
    other = story.expense(found.company, bought("Van", "1", "77"), supplier_invoice_number="QC-7")
    xero_id = str(duplicates.open_question(found).question["xero_id"])

    def link(document: Expense) -> object:
        with transaction.atomic():
            return duplicates.link(document, xero_id=xero_id, connection=story.connection, now=story.now)

    said: list[object] = []
    with transaction.atomic():
        link(found)
        thread = _elsewhere(story, lambda: link(other), said)
        _until_somebody_waits(thread)
    thread.join(timeout=30)
    assert isinstance(said[0], Conflict)


def test_a_claim_and_a_press_for_many_lock_their_wishes_in_one_order(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    for _ in range(2):
        push.request(story.expense(supplier), by=story.ben, now=story.now, allow_create_contact=True)
    one, other = Delivery.objects.order_by("id")
    Delivery.objects.filter(id=other.id).update(
        due_at=story.now - dt.timedelta(hours=1)
    )  # due before the first

    def claim() -> object:
        with transaction.atomic():
            return list(claims._locked([other, one]))

    said: list[object] = []
    with transaction.atomic():
        push.hold_wishes("expense", [one.document_id])
        thread = _elsewhere(story, claim, said)
        _until_somebody_waits(thread)
        push.hold_wishes("expense", [other.document_id])
    thread.join(timeout=30)
    assert said == [[other.document_id, one.document_id]]
