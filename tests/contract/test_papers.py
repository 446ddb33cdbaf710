"""PDFs, online invoices, mails and plan caps (reference sections 4.4, 5.7, 5.8)."""

import re

import httpx2
import pytest

from tests.contract.caller import NZ, UK, Caller, Json, line, messages

PDF = {"Accept": "application/pdf"}


def sale(xero: Caller, **fields: object) -> Json:
    contact = fields.pop("contact", None)
    return xero.create(
        Type="ACCREC",
        InvoiceNumber=None,
        LineItems=[line(AccountCode="200", Description="Poster (signed) – 2 × A2")],
        **({"contact": contact} if contact else {}),
        **fields,
    )


def mail(xero: Caller, invoice: Json) -> httpx2.Response:
    path = f"/api.xro/2.0/Invoices/{invoice['InvoiceID']}/Email"
    return xero.http.post(path, headers=xero.headers(), content=b"")


def is_whole_pdf(content: bytes) -> bool:
    """Does it begin and end as one, and does its table of objects point at them?"""
    places = [int(place) for place in re.findall(rb"^(\d{10}) 00000 n", content, re.MULTILINE)]
    begins = [
        content[place:].startswith(b"%d 0 obj" % number) for number, place in enumerate(places, start=1)
    ]
    return (
        content.startswith(b"%PDF-1.4") and content.endswith(b"%%EOF\n") and len(begins) == 5 and all(begins)
    )


def test_an_invoice_a_note_and_an_order_come_as_pdf(xero: Caller) -> None:
    contact = {"ContactID": xero.contact()}
    lines = [line()]
    note = xero.put("/CreditNotes", {"Type": "ACCPAYCREDIT", "Contact": contact, "LineItems": lines}).json()
    order = xero.put("/PurchaseOrders", {"Contact": contact, "LineItems": lines}).json()
    paths = [
        f"/Invoices/{sale(xero)['InvoiceID']}",
        f"/CreditNotes/{note['CreditNotes'][0]['CreditNoteID']}",
        f"/PurchaseOrders/{order['PurchaseOrders'][0]['PurchaseOrderID']}",
    ]
    for path in paths:
        answer = xero.get(path, PDF)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert is_whole_pdf(answer.content), path


def test_a_pdf_says_who_what_and_how_much(xero: Caller) -> None:
    made = sale(xero, Reference="Job 12")
    said = xero.get(f"/Invoices/{made['InvoiceNumber']}", PDF).content.decode("latin-1")
    for words in (
        f"INVOICE {made['InvoiceNumber']}",
        "Northlight Ltd",
        "Job 12",
        "120.00",
        r"Poster \(signed\)",
    ):
        assert words in said


def test_a_list_or_a_contact_has_no_pdf(xero: Caller) -> None:
    assert xero.get("/Invoices", PDF).status_code == 406
    assert xero.get(f"/Contacts/{xero.contact()}", PDF).status_code == 406
    assert xero.get("/Invoices/none", PDF).status_code == 404


def test_an_online_invoice_leads_to_what_its_customer_sees(xero: Caller) -> None:
    made = sale(xero, Status="AUTHORISED")
    said = xero.get(f"/Invoices/{made['InvoiceID']}/OnlineInvoice").json()
    address = said["OnlineInvoices"][0]["OnlineInvoiceUrl"]
    assert address.startswith(f"{xero.origin}/in/")
    assert is_whole_pdf(xero.http.get(address).content)
    again = xero.get(f"/Invoices/{made['InvoiceID']}/OnlineInvoice").json()
    assert again["OnlineInvoices"] == said["OnlineInvoices"]
    assert xero.http.get("/in/" + "0" * 40).status_code == 404


def test_drafts_and_bills_arent_online(xero: Caller) -> None:
    for made in (sale(xero), xero.create(Status="AUTHORISED")):
        assert messages(xero.get(f"/Invoices/{made['InvoiceID']}/OnlineInvoice"))


@pytest.mark.parametrize("status", ["SUBMITTED", "AUTHORISED"])
def test_a_mail_is_noted_and_marks_the_invoice_as_sent(xero: Caller, status: str) -> None:
    person = {"FirstName": "Mo", "EmailAddress": "mo@alder.example", "IncludeInEmails": True}
    made = xero.put(
        "/Contacts", {"Name": "Alder", "EmailAddress": "ap@alder.example", "ContactPersons": [person]}
    )
    invoice = sale(xero, contact=made.json()["Contacts"][0]["ContactID"], Status=status)
    answer = mail(xero, invoice)
    assert (answer.status_code, answer.content) == (204, b"")
    assert xero.fresh(invoice)["SentToContact"] is True
    history = xero.get(f"/Invoices/{invoice['InvoiceID']}/History").json()["HistoryRecords"]
    assert history[0]["Changes"] == "Invoice sent"
    assert "ap@alder.example, mo@alder.example" in history[0]["Details"]


def test_a_draft_a_bill_and_a_contact_without_address_are_refused_with_400(xero: Caller) -> None:
    silent = xero.put("/Contacts", {"Name": "Silent"}).json()["Contacts"][0]["ContactID"]
    refused = [sale(xero), xero.create(Status="AUTHORISED"), sale(xero, contact=silent, Status="AUTHORISED")]
    assert all(messages(mail(xero, invoice)) for invoice in refused)


@pytest.mark.parametrize(("plan", "allowed"), [({"emails_a_day": 2}, 2), ({"emails_a_day": 0}, 0)])
def test_mails_past_the_days_are_400_not_429_until_tomorrow(xero: Caller, plan: Json, allowed: int) -> None:
    xero.control("clock", {"now": "2026-11-20T12:00:00"})
    xero.connect()
    xero.control(f"organisations/{UK}", plan)
    invoice = sale(xero, Status="AUTHORISED")
    assert [mail(xero, invoice).status_code for _ in range(3)] == [204] * allowed + [400] * (3 - allowed)
    xero.control("clock", {"now": "2026-11-21T12:00:00"})
    xero.connect()
    assert mail(xero, invoice).status_code == (204 if allowed else 400)


def test_a_demo_company_mails_nothing(demo: Caller) -> None:
    approved = 'Type=="ACCREC" AND Status=="AUTHORISED"'
    found = demo.get("/Invoices", page=1, where=approved).json()["Invoices"][0]
    assert demo.organisation == NZ
    assert mail(demo, found).status_code == 400


@pytest.mark.parametrize(("cap", "kind"), [("invoice_cap", "ACCREC"), ("bill_cap", "ACCPAY")])
def test_a_plan_approves_so_many_a_month(xero: Caller, cap: str, kind: str) -> None:
    # section 5.7: Starter plans approve 20 invoices and 5 bills
    xero.control("clock", {"now": "2026-11-20T12:00:00"})
    xero.connect()
    xero.control(f"organisations/{UK}", {cap: 2})
    for _ in range(2):
        xero.create(Type=kind, InvoiceNumber=None, Status="AUTHORISED")
    refused = xero.put("/Invoices", xero.draft(Type=kind, InvoiceNumber=None, Status="AUTHORISED"))
    assert messages(refused) == ["You have reached the limit of invoices you can approve"]
    draft = xero.create(Type=kind, InvoiceNumber=None)
    assert messages(xero.change(draft, Status="AUTHORISED")) == messages(refused)
    said = {item["Name"]: item["Status"] for item in xero.get("/Organisation/Actions").json()["Actions"]}
    name = {"ACCREC": "CreateApprovedInvoice", "ACCPAY": "CreateApprovedBill"}[kind]
    assert (said.pop(name), set(said.values())) == ("NOT-ALLOWED", {"ALLOWED"})
    xero.control("clock", {"now": "2026-12-01T12:00:00"})
    xero.connect()
    assert xero.change(draft, Status="AUTHORISED").status_code == 200


def test_what_a_plan_doesnt_have_isnt_allowed(xero: Caller) -> None:
    xero.control(f"organisations/{UK}", {"forbidden_actions": ["CreateApprovedBill"]})
    refused = xero.put("/Invoices", xero.draft(Status="AUTHORISED"))
    assert messages(refused) == ["You have reached the limit of invoices you can approve"]
    assert xero.create()["Status"] == "DRAFT"


def test_a_batch_past_the_cap_says_which_were_approved(xero: Caller) -> None:
    xero.control(f"organisations/{UK}", {"bill_cap": 1})
    sent = {"Invoices": [xero.draft(Status="AUTHORISED") for _ in range(2)]}
    found = xero.put("/Invoices", sent, summarizeErrors="false").json()["Invoices"]
    assert [item["StatusAttributeString"] for item in found] == ["OK", "ERROR"]
