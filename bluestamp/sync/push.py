"""Ask for a document's present state to be in Xero: the button, the bulk bar, and what undoes or repeats them.

Asking writes one delivery and queues one task in the same transaction, so that neither can exist without the other.
What happens next is in `rounds`: a worker claims, calls and records.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from bluestamp.books import conversions, documents
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.books.purchase_orders import PurchaseOrder
from bluestamp.engine import queue
from bluestamp.errors import Conflict, Invalid, NotFound, Refusal
from bluestamp.people import permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.sync import contacts, matching, our_verbs, readiness, standing
from bluestamp.sync.connections import Connection
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.mapping import XERO_NOUNS, target_status, xero_label
from bluestamp.sync.readiness import Finding, NotSendable


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a wish for many: how many go, and which were left out with the sentence why."""

    asked: int
    skipped: tuple[tuple[str, Refusal], ...]


class OnItsWay(Conflict):
    """Xero is being asked at this moment."""

    code = "ON_ITS_WAY"


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What pressing the button would do with one document, in Xero's words."""

    document: Document
    act: str  # "create" | "change" | "remove"
    xero_noun: str
    xero_status_label: str
    organisation: str
    contact: str  # "linked" | "create" | "choose"
    refusal: Refusal | None


def request(
    document: Document, *, by: Actor, now: dt.datetime, allow_create_contact: bool = False
) -> Delivery:
    """Ask for this document to be copied to Xero, or for its changes to be sent.

    Refuses NotPermitted, NoConnection, NotSendable, NotReady (one fault a field), ContactMissing, ContactUnclear.
    """
    permissions.require(by, Action.COPY_TO_XERO)
    finding = readiness.examine(documents.kind_of(document), [document])[0]
    refusal = finding.refusal(allow_create_contact=allow_create_contact)
    if refusal is not None:
        raise refusal
    with transaction.atomic():
        return _ask([finding], by=by, now=now, allow_create_contact=allow_create_contact)[0]


def request_many(
    kind: str, ids: Sequence[str], *, by: Actor, now: dt.datetime, allow_create_contact: bool = False
) -> Asked:
    """Ask for many documents of one kind at once; those that can't go are left out, each with its reason.

    Documents from before the connection's start date never go in bulk (bookkeeping rule 3). Refuses NotPermitted.
    """
    permissions.require(by, Action.COPY_TO_XERO)
    rows = list(documents.KINDS[kind].objects.filter(id__in=ids).prefetch_related("lines"))
    ready: list[Finding] = []
    skipped: list[tuple[str, Refusal]] = []
    for finding in readiness.examine(kind, rows):
        refusal = _older_than_start(finding) or finding.refusal(allow_create_contact=allow_create_contact)
        if refusal is None:
            ready.append(finding)
        else:
            skipped.append((finding.document.id, refusal))
    with transaction.atomic():
        _ask(ready, by=by, now=now, allow_create_contact=allow_create_contact)
    return Asked(asked=len(ready), skipped=tuple(skipped))


def preview(kind: str, ids: Sequence[str], *, by: Actor) -> list[PreviewRow]:
    """Return what sending these documents would create, change or remove in Xero, and what would be refused."""
    permissions.require(by, Action.SEE_DOCUMENTS)
    rows = list(documents.KINDS[kind].objects.filter(id__in=ids).prefetch_related("lines"))
    return [_preview_row(finding) for finding in readiness.examine(kind, rows)]


def retry(delivery_id: str, *, by: Actor, now: dt.datetime) -> Delivery:
    """Send a parked document again, as it now is. Refuses as `request` does."""
    parked = Delivery.objects.filter(id=delivery_id).first()
    if parked is None:
        raise NotFound("There is no such delivery.")
    return request(documents.load(parked.kind, parked.document_id), by=by, now=now)


def withdraw(document: Document, *, by: Actor, now: dt.datetime) -> None:
    """Take back a wish that has not gone yet, or put a parked one aside. What is being sent can't be called back.

    On a connection that was given up, nobody will ever learn what became of a send. Owner and bookkeeper may let go of
    that one too, having looked in Xero. Refuses NotPermitted.
    """
    permissions.require(by, Action.COPY_TO_XERO)
    kind = documents.kind_of(document)
    with transaction.atomic():
        unknowable = Delivery.objects.filter(
            kind=kind, document_id=document.id, state=DeliveryState.SENDING, connection__state="disconnected"
        )
        if unknowable.exists():
            permissions.require(by, Action.SETTLE_DIFFERENCES)
            _put_aside(kind, [document.id], (DeliveryState.SENDING,), now)
        put_aside(kind, [document.id], now=now)
        standing.settle(studio_id=by.studio_id, kind=kind, document_id=document.id, now=now)


def remove(document: Document, *, reason: str, by: Actor, now: dt.datetime) -> Document:
    """Cancel or void a document here, and take its copy out of Xero with it where Xero allows.

    Refuses as the noun's own verb does.
    """
    with transaction.atomic():
        hold_wishes(document.kind, [document.id])
        gone = our_verbs.remove(document, reason=reason, by=by, now=now)
        finding = readiness.examine(documents.kind_of(gone), [gone])[0]
        in_xero = finding.copy is not None and not finding.stop
        if finding.connection is not None and (in_xero or _is_being_sent(gone)):
            _ask([finding], by=by, now=now, allow_create_contact=False)
        else:
            _ask_nothing_more(gone, now=now)
    return gone


def _ask_nothing_more(gone: Document, *, now: dt.datetime) -> None:
    """What was refused of it, or asked about it, is nobody's concern any more; what broke half-way stays to be looked at."""
    rows = Delivery.objects.filter(kind=gone.kind, document_id=gone.id, state=DeliveryState.PARKED)
    rows.exclude(code="INTERNAL").update(state=DeliveryState.WITHDRAWN, settled_at=now)
    standing.settle(studio_id=gone.studio_id, kind=gone.kind, document_id=gone.id, now=now)


def turn_into_order(expense: Expense, *, by: Actor, now: dt.datetime) -> PurchaseOrder:
    """Make a purchase order of an expense that no Xero holds; what still waited to be sent of it is taken back.

    Refuses OnItsWay while it is being sent, and as `conversions.expense_to_order` does.
    """
    with transaction.atomic():
        order = conversions.expense_to_order(expense_id=expense.id, version=expense.version, by=by, now=now)
        if _is_being_sent(expense):
            raise OnItsWay("It is being sent to Xero right now. Look again when Xero has answered.")
        put_aside(expense.kind, [expense.id], now=now)
        standing.settle(studio_id=by.studio_id, kind=expense.kind, document_id=expense.id, now=now)
    return order


def _is_being_sent(document: Document) -> bool:
    """It may stand in Xero by now: what was taken back here has to be taken out there as well."""
    rows = Delivery.objects.filter(kind=document.kind, document_id=document.id)
    return rows.filter(state=DeliveryState.SENDING).exists()


def ask_again(delivery: Delivery, *, now: dt.datetime, reason: str) -> None:
    """Put a parked delivery back in the line after a person answered its question; the caller's transaction."""
    delivery.state = DeliveryState.WAITING
    delivery.due_at = now
    delivery.send_anyway_reason = reason
    delivery.code = delivery.sentence = delivery.fault_field = ""
    delivery.save(update_fields=["state", "due_at", "send_anyway_reason", "code", "sentence", "fault_field"])
    standing.settle(
        studio_id=delivery.studio_id, kind=delivery.kind, document_id=delivery.document_id, now=now
    )
    nudge(delivery.connection)


def nudge(connection: Connection, *, at: dt.datetime | None = None) -> None:
    """Queue the connection's drain; call it last in a transaction, connections in the order of their ids."""
    queue.enqueue_once(
        "sync.drain",
        key=f"sync.drain:{connection.id}",
        at=at,
        connection_id=connection.id,
        studio_id=connection.studio_id,
    )


def _older_than_start(finding: Finding) -> NotSendable | None:
    connection, document = finding.connection, finding.document
    if connection is None or finding.copy is not None:
        return None
    if document.in_books_already or document.issued_on < connection.start_on:
        return NotSendable(
            f"It is older than {connection.start_on.day} {connection.start_on:%b %Y}, when {connection.name} was "
            "connected, and stands as in the books already. Open it to send it all the same."
        )
    return None


def _ask(
    findings: Sequence[Finding], *, by: Actor, now: dt.datetime, allow_create_contact: bool
) -> list[Delivery]:
    """Write the deliveries and queue the drains; the caller's transaction."""
    if not findings:
        return []
    kind = findings[0].kind
    ids = [finding.document.id for finding in findings]
    _make_way(findings, now=now)
    for finding in findings:
        _settle_party(finding, by=by, now=now)
    _put_aside(kind, ids, (DeliveryState.PARKED,), now)
    fresh = [_delivery(finding, by, now, allow_create_contact) for finding in findings]
    Delivery.objects.bulk_create(fresh, ignore_conflicts=True)
    waiting = Delivery.objects.filter(kind=kind, document_id__in=ids, state=DeliveryState.WAITING)
    waiting.update(due_at=now, asked_by=by.name, asked_user_id=by.user_id, asked_at=now)
    if allow_create_contact:
        waiting.update(allow_create_contact=True)
    standing.settle_many(studio_id=by.studio_id, kind=kind, document_ids=ids, now=now)
    for connection in _in_order(finding.connection for finding in findings):
        nudge(connection)
    rows = {row.document_id: row for row in waiting}
    return [rows[id_] for id_ in ids]


def hold_wishes(kind: str, ids: Iterable[str]) -> list[Delivery]:
    """Lock what waits for these documents, so that no worker claims it meanwhile; the caller's transaction.

    Deliveries are locked before documents, copies and money, everywhere; else a worker and a person wait for each other.
    """
    rows = Delivery.objects.select_for_update().filter(
        kind=kind, document_id__in=list(ids), state=DeliveryState.WAITING
    )
    return list(rows.order_by("id"))


def _make_way(findings: Sequence[Finding], *, now: dt.datetime) -> None:
    """Hold what waits already; a wish for a connection that was given up makes way."""
    homes = {finding.document.id: finding.connection for finding in findings}
    for row in hold_wishes(findings[0].kind, homes):
        home = homes[row.document_id]
        if home is not None and row.connection_id != home.id:
            Delivery.objects.filter(id=row.id).update(state=DeliveryState.WITHDRAWN, settled_at=now)


def _settle_party(finding: Finding, *, by: Actor, now: dt.datetime) -> None:
    """Remember a contact found beyond doubt, and give the document its number: it leaves the desk now."""
    assert finding.connection is not None
    if isinstance(finding.contact, matching.Found):
        contacts.link_found(finding.connection, finding.document, finding.contact, by=by, now=now)
    if not finding.document.number:
        our_verbs.give_number(finding.document, by=by, now=now)


def put_aside(kind: str, ids: Sequence[str], *, now: dt.datetime) -> None:
    """Take back what waits or is parked for these documents; the caller's transaction, who settles their standing."""
    _put_aside(kind, ids, (DeliveryState.WAITING, DeliveryState.PARKED), now)


def _put_aside(kind: str, ids: Sequence[str], states: Iterable[DeliveryState], now: dt.datetime) -> None:
    rows = Delivery.objects.filter(kind=kind, document_id__in=ids, state__in=list(states))
    rows.update(state=DeliveryState.WITHDRAWN, settled_at=now)


def _delivery(finding: Finding, by: Actor, now: dt.datetime, allow_create_contact: bool) -> Delivery:
    return Delivery(
        studio_id=by.studio_id,
        connection=finding.connection,
        kind=finding.kind,
        document_id=finding.document.id,
        due_at=now,
        asked_by=by.name,
        asked_user_id=by.user_id,
        asked_at=now,
        allow_create_contact=allow_create_contact,
    )


def _in_order(found: Iterable[Connection | None]) -> list[Connection]:
    """Each connection once, sorted, so that two requests never wait for each other's queue rows."""
    return [row for _, row in sorted({row.id: row for row in found if row is not None}.items())]


def _preview_row(finding: Finding) -> PreviewRow:
    target = target_status(finding.kind, finding.document.status)
    act = "remove" if target is None else "change" if finding.copy else "create"
    answers = {matching.Nothing: "create", matching.Candidates: "choose"}
    return PreviewRow(
        document=finding.document,
        act=act,
        xero_noun=XERO_NOUNS[finding.kind],
        xero_status_label=xero_label(finding.kind, target) if target else "",
        organisation=finding.connection.name if finding.connection else "",
        contact=answers.get(type(finding.contact), "linked"),
        refusal=_preview_refusal(finding),
    )


def _preview_refusal(finding: Finding) -> Refusal | None:
    refusal = finding.refusal(allow_create_contact=True)
    return (
        Invalid("; ".join(fault.sentence for fault in refusal.faults))
        if isinstance(refusal, readiness.NotReady)
        else refusal
    )
