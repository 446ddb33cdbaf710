"""Bad days: replies lost twice, wishes that overtake, papers that vanish. Nothing twice, nothing lost, nobody else held up."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from bluestamp.books import documents, expenses, invoices
from bluestamp.books.expenses import Expense
from bluestamp.books.invoices import Invoice
from bluestamp.engine import files, tenancy
from bluestamp.errors import Conflict
from bluestamp.people import activity
from bluestamp.sync import carriers, compare, connections, pull, push, readied, standing
from bluestamp.sync.budget import CallBudget
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.plan import CopyState
from bluestamp.sync.webhooks import ReceivedEvent
from tests.integration.sync_flow.conftest import Story, bought

INVOICES = "/api.xro/2.0/Invoices"


def _expense(expense: documents.Document) -> Expense:
    found = documents.load("expense", expense.id)
    assert isinstance(found, Expense)
    return found


def _sent(story: Story, **more: object) -> Expense:
    expense = story.expense(story.company("Quick Couriers"), **more)  # type: ignore[arg-type]
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    return _expense(expense)


def _dearer(story: Story, expense: Expense) -> Expense:
    draft = expenses.draft_of(expense)
    line = dataclasses.replace(draft.lines[0], unit_amount=Decimal("2.10"))
    lines = (line, *draft.lines[1:])
    return expenses.edit(
        expense_id=expense.id,
        version=expense.version,
        draft=dataclasses.replace(draft, lines=lines),
        by=story.ben,
        now=story.now,
    )


def _lose_the_reply(story: Story) -> None:
    story.sandbox.fault(kind="lose_reply", path=INVOICES, method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    assert len(story.bills()) == 1


def test_a_retry_that_xero_turns_away_does_not_make_the_first_try_undone(story: Story) -> None:
    expense = story.expense(story.company("Quick Couriers"))
    push.request(expense, by=story.ben, now=story.now)
    _lose_the_reply(story)
    story.sandbox.fault(kind="429", path=INVOICES, method="PUT", count=1, seconds=400.0)
    story.later(seconds=3)
    story.drain()
    story.sandbox.clear_faults()
    story.later(minutes=8)
    story.drain()
    assert len(story.bills()) == 1
    assert standing.of_one(_expense(expense)).state is CopyState.IN_STEP


def test_a_bill_that_was_unlinked_and_still_stands_in_xero_is_not_sent_a_second_time_unasked(
    story: Story,
) -> None:
    expense = _sent(story)
    compare.unlink(expense, by=story.cleo, now=story.now)
    push.request(_expense(expense), by=story.ben, now=story.now)
    story.drain()
    assert len(story.bills()) == 1
    assert standing.of_one(_expense(expense)).code == "DUPLICATE_SUSPECTED"


def test_a_bill_that_was_cancelled_here_but_stands_approved_in_xero_is_held_against_a_new_one(
    story: Story,
) -> None:
    expense = _sent(story)
    push.remove(expense, reason="Typed wrongly", by=story.ben, now=story.now)
    story.sandbox.do(story.bills()[0]["InvoiceID"], "approve")
    story.drain()
    assert story.bills()[0]["Status"] == "AUTHORISED"
    again = story.expense(expense.company)
    push.request(again, by=story.ben, now=story.now)
    story.drain()
    assert len(story.bills()) == 1
    assert standing.of_one(again).code == "DUPLICATE_SUSPECTED"


def test_money_that_xero_shows_first_in_the_answer_to_an_update_is_taken_over(story: Story) -> None:
    invoice = story.invoice(story.company("Kestrel Air"))
    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now)
    push.request(sent, by=story.ben, now=story.now)
    story.drain()
    story.sandbox.do(story.sales()[0]["InvoiceID"], "pay")
    story.later(seconds=2)
    fresh = documents.load("invoice", invoice.id)
    assert isinstance(fresh, Invoice)
    draft = dataclasses.replace(invoices.draft_of(fresh), reference="PO 4711")
    changed = invoices.edit(
        invoice_id=fresh.id, version=fresh.version, draft=draft, by=story.ben, now=story.now
    )
    push.request(changed, by=story.ben, now=story.now)
    story.drain()
    assert story.sales()[0]["Reference"] == "PO 4711"
    paid = documents.load("invoice", invoice.id)
    assert (paid.status, paid.amount_due) == ("paid", Decimal("0.00"))
    assert standing.of_one(paid).state is CopyState.IN_STEP


def test_a_second_wish_waits_while_the_first_ones_outcome_is_unknown_and_holds_up_nobody(
    story: Story,
) -> None:
    expense = story.expense(story.company("Quick Couriers"))
    other = story.invoice(story.company("Kestrel Air"))
    push.request(expense, by=story.ben, now=story.now)
    _lose_the_reply(story)
    push.request(_dearer(story, expense), by=story.ben, now=story.now)
    push.request(other, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(documents.load("invoice", other.id)).state is CopyState.IN_STEP
    assert len(story.bills()) == 1
    story.later(minutes=7)
    story.drain()
    fresh = _expense(expense)
    assert len(story.bills()) == 1
    assert Decimal(str(story.bills()[0]["Total"])) == fresh.total
    assert standing.of_one(fresh).state is CopyState.IN_STEP


def test_an_expense_cancelled_while_its_bill_is_on_the_way_is_taken_out_of_xero_again(story: Story) -> None:
    expense = story.expense(story.company("Quick Couriers"))
    push.request(expense, by=story.ben, now=story.now)
    _lose_the_reply(story)
    push.remove(_expense(expense), reason="Not ours", by=story.ben, now=story.now)
    story.later(minutes=7)
    story.drain()
    assert [row["Status"] for row in story.bills()] == ["DELETED"]


def test_a_receipt_whose_file_is_gone_holds_up_nothing_else(story: Story) -> None:
    expense = story.expense(story.company("Quick Couriers"))
    stored = files.store(expense.studio_id, b"%PDF-1.7 paper", name="paper.pdf", media_type="application/pdf")
    expense = expenses.attach_receipt(expense_id=expense.id, receipt=stored, by=story.ben, now=story.now)
    _forget_files(expense)
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    other = story.invoice(story.company("Kestrel Air"))
    push.request(other, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(documents.load("invoice", other.id)).state is CopyState.IN_STEP
    assert any("could not be read" in sentence for sentence in _said(expense))


def _forget_files(expense: Expense) -> None:
    for path in Path(settings.BLUESTAMP_DATA_DIR).rglob("*"):
        if path.is_file() and expense.receipt_key in path.name:
            path.unlink()


def _said(document: documents.Document) -> list[str]:
    rows = activity.Activity.objects.filter(subject_id=document.id)
    return list(rows.values_list("sentence", flat=True))


def test_an_invoice_number_with_a_comma_in_it_is_found_again(story: Story) -> None:
    draft = connections.draft_of(story.connection)
    wanted = dataclasses.replace(draft, invoice_prefix="A,B-", next_invoice_number=1)
    connections.edit(story.connection.id, wanted, by=story.ada, now=story.now)
    invoice = story.invoice(story.company("Kestrel Air"))
    push.request(invoice, by=story.ben, now=story.now)
    story.sandbox.fault(kind="lose_reply", path=INVOICES, method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    story.later(minutes=7)
    story.drain()
    assert len(story.sales()) == 1
    assert standing.of_one(documents.load("invoice", invoice.id)).state is CopyState.IN_STEP


def test_what_is_being_sent_is_not_let_go_of_meanwhile(story: Story) -> None:
    expense = _dearer(story, _sent(story))
    push.request(expense, by=story.ben, now=story.now)
    story.sandbox.fault(kind="lose_reply", path=INVOICES, method="POST", count=1)
    story.drain()
    story.sandbox.clear_faults()
    assert Delivery.objects.filter(state=DeliveryState.SENDING).exists()
    with pytest.raises(Conflict, match="being sent"):
        compare.unlink(_expense(expense), by=story.cleo, now=story.now)


def test_a_bill_changed_while_it_waits_is_checked_for_its_twin_again(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    first = story.expense(supplier, bought("Bike", "1", "20"), supplier_invoice_number="QC-1")
    push.request(first, by=story.ben, now=story.now)
    story.drain()
    second = story.expense(supplier, bought("Van", "1", "77"), supplier_invoice_number="QC-2")
    push.request(second, by=story.ben, now=story.now)
    story.sandbox.fault(kind="429", path=INVOICES, method="PUT", count=1, seconds=60.0)
    story.drain()
    story.sandbox.clear_faults()
    assert standing.of_one(second).state is CopyState.WAITING
    story.later(minutes=2)
    draft = dataclasses.replace(expenses.draft_of(second), supplier_invoice_number="QC-1")
    expenses.edit(expense_id=second.id, version=second.version, draft=draft, by=story.ben, now=story.now)
    story.drain()
    assert len(story.bills()) == 1
    assert standing.of_one(_expense(second)).code == "DUPLICATE_SUSPECTED"


def test_what_somebody_changes_while_xero_is_read_is_still_to_be_sent(story: Story) -> None:
    expense = _sent(story)
    story.sandbox.do(story.bills()[0]["InvoiceID"], "approve")
    story.sandbox.do(story.bills()[0]["InvoiceID"], "pay")
    pull.refresh(expense, by=story.ben, now=story.now)
    reading = threading.Thread(target=_drained_elsewhere, args=(story,))
    with transaction.atomic():
        _dearer(story, expense)
        reading.start()
        _wait_until_somebody_waits_for_a_lock()
    reading.join(timeout=30)
    fresh = _expense(expense)
    assert fresh.status == "paid"
    assert standing.of_one(fresh).state is not CopyState.IN_STEP


def _drained_elsewhere(story: Story) -> None:
    with contextlib.closing(connection), tenancy.acting_in(story.connection.studio_id):
        story.drain()


def _wait_until_somebody_waits_for_a_lock() -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    pytest.fail("the reading did not wait for the edit")


def test_what_an_edit_of_the_connection_asked_for_anew_is_not_forgotten_by_a_sweep_under_way(
    story: Story,
) -> None:
    story.drain()
    under_way = connections.load(story.connection.id)
    assert connections.MATCHED in under_way.cursors
    draft = dataclasses.replace(connections.draft_of(under_way), start_on=story.today - dt.timedelta(days=10))
    connections.edit(under_way.id, draft, by=story.ada, now=story.now)
    pull.sweep(under_way, carriers.INVOICES, now=story.now)
    assert connections.MATCHED not in connections.load(story.connection.id).cursors


def test_what_a_person_presses_goes_though_news_of_a_contact_has_no_calls_left(story: Story) -> None:
    story.drain()
    expense = story.expense(story.company("Quick Couriers"))
    push.request(expense, by=story.ben, now=story.now)
    CallBudget.objects.filter(tenant_id=story.connection.tenant_id).update(day_left=20, seen_at=story.now)
    ReceivedEvent.objects.create(
        received_at=story.now,
        tenant_id=story.connection.tenant_id,
        connection_id=story.connection.id,
        resource_id=story.bills()[0]["Contact"]["ContactID"] if story.bills() else story.organisation.id,
        category="CONTACT",
        event_type="UPDATE",
        event_at=story.now,
    )
    story.drain()
    assert standing.of_one(_expense(expense)).state is CopyState.IN_STEP


def test_a_bill_that_was_let_go_of_is_not_sent_again_by_itself(story: Story) -> None:
    expense = _sent(story)
    draft = dataclasses.replace(connections.draft_of(story.connection), send_when="as_ready")
    connections.edit(story.connection.id, draft, by=story.ada, now=story.now)
    compare.unlink(expense, by=story.cleo, now=story.now)
    assert readied.send_ready(connections.load(story.connection.id), now=story.now) == 0


def test_a_reading_that_fails_for_one_document_reaches_the_others(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    rows = [
        story.expense(supplier, bought("Bike", "1", str(20 + n)), supplier_invoice_number=f"QC-{n}")
        for n in range(2)
    ]
    push.request_many("expense", [row.id for row in rows], by=story.ben, now=story.now)
    story.drain()
    for bill in story.bills():
        story.sandbox.do(bill["InvoiceID"], "approve")
        story.sandbox.do(bill["InvoiceID"], "pay")
    Copy.objects.filter(document_id=rows[0].id).update(sent={"date": "no day"})
    for row in rows:
        pull.refresh(row, by=story.ben, now=story.now)
    story.drain()
    assert (_expense(rows[0]).status, _expense(rows[1]).status) == ("approved", "paid")
