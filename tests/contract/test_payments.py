"""Payments (api/accounting/payments): made, parted, taken back; PAID and AUTHORISED follow."""

import pytest

from tests.contract.caller import UK, Caller, Json, line, messages
from tests.contract.sdk_keys import strangers


@pytest.fixture
def bill(xero: Caller) -> Json:
    """An approved bill of 120.00."""
    return xero.create(Status="AUTHORISED")


def test_paying_all_makes_it_paid_on_the_payments_date(xero: Caller, bill: Json) -> None:
    paid = xero.pay(bill).json()["Payments"][0]
    assert (paid["PaymentType"], paid["Status"], paid["Amount"]) == ("ACCPAYPAYMENT", "AUTHORISED", 120)
    assert paid["Account"]["Code"] == "090"
    found = xero.fresh(bill)
    assert (found["Status"], found["AmountPaid"], found["AmountDue"]) == ("PAID", 120, 0)
    assert found["FullyPaidOnDate"] == "/Date(1795132800000+0000)/"
    assert found["Payments"][0]["PaymentID"] == paid["PaymentID"]


def test_a_part_payment_leaves_it_awaiting_the_rest(xero: Caller, bill: Json) -> None:
    xero.pay(bill, 20)
    found = xero.fresh(bill)
    assert (found["Status"], found["AmountPaid"], found["AmountDue"]) == ("AUTHORISED", 20, 100)
    assert "FullyPaidOnDate" not in found


@pytest.mark.parametrize("by_path", [True, False])
def test_deleting_the_payment_makes_it_owe_again(xero: Caller, bill: Json, by_path: bool) -> None:
    payment = xero.pay(bill).json()["Payments"][0]["PaymentID"]
    if by_path:
        answer = xero.post(f"/Payments/{payment}", {"Status": "DELETED"})
    else:
        answer = xero.post("/Payments", {"Payments": [{"PaymentID": payment, "Status": "DELETED"}]})
    assert answer.json()["Payments"][0]["Status"] == "DELETED"
    found = xero.fresh(bill)
    assert (found["Status"], found["AmountDue"], found["Payments"]) == ("AUTHORISED", 120, [])
    again = xero.post(f"/Payments/{payment}", {"Status": "DELETED"})
    assert messages(again) == ["Payment not of valid status for modification"]
    assert xero.get(f"/Payments/{payment}").json()["Payments"][0]["Status"] == "DELETED"


def test_more_than_is_due_is_refused(xero: Caller, bill: Json) -> None:
    assert messages(xero.pay(bill, 120.01)) == [
        "Payment amount exceeds the amount outstanding on this document"
    ]


def test_a_draft_cant_be_paid(xero: Caller) -> None:
    assert messages(xero.pay(xero.create())) == ["Payments can only be made against Authorised documents"]


def test_nothing_or_less_cant_be_paid(xero: Caller, bill: Json) -> None:
    for nothing in (0, -5, "0.004"):
        assert messages(xero.pay(bill, nothing)) == ["The payment amount must be greater than zero"]


def test_an_unknown_account_cant_pay(xero: Caller, bill: Json) -> None:
    assert messages(xero.pay(bill, Account={"Code": "1234"})) == ["Account could not be found"]


def test_only_bank_accounts_and_those_opened_to_payments_pay(xero: Caller, bill: Json) -> None:
    assert messages(xero.pay(bill, Account={"Code": "200"})) == [
        "The Account 200 is not a valid payment account"
    ]
    assert xero.pay(bill, Account={"Code": "835"}).status_code == 200


def test_a_bank_account_in_another_currency_cant_pay(xero: Caller, bill: Json) -> None:
    assert messages(xero.pay(bill, Account={"Code": "092"})) == [
        "The Account 092 is not a valid payment account"
    ]
    euro = xero.create(Status="AUTHORISED", CurrencyCode="EUR")
    assert xero.pay(euro, Account={"Code": "092"}).status_code == 200


def test_two_payments_in_one_call_are_held_to_what_is_left(xero: Caller, bill: Json) -> None:
    one = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": 70}
    answer = xero.put("/Payments", {"Payments": [one, one]}, summarizeErrors="false").json()["Payments"]
    assert [item["StatusAttributeString"] for item in answer] == ["OK", "ERROR"]
    assert xero.fresh(bill)["AmountDue"] == 50


def test_a_reconciled_payment_stays(xero: Caller, bill: Json) -> None:
    payment = xero.pay(bill, IsReconciled=True).json()["Payments"][0]["PaymentID"]
    assert messages(xero.post(f"/Payments/{payment}", {"Status": "DELETED"})) == [
        "This payment has been reconciled and cannot be deleted"
    ]


def test_payments_are_listed_and_found_by_their_invoice(xero: Caller, bill: Json) -> None:
    xero.pay(bill, 20)
    other = xero.create(Status="AUTHORISED", LineItems=[line(UnitAmount=5)])
    xero.pay(other)
    where = f'Invoice.InvoiceID==guid("{bill["InvoiceID"]}") AND Status=="AUTHORISED"'
    found = xero.get("/Payments", where=where, page=1).json()
    assert [item["Amount"] for item in found["Payments"]] == [20]
    assert found["pagination"]["itemCount"] == 1
    assert len(xero.get("/Payments").json()["Payments"]) == 2


def test_a_payment_makes_a_contact_no_older_but_its_flags_follow_approval(xero: Caller) -> None:
    contact = xero.contact()
    before = xero.get(f"/Contacts/{contact}").json()["Contacts"][0]
    assert before["IsSupplier"] is False
    xero.create(contact=contact, Status="AUTHORISED", DueDate="2026-01-01", Date="2026-01-01")
    after = xero.get(f"/Contacts/{contact}").json()["Contacts"][0]
    assert after["IsSupplier"] is True
    assert after["UpdatedDateUTC"] == before["UpdatedDateUTC"]
    assert after["Balances"]["AccountsPayable"] == {"Outstanding": 120, "Overdue": 120}


def test_the_bookkeeper_pays_through_the_control_as_on_the_page(xero: Caller, bill: Json) -> None:
    xero.control(f"documents/{bill['InvoiceID']}/pay", {"amount": "20.00"})
    assert xero.fresh(bill)["AmountDue"] == 100
    assert xero.control(f"documents/{bill['InvoiceID']}/pay")["Status"] == "PAID"
    assert xero.control(f"documents/{bill['InvoiceID']}/unpay")["AmountDue"] == 120
    assert xero.control(f"organisations/{UK}", {})["OrganisationID"] == UK


TARGETS = ["Invoice id", "Invoice number", "number alone", "note id", "note number"]


@pytest.mark.parametrize("named", TARGETS)
def test_what_is_paid_may_be_named_in_every_way_the_page_lists(xero: Caller, named: str) -> None:
    """8: InvoiceID, InvoiceNumber, CreditNoteID, CreditNoteNumber."""
    sent = xero.draft(Type="ACCRECCREDIT", Status="AUTHORISED", LineItems=[line(AccountCode="200")])
    note = xero.put("/CreditNotes", sent).json()["CreditNotes"][0]
    sale = xero.create(
        Type="ACCREC", Status="AUTHORISED", InvoiceNumber="S-1", LineItems=[line(AccountCode="200")]
    )
    targets: dict[str, Json] = {
        "Invoice id": {"Invoice": {"InvoiceID": sale["InvoiceID"]}},
        "Invoice number": {"Invoice": {"InvoiceNumber": "S-1"}},
        "number alone": {"InvoiceNumber": "S-1"},
        "note id": {"CreditNote": {"CreditNoteID": note["CreditNoteID"]}},
        "note number": {"CreditNoteNumber": note["CreditNoteNumber"]},
    }
    answer = xero.put("/Payments", targets[named] | {"Code": "090", "Amount": 20, "Date": "2026-11-20"})
    paid = answer.json()["Payments"][0]
    is_refund = named.startswith("note")
    assert paid["PaymentType"] == ("ARCREDITPAYMENT" if is_refund else "ACCRECPAYMENT")
    assert paid["Invoice"]["InvoiceID"] == (note["CreditNoteID"] if is_refund else sale["InvoiceID"])


@pytest.mark.parametrize("targets", [{}, {"InvoiceNumber": "S-1", "CreditNoteNumber": "CN-1"}])
def test_exactly_one_document_is_paid(xero: Caller, targets: Json) -> None:
    """8."""
    assert messages(xero.put("/Payments", targets | {"Code": "090", "Amount": 20})) == [
        "A payment must be made against exactly one Invoice, CreditNote, Prepayment or Overpayment"
    ]


def test_posting_to_the_collection_creates_too(xero: Caller, bill: Json) -> None:
    """8."""
    sent = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Account": {"Code": "090"}, "Amount": 20}
    assert xero.post("/Payments", sent).json()["Payments"][0]["Amount"] == 20
    assert xero.fresh(bill)["AmountDue"] == 100


def test_a_payment_changes_in_no_other_way_than_going(xero: Caller, bill: Json) -> None:
    """8: no other modification."""
    path = f"/Payments/{xero.pay(bill, 20).json()['Payments'][0]['PaymentID']}"
    assert messages(xero.post(path, {"Amount": 30})) == ["Payment not of valid status for modification"]


def test_a_payment_in_a_foreign_currency_has_a_rate_and_an_amount_of_the_bank(xero: Caller) -> None:
    """8: Amount is the document's currency, BankAmount the account's."""
    euros = xero.create(Status="AUTHORISED", CurrencyCode="EUR")
    paid = xero.pay(euros, CurrencyRate=1.2, BankAmount=100).json()["Payments"][0]
    assert (paid["Amount"], paid["BankAmount"], paid["CurrencyRate"]) == (120, 100, 1.2)
    assert xero.change(euros, CurrencyRate=1.3).status_code == 400, "fixed once payments exist"


def test_a_payment_and_its_document_write_their_history(xero: Caller, bill: Json) -> None:
    """5.8: what came through the API says so."""
    payment = xero.pay(bill).json()["Payments"][0]["PaymentID"]
    xero.post(f"/Payments/{payment}", {"Status": "DELETED"})
    said = [
        (item["Changes"], item["Details"])
        for item in xero.get(f"/Invoices/{bill['InvoiceID']}/History").json()["HistoryRecords"]
    ]
    assert said == [
        ("Updated", "Payment of 120.00 was removed through the Xero API by Bluestamp."),
        ("Paid", "Payment made on 20 November 2026 for 120.00 through the Xero API by Bluestamp."),
        ("Created", "Received through the Xero API from Bluestamp"),
    ]
    own = xero.get(f"/Payments/{payment}/History").json()["HistoryRecords"]
    assert [item["Changes"] for item in own] == ["Deleted", "Created"]


def test_every_key_of_a_document_and_its_payments_is_one_of_the_sdk_models(xero: Caller) -> None:
    """With its type, or on the short list with its source."""
    rounded = {"RoundingAmount": 0.04, "SubTotal": 100, "TotalTax": 20, "Total": 120.04}
    bill = xero.create(Status="AUTHORISED", PlannedPaymentDate="2026-12-01", **rounded)
    paid = xero.pay(bill, 20).json()["Payments"]
    note = xero.put("/CreditNotes", xero.draft(Type="ACCPAYCREDIT", Status="AUTHORISED")).json()[
        "CreditNotes"
    ]
    sent = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": 10}
    used = xero.put(f"/CreditNotes/{note[0]['CreditNoteID']}/Allocations", sent).json()["Allocations"]
    order = xero.put("/PurchaseOrders", xero.draft(Status="AUTHORISED")).json()["PurchaseOrders"]
    for found, model in (
        ([xero.fresh(bill)], "Invoice"),
        (paid, "Payment"),
        (note, "CreditNote"),
        (xero.get("/CreditNotes", page=1).json()["CreditNotes"], "CreditNote"),
        (used, "Allocation"),
        (order, "PurchaseOrder"),
        (xero.get("/Payments").json()["Payments"], "Payment"),
    ):
        assert found and strangers(found, model) == [], model
