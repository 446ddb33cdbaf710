"""Re-exports the room's models for Django; nothing is defined here."""

from bluestamp.books.applications import CreditApplication
from bluestamp.books.companies import Company, Person
from bluestamp.books.credit_notes import CreditNote, CreditNoteLine
from bluestamp.books.expenses import Expense, ExpenseLine
from bluestamp.books.invoices import Invoice, InvoiceLine
from bluestamp.books.items import Item, ItemCode
from bluestamp.books.job_items import JobItem
from bluestamp.books.jobs import Job
from bluestamp.books.ledgers import Account, BranchLedger, Ledger, LedgerCurrency, TaxRate
from bluestamp.books.letters import Letter
from bluestamp.books.numbers import NumberSkip, NumberTaken, Sequence
from bluestamp.books.payment_rows import Payment
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderLine
from bluestamp.books.quotes import Quote, QuoteLine
from bluestamp.books.supplier_credits import SupplierCredit, SupplierCreditLine

__all__ = [
    "Account",
    "BranchLedger",
    "Company",
    "CreditApplication",
    "CreditNote",
    "CreditNoteLine",
    "Expense",
    "ExpenseLine",
    "Invoice",
    "InvoiceLine",
    "Item",
    "ItemCode",
    "Job",
    "JobItem",
    "Ledger",
    "LedgerCurrency",
    "Letter",
    "NumberSkip",
    "NumberTaken",
    "Payment",
    "Person",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Quote",
    "QuoteLine",
    "Sequence",
    "SupplierCredit",
    "SupplierCreditLine",
    "TaxRate",
]
