"""An organisation's chart of accounts, tax rates and currencies, and which of them a line may use.

From developer.xero.com, api/accounting/accounts, taxrates and currencies.
"""

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from bluestamp.sandbox import wire
from bluestamp.sandbox.store import Row, Store

LINE_CLOSED_SYSTEM_ACCOUNTS = frozenset(
    {
        "DEBTORS",
        "CREDITORS",
        "BANKCURRENCYGAIN",
        "HISTORICAL",
        "REALISEDCURRENCYGAIN",
        "RETAINEDEARNINGS",
        "TRACKINGTRANSFERS",
        "UNREALISEDCURRENCYGAIN",
    }
)
"""System accounts that no document line may use. GST and ROUNDING are left open: Xero's pages don't close them."""

CLASSES = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "INVENTORY": "ASSET",
    "PREPAYMENT": "ASSET",
    "NONCURRENT": "ASSET",
    "CURRLIAB": "LIABILITY",
    "LIABILITY": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "EQUITY": "EQUITY",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
    "OTHERINCOME": "REVENUE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "DEPRECIATN": "EXPENSE",
    "PAYG": "LIABILITY",
}
"""The class that an account of each type has."""


class Account(msgspec.Struct):
    """One account of the chart."""

    id: str
    code: str
    name: str
    type: str
    class_: str
    tax_type: str = "NONE"
    status: str = "ACTIVE"
    description: str = ""
    system: str = ""
    accepts_payments: bool = False
    in_expense_claims: bool = False
    bank_number: str = ""
    bank_type: str = ""
    currency: str = ""
    reporting_code: str = ""
    reporting_name: str = ""
    has_attachments: bool = False
    updated_ms: int = 0

    @property
    def is_open_to_lines(self) -> bool:
        """May a document line use it?"""
        return self.type != "BANK" and self.system not in LINE_CLOSED_SYSTEM_ACCOUNTS

    @property
    def is_open_to_payments(self) -> bool:
        """May money be paid into or out of it (Type BANK, or payments enabled)?"""
        return self.status == "ACTIVE" and (self.type == "BANK" or self.accepts_payments)


class TaxComponent(msgspec.Struct, frozen=True):
    """One part of a tax rate."""

    name: str
    rate: Decimal
    is_compound: bool = False
    is_non_recoverable: bool = False


class TaxRate(msgspec.Struct):
    """A tax rate with the account classes it may be used on (one letter each: Assets, Equity, eXpenses, Liabilities, Revenue)."""

    tax_type: str
    name: str
    components: tuple[TaxComponent, ...]
    classes: str
    report_type: str = ""
    status: str = "ACTIVE"

    @property
    def effective(self) -> Decimal:
        """Per cent, compound components included."""
        plain = sum((part.rate for part in self.components if not part.is_compound), Decimal(0))
        for part in self.components:
            if part.is_compound:
                plain += (100 + plain) * part.rate / 100
        return plain

    def suits(self, account_class: str) -> bool:
        """May it be used on accounts of that class?"""
        return CLASS_LETTERS[account_class] in self.classes


CLASS_LETTERS = {"ASSET": "A", "EQUITY": "E", "EXPENSE": "X", "LIABILITY": "L", "REVENUE": "R"}


@dataclass(frozen=True)
class Chart:
    """One organisation's accounts, tax rates and currencies as they stand during a request."""

    accounts: dict[str, Account]
    by_code: dict[str, Account]
    tax_rates: dict[str, TaxRate]
    currencies: frozenset[str]

    def account(self, code: str) -> Account | None:
        """An account by its code, whatever its status. Accounts without a code can't be found by code."""
        return self.by_code.get(code.strip().upper())

    def tax_rate(self, tax_type: str) -> TaxRate | None:
        """An active tax rate by its type."""
        found = self.tax_rates.get(tax_type.upper())
        return found if found and found.status == "ACTIVE" else None


_account = msgspec.json.Decoder(Account)
_rate = msgspec.json.Decoder(TaxRate)


def load(store: Store, organisation_id: str) -> Chart:
    """Read an organisation's chart."""
    found = accounts(store, organisation_id)
    rates = tax_rates(store, organisation_id)
    codes = store.all("SELECT code FROM currencies WHERE organisation = ?", organisation_id)
    return Chart(
        accounts={account.id: account for account in found},
        by_code={account.code.upper(): account for account in found if account.code},
        tax_rates={rate.tax_type.upper(): rate for rate in rates},
        currencies=frozenset(row["code"] for row in codes),
    )


def accounts(store: Store, organisation_id: str) -> list[Account]:
    """Every account, archived ones too, by code."""
    rows = store.all("SELECT body FROM accounts WHERE organisation = ? ORDER BY code, id", organisation_id)
    return [_account.decode(row["body"]) for row in rows]


def tax_rates(store: Store, organisation_id: str) -> list[TaxRate]:
    """Every tax rate in its fixed order."""
    rows = store.all("SELECT body FROM tax_rates WHERE organisation = ? ORDER BY position", organisation_id)
    return [rate_from_row(row) for row in rows]


def rate_from_row(row: Row) -> TaxRate:
    """A tax rate as stored."""
    return _rate.decode(row["body"])


def currencies(store: Store, organisation_id: str) -> list[tuple[str, str]]:
    """Code and description of every subscribed currency, the base currency first."""
    rows = store.all(
        "SELECT code, description FROM currencies WHERE organisation = ? ORDER BY position", organisation_id
    )
    return [(row["code"], row["description"]) for row in rows]


def save_account(store: Store, organisation_id: str, account: Account) -> None:
    """Write an account back."""
    store.put(
        "accounts",
        id=account.id,
        organisation=organisation_id,
        code=account.code,
        status=account.status,
        updated_ms=account.updated_ms,
        body=msgspec.json.encode(account),
    )


def save_tax_rate(store: Store, organisation_id: str, rate: TaxRate, position: int) -> None:
    """Write a tax rate back."""
    store.put(
        "tax_rates",
        organisation=organisation_id,
        tax_type=rate.tax_type,
        position=position,
        body=msgspec.json.encode(rate),
    )


def render_account(account: Account) -> wire.Json:
    """One element of GET /Accounts."""
    said: wire.Json = {
        "AccountID": account.id,
        "Code": account.code,
        "Name": account.name,
        "Status": account.status,
        "Type": account.type,
        "TaxType": account.tax_type,
        "Description": account.description or None,
        "Class": account.class_,
        "SystemAccount": account.system or None,
        "EnablePaymentsToAccount": account.accepts_payments,
        "ShowInExpenseClaims": account.in_expense_claims,
        "BankAccountNumber": account.bank_number or None,
        "BankAccountType": account.bank_type or None,
        "CurrencyCode": account.currency or None,
        "ReportingCode": account.reporting_code or None,
        "ReportingCodeName": account.reporting_name or None,
        "HasAttachments": account.has_attachments,
        "UpdatedDateUTC": wire.instant(account.updated_ms),
        "AddToWatchlist": False,
    }
    return {name: value for name, value in said.items() if value is not None}


def render_tax_rate(rate: TaxRate) -> wire.Json:
    """One element of GET /TaxRates."""
    components = [
        {
            "Name": part.name,
            "Rate": wire.places(part.rate, 4),
            "IsCompound": part.is_compound,
            "IsNonRecoverable": part.is_non_recoverable,
        }
        for part in rate.components
    ]
    said: wire.Json = {"Name": rate.name, "TaxType": rate.tax_type}
    if rate.report_type:
        said["ReportTaxType"] = rate.report_type
    return said | {
        "CanApplyToAssets": "A" in rate.classes,
        "CanApplyToEquity": "E" in rate.classes,
        "CanApplyToExpenses": "X" in rate.classes,
        "CanApplyToLiabilities": "L" in rate.classes,
        "CanApplyToRevenue": "R" in rate.classes,
        "DisplayTaxRate": wire.places(rate.effective, 4),
        "EffectiveRate": wire.places(rate.effective, 4),
        "Status": rate.status,
        "TaxComponents": components,
    }


def subscribe(store: Store, organisation_id: str, code: str, description: str) -> None:
    """Add a currency to those the organisation may use."""
    position = len(currencies(store, organisation_id))
    store.run(
        "INSERT OR IGNORE INTO currencies (organisation, code, position, description) VALUES (?, ?, ?, ?)",
        organisation_id,
        code,
        position,
        description,
    )
