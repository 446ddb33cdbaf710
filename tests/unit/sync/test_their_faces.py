"""What Xero says, read as a face; and which of its lines are ours."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bluestamp.sync import faces, their_faces
from bluestamp.sync.faces import Face, LineFace, says_same
from bluestamp.xero import wire
from bluestamp.xero.records import Invoice, LineItem
from tests.unit.sync.sides import document, line, new

BILL = b"""{"Type": "ACCPAY", "InvoiceID": "inv-1", "InvoiceNumber": "FC-20931", "Reference": "", "Status": "PAID",
 "Contact": {"ContactID": "c-1", "Name": "Fenwick"}, "Date": "/Date(1772409600000+0000)/",
 "DueDate": "/Date(1775001600000+0000)/", "LineAmountTypes": "Exclusive", "CurrencyCode": "GBP",
 "LineItems": [
  {"LineItemID": "x-a", "Description": "Work a", "Quantity": 1.0000, "UnitAmount": 100.0000, "AccountCode": "400",
   "TaxType": "INPUT2", "TaxAmount": 20.00, "LineAmount": 100.00,
   "Tracking": [{"Name": "Region", "Option": "North", "TrackingCategoryID": "t-1"}]},
  {"LineItemID": "x-n", "Description": "Paid by card"}],
 "SubTotal": 100.00, "TotalTax": 20.00, "Total": 120.00, "AmountDue": 0.00, "AmountPaid": 100.00,
 "AmountCredited": 20.00, "FullyPaidOnDate": "/Date(1772496000000+0000)/"}"""


def record(*lines: LineItem, **more: Any) -> Invoice:
    return Invoice(line_items=lines, **more)


def item(id_: str, words: str = "Work a", amount: str | None = "100.00", **more: Any) -> LineItem:
    return LineItem(
        line_item_id=id_,
        description=words,
        line_amount=None if amount is None else Decimal(amount),
        **more,
    )


def test_a_bill_is_read_in_our_shape() -> None:
    face = their_faces.of_record(wire.decode(BILL, Invoice), line_ids={"a": "x-a", "note": "x-n"})
    assert face == document(
        line("a", tracking=("Region: North",)),
        LineFace(our_id="note", xero_id="x-n", description="Paid by card"),
        status="PAID",
        contact_id="c-1",
    )


def test_a_line_that_is_not_ours_has_no_name_of_ours() -> None:
    face = their_faces.of_record(wire.decode(BILL, Invoice), line_ids={"a": "x-a"})
    assert [row.our_id for row in face.lines] == ["a", ""]


def test_money_is_what_xero_shows() -> None:
    money = their_faces.money(wire.decode(BILL, Invoice))
    amounts = [str(amount) for amount in (money.amount_paid, money.amount_credited, money.amount_due)]
    assert amounts == ["100.00", "20.00", "0.00"]
    assert money.fully_paid_on == dt.date(2026, 3, 3)
    assert type(money.fully_paid_on) is dt.date


def test_what_was_read_survives_storage() -> None:
    face = their_faces.of_record(wire.decode(BILL, Invoice), line_ids={"a": "x-a"})
    assert faces.from_json(faces.to_json(face)) == face


# Which lines are ours


def matched(*ours: LineFace, there: list[LineItem]) -> dict[str, str]:
    return their_faces.match_lines(document(*ours), record(*there))


def test_lines_are_matched_by_words_and_amount_wherever_they_stand() -> None:
    ours = [new("a"), new("b", amount="40.00")]
    there = [item("x-2", "Work b", "40.00"), item("x-1")]
    assert matched(*ours, there=there) == {"a": "x-1", "b": "x-2"}


def test_equal_lines_are_matched_in_their_order_each_to_one() -> None:
    ours = [new(name, description="Day rate") for name in "abc"]
    there = [item(f"x-{number}", "Day rate") for number in range(3)]
    assert matched(*ours, there=there) == {"a": "x-0", "b": "x-1", "c": "x-2"}


@pytest.mark.parametrize("words", ["Work a  ", "  Work a\r\n", "Work a\n"])
def test_xeros_trimming_and_line_ends_hide_no_line(words: str) -> None:
    ours, there = [new("a"), new("b")], [item("x-b", "Work b"), item("x-a", words)]
    assert matched(*ours, there=there) == {"a": "x-a", "b": "x-b"}


def test_carriage_returns_inside_are_line_ends() -> None:
    ours = [new("a", description="Edit\nTwo days"), new("b")]
    assert matched(*ours, there=[item("x-b", "Work b"), item("x-a", "Edit\r\nTwo days")])["a"] == "x-a"


def test_a_note_without_money_is_matched_by_its_words() -> None:
    note = LineFace(our_id="note", description="Paid by card")
    assert matched(new("a"), note, there=[item("x-a"), item("x-n", "Paid by card", None)]) == {
        "a": "x-a",
        "note": "x-n",
    }


def test_what_is_known_already_stays_even_when_equal_lines_changed_places() -> None:
    ours = [line("b", description="Day rate"), line("a", description="Day rate"), new("c", description="Day rate")]  # fmt: skip
    there = [item("x-a", "Day rate"), item("x-b", "Day rate"), item("x-c", "Day rate")]
    assert matched(*ours, there=there) == {"a": "x-a", "b": "x-b", "c": "x-c"}


def test_a_known_line_stays_when_xero_holds_other_words_for_it() -> None:
    there = [item("x-a", "Their words", "90.00"), item("x-b", "Work b")]
    assert matched(line("a"), new("b"), there=there) == {"a": "x-a", "b": "x-b"}


def test_the_one_line_left_on_either_side_is_the_same_one() -> None:
    there = [item("x-a", "Work a (shortened)"), item("x-b", "Work b")]
    assert matched(new("a"), new("b"), there=there) == {"a": "x-a", "b": "x-b"}


def test_lines_left_in_other_numbers_stay_unmatched() -> None:
    there = [item("x-1", "Theirs"), item("x-2", "Theirs too"), item("x-b", "Work b")]
    assert matched(new("a"), new("b"), there=there) == {"b": "x-b"}


words = st.sampled_from(["Edit", "Grade", "Day rate"])
amounts = st.sampled_from(["10.00", "20.00"])
contents = st.lists(st.tuples(words, amounts), min_size=1, max_size=6)


@given(contents=contents, data=st.data())
def test_however_xero_orders_them_each_line_is_matched_to_one_that_agrees(
    contents: list[tuple[str, str]], data: st.DataObject
) -> None:
    ours = [new(f"l{place}", amount=amount, description=text) for place, (text, amount) in enumerate(contents)]  # fmt: skip
    there = [item(f"x{place}", f" {text}\r\n", amount) for place, (text, amount) in enumerate(contents)]
    found = matched(*ours, there=data.draw(st.permutations(there)))
    by_id = {row.line_item_id: row for row in there}
    assert sorted(found.values()) == sorted(by_id)
    for mine in ours:
        theirs = by_id[found[mine.our_id]]
        assert says_same("description", mine.description, theirs.description)
        assert mine.line_amount == theirs.line_amount


# Faces


texts = st.text(max_size=30)
decimals = st.decimals("-99999.9999", "99999.9999", places=4)
line_faces = st.builds(
    LineFace,
    our_id=texts,
    description=texts,
    quantity=decimals,
    line_amount=decimals,
    account_code=st.sampled_from(["", "400", "null", "true", "1e5"]),
    tracking=st.lists(texts, max_size=2).map(tuple),
    sends_tax=st.booleans(),
)
all_faces = st.builds(
    Face,
    number=st.one_of(texts, st.sampled_from(["null", "true", "0012"])),
    date=st.none() | st.dates(),
    lines=st.lists(line_faces, max_size=3).map(tuple),
    total=decimals,
    sent_to_contact=st.booleans(),
)


@given(face=all_faces)
def test_a_face_survives_storage_whatever_it_says(face: Face) -> None:
    assert faces.from_json(faces.to_json(face)) == face


@given(text=texts, space=st.text(alphabet=" \t\n", max_size=3))
def test_surrounding_white_space_never_differs(text: str, space: str) -> None:
    assert says_same("description", text, f"{space}{text}{space}")


def test_amounts_differ_by_value_and_not_by_places() -> None:
    assert says_same("quantity", Decimal("1"), Decimal("1.0000"))
    assert not says_same("quantity", Decimal("1"), Decimal("1.0001"))


def test_words_differ_by_letter_case() -> None:
    assert not says_same("description", "Edit", "edit")
    assert replace(line(), description="Edit") != line()
