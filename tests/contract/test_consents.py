"""The consent page: one organisation or, on the upper tiers, several at once, and how many an app may be let into."""

from urllib.parse import parse_qs, urlsplit

import httpx2
import jwt
import pytest

from bluestamp.sandbox.config import Config
from bluestamp.sandbox.server import serve
from tests.contract.caller import CLIENT, NZ, REDIRECT, SCOPES, UK, US, Caller, Json

ABE = "2d84e7f1-6b1c-4f0a-9d3e-7a5c1b9e4f03"
AUTHORISE = "/identity/connect/authorize"


def asked(**more: str) -> dict[str, str]:
    """An authorise request."""
    wanted = {"response_type": "code", "client_id": CLIENT[0], "redirect_uri": REDIRECT, "state": "s-1"}
    return wanted | {"scope": SCOPES} | more


def allow(caller: Caller, *organisations: str, user: str = "", **more: str) -> httpx2.Response:
    """Press Allow with these organisations chosen."""
    form = {"decision": "allow", "organisation": list(organisations)} | ({"user": user} if user else {})
    return caller.http.post(AUTHORISE, params=asked(**more), data=form)


def exchanged(caller: Caller, answer: httpx2.Response) -> Caller:
    """The caller with the tokens that the code in this answer is good for."""
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    got = caller.token(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
    caller.tokens = got.json()
    return caller


def connections(caller: Caller, **query: str) -> list[Json]:
    """GET /connections."""
    bearer = {"Authorization": f"Bearer {caller.tokens['access_token']}"}
    held: list[Json] = caller.http.get("/connections", params=query, headers=bearer).json()
    return held


@pytest.fixture
def bulk(origin: str) -> Caller:
    """An app of the tier that has bulk connections."""
    caller = Caller(origin)
    caller.control("limits", {"tier": "advanced", "minute": None})
    return caller


def test_several_organisations_chosen_at_once_share_one_consent(bulk: Caller) -> None:
    # sections 1.4, 2.3: bulk connections
    assert 'type="checkbox"' in bulk.http.get(AUTHORISE, params=asked()).text
    exchanged(bulk, allow(bulk, UK, NZ))
    token = jwt.decode(bulk.tokens["access_token"], options={"verify_signature": False})
    chosen = connections(bulk, authEventId=token["authentication_event_id"])
    assert {item["tenantId"] for item in chosen} == {UK, NZ}
    assert len({item["id"] for item in chosen}) == 2
    for tenant in (UK, NZ):
        bulk.organisation = tenant
        assert bulk.get("/Organisation").status_code == 200


def test_a_later_consent_is_told_from_the_earlier_ones(bulk: Caller) -> None:
    # section 1.4: filter by the token's authentication_event_id
    exchanged(bulk, allow(bulk, UK, NZ))
    exchanged(bulk, allow(bulk, US))
    token = jwt.decode(bulk.tokens["access_token"], options={"verify_signature": False})
    assert [item["tenantId"] for item in connections(bulk, authEventId=token["authentication_event_id"])] == [
        US
    ]
    assert len(connections(bulk)) == 3


def test_acr_values_switch_several_off(bulk: Caller) -> None:
    # section 1.4: acr_values=bulk_connect:false
    page = bulk.http.get(AUTHORISE, params=asked(acr_values="bulk_connect:false")).text
    assert 'type="radio"' in page and 'type="checkbox"' not in page
    assert allow(bulk, UK, NZ, acr_values="bulk_connect:false").status_code == 400


@pytest.mark.parametrize("tier", ["starter", "core", "plus"])
def test_the_lower_tiers_choose_one_organisation_a_consent(origin: str, tier: str) -> None:
    # sections 1.4, 2.3
    caller = Caller(origin)
    caller.control("limits", {"tier": tier})
    assert 'type="checkbox"' not in caller.http.get(AUTHORISE, params=asked()).text
    assert allow(caller, UK, NZ).status_code == 400
    assert connections(exchanged(caller, allow(caller, UK)))[0]["tenantId"] == UK


def test_choosing_none_of_several_is_asked_again(bulk: Caller) -> None:
    answer = allow(bulk)
    assert (answer.status_code, "Choose at least one organisation" in answer.text) == (400, True)


def test_somebody_who_belongs_to_only_some_of_them_lets_the_app_into_none(bulk: Caller) -> None:
    answer = allow(bulk, UK, US, user=ABE)
    assert answer.headers["location"] == f"{REDIRECT}?error=access_denied&state=s-1"
    assert bulk.control("state", method="GET")["organisations"][UK]["connections"] == []


@pytest.mark.parametrize(
    ("tier", "ceiling"),
    [("starter", 5), ("core", 50), ("plus", 1000), ("advanced", 10_000), ("enterprise", None)],
)
def test_each_tier_has_its_number_of_connections(origin: str, tier: str, ceiling: int | None) -> None:
    # section 2.3
    assert Caller(origin).control("limits", {"tier": tier})["connections"] == ceiling


def test_past_its_connections_an_app_is_let_into_no_further_organisation(xero: Caller) -> None:
    # section 2.3
    xero.control("limits", {"connections": 1})
    answer = allow(xero, NZ)
    assert answer.headers["location"].endswith("/connectionLimit?client_id=bluestamp-demo")
    page = xero.http.get(answer.headers["location"])
    assert "Bluestamp has reached its Xero connection limit" in page.text
    assert [item["tenantId"] for item in connections(xero)] == [UK]


def test_an_organisation_that_is_connected_takes_no_further_place(xero: Caller) -> None:
    xero.control("limits", {"connections": 1})
    assert "code=" in allow(xero, UK).headers["location"]
    ada = "b7d1a6c2-94a7-4c1b-a0d5-5b1f6c7e8d02"
    assert "code=" in allow(xero, UK, user=ada).headers["location"]


def test_a_connection_that_is_deleted_gives_its_place_back(xero: Caller) -> None:
    xero.control("limits", {"connections": 1})
    bearer = {"Authorization": f"Bearer {xero.tokens['access_token']}"}
    xero.http.delete(f"/connections/{connections(xero)[0]['id']}", headers=bearer)
    assert "code=" in allow(xero, NZ).headers["location"]


def test_several_at_once_that_are_too_many_are_all_refused(bulk: Caller) -> None:
    bulk.control("limits", {"connections": 1})
    assert "connectionLimit" in allow(bulk, UK, NZ).headers["location"]
    assert bulk.control("state", method="GET")["organisations"][UK]["connections"] == []


def test_a_sandbox_is_started_on_a_tier_and_begins_anew_on_it() -> None:
    with serve(Config(tier="advanced")) as (_, address):
        caller = Caller(address)
        for _ in range(2):
            held = caller.control("limits", method="GET")
            assert (held["day"], held["connections"], held["bulk_connections"]) == (5000, 10_000, True)
            caller.control("limits", {"tier": "starter"})
            caller.control("reset")


def test_the_workbench_moves_the_tier_and_connections(xero: Caller) -> None:
    xero.http.post("/workbench/limits", data={"tier": "advanced"})
    assert xero.control("limits", method="GET")["bulk_connections"] is True
    xero.http.post("/workbench/limits", data={"connections": "2", "bulk_connections": "false"})
    held = xero.control("limits", method="GET")
    assert (held["connections"], held["bulk_connections"], held["day"]) == (2, False, 5000)
