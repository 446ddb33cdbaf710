"""Team and roles, the page behind an invitation's link, and Security, as somebody at a browser meets them."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.utils import timezone

from bluestamp.engine import tenancy
from bluestamp.people import invitations, memberships, two_factor, users
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import Role
from bluestamp.people.users import User
from tests.cast import PASSWORD, Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser

pytestmark = pytest.mark.django_db
TEAM = "/northlight/settings/team"
EVE = "eve@example.org"


def _link(cast: Cast, *, email: str = EVE, role: Role = Role.PRODUCER) -> str:
    """The address in a letter to somebody whom Ada invites."""
    now = timezone.now()
    with tenancy.acting_in(cast.northlight.pk):
        row = invitations.invite(email=email, name="Eve", role=role, by=cast.acting(cast.ada), now=now)
    written = invitations.write(row.pk, now=now)
    assert written is not None
    return f"{invitations.PATH}{written[1]}/"


def _member(user: User) -> Membership:
    return Membership.objects.get(user=user)


class TestTheTeam:
    """What an owner does there."""

    def test_an_owner_invites_and_the_page_shows_who_has_not_answered(self, ada_browser: Client) -> None:
        words = {"email": EVE, "name": "Eve", "role": "accountant"}
        page = ada_browser.post(TEAM, words, follow=True).content.decode()
        assert f"on its way to {EVE}" in page
        assert page.count(EVE) == 2

    def test_a_refusal_keeps_what_was_typed_and_stands_at_its_field(self, ada_browser: Client) -> None:
        answer = ada_browser.post(TEAM, {"email": "no address", "name": "Eve", "role": "owner"})
        assert answer.status_code == 422
        assert 'value="no address"' in answer.content.decode()
        assert "is no e-mail address" in answer.content.decode()

    def test_one_who_is_here_is_not_invited(self, ada_browser: Client, cast: Cast) -> None:
        answer = ada_browser.post(TEAM, {"email": cast.ben.email, "name": "Ben", "role": "owner"})
        assert (answer.status_code, "in this studio already" in answer.content.decode()) == (409, True)

    def test_a_person_leaves_and_comes_back(self, ada_browser: Client, cast: Cast, browser: Browser) -> None:
        ben, path = browser(cast.ben), f"{TEAM}/{_member(cast.ben).pk}"
        ada_browser.post(f"{path}/departure")
        assert ben.get("/northlight").status_code == 404
        ada_browser.post(f"{path}/return")
        assert ben.get("/northlight").status_code == 200

    def test_the_last_owner_neither_leaves_nor_steps_down(self, ada_browser: Client, cast: Cast) -> None:
        path = f"{TEAM}/{_member(cast.ada).pk}"
        assert ada_browser.post(f"{path}/departure").status_code == 409
        answer = ada_browser.post(f"{path}/role", {"role": "producer"})
        assert (answer.status_code, "only owner" in answer.content.decode()) == (409, True)

    def test_whose_second_factor_is_missing_is_shown(self, ada_browser: Client, cast: Cast) -> None:
        two_factor.forget(cast.cleo)
        page = ada_browser.get(TEAM).content.decode()
        assert re.search(r"<b>Cleo</b>.*?Not yet", page)
        assert re.search(r"<b>Ben</b>.*?>Off<", page)

    def test_an_owner_resets_a_second_factor(self, ada_browser: Client, cast: Cast) -> None:
        ada_browser.post(f"{TEAM}/{_member(cast.cleo).pk}/second-factor-reset")
        assert not two_factor.is_on(cast.cleo)

    def test_an_invitation_is_withdrawn_or_sent_again(self, ada_browser: Client, desk: Desk) -> None:
        path = f"{TEAM}/invitations/{desk.invitation.pk}"
        assert "new letter" in ada_browser.post(f"{path}/letter", follow=True).content.decode()
        ada_browser.post(f"{path}/withdrawal")
        assert "Gus Northlight" not in ada_browser.get(TEAM).content.decode()

    @pytest.mark.parametrize("who", ["ben", "cleo", "abe"])
    def test_others_see_the_team_and_change_nothing(
        self, who: str, cast: Cast, desk: Desk, browser: Browser
    ) -> None:
        client = browser(getattr(cast, who))
        page = client.get(TEAM).content.decode()
        assert "Invite" not in page and "gus@example.org" not in page
        assert client.post(TEAM, {"email": EVE, "name": "Eve", "role": "owner"}).status_code == 403
        assert client.post(f"{TEAM}/{_member(cast.ada).pk}/departure").status_code == 403
        assert client.post(f"{TEAM}/invitations/{desk.invitation.pk}/letter").status_code == 403


class TestTheLink:
    """What its reader finds."""

    def test_somebody_new_chooses_a_password_and_is_in(self, cast: Cast, desk: Desk) -> None:
        client, path = Client(), _link(cast)
        assert client.get(path).status_code == 200, "looking uses nothing up"
        answer = client.post(path, {"name": "Eve Moss", "password": PASSWORD})
        assert answer["Location"] == "/northlight"
        assert "Welcome to Northlight" in client.get("/northlight").content.decode()
        assert users.find(EVE).name == "Eve Moss"

    def test_a_password_that_is_too_easy_is_refused_at_its_field(self, cast: Cast) -> None:
        client, path = Client(), _link(cast)
        answer = client.post(path, {"name": "Eve", "password": "short"})
        assert (answer.status_code, "too short" in answer.content.decode()) == (422, True)
        assert client.post(path, {"name": "Eve", "password": PASSWORD}).status_code == 302

    def test_somebody_of_another_studio_signs_in_first_and_joins(self, cast: Cast, browser: Browser) -> None:
        path = _link(cast, email=cast.dan.email, role=Role.ACCOUNTANT)
        outside = Client().get(path).content.decode()
        assert f"/accounts/login/?next={path}" in outside
        assert 'name="password"' not in outside, "a link resets nobody's password"
        dan = browser(cast.dan)
        assert dan.post(path)["Location"] == "/northlight"
        assert dan.get("/northlight/settings/team").status_code == 200

    def test_somebody_else_is_told_to_sign_out(self, cast: Cast, browser: Browser) -> None:
        dan = browser(cast.dan)
        path = _link(cast)
        assert f"signed in as {cast.dan.email}" in dan.get(path).content.decode()
        assert dan.post(path).status_code == 403
        assert dan.get("/northlight").status_code == 404

    def test_an_accountant_who_joins_sets_up_a_second_factor_before_they_see_anything(
        self, cast: Cast, desk: Desk
    ) -> None:
        client = Client()
        client.post(_link(cast, role=Role.ACCOUNTANT), {"name": "Eve", "password": PASSWORD})
        assert client.get("/northlight")["Location"] == "/accounts/2fa/totp/activate/"

    @pytest.mark.parametrize("secret", ["x", "a" * 43])
    def test_one_that_was_never_made_opens_nothing(self, secret: str, cast: Cast) -> None:
        answer = Client().get(f"{invitations.PATH}{secret}/")
        assert (answer.status_code, "opens nothing any more" in answer.content.decode()) == (403, True)
        assert answer["Cache-Control"].startswith("max-age=0, no-cache")


class TestSecurity:
    """One's own."""

    def test_recovery_codes_are_shown_once(self, cast: Cast, client: Client) -> None:
        _signed_in(client, cast.ben)
        Authenticator.objects.create(user=cast.ben, type="webauthn", data={"name": "Key"})
        shown = client.post("/accounts/2fa/recovery-codes/generate/", follow=True)
        assert len(re.findall(r"<li>(\d{8})</li>", shown.content.decode())) == 10
        assert "no-store" in shown["Cache-Control"]
        again = client.get("/accounts/2fa/recovery-codes/").content.decode()
        assert not re.search(r"<li>\d{8}</li>", again)
        assert client.get("/accounts/2fa/recovery-codes/download/").status_code == 403
        assert "10 left" in client.get("/northlight/settings/security").content.decode()

    def test_new_recovery_codes_end_the_old_ones(self, cast: Cast, client: Client) -> None:
        _signed_in(client, cast.ben)
        two_factor.enrol(cast.ben, now=timezone.now())
        first = _codes(client)
        second = _codes(client)
        assert not set(first) & set(second)
        assert _opens(cast.ben, first[0]) is False
        assert _opens(cast.ben, second[0]) is True
        assert _opens(cast.ben, second[0]) is False, "each opens once"

    def test_signing_out_elsewhere_keeps_this_machine(self, cast: Cast, browser: Browser) -> None:
        here, there = browser(cast.ben), browser(cast.ben)
        here.post("/northlight/settings/security/sign-out")
        assert [here.get("/northlight").status_code, there.get("/northlight").status_code] == [200, 302]

    def test_the_page_says_what_keeps_two_factor_on(self, ada_browser: Client, desk: Desk) -> None:
        from bluestamp.sync import connections

        with tenancy.acting_in(desk.connection.studio_id):
            connections.hold_two_factor(studio_id=desk.connection.studio_id, now=timezone.now())
        page = ada_browser.get("/northlight/settings/security").content.decode()
        assert desk.connection.name in page and "Disconnect it first" in page

    def test_a_forgotten_password_is_reset_by_a_letter_that_works_once(
        self, cast: Cast, client: Client, data_dir: Path
    ) -> None:
        client.post("/accounts/password/reset/", {"email": cast.ben.email})
        (letter,) = mail.outbox
        found = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", str(letter.body))
        assert found is not None
        form = client.get(found[1], follow=True)
        new = "another lamp in the window"
        client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
        cast.ben.refresh_from_db()
        assert cast.ben.check_password(new)
        assert "opens nothing any more" in Client().get(found[1], follow=True).content.decode()

    def test_a_new_password_is_no_way_round_the_second_factor(
        self, cast: Cast, client: Client, data_dir: Path
    ) -> None:
        client.post("/accounts/password/reset/", {"email": cast.ada.email})
        found = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", str(mail.outbox[0].body))
        assert found is not None
        form = client.get(found[1], follow=True)
        new = "another lamp in the window"
        client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
        answer = client.post("/accounts/login/", {"login": cast.ada.email, "password": new})
        assert answer["Location"] == "/accounts/2fa/authenticate/"
        assert client.get("/northlight").status_code == 302

    def test_a_stranger_learns_nothing_from_asking_for_a_letter(self, client: Client, cast: Cast) -> None:
        known = client.post("/accounts/password/reset/", {"email": cast.ben.email}, follow=True)
        mail.outbox.clear()
        unknown = Client().post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True)
        assert known.content == unknown.content
        assert mail.outbox == []

    def test_a_mail_server_that_takes_no_letter_is_said(
        self, client: Client, cast: Cast, settings: LazySettings
    ) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 1
        page = client.post("/accounts/password/reset/", {"email": cast.ben.email}, follow=True)
        assert "took no letter" in page.content.decode()


def test_the_menu_leads_to_ones_other_studios(
    cast: Cast, desk: Desk, browser: Browser, now: dt.datetime
) -> None:
    assert 'href="/daybreak"' not in browser(cast.ben).get("/northlight").content.decode()
    with tenancy.acting_in(cast.daybreak.pk):
        memberships.add(email=cast.ben.email, name="", role=Role.PRODUCER, by=cast.acting(cast.dan), now=now)
    page = browser(cast.ben).get("/northlight").content.decode()
    assert 'href="/daybreak"' in page


def _signed_in(client: Client, user: User) -> None:
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def _codes(client: Client) -> list[str]:
    page = client.post("/accounts/2fa/recovery-codes/generate/", follow=True).content.decode()
    return re.findall(r"<li>(\d{8})</li>", page)


def _opens(user: User, code: str) -> bool:
    client = Client()
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    client.post("/accounts/2fa/authenticate/", {"code": code})
    return "_auth_user_id" in client.session
