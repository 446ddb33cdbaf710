"""The border between studios holds for every way of reaching a row."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DataError, InternalError, ProgrammingError, connection, connections, transaction
from django.db.migrations import RunSQL

from bluestamp.engine import postgres, tenancy

pytestmark = pytest.mark.django_db


@pytest.fixture
def things() -> Iterator[None]:
    """A studio table with one row of studio 1 and one of studio 2."""
    operation = tenancy.protect("things")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE things (studio_id bigint, name text)")
        cursor.execute("INSERT INTO things VALUES (1, 'ours'), (2, 'theirs')")
        for statement in operation.sql:
            cursor.execute(str(statement))
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('things') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute("DROP TABLE things")


def names() -> list[str]:
    """What can be seen of the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM things ORDER BY name")
        return [row[0] for row in cursor.fetchall()]


def test_a_studio_sees_its_own_rows_only(things: None) -> None:
    with tenancy.acting_in(1):
        assert names() == ["ours"]
    with tenancy.acting_in(2):
        assert names() == ["theirs"]


def test_without_a_studio_looking_is_an_error_and_not_an_empty_list(things: None) -> None:
    with pytest.raises((ProgrammingError, DataError)), transaction.atomic():
        names()
    with tenancy.acting_in(1):
        pass
    with pytest.raises((ProgrammingError, DataError)), transaction.atomic():
        names()


def test_a_row_for_another_studio_can_be_neither_made_nor_moved(things: None) -> None:
    for statement in ("INSERT INTO things VALUES (2, 'smuggled')", "UPDATE things SET studio_id = 2"):
        refused = pytest.raises((ProgrammingError, InternalError))
        with tenancy.acting_in(1), refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_the_same_studio_may_be_entered_again_and_stays_open_afterwards(things: None) -> None:
    with tenancy.acting_in(1):
        with tenancy.acting_in(1):
            pass
        assert tenancy.current() == 1
    assert tenancy.current() is None


def test_another_studio_is_not_entered_without_leaving_the_first() -> None:
    with tenancy.acting_in(1):
        with pytest.raises(tenancy.AnotherStudioOpen), tenancy.acting_in(2):
            pass
        with tenancy.leaving():
            assert tenancy.current() is None
            with tenancy.acting_in(2):
                assert tenancy.current() == 2
        assert tenancy.current() == 1


def test_a_rollback_inside_leaves_the_studio_open_and_the_end_closes_it(things: None) -> None:
    with tenancy.acting_in(1):
        with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 'x'::int")
        assert tenancy.current() == 1
    assert tenancy.current() is None


def test_a_studio_entered_in_a_transaction_that_fails_is_left_with_it() -> None:
    with pytest.raises(DataError), transaction.atomic(), tenancy.acting_in(1), connection.cursor() as cursor:
        cursor.execute("SELECT 'x'::int")
    assert tenancy.current() is None


def test_the_protection_can_be_taken_back(things: None) -> None:
    with connection.cursor() as cursor:
        for statement in tenancy.protect("things").reverse_sql or ():
            cursor.execute(str(statement))
    assert names() == ["ours", "theirs"]


@pytest.mark.django_db(transaction=True)
def test_a_connection_of_the_pool_hands_no_studio_and_no_lock_on() -> None:
    database = connections.settings["default"] | {"OPTIONS": {"pool": {"min_size": 1, "max_size": 1}}}
    database["OPTIONS"]["pool"]["reset"] = postgres.forget_studio
    pooled = type(connections["default"])(database, alias="pooled")
    connections["pooled"] = pooled
    try:
        with pooled.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('app.studio', '1', false), pg_advisory_lock(7), pg_backend_pid()"
            )
            pid = cursor.fetchone()[2]
        pooled.close()
        with pooled.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('app.studio'), pg_backend_pid(),"
                " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
            )
            assert cursor.fetchone() == ("", pid, 0)
        pooled.close()
    finally:
        pooled.close_pool()
        del connections["pooled"]


def test_the_settings_give_the_pool_that_reset() -> None:
    import bluestamp.settings

    assert bluestamp.settings.POOL["reset"] is postgres.forget_studio


def test_the_start_refuses_a_superuser_and_takes_the_tests_role() -> None:
    tenancy.refuse_superuser()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        name = cursor.fetchone()[0]
    superuser = f"host={settings.DATABASES['default']['HOST']} user=postgres dbname={name}"
    with psycopg.connect(superuser) as raw, pytest.raises(ImproperlyConfigured, match="superuser"):
        tenancy.refuse_walker(raw)


def test_a_foreign_key_is_added_to_a_protected_table_only_with_the_guard_off(things: None) -> None:
    """PostgreSQL exempts the checks of single rows from the policies, but not the first check of a new key."""
    key = RunSQL("ALTER TABLE things ADD FOREIGN KEY (studio_id) REFERENCES studios_of_things")
    run(
        "CREATE TABLE studios_of_things (id bigint PRIMARY KEY)",
        "INSERT INTO studios_of_things VALUES (1), (2)",
    )
    with pytest.raises((ProgrammingError, DataError)), transaction.atomic():
        run(str(key.sql))
    run(*[str(step.sql) for step in tenancy.unguarded("things", key) if isinstance(step, RunSQL)])
    with tenancy.acting_in(1):
        run("INSERT INTO things VALUES (1, 'another')")
        assert names() == ["another", "ours"]
    run("DROP TABLE studios_of_things CASCADE")


def run(*statements: str) -> None:
    """Run them one after the other."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
