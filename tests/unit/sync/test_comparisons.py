"""What a person is shown as different between a document here and its copy in Xero."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from msgspec.structs import replace

from bluestamp.sync.comparisons import Difference, differences
from bluestamp.sync.faces import HEAD_FIELDS, Face
from tests.unit.sync.sides import document, line, new, sides, strange

AGREED = document()
TWO = document(line("a"), line("b", amount="40.00"))


def shown(agreed: Face, **more: Face) -> list[Difference]:
    case = sides(agreed, **more)  # type: ignore[arg-type]
    return differences(ours=case.ours, sent=case.sent, held=case.held, theirs=case.theirs)


def test_sides_that_agree_show_nothing() -> None:
    assert shown(AGREED) == []


OTHERS = {
    "contact_id": "another",
    "number": "FC-1",
    "reference": "PO 7",
    "date": dt.date(2026, 3, 9),
    "due_date": dt.date(2026, 5, 1),
    "currency": "EUR",
    "tax_mode": "Inclusive",
}


@pytest.mark.parametrize("name", OTHERS)
def test_every_field_of_the_head_shows_who_changed_it(name: str) -> None:
    other = replace(AGREED, **{name: OTHERS[name]})
    assert [(row.field, row.changed_by) for row in shown(AGREED, ours=other)] == [(name, "here")]
    assert [(row.field, row.changed_by) for row in shown(AGREED, theirs=other)] == [(name, "xero")]


def test_no_field_of_the_head_is_left_out() -> None:
    assert {*OTHERS, "currency_rate"} == set(HEAD_FIELDS)


AT_A_RATE = replace(AGREED, currency="EUR", currency_rate=Decimal("1.150000"))


def test_a_rate_changed_in_xero_shows_in_words_that_read_one_way() -> None:
    there = replace(AT_A_RATE, currency_rate=Decimal("1.2"))
    rows = differences(ours=AT_A_RATE, sent=AT_A_RATE, held=AT_A_RATE, theirs=there, base="GBP")
    assert rows == [
        Difference(
            "currency_rate", "Exchange rate", "1 GBP = 1.15 EUR", "1 GBP = 1.20 EUR", changed_by="xero"
        )
    ]


def test_a_rate_that_is_left_to_xero_is_no_difference() -> None:
    assert shown(AT_A_RATE, ours=replace(AT_A_RATE, currency_rate=None)) == []


def test_a_field_changed_on_both_sides_says_both() -> None:
    here, there = (replace(AGREED, due_date=dt.date(2026, 5, day)) for day in (1, 2))
    assert shown(AGREED, ours=here, theirs=there) == [
        Difference("due_date", "Due date", "1 May 2026", "2 May 2026", changed_by="both")
    ]


def test_a_price_changed_in_xero_shows_line_by_line_and_in_the_total() -> None:
    rows = shown(TWO, theirs=document(line("a"), line("b", amount="45.50")))
    assert rows == [
        Difference("unit_amount", "Line 2 unit amount", "40.00", "45.50", "b", "xero"),
        Difference("line_amount", "Line 2 amount", "40.00", "45.50", "b", "xero"),
        Difference("total", "Total", "168.00", "174.60"),
    ]


def test_what_xero_wrote_its_own_way_is_not_shown() -> None:
    held = document(line(description="Work a (shortened by Xero)"), due_date=None)
    assert shown(AGREED, held=held) == []


@pytest.mark.parametrize("words", ["  Work a ", "Work a\r\n", "Work a   \n"])
def test_white_space_is_no_difference(words: str) -> None:
    assert shown(AGREED, theirs=document(line(description=words))) == []


def test_an_account_that_xero_keeps_stays_in_sight_after_a_send() -> None:
    rows = shown(AGREED, held=document(line(account_code="404")))
    assert rows == [Difference("account_code", "Line 1 account", "400", "404", "a", "")]


def test_a_tax_figure_off_by_a_cent_is_shown_on_its_line() -> None:
    rows = shown(TWO, held=document(line("a"), line("b", amount="40.00", tax_amount=Decimal("8.01"))))
    assert [(row.label, row.here, row.in_xero, row.changed_by) for row in rows] == [
        ("Line 2 tax amount", "8.00", "8.01", ""),
        ("Total", "168.00", "168.01", ""),
    ]


@pytest.mark.parametrize(
    ("more", "row"),
    [
        ({"ours": document(line("a"), new("c"))}, ("Line 2", "Work c · 100.00", "", "here")),
        ({"ours": document(line("a"))}, ("Line 2 in Xero", "", "Work b · 40.00", "here")),
        ({"theirs": document(line("a"))}, ("Line 2", "Work b · 40.00", "", "xero")),
        ({"theirs": document(*TWO.lines, strange("s"))}, ("Line 3 in Xero", "", "Work s · 100.00", "xero")),
        ({"held": document(*TWO.lines, strange("s"))}, ("Line 3 in Xero", "", "Work s · 100.00", "")),
    ],
    ids=["added here", "removed here", "removed there", "added there", "let stand"],
)
def test_a_line_on_one_side_alone_says_who_did_it(
    more: dict[str, Face], row: tuple[str, str, str, str]
) -> None:
    rows = [found for found in shown(TWO, **more) if found.field == "line"]
    assert row in [(found.label, found.here, found.in_xero, found.changed_by) for found in rows]


def test_a_linked_document_shows_every_difference_of_its_lines() -> None:
    link, ours = document(new("a")), document(line("a"))
    rows = shown(link, ours=ours, theirs=document(line("a", amount="90.00", description="Their words")))
    assert {row.field for row in rows} == {"description", "unit_amount", "line_amount", "total"}
    assert {row.changed_by for row in rows} == {"xero", ""}


def test_amounts_keep_two_places_and_more_where_they_have_more() -> None:
    rows = shown(AGREED, theirs=document(line(quantity=Decimal("1.2500"), unit_amount=Decimal("80"))))
    assert [(row.here, row.in_xero) for row in rows] == [("1.00", "1.25"), ("100.00", "80.00")]
