"""Send what is ready without a press, for connections that were set to "as soon as it is approved or sent".

The clock asks, with the rules of the bulk bar: what is older than the start date, in question or refused stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from bluestamp.books import documents, keepers
from bluestamp.people import actors
from bluestamp.sync import push
from bluestamp.sync.connections import Connection, SendWhen
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState

#: The statuses in which a document of each kind is ready to go by itself.
READY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "expense": ("approved",),
        "purchase_order": ("approved",),
        "invoice": ("sent",),
        "credit_note": ("issued",),
        "supplier_credit": ("approved",),
    }
)
_AT_ONCE: Final = 200


def send_ready(connection: Connection, *, now: dt.datetime) -> int:
    """Ask for everything of this connection that is ready and was never asked for, or changed since; return how many."""
    if connection.send_when != SendWhen.AS_READY or not connection.is_connected:
        return 0
    asked = 0
    for kind, statuses in READY.items():
        ids = _ready(kind, statuses, connection)
        if ids:
            by = actors.clock(connection.studio_id)
            asked += push.request_many(kind, ids, by=by, now=now).asked
    return asked


def _ready(kind: str, statuses: tuple[str, ...], connection: Connection) -> list[str]:
    """Documents with neither copy nor wish, and copied ones that changed; what waits for a person is left alone."""
    open_states = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.PARKED)
    in_question = Delivery.objects.filter(kind=kind, state__in=open_states).values("document_id")
    # One that was let go of stays where it is until a person says otherwise: its bill may still stand in Xero.
    copied = Copy.objects.filter(kind=kind).values("document_id")
    rows = documents.KINDS[kind].objects.filter(
        keepers.kept_in(kind, connection.ledger_id),
        status__in=statuses,
        issued_on__gte=connection.start_on,
        in_books_already=False,
    )
    rows = rows.exclude(id__in=in_question).filter(~Exists(_taken_back(kind)))
    fresh = rows.exclude(id__in=copied).order_by("issued_on", "id")
    changed = rows.ahead_of_ledger().order_by("issued_on", "id")
    found = [*fresh.values_list("id", flat=True)[:_AT_ONCE], *changed.values_list("id", flat=True)[:_AT_ONCE]]
    return list(dict.fromkeys(found))


def _taken_back(kind: str) -> QuerySet[Delivery]:
    """Wishes that a person took back, for a document that nobody changed since: it stays until somebody does."""
    return Delivery.objects.filter(
        kind=kind,
        document_id=OuterRef("id"),
        state=DeliveryState.WITHDRAWN,
        settled_at__gte=OuterRef("changed_at"),
    )
