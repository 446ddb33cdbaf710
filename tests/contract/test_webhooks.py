"""Webhooks: intent, signatures, echo, batches, retries, disabling, replay (webhooks/configuring-your-server, overview)."""

import base64
import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bluestamp.sandbox.config import WebhookTarget
from tests.contract.caller import NZ, UK, Caller, Json, line

KEY = "the webhook key"


class Receiver:
    """An app's webhook address: checks signatures, keeps bodies, answers as told."""

    def __init__(self) -> None:
        self.bodies: list[Json] = []
        self.raw: list[tuple[bytes, bool]] = []
        self.status = 200
        self.content = b""
        self.cookie = ""
        self.seconds = 0.0
        self.forgives = self.refuses = False
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook?from=xero"

    def take(self, door: BaseHTTPRequestHandler) -> None:
        body = door.rfile.read(int(door.headers["Content-Length"]))
        made = base64.b64encode(hmac.new(KEY.encode(), body, hashlib.sha256).digest()).decode()
        rightly = hmac.compare_digest(made, door.headers["x-xero-signature"])
        self.raw.append((body, rightly))
        said = json.loads(body)
        status = self.status if rightly and said["events"] else 200 if rightly or self.forgives else 401
        if self.refuses:
            status = 401
        if rightly and said["events"]:
            self.bodies.append(said)
        time.sleep(self.seconds if said["events"] else 0)
        door.send_response(status)
        if self.cookie:
            door.send_header("Set-Cookie", self.cookie)
        door.send_header("Content-Length", str(len(self.content)))
        with contextlib.suppress(BrokenPipeError):  # the sandbox waits no longer than it must
            door.end_headers()
            door.wfile.write(self.content)

    def events(self) -> list[tuple[str, str]]:
        return [
            (event["eventCategory"], event["eventType"]) for body in self.bodies for event in body["events"]
        ]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def told(xero: Caller, receiver: Receiver) -> Iterator[Caller]:
    """An app whose webhook subscription is alive."""
    xero.contact()
    xero.control("webhook", {"url": receiver.url, "key": KEY})
    wait_for(lambda: state(xero) == "ok")
    yield xero
    xero.control("webhook", {})


def wait_for(true: Callable[[], object]) -> None:
    until = time.monotonic() + 8
    while not true():
        assert time.monotonic() < until, "nothing happened in eight seconds"
        time.sleep(0.01)


def state(caller: Caller) -> str:
    return str(caller.control("webhook", method="GET")["state"])


def deliveries(caller: Caller) -> list[Json]:
    listed: list[Json] = caller.control("webhook", method="GET")["deliveries"]
    return listed


def attempts(caller: Caller) -> list[Json]:
    """Every POST so far; the first four asked for the intent to receive."""
    listed: list[Json] = caller.control("webhook", method="GET")["attempts"]
    return listed


def test_intent_to_receive_sends_right_and_wrong_signatures_over_uneven_bytes(
    told: Caller, receiver: Receiver
) -> None:
    assert [rightly for _, rightly in receiver.raw] == [True, False, True, False]
    body = receiver.raw[0][0]
    assert body.startswith(b'{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "')
    assert json.dumps(json.loads(body)).encode() != body


def test_a_receiver_that_takes_wrong_signatures_gets_no_events(xero: Caller, receiver: Receiver) -> None:
    receiver.forgives = True
    xero.control("webhook", {"url": receiver.url, "key": KEY})
    wait_for(lambda: xero.control("webhook", method="GET")["problem"])
    said = xero.control("webhook", method="GET")
    assert (said["state"], said["problem"]) == (
        "intent to receive required",
        "Response to incorrectly signed payload not 401",
    )
    xero.create()
    assert receiver.bodies == []


def test_own_writes_come_back_as_events_with_rising_sequence_numbers(
    told: Caller, receiver: Receiver
) -> None:
    made = told.create(Contact={"Name": "Brand New"}, Status="AUTHORISED")
    wait_for(lambda: len(receiver.events()) == 2)
    assert receiver.events() == [("CONTACT", "CREATE"), ("INVOICE", "CREATE")]
    told.pay(made)
    wait_for(lambda: len(receiver.events()) == 3)
    event = receiver.bodies[-1]["events"][0]
    assert (event["eventType"], event["tenantId"], event["tenantType"]) == ("UPDATE", UK, "ORGANISATION")
    assert event["resourceUrl"] == f"{told.origin}/api.xro/2.0/Invoices/{made['InvoiceID']}"
    assert event["resourceId"] == made["InvoiceID"]
    assert receiver.bodies[-1]["firstEventSequence"] == receiver.bodies[-1]["lastEventSequence"] == 3


def test_the_events_of_one_batch_travel_together(told: Caller, receiver: Receiver) -> None:
    contact = told.contact()
    told.put(
        "/Invoices", {"Invoices": [told.draft(contact=contact) for _ in range(30)]}, summarizeErrors="false"
    )
    wait_for(lambda: len(receiver.events()) == 30)
    assert len(receiver.bodies) == 1
    assert (receiver.bodies[0]["firstEventSequence"], receiver.bodies[0]["lastEventSequence"]) == (1, 30)


def test_what_the_bookkeeper_does_is_told_too(told: Caller, receiver: Receiver) -> None:
    made = told.create()
    told.control(f"documents/{made['InvoiceID']}/approve")
    wait_for(lambda: receiver.events() == [("INVOICE", "CREATE"), ("INVOICE", "UPDATE")])


def test_a_refused_write_raises_no_event(told: Caller, receiver: Receiver) -> None:
    told.put("/Invoices", told.draft(Contact={"Name": "Never Made"}, CurrencyCode="SEK"))
    told.create()
    wait_for(lambda: receiver.events())
    assert receiver.events() == [("INVOICE", "CREATE")]


def test_a_failed_delivery_is_tried_at_once_and_then_every_fifteen_minutes(
    told: Caller, receiver: Receiver
) -> None:
    receiver.status = 500
    told.create()
    wait_for(lambda: len(receiver.bodies) == 2)
    time.sleep(0.1)
    assert len(receiver.bodies) == 2
    told.control("clock", {"advance_seconds": 14 * 60})
    time.sleep(0.1)
    assert len(receiver.bodies) == 2
    receiver.status = 200
    told.control("clock", {"advance_seconds": 61})
    wait_for(lambda: len(receiver.bodies) == 3)
    wait_for(lambda: deliveries(told)[0]["state"] == "done")
    assert receiver.bodies[0] == receiver.bodies[2]


def test_after_a_day_of_failures_it_is_disabled_and_replays_in_order_once_enabled(
    told: Caller, receiver: Receiver
) -> None:
    receiver.status = 500
    first = told.create()["InvoiceID"]
    wait_for(lambda: len(receiver.bodies) == 2)
    told.control("clock", {"advance_seconds": 24 * 3600})
    wait_for(lambda: state(told) == "disabled")
    told.connect()
    second = told.create()["InvoiceID"]
    receiver.status, receiver.bodies = 200, []
    told.control("webhook", {"enable": True})
    wait_for(lambda: len(receiver.events()) == 2)
    assert [body["events"][0]["resourceId"] for body in receiver.bodies] == [first, second]


def test_an_answer_with_a_body_counts_as_a_failure(told: Caller, receiver: Receiver) -> None:
    receiver.content = b"thanks"
    told.create()
    wait_for(lambda: len(receiver.bodies) == 2)
    assert deliveries(told)[0]["last_problem"] == "Response contained a body"


def test_webhooks_come_twice_late_or_never_on_demand(told: Caller, receiver: Receiver) -> None:
    told.control("faults", {"kind": "webhook_twice", "count": 1})
    told.create()
    wait_for(lambda: len(receiver.bodies) == 2)
    assert receiver.bodies[0] == receiver.bodies[1]
    told.control("faults", {"kind": "webhook_never", "count": 1})
    lost = told.create()["InvoiceID"]
    wait_for(lambda: told.control("webhook", method="GET")["events_waiting"] == 0)
    told.control("faults", {"kind": "webhook_late", "seconds": 600, "count": 1})
    late = told.create()["InvoiceID"]
    time.sleep(0.15)
    assert len(receiver.bodies) == 2
    told.control("clock", {"advance_seconds": 601})
    wait_for(lambda: len(receiver.bodies) == 3)
    resources = {event["resourceId"] for body in receiver.bodies for event in body["events"]}
    assert late in resources and lost not in resources


def test_contacts_are_told_when_made_changed_and_archived(told: Caller, receiver: Receiver) -> None:
    made = told.put("/Contacts", {"Name": "Told About"}).json()["Contacts"][0]["ContactID"]
    told.post(f"/Contacts/{made}", {"EmailAddress": "a@example.com"})
    told.post(f"/Contacts/{made}", {"ContactStatus": "ARCHIVED"})
    wait_for(lambda: len(receiver.events()) == 3)
    assert receiver.events() == [("CONTACT", "CREATE"), ("CONTACT", "UPDATE"), ("CONTACT", "UPDATE")]


def test_a_credit_note_says_its_type_and_status(told: Caller, receiver: Receiver) -> None:
    sent = {"Type": "ACCPAYCREDIT", "Contact": {"ContactID": told.contact()}, "LineItems": [line()]}
    note = told.put("/CreditNotes", sent).json()["CreditNotes"][0]
    wait_for(lambda: receiver.events())
    event = receiver.bodies[0]["events"][0]
    assert event["eventCategory"] == "CREDITNOTE"
    assert event["data"] == {"Type": "ACCPAYCREDIT", "Status": "DRAFT"}
    assert event["resourceUrl"].endswith(f"/CreditNotes/{note['CreditNoteID']}")


@pytest.mark.parametrize("gone", ["VOIDED", "DELETED"])
def test_voiding_and_deleting_come_as_updates(told: Caller, receiver: Receiver, gone: str) -> None:
    made = told.create(Status="AUTHORISED" if gone == "VOIDED" else "DRAFT")
    told.change(made, Status=gone)
    wait_for(lambda: receiver.events() == [("INVOICE", "CREATE"), ("INVOICE", "UPDATE")])


def test_purchase_orders_and_payments_have_no_webhook(told: Caller, receiver: Receiver) -> None:
    bill = told.create(Status="AUTHORISED")
    order = {"Contact": {"ContactID": told.contact()}, "LineItems": [line()]}
    assert told.put("/PurchaseOrders", order).status_code == 200
    assert told.pay(bill).status_code == 200
    told.create()
    wait_for(lambda: len(receiver.events()) == 3)
    assert {category for category, _ in receiver.events()} == {"INVOICE"}


def test_billing_of_the_app_store_belongs_to_the_application(told: Caller, receiver: Receiver) -> None:
    told.control("events", {"category": "SUBSCRIPTION", "type": "CREATE"})
    wait_for(lambda: receiver.events())
    event = receiver.bodies[0]["events"][0]
    assert (event["eventCategory"], event["tenantType"]) == ("SUBSCRIPTION", "APPLICATION")
    assert event["tenantId"] == "bluestamp-demo"


@pytest.mark.parametrize("category", ["CONTACT", "INVOICE", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT"])
def test_an_event_can_be_raised_by_hand_as_often_as_wanted(
    told: Caller, receiver: Receiver, category: str
) -> None:
    told.control("events", {"category": category, "organisation": UK, "times": 3})
    wait_for(lambda: len(receiver.events()) == 3)
    assert receiver.events() == [(category, "UPDATE")] * 3
    assert len({event["resourceId"] for body in receiver.bodies for event in body["events"]}) == 1


def test_only_ticked_categories_are_told(told: Caller, receiver: Receiver) -> None:
    told.control("webhook", {"url": receiver.url, "key": KEY, "categories": ["CONTACT"]})
    wait_for(lambda: state(told) == "ok")
    told.create(Contact={"Name": "Made On The Fly"})
    wait_for(lambda: receiver.events())
    time.sleep(0.15)
    assert receiver.events() == [("CONTACT", "CREATE")]


def test_only_organisations_that_are_connected_are_told_of(told: Caller, receiver: Receiver) -> None:
    told.control("events", {"category": "INVOICE", "organisation": NZ})
    told.create()
    wait_for(lambda: receiver.events())
    assert {event["tenantId"] for body in receiver.bodies for event in body["events"]} == {UK}


def test_what_happened_before_the_subscription_is_not_told(xero: Caller, receiver: Receiver) -> None:
    xero.create()
    xero.control("webhook", {"url": receiver.url, "key": KEY})
    wait_for(lambda: state(xero) == "ok")
    late = xero.create()["InvoiceID"]
    wait_for(lambda: receiver.events())
    assert [event["resourceId"] for body in receiver.bodies for event in body["events"]] == [late]


def test_one_delivery_may_mix_organisations_and_categories(xero: Caller, receiver: Receiver) -> None:
    xero.connect(NZ)
    receiver.forgives = True
    xero.control("webhook", {"url": receiver.url, "key": KEY})
    wait_for(lambda: xero.control("webhook", method="GET")["problem"])
    xero.create(Contact={"Name": "Somebody New"})
    xero.put("/Contacts", {"Name": "Somebody Else"}, {"Xero-Tenant-Id": NZ})
    receiver.forgives = False
    wait_for(lambda: receiver.events())
    assert len(receiver.bodies) == 1
    assert {event["tenantId"] for event in receiver.bodies[0]["events"]} == {UK, NZ}
    assert (receiver.bodies[0]["firstEventSequence"], receiver.bodies[0]["lastEventSequence"]) == (1, 3)


def test_an_answer_with_a_cookie_counts_as_a_failure(told: Caller, receiver: Receiver) -> None:
    receiver.cookie = "session=1"
    told.create()
    wait_for(lambda: len(receiver.bodies) == 2)
    said = told.control("webhook", method="GET")
    assert said["deliveries"][0]["last_problem"] == "Response contained cookies"


def test_a_receiver_has_five_seconds_and_an_answer_after_its_time_counts_as_none(
    xero: Caller, receiver: Receiver
) -> None:
    # section 10.2
    assert WebhookTarget(receiver.url, KEY).answer_seconds == 5
    xero.contact()
    xero.control("webhook", {"url": receiver.url, "key": KEY, "answer_seconds": 0.2})
    wait_for(lambda: state(xero) == "ok")
    receiver.seconds = 0.3
    xero.create()
    wait_for(lambda: len(attempts(xero)) == 5)
    problem = attempts(xero)[4]["problem"]
    assert "timed out" in problem or "longer than 0.2 seconds" in problem


def test_a_receiver_that_refuses_right_signatures_gets_no_events(xero: Caller, receiver: Receiver) -> None:
    # section 10.2
    receiver.refuses = True
    xero.control("webhook", {"url": receiver.url, "key": KEY})
    wait_for(lambda: xero.control("webhook", method="GET")["problem"])
    said = xero.control("webhook", method="GET")
    assert (said["state"], said["problem"]) == ("intent to receive required", "Response not 200")


def test_a_receiver_that_nobody_started_is_named_plainly(xero: Caller) -> None:
    # section 10.2
    xero.control("webhook", {"url": "http://127.0.0.1:1/hook", "key": KEY})
    wait_for(lambda: xero.control("webhook", method="GET")["problem"])
    assert xero.control("webhook", method="GET")["problem"] == "No response: Connection refused"


def test_a_delivery_can_be_overtaken_by_the_next_one(told: Caller, receiver: Receiver) -> None:
    told.control("faults", {"kind": "webhook_reordered", "count": 1})
    told.create()
    wait_for(lambda: told.control("webhook", method="GET")["events_waiting"] == 0)
    told.create()
    wait_for(lambda: len(receiver.bodies) == 2)
    assert [body["firstEventSequence"] for body in receiver.bodies] == [2, 1]


def test_a_delivery_that_nothing_overtakes_comes_after_a_minute(told: Caller, receiver: Receiver) -> None:
    told.control("faults", {"kind": "webhook_reordered", "count": 1})
    told.create()
    wait_for(lambda: told.control("webhook", method="GET")["events_waiting"] == 0)
    assert receiver.bodies == []
    told.control("clock", {"advance_seconds": 61})
    wait_for(lambda: len(receiver.bodies) == 1)


def test_a_missigned_delivery_is_refused_and_comes_again_signed_right(
    told: Caller, receiver: Receiver
) -> None:
    told.control("faults", {"kind": "webhook_missigned", "count": 1})
    told.create()
    wait_for(lambda: len(receiver.bodies) == 1)
    assert [rightly for body, rightly in receiver.raw if json.loads(body)["events"]] == [False, True]
    answers = [(401, 0), (200, 1)]
    wait_for(lambda: [(item["status"], item["rightly"]) for item in attempts(told)][-2:] == answers)


def test_what_waited_for_more_than_thirty_one_days_is_gone(told: Caller, receiver: Receiver) -> None:
    receiver.status = 500
    told.create()
    wait_for(lambda: len(receiver.bodies) == 2)
    told.control("clock", {"advance_seconds": 32 * 24 * 3600})
    wait_for(lambda: state(told) == "disabled")
    told.connect()
    second = told.create()["InvoiceID"]
    receiver.status, receiver.bodies = 200, []
    told.control("webhook", {"enable": True})
    wait_for(lambda: receiver.bodies)
    assert [event["resourceId"] for body in receiver.bodies for event in body["events"]] == [second]
    assert deliveries(told)[0]["state"] == "expired"


def test_an_apps_own_writes_stay_untold_where_the_switch_says_so(told: Caller, receiver: Receiver) -> None:
    told.control("switches", {"own_writes_announced": False})
    made = told.create()
    told.control(f"documents/{made['InvoiceID']}/approve")
    wait_for(lambda: receiver.events())
    assert receiver.events() == [("INVOICE", "UPDATE")]


@pytest.mark.parametrize(
    ("category", "born"),
    [("CREDITNOTE", "2026-03-04"), ("PREPAYMENT", "2026-08-14"), ("OVERPAYMENT", "2026-09-03")],
)
def test_a_younger_category_is_told_of_from_its_day_on(
    told: Caller, receiver: Receiver, category: str, born: str
) -> None:
    def credit() -> None:
        bill = told.create(Status="AUTHORISED", Date="2026-02-01", DueDate="2026-02-20")
        if category == "CREDITNOTE":
            sent = {"Type": "ACCPAYCREDIT", "Contact": {"ContactID": told.contact()}, "LineItems": [line()]}
            told.put("/CreditNotes", sent)
        else:
            verb = "prepay" if category == "PREPAYMENT" else "overpay"
            told.control(f"documents/{bill['InvoiceID']}/{verb}", {"amount": 500, "account": "090"})

    told.control("clock", {"now": "2026-02-15T12:00:00"})
    told.connect()
    credit()
    told.control("clock", {"now": f"{born}T12:00:00"})
    told.connect()
    credit()
    wait_for(lambda: (category, "CREATE") in receiver.events())
    days = {
        event["eventDateUtc"][:10]
        for body in receiver.bodies
        for event in body["events"]
        if event["eventCategory"] == category
    }
    assert days == {born}
