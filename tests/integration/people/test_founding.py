"""A studio is founded whole: itself, its home branch, its owner."""

from __future__ import annotations

from datetime import datetime

import pytest

from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, InvalidFields
from bluestamp.people import activity, branches, founding, memberships, studios
from bluestamp.people.founding import Founded
from bluestamp.people.permissions import Role
from bluestamp.people.rows import Studio
from bluestamp.people.studios import RESERVED_SLUGS
from bluestamp.people.users import User
from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db


def _found(now: datetime, **changes: str) -> Founded:
    words = {
        "name": "Harbour & Sons",
        "country": "NZ",
        "currency": "NZD",
        "time_zone": "Pacific/Auckland",
        "owner_email": "Eve@Harbour.example ",
        "owner_name": "Eve",
    }
    return founding.found_studio(**(words | changes), now=now)


def test_a_studio_has_a_home_branch_and_an_owner(now: datetime) -> None:
    founded = _found(now)
    assert founded.studio.slug == "harbour-sons"
    actor = memberships.actor(founded.owner, founded.studio)
    assert (actor.role, actor.name) == (Role.OWNER, "Eve")
    with tenancy.acting_in(founded.studio.pk):
        home = branches.home()
        assert (home.legal_name, home.currency, home.locale) == ("Harbour & Sons", "NZD", "en-NZ")
        assert [row.verb for row in activity.recent(5)] == ["studio.founded"]


def test_its_owner_signs_in_by_an_address_in_lower_case_and_without_a_password(now: datetime) -> None:
    owner = User.objects.get(pk=_found(now).owner.pk)
    assert owner.email == "eve@harbour.example"
    assert not owner.has_usable_password()


def test_it_demands_two_factor_of_those_who_see_money(now: datetime) -> None:
    assert _found(now).studio.two_factor_for == "money"


def test_somebody_may_own_two_studios_and_keeps_the_password(cast: Cast, now: datetime) -> None:
    founded = _found(now, owner_email=cast.ada.email, owner_name="Somebody else", password="another one")
    assert founded.owner == cast.ada
    assert (founded.owner.name, founded.owner.check_password(PASSWORD)) == ("Ada", True)
    assert [each.studio.name for each in memberships.of(cast.ada)] == ["Harbour & Sons", "Northlight"]


def test_founding_inside_another_studio_leaves_that_one_open(
    cast: Cast, in_northlight: None, now: datetime
) -> None:
    _found(now)
    assert tenancy.current() == cast.northlight.pk


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "  "), ("country", "XX"), ("time_zone", "Nowhere"), ("currency", "POUND")],
)
def test_unknown_codes_are_refused_at_their_field(field: str, value: str, now: datetime) -> None:
    with pytest.raises(InvalidFields) as refusal:
        _found(now, **{field: value})
    expected = {"currency": "base_currency"}.get(field, field)
    assert [fault.field for fault in refusal.value.faults] == [expected]
    assert not Studio.objects.exists()


@pytest.mark.parametrize(("field", "value"), [("owner_email", "nobody"), ("owner_name", " ")])
def test_an_owner_without_address_or_name_leaves_no_studio_behind(
    field: str, value: str, now: datetime
) -> None:
    with pytest.raises(Invalid):
        _found(now, **{field: value})
    assert not Studio.objects.exists()
    assert not User.objects.exists()


def test_a_second_studio_of_a_name_gets_another_address(now: datetime) -> None:
    assert [_found(now).studio.slug for _ in range(3)] == ["harbour-sons", "harbour-sons-2", "harbour-sons-3"]


@pytest.mark.parametrize("name", ["Api", "XERO", "Static", "accounts"])
def test_a_name_that_is_a_reserved_address_gets_a_number(name: str, now: datetime) -> None:
    assert _found(now, name=name).studio.slug == f"{name.lower()}-2"


def test_a_name_without_letters_of_ours_gets_an_address_still(now: datetime) -> None:
    assert _found(now, name="北光").studio.slug == "studio"


@pytest.mark.parametrize(
    "slug", ["api", "xero", "health", "accounts", "_x", "-x", "x-", "Harbour", "a b", "x" * 41, "é"]
)
def test_an_address_that_is_reserved_or_misspelt_is_refused(slug: str, now: datetime) -> None:
    with pytest.raises(Invalid) as refusal:
        _found(now, slug=slug)
    assert refusal.value.field == "slug"


def test_an_address_that_is_taken_is_refused(northlight: Studio, now: datetime) -> None:
    with pytest.raises(Invalid, match="taken"):
        _found(now, slug=northlight.slug)


def test_every_first_word_of_our_own_addresses_is_reserved() -> None:
    assert {"accounts", "api", "xero", "health", "static", "help"} <= RESERVED_SLUGS


def test_a_studio_is_found_by_its_address(northlight: Studio) -> None:
    assert studios.of_slug("northlight") == northlight
