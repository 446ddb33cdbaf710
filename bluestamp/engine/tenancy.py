"""The border between studios, drawn by PostgreSQL itself.

Every studio table carries a policy on the session setting `app.studio`. Nothing in Python has to remember a filter:
raw SQL, foreign keys and inserts are held to it as well. Without a studio the policy raises, so a forgotten
`acting_in` is an error and not an empty list (an empty table alone has nothing to raise about).

Jobs, requests and commands enter a studio by `acting_in(studio_id)`, and in no other way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Final

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.migrations import RunSQL
from django.db.migrations.operations.base import Operation
from psycopg.pq import TransactionStatus

UNPROTECTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "people_membership": "read at sign-in, to learn which studios a person may enter",
        "people_apitoken": "the token's hash is what tells the studio",
        "people_invitation": "the link in the letter names no studio, only a secret",
        "sync_tenantentry": "the directory: a webhook brings only Xero's tenant id",
        "sync_consentstate": "the way back from Xero's consent page carries only the state",
    }
)
"""Tables with a studio that stand outside the policies, each with its reason. Closed: a house test compares."""


class WalksThroughTheBorder(ImproperlyConfigured):
    """The database role is not held to the policies."""


class AnotherStudioOpen(RuntimeError):
    """Work for one studio tried to enter a second one: a bug, never a person's mistake."""


@contextmanager
def acting_in(studio_id: int) -> Iterator[None]:
    """See and change the rows of this studio only, until the block ends.

    Entering the studio that is already open changes nothing. Raises AnotherStudioOpen inside a different one.
    """
    before = current()
    if before == studio_id:
        yield
    elif before is not None:
        raise AnotherStudioOpen(f"studio {studio_id} may not be entered from studio {before}")
    else:
        with _setting(str(studio_id), afterwards=""):
            yield


@contextmanager
def leaving() -> Iterator[None]:
    """Step out of the open studio for a while, to enter another one: for the clock's rounds through all studios."""
    before = current()
    with _setting("", afterwards="" if before is None else str(before)):
        yield


def current() -> int | None:
    """The open studio, as the database knows it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nullif(current_setting('app.studio', true), '')::bigint")
        found: int | None = cursor.fetchone()[0]
    return found


@contextmanager
def _setting(value: str, *, afterwards: str) -> Iterator[None]:
    _write(value)
    try:
        yield
    finally:
        if takes_statements():
            _write(afterwards)


def takes_statements() -> bool:
    """In a failed transaction nothing can be set, and nothing need be: its rollback takes the setting back too."""
    raw = connection.connection
    if raw is None or raw.closed or (connection.in_atomic_block and connection.needs_rollback):
        return False
    return bool(raw.info.transaction_status != TransactionStatus.INERROR)


def _write(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.studio', %s, false)", [value])


def protect(table: str) -> RunSQL:
    """Put a studio table behind the border: a migration's operation, right after the table was made.

    FORCE holds the owner to it, which is the role that Bluestamp runs as. The sub-select is evaluated once a query
    instead of once a row (PostgreSQL's manual, "Row Security Policies").
    """
    mine = "studio_id = (SELECT current_setting('app.studio')::bigint)"
    return RunSQL(
        sql=[
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY studio ON "{table}" USING ({mine}) WITH CHECK ({mine})',
        ],
        reverse_sql=[
            f'DROP POLICY studio ON "{table}"',
            f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY',
        ],
    )


def unguarded(table: str, *operations: Operation) -> list[Operation]:
    """Take the guard off a table for a later migration's operations, and put it back after them.

    For those that read rows of all studios at once: filling a column, or adding a foreign key, whose first check
    PostgreSQL does not exempt. They run as the tables' owner, whom only FORCE holds to the policy.
    """
    off, on = (
        f'ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY',
        f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
    )
    return [RunSQL(off, reverse_sql=on), *operations, RunSQL(on, reverse_sql=off)]


def refuse_superuser() -> None:
    """Stop the start when the database role would walk through the border.

    Raises WalksThroughTheBorder for a superuser and for a role with BYPASSRLS.
    """
    with connection.cursor() as cursor:
        refuse_walker(cursor)


def refuse_walker(session: Any) -> None:
    """The same for any database session."""
    found = session.execute(
        "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    role, walks_through = (found or session).fetchone()
    if walks_through:
        raise WalksThroughTheBorder(
            f"The database role {role} is a superuser or has BYPASSRLS, so studios could see each other. "
            "Connect with a role that owns Bluestamp's tables and has neither."
        )
