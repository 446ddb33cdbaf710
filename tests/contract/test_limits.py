"""What the limits do beyond counting (reference sections 2.1, 2.2 and 16.6): tiers, windows, wording, sizes."""

import threading

import httpx2
import pytest

from bluestamp.sandbox.app import App
from bluestamp.sandbox.idempotency import Key
from tests.contract.caller import CLIENT, UK, Caller, Json, messages

LEFT = {"x-minlimit-remaining", "x-daylimit-remaining", "x-appminlimit-remaining"}
MB = 1024 * 1024
FIRST = Key(CLIENT[0], "k", "the first call's own")


def keyed(xero: Caller, sent: Json) -> httpx2.Response:
    """A call with the same key as the first one."""
    return xero.put("/Invoices", sent, {"Idempotency-Key": "k"})


@pytest.mark.parametrize(
    ("tier", "day"), [("starter", 1000), ("core", 5000), ("plus", 5000), ("advanced", 5000)]
)
def test_a_paid_tier_has_five_thousand_calls_a_day_and_starter_a_thousand(
    xero: Caller, tier: str, day: int
) -> None:
    assert xero.control("limits", {"tier": tier})["day"] == day
    assert xero.get("/Organisation").headers["x-daylimit-remaining"] == str(day - 1)


def test_a_tier_that_doesnt_exist_is_refused(xero: Caller) -> None:
    assert xero.http.post("/_sandbox/limits", json={"tier": "platinum"}).status_code == 400
    assert xero.http.post("/_sandbox/limits", json={"hour": 5}).status_code == 400


def test_xeros_own_limits_are_in_force_from_the_start(xero: Caller) -> None:
    xero.control("reset")
    assert xero.control("limits", method="GET") == {
        "minute": 60,
        "day": 1000,
        "concurrent": 5,
        "app_minute": 10_000,
        "connections": 5,
        "bulk_connections": False,
    }


def test_refusals_of_every_kind_say_what_is_left(origin: str) -> None:
    reader = Caller(origin).connect(UK, "openid accounting.settings.read")
    answers = [
        reader.get("/Invoices"),
        reader.get("/Nonsense"),
        reader.http.delete("/api.xro/2.0/Organisation", headers=reader.headers()),
        reader.get("/Accounts", where="Colour==1"),
    ]
    reader.control(f"organisations/{UK}", {"is_offline": True})
    answers.append(reader.get("/Organisation"))
    assert [answer.status_code for answer in answers] == [401, 404, 501, 400, 503]
    assert all(answer.headers.keys() >= LEFT for answer in answers)
    day = [int(answer.headers["x-daylimit-remaining"]) for answer in answers]
    assert day == sorted(day, reverse=True)


def test_a_429_says_what_is_left_too_and_isnt_counted(xero: Caller) -> None:
    xero.control("clock", {"freeze": True})
    xero.control("limits", {"minute": 2, "day": 100})
    for _ in range(2):
        xero.get("/Organisation")
    refused = [xero.get("/Organisation") for _ in range(3)]
    assert {answer.status_code for answer in refused} == {429}
    assert {answer.headers["x-minlimit-remaining"] for answer in refused} == {"0"}
    assert {answer.headers["x-daylimit-remaining"] for answer in refused} == {"98"}
    assert {answer.content for answer in refused} == {b""}


def test_a_429_has_words_where_a_switch_says_so(xero: Caller) -> None:
    xero.control("switches", {"limit_body": "text"})
    xero.control("limits", {"minute": 1})
    xero.get("/Organisation")
    refused = xero.get("/Organisation")
    assert (refused.status_code, refused.headers["content-type"]) == (429, "text/plain; charset=utf-8")
    assert "rate limit" in refused.text


def test_the_apps_own_minute_is_spelt_as_a_switch_says(xero: Caller) -> None:
    xero.control("switches", {"app_minute_word": "app-minute"})
    xero.control("limits", {"app_minute": 1})
    xero.get("/Organisation")
    assert xero.get("/Organisation").headers["x-rate-limit-problem"] == "app-minute"


def test_fixed_windows_end_at_a_moment_of_the_organisations_own(xero: Caller) -> None:
    xero.control("clock", {"freeze": True})
    xero.control("limits", {"minute": 2})
    xero.get("/Organisation")
    xero.get("/Organisation")
    wait = int(xero.get("/Organisation").headers["retry-after"])
    xero.control("clock", {"advance_seconds": wait})
    assert xero.get("/Organisation").headers["x-minlimit-remaining"] == "1"


def test_rolling_windows_give_calls_back_one_by_one(xero: Caller) -> None:
    xero.control("switches", {"limit_windows": "rolling"})
    xero.control("clock", {"freeze": True})
    xero.control("limits", {"minute": 2})
    xero.get("/Organisation")
    xero.control("clock", {"advance_seconds": 20})
    xero.get("/Organisation")
    xero.control("clock", {"advance_seconds": 10})
    refused = xero.get("/Organisation")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "30")
    xero.control("clock", {"advance_seconds": 30})
    assert xero.get("/Organisation").headers["x-minlimit-remaining"] == "0"
    refused = xero.get("/Organisation")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "20")


@pytest.mark.parametrize("windows", ["fixed", "rolling"])
def test_a_clock_that_is_turned_back_doesnt_lock_anyone_out(xero: Caller, windows: str) -> None:
    xero.control("switches", {"limit_windows": windows})
    xero.control("limits", {"minute": 1})
    xero.get("/Organisation")
    xero.control("clock", {"advance_seconds": -300})
    assert xero.get("/Organisation").status_code == 200


@pytest.mark.parametrize(
    ("megabytes", "sent", "status"), [(3.5, 3, 400), (3.5, 4, 413), (10, 4, 400), (10, 11, 413)]
)
def test_a_body_over_the_ceiling_is_refused_whole(
    xero: Caller, megabytes: float, sent: int, status: int
) -> None:
    # section 2.2: Xero's pages give 3.5 and 10 MB
    xero.control("switches", {"body_limit_mb": megabytes})
    body = {"Name": "X" * (sent * MB)}
    assert xero.put("/Contacts", body).status_code == status
    assert xero.get("/Organisation").status_code == 200


@pytest.mark.parametrize(("megabytes", "refused"), [(10, True), (25, False)])
def test_an_attachment_has_its_own_ceiling(xero: Caller, megabytes: float, refused: bool) -> None:
    # section 2.2: Xero's pages give 10 and 25 MB
    xero.control("switches", {"attachment_limit_mb": megabytes})
    made = xero.create()
    address = f"/api.xro/2.0/Invoices/{made['InvoiceID']}/Attachments/big.pdf"
    headers = xero.headers(**{"Content-Type": "application/pdf"})
    answer = xero.http.put(address, content=b"x" * (11 * MB), headers=headers)
    if refused:
        assert messages(answer) == ["The attachment is larger than 10 MB"]
    else:
        assert answer.json()["Attachments"][0]["ContentLength"] == 11 * MB


def test_the_second_of_two_calls_at_once_with_one_key_waits(xero: Caller, running: tuple[App, str]) -> None:
    # section 3: not documented, so a switch
    found: list[int] = []
    sent = xero.draft()
    with running[0].world.answers.alone(FIRST):
        second = threading.Thread(target=lambda: found.append(keyed(xero, sent).status_code))
        second.start()
        second.join(0.2)
        assert second.is_alive() and found == []
    second.join()
    assert found == [200]


def test_the_second_of_two_calls_at_once_with_one_key_is_refused_by_switch(
    xero: Caller, running: tuple[App, str]
) -> None:
    xero.control("switches", {"key_race": "refuse"})
    sent = xero.draft()
    with running[0].world.answers.alone(FIRST):
        assert keyed(xero, sent).status_code == 409
    assert keyed(xero, sent).status_code == 200


def test_a_reused_key_carries_the_number_that_a_switch_says(xero: Caller) -> None:
    # section 3: the number isn't published
    xero.control("switches", {"key_mismatch_number": 30})
    xero.put("/Contacts", {"Name": "One"}, {"Idempotency-Key": "k"})
    said = xero.put("/Contacts", {"Name": "Two"}, {"Idempotency-Key": "k"}).json()
    assert said["ErrorNumber"] == 30
    assert said["Message"] == "Idempotency Key: k is used with a different request."
