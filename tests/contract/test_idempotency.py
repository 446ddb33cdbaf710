"""Idempotency-Key (guides: idempotency): six minutes, errors too, one request only, at most 128 characters."""

import threading

import httpx2

from tests.contract.caller import Caller, messages


def count(xero: Caller) -> int:
    return int(xero.get("/Invoices", page=1).json()["pagination"]["itemCount"])


def test_the_same_request_with_the_same_key_gets_the_same_answer(xero: Caller) -> None:
    sent, key = xero.draft(), {"Idempotency-Key": "k-1"}
    first, second = xero.put("/Invoices", sent, key), xero.put("/Invoices", sent, key)
    assert first.content == second.content
    assert count(xero) == 1


def test_after_six_minutes_the_key_is_new_and_the_document_doubles(xero: Caller) -> None:
    sent, key = xero.draft(), {"Idempotency-Key": "k-1"}
    first = xero.put("/Invoices", sent, key).json()["Invoices"][0]["InvoiceID"]
    xero.control("clock", {"advance_seconds": 359})
    assert xero.put("/Invoices", sent, key).json()["Invoices"][0]["InvoiceID"] == first
    xero.control("clock", {"advance_seconds": 2})
    assert xero.put("/Invoices", sent, key).json()["Invoices"][0]["InvoiceID"] != first
    assert count(xero) == 2


def test_an_error_is_kept_like_a_success(xero: Caller) -> None:
    sent, key = (
        xero.draft(LineItems=[{"Description": "x", "UnitAmount": 1, "AccountCode": "419"}]),
        {"Idempotency-Key": "k-1"},
    )
    first = xero.put("/Invoices", sent, key)
    xero.control(f"organisations/{xero.organisation}", {"restore_account": "419"})
    assert messages(xero.put("/Invoices", sent, key)) == messages(first)
    assert xero.put("/Invoices", sent, {"Idempotency-Key": "k-2"}).status_code == 200


def test_a_key_used_for_another_request_is_refused(xero: Caller) -> None:
    key = {"Idempotency-Key": "k-1"}
    xero.put("/Invoices", xero.draft(), key)
    for answer in (
        xero.put("/Invoices", xero.draft(InvoiceNumber="other"), key),
        xero.post("/Invoices", xero.draft(), key),
        xero.put("/Invoices", xero.draft(), key, unitdp="4"),
    ):
        assert answer.status_code == 400
        assert answer.json()["Message"] == "Idempotency Key: k-1 is used with a different request."


def test_a_key_has_at_most_128_characters(xero: Caller) -> None:
    assert xero.put("/Invoices", xero.draft(), {"Idempotency-Key": "k" * 128}).status_code == 200
    assert xero.put("/Invoices", xero.draft(), {"Idempotency-Key": "k" * 129}).status_code == 400


def test_the_second_of_two_calls_at_once_waits_for_the_first_ones_answer(xero: Caller) -> None:
    xero.control("faults", {"kind": "slow", "seconds": 0.3, "count": 2, "path": "/api.xro/2.0/Invoices"})
    sent, answers = xero.draft(), list[httpx2.Response]()
    calls = [
        threading.Thread(
            target=lambda: answers.append(Caller.put(xero, "/Invoices", sent, {"Idempotency-Key": "k"}))
        )
        for _ in range(2)
    ]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert answers[0].content == answers[1].content
    assert count(xero) == 1


def test_a_lost_answer_is_given_again_under_the_same_key(xero: Caller) -> None:
    sent = xero.draft()
    xero.control("faults", {"kind": "lose_reply", "method": "PUT", "count": 1})
    try:
        xero.put("/Invoices", sent, {"Idempotency-Key": "k-1"})
        raise AssertionError("the answer should have been lost")
    except httpx2.TransportError:
        pass
    assert count(xero) == 1
    assert xero.put("/Invoices", sent, {"Idempotency-Key": "k-1"}).status_code == 200
    assert count(xero) == 1


def test_void_and_make_again_under_one_key_replays_the_void_document(xero: Caller) -> None:
    sent, key = xero.draft(Status="AUTHORISED"), {"Idempotency-Key": "k-1"}
    made = xero.put("/Invoices", sent, key).json()["Invoices"][0]
    xero.change(made, Status="VOIDED")
    again = xero.put("/Invoices", sent, key).json()["Invoices"][0]
    assert again["InvoiceID"] == made["InvoiceID"]
    assert xero.fresh(again)["Status"] == "VOIDED"
