"""Copying a purchase order to a bill, as a person does in Xero: a draft with the same lines, and the order marked as billed.

From help.xero.com, mark purchase orders as billed. The API has no such call, and keeps no link between the two: the
bill's number quotes the order's, and both histories say so.
"""

from collections.abc import Mapping

from bluestamp.sandbox import documents, invoices, purchase_orders
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.documents import Document, Line
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.kinds import PURCHASE_ORDER

Wish = Mapping[str, object]


def copy_to_bill(act: Act, document: Document, wish: Wish) -> Document:
    """Make a draft bill of a purchase order; it is marked as billed too unless `mark` is false. Returns the bill."""
    if document.kind != PURCHASE_ORDER.name or document.status in documents.CLOSED:
        raise ElementRefused(["Only a purchase order that stands can be copied to a bill"])
    bill = invoices.create(act, Element(_bill(act, document)))
    act.note(bill.id, "Copied", f"Copied from purchase order {document.number}.")
    act.note(document.id, "Copied", f"Copied to bill {bill.number}.")
    if document.status == "AUTHORISED" and wish.get("mark") not in {False, "false"}:
        purchase_orders.change(act, document, Element({"Status": "BILLED"}))
    return bill


def _bill(act: Act, order: Document) -> dict[str, object]:
    return {
        "Type": "ACCPAY",
        "Contact": {"ContactID": order.contact_id},
        "InvoiceNumber": order.number,
        "Date": act.today.isoformat(),
        "CurrencyCode": order.currency,
        "CurrencyRate": str(order.rate),
        "LineAmountTypes": order.line_amount_types,
        "LineItems": [_line(line) for line in order.lines],
    }


def _line(line: Line) -> dict[str, object]:
    said: dict[str, object] = {"Description": line.description}
    if line.quantity is not None:
        said |= {"Quantity": str(line.quantity), "UnitAmount": str(line.unit_amount)}
    named = {"ItemCode": line.item_code, "AccountCode": line.account_code, "TaxType": line.tax_type}
    if line.discount:
        said |= {"UnitAmount": str(line.line_amount), "Quantity": "1"}
    tracking = [{"TrackingCategoryID": item.category_id, "Option": item.option} for item in line.tracking]
    return said | {name: value for name, value in named.items() if value} | {"Tracking": tracking}
