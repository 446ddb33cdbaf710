"""Books: what needs a person, what is on its way, what was done, and the log of calls to Xero."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from ninja import Query, Router
from pydantic import Field

from bluestamp.api import documents as common
from bluestamp.api import wire
from bluestamp.api.callers import Call
from bluestamp.api.documents import Act, CopyStanding
from bluestamp.api.wire import Day, Id, Money, Named, Page, Paged, Shape
from bluestamp.books import documents
from bluestamp.books.month_end import Part
from bluestamp.people import permissions
from bluestamp.people.activity import Activity
from bluestamp.people.permissions import Action
from bluestamp.sync import connections, month_ends, standing
from bluestamp.sync.exchanges import Exchange
from bluestamp.sync.standing import Shown, Standing

MOST = 200

Limit = Annotated[int, Field(ge=1, le=MOST)]
router = Router(tags=["books"], by_alias=True)


class Entry(Shape):
    """One document, with what is to be said about its copy. `messages` are Xero's own words."""

    kind: str
    id: str
    number: str
    version: int
    company: Named
    currency: str
    total: Money
    copy_standing: CopyStanding = Field(serialization_alias="copy")
    messages: list[str]


class Attention(Shape):
    """What needs a person; `total` counts also what the limit left out."""

    items: list[Entry]
    total: int


class ExchangeShown(Shape):
    """One call to Xero. `status` is null when no answer came."""

    id: str
    at: dt.datetime
    connection: Named
    method: str
    path: str
    status: int | None
    bytes_out: int
    bytes_in: int
    duration_ms: int
    correlation_id: str
    why: str


class SumShown(Shape):
    """What clients ("sales") or suppliers ("costs") come to in one currency; credits count down."""

    side: str
    currency: str
    amount: Money


class HeapRow(Shape):
    """One document of a heap, and what of it counts there."""

    kind: str
    id: str
    number: str
    company: Named
    issued_on: dt.date
    due_on: dt.date | None
    currency: str
    amount: Money


class HeapShown(Shape):
    """Something to clear before a month is closed; `documents` holds the newest hundred, `count` and `sums` are of all."""

    name: str
    count: int
    sums: list[SumShown]
    documents: list[HeapRow]


class MonthAsked(Shape):
    """Which month's end, and whose: without a connection, what has no organisation."""

    until: Day
    connection_id: Id | None = None


@router.get("/attention", response=Attention)
def attention(request: Call, limit: Limit = 100) -> Attention:
    """List the documents that need a person, newest first."""
    return Attention(items=_entries(standing.attention(limit)), total=standing.attention_count())


@router.get("/waiting", response=list[Entry])
def waiting(request: Call, limit: Limit = 100) -> list[Entry]:
    """List the documents that wait for Xero or are being sent, oldest first."""
    return _entries(standing.on_their_way(limit))


@router.get("/activity", response=Page[Act])
def activity(request: Call, asked: Query[Paged]) -> Page[Act]:
    """List what was done in the studio, newest first."""
    found, about = wire.slice_of(Activity.objects.order_by("-at", "-place"), asked)
    return Page(items=[common.act(row) for row in found], **about)


@router.get("/exchanges", response=Page[ExchangeShown])
def exchanges(request: Call, asked: Query[Paged]) -> Page[ExchangeShown]:
    """List the calls to Xero, newest first; for those who may see them."""
    permissions.require(request.caller.actor, Action.SEE_EXCHANGES)
    rows = Exchange.objects.select_related("connection").order_by("-at", "-id")
    found, about = wire.slice_of(rows, asked)
    return Page(items=[_exchange(row) for row in found], **about)


@router.get("/month-end", response=list[HeapShown])
def month_end(request: Call, asked: Query[MonthAsked]) -> list[HeapShown]:
    """List what is to be cleared away up to a day: costs not in Xero, orders, drafts, unused credit."""
    connection = connections.load(asked.connection_id) if asked.connection_id else None
    found = month_ends.parts(connection, until=asked.until, by=request.caller.actor)
    return [_heap(part) for part in found]


# Steps


def _heap(part: Part) -> HeapShown:
    return HeapShown(
        name=part.name,
        count=part.count,
        sums=[SumShown(side=one.side, currency=one.currency, amount=one.amount) for one in part.sums],
        documents=[
            HeapRow(
                kind=row.kind,
                id=row.document.pk,
                number=row.document.number,
                company=Named(id=row.document.company_id, name=row.document.company_name),
                issued_on=row.document.issued_on,
                due_on=row.document.due_on,
                currency=row.document.currency,
                amount=row.amount,
            )
            for row in part.rows
        ],
    )


def _entries(rows: list[Standing]) -> list[Entry]:
    """Rows with their documents: a few queries a kind, however many rows."""
    found: dict[tuple[str, str], tuple[Any, Shown]] = {}
    for kind, model in documents.KINDS.items():
        ids = [row.document_id for row in rows if row.kind == kind]
        listed = list(model.objects.filter(pk__in=ids)) if ids else []
        shown = standing.of(kind=kind, rows=listed) if listed else {}
        found |= {(kind, document.pk): (document, shown[document.pk]) for document in listed}
    there = [row for row in rows if (row.kind, row.document_id) in found]
    return [_entry(row, *found[row.kind, row.document_id]) for row in there]


def _entry(row: Standing, document: Any, shown: Shown) -> Entry:
    return Entry(
        kind=row.kind,
        id=document.pk,
        number=document.number,
        version=document.version,
        company=Named(id=document.company_id, name=document.company_name),
        currency=document.currency,
        total=document.total,
        copy_standing=common.copy_standing(shown),
        messages=[str(message) for message in row.delivery.messages] if row.delivery else [],
    )


def _exchange(row: Exchange) -> ExchangeShown:
    same = {name: getattr(row, name) for name in ExchangeShown.model_fields if name != "connection"}
    return ExchangeShown(**same, connection=Named(id=row.connection_id, name=row.connection.name))
