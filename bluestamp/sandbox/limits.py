"""Xero's call limits, per app and organisation, with their headers.

From developer.xero.com, guides/oauth2/limits: 60 a minute, 5 at once, 1,000 a day (Starter) or 5,000, 10,000 a minute
for the app over all organisations. Windows are fixed and begin at a moment of the organisation's own.
"""

import threading
import zlib
from collections import Counter
from dataclasses import dataclass, field

import msgspec

from bluestamp.sandbox.errors import Limited

MINUTE_MS = 60_000
DAY_MS = 86_400_000


class Ceilings(msgspec.Struct, forbid_unknown_fields=True):
    """The limits in force; null switches one off."""

    minute: int | None = 60
    day: int | None = 1000
    concurrent: int | None = 5
    app_minute: int | None = 10_000


UNLIMITED_SHOWN = 10_000_000


@dataclass
class Limits:
    """Counts calls. Everything it knows is gone with the process, as a window would be."""

    ceilings: Ceilings = field(default_factory=Ceilings)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counts: Counter[tuple[str, str, str, int]] = field(default_factory=Counter)
    _running: Counter[tuple[str, str]] = field(default_factory=Counter)

    def enter(self, *, app: str, organisation: str, now_ms: int) -> dict[str, str]:
        """Count a call in; the headers that say what is left. Raises Limited (429)."""
        with self._lock:
            if (
                self.ceilings.concurrent is not None
                and self._running[app, organisation] >= self.ceilings.concurrent
            ):
                raise Limited("concurrent", 0, self._left(app, organisation, now_ms))
            for problem, ceiling, key, left_ms in self._windows(app, organisation, now_ms):
                if ceiling is not None and self._counts[key] >= ceiling:
                    raise Limited(problem, -(-left_ms // 1000), self._left(app, organisation, now_ms))
            for _, _, key, _ in self._windows(app, organisation, now_ms):
                self._counts[key] += 1
            self._running[app, organisation] += 1
            return self._left(app, organisation, now_ms)

    def leave(self, *, app: str, organisation: str) -> None:
        """Count a call out."""
        with self._lock:
            self._running[app, organisation] -= 1

    def headers(self, *, app: str, organisation: str, now_ms: int) -> dict[str, str]:
        """What is left, without counting."""
        with self._lock:
            return self._left(app, organisation, now_ms)

    def set(self, ceilings: Ceilings) -> None:
        """Put other ceilings in force and begin all windows anew."""
        with self._lock:
            self.ceilings = ceilings
            self._counts.clear()

    def _windows(
        self, app: str, organisation: str, now_ms: int
    ) -> list[tuple[str, int | None, tuple[str, str, str, int], int]]:
        own = zlib.crc32(organisation.encode())
        found = []
        for problem, ceiling, whose, length, offset in (
            ("minute", self.ceilings.minute, organisation, MINUTE_MS, own % MINUTE_MS),
            ("day", self.ceilings.day, organisation, DAY_MS, own % DAY_MS),
            ("appminute", self.ceilings.app_minute, "", MINUTE_MS, 0),
        ):
            number, gone = divmod(now_ms + offset, length)
            found.append((problem, ceiling, (problem, app, whose, number), length - gone))
        return found

    def _left(self, app: str, organisation: str, now_ms: int) -> dict[str, str]:
        names = {
            "minute": "X-MinLimit-Remaining",
            "day": "X-DayLimit-Remaining",
            "appminute": "X-AppMinLimit-Remaining",
        }
        return {
            names[problem]: str(max(0, (UNLIMITED_SHOWN if ceiling is None else ceiling) - self._counts[key]))
            for problem, ceiling, key, _ in self._windows(app, organisation, now_ms)
        }
