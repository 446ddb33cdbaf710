"""Two sides of the same debts, put next to each other: what agrees, what stands on one side alone, what differs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bluestamp.sync.balances import NotCompared, Open, Side, Sums, all_pages, compare
from bluestamp.xero.exchanges import Page


def owed(key: str, amount: str, *, currency: str = "GBP", side: Side = Side.DEBTORS) -> Open:
    """One open document."""
    return Open(side, key, f"LON-{key or 'new'}", "Kestrel Air", currency, Decimal(amount))


def test_two_sides_that_say_the_same_agree() -> None:
    both = [owed("1", "120.00"), owed("2", "-20.00")]
    found = compare(Side.DEBTORS, both, both)
    assert found.agrees
    assert found.sums == (Sums("GBP", Decimal("100.00"), Decimal("100.00")),)
    assert (found.only_here, found.only_there, found.differing) == ((), (), ())


def test_what_stands_on_one_side_alone_is_named_and_makes_the_difference() -> None:
    found = compare(Side.DEBTORS, [owed("1", "120"), owed("", "30")], [owed("1", "120"), owed("9", "50")])
    assert [row.number for row in found.only_here] == ["LON-new"]
    assert [row.number for row in found.only_there] == ["LON-9"]
    assert [row.difference for row in found.sums] == [Decimal(20)]
    assert not found.agrees


def test_another_amount_or_currency_there_is_shown_with_both() -> None:
    ours, theirs = [owed("1", "120"), owed("2", "10")], [owed("1", "119.99"), owed("2", "10", currency="NZD")]
    found = compare(Side.DEBTORS, ours, theirs)
    assert [(here.amount, there.amount) for here, there in found.differing] == [
        (Decimal(120), Decimal("119.99")),
        (Decimal(10), Decimal(10)),
    ]


def test_currencies_are_never_added_up() -> None:
    found = compare(Side.DEBTORS, [owed("1", "120"), owed("2", "5", currency="NZD")], [])
    assert [row.currency for row in found.sums] == ["GBP", "NZD"]


def test_what_suppliers_are_owed_is_no_part_of_what_clients_owe() -> None:
    found = compare(Side.CREDITORS, [owed("1", "120"), owed("2", "7", side=Side.CREDITORS)], [])
    assert [row.ours for row in found.sums] == [Decimal(7)]


def test_all_pages_are_read_one_after_the_other() -> None:
    pages = {
        1: Page(records=["a"], number=1, has_more=True),
        2: Page(records=["b"], number=2, has_more=False),
    }
    assert list(all_pages(pages.__getitem__)) == ["a", "b"]


def test_a_part_of_what_is_open_is_never_given_for_all_of_it() -> None:
    with pytest.raises(NotCompared, match="20,000"):
        list(all_pages(lambda number: Page(records=[], number=number, has_more=True)))


def test_differences_that_cancel_each_other_out_are_no_agreement() -> None:
    ours, theirs = [owed("1", "120"), owed("2", "10")], [owed("1", "119"), owed("2", "11")]
    found = compare(Side.DEBTORS, ours, theirs)
    assert [row.difference for row in found.sums] == [0]
    assert not found.agrees
