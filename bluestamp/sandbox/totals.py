"""What a document comes to: its lines, its rounding, and totals that were sent along and must agree.

From developer.xero.com, api/accounting/invoices: RoundingAmount (since 2026) is between -0.10 and 0.10, and is honoured
only on submitted or approved documents that send SubTotal, TotalTax and Total with it.
"""

from decimal import Decimal

from bluestamp.sandbox import documents, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.documents import COMPLETE, Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.kinds import INVOICE

MAX_ROUNDING = Decimal("0.10")
TOTAL_KEYS = ("SubTotal", "TotalTax", "Total")
WRONG_TOTAL = "The document total does not equal the sum of the lines."
NEGATIVE_TOTAL = "The document total must be greater than or equal to zero."


def read(act: Act, document: Document, element: Element) -> list[str]:
    """Set the totals from the lines and what was sent; what is wrong with that."""
    faults = _read_rounding(document, element)
    documents.add_up(document)
    held = (document.sub_total, document.total_tax, document.total)
    said = [element.number(name) for name in TOTAL_KEYS]
    has_lines = "LineItems" in element
    if has_lines and any(
        sent is not None and wire.cents(sent) != own for sent, own in zip(said, held, strict=True)
    ):
        faults.append(WRONG_TOTAL)
    if document.total < 0 and not act.switches.negative_totals:
        faults.append(NEGATIVE_TOTAL)
    return faults


def _read_rounding(document: Document, element: Element) -> list[str]:
    sent = element.number("RoundingAmount")
    if sent is None or document.kind != INVOICE.name:
        return []
    if abs(sent) > MAX_ROUNDING:
        return ["The RoundingAmount must be between -0.10 and 0.10"]
    honoured = document.status in COMPLETE and all(name in element for name in TOTAL_KEYS)
    document.rounding = wire.cents(sent) if honoured else documents.ZERO
    return []
