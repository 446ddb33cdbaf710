"""How purchase orders are written on the wire (api/accounting/purchaseorders): unit amounts always have four decimals."""

from bluestamp.sandbox import contacts, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.document_pages import Detail, render_contact, render_line, total_discount
from bluestamp.sandbox.documents import Document


def render(act: Act, found: list[Document], detail: Detail) -> list[wire.Json]:
    """Write a page of purchase orders; every list carries lines."""
    known = contacts.find_many(act.store, {document.contact_id for document in found})
    return [_order(document, known.get(document.contact_id), detail) for document in found]


def _order(order: Document, contact: Contact | None, detail: Detail) -> wire.Json:
    said: wire.Json = {
        "PurchaseOrderID": order.id,
        "PurchaseOrderNumber": order.number,
        **_days(order),
        **{name: text for name, text in order.texts.items() if text},
        "HasErrors": False,
        "IsDiscounted": any(line.discount for line in order.lines),
        "TotalDiscount": total_discount(order),
        "SentToContact": bool(order.sent_to_contact),
        "Reference": order.reference,
        "Type": order.type,
        "CurrencyRate": wire.places(order.rate, 6),
        "CurrencyCode": order.currency,
        "Contact": render_contact(contact, detail),
        "BrandingThemeID": order.branding_theme_id or None,
        "Status": order.status,
        "LineAmountTypes": order.line_amount_types,
        "LineItems": [render_line(line, 4) for line in order.lines],
        "SubTotal": wire.cents(order.sub_total),
        "TotalTax": wire.cents(order.total_tax),
        "Total": wire.cents(order.total),
        "UpdatedDateUTC": wire.instant(order.updated_ms),
        "HasAttachments": order.has_attachments,
    }
    return {name: value for name, value in said.items() if value is not None}


def _days(order: Document) -> wire.Json:
    said: wire.Json = {}
    for name, value in (
        ("Date", order.dated),
        ("DeliveryDate", order.delivery),
        ("ExpectedArrivalDate", order.expected),
    ):
        if value:
            said |= {f"{name}String": wire.day_string(value), name: wire.day(value)}
    return said
