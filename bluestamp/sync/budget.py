"""How many calls Xero still allows for an organisation, and how they are shared out.

Starter apps get 1,000 calls a day for each organisation and 60 a minute, paid ones 5,000 a day (developer.xero.com,
"API rate limits"). What the headers say is left is written down here, by whichever worker read it, so that all share
one count. A part is kept back for what a person presses. Nothing here sleeps: an answer is an instant to come back at.

Xero's windows are its own business and are not reckoned with: only "so much is left" and "retry after" are believed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from bluestamp.xero.limits import Limits

STARTER_CALLS_A_DAY: Final = 1000
PAID_CALLS_A_DAY: Final = 5000
#: of a day's calls, and of a minute's, what only a person's press may use
RESERVE: Final = 0.1
MINUTE_RESERVE: Final = 10
MINUTE: Final = dt.timedelta(seconds=60)
#: nothing is called while only the reserve is left, so nothing tells when more is there: look again this often
LOOK_AGAIN: Final = dt.timedelta(minutes=30)


class CallBudget(models.Model):
    """What is left for one organisation in Xero; shared by every studio that is connected to it."""

    tenant_id = models.CharField(max_length=36, primary_key=True)
    day_left = models.IntegerField(null=True)
    day_limit = models.IntegerField(default=STARTER_CALLS_A_DAY)
    minute_left = models.IntegerField(null=True)
    minute_resets_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    which = models.CharField(max_length=20, blank=True)
    seen_at = models.DateTimeField()


@dataclass(frozen=True, kw_only=True)
class Left:
    """What is left, as last heard at `seen_at`. None where Xero has said nothing yet."""

    day_left: int | None = None
    day_limit: int = STARTER_CALLS_A_DAY
    minute_left: int | None = None
    minute_resets_at: dt.datetime | None = None
    paused_until: dt.datetime | None = None
    which: str = ""
    seen_at: dt.datetime | None = None


def note(*, tenant_id: str, limits: Limits, now: dt.datetime) -> None:
    """Write down what an answer's headers say is left. An older answer never overwrites a newer one's count.

    A refusal counts however late it is written: whoever was told to wait waits for everybody.
    """
    first = CallBudget(
        tenant_id=tenant_id, day_limit=limit_of_day(limits.day_left or 0), seen_at=now, **_counts(limits, now)
    )
    CallBudget.objects.bulk_create([first], ignore_conflicts=True)
    mine = CallBudget.objects.filter(tenant_id=tenant_id)
    mine.filter(seen_at__lte=now).update(seen_at=now, **_counts(limits, now), **_grown(limits))
    if limits.which or limits.retry_after_seconds is not None:
        until = limits.until(now=now)
        longer = Q(paused_until__isnull=True) | Q(paused_until__lt=until)
        mine.filter(longer).update(paused_until=until, which=limits.which)


def left(tenant_id: str) -> Left:
    """Return what is left for the organisation; an empty answer before the first call."""
    row = CallBudget.objects.filter(tenant_id=tenant_id).first()
    if row is None:
        return Left()
    return Left(
        day_left=row.day_left,
        day_limit=row.day_limit,
        minute_left=row.minute_left,
        minute_resets_at=row.minute_resets_at,
        paused_until=row.paused_until,
        which=row.which,
        seen_at=row.seen_at,
    )


def free_at(*, tenant_id: str, urgent: bool, now: dt.datetime) -> dt.datetime | None:
    """Return None when Xero may be called now, else the instant to come back at. A person's press is urgent."""
    return when(left(tenant_id), urgent=urgent, now=now)


def when(what_is_left: Left, *, urgent: bool, now: dt.datetime) -> dt.datetime | None:
    """Decide `free_at` from plain values."""
    if what_is_left.paused_until and what_is_left.paused_until > now:
        return what_is_left.paused_until
    if urgent:
        return _minute_over(what_is_left, reserve=0, now=now)
    if _only_reserve_is_left(what_is_left) and not _is_stale(what_is_left, now):
        return (what_is_left.seen_at or now) + LOOK_AGAIN
    return _minute_over(what_is_left, reserve=MINUTE_RESERVE, now=now)


def _minute_over(what_is_left: Left, *, reserve: int, now: dt.datetime) -> dt.datetime | None:
    resets_at = what_is_left.minute_resets_at
    if (
        what_is_left.minute_left is None
        or what_is_left.minute_left > reserve
        or not resets_at
        or resets_at <= now
    ):
        return None
    return resets_at


def _only_reserve_is_left(what_is_left: Left) -> bool:
    if what_is_left.day_left is None:
        return False
    return what_is_left.day_left <= what_is_left.day_limit * RESERVE


def _is_stale(what_is_left: Left, now: dt.datetime) -> bool:
    return what_is_left.seen_at is None or now - what_is_left.seen_at >= LOOK_AGAIN


def _counts(limits: Limits, now: dt.datetime) -> dict[str, Any]:
    """What the answer counted; what it said nothing about is left as it was."""
    counts: dict[str, Any] = {}
    if limits.day_left is not None:
        counts["day_left"] = limits.day_left
    if limits.minute_left is not None:
        counts |= {"minute_left": limits.minute_left, "minute_resets_at": now + MINUTE}
    return counts


def _grown(limits: Limits) -> dict[str, Any]:
    """The day's limit is not told: it is a paid app's as soon as more is left than a starter app ever has."""
    if limits.day_left is None or limits.day_left <= STARTER_CALLS_A_DAY:
        return {}
    return {"day_limit": Greatest(F("day_limit"), Value(limit_of_day(limits.day_left)))}


def limit_of_day(day_left: int) -> int:
    """Return the smallest limit that Xero sells under which this much can be left."""
    return STARTER_CALLS_A_DAY if day_left <= STARTER_CALLS_A_DAY else max(PAID_CALLS_A_DAY, day_left)


# How often to look, when nobody asked


#: of a day's calls, what looking around may use: a fifth where nothing else brings news; a little more where
#: webhooks save most of the single reads, so that purchase orders and payments come every ten minutes
SHARE_WITHOUT_WEBHOOKS: Final = 0.2
SHARE_WITH_WEBHOOKS: Final = 0.25
WORKING_HOURS: Final = range(8, 18)
HOURS_AWAY: Final = 24 - len(WORKING_HOURS)
#: how much more often in working hours than outside them
WORKING_WEIGHT: Final = 6
OFTEN: Final = dt.timedelta(minutes=10)
HOURLY: Final = dt.timedelta(hours=1)
#: calls of one look, by what is looked at; `reference` is accounts, tax rates and currencies (the organisation itself
#: is not counted by Xero: developer.xero.com/pricing)
CALLS_OF_A_LOOK: Final[Mapping[str, int]] = MappingProxyType(
    {"invoice": 1, "credit_note": 1, "purchase_order": 1, "payment": 1, "contact": 1, "reference": 3}
)
#: what Xero sends webhooks for: Webhooks overview; there are none for purchase orders, payments, accounts, tax rates
TOLD_BY_WEBHOOK: Final = frozenset({"invoice", "credit_note", "contact"})
#: what changes by people's daily work, and is looked at as often as the budget allows
DAILY_WORK: Final = ("invoice", "credit_note", "purchase_order", "payment")


def rhythm(*, what_is_left: Left, has_webhooks: bool, is_working_hours: bool) -> dict[str, dt.timedelta]:
    """Plan how long to wait between two looks at each kind, so that a day's looks fit into their share of the calls.

    With webhooks only what has none is looked at often; without, everything that people work on. Never more often
    than every ten minutes, never less than daily; half as often once less than half of the day's calls is left.
    """
    often = [kind for kind in DAILY_WORK if not (has_webhooks and kind in TOLD_BY_WEBHOOK)]
    seldom = [kind for kind in CALLS_OF_A_LOOK if kind not in often]
    slow = _slow(what_is_left.day_limit)
    share = what_is_left.day_limit * (SHARE_WITH_WEBHOOKS if has_webhooks else SHARE_WITHOUT_WEBHOOKS)
    share -= sum(_looks_a_day(slow[k]) * CALLS_OF_A_LOOK[k] for k in seldom)
    fast = _fast(share / sum(CALLS_OF_A_LOOK[kind] for kind in often), is_working_hours)
    plan = {kind: (fast if kind in often else slow[kind]) for kind in CALLS_OF_A_LOOK}
    return {kind: min(every * _thrift(what_is_left), dt.timedelta(days=1)) for kind, every in plan.items()}


def is_working_hours(local: dt.datetime) -> bool:
    """Tell whether people are likely at work: Monday to Friday, eight to six, in the organisation's own time."""
    return local.weekday() < 5 and local.hour in WORKING_HOURS


def _slow(day_limit: int) -> dict[str, dt.timedelta]:
    """Hourly; the chart of accounts takes three calls and changes seldom, so a small budget looks four times a day."""
    reference = HOURLY if day_limit >= PAID_CALLS_A_DAY else dt.timedelta(hours=6)
    return {kind: reference if kind == "reference" else HOURLY for kind in CALLS_OF_A_LOOK}


def _looks_a_day(every: dt.timedelta) -> float:
    return dt.timedelta(days=1) / every


def _fast(looks_a_day: float, in_working_hours: bool) -> dt.timedelta:
    """Spread a day's looks so that a working hour gets six times what another hour gets."""
    away = looks_a_day / (len(WORKING_HOURS) * WORKING_WEIGHT + HOURS_AWAY)
    an_hour = away * WORKING_WEIGHT if in_working_hours else away
    return max(OFTEN, HOURLY / an_hour) if in_working_hours else max(HOURLY, HOURLY / an_hour)


def _thrift(what_is_left: Left) -> int:
    if what_is_left.day_left is None or what_is_left.day_left * 2 >= what_is_left.day_limit:
        return 1
    return 2
