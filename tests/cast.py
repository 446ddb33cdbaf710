"""The cast, which never changes.

Northlight is a British studio with two branches, London (home) and Bristol. Ada owns it, Ben produces, Cleo keeps the
books, Abe is its accountant and only reads. Dan owns another studio, Daybreak, and may see nothing of Northlight.
Everybody of whom their studio demands two-factor authentication has it on: all but Ben.

    def test_ben_may_not_connect(ben: Actor, in_northlight: None, now: datetime) -> None: ...

`ada` and the others are actors (what verbs take as `by`); `ada_user` and the others are the users behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from bluestamp.engine import tenancy
from bluestamp.people import branches, founding, memberships, two_factor
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch, BranchDraft
from bluestamp.people.founding import Founded
from bluestamp.people.permissions import Role
from bluestamp.people.rows import Studio
from bluestamp.people.users import User
from tests import snapshots

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
"""A Monday morning: when every story begins, unless it says otherwise."""
PASSWORD = "a lamp in the window"
"""Everybody's."""


@dataclass(frozen=True)
class Cast:
    """Everybody and their studios."""

    northlight: Studio
    london: Branch
    bristol: Branch
    daybreak: Studio
    ada: User
    ben: User
    cleo: User
    abe: User
    dan: User

    def acting(self, user: User) -> Actor:
        """A person as an actor in the studio that they belong to."""
        return memberships.actor(user, self.daybreak if user == self.dan else self.northlight)


def assemble(now: datetime = NOW) -> Cast:
    """Found both studios and let everybody in; inside no studio, and leaving none open."""
    northlight = _found("Northlight", "GB", "GBP", "Europe/London", owner="Ada", branch="London", now=now)
    daybreak = _found("Daybreak", "NZ", "NZD", "Pacific/Auckland", owner="Dan", branch="Wellington", now=now)
    ada = memberships.actor(northlight.owner, northlight.studio)
    with tenancy.acting_in(northlight.studio.pk):
        bristol = branches.create(
            BranchDraft(name="Bristol", legal_name="Northlight Bristol Ltd", currency="GBP", locale="en-GB"),
            by=ada,
            now=now,
        )
        ben = _let_in("Ben", Role.PRODUCER, by=ada, now=now)
        cleo = _let_in("Cleo", Role.BOOKKEEPER, by=ada, now=now)
        abe = _let_in("Abe", Role.ACCOUNTANT, by=ada, now=now)
    for user in (northlight.owner, cleo, abe, daybreak.owner):
        two_factor.enrol(user, now=now)
    return Cast(
        northlight=northlight.studio,
        london=northlight.branch,
        bristol=bristol,
        daybreak=daybreak.studio,
        ada=northlight.owner,
        ben=ben,
        cleo=cleo,
        abe=abe,
        dan=daybreak.owner,
    )


def _found(
    name: str, country: str, currency: str, time_zone: str, *, owner: str, branch: str, now: datetime
) -> Founded:
    return founding.found_studio(
        name=name,
        country=country,
        currency=currency,
        time_zone=time_zone,
        owner_email=f"{owner.lower()}@{name.lower()}.example",
        owner_name=owner,
        password=PASSWORD,
        branch_name=branch,
        now=now,
    )


def _let_in(name: str, role: Role, *, by: Actor, now: datetime) -> User:
    added = memberships.add(email=f"{name.lower()}@northlight.example", name=name, role=role, by=by, now=now)
    added.user.set_password(PASSWORD)
    added.user.save(update_fields=["password"])
    return added.user


@pytest.fixture
def now() -> datetime:
    """The Monday morning when the story begins."""
    return NOW


@pytest.fixture
def cast(db: None, now: datetime) -> Cast:
    """Everybody, in the database."""
    return snapshots.again(("cast", now), lambda: assemble(now))


@pytest.fixture
def northlight(cast: Cast) -> Studio:
    """The studio of most stories."""
    return cast.northlight


@pytest.fixture
def daybreak(cast: Cast) -> Studio:
    """Dan's studio."""
    return cast.daybreak


@pytest.fixture
def london(cast: Cast) -> Branch:
    """Northlight's home branch."""
    return cast.london


@pytest.fixture
def bristol(cast: Cast) -> Branch:
    """Northlight's other branch."""
    return cast.bristol


@pytest.fixture
def in_northlight(northlight: Studio) -> Iterator[None]:
    """Northlight is open for the whole test."""
    with tenancy.acting_in(northlight.pk):
        yield


@pytest.fixture
def ada_user(cast: Cast) -> User:
    """Northlight's owner."""
    return cast.ada


@pytest.fixture
def ben_user(cast: Cast) -> User:
    """Northlight's producer."""
    return cast.ben


@pytest.fixture
def cleo_user(cast: Cast) -> User:
    """Northlight's bookkeeper."""
    return cast.cleo


@pytest.fixture
def abe_user(cast: Cast) -> User:
    """Northlight's accountant, who only reads."""
    return cast.abe


@pytest.fixture
def dan_user(cast: Cast) -> User:
    """Of another studio."""
    return cast.dan


@pytest.fixture
def ada(cast: Cast) -> Actor:
    """Ada, acting as Northlight's owner."""
    return cast.acting(cast.ada)


@pytest.fixture
def ben(cast: Cast) -> Actor:
    """Ben, acting as Northlight's producer."""
    return cast.acting(cast.ben)


@pytest.fixture
def cleo(cast: Cast) -> Actor:
    """Cleo, acting as Northlight's bookkeeper."""
    return cast.acting(cast.cleo)


@pytest.fixture
def abe(cast: Cast) -> Actor:
    """Abe, acting as Northlight's accountant."""
    return cast.acting(cast.abe)


@pytest.fixture
def dan(cast: Cast) -> Actor:
    """Dan, acting as the owner of Daybreak."""
    return cast.acting(cast.dan)
