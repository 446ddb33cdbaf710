"""Whatever the shares in which a quote is invoiced: its invoices come to the quote, line by line, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluestamp.books import instalments, line_items
from bluestamp.books.instalments import Billed, amount_of
from bluestamp.books.line_items import LineDraft
from bluestamp.money import totals
from bluestamp.money.totals import Line, TaxMode


def _figures(least: str, most: str, places: int) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(least), Decimal(most), places=places)


LINES = st.lists(
    st.builds(
        LineDraft,
        quantity=_figures("0", "2000", 4) | st.just(Decimal(1)),
        unit_amount=_figures("-90000", "900000", 4) | _figures("-1", "1", 4),
        discount_rate=st.just(Decimal(0)) | _figures("0", "100", 4),
    ),
    min_size=1,
    max_size=5,
).map(lambda lines: [replace(line, item=str(place)) for place, line in enumerate(lines)])
SHARES = st.lists(_figures("0.01", "60", 2), max_size=8)


def _sum(figures: Sequence[Decimal]) -> Decimal:
    return sum(figures, Decimal("0.00"))


def _count(billed: list[Billed], part: Sequence[LineDraft]) -> None:
    for line in part:
        before = billed[int(line.item)]
        billed[int(line.item)] = Billed(before.quantity + line.quantity, before.amount + amount_of(line))


@given(LINES, SHARES)
def test_any_split_comes_to_the_quote_line_by_line(lines: list[LineDraft], shares: list[Decimal]) -> None:
    billed, left = [Billed()] * len(lines), Decimal(100)
    for percent in shares:
        if percent < left:
            _count(billed, instalments.share(lines, billed, percent))
            left -= percent
    _count(billed, instalments.rest(lines, billed))
    assert [one.amount for one in billed] == [amount_of(line) for line in lines]


@given(LINES, SHARES)
def test_no_share_bills_more_of_a_line_than_is_left_or_anything_the_other_way(
    lines: list[LineDraft], shares: list[Decimal]
) -> None:
    billed = [Billed()] * len(lines)
    for percent in shares:
        before = [one.amount for one in billed]
        _count(billed, instalments.share(lines, billed, percent))
        for line, was, one in zip(lines, before, billed, strict=True):
            least, most = sorted((Decimal(0), amount_of(line)))
            assert least <= one.amount <= most
            assert abs(was) <= abs(one.amount)


@given(LINES, SHARES)
def test_every_part_is_a_line_that_may_stand(lines: list[LineDraft], shares: list[Decimal]) -> None:
    billed = [Billed()] * len(lines)
    for percent in shares[:1]:
        _count(billed, instalments.share(lines, billed, percent))
    assert line_items.faults(instalments.rest(lines, billed)) == []


@given(LINES, _figures("0.01", "5000000", 2))
def test_where_only_the_sum_is_known_the_last_share_is_that_sum(
    lines: list[LineDraft], remaining: Decimal
) -> None:
    if not _sum([amount_of(line) for line in lines]):
        return
    assert _sum([amount_of(line) for line in instalments.rest_in_all(lines, remaining)]) == remaining


@given(LINES, SHARES)
def test_a_quote_with_tax_in_its_amounts_is_invoiced_to_the_cent_tax_and_all(
    lines: list[LineDraft], shares: list[Decimal]
) -> None:
    billed, left, made = [Billed()] * len(lines), Decimal(100), Decimal(0)
    for percent in [*shares, None]:
        if percent is not None and percent >= left:
            continue
        part = instalments.share(lines, billed, percent) if percent else instalments.rest(lines, billed)
        left -= percent or 0
        _count(billed, part)
        made += _total(part)
    assert made == _total(lines)


def _total(lines: Sequence[LineDraft]) -> Decimal:
    figures = [Line(line.quantity, line.unit_amount, line.discount_rate, Decimal(20)) for line in lines]
    return totals.totals(figures, TaxMode.INCLUSIVE).total


@given(_figures("-100000", "100000", 2), st.lists(_figures("0", "5000", 2), min_size=1, max_size=12))
def test_an_amount_shared_in_proportion_adds_up_and_no_share_is_off_by_a_cent(
    total: Decimal, by: list[Decimal]
) -> None:
    if not _sum(by):
        with pytest.raises(ValueError, match="come to something"):
            totals.apportion(total, by=by)
        return
    shares = totals.apportion(total, by=by)
    assert _sum(shares) == total
    for one, part in zip(shares, by, strict=True):
        assert abs(one - total * part / _sum(by)) < Decimal("0.01")
