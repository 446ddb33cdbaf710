"""Passkeys in a browser: added, used instead of a password, used after one; the keys are Chromium's virtual ones.

Chrome DevTools Protocol, domain WebAuthn: `addVirtualAuthenticator`.
"""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from bluestamp.people import authenticators, two_factor
from tests.browser.conftest import Visit
from tests.cast import PASSWORD, Cast
from tests.desk import Desk

SECURITY = "/northlight/settings/security"


def _give_a_device(page: Page) -> None:
    """A phone beside the page: it holds passkeys, and its owner's finger is always on it."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


def _sign_in_by_password(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def _sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.get_by_role("button", name="Sign out").click()


def _add_a_passkey(page: Page, name: str, *, alone: bool = True) -> None:
    page.goto(SECURITY)
    page.get_by_role("listitem").filter(has_text="in place of password").get_by_role(
        "link", name="Add"
    ).click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Sign in with it alone").set_checked(alone)
    page.get_by_role("button", name="Add").click()


def test_a_passkey_is_added_and_signs_in_by_itself(cast: Cast, desk: Desk, visit: Visit) -> None:
    page = visit("/accounts/login/", by=None)
    _give_a_device(page)
    _sign_in_by_password(page, cast.ben.email)
    expect(page.get_by_role("heading", name="Northlight")).to_be_visible()
    _add_a_passkey(page, "Ben's phone")
    expect(page.get_by_text("They are shown this once.")).to_be_visible()
    expect(page.get_by_role("list", name="Recovery codes").get_by_role("listitem")).to_have_count(10)
    page.goto(SECURITY)
    mine = page.get_by_role("listitem").filter(has_text="Ben's phone")
    expect(mine.get_by_text("passkey", exact=True)).to_be_visible()
    _sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="Northlight")).to_be_visible()


def test_a_passkey_that_is_not_there_is_said_on_the_page(desk: Desk, visit: Visit) -> None:
    page = visit("/accounts/login/", by=None)
    _give_a_device(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("this device has none for here")


def test_a_security_key_follows_the_password(cast: Cast, desk: Desk, visit: Visit) -> None:
    page = visit("/accounts/login/", by=None)
    _give_a_device(page)
    _sign_in_by_password(page, cast.ben.email)
    _add_a_passkey(page, "Blue key", alone=False)
    expect(page.get_by_text("They are shown this once.")).to_be_visible()
    _sign_out(page)
    _sign_in_by_password(page, cast.ben.email)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey or security key").click()
    expect(page.get_by_role("heading", name="Northlight")).to_be_visible()


def test_a_passkey_is_renamed_and_removed(cast: Cast, desk: Desk, visit: Visit) -> None:
    page = visit("/accounts/login/", by=None)
    _give_a_device(page)
    _sign_in_by_password(page, cast.ben.email)
    _add_a_passkey(page, "Phone")
    expect(page.get_by_text("They are shown this once.")).to_be_visible()
    page.goto(SECURITY)
    page.get_by_role("link", name="Rename").click()
    page.get_by_label("Name").fill("Old phone")
    page.get_by_role("button", name="Save").click()
    page.goto(SECURITY)
    page.get_by_role("link", name="Remove Old phone").click()
    page.get_by_role("button", name="Remove").click()
    page.goto(SECURITY)
    expect(page.get_by_text("Old phone")).to_have_count(0)
    assert authenticators.of(cast.ben).codes_left is None, "codes without a second factor open nothing"


def test_an_owner_whose_studio_demands_it_enrols_with_a_passkey_alone(
    cast: Cast, desk: Desk, visit: Visit, faults: Callable[[Page], list[str]]
) -> None:
    two_factor.forget(cast.ada)
    page = visit("/accounts/login/", by=None)
    _give_a_device(page)
    _sign_in_by_password(page, cast.ada.email)
    expect(page.get_by_role("heading", name="Protect your account")).to_be_visible()
    page.get_by_role("link", name="Use a passkey instead").click()
    assert faults(page) == []
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("They are shown this once.")).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name="I have them").click()
    expect(page.get_by_role("heading", name="Northlight")).to_be_visible()
