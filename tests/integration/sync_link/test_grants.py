"""Tokens are renewed by one worker at a time, stored before use, and survive a crash."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.db import transaction

from bluestamp.engine import queue, secrets, tenancy
from bluestamp.people.actors import Actor
from bluestamp.people.users import User
from bluestamp.sync import clients, connections, grants, xero_app
from bluestamp.sync.connections import Connection
from bluestamp.sync.grants import Grant
from bluestamp.xero.errors import NotConnected, TokenExpired, Unavailable
from tests.integration.sync_link.conftest import Connect
from tests.sandboxes import Sandbox

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_northlight")]

HALF_AN_HOUR = dt.timedelta(minutes=31)


def renewals(sandbox: Sandbox) -> int:
    """How often a token was asked for after the consent's."""
    return len(sandbox.calls("/connect/token")) - 1


def at_once(studio_id: int, work: Callable[[], str], *, times: int) -> list[str]:
    """Do the same in several threads, each with a database session of its own, all starting together."""
    gate = threading.Barrier(times)

    def one(_: int) -> str:
        try:
            with tenancy.acting_in(studio_id):
                gate.wait(timeout=10)
                return work()
        finally:
            database.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


def test_a_fresh_token_is_used_as_it_is(gb: Connection, sandbox: Sandbox, present: dt.datetime) -> None:
    grants.access_token(gb.grant_id, now=present)
    assert renewals(sandbox) == 0


def test_two_workers_at_once_renew_once(gb: Connection, sandbox: Sandbox, present: dt.datetime) -> None:
    later = present + HALF_AN_HOUR
    sandbox.advance(minutes=31)
    tokens = at_once(gb.studio_id, lambda: grants.access_token(gb.grant_id, now=later), times=4)
    assert renewals(sandbox) == 1
    assert len(set(tokens)) == 1


def test_both_tokens_rotate_and_are_sealed_for_their_grant_alone(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    before = Grant.objects.get()
    token = grants.access_token(gb.grant_id, now=present + HALF_AN_HOUR)
    after = Grant.objects.get()
    assert secrets.unseal(after.access_token, bound_to=f"grant:{after.id}") == token
    assert token not in after.access_token
    old, new = (secrets.unseal(g.refresh_token, bound_to=f"grant:{g.id}") for g in (before, after))
    assert old != new
    with pytest.raises(secrets.Unsealable):
        secrets.unseal(after.access_token, bound_to="grant:another")


def test_a_crash_before_the_new_tokens_are_stored_is_healed_by_xeros_grace(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    stored = Grant.objects.get()
    refresh_token = secrets.unseal(stored.refresh_token, bound_to=f"grant:{stored.id}")
    # The worker that dies: Xero has rotated, nothing is stored.
    xero_app.oauth(now=present).refresh(refresh_token=refresh_token)
    token = grants.access_token(gb.grant_id, now=present + HALF_AN_HOUR)
    assert xero_app.connections(token, now=present).all().value


def test_a_renewal_whose_answer_is_lost_is_made_again(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    sandbox.fault(kind="lose_reply", path="/connect/token", count=1)
    token = grants.access_token(gb.grant_id, now=present + HALF_AN_HOUR)
    assert renewals(sandbox) == 2
    assert xero_app.connections(token, now=present).all().value


def test_a_new_consent_during_a_renewal_wins(
    gb: Connection, connect: Connect, sandbox: Sandbox, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    Grant.objects.update(expires_at=present)
    sandbox.fault(kind="slow", path="/connect/token", seconds=1.5, count=1)
    with ThreadPoolExecutor(1) as pool:
        renewing = pool.submit(
            at_once, gb.studio_id, lambda: grants.access_token(gb.grant_id, now=present), times=1
        )
        time.sleep(0.7)  # the renewal is under way at Xero
        connect(ada, ada_user, "NZ")
        consented = Grant.objects.get()
        renewed = renewing.result()
    stored = Grant.objects.get()
    assert stored.refresh_token == consented.refresh_token
    assert renewed == [secrets.unseal(stored.access_token, bound_to=f"grant:{stored.id}")]


def test_a_dead_refresh_token_is_a_lost_grant(gb: Connection, sandbox: Sandbox, present: dt.datetime) -> None:
    sandbox.advance(days=61)
    with pytest.raises(NotConnected):
        grants.access_token(gb.grant_id, now=present + dt.timedelta(days=61))


def test_a_lost_grant_asks_xero_nothing(gb: Connection, sandbox: Sandbox, present: dt.datetime) -> None:
    connections.mark_grant_lost(gb.grant_id, why="It died.", now=present)
    with pytest.raises(NotConnected):
        grants.access_token(gb.grant_id, now=present + HALF_AN_HOUR)
    assert renewals(sandbox) == 0


def test_whoever_can_not_get_the_lock_comes_back_later(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> str:
        with queue.session_lock(f"grant:{gb.grant_id}") as got:
            held.set()
            done.wait(timeout=30)
            return str(got)

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(at_once, gb.studio_id, hold, times=1)
        held.wait(timeout=10)
        try:
            with pytest.raises(Unavailable) as error:
                grants.access_token(gb.grant_id, now=present + HALF_AN_HOUR, wait_seconds=0.2)
        finally:
            done.set()
        assert holder.result() == ["True"]
    assert error.value.outcome_known
    assert renewals(sandbox) == 0


def test_no_token_is_renewed_inside_a_transaction(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError):
        grants.access_token(gb.grant_id, now=present + HALF_AN_HOUR)
    assert renewals(sandbox) == 0


def test_a_token_that_xero_calls_expired_is_renewed_before_the_next_call(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    Grant.objects.update(renewed_at=present - dt.timedelta(minutes=20))
    sandbox.advance(minutes=31)
    with pytest.raises(TokenExpired), clients.open(gb, why="pull", urgent=False, now=present) as xero:
        xero.organisation()
    with clients.open(gb, why="pull", urgent=False, now=present) as xero:
        assert xero.organisation().value.name == gb.name
    assert renewals(sandbox) == 1


def test_a_brand_new_token_that_xero_calls_expired_is_not_renewed_again_and_again(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    sandbox.advance(minutes=31)
    with pytest.raises(Unavailable), clients.open(gb, why="pull", urgent=False, now=present) as xero:
        xero.organisation()
    assert renewals(sandbox) == 0
