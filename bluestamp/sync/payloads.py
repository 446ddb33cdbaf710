"""Turn faces and changes into what Xero's client sends. Pure.

New documents carry everything; updates carry only what changed here, with the LineItemID of every line that stays
(bookkeeping rule 5). Totals of documents are never sent; amounts of lines are (rule 13).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bluestamp.sync.faces import NOTE, Face, LineFace
from bluestamp.sync.updates import Change, LineChange
from bluestamp.xero.records import InvoiceType
from bluestamp.xero.writes import ContactLink, InvoiceWrite, LineItemWrite

_TYPES = {"expense": InvoiceType.BILL, "invoice": InvoiceType.SALES}
_FOUR_PLACES = Decimal("0.0001")
_TWO_PLACES = Decimal("0.01")


def creation(face: Face, *, kind: str, url: str) -> InvoiceWrite:
    """Return a whole new invoice or bill. Its `Url` carries our id: that is how it is found again."""
    optional: dict[str, Any] = {}
    if face.number:
        optional["invoice_number"] = face.number
    if kind == "invoice" and face.reference:
        optional["reference"] = face.reference
    if face.due_date is not None:
        optional["due_date"] = face.due_date
    if face.sent_to_contact:
        optional["sent_to_contact"] = True
    assert face.date is not None
    return InvoiceWrite(
        type=_TYPES[kind],
        status=face.status,
        contact=ContactLink(contact_id=face.contact_id),
        date=face.date,
        currency_code=face.currency,
        line_amount_types=face.tax_mode,
        line_items=tuple(new_line(line) for line in face.lines),
        url=url,
        **optional,
    )


def change(wanted: Change, *, xero_id: str) -> InvoiceWrite:
    """Return an update that says only what changed. Without lines in it, Xero keeps them all."""
    values: dict[str, Any] = {}
    for name, value in wanted.fields.items():
        key, convert = _HEAD[name]
        values[key] = convert(value)
    if wanted.status:
        values["status"] = wanted.status
    if wanted.lines is not None:
        values["line_items"] = tuple(_changed_line(line) for line in wanted.lines)
    return InvoiceWrite(invoice_id=xero_id, **values)


def _same(value: Any) -> Any:
    return value


_HEAD: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "contact_id": ("contact", lambda contact_id: ContactLink(contact_id=contact_id)),
    "number": ("invoice_number", _same),
    "reference": ("reference", _same),
    "date": ("date", _same),
    "due_date": ("due_date", _same),
    "currency": ("currency_code", _same),
    "tax_mode": ("line_amount_types", _same),
    "sent_to_contact": ("sent_to_contact", _same),
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
