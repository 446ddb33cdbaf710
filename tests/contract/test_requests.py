"""How requests are written: bodies, keys, headers, who is asking (reference sections 1.1 to 1.3, 3, 4.1, 4.2, 4.5)."""

import base64
import hashlib

import pytest

from tests.contract.caller import API, CLIENT, NZ, REDIRECT, UK, Caller, messages

VERIFIER = "v" * 43
NATIVE = {"client_id": "bluestamp-native", "code_challenge_method": "S256"}


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def native_token(origin: str, verifier: str) -> int:
    """The status of a PKCE app's token request with a verifier."""
    caller = Caller(origin)
    back = caller.ask_consent(**NATIVE, code_challenge=challenge(verifier))
    code = back.split("code=")[1].split("&")[0]
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "client_id": "bluestamp-native"}
    return caller.token(None, **form, code=code, code_verifier=verifier).status_code


@pytest.mark.parametrize(("length", "status"), [(42, 400), (43, 200), (128, 200), (129, 400)])
def test_a_verifier_has_43_to_128_characters(origin: str, length: int, status: int) -> None:
    # section 1.3
    assert native_token(origin, "v" * length) == status


@pytest.mark.parametrize("method", ["plain", ""])
def test_a_challenge_is_hashed(origin: str, method: str) -> None:
    # section 1.3: S256 only
    asked = {"response_type": "code", "redirect_uri": REDIRECT, "scope": "openid", "code_challenge": VERIFIER}
    answer = Caller(origin).http.get(
        "/identity/connect/authorize", params=asked | NATIVE | {"code_challenge_method": method}
    )
    assert answer.status_code == 400
    assert "S256" in answer.text


def test_a_pkce_app_refreshes_without_a_secret(origin: str) -> None:
    # section 1.3
    caller = Caller(origin)
    back = caller.ask_consent(**NATIVE, code_challenge=challenge(VERIFIER))
    form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "client_id": "bluestamp-native"}
    code = back.split("code=")[1].split("&")[0]
    held = caller.token(None, **form, code=code, code_verifier=VERIFIER).json()
    again = {"grant_type": "refresh_token", "client_id": "bluestamp-native"}
    assert caller.token(None, **again, refresh_token=held["refresh_token"]).status_code == 200
    assert caller.token(CLIENT, **again, refresh_token=held["refresh_token"]).json() == {
        "error": "invalid_grant"
    }


def test_a_client_may_give_its_secret_in_the_form(origin: str) -> None:
    # section 1.1: Basic is the documented way; SDKs use both
    caller = Caller(origin).connect()
    form = {"client_id": CLIENT[0], "client_secret": CLIENT[1], "grant_type": "refresh_token"}
    assert caller.token(None, **form, refresh_token=caller.tokens["refresh_token"]).status_code == 200
    form["client_secret"] = "wrong"
    assert caller.token(None, **form, refresh_token="x").json() == {"error": "invalid_client"}


def test_an_unknown_grant_is_refused(origin: str) -> None:
    # section 1.5
    assert Caller(origin).token(grant_type="password", username="x").json() == {
        "error": "unsupported_grant_type"
    }


def test_revoking_nonsense_is_no_error_and_needs_the_client(origin: str) -> None:
    # section 1.1
    http = Caller(origin).http
    assert http.post("/connect/revocation", data={"token": "never issued"}, auth=CLIENT).status_code == 200
    assert http.post("/connect/revocation", data={}, auth=CLIENT).json() == {"error": "invalid_request"}
    wrong = http.post("/connect/revocation", data={"token": "x"}, auth=("nobody", "x"))
    assert wrong.json() == {"error": "invalid_client"}


def test_an_organisation_is_connected_again_under_its_own_connection(xero: Caller) -> None:
    # section 1.4
    bearer = {"Authorization": f"Bearer {xero.tokens['access_token']}"}
    first = xero.http.get("/connections", headers=bearer).json()
    xero.connect()
    bearer = {"Authorization": f"Bearer {xero.tokens['access_token']}"}
    [again] = xero.http.get("/connections", headers=bearer).json()
    assert again["id"] == first[0]["id"]
    assert again["authEventId"] != first[0]["authEventId"]
    assert again["createdDateUtc"] == first[0]["createdDateUtc"]


def test_after_a_disconnection_the_list_is_empty_and_no_error(xero: Caller) -> None:
    # section 1.4
    xero.control(f"organisations/{UK}", {"withdraw_access": True})
    answer = xero.http.get("/connections", headers={"Authorization": f"Bearer {xero.tokens['access_token']}"})
    assert (answer.status_code, answer.json()) == (200, [])


def test_header_names_are_read_in_any_case(xero: Caller) -> None:
    # section 0
    headers = {
        "authorization": f"bearer {xero.tokens['access_token']}",
        "XERO-TENANT-ID": xero.organisation.upper(),
        "accept": "application/json",
    }
    assert xero.http.get(f"{API}/Organisation", headers=headers).status_code == 200


def test_one_object_and_a_wrapped_list_are_both_taken(xero: Caller) -> None:
    # section 4.1
    assert xero.put("/Contacts", {"Name": "One"}).status_code == 200
    assert xero.put("/Contacts", {"Contacts": [{"Name": "Two"}]}).status_code == 200
    assert xero.put("/Contacts", {"Contacts": {"Name": "Three"}}).status_code == 200
    answer = xero.put("/Contacts", [{"Name": "Four"}])
    assert [item["Name"] for item in answer.json()["Contacts"]] == ["Four"]


def test_put_only_creates_and_post_updates_what_its_natural_key_finds(xero: Caller) -> None:
    # section 4.1
    made = xero.put("/Contacts", {"Name": "One"}).json()["Contacts"][0]
    assert messages(xero.put("/Contacts", {"Name": "One"}))
    same = xero.post("/Contacts", {"Name": "one", "FirstName": "Al"}).json()["Contacts"][0]
    assert same["ContactID"] == made["ContactID"]
    new = xero.post("/Contacts", {"Name": "Two"}).json()["Contacts"][0]
    assert new["ContactID"] != made["ContactID"]


def test_a_post_below_an_id_updates_that_one(xero: Caller) -> None:
    # section 4.1
    made = xero.put("/Contacts", {"Name": "One"}).json()["Contacts"][0]
    said = xero.post(f"/Contacts/{made['ContactID'].upper()}", {"Name": "Uno"}).json()["Contacts"][0]
    assert (said["ContactID"], said["Name"]) == (made["ContactID"], "Uno")
    assert xero.post("/Contacts/11111111-1111-1111-1111-111111111111", {"Name": "X"}).status_code == 404


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_key_on_a_read_or_a_deletion_is_ignored(xero: Caller, method: str) -> None:
    # section 3: POST, PUT and PATCH only
    key = xero.headers(**{"Idempotency-Key": "k"})
    path = f"{API}/Items/NOSUCH"
    assert xero.http.request(method, path, headers=key).status_code == 404
    xero.put("/Items", {"Code": "NOSUCH"})
    assert xero.http.request(method, path, headers=key).status_code in {200, 204}


def test_a_key_belongs_to_its_app(xero: Caller) -> None:
    # section 3
    sent = {"Name": "One"}
    first = xero.put("/Contacts", sent, {"Idempotency-Key": "k"})
    other = Caller(xero.origin)
    other.tokens = other.token(("sandbox", "sandbox-secret"), grant_type="client_credentials").json()
    second = other.put("/Contacts", sent, {"Idempotency-Key": "k"})
    assert (first.status_code, messages(second)) == (
        200,
        [
            "The contact name One is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        ],
    )


def test_a_key_used_in_another_organisation_is_another_request(xero: Caller) -> None:
    # section 3
    xero.connect(NZ)
    xero.put("/Contacts", {"Name": "One"}, {"Idempotency-Key": "k"})
    answer = xero.put("/Contacts", {"Name": "One"}, {"Idempotency-Key": "k", "Xero-Tenant-Id": NZ})
    assert answer.json()["Message"] == "Idempotency Key: k is used with a different request."


def test_the_provider_is_the_app_that_asked(origin: str) -> None:
    # section 4.2
    caller = Caller(origin)
    caller.tokens = caller.token(("sandbox", "sandbox-secret"), grant_type="client_credentials").json()
    assert caller.get("/Organisation").json()["ProviderName"] == "Bluestamp (custom)"


def test_a_document_without_a_date_is_dated_today_in_the_organisations_zone(demo: Caller) -> None:
    # sections 4.5 and 13.17
    demo.control("clock", {"now": "2026-11-20T13:00:00"})
    demo.connect()
    assert demo.create(Date=None)["DateString"] == "2026-11-21T00:00:00"
    demo.organisation = UK
    demo.connect()
    assert demo.create(Date=None)["DateString"] == "2026-11-20T00:00:00"


def test_every_instant_has_its_twin_where_xero_has_one(xero: Caller) -> None:
    # section 4.5: invoices, credit notes and payments
    made = xero.create(Status="AUTHORISED")
    xero.pay(made, 10)
    contact = {"ContactID": xero.contact()}
    note = {"Type": "ACCPAYCREDIT", "Contact": contact, "LineItems": [{"Description": "x"}]}
    xero.put("/CreditNotes", note)
    for name in ("Invoices", "CreditNotes", "Payments"):
        [said] = xero.get(f"/{name}", page=1).json()[name]
        assert said["UpdatedDateUTCString"].endswith("Z")
        assert said["UpdatedDateUTC"].startswith("/Date(")


@pytest.mark.parametrize(("switch", "kind"), [("text", "text/plain"), ("html", "text/html")])
def test_a_404_is_no_json(xero: Caller, switch: str, kind: str) -> None:
    # section 12.1
    xero.control("switches", {"not_found_body": switch})
    answer = xero.get("/Invoices/none")
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith(kind)
    assert "The resource you're looking for cannot be found" in answer.text
