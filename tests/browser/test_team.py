"""The team in a browser: somebody is invited, joins by the link, loses their second factor, and is let in no longer."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone
from playwright.sync_api import Page, expect

from bluestamp.people import invitations, two_factor
from tests.browser.conftest import Visit
from tests.cast import PASSWORD, Cast
from tests.desk import Desk

TEAM = "/northlight/settings/team"


def test_somebody_is_invited_and_joins(
    cast: Cast, desk: Desk, visit: Visit, faults: Callable[[Page], list[str]]
) -> None:
    page = visit(TEAM, by=cast.ada)
    page.get_by_label("Name", exact=True).fill("Eve Moss")
    page.get_by_label("E-mail", exact=True).fill("eve@example.org")
    expect(page.get_by_label("Role", exact=True)).to_have_value("producer")
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("A letter with a link is on its way to eve@example.org.")).to_be_visible()
    row = invitations.Invitation.objects.get(email="eve@example.org")
    written = invitations.write(row.pk, now=timezone.now())
    assert written is not None

    eve = visit(f"{invitations.PATH}{written[1]}/", by=None)
    expect(eve.get_by_role("heading", name="Join Northlight")).to_be_visible()
    assert faults(eve) == []
    eve.get_by_label("Choose a password").fill("short")
    eve.get_by_role("button", name="Join Northlight").click()
    expect(eve.get_by_text("too short")).to_be_visible()
    eve.get_by_label("Choose a password").fill(PASSWORD)
    eve.get_by_role("button", name="Join Northlight").click()
    expect(eve.get_by_text("Welcome to Northlight.")).to_be_visible()
    page.goto(TEAM)
    expect(page.get_by_role("combobox", name="Role of Eve Moss")).to_have_value("producer")


def test_a_lost_second_factor_is_reset_after_a_question(cast: Cast, desk: Desk, visit: Visit) -> None:
    page = visit(TEAM, by=cast.ada)
    page.get_by_role("button", name="More about Cleo").click()
    page.get_by_role("button", name="Reset two-factor…").click()
    asked = page.get_by_role("dialog", name="Reset Cleo’s two-factor?")
    asked.get_by_role("button", name="Leave it").click()
    assert two_factor.is_on(cast.cleo)
    page.get_by_role("button", name="More about Cleo").click()
    page.get_by_role("button", name="Reset two-factor…").click()
    asked.get_by_role("button", name="Reset two-factor").click()
    expect(page.get_by_text("Cleo sets up a new second factor")).to_be_visible()
    expect(page.get_by_role("row", name="Cleo").get_by_text("Not yet")).to_be_visible()


def test_one_who_leaves_the_firm_is_let_in_no_longer(cast: Cast, desk: Desk, visit: Visit) -> None:
    ben = visit("/northlight", by=cast.ben)
    page = visit(TEAM, by=cast.ada)
    page.get_by_role("button", name="More about Ben").click()
    page.get_by_role("button", name="Let in no longer…").click()
    page.get_by_role("dialog").get_by_role("button", name="Let in no longer").click()
    expect(page.get_by_text("Ben can't enter any more.")).to_be_visible()
    assert ben.request.get(f"{page.url.split('/northlight')[0]}/northlight").status == 404
