"""Turn faces and changes into what Xero's client sends. Pure.

New documents carry everything; updates carry only what changed here, with the LineItemID of every line that stays
(bookkeeping rule 5). Totals of documents are never sent; amounts of lines are (rule 13).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bluestamp.sync.faces import NOTE, Face, LineFace
from bluestamp.sync.their_faces import TYPES
from bluestamp.sync.updates import Change, LineChange
from bluestamp.xero.writes import (
    ContactLink,
    CreditNoteWrite,
    DocumentWrite,
    InvoiceWrite,
    LineItemWrite,
    PurchaseOrderWrite,
)

_FOUR_PLACES = Decimal("0.0001")
_TWO_PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class _Form:
    """How one kind is written: the record, and what it calls its id, number and due date ("" for none)."""

    record: type[DocumentWrite]
    id: str
    number: str
    due_date: str
    takes_reference: bool
    has_type: bool = True


_FORMS: dict[str, _Form] = {
    "expense": _Form(InvoiceWrite, "invoice_id", "invoice_number", "due_date", takes_reference=False),
    "invoice": _Form(InvoiceWrite, "invoice_id", "invoice_number", "due_date", takes_reference=True),
    "credit_note": _Form(CreditNoteWrite, "credit_note_id", "credit_note_number", "", takes_reference=True),
    "supplier_credit": _Form(
        CreditNoteWrite, "credit_note_id", "credit_note_number", "", takes_reference=False
    ),
    "purchase_order": _Form(
        PurchaseOrderWrite,
        "purchase_order_id",
        "purchase_order_number",
        "delivery_date",
        takes_reference=True,
        has_type=False,
    ),
}


def creation(face: Face, *, kind: str, url: str) -> DocumentWrite:
    """Return a whole new document. The `Url` of an invoice or bill carries our id: that is how it is found again."""
    form = _FORMS[kind]
    optional: dict[str, Any] = {form.number: face.number} if face.number else {}
    if form.has_type:
        optional["type"] = TYPES[kind]
    if form.record is InvoiceWrite:
        optional["url"] = url
    if form.takes_reference and face.reference:
        optional["reference"] = face.reference
    if form.due_date and face.due_date is not None:
        optional[form.due_date] = face.due_date
    if face.currency_rate is not None:
        optional["currency_rate"] = face.currency_rate
    if face.sent_to_contact:
        optional["sent_to_contact"] = True
    assert face.date is not None
    return form.record(
        status=face.status,
        contact=ContactLink(contact_id=face.contact_id),
        date=face.date,
        currency_code=face.currency,
        line_amount_types=face.tax_mode,
        line_items=tuple(new_line(line) for line in face.lines),
        **optional,
    )


def change(wanted: Change, *, kind: str, xero_id: str) -> DocumentWrite:
    """Return an update that says only what changed. Without lines in it, Xero keeps them all."""
    form = _FORMS[kind]
    values: dict[str, Any] = {form.id: xero_id}
    for name, value in wanted.fields.items():
        values[_named(form, name)] = ContactLink(contact_id=value) if name == "contact_id" else value
    if wanted.status:
        values["status"] = wanted.status
    if wanted.lines is not None:
        values["line_items"] = tuple(_changed_line(line) for line in wanted.lines)
    return form.record(**values)


def _named(form: _Form, name: str) -> str:
    """What the record calls a field of the head."""
    own = {"number": form.number, "due_date": form.due_date}
    return own.get(name) or _HEAD[name]


_HEAD: dict[str, str] = {
    "contact_id": "contact",
    "reference": "reference",
    "date": "date",
    "currency": "currency_code",
    "currency_rate": "currency_rate",
    "tax_mode": "line_amount_types",
    "sent_to_contact": "sent_to_contact",
}


def new_line(line: LineFace) -> LineItemWrite:
    """Return a whole line; a note is its words alone."""
    if line.our_id == NOTE:
        return LineItemWrite(description=line.description)
    return LineItemWrite(**{name: value for field in _WHOLE_LINE for name, value in _line_value(line, field)})


def _changed_line(changed: LineChange) -> LineItemWrite:
    if not changed.xero_id:
        return new_line(changed.line)
    values = {
        name: value for field in sorted(changed.fields) for name, value in _line_value(changed.line, field)
    }
    return LineItemWrite(line_item_id=changed.xero_id, **values)


_WHOLE_LINE = (
    "description",
    "quantity",
    "unit_amount",
    "discount_rate",
    "account_code",
    "tax_type",
    "line_amount",
    "tax_amount",
)


def _line_value(line: LineFace, name: str) -> list[tuple[str, Any]]:
    """A field of a line as Xero takes it; empty where it is better left out."""
    value = getattr(line, name)
    if name in ("quantity", "unit_amount"):
        return [(name, value.quantize(_FOUR_PLACES))]
    if name == "discount_rate":
        return [(name, value.normalize() + 0)] if value or line.xero_id else []
    if name == "tax_amount":
        return [(name, value.quantize(_TWO_PLACES))] if line.sends_tax else []
    if name == "line_amount":
        return [(name, value.quantize(_TWO_PLACES))]
    if name == "tracking" or (name in ("account_code", "tax_type") and not value):
        return []
    return [(name, value)]
