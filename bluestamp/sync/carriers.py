"""How each kind travels: which of Xero's endpoints carries it, and by what it is known there again.

Invoices and bills are ours if their `Url` carries our id (bookkeeping rule 1). Credit notes and purchase orders have
no `Url`: number, contact, date, currency and total must all agree. Source: developer.xero.com, Accounting API,
Invoices, Credit Notes, Purchase Orders.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from bluestamp.sync import faces, their_faces, urls
from bluestamp.sync.faces import Face
from bluestamp.sync.their_faces import Copied
from bluestamp.xero import where, writes
from bluestamp.xero.client import MAX_PAGE_SIZE, Client, Collection
from bluestamp.xero.errors import NotFound
from bluestamp.xero.exchanges import Answer, Page, Result

#: Numbers named in one condition: they have to fit into one address.
_NUMBERS_PER_CALL: Final = 40
Results = Answer[list[Result[Copied]]]
Element = Mapping[str, Any]
"""What a batch remembers of one document: `document_id`, `xero_id`, `sent` (its face)."""


@dataclass(frozen=True, slots=True)
class Carrier:
    """One endpoint of Xero. `swept` is its name in the rhythm of looks; `event` its category of webhooks, "" for none.

    `read` fetches by ids in as few calls as the endpoint allows; `at_once` is how many ids it takes for one look.
    `has_url` tells that documents carry our address there.
    """

    swept: str
    event: str
    collection: Collection
    has_url: bool
    at_once: int
    encode: Callable[[Sequence[Any]], bytes]
    put: Callable[[Client, bytes, str], Any]
    post: Callable[[Client, bytes, str], Any]
    read: Callable[[Client, Sequence[str]], list[Copied]]
    changed: Callable[[Client, dt.datetime | None, int], Page[Any]]
    made: Callable[[Client, dt.datetime, int], Page[Any]]
    numbered: Callable[[Client, Sequence[str]], list[Copied]]


def _invoices(client: Client, ids: Sequence[str]) -> list[Copied]:
    return list(client.invoices(ids=ids, page_size=max(len(ids), 1)).value.records)


def _credit_notes(client: Client, ids: Sequence[str]) -> list[Copied]:
    """Xero reads credit notes by their ids one by one only."""
    return _found(client.credit_note, ids)


def _orders(client: Client, ids: Sequence[str]) -> list[Copied]:
    """Xero reads purchase orders by their ids, or numbers, one by one only."""
    return _found(client.purchase_order, ids)


def _found(read: Callable[[str], Answer[Any]], ids: Sequence[str]) -> list[Copied]:
    found: list[Copied] = []
    for id_ in ids:
        try:
            found.append(read(id_).value)
        except NotFound:
            continue
    return found


def _invoices_numbered(client: Client, numbers: Sequence[str]) -> list[Copied]:
    """Xero reads a comma as two numbers, so one with a comma is not asked for."""
    asked = [number for number in numbers if number and "," not in number]
    return list(client.invoices(numbers=asked, page_size=MAX_PAGE_SIZE).value.records) if asked else []


def _credit_notes_numbered(client: Client, numbers: Sequence[str]) -> list[Copied]:
    """Xero has no list of credit notes by number, but a condition that names several; none with a backslash."""
    asked = sorted({number for number in numbers if number and "\\" not in number})
    found: list[Copied] = []
    for start in range(0, len(asked), _NUMBERS_PER_CALL):
        condition = where.any_of("CreditNoteNumber", asked[start : start + _NUMBERS_PER_CALL])
        page, has_more = 1, True
        while has_more:
            answer = client.credit_notes(where=condition, page=page, page_size=MAX_PAGE_SIZE).value
            found += answer.records
            page, has_more = page + 1, answer.has_more
    return found


def _credit_notes_since(client: Client, since: dt.datetime | None, page: int) -> Page[Any]:
    return client.credit_notes(modified_since=since, page=page, page_size=MAX_PAGE_SIZE).value


def _orders_since(client: Client, since: dt.datetime | None, page: int) -> Page[Any]:
    return client.purchase_orders(modified_since=since, page=page, page_size=MAX_PAGE_SIZE).value


INVOICES: Final = Carrier(
    swept="invoice",
    event="INVOICE",
    collection=Collection.INVOICES,
    has_url=True,
    at_once=50,
    encode=writes.encode_invoices,
    put=lambda client, body, key: client.put_invoices(body, idempotency_key=key),
    post=lambda client, body, key: client.post_invoices(body, idempotency_key=key),
    read=_invoices,
    changed=lambda client, since, page: (
        client.invoices(modified_since=since, page=page, page_size=MAX_PAGE_SIZE).value
    ),
    made=lambda client, since, page: (
        client.invoices(
            created_by_my_app=True, modified_since=since, page=page, page_size=MAX_PAGE_SIZE
        ).value
    ),
    numbered=_invoices_numbered,
)
CREDIT_NOTES: Final = Carrier(
    swept="credit_note",
    event="CREDITNOTE",
    collection=Collection.CREDIT_NOTES,
    has_url=False,
    at_once=5,
    encode=writes.encode_credit_notes,
    put=lambda client, body, key: client.put_credit_notes(body, idempotency_key=key),
    post=lambda client, body, key: client.post_credit_notes(body, idempotency_key=key),
    read=_credit_notes,
    changed=_credit_notes_since,
    made=_credit_notes_since,
    numbered=_credit_notes_numbered,
)
ORDERS: Final = Carrier(
    swept="purchase_order",
    event="",
    collection=Collection.PURCHASE_ORDERS,
    has_url=False,
    at_once=5,
    encode=writes.encode_purchase_orders,
    put=lambda client, body, key: client.put_purchase_orders(body, idempotency_key=key),
    post=lambda client, body, key: client.post_purchase_orders(body, idempotency_key=key),
    read=_orders,
    changed=_orders_since,
    made=_orders_since,
    numbered=_orders,
)

#: Which endpoint carries each kind of ours.
OF_KIND: Final[Mapping[str, Carrier]] = MappingProxyType(
    {
        "expense": INVOICES,
        "invoice": INVOICES,
        "credit_note": CREDIT_NOTES,
        "supplier_credit": CREDIT_NOTES,
        "purchase_order": ORDERS,
    }
)
ALL: Final = (INVOICES, CREDIT_NOTES, ORDERS)


def kinds_of(carrier: Carrier) -> list[str]:
    """Return our kinds that this endpoint carries."""
    return [kind for kind, its in OF_KIND.items() if its is carrier]


def answered(
    kind: str, elements: Iterable[Element], results: Sequence[Result[Any]]
) -> dict[str, Result[Any]]:
    """Return the elements of Xero's answer to new documents by document of ours: by `Url`, or by number.

    A batch never holds two of one number, and a refused element carries its number back as it was sent.
    """
    if OF_KIND[kind].has_url:
        named = {urls.our_id(result.record.url, kind=kind): result for result in results}
    else:
        by_number = {_sent(element).number: element["document_id"] for element in elements}
        named = {by_number.get(their_faces.number_of(result.record), ""): result for result in results}
    return {document_id: result for document_id, result in named.items() if document_id}


def recognised(kind: str, elements: Iterable[Element], records: Iterable[Copied]) -> dict[str, Copied]:
    """Return what Xero holds of these documents although it never answered: by `Url`, or by all that must agree.

    Two that agree in everything can't be told apart, so neither is taken.
    """
    those = _candidates(kind, elements, records)
    return {document_id: found[0] for document_id, found in those.items() if len(found) == 1}


def unclear(kind: str, elements: Iterable[Element], records: Iterable[Copied]) -> set[str]:
    """Return the documents of which Xero holds several, or one that no longer agrees: a person looks, nothing is sent.

    One of that number for that contact may be it, changed there since or off by a cent; Xero takes the same number
    twice from a supplier, so that sending it anew would count it twice (rule 1).
    """
    known, there = list(elements), list(records)
    found = _candidates(kind, known, there)
    several = {id_ for id_, those in found.items() if len(those) > 1}
    unfound = [element for element in known if element["document_id"] not in found]
    alike = {one["document_id"] for one in unfound if any(_is_like(kind, one, record) for record in there)}
    return several | alike


def _candidates(kind: str, elements: Iterable[Element], records: Iterable[Copied]) -> dict[str, list[Copied]]:
    known = list(elements)
    found: dict[str, list[Copied]] = {}
    for record in records:
        for element in known:
            if _is_it(kind, element, record):
                found.setdefault(element["document_id"], []).append(record)
    return found


def _is_it(kind: str, element: Element, record: Copied) -> bool:
    if OF_KIND[kind].has_url:
        return urls.our_id(getattr(record, "url", ""), kind=kind) == str(element["document_id"])
    theirs = their_faces.of_record(record, line_ids={})
    return their_faces.kind_of(record) == kind and is_same(_sent(element), theirs)


def _is_like(kind: str, element: Element, record: Copied) -> bool:
    """Whether a document without `Url` bears the number and contact of this one, whatever else it says."""
    if OF_KIND[kind].has_url or their_faces.kind_of(record) != kind:
        return False
    ours, theirs = _sent(element), their_faces.of_record(record, line_ids={})
    return bool(ours.number) and (ours.number, ours.contact_id) == (theirs.number, theirs.contact_id)


def is_same(ours: Face, theirs: Face) -> bool:
    """Tell whether a document without `Url` is ours: number, contact, date, currency and total agree (rule 1)."""
    return all(getattr(ours, name) == getattr(theirs, name) for name in _AGREEING)


_AGREEING: Final = ("number", "contact_id", "date", "currency", "total")


def _sent(element: Element) -> Face:
    return faces.from_json(element["sent"])
