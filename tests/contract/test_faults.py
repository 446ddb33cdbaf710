"""Faults that an integration must survive: what the caller sees, and what Xero kept."""

import threading
import time

import httpx2
import pytest

from tests.contract.caller import NZ, UK, Caller, messages

INVOICES = "/api.xro/2.0/Invoices"
CONTACTS = "/api.xro/2.0/Contacts"


def names(caller: Caller, *wanted: str) -> set[str]:
    """Those of the names that a contact has."""
    held = {item["Name"] for item in caller.get("/Contacts", pageSize=1000).json()["Contacts"]}
    return held & set(wanted)


@pytest.mark.parametrize("kind", ["lose_reply", "timeout"])
def test_after_a_lost_reply_the_work_is_kept_and_its_key_gives_the_answer(xero: Caller, kind: str) -> None:
    sent = xero.draft()
    xero.control("faults", {"kind": kind, "path": INVOICES, "method": "PUT", "count": 1, "seconds": 0.1})
    with pytest.raises(httpx2.TransportError):
        xero.put("/Invoices", sent, {"Idempotency-Key": "k"})
    again = xero.put("/Invoices", sent, {"Idempotency-Key": "k"}).json()["Invoices"][0]
    held = xero.get("/Invoices", page=1).json()["Invoices"]
    assert [item["InvoiceID"] for item in held] == [again["InvoiceID"]]


def test_a_timeout_makes_the_caller_wait_although_the_work_is_done(xero: Caller) -> None:
    sent = xero.draft()
    xero.control("faults", {"kind": "timeout", "method": "PUT", "count": 1, "seconds": 1.5})
    given_up: list[str] = []

    def call() -> None:
        try:
            xero.put("/Invoices", sent)
        except httpx2.TransportError as fault:
            given_up.append(str(fault))

    patient = threading.Thread(target=call)
    patient.start()
    other = Caller(xero.origin)
    other.tokens = xero.tokens
    until = time.monotonic() + 1.3
    while not other.get("/Invoices", page=1).json()["Invoices"]:
        assert time.monotonic() < until
    assert not given_up
    patient.join()
    assert given_up


def test_a_batch_refused_as_a_whole_keeps_nothing_even_when_errors_are_not_summarised(xero: Caller) -> None:
    xero.control("faults", {"kind": "400", "path": CONTACTS, "method": "PUT", "containing": "Poison"})
    sent = {"Contacts": [{"Name": "Sound One"}, {"Name": "Poison Ltd"}, {"Name": "Sound Two"}]}
    refused = xero.put("/Contacts", sent, summarizeErrors="false")
    assert refused.status_code == 400
    assert refused.json() == {
        "ErrorNumber": 14,
        "Type": "PostDataInvalidException",
        "Message": "The request was refused as a whole",
    }
    assert names(xero, "Sound One", "Sound Two") == set()
    apart = [xero.put("/Contacts", item).status_code for item in sent["Contacts"]]
    assert apart == [200, 400, 200]
    assert names(xero, "Sound One", "Sound Two") == {"Sound One", "Sound Two"}


@pytest.mark.parametrize(
    ("number", "type_"),
    [(10, "ValidationException"), (14, "PostDataInvalidException"), (17, "NoDataProcessedException")],
)
def test_a_refusal_has_the_number_and_words_that_were_asked_for(
    xero: Caller, number: int, type_: str
) -> None:
    xero.control("faults", {"kind": "400", "number": number, "text": "Not today", "count": 1})
    said = xero.put("/Invoices", xero.tokens and {"Type": "ACCPAY"}).json()
    assert (said["ErrorNumber"], said["Type"], said["Message"]) == (number, type_, "Not today")


def test_a_good_token_can_count_as_expired_once(xero: Caller) -> None:
    xero.control("faults", {"kind": "token_expired", "count": 1})
    refused = xero.get("/Organisation")
    assert refused.status_code == 401
    assert refused.json()["Detail"].startswith("TokenExpired")
    assert xero.get("/Organisation").status_code == 200


def test_a_disconnected_organisation_refuses_only_its_own_calls(xero: Caller) -> None:
    xero.connect(NZ)
    xero.control("faults", {"kind": "disconnected", "organisation": UK})
    refused = xero.get("/Organisation")
    assert (refused.status_code, refused.json()["Detail"]) == (403, "AuthenticationUnsuccessful")
    assert xero.get("/Organisation", {"Xero-Tenant-Id": NZ}).status_code == 200
    xero.control(f"faults/{xero.control('faults', method='GET')['faults'][0]['id']}", method="DELETE")
    assert xero.get("/Organisation").status_code == 200


def test_access_that_is_withdrawn_is_gone_until_the_next_consent(xero: Caller) -> None:
    xero.control(f"organisations/{UK}", {"withdraw_access": True})
    assert xero.get("/Organisation").status_code == 403
    assert xero.http.get("/connections", headers=xero.headers()).json() == []
    assert xero.connect().get("/Organisation").status_code == 200


def test_a_good_refresh_token_can_be_refused(xero: Caller) -> None:
    xero.control("faults", {"kind": "invalid_grant", "count": 1})
    held = xero.tokens["refresh_token"]
    refused = xero.token(grant_type="refresh_token", refresh_token=held)
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_grant"})
    assert xero.token(grant_type="refresh_token", refresh_token=held).status_code == 200


def test_faults_of_the_identity_service_leave_accounting_calls_alone(xero: Caller) -> None:
    xero.control("faults", {"kind": "invalid_grant", "count": 1})
    assert xero.get("/Organisation").status_code == 200
    assert xero.control("faults", method="GET")["faults"][0]["fired"] == 0


def test_an_approval_can_come_back_lower_than_it_was_asked(xero: Caller) -> None:
    xero.control("faults", {"kind": "approval_downgrade", "status": "SUBMITTED", "count": 1})
    assert xero.create(Status="AUTHORISED")["Status"] == "SUBMITTED"
    assert xero.create(Status="AUTHORISED")["Status"] == "AUTHORISED"


@pytest.mark.parametrize(("chance", "struck"), [(0, 0), (1, 8)])
def test_a_chance_of_nought_never_strikes_and_of_one_always(xero: Caller, chance: float, struck: int) -> None:
    xero.control("faults", {"kind": "503", "chance": chance})
    assert [xero.get("/Organisation").status_code for _ in range(8)].count(503) == struck


def test_an_even_chance_strikes_some_and_spares_some(xero: Caller) -> None:
    xero.control("limits", {"day": None})
    xero.control("faults", {"kind": "503", "chance": 0.5})
    answers = [xero.get("/Organisation").status_code for _ in range(60)]
    assert {200, 503} == set(answers)


def test_one_call_is_shown_with_both_of_its_bodies(xero: Caller) -> None:
    xero.put("/Invoices", xero.draft(InvoiceNumber="READ-ME", CurrencyCode="SEK"))
    number = xero.control("calls?path=Invoices", method="GET")["calls"][-1]["id"]
    call = xero.control(f"calls/{number}", method="GET")
    assert "READ-ME" in call["sent"] and "ValidationException" in call["answered"]
    assert call["headers"]["sent"]["Xero-Tenant-Id"] == UK
    assert "X-MinLimit-Remaining" in call["headers"]["answered"]


def test_the_log_keeps_the_apps_secret_to_itself(xero: Caller) -> None:
    xero.token(
        auth=None, grant_type="client_credentials", client_id="sandbox", client_secret="sandbox-secret"
    )
    number = xero.control("calls?path=token", method="GET")["calls"][-1]["id"]
    sent = xero.control(f"calls/{number}", method="GET")["sent"]
    assert "client_id=sandbox" in sent and "sandbox-secret" not in sent


def test_messages_of_a_struck_document_are_its_own(xero: Caller) -> None:
    xero.control("faults", {"kind": "400", "containing": "Poison"})
    assert messages(xero.put("/Invoices", xero.draft(CurrencyCode="SEK"))) == [
        "Organisation is not subscribed to currency SEK"
    ]
