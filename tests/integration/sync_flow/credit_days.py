"""What stories about credit between here and Xero have in common: notes, and where their credit stands on both sides."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bluestamp.books import credit_notes, documents
from bluestamp.books.applications import CreditApplication
from bluestamp.books.companies import Company
from bluestamp.books.credit_notes import CreditNote, CreditNoteDraft
from bluestamp.books.invoices import Invoice
from bluestamp.sync import crediting
from tests.integration.sync_flow.conftest import Story, sold

CREDIT_NOTES = "/api.xro/2.0/CreditNotes"


def noted(story: Story, amount: str, *, client: str = "Kestrel Air", **more: Any) -> CreditNote:
    """A credit note that the client has, not in Xero yet; `amount` is without tax."""
    company = Company.objects.filter(name=client).first() or story.company(client)
    draft = CreditNoteDraft(
        branch_id=story.cast.london.id,
        company_id=company.id,
        issued_on=more.pop("issued_on", story.today),
        currency="GBP",
        lines=(sold("Goodwill", "1", amount),),
        **more,
    )
    note = credit_notes.create(draft, by=story.ben, now=story.now)
    return credit_notes.mark_as_sent(note_id=note.id, version=note.version, by=story.ben, now=story.now)


def apply(story: Story, note: CreditNote, invoice: Invoice, amount: str) -> CreditApplication:
    """Cleo takes so much of the note off the invoice."""
    return crediting.apply(
        note=note,
        invoice=invoice,
        amount=Decimal(amount),
        applied_on=story.today,
        by=story.cleo,
        now=story.now,
        allow_create_contact=True,
    )


def fresh_note(note: CreditNote) -> CreditNote:
    """The note as it is now."""
    found = documents.load("credit_note", note.id)
    assert isinstance(found, CreditNote)
    return found


def again(row: CreditApplication) -> CreditApplication:
    """The application as it is now."""
    return CreditApplication.objects.get(id=row.id)


def notes_in_xero(story: Story) -> list[dict[str, Any]]:
    """The sales credit notes that stand in Xero."""
    rows = story.sandbox.state(story.organisation)["credit_notes"]
    return [row for row in rows if row["Type"] == "ACCRECCREDIT"]


def applied_in_xero(story: Story) -> list[tuple[str, str, Decimal]]:
    """Note, invoice and amount of all credit that is applied in Xero."""
    numbers = {row["InvoiceID"]: row["InvoiceNumber"] for row in story.sales()}
    return [
        (note["CreditNoteNumber"], numbers[one["Invoice"]["InvoiceID"]], Decimal(str(one["Amount"])))
        for note in notes_in_xero(story)
        for one in note["Allocations"]
    ]
