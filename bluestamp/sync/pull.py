"""Bring back what changed in Xero: what webhooks tell of, what somebody asks to refresh, and a sweep for the rest.

Never trusts an event's content: the documents themselves are fetched, as many a call as the endpoint allows, and only
those that are copies of ours. Rows, events and cursor are committed together.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence

from django.db import InterfaceError, OperationalError, transaction

from bluestamp.books import documents
from bluestamp.books.documents import Document
from bluestamp.engine.identifiers import new_id
from bluestamp.people import permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.sync import (
    budget,
    carriers,
    clients,
    connections,
    contacts,
    copies,
    order_bills,
    push,
    readings,
    rhythm,
    their_faces,
    webhooks,
)
from bluestamp.sync.carriers import Carrier
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.readiness import NotSendable
from bluestamp.sync.their_faces import Copied
from bluestamp.sync.webhooks import ReceivedEvent
from bluestamp.xero.client import MAX_PAGE_SIZE

logger = logging.getLogger(__name__)

#: The cursor of the look at payments.
PAYMENTS = "payment"
#: Categories of webhooks that tell of documents.
_CATEGORIES = frozenset(carrier.event for carrier in carriers.ALL if carrier.event)
#: A sweep begins this much before the last one did, for changes that Xero had not shown yet.
_OVERLAP = dt.timedelta(minutes=2)
#: A document read this lately is not read again because somebody opened it.
_FRESH = dt.timedelta(minutes=5)


def refresh(document: Document, *, by: Actor, now: dt.datetime) -> None:
    """Ask for a document to be read from Xero anew: "Refresh from Xero". Refuses NotPermitted, NotSendable."""
    permissions.require(by, Action.SEE_DOCUMENTS)
    copy = copies.of_one(kind=documents.kind_of(document), document_id=document.id)
    if copy is None:
        raise NotSendable("It is not in Xero, so there is nothing to refresh.")
    with transaction.atomic():
        Copy.objects.filter(id=copy.id).update(refresh_due_at=now)
        push.nudge(copy.connection)


def look_on_opening(document: Document, *, now: dt.datetime) -> None:
    """Somebody opened the document: where no webhooks come, read it anew if it was not read for a while."""
    copy = copies.of_one(kind=documents.kind_of(document), document_id=document.id)
    if copy is None or now - copy.seen_at < _FRESH or rhythm.has_webhooks(copy.connection, now=now):
        return
    with transaction.atomic():
        Copy.objects.filter(id=copy.id).update(refresh_due_at=now)
        push.nudge(copy.connection)


def pull_due(connection: Connection, *, now: dt.datetime) -> bool:
    """Fetch what events and people point at; return whether there was anything."""
    events = _affordable(connection, webhooks.pending(connection_id=connection.id), now=now)
    told = {event.resource_id for event in events if event.category in _CATEGORIES}
    wanted = {
        row.xero_id: row
        for row in Copy.objects.filter(connection=connection, is_gone=False, xero_id__in=told)
    }
    asked = Copy.objects.filter(connection=connection, is_gone=False, refresh_due_at__lte=now)
    wanted |= {row.xero_id: row for row in asked.order_by("refresh_due_at")[:200]}
    told_contacts = {event.resource_id for event in events if event.category == "CONTACT"}
    if told_contacts:
        contacts.refresh_some(connection, sorted(told_contacts), now=now)
    for carrier in carriers.ALL:
        kinds = carriers.kinds_of(carrier)
        of_carrier = [wanted[id_] for id_ in sorted(wanted) if wanted[id_].kind in kinds]
        for start in range(0, len(of_carrier), carrier.at_once):
            _read(connection, carrier, of_carrier[start : start + carrier.at_once], now=now)
    webhooks.mark_handled([event.id for event in events], now=now)
    return bool(events or wanted)


def _affordable(
    connection: Connection, events: Sequence[ReceivedEvent], *, now: dt.datetime
) -> list[ReceivedEvent]:
    """All of them; without the contacts' while what is left of the calls is kept for what a person presses."""
    kept_back = budget.free_at(tenant_id=connection.tenant_id, urgent=False, now=now)
    is_free = kept_back is None or kept_back <= now
    return [event for event in events if is_free or event.category != "CONTACT"]


def sweep(connection: Connection, carrier: Carrier, *, now: dt.datetime) -> None:
    """Read every document of one endpoint that changed since the last sweep, and take over what is a copy of ours.

    The cursor moves with the last page's rows, so a sweep cut short begins where the last one did.
    """
    since = _cursor(connection, carrier.swept)
    page, has_more = 1, True
    while has_more:
        with clients.open(connection, why="pull", urgent=False, now=now) as client:
            answer = carrier.changed(client, since, page)
        has_more = answer.has_more
        with transaction.atomic():
            _take_all(connection, answer.records, now=now)
            order_bills.note(connection, answer.records, now=now)
            if not has_more:
                _move_cursor(connection, carrier.swept, now)
        page += 1


def sweep_payments(connection: Connection, *, now: dt.datetime) -> None:
    """Ask for the documents anew on which a payment was made or removed since the last look.

    That a payment touches its invoice's own instant is what integrators rely on, and nothing that Xero states.
    """
    since = _cursor(connection, PAYMENTS)
    touched: dict[str, dt.datetime] = {}
    page, has_more = 1, True
    while has_more:
        with clients.open(connection, why="pull", urgent=False, now=now) as client:
            answer = client.payments(modified_since=since, page=page, page_size=MAX_PAGE_SIZE).value
        for payment in answer.records:
            for xero_id in (payment.invoice.invoice_id, payment.credit_note.credit_note_id):
                touched[xero_id] = max(payment.updated_date_utc or now, touched.get(xero_id, since))
        page, has_more = page + 1, answer.has_more
    with transaction.atomic():
        rows = Copy.objects.filter(connection=connection, is_gone=False, xero_id__in=set(touched) - {""})
        stale = [row.id for row in rows if row.seen_at < touched[row.xero_id] + _OVERLAP]
        Copy.objects.filter(id__in=stale).update(refresh_due_at=now)
        _move_cursor(connection, PAYMENTS, now)


def _cursor(connection: Connection, swept: str) -> dt.datetime:
    told = connection.cursors.get(swept)
    return (dt.datetime.fromisoformat(told) if told else connection.connected_at) - _OVERLAP


def _move_cursor(connection: Connection, swept: str, now: dt.datetime) -> None:
    """Move the cursor alone: others may have moved, or been taken away, while pages were read."""
    row = connections.locked(connection.id)
    row.cursors = {**row.cursors, swept: now.isoformat()}
    row.swept_at = now
    row.save(update_fields=["cursors", "swept_at"])
    connection.cursors, connection.swept_at = row.cursors, now


def _read(connection: Connection, carrier: Carrier, rows: Sequence[Copy], *, now: dt.datetime) -> None:
    with clients.open(connection, why="pull", urgent=True, now=now) as client:
        records = carrier.read(client, [row.xero_id for row in rows])
    known = {their_faces.id_of(record) for record in records}
    with transaction.atomic():
        _take_all(connection, records, now=now)
        for row in rows:
            if row.xero_id not in known:
                readings.note_gone(row, now=now)


def _take_all(connection: Connection, records: Iterable[Copied], *, now: dt.datetime) -> None:
    by_id: Mapping[str, Copied] = {their_faces.id_of(record): record for record in records}
    rows = Copy.objects.filter(connection=connection, is_gone=False, xero_id__in=list(by_id))
    for copy_id, xero_id in rows.order_by("id").values_list("id", "xero_id"):
        _take(copy_id, by_id[xero_id], now=now)


def _take(copy_id: str, record: Copied, *, now: dt.datetime) -> None:
    """One document that can't be read must not keep the others from becoming paid: it is logged and left as it was."""
    try:
        with transaction.atomic():
            readings.take(copy_id, record, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("incident %s: copy %s can't take what Xero says", new_id()[-8:], copy_id)
        Copy.objects.filter(id=copy_id).update(refresh_due_at=None)
