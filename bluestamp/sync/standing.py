"""The copy standing of documents: one row for each that has anything to say, and what a page shows of it.

A document without a row is not in Xero and not on its way. `settle` recomputes a row from the document's living copy
and its latest delivery; whoever changes either calls it in the same transaction. "Changes to send" and "connection
lost" are not stored: they follow from the document's version and the connection's state when the row is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q

from bluestamp.books import documents
from bluestamp.books.documents import Document
from bluestamp.people.studios import StudioRow
from bluestamp.sync import copies
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.decisions import PARKED, Remedy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.mapping import XERO_NOUNS, apart, stamp_label
from bluestamp.sync.plan import CopyState
from bluestamp.xero import deep_links


class Standing(StudioRow):
    """The copy standing of one document, ready to be listed and counted."""

    kind = models.CharField(max_length=20)
    document_id = models.CharField(max_length=20)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=20)
    code = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=1000, blank=True)
    fault_field = models.CharField(max_length=60, blank=True)
    xero_status = models.CharField(max_length=20, blank=True)
    xero_id = models.CharField(max_length=36, blank=True)
    version_sent = models.PositiveIntegerField(null=True)
    delivery = models.ForeignKey(Delivery, null=True, on_delete=models.SET_NULL, related_name="+")
    needs_person = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["studio", "kind", "document_id"], name="standing_one_a_document"),
        ]
        indexes = [
            models.Index(fields=["studio", "kind", "state"], name="standing_state"),
            models.Index(fields=["studio", "-changed_at"], name="standing_changed"),
            models.Index(
                fields=["studio", "-changed_at"], condition=Q(needs_person=True), name="standing_needs_person"
            ),
        ]


#: The state that a parked delivery gives its document; every other code is REFUSED.
_STATE_OF_CODE = {
    "LOCKED_IN_XERO": CopyState.LOCKED_IN_XERO,
    "GONE_FROM_XERO": CopyState.GONE,
    "CHANGED_IN_XERO": CopyState.CHANGED_IN_XERO,
    "LINES_DIFFER": CopyState.CHANGED_IN_XERO,
    "OFF_BY_CENTS": CopyState.OFF_BY_CENTS,
}
#: The code that a copy's own state means to a person; states that need nobody are absent.
_CODE_OF_STATE = {
    CopyState.LOCKED_IN_XERO: "LOCKED_IN_XERO",
    CopyState.GONE: "GONE_FROM_XERO",
    CopyState.OFF_BY_CENTS: "OFF_BY_CENTS",
}
_ON_ITS_WAY = (CopyState.WAITING, CopyState.SENDING)


def settle(*, studio_id: int, kind: str, document_id: str, now: dt.datetime) -> None:
    """Recompute the standing of one document; the row goes when there is neither copy nor delivery."""
    settle_many(studio_id=studio_id, kind=kind, document_ids=[document_id], now=now)


def settle_many(*, studio_id: int, kind: str, document_ids: Iterable[str], now: dt.datetime) -> None:
    """Recompute the standing of many documents in five queries.

    The rows are locked before copies and deliveries are read: two who change a document at once would else each write
    what they see, and the second not what the first changed. A row that is new is locked by its insertion only, so it is
    reckoned once more.
    """
    ids = sorted(set(document_ids))
    with transaction.atomic():
        rows = Standing.objects.filter(kind=kind, document_id__in=ids).order_by("document_id")
        known = set(rows.select_for_update(of=("self",)).values_list("document_id", flat=True))
        written = _reckon(studio_id, kind, ids, now=now)
        _reckon(studio_id, kind, [id_ for id_ in written if id_ not in known], now=now)


def _reckon(studio_id: int, kind: str, ids: list[str], *, now: dt.datetime) -> list[str]:
    """Write what follows from copies and deliveries as they are; return the documents that have a row."""
    living = copies.of(kind=kind, document_ids=ids) if ids else {}
    latest = _latest(kind, ids) if ids else {}
    speaking = [id_ for id_ in ids if id_ in living or id_ in latest]
    if len(speaking) < len(ids):
        Standing.objects.filter(kind=kind, document_id__in=set(ids) - set(speaking)).delete()
    rows = [
        Standing(
            studio_id=studio_id,
            kind=kind,
            document_id=id_,
            changed_at=now,
            **{**_from_copy(living.get(id_)), **_from_delivery(latest.get(id_), living.get(id_))},
        )
        for id_ in speaking
    ]
    if rows:
        Standing.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["studio", "kind", "document_id"],
            update_fields=_STORED,
        )
    return speaking


_STORED = [
    "connection",
    "state",
    "code",
    "sentence",
    "fault_field",
    "xero_status",
    "xero_id",
    "version_sent",
    "delivery",
    "needs_person",
    "changed_at",
]


def _latest(kind: str, ids: list[str]) -> dict[str, Delivery]:
    """The deliveries that still have something to say: under way, or parked for a person."""
    speaking = (DeliveryState.WAITING, DeliveryState.SENDING, DeliveryState.PARKED)
    rows = Delivery.objects.filter(kind=kind, document_id__in=ids, state__in=speaking)
    return {row.document_id: row for row in rows.order_by("asked_at", "id")}


def _from_copy(copy: Copy | None) -> dict[str, Any]:
    if copy is None:
        return {"xero_status": "", "xero_id": "", "version_sent": None}
    state = CopyState(copy.state)
    code = _CODE_OF_STATE.get(state, "")
    return {
        "connection_id": copy.connection_id,
        "state": state,
        "code": code,
        "sentence": PARKED[code].meaning if code else "",
        "fault_field": "",
        "needs_person": bool(code),
        "xero_status": copy.xero_status,
        "xero_id": copy.xero_id,
        "version_sent": copy.version_sent,
        "delivery_id": None,
    }


def _from_delivery(delivery: Delivery | None, copy: Copy | None) -> dict[str, Any]:
    if delivery is None:
        return {}
    states = {DeliveryState.WAITING: CopyState.WAITING, DeliveryState.SENDING: CopyState.SENDING}
    state = states.get(DeliveryState(delivery.state)) or _STATE_OF_CODE.get(delivery.code, CopyState.REFUSED)
    if copy is None and state is CopyState.CHANGED_IN_XERO:
        state = CopyState.REFUSED
    parked = delivery.state == DeliveryState.PARKED
    return {
        "connection_id": delivery.connection_id,
        "state": state,
        "code": delivery.code if parked else "",
        "sentence": delivery.sentence if parked else "",
        "fault_field": delivery.fault_field if parked else "",
        "needs_person": parked,
        "delivery_id": delivery.id,
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """The copy standing as a page or the API shows it."""

    state: CopyState
    label: str
    tone: str  # "blue" | "amber" | "red" | "idle"
    organisation: str = ""
    xero_noun: str = ""
    xero_status: str = ""
    xero_status_label: str = ""
    #: what is to be said where its status and Xero's stay different; "" where they agree
    apart: str = ""
    stamp_url: str | None = None
    code: str = ""
    sentence: str = ""
    fault_field: str = ""
    remedy: Remedy | None = None
    delivery_id: str = ""
    changed_at: dt.datetime | None = None

    @property
    def is_on_its_way(self) -> bool:
        """True while Xero's answer is awaited."""
        return self.state in _ON_ITS_WAY

    @property
    def is_in_xero(self) -> bool:
        """True when the document has a copy there, in step or not."""
        return self.stamp_url is not None and self.state is not CopyState.GONE

    @property
    def mark(self) -> str:
        """A short text that differs whenever the page has to be drawn anew."""
        moment = self.changed_at.timestamp() if self.changed_at else 0
        return f"{self.state}-{self.code}-{moment:.3f}"


#: What each state is called, and its tone: blue is in Xero, red needs a person, amber when there is time.
LABELS: dict[CopyState, tuple[str, str]] = {
    CopyState.NOT_IN_XERO: ("Not in Xero", "idle"),
    CopyState.WAITING: ("Waiting", "idle"),
    CopyState.SENDING: ("Sending", "idle"),
    CopyState.IN_STEP: ("In Xero", "blue"),
    CopyState.CHANGES_TO_SEND: ("Changes to send", "amber"),
    CopyState.CHANGED_IN_XERO: ("Changed in Xero", "amber"),
    CopyState.LOCKED_IN_XERO: ("Locked in Xero", "red"),
    CopyState.OFF_BY_CENTS: ("Totals differ", "red"),
    CopyState.REFUSED: ("Refused by Xero", "red"),
    CopyState.GONE: ("Gone from Xero", "red"),
    CopyState.CONNECTION_LOST: ("Waits for the connection", "red"),
    CopyState.IN_THE_BOOKS: ("In the books already", "idle"),
}


def of(*, kind: str, rows: Iterable[Document]) -> dict[str, Shown]:
    """Return the standing of each document, by its id. Two queries, however many documents."""
    shown_rows = list(rows)
    stored = {
        row.document_id: row
        for row in Standing.objects.filter(
            kind=kind, document_id__in=[row.id for row in shown_rows]
        ).select_related("connection")
    }
    return {row.id: _shown(kind, row, stored.get(row.id)) for row in shown_rows}


def of_one(document: Document) -> Shown:
    """Return the standing of one document."""
    return of(kind=documents.kind_of(document), rows=[document])[document.id]


def _shown(kind: str, document: Document, row: Standing | None) -> Shown:
    if row is None:
        state = CopyState.IN_THE_BOOKS if document.in_books_already else CopyState.NOT_IN_XERO
        label, tone = LABELS[state]
        return Shown(state=state, label=label, tone=tone)
    state = _state_now(document, row)
    label, tone = LABELS[state]
    remedy = PARKED.get(row.code)
    if state is CopyState.REFUSED and remedy is not None:
        label = "Refused by Xero" if remedy.title == "Refused" else remedy.title
    return Shown(
        state=state,
        label=label,
        tone=tone,
        organisation=row.connection.name,
        xero_noun=XERO_NOUNS[kind],
        xero_status=row.xero_status,
        xero_status_label=stamp_label(kind, row.xero_status) if row.xero_status else "",
        apart=apart(kind, document.status, row.xero_status),
        stamp_url=stamp_url(kind, row.xero_id, row.connection) if row.xero_id else None,
        code=row.code,
        sentence=row.sentence,
        fault_field=row.fault_field,
        remedy=remedy,
        delivery_id=row.delivery_id or "",
        changed_at=row.changed_at,
    )


def _state_now(document: Document, row: Standing) -> CopyState:
    state = CopyState(row.state)
    if state in _ON_ITS_WAY and row.connection.state != "connected":
        return CopyState.CONNECTION_LOST
    if state is CopyState.IN_STEP and row.version_sent is not None and document.version > row.version_sent:
        return CopyState.CHANGES_TO_SEND
    return state


def stamp_url(kind: str, xero_id: str, connection: Connection) -> str:
    """Return the address of the document on Xero's own pages, in the right organisation."""
    origin = settings.XERO_DEEP_LINK_URL
    return _LINKS[kind](xero_id, short_code=connection.short_code, origin=origin)


_LINKS = {
    "expense": deep_links.bill,
    "invoice": deep_links.invoice,
    "purchase_order": deep_links.purchase_order,
    "credit_note": deep_links.sales_credit_note,
    "supplier_credit": deep_links.supplier_credit_note,
}


#: The tabs of copy standing on every list, in their order.
TABS = {
    "not_in_xero": "Not in Xero",
    "on_its_way": "On its way",
    "changes_to_send": "Changes to send",
    "needs_attention": "Needs attention",
}


def tab_counts(kind: str, *, of_all: int | None = None) -> Mapping[str, int]:
    """Return how many documents stand under each tab of `TABS`; all but the last from indexes alone.

    `of_all` is how many documents of the kind there are, where the caller has counted them already.
    """
    there = Standing.objects.filter(kind=kind)
    by_state = dict(there.order_by().values_list("state").annotate(many=models.Count("*")))
    model = documents.KINDS[kind]
    in_books = model.objects.filter(in_books_already=True).count()
    waiting = (model.objects.count() if of_all is None else of_all) - in_books - sum(by_state.values())
    return {
        "not_in_xero": max(waiting, 0),
        "on_its_way": sum(by_state.get(state, 0) for state in _ON_ITS_WAY),
        "changes_to_send": model.objects.filter(version__gt=F("ledger_version")).count(),
        "needs_attention": there.filter(needs_person=True).count(),
    }


def under_tab(kind: str, tab: str, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """Narrow a list of documents to those under one tab of `TABS`."""
    there = Standing.objects.filter(kind=kind).values("document_id")
    if tab == "not_in_xero":
        # Looked up row by row, so that a page is full after a few; a list of all that are there would be made anew.
        return rows.filter(~Exists(there.filter(document_id=OuterRef("id"))), in_books_already=False)
    if tab == "changes_to_send":
        return rows.filter(version__gt=F("ledger_version"))
    narrowed = {
        "on_its_way": there.filter(state__in=_ON_ITS_WAY),
        "needs_attention": there.filter(needs_person=True),
    }[tab]
    return rows.filter(id__in=narrowed)


def attention_count() -> int:
    """Return how many documents of the studio need a person."""
    return Standing.objects.filter(needs_person=True).count()


def attention(limit: int = 100) -> list[Standing]:
    """Return the documents that need a person, newest first."""
    rows = Standing.objects.filter(needs_person=True).select_related("connection", "delivery")
    return list(rows.order_by("-changed_at")[:limit])


def on_their_way(limit: int = 100) -> list[Standing]:
    """Return the documents that wait for Xero or are being sent, oldest first."""
    rows = Standing.objects.filter(state__in=_ON_ITS_WAY).select_related("connection", "delivery")
    return list(rows.order_by("changed_at")[:limit])


def latest_change() -> dt.datetime | None:
    """Return when any standing of the studio last changed: one indexed read, for pages that poll."""
    return Standing.objects.order_by("-changed_at").values_list("changed_at", flat=True).first()
