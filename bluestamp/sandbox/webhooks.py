"""Webhooks: intent to receive, signing over the raw bytes, five seconds, retries for a day, then disabled.

From developer.xero.com, webhooks/configuring-your-server and webhooks/overview. Events are written by the acts
themselves, in their own transactions; one thread numbers them, puts them into deliveries and posts those.
"""

import base64
import hashlib
import hmac
import http.client
import secrets
import string
import threading
import time
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

import msgspec

from bluestamp.sandbox.clock import Clock
from bluestamp.sandbox.config import WebhookTarget
from bluestamp.sandbox.faults import Faults, Kind
from bluestamp.sandbox.store import Row, Store

ANSWER_SECONDS = 5.0
RETRY_MS = 15 * 60 * 1000
GIVE_UP_MS = 24 * 60 * 60 * 1000
KEPT_MS = 31 * 24 * 60 * 60 * 1000
MAX_BATCH = 100
GATHER_SECONDS = 0.05
"""How long the thread waits for more events before it posts, so that one request's events travel together."""
INTENT_RETRY_SECONDS = 1.0
"""A receiver that isn't up yet is asked again; Xero itself asks only when a person presses the button."""


class State(StrEnum):
    """Where the subscription stands."""

    NONE = "none"
    WAITING = "intent to receive required"
    OK = "ok"
    DISABLED = "disabled"


class Webhooks:
    """The one subscription of the app and its deliveries."""

    def __init__(self, store: Store, clock: Clock, faults: Faults, target: WebhookTarget | None) -> None:
        self._store, self._clock, self._faults = store, clock, faults
        self.target = target
        self.state = State.WAITING if target else State.NONE
        self.problem = ""
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
        clock.watch(self._wake.set)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the delivery in hand and stop."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=ANSWER_SECONDS + 1)

    def subscribe(self, target: WebhookTarget | None) -> None:
        """Save another address and key; intent to receive is asked anew."""
        self.target = target
        self.state = State.WAITING if target else State.NONE
        self.problem = ""
        self._wake.set()

    def begin_again(self) -> None:
        """After a reset: the same target, asked anew."""
        self.subscribe(self.target)

    def wake(self) -> None:
        """Look at once for events that are due."""
        self._wake.set()

    def _run(self) -> None:
        while not self._stopping:
            worked = False
            if self.target and self.state is State.WAITING:
                worked = self._ask_intent(self.target)
            elif self.target and self.state is State.OK:
                worked = self._deliver_due(self.target)
            if not worked:
                self._wake.wait(INTENT_RETRY_SECONDS)
                self._wake.clear()

    def _ask_intent(self, target: WebhookTarget) -> bool:
        """Post empty bodies, some signed right and some wrong; all must be answered as they deserve."""
        for rightly in (True, False, True, False):
            body = _uneven([], 0, 0)
            signature = sign(body, target.key)
            status, problem = _post(target, body, signature if rightly else _spoil(signature))
            wanted = 200 <= status < 300 if rightly else status == 401
            if problem or not wanted:
                self.problem = problem or (
                    "Response not 200" if rightly else "Response to incorrectly signed payload not 401"
                )
                return False
        if self.target == target and self.state is State.WAITING:
            self.state, self.problem = State.OK, ""
            self._store.run(
                "UPDATE deliveries SET due_ms = 0, first_ms = ? WHERE state = 'waiting'", self._clock.now_ms()
            )
        return True

    def _deliver_due(self, target: WebhookTarget) -> bool:
        self._gather()
        row = self._store.one(
            "SELECT * FROM deliveries WHERE state = 'waiting' AND due_ms <= ? ORDER BY id LIMIT 1",
            self._clock.now_ms(),
        )
        if row is None:
            return False
        status, problem = _post(target, row["body"], sign(row["body"], target.key))
        if not problem and not 200 <= status < 300:
            problem = f"Response was {status}"
        self._record(row, problem)
        return True

    def _record(self, row: Row, problem: str) -> None:
        now = self._clock.now_ms()
        if not problem:
            self._store.run(
                "UPDATE deliveries SET state = 'done', attempts = attempts + 1, last_problem = '' WHERE id = ?",
                row["id"],
            )
            return
        first = row["first_ms"] or now
        due = now if row["attempts"] == 0 else now + RETRY_MS
        self._store.run(
            "UPDATE deliveries SET attempts = attempts + 1, first_ms = ?, due_ms = ?, last_problem = ? WHERE id = ?",
            first,
            due,
            problem,
            row["id"],
        )
        if now - first >= GIVE_UP_MS:
            self.state, self.problem = State.DISABLED, problem

    def _gather(self) -> None:
        """Put every event that is due into a delivery; sequence numbers are given here, per subscription."""
        due = (
            "SELECT * FROM events WHERE state IN ('new', 'late') AND due_ms <= ? ORDER BY due_ms, id LIMIT ?"
        )
        if not self._store.all(due, self._clock.now_ms(), 1):
            return
        time.sleep(GATHER_SECONDS)
        with self._store.transaction():
            kept, again = self._struck(self._store.all(due, self._clock.now_ms(), MAX_BATCH))
            if kept:
                body = self._number(kept)
                for _ in range(2 if again else 1):
                    self._queue(body, len(kept))
            self._store.run("DELETE FROM events WHERE at_ms < ?", self._clock.now_ms() - KEPT_MS)

    def _struck(self, due: list[Row]) -> tuple[list[Row], bool]:
        """Let the faults have their way: what is left to send now, and whether to send it twice."""
        kept, again = [], False
        for row in due:
            path = urlsplit(row["url"]).path
            if self._faults.take(Kind.WEBHOOK_NEVER, path=path, organisation=row["organisation"]):
                self._store.run("UPDATE events SET state = 'never' WHERE id = ?", row["id"])
                continue
            late = row["state"] == "new" and self._faults.take(
                Kind.WEBHOOK_LATE, path=path, organisation=row["organisation"]
            )
            if late:
                delayed = self._clock.now_ms() + int(late.seconds * 1000)
                self._store.run(
                    "UPDATE events SET state = 'late', due_ms = ? WHERE id = ?", delayed, row["id"]
                )
                continue
            again = (
                bool(self._faults.take(Kind.WEBHOOK_TWICE, path=path, organisation=row["organisation"]))
                or again
            )
            kept.append(row)
        return kept, again

    def _number(self, kept: list[Row]) -> bytes:
        first = self._last_sequence() + 1
        for place, row in enumerate(kept):
            self._store.run(
                "UPDATE events SET state = 'sent', sequence = ? WHERE id = ?", first + place, row["id"]
            )
        return _uneven([_event(row) for row in kept], first, first + len(kept) - 1)

    def _queue(self, body: bytes, count: int) -> None:
        last = self._last_sequence()
        self._store.run(
            "INSERT INTO deliveries (body, first_sequence, last_sequence, state, attempts, first_ms, due_ms, last_problem)"
            " VALUES (?, ?, ?, 'waiting', 0, 0, 0, '')",
            body,
            last - count + 1,
            last,
        )

    def _last_sequence(self) -> int:
        held = self._store.scalar(
            "SELECT MAX(s) FROM (SELECT MAX(sequence) AS s FROM events UNION SELECT MAX(last_sequence) FROM deliveries)"
        )
        return int(held or 0)


def sign(body: bytes, key: str) -> str:
    """x-xero-signature: Base64 of HMAC-SHA256 over the raw body, the key taken as UTF-8 text."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha256).digest()).decode()


def _spoil(signature: str) -> str:
    """Alter one letter, as Xero's wrongly signed requests do."""
    return ("B" if signature[0] == "A" else "A") + signature[1:]


def _uneven(events: list[dict[str, object]], first: int, last: int) -> bytes:
    """The body with Xero's uneven spaces, so that a receiver who hashes a re-serialised body is found out."""
    entropy = "".join(secrets.choice(string.ascii_uppercase) for _ in range(20))
    listed = msgspec.json.encode(events).decode()
    return (
        f'{{"events":{listed},"firstEventSequence": {first},"lastEventSequence": {last}, "entropy": "{entropy}"}}'
    ).encode()


def _event(row: Row) -> dict[str, object]:
    moment = datetime.fromtimestamp(row["at_ms"] / 1000, UTC)
    said: dict[str, object] = {
        "resourceUrl": row["url"],
        "resourceId": row["resource"],
        "tenantId": row["organisation"],
        "tenantType": "ORGANISATION",
        "eventCategory": row["category"],
        "eventType": row["type"],
        "eventDateUtc": f"{moment:%Y-%m-%dT%H:%M:%S}.{row['at_ms'] % 1000:03d}",
    }
    return said | ({"data": msgspec.json.decode(row["data"])} if row["data"] else {})


def _post(target: WebhookTarget, body: bytes, signature: str) -> tuple[int, str]:
    """Post once; the status, and what was wrong with the answer apart from its status."""
    address = urlsplit(target.url)
    maker = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = maker(address.hostname or "", address.port, timeout=ANSWER_SECONDS)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "x-xero-signature": signature,
        "User-Agent": "Xero/sandbox",
    }
    path = (address.path or "/") + (f"?{address.query}" if address.query else "")
    began = time.monotonic()
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        content, cookie = answer.read(), answer.getheader("Set-Cookie")
    except (OSError, http.client.HTTPException) as fault:
        return 0, f"No response: {str(fault) or type(fault).__name__}"
    finally:
        connection.close()
    if time.monotonic() - began > ANSWER_SECONDS:
        return 0, "Response took longer than 5 seconds"
    if content:
        return answer.status, "Response contained a body"
    if cookie:
        return answer.status, "Response contained cookies"
    return answer.status, ""
