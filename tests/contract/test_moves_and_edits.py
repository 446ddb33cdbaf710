"""The edit table of invoices and bills (api/accounting/invoices; reference 5.3 and 5.4), every row walked."""

from typing import Any

import pytest

from tests.contract.caller import Caller, Json, line, messages

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


def test_a_voided_document_owes_nothing_but_keeps_its_totals(xero: Caller) -> None:
    voided = in_status(xero, "ACCPAY", "VOIDED")
    assert (voided["AmountDue"], voided["Total"]) == (0, 120)


@pytest.mark.parametrize("how", ["id in the path", "number in the path", "number in the body"])
def test_a_minimal_body_voids_by_id_or_number(xero: Caller, how: str) -> None:
    """5.2: number or id may stand in the path, also for POST."""
    made = in_status(xero, "ACCREC", "AUTHORISED", InvoiceNumber="INV-123")
    path = {"id in the path": f"/{made['InvoiceID']}", "number in the path": "/INV-123"}.get(how, "")
    answer = xero.post(f"/Invoices{path}", {"InvoiceNumber": "INV-123", "Status": "VOIDED"})
    assert answer.status_code == 200, answer.text
    assert xero.fresh(made)["Status"] == "VOIDED"


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


def test_another_contact_may_pay_for_it_but_not_once_credit_was_applied(xero: Caller) -> None:
    """5.3: Contact moves, unless a credit note of the old one paid the document."""
    other = xero.put("/Contacts", {"Name": "Somebody else"}).json()["Contacts"][0]["ContactID"]
    paid, credited = in_status(xero, "ACCPAY", "PAID"), in_status(xero, "ACCPAY", "AUTHORISED")
    assert xero.change(paid, Contact={"ContactID": other}).status_code == 200
    xero.control(f"documents/{credited['InvoiceID']}/prepay", {"amount": 10})
    for contact in ({"ContactID": other}, {"Name": "Somebody else"}):
        assert FROZEN in messages(xero.change(credited, Contact=contact))


def test_a_line_keeps_its_amounts_when_only_its_words_change(xero: Caller) -> None:
    """5.4: a sparse entry changes what it names; four decimals stay though only two are asked for."""
    sent = xero.draft(Status="AUTHORISED", LineItems=[line(Quantity=3, UnitAmount="33.3333")])
    made = xero.put("/Invoices", sent, unitdp="4").json()["Invoices"][0]
    only = {"LineItemID": made["LineItems"][0]["LineItemID"], "Description": "Better words"}
    changed = xero.change(made, LineItems=[only]).json()["Invoices"][0]
    assert (changed["Total"], changed["LineItems"][0]["Description"]) == (made["Total"], "Better words")
    exact = xero.get(f"/Invoices/{made['InvoiceID']}", unitdp=4).json()["Invoices"][0]
    assert exact["LineItems"][0]["UnitAmount"] == 33.3333


def test_a_line_named_twice_is_changed_once_and_added_once(xero: Caller) -> None:
    """5.4: an id that is taken already counts as one that isn't there."""
    made = xero.create()
    named = {"LineItemID": made["LineItems"][0]["LineItemID"], **line()}
    lines = xero.change(made, LineItems=[named, named]).json()["Invoices"][0]["LineItems"]
    assert len({item["LineItemID"] for item in lines}) == 2


def test_an_unknown_line_id_adds_a_line_or_is_refused_by_switch(xero: Caller) -> None:
    """5.4: Xero's pages don't say."""
    made = xero.create()
    strange = line(LineItemID="11111111-1111-4111-8111-111111111111")
    assert xero.change(made, LineItems=[strange]).status_code == 200
    xero.control("switches", {"unknown_line_id": "refused"})
    assert "could not be found on this document" in messages(xero.change(made, LineItems=[strange]))[0]


def test_money_on_a_paid_document_is_ignored_by_switch(xero: Caller) -> None:
    """5.3: that moving money is refused, and not ignored, is an inference."""
    made = in_status(xero, "ACCPAY", "PAID")
    entry = {"LineItemID": made["LineItems"][0]["LineItemID"], "UnitAmount": 5, "Description": "New"}
    assert messages(xero.change(made, Date="2026-11-05", LineItems=[entry])) == [FROZEN]
    xero.control("switches", {"paid_money_edit": "ignored"})
    changed = xero.change(made, Date="2026-11-05", LineItems=[entry]).json()["Invoices"][0]
    assert (changed["Total"], changed["DateString"]) == (120, "2026-11-02T00:00:00")
    assert changed["LineItems"][0]["Description"] == "New"


def test_lines_left_out_of_a_paid_documents_edit_stay_by_switch(xero: Caller) -> None:
    """5.3 against 5.4."""
    made = xero.create(Status="AUTHORISED", LineItems=[line(), line(Description="Courier")])
    xero.pay(made, 10)
    edit = [{"LineItemID": made["LineItems"][1]["LineItemID"], "Description": "Van"}]
    assert messages(xero.change(made, LineItems=edit)) == [FROZEN]
    xero.control("switches", {"paid_edit_omits_lines": True})
    lines = xero.change(made, LineItems=edit).json()["Invoices"][0]["LineItems"]
    assert [item["Description"] for item in lines] == ["Letterpress cards", "Van"]


def test_lock_dates_bind_drafts_by_switch(xero: Caller) -> None:
    """5.3: nothing dated in a locked period; Xero's pages show it for approved documents only."""
    xero.control(f"organisations/{xero.organisation}", {"period_lock_on": "2026-11-30"})
    made = xero.create()
    assert xero.change(made, DueDate="2026-12-24").status_code == 200
    xero.control("switches", {"lock_binds_drafts": True})
    assert "period lock date" in messages(xero.change(made, DueDate="2026-12-24"))[0]
    assert "period lock date" in messages(xero.put("/Invoices", xero.draft()))[0]
    assert xero.put("/Invoices", xero.draft(Date="2026-12-01")).status_code == 200


def test_every_dated_act_is_held_by_the_lock_dates(xero: Caller) -> None:
    """5.3: payments, allocations and their removal as well as documents."""
    bill, paid = in_status(xero, "ACCPAY", "AUTHORISED"), in_status(xero, "ACCPAY", "AUTHORISED")
    payment = xero.pay(paid).json()["Payments"][0]["PaymentID"]
    wish = {"amount": 50, "date": "2026-11-10", "allocate": False}
    xero.control(f"documents/{bill['InvoiceID']}/prepay", wish)
    credit = xero.get("/Prepayments", page=1).json()["Prepayments"][0]
    path = f"/Prepayments/{credit['PrepaymentID']}/Allocations"
    sent = {"Invoice": {"InvoiceID": bill["InvoiceID"]}, "Amount": 10}
    used = xero.put(path, sent).json()["Allocations"][0]["AllocationID"]
    xero.control(f"organisations/{xero.organisation}", {"end_of_year_lock_on": "2026-11-30"})
    refused = [
        xero.pay(bill, 10),
        xero.post(f"/Payments/{payment}", {"Status": "DELETED"}),
        xero.put(path, sent),
        xero.http.delete(f"/api.xro/2.0{path}/{used}", headers=xero.headers()),
        xero.change(bill, Date="2026-12-01"),
    ]
    assert all("end of year lock date, currently set at 30 November 2026" in item.text for item in refused)


def test_an_advisers_app_passes_the_period_lock_by_switch(xero: Caller) -> None:
    """5.3 and 16.9."""
    xero.control(f"organisations/{xero.organisation}", {"period_lock_on": "2026-11-30"})
    xero.control("switches", {"adviser_passes_period_lock": True})
    wanted = xero.draft(Status="AUTHORISED")
    assert xero.put("/Invoices", wanted).status_code == 400
    adviser = Caller(xero.origin).connect(user="2d84e7f1-6b1c-4f0a-9d3e-7a5c1b9e4f03")
    assert adviser.put("/Invoices", wanted).status_code == 200


@pytest.mark.parametrize(("switch", "moves"), [(True, True), (False, False)])
def test_an_unchanged_write_moves_updated_by_switch(xero: Caller, switch: bool, moves: bool) -> None:
    """4.4."""
    xero.control("switches", {"unchanged_write_moves_updated": switch})
    made = xero.create()
    again = xero.change(made, DueDate="2026-12-02").json()["Invoices"][0]
    assert (again["UpdatedDateUTC"] != made["UpdatedDateUTC"]) is moves


def test_a_document_over_nothing_waits_by_switch(xero: Caller) -> None:
    """5.2."""
    xero.control("switches", {"zero_total_is_paid": False})
    assert xero.create(Status="AUTHORISED", LineItems=[line(UnitAmount=0)])["Status"] == "AUTHORISED"
