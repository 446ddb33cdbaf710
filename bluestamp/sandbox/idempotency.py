"""Idempotency-Key: the first answer to a key, success or error, is kept for six minutes and given again.

From developer.xero.com, guides: idempotency. Keys belong to the app; the same key with another method, address or body
is refused. Two first calls at once (Xero doesn't say): the second waits for the first one's answer, or is refused.
"""

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from bluestamp.sandbox.clock import Clock
from bluestamp.sandbox.errors import KeyBusy, KeyReused, KeyTooLong
from bluestamp.sandbox.store import Store

KEPT_MS = 6 * 60 * 1000
MAX_KEY = 128


@dataclass(frozen=True)
class Answered:
    """An answer as it goes out."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Key:
    """An app's key together with what it was first used for."""

    app: str
    text: str
    fingerprint: str


class Answers:
    """The answers kept, and the calls under way."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._under_way: dict[tuple[str, str], threading.Lock] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def alone(self, key: Key, *, waits: bool = True) -> Iterator[Answered | None]:
        """Be the only call with this key; the answer it already has, if any. Raises KeyReused, KeyTooLong, KeyBusy."""
        if len(key.text) > MAX_KEY:
            raise KeyTooLong(f"The Idempotency Key must be {MAX_KEY} characters or fewer.")
        with self._lock:
            turn = self._under_way.setdefault((key.app, key.text), threading.Lock())
        if not turn.acquire(blocking=waits):
            raise KeyBusy(key.text)
        try:
            yield self._kept(key)
        finally:
            turn.release()

    def keep(self, key: Key, answered: Answered) -> None:
        """Remember the answer."""
        self._store.put(
            "answers",
            app=key.app,
            key=key.text,
            fingerprint=key.fingerprint,
            status=answered.status,
            headers=msgspec.json.encode(answered.headers).decode(),
            body=answered.body,
            made_ms=self._clock.now_ms(),
        )

    def _kept(self, key: Key) -> Answered | None:
        row = self._store.one(
            "SELECT * FROM answers WHERE app = ? AND key = ? AND made_ms > ?",
            key.app,
            key.text,
            self._clock.now_ms() - KEPT_MS,
        )
        if row is None:
            return None
        if row["fingerprint"] != key.fingerprint:
            raise KeyReused(key.text)
        return Answered(row["status"], msgspec.json.decode(row["headers"], type=dict[str, str]), row["body"])


def fingerprint(*parts: str, body: bytes) -> str:
    """What a request is recognised by: method, address, organisation, body."""
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + body).hexdigest()
