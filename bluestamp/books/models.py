"""Re-exports the room's models for Django; nothing is defined here."""

from bluestamp.books.companies import Company, Person
from bluestamp.books.expenses import Expense, ExpenseLine
from bluestamp.books.invoices import Invoice, InvoiceLine
from bluestamp.books.jobs import Job
from bluestamp.books.ledgers import Account, BranchLedger, Ledger, LedgerCurrency, TaxRate
from bluestamp.books.letters import Letter
from bluestamp.books.numbers import Sequence
from bluestamp.books.payments import Payment

__all__ = [
    "Account",
    "BranchLedger",
    "Company",
    "Expense",
    "ExpenseLine",
    "Invoice",
    "InvoiceLine",
    "Job",
    "Ledger",
    "LedgerCurrency",
    "Letter",
    "Payment",
    "Person",
    "Sequence",
    "TaxRate",
]
