"""What credits an invoice: a draft over all of it, to the cent, or over what is open on it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

from bluestamp.books import documents, line_items
from bluestamp.books.invoices import Invoice
from bluestamp.books.line_items import LineDraft, LineItem


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditNoteDraft:
    """A credit note as somebody typed it, in positive amounts. It has no due date."""

    branch_id: str
    company_id: str
    issued_on: dt.date
    currency: str
    job_id: str | None = None
    due_on: dt.date | None = None
    reference: str = ""
    tax_mode: str = "exclusive"
    own_rate: Decimal | None = None
    lines: tuple[LineDraft, ...] = ()


def crediting(invoice: Invoice, issued_on: dt.date) -> CreditNoteDraft:
    """What credits the whole invoice. Its job, branch and currency are the invoice's."""
    return CreditNoteDraft(
        branch_id=invoice.branch_id,
        company_id=invoice.company_id,
        job_id=invoice.job_id,
        issued_on=issued_on,
        currency=invoice.currency,
        reference=invoice.number,
        tax_mode=invoice.tax_mode,
        lines=tuple(_credit_line(line) for line in invoice.items),
    )


def _credit_line(line: LineItem) -> LineDraft:
    """A discounted line becomes one piece at what was left of it (rule 14); the tax is then the same."""
    draft = replace(line_items.draft_of(line), id=None)
    if not line.discount_rate:
        return draft
    return replace(draft, quantity=Decimal(1), unit_amount=line.line_amount, discount_rate=Decimal(0))


def writing_off(invoice: Invoice, left: Decimal, account_code: str, today: dt.date) -> CreditNoteDraft:
    """One line over all that is open, tax included, so that it comes to that whatever the rate is."""
    line = LineDraft(item=f"Write-off of {invoice.number}", unit_amount=left, account_code=account_code)
    has_tax = invoice.tax_mode != documents.TaxModes.NO_TAX
    tax_mode = documents.TaxModes.INCLUSIVE if has_tax else documents.TaxModes.NO_TAX
    return replace(crediting(invoice, today), tax_mode=tax_mode.value, lines=(line,))
