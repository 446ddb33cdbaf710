"""Money before an invoice or beyond it (api/accounting/banktransactions, prepayments, overpayments; reference 5.1, 8)."""

from typing import Any

import pytest

from tests.contract.caller import SCOPES, Caller, Json, line, messages
from tests.contract.sdk_keys import strangers

BANKING = f"{SCOPES} accounting.banktransactions"
MODELS = {"Prepayments": "Prepayment", "Overpayments": "Overpayment", "BankTransactions": "BankTransaction"}


@pytest.fixture
def bank(origin: str) -> Caller:
    """An app that may also write bank transactions."""
    return Caller(origin).connect(scope=BANKING)


def spend(bank: Caller, kind: str, **fields: Any) -> Json:
    """A prepayment or overpayment of 100.00 net, made with the least that the page asks for."""
    coded = {} if kind.endswith("OVERPAYMENT") else {"AccountCode": "461"}
    sent = {
        "Type": kind,
        "Contact": {"ContactID": fields.pop("contact", None) or bank.contact()},
        "BankAccount": {"Code": "090"},
        "Date": "2026-11-10",
        "LineItems": [{"Description": "Deposit", "LineAmount": 100, **coded}],
        **fields,
    }
    answer = bank.put("/BankTransactions", sent)
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()["BankTransactions"][0]
    return made


def credit(bank: Caller, made: Json) -> tuple[str, Json]:
    """The path of what a bank transaction made, and what stands there."""
    word = "Prepayment" if "PrepaymentID" in made else "Overpayment"
    path = f"/{word}s/{made[f'{word}ID']}"
    found: Json = bank.get(path).json()[f"{word}s"][0]
    return path, found


def allocate(bank: Caller, path: str, invoice: Json, amount: float) -> Any:
    return bank.put(f"{path}/Allocations", {"Invoice": {"InvoiceID": invoice["InvoiceID"]}, "Amount": amount})


@pytest.mark.parametrize(
    ("kind", "total", "account"),
    [
        ("SPEND-PREPAYMENT", 120, "461"),
        ("SPEND-OVERPAYMENT", 100, "800"),
        ("RECEIVE-OVERPAYMENT", 100, "610"),
    ],
)
def test_a_bank_transaction_makes_a_credit_of_its_own(
    bank: Caller, kind: str, total: float, account: str
) -> None:
    made = spend(bank, kind)
    _, found = credit(bank, made)
    assert (found["Type"], found["Status"], found["Total"], found["RemainingCredit"]) == (
        kind,
        "AUTHORISED",
        total,
        total,
    )
    assert found["LineItems"][0]["AccountCode"] == account
    assert made["BankAccount"]["Code"] == "090" and made["Total"] == total


def test_money_received_before_an_invoice_is_a_prepayment_with_its_tax(bank: Caller) -> None:
    made = spend(bank, "RECEIVE-PREPAYMENT", Reference="INV-0011", LineItems=[line(AccountCode="200")])
    _, found = credit(bank, made)
    assert (found["TotalTax"], found["Total"], found["InvoiceNumber"]) == (20, 120, "INV-0011")


@pytest.mark.parametrize("kind", ["SPEND-PREPAYMENT", "SPEND-OVERPAYMENT"])
def test_credit_is_applied_in_part_then_wholly_and_taken_back(bank: Caller, kind: str) -> None:
    bill, made = bank.create(Status="AUTHORISED"), spend(bank, kind)
    path, found = credit(bank, made)
    word = "Prepayments" if "PREPAYMENT" in kind else "Overpayments"
    assert allocate(bank, path, bill, 40).status_code == 200
    standing = bank.fresh(bill)
    assert (standing["AmountCredited"], standing["AmountDue"], standing["Status"]) == (40, 80, "AUTHORISED")
    assert standing[word][0]["AppliedAmount"] == 40 and standing["CreditNotes"] == []
    rest = min(80, found["Total"] - 40)
    allocate(bank, path, bill, rest)
    _, used = credit(bank, made)
    assert (used["Status"], used["RemainingCredit"], len(used["Allocations"])) == ("PAID", 0, 2)
    for item in used["Allocations"]:
        gone = bank.http.delete(
            f"/api.xro/2.0{path}/Allocations/{item['AllocationID']}", headers=bank.headers()
        )
        assert (gone.status_code, gone.json()["IsDeleted"]) == (200, True)
    assert (bank.fresh(bill)["AmountDue"], bank.fresh(bill)["Status"]) == (120, "AUTHORISED")
    assert credit(bank, made)[1]["RemainingCredit"] == found["Total"]


def test_a_bill_wholly_prepaid_is_paid(bank: Caller) -> None:
    bill, made = bank.create(Status="AUTHORISED"), spend(bank, "SPEND-PREPAYMENT")
    allocate(bank, credit(bank, made)[0], bill, 120)
    paid = bank.fresh(bill)
    assert (paid["Status"], paid["AmountDue"], paid["AmountPaid"]) == ("PAID", 0, 0)


def test_an_allocation_that_does_not_fit_is_refused(bank: Caller) -> None:
    bill, sale = (
        bank.create(Status="AUTHORISED"),
        bank.create(
            Type="ACCREC", Status="AUTHORISED", InvoiceNumber="S-1", LineItems=[line(AccountCode="200")]
        ),
    )
    path = credit(bank, spend(bank, "SPEND-OVERPAYMENT"))[0]
    assert messages(allocate(bank, path, bill, 100.01)) == [
        "Overpayment cannot be allocated as amount is greater than amount outstanding"
    ]
    assert messages(allocate(bank, path, sale, 10)) == [
        "Overpayment cannot be allocated to an incorrect invoice type"
    ]


def test_credit_is_refunded_by_a_payment(bank: Caller) -> None:
    made = spend(bank, "SPEND-OVERPAYMENT")
    sent = {
        "Overpayment": {"OverpaymentID": made["OverpaymentID"]},
        "Account": {"Code": "090"},
        "Amount": 100,
        "Date": "2026-11-20",
    }
    paid = bank.put("/Payments", sent).json()["Payments"][0]
    assert paid["PaymentType"] == "APOVERPAYMENTPAYMENT"
    assert paid["Overpayment"]["OverpaymentID"] == made["OverpaymentID"]
    _, found = credit(bank, made)
    assert (found["Status"], found["RemainingCredit"], len(found["Payments"])) == ("PAID", 0, 1)


def test_deleting_the_bank_transaction_voids_the_credit_unless_it_is_used(bank: Caller) -> None:
    bill, made = bank.create(Status="AUTHORISED"), spend(bank, "SPEND-PREPAYMENT")
    path = credit(bank, made)[0]
    allocate(bank, path, bill, 10)
    away = {"BankTransactionID": made["BankTransactionID"], "Status": "DELETED"}
    assert messages(bank.post("/BankTransactions", away))[0].startswith(
        "The status DELETED cannot be applied"
    )
    bank.control(f"documents/{bill['InvoiceID']}/unallocate", {})
    assert bank.post("/BankTransactions", away).json()["BankTransactions"][0]["Status"] == "DELETED"
    assert credit(bank, made)[1]["Status"] == "VOIDED"
    assert messages(bank.post("/BankTransactions", away)) == [
        "Bank Transaction not of valid status for modification"
    ]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"BankAccount": {"Code": "200"}}, "is not a bank account"),
        ({"BankAccount": None}, "A Bank Account must be specified"),
        ({"Contact": {}}, "A Contact must be specified"),
        ({"LineItems": [{"Description": "a", "LineAmount": 1}] * 2}, "exactly one line item"),
        ({"LineItems": [{"Description": "a", "LineAmount": 0}]}, "greater than zero"),
        ({"CurrencyCode": "JPY"}, "Organisation is not subscribed to currency JPY"),
    ],
)
def test_a_bank_transaction_that_makes_no_sense_is_refused(bank: Caller, fields: Json, said: str) -> None:
    sent = {
        "Type": "RECEIVE-OVERPAYMENT",
        "Contact": {"ContactID": bank.contact()},
        "BankAccount": {"Code": "090"},
        "LineItems": [{"Description": "Deposit", "LineAmount": 100}],
        **fields,
    }
    assert any(said in message for message in messages(bank.put("/BankTransactions", sent)))


def test_the_bookkeeper_prepays_a_bill_and_xero_applies_what_fits(xero: Caller) -> None:
    bill = xero.create(Status="AUTHORISED")
    xero.control(f"documents/{bill['InvoiceID']}/prepay", {"amount": 50})
    standing = xero.fresh(bill)
    assert (standing["AmountCredited"], standing["AmountDue"]) == (50, 70)
    assert standing["Prepayments"][0]["AppliedAmount"] == 50
    xero.control(f"documents/{bill['InvoiceID']}/prepay", {"amount": 100, "allocate": False})
    held = xero.get("/Prepayments", where='Status=="AUTHORISED"').json()["Prepayments"]
    assert [item["RemainingCredit"] for item in held] == [100]


def test_the_bookkeeper_overpays_an_invoice_and_the_rest_stays_as_credit(xero: Caller) -> None:
    bill = xero.create(Status="AUTHORISED")
    xero.control(f"documents/{bill['InvoiceID']}/overpay", {"amount": 150, "date": "2026-11-12"})
    paid = xero.fresh(bill)
    assert (paid["Status"], paid["AmountPaid"], paid["AmountDue"]) == ("PAID", 120, 0)
    rest = xero.get("/Overpayments", page=1).json()["Overpayments"][0]
    assert (rest["Type"], rest["RemainingCredit"]) == ("SPEND-OVERPAYMENT", 30)
    other = xero.create(Status="AUTHORISED", InvoiceNumber="PP-2", contact=bill["Contact"]["ContactID"])
    xero.control(f"documents/{rest['OverpaymentID']}/allocate", {"invoice": other["InvoiceID"]})
    assert xero.fresh(other)["AmountDue"] == 90


def test_every_key_is_one_of_the_sdk_models(bank: Caller) -> None:
    bill = bank.create(Status="AUTHORISED")
    for kind in ("SPEND-PREPAYMENT", "SPEND-OVERPAYMENT"):
        allocate(bank, credit(bank, spend(bank, kind))[0], bill, 10)
    for collection, model in MODELS.items():
        for query in ({}, {"page": 1}):
            found = bank.get(f"/{collection}", **query).json()[collection]
            assert found and strangers(found, model) == []
            one = bank.get(f"/{collection}/{found[0][f'{model}ID']}").json()[collection]
            assert strangers(one, model) == []
    assert strangers(bank.fresh(bill), "Invoice") == []


def test_a_token_without_the_scope_cant_write_bank_transactions(xero: Caller) -> None:
    assert xero.get("/BankTransactions").json()["Detail"] == "AuthorizationUnsuccessful"
    assert xero.get("/Prepayments").status_code == 200
