"""When to look at what in Xero though nobody asked: planned from the budget of calls, by `budget.rhythm`."""

from __future__ import annotations

import datetime as dt

from django.db import models, transaction

from bluestamp.sync import budget, connections, time_zones, webhooks
from bluestamp.sync.connections import Connection
from bluestamp.sync.deliveries import Delivery, DeliveryState

#: What is looked at, each in its own rhythm.
SWEPT = ("invoice", "credit_note", "purchase_order", "payment", "contact", "reference")
#: Refusals after which the chart is read at once: what it has may be archived by now.
_OF_THE_CHART = ("ACCOUNT_CODE_REFUSED", "TAX_TYPE_REFUSED")
#: Webhooks count as arriving when one came within this time.
_WEBHOOKS_SEEN = dt.timedelta(days=7)


def due_kind(connection: Connection, *, now: dt.datetime) -> str | None:
    """Return what to look at now, the longest overdue first; None when nothing is due or the calls are kept back.

    One that failed counts as overdue since then, so that it keeps none of the others from its turn.
    """
    kind, moment = _next(connection, now=now)
    if moment > now:
        return None
    kept_back = budget.free_at(tenant_id=connection.tenant_id, urgent=False, now=now)
    return None if kept_back is not None and kept_back > now else kind


def note_failed(connection: Connection, kind: str, *, now: dt.datetime) -> None:
    """Write down that a look at this kind went wrong: the others that are due go first now."""
    with transaction.atomic():
        row = connections.locked(connection.id)
        row.cursors = {**row.cursors, _failed(kind): now.isoformat()}
        row.save(update_fields=["cursors"])
    connection.cursors = row.cursors


def next_at(connection: Connection, *, now: dt.datetime) -> dt.datetime:
    """Return when the next look is due and the budget allows it."""
    _, moment = _next(connection, now=now)
    kept_back = budget.free_at(tenant_id=connection.tenant_id, urgent=False, now=now)
    return max(moment, kept_back or moment)


def _next(connection: Connection, *, now: dt.datetime) -> tuple[str, dt.datetime]:
    plan = budget.rhythm(
        what_is_left=budget.left(connection.tenant_id),
        has_webhooks=has_webhooks(connection, now=now),
        is_working_hours=budget.is_working_hours(now.astimezone(time_zones.zone(connection.time_zone))),
    )
    moments = {
        kind: max(_last(connection, kind) + plan[kind], _failed_at(connection, kind)) for kind in SWEPT
    }
    if refused_at := _code_refused_at(connection):
        moments["reference"] = max(refused_at, _failed_at(connection, "reference"))
    return min(moments.items(), key=lambda row: (row[1], row[0]))


def _last(connection: Connection, kind: str) -> dt.datetime:
    """When a kind was looked at last; one that never was is due at once, contacts before anything is matched."""
    told = connection.cursors.get(kind)
    return dt.datetime.fromisoformat(told) if told else connection.connected_at - dt.timedelta(days=1)


def _code_refused_at(connection: Connection) -> dt.datetime | None:
    """When Xero refused an account or a tax rate that the chart, as it was read last, still has."""
    since = _last(connection, "reference")
    rows = Delivery.objects.filter(
        connection=connection, state=DeliveryState.PARKED, code__in=_OF_THE_CHART, settled_at__gt=since
    )
    first: dt.datetime | None = rows.aggregate(first=models.Min("settled_at"))["first"]
    return first


def _failed_at(connection: Connection, kind: str) -> dt.datetime:
    told = connection.cursors.get(_failed(kind))
    return dt.datetime.fromisoformat(told) if told else dt.datetime.min.replace(tzinfo=dt.UTC)


def _failed(kind: str) -> str:
    return f"{kind} failed"


def has_webhooks(connection: Connection, *, now: dt.datetime) -> bool:
    """Tell whether Xero has told anything of this organisation lately."""
    last = webhooks.last_received_at(tenant_id=connection.tenant_id)
    return last is not None and now - last < _WEBHOOKS_SEEN
