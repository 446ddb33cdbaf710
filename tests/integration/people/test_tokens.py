"""API tokens: only hashes are kept, and a token is worth what its person is worth right now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection

from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, NotFound, NotPermitted
from bluestamp.people import activity, memberships, tokens
from bluestamp.people.actors import Actor
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import Role
from bluestamp.people.rows import Studio
from bluestamp.people.tokens import ApiToken, TokenRefused
from bluestamp.people.users import User

pytestmark = pytest.mark.usefixtures("in_northlight")


def test_a_token_acts_as_its_person_and_says_that_it_did(ada: Actor, now: datetime) -> None:
    _, plain = tokens.create(by=ada, name=" Zapier ", now=now)
    assert tokens.actor(plain, now) == replace(ada, name="Ada (Zapier)", via="api")


def test_only_the_hash_is_kept(ada: Actor, now: datetime) -> None:
    token, plain = tokens.create(by=ada, name="Zapier", now=now)
    assert plain.startswith("bst_")
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM people_apitoken t")
        (row,) = cursor.fetchone()
    assert plain not in row
    assert plain[10:] not in row
    assert token.prefix == plain[:10]


def test_no_two_tokens_are_alike(ada: Actor, now: datetime) -> None:
    assert len({tokens.create(by=ada, name="x", now=now)[1] for _ in range(5)}) == 5


@pytest.mark.parametrize("plain", ["", "bst_", "bst_unknown"])
def test_an_unknown_token_is_refused(plain: str, now: datetime) -> None:
    with pytest.raises(TokenRefused) as refusal:
        tokens.actor(plain, now)
    assert (refusal.value.http_status, refusal.value.code) == (401, "TOKEN_REFUSED")


def test_its_hash_opens_nothing(ada: Actor, now: datetime) -> None:
    token, _ = tokens.create(by=ada, name="Zapier", now=now)
    with pytest.raises(TokenRefused):
        tokens.actor(token.hash, now)


def test_a_revoked_token_is_refused_from_then_on(ada: Actor, now: datetime) -> None:
    token, plain = tokens.create(by=ada, name="Zapier", now=now)
    tokens.revoke(token.pk, by=ada, now=now)
    tokens.revoke(token.pk, by=ada, now=now + timedelta(days=1))
    with pytest.raises(TokenRefused):
        tokens.actor(plain, now)
    assert ApiToken.objects.get(pk=token.pk).revoked_at == now
    assert [row.verb for row in activity.history("token", token.pk)] == ["token.revoked", "token.created"]


def test_a_token_has_its_persons_role_of_the_moment(
    ada: Actor, cleo: Actor, cleo_user: User, now: datetime
) -> None:
    _, plain = tokens.create(by=cleo, name="Sheets", now=now)
    memberships.change_role(Membership.objects.get(user=cleo_user).pk, Role.ACCOUNTANT, by=ada, now=now)
    assert tokens.actor(plain, now).role == Role.ACCOUNTANT


def test_a_token_of_somebody_who_left_is_refused(
    ada: Actor, cleo: Actor, cleo_user: User, now: datetime
) -> None:
    _, plain = tokens.create(by=cleo, name="Sheets", now=now)
    memberships.deactivate(Membership.objects.get(user=cleo_user).pk, by=ada, now=now)
    with pytest.raises(TokenRefused):
        tokens.actor(plain, now)


@pytest.mark.parametrize("who", ["ben", "abe"])
def test_some_roles_make_no_tokens(who: str, now: datetime, request: pytest.FixtureRequest) -> None:
    with pytest.raises(NotPermitted):
        tokens.create(by=request.getfixturevalue(who), name="x", now=now)


def test_a_token_makes_no_tokens(ada: Actor, now: datetime) -> None:
    _, plain = tokens.create(by=ada, name="Zapier", now=now)
    with pytest.raises(NotPermitted):
        tokens.create(by=tokens.actor(plain, now), name="child", now=now)


def test_a_token_says_what_it_is_for(ada: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        tokens.create(by=ada, name="  ", now=now)
    assert refusal.value.field == "name"


def test_an_owner_revokes_everybodys_others_their_own(ada: Actor, cleo: Actor, now: datetime) -> None:
    hers, _ = tokens.create(by=ada, name="Ada's", now=now)
    cleos, _ = tokens.create(by=cleo, name="Cleo's", now=now)
    assert tokens.listed(cleo) == [cleos]
    assert set(tokens.listed(ada)) == {hers, cleos}
    with pytest.raises(NotFound):
        tokens.revoke(hers.pk, by=cleo, now=now)
    assert tokens.revoke(cleos.pk, by=ada, now=now).revoked_at == now


def test_its_use_is_noted_to_the_minute(ada: Actor, now: datetime) -> None:
    token, plain = tokens.create(by=ada, name="Zapier", now=now)

    def noted() -> datetime | None:
        return ApiToken.objects.get(pk=token.pk).last_used_at

    assert noted() is None
    tokens.actor(plain, now)
    tokens.actor(plain, now + timedelta(seconds=59))
    assert noted() == now
    tokens.actor(plain, now + timedelta(seconds=61))
    assert noted() == now + timedelta(seconds=61)


def test_a_token_belongs_to_one_studio(ada: Actor, northlight: Studio, now: datetime) -> None:
    _, plain = tokens.create(by=ada, name="Zapier", now=now)
    with tenancy.leaving():
        assert tokens.actor(plain, now).studio_id == northlight.pk
