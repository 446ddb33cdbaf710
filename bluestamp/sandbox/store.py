"""One SQLite file (WAL): documents as rows of indexed columns plus their whole body as JSON.

One connection behind one lock: a request is a transaction, and nothing slow (a fault's sleep, a webhook's
POST) ever happens inside it. Amount columns are whole cents, days are ISO text, instants are milliseconds.
"""

import contextlib
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).with_name("schema.sql")

Row = sqlite3.Row
Value = str | int | float | bytes | None


class Store:
    """The sandbox's memory."""

    def __init__(self, path: str | None) -> None:
        self._folder = None if path else tempfile.TemporaryDirectory(prefix="xero-sandbox-")
        self.path = path or str(Path(self._folder.name if self._folder else ".") / "sandbox.sqlite3")
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF" if path is None else "PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA.read_text())

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is kept or nothing; nested, it is a savepoint."""
        with self._lock:
            name = f"step{self._depth}"
            self._connection.execute("BEGIN IMMEDIATE" if not self._depth else f"SAVEPOINT {name}")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                self._undo(name)
                raise
            self._depth -= 1
            self._connection.execute("COMMIT" if not self._depth else f"RELEASE {name}")

    def one(self, sql: str, *values: Value) -> Row | None:
        """The first row, if any."""
        with self._lock:
            row: Row | None = self._connection.execute(sql, values).fetchone()
            return row

    def all(self, sql: str, *values: Value) -> list[Row]:
        """Every row."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def scalar(self, sql: str, *values: Value) -> Any:
        """The first column of the first row, or None."""
        row = self.one(sql, *values)
        return row[0] if row is not None else None

    def run(self, sql: str, *values: Value) -> int:
        """Execute a statement; how many rows changed."""
        with self._lock:
            return self._connection.execute(sql, values).rowcount

    def insert(self, sql: str, *values: Value) -> int:
        """Execute an INSERT; the row's number."""
        with self._lock:
            return self._connection.execute(sql, values).lastrowid or 0

    def put(self, table: str, **columns: Value) -> None:
        """Insert a row or replace the one with the same key."""
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        self.run(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", *columns.values())

    def put_many(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
        """Insert rows that have no key in common with those that are there."""
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks(columns)})"
        with self._lock:
            self._connection.executemany(sql, rows)

    def tables(self) -> list[str]:
        """The names of all tables."""
        sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        return [row["name"] for row in self.all(sql)]

    def empty(self) -> None:
        """Forget everything but the file itself."""
        with self.transaction():
            for table in self.tables():
                self.run(f"DELETE FROM {table}")

    def close(self) -> None:
        """Write out and let go of the file."""
        with self._lock:
            self._connection.close()
        if self._folder:
            self._folder.cleanup()

    def _undo(self, name: str) -> None:
        if not self._depth:
            self._connection.execute("ROLLBACK")
            return
        self._connection.execute(f"ROLLBACK TO {name}")
        self._connection.execute(f"RELEASE {name}")


def marks(values: Sequence[object]) -> str:
    """Placeholders for an IN list."""
    return ", ".join("?" * len(values))
