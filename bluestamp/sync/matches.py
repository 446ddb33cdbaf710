"""Find what stands in Xero already, so that connecting a studio in full swing doubles nothing (bookkeeping rule 3).

Once after connecting, and again when branches or the start date change, the numbers of what was issued here are looked
up in Xero. A number alone never adopts (rule 1): each find is a question, answered by linking the two or by sending.
The same look-up tells which document has the number that Xero just called taken.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from django.db import models, transaction

from bluestamp.books import documents, keepers
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.books.invoices import Invoice
from bluestamp.books.purchase_orders import PurchaseOrder
from bluestamp.people import permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.sync import carriers, clients, connections, contacts, duplicates, mirror, standing, their_faces
from bluestamp.sync.carriers import Carrier
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.lookalikes import number_key
from bluestamp.sync.their_faces import Copied
from bluestamp.xero import records

#: The cursor that says when this was done.
CURSOR = connections.MATCHED
_NUMBERS_PER_CALL = 50
_CONTACTS_PER_CALL = 40


def match_due(connection: Connection, *, now: dt.datetime) -> bool:
    """Look up what was issued here before it was connected; return whether anything was asked."""
    if CURSOR in connection.cursors or not mirror.is_filled(connection):
        return False
    branches = connections.branch_ids(connection)
    bills = list(_unknown(Expense, connection, ("approved", "paid")))
    found: dict[str, Copied] = {**_bills_found(connection, bills, now=now)}
    asked: list[Document] = [*bills]
    for model, statuses in _NUMBERED:
        rows = list(_unknown(model, connection, statuses).exclude(number=""))
        found |= _numbered_found(connection, carriers.OF_KIND[model.kind], rows, now=now)
        asked += rows
    with transaction.atomic():
        for document in asked:
            if document.id in found:
                _ask(connection, document, found[document.id], now=now)
        _note_done(connection, branches, now=now)
    return bool(asked)


#: What carries a number of ours to Xero, in the statuses that it may stand there in.
_NUMBERED: Final[tuple[tuple[type[Document], tuple[str, ...]], ...]] = (
    (Invoice, ("sent", "paid")),
    (CreditNote, ("issued", "used")),
    (PurchaseOrder, ("approved",)),
)


def _note_done(connection: Connection, branches: Sequence[str], *, now: dt.datetime) -> None:
    """It is done, unless the connection was edited meanwhile: then other documents may stand there, and it is done anew."""
    row = connections.locked(connection.id)
    same = (sorted(connections.branch_ids(row)), row.start_on) == (sorted(branches), connection.start_on)
    if same:
        row.cursors = {**row.cursors, CURSOR: now.isoformat()}
        row.save(update_fields=["cursors"])
    connection.cursors = row.cursors


def identify_taken(connection: Connection, *, now: dt.datetime) -> bool:
    """Learn which documents in Xero have the numbers that it called taken; return whether there were any."""
    parked = Delivery.objects.filter(
        connection=connection, state=DeliveryState.PARKED, code="NUMBER_TAKEN", question__xero_id=""
    )
    asked = list(parked.order_by("asked_at")[:_NUMBERS_PER_CALL])
    if not asked:
        return False
    for carrier in carriers.ALL:
        _identify(
            connection, carrier, [row for row in asked if carriers.OF_KIND[row.kind] is carrier], now=now
        )
    return True


def _identify(
    connection: Connection, carrier: Carrier, rows: Sequence[Delivery], *, now: dt.datetime
) -> None:
    numbers = [str(row.question.get("number", "")) for row in rows]
    there = _by_number(connection, carrier, numbers, now=now)
    for row in rows:
        record = there.get((row.kind, str(row.question.get("number", ""))))
        row.question = _question(record) if record else {**row.question, "xero_id": None}
        row.save(update_fields=["question"])


def agreeing_count() -> int:
    """Return how many documents were found in Xero that agree in number, total and currency."""
    return _agreeing().count()


def _agreeing() -> models.QuerySet[Delivery]:
    return Delivery.objects.filter(
        state=DeliveryState.PARKED, code="FOUND_IN_XERO", question__agrees=True
    ).order_by("asked_at", "id")


def link_agreeing(*, by: Actor, now: dt.datetime) -> int:
    """Link every document found in Xero whose total and currency agree as well; return how many.

    The others stay questions. Refuses NotPermitted.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    rows = list(_agreeing())
    for row in rows:
        duplicates.answer_link(duplicates.document_of(row), by=by, now=now)
    return len(rows)


def _unknown(
    model: type[Document], connection: Connection, statuses: Sequence[str]
) -> models.QuerySet[Document]:
    """Documents that would go to this organisation and have neither copy nor wish: nothing is known of them in Xero."""
    kind = model.kind
    copied = Copy.objects.filter(kind=kind, is_gone=False).values("document_id")
    asked = Delivery.objects.filter(kind=kind).values("document_id")
    mine = keepers.kept_in(kind, connection.ledger_id)
    rows = model.objects.filter(mine, status__in=statuses).exclude(id__in=copied)
    return rows.exclude(id__in=asked).select_related("company")


def _numbered_found(
    connection: Connection, carrier: Carrier, rows: Sequence[Document], *, now: dt.datetime
) -> dict[str, Copied]:
    found: dict[str, Copied] = {}
    for start in range(0, len(rows), _NUMBERS_PER_CALL):
        chunk = rows[start : start + _NUMBERS_PER_CALL]
        there = _by_number(connection, carrier, [row.number for row in chunk], now=now)
        found |= {row.id: there[row.kind, row.number] for row in chunk if (row.kind, row.number) in there}
    return found


def _by_number(
    connection: Connection, carrier: Carrier, numbers: Iterable[str], *, now: dt.datetime
) -> dict[tuple[str, str], Copied]:
    """What Xero holds under these numbers, by our kind and the number. Bills go by the supplier's, so none is taken."""
    asked = [number for number in numbers if number]
    if not asked:
        return {}
    with clients.open(connection, why="look_up", urgent=True, now=now) as client:
        there = carrier.numbered(client, asked)
    found = {(their_faces.kind_of(record), their_faces.number_of(record)): record for record in there}
    return {key: record for key, record in found.items() if key[0] not in _SUPPLIERS}


#: Their numbers are the supplier's: many may have the same.
_SUPPLIERS: Final = frozenset({"expense", "supplier_credit"})


def _bills_found(
    connection: Connection, bills: Sequence[Document], *, now: dt.datetime
) -> dict[str, records.Invoice]:
    contact_ids = contacts.contact_ids(connection, bills) if bills else {}
    there = duplicates.bills_of(connection, sorted(set(contact_ids.values())), now=now) if contact_ids else []
    by_key: Mapping[tuple[str, str], records.Invoice] = {
        (record.contact.contact_id, number_key(record.invoice_number)): record
        for record in there
        if record.invoice_number
    }
    found = {}
    for row in bills:
        assert isinstance(row, Expense)
        record = by_key.get((contact_ids.get(row.id, ""), number_key(row.supplier_invoice_number)))
        if record is not None:
            found[row.id] = record
    return found


def _ask(connection: Connection, document: Document, record: Copied, *, now: dt.datetime) -> None:
    if Copy.objects.filter(connection=connection, xero_id=their_faces.id_of(record), is_gone=False).exists():
        return
    documents.locked(type(document), document.id)
    if not _unknown(type(document), connection, (document.status,)).filter(id=document.id).exists():
        return  # somebody sent or changed it while Xero was asked
    agrees = (record.total, record.currency_code) == (document.total, document.currency)
    Delivery.objects.create(
        studio_id=document.studio_id,
        connection=connection,
        kind=document.kind,
        document_id=document.id,
        state=DeliveryState.PARKED,
        due_at=now,
        asked_by="Bluestamp",
        asked_at=now,
        code="FOUND_IN_XERO",
        sentence=(
            f"{connection.name} has a document with the number {their_faces.number_of(record)} already "
            f"({record.total:,.2f} {record.currency_code})."
        ),
        question={**_question(record), "agrees": agrees},
        settled_at=now,
    )
    standing.settle(studio_id=document.studio_id, kind=document.kind, document_id=document.id, now=now)


def _question(record: Copied) -> dict[str, str]:
    """What a person compares with."""
    return {
        "why": "number",
        "document_id": "",
        "xero_id": their_faces.id_of(record),
        "number": their_faces.number_of(record),
        "total": str(record.total),
        "currency": record.currency_code,
        "date": record.date.isoformat() if record.date else "",
    }
