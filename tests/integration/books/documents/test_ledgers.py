"""Ledgers: filled by whoever keeps them, asked by documents."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from bluestamp.books import ledgers
from bluestamp.books.companies import Company
from bluestamp.books.ledgers import Ledger, LedgerDefaults
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, NotFound, NotPermitted
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio
from tests.integration.books.documents.ledger_of_northlight import (
    ACCOUNTS,
    CHART,
    RATES,
    with_rate,
    without_account,
)

pytestmark = pytest.mark.usefixtures("in_northlight")


def _line(account_code: str = "", tax_type: str = "") -> LineDraft:
    return LineDraft(account_code=account_code, tax_type=tax_type)


def test_a_branch_without_a_ledger_has_none(bristol: Branch, ledger: Ledger) -> None:
    assert ledgers.of_branch(bristol.id) is None


def test_exactly_the_named_branches_book_into_a_ledger(
    ledger: Ledger, london: Branch, bristol: Branch, cleo: Actor, now: dt.datetime
) -> None:
    ledgers.assign([bristol.id], ledger, by=cleo, now=now)
    assert ledgers.of_branch(london.id) is None
    assert ledgers.of_branch(bristol.id) == ledger


def test_a_producer_assigns_no_ledgers(ledger: Ledger, london: Branch, ben: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        ledgers.assign([london.id], ledger, by=ben, now=now)


def test_a_branch_of_another_studio_is_not_found(
    ledger: Ledger, daybreak: Studio, cleo: Actor, now: dt.datetime
) -> None:
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        wellington = Branch.objects.get(is_home=True).id
    with pytest.raises(NotFound):
        ledgers.assign([wellington], ledger, by=cleo, now=now)


def test_what_vanished_from_the_chart_turns_inactive_and_comes_back(ledger: Ledger, now: dt.datetime) -> None:
    ledgers.fill(ledger, without_account("200"), now=now)
    assert not ledger.accounts.get(code="200").is_active
    ledgers.fill(ledger, CHART, now=now)
    assert ledger.accounts.get(code="200").is_active
    assert ledger.accounts.count() == len(ACCOUNTS)


def test_two_accounts_may_change_codes_with_one_another(ledger: Ledger, now: dt.datetime) -> None:
    swapped = {"200": "260", "260": "200"}
    accounts = tuple(replace(each, code=swapped.get(each.code, each.code)) for each in ACCOUNTS)
    ledgers.fill(ledger, replace(CHART, accounts=accounts), now=now)
    names = dict(ledger.accounts.filter(code__in=swapped).values_list("code", "name"))
    assert names == {"200": "Recharges", "260": "Sales"}


def test_a_rate_follows_its_percentage_elsewhere(ledger: Ledger, now: dt.datetime) -> None:
    ledgers.fill(ledger, with_rate("OUTPUT2", Decimal("21.5")), now=now)
    assert ledgers.percents(ledger)["OUTPUT2"] == Decimal("21.5")
    assert ledger.tax_rates.count() == len(RATES)


def test_filling_twice_with_the_same_writes_no_rows(
    ledger: Ledger, now: dt.datetime, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(15):  # type: ignore[operator]
        ledgers.fill(ledger, CHART, now=now)


def test_currencies_are_the_ledgers_own_and_those_it_takes(ledger: Ledger, now: dt.datetime) -> None:
    assert ledgers.currency_codes(ledger) == {"GBP", "EUR"}
    ledgers.fill(ledger, replace(CHART, currencies=("USD",)), now=now)
    assert ledgers.currency_codes(ledger) == {"GBP", "USD"}


def test_the_later_lock_date_counts(ledger: Ledger, now: dt.datetime) -> None:
    assert ledgers.locked_until(ledger) is None
    locked = replace(CHART, period_lock_on=dt.date(2026, 9, 30), end_of_year_lock_on=dt.date(2026, 3, 31))
    assert ledgers.locked_until(ledgers.fill(ledger, locked, now=now)) == dt.date(2026, 9, 30)


@pytest.mark.parametrize(
    ("kind", "codes"),
    [("invoice", ["200", "260", "310", "429", "820"]), ("expense", ["310", "429", "200", "260", "820"])],
)
def test_the_kinds_own_class_comes_first_and_banks_system_and_archived_accounts_never(
    ledger: Ledger, kind: str, codes: list[str]
) -> None:
    assert [row.code for row in ledgers.accounts_for(ledger, kind)] == codes


def test_only_rates_that_are_legal_with_an_account_are_offered(ledger: Ledger) -> None:
    sales = ledger.accounts.get(code="200")
    assert [row.tax_type for row in ledgers.tax_rates_for(ledger, sales)] == [
        "OUTPUT2",
        "RROUTPUT",
        "NONE",
        "ZERORATEDOUTPUT",
    ]
    assert len(ledgers.tax_rates_for(ledger)) == len(RATES)


def test_a_new_line_takes_the_companys_rate_then_the_accounts_then_the_ledgers(
    ledger: Ledger, kestrel: Company
) -> None:
    assert ledgers.suggest(ledger, "invoice").tax_type == "OUTPUT2"
    assert ledgers.suggest(ledger, "expense").tax_type == "INPUT2"
    kestrel.sales_tax_type = "ZERORATEDOUTPUT"
    assert ledgers.suggest(ledger, "invoice", kestrel).tax_type == "ZERORATEDOUTPUT"
    assert ledgers.suggest(ledger, "expense", kestrel).tax_type == "INPUT2"
    general = ledgers.suggest(ledger, "expense", account_code="429")
    assert (general.account_code, general.tax_type) == ("429", "INPUT2")


def test_a_rate_that_is_not_legal_with_the_account_is_passed_over(ledger: Ledger, kestrel: Company) -> None:
    kestrel.sales_tax_type = "INPUT2"
    assert ledgers.suggest(ledger, "invoice", kestrel).tax_type == "OUTPUT2"
    assert ledgers.suggest(ledger, "invoice", kestrel, account_code="310").tax_type == "INPUT2"


def test_without_a_ledger_nothing_is_suggested_and_nothing_is_wrong() -> None:
    assert ledgers.suggest(None, "invoice").account_code == ""
    assert ledgers.faults_of_lines(None, "invoice", [_line()]) == []


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (_line("200", "OUTPUT2"), []),
        (_line("820", "OUTPUT2"), []),
        (_line(), ["lines.0.account_code", "lines.0.tax_type"]),
        (_line("777", "OUTPUT2"), ["lines.0.account_code"]),
        (_line("090", "NONE"), ["lines.0.account_code"]),
        (_line("610", "NONE"), ["lines.0.account_code"]),
        (_line("999", "NONE"), ["lines.0.account_code"]),
        (_line("200", "WHATEVER"), ["lines.0.tax_type"]),
        (_line("200", "INPUT2"), ["lines.0.tax_type"]),
    ],
)
def test_faults_of_codes_stand_at_their_field(ledger: Ledger, line: LineDraft, fields: list[str]) -> None:
    assert [fault.field for fault in ledgers.faults_of_lines(ledger, "invoice", [line])] == fields


def test_defaults_must_be_in_the_ledger(ledger: Ledger) -> None:
    with pytest.raises(Invalid) as refused:
        ledgers.edit_defaults(ledger, LedgerDefaults(expense_account_code="777"))
    assert refused.value.field == "expense_account_code"


def test_a_studio_without_xero_starts_with_a_chart_of_its_own(ada: Actor, now: dt.datetime) -> None:
    own = ledgers.starter(
        studio_id=ada.studio_id, name="Our books", base_currency="GBP", country="GB", now=now
    )
    assert ledgers.suggest(own, "invoice").account_code == "200"
    assert ledgers.suggest(own, "expense").tax_type == "NONE"
    assert own.source == "own"
