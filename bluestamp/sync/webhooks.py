"""What Xero tells us by itself: stored first, handled after.

`receive` checks the signature over the raw bytes, stores one row for each event and connection concerned, nudges their
drains and is done: Xero wants its answer within five seconds (developer.xero.com, "Configuring your server"), and we
aim at a few milliseconds. An event says only that something changed; what, is fetched later.

Outside the border between studios: a delivery names organisations, not studios, and may mix several of them.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Sequence
from typing import Final

import msgspec
from django.conf import settings
from django.db import connection as database
from django.db import models

from bluestamp.engine import queue
from bluestamp.xero import errors as xero_errors
from bluestamp.xero import signatures
from bluestamp.xero import webhooks as wire

LOG: Final = logging.getLogger(__name__)
ACCEPTED: Final = 200
REFUSED: Final = 401
#: as long as Xero itself keeps events for replay (developer.xero.com, Webhooks)
KEPT_FOR: Final = dt.timedelta(days=31)
QUIET: Final = dt.timedelta(days=7)


class ReceivedEvent(models.Model):
    """Something changed in Xero. One row for each connection that is to look; `connection_id` "" when none is."""

    received_at = models.DateTimeField()
    tenant_id = models.CharField(max_length=36)
    connection_id = models.CharField(max_length=20, blank=True)
    resource_id = models.CharField(max_length=36)
    category = models.CharField(max_length=20)
    event_type = models.CharField(max_length=20)
    event_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_id", "resource_id", "event_at", "event_type", "category", "connection_id"],
                name="event_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["connection_id", "event_at"],
                condition=models.Q(handled_at__isnull=True),
                name="event_to_handle",
            ),
            models.Index(fields=["tenant_id", "-received_at"], name="event_last_of_tenant"),
            models.Index(fields=["received_at"], name="event_age"),
        ]


# One statement: stored for every connection of the organisation, a second delivery of the same event adds nothing,
# and what comes back is whom to nudge.
_STORE: Final = """
WITH told AS (
    SELECT * FROM jsonb_to_recordset(%s::jsonb) AS told(
        tenant_id text, resource_id text, category text, event_type text, event_at timestamptz
    )
), stored AS (
    INSERT INTO sync_receivedevent
        (received_at, tenant_id, connection_id, resource_id, category, event_type, event_at)
    SELECT %s, told.tenant_id, coalesce(entry.connection_id, ''), told.resource_id, told.category, told.event_type,
           told.event_at
    FROM told LEFT JOIN sync_tenantentry entry ON entry.tenant_id = told.tenant_id
    ON CONFLICT DO NOTHING
    RETURNING connection_id
)
SELECT DISTINCT entry.connection_id, entry.studio_id
FROM stored JOIN sync_tenantentry entry USING (connection_id)
ORDER BY entry.connection_id
"""


def receive(*, raw: bytes, signature: str, now: dt.datetime) -> int:
    """Take one delivery from Xero and return the status to answer with: 200, or 401 for a wrong signature.

    An intent to receive carries no events and is answered alike. Events of organisations that nobody here is
    connected to are stored and lead nowhere.
    """
    if not is_signed(raw, signature=signature, key=settings.XERO_WEBHOOK_KEY):
        return REFUSED
    events = _read(raw)
    if events:
        _store(events, now=now)
    return ACCEPTED


def is_signed(raw: bytes, *, signature: str, key: str) -> bool:
    """Tell whether Xero signed these exact bytes. Without a key of ours nobody can have."""
    return bool(key) and signatures.is_valid(raw, signature=signature, key=key)


def pending(*, connection_id: str, limit: int = 1000) -> list[ReceivedEvent]:
    """Return what the connection has not looked at yet, oldest first."""
    rows = ReceivedEvent.objects.filter(connection_id=connection_id, handled_at=None)
    return list(rows.order_by("event_at", "id")[:limit])


def mark_handled(event_ids: Collection[int], *, now: dt.datetime) -> None:
    """Note that these were looked at; in the transaction that records what was found."""
    ReceivedEvent.objects.filter(id__in=event_ids, handled_at=None).update(handled_at=now)


def last_received_at(*, tenant_id: str) -> dt.datetime | None:
    """Return when Xero last told anything about the organisation."""
    rows = ReceivedEvent.objects.filter(tenant_id=tenant_id).order_by("-received_at")
    return rows.values_list("received_at", flat=True).first()


def are_arriving(*, tenant_id: str, now: dt.datetime) -> bool:
    """Tell whether Xero told anything about the organisation within the last week.

    A quiet organisation counts as not arriving: it is looked at more often, which costs little and misses nothing.
    """
    last = last_received_at(tenant_id=tenant_id)
    return last is not None and now - last < QUIET


def forget_old(*, now: dt.datetime) -> int:
    """Delete events older than a month; return how many."""
    deleted, _ = ReceivedEvent.objects.filter(received_at__lt=now - KEPT_FOR).delete()
    return deleted


def _read(raw: bytes) -> Sequence[wire.Event]:
    """The events of a delivery that Xero did sign. One that can't be read is none: Xero would only repeat it."""
    try:
        return wire.read(raw).events
    except xero_errors.Unexpected as problem:
        LOG.warning("a signed delivery could not be read: %s", problem)
        return ()


def _store(events: Sequence[wire.Event], *, now: dt.datetime) -> None:
    rows = [
        {
            "tenant_id": event.tenant_id,
            "resource_id": event.resource_id,
            "category": event.event_category,
            "event_type": event.event_type,
            "event_at": event.event_date_utc.isoformat(),
        }
        for event in events
    ]
    with database.cursor() as cursor:
        cursor.execute(_STORE, [msgspec.json.encode(rows).decode(), now])
        concerned = cursor.fetchall()
    # Stored and committed already: the queue's one row for each connection is not held while a disk is waited for.
    # Killed in between, the clock wakes the connection within a minute.
    for connection_id, studio_id in concerned:
        queue.enqueue_unless_due(
            "sync.drain", f"sync.drain:{connection_id}", connection_id=connection_id, studio_id=studio_id
        )
