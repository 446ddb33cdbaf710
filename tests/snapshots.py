"""What hundreds of tests begin with is built once in a process, by the product's own verbs, and then put back as rows.

    @pytest.fixture
    def cast(db: None, now: datetime) -> Cast:
        return snapshots.again(("cast", now), lambda: assemble(now))

Building the cast takes ninety milliseconds and a desk four times that; putting their rows back takes ten and thirty.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from django.db import connection, transaction
from psycopg import sql

from bluestamp.people.rows import Studio

T = TypeVar("T")

OURS: Final = """
SELECT relname, relrowsecurity FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission', 'procrastinate_events')
ORDER BY relname
"""
"""All tables but Django's own, and what a trigger of Procrastinate's writes."""


@dataclass(frozen=True)
class _Kept:
    """What was built: the objects, the statements that put its rows back, and its files."""

    made: Any
    statements: str
    files: dict[Path, bytes]


_KEPT: Final[dict[Hashable, _Kept]] = {}


def again(key: Hashable, build: Callable[[], T], *, folder: Path | None = None) -> T:
    """Return what `build` makes of a database that holds nothing, or what the key held when it was last built here.

    Rows that are there are replaced, so one may stand on another: a desk on its cast. `folder`: where it puts files.
    """
    if key not in _KEPT:
        made = build()
        _KEPT[key] = _Kept(copy.deepcopy(made), "".join(_statements()), dict(_files(folder)))
        return made
    kept = _KEPT[key]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(kept.statements)
    for path, content in kept.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    remade: T = copy.deepcopy(kept.made)
    return remade


def _statements() -> Iterator[str]:
    """For every table: its rows out, and in as they are now; inside each studio where the border demands one."""
    with connection.cursor() as cursor:
        cursor.execute(OURS)
        tables = cursor.fetchall()
        yield from _of_tables(cursor, [name for name, is_guarded in tables if not is_guarded])
        for studio_id in Studio.objects.values_list("pk", flat=True):
            enter = f"SELECT set_config('app.studio', '{studio_id}', false);\n"
            cursor.execute(enter)
            yield enter
            yield from _of_tables(cursor, [name for name, is_guarded in tables if is_guarded])
        leave = "SELECT set_config('app.studio', '', false);\n"
        cursor.execute(leave)
        yield leave


def _of_tables(cursor: Any, names: list[str]) -> Iterator[str]:
    for name in names:
        table = sql.Identifier(name)
        cursor.execute(sql.SQL("SELECT json_agg(t)::text FROM {} t").format(table))
        rows = cursor.fetchone()[0]
        if rows is not None:
            put_back = sql.SQL(
                "DELETE FROM {0}; INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, {1});\n"
            )
            yield put_back.format(table, sql.Literal(rows)).as_string(connection.connection)


def _files(folder: Path | None) -> Iterator[tuple[Path, bytes]]:
    for path in folder.rglob("*") if folder else ():
        if path.is_file():
            yield path, path.read_bytes()
