"""Faults on demand: what goes wrong, for which requests, how often."""

import random
import threading
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What can go wrong."""

    LOSE_REPLY = "lose_reply"
    """The work is done and kept, then the connection breaks before the answer."""
    DROP_BEFORE = "drop_before"
    """The connection breaks before any work is done."""
    RATE_LIMITED = "429"
    UNAVAILABLE = "503"
    BROKEN = "500"
    SLOW = "slow"
    APPROVAL_DOWNGRADE = "approval_downgrade"
    WEBHOOK_TWICE = "webhook_twice"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_NEVER = "webhook_never"


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One fault as it is posted to /_sandbox/faults.

    Scope: `path` (a prefix), `method`, `organisation` (a tenant id); empty means any. How often: `count` times in all,
    and of the matching requests every `every`-th, with probability `chance`. `seconds` is how slow, how late, or
    Retry-After; `problem` is X-Rate-Limit-Problem; `status` is what an approval becomes.
    """

    kind: Kind
    path: str = ""
    method: str = ""
    organisation: str = ""
    count: int | None = None
    every: int = 1
    chance: float = 1.0
    seconds: float = 1.0
    problem: str = "minute"
    status: str = "DRAFT"
    text: str = "The Xero API is temporarily unavailable"
    seen: int = 0
    fired: int = 0

    def suits(self, path: str, method: str, organisation: str) -> bool:
        """Is a request within the fault's scope?"""
        return (
            path.startswith(self.path)
            and self.method.upper() in {"", method.upper()}
            and self.organisation.lower() in {"", organisation.lower()}
        )


@dataclass
class Faults:
    """The faults now set."""

    listed: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, faults: list[Fault]) -> None:
        """Add faults to those already there."""
        with self._lock:
            self.listed.extend(faults)

    def clear(self) -> None:
        """Let everything work again."""
        with self._lock:
            self.listed.clear()

    def take(self, *kinds: Kind, path: str, method: str = "", organisation: str = "") -> Fault | None:
        """The first fault of these kinds that strikes now; striking uses it up by one."""
        with self._lock:
            return next(
                (
                    fault
                    for fault in self.listed
                    if fault.kind in kinds and self._strikes(fault, path, method, organisation)
                ),
                None,
            )

    @staticmethod
    def _strikes(fault: Fault, path: str, method: str, organisation: str) -> bool:
        if not fault.suits(path, method, organisation):
            return False
        if fault.count is not None and fault.fired >= fault.count:
            return False
        fault.seen += 1
        if fault.seen % max(1, fault.every) or random.random() >= fault.chance:
            return False
        fault.fired += 1
        return True
