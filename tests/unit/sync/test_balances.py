"""Two sides of the same debts, put next to each other: what agrees, what stands on one side alone, what differs."""

from __future__ import annotations

from decimal import Decimal

from bluestamp.sync.balances import Open, Side, Sums, compare


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
