"""What the worker does with credit that was applied, or taken back, here: which of it may go, and what goes into a call.

An application that is asked for waits until both documents await payment in Xero and their earlier payments have gone
(S50). Right before, the note is read: the same credit on the same invoice is not applied a second time, unless a person
asks again. Where one of the two can't go, the application is refused and names it; what was copied stays copied.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from bluestamp.books import applications, keepers, ledgers, payment_rows, payments
from bluestamp.books.applications import CreditApplication, State
from bluestamp.books.documents import Document
from bluestamp.books.invoices import Invoice
from bluestamp.sync import clients, copies, errands, tallies
from bluestamp.sync.batches import BATCH_LIMIT, Batch, Stopwatch
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.credit_errands import APPLY, BY_ACT, UNAPPLY, element_of, there
from bluestamp.sync.decisions import PARKED
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.explanations import Explained
from bluestamp.sync.mapping import XeroStatus, xero_label
from bluestamp.sync.plan import CopyState
from bluestamp.xero import records
from bluestamp.xero.errors import NotFound

KIND: Final = "allocation"
_LOOK_AT: Final = 400
_ON_ITS_WAY: Final = (DeliveryState.WAITING, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two documents as the worker finds it. `parked` is the sentence of a send that a person has to settle."""

    number: str
    is_in_xero: bool = False
    is_gone: bool = False
    xero_status: str = ""
    xero_label: str = ""
    is_on_its_way: bool = False
    parked: str = ""


def send_due(connection: Connection, *, now: dt.datetime) -> bool:
    """Make one call for what waits, new applications before removals; return whether there was anything to do."""
    return _apply_some(connection, now=now) or _remove_one(connection, now=now)


def settle(
    batch: Batch, connection: Connection, *, now: dt.datetime, stopwatch: Stopwatch = time.monotonic
) -> None:
    """Find out what became of a call about credit that is still open."""
    errands.settle(batch, connection, BY_ACT[batch.act], now=now, stopwatch=stopwatch)


def verdict(
    *, note: Side, invoice: Side, locked: bool, earlier_pending: bool, is_earlier: bool
) -> Explained | None:
    """Return None when it goes now; an Explained without a code while it waits, with one when it is refused. Pure."""
    for side in (note, invoice):
        why = _hindrance(side)
        if why is not None:
            return WAITS if is_earlier else why
    if locked:
        return _why("PERIOD_LOCKED")
    return WAITS if earlier_pending else None


WAITS: Final = Explained("", "", "")


def _hindrance(side: Side) -> Explained | None:
    """What keeps the credit from this document; WAITS while that may pass by itself."""
    if side.is_gone:
        return Explained("GONE_FROM_XERO", "", f"{side.number} is gone from Xero.")
    if side.xero_status == XeroStatus.AUTHORISED:
        return None
    if side.is_on_its_way:
        return WAITS
    if side.parked:
        return Explained("NOT_AWAITING_PAYMENT", "", f"{side.number} could not go to Xero: {side.parked}")
    if not side.is_in_xero:
        return Explained(
            "NOT_AWAITING_PAYMENT", "", f"{side.number} is not in Xero, and its send was taken back."
        )
    return Explained(
        "NOT_AWAITING_PAYMENT",
        "",
        f"{side.number} is “{side.xero_label}” in Xero, so no credit can be applied.",
    )


def _apply_some(connection: Connection, *, now: dt.datetime) -> bool:
    rows = _waiting(connection)
    if not rows:
        return False
    sides = {**_sides(connection, "credit_note", rows), **_sides(connection, "invoice", rows)}
    verdicts = {row.id: _verdict(row, sides, connection) for row in rows}
    refused = {row_id: why for row_id, why in verdicts.items() if why is not None and why.code}
    _refuse(rows, refused, now=now)
    going = [row for row in rows if verdicts[row.id] is None]
    of_one_note = [row for row in going if row.credit_note_id == going[0].credit_note_id][:BATCH_LIMIT]
    if of_one_note:
        _send(connection, of_one_note, now=now)
    return bool(refused or of_one_note)


def _waiting(connection: Connection) -> list[CreditApplication]:
    """What was asked for, and what was applied before the documents stood in Xero, where its invoice is; oldest first.

    What has to wait is left out by the database: however much it is, it never stands in the way of what can go.
    """
    invoices = Invoice.objects.filter(keepers.kept_in("invoice", connection.ledger_id)).values("id")
    # While nobody knows what became of a call about a note, nothing more of it goes: it could not be told apart.
    flying = CreditApplication.objects.filter(in_flight=True).values("credit_note_id")
    rows = CreditApplication.objects.filter(in_flight=False, invoice_id__in=invoices)
    rows = rows.exclude(credit_note_id__in=flying).select_related("credit_note", "invoice")
    note, invoice = (_standing(connection, kind) for kind in ("credit_note", "invoice"))
    pending = Q(note.is_open, invoice.is_open) & (Q(note.is_paid_first) | Q(invoice.is_paid_first))
    waits = note.waits | (Q(note.is_open) & invoice.waits) | pending
    new = rows.filter(state=State.ASKED).exclude(waits)
    known = rows.filter(note.is_open, invoice.is_open, state=State.CONFIRMED, is_only_here=True)
    wanted = (new, known.exclude(pending))
    found = [row for some in wanted for row in some.order_by("recorded_at", "id")[:_LOOK_AT]]
    return sorted(found, key=lambda row: (row.recorded_at, row.id))


def _refuse(rows: Iterable[CreditApplication], refused: Mapping[str, Explained], *, now: dt.datetime) -> None:
    for row in (row for row in rows if row.id in refused):
        with transaction.atomic():
            _hold_still(row)
            APPLY.refuse(row.id, refused[row.id], now=now)


@dataclass(frozen=True, slots=True)
class _Standing:
    """What `verdict` asks of one of the two documents, for the database to answer."""

    is_open: Exists
    waits: Q
    is_paid_first: Exists


def _standing(connection: Connection, kind: str) -> _Standing:
    document_id = OuterRef(f"{kind}_id")
    living = Copy.objects.filter(kind=kind, document_id=document_id, is_gone=False)
    is_gone = Q(state=CopyState.GONE) | ~Q(connection=connection)
    is_open = Q(xero_status=XeroStatus.AUTHORISED)
    wishes = Delivery.objects.filter(kind=kind, document_id=document_id, state__in=_ON_ITS_WAY)
    earlier = payment_rows.Payment.objects.filter(
        kind=kind, document_id=document_id, **payment_rows.ONLY_HERE
    )
    return _Standing(
        is_open=Exists(living.filter(is_open).exclude(is_gone)),
        waits=Q(Exists(wishes)) & ~Q(Exists(living.filter(is_gone | is_open))),
        is_paid_first=Exists(earlier.exclude(account_code="").exclude(code=payments.LOOKS_ALIKE)),
    )


def _sides(connection: Connection, kind: str, rows: Iterable[CreditApplication]) -> dict[str, Side]:
    documents: dict[str, Document] = {}
    for row in rows:
        document: Document = row.credit_note if kind == "credit_note" else row.invoice
        documents[document.id] = document
    there_now = copies.of(kind=kind, document_ids=documents)
    wishes = Delivery.objects.filter(kind=kind, document_id__in=list(documents)).order_by("asked_at", "id")
    latest = {wish.document_id: wish for wish in wishes}
    return {
        id_: _side(document, there_now.get(id_), latest.get(id_), connection)
        for id_, document in documents.items()
    }


def _side(document: Document, copy: Copy | None, wish: Delivery | None, connection: Connection) -> Side:
    state = wish.state if wish is not None else ""
    is_here = copy is not None and copy.connection_id == connection.id
    return Side(
        number=document.number,
        is_in_xero=is_here,
        is_gone=copy is not None and (copy.state == CopyState.GONE or not is_here),
        xero_status=copy.xero_status if copy else "",
        xero_label=xero_label(document.kind, copy.xero_status) if copy else "",
        is_on_its_way=state in _ON_ITS_WAY,
        parked=wish.sentence if wish is not None and state == DeliveryState.PARKED else "",
    )


def _verdict(row: CreditApplication, sides: Mapping[str, Side], connection: Connection) -> Explained | None:
    return verdict(
        note=sides[row.credit_note_id],
        invoice=sides[row.invoice_id],
        locked=is_locked(row, connection),
        earlier_pending=_has_earlier_payments(row.credit_note) or _has_earlier_payments(row.invoice),
        is_earlier=row.is_only_here,
    )


def is_locked(row: CreditApplication, connection: Connection) -> bool:
    """Tell whether the credit lies in a locked period: on the later day of its two documents, whatever Xero is told.

    Source: Credit Notes, "Allocate" (developer.xero.com, Accounting API).
    """
    locked_until = ledgers.locked_until(connection.ledger)
    return locked_until is not None and max(row.credit_note.issued_on, row.invoice.issued_on) <= locked_until


def _has_earlier_payments(document: Document) -> bool:
    """Whether payments of the document are about to go: they come first, and the credit takes what is left."""
    rows = payments.earlier(document.kind, document.id)
    return any(row.account_code and row.code != payments.LOOKS_ALIKE for row in rows)


def _send(connection: Connection, rows: Sequence[CreditApplication], *, now: dt.datetime) -> None:
    note_copy = copies.of_one(kind="credit_note", document_id=rows[0].credit_note_id)
    assert note_copy is not None  # just seen as awaiting payment
    record, odd = _read(connection, note_copy, now=now)
    if odd is not None:
        _refuse(rows, {row.id: odd for row in rows}, now=now)
        return
    if record is None or record.status != XeroStatus.AUTHORISED:
        return  # noted by the reading; the next round's verdict says what follows
    batch = _claim(connection, rows, note_copy, record, now=now)
    if batch is not None:
        errands.send(batch, connection, APPLY, now=now)


def _read(
    connection: Connection, copy: Copy, *, now: dt.datetime
) -> tuple[records.CreditNote | None, Explained | None]:
    """What Xero holds of a note right now, taken over, since it is read; and why it could not be."""
    with clients.open(connection, why="push", urgent=True, now=now) as client:
        try:
            found = client.credit_note(copy.xero_id).value
        except NotFound:
            found = None
    return found, errands.taken_over(copy, found, now=now)


def _claim(
    connection: Connection,
    rows: Sequence[CreditApplication],
    note: Copy,
    record: records.CreditNote,
    *,
    now: dt.datetime,
) -> Batch | None:
    """Write the call down, without what Xero shows already though nobody here knew of it when it was asked for."""
    at = copies.of(kind="invoice", document_ids=[row.invoice_id for row in rows])
    with transaction.atomic():
        errands.hold_still({"credit_note": [note.document_id], "invoice": [row.invoice_id for row in rows]})
        open_rows = CreditApplication.objects.select_for_update(of=("self",)).select_related(
            "credit_note", "invoice"
        )
        still = open_rows.filter(id__in=[row.id for row in rows], in_flight=False)
        elements = []
        for row in still.exclude(state__in=[State.REFUSED, State.REMOVED, State.REMOVING]).order_by(
            "recorded_at", "id"
        ):
            if row.invoice_id not in at or (row.state == State.CONFIRMED and not row.is_only_here):
                continue
            if _is_seen(row, at[row.invoice_id], record):
                APPLY.refuse(
                    row.id,
                    _why("CREDIT_SEEN_ALREADY"),
                    now=now,
                )
            else:
                elements.append(element_of(row, note, at[row.invoice_id]))
        if not elements:
            return None
        applications.mark_in_flight([element["row_id"] for element in elements], is_in_flight=True)
        return errands.write(connection, KIND, APPLY, elements, now=now)


def _is_seen(row: CreditApplication, invoice: Copy, record: records.CreditNote) -> bool:
    """Whether Xero shows more of this very credit than was known here when it was asked for."""
    key = tallies.allocation_key(invoice.xero_id, row.amount)
    shown = sum(one.key == key for one in there(record))
    same = CreditApplication.objects.filter(
        credit_note_id=row.credit_note_id, invoice_id=row.invoice_id, amount=row.amount, is_only_here=False
    ).filter(state__in=[State.CONFIRMED, State.REMOVING])
    known = same.filter(recorded_at__lt=row.recorded_at) | same.filter(origin="here")
    return shown > known.count()


def _remove_one(connection: Connection, *, now: dt.datetime) -> bool:
    """Take one application back that was undone here."""
    mine = Copy.objects.filter(connection=connection, kind="credit_note", is_gone=False).values("document_id")
    row = applications.to_send().filter(state=State.REMOVING, credit_note_id__in=mine).first()
    if row is None:
        return False
    if is_locked(row, connection):
        with transaction.atomic():
            _hold_still(row)
            UNAPPLY.refuse(row.id, _why("PERIOD_LOCKED"), now=now)
        return True
    note = copies.of_one(kind="credit_note", document_id=row.credit_note_id)
    invoice = copies.of_one(kind="invoice", document_id=row.invoice_id)
    assert note is not None
    record, odd = _read(connection, note, now=now)
    if odd is not None:
        with transaction.atomic():
            _hold_still(row)
            UNAPPLY.refuse(row.id, odd, now=now)
        return True
    batch = _claim_removal(connection, row.id, note, invoice, record, now=now)
    if batch is not None:
        errands.send(batch, connection, UNAPPLY, now=now)
    return True


def _claim_removal(
    connection: Connection,
    row_id: str,
    note: Copy,
    invoice: Copy | None,
    record: records.CreditNote | None,
    *,
    now: dt.datetime,
) -> Batch | None:
    """Write the removal down; none where Xero shows it no longer, or never gave it an id to be removed by."""
    with transaction.atomic():
        row = CreditApplication.objects.select_related("credit_note", "invoice").get(id=row_id)
        _hold_still(row)
        row.refresh_from_db(fields=["state", "external_id", "in_flight"])
        if row.state != State.REMOVING or row.in_flight:
            return None
        ids = {one.external_id for one in there(record)} if record is not None else set()
        if row.external_id not in ids or invoice is None:
            if row.external_id or not ids:
                UNAPPLY.confirm(tallies.Outcome(row.id), now=now)
            else:
                UNAPPLY.refuse(row.id, _why("NOT_REMOVED"), now=now)
            return None
        applications.mark_in_flight([row.id], is_in_flight=True)
        return errands.write(connection, KIND, UNAPPLY, [element_of(row, note, invoice)], now=now)


def _hold_still(row: CreditApplication) -> None:
    errands.hold_still({"credit_note": [row.credit_note_id], "invoice": [row.invoice_id]})


def _why(code: str) -> Explained:
    return Explained(code, "", PARKED[code].meaning)
