"""What each method asks for, and what it makes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import httpx2
import msgspec
import pytest

from bluestamp.xero import errors, records, where, writes
from bluestamp.xero.client import Client, Collection
from tests.unit.xero.scripted import NOW, TENANT, TOKEN, ScriptedXero, recorded

ASKED_AT = datetime(2026, 1, 31, 23, 0, 0, tzinfo=timezone(timedelta(hours=13)))


def test_a_call_carries_token_tenant_and_asks_for_json(xero: ScriptedXero) -> None:
    xero.says(recorded("organisation.json"))
    assert xero.client.organisation().value.name == "Demo Company (NZ)"
    sent = xero.asked
    assert str(sent.url) == "https://xero.example/api.xro/2.0/Organisation"
    assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
    assert sent.headers["Xero-Tenant-Id"] == TENANT
    assert sent.headers["Accept"] == "application/json"
    assert "Idempotency-Key" not in sent.headers


def test_nobody_sees_the_token_in_a_repr(xero: ScriptedXero) -> None:
    client = xero.client
    assert TOKEN not in repr(client) + repr(client._session) + repr(xero.connections)


def test_an_answer_tells_limits_correlation_status_bytes_and_duration(xero: ScriptedXero) -> None:
    body = recorded("invoices.json")
    xero.says(
        body,
        X_DayLimit_Remaining="4990",
        X_MinLimit_Remaining="58",
        X_AppMinLimit_Remaining="9998",
        Xero_Correlation_Id="12b9c7bc",
    )
    answer = xero.client.invoices()
    assert (answer.status, answer.correlation_id) == (200, "12b9c7bc")
    limits = answer.limits
    assert (limits.day_left, limits.minute_left, limits.app_minute_left) == (4990, 58, 9998)
    assert (limits.which, limits.retry_after_seconds) == ("", None)
    seen = answer.exchange
    assert (seen.method, seen.at, seen.bytes_in, seen.bytes_out) == ("GET", NOW, len(body), 0)
    assert seen.path == "/api.xro/2.0/Invoices?unitdp=4&page=1&pageSize=100"
    assert seen.duration_ms >= 0
    assert xero.exchanges == [seen]


def test_invoices_are_always_asked_for_by_page_with_four_places(xero: ScriptedXero) -> None:
    xero.says(recorded("invoices.json"))
    page = xero.client.invoices(
        page=2,
        page_size=1000,
        ids=["a", "b"],
        numbers=["INV-1", "INV-2"],
        contact_ids=["c"],
        statuses=["DRAFT", "PAID"],
        created_by_my_app=True,
        modified_since=ASKED_AT,
        where=where.equals("Type", "ACCPAY") & where.at_least("Date", date(2026, 1, 5)),
    ).value
    assert dict(xero.asked.url.params) == {
        "IDs": "a,b",
        "InvoiceNumbers": "INV-1,INV-2",
        "ContactIDs": "c",
        "Statuses": "DRAFT,PAID",
        "createdByMyApp": "true",
        "where": 'Type=="ACCPAY" AND Date>=DateTime(2026,1,5)',
        "unitdp": "4",
        "page": "2",
        "pageSize": "1000",
    }
    assert xero.asked.headers["If-Modified-Since"] == "2026-01-31T10:00:00"
    assert [invoice.invoice_number for invoice in page.records] == [
        "Elec.",
        "INV-0016",
        "INV-0027",
        "945-Ocon",
    ]


def test_a_cursor_without_a_zone_is_refused(xero: ScriptedXero) -> None:
    with pytest.raises(ValueError, match="time zone"):
        xero.client.payments(modified_since=ASKED_AT.replace(tzinfo=None))
    assert not xero.requests


def test_a_number_with_a_comma_is_not_asked_for_as_two(xero: ScriptedXero) -> None:
    with pytest.raises(ValueError, match="comma"):
        xero.client.invoices(numbers=["INV-1,2"])
    assert not xero.requests


@pytest.mark.parametrize(("number", "more"), [(1, True), (2, True), (3, False)])
def test_pagination_says_whether_there_is_more(xero: ScriptedXero, number: int, more: bool) -> None:
    told = {"page": number, "pageSize": 1, "pageCount": 3, "itemCount": 3}
    page = xero.says({"pagination": told, "Payments": [{}]}).client.payments(page=number, page_size=1).value
    assert (page.has_more, page.item_count, page.number) == (more, 3, number)


@pytest.mark.parametrize(("found", "more"), [(2, True), (1, False), (0, False)])
def test_without_pagination_a_full_page_may_have_a_successor(
    xero: ScriptedXero, found: int, more: bool
) -> None:
    page = xero.says({"pagination": None, "Contacts": [{}] * found}).client.contacts(page_size=2).value
    assert (page.has_more, page.item_count) == (more, None)


def test_304_is_an_empty_page(xero: ScriptedXero) -> None:
    page = xero.says("", 304).client.invoices(modified_since=ASKED_AT).value
    assert (page.records, page.has_more, page.not_modified) == ([], False, True)
    assert xero.says("", 304).client.accounts(modified_since=ASKED_AT).value == []


Put = Callable[[Client, bytes, str], object]
PUTS: list[tuple[str, str, str, Put]] = [
    ("PUT", "Contacts", "", lambda c, b, k: c.put_contacts(b, idempotency_key=k)),
    ("POST", "Contacts", "", lambda c, b, k: c.post_contacts(b, idempotency_key=k)),
    ("PUT", "Invoices", "4", lambda c, b, k: c.put_invoices(b, idempotency_key=k)),
    ("POST", "Invoices", "4", lambda c, b, k: c.post_invoices(b, idempotency_key=k)),
    ("PUT", "CreditNotes", "4", lambda c, b, k: c.put_credit_notes(b, idempotency_key=k)),
    ("POST", "CreditNotes", "4", lambda c, b, k: c.post_credit_notes(b, idempotency_key=k)),
    ("PUT", "PurchaseOrders", "", lambda c, b, k: c.put_purchase_orders(b, idempotency_key=k)),
    ("POST", "PurchaseOrders", "", lambda c, b, k: c.post_purchase_orders(b, idempotency_key=k)),
    ("PUT", "Payments", "", lambda c, b, k: c.put_payments(b, idempotency_key=k)),
]


@pytest.mark.parametrize(("method", "collection", "places", "put"), PUTS)
def test_every_batch_asks_per_element_under_the_callers_key(
    xero: ScriptedXero, method: str, collection: str, places: str, put: Put
) -> None:
    body = b'{ "odd":  "spacing kept" }'
    put(xero.says({collection: []}).client, body, "key-1")
    sent = xero.asked
    assert (sent.method, sent.url.path) == (method, f"/api.xro/2.0/{collection}")
    wanted = {"summarizeErrors": "false"} | ({"unitdp": places} if places else {})
    assert dict(sent.url.params) == wanted
    assert sent.headers["Idempotency-Key"] == "key-1"
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.content == body


def test_a_resend_is_the_same_request_to_the_byte(xero: ScriptedXero) -> None:
    stored = writes.encode_invoices([writes.InvoiceWrite(invoice_number="1", currency_rate=Decimal("1E+1"))])
    xero.fails(httpx2.ReadTimeout("slow"))
    with pytest.raises(errors.Unanswered):
        xero.client.put_invoices(stored, idempotency_key="k")
    xero.says({"Invoices": []}).client.put_invoices(stored, idempotency_key="k")
    first, second = xero.requests
    assert first.content == second.content == stored
    assert (first.method, first.url) == (second.method, second.url)
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]


@pytest.mark.parametrize("key", ["", "k" * 129])
def test_a_write_without_a_usable_key_is_not_sent(xero: ScriptedXero, key: str) -> None:
    with pytest.raises(ValueError, match="128"):
        xero.client.put_invoices(b"{}", idempotency_key=key)
    assert not xero.requests


def test_a_200_may_hold_refusals_and_each_element_says_what_became_of_it(xero: ScriptedXero) -> None:
    xero.says(
        {
            "Invoices": [
                {
                    "InvoiceID": "i-2",
                    "InvoiceNumber": "INV-2",
                    "Url": "https://us.example/2",
                    "Status": "DRAFT",
                    "StatusAttributeString": "WARNING",
                    "HasErrors": False,
                    "Warnings": [{"Message": "Account code '600' has been removed"}],
                },
                {
                    "InvoiceID": records.NO_ID,
                    "InvoiceNumber": "INV-1",
                    "Url": "https://us.example/1",
                    "StatusAttributeString": "ERROR",
                    "HasErrors": True,
                    "ValidationErrors": [{"Message": "Invoice # must be unique."}, {"Message": "And more."}],
                },
                {"InvoiceID": "i-3", "StatusAttributeString": "OK"},
            ]
        }
    )
    warned, refused, done = xero.client.put_invoices(b"{}", idempotency_key="k").value
    assert warned.is_done and warned.warnings == ("Account code '600' has been removed",)
    assert (warned.status, warned.record.invoice_id, warned.record.url) == (
        "WARNING",
        "i-2",
        "https://us.example/2",
    )
    assert refused.is_refused and refused.errors == ("Invoice # must be unique.", "And more.")
    assert (refused.record.invoice_number, refused.record.url) == ("INV-1", "https://us.example/1")
    assert done.is_done and done.errors == done.warnings == ()


@pytest.mark.parametrize(
    "flaw",
    [
        {"HasErrors": True},
        {"HasValidationErrors": True},
        {"StatusAttributeString": "ERROR"},
        {"ValidationErrors": [{"Message": "Payment amount exceeds the amount outstanding on this document"}]},
    ],
)
def test_any_sign_of_refusal_counts(xero: ScriptedXero, flaw: dict[str, object]) -> None:
    xero.says({"Payments": [{"PaymentID": "p", **flaw}]})
    (result,) = xero.client.put_payments(b"{}", idempotency_key="k").value
    assert result.is_refused


def test_a_payment_is_deleted_by_a_status(xero: ScriptedXero) -> None:
    xero.says({"Payments": [{"PaymentID": "p/1", "Status": "DELETED"}]})
    (result,) = xero.client.delete_payment("p/1", idempotency_key="k").value
    assert result.record.status == records.PaymentStatus.DELETED
    assert (xero.asked.method, xero.asked.url.raw_path) == ("POST", b"/api.xro/2.0/Payments/p%2F1")
    assert xero.asked.content == b'{"Status":"DELETED"}'


def test_allocations_are_put_on_their_note_and_taken_back_by_id(xero: ScriptedXero) -> None:
    body = writes.encode_allocations(
        [
            writes.AllocationWrite(
                invoice=writes.InvoiceLink(invoice_id="i"), amount=Decimal("60.50"), date=date(2026, 3, 1)
            )
        ]
    )
    assert body == b'{"Allocations":[{"Invoice":{"InvoiceID":"i"},"Amount":60.50,"Date":"2026-03-01"}]}'
    xero.says(
        b'{"Allocations":[{"AllocationID":"a","Amount":60.5,"Date":"\\/Date(1772323200000+0000)\\/",'
        b'"Invoice":{"InvoiceID":"i","InvoiceNumber":"INV-1"},"CreditNote":{"CreditNoteID":"n","ID":"n"},'
        b'"ValidationErrors":[]}]}'
    )
    (result,) = xero.client.put_allocations("n", body, idempotency_key="k").value
    assert result.is_done and result.record.date == date(2026, 3, 1)
    assert (result.record.invoice.invoice_number, result.record.credit_note.credit_note_id) == ("INV-1", "n")
    assert xero.asked.url.path == "/api.xro/2.0/CreditNotes/n/Allocations"
    # The published example of this answer spells AllocationId and shows Invoice as a list: it is not read.
    xero.says({"AllocationId": "a", "Invoice": [{"InvoiceID": "i"}], "IsDeleted": True})
    assert xero.client.delete_allocation("n", "a").value is None
    assert (xero.requests[-1].method, xero.requests[-1].url.path) == (
        "DELETE",
        "/api.xro/2.0/CreditNotes/n/Allocations/a",
    )


def test_an_allocation_whose_delete_got_no_answer_is_unknown(xero: ScriptedXero) -> None:
    with pytest.raises(errors.Unanswered) as caught:
        xero.fails(httpx2.ReadTimeout("slow")).client.delete_allocation("n", "a")
    assert not caught.value.outcome_known


def test_a_purchase_order_is_found_by_its_number(xero: ScriptedXero) -> None:
    xero.says({"PurchaseOrders": [{"PurchaseOrderNumber": "PO/1 #2", "Status": "BILLED"}]})
    assert xero.client.purchase_order("PO/1 #2").value.status == records.PurchaseOrderStatus.BILLED
    assert xero.asked.url.raw_path == b"/api.xro/2.0/PurchaseOrders/PO%2F1%20%232"


def test_purchase_orders_are_asked_for_without_where(xero: ScriptedXero) -> None:
    xero.says({"PurchaseOrders": []}).client.purchase_orders(
        status="BILLED", date_from=date(2026, 1, 1), date_to=date(2026, 2, 1), modified_since=ASKED_AT
    )
    assert dict(xero.asked.url.params) == {
        "Status": "BILLED",
        "DateFrom": "2026-01-01",
        "DateTo": "2026-02-01",
        "page": "1",
        "pageSize": "100",
    }
    assert xero.asked.headers["If-Modified-Since"] == "2026-01-31T10:00:00"


def test_a_credit_note_shows_its_allocations_and_what_remains(xero: ScriptedXero) -> None:
    xero.says(
        b'{"CreditNotes":[{"CreditNoteID":"n","CreditNoteNumber":"CN-1","Type":"ACCRECCREDIT","Total":100.00,'
        b'"RemainingCredit":39.50,"Allocations":[{"AllocationID":"a","Amount":60.50,"Invoice":{"InvoiceID":"i"}}]}]}'
    )
    note = xero.client.credit_notes(where=where.equals("CreditNoteNumber", "CN-1")).value.records[0]
    assert (note.remaining_credit, note.allocations[0].amount) == (Decimal("39.50"), Decimal("60.50"))
    assert xero.asked.url.params["where"] == 'CreditNoteNumber=="CN-1"'


def test_the_chart_rates_and_currencies_are_read(xero: ScriptedXero) -> None:
    xero.says({"Accounts": [{"Code": "", "Type": "BANK", "Class": "ASSET", "SystemAccount": ""}]})
    assert xero.client.accounts().value[0].type == "BANK"
    xero.says(
        b'{"TaxRates":[{"Name":"15% GST","TaxType":"OUTPUT2","EffectiveRate":15.0000,"CanApplyToRevenue":true,'
        b'"TaxComponents":[{"Name":"GST","Rate":15.0000,"IsCompound":false}]}]}'
    )
    (rate,) = xero.client.tax_rates().value
    assert rate.can_apply_to_revenue
    assert (rate.effective_rate, rate.tax_components[0].rate) == (Decimal(15), Decimal(15))
    xero.says({"Currencies": [{"Code": "NZD", "Description": "New Zealand Dollar"}]})
    assert xero.client.currencies().value[0].code == "NZD"
    xero.says(
        {
            "Actions": [
                {"Name": "CreateApprovedBill", "Status": "ALLOWED"},
                {"Name": "CreateSentQuote", "Status": "NOT-ALLOWED"},
            ]
        }
    )
    assert [action.is_allowed for action in xero.client.actions().value] == [True, False]


def test_contacts_are_asked_for_by_name_ids_and_with_the_archived(xero: ScriptedXero) -> None:
    xero.says({"Contacts": [{"ContactID": "c", "ContactStatus": "ARCHIVED", "MergedToContactID": "d"}]})
    (contact,) = xero.client.contacts(
        ids=["c"], where=where.equals("Name", 'The "Best" Ltd'), search="best", include_archived=True
    ).value.records
    assert (contact.contact_status, contact.merged_to_contact_id) == (records.ContactStatus.ARCHIVED, "d")
    assert dict(xero.asked.url.params) == {
        "IDs": "c",
        "searchTerm": "best",
        "where": 'Name=="The ""Best"" Ltd"',
        "includeArchived": "true",
        "page": "1",
        "pageSize": "1000",
    }


def test_a_file_goes_up_as_it_is(xero: ScriptedXero) -> None:
    xero.says({"Attachments": [{"AttachmentID": "a", "FileName": "r é.pdf", "ContentLength": 4}]})
    answer = xero.client.put_attachment(
        Collection.INVOICES,
        "i",
        file_name="r é.pdf",
        media_type="application/pdf",
        content=b"%PDF",
        idempotency_key="k",
        include_online=True,
    )
    assert answer.value.attachment_id == "a"
    sent = xero.asked
    assert sent.url.raw_path == b"/api.xro/2.0/Invoices/i/Attachments/r%20%C3%A9.pdf?IncludeOnline=true"
    assert (sent.content, sent.headers["Content-Type"]) == (b"%PDF", "application/pdf")
    assert sent.headers["Idempotency-Key"] == "k"
    assert sent.headers["Accept"] == "application/json"


@pytest.mark.parametrize("name", ["", "a+b.pdf", "a/b.pdf", "a?.pdf", "a\0.pdf"])
def test_a_file_name_that_xero_refuses_is_not_sent(xero: ScriptedXero, name: str) -> None:
    with pytest.raises(ValueError, match="file name"):
        xero.client.put_attachment(
            Collection.CREDIT_NOTES,
            "n",
            file_name=name,
            media_type="text/plain",
            content=b"x",
            idempotency_key="k",
        )
    assert not xero.requests


def test_an_upload_answered_without_a_file_is_unknown(xero: ScriptedXero) -> None:
    with pytest.raises(errors.Unexpected) as caught:
        xero.says({"Attachments": []}).client.put_attachment(
            Collection.INVOICES,
            "i",
            file_name="a",
            media_type="text/plain",
            content=b"x",
            idempotency_key="k",
        )
    assert not caught.value.outcome_known


def test_files_and_history_are_listed_and_a_note_is_added(xero: ScriptedXero) -> None:
    xero.says({"Attachments": [{"FileName": "a.pdf"}]})
    assert [file.file_name for file in xero.client.attachments(Collection.INVOICES, "i").value] == ["a.pdf"]
    entry = {"Changes": "Updated", "User": "System Generated", "DateUTC": "/Date(1289566516347+0000)/"}
    xero.says({"HistoryRecords": [entry]})
    (record,) = xero.client.history(Collection.PURCHASE_ORDERS, "p").value
    assert (record.changes, record.date_utc) == ("Updated", datetime(2010, 11, 12, 12, 55, 16, 347000, UTC))
    xero.client.put_history(
        Collection.PURCHASE_ORDERS, "p", writes.encode_history("seen"), idempotency_key="k"
    )
    assert msgspec.json.decode(xero.requests[-1].content) == {"HistoryRecords": [{"Details": "seen"}]}
    assert (xero.requests[-1].method, xero.requests[-1].url.path) == (
        "PUT",
        "/api.xro/2.0/PurchaseOrders/p/History",
    )


def test_an_online_invoice_has_an_address(xero: ScriptedXero) -> None:
    xero.says({"OnlineInvoices": [{"OnlineInvoiceUrl": "https://in.xero.com/abc"}]})
    assert xero.client.online_invoice("i").value.online_invoice_url == "https://in.xero.com/abc"


def test_a_write_waits_longer_for_its_answer_than_half_a_minute(xero: ScriptedXero) -> None:
    xero.says({"Invoices": []}).client.put_invoices(b"{}", idempotency_key="k")
    assert xero.asked.extensions["timeout"]["read"] > 30
    assert xero.asked.extensions["timeout"]["connect"] <= 10


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (where.equals("Name", 'a"b'), 'Name=="a""b"'),
        (where.equals("Date", date(2026, 1, 31)), "Date==DateTime(2026,1,31)"),
        (where.at_most("AmountDue", Decimal("1E+2")), "AmountDue<=100"),
        (where.equals("IsSupplier", True), "IsSupplier==true"),
        (
            where.equals("Invoice.InvoiceId", UUID(TENANT)),
            f'Invoice.InvoiceId==guid("{TENANT}")',
        ),
    ],
)
def test_a_condition_is_written_in_xeros_literals(condition: where.Condition, text: str) -> None:
    assert condition.text == text


def test_a_backslash_cannot_be_asked_for() -> None:
    with pytest.raises(where.Unaskable):
        where.equals("Name", "a\\b")
