"""The queue's tasks of this room: each a nudge to look at rows, harmless when it comes twice or late."""

from __future__ import annotations

import datetime as dt
import logging

from django.utils import timezone

from bluestamp.engine import queue, tenancy
from bluestamp.sync import exchanges, push, readied, rounds, webhooks
from bluestamp.sync.connections import Connection
from bluestamp.sync.directory import TenantEntry

logger = logging.getLogger(__name__)

#: Another worker drains this connection: look again after it has surely gone round once.
_BUSY = dt.timedelta(seconds=2)


@queue.task("sync.drain")
def drain(connection_id: str, studio_id: int) -> None:
    """Do all that is due between one connection and Xero; at most one of these runs for a connection."""
    with tenancy.acting_in(studio_id), queue.session_lock(f"sync.connection:{connection_id}") as is_mine:
        if is_mine:
            _send_ready(connection_id)
            rounds.drain(connection_id, clock=timezone.now)
        else:
            push.nudge(Connection.objects.get(id=connection_id), at=timezone.now() + _BUSY)


def _send_ready(connection_id: str) -> None:
    """What goes by itself must not keep back what people asked for: a bug in it is logged, and the drain goes on."""
    connection = Connection.objects.select_related("ledger").get(id=connection_id)
    try:
        readied.send_ready(connection, now=timezone.now())
    except Exception:
        logger.exception("connection %s: what is ready could not be asked for", connection_id)


@queue.every(seconds=60)("sync.wake_all")
def wake_all() -> None:
    """Nudge every connection once a minute: for what is to go by itself, and for a nudge that was never given."""
    for entry in TenantEntry.objects.order_by("connection_id"):
        queue.enqueue_once(
            "sync.drain",
            key=f"sync.drain:{entry.connection_id}",
            connection_id=entry.connection_id,
            studio_id=entry.studio_id,
        )


@queue.every(seconds=86_400)("sync.forget_old")
def forget_old() -> None:
    """Forget webhooks after a month, and calls to Xero after three."""
    now = timezone.now()
    webhooks.forget_old(now=now)
    for studio_id in TenantEntry.objects.order_by("studio_id").values_list("studio_id", flat=True).distinct():
        with tenancy.acting_in(studio_id):
            exchanges.forget_old(now=now)
