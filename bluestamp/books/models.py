"""Re-exports the room's models for Django; nothing is defined here."""

from bluestamp.books.companies import Company, Person
from bluestamp.books.expenses import Expense, ExpenseLine
from bluestamp.books.invoices import Invoice, InvoiceLine
from bluestamp.books.items import Item, ItemCode
from bluestamp.books.job_items import JobItem
from bluestamp.books.jobs import Job
from bluestamp.books.ledgers import Account, BranchLedger, Ledger, LedgerCurrency, TaxRate
from bluestamp.books.letters import Letter
from bluestamp.books.numbers import NumberSkip, NumberTaken, Sequence
from bluestamp.books.payments import Payment
from bluestamp.books.quotes import Quote, QuoteLine

__all__ = [
    "Account",
    "BranchLedger",
    "Company",
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
    "Quote",
    "QuoteLine",
    "Sequence",
    "TaxRate",
]
