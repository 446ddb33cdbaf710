"""Hold an exchange rate of one's own against Xero's before it goes there (bookkeeping rule 16).

Xero has no list of rates: it shows one only on documents. The last that it took by itself is remembered here. Where
none ever was, the newest invoice or bill in that currency is read once; where there is none either, the document waits
for a person, since a rate that nothing can be held against is most likely to be upside down.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from bluestamp.books import documents, exchange_rates
from bluestamp.books.documents import Document, RateOrigin
from bluestamp.errors import Invalid
from bluestamp.money import exchange
from bluestamp.sync import clients, copies, parking
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.mapping import REMOVED_HERE, XERO_NOUNS
from bluestamp.xero import where

#: How many of what is due are looked at in one round.
_LOOK_AT = 400


def fault(document: Document, copy: Copy | None, connection: Connection) -> Invalid | None:
    """Return why a document's own rate may not go to Xero; None when it may, when it has none, and when Xero has it."""
    if not _is_news(document, copy):
        return None
    rate = document.own_rate
    assert rate is not None
    return exchange_rates.fault_of_distance(rate, connection.ledger, document.currency)


def check_due(connection: Connection, *, now: dt.datetime) -> bool:
    """Learn Xero's rate for a currency in which something due goes at a rate of one's own; return whether one was asked.

    What can be held against nothing is parked.
    """
    unknown = [
        row
        for row in _with_own_rates(connection, now=now)
        if exchange_rates.known(connection.ledger, row.currency) is None
    ]
    if not unknown:
        return False
    currency = unknown[0].currency
    if not _learn(connection, currency, now=now):
        _park(connection, [row for row in unknown if row.currency == currency], now=now)
    return True


def _with_own_rates(connection: Connection, *, now: dt.datetime) -> list[Document]:
    """The documents that are due, with a rate of one's own that Xero does not have yet."""
    due = Delivery.free(connection).filter(due_at__lte=now).order_by("due_at", "id")
    wanted = list(due.values_list("kind", "document_id")[:_LOOK_AT])
    found: list[Document] = []
    for kind in XERO_NOUNS:
        ids = [id_ for its, id_ in wanted if its == kind]
        if ids:
            found += documents.KINDS[kind].objects.filter(id__in=ids, rate_origin=RateOrigin.OWN)
    return list(_news(found))


def _news(rows: Sequence[Document]) -> Iterable[Document]:
    for kind in {row.kind for row in rows}:
        of_kind = [row for row in rows if row.kind == kind]
        living = copies.of(kind=kind, document_ids=[row.id for row in of_kind])
        yield from (row for row in of_kind if _is_news(row, living.get(row.id)))


def _is_news(document: Document, copy: Copy | None) -> bool:
    """Whether the document's rate is a person's, goes to Xero at all, and is not the one that Xero has by now."""
    if document.own_rate is None or document.status == REMOVED_HERE[document.kind]:
        return False
    return copy is None or copy.their_face.currency_rate != document.own_rate


def _learn(connection: Connection, currency: str, *, now: dt.datetime) -> bool:
    """Read the newest invoice or bill in that currency; return whether it told a rate."""
    with clients.open(connection, why="look_up", urgent=True, now=now) as client:
        asked = where.equals("CurrencyCode", currency)
        newest = client.invoices(where=asked, order="Date DESC", page_size=1).value.records
    told = next((row for row in newest if row.currency_rate and row.date), None)
    if told is None or told.currency_rate is None or told.date is None:
        return False
    day = dt.date(told.date.year, told.date.month, told.date.day)
    exchange_rates.note_known(connection.ledger_id, currency, exchange.to_rate(told.currency_rate), on=day)
    return exchange_rates.known(connection.ledger, currency) is not None


def _park(connection: Connection, rows: Sequence[Document], *, now: dt.datetime) -> None:
    sentence = (
        f"{connection.name} has no rate for {rows[0].currency} yet that this one could be held against."
    )
    with transaction.atomic():
        for row in rows:
            waiting = Delivery.objects.select_for_update().filter(
                kind=row.kind, document_id=row.id, state=DeliveryState.WAITING
            )
            for delivery in waiting:
                parking.park(
                    delivery, "RATE_UNKNOWN", now=now, sentence=sentence, fault_field=exchange_rates.FIELD
                )
