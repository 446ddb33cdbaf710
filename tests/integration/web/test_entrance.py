"""Signing in, the second factor's demand, and the doors that have no person behind them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from bluestamp.engine import tenancy
from bluestamp.people import sign_in_links, studios
from bluestamp.people.studios import StudioDraft, TwoFactorFor
from bluestamp.people.users import User
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser

pytestmark = pytest.mark.django_db


def test_a_link_signs_in_once_and_looking_at_it_uses_nothing_up(cast: Cast, desk: Desk) -> None:
    path = sign_in_links.make(cast.ada, timezone.now())
    assert Client().get(path).status_code == 200
    first, second = Client(), Client()
    assert first.post(path)["Location"] == "/"
    assert first.get("/northlight").status_code == 200
    assert second.post(path).status_code == 403
    assert second.get("/northlight").status_code == 302


def test_a_link_signs_nobody_in_from_another_machine(cast: Cast, desk: Desk) -> None:
    path = sign_in_links.make(cast.ada, timezone.now())
    assert Client(REMOTE_ADDR="203.0.113.9").post(path).status_code == 403


def test_who_lacks_the_second_factor_that_is_demanded_is_sent_to_set_it_up(
    cast: Cast, desk: Desk, browser: Browser, ben_user: User, now: dt.datetime
) -> None:
    ben = browser(ben_user)
    assert ben.get("/northlight").status_code == 200
    with tenancy.acting_in(cast.northlight.pk):
        draft = StudioDraft("Northlight", "GB", "GBP", "Europe/London", TwoFactorFor.EVERYBODY)
        studios.edit(draft, by=cast.acting(cast.ada), now=now)
    answer = ben.get("/northlight")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/totp/activate/")


def test_the_bare_address_leads_to_the_only_studio(desk: Desk, ada_browser: Client) -> None:
    assert ada_browser.get("/")["Location"] == "/northlight"


def test_xeros_door_answers_without_cookie_or_session(desk: Desk) -> None:
    answer = Client().post(
        "/xero/webhook", b"{}", content_type="application/json", headers={"x-xero-signature": "no"}
    )
    assert (answer.status_code, answer.content) == (401, b"")
    assert not answer.cookies


def test_health_asks_for_nobody(desk: Desk) -> None:
    answer = Client().get("/health")
    assert (answer.status_code, answer.content) == (200, b"ok")
    assert not answer.cookies


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/logout/",
        "/accounts/2fa/",
        "/accounts/password/change/",
    ],
)
def test_the_pages_of_sign_in_carry_nothing_inline(path: str, desk: Desk, ada_browser: Client) -> None:
    client = Client() if "login" in path or "reset" in path else ada_browser
    page = client.get(path).content.decode()
    assert "style=" not in page
    assert "onclick" not in page
    assert "Bluestamp" in page
