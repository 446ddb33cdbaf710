"""Scopes: which exist for an app made since 2 March 2026, and which one each address asks for.

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
KNOWN = (
    OPENID
    | {"app.connections"}
    | {f"accounting.{name}{suffix}" for name in _WRITABLE for suffix in ("", ".read")}
    | {f"accounting.{name}.read" for name in _READABLE}
)
"""The broad scopes (accounting.transactions, accounting.reports.read) aren't there: new apps are refused them."""

OF_COLLECTION = {
    "Invoices": "accounting.invoices",
    "CreditNotes": "accounting.invoices",
    "PurchaseOrders": "accounting.invoices",
    "Items": "accounting.invoices",
    "Payments": "accounting.payments",
    "Contacts": "accounting.contacts",
    "Organisation": "accounting.settings",
    "Organisations": "accounting.settings",
    "Accounts": "accounting.settings",
    "TaxRates": "accounting.settings",
    "Currencies": "accounting.settings",
    "BrandingThemes": "accounting.settings",
    "TrackingCategories": "accounting.settings",
}


def read(text: str) -> frozenset[str]:
    """The scopes in a space-separated parameter."""
    return frozenset(text.split())


def unknown(asked: Iterable[str]) -> frozenset[str]:
    """Scopes that an app made today can't ask for."""
    return frozenset(asked) - KNOWN


def allows(granted: frozenset[str], *, needed: str, writes: bool) -> bool:
    """Does a token reach an address? Writing needs the scope itself, reading is content with `.read`."""
    return needed in granted or (not writes and f"{needed}.read" in granted)
