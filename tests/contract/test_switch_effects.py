"""What each switch of documents, payments and credit does in either position; others are tested beside their subject."""

from pathlib import Path
from typing import Any

import pytest

import bluestamp.sandbox as room
from bluestamp.sandbox.switches import FIELDS
from tests.contract.caller import UK, Caller, Json, line, messages


def set_(xero: Caller, **switches: Any) -> None:
    xero.control("switches", switches)


def note(xero: Caller, **fields: Any) -> str:
    """The path of an approved supplier credit of 120.00."""
    sent = xero.draft(Type="ACCPAYCREDIT", Status="AUTHORISED", **fields)
    return f"/CreditNotes/{xero.put('/CreditNotes', sent).json()['CreditNotes'][0]['CreditNoteID']}"


def use(xero: Caller, path: str, invoice: Json, amount: float = 10) -> Any:
    return xero.put(f"{path}/Allocations", {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": amount})


def fresh(xero: Caller, path: str) -> Json:
    found: Json = xero.get(path).json()["CreditNotes"][0]
    return found


@pytest.mark.parametrize(("which", "found"), [("newest", "2"), ("oldest", "1"), ("none", None)])
def test_a_number_that_bills_share_finds_one_or_none(xero: Caller, which: str, found: str | None) -> None:
    """5.8: a bill's number is ambiguous."""
    for name in ("1", "2"):
        xero.control("clock", {"advance_seconds": 1})
        xero.create(InvoiceNumber="RPT445-1", Url=f"https://studio.example/{name}")
    set_(xero, bill_found_by_number=which)
    answer = xero.get("/Invoices/RPT445-1")
    if found is None:
        assert answer.status_code == 404
    else:
        assert answer.json()["Invoices"][0]["Url"].endswith(found)


def test_a_sales_number_finds_the_sale_whatever_bills_carry(xero: Caller) -> None:
    """5.5: only sales numbers are unique."""
    sale = xero.create(Type="ACCREC", InvoiceNumber="A-1", LineItems=[line(AccountCode="200")])
    xero.create(InvoiceNumber="A-1")
    assert xero.get("/Invoices/A-1").json()["Invoices"][0]["InvoiceID"] == sale["InvoiceID"]


def test_an_allocation_may_keep_its_id_to_itself(xero: Caller) -> None:
    """7: absent on the PUT answer in old recordings, there on the note itself."""
    path, bill = note(xero), xero.create(Status="AUTHORISED")
    set_(xero, allocation_id_told=False)
    assert "AllocationID" not in use(xero, path, bill).json()["Allocations"][0]
    assert fresh(xero, path)["Allocations"][0]["AllocationID"]


def test_credit_may_cross_currencies(xero: Caller) -> None:
    """7: that it may not is not written."""
    path, euros = note(xero), xero.create(Status="AUTHORISED", CurrencyCode="EUR")
    assert "another contact or currency" in messages(use(xero, path, euros))[0]
    set_(xero, allocation_crosses_currencies=True)
    assert use(xero, path, euros).status_code == 200


@pytest.mark.parametrize(("applies", "remaining"), [(True, 100), (False, 110)])
def test_allocations_sent_back_with_their_note_apply_again(
    xero: Caller, applies: bool, remaining: float
) -> None:
    """7, the trap."""
    path, bill = note(xero), xero.create(Status="AUTHORISED")
    use(xero, path, bill)
    set_(xero, sent_allocations_apply=applies)
    held = fresh(xero, path)
    again = {name: held[name] for name in ("CreditNoteID", "Allocations")}
    assert xero.post("/CreditNotes", again).status_code == 200
    assert fresh(xero, path)["RemainingCredit"] == remaining


@pytest.mark.parametrize("shown", [True, False])
def test_a_deleted_payment_can_still_be_read(xero: Caller, shown: bool) -> None:
    """8."""
    set_(xero, deleted_payments_shown=shown)
    path = f"/Payments/{xero.pay(xero.create(Status='AUTHORISED')).json()['Payments'][0]['PaymentID']}"
    xero.post(path, {"Status": "DELETED"})
    assert xero.get(path).status_code == (200 if shown else 404)
    assert len(xero.get("/Payments").json()["Payments"]) == int(shown)


def test_an_account_in_a_third_currency_may_pay(xero: Caller) -> None:
    """13.29."""
    dollars = xero.create(Status="AUTHORISED", CurrencyCode="USD")
    set_(xero, foreign_account_pays=True)
    assert xero.pay(dollars, Account={"Code": "092"}).status_code == 200


def test_a_total_may_be_negative(xero: Caller) -> None:
    """5.6."""
    wanted = xero.draft(LineItems=[line(UnitAmount=-5)])
    assert "greater than or equal to zero" in messages(xero.put("/Invoices", wanted))[0]
    set_(xero, negative_totals=True)
    assert xero.put("/Invoices", wanted).json()["Invoices"][0]["Total"] == -6


def test_a_tax_amount_may_be_a_cent_away(xero: Caller) -> None:
    """5.6, 16.10."""
    set_(xero, tax_override="cent")
    assert xero.create(LineItems=[line(TaxAmount=20.01)])["TotalTax"] == 20.01


@pytest.mark.parametrize(("announced", "events"), [(True, 2), (False, 1)])
def test_payments_raise_events_of_what_they_pay(xero: Caller, announced: bool, events: int) -> None:
    """10.1, 16.4."""
    xero.control("webhook", {"url": "http://localhost:1/nobody", "key": "k"})
    bill = xero.create(Status="AUTHORISED")
    set_(xero, settlements_announced=announced)
    xero.pay(bill)
    assert xero.control("webhook", method="GET")["events_waiting"] == events


@pytest.mark.parametrize(("means", "day"), [("document_per_base", 1.15), ("base_per_document", 0.869565)])
def test_the_days_rate_may_be_counted_either_way_round(xero: Caller, means: str, day: float) -> None:
    """13.29: no page says which way round CurrencyRate is."""
    set_(xero, currency_rate_means=means)
    assert xero.create(CurrencyCode="EUR")["CurrencyRate"] == day
    assert xero.create(CurrencyCode="EUR", CurrencyRate=1.2)["CurrencyRate"] == 1.2, "what is sent stays"
    assert xero.create()["CurrencyRate"] == 1


@pytest.mark.parametrize(("keeps", "rate"), [(True, 1.15), (False, 1.4)])
def test_an_update_without_a_rate_may_take_the_days(xero: Caller, keeps: bool, rate: float) -> None:
    """5.1: omitted, the day's rate is used; whether that is so of an update too, no page says."""
    set_(xero, update_keeps_rate=keeps)
    bill = xero.create(CurrencyCode="EUR", Status="AUTHORISED")
    xero.control(f"organisations/{UK}", {"rates": {"EUR": "1.4"}})
    assert xero.change(bill, Reference="", InvoiceNumber="A-2").json()["Invoices"][0]["CurrencyRate"] == rate
    assert xero.change(bill, CurrencyRate=1.2).json()["Invoices"][0]["CurrencyRate"] == 1.2
    xero.pay(bill, Amount=10)
    paid = xero.change(bill, DueDate="2026-12-24").json()["Invoices"][0]
    assert paid["CurrencyRate"] == 1.2, "fixed once payments exist"


@pytest.mark.parametrize("preset", ["strict", "lenient"])
def test_the_whole_life_of_a_bill_passes_under_both_presets(xero: Caller, preset: str) -> None:
    """16: whichever way the open questions are answered, the documented path stays open."""
    set_(xero, preset=preset)
    bill = xero.create()
    assert xero.change(bill, Status="SUBMITTED").status_code == 200
    assert xero.change(bill, Status="AUTHORISED").status_code == 200
    assert xero.pay(bill, 20).status_code == 200
    assert use(xero, note(xero, contact=bill["Contact"]["ContactID"]), bill, 100).status_code == 200
    assert xero.fresh(bill)["Status"] == "PAID"


def test_every_switch_is_read_somewhere() -> None:
    """A switch that nothing looks at would be a promise without a deed."""
    sources = [
        path.read_text()
        for path in Path(next(iter(room.__path__))).rglob("*.py")
        if path.name != "switches.py"
    ]
    assert [name for name in FIELDS if not any(f".{name}" in source for source in sources)] == []
