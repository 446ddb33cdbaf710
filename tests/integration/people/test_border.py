"""Dan belongs to another studio. He sees nothing of Northlight by any path, and changes nothing there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from bluestamp.engine import tenancy
from bluestamp.errors import NotFound
from bluestamp.people import activity, branches, holds, memberships, tokens
from bluestamp.people.activity import Activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.holds import Hold
from bluestamp.people.permissions import Role
from bluestamp.people.rows import Studio, StudioRow
from bluestamp.people.users import User
from tests.cast import Cast

TABLES = ["people_activity", "people_branch", "people_hold"]


@pytest.fixture
def held(northlight: Studio, now: datetime) -> None:
    """Every table behind the border has a row of Northlight's."""
    with tenancy.acting_in(northlight.pk):
        holds.place(
            studio_id=northlight.pk,
            kind="expense",
            subject_id="x",
            act="edit",
            code="C",
            sentence="S.",
            now=now,
        )


@pytest.fixture
def in_daybreak(cast: Cast, held: None) -> Iterator[None]:
    """Dan's studio is open."""
    with tenancy.acting_in(cast.daybreak.pk):
        yield


def _rows(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


@pytest.mark.parametrize("table", TABLES)
def test_dan_reads_none_of_northlights_rows_in_raw_sql(table: str, cast: Cast, in_daybreak: None) -> None:
    owners = {row[0] for row in _rows(f"SELECT studio_id FROM {table}")}
    assert owners <= {cast.daybreak.pk}


@pytest.mark.parametrize("table", TABLES)
def test_northlight_has_rows_there_that_dan_could_have_seen(table: str, cast: Cast, held: None) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        assert _rows(f"SELECT studio_id FROM {table}")


@pytest.mark.parametrize("table", TABLES)
def test_without_a_studio_raw_sql_is_an_error(table: str, held: None) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        _rows(f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", TABLES)
def test_dan_changes_and_deletes_none_of_northlights_rows(table: str, cast: Cast, in_daybreak: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id WHERE studio_id = %s", [cast.northlight.pk])
        assert cursor.rowcount == 0
        cursor.execute(f"DELETE FROM {table} WHERE studio_id = %s", [cast.northlight.pk])
        assert cursor.rowcount == 0


def test_dan_writes_no_row_into_northlight(cast: Cast, in_daybreak: None, now: datetime) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        activity.record(
            by=Actor(studio_id=cast.northlight.pk, name="Dan", role=Role.OWNER),
            verb="x.y",
            kind="x",
            subject_id="1",
            sentence="I was here.",
            now=now,
        )


def test_dan_moves_no_row_of_his_into_northlight(cast: Cast, in_daybreak: None) -> None:
    with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
        Branch.objects.update(studio_id=cast.northlight.pk)


def test_dan_lifts_and_sees_no_hold_of_northlight(cast: Cast, in_daybreak: None) -> None:
    assert holds.of("expense", "x") == []
    holds.lift(studio_id=cast.northlight.pk, kind="expense", subject_id="x", code="C")
    with tenancy.leaving(), tenancy.acting_in(cast.northlight.pk):
        assert len(holds.of("expense", "x")) == 1


def test_dan_finds_and_edits_no_branch_of_northlight(
    cast: Cast, dan: Actor, in_daybreak: None, now: datetime
) -> None:
    assert [branch.name for branch in branches.listed()] == ["Wellington"]
    with pytest.raises(NotFound):
        branches.find(cast.london.pk)
    with pytest.raises(NotFound):
        branches.close(cast.bristol.pk, by=dan, now=now)


def test_dan_reads_no_history_of_northlight(cast: Cast, in_daybreak: None) -> None:
    assert {row.studio_id for row in activity.recent(100)} == {cast.daybreak.pk}
    assert not activity.history("studio", str(cast.northlight.pk)).exists()


def test_dan_is_a_stranger_in_northlight(cast: Cast, dan_user: User) -> None:
    with pytest.raises(NotFound, match="no such studio"):
        memberships.actor(dan_user, cast.northlight)
    assert [membership.studio for membership in memberships.of(dan_user)] == [cast.daybreak]


def test_dan_lists_and_moves_nobody_of_northlight(
    cast: Cast, dan: Actor, in_daybreak: None, now: datetime
) -> None:
    assert [membership.user for membership in memberships.listed(dan)] == [cast.dan]
    bens = cast.ben.memberships.get().pk  # type: ignore[attr-defined]  # a related name
    with pytest.raises(NotFound):
        memberships.deactivate(bens, by=dan, now=now)
    with pytest.raises(NotFound):
        memberships.change_role(bens, Role.OWNER, by=dan, now=now)


def test_dan_lists_and_revokes_no_token_of_northlight(
    cast: Cast, ada: Actor, dan: Actor, now: datetime
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        token, _ = tokens.create(by=ada, name="Zapier", now=now)
    with tenancy.acting_in(cast.daybreak.pk):
        assert tokens.listed(dan) == []
        with pytest.raises(NotFound):
            tokens.revoke(token.pk, by=dan, now=now)


def test_every_row_that_belongs_to_a_studio_was_walked_here() -> None:
    rows = {model._meta.db_table for model in (Activity, Branch, Hold)}
    ours = {each._meta.db_table for each in StudioRow.__subclasses__() if each._meta.app_label == "people"}
    assert rows == ours == set(TABLES)
