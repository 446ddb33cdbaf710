"""One thing that goes wrong holds up nothing else: a missing permission, a bug in one step, a wish taken back."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.db import connection as database

from bluestamp.books import documents, expenses, invoices
from bluestamp.books.expenses import Expense
from bluestamp.engine import files
from bluestamp.people import activity
from bluestamp.sync import connections, grants, push, readied, rounds, standing, xero_app
from bluestamp.sync.batches import Act, Batch
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery
from bluestamp.sync.plan import CopyState
from bluestamp.xero.oauth import SCOPES
from tests.integration.sync_flow.conftest import Story, bought
from tests.integration.sync_flow.money_days import issued
from tests.sandboxes import ADA_AT_XERO, BLUESTAMP_URL


def _let_ada_connect(story: Story, *, without: str) -> None:
    """Let the connection stand on the consent of another person in Xero, who allowed less."""
    oauth, back = xero_app.oauth(now=story.now), f"{BLUESTAMP_URL}/xero/callback"
    consent = oauth.begin(redirect_uri=back, scopes=[scope for scope in SCOPES if scope != without])
    answer = story.sandbox.allow(consent.url, story.organisation, user=ADA_AT_XERO)
    tokens = oauth.exchange_code(code=answer["code"], redirect_uri=back)
    grant = grants.keep(
        tokens, studio_id=story.connection.studio_id, xero_user_id=tokens.xero_user_id, now=story.now
    )
    Connection.objects.filter(id=story.connection.id).update(grant=grant)


def _with_receipt(story: Story) -> Expense:
    expense = story.expense(story.company("Quick Couriers"))
    stored = files.store(expense.studio_id, b"%PDF-1.7 paper", name="paper.pdf", media_type="application/pdf")
    return expenses.attach_receipt(expense_id=expense.id, receipt=stored, by=story.ben, now=story.now)


def test_where_nothing_may_be_attached_receipts_wait_and_everything_else_goes(story: Story) -> None:
    _let_ada_connect(story, without="accounting.attachments")
    expense = _with_receipt(story)
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    invoice = issued(story)
    push.request(invoice, by=story.ben, now=story.now)
    story.drain()
    assert connections.load(story.connection.id).state == "connected"
    assert standing.of_one(documents.load("invoice", invoice.id)).state is CopyState.IN_STEP
    said = activity.Activity.objects.filter(subject_id=expense.id).values_list("sentence", flat=True)
    assert sum("lets nothing be attached" in sentence for sentence in said) == 1
    assert Copy.objects.get(document_id=expense.id).receipt_due


def test_receipts_that_waited_go_once_somebody_who_may_attach_has_reconnected(story: Story) -> None:
    _let_ada_connect(story, without="accounting.attachments")
    expense = _with_receipt(story)
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    Connection.objects.filter(id=story.connection.id).update(grant=story.connection.grant_id)
    story.later(minutes=61)
    story.drain()
    copy = Copy.objects.get(document_id=expense.id)
    assert (copy.receipt_due, copy.receipt_sent) == (False, expense.receipt_key)


@pytest.fixture
def as_ready(story: Story) -> None:
    """Documents go by themselves."""
    draft = dataclasses.replace(connections.draft_of(story.connection), send_when="as_ready")
    connections.edit(story.connection.id, draft, by=story.ada, now=story.now)


@pytest.mark.usefixtures("as_ready")
def test_a_wish_that_somebody_took_back_is_not_made_again_by_itself(story: Story) -> None:
    connection = connections.load(story.connection.id)
    invoice = issued(story, client=_linked(story))
    assert readied.send_ready(connection, now=story.now) == 1
    push.request(invoice, by=story.ben, now=story.now, allow_create_contact=True)
    story.later(seconds=20)
    push.withdraw(invoice, by=story.ben, now=story.now)
    story.later(minutes=1)
    assert readied.send_ready(connection, now=story.now) == 0
    assert not Delivery.objects.filter(document_id=invoice.id, state="waiting").exists()


@pytest.mark.usefixtures("as_ready")
def test_one_that_was_taken_back_goes_by_itself_once_it_is_changed(story: Story) -> None:
    connection = connections.load(story.connection.id)
    invoice = issued(story, client=_linked(story))
    push.request(invoice, by=story.ben, now=story.now, allow_create_contact=True)
    story.later(seconds=20)
    push.withdraw(invoice, by=story.ben, now=story.now)
    story.later(minutes=1)
    fresh = invoices.Invoice.objects.get(id=invoice.id)
    draft = dataclasses.replace(invoices.draft_of(fresh), reference="PO 4711")
    invoices.edit(invoice_id=fresh.id, version=fresh.version, draft=draft, by=story.ben, now=story.now)
    assert readied.send_ready(connection, now=story.now) == 1


def _linked(story: Story) -> str:
    """The name of a company that is linked to a contact in Xero: nothing needs asking."""
    push.request(issued(story), by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    return "Kestrel Air"


def test_a_bug_in_one_step_of_a_round_holds_up_no_other_and_the_step_rests(story: Story) -> None:
    Batch.objects.create(
        studio_id=story.connection.studio_id,
        connection=story.connection,
        kind="no such kind",
        act=Act.CREATE,
        idempotency_key="bug",
        body=b"",
        prepared_at=story.now - dt.timedelta(hours=1),
        due_at=story.now - dt.timedelta(hours=1),
    )
    expense = story.expense(story.company("Quick Couriers"))
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(expense).state is CopyState.IN_STEP
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT max(scheduled_at) FROM procrastinate_jobs WHERE task_name = 'sync.drain' AND status = 'todo'"
        )
        found = cursor.fetchone()[0]
    assert found is None or found >= story.now


def test_bills_whose_check_does_not_come_about_hold_up_no_invoice_and_no_drain(story: Story) -> None:
    """What happens when the check for twins meets a bug in each round: it rests, and the rest goes on."""
    client, supplier = _linked(story), story.company("Quick Couriers")
    push.request(story.expense(supplier), by=story.ben, now=story.now)
    story.drain()
    push.request(
        story.expense(supplier, bought("Van", "1", "77"), supplier_invoice_number="QC-8"),
        by=story.ben,
        now=story.now,
    )
    story.later(seconds=1)
    push.request(issued(story, client=client), by=story.ben, now=story.now)
    assert rounds._send_one(story.connection, now=story.now)
    assert (len(story.sales()), len(story.bills())) == (2, 1)
    assert not rounds._send_one(story.connection, now=story.now)
    story.drain()
    assert len(story.bills()) == 2
