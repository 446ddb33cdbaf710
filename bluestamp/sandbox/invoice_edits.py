"""What may still change on an invoice or bill that has a payment or credit (api/accounting/invoices, table of edits)."""

from datetime import date
from decimal import Decimal

from bluestamp.sandbox import wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.documents import Document, Line
from bluestamp.sandbox.elements import Element

BILLS_EDITABLE_FROM = date(2026, 3, 19)
"""Until then nothing at all could change on a bill that had a payment."""
FROZEN = "This document cannot be edited as it has a payment or credit note allocated to it."
NEEDS_LINE_ID = "To update fields on a paid invoice line item, you must supply a LineItemID"
FIXED_KEYS = ("Type", "CurrencyCode", "LineAmountTypes")
OPEN_KEYS = frozenset(
    {"DueDate", "InvoiceNumber", "Contact", "Url", "LineItems", "Reference", "BrandingThemeID"}
)
UNSEEN_FIELDS = frozenset({"due", "sent_to_contact"})
"""Their change on a part-paid document doesn't move UpdatedDateUTC: If-Modified-Since doesn't see it."""


def faults_of_settled_edit(act: Act, document: Document, element: Element) -> list[str]:
    """Why an edit of a paid or part-paid document is refused: money fields stand still, the rest of the list may move."""
    if document.type == "ACCPAY" and act.today < BILLS_EDITABLE_FROM and OPEN_KEYS & set(element.sent):
        return [FROZEN]
    if _moves_money(document, element) or _moves_contact(document, element):
        return [FROZEN]
    sent = element.children("LineItems")
    return _line_faults(document, sent) if sent is not None else []


def was_only_unseen(before: Document, after: Document) -> bool:
    """Did nothing change but fields that If-Modified-Since doesn't see?"""
    if not after.is_settled_in_part:
        return False
    changed = {name for name in after.__struct_fields__ if getattr(before, name) != getattr(after, name)}
    return bool(changed) and changed <= UNSEEN_FIELDS


def _moves_money(document: Document, element: Element) -> bool:
    held = {
        "Type": document.type,
        "CurrencyCode": document.currency,
        "LineAmountTypes": document.line_amount_types,
    }
    moved = any((element.text(key) or held[key]).upper() != held[key].upper() for key in FIXED_KEYS)
    rate = element.number("CurrencyRate")
    moved = moved or (rate is not None and wire.places(rate, 6) != wire.places(document.rate, 6))
    return moved or (element.day("Date") or document.dated) != document.dated


def _moves_contact(document: Document, element: Element) -> bool:
    """A contact may move, unless a credit note of the old contact paid the document."""
    sent = element.child("Contact")
    wanted = sent.text("ContactID") if sent else None
    return bool(document.amount_credited and wanted and wanted.lower() != document.contact_id)


def _line_faults(document: Document, sent: list[Element]) -> list[str]:
    known = {line.id: line for line in document.lines}
    ids = [(entry.text("LineItemID") or "").lower() for entry in sent]
    if any(line_id not in known for line_id in ids):
        return [NEEDS_LINE_ID]
    if set(ids) != set(known):
        return [FROZEN]
    if any(_line_moves(known[line_id], entry) for line_id, entry in zip(ids, sent, strict=True)):
        return [FROZEN]
    return []


def _line_moves(line: Line, entry: Element) -> bool:
    held = {
        "Quantity": line.quantity,
        "UnitAmount": line.unit_amount,
        "LineAmount": line.line_amount,
        "TaxAmount": line.tax_amount,
        "DiscountRate": line.discount_rate,
    }
    for name, own in held.items():
        said = entry.number(name)
        if said is not None and wire.places(said, 4) != wire.places(own or Decimal(0), 4):
            return True
    tax = entry.text("TaxType")
    return bool(tax and tax.upper() != line.tax_type.upper())
