"""What Xero's bytes look like (traffic recorded by XeroAPI/xero-python)."""

import re

import pytest

from tests.contract.caller import Caller

GUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")


def test_json_is_indented_by_two_with_crlf_and_escaped_dates(demo: Caller) -> None:
    text = demo.get("/Invoices/22b3fab4-ef56-4d70-a110-a7cc3c1a26cd").content.decode()
    assert text.startswith('{\r\n  "Id": "')
    assert "\n" not in text.replace("\r\n", "")
    assert r'"Date": "\/Date(1563753600000+0000)\/"' in text
    assert '"DateString": "2019-07-22T00:00:00"' in text
    assert re.search(r'"DateTimeUTC": "\\/Date\(\d+\)\\/"', text)
    assert '"UpdatedDateUTCString": "2010-11-12T12:55:16Z"' in text


def test_money_has_two_decimals_quantities_four_and_rates_six(demo: Caller) -> None:
    text = demo.get("/Invoices/22b3fab4-ef56-4d70-a110-a7cc3c1a26cd").text
    for said in ('"Total": 89.00', '"Quantity": 1.0000', '"CurrencyRate": 1.000000', '"UnitAmount": 89.00'):
        assert said in text


def test_the_envelope_and_headers_are_xeros(demo: Caller) -> None:
    answer = demo.get("/Organisation")
    said = answer.json()
    assert list(said) == ["Id", "Status", "ProviderName", "DateTimeUTC", "Organisations"]
    assert (said["Status"], said["ProviderName"]) == ("OK", "Bluestamp")
    assert GUID.match(said["Id"])
    assert answer.headers["xero-correlation-id"] == said["Id"]
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "max-age=0, no-cache, no-store"


def test_keys_of_a_listed_invoice_come_in_the_recorded_order(demo: Caller) -> None:
    # XeroAPI/xero-python, test_invoice_attachment_upload_and_download; UpdatedDateUTCString came later, in July 2026
    recorded = [
        "Type",
        "InvoiceID",
        "InvoiceNumber",
        "Reference",
        "Payments",
        "CreditNotes",
        "Prepayments",
        "Overpayments",
        "AmountDue",
        "AmountPaid",
        "AmountCredited",
        "SentToContact",
        "CurrencyRate",
        "IsDiscounted",
        "HasAttachments",
        "HasErrors",
        "Contact",
        "DateString",
        "Date",
        "DueDateString",
        "DueDate",
        "BrandingThemeID",
        "Status",
        "LineAmountTypes",
        "LineItems",
        "SubTotal",
        "TotalTax",
        "Total",
        "UpdatedDateUTC",
        "UpdatedDateUTCString",
        "CurrencyCode",
        "FullyPaidOnDate",
    ]
    found = demo.get("/Invoices", page=1, where='InvoiceNumber=="INV-0016"').json()["Invoices"][0]
    assert list(found) == recorded


@pytest.mark.parametrize(
    "sent", ["2026-11-02", "2026-11-02T00:00:00", "/Date(1793577600000+0000)/", "/Date(1793577600000)/"]
)
def test_a_day_is_read_in_every_way_xero_reads_one(xero: Caller, sent: str) -> None:
    assert xero.create(Date=sent)["DateString"] == "2026-11-02T00:00:00"


def test_numbers_may_come_as_strings(xero: Caller) -> None:
    line = {"Description": "x", "Quantity": "2.5", "UnitAmount": "10.10", "AccountCode": "461"}
    assert xero.create(LineItems=[line])["SubTotal"] == 25.25


def test_an_unknown_address_is_a_404_in_plain_text_and_an_unknown_method_a_501(xero: Caller) -> None:
    missing = xero.get("/Nonsense")
    assert (missing.status_code, missing.text) == (404, "The resource you're looking for cannot be found")
    assert missing.headers["content-type"].startswith("text/plain")
    wrong = xero.http.delete("/api.xro/2.0/Invoices", headers=xero.headers())
    assert (wrong.status_code, wrong.json()["ErrorNumber"]) == (501, 20)
