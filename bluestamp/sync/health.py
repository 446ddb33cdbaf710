"""How a connection is, in a sentence for its tile: reached or lost, how fresh, what is left of the day's calls."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.conf import settings

from bluestamp.sync import budget, time_zones, webhooks
from bluestamp.sync.connections import Connection, ConnectionState


@dataclass(frozen=True, kw_only=True)
class Health:
    """What the tile shows. `calls_left` is None before the first call; `webhooks_how_to` "" when they arrive."""

    state: str
    sentence: str
    calls_left: int | None
    calls_limit: int
    swept_at: dt.datetime | None
    webhooks_arriving: bool
    webhooks_sentence: str
    webhooks_how_to: str = ""
    paused_until: dt.datetime | None = None


def of(connection: Connection, *, now: dt.datetime) -> Health:
    """Return how the connection is."""
    left = budget.left(connection.tenant_id)
    is_arriving = webhooks.are_arriving(tenant_id=connection.tenant_id, now=now)
    paused_until = left.paused_until if left.paused_until and left.paused_until > now else None
    return Health(
        state=connection.state,
        sentence=_sentence(connection, paused_until),
        calls_left=left.day_left,
        calls_limit=left.day_limit,
        swept_at=connection.swept_at,
        webhooks_arriving=is_arriving,
        webhooks_sentence=_webhooks_sentence(connection, left, is_arriving, now=now),
        webhooks_how_to="" if is_arriving else how_to_get_webhooks(),
        paused_until=paused_until,
    )


def how_to_get_webhooks() -> str:
    """Say how this installation would hear from Xero at once."""
    if not settings.BLUESTAMP_URL.startswith("https://"):
        return (
            "Xero tells changes at once only to a public https address. Put Bluestamp behind one, set BLUESTAMP_URL "
            "to it, then enter its webhook key as XERO_WEBHOOK_KEY."
        )
    if not settings.XERO_WEBHOOK_KEY:
        return (
            f"At developer.xero.com, under My Apps, Webhooks, enter {settings.BLUESTAMP_URL}/xero/webhook, tick contacts "
            "and invoices, and give the key that Xero shows to Bluestamp as XERO_WEBHOOK_KEY."
        )
    return f"The key is set; Xero sends nothing until it has checked {settings.BLUESTAMP_URL}/xero/webhook successfully."


def _sentence(connection: Connection, paused_until: dt.datetime | None) -> str:
    if connection.state == ConnectionState.DISCONNECTED:
        return "Disconnected. Copies are kept; connecting the same organisation again finds them."
    if connection.state == ConnectionState.LOST:
        return f"Connection lost: {connection.lost_why} Nothing is sent or read until somebody reconnects."
    if paused_until is not None:
        zone = time_zones.zone(connection.time_zone)
        return f"Connected. Xero's limit is reached; work goes on by itself at {paused_until.astimezone(zone):%H:%M}."
    return "Connected."


def _webhooks_sentence(
    connection: Connection, left: budget.Left, is_arriving: bool, *, now: dt.datetime
) -> str:
    zone = time_zones.zone(connection.time_zone)
    rhythm = budget.rhythm(
        what_is_left=left,
        has_webhooks=is_arriving,
        is_working_hours=budget.is_working_hours(now.astimezone(zone)),
    )
    minutes = round(rhythm["invoice"] / dt.timedelta(minutes=1))
    if is_arriving:
        return f"Xero tells changes at once; Bluestamp looks by itself every {minutes} minutes too."
    return f"Xero tells nothing by itself, so Bluestamp looks every {minutes} minutes, and whenever a document is opened."
