"""Xero's XML, both ways: what it answers unless JSON is asked for, and takes as a body in place of JSON.

The same data as `wire`'s JSON: an array is an element named in the plural with elements in the singular, dates are ISO,
the ISO twins of dates are left out, StatusAttributeString is an attribute `status`, refused elements are DataContractBase.
From api/accounting/requests-and-responses, and answers of the live API quoted in freakboy3742/pyxero, tests/test_exceptions.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree
from xml.etree.ElementTree import Element as Node
from xml.sax.saxutils import escape, quoteattr

from bluestamp.sandbox.errors import PostDataInvalid

XSD = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NAMESPACES = f'xmlns:xsd="{XSD}" xmlns:xsi="{XSI}"'
_MS_DATE = re.compile(r"^/Date\((-?\d+)(?:[+-]\d{4})?\)/$")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SINGULARS = {"Tracking": "TrackingCategory", "ExternalLinks": "ExternalLink", "Addresses": "Address"}
TYPES = {
    "InvoiceID": "Invoice",
    "CreditNoteID": "CreditNote",
    "PurchaseOrderID": "PurchaseOrder",
    "PaymentID": "Payment",
    "BatchPaymentID": "BatchPayment",
    "ContactID": "Contact",
    "ContactGroupID": "ContactGroup",
    "ItemID": "Item",
    "AccountID": "Account",
    "TrackingCategoryID": "TrackingCategory",
    "TaxType": "TaxRate",
}
"""What a refused element is, by the first of these keys that it has."""
PLURALS = frozenset(
    {
        "Addresses",
        "Allocations",
        "Contacts",
        "ContactGroups",
        "ContactPersons",
        "Invoices",
        "LineItems",
        "Options",
        "Payments",
        "Phones",
        "TaxComponents",
        "Tracking",
    }
)
"""Elements that are an empty list when they are empty."""


def singular(name: str) -> str:
    """The element's name inside its collection: LineItem in LineItems, Currency in Currencies."""
    if name in SINGULARS:
        return SINGULARS[name]
    if name.endswith("ies"):
        return f"{name[:-3]}y"
    return name.removesuffix("s")


def encode(body: object) -> bytes:
    """Write an answer (or a refusal with its error number) as XML."""
    said = body if isinstance(body, dict) else {}
    lines = ['<?xml version="1.0" encoding="utf-8"?>']
    if "ErrorNumber" in said:
        _write_exception(lines, said)
    else:
        _write(lines, "Response", said, 0, f" {NAMESPACES}")
    return "\r\n".join(lines).encode()


def decode(raw: bytes) -> object:
    """Read a body; every value comes as text. Raises PostDataInvalid."""
    if b"<!" in raw.replace(b"<!--", b"").replace(b"<![CDATA[", b""):
        raise PostDataInvalid("The XML data could not be parsed: a document type is not allowed")
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, ValueError, RecursionError) as fault:
        raise PostDataInvalid(f"The XML data could not be parsed: {fault}") from None
    read = _read(root)
    return {root.tag: read} if isinstance(read, list) else read


def _write_exception(lines: list[str], said: dict[str, object]) -> None:
    lines.append(f"<ApiException {NAMESPACES}>")
    for name in ("ErrorNumber", "Type", "Message"):
        _write(lines, name, said.get(name), 1)
    elements = said.get("Elements")
    if isinstance(elements, list):
        lines.append("  <Elements>")
        for element in elements:
            kind = next((TYPES[key] for key in element if key in TYPES), "")
            _write(lines, "DataContractBase", element, 2, f' xsi:type="{kind}"' if kind else "")
        lines.append("  </Elements>")
    lines.append("</ApiException>")


def _write(lines: list[str], name: str, value: object, depth: int, attributes: str = "") -> None:
    """One element with everything below it; nothing at all for None."""
    inset = "  " * depth
    if value is None:
        return
    if isinstance(value, dict | list) and not value:
        lines.append(f"{inset}<{name}{attributes} />")
    elif isinstance(value, list):
        lines.append(f"{inset}<{name}{attributes}>")
        for item in value:
            _write(lines, singular(name), item, depth + 1)
        lines.append(f"{inset}</{name}>")
    elif isinstance(value, dict):
        status = value.get("StatusAttributeString")
        attributes += f" status={quoteattr(str(status))}" if status else ""
        lines.append(f"{inset}<{name}{attributes}>")
        for key, item in value.items():
            if key != "StatusAttributeString" and not _is_twin(key, value):
                _write(lines, key, item, depth + 1)
        lines.append(f"{inset}</{name}>")
    else:
        lines.append(f"{inset}<{name}{attributes}>{escape(_text(value))}</{name}>")


def _is_twin(key: str, among: dict[str, object]) -> bool:
    """DueDateString repeats DueDate for readers of JSON; in XML the date itself is ISO already."""
    return key.endswith("String") and key.removesuffix("String") in among


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    text = str(value)
    dated = _MS_DATE.match(text)
    if dated is None:
        return _UNWRITABLE.sub("", text)
    moment = datetime.fromtimestamp(int(dated[1]) / 1000, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds")


def _read(node: Node) -> object:
    if node.get(f"{{{XSI}}}nil") == "true":
        return None
    children = list(node)
    if not children:
        return [] if node.tag in PLURALS else (node.text or "").strip()
    if all(child.tag == singular(node.tag) for child in children):
        return [_read(child) for child in children]
    return {child.tag: _read(child) for child in children}
