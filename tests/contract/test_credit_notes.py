"""Credit notes and allocations (api/accounting/creditnotes): one call to make, one to use, one to take back."""

from typing import Any

import pytest

from tests.contract.caller import Caller, Json, line, messages


def note(xero: Caller, **fields: Any) -> Json:
    """An approved supplier credit of 120.00."""
    sent = {
        "Type": "ACCPAYCREDIT",
        "Contact": {"ContactID": fields.pop("contact", None) or xero.contact()},
        "CreditNoteNumber": "CR-1",
        "Date": "2026-11-10",
        "Status": "AUTHORISED",
        "LineItems": [line()],
        **fields,
    }
    answer = xero.put("/CreditNotes", sent)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["CreditNotes"][0]
    return made


def allocate(xero: Caller, credit: Json, invoice: Json, amount: float) -> Any:
    sent = {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": amount}
    return xero.put(f"/CreditNotes/{credit['CreditNoteID']}/Allocations", sent)


def fresh(xero: Caller, credit: Json) -> Json:
    found: Json = xero.get(f"/CreditNotes/{credit['CreditNoteID']}").json()["CreditNotes"][0]
    return found


def test_a_credit_is_used_in_part_then_wholly_and_both_sides_follow(xero: Caller) -> None:
    bill, credit = xero.create(Status="AUTHORISED"), note(xero)
    made = allocate(xero, credit, bill, 50).json()["Allocations"][0]
    assert (made["Amount"], made["Invoice"]["InvoiceID"]) == (50, bill["InvoiceID"])
    assert made["Date"] == "/Date(1794268800000+0000)/", "the later of the two documents' dates"
    standing = xero.fresh(bill)
    assert (standing["AmountCredited"], standing["AmountDue"], standing["Status"]) == (50, 70, "AUTHORISED")
    assert standing["CreditNotes"][0]["AppliedAmount"] == 50
    assert (fresh(xero, credit)["RemainingCredit"], fresh(xero, credit)["Status"]) == (70, "AUTHORISED")
    allocate(xero, credit, bill, 70)
    assert (xero.fresh(bill)["Status"], fresh(xero, credit)["Status"]) == ("PAID", "PAID")


def test_a_removed_allocation_makes_both_owe_again(xero: Caller) -> None:
    bill, credit = xero.create(Status="AUTHORISED"), note(xero)
    allocation = allocate(xero, credit, bill, 120).json()["Allocations"][0]["AllocationID"]
    path = f"/api.xro/2.0/CreditNotes/{credit['CreditNoteID']}/Allocations/{allocation}"
    answer = xero.http.delete(path, headers=xero.headers())
    assert (answer.status_code, answer.json()["IsDeleted"], answer.json()["AllocationID"]) == (
        200,
        True,
        allocation,
    )
    assert (xero.fresh(bill)["Status"], xero.fresh(bill)["AmountDue"]) == ("AUTHORISED", 120)
    assert (fresh(xero, credit)["Status"], fresh(xero, credit)["Allocations"]) == ("AUTHORISED", [])
    assert xero.http.delete(path, headers=xero.headers()).status_code == 404


def test_an_allocation_sent_twice_is_done_twice(xero: Caller) -> None:
    bill, credit = xero.create(Status="AUTHORISED"), note(xero)
    allocate(xero, credit, bill, 30)
    allocate(xero, credit, bill, 30)
    assert len(fresh(xero, credit)["Allocations"]) == 2
    again = xero.post(
        "/CreditNotes",
        {"CreditNoteID": credit["CreditNoteID"], "Allocations": fresh(xero, credit)["Allocations"]},
    )
    assert again.status_code == 200
    assert fresh(xero, credit)["RemainingCredit"] == 0


def test_an_allocation_is_refused_in_xeros_words(xero: Caller) -> None:
    bill, credit = xero.create(Status="AUTHORISED"), note(xero)
    too_much = "Credit Note cannot be allocated as amount is greater than amount outstanding"
    assert messages(allocate(xero, credit, bill, 120.01)) == [too_much]
    sale = xero.create(
        Type="ACCREC", InvoiceNumber=None, Status="AUTHORISED", LineItems=[line(AccountCode="200")]
    )
    assert messages(allocate(xero, credit, sale, 1)) == [
        "Credit Note cannot be allocated to an incorrect invoice type"
    ]
    paid = xero.create(Status="AUTHORISED")
    xero.pay(paid)
    assert messages(allocate(xero, credit, paid, 1)) == [
        "The invoice you are trying to allocate to has already been paid off"
    ]
    other = xero.create(Status="AUTHORISED", Contact={"Name": "Somebody Else"})
    assert "another contact" in messages(allocate(xero, credit, other, 1))[0]


@pytest.mark.parametrize("was", ["DRAFT", "SUBMITTED", "AUTHORISED"])
@pytest.mark.parametrize("to", ["DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED", "DELETED"])
def test_a_notes_status_moves_like_an_invoices(xero: Caller, was: str, to: str) -> None:
    allowed = {
        "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
        "SUBMITTED": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
        "AUTHORISED": {"AUTHORISED", "VOIDED"},
    }
    answer = xero.post(f"/CreditNotes/{note(xero, Status=was)['CreditNoteID']}", {"Status": to})
    assert (answer.status_code == 200) == (to in allowed[was]), answer.text


def test_a_used_note_is_neither_voided_nor_edited(xero: Caller) -> None:
    bill, credit = xero.create(Status="AUTHORISED"), note(xero)
    allocate(xero, credit, bill, 50)
    path = f"/CreditNotes/{credit['CreditNoteID']}"
    assert messages(xero.post(path, {"Status": "VOIDED"})) == [
        "The status VOIDED cannot be applied to the credit note because it has payments or credit notes allocated to it."
    ]
    assert messages(xero.post(path, {"Date": "2026-11-12"})) == [
        "This document cannot be edited as it has a payment or credit note allocated to it."
    ]


def test_sales_note_numbers_are_unique_and_given_when_left_out(xero: Caller) -> None:
    sales: dict[str, Any] = {"Type": "ACCRECCREDIT", "LineItems": [line(AccountCode="200")]}
    assert note(xero, **sales, CreditNoteNumber=None)["CreditNoteNumber"] == "CN-0001"
    note(xero, **sales, CreditNoteNumber="LDN-C1")
    twice = {**sales, "Contact": {"ContactID": xero.contact()}, "CreditNoteNumber": "LDN-C1"}
    assert messages(xero.put("/CreditNotes", twice)) == ["Credit Note # must be unique."]
    assert note(xero)["CreditNoteID"] != note(xero)["CreditNoteID"]


def test_notes_are_listed_by_number(xero: Caller) -> None:
    made = note(xero, CreditNoteNumber="CR-77")
    found = xero.get("/CreditNotes", where='CreditNoteNumber=="CR-77"', page=1).json()
    assert [item["CreditNoteID"] for item in found["CreditNotes"]] == [made["CreditNoteID"]]
    assert found["pagination"]["itemCount"] == 1
    assert "LineItems" not in xero.get("/CreditNotes").json()["CreditNotes"][0]


def test_the_bookkeeper_uses_a_credit_and_takes_it_back(xero: Caller) -> None:
    bill, credit = xero.create(Status="AUTHORISED"), note(xero)
    done = xero.control(f"documents/{credit['CreditNoteID']}/allocate", {"invoice": bill["InvoiceID"]})
    assert done["RemainingCredit"] == 0
    assert xero.control(f"documents/{credit['CreditNoteID']}/unallocate")["RemainingCredit"] == 120
    page = xero.http.get(f"/AccountsPayable/ViewCreditNote.aspx?creditNoteID={credit['CreditNoteID']}")
    assert "Remaining credit" in page.text


def test_a_refund_uses_the_credit_up_and_can_be_taken_back(xero: Caller) -> None:
    credit = note(xero)
    sent = {"CreditNote": {"CreditNoteID": credit["CreditNoteID"]}, "Account": {"Code": "090"}, "Amount": 120}
    refund = xero.put("/Payments", sent).json()["Payments"][0]
    assert (refund["PaymentType"], refund["Invoice"]["Type"]) == ("APCREDITPAYMENT", "ACCPAYCREDIT")
    standing = fresh(xero, credit)
    assert (standing["Status"], standing["RemainingCredit"], len(standing["Payments"])) == ("PAID", 0, 1)
    xero.post(f"/Payments/{refund['PaymentID']}", {"Status": "DELETED"})
    assert (fresh(xero, credit)["Status"], fresh(xero, credit)["RemainingCredit"]) == ("AUTHORISED", 120)
