"""The codes of lines, decided over a codebook that was read before."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bluestamp.books.codes import Codebook, Codes, Remark
from bluestamp.books.companies import Company
from bluestamp.books.ledgers import Account, Ledger, TaxRate
from bluestamp.books.line_items import LineDraft

LEDGER = Ledger(
    name="Northlight Ltd",
    is_tax_registered=True,
    revenue_account_code="200",
    expense_account_code="310",
    revenue_tax_type="OUTPUT2",
    expense_tax_type="INPUT2",
)
ACCOUNTS = {
    "200": Account(code="200", account_class="REVENUE", tax_type="OUTPUT2"),
    "260": Account(code="260", account_class="REVENUE", tax_type="EXEMPT"),
    "310": Account(code="310", account_class="EXPENSE"),
    "090": Account(code="090", account_class="ASSET", is_bank=True),
    "999": Account(code="999", account_class="REVENUE", is_active=False),
}
RATES = {
    "OUTPUT2": TaxRate(tax_type="OUTPUT2", name="20% VAT", percent=Decimal(20), for_revenue=True),
    "INPUT2": TaxRate(tax_type="INPUT2", name="20% VAT", percent=Decimal(20), for_expenses=True),
    "EXEMPT": TaxRate(tax_type="EXEMPT", name="Exempt", percent=Decimal(0), for_revenue=True),
    "NONE": TaxRate(tax_type="NONE", name="No VAT", percent=Decimal(0), for_revenue=True, for_expenses=True),
    "OLD": TaxRate(tax_type="OLD", name="17.5%", percent=Decimal("17.5"), for_revenue=True, is_active=False),
}
SALES = Codebook(ledger=LEDGER, sells=True, accounts=ACCOUNTS, tax_rates=RATES)
COSTS = replace(SALES, sells=False)
NOTHING = Codebook(ledger=None, sells=True, accounts={}, tax_rates={})


def _line(account_code: str, tax_type: str) -> LineDraft:
    return LineDraft(account_code=account_code, tax_type=tax_type)


@pytest.mark.parametrize(
    ("book", "company", "account_code", "expected"),
    [
        (SALES, Company(), "", Codes(account_code="200", tax_type="OUTPUT2")),
        (COSTS, Company(), "", Codes(account_code="310", tax_type="INPUT2")),
        (SALES, None, "260", Codes(account_code="260", tax_type="EXEMPT")),
        (SALES, Company(sales_tax_type="NONE"), "260", Codes(account_code="260", tax_type="NONE")),
        (SALES, Company(purchases_tax_type="NONE"), "", Codes(account_code="200", tax_type="OUTPUT2")),
        (COSTS, Company(purchases_tax_type="NONE"), "", Codes(account_code="310", tax_type="NONE")),
        (SALES, Company(sales_tax_type="OLD"), "", Codes(account_code="200", tax_type="OUTPUT2")),
        (SALES, Company(sales_tax_type="UNHEARD"), "", Codes(account_code="200", tax_type="OUTPUT2")),
        (SALES, Company(sales_tax_type="INPUT2"), "", Codes(account_code="200", tax_type="OUTPUT2")),
        (SALES, Company(), "310", Codes(account_code="310", tax_type="")),
        (SALES, Company(), "777", Codes(account_code="777", tax_type="OUTPUT2")),
        (NOTHING, Company(sales_tax_type="NONE"), "200", Codes()),
    ],
)
def test_the_companys_rate_goes_before_the_accounts_and_that_before_the_ledgers(
    book: Codebook, company: Company | None, account_code: str, expected: Codes
) -> None:
    assert book.suggest(company, account_code=account_code) == expected


@pytest.mark.parametrize(
    ("line", "need_codes", "names"),
    [
        (_line("200", "OUTPUT2"), True, []),
        (_line("", ""), False, []),
        (_line("", ""), True, ["account_code", "tax_type"]),
        (_line("090", "NONE"), False, ["account_code"]),
        (_line("999", "INPUT2"), False, ["account_code"]),
        (_line("777", "OLD"), False, ["account_code", "tax_type"]),
        (_line("310", "OUTPUT2"), False, ["tax_type"]),
        (_line("", "OUTPUT2"), False, []),
    ],
)
def test_each_fault_stands_at_its_field_and_its_lines_position(
    line: LineDraft, need_codes: bool, names: list[str]
) -> None:
    found = SALES.faults([(7, line)], need_codes=need_codes)
    assert [fault.field for fault in found] == [f"lines.7.{name}" for name in names]


def test_without_a_ledger_accounts_are_free_text_and_rates_unknown() -> None:
    found = NOTHING.faults([(0, _line("anything", "OUTPUT2"))], need_codes=True)
    assert [fault.field for fault in found] == ["lines.0.tax_type"]
    assert NOTHING.faults([(0, _line("anything", ""))], need_codes=True) == []


def test_a_percentage_is_known_of_inactive_rates_too() -> None:
    assert (SALES.percent("OLD"), SALES.percent("UNHEARD")) == (Decimal("17.5"), 0)


def test_a_registered_organisation_is_asked_about_no_tax_and_no_other() -> None:
    lines = [_line("200", "OUTPUT2"), _line("200", "NONE"), _line("200", "EXEMPT")]
    (remark,) = SALES.remarks(lines)
    assert isinstance(remark, Remark)
    assert remark.field == "lines.1.tax_type"
    assert replace(SALES, ledger=Ledger(name="Small")).remarks(lines) == []
    assert NOTHING.remarks(lines) == []
