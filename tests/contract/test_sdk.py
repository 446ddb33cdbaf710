"""Xero's own Python SDK drives the sandbox through the first journey, and its models are the schema of every answer."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from xero_python.accounting import models as m
from xero_python.exceptions import AccountingBadRequestException

from tests.contract.caller import NZ, UK, Caller, line
from tests.contract.sdk_driver import Driver
from tests.contract.sdk_keys import strangers


@pytest.fixture
def sdk(xero: Caller, tmp_path: Path) -> Driver:
    """The SDK with the app's tokens."""
    return Driver(xero, tmp_path)


def bill(contact_id: str, **fields: Any) -> m.Invoice:
    lines = [
        m.LineItem(
            description="Letterpress cards",
            quantity=2.5,
            unit_amount=33.335,
            account_code="461",
            tax_type="INPUT2",
        )
    ]
    return m.Invoice(
        type="ACCPAY",
        contact=m.Contact(contact_id=contact_id),
        line_items=lines,
        date=dt.date(2026, 11, 2),
        due_date=dt.date(2026, 12, 2),
        invoice_number="PP-8812",
        url="https://studio.example/e/1",
        **fields,
    )


def test_the_sdk_lists_connections(sdk: Driver) -> None:
    held = sdk.identity.get_connections()
    assert [(item.tenant_id, item.tenant_name) for item in held] == [(UK, "Northlight Ltd")]


def test_the_sdk_reads_the_organisation_its_chart_rates_and_currencies(sdk: Driver) -> None:
    organisation = sdk.accounting.get_organisations(UK).organisations[0]
    assert (organisation.name, organisation.short_code) == ("Northlight Ltd", "!NLglS")
    assert any(account.code == "461" for account in sdk.accounting.get_accounts(UK).accounts)
    assert {rate.tax_type for rate in sdk.accounting.get_tax_rates(UK).tax_rates} >= {
        "INPUT2",
        "OUTPUT2",
        "NONE",
    }
    assert len(sdk.accounting.get_currencies(UK).currencies) == 3
    assert len(sdk.accounting.get_organisation_actions(UK).actions) == 13


def test_the_sdk_walks_the_journey_of_a_bill_to_paid_and_back(sdk: Driver) -> None:
    api = sdk.accounting
    contact = api.create_contacts(
        UK, m.Contacts(contacts=[m.Contact(name="Papier Extra", email_address="ap@papier.example")])
    )
    made = api.create_invoices(
        UK,
        m.Invoices(invoices=[bill(contact.contacts[0].contact_id)]),
        summarize_errors=False,
        unitdp=4,
        idempotency_key="b-1",
    ).invoices[0]
    assert (made.status, made.status_attribute_string, made.url) == (
        "DRAFT",
        "OK",
        "https://studio.example/e/1",
    )
    assert (str(made.sub_total), str(made.total)) == ("83.34", "100.01")
    assert (made.date, made.due_date) == (dt.date(2026, 11, 2), dt.date(2026, 12, 2))
    approved = api.update_invoice(
        UK, made.invoice_id, m.Invoices(invoices=[m.Invoice(status="AUTHORISED")])
    ).invoices[0]
    assert approved.status == "AUTHORISED"
    payment = api.create_payment(
        UK,
        m.Payment(
            invoice=m.Invoice(invoice_id=made.invoice_id),
            account=m.Account(code="090"),
            amount=100.01,
            date=dt.date(2026, 11, 20),
        ),
    ).payments[0]
    paid = api.get_invoice(UK, made.invoice_id, unitdp=4).invoices[0]
    assert (paid.status, paid.fully_paid_on_date) == ("PAID", dt.date(2026, 11, 20))
    api.delete_payment(UK, payment.payment_id, m.PaymentDelete(status="DELETED"))
    assert api.get_invoice(UK, made.invoice_id).invoices[0].status == "AUTHORISED"
    voided = api.update_invoice(
        UK, made.invoice_id, m.Invoices(invoices=[m.Invoice(status="VOIDED")])
    ).invoices[0]
    assert voided.status == "VOIDED"


def test_the_sdk_lists_by_every_filter(xero: Caller, tmp_path: Path) -> None:
    xero.connect(NZ)
    api = Driver(xero, tmp_path).accounting
    listed = api.get_invoices(NZ, page=1, page_size=50, statuses=["PAID"], order="Date DESC")
    assert len(listed.invoices) == 50
    assert listed.pagination.item_count == 55
    assert len(api.get_invoices(NZ, where='Type=="ACCPAY" AND Status=="AUTHORISED"').invoices) == 12
    recent = api.get_invoices(NZ, if_modified_since=dt.datetime(2030, 1, 1, tzinfo=dt.UTC))
    assert recent.invoices == []
    assert len(api.get_contacts(NZ, page=1, page_size=10, summary_only=True).contacts) == 10
    assert len(api.get_payments(NZ, page=1).payments) == 55


def test_the_sdk_reads_a_refusal_with_its_messages(sdk: Driver, xero: Caller) -> None:
    wrong = bill(xero.contact(), status="AUTHORISED", currency_code=m.CurrencyCode.SEK)
    with pytest.raises(AccountingBadRequestException) as caught:
        sdk.accounting.create_invoices(UK, m.Invoices(invoices=[wrong]))
    assert caught.value.error_data["Elements"][0]["ValidationErrors"] == [
        {"Message": "Organisation is not subscribed to currency SEK"}
    ]
    found = sdk.accounting.create_invoices(UK, m.Invoices(invoices=[wrong]), summarize_errors=False).invoices[
        0
    ]
    assert (found.status_attribute_string, found.has_errors) == ("ERROR", True)


def test_every_key_of_every_answer_is_one_of_the_sdks(xero: Caller) -> None:
    made = xero.create(
        Status="AUTHORISED", PlannedPaymentDate="2026-12-01", LineItems=[line(), line(AccountCode="425")]
    )
    sale = xero.create(
        Type="ACCREC",
        InvoiceNumber=None,
        ExpectedPaymentDate="2026-12-01",
        LineItems=[
            line(AccountCode="200", DiscountRate=10, Tracking=[{"Name": "Department", "Option": "Film"}])
        ],
    )
    xero.pay(made, 10)
    contact = made["Contact"]["ContactID"]
    refused = xero.put(
        "/Invoices", xero.draft(Contact={"Name": "X"}, CurrencyCode="SEK"), summarizeErrors="false"
    )
    answers = {
        "Organisation": xero.get("/Organisation").json()["Organisations"],
        "Action": xero.get("/Organisation/Actions").json()["Actions"],
        "Account": xero.get("/Accounts").json()["Accounts"],
        "TaxRate": xero.get("/TaxRates").json()["TaxRates"],
        "Currency": xero.get("/Currencies").json()["Currencies"],
        "Contact": [
            *xero.get("/Contacts").json()["Contacts"],
            *xero.get("/Contacts", page=1).json()["Contacts"],
            *xero.get("/Contacts", summaryOnly="true").json()["Contacts"],
            *xero.get(f"/Contacts/{contact}").json()["Contacts"],
        ],
        "Invoice": [
            made,
            sale,
            *refused.json()["Invoices"],
            *(
                xero.get("/Invoices", **query).json()["Invoices"]
                for query in ({}, {"page": 1}, {"summaryOnly": "true"})
            ),
            xero.fresh(made),
        ],
        "Payment": [
            *xero.get("/Payments").json()["Payments"],
            *xero.get("/Payments", page=1).json()["Payments"],
        ],
        "HistoryRecord": xero.get(f"/Invoices/{made['InvoiceID']}/History").json()["HistoryRecords"],
    }
    for model, answer in answers.items():
        assert strangers(answer, model, model) == []
    assert all(answers.values())


def test_the_sdk_makes_orders_credits_and_attachments_and_every_key_is_its_own(
    xero: Caller, sdk: Driver
) -> None:
    api, contact = sdk.accounting, m.Contact(contact_id=xero.contact())
    lines = [m.LineItem(description="Props", quantity=1, unit_amount=10, account_code="461")]
    order = m.PurchaseOrder(
        contact=contact,
        line_items=lines,
        delivery_date=dt.date(2026, 12, 1),
        expected_arrival_date=dt.date(2026, 12, 2),
    )
    made = api.create_purchase_orders(UK, m.PurchaseOrders(purchase_orders=[order])).purchase_orders[0]
    assert made.purchase_order_number == "PO-0001"
    note = m.CreditNote(type="ACCPAYCREDIT", contact=contact, line_items=lines, status="AUTHORISED")
    credit = api.create_credit_notes(UK, m.CreditNotes(credit_notes=[note])).credit_notes[0]
    billed = xero.create(Status="AUTHORISED")
    share = m.Allocation(
        amount=5, date=dt.date(2026, 11, 20), invoice=m.Invoice(invoice_id=billed["InvoiceID"])
    )
    api.create_credit_note_allocation(UK, credit.credit_note_id, m.Allocations(allocations=[share]))
    api.create_invoice_attachment_by_file_name(UK, billed["InvoiceID"], "receipt.pdf", b"%PDF receipt")
    held = api.get_credit_note(UK, credit.credit_note_id).credit_notes[0]
    assert (float(held.remaining_credit), len(held.allocations)) == (7.0, 1)
    assert strangers(xero.get("/PurchaseOrders").json()["PurchaseOrders"], "PurchaseOrder") == []
    assert (
        strangers(xero.get(f"/CreditNotes/{credit.credit_note_id}").json()["CreditNotes"], "CreditNote") == []
    )
    assert strangers(xero.fresh(billed), "Invoice") == []
    assert strangers(xero.get("/BrandingThemes").json()["BrandingThemes"], "BrandingTheme") == []
    assert strangers(xero.get("/TrackingCategories").json()["TrackingCategories"], "TrackingCategory") == []


def test_every_key_of_the_recorded_documents_is_one_of_the_sdks(demo: Caller) -> None:
    assert strangers(demo.get("/Invoices", page=1).json()["Invoices"], "Invoice") == []
    assert strangers(demo.get("/Payments", page=1).json()["Payments"], "Payment") == []
