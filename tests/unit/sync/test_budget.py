"""Xero's calls are shared out: a part is kept back for people, and looking around fits into its share."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluestamp.sync import budget
from bluestamp.sync.budget import Left

NOW = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)
LONDON = ZoneInfo("Europe/London")
SOON = NOW + dt.timedelta(seconds=40)


def left(**known: object) -> Left:
    return Left(**({"seen_at": NOW} | known))  # type: ignore[arg-type]


def test_before_xero_has_said_anything_everybody_may_call() -> None:
    assert budget.when(Left(), urgent=False, now=NOW) is None


def test_a_refusal_stops_everybody_until_xero_said() -> None:
    paused = left(paused_until=SOON, which="minute")
    assert budget.when(paused, urgent=True, now=NOW) == SOON
    assert budget.when(paused, urgent=False, now=SOON) is None


def test_the_last_tenth_of_a_day_is_for_people() -> None:
    scarce = left(day_left=100)
    assert budget.when(scarce, urgent=True, now=NOW) is None
    assert budget.when(scarce, urgent=False, now=NOW) == NOW + budget.LOOK_AGAIN
    assert budget.when(left(day_left=101), urgent=False, now=NOW) is None


def test_a_reserve_seen_long_ago_is_asked_about_again() -> None:
    assert budget.when(left(day_left=5), urgent=False, now=NOW + budget.LOOK_AGAIN) is None


def test_the_last_ten_of_a_minute_are_for_people() -> None:
    scarce = left(minute_left=10, minute_resets_at=SOON)
    assert budget.when(scarce, urgent=True, now=NOW) is None
    assert budget.when(scarce, urgent=False, now=NOW) == SOON
    assert budget.when(scarce, urgent=False, now=SOON) is None
    assert budget.when(left(minute_left=0, minute_resets_at=SOON), urgent=True, now=NOW) == SOON


@pytest.mark.parametrize(
    ("day_left", "limit"), [(0, 1000), (1000, 1000), (1001, 5000), (5000, 5000), (9000, 9000)]
)
def test_the_days_limit_is_told_by_what_is_left(day_left: int, limit: int) -> None:
    assert budget.limit_of_day(day_left) == limit


def calls_a_day(day_limit: int, *, has_webhooks: bool) -> float:
    def plan(working: bool) -> dict[str, dt.timedelta]:
        return budget.rhythm(
            what_is_left=left(day_limit=day_limit), has_webhooks=has_webhooks, is_working_hours=working
        )

    work, rest = dt.timedelta(hours=10), dt.timedelta(hours=14)
    return sum(
        calls * (work / plan(True)[kind] + rest / plan(False)[kind])
        for kind, calls in budget.CALLS_OF_A_LOOK.items()
    )


@pytest.mark.parametrize("day_limit", [1000, 5000])
def test_without_webhooks_looking_around_takes_a_fifth_of_the_day_at_most(day_limit: int) -> None:
    assert calls_a_day(day_limit, has_webhooks=False) <= day_limit * budget.SHARE_WITHOUT_WEBHOOKS + 1e-6


@pytest.mark.parametrize("day_limit", [1000, 5000])
def test_with_webhooks_too_looking_around_keeps_to_its_share(day_limit: int) -> None:
    assert calls_a_day(day_limit, has_webhooks=True) <= day_limit * budget.SHARE_WITH_WEBHOOKS + 1e-6


def test_with_webhooks_orders_and_payments_are_looked_at_every_ten_minutes_and_the_rest_hourly() -> None:
    plan = budget.rhythm(what_is_left=left(day_left=900), has_webhooks=True, is_working_hours=True)
    assert plan["purchase_order"] == plan["payment"] == dt.timedelta(minutes=10)
    assert plan["invoice"] == plan["credit_note"] == plan["contact"] == dt.timedelta(hours=1)


def test_without_webhooks_invoices_are_looked_at_as_often_as_payments() -> None:
    plan = budget.rhythm(what_is_left=left(day_left=900), has_webhooks=False, is_working_hours=True)
    assert plan["invoice"] == plan["payment"] < dt.timedelta(minutes=20)


def test_half_a_day_spent_halves_the_rhythm() -> None:
    early = budget.rhythm(what_is_left=left(day_left=500), has_webhooks=True, is_working_hours=True)
    late = budget.rhythm(what_is_left=left(day_left=499), has_webhooks=True, is_working_hours=True)
    assert {kind: every * 2 for kind, every in early.items()} == late


@given(
    day_limit=st.integers(1000, 20_000),
    day_left=st.none() | st.integers(0, 20_000),
    has_webhooks=st.booleans(),
    working=st.booleans(),
)
def test_everything_is_looked_at_daily_and_nothing_more_often_than_every_ten_minutes(
    day_limit: int, day_left: int | None, has_webhooks: bool, working: bool
) -> None:
    plan = budget.rhythm(
        what_is_left=left(day_limit=day_limit, day_left=day_left),
        has_webhooks=has_webhooks,
        is_working_hours=working,
    )
    assert set(plan) == set(budget.CALLS_OF_A_LOOK)
    assert all(dt.timedelta(minutes=10) <= every <= dt.timedelta(days=1) for every in plan.values())


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        (dt.datetime(2026, 11, 23, 8, 0, tzinfo=LONDON), True),
        (dt.datetime(2026, 11, 23, 17, 59, tzinfo=LONDON), True),
        (dt.datetime(2026, 11, 23, 18, 0, tzinfo=LONDON), False),
        (dt.datetime(2026, 11, 22, 12, 0, tzinfo=LONDON), False),
    ],
)
def test_people_work_monday_to_friday_from_eight_to_six(local: dt.datetime, expected: bool) -> None:
    assert budget.is_working_hours(local) is expected
