"""The sandbox's own time, which a test or a person can move."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from bluestamp.sandbox.store import Store

MILLISECOND = 1_000


class Clock:
    """Real time plus an offset, or a frozen instant."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = 0.0
        self._frozen: float | None = None
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The sandbox's present, aware, UTC."""
        return datetime.fromtimestamp(self._seconds(), UTC)

    def now_ms(self) -> int:
        """The sandbox's present in whole milliseconds since 1970."""
        return int(self._seconds() * MILLISECOND)

    def today(self, zone: str) -> date:
        """The calendar day it is now in an organisation's zone."""
        return self.now().astimezone(ZoneInfo(zone)).date()

    @property
    def is_moved(self) -> bool:
        """Is it another time here than elsewhere?"""
        with self._lock:
            return self._frozen is not None or abs(self._offset) >= 1

    def advance(self, seconds: float) -> None:
        """Move the clock forward (or back, with a negative number)."""
        with self._lock:
            self._offset += seconds
            if self._frozen is not None:
                self._frozen += seconds
        self._tell()

    def set(self, instant: datetime) -> None:
        """Put the clock at an instant; it runs on from there unless frozen."""
        with self._lock:
            self._offset = instant.timestamp() - time.time()
            if self._frozen is not None:
                self._frozen = instant.timestamp()
        self._tell()

    def freeze(self, frozen: bool) -> None:
        """Stop the clock where it stands, or let it run on from there."""
        with self._lock:
            if frozen and self._frozen is None:
                self._frozen = time.time() + self._offset
            elif not frozen and self._frozen is not None:
                self._offset = self._frozen - time.time()
                self._frozen = None
        self._tell()

    def reset(self) -> None:
        """Go back to real time."""
        with self._lock:
            self._offset, self._frozen = 0.0, None
        self._tell()

    def remember_in(self, store: Store) -> None:
        """Take up the time that a state file was left with, and write down every move from now on."""
        held = store.scalar("SELECT value FROM facts WHERE name = 'clock'")
        if held:
            self._offset, self._frozen = msgspec.json.decode(held, type=tuple[float, float | None])
        self.watch(lambda: store.put("facts", name="clock", value=self._written()))

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` whenever somebody moves the clock."""
        self._watchers.append(watcher)

    def _written(self) -> str:
        with self._lock:
            return msgspec.json.encode((self._offset, self._frozen)).decode()

    def _seconds(self) -> float:
        with self._lock:
            return self._frozen if self._frozen is not None else time.time() + self._offset

    def _tell(self) -> None:
        for watcher in self._watchers:
            watcher()
