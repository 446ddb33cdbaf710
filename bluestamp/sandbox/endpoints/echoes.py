"""A refused element, as it is given back: what was sent, in Xero's keys and formats, with the id it has or would have had."""

from bluestamp.sandbox import wire
from bluestamp.sandbox.elements import Element

DATE_KEYS = ("Date", "DueDate", "ExpectedPaymentDate", "PlannedPaymentDate", "DeliveryDate")
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
SHARED_KEYS = (
    "Reference",
    "CurrencyRate",
    "Contact",
    "Date",
    "Status",
    "LineAmountTypes",
    "LineItems",
    "CurrencyCode",
)
CREDIT_NOTE_KEYS = ("CreditNoteID", "CreditNoteNumber", "Type", *SHARED_KEYS)
PURCHASE_ORDER_KEYS = ("PurchaseOrderID", "PurchaseOrderNumber", "DeliveryDate", *SHARED_KEYS)
BANK_TRANSACTION_KEYS = ("BankTransactionID", "Type", "Url", "IsReconciled", *SHARED_KEYS)
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
BATCH_PAYMENT_KEYS = (
    "BatchPaymentID",
    "Date",
    "Reference",
    "Particulars",
    "Code",
    "Details",
    "Narrative",
    "Status",
)
PAYMENT_KEYS = ("PaymentID", "Date", "Amount", "Reference", "CurrencyRate", "Status", "Account", "Invoice")


def invoice(element: Element) -> wire.Json:
    """A refused invoice or bill."""
    return _document(element, "InvoiceID", INVOICE_KEYS)


def credit_note(element: Element) -> wire.Json:
    """A refused credit note."""
    return _document(element, "CreditNoteID", CREDIT_NOTE_KEYS)


def purchase_order(element: Element) -> wire.Json:
    """A refused purchase order."""
    return _document(element, "PurchaseOrderID", PURCHASE_ORDER_KEYS)


def bank_transaction(element: Element) -> wire.Json:
    """Refused money spent or received."""
    said = _document(element, "BankTransactionID", BANK_TRANSACTION_KEYS)
    account = element.child("BankAccount")
    return said | ({"BankAccount": _picked(account, ("AccountID", "Code"))} if account else {})


def allocation(element: Element) -> wire.Json:
    """A refused allocation."""
    said = _picked(element, ("Amount",))
    invoiced = element.child("Invoice")
    return said | ({"Invoice": _picked(invoiced, ("InvoiceID", "InvoiceNumber"))} if invoiced else {})


def _document(element: Element, id_key: str, keys: tuple[str, ...]) -> wire.Json:
    said = _picked(element, keys)
    said[id_key] = element.text(id_key) or wire.NIL
    said["LineItems"] = [_picked(line, LINE_KEYS) for line in element.children("LineItems") or []]
    named = element.child("Contact")
    return said | ({"Contact": _picked(named, CONTACT_KEYS)} if named else {})


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


def batch_payment(element: Element) -> wire.Json:
    """A refused batch payment."""
    said = {"BatchPaymentID": wire.NIL, **_picked(element, BATCH_PAYMENT_KEYS)}
    account = element.child("Account")
    if account:
        said["Account"] = _picked(account, ("AccountID", "Code"))
    said["Payments"] = [
        _picked(item, ("PaymentID", "Amount", "Invoice")) for item in element.children("Payments") or []
    ]
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
