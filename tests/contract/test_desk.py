"""The web face: lists with filters, everything a person presses on documents and contacts, the inspector, the workbench."""

import re

import httpx2
import pytest

from bluestamp.sandbox import contact_acts, workbench
from tests.contract.caller import NZ, UK, Caller, Json, line


def press(xero: Caller, path: str, /, **form: str | list[str]) -> httpx2.Response:
    """Press a button; the address that it leads to, or the page that says why not."""
    return xero.http.post(path, data=form)


def page(xero: Caller, path: str) -> str:
    answer = xero.http.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def shown(text: str) -> set[str]:
    """The ids of the rows on a page."""
    return set(re.findall(r'data-row="([^"]+)"', text))


def order(xero: Caller, **fields: object) -> Json:
    sent = {
        "Contact": {"ContactID": xero.contact()},
        "Status": "AUTHORISED",
        "Date": "2026-11-02",
        "LineItems": [line(Quantity="2", UnitAmount="12.345", TaxType="INPUT2")],
        **fields,
    }
    made: Json = xero.put("/PurchaseOrders", sent).json()["PurchaseOrders"][0]
    return made


@pytest.fixture
def kinds(xero: Caller) -> dict[str, str]:
    """One document of each kind, by its deep link's path (api-guides/deep-link-xero)."""
    contact = {"ContactID": xero.contact()}
    sales = [line(AccountCode="200")]
    bill = xero.create()["InvoiceID"]
    sale = xero.create(Type="ACCREC", InvoiceNumber="LDN-1", LineItems=sales)["InvoiceID"]
    notes = [
        xero.put(
            "/CreditNotes", {"Type": type_, "Contact": contact, "LineItems": lines, "Status": "AUTHORISED"}
        ).json()["CreditNotes"][0]["CreditNoteID"]
        for type_, lines in (("ACCPAYCREDIT", [line()]), ("ACCRECCREDIT", sales))
    ]
    return {
        f"/AccountsPayable/Edit.aspx?InvoiceID={bill}": "Bills",
        f"/AccountsPayable/View.aspx?InvoiceID={bill}": "Bills",
        f"/AccountsReceivable/View.aspx?InvoiceID={sale}": "Invoices",
        f"/AccountsPayable/ViewCreditNote.aspx?creditNoteID={notes[0]}": "Supplier credits",
        f"/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={notes[1]}": "Credit notes",
        f"/Accounts/Payable/PurchaseOrders/View/{order(xero)['PurchaseOrderID']}/": "Purchase orders",
        f"/documents/{bill}": "Bills",
        f"/Contacts/View/{contact['ContactID']}": "Contacts",
    }


def test_every_deep_link_opens_the_page_of_its_kind(xero: Caller, kinds: dict[str, str]) -> None:
    for path, section in kinds.items():
        text = page(xero, path)
        assert f"{section} /" in text
        assert "History" in text and "API calls about it" in text
    assert "<h1>Invoice LDN-1</h1>" in page(
        xero, next(path for path in kinds if "AccountsReceivable/View.aspx" in path)
    )


def test_a_document_has_its_paper_and_a_bank_transaction_none(xero: Caller) -> None:
    bill = xero.create(Status="AUTHORISED")["InvoiceID"]
    answer = xero.http.get(f"/documents/{bill}/paper")
    assert answer.content.startswith(b"%PDF") and answer.headers["content-type"] == "application/pdf"
    press(xero, f"/documents/{bill}/prepay", amount="10", account="090")
    state = xero.control(f"state?organisation={UK}", method="GET")["organisations"][UK]
    made = state["bank_transactions"][0]["BankTransactionID"]
    assert "Transactions" in page(xero, f"/Bank/ViewTransaction.aspx?bankTransactionID={made}")
    assert xero.http.get(f"/documents/{made}/paper").status_code == 404


def test_a_document_that_is_gone_is_a_page_that_says_so(xero: Caller) -> None:
    answer = xero.http.get("/AccountsPayable/Edit.aspx?InvoiceID=00000000-0000-0000-0000-000000000001")
    assert answer.status_code == 404
    assert "nothing at this address" in answer.text


LISTS = [
    ("", {"bill", "sale", "order", "note"}),
    ("type=ACCPAY", {"bill"}),
    ("type=ACCREC", {"sale"}),
    ("type=PURCHASEORDER", {"order"}),
    ("type=ACCRECCREDIT", {"note"}),
    ("type=ACCPAYCREDIT", set()),
    ("status=draft", {"bill", "note"}),
    ("status=unpaid&type=ACCREC", {"sale"}),
    ("q=ldn-7", {"sale"}),
    ("q=rebrand", {"sale"}),
    ("from=2026-11-03", {"sale"}),
    ("to=2026-11-02&type=ACCPAY", {"bill"}),
    ("sort=total", {"bill", "sale", "order", "note"}),
    ("page=2", set()),
    ("page=none&sort=none&status=none&type=none", {"bill", "sale", "order", "note"}),
]


@pytest.mark.parametrize(("query", "names"), LISTS)
def test_a_list_shows_what_was_asked_for(xero: Caller, query: str, names: set[str]) -> None:
    contact = {"ContactID": xero.contact()}
    sales = {"Status": "AUTHORISED", "Date": "2026-11-10", "LineItems": [line(AccountCode="200")]}
    note = {"Type": "ACCRECCREDIT", "Contact": contact, "Date": "2026-11-01", "LineItems": [line()]}
    made = {
        "bill": xero.create()["InvoiceID"],
        "sale": xero.create(Type="ACCREC", InvoiceNumber="LDN-7", Reference="Rebrand", **sales)["InvoiceID"],
        "order": order(xero)["PurchaseOrderID"],
        "note": xero.put("/CreditNotes", note).json()["CreditNotes"][0]["CreditNoteID"],
    }
    assert shown(page(xero, f"/organisations/{UK}?{query}")) == {made[name] for name in names}


def test_overdue_are_those_approved_and_unpaid_past_their_day(xero: Caller) -> None:
    late = xero.create(Status="AUTHORISED", Date="2020-01-01", DueDate="2020-02-01")
    xero.create(Date="2020-01-01", DueDate="2020-02-01")
    assert shown(page(xero, f"/organisations/{UK}?overdue=1")) == {late["InvoiceID"]}


def test_thousands_are_paged_and_counted(xero: Caller) -> None:
    xero.control("fill", {"organisation": UK, "documents": 1200})
    text = page(xero, f"/organisations/{UK}?page=3")
    assert len(shown(text)) == 50
    assert "Page 3 of 24" in text and "<b>1,200</b>" in text


def test_an_order_is_copied_to_a_bill_and_marked_as_billed(xero: Caller) -> None:
    made = order(xero)
    answer = press(xero, f"/documents/{made['PurchaseOrderID']}/copy_to_bill")
    assert answer.headers["location"].startswith("/AccountsPayable/Edit.aspx?InvoiceID=")
    bill = xero.get(f"/Invoices/{answer.headers['location'][-36:]}").json()["Invoices"][0]
    assert (bill["Type"], bill["Status"], bill["InvoiceNumber"]) == (
        "ACCPAY",
        "DRAFT",
        made["PurchaseOrderNumber"],
    )
    assert (bill["SubTotal"], bill["Total"]) == (made["SubTotal"], made["Total"])
    fresh = xero.get(f"/PurchaseOrders/{made['PurchaseOrderID']}").json()["PurchaseOrders"][0]
    assert fresh["Status"] == "BILLED"
    assert "Copied to bill" in page(xero, f"/documents/{made['PurchaseOrderID']}")


def test_a_bill_cant_be_copied_to_a_bill(xero: Caller) -> None:
    refused = press(xero, f"/documents/{xero.create()['InvoiceID']}/copy_to_bill")
    assert refused.status_code == 400
    assert "Only a purchase order that stands can be copied to a bill" in refused.text


def credit(xero: Caller, type_: str = "ACCPAYCREDIT") -> Json:
    sent = {
        "Type": type_,
        "Contact": {"ContactID": xero.contact()},
        "Status": "AUTHORISED",
        "LineItems": [line(UnitAmount=50)],
    }
    made: Json = xero.put("/CreditNotes", sent).json()["CreditNotes"][0]
    return made


def test_credit_is_used_from_either_side_taken_back_and_refunded(xero: Caller) -> None:
    bill, note = xero.create(Status="AUTHORISED"), credit(xero)
    assert "Use it here" in page(xero, f"/documents/{bill['InvoiceID']}")
    press(xero, f"/documents/{note['CreditNoteID']}/allocate", invoice=bill["InvoiceID"], amount="20")
    assert xero.fresh(bill)["AmountCredited"] == 20
    press(xero, f"/documents/{bill['InvoiceID']}/unallocate")
    assert xero.fresh(bill)["AmountCredited"] == 0
    press(xero, f"/documents/{note['CreditNoteID']}/pay", amount="60", account="090")
    fresh = xero.get(f"/CreditNotes/{note['CreditNoteID']}").json()["CreditNotes"][0]
    assert (fresh["Status"], fresh["RemainingCredit"]) == ("PAID", 0)


@pytest.mark.parametrize(("verb", "collection"), [("prepay", "Prepayments"), ("overpay", "Overpayments")])
def test_money_before_or_beyond_an_invoice_is_taken_on_its_page(
    xero: Caller, verb: str, collection: str
) -> None:
    bill = xero.create(Status="AUTHORISED")
    answer = press(xero, f"/documents/{bill['InvoiceID']}/{verb}", amount="150", account="090")
    assert answer.status_code == 302, answer.text
    assert xero.fresh(bill)["Status"] == "PAID"
    assert len(xero.get(f"/{collection}", page=1).json()[collection]) == 1
    assert len(shown(page(xero, f"/organisations/{UK}?type=ADVANCES"))) == 1


def test_many_are_done_at_once_and_each_refusal_is_told(xero: Caller) -> None:
    bills = [xero.create(InvoiceNumber=f"B-{place}") for place in range(3)]
    void = xero.create(InvoiceNumber="GONE", Status="AUTHORISED")
    xero.change(void, Status="VOIDED")
    chosen = [item["InvoiceID"] for item in (*bills, void)]
    answer = press(xero, f"/organisations/{UK}/documents", verb="approve", document=chosen)
    assert "done for 3 documents" in answer.text and "GONE: " in answer.text
    assert {xero.fresh(item)["Status"] for item in bills} == {"AUTHORISED"}


def test_contacts_are_listed_searched_and_told_apart(xero: Caller) -> None:
    made = xero.put("/Contacts", {"Name": "Heron Air", "EmailAddress": "k@heron.example"}).json()
    contact = made["Contacts"][0]["ContactID"]
    assert shown(page(xero, f"/organisations/{UK}/contacts?q=HERON.example")) == {contact}
    xero.control(f"contacts/{contact}/archive")
    assert shown(page(xero, f"/organisations/{UK}/contacts?q=heron")) == set()
    assert shown(page(xero, f"/organisations/{UK}/contacts?q=heron&tab=archived")) == {contact}


def test_a_person_edits_archives_and_restores_a_contact(xero: Caller) -> None:
    contact = xero.contact()
    for verb, form, field, value in (
        ("edit", {"EmailAddress": "new@example.com"}, "EmailAddress", "new@example.com"),
        ("archive", {}, "ContactStatus", "ARCHIVED"),
        ("restore", {}, "ContactStatus", "ACTIVE"),
    ):
        answer = press(xero, f"/contacts/{contact}/{verb}", **form)
        assert answer.headers["location"] == f"/Contacts/View/{contact}"
        found = xero.get("/Contacts", IDs=contact, includeArchived="true", page=1).json()["Contacts"][0]
        assert found[field] == value


def test_a_merged_contact_leaves_its_documents_to_the_other_and_stays_archived(xero: Caller) -> None:
    loser = xero.put("/Contacts", {"Name": "Doubled Ltd"}).json()["Contacts"][0]["ContactID"]
    winner = xero.contact()
    bill = xero.create(contact=loser)
    press(xero, f"/contacts/{loser}/merge", into=winner)
    assert xero.fresh(bill)["Contact"]["ContactID"] == winner
    gone = xero.get(f"/Contacts/{loser}").json()["Contacts"][0]
    assert (gone["ContactStatus"], gone["MergedToContactID"]) == ("ARCHIVED", winner)
    assert xero.fresh(bill)["UpdatedDateUTC"] != bill["UpdatedDateUTC"]
    refused = press(xero, f"/contacts/{loser}/restore")
    assert "was merged" in refused.text


@pytest.mark.parametrize("into", ["Nobody Known", "itself"])
def test_a_contact_is_merged_into_another_active_one_only(xero: Caller, into: str) -> None:
    contact = xero.contact()
    answer = press(xero, f"/contacts/{contact}/merge", into=contact if into == "itself" else into)
    assert answer.status_code == 400
    assert xero.get(f"/Contacts/{contact}").json()["Contacts"][0]["ContactStatus"] == "ACTIVE"


@pytest.mark.parametrize("verb", sorted(contact_acts.VERBS))
def test_another_organisations_contact_is_left_alone(xero: Caller, verb: str) -> None:
    stranger = Caller(xero.origin, NZ).connect().contact()
    xero.control("calls", method="DELETE")
    answer = xero.http.post(f"/contacts/{stranger}/{verb}", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400


def test_a_call_can_be_found_by_words_in_its_body_and_read_whole(xero: Caller) -> None:
    xero.create(InvoiceNumber="FIND-ME-4711")
    xero.get("/Organisation")
    found = shown(page(xero, "/calls?q=FIND-ME-4711"))
    assert len(found) == 1
    text = page(xero, f"/calls/{found.pop()}")
    assert "FIND-ME-4711" in text and "Xero-Tenant-Id" in text and "curl -X PUT" in text


@pytest.mark.parametrize(("tab", "count"), [("all", 4), ("writes", 2), ("failed", 1), ("identity", 0)])
def test_calls_have_their_tabs(xero: Caller, tab: str, count: int) -> None:
    xero.control("calls", method="DELETE")
    xero.create()
    xero.get("/Invoices", where="Nonsense")
    xero.post("/Contacts", {"Name": "Anybody"})
    assert len(shown(page(xero, f"/calls?tab={tab}"))) == count


def test_one_webhook_is_shown_with_its_bytes_and_signature(xero: Caller) -> None:
    xero.control("webhook", {"url": "http://localhost:1/none", "key": "k"})
    assert "http://localhost:1/none" in page(xero, "/webhooks")
    assert xero.http.get("/webhooks/99").status_code == 404
    press(xero, "/workbench/subscribe", url="")
    assert xero.control("webhook", method="GET")["state"] == "none"


PRESETS = [name for group in workbench.PRESETS.values() for name, _, _ in group]


@pytest.mark.parametrize("name", PRESETS)
def test_every_button_for_a_fault_sets_one(xero: Caller, name: str) -> None:
    assert press(xero, "/workbench/preset", preset=name, organisation=UK).status_code == 302
    listed = xero.control("faults", method="GET")["faults"]
    assert len(listed) == 1
    assert str(listed[0]["kind"]) in page(xero, "/workbench")
    press(xero, "/workbench/clear", id=str(listed[0]["id"]))
    assert xero.control("faults", method="GET")["faults"] == []


def test_an_exact_fault_is_set_with_its_scope(xero: Caller) -> None:
    form = {"kind": "503", "path": "/api.xro/", "every": "2", "chance": "1", "count": "3", "organisation": UK}
    press(xero, "/workbench/fault", **form)
    fault = xero.control("faults", method="GET")["faults"][0]
    assert (fault["every"], fault["count"], fault["organisation"]) == (2, 3, UK)
    assert press(xero, "/workbench/fault", kind="503", count="many").status_code == 400


def test_the_workbench_moves_clock_limits_and_switches(xero: Caller) -> None:
    before = xero.control("clock", method="GET")["now"]
    press(xero, "/workbench/clock", advance="86400")
    assert xero.control("clock", method="GET")["now"] > before
    press(xero, "/workbench/clock", now="2026-03-18T09:00")
    assert xero.control("clock", method="GET")["now"].startswith("2026-03-18T09:00")
    press(xero, "/workbench/clock", real="1")
    press(xero, "/workbench/limits", minute="", day="7")
    held = xero.control("limits", method="GET")
    assert (held["minute"], held["day"]) == (None, 7)
    press(xero, "/workbench/switch", name="not_modified", value="304")
    named = {item["name"]: item["value"] for item in xero.control("switches", method="GET")["switches"]}
    assert named["not_modified"] == "304"
    assert press(xero, "/workbench/switch", name="nonsense", value="1").status_code == 400


def test_the_workbench_fills_and_begins_anew(xero: Caller) -> None:
    press(xero, "/workbench/fill", organisation=NZ, documents="20")
    press(xero, "/workbench/reset")
    state = xero.control(f"state?organisation={NZ}", method="GET")["organisations"][NZ]
    assert len(state["documents"]) == 79


def test_the_frame_remembers_the_organisation(xero: Caller) -> None:
    assert "Northlight Ltd" in page(xero, f"/organisations/{UK}")
    text = page(xero, f"/organisations/{NZ}")
    assert f"/organisations/{NZ}?type=ACCREC" in text
    assert f"/organisations/{NZ}?type=ACCREC" in page(xero, "/calls")


@pytest.mark.parametrize("path", ["/", "/calls", "/workbench", f"/organisations/{UK}/contacts"])
def test_pages_let_no_stranger_in(xero: Caller, path: str) -> None:
    policy = xero.http.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
