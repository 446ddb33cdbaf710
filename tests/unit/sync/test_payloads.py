"""The bytes that reach Xero: everything for a new document, nothing but what changed for a known one."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from bluestamp.sync import carriers, payloads
from bluestamp.sync.faces import NOTE, Face, LineFace
from bluestamp.sync.updates import Change
from tests.unit.sync.sides import CONTACT, DAY, document, line, new, sides

encode = carriers.INVOICES.encode
URL = "https://books.example/northlight/expenses/0123456789abcdefghij"
TOTALS = {"SubTotal", "TotalTax", "Total", "AmountDue", "AmountPaid"}
NOTE_LINE = LineFace(our_id=NOTE, description="Paid by company card on 2 Mar 2026")
NUMBERS = {"Quantity", "UnitAmount", "LineAmount", "TaxAmount", "DiscountRate"}


def creation(face: Face, kind: str) -> dict[str, Any]:
    return only(encode([payloads.creation(face, kind=kind, url=URL)]))


def update(agreed: Face, ours: Face, **more: Any) -> bytes:
    wanted = sides(agreed, ours=ours, **more).decide()
    assert isinstance(wanted, Change), wanted
    return encode([payloads.change(wanted, kind="expense", xero_id="inv-1")])


def only(body: bytes) -> dict[str, Any]:
    element: dict[str, Any]
    (element,) = json.loads(body, parse_float=Decimal)["Invoices"]
    return element


def test_a_new_bill_is_these_bytes() -> None:
    face = document(new("a"), NOTE_LINE)
    assert encode([payloads.creation(face, kind="expense", url=URL)]) == (
        b'{"Invoices":[{"Contact":{"ContactID":"c0ffee00-0000-4000-8000-000000000001"},"Date":"2026-03-02",'
        b'"LineAmountTypes":"Exclusive","LineItems":['
        b'{"Description":"Work a","Quantity":1.0000,"UnitAmount":100.0000,"AccountCode":"400",'
        b'"TaxType":"INPUT2","LineAmount":100.00},'
        b'{"Description":"Paid by company card on 2 Mar 2026"}],'
        b'"CurrencyCode":"GBP","Status":"SUBMITTED","Type":"ACCPAY","InvoiceNumber":"FC-20931",'
        b'"DueDate":"2026-04-01","Url":"https://books.example/northlight/expenses/0123456789abcdefghij"}]}'
    )


def test_a_new_issued_invoice_carries_its_tax_discount_reference_and_that_it_was_sent() -> None:
    billed = new("a", amount="90.00", discount_rate=Decimal("10.0000"), unit_amount=Decimal("100"), sends_tax=True)  # fmt: skip
    face = document(billed, status="AUTHORISED", number="LDN-1049", reference="PO 7 · J-12", sent_to_contact=True)  # fmt: skip
    assert creation(face, "invoice") == {
        "Type": "ACCREC",
        "Status": "AUTHORISED",
        "InvoiceNumber": "LDN-1049",
        "Reference": "PO 7 · J-12",
        "Contact": {"ContactID": CONTACT},
        "Date": "2026-03-02",
        "DueDate": "2026-04-01",
        "CurrencyCode": "GBP",
        "LineAmountTypes": "Exclusive",
        "SentToContact": True,
        "Url": URL,
        "LineItems": [
            {
                "Description": "Work a",
                "Quantity": Decimal("1"),
                "UnitAmount": Decimal("100"),
                "DiscountRate": 10,
                "AccountCode": "400",
                "TaxType": "INPUT2",
                "LineAmount": Decimal("90"),
                "TaxAmount": Decimal("18"),
            }
        ],
    }


def test_a_draft_invoice_lets_xero_reckon_the_tax() -> None:
    assert "TaxAmount" not in creation(document(new("a"), status="DRAFT"), "invoice")["LineItems"][0]


def test_a_bill_never_has_a_reference_nor_a_discount() -> None:
    body = creation(document(new("a"), reference="ours"), "expense")
    assert "Reference" not in body
    assert "DiscountRate" not in body["LineItems"][0]


def test_what_is_empty_here_is_left_to_xero() -> None:
    bare = new("a", account_code="", tax_type="")
    body = creation(document(bare, number="", due_date=None, status="DRAFT"), "expense")
    assert not {"InvoiceNumber", "DueDate", "SentToContact"} & set(body)
    assert not {"AccountCode", "TaxType"} & set(body["LineItems"][0])


def test_totals_are_never_sent() -> None:
    assert not TOTALS & set(creation(document(new("a")), "expense"))
    ours = document(line(amount="130.00"), date=dt.date(2026, 3, 3))
    assert not TOTALS & set(only(update(document(), ours)))


def test_a_change_of_the_head_is_these_bytes() -> None:
    ours = replace(document(), due_date=dt.date(2026, 5, 1))
    assert update(document(), ours) == b'{"Invoices":[{"InvoiceID":"inv-1","DueDate":"2026-05-01"}]}'


def test_a_change_of_a_price_is_these_bytes() -> None:
    agreed = document(line("a"), line("b", amount="40.00"))
    ours = document(line("a", amount="130.50"), line("b", amount="40.00"))
    assert update(agreed, ours) == (
        b'{"Invoices":[{"LineItems":['
        b'{"LineItemID":"x-a","Quantity":1.0000,"UnitAmount":130.5000,"LineAmount":130.50},'
        b'{"LineItemID":"x-b"}],"InvoiceID":"inv-1"}]}'
    )


def test_a_change_of_an_account_is_these_bytes() -> None:
    assert update(document(), document(line(account_code="429"))) == (
        b'{"Invoices":[{"LineItems":[{"LineItemID":"x-a","AccountCode":"429"}],"InvoiceID":"inv-1"}]}'
    )


def test_a_removal_is_its_status_alone() -> None:
    body = update(document(), replace(document(), status=""), our_status="cancelled")
    assert body == b'{"Invoices":[{"Status":"DELETED","InvoiceID":"inv-1"}]}'


def test_every_field_of_the_head_has_its_name_in_xero() -> None:
    other = {
        "contact_id": "c-2",
        "number": "N-2",
        "reference": "R-2",
        "date": dt.date(2026, 3, 3),
        "due_date": dt.date(2026, 5, 1),
        "currency": "EUR",
        "tax_mode": "Inclusive",
    }
    draft = document(status="DRAFT")
    body = only(update(draft, replace(draft, **other), kind="invoice", our_status="draft"))
    assert body == {
        "InvoiceID": "inv-1",
        "Contact": {"ContactID": "c-2"},
        "InvoiceNumber": "N-2",
        "Reference": "R-2",
        "Date": "2026-03-03",
        "DueDate": "2026-05-01",
        "CurrencyCode": "EUR",
        "LineAmountTypes": "Inclusive",
    }


def test_a_bills_changed_price_says_nothing_of_discounts_or_tax() -> None:
    body = only(update(document(), document(line(amount="130.00"))))
    assert not {"DiscountRate", "TaxAmount"} & set(body["LineItems"][0])


def test_a_discount_taken_away_is_sent_as_none() -> None:
    agreed = document(line(amount="90.00", discount_rate=Decimal("10")), status="DRAFT")
    body = only(update(agreed, document(status="DRAFT"), kind="invoice", our_status="draft"))
    assert body["LineItems"][0]["DiscountRate"] == 0


def test_an_issued_invoices_corrected_price_takes_its_tax_along() -> None:
    agreed = document(line(sends_tax=True), status="AUTHORISED")
    ours = document(line(amount="130.00", sends_tax=True), status="AUTHORISED")
    body = only(update(agreed, ours, kind="invoice", our_status="sent"))
    assert {name: body["LineItems"][0][name] for name in ("LineAmount", "TaxAmount")} == {
        "LineAmount": Decimal("130"),
        "TaxAmount": Decimal("26"),
    }


def test_a_new_line_of_an_update_has_no_id_and_is_whole() -> None:
    body = only(update(document(), document(line("a"), new("b", amount="7.00"))))
    assert body["LineItems"][0] == {"LineItemID": "x-a"}
    assert set(body["LineItems"][1]) == {"Description", "AccountCode", "TaxType"} | NUMBERS - {
        "TaxAmount",
        "DiscountRate",
    }


def test_a_note_that_comes_later_is_its_words_alone() -> None:
    body = only(update(document(), document(line(), NOTE_LINE)))
    assert body["LineItems"] == [{"LineItemID": "x-a"}, {"Description": NOTE_LINE.description}]


def test_unit_amounts_keep_four_places() -> None:
    fine = new("a", quantity=Decimal("3.3333"), unit_amount=Decimal("0.0625"))
    body = encode([payloads.creation(document(fine), kind="expense", url=URL)])
    assert b'"Quantity":3.3333,"UnitAmount":0.0625' in body


def test_days_are_never_shifted() -> None:
    assert creation(document(new("a")), "expense")["Date"] == DAY.isoformat()
