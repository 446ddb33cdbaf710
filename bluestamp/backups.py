"""`bluestamp backup` and `bluestamp restore`: the database and the files in one archive.

The keys are not in it, so that a stolen backup opens no token: the keys folder must be kept elsewhere.

`database.dump` (pg_dump's custom format) is taken first and the files after it: a file written in between is merely
not referred to, where the other way round a row could refer to a file that is not there.
"""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bluestamp.engine import environment, postgres
from bluestamp.startup import NotReady

DUMP: Final = "database.dump"
FILES: Final = "files"


def write(*, target: Path | None) -> str:
    """Write an archive, mode 0600, whole or not at all. Raises NotReady."""
    target = (target or Path(f"bluestamp-{timezone.now():%Y-%m-%d-%H%M}.tar")).absolute()
    if target.exists():
        raise NotReady(f"{target} exists already.")
    beside = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            dump = Path(folder) / DUMP
            _postgres("pg_dump", "--format=custom", f"--file={dump}")
            _pack(beside, dump)
        beside.rename(target)
    finally:
        beside.unlink(missing_ok=True)
    return f"{target} ({target.stat().st_size / 1e6:.1f} MB). The keys are not in it: keep a copy of {_keys_folder()}."


def _pack(target: Path, dump: Path) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as archive:
        archive.add(dump, DUMP)
        files = Path(settings.BLUESTAMP_DATA_DIR) / FILES
        if files.exists():
            archive.add(files, FILES)
        file.flush()
        os.fsync(file.fileno())


def restore(*, source: Path) -> str:
    """Read an archive into a database without tables. Raises NotReady for any other, and for no archive."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
        )
        if cursor.fetchone()[0]:
            raise NotReady(
                "The database has tables already. Restore into an empty data folder (BLUESTAMP_DATA_DIR)."
            )
    connection.close()
    try:
        with tempfile.TemporaryDirectory() as folder, tarfile.open(source) as archive:
            archive.extract(DUMP, folder, filter="data")
            _postgres("pg_restore", "--exit-on-error", "--single-transaction", f"{folder}/{DUMP}")
            for member in archive.getmembers():
                if member.name.split("/")[0] == FILES:
                    archive.extract(member, settings.BLUESTAMP_DATA_DIR, filter="data")
    except (OSError, tarfile.TarError, KeyError) as error:
        raise NotReady(f"{source} can't be read as a backup: {error}") from None
    return f"Restored. Put the keys folder of that time into {_keys_folder()} before you start Bluestamp."


def _keys_folder() -> Path:
    return Path(settings.BLUESTAMP_DATA_DIR) / "keys"


def _postgres(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs as somebody whom the policies between studios don't hold.

    That is the embedded server's superuser, or the role of BLUESTAMP_BACKUP_DATABASE_URL (BYPASSRLS suffices).
    """
    url = os.environ.get("BLUESTAMP_BACKUP_DATABASE_URL") or settings.DATABASE_URL
    if not url:
        data_dir = environment.data_dir()
        url = postgres.prepare(data_dir).conninfo(user=postgres.SUPERUSER)
    command = [str(postgres.program(program)), f"--dbname={url}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    hint = ""
    if settings.DATABASE_URL:
        hint = " A backup reads all studios: set BLUESTAMP_BACKUP_DATABASE_URL to a role with BYPASSRLS."
    raise NotReady(f"{program} did not finish: {done.stderr.strip()}{hint}")
