"""Bookkeeping rule 2: the same supplier invoice twice means paying it twice."""

from __future__ import annotations

import datetime as dt
import string
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluestamp.sync.lookalikes import NEAR_DAYS, Bill, lookalikes, number_key

DAY = dt.date(2026, 3, 2)
BILL = Bill(contact_id="c", number="FC-20931", total=Decimal("120.00"), currency="GBP", date=DAY)
#: Neither its number nor its total is the bill's.
OTHER = replace(BILL, number="FC-20932", total=Decimal("77.00"), xero_id="x")


def why(other: Bill, bill: Bill = BILL) -> str:
    found = lookalikes(bill, others=[other])
    return found[0].why if found else ""


@pytest.mark.parametrize(
    "number", ["FC-20931", "fc20931", " FC 20931 ", "F.C./20-931", "FC_20931", "#FC–20931"]
)
def test_the_same_number_is_suspected_however_it_is_written(number: str) -> None:
    assert why(replace(OTHER, number=number)) == "number"


@pytest.mark.parametrize("number", ["FC-20932", "C-20931", "", "--"])
def test_another_number_is_not(number: str) -> None:
    assert why(replace(OTHER, number=number)) == ""


def test_bills_without_a_number_are_not_the_same_for_that() -> None:
    assert why(replace(OTHER, number=""), replace(BILL, number="")) == ""


def test_the_same_number_is_suspected_across_any_time() -> None:
    assert why(replace(OTHER, number="FC-20931", date=DAY - dt.timedelta(days=900))) == "number"


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, "total"), (NEAR_DAYS, "total"), (-NEAR_DAYS, "total"), (NEAR_DAYS + 1, ""), (-NEAR_DAYS - 1, "")],
)
def test_the_same_total_is_suspected_within_thirty_days_either_way(days: int, expected: str) -> None:
    other = replace(OTHER, total=Decimal("120"), date=DAY + dt.timedelta(days=days))
    assert why(other) == expected


def test_the_same_figure_in_another_currency_is_another_total() -> None:
    assert why(replace(OTHER, total=BILL.total, currency="EUR")) == ""


def test_another_contact_is_never_suspected() -> None:
    assert why(replace(BILL, contact_id="another", xero_id="x")) == ""


def test_the_same_number_comes_first_and_then_the_nearest_day() -> None:
    far = replace(OTHER, total=BILL.total, date=DAY + dt.timedelta(days=9), xero_id="far")
    near = replace(OTHER, total=BILL.total, date=DAY - dt.timedelta(days=2), xero_id="near")
    same = replace(OTHER, number="fc 20931", date=DAY - dt.timedelta(days=300), xero_id="same")
    found = lookalikes(BILL, others=[far, near, same, OTHER])
    assert [row.bill.xero_id for row in found] == ["same", "near", "far"]


bills = st.builds(
    Bill,
    contact_id=st.sampled_from(["c", "d"]),
    number=st.sampled_from(["", "-", "FC-1", "fc 1", "FC1", "2", "ß", "SS"]),
    total=st.sampled_from([Decimal("1.00"), Decimal("1"), Decimal("2.00")]),
    currency=st.sampled_from(["GBP", "EUR"]),
    date=st.dates(DAY, DAY + dt.timedelta(days=70)),
)


@given(one=bills, other=bills)
def test_suspicion_is_mutual(one: Bill, other: Bill) -> None:
    assert why(one, other) == why(other, one)


@given(bill=bills)
def test_a_bill_entered_twice_as_it_is_is_always_suspected(bill: Bill) -> None:
    assert why(bill, bill) == ("number" if bill.number.strip("-") else "total")


@given(bill=bills, others=st.lists(bills, max_size=8))
def test_those_found_are_exactly_those_of_the_contact_with_the_number_or_the_near_total(
    bill: Bill, others: list[Bill]
) -> None:
    def suspected(other: Bill) -> bool:
        key, its = ((("".join(c for c in b.number if c.isalnum())).casefold()) for b in (bill, other))
        near = abs((other.date - bill.date).days) <= 30
        same_money = (other.total, other.currency) == (bill.total, bill.currency)
        return other.contact_id == bill.contact_id and ((key != "" and key == its) or (near and same_money))

    found = [row.bill for row in lookalikes(bill, others=others)]
    assert sorted(map(repr, found)) == sorted(repr(other) for other in others if suspected(other))


@given(
    number=st.text(string.ascii_letters + string.digits, max_size=12),
    noise=st.text(" -_/.#,", min_size=1, max_size=4),
    place=st.integers(0, 12),
)
def test_spaces_punctuation_and_case_never_make_another_number(number: str, noise: str, place: int) -> None:
    assert number_key(number[:place] + noise + number[place:].swapcase()) == number_key(number)
