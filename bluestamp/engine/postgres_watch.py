"""Stops the embedded PostgreSQL after a `serve` that was killed, which nobody else would do before the next start.

The watcher is a process of its own that waits on a pipe from `serve`: a letter means that all went well, its end that
`serve` is dead. Then it does what `serve` would have done: the last one to leave stops the server.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

ALL_WELL: Final = b"."
SECONDS: Final = 5
"""How long the kernel may take to drop the dead one's lock; whoever holds it after that is another command, alive."""


@contextmanager
def watched(data_dir: Path) -> Iterator[None]:
    """Have a watcher for the block."""
    theirs, ours = os.pipe()
    command = [sys.executable, "-m", "bluestamp.engine.postgres_watch", str(data_dir)]
    watcher = subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    os.close(theirs)
    try:
        yield
    finally:
        with suppress(BrokenPipeError):  # somebody ended the watcher
            os.write(ours, ALL_WELL)
        os.close(ours)
        watcher.wait()


def main(data_dir: Path) -> None:
    """Wait for the pipe's end; unless all went well, stop the server if nobody else holds it."""
    if sys.stdin.buffer.read(1) == ALL_WELL:
        return
    # Not before it is needed: this process lives as long as `serve`, and should weigh little.
    from bluestamp.engine import locks, postgres

    cluster = postgres.prepare(data_dir)
    with locks.shared(data_dir / postgres.LOCK) as hold:
        deadline = time.monotonic() + SECONDS
        while not hold.last(lambda: postgres.stop(cluster)) and time.monotonic() < deadline:
            time.sleep(0.1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
