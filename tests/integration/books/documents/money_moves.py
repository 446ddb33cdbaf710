"""An invoice and a credit note of one client, and what is done with their money, in few words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bluestamp.books import applications, credit_notes, documents, invoices, keepers, ledgers, payments
from bluestamp.books.applications import CreditApplication
from bluestamp.books.credit_notes import CreditNote, CreditNoteDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.books.payments import Payment, PaymentDraft
from bluestamp.people.actors import Actor

DAY = dt.date(2026, 11, 9)


@dataclass(frozen=True)
class Desk:
    """Somebody who keeps the books, at an instant, with what documents need."""

    by: Actor
    now: dt.datetime
    branch_id: str
    company_id: str

    def invoice(self, amount: int | str, **changes: Any) -> Invoice:
        """An invoice over so much, with the client."""
        made = invoices.create(InvoiceDraft(**self._head(amount) | changes), by=self.by, now=self.now)
        return invoices.mark_as_sent(invoice_id=made.id, version=1, by=self.by, now=self.now)

    def note(self, amount: int | str, **changes: Any) -> CreditNote:
        """A credit note over so much, with the client."""
        made = credit_notes.create(CreditNoteDraft(**self._head(amount) | changes), by=self.by, now=self.now)
        return credit_notes.mark_as_sent(note_id=made.id, version=1, by=self.by, now=self.now)

    def _head(self, amount: int | str) -> dict[str, Any]:
        return {
            "branch_id": self.branch_id,
            "company_id": self.company_id,
            "issued_on": dt.date(2026, 11, 2),
            "currency": "GBP",
            "tax_mode": "no_tax",
            "lines": (LineDraft(item="Work", unit_amount=Decimal(amount)),),
        }

    def pay(self, document: Invoice | CreditNote, amount: int | str, **changes: Any) -> Payment:
        """Record a payment on it."""
        said: dict[str, Any] = {"paid_on": DAY, "amount": Decimal(amount), "account_code": "090"} | changes
        draft = PaymentDraft(**said)
        return payments.record(
            kind=document.kind, document_id=document.id, draft=draft, by=self.by, now=self.now
        )

    def unpay(self, payment: Payment) -> Payment:
        """Remove a payment."""
        return payments.ask_removal(payment_id=payment.id, by=self.by, now=self.now)

    def apply(self, note: CreditNote, invoice: Invoice, amount: int | str) -> CreditApplication:
        """Apply so much of the note."""
        return applications.apply(
            note_id=note.id,
            invoice_id=invoice.id,
            amount=Decimal(amount),
            applied_on=DAY,
            by=self.by,
            now=self.now,
        )

    def take_back(self, application: CreditApplication) -> CreditApplication:
        """Undo an application."""
        return applications.ask_removal(application_id=application.id, by=self.by, now=self.now)


def in_ledger(document: Invoice | CreditNote) -> None:
    """A ledger elsewhere holds the document now."""
    ledger = keepers.of(document) or ledgers.create(
        studio_id=document.studio_id, name="Northlight Ltd", base_currency="GBP", source="xero"
    )
    documents.note_ledger_version(
        kind=document.kind, document_id=document.id, version=document.version, ledger_id=ledger.id
    )


def standing(document: Invoice | CreditNote) -> tuple[str, int, int, int]:
    """Its status, and what was paid, credited and is due, as it is stored."""
    fresh = documents.load(document.kind, document.id)
    return fresh.status, int(fresh.amount_paid), int(fresh.amount_credited), int(fresh.amount_due)
