"""How credit notes and their allocations are written on the wire (api/accounting/creditnotes)."""

from datetime import date
from decimal import Decimal

from bluestamp.sandbox import allocations, contacts, payments, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.document_pages import Detail, render_contact, render_embedded_payment, render_lines
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.kinds import KINDS
from bluestamp.sandbox.payments import Payment
from bluestamp.sandbox.store import Row


def render(act: Act, found: list[Document], detail: Detail) -> list[wire.Json]:
    """Write a page of credit notes."""
    known = contacts.find_many(act.store, {document.contact_id for document in found})
    carries = detail in {Detail.FULL, Detail.LISTED}
    used = allocations.of_notes(act.store, [document.id for document in found]) if carries else {}
    refunds = payments.of_documents(act.store, [document.id for document in found]) if carries else {}
    return [
        _note(
            act,
            document,
            known.get(document.contact_id),
            used.get(document.id, []),
            refunds.get(document.id, []),
            detail,
        )
        for document in found
    ]


def render_allocation(act: Act, row: Row, credit: Document, number: str) -> wire.Json:
    """One allocation, as the answer to making it: of a credit note, prepayment or overpayment."""
    kind = KINDS[credit.kind]
    return {
        **({"AllocationID": row["id"]} if act.switches.allocation_id_told else {}),
        "Amount": wire.cents(Decimal(row["amount"]) / 100),
        "Date": wire.day(date.fromisoformat(row["dated"])),
        "Invoice": {"InvoiceID": row["invoice"], "InvoiceNumber": number},
        kind.id_key.removesuffix("ID"): {kind.id_key: credit.id, "ID": credit.id},
        "ValidationErrors": [],
    }


def render_removed(row: Row) -> wire.Json:
    """One allocation, as the answer to removing it."""
    return {
        "AllocationID": row["id"],
        "Date": wire.day(date.fromisoformat(row["dated"])),
        "Invoice": {"InvoiceID": row["invoice"]},
        "IsDeleted": True,
    }


def _note(
    act: Act, note: Document, contact: Contact | None, used: list[Row], refunds: list[Payment], detail: Detail
) -> wire.Json:
    carries = detail in {Detail.FULL, Detail.LISTED}
    said: wire.Json = {
        "CreditNoteID": note.id,
        "CreditNoteNumber": note.number,
        "Payments": [render_embedded_payment(item) for item in refunds],
        "ID": note.id,
        "HasErrors": False,
        "CurrencyRate": wire.places(note.rate, 6),
        "Type": note.type,
        "Reference": note.reference,
        "SentToContact": note.sent_to_contact,
        "RemainingCredit": wire.cents(note.amount_due),
        "Allocations": [render_standing_allocation(row) for row in used] if carries else None,
        "HasAttachments": note.has_attachments,
        "Contact": render_contact(contact, detail),
        "DateString": wire.day_string(note.dated),
        "Date": wire.day(note.dated),
        "DueDateString": wire.day_string(note.due) if note.due else None,
        "DueDate": wire.day(note.due) if note.due else None,
        "BrandingThemeID": note.branding_theme_id or None,
        "Status": note.status,
        "LineAmountTypes": note.line_amount_types,
        "LineItems": render_lines(act, note, detail),
        "SubTotal": wire.cents(note.sub_total),
        "TotalTax": wire.cents(note.total_tax),
        "Total": wire.cents(note.total),
        "UpdatedDateUTC": wire.instant(note.updated_ms),
        "UpdatedDateUTCString": wire.instant_string(note.updated_ms),
        "CurrencyCode": note.currency,
        "FullyPaidOnDate": wire.day(note.fully_paid_on) if note.fully_paid_on else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def render_standing_allocation(row: Row) -> wire.Json:
    """One allocation inside the credit it uses."""
    return {
        "AllocationID": row["id"],
        "Amount": wire.cents(Decimal(row["amount"]) / 100),
        "Date": wire.day(date.fromisoformat(row["dated"])),
        "Invoice": {"InvoiceID": row["invoice"], "InvoiceNumber": row["number"]},
    }
