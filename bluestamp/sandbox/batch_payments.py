"""Batch payments: several invoices, or several bills, paid out of one account as one movement of money.

From developer.xero.com, api/accounting/batchpayments: made and deleted whole, never edited; a payment inside one can't be
deleted alone. RECBATCH receives for sales invoices, PAYBATCH pays bills.
"""

from datetime import date
from decimal import Decimal

import msgspec

from bluestamp.sandbox import documents, moves, payments, wire
from bluestamp.sandbox.acts import Act, later, new_id
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.kinds import INVOICE
from bluestamp.sandbox.payments import Payment
from bluestamp.sandbox.store import Row, marks

TYPES = {"ACCREC": "RECBATCH", "ACCPAY": "PAYBATCH"}
STATUSES = frozenset({"AUTHORISED", "DELETED"})
TEXTS = {"Particulars": 12, "Code": 12, "Details": 18, "Narrative": 18, "Reference": 255}
NZ_REFERENCE = 12
"""New Zealand's bank files take no more."""
CLOSED = "Batch Payment not of valid status for modification"


class BatchPayment(msgspec.Struct):
    """One movement of money for several documents."""

    id: str
    type: str
    dated: date
    account_id: str
    total: Decimal
    texts: dict[str, str] = {}
    status: str = "AUTHORISED"
    is_reconciled: bool = False
    updated_ms: int = 0


_decoder = msgspec.json.Decoder(BatchPayment)


def from_row(row: Row) -> BatchPayment:
    """A batch as stored."""
    return _decoder.decode(row["body"])


def find(act: Act, batch_id: str) -> BatchPayment | None:
    """A batch by its BatchPaymentID, deleted ones too."""
    body = act.store.scalar(
        "SELECT body FROM batch_payments WHERE organisation = ? AND id = ?",
        act.organisation.id,
        batch_id.lower(),
    )
    return _decoder.decode(body) if body is not None else None


def of_batches(act: Act, ids: list[str]) -> dict[str, list[Payment]]:
    """The standing payments of several batches, in one query."""
    rows = act.store.all(
        "SELECT body FROM payments WHERE status = 'AUTHORISED'"
        f" AND json_extract(body, '$.batch_id') IN ({marks(ids)}) ORDER BY rowid",
        *ids,
    )
    found: dict[str, list[Payment]] = {}
    for payment in map(payments.from_row, rows):
        found.setdefault(payment.batch_id, []).append(payment)
    return found


def create(act: Act, element: Element) -> BatchPayment:
    """Pay several documents of one side (PUT). Raises ElementRefused with what is wrong with any of them."""
    sent = element.children("Payments") or []
    faults = [*_text_faults(act, element), *_side_faults(act, sent)]
    if faults:
        raise ElementRefused(faults)
    batch_id, paid = new_id(), list[Payment]()
    for entry in sent:
        try:
            paid.append(payments.create(act, _with_batch(element, entry), batch_id=batch_id))
        except ElementRefused as refused:
            faults += refused.messages
    if faults:
        raise ElementRefused(faults)
    batch = BatchPayment(
        id=batch_id,
        type="RECBATCH" if paid[0].type == "ACCRECPAYMENT" else "PAYBATCH",
        dated=paid[0].dated,
        account_id=paid[0].account_id,
        total=sum((item.amount for item in paid), documents.ZERO),
        texts={name: element.text(name) or "" for name in TEXTS if name in element},
    )
    return _keep(act, batch, "Created")


def upsert(act: Act, element: Element, batch_id: str | None = None) -> BatchPayment:
    """Delete the batch that the path or BatchPaymentID points at (POST). Raises ElementRefused for anything else."""
    wanted = batch_id or element.text("BatchPaymentID")
    batch = find(act, wanted) if wanted else None
    if batch is None:
        raise ElementRefused(["The batch payment with the specified BatchPaymentID could not be found"])
    if element.choice("Status", STATUSES) != "DELETED":
        raise ElementRefused([CLOSED])
    return delete(act, batch)


def delete(act: Act, batch: BatchPayment) -> BatchPayment:
    """Take the whole batch back: every document owes again. Raises ElementRefused when deleted, reconciled or locked."""
    if batch.status == "DELETED":
        raise ElementRefused([CLOSED])
    if batch.is_reconciled:
        raise ElementRefused(["This payment has been reconciled and cannot be deleted"])
    locked = moves.lock_sentence(act, batch.dated)
    if locked:
        raise ElementRefused([locked])
    for payment in of_batches(act, [batch.id]).get(batch.id, []):
        payments.take_back(act, payment)
    batch.status = "DELETED"
    return _keep(act, batch, "Deleted")


def _with_batch(element: Element, entry: Element) -> Element:
    """A payment as it stands inside the batch: with the batch's account and date, and its reference unless it has one."""
    fixed = {name: element.sent[name] for name in ("Account", "Date") if name in element}
    reference = {"Reference": element.sent["Reference"]} if "Reference" in element else {}
    return Element({**reference, **entry.sent, **fixed}, entry.path)


def _text_faults(act: Act, element: Element) -> list[str]:
    limits = TEXTS | ({"Reference": NZ_REFERENCE} if act.organisation.country == "NZ" else {})
    return [
        f"The {name} must be {limit} characters or fewer."
        for name, limit in limits.items()
        if len(element.text(name) or "") > limit
    ]


def _side_faults(act: Act, sent: list[Element]) -> list[str]:
    if not sent:
        return ["A batch payment must have at least one payment"]
    types = {document.type for entry in sent if (document := _document(act, entry))}
    if len(types) > 1:
        return ["A batch payment can only pay invoices or bills, not both"]
    return []


def _document(act: Act, entry: Element) -> Document | None:
    invoice = entry.child("Invoice")
    wanted = invoice.text("InvoiceID") if invoice else None
    return documents.find(act.store, act.organisation.id, INVOICE, wanted) if wanted else None


def _keep(act: Act, batch: BatchPayment, changes: str) -> BatchPayment:
    batch.updated_ms = later(act, batch.updated_ms)
    act.store.put(
        "batch_payments",
        id=batch.id,
        organisation=act.organisation.id,
        status=batch.status,
        type=batch.type,
        dated=batch.dated.isoformat(),
        amount=wire.as_cents(batch.total),
        reference=batch.texts.get("Reference", ""),
        updated_ms=batch.updated_ms,
        body=msgspec.json.encode(batch),
    )
    act.trail(batch.id, changes, f"Batch payment on {wire.say_day(batch.dated)} for {batch.total}")
    return batch
