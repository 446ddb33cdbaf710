"""One drain in a process of its own, to be killed: `python -m tests.integration.sync_flow.drain_process CONNECTION STUDIO`.

The environment brings the test's database and the sandbox's addresses. Two more arguments, if they are given: the instant
at which the process begins by the story's clock, and the number of statements to the database after which it kills
itself, wherever that is.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Drain once."""
    import django

    django.setup()
    from django.db import connection

    from bluestamp.engine import queue, tenancy
    from bluestamp.sync import rounds

    connection_id, studio_id = sys.argv[1], int(sys.argv[2])
    with (
        tenancy.acting_in(studio_id),
        queue.session_lock(f"sync.connection:{connection_id}", wait_seconds=20),
    ):
        if len(sys.argv) > 4:
            with connection.execute_wrapper(_dying_after(int(sys.argv[4]))):
                rounds.drain(connection_id, clock=_clock())
        rounds.drain(connection_id, clock=_clock())


def _clock() -> Callable[[], dt.datetime]:
    """The story's clock, going on from where it was told; the real one else."""
    if len(sys.argv) < 4:
        return lambda: dt.datetime.now(dt.UTC)
    began, started = dt.datetime.fromisoformat(sys.argv[3]), time.monotonic()
    return lambda: began + dt.timedelta(seconds=time.monotonic() - started)


def _dying_after(statements: int) -> Callable[..., Any]:
    left = iter(range(statements, -1, -1))

    def wrapper(execute: Callable[..., Any], *args: Any) -> Any:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(*args)

    return wrapper


if __name__ == "__main__":
    main()
