"""Every table that belongs to studios stands behind the border, but for a closed list, each with its reason."""

from __future__ import annotations

import pytest
from django.db import connection

from bluestamp.engine import tenancy

pytestmark = pytest.mark.django_db


def _names(statement: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return {row[0] for row in cursor.fetchall()}


def _with_a_studio() -> set[str]:
    return _names(
        "SELECT table_name FROM information_schema.columns "
        "WHERE column_name = 'studio_id' AND table_schema = current_schema()"
    )


def _behind_the_border() -> set[str]:
    """Enabled, forced upon the owner, and with a policy on reading and writing that names the open studio."""
    return _names(
        "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
        "WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polcmd = '*' "
        "AND pg_get_expr(p.polqual, c.oid) LIKE '%app.studio%' "
        "AND pg_get_expr(p.polwithcheck, c.oid) LIKE '%app.studio%'"
    )


def test_every_table_with_a_studio_is_behind_the_border_or_on_the_closed_list() -> None:
    assert _with_a_studio() - _behind_the_border() - set(tenancy.UNPROTECTED) == set()


def test_the_closed_list_names_tables_that_there_are() -> None:
    assert set(tenancy.UNPROTECTED) - _with_a_studio() == set()


def test_nothing_is_on_both_sides() -> None:
    assert not _behind_the_border() & set(tenancy.UNPROTECTED)


def test_no_table_has_a_policy_besides_the_border() -> None:
    assert _names("SELECT tablename FROM pg_policies WHERE policyname <> 'studio'") == set()
