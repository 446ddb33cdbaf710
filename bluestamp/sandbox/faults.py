"""Faults on demand: what goes wrong, for which requests, how often."""

import random
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count

import msgspec


class Kind(StrEnum):
    """What can go wrong."""

    LOSE_REPLY = "lose_reply"
    """The work is done and kept, then the connection breaks before the answer."""
    TIMEOUT = "timeout"
    """The work is done and kept; the caller waits `seconds` in vain, then the connection breaks."""
    DROP_BEFORE = "drop_before"
    """The connection breaks before any work is done."""
    RATE_LIMITED = "429"
    UNAVAILABLE = "503"
    BROKEN = "500"
    REFUSED = "400"
    """The whole request is refused, whatever summarizeErrors says; nothing of it is kept."""
    TOKEN_EXPIRED = "token_expired"
    """A good access token counts as expired."""
    DISCONNECTED = "disconnected"
    """The organisation answers as if its connection were gone."""
    INVALID_GRANT = "invalid_grant"
    """A good refresh token or code is refused."""
    SLOW = "slow"
    APPROVAL_DOWNGRADE = "approval_downgrade"
    WEBHOOK_TWICE = "webhook_twice"
    WEBHOOK_LATE = "webhook_late"
    WEBHOOK_NEVER = "webhook_never"
    WEBHOOK_REORDERED = "webhook_reordered"
    """A delivery is held back until another one has overtaken it, a minute at most."""
    WEBHOOK_MISSIGNED = "webhook_missigned"
    """A delivery with events is signed wrongly, as a stranger's would be."""


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One fault as it is posted to /_sandbox/faults.

    Scope: `path` (a prefix), `method`, `organisation` (a tenant id), `containing` (words in the body); empty means any.
    How often: `count` times in all, and of the matching requests every `every`-th, with probability `chance`. `seconds`
    is how slow, how late, or Retry-After; `problem` is X-Rate-Limit-Problem; `status` is what an approval becomes;
    `number` is the ErrorNumber of a refusal; `text` is what it says, where the usual words won't do.
    """

    kind: Kind
    path: str = ""
    method: str = ""
    organisation: str = ""
    containing: str = ""
    count: int | None = None
    every: int = 1
    chance: float = 1.0
    seconds: float = 1.0
    problem: str = "minute"
    status: str = "DRAFT"
    number: int = 14
    text: str = ""
    id: int = 0
    seen: int = 0
    fired: int = 0

    def suits(self, path: str, method: str, organisation: str, body: bytes) -> bool:
        """Is a request within the fault's scope?"""
        return (
            path.startswith(self.path)
            and self.method.upper() in {"", method.upper()}
            and self.organisation.lower() in {"", organisation.lower()}
            and self.containing.encode() in body
        )

    @property
    def is_spent(self) -> bool:
        """Has it struck as often as it was to?"""
        return self.count is not None and self.fired >= self.count


@dataclass
class Faults:
    """The faults now set."""

    listed: list[Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    def set(self, faults: list[Fault]) -> None:
        """Add faults to those already there."""
        with self._lock:
            for fault in faults:
                fault.id, fault.seen, fault.fired = next(self._ids), 0, 0
            self.listed.extend(faults)

    def clear(self, fault_id: int | None = None) -> None:
        """Let everything work again, or take back one fault."""
        with self._lock:
            self.listed[:] = [fault for fault in self.listed if fault_id not in {None, fault.id}]

    def take(
        self, *kinds: Kind, path: str, method: str = "", organisation: str = "", body: bytes = b""
    ) -> Fault | None:
        """The first fault of these kinds that strikes now; striking uses it up by one."""
        with self._lock:
            return next(
                (
                    fault
                    for fault in self.listed
                    if fault.kind in kinds
                    and fault.suits(path, method, organisation, body)
                    and self._strikes(fault)
                ),
                None,
            )

    @staticmethod
    def _strikes(fault: Fault) -> bool:
        if fault.is_spent:
            return False
        fault.seen += 1
        if fault.seen % max(1, fault.every) or random.random() >= fault.chance:
            return False
        fault.fired += 1
        return True
