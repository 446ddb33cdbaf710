"""XML: what Xero answers unless JSON is asked for, and takes as a body (reference sections 4.2, 12.1 and 13.13)."""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import httpx2
import pytest

from tests.contract.caller import API, Caller

XML = {"Accept": "application/xml"}
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
BILL = """<Invoices><Invoice>
<Type>ACCPAY</Type><Contact><ContactID>{contact}</ContactID></Contact>
<Date>2026-11-02</Date><DueDate>2026-12-02T00:00:00</DueDate><InvoiceNumber>A &amp; B</InvoiceNumber>
<LineItems>
  <LineItem><Description>Cards</Description><Quantity>2.5</Quantity><UnitAmount>10.10</UnitAmount><AccountCode>461</AccountCode>
    <Tracking><TrackingCategory><Name>Department</Name><Option>Film</Option></TrackingCategory></Tracking></LineItem>
  <LineItem><Description>Only words</Description></LineItem>
</LineItems></Invoice></Invoices>"""


def send(xero: Caller, method: str, path: str, body: str = "", **headers: str) -> httpx2.Response:
    """A call with an XML body."""
    said = xero.headers(**{"Content-Type": "application/xml", **XML, **headers})
    return xero.http.request(method, API + path, content=body.encode(), headers=said)


def texts(root: Element, path: str) -> list[str]:
    """The texts at a path."""
    return [node.text or "" for node in root.findall(path)]


@pytest.mark.parametrize("accept", ["", "*/*", "application/xml", "text/xml", "text/html", "image/png"])
def test_whoever_doesnt_ask_for_json_is_answered_in_xml(xero: Caller, accept: str) -> None:
    answer = xero.get("/Organisation", {"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert root.tag == "Response"
    assert [node.tag for node in root] == ["Id", "Status", "ProviderName", "DateTimeUTC", "Organisations"]
    assert root.findtext("Organisations/Organisation/Name") == "Northlight Ltd"
    assert root.findtext("Id") == answer.headers["xero-correlation-id"]


@pytest.mark.parametrize(
    "accept", ["application/json", "APPLICATION/JSON", "application/json, text/plain, */*"]
)
def test_whoever_names_json_gets_json(xero: Caller, accept: str) -> None:
    assert xero.get("/Organisation", {"Accept": accept}).json()["Status"] == "OK"


def test_a_document_reads_the_same_in_both(demo: Caller) -> None:
    where = {"page": 1, "where": 'InvoiceNumber=="INV-0016"'}
    said = demo.get("/Invoices", **where).json()["Invoices"][0]
    answer = demo.get("/Invoices", XML, **where)
    root = ElementTree.fromstring(answer.content)
    invoice = root.find("Invoices/Invoice")
    assert invoice is not None
    assert [node.tag for node in invoice] == [
        key for key in said if not (key.endswith("String") and key.removesuffix("String") in said)
    ]
    assert invoice.findtext("Date") == said["DateString"]
    assert invoice.findtext("Total") == f"{said['Total']:.2f}"
    assert invoice.findtext("HasAttachments") == "false"
    assert texts(invoice, "LineItems/LineItem/LineItemID") == [
        line["LineItemID"] for line in said["LineItems"]
    ]
    assert texts(invoice, "LineItems/LineItem/Tracking/TrackingCategory/Name")
    assert invoice.find("Prepayments") is not None
    assert texts(root, "pagination/itemCount") == ["1"]


def test_xml_is_taken_as_a_body(xero: Caller) -> None:
    answer = send(xero, "PUT", "/Invoices", BILL.format(contact=xero.contact()))
    assert answer.status_code == 200, answer.text
    made = ElementTree.fromstring(answer.content)
    said = xero.get(f"/Invoices/{made.findtext('Invoices/Invoice/InvoiceID')}").json()["Invoices"][0]
    assert (said["InvoiceNumber"], said["SubTotal"], said["DueDateString"]) == (
        "A & B",
        25.25,
        "2026-12-02T00:00:00",
    )
    assert said["LineItems"][0]["Tracking"][0]["Option"] == "Film"
    assert "Quantity" not in said["LineItems"][1]


def test_a_single_element_needs_no_collection(xero: Caller) -> None:
    made = send(
        xero, "PUT", "/Contacts", "<Contact><Name>Alder &amp; Co</Name></Contact>", Accept="application/json"
    )
    assert made.json()["Contacts"][0]["Name"] == "Alder & Co"


def test_a_refusal_is_an_api_exception_with_its_elements(xero: Caller) -> None:
    answer = send(
        xero, "PUT", "/Contacts", "<Contact><Name>X</Name><EmailAddress>none</EmailAddress></Contact>"
    )
    root = ElementTree.fromstring(answer.content)
    assert (answer.status_code, root.tag, root.findtext("ErrorNumber")) == (400, "ApiException", "10")
    assert root.findtext("Type") == "ValidationException"
    element = root.find("Elements/DataContractBase")
    assert element is not None
    assert element.get(XSI_TYPE) == "Contact"
    assert texts(element, "ValidationErrors/ValidationError/Message") == ["Email address must be valid."]


def test_each_element_has_its_status_as_an_attribute_when_errors_arent_summarised(xero: Caller) -> None:
    body = "<Contacts><Contact><Name>Good</Name></Contact><Contact><EmailAddress>a@b.example</EmailAddress></Contact></Contacts>"
    answer = send(xero, "PUT", "/Contacts?summarizeErrors=false", body)
    root = ElementTree.fromstring(answer.content)
    assert answer.status_code == 200
    assert [node.get("status") for node in root.findall("Contacts/Contact")] == ["OK", "ERROR"]


@pytest.mark.parametrize(
    ("body", "number"),
    [
        ("<Invoices><Invoice>", "14"),
        ('<!DOCTYPE x [<!ENTITY a "aa">]><Contact><Name>&a;</Name></Contact>', "14"),
        ("", "17"),
        ("<Contacts />", "17"),
    ],
)
def test_xml_that_cant_be_used_is_refused_by_number(xero: Caller, body: str, number: str) -> None:
    answer = send(xero, "PUT", "/Contacts", body)
    assert answer.status_code == 400
    assert ElementTree.fromstring(answer.content).findtext("ErrorNumber") == number


def test_a_wrong_where_is_an_api_exception_without_elements(xero: Caller) -> None:
    root = ElementTree.fromstring(xero.get("/Invoices", XML, where="Colour==1").content)
    assert (root.findtext("ErrorNumber"), root.findtext("Type")) == ("16", "QueryParseException")
    assert root.find("Elements") is None


def test_the_gates_problems_are_json_whatever_was_asked_for(xero: Caller) -> None:
    xero.organisation = "11111111-1111-1111-1111-111111111111"
    assert xero.get("/Organisation", XML).json()["Detail"] == "AuthenticationUnsuccessful"


def test_control_characters_dont_break_the_xml(xero: Caller) -> None:
    xero.put("/Contacts", {"Name": "Bell\u0007", "FirstName": "<&>\"'"})
    root = ElementTree.fromstring(xero.get("/Contacts", XML, searchTerm="Bell").content)
    assert texts(root, "Contacts/Contact/FirstName") == ["<&>\"'"]
