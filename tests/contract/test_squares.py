"""Every square of every table of moves, each table with the section of the reference that it follows."""

from dataclasses import dataclass
from typing import Any

import pytest

from tests.contract.caller import SCOPES, Caller, Json, line, messages

OPEN = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"},
}
POSTED = OPEN | {"AUTHORISED": {"AUTHORISED", "VOIDED"}, "PAID": {"PAID"}, "VOIDED": set(), "DELETED": set()}
ORDERED = OPEN | {"AUTHORISED": {"AUTHORISED", "BILLED", "DELETED"}, "BILLED": set(), "DELETED": set()}
NEW = {"DRAFT", "SUBMITTED", "AUTHORISED"}


@dataclass(frozen=True)
class Table:
    """One kind's moves through the API."""

    section: str
    collection: str
    id_key: str
    word: str
    moves: dict[str, set[str]]
    account: str = "461"
    new: frozenset[str] = frozenset(NEW)


TABLES = {
    "ACCREC": Table("5.2", "Invoices", "InvoiceID", "Invoice", POSTED, "200"),
    "ACCPAY": Table("5.2", "Invoices", "InvoiceID", "Invoice", POSTED),
    "ACCRECCREDIT": Table("7", "CreditNotes", "CreditNoteID", "Credit Note", POSTED, "200"),
    "ACCPAYCREDIT": Table("7", "CreditNotes", "CreditNoteID", "Credit Note", POSTED),
    "PURCHASEORDER": Table("6", "PurchaseOrders", "PurchaseOrderID", "Purchase Order", ORDERED),
}
ROWS = [(type_, was) for type_, table in TABLES.items() for was in table.moves]
FIRST = {"VOIDED": "AUTHORISED", "PAID": "AUTHORISED", "BILLED": "AUTHORISED", "DELETED": "DRAFT"}


def make(xero: Caller, type_: str, **fields: Any) -> Any:
    table = TABLES[type_]
    sent = {
        "Contact": {"ContactID": xero.contact()},
        "Date": "2026-11-02",
        "DueDate": "2026-12-02",
        "LineItems": [line(AccountCode=table.account)],
        **({} if type_ == "PURCHASEORDER" else {"Type": type_}),
        **fields,
    }
    return xero.put(f"/{table.collection}", sent)


def settle(xero: Caller, type_: str, made: Json) -> None:
    """Pay it, or use it up by a refund."""
    kind = TABLES[type_].collection.removesuffix("s")
    target = {kind: {f"{kind}ID": made[TABLES[type_].id_key]}}
    sent = {**target, "Account": {"Code": "090"}, "Amount": 120, "Date": "2026-11-20"}
    assert xero.put("/Payments", sent).status_code == 200


def in_status(xero: Caller, type_: str, status: str) -> str:
    """The path of a new document that was brought there as Xero allows."""
    table = TABLES[type_]
    made = make(xero, type_, Status=FIRST.get(status, status)).json()[table.collection][0]
    path = f"/{table.collection}/{made[table.id_key]}"
    if status == "PAID":
        settle(xero, type_, made)
    elif status in FIRST:
        assert xero.post(path, {"Status": status}).status_code == 200
    return path


def stands(xero: Caller, path: str) -> str:
    return str(xero.get(path).json()[path.split("/")[1]][0]["Status"])


@pytest.mark.parametrize(("type_", "was"), ROWS, ids=[f"{TABLES[t].section}-{t}-{was}" for t, was in ROWS])
def test_a_status_moves_only_as_its_table_says(xero: Caller, type_: str, was: str) -> None:
    table = TABLES[type_]
    for to in table.moves:
        path = in_status(xero, type_, was)
        answer = xero.post(path, {"Status": to})
        if to in table.moves[was]:
            assert answer.status_code == 200, (was, to, answer.text)
            assert stands(xero, path) == to
        else:
            assert messages(answer) == [refusal(table, was, to)], (was, to)
            assert stands(xero, path) == was


def refusal(table: Table, was: str, to: str) -> str:
    """12.2: what a refused move says."""
    if was == "PAID":
        return (
            f"The status {to} cannot be applied to the {table.word.lower()}"
            " because it has payments or credit notes allocated to it."
        )
    return f"{table.word} not of valid status for modification"


@pytest.mark.parametrize("type_", TABLES)
def test_a_document_is_created_only_in_an_open_status(xero: Caller, type_: str) -> None:
    """5.2, 6, 7 (new), and 12.2."""
    table = TABLES[type_]
    for status in table.moves:
        answer = make(xero, type_, Status=status)
        if status in table.new:
            assert answer.json()[table.collection][0]["Status"] == status
        else:
            assert messages(answer) == [f"{table.word} not of valid status for creation"]
    assert make(xero, type_).json()[table.collection][0]["Status"] == "DRAFT"


@pytest.mark.parametrize(
    ("type_", "status"), [("ACCREC", "BILLED"), ("ACCPAYCREDIT", "BILLED"), ("PURCHASEORDER", "VOIDED")]
)
def test_a_status_of_another_kind_cant_even_be_read(xero: Caller, type_: str, status: str) -> None:
    """4.3: an unknown enum value is ErrorNumber 14."""
    assert make(xero, type_, Status=status).json()["ErrorNumber"] == 14


@pytest.mark.parametrize("type_", ["ACCREC", "ACCPAY", "ACCRECCREDIT", "ACCPAYCREDIT"])
def test_what_is_partly_settled_moves_nowhere(xero: Caller, type_: str) -> None:
    """5.2: neither back nor away while a payment stands."""
    table = TABLES[type_]
    made = make(xero, type_, Status="AUTHORISED").json()[table.collection][0]
    kind = table.collection.removesuffix("s")
    sent = {kind: {f"{kind}ID": made[table.id_key]}, "Account": {"Code": "090"}, "Amount": 20}
    assert xero.put("/Payments", sent).status_code == 200
    for to in ("DRAFT", "SUBMITTED", "VOIDED", "DELETED"):
        answer = xero.post(f"/{table.collection}/{made[table.id_key]}", {"Status": to})
        assert messages(answer) == [refusal(table, "PAID", to)]


@pytest.mark.parametrize(
    ("switch", "was", "to"),
    [
        ("order_billed_by_app", "AUTHORISED", "BILLED"),
        ("order_deleted_when_approved", "AUTHORISED", "DELETED"),
        ("order_unbilled_by_app", "BILLED", "AUTHORISED"),
    ],
)
@pytest.mark.parametrize("is_on", [True, False])
def test_the_open_squares_of_orders_are_switches(
    xero: Caller, switch: str, was: str, to: str, is_on: bool
) -> None:
    """6 and 16.2: no table of moves is published for purchase orders."""
    path = in_status(xero, "PURCHASEORDER", was)
    xero.control("switches", {switch: is_on})
    assert xero.post(path, {"Status": to}).status_code == (200 if is_on else 400)


def test_a_billed_order_is_edited_only_by_switch(xero: Caller) -> None:
    """6: BILLED and DELETED refuse edits."""
    path = in_status(xero, "PURCHASEORDER", "BILLED")
    assert messages(xero.post(path, {"Reference": "R"})) == [
        "Purchase Order not of valid status for modification"
    ]
    xero.control("switches", {"order_edited_when_billed": True})
    assert xero.post(path, {"Reference": "R"}).json()["PurchaseOrders"][0]["Status"] == "BILLED"


CREDIT_SQUARES = [
    ("AUTHORISED", "AUTHORISED", False),
    ("AUTHORISED", "DELETED", True),
    ("AUTHORISED", "VOIDED", False),
    ("DELETED", "AUTHORISED", False),
    ("DELETED", "DELETED", False),
]


@pytest.mark.parametrize("type_", ["RECEIVE-PREPAYMENT", "SPEND-OVERPAYMENT"])
@pytest.mark.parametrize(("was", "to", "is_allowed"), CREDIT_SQUARES)
def test_what_made_a_credit_can_only_be_deleted(
    origin: str, type_: str, was: str, to: str, is_allowed: bool
) -> None:
    """api/accounting/banktransactions: AUTHORISED or DELETED; the credit with it AUTHORISED, PAID or VOIDED."""
    bank = Caller(origin).connect(scope=f"{SCOPES} accounting.banktransactions")
    sent = {
        "Type": type_,
        "Contact": {"ContactID": bank.contact()},
        "BankAccount": {"Code": "090"},
        "LineItems": [{"Description": "Deposit", "LineAmount": 100, "AccountCode": "200"}],
    }
    made = bank.put("/BankTransactions", sent).json()["BankTransactions"][0]
    path = f"/BankTransactions/{made['BankTransactionID']}"
    if was == "DELETED":
        bank.post(path, {"Status": "DELETED"})
    assert (bank.post(path, {"Status": to}).status_code == 200) is is_allowed
