"""Every call is written down and counted, and a part of the calls is kept back for people."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from bluestamp.engine import tenancy
from bluestamp.people.actors import Actor
from bluestamp.sync import budget, clients, exchanges, health
from bluestamp.sync.budget import CallBudget
from bluestamp.sync.connections import Connection
from bluestamp.sync.exchanges import Exchange
from bluestamp.xero.errors import RateLimited, Unavailable
from bluestamp.xero.limits import Limits
from tests.sandboxes import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_northlight")]


def test_a_call_is_written_down_without_token_or_body(gb: Connection, present: dt.datetime) -> None:
    Exchange.objects.all().delete()
    with clients.open(gb, why="pull", urgent=False, now=present, batch_id="b1") as xero:
        correlation_id = xero.organisation().correlation_id
    row = Exchange.objects.get()
    assert (row.method, row.path, row.status) == ("GET", "/api.xro/2.0/Organisation", 200)
    assert (row.why, row.batch_id, row.correlation_id) == ("pull", "b1", correlation_id)
    assert row.bytes_in > 100
    assert row.connection_id == gb.id


def test_a_call_without_an_answer_is_written_down_too(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    sandbox.fault(kind="503", path="/api.xro/2.0/Organisation")
    with pytest.raises(Unavailable), clients.open(gb, why="pull", urgent=False, now=present) as xero:
        xero.organisation()
    assert Exchange.objects.filter(why="pull", status=503).count() == 1


def test_dan_sees_no_call(gb: Connection, dan: Actor) -> None:
    assert Exchange.objects.exists()
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id):
        assert not Exchange.objects.exists()


def test_what_is_left_is_counted_and_shown(gb: Connection, present: dt.datetime) -> None:
    before = health.of(gb, now=present)
    assert before.calls_limit == 1000
    with clients.open(gb, why="pull", urgent=False, now=present + dt.timedelta(minutes=1)) as xero:
        xero.currencies()
    after = health.of(gb, now=present)
    assert before.calls_left is not None
    assert after.calls_left == before.calls_left - 1


def test_an_older_answer_does_not_overwrite_a_newer_one(present: dt.datetime) -> None:
    budget.note(tenant_id="t", limits=Limits(day_left=10), now=present)
    budget.note(tenant_id="t", limits=Limits(day_left=500), now=present - dt.timedelta(seconds=1))
    assert budget.left("t").day_left == 10


def test_a_paid_apps_limit_is_learnt_and_kept(present: dt.datetime) -> None:
    budget.note(tenant_id="t", limits=Limits(day_left=900), now=present)
    assert budget.left("t").day_limit == 1000
    budget.note(tenant_id="t", limits=Limits(day_left=4999), now=present)
    budget.note(tenant_id="t", limits=Limits(day_left=3), now=present)
    assert budget.left("t").day_limit == 5000


def test_a_429_pauses_every_worker_until_xero_said(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    sandbox.fault(kind="429", problem="minute", seconds=40, count=1)
    with pytest.raises(RateLimited), clients.open(gb, why="push", urgent=True, now=present) as xero:
        xero.organisation()
    asked = len(sandbox.calls())
    with pytest.raises(RateLimited) as error, clients.open(gb, why="push", urgent=True, now=present):
        raise AssertionError("nothing may be called")
    assert error.value.until - present < dt.timedelta(seconds=60)
    assert len(sandbox.calls()) == asked
    with clients.open(gb, why="push", urgent=True, now=present + dt.timedelta(seconds=61)) as xero:
        xero.organisation()


def test_the_reserve_is_for_what_a_person_presses(gb: Connection, present: dt.datetime) -> None:
    CallBudget.objects.update(day_left=50, seen_at=present, minute_left=60)
    with pytest.raises(RateLimited), clients.open(gb, why="pull", urgent=False, now=present):
        raise AssertionError("nothing may be called")
    with clients.open(gb, why="push", urgent=True, now=present) as xero:
        xero.organisation()


def test_nobody_waits_for_xero_with_rows_locked(gb: Connection, present: dt.datetime) -> None:
    with (
        transaction.atomic(),
        pytest.raises(RuntimeError),
        clients.open(gb, why="pull", urgent=False, now=present),
    ):
        raise AssertionError("nothing may be called")


def test_calls_are_forgotten_after_three_months(gb: Connection, present: dt.datetime) -> None:
    known = Exchange.objects.count()
    assert exchanges.forget_old(now=present + dt.timedelta(days=89)) == 0
    assert exchanges.forget_old(now=present + dt.timedelta(days=91)) == known
