"""Many documents at once: few calls, nothing twice, nothing lost, whatever breaks on the way."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bluestamp.books import invoices
from bluestamp.sync import push, sending, standing
from bluestamp.sync.batches import IDEMPOTENCY_WINDOW
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.plan import CopyState
from tests.integration.sync_flow.conftest import Story, sold

MANY = 120


def _issued(story: Story, count: int = MANY) -> list[str]:
    client = story.company("Kestrel Air")
    ids = []
    for position in range(count):
        invoice = story.invoice(client, sold("Retainer", "1", f"{100 + position}.37"))
        invoices.mark_as_sent(invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now)
        ids.append(invoice.id)
    return ids


def _documents_there_once(story: Story, ids: list[str]) -> None:
    there = Counter(row["Url"].rsplit("/", 1)[-1] for row in story.sales())
    assert there == Counter(ids)
    copied = Copy.objects.filter(kind="invoice", document_id__in=ids, is_gone=False)
    assert copied.count() == len(ids)
    numbers = [row["InvoiceNumber"] for row in story.sales()]
    assert len(set(numbers)) == len(numbers)


def test_120_documents_take_three_calls_and_a_handful(story: Story) -> None:
    story.drain()  # the first day's looks at everything
    ids = _issued(story)
    before = len(story.sandbox.calls())
    asked = push.request_many("invoice", ids, by=story.ben, now=story.now)
    assert (asked.asked, asked.skipped) == (MANY, ())
    story.drain()
    calls = story.sandbox.calls()[before:]
    assert sum(call["method"] == "PUT" for call in calls) == 3
    assert len(calls) <= 5
    _documents_there_once(story, ids)


def test_nothing_is_twice_when_every_third_reply_is_lost_after_the_work_was_done(story: Story) -> None:
    ids = _issued(story)
    push.request_many("invoice", ids, by=story.ben, now=story.now)
    story.sandbox.fault(kind="lose_reply", path="/api.xro/2.0/Invoices", every=3)
    _drain_until_done(story)
    story.sandbox.clear_faults()
    _documents_there_once(story, ids)


def test_a_reply_lost_for_longer_than_xero_keeps_the_key_is_looked_up(story: Story) -> None:
    ids = _issued(story, 5)
    push.request_many("invoice", ids, by=story.ben, now=story.now)
    story.sandbox.fault(kind="lose_reply", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    assert len(story.sales()) == 5
    assert Copy.objects.count() == 0

    story.sandbox.clear_faults()
    story.later(seconds=IDEMPOTENCY_WINDOW.total_seconds() + 60)
    story.drain()
    _documents_there_once(story, ids)
    assert sum(call["method"] == "PUT" for call in story.sandbox.calls("Invoices")) == 1


def test_a_key_that_dies_while_the_worker_is_paused_is_not_used_again(story: Story) -> None:
    ids = _issued(story, 3)
    push.request_many("invoice", ids, by=story.ben, now=story.now)
    story.sandbox.fault(kind="lose_reply", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()

    # Five minutes on the key still lives; then the machine sleeps for two, between the look at it and the call.
    story.later(minutes=5)
    readings = iter([0.0, 120.0])
    story.sandbox.advance(minutes=2)
    assert sending.settle_due(story.connection, now=story.now, stopwatch=lambda: next(readings))
    assert sum(call["method"] == "PUT" for call in story.sandbox.calls("Invoices")) == 1
    story.now += dt.timedelta(minutes=2)
    _drain_until_done(story)
    _documents_there_once(story, ids)


def test_bills_whose_reply_was_lost_are_found_by_the_address_they_carry(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    expense = story.expense(supplier, supplier_invoice_number="QC-1")
    push.request(expense, by=story.ben, now=story.now)
    story.sandbox.fault(kind="lose_reply", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    story.later(minutes=7)
    story.drain()
    assert len(story.bills()) == 1
    assert standing.of_one(expense).state is CopyState.IN_STEP


def test_what_never_reached_xero_goes_anew_under_a_new_key(story: Story) -> None:
    ids = _issued(story, 3)
    push.request_many("invoice", ids, by=story.ben, now=story.now)
    story.sandbox.fault(kind="drop_before", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    assert story.sales() == []
    story.later(minutes=7)
    _drain_until_done(story)
    _documents_there_once(story, ids)


def test_a_worker_killed_in_the_middle_doubles_and_loses_nothing(story: Story) -> None:
    ids = _issued(story)
    push.request_many("invoice", ids, by=story.ben, now=story.now)
    story.sandbox.fault(kind="slow", path="/api.xro/2.0/Invoices", method="PUT", seconds=0.4)
    for pause in (0.1, 0.3, 0.5):
        _killed_while_draining(story, after_seconds=pause)
    story.sandbox.clear_faults()
    _drain_until_done(story)
    _documents_there_once(story, ids)


def _drain_until_done(story: Story) -> None:
    for _ in range(60):
        story.drain()
        if not Delivery.objects.filter(state__in=[DeliveryState.WAITING, DeliveryState.SENDING]).exists():
            return
        story.later(seconds=3)
    pytest.fail("documents are still on their way")


def _killed_while_draining(story: Story, *, after_seconds: float) -> None:
    """Drain in a process of its own, and kill it some time after it has made its first call."""
    calls = len(story.sandbox.calls())
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.integration.sync_flow.drain_process",
            story.connection.id,
            str(story.connection.studio_id),
        ],
        env={**os.environ, **_places()},
    ) as process:
        deadline = time.monotonic() + 30
        while len(story.sandbox.calls()) == calls and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.02)
        time.sleep(after_seconds)
        process.send_signal(signal.SIGKILL)


def _places() -> dict[str, str]:
    """Where the test's database and its sandbox are, for a process of its own."""
    database = connection.settings_dict
    names = ["XERO_LOGIN_URL", "XERO_IDENTITY_URL", "XERO_API_URL", "XERO_CLIENT_ID", "XERO_CLIENT_SECRET"]
    return {
        "DJANGO_SETTINGS_MODULE": "bluestamp.settings",
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}",
        "BLUESTAMP_DATA_DIR": str(settings.BLUESTAMP_DATA_DIR),
        "BLUESTAMP_ENCRYPTION_KEYS": ",".join(settings.BLUESTAMP_ENCRYPTION_KEYS),
        "SECRET_KEY": settings.SECRET_KEY,
        **{name: getattr(settings, name) for name in names},
    }


def test_an_error_that_nobody_foresaw_is_no_reason_to_send_twice(story: Story) -> None:
    ids = _issued(story, 2)
    push.request_many("invoice", ids, by=story.ben, now=story.now)
    story.sandbox.fault(kind="500", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    story.later(minutes=7)
    _drain_until_done(story)
    _documents_there_once(story, ids)


def test_a_preview_asks_the_database_as_often_for_many_as_for_one(story: Story) -> None:
    company = story.company("Kestrel Air")
    ids = [story.invoice(company).id for _ in range(6)]
    with CaptureQueriesContext(connection) as for_one:
        push.preview("invoice", ids[:1], by=story.ben)
    with CaptureQueriesContext(connection) as for_many:
        assert len(push.preview("invoice", ids, by=story.ben)) == 6
    assert len(for_many) == len(for_one)
