"""What is known again in Xero, and by what (bookkeeping rule 1)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.sync import carriers, faces, their_faces
from bluestamp.sync.faces import Face
from bluestamp.sync.mapping import XERO_NOUNS
from bluestamp.xero.exchanges import Result
from bluestamp.xero.records import Contact, CreditNote, Invoice, PurchaseOrder
from bluestamp.xero.wire import Day
from tests.unit.xero.scripted import ScriptedXero

DAY = dt.date(2026, 3, 4)
THERE = Day(2026, 3, 4)
OURS = Face(number="CN-0001", contact_id="c1", date=DAY, currency="GBP", total=Decimal("120.00"))
OUR_ID = "0123456789abcdefghij"


def element(document_id: str, face: Face = OURS) -> dict[str, Any]:
    return {"document_id": document_id, "sent": faces.to_json(face)}


def note(**other: Any) -> CreditNote:
    values: dict[str, Any] = {
        "credit_note_id": "x1",
        "type": "ACCRECCREDIT",
        "credit_note_number": "CN-0001",
        "contact": Contact(contact_id="c1"),
        "date": THERE,
        "currency_code": "GBP",
        "total": Decimal("120.00"),
        **other,
    }
    return CreditNote(**values)


def test_every_kind_that_is_copied_has_an_endpoint() -> None:
    assert set(carriers.OF_KIND) == set(XERO_NOUNS)


def test_a_credit_note_is_known_when_everything_agrees() -> None:
    assert carriers.recognised("credit_note", [element("d1")], [note()]) == {"d1": note()}


@pytest.mark.parametrize(
    "other",
    [
        {"credit_note_number": "CN-0002"},
        {"contact": Contact(contact_id="c2")},
        {"date": Day(2026, 3, 5)},
        {"currency_code": "EUR"},
        {"total": Decimal("120.01")},
        {"type": "ACCPAYCREDIT"},
    ],
)
def test_one_thing_that_differs_makes_it_somebody_elses(other: dict[str, Any]) -> None:
    assert carriers.recognised("credit_note", [element("d1")], [note(**other)]) == {}


def test_two_that_agree_in_everything_are_neither_taken() -> None:
    twins = [note(), note(credit_note_id="x2")]
    assert carriers.recognised("credit_note", [element("d1")], twins) == {}
    assert carriers.unclear("credit_note", [element("d1")], twins) == {"d1"}
    assert carriers.unclear("credit_note", [element("d1")], [note()]) == set()


@pytest.mark.parametrize(
    "other", [{"date": Day(2026, 3, 5)}, {"currency_code": "EUR"}, {"total": Decimal("120.01")}]
)
def test_one_of_its_number_and_contact_that_differs_is_for_a_person_and_never_sent_twice(
    other: dict[str, Any],
) -> None:
    assert carriers.unclear("credit_note", [element("d1")], [note(**other)]) == {"d1"}


def test_a_credit_of_that_number_of_another_supplier_does_not_stop_it() -> None:
    others = [note(contact=Contact(contact_id="c2")), note(type="ACCPAYCREDIT")]
    assert carriers.unclear("credit_note", [element("d1")], others) == set()


def test_an_order_is_known_by_the_same_five_things() -> None:
    order = PurchaseOrder(
        purchase_order_id="p1",
        purchase_order_number="CN-0001",
        contact=Contact(contact_id="c1"),
        date=THERE,
        currency_code="GBP",
        total=Decimal("120.00"),
    )
    assert carriers.recognised("purchase_order", [element("d1")], [order]) == {"d1": order}


def test_an_invoice_is_known_by_its_address_alone() -> None:
    mine = Invoice(invoice_id="i1", type="ACCREC", url=f"https://x.example/studio/invoices/{OUR_ID}")
    other = Invoice(invoice_id="i2", type="ACCREC", invoice_number="CN-0001")
    assert carriers.recognised("invoice", [element(OUR_ID)], [other, mine]) == {OUR_ID: mine}


def test_an_answer_to_credit_notes_is_matched_by_number_and_never_by_place() -> None:
    second = Face(number="CN-0002")
    results = [
        Result(record=note(credit_note_number="CN-0002"), status="OK"),
        Result(record=CreditNote(credit_note_number="CN-0001"), status="ERROR", is_refused=True),
        Result(record=note(credit_note_number="CN-0009"), status="OK"),
    ]
    found = carriers.answered("credit_note", [element("d1"), element("d2", second)], results)
    assert found == {"d1": results[1], "d2": results[0]}


def test_credit_notes_are_looked_up_by_many_numbers_in_one_call() -> None:
    xero = ScriptedXero().says({"CreditNotes": [{"CreditNoteID": "x1", "CreditNoteNumber": "CN-0001"}]})
    found = carriers.CREDIT_NOTES.numbered(xero.client, ["CN-0001", "CN-0002", "CN-0001", "", "C\\N"])
    assert [their_faces.number_of(record) for record in found] == ["CN-0001"]
    (asked,) = xero.requests
    assert asked.url.params["where"] == 'CreditNoteNumber=="CN-0001" OR CreditNoteNumber=="CN-0002"'


def test_more_numbers_than_fit_into_one_address_go_in_several_calls_and_none_in_no_call() -> None:
    xero = ScriptedXero().says({"CreditNotes": []})
    carriers.CREDIT_NOTES.numbered(xero.client, [f"CN-{place:04}" for place in range(81)])
    assert len(xero.requests) == 3
    carriers.CREDIT_NOTES.numbered(xero.client, [""])
    assert len(xero.requests) == 3
