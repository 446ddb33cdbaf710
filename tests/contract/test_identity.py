"""Consent, tokens, connections (guides/oauth2) and every refusal of theirs."""

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from tests.contract.caller import CLIENT, NZ, REDIRECT, SCOPES, UK, US, Caller

ABE = "2d84e7f1-6b1c-4f0a-9d3e-7a5c1b9e4f03"

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


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        ("accounting.transactions", 200, 200),
        ("accounting.transactions.read", 200, 401),
        ("accounting.invoices", 200, 200),
        ("accounting.invoices.read", 200, 401),
        ("accounting.reports.read", 401, 401),
    ],
)
def test_an_older_app_may_use_both_kinds_of_scopes(origin: str, scope: str, reads: int, writes: int) -> None:
    # section 1.6: apps made before 2 March 2026 keep the broad ones
    older = Caller(origin)
    older.control(f"apps/{CLIENT[0]}", {"made_on": "2025-06-01"})
    older.connect(UK, f"openid offline_access accounting.contacts.read {scope}")
    assert older.get("/Invoices", page=1).status_code == reads
    answer = older.put("/Invoices", older.draft())
    assert answer.status_code == writes, answer.text


def test_broad_scopes_stop_on_13_september_2027(origin: str) -> None:
    # section 1.6
    older = Caller(origin)
    older.control(f"apps/{CLIENT[0]}", {"made_on": "2026-03-01"})
    older.control("clock", {"now": "2027-09-12T23:00:00"})
    older.connect(UK, "openid offline_access accounting.transactions")
    assert older.get("/Invoices", page=1).status_code == 200
    older.control("clock", {"now": "2027-09-13T00:01:00"})
    older.tokens = older.token(grant_type="refresh_token", refresh_token=older.tokens["refresh_token"]).json()
    assert older.get("/Invoices", page=1).json()["Detail"] == "AuthorizationUnsuccessful"
    asked = {"response_type": "code", "client_id": CLIENT[0], "redirect_uri": REDIRECT}
    page = older.http.get("/identity/connect/authorize", params=asked | {"scope": "accounting.transactions"})
    assert (page.status_code, "invalid_scope" in page.text) == (400, True)


def test_an_app_made_since_2_march_2026_is_refused_broad_scopes_when_it_asks_for_a_token(origin: str) -> None:
    # section 1.5: scope not allowed for the app
    answer = Caller(origin).token(
        ("sandbox", "sandbox-secret"), grant_type="client_credentials", scope="accounting.transactions"
    )
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_scope"})


SCOPES_OF = {
    "accounting.invoices": ("Invoices", "CreditNotes", "PurchaseOrders", "Items"),
    "accounting.payments": ("Payments", "Prepayments", "Overpayments"),
    "accounting.contacts": ("Contacts", "ContactGroups"),
    "accounting.settings": (
        "Organisation",
        "Accounts",
        "TaxRates",
        "Currencies",
        "BrandingThemes",
        "TrackingCategories",
        "Users",
        "Items",
    ),
}


@pytest.mark.parametrize("scope", SCOPES_OF)
def test_each_scope_opens_its_own_endpoints_and_no_others(origin: str, scope: str) -> None:
    # section 1.6, faq/granular-scopes
    caller = Caller(origin).connect(UK, f"openid {scope}.read")
    everything = {name for names in SCOPES_OF.values() for name in names}
    found = {name for name in everything if caller.get(f"/{name}").status_code == 200}
    assert found == set(SCOPES_OF[scope])


def test_files_need_the_scope_for_attachments_and_writing_needs_more_than_read(xero: Caller) -> None:
    # section 1.6: attachments on any document
    made = xero.create()
    xero.http.post("/connect/revocation", data={"token": xero.tokens["refresh_token"]}, auth=CLIENT)
    files = f"/Invoices/{made['InvoiceID']}/Attachments"
    xero.connect(UK, "openid offline_access accounting.invoices accounting.contacts")
    assert xero.get(files).json()["Detail"] == "AuthorizationUnsuccessful"
    xero.connect(UK, "openid offline_access accounting.attachments.read")
    assert xero.get(files).status_code == 200
    assert xero.put(f"{files}/a.txt", {}).status_code == 401


def test_two_users_of_one_organisation_have_a_connection_each(origin: str) -> None:
    # section 1.4
    cleo, ada = Caller(origin).connect(), Caller(origin)
    code = code_of(ada.ask_consent(user="b7d1a6c2-94a7-4c1b-a0d5-5b1f6c7e8d02"))
    ada.tokens = ada.token(grant_type="authorization_code", code=code, redirect_uri=REDIRECT).json()
    held = [
        caller.http.get("/connections", headers={"Authorization": f"Bearer {caller.tokens['access_token']}"})
        for caller in (cleo, ada)
    ]
    first, second = (answer.json() for answer in held)
    assert [item["tenantId"] for item in first + second] == [UK, UK]
    assert first[0]["id"] != second[0]["id"]
    cleo.http.post("/connect/revocation", data={"token": cleo.tokens["refresh_token"]}, auth=CLIENT)
    assert cleo.get("/Organisation").status_code == 403
    assert ada.get("/Organisation").status_code == 200


def test_somebody_who_doesnt_belong_to_an_organisation_lets_nobody_in(origin: str) -> None:
    # section 1.4: a consent connects an organisation of the user's
    caller = Caller(origin)
    back = caller.ask_consent(organisation=US, user=ABE)
    assert parse_qs(urlsplit(back).query)["error"] == ["access_denied"]
    assert "code" in parse_qs(urlsplit(caller.ask_consent(organisation=NZ, user=ABE)).query)


def test_the_apps_own_token_sees_and_removes_every_users_connection(origin: str) -> None:
    # section 1.3: client_credentials with app.connections
    Caller(origin).connect(UK)
    Caller(origin).connect(NZ)
    app = Caller(origin)
    app.tokens = app.token(grant_type="client_credentials", scope="app.connections").json()
    bearer = {"Authorization": f"Bearer {app.tokens['access_token']}"}
    held = app.http.get("/connections", headers=bearer).json()
    assert {item["tenantId"] for item in held} == {UK, NZ}
    assert app.http.delete(f"/connections/{held[0]['id']}", headers=bearer).status_code == 204
    assert len(app.http.get("/connections", headers=bearer).json()) == 1
    assert app.get("/Organisation").status_code == 403


def test_a_web_apps_token_needs_the_tenant_header_even_with_one_connection(xero: Caller) -> None:
    # section 1.5: tenant header absent
    headers = xero.headers()
    del headers["Xero-Tenant-Id"]
    answer = xero.http.get("/api.xro/2.0/Organisation", headers=headers)
    assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


@pytest.mark.parametrize("bearer", ["", "Bearer nonsense", "Basic abc"])
def test_no_token_or_nonsense_is_a_401(xero: Caller, bearer: str) -> None:
    # section 1.5
    answer = xero.http.get("/api.xro/2.0/Organisation", headers=xero.headers(Authorization=bearer))
    assert (answer.status_code, answer.json()["Title"]) == (401, "Unauthorized")


def test_problems_have_lower_case_keys_where_a_switch_says_so(xero: Caller) -> None:
    # section 1.5: met in both cases
    xero.control("switches", {"problem_keys": "lower"})
    xero.organisation = "11111111-1111-1111-1111-111111111111"
    said = xero.get("/Organisation").json()
    assert (said["title"], said["status"], said["detail"]) == ("Forbidden", 403, "AuthenticationUnsuccessful")


def test_a_refresh_token_comes_only_with_offline_access_and_an_id_token_only_with_openid(origin: str) -> None:
    # section 1.2
    bare = Caller(origin).connect(UK, "accounting.contacts.read")
    assert not {"refresh_token", "id_token"} & bare.tokens.keys()
    both = Caller(origin).connect(UK, "openid offline_access")
    assert {"refresh_token", "id_token"} <= both.tokens.keys()


def test_a_refresh_token_that_is_used_lives_on_for_sixty_more_days(origin: str) -> None:
    # section 1.2: unused for 60 days is dead
    caller = Caller(origin).connect()
    for _ in range(3):
        caller.control("clock", {"advance_seconds": 59 * 86400})
        answer = caller.token(grant_type="refresh_token", refresh_token=caller.tokens["refresh_token"])
        assert answer.status_code == 200
        caller.tokens = answer.json()
    assert caller.get("/Organisation").status_code == 200
