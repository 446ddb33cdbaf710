"""The command line in real processes on a data folder of its own: begun, doubled, killed, begun again, stopped."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from bluestamp.engine import postgres


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Machine:
    """A data folder, a port and a clean environment to run commands in."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.port = free_port()
        ours = ("BLUESTAMP_", "DATABASE_URL", "XERO_", "DJANGO_", "PORT")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self.environment = kept | {"BLUESTAMP_DATA_DIR": str(self.data_dir), "PORT": str(self.port)}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [sys.executable, "-m", "bluestamp", *arguments]
        return subprocess.run(
            command, env=self.environment | more, capture_output=True, text=True, check=False, timeout=120
        )

    def serve(self) -> subprocess.Popen[str]:
        """Start `bluestamp serve`, and wait until it answers."""
        command = [sys.executable, "-m", "bluestamp", "serve"]
        process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        deadline = time.monotonic() + 120
        while not self.answers():
            assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0]
            time.sleep(0.05)
        return process

    def answers(self) -> bool:
        """Whether somebody answers a request."""
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    def database_runs(self) -> bool:
        """Whether PostgreSQL is up."""
        return postgres.is_running(postgres.prepare(self.data_dir))


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A machine with nothing on it yet; each test here takes it as the one before left it, or as new."""
    folder = Path(tempfile.mkdtemp(prefix="bs-"))
    folder.chmod(0o755)
    machine = Machine(folder)
    yield machine
    if machine.data_dir.exists():
        postgres.stop(postgres.prepare(machine.data_dir), mode="immediate")
    shutil.rmtree(folder)


def eventually(holds: object, *, seconds: float = 10) -> None:
    """Wait until it holds."""
    assert callable(holds)
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{holds} did not come to hold"
        time.sleep(0.05)


def test_serve_comes_up_from_nothing_survives_being_killed_and_stops_in_order(machine: Machine) -> None:
    process = machine.serve()
    second = machine.run("serve")
    assert (second.returncode, "running on the data folder" in second.stderr) == (1, True), second

    other = machine.data_dir.with_name("other")
    taken = machine.run("serve", BLUESTAMP_DATA_DIR=str(other))
    assert (taken.returncode, f"127.0.0.1:{machine.port}" in taken.stderr) == (1, True), taken
    assert not (other / "postgres").exists(), "it was started before the port was known to be free"

    process.kill()
    process.wait()
    eventually(lambda: not machine.answers())  # the web processes end with their parent
    assert machine.database_runs()

    process = machine.serve()
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 0, said
    assert "Bluestamp is on http://localhost" in said and said.rstrip().endswith("Stopping …")
    assert "Bringing" not in said and "Laying out" not in said, "the second start does nothing twice"
    assert not machine.database_runs()


def test_a_worker_alone_stops_when_told(machine: Machine) -> None:
    command = [sys.executable, "-m", "bluestamp", "worker"]
    process = subprocess.Popen(command, env=machine.environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    while "Working" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert not machine.database_runs()


def test_the_doctor_tells_what_is_wrong_and_what_to_do(machine: Machine) -> None:
    fresh = str(machine.data_dir.with_name("fresh"))
    looked = machine.run("doctor", BLUESTAMP_DATA_DIR=fresh)
    assert "migrations are missing: run bluestamp migrate" in looked.stdout
    assert machine.run("migrate", BLUESTAMP_DATA_DIR=fresh).stdout.endswith("The database is up to date.\n")
    looked = machine.run("doctor", BLUESTAMP_DATA_DIR=fresh)
    assert looked.returncode == 1
    assert "!!  0 tasks wait" in looked.stdout and "bluestamp worker" in looked.stdout
    assert "!!  No Xero app" in looked.stdout
    assert "ok  The database role is held to the border between studios." in looked.stdout
    assert {path.stat().st_mode & 0o777 for path in Path(fresh, "keys").iterdir()} == {0o600}


def test_a_backup_goes_into_an_empty_machine_and_into_no_other(machine: Machine) -> None:
    found = machine.run(
        "studio", "create", "Northlight", "--owner-email", "ada@example.com", "--owner-name", "Ada"
    )
    assert found.returncode == 0, found.stderr
    stored = "files/1/ab/0123456789abcdefghab"
    receipt = machine.data_dir / stored
    receipt.parent.mkdir(parents=True)
    receipt.write_bytes(b"receipt")
    archive = machine.data_dir.with_name("backup.tar")
    written = machine.run("backup", str(archive))
    assert written.returncode == 0, written.stderr
    assert archive.stat().st_mode & 0o777 == 0o600
    again = machine.run("backup", str(archive))
    assert (again.returncode, "exists already" in again.stderr) == (1, True)

    elsewhere = machine.data_dir.with_name("elsewhere")
    restored = machine.run("restore", str(archive), BLUESTAMP_DATA_DIR=str(elsewhere))
    assert restored.returncode == 0, restored.stderr
    assert (elsewhere / stored).read_bytes() == b"receipt"
    ask = "from bluestamp.people.studios import Studio; print(Studio.objects.get().name)"
    shown = machine.run("django", "shell", "--no-imports", "-c", ask, BLUESTAMP_DATA_DIR=str(elsewhere))
    assert shown.stdout.strip() == "Northlight", shown.stderr
    refused = machine.run("restore", str(archive), BLUESTAMP_DATA_DIR=str(elsewhere))
    assert (refused.returncode, "has tables already" in refused.stderr) == (1, True)


def test_an_archive_with_a_foreign_file_is_refused_and_nothing_is_restored(machine: Machine) -> None:
    archive = machine.data_dir.with_name("foreign.tar")
    with tarfile.open(archive, "w") as made:
        for name in ("database.dump", "files/../keys/secret-key"):
            made.addfile(tarfile.TarInfo(name))
    folder = machine.data_dir.with_name("untouched")
    refused = machine.run("restore", str(archive), BLUESTAMP_DATA_DIR=str(folder))
    assert (refused.returncode, "no file of Bluestamp's" in refused.stderr) == (1, True), refused
    assert (folder / "keys/secret-key").stat().st_size > 0
    assert not (folder / "files").exists()


def test_what_the_environment_can_not_mean_is_refused_in_a_sentence(machine: Machine) -> None:
    refused = machine.run("migrate", DATABASE_URL="mysql://localhost/blue")
    assert refused.returncode == 1
    assert "postgresql:// only" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_sandbox_and_django_read_their_options_themselves(machine: Machine) -> None:
    helped = machine.run("sandbox", "--help")
    assert (helped.returncode, "--webhook-key" in helped.stdout) == (0, True), helped.stderr
    shown = machine.run("django", "--version")
    assert (shown.returncode, shown.stdout.strip()[:3]) == (0, "5.2"), shown.stderr


def test_a_database_elsewhere_is_migrated_by_one_of_two_that_start_at_once(machine: Machine) -> None:
    host, folder = settings.DATABASES["default"]["HOST"], str(machine.data_dir.with_name("no-database-here"))
    with psycopg.connect(f"host={host} user=bluestamp dbname=postgres", autocommit=True) as db:
        db.execute("CREATE DATABASE elsewhere")
    more = {"DATABASE_URL": f"postgresql://bluestamp@/elsewhere?host={host}", "BLUESTAMP_DATA_DIR": folder}
    with ThreadPoolExecutor(2) as both:
        done = list(both.map(lambda _: machine.run("migrate", **more), range(2)))
    assert [each.returncode for each in done] == [0, 0], done
    assert sorted("Bringing" in each.stdout for each in done) == [False, True], done
    looked = machine.run("doctor", **more)
    assert "PostgreSQL 18.6, elsewhere." in looked.stdout
    assert not Path(folder, "postgres").exists()


def test_a_superuser_is_refused_before_anything_is_done(machine: Machine) -> None:
    host, folder = settings.DATABASES["default"]["HOST"], str(machine.data_dir.with_name("no-database-here"))
    more = {"DATABASE_URL": f"postgresql://postgres@/postgres?host={host}", "BLUESTAMP_DATA_DIR": folder}
    refused = machine.run("migrate", **more)
    assert (refused.returncode, "superuser" in refused.stderr) == (1, True), refused
    assert "Traceback" not in refused.stderr
