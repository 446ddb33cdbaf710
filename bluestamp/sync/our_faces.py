"""What a document of the studio says in Xero's words: the only place where a noun of `books` becomes a `Face`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from types import EllipsisType

from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.books.invoices import Invoice
from bluestamp.books.line_items import LineItem
from bluestamp.books.purchase_orders import PurchaseOrder
from bluestamp.books.supplier_credits import SupplierCredit
from bluestamp.sync import faces
from bluestamp.sync.faces import Face, LineFace
from bluestamp.sync.mapping import REMOVED_HERE, target_status

TAX_MODES = {"exclusive": "Exclusive", "inclusive": "Inclusive", "no_tax": "NoTax"}
NOTE = faces.NOTE
_ONE = Decimal("1")
_NONE = Decimal("0")


def of_expense(
    expense: Expense, *, contact_id: str, line_ids: Mapping[str, str], lines: Iterable[LineItem] | None = None
) -> Face:
    """Return the bill that this expense is. Bills carry net lines: Xero takes no discounts on them (rule 14)."""
    rows = list(expense.lines.all() if lines is None else lines)
    shop = f"{expense.company_name}: " if expense.paid_by == "person" else ""
    bill_lines = [_net_line(line, line_ids, shop=shop) for line in rows]
    note = _payment_note(expense, is_new=not line_ids, has_note=NOTE in line_ids)
    if note:
        bill_lines.append(LineFace(our_id=NOTE, xero_id=line_ids.get(NOTE, ""), description=note))
    return _face(
        expense,
        kind="expense",
        contact_id=contact_id,
        number=expense.supplier_invoice_number,
        lines=bill_lines,
    )


def of_invoice(
    invoice: Invoice, *, contact_id: str, line_ids: Mapping[str, str], lines: Iterable[LineItem] | None = None
) -> Face:
    """Return the sales invoice that this invoice is. Once issued, its tax figures go along (rule 13)."""
    rows = list(invoice.lines.all() if lines is None else lines)
    is_issued = invoice.status in ("sent", "paid")
    return _face(
        invoice,
        kind="invoice",
        contact_id=contact_id,
        number=invoice.number,
        reference=_reference(invoice),
        sent_to_contact=is_issued,
        lines=[_invoice_line(line, line_ids, is_issued=is_issued) for line in rows],
    )


def of_order(
    order: PurchaseOrder,
    *,
    contact_id: str,
    line_ids: Mapping[str, str],
    lines: Iterable[LineItem] | None = None,
) -> Face:
    """Return the purchase order that this one is; its due date is the day that it is required on."""
    rows = list(order.lines.all() if lines is None else lines)
    return _face(
        order,
        kind="purchase_order",
        contact_id=contact_id,
        number=order.number,
        reference=_with_job(order.reference, order),
        lines=[_net_line(line, line_ids) for line in rows],
    )


def of_credit_note(
    note: CreditNote, *, contact_id: str, line_ids: Mapping[str, str], lines: Iterable[LineItem] | None = None
) -> Face:
    """Return the sales credit note that this one is, with net lines (rule 14). Amounts are positive in Xero."""
    rows = list(note.lines.all() if lines is None else lines)
    is_issued = note.status in ("issued", "used")
    return _face(
        note,
        kind="credit_note",
        contact_id=contact_id,
        number=note.number,
        reference=_with_job(note.reference, note),
        sent_to_contact=is_issued,
        due_on=None,
        lines=[_net_line(line, line_ids, sends_tax=is_issued) for line in rows],
    )


def of_supplier_credit(
    credit: SupplierCredit,
    *,
    contact_id: str,
    line_ids: Mapping[str, str],
    lines: Iterable[LineItem] | None = None,
) -> Face:
    """Return the bill credit note that this credit is: with the supplier's number, or ours where there is none."""
    rows = list(credit.lines.all() if lines is None else lines)
    return _face(
        credit,
        kind="supplier_credit",
        contact_id=contact_id,
        number=credit.supplier_credit_number or credit.number,
        due_on=None,
        lines=[_net_line(line, line_ids) for line in rows],
    )


_FACES: dict[str, Callable[..., Face]] = {
    "expense": of_expense,
    "invoice": of_invoice,
    "purchase_order": of_order,
    "credit_note": of_credit_note,
    "supplier_credit": of_supplier_credit,
}


def of_document(kind: str, document: Document, *, contact_id: str, line_ids: Mapping[str, str]) -> Face:
    """Return the face of a document of any kind that is copied."""
    return _FACES[kind](document, contact_id=contact_id, line_ids=line_ids)


def _face(
    document: Document,
    *,
    kind: str,
    contact_id: str,
    number: str,
    lines: list[LineFace],
    reference: str = "",
    sent_to_contact: bool = False,
    due_on: dt.date | EllipsisType | None = ...,
) -> Face:
    removed = document.status == REMOVED_HERE[kind]
    return Face(
        status="" if removed else target_status(kind, document.status) or "",
        contact_id=contact_id,
        number=number,
        reference=reference,
        date=document.issued_on,
        due_date=document.due_on if due_on is ... else due_on,
        currency=document.currency,
        currency_rate=document.currency_rate,
        tax_mode=TAX_MODES[document.tax_mode],
        sent_to_contact=sent_to_contact,
        lines=tuple(lines),
        sub_total=document.sub_total,
        total_tax=document.total_tax,
        total=document.total,
    )


def _net_line(
    line: LineItem, line_ids: Mapping[str, str], *, shop: str = "", sends_tax: bool = False
) -> LineFace:
    """A line without a discount: a discounted one is one piece at its net amount (rule 14)."""
    is_net = line.discount_rate == 0
    return LineFace(
        our_id=line.id,
        xero_id=line_ids.get(line.id, ""),
        description=shop + description(line),
        quantity=line.quantity if is_net else _ONE,
        unit_amount=line.unit_amount if is_net else line.line_amount,
        account_code=line.account_code,
        tax_type=line.tax_type,
        line_amount=line.line_amount,
        tax_amount=line.tax_amount,
        sends_tax=sends_tax or line.typed_tax is not None,
    )


def _invoice_line(line: LineItem, line_ids: Mapping[str, str], *, is_issued: bool) -> LineFace:
    return LineFace(
        our_id=line.id,
        xero_id=line_ids.get(line.id, ""),
        description=description(line),
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        discount_rate=line.discount_rate,
        account_code=line.account_code,
        tax_type=line.tax_type,
        line_amount=line.line_amount,
        tax_amount=line.tax_amount,
        sends_tax=is_issued or line.typed_tax is not None,
    )


def description(line: LineItem) -> str:
    """Return a line's words as Xero gets them: the item, and its description below."""
    return "\n".join(part for part in (line.item.strip(), line.description.strip()) if part)


def _reference(invoice: Invoice) -> str:
    """The client's order number, then the job (bookkeeping rule 21)."""
    return _with_job(invoice.reference or (invoice.job.client_order_number if invoice.job else ""), invoice)


def _with_job(reference: str, document: Document) -> str:
    job = document.job
    return " · ".join(part for part in (reference, job.number if job else "") if part)[:255]


def _payment_note(expense: Expense, *, is_new: bool, has_note: bool) -> str:
    """Who paid already, for the bookkeeper who pays bills (bookkeeping rule 18).

    A bill that was paid in Xero needs no note; one that was paid before its first send does, and keeps it.
    """
    if expense.paid_by == "card":
        return f"Paid by company card on {_day(expense.issued_on)}"
    if expense.paid_by == "person":
        return f"Paid by {expense.paid_by_name} on {_day(expense.issued_on)}; to be paid back"
    if expense.status == "paid" and (is_new or has_note):
        return f"Paid already{f' on {_day(expense.fully_paid_on)}' if expense.fully_paid_on else ''}"
    return ""


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"
