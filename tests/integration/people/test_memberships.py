"""Who works where: added, moved and let go by an owner, and never without an owner left."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client

from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, NotFound, NotPermitted, Refusal
from bluestamp.people import activity, memberships
from bluestamp.people.actors import Actor
from bluestamp.people.memberships import AlreadyHere, LastOwner, Membership
from bluestamp.people.permissions import Role
from bluestamp.people.rows import Studio
from bluestamp.people.users import User
from tests.cast import NOW, Cast, assemble


def _of(user: User) -> Membership:
    return Membership.objects.get(user=user)


def _add_eve(by: Actor, now: datetime, role: Role = Role.PRODUCER) -> Membership:
    return memberships.add(email="Eve@Example.org", name="Eve", role=role, by=by, now=now)


@pytest.mark.usefixtures("in_northlight")
class TestInNorthlight:
    """Inside the studio."""

    def test_an_owner_lets_a_person_in(self, ada: Actor, northlight: Studio, now: datetime) -> None:
        eve = _add_eve(ada, now).user
        assert memberships.actor(eve, northlight) == Actor(
            studio_id=northlight.pk, name="Eve", role=Role.PRODUCER, user_id=eve.pk, via="web"
        )
        assert activity.recent(1)[0].sentence == "Added Eve as producer."

    @pytest.mark.parametrize("who", ["ben", "cleo", "abe"])
    def test_nobody_but_an_owner_manages_people(
        self, who: str, ben_user: User, now: datetime, request: pytest.FixtureRequest
    ) -> None:
        by = request.getfixturevalue(who)
        with pytest.raises(NotPermitted):
            _add_eve(by, now)
        with pytest.raises(NotPermitted):
            memberships.change_role(_of(ben_user).pk, Role.OWNER, by=by, now=now)
        with pytest.raises(NotPermitted):
            memberships.deactivate(_of(ben_user).pk, by=by, now=now)

    def test_somebody_of_another_studio_is_let_in_as_they_are(
        self, ada: Actor, dan_user: User, northlight: Studio, now: datetime
    ) -> None:
        memberships.add(email=dan_user.email.upper(), name="Someone", role=Role.ACCOUNTANT, by=ada, now=now)
        dan_user.refresh_from_db()
        assert dan_user.name == "Dan"
        assert [each.role for each in memberships.of(dan_user)] == ["owner", "accountant"]

    def test_one_who_is_here_is_not_added_again(self, ada: Actor, ben_user: User, now: datetime) -> None:
        with pytest.raises(AlreadyHere, match="as producer"):
            memberships.add(email=ben_user.email, name="Ben", role=Role.OWNER, by=ada, now=now)

    def test_one_who_left_comes_back_in_the_new_role(self, ada: Actor, ben_user: User, now: datetime) -> None:
        memberships.deactivate(_of(ben_user).pk, by=ada, now=now)
        memberships.add(email=ben_user.email, name="Ben", role=Role.BOOKKEEPER, by=ada, now=now)
        back = _of(ben_user)
        assert (back.role, back.is_active) == ("bookkeeper", True)

    @pytest.mark.parametrize(
        ("email", "name", "role", "field"),
        [
            ("no address", "Eve", Role.PRODUCER, "email"),
            ("eve@example.org", " ", Role.PRODUCER, "name"),
            ("eve@example.org", "Eve", Role.SYSTEM, "role"),
        ],
    )
    def test_what_cant_be_taken_is_refused_at_its_field(
        self, email: str, name: str, role: Role, field: str, ada: Actor, now: datetime
    ) -> None:
        with pytest.raises(Invalid) as refusal:
            memberships.add(email=email, name=name, role=role, by=ada, now=now)
        assert refusal.value.field == field
        assert not User.objects.filter(email="eve@example.org").exists()

    def test_a_role_is_changed(self, ada: Actor, ben_user: User, now: datetime) -> None:
        memberships.change_role(_of(ben_user).pk, Role.BOOKKEEPER, by=ada, now=now)
        assert _of(ben_user).role == "bookkeeper"
        assert activity.recent(1)[0].sentence == "Changed Ben from producer to bookkeeper."

    def test_nobody_becomes_the_system(self, ada: Actor, ben_user: User, now: datetime) -> None:
        with pytest.raises(Invalid):
            memberships.change_role(_of(ben_user).pk, Role.SYSTEM, by=ada, now=now)

    def test_one_who_left_is_a_stranger(
        self, ada: Actor, ben_user: User, northlight: Studio, now: datetime
    ) -> None:
        memberships.deactivate(_of(ben_user).pk, by=ada, now=now)
        with pytest.raises(NotFound):
            memberships.actor(ben_user, northlight)
        assert memberships.of(ben_user) == []
        assert [each.user.name for each in memberships.listed(ada)] == ["Abe", "Ada", "Cleo", "Ben"]

    def test_a_user_who_was_switched_off_is_a_stranger(self, ben_user: User, northlight: Studio) -> None:
        User.objects.filter(pk=ben_user.pk).update(is_active=False)
        with pytest.raises(NotFound):
            memberships.actor(ben_user, northlight)

    def test_the_last_owner_neither_leaves_nor_steps_down(
        self, ada: Actor, ada_user: User, now: datetime
    ) -> None:
        with pytest.raises(LastOwner, match="Ada is the only owner"):
            memberships.deactivate(_of(ada_user).pk, by=ada, now=now)
        with pytest.raises(LastOwner):
            memberships.change_role(_of(ada_user).pk, Role.PRODUCER, by=ada, now=now)

    def test_an_owner_may_leave_when_another_stays(
        self, ada: Actor, ada_user: User, ben_user: User, now: datetime
    ) -> None:
        memberships.change_role(_of(ben_user).pk, Role.OWNER, by=ada, now=now)
        assert not memberships.deactivate(_of(ada_user).pk, by=ada, now=now).is_active

    def test_an_owner_who_can_no_longer_sign_in_counts_for_none(
        self, ada: Actor, ada_user: User, ben_user: User, now: datetime
    ) -> None:
        memberships.change_role(_of(ben_user).pk, Role.OWNER, by=ada, now=now)
        User.objects.filter(pk=ben_user.pk).update(is_active=False)
        with pytest.raises(LastOwner):
            memberships.deactivate(_of(ada_user).pk, by=ada, now=now)

    def test_the_database_itself_knows_no_other_role(self, ben_user: User) -> None:
        with pytest.raises(IntegrityError, match="people_membership_role"), transaction.atomic():
            Membership.objects.filter(user=ben_user).update(role="system")


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_leaving_at_once_one_stays() -> None:
    cast = assemble()
    ada = cast.acting(cast.ada)
    with tenancy.acting_in(cast.northlight.pk):
        memberships.change_role(_of(cast.ben).pk, Role.OWNER, by=ada, now=NOW)
    outcomes = _at_once(
        lambda: memberships.deactivate(_of(cast.ada).pk, by=ada, now=NOW),
        lambda: memberships.deactivate(_of(cast.ben).pk, by=cast.acting(cast.ben), now=NOW),
        studio=cast.northlight,
    )
    assert sorted(outcomes) == ["LAST_OWNER", "done"]
    assert Membership.objects.filter(studio=cast.northlight, role="owner", is_active=True).count() == 1


def _at_once(*acts: Callable[[], object], studio: Studio) -> list[str]:
    outcomes: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            with tenancy.acting_in(studio.pk):
                start.wait()
                act()
            outcomes.append("done")
        except Refusal as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_somebody_new_is_sent_a_link_that_sets_a_password(
    cast: Cast, ada: Actor, now: datetime, client: Client, work_off: Callable[[], int]
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        eve = _add_eve(ada, now).user
    work_off()
    letter = next(each for each in mail.outbox if each.to == ["eve@example.org"])
    assert letter.subject == "You were added to Northlight"
    assert "Ada added you to Northlight on Bluestamp as producer." in letter.body
    link = next(word for word in letter.body.split() if "/reset/key/" in word)
    page = client.get("/" + link.split("/", 3)[3], follow=True)
    page = client.post(
        page.request["PATH_INFO"], {"password1": "a boat in the bay", "password2": "a boat in the bay"}
    )
    eve.refresh_from_db()
    assert eve.check_password("a boat in the bay")


def test_somebody_with_a_password_is_told_where_to_sign_in(
    cast: Cast, ada: Actor, now: datetime, work_off: Callable[[], int]
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        memberships.add(email=cast.dan.email, name="Dan", role=Role.ACCOUNTANT, by=ada, now=now)
    work_off()
    letter = next(each for each in mail.outbox if each.to == [cast.dan.email])
    assert "/northlight/" in letter.body
    assert "password" not in letter.body


def test_somebody_who_left_before_the_letter_is_sent_none(
    cast: Cast, ada: Actor, now: datetime, work_off: Callable[[], int]
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        eve = _add_eve(ada, now)
        memberships.deactivate(eve.pk, by=ada, now=now)
    work_off()
    assert not [each for each in mail.outbox if each.to == ["eve@example.org"]]
