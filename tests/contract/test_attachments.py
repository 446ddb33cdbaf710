"""Attachments (api/accounting/attachments): bytes in and out, names, overwriting, limits."""

import httpx2
import pytest

from tests.contract.caller import API, Caller, Json, line, messages

RECEIPT = b"%PDF-1.7 a receipt"


def attach(xero: Caller, owner: Json, name: str, content: bytes = RECEIPT, **query: str) -> httpx2.Response:
    path = f"{API}/Invoices/{owner['InvoiceID']}/Attachments/{name}"
    headers = xero.headers() | {"Content-Type": "application/pdf"}
    return xero.http.put(path, content=content, params=query, headers=headers)


def test_a_file_goes_in_and_comes_out_by_name_and_by_id(xero: Caller) -> None:
    bill = xero.create()
    assert bill["HasAttachments"] is False
    made = attach(xero, bill, "receipt 7.pdf").json()["Attachments"][0]
    assert (made["FileName"], made["MimeType"], made["ContentLength"]) == (
        "receipt 7.pdf",
        "application/pdf",
        len(RECEIPT),
    )
    assert made["IncludeOnline"] is False
    for name in (made["AttachmentID"], "receipt%207.pdf"):
        found = xero.http.get(
            f"{API}/Invoices/{bill['InvoiceID']}/Attachments/{name}", headers=xero.headers()
        )
        assert (found.content, found.headers["content-type"]) == (RECEIPT, "application/pdf")
    assert xero.fresh(bill)["HasAttachments"] is True
    assert xero.fresh(bill)["Attachments"][0]["AttachmentID"] == made["AttachmentID"]
    listed = xero.get(f"/Invoices/{bill['InvoiceID']}/Attachments").json()["Attachments"]
    assert [item["FileName"] for item in listed] == ["receipt 7.pdf"]


def test_the_same_name_again_overwrites(xero: Caller) -> None:
    bill = xero.create()
    first = attach(xero, bill, "r.pdf").json()["Attachments"][0]
    second = attach(xero, bill, "r.pdf", b"other").json()["Attachments"][0]
    assert (second["AttachmentID"], second["ContentLength"]) == (first["AttachmentID"], 5)


def test_only_sales_documents_show_a_file_online(xero: Caller) -> None:
    sale = xero.create(Type="ACCREC", InvoiceNumber=None, LineItems=[line(AccountCode="200")])
    assert attach(xero, sale, "a.pdf", IncludeOnline="true").json()["Attachments"][0]["IncludeOnline"] is True
    assert (
        attach(xero, xero.create(), "a.pdf", IncludeOnline="true").json()["Attachments"][0]["IncludeOnline"]
        is False
    )


@pytest.mark.parametrize("name", ["a+b.pdf", "a%3Cb.pdf", "a%7Cb.pdf"])
def test_some_letters_are_not_allowed_in_a_name(xero: Caller, name: str) -> None:
    assert messages(attach(xero, xero.create(), name)) == [
        "The file name contains characters that are not allowed"
    ]


def test_there_are_ten_at_most(xero: Caller) -> None:
    bill = xero.create()
    assert {attach(xero, bill, f"{place}.pdf").status_code for place in range(10)} == {200}
    assert messages(attach(xero, bill, "11.pdf")) == ["No more than 10 attachments are allowed"]


def test_an_unknown_document_or_file_is_a_404(xero: Caller) -> None:
    bill = xero.create()
    assert attach(xero, {"InvoiceID": "11111111-1111-4111-8111-111111111111"}, "a.pdf").status_code == 404
    assert xero.get(f"/Invoices/{bill['InvoiceID']}/Attachments/none.pdf").status_code == 404


@pytest.mark.parametrize("sub", ["Attachments", "History"])
def test_an_id_is_looked_up_in_its_own_collection_only(xero: Caller, sub: str) -> None:
    # section 5.8: "was not found for this endpoint"
    made = xero.create()
    assert xero.get(f"/Invoices/{made['InvoiceID'].upper()}/{sub}").status_code == 200
    for other in ("CreditNotes", "PurchaseOrders", "Contacts", "Accounts"):
        assert xero.get(f"/{other}/{made['InvoiceID']}/{sub}").status_code == 404


def test_a_note_on_what_isnt_there_is_refused_with_the_note(xero: Caller) -> None:
    # section 5.8, and the OpenAPI file's 400 example
    path = "/Invoices/11111111-1111-4111-8111-111111111111/History"
    answer = xero.put(path, {"HistoryRecords": [{"Details": "Hello"}]})
    assert messages(answer) == ["The document with the supplied id was not found for this endpoint."]
    assert answer.json()["Elements"][0]["Details"] == "Hello"
