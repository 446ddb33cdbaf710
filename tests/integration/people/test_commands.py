"""The commands of people, from words to effect."""

from __future__ import annotations

import re
from argparse import ArgumentParser, Namespace

import pytest
from django.utils import timezone

from bluestamp.errors import NotFound, NotPermitted
from bluestamp.people import commands, memberships, sign_in_links, studios, tokens, two_factor, users
from bluestamp.people.permissions import Role
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def _parsed(*words: str) -> Namespace:
    parser = ArgumentParser()
    commands.register(parser.add_subparsers(required=True))
    return parser.parse_args(words)


def _said(*words: str) -> str:
    args = _parsed(*words)
    text: str = args.run(args)
    return text


def _secret_in(text: str) -> str:
    found = re.search(r"http://localhost:\d+/accounts/link/([^/\s]+)/", text)
    assert found
    return found[1]


def test_studio_create_founds_one_and_prints_its_owners_link() -> None:
    text = _said("studio", "create", "Harbour", "--owner-email", "eve@harbour.example", "--owner-name", "Eve")
    studio = studios.of_slug("harbour")
    assert (studio.country, studio.base_currency) == ("GB", "GBP")
    user = sign_in_links.redeem(_secret_in(text), "127.0.0.1", timezone.now())
    assert memberships.actor(user, studio).role == Role.OWNER


def test_sign_in_link_prints_one_for_somebody_who_exists(cast: Cast) -> None:
    text = _said("sign-in-link", "ADA@northlight.example")
    assert sign_in_links.redeem(_secret_in(text), "::1", timezone.now()) == cast.ada
    with pytest.raises(NotFound, match=r"eve@example\.org"):
        _said("sign-in-link", "eve@example.org")


def test_token_create_prints_a_token_that_acts_as_its_person(cast: Cast) -> None:
    text = _said("token", "create", "--studio", "northlight", "--email", cast.cleo.email, "--name", "Sheets")
    actor = tokens.actor(text.split()[0], timezone.now())
    assert (actor.user_id, actor.role, actor.studio_id) == (cast.cleo.pk, Role.BOOKKEEPER, cast.northlight.pk)


def test_token_create_gives_nobody_more_than_their_role(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        _said("token", "create", "--studio", "northlight", "--email", cast.ben.email, "--name", "x")
    with pytest.raises(NotFound):
        _said("token", "create", "--studio", "northlight", "--email", cast.dan.email, "--name", "x")


def test_person_add_lets_somebody_in(cast: Cast) -> None:
    _said("person", "add", "eve@example.org", "--studio", "northlight", "--name", "Eve", "--role", "producer")
    assert memberships.actor(users.find("eve@example.org"), cast.northlight).role == Role.PRODUCER


def test_person_add_knows_no_role_of_the_system() -> None:
    with pytest.raises(SystemExit):
        _parsed("person", "add", "x@y.example", "--studio", "s", "--name", "X", "--role", "system")


def test_reset_two_factor_makes_a_person_enrol_anew(cast: Cast) -> None:
    assert "no authenticator any more" in _said("person", "reset-two-factor", cast.ada.email)
    assert not two_factor.is_on(cast.ada)
    assert two_factor.demanded_of(cast.ada, cast.northlight)
    assert "had no authenticator" in _said("person", "reset-two-factor", cast.ada.email)
