"""Whatever is sent, the sandbox answers as Xero does: never a 500, and XML that anybody can read (sections 4.3, 4.4, 12.1)."""

from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluestamp.sandbox import xml_wire
from bluestamp.sandbox.app import App
from tests.contract.caller import API, Caller, Json

SLOWLY = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
WORDS = st.sampled_from(
    [
        "Status",
        "==",
        "!=",
        '"PAID"',
        "AND",
        "OR",
        "(",
        ")",
        "Date",
        ">=",
        "DateTime(2026,1,1)",
        "guid(",
        '"',
        ",",
        "null",
        "Contact.Name",
        ".Contains(",
        "Total",
        "12.5",
        "99999999999999999999999999999",
        "-1",
        "true",
        "&&",
        "||",
        "Invoice",
        "\\",
        "'",
        "é",
        "%",
    ]
)
KEYS = {
    "Contacts": [
        "ContactID",
        "Name",
        "EmailAddress",
        "ContactStatus",
        "Phones",
        "Addresses",
        "PaymentTerms",
        "ContactPersons",
    ],
    "Items": [
        "ItemID",
        "Code",
        "Name",
        "SalesDetails",
        "PurchaseDetails",
        "IsSold",
        "InventoryAssetAccountCode",
    ],
    "Accounts": [
        "AccountID",
        "Code",
        "Name",
        "Type",
        "Status",
        "TaxType",
        "EnablePaymentsToAccount",
        "CurrencyCode",
    ],
    "TaxRates": ["Name", "TaxType", "Status", "ReportTaxType", "TaxComponents"],
    "TrackingCategories": ["Name", "Status", "Options"],
    "ContactGroups": ["ContactGroupID", "Name", "Status", "Contacts"],
    "Currencies": ["Code", "Description"],
    "Invoices": [
        "Type",
        "Contact",
        "LineItems",
        "Date",
        "DueDate",
        "Status",
        "CurrencyRate",
        "InvoiceID",
        "Url",
    ],
    "CreditNotes": ["Type", "Contact", "LineItems", "Date", "Status", "Allocations"],
    "PurchaseOrders": ["Contact", "LineItems", "Date", "Status", "DeliveryDate"],
    "Payments": ["Invoice", "Account", "Amount", "Date", "Status", "PaymentID"],
}
INNER = [
    "Name",
    "Code",
    "Type",
    "Day",
    "Rate",
    "UnitPrice",
    "Quantity",
    "UnitAmount",
    "AccountCode",
    "ItemCode",
    "Tracking",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.sampled_from(
        ["", "ACCPAY", "ACTIVE", "AUTHORISED", "EXPENSE", "200", "1e400", "NaN", "2026-13-40", "/Date(9e9)/"]
    )
    | st.text(max_size=20)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(INNER), inner, max_size=3),
    max_leaves=6,
)


@SLOWLY
@given(where=st.lists(WORDS, max_size=8).map(" ".join))
@pytest.mark.parametrize("name", ["Invoices", "Contacts"])
def test_no_where_breaks_anything(xero: Caller, name: str, where: str) -> None:
    answer = xero.get(f"/{name}", where=where, page=1)
    assert answer.status_code in {200, 400}
    if answer.status_code == 400:
        assert answer.json()["ErrorNumber"] in {14, 16}


@SLOWLY
@given(order=st.text(max_size=20) | st.lists(WORDS, max_size=3).map(", ".join))
def test_no_order_breaks_anything(xero: Caller, order: str) -> None:
    assert xero.get("/Invoices", order=order).status_code in {200, 400}


@SLOWLY
@given(data=st.data())
@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_no_body_breaks_anything(
    running: tuple[App, str], xero: Caller, name: str, method: str, data: Any
) -> None:
    xero.control("limits", {"minute": None, "day": None})
    sent: Json = data.draw(st.dictionaries(st.sampled_from(KEYS[name]), VALUES, max_size=5))
    for summarise in ("true", "false"):
        path = f"{API}/{name}?summarizeErrors={summarise}"
        answer = xero.http.request(method, path, json=sent, headers=xero.headers())
        assert answer.status_code in {200, 400, 501}, answer.text
        assert answer.json()


@SLOWLY
@given(raw=st.binary(max_size=60) | st.text(max_size=60).map(lambda text: f"<Contact><Name>{text}".encode()))
def test_no_bytes_break_anything(xero: Caller, raw: bytes) -> None:
    answer = xero.http.put(f"{API}/Contacts", content=raw, headers=xero.headers())
    assert answer.status_code in {200, 400}


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.text() | st.booleans() | st.decimals(allow_nan=False, allow_infinity=False, places=2),
        lambda inner: (
            st.lists(st.dictionaries(st.sampled_from(INNER), inner, max_size=3), max_size=3)
            | st.dictionaries(st.sampled_from(INNER), inner, max_size=3)
        ),
        max_leaves=8,
    )
)
def test_everything_that_can_be_said_in_json_is_readable_xml(said: Any) -> None:
    root = ElementTree.fromstring(xml_wire.encode({"Id": "x", "Things": said}))
    assert root.findtext("Id") == "x"
    if isinstance(said, Decimal):
        assert Decimal(root.findtext("Things") or "") == said
    if isinstance(said, bool):
        assert root.findtext("Things") == str(said).lower()
