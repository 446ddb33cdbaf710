"""Batch payments (api/accounting/batchpayments; reference 8): several documents in one movement of money."""

from typing import Any

import pytest

from tests.contract.caller import NZ, Caller, Json, line, messages
from tests.contract.sdk_keys import strangers


@pytest.fixture
def bills(xero: Caller) -> list[Json]:
    """Two approved bills of 120.00."""
    return [xero.create(Status="AUTHORISED", InvoiceNumber=f"PP-{number}") for number in (1, 2)]


def batch(xero: Caller, documents: list[Json], amount: float = 120, **fields: Any) -> Any:
    account = next(
        item["AccountID"] for item in xero.get("/Accounts").json()["Accounts"] if item["Type"] == "BANK"
    )
    paid = [{"Invoice": {"InvoiceID": item["InvoiceID"]}, "Amount": amount} for item in documents]
    sent = {"Account": {"AccountID": account}, "Date": "2026-11-20", "Reference": "Run 1", "Payments": paid}
    return xero.put("/BatchPayments", {"BatchPayments": [sent | fields]})


def test_a_batch_pays_every_document_and_says_what_it_came_to(xero: Caller, bills: list[Json]) -> None:
    made = batch(xero, bills).json()["BatchPayments"][0]
    assert (made["Type"], made["Status"], made["TotalAmount"]) == ("PAYBATCH", "AUTHORISED", 240)
    assert [xero.fresh(bill)["Status"] for bill in bills] == ["PAID", "PAID"]
    payment = xero.get(f"/Payments/{made['Payments'][0]['PaymentID']}").json()["Payments"][0]
    assert (payment["BatchPaymentID"], payment["Reference"]) == (made["BatchPaymentID"], "Run 1")
    assert strangers(made, "BatchPayment") == []
    assert xero.get(f"/BatchPayments/{made['BatchPaymentID']}").json()["BatchPayments"][0] == made


def test_a_payment_within_a_batch_cant_be_deleted_alone(xero: Caller, bills: list[Json]) -> None:
    made = batch(xero, bills).json()["BatchPayments"][0]
    path = f"/Payments/{made['Payments'][0]['PaymentID']}"
    assert messages(xero.post(path, {"Status": "DELETED"})) == ["Payments within a batch cannot be deleted."]


@pytest.mark.parametrize("by_path", [True, False])
def test_a_deleted_batch_gives_everything_back(xero: Caller, bills: list[Json], by_path: bool) -> None:
    made = batch(xero, bills).json()["BatchPayments"][0]
    away = {"Status": "DELETED"}
    path = f"/BatchPayments/{made['BatchPaymentID']}"
    sent = away if by_path else away | {"BatchPaymentID": made["BatchPaymentID"]}
    gone = xero.post(path if by_path else "/BatchPayments", sent).json()["BatchPayments"][0]
    assert (gone["Status"], gone["Payments"]) == ("DELETED", [])
    assert [(xero.fresh(bill)["Status"], xero.fresh(bill)["AmountDue"]) for bill in bills] == [
        ("AUTHORISED", 120)
    ] * 2
    assert messages(xero.post(path, away)) == ["Batch Payment not of valid status for modification"]
    listed = xero.get("/BatchPayments", where='Status=="DELETED"').json()["BatchPayments"]
    assert [item["BatchPaymentID"] for item in listed] == [made["BatchPaymentID"]]


def test_one_wrong_payment_refuses_the_batch_and_pays_nothing(xero: Caller, bills: list[Json]) -> None:
    assert (
        messages(batch(xero, bills, amount=120.5))
        == ["Payment amount exceeds the amount outstanding on this document"] * 2
    )
    assert xero.get("/Payments").json()["Payments"] == []


def test_a_batch_pays_one_side_only(xero: Caller, bills: list[Json]) -> None:
    sale = xero.create(Type="ACCREC", Status="AUTHORISED", LineItems=[line(AccountCode="200")])
    assert messages(batch(xero, [bills[0], sale])) == [
        "A batch payment can only pay invoices or bills, not both"
    ]
    assert messages(batch(xero, [])) == ["A batch payment must have at least one payment"]


@pytest.mark.parametrize(
    ("field", "limit"), [("Particulars", 12), ("Code", 12), ("Narrative", 18), ("Reference", 255)]
)
def test_its_texts_have_lengths(xero: Caller, bills: list[Json], field: str, limit: int) -> None:
    assert messages(batch(xero, bills, **{field: "x" * (limit + 1)})) == [
        f"The {field} must be {limit} characters or fewer."
    ]


def test_new_zealand_takes_twelve_characters_of_reference(demo: Caller) -> None:
    bill = demo.create(Status="AUTHORISED", LineItems=[line(AccountCode="400")])
    assert demo.organisation == NZ
    assert messages(batch(demo, [bill], amount=1, Reference="x" * 13)) == [
        "The Reference must be 12 characters or fewer."
    ]
