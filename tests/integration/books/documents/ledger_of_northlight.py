"""The chart that Northlight's ledger has in these tests: a handful of a British studio's accounts and rates."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from bluestamp.books.ledgers import Chart, ChartAccount, ChartTaxRate

ACCOUNTS = (
    ChartAccount(code="200", name="Sales", account_class="REVENUE", tax_type="OUTPUT2", external_id="a-200"),
    ChartAccount(code="260", name="Recharges", account_class="REVENUE", external_id="a-260"),
    ChartAccount(code="310", name="Print", account_class="EXPENSE", tax_type="INPUT2", external_id="a-310"),
    ChartAccount(code="429", name="General", account_class="EXPENSE", external_id="a-429"),
    ChartAccount(code="820", name="Deposits", account_class="LIABILITY", external_id="a-820"),
    ChartAccount(
        code="090",
        name="Bank",
        account_class="ASSET",
        is_bank=True,
        accepts_payments=True,
        external_id="a-090",
    ),
    ChartAccount(code="610", name="Debtors", account_class="ASSET", is_system=True, external_id="a-610"),
    ChartAccount(code="999", name="Old", account_class="REVENUE", is_active=False, external_id="a-999"),
)
RATES = (
    ChartTaxRate(tax_type="OUTPUT2", name="20% (VAT on Income)", percent=Decimal(20), for_revenue=True, for_liabilities=True),
    ChartTaxRate(tax_type="INPUT2", name="20% (VAT on Expenses)", percent=Decimal(20), for_expenses=True, for_assets=True),
    ChartTaxRate(tax_type="RROUTPUT", name="5% (VAT on Income)", percent=Decimal(5), for_revenue=True),
    ChartTaxRate(tax_type="ZERORATEDOUTPUT", name="Zero rated income", percent=Decimal(0), for_revenue=True),
    ChartTaxRate(
        tax_type="NONE", name="No VAT", percent=Decimal(0), for_revenue=True, for_expenses=True,
        for_assets=True, for_liabilities=True, for_equity=True,
    ),
)  # fmt: skip
CHART = Chart(
    name="Northlight Ltd",
    base_currency="GBP",
    country="GB",
    is_tax_registered=True,
    accounts=ACCOUNTS,
    tax_rates=RATES,
    currencies=("GBP", "EUR"),
)


def without_account(code: str) -> Chart:
    """The chart after an account vanished from it."""
    return replace(CHART, accounts=tuple(account for account in ACCOUNTS if account.code != code))


def with_rate(tax_type: str, percent: Decimal) -> Chart:
    """The chart after a rate changed its percentage."""
    rates = (replace(rate, percent=percent) if rate.tax_type == tax_type else rate for rate in RATES)
    return replace(CHART, tax_rates=tuple(rates))
