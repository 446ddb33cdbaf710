"""The sandbox's clock ages everything that has an age: tokens, codes, keys, limits, retries, lock dates' today."""

import datetime as dt
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.caller import REDIRECT, Caller

MINUTE = 60
DAY = 24 * 60 * MINUTE


def age(caller: Caller, seconds: float) -> None:
    caller.control("clock", {"advance_seconds": seconds})


def call(caller: Caller) -> int:
    """An access token: half an hour (guides/oauth2)."""
    return caller.get("/Organisation").status_code


def refresh(caller: Caller) -> int:
    """A refresh token: sixty days unused (guides/oauth2)."""
    return caller.token(grant_type="refresh_token", refresh_token=caller.tokens["refresh_token"]).status_code


def replay_a_rotated_token(caller: Caller) -> Callable[[], int]:
    """The grace of a token that was replaced: half an hour."""
    held = caller.tokens["refresh_token"]
    assert refresh(caller) == 200
    return lambda: caller.token(grant_type="refresh_token", refresh_token=held).status_code


def exchange_a_code(caller: Caller) -> Callable[[], int]:
    """A code: five minutes."""
    code = parse_qs(urlsplit(caller.ask_consent()).query)["code"][0]
    return lambda: caller.token(grant_type="authorization_code", code=code, redirect_uri=REDIRECT).status_code


def replay_a_key(caller: Caller) -> Callable[[], int]:
    """An idempotency key: six minutes; 409 stands here for a second document."""
    sent = caller.draft()
    first = caller.put("/Invoices", sent, {"Idempotency-Key": "k"}).json()["Invoices"][0]["InvoiceID"]

    def again() -> int:
        said = caller.put("/Invoices", sent, {"Idempotency-Key": "k"}).json()["Invoices"][0]["InvoiceID"]
        return 200 if said == first else 409

    return again


def call_past_the_minute(caller: Caller) -> Callable[[], int]:
    """The minute's limit: a minute at most (guides/oauth2/limits)."""
    caller.control("limits", {"minute": 1})
    call(caller)
    return lambda: call(caller)


AGES = [
    (lambda caller: lambda: call(caller), 29 * MINUTE, 200, 31 * MINUTE, 401),
    (lambda caller: lambda: refresh(caller), 59 * DAY, 200, 61 * DAY, 400),
    (replay_a_rotated_token, 29 * MINUTE, 200, 31 * MINUTE, 400),
    (exchange_a_code, 4 * MINUTE, 200, 6 * MINUTE, 400),
    (replay_a_key, 5 * MINUTE, 200, 7 * MINUTE, 409),
    (call_past_the_minute, 0, 429, MINUTE, 200),
]


@pytest.mark.parametrize(("begin", "early", "then", "late", "afterwards"), AGES)
def test_what_has_an_age_lives_until_then_and_no_longer(
    xero: Caller,
    begin: Callable[[Caller], Callable[[], int]],
    early: int,
    then: int,
    late: int,
    afterwards: int,
) -> None:
    xero.control("clock", {"freeze": True})
    for seconds, status in ((early, then), (late, afterwards)):
        xero.connect()
        try_it = begin(xero)
        age(xero, seconds)
        assert try_it() == status
        xero.control("limits", {"minute": None})


def test_the_clock_is_put_frozen_and_let_go(xero: Caller) -> None:
    assert xero.control("clock", {"now": "2027-02-03T04:05:06", "freeze": True})["now"].startswith(
        "2027-02-03T04:05:06"
    )
    assert xero.control("clock", method="GET") == xero.control("clock", method="GET")
    xero.control("clock", {"freeze": False})
    xero.control("clock", {"real": True})
    moment = dt.datetime.fromisoformat(xero.control("clock", method="GET")["now"])
    assert abs((moment - dt.datetime.now(dt.UTC)).total_seconds()) < 5


def test_a_document_without_a_date_is_of_the_sandboxs_today(xero: Caller) -> None:
    xero.control("clock", {"now": "2026-12-24T12:00:00"})
    made = xero.connect().create(Date=None)
    assert made["DateString"] == "2026-12-24T00:00:00"
