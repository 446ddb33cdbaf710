"""A worker in a process of its own, to be killed and paused, and the tasks that the tests of the queue give it.

Run by `python -m tests.integration.engine.worker_process SILENT_SECONDS` with DATABASE_URL at the tests' database.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import timedelta

TABLES = """
CREATE TABLE outbox (id bigserial PRIMARY KEY, key text NOT NULL, done_at timestamptz);
CREATE TABLE drain (id bigserial PRIMARY KEY, key text, pid int, began timestamptz, seen timestamptz, times int);
"""


def drain(box: str, pause: float = 0.0) -> None:
    """Do what lies in the outbox under the key, alone; wait `pause` seconds after each row."""
    from django.db import connection
    from django.utils import timezone

    from bluestamp.engine import queue

    with queue.session_lock(box) as got:
        if not got:
            queue.enqueue_once(
                "test.drain", box, at=timezone.now() + timedelta(seconds=0.3), **arguments(box, pause)
            )
            return
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO drain (key, pid, began, seen, times)"
                " VALUES (%s, %s, clock_timestamp(), clock_timestamp(), 0) RETURNING id",
                [box, os.getpid()],
            )
            drain_id = cursor.fetchone()[0]
            while True:
                cursor.execute(
                    "UPDATE outbox SET done_at = clock_timestamp() WHERE id = "
                    "(SELECT min(id) FROM outbox WHERE key = %s AND done_at IS NULL) RETURNING id",
                    [box],
                )
                did = cursor.fetchone()
                cursor.execute(
                    "UPDATE drain SET seen = clock_timestamp(), times = times + 1 WHERE id = %s", [drain_id]
                )
                if not did:
                    return
                time.sleep(pause)


def arguments(box: str, pause: float = 0.0) -> dict[str, object]:
    """What a drain is asked for with."""
    return {"box": box, "pause": pause}


def fail() -> None:
    """Let an exception through."""
    raise ZeroDivisionError("this task always fails")


def register() -> None:
    """Make them the only tasks of this process: the rooms' own would only come in between."""
    from bluestamp.engine import queue

    queue.TASKS.clear()
    for name, function in (("test.drain", drain), ("test.fail", fail)):
        queue.TASKS[name] = queue.Task(name=name, run=function)


def main() -> None:
    """Work until told to stop."""
    import django

    django.setup()
    register()
    from bluestamp.engine.workers import EmbeddedWorker

    worker = EmbeddedWorker(concurrency=4, silent_seconds=float(sys.argv[1]))
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    worker.start()
    print("working", flush=True)
    told.wait()
    worker.stop(timeout=10)


if __name__ == "__main__":
    main()
