"""What every command that needs the database does first, and undoes last: keys, PostgreSQL, Django, migrations."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bluestamp.engine import environment, keyfiles, postgres

Say = Callable[[str], None]
MIGRATION_LOCK_SECONDS: Final = 600


class NotReady(RuntimeError):
    """A command can't begin; the sentence says why and what to do."""


@contextmanager
def database(*, say: Say = lambda line: None) -> Iterator[None]:
    """Hold the database up and Django ready for the block.

    Without DATABASE_URL it is the embedded one, shared with whatever runs on the same data folder already.
    Raises postgres.NotStartable.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bluestamp.settings")
    data_dir = environment.data_dir()
    postgres.make_data_dir(data_dir)
    keyfiles.make_missing(data_dir)
    if os.environ.get("DATABASE_URL"):
        yield from _with_django()
        return
    if not (data_dir / "postgres/PG_VERSION").exists():
        say(f"Making a database in {data_dir} …")
    with postgres.running(data_dir):
        yield from _with_django()


def _with_django() -> Iterator[None]:
    import django
    from django.db import connections

    django.setup()
    try:
        yield
    finally:
        connections.close_all()
        getattr(connections["default"], "close_pool", lambda: None)()


def migrate(*, say: Say) -> None:
    """Run the migrations that are missing; of several machines that start at once, one does and the others wait.

    Raises NotReady when another one takes longer than ten minutes, and for a role that walks through the border.
    """
    from django.core.management import call_command

    from bluestamp.engine import queue, tenancy

    try:
        tenancy.refuse_superuser()
    except tenancy.WalksThroughTheBorder as refusal:
        raise NotReady(str(refusal)) from None
    if not missing_migrations():
        return
    with queue.session_lock("migrate", wait_seconds=MIGRATION_LOCK_SECONDS) as got:
        if not got:
            raise NotReady(
                "Another machine has been migrating the database for ten minutes. Look there first."
            )
        missing = missing_migrations()
        if missing:
            say(f"Bringing the database up to date ({missing} steps) …")
            call_command("migrate", interactive=False, verbosity=0, skip_checks=True)


def missing_migrations() -> int:
    """How many migrations the database has not seen yet."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def collect_static_files(*, say: Say) -> None:
    """Lay out the static files, compressed and with hashes in their names, when they are not those of last time."""
    from django.conf import settings
    from django.core.management import call_command

    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    wanted = _state_of_static_files()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("Laying out the static files …")
    call_command("collectstatic", interactive=False, verbosity=0, clear=True, skip_checks=True)
    stamp.write_text(wanted)


def _state_of_static_files() -> str:
    from django.contrib.staticfiles.finders import get_finders

    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
