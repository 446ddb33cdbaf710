"""A refused element, as it is given back: what was sent, in Xero's keys and formats, with the id it has or would have had."""

from bluestamp.sandbox import wire
from bluestamp.sandbox.elements import Element

DATE_KEYS = ("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate")
NUMBER_PLACES = {
    "CurrencyRate": 6,
    "Amount": 2,
    "Quantity": 4,
    "UnitAmount": 4,
    "LineAmount": 2,
    "TaxAmount": 2,
    "DiscountRate": 4,
}
INVOICE_KEYS = (
    "Type",
    "InvoiceID",
    "InvoiceNumber",
    "Reference",
    "Url",
    "SentToContact",
    "CurrencyRate",
    "Contact",
    "Date",
    "DueDate",
    "ExpectedPaymentDate",
    "PlannedPaymentDate",
    "BrandingThemeID",
    "Status",
    "LineAmountTypes",
    "LineItems",
    "CurrencyCode",
)
LINE_KEYS = (
    "LineItemID",
    "ItemCode",
    "Description",
    "UnitAmount",
    "TaxType",
    "TaxAmount",
    "LineAmount",
    "AccountCode",
    "AccountID",
    "Quantity",
    "DiscountRate",
)
CONTACT_KEYS = (
    "ContactID",
    "ContactNumber",
    "AccountNumber",
    "ContactStatus",
    "Name",
    "FirstName",
    "LastName",
    "EmailAddress",
    "TaxNumber",
)
PAYMENT_KEYS = ("PaymentID", "Date", "Amount", "Reference", "CurrencyRate", "Status", "Account", "Invoice")


def invoice(element: Element) -> wire.Json:
    """A refused invoice or bill."""
    said = _picked(element, INVOICE_KEYS)
    said["InvoiceID"] = element.text("InvoiceID") or wire.NIL
    said["LineItems"] = [_picked(line, LINE_KEYS) for line in element.children("LineItems") or []]
    contact = element.child("Contact")
    if contact:
        said["Contact"] = _picked(contact, CONTACT_KEYS)
    return said


def contact(element: Element) -> wire.Json:
    """A refused contact."""
    return {"ContactID": wire.NIL, **_picked(element, CONTACT_KEYS)}


def payment(element: Element) -> wire.Json:
    """A refused payment."""
    said = {"PaymentID": wire.NIL, **_picked(element, PAYMENT_KEYS)}
    for name, keys in (("Invoice", ("InvoiceID", "InvoiceNumber")), ("Account", ("AccountID", "Code"))):
        child = element.child(name)
        if child:
            said[name] = _picked(child, keys)
    return said


def _picked(element: Element, keys: tuple[str, ...]) -> wire.Json:
    said: wire.Json = {}
    for name in keys:
        if name not in element:
            continue
        dated = element.day(name) if name in DATE_KEYS else None
        number = element.number(name) if name in NUMBER_PLACES else None
        if dated:
            said |= {f"{name}String": wire.day_string(dated), name: wire.day(dated)}
        elif number is not None:
            said[name] = wire.places(number, NUMBER_PLACES[name])
        else:
            said[name] = element.sent[name]
    if "Date" in said and "PaymentID" in keys:
        said.pop("DateString", None)
    return said
