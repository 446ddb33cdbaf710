"""Consent, tokens, connections (guides/oauth2) and every refusal of theirs."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from tests.contract.caller import CLIENT, NZ, REDIRECT, SCOPES, UK, Caller

VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def code_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["code"][0]


def test_consent_sends_the_person_back_with_a_code_the_scope_and_our_state(origin: str) -> None:
    back = parse_qs(urlsplit(Caller(origin).ask_consent()).query)
    assert back["state"] == ["s-1"]
    assert set(back["scope"][0].split()) == set(SCOPES.split())
    assert back["code"] and back["session_state"]


def test_a_person_who_cancels_is_sent_back_with_access_denied(origin: str) -> None:
    caller = Caller(origin)
    asked = {
        "response_type": "code",
        "client_id": CLIENT[0],
        "redirect_uri": REDIRECT,
        "scope": "openid",
        "state": "x",
    }
    answer = caller.http.post("/identity/connect/authorize", params=asked, data={"decision": "cancel"})
    assert answer.headers["location"] == f"{REDIRECT}?error=access_denied&state=x"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"client_id": "stranger"}, "unauthorized_client"),
        ({"redirect_uri": "http://127.0.0.1:8000/xero/callback"}, "Invalid redirect_uri"),
        ({"redirect_uri": "http://studio.example/callback"}, "Invalid redirect_uri"),
        ({"scope": "accounting.transactions"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"client_id": "bluestamp-native"}, "code challenge required"),
    ],
)
def test_a_wrong_authorise_request_gets_a_page_that_says_why(
    origin: str, changed: dict[str, str], sentence: str
) -> None:
    asked = {
        "response_type": "code",
        "client_id": CLIENT[0],
        "redirect_uri": REDIRECT,
        "scope": "openid",
    } | changed
    answer = Caller(origin).http.get("/identity/connect/authorize", params=asked)
    assert answer.status_code == 400
    assert sentence in answer.text


def test_tokens_are_signed_jwts_with_xeros_claims(origin: str) -> None:
    caller = Caller(origin).connect()
    keys = jwt.PyJWKClient(f"{origin}/.well-known/openid-configuration/jwks")
    token = caller.tokens["access_token"]
    claims = jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token),
        algorithms=["RS256"],
        audience=f"{origin}/resources",
        issuer=origin,
    )
    assert claims["client_id"] == CLIENT[0]
    assert claims["exp"] - claims["nbf"] == 1800
    assert "accounting.invoices" in claims["scope"]
    assert {"sub", "xero_userid", "global_session_id", "jti", "authentication_event_id"} <= claims.keys()
    assert caller.tokens["expires_in"] == 1800
    assert caller.tokens["token_type"] == "Bearer"
    identity = jwt.decode(caller.tokens["id_token"], options={"verify_signature": False})
    assert identity["exp"] - identity["nbf"] == 300
    assert identity["aud"] == CLIENT[0]


def test_a_code_works_once_within_five_minutes_and_only_with_its_redirect(origin: str) -> None:
    caller = Caller(origin)
    first = code_of(caller.ask_consent())
    exchange = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    assert caller.token(**exchange, code=first).status_code == 200
    assert caller.token(**exchange, code=first).json() == {"error": "invalid_grant"}
    late = code_of(caller.ask_consent())
    caller.control("clock", {"advance_seconds": 301})
    assert caller.token(**exchange, code=late).json() == {"error": "invalid_grant"}
    other = code_of(caller.ask_consent())
    wrong = caller.token(grant_type="authorization_code", code=other, redirect_uri="http://localhost:1/x")
    assert wrong.json() == {"error": "invalid_grant"}


def test_pkce_needs_the_verifier_and_no_secret(origin: str) -> None:
    caller = Caller(origin)
    native = {"client_id": "bluestamp-native", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    exchange = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "client_id": "bluestamp-native"}
    code = code_of(caller.ask_consent(**native))
    assert caller.token(None, **exchange, code=code, code_verifier="w" * 64).json() == {
        "error": "invalid_grant"
    }
    assert caller.token(None, **exchange, code=code, code_verifier=VERIFIER).status_code == 200


def test_refreshing_rotates_and_the_replaced_token_works_for_thirty_minutes_more(origin: str) -> None:
    caller = Caller(origin).connect()
    first = caller.tokens["refresh_token"]
    second = caller.token(grant_type="refresh_token", refresh_token=first).json()["refresh_token"]
    assert second != first
    caller.control("clock", {"advance_seconds": 29 * 60})
    assert caller.token(grant_type="refresh_token", refresh_token=first).status_code == 200
    caller.control("clock", {"advance_seconds": 2 * 60})
    assert caller.token(grant_type="refresh_token", refresh_token=first).json() == {"error": "invalid_grant"}
    assert caller.token(grant_type="refresh_token", refresh_token=second).status_code == 200


def test_a_refresh_token_unused_for_sixty_days_is_dead(origin: str) -> None:
    caller = Caller(origin).connect()
    caller.control("clock", {"advance_seconds": 60 * 86400 + 1})
    dead = caller.token(grant_type="refresh_token", refresh_token=caller.tokens["refresh_token"])
    assert (dead.status_code, dead.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("auth", "form", "error"),
    [
        ((CLIENT[0], "wrong"), {"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_client"),
        (("nobody", "x"), {"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_client"),
        (CLIENT, {"grant_type": "refresh_token", "refresh_token": "never issued"}, "invalid_grant"),
        (CLIENT, {"grant_type": "refresh_token"}, "invalid_request"),
        (CLIENT, {}, "invalid_request"),
        (CLIENT, {"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        (
            ("sandbox", "sandbox-secret"),
            {"grant_type": "refresh_token", "refresh_token": "x"},
            "unauthorized_client",
        ),
        (CLIENT, {"grant_type": "client_credentials", "scope": "accounting.invoices"}, "invalid_scope"),
    ],
)
def test_a_wrong_token_request_is_a_400_with_its_error(
    origin: str, auth: tuple[str, str], form: dict[str, str], error: str
) -> None:
    answer = Caller(origin).token(auth, **form)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_a_custom_connection_needs_no_tenant_header_and_gets_no_refresh_token(origin: str) -> None:
    caller = Caller(origin)
    caller.tokens = caller.token(("sandbox", "sandbox-secret"), grant_type="client_credentials").json()
    assert "refresh_token" not in caller.tokens
    bare = {"Authorization": f"Bearer {caller.tokens['access_token']}", "Accept": "application/json"}
    named = caller.http.get("/api.xro/2.0/Organisation", headers=bare).json()["Organisations"][0]["Name"]
    assert named == "Northlight Ltd"
    assert caller.get("/Organisation").status_code == 200


def test_connections_are_filtered_by_the_consent_that_made_them_and_scopes_add_up(origin: str) -> None:
    caller = Caller(origin).connect(UK, "openid offline_access accounting.invoices")
    caller.connect(NZ, "openid offline_access accounting.contacts")
    bearer = {"Authorization": f"Bearer {caller.tokens['access_token']}"}
    everything = caller.http.get("/connections", headers=bearer).json()
    assert [item["tenantName"] for item in everything] == ["Northlight Ltd", "Demo Company (NZ)"]
    event = jwt.decode(caller.tokens["access_token"], options={"verify_signature": False})[
        "authentication_event_id"
    ]
    chosen = caller.http.get("/connections", params={"authEventId": event}, headers=bearer).json()
    assert [item["tenantId"] for item in chosen] == [NZ]
    assert set(chosen[0]) == {
        "id",
        "authEventId",
        "tenantId",
        "tenantType",
        "tenantName",
        "createdDateUtc",
        "updatedDateUtc",
    }
    assert len(chosen[0]["createdDateUtc"].split(".")[1]) == 7
    assert {"accounting.invoices", "accounting.contacts"} <= set(caller.tokens["scope"].split())


def test_a_connection_is_deleted_by_its_own_id_only(xero: Caller) -> None:
    bearer = {"Authorization": f"Bearer {xero.tokens['access_token']}"}
    held = xero.http.get("/connections", headers=bearer).json()[0]
    assert xero.http.delete(f"/connections/{held['tenantId']}", headers=bearer).status_code == 403
    assert (
        xero.http.delete("/connections/11111111-1111-1111-1111-111111111111", headers=bearer).status_code
        == 404
    )
    assert xero.http.delete(f"/connections/{held['id']}", headers=bearer).status_code == 204
    assert xero.http.get("/connections", headers=bearer).json() == []
    assert xero.get("/Organisation").status_code == 403


def test_revocation_takes_the_tokens_and_every_connection_of_that_user(xero: Caller) -> None:
    xero.connect(NZ)
    answer = xero.http.post("/connect/revocation", data={"token": xero.tokens["refresh_token"]}, auth=CLIENT)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (
        xero.token(grant_type="refresh_token", refresh_token=xero.tokens["refresh_token"]).status_code == 400
    )
    bearer = {"Authorization": f"Bearer {xero.tokens['access_token']}"}
    assert xero.http.get("/connections", headers=bearer).json() == []


def test_an_expired_token_is_a_401_that_says_so(xero: Caller) -> None:
    xero.control("clock", {"advance_seconds": 1801})
    answer = xero.get("/Organisation")
    assert answer.status_code == 401
    said = answer.json()
    assert said["Title"] == "Unauthorized"
    assert said["Status"] == 401
    assert said["Detail"].startswith("TokenExpired: token expired at ")
    assert set(said) == {"Type", "Title", "Status", "Detail", "Instance", "Extensions"}


def test_a_missing_scope_is_a_401_authorization_unsuccessful(origin: str) -> None:
    reader = Caller(origin).connect(UK, "openid accounting.contacts.read")
    assert reader.get("/Contacts").status_code == 200
    for answer in (reader.put("/Contacts", {"Name": "New"}), reader.get("/Invoices")):
        assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthorizationUnsuccessful")


@pytest.mark.parametrize("tenant", ["", NZ, "11111111-1111-1111-1111-111111111111"])
def test_a_tenant_without_a_connection_is_a_403_authentication_unsuccessful(
    xero: Caller, tenant: str
) -> None:
    xero.organisation = tenant
    answer = xero.get("/Organisation", {"Xero-Tenant-Id": tenant or "none"})
    assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_access_withdrawn_inside_xero_is_a_403(xero: Caller) -> None:
    xero.control(f"organisations/{UK}", {"withdraw_access": True})
    assert xero.get("/Organisation").status_code == 403


def test_discovery_names_every_address_on_the_one_origin(origin: str) -> None:
    said = Caller(origin).http.get("/.well-known/openid-configuration").json()
    assert said["issuer"] == origin
    assert said["token_endpoint"] == f"{origin}/connect/token"
    assert said["authorization_endpoint"] == f"{origin}/identity/connect/authorize"
