"""Keeping a connection's ledger filled: the organisation, its chart of accounts, its tax rates and its currencies.

Everything is read, nothing is listed here: people rename and add accounts and rates, and each country has its own.
What vanished in Xero is set inactive in the ledger and never deleted, since documents still say it.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import transaction

from bluestamp.books import ledgers
from bluestamp.books.ledgers import Chart, ChartAccount, ChartTaxRate, Ledger, LedgerDefaults
from bluestamp.sync import clients, connections
from bluestamp.sync.connections import Connection
from bluestamp.sync.exchanges import Why
from bluestamp.xero.client import Client
from bluestamp.xero.records import Account, Organisation, TaxRate

CURSOR: Final = "reference"
ACTIVE: Final = "ACTIVE"
BANK: Final = "BANK"
#: the accounts that a default is proposed from, likeliest type first ("Accounts", developer.xero.com)
REVENUE_TYPES: Final = ("SALES", "REVENUE")
EXPENSE_TYPES: Final = ("DIRECTCOSTS", "EXPENSE", "OVERHEADS")


def refresh(connection: Connection, *, now: dt.datetime, urgent: bool = False) -> None:
    """Read all of it and fill the ledger: four calls, of which Xero counts three; propose defaults where none are.

    Raises what `clients.open` raises.
    """
    with clients.open(connection, why=Why.REFERENCE, urgent=urgent, now=now) as client:
        organisation = client.organisation().value
        chart = _chart(organisation, client)
    with transaction.atomic():
        row = connections.locked(connection.id)
        _take_facts(row, organisation, now=now)
        ledger = ledgers.fill(row.ledger, chart, now=now)
        _propose_defaults(ledger, chart)


def _chart(organisation: Organisation, client: Client) -> Chart:
    return Chart(
        name=organisation.name,
        base_currency=organisation.base_currency,
        country=organisation.country_code,
        is_tax_registered=organisation.pays_tax,
        period_lock_on=organisation.period_lock_date,
        end_of_year_lock_on=organisation.end_of_year_lock_date,
        accounts=tuple(_account(row) for row in client.accounts().value),
        tax_rates=tuple(_tax_rate(row) for row in client.tax_rates().value),
        currencies=tuple(row.code for row in client.currencies().value),
    )


def _account(row: Account) -> ChartAccount:
    return ChartAccount(
        code=row.code,
        name=row.name,
        account_class=row.class_,
        account_type=row.type,
        tax_type=row.tax_type,
        accepts_payments=row.enable_payments_to_account or row.type == BANK,
        is_bank=row.type == BANK,
        is_system=bool(row.system_account),
        is_active=row.status == ACTIVE,
        external_id=row.account_id,
    )


def _tax_rate(row: TaxRate) -> ChartTaxRate:
    return ChartTaxRate(
        tax_type=row.tax_type,
        name=row.name,
        percent=row.effective_rate,
        components=tuple(
            {"name": part.name, "percent": str(part.rate), "is_compound": part.is_compound}
            for part in row.tax_components
        ),
        for_assets=row.can_apply_to_assets,
        for_equity=row.can_apply_to_equity,
        for_expenses=row.can_apply_to_expenses,
        for_liabilities=row.can_apply_to_liabilities,
        for_revenue=row.can_apply_to_revenue,
        is_active=row.status == ACTIVE,
    )


def _take_facts(row: Connection, organisation: Organisation, *, now: dt.datetime) -> None:
    row.name = organisation.name or row.name
    row.short_code, row.organisation_class = organisation.short_code, organisation.class_
    row.base_currency, row.country = organisation.base_currency, organisation.country_code
    row.time_zone = organisation.timezone
    row.cursors = row.cursors | {CURSOR: now.isoformat()}
    row.save(
        update_fields=[
            "name",
            "short_code",
            "organisation_class",
            "base_currency",
            "country",
            "time_zone",
            "cursors",
        ]
    )


def _propose_defaults(ledger: Ledger, chart: Chart) -> None:
    """The first time only: what a person chose, or left empty, stays."""
    if ledger.revenue_account_code or ledger.expense_account_code:
        return
    revenue, expense = _first(chart, REVENUE_TYPES), _first(chart, EXPENSE_TYPES)
    bank = next((a for a in chart.accounts if a.is_bank and a.is_active and a.code), None)
    proposed = LedgerDefaults(
        revenue_account_code=revenue.code if revenue else "",
        expense_account_code=expense.code if expense else "",
        payments_account_code=bank.code if bank else "",
        revenue_tax_type=revenue.tax_type if revenue else "",
        expense_tax_type=expense.tax_type if expense else "",
    )
    ledgers.edit_defaults(ledger, proposed)


def _first(chart: Chart, types: tuple[str, ...]) -> ChartAccount | None:
    """The account with the lowest code of the likeliest type; system accounts take no lines."""
    usable = [
        a for a in chart.accounts if a.is_active and a.code and not a.is_system and a.account_type in types
    ]
    return min(usable, key=lambda account: (types.index(account.account_type), account.code), default=None)
