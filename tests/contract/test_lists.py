"""Paging, filters, where, order and If-Modified-Since (api/accounting/requests-and-responses)."""

import pytest

from tests.contract.caller import NZ, Caller, line


def numbers(caller: Caller, **query: str | int) -> list[str]:
    answer = caller.get("/Invoices", **query)
    assert answer.status_code == 200, answer.text
    return [item["InvoiceNumber"] for item in answer.json()["Invoices"]]


def test_an_unpaged_list_has_no_lines_and_a_paged_one_has(demo: Caller) -> None:
    bare = demo.get("/Invoices").json()
    paged = demo.get("/Invoices", page=1).json()
    assert "pagination" not in bare
    assert len(bare["Invoices"]) == 79
    assert not any("LineItems" in item or "Payments" in item for item in bare["Invoices"])
    assert paged["pagination"] == {"page": 1, "pageSize": 100, "pageCount": 1, "itemCount": 79}
    assert all(item["LineItems"] for item in paged["Invoices"])


def test_pages_follow_each_other_and_end_empty(demo: Caller) -> None:
    pages = [numbers(demo, page=page, pageSize=30) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [30, 30, 19, 0]
    assert [number for page in pages for number in page] == numbers(demo)


@pytest.mark.parametrize(("asked", "got"), [("0", 1), ("5000", 1000), ("25", 25)])
def test_a_page_size_is_clamped(demo: Caller, asked: str, got: int) -> None:
    assert demo.get("/Invoices", pageSize=asked).json()["pagination"]["pageSize"] == got


def test_summary_only_and_statuses_force_paging(demo: Caller) -> None:
    summary = demo.get("/Invoices", summaryOnly="true").json()
    assert "pagination" in summary
    assert not {"LineItems", "Payments", "HasAttachments"} & summary["Invoices"][0].keys()
    drafts = demo.get("/Invoices", Statuses="DRAFT,VOIDED").json()
    assert drafts["pagination"]["itemCount"] == 3
    assert drafts["Invoices"][0]["LineItems"]


WHERES = [
    ('Status=="PAID"', 55),
    ('Status = "paid" AND Type=="ACCREC"', 27),
    ('Type=="ACCPAY" AND (Status=="VOIDED" OR Status=="AUTHORISED")', 13),
    ("AmountDue>1000", 4),
    ("Date>=DateTime(2020,4,1) AND Date<DateTime(2020,4,11)", 7),
    ('Contact.Name=="powerdirect"', 15),
    ('InvoiceNumber=="INV-0027"', 1),
    ('InvoiceNumber.StartsWith("RPT445")', 14),
    ('Reference.Contains("monthly")', 11),
    ('Status!="PAID" && Status!="VOIDED"', 23),
    ('InvoiceId==guid("22b3fab4-ef56-4d70-a110-a7cc3c1a26cd")', 1),
    ("AmountPaid==90.00", 1),
    ("FullyPaidOnDate==null", 24),
]


@pytest.mark.parametrize(("where", "count"), WHERES)
def test_where_finds_what_it_says(demo: Caller, where: str, count: int) -> None:
    found = demo.get("/Invoices", where=where, page=1)
    assert found.status_code == 200, found.text
    assert found.json()["pagination"]["itemCount"] == count


def test_a_quote_in_a_where_is_doubled(demo: Caller) -> None:
    demo.create(InvoiceNumber='12" vinyl')
    assert numbers(demo, where='InvoiceNumber=="12"" vinyl"') == ['12" vinyl']


@pytest.mark.parametrize(
    "where",
    [
        'Status==\\"PAID\\"',
        "Colour==1",
        'Status=="PAID" AND',
        "Status PAID",
        "Date>DateTime(2026,13,1)",
        '(Status=="PAID"',
    ],
)
def test_a_where_that_cant_be_parsed_is_a_400_number_16(demo: Caller, where: str) -> None:
    answer = demo.get("/Invoices", where=where)
    assert (answer.status_code, answer.json()["ErrorNumber"], answer.json()["Type"]) == (
        400,
        16,
        "QueryParseException",
    )


def test_order_is_by_the_fields_asked_for(demo: Caller) -> None:
    found = demo.get("/Invoices", page=1, order="Date DESC, InvoiceNumber").json()["Invoices"]
    days = [item["DateString"] for item in found]
    assert days == sorted(days, reverse=True)
    assert demo.get("/Invoices", order="Colour").status_code == 400


def test_ids_numbers_and_contacts_filter_by_lists(demo: Caller) -> None:
    found = demo.get("/Invoices", page=1, pageSize=3).json()["Invoices"]
    assert len(numbers(demo, IDs=",".join(item["InvoiceID"] for item in found))) == 3
    assert sorted(numbers(demo, InvoiceNumbers="INV-0027,INV-0028,INV-9999")) == ["INV-0027", "INV-0028"]
    assert len(numbers(demo, ContactIDs=found[0]["Contact"]["ContactID"])) == 15


def test_search_looks_into_numbers_and_references(demo: Caller) -> None:
    assert numbers(demo, searchTerm="v-002", page=1)
    assert numbers(demo, searchTerm="MONTHLY SUPPORT", page=1)
    assert numbers(demo, searchTerm="no such thing", page=1) == []


def test_created_by_my_app_leaves_out_what_was_there(demo: Caller) -> None:
    demo.create(InvoiceNumber="MINE")
    assert numbers(demo, createdByMyApp="true") == ["MINE"]


def test_modified_since_sees_what_changed_to_the_second(demo: Caller) -> None:
    demo.control("clock", {"freeze": True, "now": "2026-11-22T10:00:00.900"})
    demo.connect()
    made = demo.create(InvoiceNumber="NEW")
    for since in ("2026-11-22T10:00:00", "Sun, 22 Nov 2026 10:00:00 GMT"):
        found = demo.get("/Invoices", {"If-Modified-Since": since}).json()["Invoices"]
        assert [item["InvoiceID"] for item in found] == [made["InvoiceID"]]
    assert demo.get("/Invoices", {"If-Modified-Since": "2026-11-22T10:00:01"}).json()["Invoices"] == []


def test_modified_since_misses_a_due_date_of_a_part_paid_document(xero: Caller) -> None:
    made = xero.create(Status="AUTHORISED")
    xero.pay(made, 10)
    before = xero.fresh(made)["UpdatedDateUTC"]
    xero.change(made, DueDate="2026-12-24")
    assert xero.fresh(made)["DueDateString"] == "2026-12-24T00:00:00"
    assert xero.fresh(made)["UpdatedDateUTC"] == before
    xero.change(made, Url="https://studio.example/x")
    assert xero.fresh(made)["UpdatedDateUTC"] > before


def test_updated_always_moves_on_even_within_a_millisecond(xero: Caller) -> None:
    xero.control("clock", {"freeze": True})
    made = xero.create()
    changed = xero.change(made, DueDate="2026-12-24").json()["Invoices"][0]
    assert changed["UpdatedDateUTC"] > made["UpdatedDateUTC"]


def test_the_chart_the_rates_and_the_currencies_are_there_whole(xero: Caller) -> None:
    accounts = xero.get("/Accounts").json()["Accounts"]
    by_code = {item["Code"]: item for item in accounts}
    assert by_code["610"]["SystemAccount"] == "DEBTORS"
    assert by_code["800"]["SystemAccount"] == "CREDITORS"
    assert by_code["419"]["Status"] == "ARCHIVED"
    assert by_code["090"]["Type"] == "BANK"
    assert [
        item["Code"] for item in xero.get("/Accounts", where='Status=="ARCHIVED"').json()["Accounts"]
    ] == ["419"]
    rates = {item["TaxType"]: item for item in xero.get("/TaxRates").json()["TaxRates"]}
    assert (rates["OUTPUT2"]["CanApplyToRevenue"], rates["OUTPUT2"]["CanApplyToExpenses"]) == (True, False)
    assert rates["INPUT2"]["EffectiveRate"] == 20
    assert xero.get("/TaxRates/RRINPUT").json()["TaxRates"][0]["EffectiveRate"] == 5
    assert [item["Code"] for item in xero.get("/Currencies").json()["Currencies"]] == ["GBP", "EUR", "USD"]
    assert xero.put("/Currencies", {"Code": "SEK", "Description": "Swedish Krona"}).status_code == 200
    assert xero.create(CurrencyCode="SEK")["CurrencyRate"] == 13.1


def test_organisation_actions_follow_the_plan(xero: Caller) -> None:
    xero.control(f"organisations/{xero.organisation}", {"forbidden_actions": ["CreateApprovedBill"]})
    said = {item["Name"]: item["Status"] for item in xero.get("/Organisation/Actions").json()["Actions"]}
    assert (said["CreateApprovedBill"], said["CreateDraftBill"]) == ("NOT-ALLOWED", "ALLOWED")


def test_an_offline_organisation_is_a_503_of_its_own(demo: Caller) -> None:
    demo.connect("3f1c7b52-9a0e-4d55-8f0a-6f3b7d1e2a10")
    demo.control(f"organisations/{NZ}", {"is_offline": True})
    answer = demo.get("/Organisation")
    assert (answer.status_code, answer.text) == (503, "The Organisation is offline")
    assert (
        demo.get("/Organisation", {"Xero-Tenant-Id": "3f1c7b52-9a0e-4d55-8f0a-6f3b7d1e2a10"}).status_code
        == 200
    )


def test_a_thousand_documents_are_paged_quickly_and_completely(xero: Caller) -> None:
    contact = xero.contact()
    lines = [line()]
    for batch in range(20):
        sent = [
            xero.draft(contact=contact, InvoiceNumber=f"B-{batch}-{place}", LineItems=lines)
            for place in range(50)
        ]
        assert xero.put("/Invoices", {"Invoices": sent}, summarizeErrors="false").status_code == 200
    found = xero.get("/Invoices", page=1, pageSize=1000).json()
    assert found["pagination"]["pageCount"] == 1
    assert len({item["InvoiceNumber"] for item in found["Invoices"]}) == 1000
