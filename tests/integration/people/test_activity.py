"""What happened is kept in order, with who did it and by which way."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bluestamp.people import activity, actors
from bluestamp.people.activity import Activity
from bluestamp.people.actors import Actor
from bluestamp.people.rows import Studio
from bluestamp.people.users import User

pytestmark = pytest.mark.usefixtures("in_northlight")


def _note(
    by: Actor, sentence: str, now: datetime, *, subject_id: str = "bill", batch_id: str = ""
) -> Activity:
    return activity.record(
        by=by,
        verb="expense.noted",
        kind="expense",
        subject_id=subject_id,
        sentence=sentence,
        now=now,
        batch_id=batch_id,
    )


def _sentences(kind: str, subject_id: str) -> list[str]:
    return [row.sentence for row in activity.history(kind, subject_id)]


def test_history_is_newest_first(ada: Actor, now: datetime) -> None:
    _note(ada, "second", now + timedelta(minutes=1))
    _note(ada, "first", now)
    assert _sentences("expense", "bill") == ["second", "first"]


def test_what_one_verb_records_at_one_instant_keeps_its_order(ada: Actor, now: datetime) -> None:
    for number in range(20):
        _note(ada, str(number), now)
    assert _sentences("expense", "bill") == [str(number) for number in reversed(range(20))]


def test_history_is_of_one_thing(ada: Actor, now: datetime) -> None:
    _note(ada, "this", now)
    _note(ada, "that", now, subject_id="other")
    assert _sentences("expense", "bill") == ["this"]
    assert _sentences("invoice", "bill") == []


def test_a_row_says_who_and_by_which_way(ada: Actor, ada_user: User, now: datetime) -> None:
    row = Activity.objects.get(pk=_note(ada, "x", now, batch_id="b1").pk)
    assert (row.actor_name, row.user_id, row.via, row.at) == ("Ada", ada_user.pk, "web", now)
    assert (row.batch_id, row.detail) == ("b1", {})


def test_xero_is_nobody_of_ours(northlight: Studio, now: datetime) -> None:
    row = _note(actors.xero(northlight.pk), "Paid in Xero.", now)
    assert (row.actor_name, row.user_id, row.via) == ("Xero", None, "xero")


def test_recent_is_as_long_as_asked_and_newest_first(ada: Actor, now: datetime) -> None:
    for number in range(3):
        _note(ada, str(number), now + timedelta(hours=number), subject_id=str(number))
    assert [row.sentence for row in activity.recent(2)] == ["2", "1"]
