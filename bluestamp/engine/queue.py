"""The queue: nudges to look at rows that say what is to be done. It lives in the same database, by Procrastinate.

A task is a plain function with JSON arguments, and finds its work in rows of its own room; losing or doubling a nudge
must not matter to it. What is promised here:

- `enqueue_once` is part of the caller's transaction, and never fails because somebody else asked for the same.
- Of one key at most one task waits and one runs. Whoever asks while it runs makes it run once more afterwards.
- A task that was started is finished, or started again: after a kill, a lost machine, an unexpected exception.

So a task may run twice, and two may even overlap when a machine was paused: `session_lock` is the fence for that.

The statements know Procrastinate's table; a test compares it with what is expected here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, ParamSpec, TypeVar

from django.db import connection, transaction
from psycopg.types.json import Jsonb

from bluestamp.engine import tenancy

P = ParamSpec("P")
R = TypeVar("R")

QUEUE: Final = "bluestamp"
ATTEMPT: Final = "_attempt"
"""The argument in which a task that failed unexpectedly carries how often it did."""
LONGEST_BACKOFF_SECONDS: Final = 900
LOCK_POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, kw_only=True)
class Task:
    """What can be asked for: a function under its name, and the rhythm in which the clock asks for it, if it does."""

    name: str
    run: Callable[..., object]
    every_seconds: int | None = None


TASKS: Final[dict[str, Task]] = {}
"""Every task by name; each room's `tasks.py` fills it when Django starts."""


class UnknownTask(LookupError):
    """Nobody registered a task of this name."""


def task(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a task: `@queue.task("sync.drain")`. The function itself stays callable as it was."""
    return _registering(name, every_seconds=None)


def every(*, seconds: int) -> Callable[[str], Callable[[Callable[P, R]], Callable[P, R]]]:
    """Make a function without arguments a task of the clock: `@queue.every(seconds=600)("sync.sweep_all")`.

    It is asked for once in each such span of time, however many workers there are, counted on the database's clock.
    A span in which its predecessor still waits adds nothing; missed spans are not made up for.
    """
    return lambda name: _registering(name, every_seconds=seconds)


def _registering(name: str, *, every_seconds: int | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    def register(function: Callable[P, R]) -> Callable[P, R]:
        if name in TASKS and TASKS[name].run is not function:
            raise ValueError(f"two tasks are called {name}")
        TASKS[name] = Task(name=name, run=function, every_seconds=every_seconds)
        return function

    return register


_PUT: Final = f"""
WITH put AS (
    INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
    VALUES ('{QUEUE}', %(task)s, %(key)s, %(key)s, %(args)s, %(at)s)
    ON CONFLICT (queueing_lock) WHERE status = 'todo' DO UPDATE SET
        args = EXCLUDED.args,
        scheduled_at = CASE
            WHEN procrastinate_jobs.scheduled_at IS NULL OR EXCLUDED.scheduled_at IS NULL THEN NULL
            ELSE LEAST(procrastinate_jobs.scheduled_at, EXCLUDED.scheduled_at)
        END
    RETURNING id, xmax = 0 AS is_new
), called AS (
    -- Procrastinate's trigger calls the workers for new rows only.
    SELECT pg_notify(channel, json_build_object('type', 'job_inserted', 'job_id', put.id)::text)
    FROM put, unnest(ARRAY['procrastinate_any_queue_v1', 'procrastinate_queue_v1#{QUEUE}']) AS channel
    WHERE NOT put.is_new
)
SELECT put.id, (SELECT count(*) FROM called) FROM put
"""


def enqueue_once(task_name: str, /, key: str, *, at: datetime | None = None, **arguments: Any) -> None:
    """Ask for a task, in the caller's transaction; one that waits under the same key already is moved up to `at`.

    The waiting row stays locked until the caller commits, so that it can't be started before his rows are there: no
    wake-up is lost. Ask last in a transaction, and for several keys in sorted order, so that two can't deadlock.
    Raises UnknownTask.
    """
    if task_name not in TASKS:
        raise UnknownTask(task_name)
    values: dict[str, Any] = {"task": task_name, "key": key, "args": Jsonb(arguments), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_PUT, values)


_IS_DUE: Final = """
SELECT EXISTS (
    SELECT FROM procrastinate_jobs
    WHERE queueing_lock = %s AND status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())
)
"""


def enqueue_unless_due(task_name: str, /, key: str, **arguments: Any) -> None:
    """Ask for a task outside any transaction, unless one waits under the key that may start at any moment.

    For many who ask for the same within a second: they read, and wait for nobody's row. Rows committed before this
    call are seen by the task that is found waiting, for it has not begun. Raises UnknownTask.
    """
    if connection.in_atomic_block or not _is_due(key):
        enqueue_once(task_name, key, **arguments)


def _is_due(key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_IS_DUE, [key])
        return bool(cursor.fetchone()[0])


def backoff_seconds(attempt: int) -> int:
    """How long to wait after the n-th unexpected failure in a row: 2, 4, 8 … seconds, at most a quarter of an hour."""
    return min(1 << min(attempt, 30), LONGEST_BACKOFF_SECONDS)


@contextmanager
def session_lock(key: str, *, wait_seconds: float = 0) -> Iterator[bool]:
    """Hold a lock of this name in the database session, and say whether it was got within `wait_seconds`.

    It ends with the session, so a dead process holds nothing; a paused one holds on, which is what makes it a fence.
    The same session may take it again inside.
    """
    got = _try_lock(key)
    deadline = time.monotonic() + wait_seconds
    while not got and time.monotonic() < deadline:
        time.sleep(LOCK_POLL_SECONDS)
        got = _try_lock(key)
    try:
        yield got
    finally:
        if got:
            _unlock(key)


def _try_lock(key: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
        return bool(cursor.fetchone()[0])


def _unlock(key: str) -> None:
    """Let go; in a failed transaction, which takes no statement and whose rollback keeps the lock, by closing."""
    if not tenancy.takes_statements():
        connection.close()
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])


_STOPPING: ContextVar[Callable[[], bool]] = ContextVar("stopping", default=lambda: False)


def is_stopping() -> bool:
    """Whether the worker around the running task was told to stop: a long task asks for itself again and returns."""
    return _STOPPING.get()()


@contextmanager
def stopping_as_told_by(worker_is_stopping: Callable[[], bool]) -> Iterator[None]:
    """For the worker: what `is_stopping` answers in the block."""
    token = _STOPPING.set(worker_is_stopping)
    try:
        yield
    finally:
        _STOPPING.reset(token)


_TICK: Final = """
INSERT INTO engine_tick AS known (task, tick)
SELECT task, floor(extract(epoch FROM clock_timestamp()) / seconds)
FROM unnest(%s::text[], %s::int[]) AS due (task, seconds)
ORDER BY task
ON CONFLICT (task) DO UPDATE SET tick = EXCLUDED.tick WHERE known.tick < EXCLUDED.tick
RETURNING task
"""


def tick() -> list[str]:
    """Ask for every task of the clock whose span has begun; the row decides which worker does. Answers their names."""
    rhythms = {each.name: each.every_seconds for each in TASKS.values() if each.every_seconds}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TICK, [list(rhythms), list(rhythms.values())])
        begun = sorted(row[0] for row in cursor.fetchall())
        for name in begun:
            enqueue_once(name, f"every:{name}")
    return begun


_RECOVER: Final = """
WITH lost AS (
    DELETE FROM procrastinate_jobs WHERE id IN (
        SELECT job.id FROM procrastinate_jobs job
        LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id
        WHERE job.status = 'doing'
              AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %(silent)s)
                   OR job.id = ANY(%(dropped)s))
           OR job.status IN ('failed', 'aborted')
        FOR UPDATE OF job SKIP LOCKED
    )
    RETURNING queue_name, task_name, lock, queueing_lock, args, status
)
INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args, scheduled_at)
SELECT DISTINCT ON (queueing_lock) queue_name, task_name, lock, queueing_lock, args,
       CASE WHEN status = 'doing' THEN NULL ELSE now() + interval '1 minute' END
FROM lost ORDER BY queueing_lock, status = 'doing' DESC
ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING
RETURNING id
"""


def recover(*, silent_seconds: float, dropped: Sequence[int] = ()) -> int:
    """Ask again for tasks whose worker is gone, silent for so long, or could not even note a failure.

    `dropped`: ids of rows that a living worker says it no longer has in hand.

    They get new rows: were the old row put back, a worker that was only paused would end the new run with its own.
    One that waits under the same key already will do the work, so the lost one is dropped. Any number of workers may
    recover at once. Answers how many came back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RECOVER, {"silent": silent_seconds, "dropped": list(dropped)})
        return len(cursor.fetchall())


def running_by(worker_id: int) -> list[int]:
    """Ids of the rows that are said to run in this worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = %s", [worker_id]
        )
        return [row[0] for row in cursor.fetchall()]


def forget_silent_workers(*, silent_seconds: float) -> None:
    """Remove the rows of workers that died; Procrastinate does it at a worker's start only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => %s)",
            [silent_seconds],
        )


@dataclass(frozen=True, kw_only=True)
class State:
    """How the queue is: for `bluestamp doctor` and the health page."""

    waiting: int
    overdue_seconds: float
    running: int
    workers: int


def state() -> State:
    """Count what waits and runs, how long the oldest due task has waited, and the workers heard just now."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT count(*) FILTER (WHERE status = 'todo'),
                   coalesce(extract(epoch FROM max(now() - scheduled_at) FILTER (WHERE status = 'todo')), 0),
                   count(*) FILTER (WHERE status = 'doing'),
                   (SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '20 seconds')
            FROM procrastinate_jobs
            """
        )
        waiting, overdue, running, workers = cursor.fetchone()
    return State(waiting=waiting, overdue_seconds=max(float(overdue), 0.0), running=running, workers=workers)
