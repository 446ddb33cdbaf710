"""The studio's own settings, and the hold on switching two-factor authentication off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bluestamp.errors import InvalidFields, NotPermitted
from bluestamp.people import activity, holds, studios
from bluestamp.people.actors import Actor
from bluestamp.people.holds import Held
from bluestamp.people.rows import Studio, TwoFactorFor
from bluestamp.people.studios import STRICTNESS, StudioDraft

pytestmark = pytest.mark.usefixtures("in_northlight")

CONNECTED = "Two-factor authentication stays on while Northlight Ltd and Northlight Inc are connected."


def _draft(studio: Studio, **changes: object) -> StudioDraft:
    draft = StudioDraft(
        name=studio.name,
        country=studio.country,
        base_currency=studio.base_currency,
        time_zone=studio.time_zone,
        two_factor_for=TwoFactorFor(studio.two_factor_for),
    )
    return replace(draft, **changes)  # type: ignore[arg-type]


def _connect(studio: Studio, now: datetime) -> None:
    holds.place(
        studio_id=studio.pk,
        kind="studio",
        subject_id=str(studio.pk),
        act="switch_off_two_factor",
        code="XERO_CONNECTED",
        sentence=CONNECTED,
        now=now,
    )


def test_an_owner_changes_the_settings(ada: Actor, northlight: Studio, now: datetime) -> None:
    studios.edit(_draft(northlight, name=" Northlight Film ", time_zone="Europe/Paris"), by=ada, now=now)
    northlight.refresh_from_db()
    assert (northlight.name, northlight.time_zone) == ("Northlight Film", "Europe/Paris")
    row = activity.recent(1)[0]
    assert (row.verb, row.detail["name"]) == ("studio.edited", ["Northlight", "Northlight Film"])


def test_saving_without_a_change_records_nothing(ada: Actor, northlight: Studio, now: datetime) -> None:
    before = list(activity.recent(100))
    studios.edit(_draft(northlight), by=ada, now=now)
    assert list(activity.recent(100)) == before


@pytest.mark.parametrize("who", ["ben", "cleo", "abe"])
def test_nobody_but_an_owner_changes_the_settings(
    who: str, northlight: Studio, now: datetime, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotPermitted):
        studios.edit(_draft(northlight, name="Mine"), by=request.getfixturevalue(who), now=now)


def test_all_unknown_codes_are_refused_together(ada: Actor, northlight: Studio, now: datetime) -> None:
    with pytest.raises(InvalidFields) as refusal:
        studios.edit(_draft(northlight, country="ZZ9", base_currency="?"), by=ada, now=now)
    assert [fault.field for fault in refusal.value.faults] == ["country", "base_currency"]


@pytest.mark.parametrize("before", list(TwoFactorFor))
@pytest.mark.parametrize("after", list(TwoFactorFor))
def test_while_connected_two_factor_is_demanded_of_no_fewer(
    before: TwoFactorFor, after: TwoFactorFor, ada: Actor, northlight: Studio, now: datetime
) -> None:
    Studio.objects.filter(pk=northlight.pk).update(two_factor_for=before)
    _connect(northlight, now)
    if STRICTNESS[after] >= STRICTNESS[before]:
        assert studios.edit(_draft(northlight, two_factor_for=after), by=ada, now=now).two_factor_for == after
        return
    with pytest.raises(Held) as refusal:
        studios.edit(_draft(northlight, two_factor_for=after), by=ada, now=now)
    assert refusal.value.sentence == CONNECTED
    assert Studio.objects.get(pk=northlight.pk).two_factor_for == before


def test_unconnected_it_may_be_switched_off_and_that_is_recorded(
    ada: Actor, northlight: Studio, now: datetime
) -> None:
    studios.edit(_draft(northlight, two_factor_for=TwoFactorFor.NOBODY), by=ada, now=now)
    assert activity.recent(1)[0].sentence == "Two-factor authentication is now demanded of nobody."


def test_while_connected_the_rest_may_change(ada: Actor, northlight: Studio, now: datetime) -> None:
    _connect(northlight, now)
    assert studios.edit(_draft(northlight, name="New name"), by=ada, now=now).name == "New name"
