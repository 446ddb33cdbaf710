"""Call limits with their headers (guides/oauth2/limits), and faults on demand."""

import threading
import time

import httpx2
import pytest

from tests.contract.caller import NZ, Caller


def test_every_answer_says_what_is_left(xero: Caller) -> None:
    xero.control("limits", {"minute": 60, "day": 1000})
    for answer in (
        xero.get("/Organisation"),
        xero.put("/Invoices", {"Type": "ACCPAY"}),
        xero.get("/Invoices/none"),
    ):
        assert {
            "x-minlimit-remaining",
            "x-daylimit-remaining",
            "x-appminlimit-remaining",
        } <= answer.headers.keys()
    assert answer.headers["x-minlimit-remaining"] == "57"
    assert answer.headers["x-daylimit-remaining"] == "997"


@pytest.mark.parametrize(
    ("limit", "problem", "longest"),
    [({"minute": 3}, "minute", 60), ({"day": 3}, "day", 86_400), ({"app_minute": 3}, "appminute", 60)],
)
def test_past_a_limit_comes_429_until_retry_after(
    xero: Caller, limit: dict[str, int], problem: str, longest: int
) -> None:
    xero.control("clock", {"freeze": True})
    xero.control("limits", limit)
    assert [xero.get("/Organisation").status_code for _ in range(3)] == [200, 200, 200]
    refused = xero.get("/Organisation")
    assert (refused.status_code, refused.headers["x-rate-limit-problem"]) == (429, problem)
    wait = int(refused.headers["retry-after"])
    assert 0 < wait <= longest
    xero.control("clock", {"advance_seconds": wait})
    answer = xero.get("/Organisation")
    assert answer.status_code == 200 if problem != "day" or wait < 1800 else answer.status_code == 401


def test_limits_are_counted_for_each_organisation(xero: Caller) -> None:
    xero.connect(NZ)
    xero.control("limits", {"minute": 1})
    assert xero.get("/Organisation").status_code == 200
    assert xero.get("/Organisation").status_code == 429
    assert xero.get("/Organisation", {"Xero-Tenant-Id": NZ}).status_code == 200


def test_a_sixth_call_at_once_is_refused(xero: Caller) -> None:
    xero.control("faults", {"kind": "slow", "seconds": 0.4, "count": 6})
    answers: list[httpx2.Response] = []
    calls = [threading.Thread(target=lambda: answers.append(xero.get("/Organisation"))) for _ in range(6)]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [429]
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.headers["x-rate-limit-problem"] == "concurrent"
    assert "retry-after" not in refused.headers
    assert xero.get("/Organisation").status_code == 200


def test_replays_of_a_key_count_too(xero: Caller) -> None:
    sent = xero.draft()
    xero.control("limits", {"minute": 10})
    left = [
        xero.put("/Invoices", sent, {"Idempotency-Key": "k"}).headers["x-minlimit-remaining"]
        for _ in range(2)
    ]
    assert left == ["9", "8"]


def test_a_dropped_connection_does_no_work(xero: Caller) -> None:
    sent = xero.draft()
    xero.control(
        "faults", {"kind": "drop_before", "path": "/api.xro/2.0/Invoices", "method": "PUT", "count": 1}
    )
    with pytest.raises(httpx2.TransportError):
        xero.put("/Invoices", sent)
    assert xero.get("/Invoices", page=1).json()["pagination"]["itemCount"] == 0
    assert xero.put("/Invoices", sent).status_code == 200


def test_a_lost_token_answer_leaves_the_old_token_its_grace(xero: Caller) -> None:
    xero.control("faults", {"kind": "lose_reply", "path": "/connect/token", "count": 1})
    held = xero.tokens["refresh_token"]
    with pytest.raises(httpx2.TransportError):
        xero.token(grant_type="refresh_token", refresh_token=held)
    assert xero.token(grant_type="refresh_token", refresh_token=held).status_code == 200


@pytest.mark.parametrize(("kind", "status"), [("503", 503), ("500", 500), ("429", 429)])
def test_an_outage_strikes_as_often_as_asked(xero: Caller, kind: str, status: int) -> None:
    xero.control("faults", {"kind": kind, "count": 2, "seconds": 22})
    answers = [xero.get("/Organisation") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    if kind == "429":
        assert answers[0].headers["retry-after"] == "22"
        assert answers[0].headers["x-rate-limit-problem"] == "minute"


def test_a_fault_has_its_organisation_path_and_rhythm(xero: Caller) -> None:
    xero.connect(NZ)
    xero.control(
        "faults",
        {
            "faults": [
                {"kind": "503", "organisation": NZ},
                {"kind": "500", "path": "/api.xro/2.0/Accounts", "every": 2},
            ]
        },
    )
    assert xero.get("/Organisation").status_code == 200
    assert xero.get("/Organisation", {"Xero-Tenant-Id": NZ}).status_code == 503
    assert [xero.get("/Accounts").status_code for _ in range(4)] == [200, 500, 200, 500]
    xero.control("faults", method="DELETE")
    assert xero.get("/Organisation", {"Xero-Tenant-Id": NZ}).status_code == 200


def test_a_slow_answer_is_slow(xero: Caller) -> None:
    xero.control("faults", {"kind": "slow", "seconds": 0.2, "count": 1})
    began = time.monotonic()
    assert xero.get("/Organisation").status_code == 200
    assert time.monotonic() - began >= 0.2


def test_a_misspelt_fault_is_refused(xero: Caller) -> None:
    assert xero.http.post("/_sandbox/faults", json={"kind": "gremlins"}).status_code == 400
    assert xero.http.post("/_sandbox/faults", json={"kind": "slow", "secnods": 3}).status_code == 400


def test_every_call_is_logged_with_what_really_happened(xero: Caller) -> None:
    xero.control("calls", method="DELETE")
    sent = xero.draft()
    xero.control("faults", {"kind": "lose_reply", "method": "PUT", "count": 1})
    with pytest.raises(httpx2.TransportError):
        xero.put("/Invoices", sent, {"Idempotency-Key": "k-9"})
    call = xero.control("calls?path=Invoices", method="GET")["calls"][-1]
    assert (call["method"], call["path"], call["status"], call["note"]) == (
        "PUT",
        "/api.xro/2.0/Invoices",
        200,
        "reply lost",
    )
    assert (call["organisation"], call["idempotency_key"]) == (xero.organisation, "k-9")
    assert call["bytes_in"] > 0 and call["bytes_out"] > 0


def test_many_callers_at_once_leave_whole_documents(xero: Caller) -> None:
    xero.control("limits", {"concurrent": None})
    sent = {"Invoices": [xero.draft(InvoiceNumber=str(place)) for place in range(10)]}
    calls = [
        threading.Thread(target=lambda: xero.put("/Invoices", sent, summarizeErrors="false"))
        for _ in range(8)
    ]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert xero.get("/Invoices", page=1).json()["pagination"]["itemCount"] == 80
