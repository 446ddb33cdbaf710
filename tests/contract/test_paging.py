"""Which lists are paged, filtered and sorted how, collection by collection (reference section 4.4)."""

import pytest

from bluestamp.sandbox.app import App
from tests.contract.caller import UK, Caller, Json, line

PAGED = (
    "Invoices",
    "CreditNotes",
    "PurchaseOrders",
    "Payments",
    "Contacts",
    "Prepayments",
    "Overpayments",
)


def fill(xero: Caller) -> None:
    """Three documents of every kind, three payments."""
    contact = {"ContactID": xero.contact()}
    for place in range(3):
        dated = {"Date": f"2026-11-0{place + 1}", "Contact": contact, "LineItems": [line()]}
        xero.pay(xero.create(Status="AUTHORISED", InvoiceNumber=f"B-{place}"), 10 + place)
        xero.put("/CreditNotes", {"Type": "ACCPAYCREDIT", "CreditNoteNumber": f"C-{place}", **dated})
        xero.put("/PurchaseOrders", {"PurchaseOrderNumber": f"P-{place}", **dated})


@pytest.mark.parametrize("name", PAGED)
def test_a_page_says_which_it_is_and_how_many_there_are(xero: Caller, name: str) -> None:
    fill(xero)
    said = xero.get(f"/{name}", page=2, pageSize=2).json()
    keys = list(said)
    assert keys.index("pagination") == keys.index(name) - 1
    held = said["pagination"]
    assert (held["page"], held["pageSize"]) == (2, 2)
    assert held["pageCount"] == -(-held["itemCount"] // 2)
    assert len(said[name]) == max(0, min(2, held["itemCount"] - 2))


@pytest.mark.parametrize("name", PAGED)
def test_past_the_last_page_there_is_nothing_and_no_error(xero: Caller, name: str) -> None:
    answer = xero.get(f"/{name}", page=99)
    assert (answer.status_code, answer.json()[name]) == (200, [])


@pytest.mark.parametrize(("page", "size"), [("x", "10"), ("1", "many")])
def test_a_page_that_is_no_number_is_refused(xero: Caller, page: str, size: str) -> None:
    assert xero.get("/Invoices", page=page, pageSize=size).json()["ErrorNumber"] == 16


def test_pages_begin_at_one_and_hold_a_hundred_unless_told_otherwise(xero: Caller) -> None:
    assert xero.get("/Contacts", page=0).json()["pagination"]["page"] == 1
    assert xero.get("/Contacts", page=1).json()["pagination"]["pageSize"] == 100


def test_orders_are_always_paged_and_know_no_where(xero: Caller) -> None:
    fill(xero)
    plain = xero.get("/PurchaseOrders").json()
    assert plain["pagination"]["pageSize"] == 100
    assert all(order["LineItems"] for order in plain["PurchaseOrders"])
    assert len(xero.get("/PurchaseOrders", where='PurchaseOrderNumber=="P-1"').json()["PurchaseOrders"]) == 3
    dated = xero.get("/PurchaseOrders", DateFrom="2026-11-02", DateTo="2026-11-03", order="Date DESC").json()
    assert [order["PurchaseOrderNumber"] for order in dated["PurchaseOrders"]] == ["P-2", "P-1"]
    assert xero.get("/PurchaseOrders", Status="AUTHORISED").json()["PurchaseOrders"] == []


def test_credit_notes_have_lines_only_in_pages(xero: Caller) -> None:
    fill(xero)
    bare = xero.get("/CreditNotes").json()
    assert "pagination" not in bare
    assert not any(note.get("LineItems") for note in bare["CreditNotes"])
    assert all(note["LineItems"] for note in xero.get("/CreditNotes", page=1).json()["CreditNotes"])
    found = xero.get("/CreditNotes", where='CreditNoteNumber=="C-1" AND Type=="ACCPAYCREDIT"').json()
    assert [note["CreditNoteNumber"] for note in found["CreditNotes"]] == ["C-1"]


def test_an_unpaged_invoice_has_its_contact_by_id_and_name_only(xero: Caller) -> None:
    fill(xero)
    said = xero.get("/Invoices").json()["Invoices"][0]
    assert {"ContactID", "Name"} <= said["Contact"].keys()
    assert not any(
        said["Contact"].get(key) for key in ("Addresses", "Phones", "ContactPersons", "EmailAddress")
    )
    assert "Payments" not in said


def test_unpaged_lines_are_absent_or_empty_as_a_switch_says(xero: Caller) -> None:
    fill(xero)
    assert "LineItems" not in xero.get("/Invoices").json()["Invoices"][0]
    xero.control("switches", {"unpaged_lines": "empty"})
    assert xero.get("/Invoices").json()["Invoices"][0]["LineItems"] == []


@pytest.mark.parametrize("name", ["Invoices", "CreditNotes", "Contacts", "Payments", "Items", "Accounts"])
def test_nothing_modified_since_is_an_empty_list_or_a_304_as_a_switch_says(xero: Caller, name: str) -> None:
    # section 16.5
    since = {"If-Modified-Since": "2030-01-01T00:00:00"}
    answer = xero.get(f"/{name}", since)
    assert (answer.status_code, answer.json()[name]) == (200, [])
    xero.control("switches", {"not_modified": "304"})
    answer = xero.get(f"/{name}", since)
    assert (answer.status_code, answer.content) == (304, b"")
    assert xero.get(f"/{name}", {"If-Modified-Since": "2000-01-01T00:00:00"}).status_code == (
        304 if name in {"Invoices", "CreditNotes", "Payments"} else 200
    )


def test_lists_come_by_their_last_change_and_then_by_id(xero: Caller) -> None:
    xero.control("clock", {"freeze": True})
    for place in range(5):
        xero.create(InvoiceNumber=f"B-{place}")
    listed = xero.get("/Invoices").json()["Invoices"]
    keys = [(item["UpdatedDateUTC"], item["InvoiceID"]) for item in listed]
    assert keys == sorted(keys)
    first = listed[0]
    xero.control("clock", {"advance_seconds": 5})
    xero.change(first, DueDate="2026-12-24")
    assert xero.get("/Invoices").json()["Invoices"][-1]["InvoiceID"] == first["InvoiceID"]


def test_ties_in_an_order_are_broken_by_id_so_that_pages_are_stable(xero: Caller) -> None:
    for place in range(7):
        xero.create(InvoiceNumber=f"B-{place}")
    pages = [
        xero.get("/Invoices", page=page, pageSize=2, order="Date").json()["Invoices"] for page in (1, 2, 3, 4)
    ]
    ids = [item["InvoiceID"] for page in pages for item in page]
    assert len(set(ids)) == 7
    assert ids == sorted(ids)


def test_a_summary_goes_with_other_filters(xero: Caller) -> None:
    fill(xero)
    found = xero.get("/Invoices", summaryOnly="true", where="AmountPaid==11", Statuses="AUTHORISED").json()
    [said] = found["Invoices"]
    assert said["InvoiceNumber"] == "B-1"
    assert not {"LineItems", "Payments", "HasAttachments", "CISDeduction"} & said.keys()


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ('PaymentType=="ACCPAYPAYMENT" AND Amount>10', {11.0, 12.0}),
        ('Status=="DELETED"', set()),
        ("Date==DateTime(2026,11,20)", {10.0, 11.0, 12.0}),
        ('Invoice.InvoiceNumber=="B-0"', {10.0}),
    ],
)
def test_payments_are_filtered_by_their_own_fields(xero: Caller, where: str, numbers: set[float]) -> None:
    fill(xero)
    found = xero.get("/Payments", where=where).json()["Payments"]
    assert {item["Amount"] for item in found} == numbers


def test_archived_contacts_are_in_a_list_only_when_asked_for(xero: Caller) -> None:
    every = xero.get("/Contacts", includeArchived="true").json()["Contacts"]
    active = xero.get("/Contacts").json()["Contacts"]
    assert {item["ContactStatus"] for item in active} == {"ACTIVE"}
    assert len(every) == len(active) + 1


def test_search_finds_a_part_and_never_a_pattern(xero: Caller) -> None:
    # section 13.14
    xero.create(InvoiceNumber="100% done_x")
    assert len(xero.get("/Invoices", searchTerm="0% DONE_", page=1).json()["Invoices"]) == 1
    assert xero.get("/Invoices", searchTerm="1%x", page=1).json()["Invoices"] == []


def test_unit_amounts_have_two_decimals_unless_four_are_asked_for(xero: Caller) -> None:
    # sections 4.4 and 13.25
    cheap = line(UnitAmount=0.1234, Quantity=1000)
    rounded = xero.create(LineItems=[cheap])
    assert (rounded["LineItems"][0]["UnitAmount"], rounded["SubTotal"]) == (0.12, 120.0)
    exact: Json = xero.put("/Invoices", xero.draft(LineItems=[cheap]), unitdp="4").json()["Invoices"][0]
    assert (exact["LineItems"][0]["UnitAmount"], exact["SubTotal"]) == (0.1234, 123.4)
    text = xero.get(f"/Invoices/{exact['InvoiceID']}", unitdp=4).text
    assert '"UnitAmount": 0.1234' in text and '"SubTotal": 123.40' in text


def test_more_than_a_hundred_thousand_rows_without_a_page_are_refused(
    xero: Caller, running: tuple[App, str]
) -> None:
    # section 2.2
    store = running[0].world.store
    with store.transaction():
        store.run(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= 100000)"
            " INSERT INTO payments (id, organisation, document, status, type, dated, amount, reference, updated_ms, body)"
            " SELECT 'p' || i, ?, 'd', 'AUTHORISED', 'ACCPAYPAYMENT', '2026-01-01', 1, '', i, '{}' FROM n",
            UK,
        )
    answer = xero.get("/Payments")
    assert answer.status_code == 400
    assert "100000 rows" in answer.json()["Message"]
    assert xero.get("/Payments", where='Reference=="none"').json()["Payments"] == []
