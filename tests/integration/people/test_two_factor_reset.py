"""Somebody lost their second factor: an owner resets it, everybody can see that, and nothing else opens by it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client

from bluestamp.engine import tenancy
from bluestamp.errors import NotFound, NotPermitted
from bluestamp.people import activity, holds, memberships, tasks, tokens, two_factor, users
from bluestamp.people.actors import Actor
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import Role
from bluestamp.people.tokens import TokenRefused
from bluestamp.people.two_factor import ResetsOneself, WorksElsewhere
from bluestamp.people.users import User
from tests.cast import NOW, PASSWORD, Cast
from tests.integration.web.conftest import BACKEND


def _of(user: User) -> str:
    return Membership.objects.get(user=user).pk


@pytest.mark.usefixtures("in_northlight")
class TestInNorthlight:
    """Inside the studio."""

    def test_an_owner_resets_it_and_the_log_says_who(self, ada: Actor, cleo_user: User) -> None:
        Authenticator.objects.create(user=cleo_user, type="recovery_codes", data={"seed": "x"})
        two_factor.reset(_of(cleo_user), by=ada, now=NOW)
        assert not Authenticator.objects.filter(user=cleo_user).exists(), "recovery codes go too"
        (entry,) = activity.history("person", _of(cleo_user))[:1]
        assert (entry.actor_name, entry.sentence) == ("Ada", "Reset Cleo's two-factor authentication.")

    def test_a_live_connection_is_no_hindrance_for_they_enrol_anew_before_they_enter(
        self, ada: Actor, cast: Cast
    ) -> None:
        _hold(cast)
        two_factor.reset(_of(cast.cleo), by=ada, now=NOW)
        cast.cleo.refresh_from_db()
        client = Client()
        client.force_login(cast.cleo, backend=BACKEND)
        assert client.get("/northlight")["Location"] == "/accounts/2fa/totp/activate/"

    def test_it_signs_them_out_everywhere(self, ada: Actor, cleo_user: User) -> None:
        elsewhere = Client()
        elsewhere.force_login(cleo_user, backend=BACKEND)
        assert elsewhere.get("/studios").status_code == 200
        two_factor.reset(_of(cleo_user), by=ada, now=NOW)
        assert elsewhere.get("/studios").status_code == 302

    def test_their_tokens_open_nothing_any_more_and_each_is_written_down(
        self, ada: Actor, cast: Cast, cleo: Actor
    ) -> None:
        _, of_cleo = tokens.create(by=cleo, name="Zapier", now=NOW)
        _, of_ada = tokens.create(by=ada, name="Export", now=NOW)
        two_factor.reset(_of(cast.cleo), by=ada, now=NOW)
        with pytest.raises(TokenRefused):
            tokens.actor(of_cleo, NOW)
        assert tokens.actor(of_ada, NOW).user_id == ada.user_id, "another person's goes on"
        (entry,) = activity.recent(1)
        assert (entry.actor_name, entry.sentence) == ("Ada", "Revoked the API token “Zapier”.")

    @pytest.mark.parametrize("who", ["ben", "cleo", "abe"])
    def test_nobody_but_an_owner_resets_it(
        self, who: str, abe_user: User, request: pytest.FixtureRequest
    ) -> None:
        with pytest.raises(NotPermitted):
            two_factor.reset(_of(abe_user), by=request.getfixturevalue(who), now=NOW)
        assert two_factor.is_on(abe_user)

    def test_nobody_resets_their_own(self, ada: Actor, ada_user: User) -> None:
        with pytest.raises(ResetsOneself):
            two_factor.reset(_of(ada_user), by=ada, now=NOW)
        assert two_factor.is_on(ada_user)

    def test_a_program_resets_nobodys(self, ada: Actor, cleo_user: User) -> None:
        program = Actor(studio_id=ada.studio_id, name="Script", role=Role.OWNER, user_id=None, via="api")
        with pytest.raises(NotPermitted):
            two_factor.reset(_of(cleo_user), by=program, now=NOW)

    def test_one_who_works_elsewhere_too_is_reset_by_whoever_runs_bluestamp(
        self, ada: Actor, cast: Cast, now: datetime
    ) -> None:
        Membership.objects.create(user=cast.abe, studio=cast.daybreak, role=Role.ACCOUNTANT, joined_at=now)
        mine = Membership.objects.get(user=cast.abe, studio=cast.northlight)
        with pytest.raises(WorksElsewhere, match="reset-two-factor abe@"):
            two_factor.reset(mine.pk, by=ada, now=NOW)
        assert two_factor.is_on(cast.abe)

    def test_an_owner_of_both_studios_resets_it(self, ada: Actor, cast: Cast, now: datetime) -> None:
        for user, role in ((cast.abe, Role.BOOKKEEPER), (cast.ada, Role.OWNER)):
            Membership.objects.create(user=user, studio=cast.daybreak, role=role, joined_at=now)
        mine = Membership.objects.get(user=cast.abe, studio=cast.northlight)
        with tenancy.leaving():
            plain = _token_in_daybreak(cast.abe, cast)
        two_factor.reset(mine.pk, by=ada, now=NOW)
        assert not two_factor.is_on(cast.abe)
        with pytest.raises(TokenRefused):
            tokens.actor(plain, NOW)


def _token_in_daybreak(user: User, cast: Cast) -> str:
    with tenancy.acting_in(cast.daybreak.pk):
        return tokens.create(by=memberships.actor(user, cast.daybreak), name="Export", now=NOW)[1]


def _hold(cast: Cast) -> None:
    holds.place(
        studio_id=cast.northlight.pk,
        kind="studio",
        subject_id=str(cast.northlight.pk),
        act="switch_off_two_factor",
        code="XERO_CONNECTED",
        sentence="Northlight Ltd is connected.",
        now=NOW,
    )


def test_to_dan_nobody_of_northlight_is_there_to_reset(dan: Actor, cast: Cast) -> None:
    with tenancy.acting_in(dan.studio_id), pytest.raises(NotFound):
        two_factor.reset(_of(cast.cleo), by=dan, now=NOW)
    assert two_factor.is_on(cast.cleo)


def test_a_letter_tells_the_person(cast: Cast, data_dir: Path) -> None:
    tasks.two_factor_reset(user_id=cast.cleo.pk, by_name="Ada")
    (letter,) = mail.outbox
    assert (letter.to, "Ada reset" in str(letter.body)) == ([cast.cleo.email], True)


def test_the_command_line_writes_it_down_in_every_studio_of_the_person(cast: Cast, now: datetime) -> None:
    Membership.objects.create(user=cast.abe, studio=cast.daybreak, role=Role.BOOKKEEPER, joined_at=now)
    plain = _token_in_daybreak(cast.abe, cast)
    assert two_factor.reset_by_command(cast.abe, now=NOW)
    with pytest.raises(TokenRefused):
        tokens.actor(plain, NOW)
    for studio in (cast.northlight, cast.daybreak):
        with tenancy.acting_in(studio.pk):
            done = [(each.actor_name, each.verb) for each in activity.recent(2)]
            assert ("Command line", "person.two_factor_reset") in done
            assert (("Command line", "token.revoked") in done) == (studio == cast.daybreak)


def test_whose_it_is_on_is_read_in_one_go(cast: Cast) -> None:
    everybody = [cast.ada.pk, cast.ben.pk, cast.cleo.pk]
    assert two_factor.those_with_it(everybody) == {cast.ada.pk, cast.cleo.pk}


def test_signing_out_everywhere_ends_every_session_and_no_password(cast: Cast) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        client.force_login(cast.ben, backend=BACKEND)
    users.sign_out_everywhere(cast.ben)
    assert [client.get("/northlight").status_code for client in (here, there)] == [302, 302]
    here.post("/accounts/login/", {"login": cast.ben.email, "password": PASSWORD})
    assert here.get("/northlight").status_code == 200


@pytest.mark.usefixtures("in_northlight")
def test_one_who_left_is_let_in_again_in_the_role_they_had(ada: Actor, ben_user: User, now: datetime) -> None:
    memberships.deactivate(_of(ben_user), by=ada, now=now)
    back = memberships.bring_back(_of(ben_user), by=ada, now=now)
    assert (back.role, back.is_active) == ("producer", True)
    assert activity.recent(1)[0].sentence == "Let Ben in again as producer."
