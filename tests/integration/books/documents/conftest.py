"""Northlight's companies, ledger and first drafts."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from bluestamp.books import companies, expenses, invoices, ledgers, purchase_orders
from bluestamp.books.companies import Company, CompanyDraft
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.ledgers import Ledger, LedgerDefaults
from bluestamp.books.line_items import LineDraft
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from tests.integration.books.documents.ledger_of_northlight import CHART


@pytest.fixture
def kestrel(in_northlight: None, ada: Actor, now: dt.datetime) -> Company:
    """A client who pays after 14 days."""
    draft = CompanyDraft(
        name="Kestrel Air", is_client=True, email="accounts@kestrelair.example", terms_days=14
    )
    return companies.create(draft, by=ada, now=now)


@pytest.fixture
def inkhouse(in_northlight: None, ada: Actor, now: dt.datetime) -> Company:
    """A printer, without terms of its own."""
    return companies.create(CompanyDraft(name="Inkhouse Print", is_supplier=True), by=ada, now=now)


@pytest.fixture
def ledger(in_northlight: None, london: Branch, cleo: Actor, now: dt.datetime) -> Ledger:
    """London's ledger, kept elsewhere, with codes that lines start with."""
    made = ledgers.create(
        studio_id=cleo.studio_id, name="Northlight Ltd", base_currency="GBP", source="xero", country="GB"
    )
    made = ledgers.fill(made, CHART, now=now)
    ledgers.assign([london.id], made, by=cleo, now=now)
    return ledgers.edit_defaults(
        made,
        LedgerDefaults(
            revenue_account_code="200",
            expense_account_code="310",
            payments_account_code="090",
            revenue_tax_type="OUTPUT2",
            expense_tax_type="INPUT2",
        ),
    )


@pytest.fixture
def own_books(in_northlight: None, london: Branch, cleo: Actor, now: dt.datetime) -> Ledger:
    """London's ledger, kept here, without codes that lines start with."""
    made = ledgers.create(studio_id=cleo.studio_id, name="Own books", base_currency="GBP", country="GB")
    made = ledgers.fill(made, replace(CHART, name="Own books"), now=now)
    ledgers.assign([london.id], made, by=cleo, now=now)
    return ledgers.edit_defaults(made, LedgerDefaults(revenue_account_code="200", revenue_tax_type="OUTPUT2"))


@pytest.fixture
def invoice_draft(kestrel: Company, london: Branch) -> InvoiceDraft:
    """Two lines for Kestrel: 1,000.00 and 900.00 before tax."""
    return InvoiceDraft(
        branch_id=london.id,
        company_id=kestrel.id,
        issued_on=dt.date(2026, 11, 2),
        currency="GBP",
        reference="PO 7781",
        lines=(
            LineDraft(item="Art direction", quantity=Decimal("2.5"), unit_amount=Decimal(400)),
            LineDraft(item="Illustration", quantity=Decimal(6), unit_amount=Decimal(150)),
        ),
    )


@pytest.fixture
def expense_draft(inkhouse: Company, london: Branch) -> ExpenseDraft:
    """A proof from Inkhouse: 84.00 before tax, sold on for 100.00."""
    return ExpenseDraft(
        branch_id=london.id,
        company_id=inkhouse.id,
        issued_on=dt.date(2026, 10, 30),
        currency="GBP",
        supplier_invoice_number="INK-2207",
        lines=(LineDraft(item="Print proof", unit_amount=Decimal(84), sell_unit_amount=Decimal(100)),),
    )


@pytest.fixture
def expense(ledger: Ledger, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime) -> Expense:
    """A draft of Ben's."""
    return expenses.create(expense_draft, by=ben, now=now)


@pytest.fixture
def approved(expense: Expense, ben: Actor, now: dt.datetime) -> Expense:
    """The same, approved: EXP-0001."""
    return expenses.approve(expense_id=expense.id, version=1, by=ben, now=now)


@pytest.fixture
def invoice(ledger: Ledger, invoice_draft: InvoiceDraft, ben: Actor, now: dt.datetime) -> Invoice:
    """A draft of Ben's."""
    return invoices.create(invoice_draft, by=ben, now=now)


@pytest.fixture
def sent(invoice: Invoice, ben: Actor, now: dt.datetime) -> Invoice:
    """The same, marked as sent: LON-0001."""
    return invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=ben, now=now)


@pytest.fixture
def order_draft(inkhouse: Company, london: Branch) -> PurchaseOrderDraft:
    """Two lines for Inkhouse: 10 × 84.00 and 160.00, together 1,000.00 before tax; the first is sold on for 100.00 each."""
    return PurchaseOrderDraft(
        branch_id=london.id,
        company_id=inkhouse.id,
        issued_on=dt.date(2026, 11, 2),
        due_on=dt.date(2026, 11, 20),
        currency="GBP",
        lines=(
            LineDraft(
                item="Posters", quantity=Decimal(10), unit_amount=Decimal(84), sell_unit_amount=Decimal(100)
            ),
            LineDraft(item="Courier", unit_amount=Decimal(160)),
        ),
    )


@pytest.fixture
def order(ledger: Ledger, order_draft: PurchaseOrderDraft, ben: Actor, now: dt.datetime) -> PurchaseOrder:
    """A draft of Ben's."""
    return purchase_orders.create(order_draft, by=ben, now=now)


@pytest.fixture
def ordered(order: PurchaseOrder, ben: Actor, now: dt.datetime) -> PurchaseOrder:
    """The same, approved: PO-0001."""
    return purchase_orders.approve(order_id=order.id, version=1, by=ben, now=now)
