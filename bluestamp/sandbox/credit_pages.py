"""How bank transactions, prepayments and overpayments are written on the wire (keys as in Xero-OpenAPI's examples)."""

from bluestamp.sandbox import allocations, contacts, payments, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.credit_note_pages import render_standing_allocation
from bluestamp.sandbox.document_pages import Detail, render_contact, render_embedded_payment, render_line
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.kinds import KINDS, PREPAYMENT
from bluestamp.sandbox.payments import Payment
from bluestamp.sandbox.store import Row


def render(act: Act, found: list[Document], detail: Detail) -> list[wire.Json]:
    """Write a page of prepayments or overpayments."""
    ids = [document.id for document in found]
    known = contacts.find_many(act.store, {document.contact_id for document in found})
    used = allocations.of_notes(act.store, ids)
    refunds = payments.of_documents(act.store, ids)
    return [
        _credit(
            act, item, known.get(item.contact_id), used.get(item.id, []), refunds.get(item.id, []), detail
        )
        for item in found
    ]


def render_transactions(act: Act, found: list[Document], detail: Detail) -> list[wire.Json]:
    """Write a page of bank transactions."""
    known = contacts.find_many(act.store, {document.contact_id for document in found})
    return [_transaction(act, item, known.get(item.contact_id), detail) for item in found]


def _credit(
    act: Act,
    credit: Document,
    contact: Contact | None,
    used: list[Row],
    refunds: list[Payment],
    detail: Detail,
) -> wire.Json:
    kind = KINDS[credit.kind]
    carries = detail in {Detail.FULL, Detail.LISTED}
    numbered = kind is PREPAYMENT and credit.is_sales
    said: wire.Json = {
        kind.id_key: credit.id,
        "ID": credit.id,
        "CurrencyRate": wire.places(credit.rate, 6),
        "Type": credit.type,
        "Reference": credit.reference,
        "InvoiceNumber": credit.number if numbered else None,
        "RemainingCredit": wire.cents(credit.amount_due),
        "Allocations": [render_standing_allocation(row) for row in used],
        "Payments": [render_embedded_payment(item) for item in refunds],
        "HasAttachments": credit.has_attachments,
        "Contact": render_contact(contact, detail),
        "DateString": wire.day_string(credit.dated),
        "Date": wire.day(credit.dated),
        "Status": credit.status,
        "LineAmountTypes": credit.line_amount_types,
        "LineItems": [render_line(line, act.unit_places) for line in credit.lines] if carries else [],
        "SubTotal": wire.cents(credit.sub_total),
        "TotalTax": wire.cents(credit.total_tax),
        "Total": wire.cents(credit.total),
        "UpdatedDateUTC": wire.instant(credit.updated_ms),
        "UpdatedDateUTCString": wire.instant_string(credit.updated_ms),
        "CurrencyCode": credit.currency,
    }
    return {name: value for name, value in said.items() if value is not None}


def _transaction(act: Act, document: Document, contact: Contact | None, detail: Detail) -> wire.Json:
    account = act.chart.accounts.get(document.bank_account_id)
    held = {"AccountID": account.id, "Code": account.code, "Name": account.name} if account else {}
    made = {"PREPAYMENT": "PrepaymentID", "OVERPAYMENT": "OverpaymentID"}
    key = made.get(document.type.partition("-")[2], "")
    said: wire.Json = {
        "BankTransactionID": document.id,
        "BankAccount": held,
        "Type": document.type,
        "Reference": document.reference,
        "Url": document.url or None,
        "IsReconciled": document.is_reconciled,
        **({key: document.partner_id} if key else {}),
        "CurrencyRate": wire.places(document.rate, 6),
        "HasAttachments": document.has_attachments,
        "Contact": render_contact(contact, detail),
        "DateString": wire.day_string(document.dated),
        "Date": wire.day(document.dated),
        "Status": document.status,
        "LineAmountTypes": document.line_amount_types,
        "LineItems": [render_line(line, act.unit_places) for line in document.lines]
        if detail is not Detail.BARE
        else [],
        "SubTotal": wire.cents(document.sub_total),
        "TotalTax": wire.cents(document.total_tax),
        "Total": wire.cents(document.total),
        "UpdatedDateUTC": wire.instant(document.updated_ms),
        "CurrencyCode": document.currency,
    }
    return {name: value for name, value in said.items() if value is not None}
