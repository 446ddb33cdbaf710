"""The state table and the edit table of invoices and bills (api/accounting/invoices), every row walked."""

from typing import Any

import pytest

from tests.contract.caller import Caller, Json, line, messages

STATUSES = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
ALLOWED = {
    "DRAFT": {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"},
    "SUBMITTED": {"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"},
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "PAID": {"PAID"},
    "VOIDED": set(),
    "DELETED": set(),
}
SQUARE = [(kind, was, to) for kind in ("ACCPAY", "ACCREC") for was in STATUSES for to in STATUSES]
FROZEN = "This document cannot be edited as it has a payment or credit note allocated to it."


def in_status(xero: Caller, kind: str, status: str, **fields: Any) -> Json:
    """A document that was brought into a status the way Xero allows."""
    account = "461" if kind == "ACCPAY" else "200"
    first = {"VOIDED": "AUTHORISED", "PAID": "AUTHORISED", "DELETED": "DRAFT"}.get(status, status)
    made = xero.create(Type=kind, Status=first, LineItems=[line(AccountCode=account)], **fields)
    if status == "PAID":
        assert xero.pay(made).status_code == 200
    elif status != first:
        assert xero.change(made, Status=status).status_code == 200
    made = xero.fresh(made)
    assert made["Status"] == status
    return made


@pytest.mark.parametrize(("kind", "was", "to"), SQUARE)
def test_a_status_moves_only_as_the_table_says(xero: Caller, kind: str, was: str, to: str) -> None:
    made = in_status(xero, kind, was)
    answer = xero.change(made, Status=to)
    if to in ALLOWED[was]:
        assert answer.status_code == 200, answer.text
        assert answer.json()["Invoices"][0]["Status"] == to
        return
    refusal = "Invoice not of valid status for modification"
    if was == "PAID":
        refusal = f"The status {to} cannot be applied to the invoice because it has payments or credit notes allocated to it."
    assert messages(answer) == [refusal]
    assert xero.fresh(made)["Status"] == was


@pytest.mark.parametrize("status", ["PAID", "VOIDED", "DELETED"])
def test_nothing_is_created_paid_voided_or_deleted(xero: Caller, status: str) -> None:
    assert messages(xero.put("/Invoices", xero.draft(Status=status))) == [
        "Invoice not of valid status for creation"
    ]


def test_a_voided_document_owes_nothing_but_keeps_its_totals(xero: Caller) -> None:
    voided = in_status(xero, "ACCPAY", "VOIDED")
    assert (voided["AmountDue"], voided["Total"]) == (0, 120)


def test_the_fetched_document_sent_back_as_voided_is_refused(xero: Caller) -> None:
    made = in_status(xero, "ACCPAY", "AUTHORISED")
    assert messages(xero.post("/Invoices", made | {"Status": "VOIDED"})) == [
        "Invoice not of valid status for modification"
    ]


def test_a_document_over_nothing_is_paid_at_once(xero: Caller) -> None:
    made = xero.create(Status="AUTHORISED", LineItems=[line(UnitAmount=0)])
    assert (made["Status"], made["AmountDue"]) == ("PAID", 0)


OPEN_EDITS = {
    "DueDate": "2026-12-24",
    "InvoiceNumber": "PP-9",
    "Url": "https://studio.example/e/1",
    "Date": "2026-11-05",
    "LineAmountTypes": "Inclusive",
    "CurrencyCode": "EUR",
}


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "AUTHORISED"])
@pytest.mark.parametrize("name", sorted(OPEN_EDITS))
def test_everything_may_change_until_something_is_paid(xero: Caller, status: str, name: str) -> None:
    made = in_status(xero, "ACCPAY", status)
    answer = xero.change(made, **{name: OPEN_EDITS[name]})
    assert answer.status_code == 200, answer.text
    changed = xero.fresh(made)
    assert changed.get(f"{name}String", changed.get(name)).removesuffix("T00:00:00") == OPEN_EDITS[name]


PAID_EDITS: list[tuple[str, dict[str, Any], bool, bool]] = [
    ("due date", {"DueDate": "2026-12-24"}, True, True),
    ("number", {"InvoiceNumber": "PP-9"}, True, True),
    ("url", {"Url": "https://studio.example/e/1"}, True, True),
    ("planned payment date", {"PlannedPaymentDate": "2026-12-01"}, True, True),
    ("reference", {"Reference": "Order 7"}, True, True),
    ("date", {"Date": "2026-11-05"}, False, False),
    ("currency", {"CurrencyCode": "EUR"}, False, False),
    ("tax mode", {"LineAmountTypes": "NoTax"}, False, False),
    ("description", {"line": {"Description": "Better words"}}, True, True),
    ("account", {"line": {"AccountCode": "PLACE"}}, True, True),
    ("unit amount", {"line": {"UnitAmount": 90}}, False, False),
    ("quantity", {"line": {"Quantity": 2}}, False, False),
    ("tax type", {"line": {"TaxType": "NONE"}}, False, False),
    ("tax amount", {"line": {"TaxAmount": 1}}, False, False),
]


@pytest.mark.parametrize("kind", ["ACCPAY", "ACCREC"])
@pytest.mark.parametrize("paid", ["partly", "wholly"])
@pytest.mark.parametrize(("what", "sent", "bills", "invoices"), PAID_EDITS)
def test_once_paid_only_the_listed_fields_may_change(
    xero: Caller, kind: str, paid: str, what: str, sent: dict[str, Any], bills: bool, invoices: bool
) -> None:
    made = in_status(xero, kind, "AUTHORISED")
    assert xero.pay(made, 10 if paid == "partly" else None).status_code == 200
    fields = dict(sent)
    if "line" in sent:
        other = {"PLACE": "453" if kind == "ACCPAY" else "204"}
        edited = {name: other.get(str(value), value) for name, value in sent["line"].items()}
        fields = {"LineItems": [{"LineItemID": made["LineItems"][0]["LineItemID"], **edited}]}
    answer = xero.change(made, **fields)
    if bills if kind == "ACCPAY" else invoices:
        assert answer.status_code == 200, answer.text
        assert xero.fresh(made)["Total"] == made["Total"]
    else:
        assert messages(answer) == [FROZEN]


def test_a_line_of_a_paid_document_must_be_named_by_its_id(xero: Caller) -> None:
    made = in_status(xero, "ACCPAY", "PAID")
    assert messages(xero.change(made, LineItems=[line()])) == [
        "To update fields on a paid invoice line item, you must supply a LineItemID"
    ]


def test_before_19_march_2026_nothing_could_change_on_a_paid_bill(xero: Caller) -> None:
    xero.control("clock", {"now": "2026-03-18T09:00:00"})
    xero.connect()
    bill, invoice = in_status(xero, "ACCPAY", "PAID"), in_status(xero, "ACCREC", "PAID")
    assert messages(xero.change(bill, DueDate="2026-12-24")) == [FROZEN]
    assert xero.change(invoice, DueDate="2026-12-24").status_code == 200
    xero.control("clock", {"now": "2026-03-19T09:00:00"})
    xero.connect()
    assert xero.change(bill, DueDate="2026-12-24").status_code == 200


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (
            "period_lock_on",
            "The document date cannot be before the period lock date, currently set at 30 November 2026",
        ),
        (
            "end_of_year_lock_on",
            "The document date cannot be before the end of year lock date, currently set at 30 November 2026",
        ),
    ],
)
def test_in_a_locked_period_nothing_approved_moves_and_nothing_is_approved(
    xero: Caller, name: str, sentence: str
) -> None:
    approved, draft = in_status(xero, "ACCPAY", "AUTHORISED"), in_status(xero, "ACCPAY", "DRAFT")
    xero.control(f"organisations/{xero.organisation}", {name: "2026-11-30"})
    assert messages(xero.change(approved, DueDate="2026-12-24")) == [sentence]
    assert messages(xero.change(approved, Status="VOIDED")) == [sentence]
    assert messages(xero.pay(approved)) == [sentence]
    assert messages(xero.change(draft, Status="AUTHORISED")) == [sentence]
    assert xero.change(draft, Date="2026-12-01", Status="AUTHORISED").status_code == 200


def test_approval_rules_return_a_lower_status_than_was_asked(xero: Caller) -> None:
    xero.control(f"organisations/{xero.organisation}", {"approved_as": "SUBMITTED"})
    assert xero.create(Status="AUTHORISED")["Status"] == "SUBMITTED"
    xero.control(f"organisations/{xero.organisation}", {"approved_as": None})
    xero.control("faults", {"kind": "approval_downgrade", "count": 1})
    assert xero.create(Status="AUTHORISED")["Status"] == "DRAFT"
    assert xero.create(Status="AUTHORISED")["Status"] == "AUTHORISED"


def test_lines_with_an_id_change_without_an_id_are_added_and_unnamed_ones_go(xero: Caller) -> None:
    made = xero.create(LineItems=[line(), line(Description="Courier", UnitAmount=10)])
    kept, dropped = (item["LineItemID"] for item in made["LineItems"])
    answer = xero.change(
        made, LineItems=[{"LineItemID": kept, "UnitAmount": 80}, line(Description="Foil", UnitAmount=5)]
    )
    lines = answer.json()["Invoices"][0]["LineItems"]
    assert [(item["Description"], item["LineAmount"], item["TaxAmount"]) for item in lines] == [
        ("Letterpress cards", 80, 16),
        ("Foil", 5, 1),
    ]
    assert lines[0]["LineItemID"] == kept
    assert dropped not in {item["LineItemID"] for item in lines}


def test_leaving_the_lines_out_keeps_them_all(xero: Caller) -> None:
    made = xero.create()
    assert xero.change(made, DueDate="2026-12-24").json()["Invoices"][0]["LineItems"] == made["LineItems"]


def test_lines_without_ids_replace_every_line(xero: Caller) -> None:
    made = xero.create()
    answer = xero.change(made, LineItems=[line()]).json()["Invoices"][0]
    assert answer["LineItems"][0]["LineItemID"] != made["LineItems"][0]["LineItemID"]
