"""Consent, tokens and connections."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from bluestamp.xero import errors, oauth
from bluestamp.xero.oauth import AppType
from tests.unit.xero.scripted import NOW, TOKEN, ScriptedXero

CALLBACK = "https://us.example/xero/callback"


def jwt(**claims: object) -> str:
    parts = ({"alg": "RS256"}, claims)
    made = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*made, "signature"])


def answer(access_token: str = "opaque") -> dict[str, object]:
    return {
        "id_token": "xero-id-token",
        "access_token": access_token,
        "expires_in": 1800,
        "token_type": "Bearer",
        "refresh_token": "next-refresh-token",
        "scope": "openid offline_access accounting.invoices",
    }


def form(xero: ScriptedXero) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(xero.asked.content.decode()).items()}


def test_a_web_app_asks_for_the_least_scopes_with_a_fresh_state(xero: ScriptedXero) -> None:
    first, second = (xero.oauth().begin(redirect_uri=CALLBACK) for _ in range(2))
    address = urlsplit(first.url)
    assert f"{address.scheme}://{address.netloc}{address.path}" == (
        "https://login.example/identity/connect/authorize"
    )
    assert {name: value for name, (value,) in parse_qs(address.query).items()} == {
        "response_type": "code",
        "client_id": "an-app",
        "redirect_uri": CALLBACK,
        "scope": "openid offline_access accounting.invoices accounting.payments accounting.contacts"
        " accounting.settings.read accounting.attachments",
        "state": first.state,
    }
    assert len(first.state) >= 40 and first.state != second.state
    assert first.verifier == ""
    assert first.state not in repr(first)


def test_an_app_without_a_secret_proves_itself_by_a_verifier(xero: ScriptedXero) -> None:
    asked = xero.oauth(AppType.PKCE).begin(redirect_uri=CALLBACK)
    query = parse_qs(urlsplit(asked.url).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["code_challenge"] == [oauth.challenge(asked.verifier)]
    assert 43 <= len(asked.verifier) <= 128
    xero.says(answer()).oauth(AppType.PKCE).exchange_code(
        code="c", redirect_uri=CALLBACK, verifier=asked.verifier
    )
    assert form(xero)["code_verifier"] == asked.verifier
    assert form(xero)["client_id"] == "an-app"
    assert "Authorization" not in xero.asked.headers


def test_the_challenge_is_the_one_of_the_standard() -> None:
    # RFC 7636, appendix B
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert oauth.challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_code_becomes_tokens_with_their_claims_and_expiry(xero: ScriptedXero) -> None:
    token = jwt(xero_userid="u-1", authentication_event_id="e-1", scope=["openid"])
    tokens = xero.says(answer(token)).oauth().exchange_code(code="c", redirect_uri=CALLBACK)
    assert (xero.asked.method, str(xero.asked.url)) == ("POST", "https://identity.example/connect/token")
    assert form(xero) == {"grant_type": "authorization_code", "code": "c", "redirect_uri": CALLBACK}
    assert xero.asked.headers["Authorization"] == "Basic " + base64.b64encode(b"an-app:app-secret").decode()
    assert xero.asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (tokens.access_token, tokens.refresh_token) == (token, "next-refresh-token")
    assert tokens.expires_at == NOW + timedelta(seconds=1800)
    assert tokens.scopes == ("openid", "offline_access", "accounting.invoices")
    assert (tokens.xero_user_id, tokens.authentication_event_id) == ("u-1", "e-1")


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.!!!.c", f"x.{'W10'}.y", jwt(scope="openid")])
def test_a_token_without_readable_claims_is_still_a_token(xero: ScriptedXero, token: str) -> None:
    tokens = xero.says(answer(token)).oauth().refresh(refresh_token="r")
    assert (tokens.access_token, tokens.xero_user_id) == (token, "")


def test_a_refresh_answers_the_next_refresh_token(xero: ScriptedXero) -> None:
    tokens = xero.says(answer()).oauth().refresh(refresh_token="old/one")
    assert form(xero) == {"grant_type": "refresh_token", "refresh_token": "old/one"}
    assert tokens.refresh_token == "next-refresh-token"


def test_a_lost_answer_to_a_refresh_is_unanswered_and_tells_no_secret(xero: ScriptedXero) -> None:
    with pytest.raises(errors.Unanswered) as caught:
        xero.fails(httpx2.ReadTimeout("slow")).oauth().refresh(refresh_token="secret-refresh")
    assert not caught.value.outcome_known
    assert "secret-refresh" not in repr(vars(caught.value)) and caught.value.__context__ is None


def test_tokens_that_cannot_be_read_are_not_quoted(xero: ScriptedXero) -> None:
    with pytest.raises(errors.Unexpected) as caught:
        xero.says({"access_token": "secret-access"}).oauth().refresh(refresh_token="r")
    assert "secret-access" not in str(caught.value)


def test_tokens_show_nothing_of_themselves(xero: ScriptedXero) -> None:
    tokens = xero.says(answer("secret-access")).oauth().refresh(refresh_token="r")
    shown = repr(tokens) + repr(xero.oauth())
    assert not [word for word in ("secret-access", "next-refresh-token", "app-secret") if word in shown]


def test_a_custom_connection_asks_nobody_and_gets_no_refresh_token(xero: ScriptedXero) -> None:
    told = {"access_token": "t", "expires_in": 1800, "token_type": "Bearer", "scope": "accounting.invoices"}
    tokens = xero.says(told).oauth(AppType.CUSTOM).client_credentials()
    assert form(xero)["grant_type"] == "client_credentials"
    assert form(xero)["scope"].split() == [scope for scope in oauth.SCOPES if scope.startswith("accounting")]
    assert tokens.refresh_token == ""
    with pytest.raises(ValueError, match="consent"):
        xero.oauth(AppType.CUSTOM).begin(redirect_uri=CALLBACK)


def test_the_connections_of_one_consent_are_listed(xero: ScriptedXero) -> None:
    # As recorded in 2020 by XeroAPI/xero-python (MIT); tenantName and authEventId came later.
    xero.says(
        b'[{"id":"f4a87932-0878-4884-abcf-73191dd810ba","tenantId":"a46fcb6f-2773-40c4-a119-8aa08bca1e8e",'
        b'"tenantType":"ORGANISATION","createdDateUtc":"2020-03-18T21:20:07.7179250",'
        b'"updatedDateUtc":"2020-03-30T05:15:13.3513620"}]'
    )
    (held,) = xero.connections.all(auth_event_id="e-1").value
    assert str(xero.asked.url) == "https://xero.example/connections?authEventId=e-1"
    assert xero.asked.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Xero-Tenant-Id" not in xero.asked.headers
    assert (held.id, held.tenant_type, held.tenant_name) == (
        "f4a87932-0878-4884-abcf-73191dd810ba",
        "ORGANISATION",
        "",
    )
    assert held.created_date_utc == datetime(2020, 3, 18, 21, 20, 7, 717925, UTC)


def test_no_connection_is_an_answer_too(xero: ScriptedXero) -> None:
    assert xero.says([]).connections.all().value == []


def test_a_connection_is_ended_by_its_own_id(xero: ScriptedXero) -> None:
    xero.says("", 204).connections.delete("f4a87932")
    assert (xero.asked.method, str(xero.asked.url)) == (
        "DELETE",
        "https://xero.example/connections/f4a87932",
    )


@pytest.mark.parametrize(
    ("status", "kind"), [(404, errors.NotFound), (403, errors.Unexpected), (503, errors.Unavailable)]
)
def test_a_connection_that_cannot_be_ended_says_why(
    xero: ScriptedXero, status: int, kind: type[errors.XeroError]
) -> None:
    with pytest.raises(kind):
        xero.says("", status).connections.delete("x")
