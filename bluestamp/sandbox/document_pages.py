"""How invoices, bills and payments are written on the wire, keys in the order recorded from Xero."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from bluestamp.sandbox import allocations, attachments, contact_pages, contacts, documents, payments, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.documents import Document, Line
from bluestamp.sandbox.kinds import CREDIT_NOTE, CREDITS, Kind
from bluestamp.sandbox.payments import Payment
from bluestamp.sandbox.store import Row, marks


class Detail(Enum):
    """How much of a document an answer carries (api/accounting/invoices: paged, unpaged, summaryOnly)."""

    FULL = "one document, or the answer to a write"
    LISTED = "a paged list"
    BARE = "an unpaged list: no lines, no payments, the contact's id and name"
    SUMMARY = "summaryOnly: no lines, payments, attachments flag"


@dataclass(frozen=True)
class Around:
    """What stands around a page of documents, read in one query each."""

    contacts: dict[str, Contact]
    payments: dict[str, list[Payment]]
    credits: dict[str, list[Row]]


def render(act: Act, found: list[Document], detail: Detail) -> list[wire.Json]:
    """Write a page of invoices and bills."""
    around = _around(act, found, detail)
    return [_invoice(act, document, around, detail) for document in found]


def render_payments(act: Act, found: list[Payment], *, detailed: bool) -> list[wire.Json]:
    """Write payments; `detailed` (the answer to a write, or one payment) carries the document with its lines."""
    ids = sorted({payment.document_id for payment in found})
    rows = act.store.all(f"SELECT body FROM documents WHERE id IN ({marks(ids)})", *ids)
    held = {document.id: document for document in map(documents.from_row, rows)}
    detail = Detail.FULL if detailed else Detail.BARE
    written = {said["InvoiceID"]: said for said in render(act, list(held.values()), detail)}
    return [_payment(act, payment, written[payment.document_id]) for payment in found]


def _around(act: Act, found: list[Document], detail: Detail) -> Around:
    ids = [document.id for document in found]
    known = contacts.find_many(act.store, {document.contact_id for document in found})
    if detail in {Detail.BARE, Detail.SUMMARY}:
        return Around(known, {}, {})
    return Around(known, payments.of_documents(act.store, ids), allocations.on_invoices(act.store, ids))


def _invoice(act: Act, document: Document, around: Around, detail: Detail) -> wire.Json:
    carries = detail in {Detail.FULL, Detail.LISTED}
    said: wire.Json = {
        "Type": document.type,
        "InvoiceID": document.id,
        "InvoiceNumber": document.number,
        "Reference": document.reference,
        "Url": document.url or None,
        "Payments": [render_embedded_payment(item) for item in around.payments.get(document.id, [])]
        if carries
        else None,
        **_applied(around.credits.get(document.id, [])),
        "AmountDue": wire.cents(document.amount_due),
        "AmountPaid": wire.cents(document.amount_paid),
        "AmountCredited": wire.cents(document.amount_credited),
        "SentToContact": document.sent_to_contact,
        "CurrencyRate": wire.places(document.rate, 6),
        "IsDiscounted": any(line.discount for line in document.lines),
        "HasAttachments": document.has_attachments if detail is not Detail.SUMMARY else None,
        "HasErrors": False,
        "Contact": render_contact(around.contacts.get(document.contact_id), detail),
        **_days(document),
        "BrandingThemeID": document.branding_theme_id or None,
        "Status": document.status,
        "LineAmountTypes": document.line_amount_types,
        "LineItems": render_lines(act, document, detail),
        "SubTotal": wire.cents(document.sub_total),
        "TotalTax": wire.cents(document.total_tax),
        "Total": wire.cents(document.total),
        "RoundingAmount": wire.cents(document.rounding) if document.rounding else None,
        "TotalDiscount": total_discount(document),
        "UpdatedDateUTC": wire.instant(document.updated_ms),
        "UpdatedDateUTCString": wire.instant_string(document.updated_ms),
        "CurrencyCode": document.currency,
        "Attachments": _attachments(act, document)
        if detail is Detail.FULL and document.has_attachments
        else None,
        "FullyPaidOnDate": wire.day(document.fully_paid_on) if document.fully_paid_on else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _attachments(act: Act, document: Document) -> list[wire.Json]:
    return [attachments.render(act, "Invoices", row) for row in attachments.every(act, document.id)]


def _days(document: Document) -> wire.Json:
    said: wire.Json = {}
    for name, value in (
        ("Date", document.dated),
        ("DueDate", document.due),
        ("ExpectedPaymentDate", document.expected),
        ("PlannedPaymentDate", document.planned),
    ):
        if value:
            said |= {f"{name}String": wire.day_string(value), name: wire.day(value)}
    return said


def render_lines(act: Act, document: Document, detail: Detail) -> list[wire.Json] | None:
    """A document's lines, where the answer carries them; in an unpaged list no key, or an empty list (a switch)."""
    if detail in {Detail.FULL, Detail.LISTED}:
        return [render_line(line, act.unit_places) for line in document.lines]
    return [] if detail is Detail.BARE and act.switches.unpaged_lines == "empty" else None


def total_discount(document: Document) -> Decimal | None:
    """TotalDiscount, if anything was taken off."""
    total = sum((line.discount for line in document.lines), documents.ZERO)
    return wire.cents(total) if total else None


def render_contact(contact: Contact | None, detail: Detail) -> wire.Json:
    """The contact inside a document: whole where one document is shown, else as lists carry it."""
    if contact is None:
        return {}
    if detail is Detail.FULL:
        return contact_pages.render(contact)
    return contacts.render_short(contact)


def render_line(line: Line, unit_places: int) -> wire.Json:
    """One line; a text-only line has no figures."""
    counted = line.quantity is not None
    said: wire.Json = {
        "ItemCode": line.item_code or None,
        "Description": line.description or None,
        "UnitAmount": wire.places(line.unit_amount or Decimal(0), unit_places) if counted else None,
        "DiscountRate": wire.places(line.discount_rate, 4) if line.discount_rate else None,
        "DiscountAmount": wire.places(line.discount_amount, 4) if line.discount_amount else None,
        "TaxType": line.tax_type or None,
        "TaxAmount": wire.cents(line.tax_amount) if counted else None,
        "LineAmount": wire.cents(line.line_amount) if counted else None,
        "AccountCode": line.account_code or None,
        "AccountID": line.account_id or None,
        "Tracking": [
            {
                "Name": track.name,
                "Option": track.option,
                "TrackingCategoryID": track.category_id,
                "Options": [],
            }
            for track in line.tracking
        ],
        "Quantity": wire.places(line.quantity, 4) if line.quantity is not None else None,
        "LineItemID": line.id,
    }
    return {name: value for name, value in said.items() if value is not None}


def render_embedded_payment(payment: Payment) -> wire.Json:
    """A payment inside the document it pays."""
    return {
        "PaymentID": payment.id,
        "Date": wire.day(payment.dated),
        "Amount": wire.cents(payment.amount),
        "Reference": payment.reference,
        "CurrencyRate": wire.places(payment.rate, 6),
        "HasAccount": False,
        "HasValidationErrors": False,
    }


def _applied(rows: list[Row]) -> wire.Json:
    """What was credited to an invoice, a list for each kind of credit."""
    return {
        kind.collection: [_embedded_credit(kind, row) for row in rows if row["kind"] == kind.name]
        for kind in CREDITS
    }


def _embedded_credit(kind: Kind, row: Row) -> wire.Json:
    dated = date.fromisoformat(row["dated"])
    noted = {"CreditNoteNumber": row["number"], "HasErrors": False} if kind is CREDIT_NOTE else {}
    return {
        kind.id_key: row["note"],
        "ID": row["note"],
        **noted,
        "AppliedAmount": wire.cents(Decimal(row["amount"]) / 100),
        "DateString": wire.day_string(dated),
        "Date": wire.day(dated),
        "LineItems": [],
        "Total": wire.cents(Decimal(row["total"]) / 100),
    }


CREDIT_TYPES = {
    "RECEIVE-PREPAYMENT": "ARPREPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENT",
}
"""How the Type of an Invoice element names a prepayment or overpayment (Xero-OpenAPI, Invoice.Type)."""


def _paid(document: wire.Json, payment: Payment) -> wire.Json:
    """The document under `Invoice`, whatever it is, as Invoice.Type suggests; a credit under its own key too."""
    type_ = str(document["Type"])
    kind = next((kind for kind in CREDITS if type_ in kind.types), None)
    own = {kind.id_key.removesuffix("ID"): {kind.id_key: payment.document_id}} if kind else {}
    return {"Invoice": document | {"Type": CREDIT_TYPES.get(type_, type_)}, **own}


def _payment(act: Act, payment: Payment, document: wire.Json) -> wire.Json:
    account = act.chart.accounts.get(payment.account_id)
    said: wire.Json = {
        "PaymentID": payment.id,
        "BatchPaymentID": payment.batch_id or None,
        "Date": wire.day(payment.dated),
        "BankAmount": wire.cents(payment.bank_amount if payment.bank_amount is not None else payment.amount),
        "Amount": wire.cents(payment.amount),
        "Reference": payment.reference,
        "CurrencyRate": wire.places(payment.rate, 6),
        "PaymentType": payment.type,
        "Status": payment.status,
        "UpdatedDateUTC": wire.instant(payment.updated_ms),
        "UpdatedDateUTCString": wire.instant_string(payment.updated_ms),
        "HasAccount": account is not None,
        "IsReconciled": payment.is_reconciled,
        "Account": {"AccountID": account.id, "Code": account.code, "Name": account.name} if account else None,
        **_paid(document, payment),
        "HasValidationErrors": False,
    }
    return {name: value for name, value in said.items() if value is not None}
