"""What the queue promises when workers die, stop for a while, or come too early: with real ones, in real processes."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from bluestamp.engine import queue
from bluestamp.engine.workers import EmbeddedWorker
from tests.integration.engine import worker_process

pytestmark = pytest.mark.django_db(transaction=True)
SILENT_SECONDS = 1.0


@pytest.fixture(autouse=True)
def _outbox() -> Iterator[None]:
    before = dict(queue.TASKS)
    worker_process.register()
    execute(worker_process.TABLES)
    yield
    execute("DROP TABLE outbox, drain")
    queue.TASKS.clear()
    queue.TASKS.update(before)


def execute(statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Run one statement; its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall()) if cursor.description else []


def eventually(holds: Callable[[], object], *, seconds: float = 15.0) -> None:
    """Wait until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, (
            f"{holds} did not come to hold within {seconds} s: {execute(QUEUE_NOW)}"
        )
        time.sleep(0.02)


QUEUE_NOW = "SELECT id, queueing_lock, status, scheduled_at, worker_id FROM procrastinate_jobs ORDER BY id"
UNDONE = "SELECT count(*) FROM outbox WHERE done_at IS NULL"
OVERLAPS = """
SELECT count(*) FROM drain one JOIN drain other
ON one.key = other.key AND one.id < other.id AND one.pid <> other.pid AND other.began < one.seen AND one.began < other.seen
"""


def put(key: str, *, pause: float = 0.0, rows: int = 1) -> None:
    """Rows into the outbox and the nudge for them, in one transaction."""
    with transaction.atomic():
        for _ in range(rows):
            execute("INSERT INTO outbox (key) VALUES (%s)", key)
        queue.enqueue_once("test.drain", key, **worker_process.arguments(key, pause))


@contextlib.contextmanager
def worker_here(*, poll_seconds: float = 1.0) -> Iterator[EmbeddedWorker]:
    """A worker in a thread of this process."""
    worker = EmbeddedWorker(concurrency=4, silent_seconds=SILENT_SECONDS, poll_seconds=poll_seconds)
    worker.start()
    try:
        yield worker
    finally:
        assert worker.stop(timeout=20)


@contextlib.contextmanager
def worker_elsewhere() -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, at this test's database."""
    database = connections.settings["default"]
    ours = {
        "DATABASE_URL": f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}",
        "DJANGO_SETTINGS_MODULE": "bluestamp.settings",
        "BLUESTAMP_SECRET_KEY": "a worker's",
        "BLUESTAMP_LOG": "ERROR",
    }
    command = [sys.executable, "-m", "tests.integration.engine.worker_process", str(SILENT_SECONDS)]
    process = subprocess.Popen(command, env=os.environ | ours, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout and process.stdout.readline() == "working\n"
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(20)


def test_a_worker_is_called_and_need_not_look() -> None:
    with worker_here(poll_seconds=600):
        for key in ("the first may be found at its start", "the second", "the third"):
            put(key)
            eventually(lambda: execute(UNDONE) == [(0,)])


def test_a_row_written_while_its_nudge_waits_already_is_not_overlooked() -> None:
    """The lost wake-up: the waiting task must not start and end before the row that relied on it is committed."""
    queue.enqueue_once("test.drain", "k", **worker_process.arguments("k"))
    with transaction.atomic():
        put("k")
        with worker_here():
            time.sleep(1.5)
            assert other_session("SELECT count(*) FROM drain") == [(0,)], "it started before our commit"
    with worker_here():
        eventually(lambda: execute(UNDONE) == [(0,)])


def other_session(statement: str) -> list[tuple[Any, ...]]:
    """Look from outside this session's transaction."""
    seen: list[tuple[Any, ...]] = []

    def look() -> None:
        seen.extend(execute(statement))
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    return seen


def test_what_a_killed_worker_was_doing_is_done_by_another() -> None:
    with worker_elsewhere() as doomed:
        put("k", pause=0.1, rows=15)
        eventually(lambda: execute("SELECT 1 FROM drain WHERE times > 1"))
        doomed.kill()
        doomed.wait()
    assert execute(UNDONE) != [(0,)]
    with worker_here():
        put("other")
        eventually(lambda: execute(UNDONE) == [(0,)])
    assert {row[0] for row in execute("SELECT pid FROM drain WHERE key = 'other'")} == {os.getpid()}
    assert execute(OVERLAPS) == [(0,)]


def test_a_paused_worker_keeps_others_off_its_key_until_it_goes_on() -> None:
    with worker_elsewhere() as sleeper:
        put("k", pause=0.05, rows=40)
        eventually(lambda: execute("SELECT 1 FROM drain WHERE times > 1"))
        sleeper.send_signal(signal.SIGSTOP)
        with worker_here():
            eventually(lambda: execute("SELECT 1 FROM procrastinate_jobs WHERE scheduled_at IS NOT NULL"))
            put("k", pause=0.01)
            time.sleep(1)
            sleeper.send_signal(signal.SIGCONT)
            eventually(lambda: execute(UNDONE) == [(0,)])
            eventually(lambda: not execute(QUEUE_NOW))
    assert execute(OVERLAPS) == [(0,)]


def test_a_task_that_lets_an_exception_through_is_logged_with_an_id_and_comes_back_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, "bluestamp"), worker_here():
        queue.enqueue_once("test.fail", "k")
        eventually(lambda: execute("SELECT 1 FROM procrastinate_jobs WHERE args->>'_attempt' = '2'"))
    record = next(record for record in caplog.records if "incident" in record.message)
    assert record.exc_info and record.exc_info[0] is ZeroDivisionError
    [(status, due)] = execute("SELECT status, scheduled_at FROM procrastinate_jobs")
    assert status == "todo"
    assert 2 < (due - timezone.now()).total_seconds() <= 4


def test_a_running_task_is_told_that_its_worker_stops_and_may_finish() -> None:
    told: list[bool] = []
    begun = threading.Event()

    def long() -> None:
        begun.set()
        while not queue.is_stopping():
            time.sleep(0.01)
        told.append(True)

    queue.task("test.long")(long)
    with worker_here():
        queue.enqueue_once("test.long", "k")
        assert begun.wait(10)
    assert told == [True]
    assert execute(QUEUE_NOW) == []


def test_a_worker_comes_back_when_the_database_threw_it_out() -> None:
    with worker_here():
        put("k")
        eventually(lambda: execute(UNDONE) == [(0,)])
        execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        put("k")
        eventually(lambda: execute(UNDONE) == [(0,)])


@pytest.fixture
def deaf() -> Iterator[None]:
    """A database that hears of no task's end, as if it were away at that moment."""
    execute("CREATE FUNCTION deaf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''away''; END'")
    execute("CREATE TRIGGER deaf BEFORE DELETE ON procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION deaf()")
    yield
    execute("DROP FUNCTION deaf() CASCADE")


@pytest.mark.usefixtures("deaf")
def test_a_task_whose_end_was_not_heard_keeps_its_key_from_nobody() -> None:
    with worker_here():
        put("k")
        eventually(lambda: execute(UNDONE) == [(0,)])
        time.sleep(0.2)
        assert [row[2] for row in execute(QUEUE_NOW)] == ["doing"]
        execute("DROP TRIGGER deaf ON procrastinate_jobs")
        put("k")
        eventually(lambda: execute(UNDONE) == [(0,)])
        eventually(lambda: not execute(QUEUE_NOW))


def test_nothing_is_left_undone_and_nothing_overlaps_when_workers_are_killed_again_and_again() -> None:
    keys = [f"k{number}" for number in range(4)]
    until = time.monotonic() + 6

    def produce(number: int) -> None:
        while time.monotonic() < until:
            put(keys[number % len(keys)], pause=0.002)
            number += 1
            time.sleep(0.005)
        connection.close()

    producers = [threading.Thread(target=produce, args=(number,)) for number in range(3)]
    for producer in producers:
        producer.start()
    with worker_here():
        for _ in range(2):
            with worker_elsewhere() as doomed:
                time.sleep(1)
                doomed.kill()
        for producer in producers:
            producer.join()
        eventually(lambda: execute(UNDONE) == [(0,)], seconds=30)
    assert execute(OVERLAPS) == [(0,)]
    assert execute("SELECT count(*) > 200 FROM outbox") == [(True,)]


def test_a_worker_stops_at_whatever_moment_it_is_told() -> None:
    for milliseconds in range(0, 150, 10):
        worker = EmbeddedWorker(silent_seconds=SILENT_SECONDS)
        worker.start()
        time.sleep(milliseconds / 1000)
        assert worker.stop(timeout=10), f"it did not stop when told after {milliseconds} ms"
