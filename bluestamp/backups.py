"""`bluestamp backup` and `bluestamp restore`: the database and the files in one archive.

The keys are not in it, so that a stolen backup opens no token: the keys folder must be kept elsewhere.

`database.dump` (pg_dump's custom format) is taken first and the files after it: a file written in between is merely
not referred to, where the other way round a row could refer to a file that is not there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from bluestamp.engine import environment, identifiers, postgres
from bluestamp.startup import NotReady

DUMP: Final = "database.dump"
FILES: Final = "files"
STORED: Final = re.compile(rf"{FILES}/[0-9]+/[0-9a-v]{{2}}/{identifiers.PATTERN}")


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
            dump = Path(folder) / DUMP
            _unpack(archive, archive.getmember(DUMP), dump)
            for member in archive.getmembers():
                if member.isreg() and member.name != DUMP:
                    _unpack(archive, member, _place_of(member.name))
            # Last and in one transaction: until it is done, the database is empty and all can be begun again.
            _postgres("pg_restore", "--exit-on-error", "--single-transaction", str(dump))
    except (OSError, tarfile.TarError, KeyError) as error:
        raise NotReady(f"{source} can't be read as a backup: {error}") from None
    return f"Restored. Put the keys folder of that time into {_keys_folder()} before you start Bluestamp."


def _place_of(name: str) -> Path:
    """Where a file of the archive belongs. Raises NotReady for a name that Bluestamp never gave."""
    if not STORED.fullmatch(name):
        raise NotReady(f"The archive holds {name!r}, which is no file of Bluestamp's. Nothing was restored.")
    return Path(settings.BLUESTAMP_DATA_DIR) / name


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    """Write one file; by hand, for tarfile's own safety filter came with Python 3.11.4 only."""
    content = archive.extractfile(member)
    if content is None:
        raise KeyError(f"{member.name} is no file")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with content, target.open("wb") as file:
        shutil.copyfileobj(content, file)


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
