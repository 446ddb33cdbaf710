"""Xero's call limits, per app and organisation, with their headers.

From developer.xero.com, guides/oauth2/limits: 60 a minute, 5 at once, 1,000 a day (Starter) or 5,000 (paid), 10,000 a
minute for the app over all organisations. Its pages disagree on how the windows pass: fixed ones begin at a moment of
the organisation's own, rolling ones look back from now (a switch).
"""

import threading
import zlib
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from bluestamp.sandbox.errors import Limited
from bluestamp.sandbox.switches import Switches

MINUTE_MS = 60_000
DAY_MS = 86_400_000
Tier = Literal["starter", "core", "plus", "advanced", "enterprise"]
TIERS: dict[Tier, Mapping[str, int | bool | None]] = {
    "starter": {"day": 1000, "connections": 5, "bulk_connections": False},
    "core": {"day": 5000, "connections": 50, "bulk_connections": False},
    "plus": {"day": 5000, "connections": 1000, "bulk_connections": False},
    "advanced": {"day": 5000, "connections": 10_000, "bulk_connections": True},
    "enterprise": {"day": 5000, "connections": None, "bulk_connections": True},
}
"""What the app's tier gives it (developer.xero.com/pricing); what an enterprise has is by contract."""
UNLIMITED_SHOWN = 10_000_000
HEADERS = {
    "minute": "X-MinLimit-Remaining",
    "day": "X-DayLimit-Remaining",
    "appminute": "X-AppMinLimit-Remaining",
}


class Ceilings(msgspec.Struct, forbid_unknown_fields=True):
    """The limits in force; null switches one off."""

    minute: int | None = 60
    day: int | None = 1000
    concurrent: int | None = 5
    app_minute: int | None = 10_000
    connections: int | None = 5
    """Organisations that an app may be let into."""
    bulk_connections: bool = False
    """May several be chosen in one consent?"""


def of_tier(tier: Tier) -> Ceilings:
    """What is in force for an app of that tier."""
    return msgspec.convert(TIERS[tier], Ceilings)


@dataclass
class Calls:
    """The instants of the calls that count towards one limit, in their order."""

    times: list[int] = field(default_factory=list)

    def add(self, now_ms: int, length: int) -> None:
        """Count a call, and forget those that no window can reach any more, now and then."""
        self.times.append(now_ms)
        if len(self.times) > 1000 and self.times[len(self.times) // 2] <= now_ms - length:
            del self.times[: bisect_left(self.times, now_ms - length + 1)]

    def forget_if_turned_back(self, now_ms: int) -> None:
        """Calls of a future that the clock was turned back from don't count."""
        if self.times and now_ms < self.times[-1]:
            self.times.clear()

    def since(self, moment: int) -> int:
        """How many there were from a moment on."""
        return len(self.times) - bisect_left(self.times, moment)


@dataclass(frozen=True)
class Window:
    """One limit at one instant: how many calls count, how many may, and how it goes on."""

    problem: str
    ceiling: int | None
    length: int
    starts: int
    calls: Calls
    is_rolling: bool

    @property
    def used(self) -> int:
        """Calls inside."""
        return self.calls.since(self.starts)

    @property
    def left(self) -> int:
        """Calls still free."""
        return max(0, (UNLIMITED_SHOWN if self.ceiling is None else self.ceiling) - self.used)

    def wait_ms(self, now_ms: int) -> int:
        """How long until another call is free."""
        if not self.is_rolling or not self.ceiling:
            return self.starts + self.length - now_ms
        return self.calls.times[-self.ceiling] + self.length - now_ms


@dataclass
class Limits:
    """Counts calls. Everything it knows is gone with the process, as a window would be."""

    ceilings: Ceilings = field(default_factory=Ceilings)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _calls: defaultdict[tuple[str, str, str], Calls] = field(default_factory=lambda: defaultdict(Calls))
    _running: Counter[tuple[str, str]] = field(default_factory=Counter)

    def enter(self, *, app: str, organisation: str, now_ms: int, switches: Switches) -> dict[str, str]:
        """Count a call in; the headers that say what is left. Raises Limited (429)."""
        with self._lock:
            windows = self._windows(app, organisation, now_ms, switches)
            running, ceiling = self._running[app, organisation], self.ceilings.concurrent
            if ceiling is not None and running >= ceiling:
                raise Limited("concurrent", 0, _left(windows))
            for window in windows:
                if window.ceiling is not None and window.used >= window.ceiling:
                    said = switches.app_minute_word if window.problem == "appminute" else window.problem
                    raise Limited(said, max(1, -(-window.wait_ms(now_ms) // 1000)), _left(windows))
            for window in windows:
                window.calls.add(now_ms, window.length)
            self._running[app, organisation] += 1
            return _left(windows)

    def leave(self, *, app: str, organisation: str) -> None:
        """Count a call out."""
        with self._lock:
            self._running[app, organisation] -= 1

    def headers(self, *, app: str, organisation: str, now_ms: int, switches: Switches) -> dict[str, str]:
        """What is left, without counting."""
        with self._lock:
            return _left(self._windows(app, organisation, now_ms, switches))

    def set(self, ceilings: Ceilings) -> None:
        """Put other ceilings in force and begin all windows anew."""
        with self._lock:
            self.ceilings = ceilings
            self._calls.clear()

    def change(self, wishes: Mapping[str, object]) -> None:
        """Move some ceilings; `tier` gives those that depend on it. Raises msgspec.ValidationError."""
        named = {name: value for name, value in wishes.items() if name != "tier"}
        if "tier" in wishes:
            named = dict(TIERS[msgspec.convert(wishes["tier"], Tier)]) | named
        self.set(msgspec.convert(msgspec.to_builtins(self.ceilings) | named, Ceilings))

    def _windows(self, app: str, organisation: str, now_ms: int, switches: Switches) -> list[Window]:
        own = zlib.crc32(organisation.encode())
        rolling = switches.limit_windows == "rolling"
        for calls in self._calls.values():
            calls.forget_if_turned_back(now_ms)
        return [
            Window(
                problem,
                ceiling,
                length,
                now_ms - length + 1 if rolling else now_ms - (now_ms + offset) % length,
                self._calls[problem, app, whose],
                rolling,
            )
            for problem, ceiling, whose, length, offset in (
                ("minute", self.ceilings.minute, organisation, MINUTE_MS, own % MINUTE_MS),
                ("day", self.ceilings.day, organisation, DAY_MS, own % DAY_MS),
                ("appminute", self.ceilings.app_minute, "", MINUTE_MS, 0),
            )
        ]


def _left(windows: list[Window]) -> dict[str, str]:
    return {HEADERS[window.problem]: str(window.left) for window in windows}
