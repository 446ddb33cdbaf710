"""Which account and tax rate a line gets: every square of the precedence, for every kind (rules 8, 9 and 10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product

import pytest

from bluestamp.books import ledgers
from bluestamp.books.codes import Codebook, Codes, ItemCodes
from bluestamp.books.companies import Company
from bluestamp.books.ledgers import Account, Ledger, TaxRate
from bluestamp.books.line_items import LineDraft

ITEM = "item1"
ACCOUNTS = {
    code: Account(code=code, account_class=account_class, tax_type="OF_ACCOUNT")
    for code, account_class in (
        ("200", "REVENUE"),
        ("210", "REVENUE"),
        ("220", "REVENUE"),
        ("310", "EXPENSE"),
        ("320", "EXPENSE"),
        ("630", "ASSET"),
        ("820", "LIABILITY"),
        ("970", "EQUITY"),
    )
} | {"999": Account(code="999", account_class="REVENUE", is_active=False)}
RATES = {
    name: TaxRate(
        tax_type=name, name=name.title(), percent=Decimal(20),
        for_revenue=True, for_expenses=True, for_liabilities=True, for_assets=True,
    )
    for name in ("OF_LINE", "OF_COMPANY", "OF_ITEM", "OF_ACCOUNT", "OF_LEDGER")
} | {"OLD": TaxRate(tax_type="OLD", name="17.5%", percent=Decimal("17.5"), for_revenue=True, is_active=False)}  # fmt: skip
LEDGER = Ledger(
    name="Northlight Ltd",
    revenue_account_code="220",
    expense_account_code="320",
    revenue_tax_type="OF_LEDGER",
    expense_tax_type="OF_LEDGER",
)


def book(kind: str = "invoice", *, item: ItemCodes | None = None, ledger: Ledger = LEDGER) -> Codebook:
    return Codebook(
        ledger=ledger,
        sells=ledgers.sells(kind),
        accounts=ACCOUNTS,
        tax_rates=RATES,
        only_classes=ledgers.ONLY_CLASSES.get(kind, frozenset()),
        items={ITEM: item} if item else {},
    )


@dataclass(frozen=True)
class Square:
    """Who says something about the account, and whose word counts."""

    line: str
    item: str
    ledger: str

    @property
    def wins(self) -> str:
        return self.line or self.item or self.ledger


SQUARES = [Square(*codes) for codes in product(("", "200"), ("", "210"), ("", "220"))]


@pytest.mark.parametrize("square", SQUARES, ids=str)
def test_the_account_is_the_lines_then_the_items_then_the_ledgers_default(square: Square) -> None:
    ledger = Ledger(name="L", revenue_account_code=square.ledger)
    mine = book(item=ItemCodes(name="Talk", account_code=square.item), ledger=ledger)
    codes = mine.suggest(None, account_code=square.line, master_id=ITEM)
    assert codes.account_code == square.wins


SOURCES = ("company", "item", "account", "ledger")
SAYING = [tuple(flags) for flags in product((True, False), repeat=4)]


@pytest.mark.parametrize("says", SAYING, ids=str)
def test_the_tax_rate_is_the_companys_then_the_items_the_accounts_and_the_ledgers(
    says: tuple[bool, ...],
) -> None:
    speaks = dict(zip(SOURCES, says, strict=True))
    rate = {name: f"OF_{name.upper()}" if speaks[name] else "" for name in SOURCES}
    accounts = {"200": Account(code="200", account_class="REVENUE", tax_type=rate["account"])}
    ledger = Ledger(name="L", revenue_account_code="200", revenue_tax_type=rate["ledger"])
    mine = replace(book(item=ItemCodes(name="Talk", tax_type=rate["item"]), ledger=ledger), accounts=accounts)
    codes = mine.suggest(Company(sales_tax_type=rate["company"]), master_id=ITEM)
    assert codes.tax_type == next((rate[name] for name in SOURCES if speaks[name]), "")


@pytest.mark.parametrize("source", SOURCES)
def test_a_rate_that_vanished_gives_way_to_the_next(source: str) -> None:
    rate = {name: "OLD" if name == source else "" for name in SOURCES} | (
        {"ledger": "OF_LEDGER"} if source != "ledger" else {}
    )
    accounts = {"200": Account(code="200", account_class="REVENUE", tax_type=rate["account"])}
    ledger = Ledger(name="L", revenue_account_code="200", revenue_tax_type=rate["ledger"])
    mine = replace(book(item=ItemCodes(name="Talk", tax_type=rate["item"]), ledger=ledger), accounts=accounts)
    expected = "" if source == "ledger" else "OF_LEDGER"
    assert mine.suggest(Company(sales_tax_type=rate["company"]), master_id=ITEM).tax_type == expected


@pytest.mark.parametrize(
    ("kind", "account", "gets"),
    [
        ("invoice", "820", "820"),
        ("invoice", "630", "630"),
        ("credit_note", "820", "820"),
        ("quote", "820", "820"),
        ("expense", "630", "630"),
        ("expense", "970", "970"),
        ("supplier_credit", "630", "630"),
        ("purchase_order", "310", "310"),
        ("purchase_order", "820", "820"),
        ("purchase_order", "630", "320"),
        ("purchase_order", "970", "320"),
        ("purchase_order", "200", "320"),
        ("invoice", "999", "220"),
        ("expense", "999", "320"),
        ("invoice", "777", "220"),
    ],
)
def test_an_items_account_that_the_kind_cant_have_is_passed_over_and_said(
    kind: str, account: str, gets: str
) -> None:
    mine = book(kind, item=ItemCodes(name="Print", account_code=account))
    codes = mine.suggest(None, master_id=ITEM)
    assert codes.account_code == gets
    remarks = mine.remarks([LineDraft(master_id=ITEM, account_code=gets, tax_type="OF_LEDGER")])
    if gets == account:
        assert remarks == []
    else:
        (remark,) = remarks
        assert remark.field == "lines.0.account_code"
        assert remark.sentence.startswith("The account of “Print” was passed over: ")


def test_an_order_takes_no_default_that_it_cant_have() -> None:
    ledger = _ledger(expense_account_code="630")
    assert book("purchase_order", ledger=ledger).suggest(None) == Codes(tax_type="OF_LEDGER")
    assert book("expense", ledger=ledger).suggest(None).account_code == "630"


def test_a_line_that_nobody_gives_an_account_is_stopped_with_the_reason() -> None:
    mine = book(item=ItemCodes(name="Talk"), ledger=Ledger(name="L"))
    codes = mine.suggest(None, master_id=ITEM)
    assert codes == Codes()
    (fault, _) = mine.faults([(0, LineDraft(master_id=ITEM))], need_codes=True)
    assert fault.field == "lines.0.account_code"
    assert fault.sentence == "Choose an account: neither the item nor the ledger's default gives one."


@pytest.mark.parametrize(("code", "is_fault"), [("310", False), ("820", False), ("200", True), ("630", True)])
def test_an_order_has_expense_and_liability_accounts_only(code: str, is_fault: bool) -> None:
    line = LineDraft(account_code=code, tax_type="OF_LINE")
    assert bool(book("purchase_order").faults([(0, line)], need_codes=False)) is is_fault


@pytest.mark.parametrize(
    ("kind", "sells"),
    [
        ("invoice", True), ("credit_note", True), ("quote", True),
        ("expense", False), ("purchase_order", False), ("supplier_credit", False),
    ],
)  # fmt: skip
def test_the_kind_decides_between_what_is_sold_and_what_is_bought(kind: str, sells: bool) -> None:
    assert ledgers.sells(kind) is sells
    assert book(kind).suggest(None).account_code == ("220" if sells else "320")


def _ledger(**codes: str) -> Ledger:
    return Ledger(name="L", expense_tax_type="OF_LEDGER", **codes)
