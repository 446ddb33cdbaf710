"""`bluestamp serve`: one parent that starts PostgreSQL, works the queue and keeps the web processes; in this order.

It stops the other way round: the web takes no more requests and finishes those it has, running tasks finish, and
PostgreSQL is stopped last. Web and tasks are different processes, so that neither waits for the other's Python.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bluestamp import startup
from bluestamp.engine import environment, locks, postgres, postgres_watch
from bluestamp.startup import NotReady, Say

if TYPE_CHECKING:
    from bluestamp.engine.workers import EmbeddedWorker

WEB_PROCESSES: Final = 2
THREADS_PER_PROCESS: Final = 4
WORKER_THREADS: Final = 8
STOP_WEB_SECONDS: Final = 30
STOP_WORKER_SECONDS: Final = 60


def serve(
    *,
    host: str,
    port: int,
    say: Say,
    prepare: Callable[[], None] = lambda: None,
    greet: Callable[[], None] | None = None,
) -> None:
    """Run everything on this machine until SIGTERM or SIGINT.

    `prepare` is done once the database is up to date; `greet` once pages are served, in place of the address.
    Raises NotReady for a port that is taken and for a second copy on the same data folder, postgres.NotStartable.
    """
    with _told_to_stop(), alone_on_the_data_folder(environment.data_dir()):
        refuse_taken_port(host, port)
        with startup.database(say=say), _postgres_watched():
            startup.migrate(say=say)
            startup.collect_static_files(say=say)
            prepare()
            with working():
                told = greet or (lambda: say(f"Bluestamp is on {public_address(host, port)}"))
                _serve_web(host, port, listening=told)
                say("Stopping …")


def _postgres_watched() -> AbstractContextManager[None]:
    if os.environ.get("DATABASE_URL"):
        return nullcontext()
    return postgres_watch.watched(environment.data_dir())


@contextmanager
def alone_on_the_data_folder(data_dir: Path, lock: str = "serve.lock") -> Iterator[None]:
    """Hold the folder's lock for the block; a process that dies lets go of it. Raises NotReady."""
    postgres.make_data_dir(data_dir)
    try:
        with locks.exclusive(data_dir / lock):
            yield
    except locks.Taken:
        raise NotReady(
            f"Bluestamp is running on the data folder {data_dir} already. "
            "Stop that one first, or give this one another folder (BLUESTAMP_DATA_DIR) and another PORT."
        ) from None


def refuse_taken_port(host: str, port: int) -> None:
    """Try the port before anything is started. Raises NotReady."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotReady(
                f"Bluestamp can't listen on {host}:{port}: {error.strerror}. Choose another port: PORT=8001 …"
            ) from None


def public_address(host: str, port: int) -> str:
    """What a person on this machine opens in the browser."""
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host
    return f"http://{shown}:{port}"


@contextmanager
def working() -> Iterator[EmbeddedWorker]:
    """A worker beside the block; when it ends, running tasks may finish."""
    from bluestamp.engine.workers import EmbeddedWorker

    worker = EmbeddedWorker(concurrency=WORKER_THREADS)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop(timeout=STOP_WORKER_SECONDS)


def _serve_web(host: str, port: int, *, listening: Callable[[], None]) -> None:
    """Keep the web processes until a signal comes; requests they have begun are answered first."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    # Granian forks by default, and a fork of a process with threads may inherit a lock that nobody will open.
    multiprocessing.set_start_method("spawn", force=True)
    os.environ["BLUESTAMP_PARENT"] = str(os.getpid())
    server = Server(
        "bluestamp.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=WEB_PROCESSES,
        blocking_threads=THREADS_PER_PROCESS,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_WEB_SECONDS,
        log_level=LogLevels.warning,
    )
    server.on_startup(lambda: _tell_once_listening(host, port, tell=listening))
    server.serve()


def _tell_once_listening(host: str, port: int, *, tell: Callable[[], None]) -> None:
    """Granian starts before its processes listen, some seconds on a slow machine; a link printed then is refused."""

    def wait() -> None:
        from django.db import connections

        while not _is_listening(host, port):
            time.sleep(0.1)
        tell()
        connections.close_all()

    threading.Thread(target=wait, daemon=True).start()


def _is_listening(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def _told_to_stop() -> Iterator[None]:
    """Make SIGTERM unwind the start as Ctrl-C does; Granian takes both over while it serves."""

    def unwind(*_: Any) -> None:
        raise KeyboardInterrupt

    before = {each: signal.signal(each, unwind) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def work(*, say: Say) -> None:
    """`bluestamp worker`: run tasks until SIGTERM or SIGINT, on as many machines as wanted."""
    with _told_to_stop(), startup.database(say=say):
        startup.migrate(say=say)
        with working() as worker:
            try:
                # Said inside: whoever reads it may stop the worker before the next line is reached.
                say("Working. Running tasks finish before it stops.")
                # Not signal.pause(), which would sleep through a signal that came just before it.
                while not worker.wait(1):
                    pass
                raise NotReady("The worker has ended by itself. Its log says why.")
            except KeyboardInterrupt:
                say("Stopping …")
