"""Scopes: the granular ones, the broad ones that older apps may still use, and which of them each address asks for.

From developer.xero.com, faq/granular-scopes and guides/oauth2/scopes.
"""

from collections.abc import Iterable

OPENID = frozenset({"openid", "profile", "email", "offline_access"})
_WRITABLE = (
    "invoices",
    "payments",
    "banktransactions",
    "manualjournals",
    "settings",
    "contacts",
    "attachments",
)
_READABLE = (
    "budgets",
    "journals",
    "reports.aged",
    "reports.balancesheet",
    "reports.banksummary",
    "reports.budgetsummary",
    "reports.executivesummary",
    "reports.profitandloss",
    "reports.trialbalance",
    "reports.taxreports",
    "reports.tenninetynine",
)
ACCOUNTING = frozenset(f"accounting.{name}{suffix}" for name in _WRITABLE for suffix in ("", ".read")) | {
    f"accounting.{name}.read" for name in _READABLE
}
KNOWN = OPENID | {"app.connections"} | ACCOUNTING
"""The broad scopes aren't there: new apps are refused them."""

_TRANSACTIONS = ("invoices", "payments", "banktransactions", "manualjournals")
BROAD = {
    "accounting.transactions": frozenset(f"accounting.{name}" for name in _TRANSACTIONS),
    "accounting.transactions.read": frozenset(f"accounting.{name}.read" for name in _TRANSACTIONS),
    "accounting.reports.read": frozenset(
        f"accounting.{name}.read" for name in _READABLE if name.startswith("reports.")
    ),
}
"""What each broad scope stands for, in granular ones."""

_INVOICES, _PAYMENTS = ("accounting.invoices",), ("accounting.payments",)
_CONTACTS, _SETTINGS = ("accounting.contacts",), ("accounting.settings",)
OF_COLLECTION = {
    "Invoices": _INVOICES,
    "CreditNotes": _INVOICES,
    "PurchaseOrders": _INVOICES,
    "Items": _INVOICES + _SETTINGS,
    "Payments": _PAYMENTS,
    "BatchPayments": _PAYMENTS,
    "Overpayments": _PAYMENTS,
    "Prepayments": _PAYMENTS,
    "BankTransactions": ("accounting.banktransactions",),
    "Contacts": _CONTACTS,
    "ContactGroups": _CONTACTS,
    "Organisation": _SETTINGS,
    "Organisations": _SETTINGS,
    "Accounts": _SETTINGS,
    "TaxRates": _SETTINGS,
    "Currencies": _SETTINGS,
    "BrandingThemes": _SETTINGS,
    "TrackingCategories": _SETTINGS,
    "Users": _SETTINGS,
}
"""Any one of them opens the collection."""


def read(text: str) -> frozenset[str]:
    """The scopes in a space-separated parameter."""
    return frozenset(text.split())


def allows(granted: frozenset[str], *, needed: Iterable[str], writes: bool) -> bool:
    """Does a token reach an address? Writing needs one of the scopes itself, reading is content with its `.read`."""
    return any(scope in granted or (not writes and f"{scope}.read" in granted) for scope in needed)
