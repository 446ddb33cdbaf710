"""Create the contacts that documents on their way still need: in batches, once each, and only where somebody said so.

A contact is known in Xero by its exact name. Before a batch whose answer was lost is sent anew, the names are looked
up, so that no company stands there twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

from django.db import transaction

from bluestamp.books import documents
from bluestamp.books.documents import Document
from bluestamp.engine.identifiers import new_id
from bluestamp.people import actors
from bluestamp.sync import clients, contacts, parking
from bluestamp.sync.batches import BATCH_LIMIT
from bluestamp.sync.connections import Connection
from bluestamp.sync.contacts import Party
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.mapping import XERO_NOUNS
from bluestamp.sync.matching import Found
from bluestamp.xero.errors import Rejected
from bluestamp.xero.writes import encode_contacts

logger = logging.getLogger(__name__)


def create_due(connection: Connection, *, now: dt.datetime) -> bool:
    """Create the missing contacts of what is due, one batch at a time; return whether anything was done."""
    waiting = _waiting(connection, now)
    rows = [row for kind, ids in waiting.items() for row in _documents(kind, ids)]
    linked = contacts.contact_ids(connection, rows) if rows else {}
    rows = [row for row in rows if row.id not in linked]
    if not rows:
        return False
    contacts.look_up(connection, now=now)
    _link_found(connection, rows, now=now)
    missing = contacts.missing(connection, rows)
    for start in range(0, len(missing), BATCH_LIMIT):
        _create(connection, missing[start : start + BATCH_LIMIT], rows, now=now)
    return bool(missing)


def _link_found(connection: Connection, rows: Sequence[Document], *, now: dt.datetime) -> None:
    """What stands in Xero by now is linked, as the button would have: a lost answer, or the bookkeeper was faster."""
    by = actors.xero(connection.studio_id)
    for id_, match in contacts.match_documents(connection, rows).items():
        if isinstance(match, Found):
            document = next(row for row in rows if row.id == id_)
            contacts.link_found(connection, document, match, by=by, now=now)


def _waiting(connection: Connection, now: dt.datetime) -> dict[str, list[str]]:
    rows = Delivery.objects.filter(
        connection=connection, state=DeliveryState.WAITING, due_at__lte=now, allow_create_contact=True
    )
    found: dict[str, list[str]] = {kind: [] for kind in XERO_NOUNS}
    for kind, document_id in rows.values_list("kind", "document_id"):
        found[kind].append(document_id)
    return found


def _documents(kind: str, ids: Sequence[str]) -> list[Document]:
    return list(documents.KINDS[kind].objects.filter(id__in=ids).select_related("company"))


def _create(
    connection: Connection, parties: Sequence[Party], rows: Sequence[Document], *, now: dt.datetime
) -> None:
    """Create one batch. An answer that is lost is no harm: the next round looks the names up before it creates."""
    body = encode_contacts([contacts.write_of(party) for party in parties])
    try:
        with clients.open(connection, why="contacts", urgent=True, now=now) as client:
            answer = client.put_contacts(body, idempotency_key=f"bluestamp-{new_id()}")
    except Rejected as error:
        _refused_whole(connection, parties, error, rows, now=now)
        return
    with transaction.atomic():
        for result in answer.value:
            party = next((one for one in parties if contacts.is_of(one, result.record)), None)
            if party is None:
                logger.warning("Xero answered a contact that was not asked for")
            elif result.is_refused:
                _park(connection, party, result.errors, rows, now=now)
            else:
                contacts.record_created(connection, party, result.record, now=now)


def _refused_whole(
    connection: Connection,
    parties: Sequence[Party],
    error: Rejected,
    rows: Sequence[Document],
    *,
    now: dt.datetime,
) -> None:
    """Xero could not read the call: each contact goes alone, so that one can't hold back the others."""
    if len(parties) == 1:
        with transaction.atomic():
            _park(connection, parties[0], error.messages, rows, now=now)
        return
    for party in parties:
        _create(connection, [party], rows, now=now)


def _park(
    connection: Connection,
    party: Party,
    messages: Sequence[str],
    rows: Sequence[Document],
    *,
    now: dt.datetime,
) -> None:
    """Xero refused the contact: every document that waits for it asks a person."""
    keys = contacts.party_keys(rows)
    concerned = [id_ for id_, key in keys.items() if key == party.key]
    waiting = Delivery.objects.filter(
        connection=connection, document_id__in=concerned, state=DeliveryState.WAITING
    )
    for delivery in waiting:
        parking.park(
            delivery,
            "CONTACT_REFUSED",
            now=now,
            sentence=f"Xero did not take the contact {party.name}.",
            messages=messages,
        )
