"""What may still change on an invoice or bill that has a payment or credit (api/accounting/invoices, table of edits)."""

from datetime import date
from decimal import Decimal

from bluestamp.sandbox import wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.documents import Document, Line
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused

BILLS_EDITABLE_FROM = date(2026, 3, 19)
"""Until then nothing at all could change on a bill that had a payment."""
FROZEN = "This document cannot be edited as it has a payment or credit note allocated to it."
NEEDS_LINE_ID = "To update fields on a paid invoice line item, you must supply a LineItemID"
FIXED_KEYS = ("Type", "CurrencyCode", "LineAmountTypes")
MONEY_KEYS = frozenset({*FIXED_KEYS, "CurrencyRate", "Date", "ExpectedPaymentDate", "RoundingAmount"})
LINE_MONEY_KEYS = frozenset(
    {
        "Quantity",
        "UnitAmount",
        "LineAmount",
        "TaxAmount",
        "TaxType",
        "DiscountRate",
        "DiscountAmount",
        "ItemCode",
    }
)
OPEN_KEYS = frozenset(
    {
        "DueDate",
        "InvoiceNumber",
        "Contact",
        "Url",
        "LineItems",
        "Reference",
        "BrandingThemeID",
        "PlannedPaymentDate",
    }
)
UNSEEN_FIELDS = frozenset({"due", "sent_to_contact"})
"""Their change on a part-paid document doesn't move UpdatedDateUTC: If-Modified-Since doesn't see it."""


def settled_edit(act: Act, document: Document, element: Element) -> Element:
    """What of an edit of a paid or part-paid document is carried out. Raises ElementRefused.

    Money fields stand still (refused or ignored, a switch), the rest of the page's list may move.
    """
    if document.type == "ACCPAY" and act.today < BILLS_EDITABLE_FROM and OPEN_KEYS & set(element.sent):
        raise ElementRefused([FROZEN])
    if act.switches.paid_money_edit == "ignored":
        element = _without_money(element)
    if act.switches.paid_edit_omits_lines:
        element = _with_all_lines(document, element)
    if _moves_money(document, element):
        raise ElementRefused([FROZEN])
    sent = element.children("LineItems")
    found = _line_faults(act, document, sent) if sent is not None else []
    if found:
        raise ElementRefused(found)
    return element


def was_only_unseen(before: Document, after: Document) -> bool:
    """Did nothing change but fields that If-Modified-Since doesn't see?"""
    if not after.is_settled_in_part:
        return False
    changed = {name for name in after.__struct_fields__ if getattr(before, name) != getattr(after, name)}
    return bool(changed) and changed <= UNSEEN_FIELDS


def _without_money(element: Element) -> Element:
    sent: dict[str, object] = {name: value for name, value in element.sent.items() if name not in MONEY_KEYS}
    entries = element.children("LineItems")
    if entries is not None:
        sent["LineItems"] = [
            {name: value for name, value in entry.sent.items() if name not in LINE_MONEY_KEYS}
            for entry in entries
        ]
    return Element(sent, element.path)


def _with_all_lines(document: Document, element: Element) -> Element:
    """The lines that an edit leaves out, put back where they stood."""
    entries = element.children("LineItems")
    if entries is None:
        return element
    said = {(entry.text("LineItemID") or "").lower(): entry.sent for entry in entries}
    known = {line.id for line in document.lines}
    kept = [said.get(line.id, {"LineItemID": line.id}) for line in document.lines]
    strangers = [sent for line_id, sent in said.items() if line_id not in known]
    return Element({**element.sent, "LineItems": [*kept, *strangers]}, element.path)


def _moves_money(document: Document, element: Element) -> bool:
    held = {
        "Type": document.type,
        "CurrencyCode": document.currency,
        "LineAmountTypes": document.line_amount_types,
    }
    moved = any((element.text(key) or held[key]).upper() != held[key].upper() for key in FIXED_KEYS)
    for key, own in (("CurrencyRate", document.rate), ("RoundingAmount", document.rounding)):
        said = element.number(key)
        moved = moved or (said is not None and wire.places(said, 6) != wire.places(own, 6))
    for key, day in (("Date", document.dated), ("ExpectedPaymentDate", document.expected)):
        moved = moved or (element.day(key) or day) != day
    return moved


def _line_faults(act: Act, document: Document, sent: list[Element]) -> list[str]:
    known = {line.id: line for line in document.lines}
    ids = [(entry.text("LineItemID") or "").lower() for entry in sent]
    if any(line_id not in known for line_id in ids):
        return [NEEDS_LINE_ID]
    if sorted(ids) != sorted(known):
        return [FROZEN]
    if any(_line_moves(act, known[line_id], entry) for line_id, entry in zip(ids, sent, strict=True)):
        return [FROZEN]
    return []


def _line_moves(act: Act, line: Line, entry: Element) -> bool:
    held = {
        "Quantity": line.quantity,
        "UnitAmount": line.unit_amount,
        "LineAmount": line.line_amount,
        "TaxAmount": line.tax_amount,
        "DiscountRate": line.discount_rate,
        "DiscountAmount": line.discount_amount,
    }
    for name, own in held.items():
        said = entry.number(name)
        if said is not None and wire.places(said, 4) != wire.places(own or Decimal(0), 4):
            return True
    tax, item = entry.text("TaxType"), entry.text("ItemCode")
    moved = bool(tax and tax.upper() != line.tax_type.upper()) or bool(item and item != line.item_code)
    return moved or _moves_cis_account(act, line, entry)


def _moves_cis_account(act: Act, line: Line, entry: Element) -> bool:
    """Accounts of the construction scheme stay where they are."""
    code, account_id = entry.text("AccountCode"), entry.text("AccountID")
    wanted = act.chart.account(code) if code else act.chart.accounts.get((account_id or "").lower())
    held = act.chart.accounts.get(line.account_id)
    moved = wanted is not None and wanted is not held
    return moved and any(account and account.system.startswith("CIS") for account in (held, wanted))
