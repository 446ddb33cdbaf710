"""Creating and finding invoices and bills: contact, accounts, tax, numbers, currency, totals, warnings, batches."""

from typing import Any

import pytest

from tests.contract.caller import NZ, UK, Caller, Json, line, messages


def test_the_smallest_draft_has_a_type_a_contact_and_lines(xero: Caller) -> None:
    sent = {
        "Type": "ACCPAY",
        "Contact": {"ContactID": xero.contact()},
        "LineItems": [{"Description": "Only words"}],
    }
    made = xero.put("/Invoices", sent).json()["Invoices"][0]
    assert (made["Status"], made["Total"], made["InvoiceNumber"], made["Reference"]) == ("DRAFT", 0, "", "")
    assert "Quantity" not in made["LineItems"][0]


def test_a_date_left_out_is_today_in_the_organisations_zone(origin: str) -> None:
    nz = Caller(origin, NZ)
    nz.control("clock", {"now": "2026-11-22T23:30:00"})
    made = nz.connect().create(Date=None)
    assert made["DateString"] == "2026-11-23T00:00:00"


def test_quantity_defaults_to_one_and_tax_to_the_accounts_own(xero: Caller) -> None:
    made = xero.create(LineItems=[{"Description": "Foil", "UnitAmount": "12.50", "AccountCode": "461"}])
    assert [made["LineItems"][0][name] for name in ("Quantity", "TaxType", "LineAmount", "TaxAmount")] == [
        1,
        "INPUT2",
        12.5,
        2.5,
    ]


REFUSALS: list[tuple[str, Json, str]] = [
    ("no type", {"Type": None}, "Invoice Type must be specified"),
    ("a credit note's type", {"Type": "ACCPAYCREDIT"}, "Invoice not of valid type for creation"),
    ("no contact", {"Contact": {}}, "A Contact must be specified for this type of transaction"),
    (
        "debtors",
        {"LineItems": [line(AccountCode="610")]},
        "Account code '610' is not a valid code for this document.",
    ),
    (
        "a bank account",
        {"LineItems": [line(AccountCode="090")]},
        "Account code '090' is not a valid code for this document.",
    ),
    (
        "unknown account, approved",
        {"Status": "AUTHORISED", "LineItems": [line(AccountCode="999")]},
        "Account code '999' is not a valid code for this document.",
    ),
    (
        "archived account",
        {"LineItems": [line(AccountCode="419")]},
        "Account code '419' has been archived, or has been deleted. Each line item must reference a valid account.",
    ),
    (
        "no account, approved",
        {"Status": "AUTHORISED", "LineItems": [{"Description": "x", "UnitAmount": 1}]},
        "Account code must be specified",
    ),
    (
        "unknown tax",
        {"LineItems": [line(TaxType="MAGIC")]},
        "The TaxType code MAGIC does not exist or cannot be used for this type of transaction.",
    ),
    (
        "income tax on an expense",
        {"LineItems": [line(TaxType="OUTPUT2")]},
        "The TaxType code 'OUTPUT2' cannot be used with account code '461'.",
    ),
    (
        "no lines, approved",
        {"Status": "AUTHORISED", "LineItems": []},
        "One or more line items must be specified",
    ),
    ("currency", {"CurrencyCode": "SEK"}, "Organisation is not subscribed to currency SEK"),
    (
        "line amount",
        {"LineItems": [line(LineAmount=99)]},
        "The line total 99.00 does not match the expected line total 100.00",
    ),
    ("total", {"Total": 1}, "The document total does not equal the sum of the lines."),
    (
        "url without scheme",
        {"Url": "studio.example/x"},
        "Url must be a valid absolute Url and cannot contain 'xero'.",
    ),
    (
        "url of xero",
        {"Url": "https://go.xero.com/x"},
        "Url must be a valid absolute Url and cannot contain 'xero'.",
    ),
    (
        "own id",
        {"InvoiceID": "11111111-1111-4111-8111-111111111111"},
        "InvoiceID cannot be specified when creating an invoice.",
    ),
]


@pytest.mark.parametrize(("what", "fields", "sentence"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_a_wrong_document_is_refused_in_xeros_words(
    xero: Caller, what: str, fields: Json, sentence: str
) -> None:
    answer = xero.put("/Invoices", xero.draft(**fields))
    assert sentence in messages(answer)
    said = answer.json()
    assert (said["ErrorNumber"], said["Type"]) == (10, "ValidationException")
    assert said["Elements"][0]["HasErrors"] is True
    assert xero.get("/Invoices", page=1).json()["pagination"]["itemCount"] == 0


def test_every_fault_of_an_element_is_told_at_once(xero: Caller) -> None:
    wrong = xero.draft(
        Status="AUTHORISED", CurrencyCode="SEK", LineItems=[line(AccountCode="090", TaxType="MAGIC")]
    )
    assert len(messages(xero.put("/Invoices", wrong))) == 3


def test_an_unknown_account_on_a_draft_is_dropped_with_a_warning(xero: Caller) -> None:
    made = xero.create(LineItems=[line(AccountCode="999")])
    assert "AccountCode" not in made["LineItems"][0]
    assert made["Warnings"] == [
        {"Message": "Account code '999' has been removed as it does not match a recognised account."}
    ]


def test_an_archived_account_is_refused_from_then_on(xero: Caller) -> None:
    assert xero.create()["Status"] == "DRAFT"
    xero.control(f"organisations/{UK}", {"archive_account": "461"})
    assert "has been archived" in messages(xero.put("/Invoices", xero.draft()))[0]


def test_only_an_approved_invoice_is_marked_as_sent(xero: Caller) -> None:
    sales = {
        "Type": "ACCREC",
        "InvoiceNumber": None,
        "LineItems": [line(AccountCode="200")],
        "SentToContact": True,
    }
    draft = xero.create(**sales)
    assert draft["Warnings"] == [{"Message": "Only AUTHORISED invoices may have SentToContact updated."}]
    assert "SentToContact" not in draft
    assert xero.create(**sales, Status="AUTHORISED")["SentToContact"] is True


def test_a_sales_number_is_unique_and_a_bills_is_not(xero: Caller) -> None:
    sales: dict[str, Any] = {
        "Type": "ACCREC",
        "InvoiceNumber": "LDN-1",
        "LineItems": [line(AccountCode="200")],
    }
    first = xero.create(**sales)
    assert messages(xero.put("/Invoices", xero.draft(**sales))) == ["Invoice # must be unique."]
    xero.change(first, Status="DELETED")
    assert messages(xero.put("/Invoices", xero.draft(**sales))) == ["Invoice # must be unique."]
    assert xero.create()["InvoiceID"] != xero.create()["InvoiceID"]


def test_posting_a_used_sales_number_changes_that_invoice_unless_it_is_closed(xero: Caller) -> None:
    sales: dict[str, Any] = {
        "Type": "ACCREC",
        "InvoiceNumber": "LDN-1",
        "LineItems": [line(AccountCode="200")],
    }
    first = xero.create(**sales)
    again = xero.post("/Invoices", xero.draft(**sales, Reference="Order 7")).json()["Invoices"][0]
    assert (again["InvoiceID"], again["Reference"]) == (first["InvoiceID"], "Order 7")
    xero.change(first, Status="DELETED")
    assert messages(xero.post("/Invoices", xero.draft(**sales))) == [
        "Invoice not of valid status for modification"
    ]


def test_posting_a_used_bill_number_makes_another_bill(xero: Caller) -> None:
    first = xero.create()
    again = xero.post("/Invoices", xero.draft()).json()["Invoices"][0]
    assert again["InvoiceID"] != first["InvoiceID"]


def test_sales_numbers_are_given_in_order_and_skip_used_ones(xero: Caller) -> None:
    sales: dict[str, Any] = {"Type": "ACCREC", "LineItems": [line(AccountCode="200")]}
    xero.create(**sales, InvoiceNumber="INV-0002")
    assert [xero.create(**sales, InvoiceNumber=None)["InvoiceNumber"] for _ in range(2)] == [
        "INV-0001",
        "INV-0003",
    ]


def test_a_contact_named_only_by_a_new_name_is_created(xero: Caller) -> None:
    made = xero.create(Contact={"Name": "Brand New Supplier"})
    assert made["Contact"]["Name"] == "Brand New Supplier"
    found = xero.get("/Contacts", searchTerm="brand new").json()["Contacts"]
    assert [item["ContactID"] for item in found] == [made["Contact"]["ContactID"]]


@pytest.mark.parametrize("how", ["id", "id and its own name", "name", "number"])
def test_pointing_at_a_contact_leaves_it_untouched(xero: Caller, how: str) -> None:
    held = xero.put("/Contacts", {"Name": "Alder & Co", "ContactNumber": "C-1"}).json()["Contacts"][0]
    named = {"ContactID": held["ContactID"], "HasValidationErrors": False}
    sent = {
        "id": named,
        "id and its own name": named | {"Name": "Alder & Co"},
        "name": {"Name": "alder & co"},
        "number": {"ContactNumber": "C-1"},
    }
    assert xero.create(Contact=sent[how])["Contact"]["ContactID"] == held["ContactID"]
    assert xero.get("/Contacts/C-1").json()["Contacts"][0]["UpdatedDateUTC"] == held["UpdatedDateUTC"]


def test_fields_sent_beside_a_contacts_id_rewrite_the_contact(xero: Caller) -> None:
    contact = xero.contact()
    xero.create(Contact={"ContactID": contact, "EmailAddress": "other@example.com"})
    assert xero.get(f"/Contacts/{contact}").json()["Contacts"][0]["EmailAddress"] == "other@example.com"


def test_an_archived_contact_takes_no_new_documents(xero: Caller) -> None:
    contact = xero.contact()
    xero.post("/Contacts", {"ContactID": contact, "ContactStatus": "ARCHIVED"})
    assert messages(xero.put("/Invoices", xero.draft(contact=contact))) == [
        "The contact with the specified contact details has been archived. "
        "The contact must be un-archived before creating new invoices or credit notes."
    ]


def test_tax_is_rounded_per_line_and_then_summed(demo: Caller) -> None:
    # developer.xero.com, guides: rounding in Xero. Taxing the sum would give 11.45.
    lines = [
        {"Description": "x", "UnitAmount": amount, "AccountCode": "200"} for amount in (25.06, 25.61, 25.63)
    ]
    made = demo.create(Type="ACCREC", InvoiceNumber=None, LineItems=lines)
    assert [item["TaxAmount"] for item in made["LineItems"]] == [3.76, 3.84, 3.84]
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (76.30, 11.44, 87.74)


@pytest.mark.parametrize(
    ("mode", "sub_total", "tax", "total"),
    [("Exclusive", 100, 20, 120), ("Inclusive", 83.33, 16.67, 100), ("NoTax", 100, 0, 100)],
)
def test_totals_follow_the_tax_mode(
    xero: Caller, mode: str, sub_total: float, tax: float, total: float
) -> None:
    made = xero.create(LineAmountTypes=mode)
    assert (made["SubTotal"], made["TotalTax"], made["Total"]) == (sub_total, tax, total)


def test_a_tax_amount_may_be_given_and_stays_while_its_line_does(xero: Caller) -> None:
    made = xero.create(LineItems=[line(TaxAmount=19.99)])
    assert made["TotalTax"] == 19.99
    moved = xero.change(
        made, LineItems=[{"LineItemID": made["LineItems"][0]["LineItemID"], "AccountCode": "453"}]
    )
    assert moved.json()["Invoices"][0]["TotalTax"] == 19.99


def test_unit_amounts_have_two_decimals_unless_four_are_asked_for(xero: Caller) -> None:
    wanted = xero.draft(LineItems=[line(Quantity=2, UnitAmount=33.3350)])
    rounded = xero.put("/Invoices", wanted).json()["Invoices"][0]["LineItems"][0]
    exact = xero.put("/Invoices", wanted, unitdp="4")
    assert (rounded["UnitAmount"], rounded["LineAmount"]) == (33.34, 66.68)
    assert '"UnitAmount": 33.3350' in exact.text
    assert exact.json()["Invoices"][0]["LineItems"][0]["LineAmount"] == 66.67


def test_a_sales_line_may_be_discounted_and_a_bills_may_not(xero: Caller) -> None:
    sale = xero.create(
        Type="ACCREC", InvoiceNumber=None, LineItems=[line(AccountCode="200", DiscountRate=12.5)]
    )
    assert (sale["SubTotal"], sale["TotalDiscount"], sale["IsDiscounted"]) == (87.5, 12.5, True)
    bill = xero.draft(LineItems=[line(DiscountRate=12.5, LineAmount=87.5)])
    assert messages(xero.put("/Invoices", bill)) == [
        "The line total 87.50 does not match the expected line total 100.00"
    ]


def test_a_discount_is_a_rate_or_an_amount_and_nought_takes_it_off(xero: Caller) -> None:
    """5.6: LineAmount is what is left after either."""
    sale = xero.create(
        Type="ACCREC", InvoiceNumber=None, LineItems=[line(AccountCode="200", DiscountRate=12.5)]
    )
    named = {"LineItemID": sale["LineItems"][0]["LineItemID"]}
    changed = xero.change(sale, LineItems=[named | {"DiscountAmount": 30}]).json()["Invoices"][0]
    assert (changed["SubTotal"], "DiscountRate" in changed["LineItems"][0]) == (70, False)
    for nought in ({"DiscountRate": 0}, {"DiscountAmount": 0}):
        plain = xero.change(sale, LineItems=[named | nought]).json()["Invoices"][0]
        assert (plain["SubTotal"], plain["IsDiscounted"]) == (100, False)
        xero.change(sale, LineItems=[named | {"DiscountRate": 50}])


def test_rounding_is_honoured_only_where_all_totals_are_sent_with_an_approval(xero: Caller) -> None:
    """5.6: RoundingAmount, between -0.10 and 0.10."""
    rounded = {"RoundingAmount": 0.04, "SubTotal": 100, "TotalTax": 20, "Total": 120.04}
    made = xero.create(Status="AUTHORISED", **rounded)
    assert (made["Total"], made["AmountDue"], made["RoundingAmount"]) == (120.04, 120.04, 0.04)
    assert xero.pay(made).json()["Payments"][0]["Amount"] == 120.04
    for ignored in ({"Status": "DRAFT", **rounded, "Total": 120}, {"RoundingAmount": 0.04}):
        assert xero.create(**ignored)["Total"] == 120


def test_another_currency_carries_the_days_rate_or_ours(xero: Caller) -> None:
    assert xero.create(CurrencyCode="EUR")["CurrencyRate"] == 1.15
    assert xero.create(CurrencyCode="EUR", CurrencyRate=1.2)["CurrencyRate"] == 1.2


def test_batches_report_each_element_in_the_order_sent(xero: Caller) -> None:
    sent = [
        xero.draft(InvoiceNumber="A"),
        xero.draft(InvoiceNumber="B", Contact={}),
        xero.draft(LineItems=[line(AccountCode="999")]),
    ]
    answer = xero.put("/Invoices", {"Invoices": sent}, summarizeErrors="false")
    assert answer.status_code == 200
    found = answer.json()["Invoices"]
    assert [item["StatusAttributeString"] for item in found] == ["OK", "ERROR", "WARNING"]
    assert [item["HasErrors"] for item in found] == [False, True, False]
    assert found[1]["InvoiceID"] == "00000000-0000-0000-0000-000000000000"
    assert found[1]["InvoiceNumber"] == "B"
    assert found[1]["DateString"] == "2026-11-02T00:00:00"
    assert xero.get("/Invoices", page=1).json()["pagination"]["itemCount"] == 2


def test_a_summarised_batch_keeps_nothing_when_one_element_is_wrong(xero: Caller) -> None:
    answer = xero.put("/Invoices", {"Invoices": [xero.draft(), xero.draft(Contact={})]})
    assert len(answer.json()["Elements"]) == 1
    assert xero.get("/Invoices", page=1).json()["pagination"]["itemCount"] == 0


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b"{", 14),
        (b'{"Type": "ACCPAY", "LineAmountTypes": "Sideways"}', 14),
        (b'{"Type": "ACCPAY", "Date": "the third"}', 14),
        (b'{"Type": "SIDEWAYS"}', 14),
        (b"", 17),
        (b'{"Invoices": []}', 17),
    ],
)
def test_a_body_that_cant_be_read_is_refused_whole(xero: Caller, body: bytes, number: int) -> None:
    answer = xero.http.put("/api.xro/2.0/Invoices", content=body, headers=xero.headers())
    assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, number)
    assert "Elements" not in answer.json()


def test_a_document_is_found_by_id_and_by_number(xero: Caller) -> None:
    made = xero.create(InvoiceNumber="PP-1")
    for name in (made["InvoiceID"], "PP-1"):
        assert xero.get(f"/Invoices/{name}").json()["Invoices"][0]["InvoiceID"] == made["InvoiceID"]
    missing = xero.get("/Invoices/22222222-2222-4222-8222-222222222222")
    assert (missing.status_code, missing.text) == (404, "The resource you're looking for cannot be found")


def test_another_organisations_document_cant_be_seen(xero: Caller) -> None:
    made = xero.create()
    xero.connect(NZ)
    xero.organisation = NZ
    assert xero.get(f"/Invoices/{made['InvoiceID']}").status_code == 404
    assert made["InvoiceID"] not in xero.get("/Invoices").text


def test_history_says_which_app_sent_a_document_and_takes_notes(xero: Caller) -> None:
    path = f"/Invoices/{xero.create()['InvoiceID']}/History"
    assert xero.put(path, {"HistoryRecords": [{"Details": "Copied by Cleo"}]}).status_code == 200
    records = xero.get(path).json()["HistoryRecords"]
    assert [(item["Changes"], item["Details"]) for item in records] == [
        ("Note", "Copied by Cleo"),
        ("Created", "Received through the Xero API from Bluestamp"),
    ]
