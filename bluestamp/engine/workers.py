"""The worker: runs the queue's tasks in threads, in a process of its own or beside the web server's parent.

Built on Procrastinate's worker, with what that leaves open: it comes back by itself after the database went away,
brings back what dead workers left, keeps the clock's tasks, and catches at the edge whatever a task lets through.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

import procrastinate
from django.db import connections
from django.utils import timezone
from procrastinate.contrib.django.utils import connector_params
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from procrastinate.psycopg_connector import PsycopgConnector

from bluestamp.engine import queue
from bluestamp.engine.identifiers import new_id

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0
"""How often to look without being called: for tasks whose time has come, or whose twin has ended."""
TEND_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 20.0
"""A worker unheard for so long is taken for dead. A shorter pause than that costs nothing."""
COME_BACK_SECONDS: Final = 1.0


class EmbeddedWorker:
    """A worker in a thread. `start` returns at once; `stop` lets running tasks finish."""

    def __init__(
        self,
        *,
        concurrency: int = 8,
        silent_seconds: float = SILENT_SECONDS,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._concurrency = concurrency
        self._poll_seconds = poll_seconds
        self._silent_seconds = silent_seconds
        self._hand = _Hand()
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="bluestamp-worker")

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self, *, timeout: float | None = None) -> bool:
        """Take no new task, let the running ones finish, and say whether they did within `timeout` seconds."""
        self._stopping.set()
        if self._loop:
            with contextlib.suppress(RuntimeError):  # the loop has ended already
                self._loop.call_soon_threadsafe(self._interrupt)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def wait(self, seconds: float) -> bool:
        """Wait that long for its end; say whether it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.run(self._main())

    def _interrupt(self) -> None:
        if self._running:
            self._running.cancel()

    async def _main(self) -> None:
        """Work until told to stop, and begin anew whenever the database went away."""
        self._loop = asyncio.get_running_loop()
        # One thread for each task, and two for the clock and the recovery: the default is fewer than the tasks.
        self._loop.set_default_executor(ThreadPoolExecutor(self._concurrency + 2, thread_name_prefix="task"))
        tending = asyncio.create_task(self._tend())
        try:
            while not self._stopping.is_set():
                await self._work_until_interrupted()
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)

    async def _work_until_interrupted(self) -> None:
        try:
            await asyncio.to_thread(_refuse_absent_database)
            app = self._application()
            # Never interrupted while it opens: a half-open pool of psycopg ends with nothing but the process.
            async with app.open_async():
                await self._work(app)
        except Exception:
            logger.warning("The worker lost its database; it begins anew.", exc_info=True)
        if not self._stopping.is_set():
            await asyncio.sleep(COME_BACK_SECONDS)

    async def _work(self, app: procrastinate.App) -> None:
        """Run tasks until interrupted or thrown out. Cancelling Procrastinate's worker lets running tasks finish."""
        self._running = asyncio.create_task(
            app.run_worker_async(
                queues=[queue.QUEUE],
                concurrency=self._concurrency,
                fetch_job_polling_interval=self._poll_seconds,
                update_heartbeat_interval=min(HEARTBEAT_SECONDS, self._silent_seconds / 4),
                stalled_worker_timeout=self._silent_seconds,
                delete_jobs="successful",
                install_signal_handlers=False,
            )
        )
        if self._stopping.is_set():  # told so before there was anything to interrupt
            self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running

    def _application(self) -> procrastinate.App:
        """A Procrastinate of the worker's own, so that tasks go on enqueueing in Django's transactions."""
        connector = PsycopgConnector(
            kwargs=connector_params(),
            min_size=1,
            max_size=self._concurrency + 2,
            timeout=10,
            reconnect_timeout=5,
        )
        app = procrastinate.App(connector=connector)
        for task in queue.TASKS.values():
            app.task(name=task.name, pass_context=True)(self._edge(task))
        return app

    def _edge(self, task: queue.Task) -> Callable[..., None]:
        def run(context: JobContext, **arguments: Any) -> None:
            attempt = int(arguments.pop(queue.ATTEMPT, 0)) + 1
            try:
                with self._hand.holding(context.job), queue.stopping_as_told_by(self._stopping.is_set):
                    task.run(**arguments)
            except BaseException as error:
                connections.close_all()  # it may be in any state
                _ask_again(task.name, str(context.job.queueing_lock), arguments, attempt=attempt, error=error)
            finally:
                connections.close_all()

        return run

    async def _tend(self) -> None:
        """Every second the clock's tasks; every quarter of the silence the dead workers' tasks."""
        rounds = 0
        recover_every = max(1, int(self._silent_seconds / 4))
        while True:
            await asyncio.to_thread(self._tend_once, recovers=rounds % recover_every == 0)
            rounds += 1
            await asyncio.sleep(TEND_SECONDS)

    def _tend_once(self, *, recovers: bool) -> None:
        try:
            queue.tick()
            if recovers:
                dropped = self._hand.dropped(for_seconds=self._silent_seconds)
                queue.recover(silent_seconds=self._silent_seconds, dropped=dropped)
                queue.forget_silent_workers(silent_seconds=10 * self._silent_seconds)
        except Exception:
            logger.warning("The clock's round failed; the next one comes.", exc_info=True)
        finally:
            connections.close_all()


class _Hand:
    """Which tasks a worker really has in hand.

    A task may end while the database is away: its row then says for ever that it runs, in a worker that is well, and
    keeps its key from everybody. Only the worker itself can tell.
    """

    def __init__(self) -> None:
        self._held: set[int] = set()
        self._worker_id: int | None = None
        self._missed_since: dict[int, float] = {}

    @contextlib.contextmanager
    def holding(self, job: Job) -> Iterator[None]:
        """Have a task in hand."""
        if job.id is None:
            raise ValueError("a task without a row can't be in anybody's hand")
        self._worker_id = job.worker_id
        self._held.add(job.id)
        try:
            yield
        finally:
            self._held.discard(job.id)

    def dropped(self, *, for_seconds: float) -> list[int]:
        """Ids of the rows that have said for so long that they run here, and don't."""
        if self._worker_id is None:
            return []
        missed = set(queue.running_by(self._worker_id)) - self._held
        now = time.monotonic()
        self._missed_since = {row: self._missed_since.get(row, now) for row in missed}
        return [row for row, since in self._missed_since.items() if now - since >= for_seconds]


def _refuse_absent_database() -> None:
    try:
        connections["default"].ensure_connection()
    finally:
        connections.close_all()


def _ask_again(name: str, key: str, arguments: dict[str, Any], *, attempt: int, error: BaseException) -> None:
    """Log it under an id that can be quoted, and ask for the task again, later each time.

    If even that fails, the exception goes to Procrastinate, and `recover` finds the row.
    """
    seconds = queue.backoff_seconds(attempt)
    logger.error(
        "Task %s (%s) failed, incident %s; again in %d s.", name, key, new_id()[-8:], seconds, exc_info=error
    )
    at = timezone.now() + timedelta(seconds=seconds)
    queue.enqueue_once(name, key, at=at, **arguments, **{queue.ATTEMPT: attempt})
