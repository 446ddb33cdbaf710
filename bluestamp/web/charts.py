"""Which accounts and tax rates a document's lines may take, ready for the boxes to choose from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bluestamp.books import ledgers
from bluestamp.books.ledgers import Account, Ledger, TaxRate
from bluestamp.money import amounts

GROUPS: Final = {
    "REVENUE": "Revenue",
    "EXPENSE": "Expenses",
    "ASSET": "Assets",
    "LIABILITY": "Liabilities",
    "EQUITY": "Equity",
}


@dataclass(frozen=True)
class AccountOption:
    """An account to choose; `taxes` are the rates legal with it, `tax_type` its usual one."""

    code: str
    label: str
    group: str
    tax_type: str
    taxes: str


@dataclass(frozen=True)
class TaxOption:
    """A tax rate to choose."""

    tax_type: str
    label: str


@dataclass(frozen=True)
class Chart:
    """What one kind of document may take from one ledger; empty without a ledger."""

    accounts: list[AccountOption] = field(default_factory=list)
    tax_rates: list[TaxOption] = field(default_factory=list)

    @property
    def labels(self) -> dict[str, dict[str, str]]:
        """The words of each code and each rate."""
        return {
            "accounts": {account.code: account.label for account in self.accounts},
            "tax-rates": {rate.tax_type: rate.label for rate in self.tax_rates},
        }


def of(ledger: Ledger | None, kind: str) -> Chart:
    """Read a ledger's chart for a kind, in two queries."""
    if ledger is None:
        return Chart()
    rates = ledgers.tax_rates_for(ledger)
    accounts = [_account(account, rates) for account in ledgers.accounts_for(ledger, kind)]
    return Chart(accounts=accounts, tax_rates=[_rate(rate) for rate in rates])


def _account(account: Account, rates: list[TaxRate]) -> AccountOption:
    return AccountOption(
        code=account.code,
        label=f"{account.code} · {account.name}",
        group=GROUPS[account.account_class],
        tax_type=account.tax_type,
        taxes=" ".join(rate.tax_type for rate in rates if rate.goes_with(account.account_class)),
    )


def _rate(rate: TaxRate) -> TaxOption:
    percent = f"{amounts.format_quantity(rate.percent, locale='en-GB')}%"
    return TaxOption(
        tax_type=rate.tax_type, label=rate.name if percent in rate.name else f"{percent} · {rate.name}"
    )
