"""What Xero says of a document, as a `Face`, and its payment standing: records in, plain values out. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from bluestamp.money import exchange
from bluestamp.sync.faces import Face, LineFace, agree
from bluestamp.sync.mapping import ENDED
from bluestamp.sync.plan import Money
from bluestamp.xero.records import CreditNote, CreditNoteType, Invoice, InvoiceType, LineItem, PurchaseOrder

_ZERO = Decimal("0.00")

Copied = Invoice | CreditNote | PurchaseOrder
"""A document of Xero that one of ours becomes."""

#: What Xero calls the type of each kind of ours. Every purchase order's is the same.
TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "expense": InvoiceType.BILL.value,
        "invoice": InvoiceType.SALES.value,
        "credit_note": CreditNoteType.SALES.value,
        "supplier_credit": CreditNoteType.SUPPLIER.value,
        "purchase_order": "PURCHASEORDER",
    }
)


def id_of(record: Copied) -> str:
    """Return Xero's id of a document."""
    if isinstance(record, Invoice):
        return record.invoice_id
    return record.credit_note_id if isinstance(record, CreditNote) else record.purchase_order_id


def kind_of(record: Copied) -> str:
    """Return the kind of ours that a document of Xero can be the copy of; "" for a type that is none."""
    if isinstance(record, PurchaseOrder):
        return "purchase_order"
    return next((kind for kind, its in TYPES.items() if its == record.type), "")


def number_of(record: Copied) -> str:
    """Return the number that a document has in Xero."""
    if isinstance(record, Invoice):
        return record.invoice_number
    return record.credit_note_number if isinstance(record, CreditNote) else record.purchase_order_number


def of_record(record: Copied, *, line_ids: Mapping[str, str]) -> Face:
    """Return the face of a document. `line_ids`: our line id → LineItemID, to name the lines that are ours."""
    ours = {xero_id: our_id for our_id, xero_id in line_ids.items()}
    return Face(
        status=record.status,
        contact_id=record.contact.contact_id,
        number=number_of(record),
        reference=record.reference,
        date=_day(record.date),
        due_date=_due_date(record),
        currency=record.currency_code,
        currency_rate=None if record.currency_rate is None else exchange.to_rate(record.currency_rate),
        tax_mode=record.line_amount_types,
        sent_to_contact=record.sent_to_contact,
        lines=tuple(_line(line, ours.get(line.line_item_id, "")) for line in record.line_items),
        sub_total=record.sub_total,
        total_tax=record.total_tax,
        total=record.total,
    )


def _due_date(record: Copied) -> dt.date | None:
    """A credit note is never due, whatever Xero says of it; an order is required on its day of delivery."""
    if isinstance(record, CreditNote):
        return None
    return _day(record.delivery_date if isinstance(record, PurchaseOrder) else record.due_date)


def _day(day: dt.date | None) -> dt.date | None:
    """A plain day: the client's own kind of date is not stored."""
    return None if day is None else dt.date(day.year, day.month, day.day)


def _line(line: LineItem, our_id: str) -> LineFace:
    return LineFace(
        our_id=our_id,
        xero_id=line.line_item_id,
        description=line.description,
        quantity=line.quantity or _ZERO,
        unit_amount=line.unit_amount or _ZERO,
        discount_rate=line.discount_rate or _ZERO,
        account_code=line.account_code,
        tax_type=line.tax_type,
        tracking=tuple(f"{track.name}: {track.option}" for track in line.tracking),
        line_amount=line.line_amount or _ZERO,
        tax_amount=line.tax_amount or _ZERO,
    )


def money(record: Copied) -> Money:
    """Return the payment standing that Xero shows (bookkeeping rule 11).

    Of a credit note: paid is what was refunded, credited what was applied, due what remains. What is voided has
    nothing left, and yet nothing of it was applied: Xero lets go of none that is. An order has none.
    """
    if isinstance(record, PurchaseOrder):
        return Money(amount_paid=_ZERO, amount_credited=_ZERO, amount_due=_ZERO, fully_paid_on=None)
    if isinstance(record, CreditNote):
        refunded = sum((payment.amount for payment in record.payments), _ZERO)
        applied = max(record.total - record.remaining_credit - refunded, _ZERO)
        return Money(
            amount_paid=refunded,
            amount_credited=_ZERO if record.status in ENDED else applied,
            amount_due=record.remaining_credit,
            fully_paid_on=_day(record.fully_paid_on_date),
        )
    return Money(
        amount_paid=record.amount_paid,
        amount_credited=record.amount_credited,
        amount_due=record.amount_due,
        fully_paid_on=_day(record.fully_paid_on_date),
    )


def match_lines(ours: Face, record: Copied) -> dict[str, str]:
    """Return our line id → LineItemID for a document as Xero has it.

    Xero gives a line no field of ours to carry. What we know already stays; Xero answers lines in the order sent, so
    a new line is taken by its place when its words and amounts agree, and else by the first free one that agrees.
    As many lines left on either side are the rest in their order, written Xero's own way; else they stay unmatched
    and show as lines that differ.
    """
    there = {line.line_item_id: line for line in record.line_items}
    found = {line.our_id: line.xero_id for line in ours.lines if line.xero_id in there}
    free = {id_: line for id_, line in there.items() if id_ not in found.values()}
    for place, line in enumerate(ours.lines):
        if line.our_id in found:
            continue
        candidates = [*record.line_items[place : place + 1], *free.values()]
        match = next((one for one in candidates if one.line_item_id in free and _agrees(line, one)), None)
        if match is not None:
            found[line.our_id] = match.line_item_id
            del free[match.line_item_id]
    rest = [line.our_id for line in ours.lines if line.our_id not in found]
    return found | (dict(zip(rest, free, strict=True)) if len(rest) == len(free) else {})


def _agrees(line: LineFace, other: LineItem) -> bool:
    return agree(line, _line(other, line.our_id))
