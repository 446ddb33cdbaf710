"""An invitation: asked for by an owner, answered once by whoever reads the letter, and open to nobody else."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection

from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, NotFound, NotPermitted, Refusal
from bluestamp.people import activity, hashes, invitations, memberships, tasks, users
from bluestamp.people.actors import Actor
from bluestamp.people.invitations import Invitation, InvitationRefused, NotYourInvitation
from bluestamp.people.memberships import AlreadyHere, Membership
from bluestamp.people.permissions import Role
from bluestamp.people.rows import Studio
from bluestamp.people.users import User
from tests.cast import NOW, PASSWORD, assemble

EVE = "eve@example.org"


def _invite(by: Actor, *, email: str = EVE, role: Role = Role.PRODUCER, now: datetime = NOW) -> Invitation:
    return invitations.invite(email=email, name="Eve", role=role, by=by, now=now)


def _secret(row: Invitation, now: datetime = NOW) -> str:
    written = invitations.write(row.pk, now=now)
    assert written is not None
    return written[1]


def _accept(secret: str, now: datetime = NOW) -> Membership:
    return invitations.accept_as_new(secret, name="Eve Moss", password=PASSWORD, now=now)


@pytest.mark.usefixtures("in_northlight")
class TestInNorthlight:
    """Inside the studio."""

    def test_somebody_new_joins_with_a_password_of_their_own(self, ada: Actor, northlight: Studio) -> None:
        joined = _accept(_secret(_invite(ada)))
        eve = users.find(EVE)
        assert (joined.role, joined.studio) == ("producer", northlight)
        assert (eve.name, eve.check_password(PASSWORD)) == ("Eve Moss", True)
        assert activity.recent(1)[0].sentence == "Eve Moss accepted the invitation of Ada as producer."

    def test_nobody_is_let_in_before_they_say_yes(self, ada: Actor) -> None:
        _secret(_invite(ada))
        assert not User.objects.filter(email=EVE).exists()

    def test_somebody_of_another_studio_joins_as_they_are(
        self, ada: Actor, dan_user: User, now: datetime
    ) -> None:
        row = _invite(ada, email=dan_user.email.upper(), role=Role.ACCOUNTANT)
        invitations.accept(_secret(row), user=dan_user, now=now)
        assert [each.role for each in memberships.of(dan_user)] == ["owner", "accountant"]

    def test_somebody_who_left_comes_back_in_the_new_role(
        self, ada: Actor, ben_user: User, now: datetime
    ) -> None:
        left = memberships.deactivate(Membership.objects.get(user=ben_user).pk, by=ada, now=now)
        row = _invite(ada, email=ben_user.email, role=Role.BOOKKEEPER)
        back = invitations.accept(_secret(row), user=ben_user, now=now)
        assert (back.pk, back.role, back.is_active) == (left.pk, "bookkeeper", True)

    def test_it_works_once(self, ada: Actor, dan_user: User, now: datetime) -> None:
        secret = _secret(_invite(ada, email=dan_user.email))
        invitations.accept(secret, user=dan_user, now=now)
        with pytest.raises(InvitationRefused):
            invitations.accept(secret, user=dan_user, now=now)

    def test_it_runs_out_after_seven_days(self, ada: Actor, now: datetime) -> None:
        secret = _secret(_invite(ada))
        assert invitations.of_secret(secret, now=now + timedelta(days=6)).email == EVE
        late = now + timedelta(days=7)
        with pytest.raises(InvitationRefused):
            invitations.of_secret(secret, now=late)
        with pytest.raises(InvitationRefused):
            _accept(secret, now=late)

    def test_one_that_was_withdrawn_opens_nothing(self, ada: Actor, now: datetime) -> None:
        row = _invite(ada)
        secret = _secret(row)
        invitations.withdraw(row.pk, by=ada, now=now)
        with pytest.raises(InvitationRefused):
            _accept(secret)
        assert invitations.listed(ada) == []
        assert invitations.write(row.pk, now=now) is None, "no letter goes out for it any more"

    def test_a_new_letter_ends_the_link_of_the_old_one(self, ada: Actor, now: datetime) -> None:
        row = _invite(ada)
        first = _secret(row)
        invitations.send_again(row.pk, by=ada, now=now + timedelta(days=30))
        with pytest.raises(InvitationRefused):
            invitations.of_secret(first, now=now)
        assert _accept(_secret(row, now + timedelta(days=30)), now + timedelta(days=30)).is_active

    def test_inviting_the_same_address_again_replaces_what_was_open(self, ada: Actor) -> None:
        first = _secret(_invite(ada))
        second = _invite(ada, role=Role.ACCOUNTANT)
        assert [row.pk for row in invitations.listed(ada)] == [second.pk]
        with pytest.raises(InvitationRefused):
            _accept(first)

    def test_only_its_own_address_accepts_it(self, ada: Actor, ben_user: User, now: datetime) -> None:
        secret = _secret(_invite(ada))
        with pytest.raises(NotYourInvitation, match="signed in as ben@"):
            invitations.accept(secret, user=ben_user, now=now)
        assert invitations.of_secret(secret, now=now).accepted_at is None, "the refusal used nothing up"

    def test_somebody_with_an_account_signs_in_and_gets_no_new_password(
        self, ada: Actor, dan_user: User
    ) -> None:
        with pytest.raises(NotYourInvitation, match="Sign in"):
            _accept(_secret(_invite(ada, email=dan_user.email)))
        assert dan_user.check_password(PASSWORD)

    def test_a_password_that_is_too_easy_uses_nothing_up(self, ada: Actor, now: datetime) -> None:
        secret = _secret(_invite(ada))
        with pytest.raises(Invalid) as refusal:
            invitations.accept_as_new(secret, name="Eve", password="short", now=now)
        assert refusal.value.field == "password"
        assert _accept(secret).is_active

    def test_only_the_hash_of_the_link_is_kept(self, ada: Actor) -> None:
        row = _invite(ada)
        assert row.hash == "", "nothing opens it before the letter is written"
        secret = _secret(row)
        row.refresh_from_db()
        assert row.hash == hashes.hash_of(secret)
        assert secret not in str(row.__dict__)

    def test_an_empty_hash_is_opened_by_no_secret(self, ada: Actor, now: datetime) -> None:
        _invite(ada)
        with pytest.raises(InvitationRefused):
            invitations.of_secret("", now=now)

    def test_one_who_is_here_is_not_invited(self, ada: Actor, ben_user: User) -> None:
        with pytest.raises(AlreadyHere, match="as producer"):
            _invite(ada, email=ben_user.email)

    @pytest.mark.parametrize("who", ["ben", "cleo", "abe"])
    def test_nobody_but_an_owner_invites(self, who: str, ada: Actor, request: pytest.FixtureRequest) -> None:
        row, by = _invite(ada), request.getfixturevalue(who)
        with pytest.raises(NotPermitted):
            _invite(by, email="someone@example.org")
        with pytest.raises(NotPermitted):
            invitations.send_again(row.pk, by=by, now=NOW)
        with pytest.raises(NotPermitted):
            invitations.withdraw(row.pk, by=by, now=NOW)
        with pytest.raises(NotPermitted):
            invitations.listed(by)

    def test_a_program_invites_nobody_though_its_owner_may(self, ada: Actor, northlight: Studio) -> None:
        program = Actor(studio_id=northlight.pk, name="Ada (script)", role=Role.OWNER, via="api")
        with pytest.raises(NotPermitted, match="signed in"):
            _invite(program)

    @pytest.mark.parametrize(
        ("email", "role", "field"),
        [("no address", Role.PRODUCER, "email"), (EVE, Role.SYSTEM, "role")],
    )
    def test_what_cant_be_taken_is_refused_at_its_field(
        self, email: str, role: Role, field: str, ada: Actor
    ) -> None:
        with pytest.raises(Invalid) as refusal:
            _invite(ada, email=email, role=role)
        assert refusal.value.field == field


def test_the_letter_brings_the_link_and_nothing_else_does(
    ada: Actor, in_northlight: None, data_dir: Path
) -> None:
    row = invitations.invite(email=EVE, name="Eve", role=Role.BOOKKEEPER, by=ada, now=_moments_ago())
    tasks.invite(invitation_id=row.pk)
    (letter,) = mail.outbox
    assert (letter.to, letter.subject) == ([EVE], "Ada invites you to Northlight")
    found = re.search(r"/accounts/invitation/([\w-]{43})/", str(letter.body))
    assert found is not None
    row.refresh_from_db()
    assert row.hash == hashes.hash_of(found[1])


def _moments_ago() -> datetime:
    return datetime.now().astimezone() - timedelta(seconds=5)


def test_to_dan_an_invitation_of_northlight_is_not_there(ada: Actor, dan: Actor, northlight: Studio) -> None:
    with tenancy.acting_in(northlight.pk):
        row = _invite(ada)
    with tenancy.acting_in(dan.studio_id):
        assert invitations.listed(dan) == []
        for verb in (invitations.withdraw, invitations.send_again):
            with pytest.raises(NotFound):
                verb(row.pk, by=dan, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_presses_at_once_one_joins() -> None:
    cast = assemble()
    with tenancy.acting_in(cast.northlight.pk):
        secret = _secret(_invite(cast.acting(cast.ada), email=cast.dan.email))
    ready, ends = threading.Barrier(2), []

    def press() -> None:
        ready.wait()
        try:
            invitations.accept(secret, user=cast.dan, now=NOW)
            ends.append("joined")
        except Refusal as refusal:
            ends.append(refusal.code)
        finally:
            connection.close()

    presses = [threading.Thread(target=press) for _ in range(2)]
    for each in presses:
        each.start()
    for each in presses:
        each.join()
    assert sorted(ends) == ["INVITATION_REFUSED", "joined"]
