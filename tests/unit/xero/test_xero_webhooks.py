"""Signatures, deliveries, limits and deep links."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from bluestamp.xero import deep_links, errors, limits, signatures, webhooks
from tests.unit.xero.scripted import NOW

KEY = "webhook-key+/="
# As captured by an integrator (XeroAPI/XeroWebhooksReceiver issue 1): the spaces are Xero's own.
INTENT = b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "LUWDSUDGSWNZVALZXBEV"}'
EVENTS = b"""{"events":[{"resourceUrl":"https://api.xero.com/api.xro/2.0/CreditNotes/55d8","resourceId":"55d8",
 "tenantId":"aef8","tenantType":"ORGANISATION","eventCategory":"CREDITNOTE","eventType":"CREATE",
 "eventDateUtc":"2025-12-02T00:44:09.923","data":{"Type":"ACCPAYCREDIT","Status":"DRAFT"}},
 {"resourceUrl":"","resourceId":"77","tenantId":"other","tenantType":"APPLICATION","eventCategory":"TOMORROW",
 "eventType":"ERASE","eventDateUtc":"2025-12-02T00:44:10Z","data":null}],
 "firstEventSequence":76,"lastEventSequence":77,"entropy":"FXNGWLCCGVANWHKILRUB"}"""


def test_a_signature_is_base64_of_hmac_sha256_over_the_raw_bytes() -> None:
    # RFC 4231, test case 2
    signed = signatures.sign(b"what do ya want for nothing?", key="Jefe")
    assert base64.b64decode(signed).hex() == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_only_the_right_signature_over_the_same_bytes_is_valid() -> None:
    right = signatures.sign(INTENT, key=KEY)
    assert signatures.is_valid(INTENT, signature=right, key=KEY)
    assert not signatures.is_valid(INTENT.replace(b": ", b":"), signature=right, key=KEY)
    assert not signatures.is_valid(INTENT, signature=right, key=KEY + "x")
    altered = ("A" if right[0] != "A" else "B") + right[1:]
    assert not signatures.is_valid(INTENT, signature=altered, key=KEY)


@pytest.mark.parametrize("signature", ["", "ünïcode", "=" * 500, "\udcff"])
def test_a_senseless_signature_is_wrong_and_breaks_nothing(signature: str) -> None:
    assert not signatures.is_valid(INTENT, signature=signature, key=KEY)


def test_without_a_key_nothing_is_valid_because_anybody_could_sign() -> None:
    with pytest.raises(ValueError, match="key"):
        signatures.is_valid(INTENT, signature="x", key="")


def test_an_intent_to_receive_has_no_events() -> None:
    assert webhooks.read(INTENT).is_intent_to_receive


def test_events_of_any_kind_and_organisation_are_read() -> None:
    delivery = webhooks.read(EVENTS)
    note, unknown = delivery.events
    assert (delivery.first_event_sequence, delivery.last_event_sequence) == (76, 77)
    assert not delivery.is_intent_to_receive
    assert (note.event_category, note.event_type) == (webhooks.Category.CREDIT_NOTE, "CREATE")
    assert note.event_date_utc == datetime(2025, 12, 2, 0, 44, 9, 923000, UTC)
    assert note.data == webhooks.EventData(type="ACCPAYCREDIT", status="DRAFT")
    assert (unknown.event_category, unknown.tenant_id, unknown.data) == ("TOMORROW", "other", None)


@pytest.mark.parametrize("body", [b"", b"[]", b"<xml/>", b'{"events":[{}]}', b'{"events":7}'])
def test_a_delivery_that_cannot_be_read_is_unexpected(body: bytes) -> None:
    with pytest.raises(errors.Unexpected):
        webhooks.read(body)


@pytest.mark.parametrize(
    ("said", "which"), [("appminute", "appminute"), ("app-minute", "appminute"), ("Day", "day"), ("", "")]
)
def test_the_limit_is_named_whatever_its_spelling(said: str, which: str) -> None:
    assert limits.read(httpx2.Headers({"X-Rate-Limit-Problem": said})).which == which


@pytest.mark.parametrize("text", ["-1", "soon", "1.5", "", "²"])
def test_a_header_that_is_no_whole_number_counts_as_unsaid(text: str) -> None:
    assert limits.read({"Retry-After": text}).retry_after_seconds is None


@pytest.mark.parametrize(
    ("which", "seconds"), [("concurrent", 5), ("minute", 60), ("appminute", 60), ("day", 3600), ("new", 60)]
)
def test_a_limit_without_retry_after_has_a_wait_of_its_own(which: str, seconds: int) -> None:
    assert limits.Limits(which=which).until(now=NOW) == NOW + timedelta(seconds=seconds)
    assert limits.Limits(which=which, retry_after_seconds=7).until(now=NOW) == NOW + timedelta(seconds=7)


@pytest.mark.parametrize(
    ("link", "path"),
    [
        (deep_links.invoice, "/AccountsReceivable/View.aspx?InvoiceID=i-1"),
        (deep_links.bill, "/AccountsPayable/Edit.aspx?InvoiceID=i-1"),
        (deep_links.purchase_order, "/Accounts/Payable/PurchaseOrders/View/i-1/"),
        (deep_links.sales_credit_note, "/AccountsReceivable/ViewCreditNote.aspx?creditNoteID=i-1"),
        (deep_links.supplier_credit_note, "/AccountsPayable/ViewCreditNote.aspx?creditNoteID=i-1"),
        (deep_links.contact, "/Contacts/View/i-1"),
    ],
)
def test_a_deep_link_switches_to_the_organisation_and_opens_the_document(link: type[str], path: str) -> None:
    address = urlsplit(link("i-1", short_code="!NL&gls", origin="https://go.example/"))  # type: ignore[call-overload]
    assert (address.scheme, address.netloc, address.path) == (
        "https",
        "go.example",
        "/organisationlogin/default.aspx",
    )
    assert parse_qs(address.query) == {"shortcode": ["!NL&gls"], "redirecturl": [path]}
    assert "shortcode=!NL%26gls" in address.query
    assert link("i-1", short_code="") == f"https://go.xero.com{path}"  # type: ignore[call-overload]
