"""Locks between processes on one machine, by `flock` on a file: the kernel drops them when a process dies."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class Taken(RuntimeError):
    """Another process holds the lock."""


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold it alone for the block. Raises Taken at once when another process holds it."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Taken(str(path)) from None
        yield


@contextmanager
def exclusive_after_waiting(path: Path) -> Iterator[None]:
    """Hold it alone for the block, after whoever holds it now."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Shared:
    """A lock that many may hold, where the first to come and the last to go have something to do."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._has_begun = False

    def first(self, begin: Callable[[], None]) -> bool:
        """Hold it together with others, after `begin` ran under an exclusive lock if nobody else held it.

        Answers False when neither could be had just now, or the last holder went away between: ask again.
        """
        if self._take(fcntl.LOCK_EX):
            begin()
            self._mark("begun")
        # Changing over is not atomic (flock(2)): somebody may have begun, and even ended, in between.
        return self._take(fcntl.LOCK_SH) and self._marked() == "begun"

    def last(self, end: Callable[[], None]) -> bool:
        """Let go; when nobody else holds it, run `end` under an exclusive lock before. Answers whether it did."""
        is_last = self._take(fcntl.LOCK_EX)
        if is_last:
            self._mark("ended")
            end()
        return is_last

    def _take(self, how: int) -> bool:
        try:
            fcntl.flock(self._file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _mark(self, word: str) -> None:
        self._file.seek(0)
        self._file.truncate()
        self._file.write(word)
        self._file.flush()

    def _marked(self) -> str:
        self._file.seek(0)
        return self._file.read()


@contextmanager
def shared(path: Path) -> Iterator[Shared]:
    """Open a lock file for `Shared`; closing it lets go of whatever is held."""
    path.touch()
    with path.open("r+") as file:
        yield Shared(file)
