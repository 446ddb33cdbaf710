"""Claim what is due and write the batch down: the exact bytes of one call, before anything is sent.

A batch holds deliveries of one kind and one act. New documents are whole; updates are decided from what Xero holds
right now, read in one call before. The claim, the batch and every parked delivery commit together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from bluestamp.books import documents
from bluestamp.books.documents import Document
from bluestamp.engine.identifiers import new_id
from bluestamp.people.studios import Studio
from bluestamp.sync import (
    carriers,
    clients,
    contacts,
    copies,
    duplicates,
    faces,
    landings,
    our_faces,
    parking,
    payloads,
    rate_checks,
    readings,
    standing,
    their_faces,
    urls,
)
from bluestamp.sync.batches import BATCH_LIMIT, Act, Batch
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.faces import Face
from bluestamp.sync.mapping import REMOVED_HERE
from bluestamp.sync.matching import Candidates
from bluestamp.sync.plan import CopyState
from bluestamp.sync.their_faces import Copied
from bluestamp.sync.updates import Change, Nothing, Stop, decide
from bluestamp.xero.writes import MAX_BODY_BYTES, DocumentWrite

#: How many due deliveries are looked at to fill one batch.
_LOOK_AT = 400


@dataclass(frozen=True, slots=True)
class Due:
    """The deliveries that the next call could carry: of one kind, all new or all known in Xero."""

    kind: str
    act: Act
    deliveries: tuple[Delivery, ...]
    copies: Mapping[str, Copy]


@dataclass(frozen=True, slots=True)
class _Element:
    """One document of a batch: what is sent, and what its copy will remember."""

    delivery: Delivery
    document: Document
    face: Face
    write: DocumentWrite


def due(connection: Connection, *, now: dt.datetime, besides: Collection[str] = ()) -> Due | None:
    """Return what the next call could carry, the longest waiting first, of other kinds than these; None for nothing."""
    rows = Delivery.free(connection).filter(due_at__lte=now).exclude(kind__in=besides)
    waiting = list(rows.order_by("due_at", "id")[:_LOOK_AT])
    if not waiting:
        return None
    first = waiting[0]
    of_kind = [row for row in waiting if row.kind == first.kind]
    living = copies.of(kind=first.kind, document_ids=[row.document_id for row in of_kind])
    is_update = first.document_id in living
    same = [row for row in of_kind if (row.document_id in living) == is_update]
    most = min(BATCH_LIMIT, carriers.OF_KIND[first.kind].at_once) if is_update else BATCH_LIMIT
    chosen = [first] if first.is_alone else [row for row in same if not row.is_alone][:most]
    return Due(first.kind, Act.UPDATE if is_update else Act.CREATE, tuple(chosen), living)


def is_stuck(due: Due) -> bool:
    """Tell whether nothing has moved of what could not be claimed: another look would find the same again."""
    ids = [row.id for row in due.deliveries]
    rows = Delivery.objects.filter(id__in=ids, state=DeliveryState.WAITING)
    if {(row.id, row.due_at, row.checked_at) for row in due.deliveries} != set(
        rows.values_list("id", "due_at", "checked_at")
    ):
        return False
    living = copies.of(kind=due.kind, document_ids=[row.document_id for row in due.deliveries])
    return all(
        _xero_id(living, row.document_id) == _xero_id(due.copies, row.document_id) for row in due.deliveries
    )


def _xero_id(there: Mapping[str, Copy], document_id: str) -> str:
    return there[document_id].xero_id if document_id in there else ""


def claim_new(connection: Connection, due: Due, *, now: dt.datetime) -> Batch | None:
    """Write a batch of new documents; None when every one of them was parked or has gone elsewhere."""
    with transaction.atomic():
        waiting = _locked(due.deliveries)
        rows = _documents(due.kind, waiting)
        known = copies.of(
            kind=due.kind, document_ids=waiting
        )  # linked by a person a moment ago: an update next
        contact_ids = contacts.contact_ids(connection, list(rows.values()))
        slug = _slug(connection)
        elements: list[_Element] = []
        for id_, delivery in waiting.items():
            if id_ in known:
                continue
            if id_ not in contact_ids:
                parking.park(delivery, _contact_question(connection, rows[id_]), now=now)
                continue
            if not duplicates.is_checked(delivery, rows[id_], now=now):
                continue
            if not _has_a_fair_rate(delivery, rows[id_], None, now=now):
                continue
            with parking.setting_bugs_aside(delivery, now=now):
                url = urls.of_document(due.kind, id_, studio_slug=slug)
                elements += _new(delivery, rows[id_], contact_ids[id_], url, now)
        if not carriers.OF_KIND[due.kind].has_url:
            elements = _told_apart(elements)
        return _written(connection, due, elements, now=now)


def _new(
    delivery: Delivery, document: Document, contact_id: str, url: str, now: dt.datetime
) -> list[_Element]:
    """The element of a new document; none when it was cancelled meanwhile, and nothing is to be there."""
    face = our_faces.of_document(document.kind, document, contact_id=contact_id, line_ids={})
    if not face.status:
        parking.finish(delivery, now=now)
        return []
    return [_Element(delivery, document, face, payloads.creation(face, kind=document.kind, url=url))]


def _told_apart(elements: Sequence[_Element]) -> list[_Element]:
    """One of each number: two of the same could not be told apart in Xero's answer. The others go with the next call."""
    first: dict[str, _Element] = {}
    for element in elements:
        first.setdefault(element.face.number, element)
    return list(first.values())


def claim_changes(connection: Connection, due: Due, *, now: dt.datetime) -> Batch | None:
    """Read what Xero holds, decide what each update carries, and write the batch; None when nothing is to be sent."""
    ids = [due.copies[row.document_id].xero_id for row in due.deliveries]
    records = _read(connection, due.kind, ids, now=now)
    with transaction.atomic():
        waiting = _locked(due.deliveries)
        # Deliveries, copies, documents: in this order everywhere, so that a person's act and this never deadlock.
        held = copies.locked_many(kind=due.kind, document_ids=waiting)
        rows = _documents(due.kind, waiting)
        contact_ids = contacts.contact_ids(connection, list(rows.values()))
        elements: list[_Element] = []
        for id_, delivery in waiting.items():
            copy = held.get(id_)
            if copy is None or copy.xero_id != due.copies[id_].xero_id:
                continue
            with parking.setting_bugs_aside(delivery, now=now):
                record = records.get(copy.xero_id)
                if not _has_a_fair_rate(delivery, rows[id_], copy, now=now):
                    continue
                elements += _change(delivery, rows[id_], copy, record, contact_ids.get(id_, ""), now)
        return _written(connection, due, elements, now=now)


def _locked(deliveries: Sequence[Delivery]) -> dict[str, Delivery]:
    """The deliveries that still wait, by document, the longest due first; locked by id, as everywhere."""
    ids = [row.id for row in deliveries]
    rows = Delivery.objects.select_for_update().filter(id__in=ids, state=DeliveryState.WAITING)
    found = sorted(rows.order_by("id"), key=lambda row: (row.due_at, row.id))
    return {row.document_id: row for row in found}


def _documents(kind: str, waiting: Mapping[str, Delivery]) -> dict[str, Document]:
    """The documents as they are now, held still until the batch is written."""
    rows = documents.KINDS[kind].objects.filter(id__in=list(waiting)).order_by("id")
    rows = rows.select_for_update(of=("self",))
    return {row.id: row for row in rows.select_related("company", "job").prefetch_related("lines")}


def _contact_question(connection: Connection, document: Document) -> str:
    match = contacts.match_documents(connection, [document])[document.id]
    return "CONTACT_CHOOSE" if isinstance(match, Candidates) else "CONTACT_CREATE"


def _slug(connection: Connection) -> str:
    return Studio.objects.values_list("slug", flat=True).get(id=connection.studio_id)


def _read(
    connection: Connection, kind: str, xero_ids: Sequence[str], *, now: dt.datetime
) -> dict[str, Copied]:
    """What Xero holds of these documents right now, in as few calls as it takes (bookkeeping rule 5)."""
    with clients.open(connection, why="push", urgent=True, now=now) as client:
        found = carriers.OF_KIND[kind].read(client, xero_ids)
    return {their_faces.id_of(record): record for record in found}


def _change(
    delivery: Delivery,
    document: Document,
    copy: Copy,
    record: Copied | None,
    contact_id: str,
    now: dt.datetime,
) -> list[_Element]:
    if record is None:
        readings.note_gone(copy, now=now)
        parking.park(delivery, "GONE_FROM_XERO", now=now)
        return []
    if copy.state == CopyState.OFF_BY_CENTS and document.status != REMOVED_HERE[copy.kind]:
        # It came back so while this wish waited (bookkeeping rule 13).
        parking.park(delivery, "OFF_BY_CENTS", now=now)
        return []
    ours = our_faces.of_document(
        copy.kind, document, contact_id=contact_id or copy.sent_face.contact_id, line_ids=copy.line_ids
    )
    theirs = their_faces.of_record(record, line_ids=copy.line_ids)
    money = their_faces.money(record)
    decision = decide(
        kind=copy.kind,
        our_status=document.status,
        ours=ours,
        sent=copy.sent_face,
        held=copy.held_face,
        theirs=theirs,
        known=copy.their_face,
        has_money=money.amount_paid > 0 or money.amount_credited > 0,
    )
    if isinstance(decision, Change):
        return [
            _Element(
                delivery, document, ours, payloads.change(decision, kind=copy.kind, xero_id=copy.xero_id)
            )
        ]
    # What was read is kept either way, so that the person who now looks sees what Xero says.
    landings.note_reading(copy, document, record, now=now)
    if isinstance(decision, Stop):
        parking.park(delivery, decision.code, now=now)
    elif isinstance(decision, Nothing):
        landings.note_in_step(copy, document, ours, now=now)
        parking.finish(delivery, now=now)
    return []


def _has_a_fair_rate(delivery: Delivery, document: Document, copy: Copy | None, *, now: dt.datetime) -> bool:
    """Whether its exchange rate may go; one that Xero's turned out to be far from meanwhile is parked (rule 16)."""
    if document.own_rate is None:
        return True
    far = rate_checks.fault(document, copy, delivery.connection)
    if far is not None:
        parking.park(delivery, "RATE_TOO_FAR", now=now, sentence=far.sentence, fault_field=far.field)
    return far is None


def _written(
    connection: Connection, due: Due, elements: Sequence[_Element], *, now: dt.datetime
) -> Batch | None:
    if not elements:
        return None
    elements, body = _fitting(due.kind, elements)
    batch = Batch.objects.create(
        studio_id=connection.studio_id,
        connection=connection,
        kind=due.kind,
        act=due.act,
        idempotency_key=f"bluestamp-{new_id()}",
        body=body,
        elements=[_remembered(element, due) for element in elements],
        prepared_at=now,
        due_at=now,
    )
    ids = [element.delivery.id for element in elements]
    Delivery.objects.filter(id__in=ids).update(state=DeliveryState.SENDING, batch=batch)
    standing.settle_many(
        studio_id=connection.studio_id,
        kind=due.kind,
        document_ids=[element.document.id for element in elements],
        now=now,
    )
    return batch


def _fitting(kind: str, elements: Sequence[_Element]) -> tuple[Sequence[_Element], bytes]:
    """As many, from the front, as one body may hold, with that body; the others still wait, and go with the next call."""
    while True:
        body = carriers.OF_KIND[kind].encode([element.write for element in elements])
        if len(body) <= MAX_BODY_BYTES or len(elements) == 1:
            return elements, body
        elements = elements[: len(elements) // 2]


def _remembered(element: _Element, due: Due) -> dict[str, object]:
    copy = due.copies.get(element.document.id)
    return {
        "delivery_id": element.delivery.id,
        "document_id": element.document.id,
        "version": element.document.version,
        "xero_id": copy.xero_id if copy else "",
        "sent": faces.to_json(element.face),
    }
