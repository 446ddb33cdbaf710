"""Webhooks: one subscription for the app and all its organisations; intent to receive, retries for a day, then disabled.

From developer.xero.com, webhooks/configuring-your-server and webhooks/overview. Events are written by the acts
themselves, in their own transactions; one thread numbers them, puts them into deliveries and posts those.

    none -> intent to receive required -> ok -> disabled (a day of failures) -> enabled again: asked for its intent anew,
    then everything of the last 31 days that is still undelivered, in order
"""

import threading
import time
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from bluestamp.sandbox import posting
from bluestamp.sandbox.acts import COLLECTIONS, new_id
from bluestamp.sandbox.clock import Clock
from bluestamp.sandbox.config import WebhookTarget
from bluestamp.sandbox.faults import Fault, Faults, Kind
from bluestamp.sandbox.posting import Heard
from bluestamp.sandbox.store import Row, Store

MINUTE_MS = 60 * 1000
RETRY_MS = 15 * MINUTE_MS
GIVE_UP_MS = 24 * 60 * MINUTE_MS
KEPT_MS = 31 * 24 * 60 * MINUTE_MS
HELD_MS = MINUTE_MS
"""How long a delivery that is to be overtaken waits for one that overtakes it."""
MAX_BATCH = 100
GATHER_SECONDS = 0.05
"""How long the thread waits for more events before it posts, so that one request's events travel together."""
INTENT_RETRY_SECONDS = 1.0
"""A receiver that isn't up yet is asked again; Xero itself asks only when a person presses the button."""
INTENT = 0
"""The number under which asking for intent stands among the attempts; deliveries begin at one."""
ATTEMPTS_KEPT = 2_000
DUE = "SELECT * FROM events WHERE state IN ('new', 'late') AND due_ms <= ? ORDER BY due_ms, id LIMIT ?"


class State(StrEnum):
    """Where the subscription stands."""

    NONE = "none"
    WAITING = "intent to receive required"
    OK = "ok"
    DISABLED = "disabled"


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """An event raised by hand. Without an organisation it belongs to the app, as app-store billing does."""

    category: Literal["CONTACT", "INVOICE", "CREDITNOTE", "PREPAYMENT", "OVERPAYMENT", "SUBSCRIPTION"]
    type: Literal["CREATE", "UPDATE"] = "UPDATE"
    resource: str = ""
    organisation: str = ""
    data: dict[str, str] | None = None
    times: int = 1


class Webhooks:
    """The one subscription of the app and its deliveries."""

    def __init__(self, store: Store, clock: Clock, faults: Faults, target: WebhookTarget | None) -> None:
        self._store, self._clock, self._faults = store, clock, faults
        self.target = target or self._remembered()
        self.state = State.WAITING if self.target else State.NONE
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
            self._thread.join(timeout=(self.target.answer_seconds if self.target else 0) + 1)

    def subscribe(self, target: WebhookTarget | None) -> None:
        """Save another address and key; intent to receive is asked anew. What happened without a subscription is not told."""
        if self.target is None or target is None:
            self._store.run("UPDATE events SET state = 'unheard' WHERE state IN ('new', 'late')")
        self._remember(target)
        self.target = target
        self.state = State.WAITING if target else State.NONE
        self.problem = ""
        self._wake.set()

    def begin_again(self) -> None:
        """After a disabling or a reset: the same target, asked for its intent anew."""
        self._remember(self.target)
        self.state = State.WAITING if self.target else State.NONE
        self.problem = ""
        self._wake.set()

    def raise_by_hand(self, wish: Wish, *, belongs_to: str, origin: str) -> None:
        """Raise an event that nobody caused, as often as was asked for."""
        resource, now = wish.resource.lower() or new_id(), self._clock.now_ms()
        collection = COLLECTIONS.get(wish.category)
        path = f"/api.xro/2.0/{collection}" if collection else "/appstore/2.0/subscriptions"
        for _ in range(wish.times):
            self._store.run(
                "INSERT INTO events (organisation, resource, url, category, type, at_ms, due_ms, data, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'new')",
                belongs_to,
                resource,
                f"{origin}{path}/{resource}",
                wish.category,
                wish.type,
                now,
                now,
                msgspec.json.encode(wish.data).decode() if wish.data else None,
            )
        self.wake()

    def wake(self) -> None:
        """Look at once for events that are due."""
        self._wake.set()

    def _remembered(self) -> WebhookTarget | None:
        held = self._store.scalar("SELECT value FROM facts WHERE name = 'webhook'")
        return msgspec.json.decode(held, type=WebhookTarget) if held else None

    def _remember(self, target: WebhookTarget | None) -> None:
        if target is None:
            self._store.run("DELETE FROM facts WHERE name = 'webhook'")
        else:
            self._store.put("facts", name="webhook", value=msgspec.json.encode(target).decode())

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
        """Post empty bodies, some signed right and some wrong by a letter or two; all must be answered as they deserve."""
        for spoilt_letters in (0, 1, 0, 2):
            body = posting.write([], 0, 0)
            signature = posting.spoil(posting.sign(body, target.key), spoilt_letters)
            heard = posting.post(target, body, signature)
            problem = heard.problem or _unfit(heard.status, rightly=not spoilt_letters)
            self._log(INTENT, heard, problem, rightly=not spoilt_letters)
            if problem:
                self.problem = problem
                return False
        if self.target == target and self.state is State.WAITING:
            self.state, self.problem = State.OK, ""
            self._replay()
        return True

    def _replay(self) -> None:
        """Make everything undelivered due at once, its day of retries beginning anew; what is over 31 days old is gone."""
        now = self._clock.now_ms()
        with self._store.transaction():
            self._store.run("DELETE FROM events WHERE at_ms < ?", now - KEPT_MS)
            self._store.run(
                "UPDATE deliveries SET state = 'expired' WHERE state IN ('waiting', 'held') AND NOT EXISTS"
                " (SELECT 1 FROM events WHERE sequence BETWEEN first_sequence AND last_sequence)"
            )
            self._store.run(
                "UPDATE deliveries SET due_ms = 0, attempts = 0, first_ms = 0 WHERE state IN ('waiting', 'held')"
            )

    def _deliver_due(self, target: WebhookTarget) -> bool:
        self._gather(target)
        row = self._store.one(
            "SELECT * FROM deliveries WHERE state IN ('waiting', 'held') AND due_ms <= ? ORDER BY due_ms, id LIMIT 1",
            self._clock.now_ms(),
        )
        if row is None:
            return False
        spoilt = self._faults.take(Kind.WEBHOOK_MISSIGNED, path="")
        signature = posting.spoil(posting.sign(row["body"], target.key), 2 if spoilt else 0)
        heard = posting.post(target, row["body"], signature)
        fits = 200 <= heard.status < 300
        problem = heard.problem or ("" if fits else f"Response was {heard.status}")
        self._log(row["id"], heard, problem, rightly=not spoilt)
        self._record(row, problem)
        return True

    def _record(self, row: Row, problem: str) -> None:
        """Done, or tried again: at once after the first failure, then every fifteen minutes for a day, then never."""
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

    def _log(self, delivery: int, heard: Heard, problem: str, *, rightly: bool) -> None:
        """Write down one POST for the page of webhooks."""
        number = self._store.insert(
            "INSERT INTO attempts (delivery, at_ms, status, problem, took_ms, rightly) VALUES (?, ?, ?, ?, ?, ?)",
            delivery,
            self._clock.now_ms(),
            heard.status,
            problem,
            round(heard.took_ms, 1),
            rightly,
        )
        self._store.run("DELETE FROM attempts WHERE id <= ?", number - ATTEMPTS_KEPT)

    def _gather(self, target: WebhookTarget) -> None:
        """Put every event that is due into a delivery, whichever organisations they are of; number them."""
        if not self._store.all(DUE, self._clock.now_ms(), 1):
            return
        time.sleep(GATHER_SECONDS)
        with self._store.transaction():
            due = self._store.all(DUE, self._clock.now_ms(), MAX_BATCH)
            kept = [row for row in due if self._is_heard(row, target) and not self._is_held_back(row)]
            if kept:
                self._queue(kept)

    def _is_heard(self, row: Row, target: WebhookTarget) -> bool:
        """Is the category ticked, and the organisation connected? Else nobody is ever told."""
        connected = row["category"] == posting.SUBSCRIPTION or self._store.one(
            "SELECT 1 FROM connections WHERE organisation = ?", row["organisation"]
        )
        if connected and row["category"] in target.categories:
            return True
        self._store.run("UPDATE events SET state = 'unheard' WHERE id = ?", row["id"])
        return False

    def _is_held_back(self, row: Row) -> bool:
        """Does a fault lose the event, or let it come later?"""
        if self._struck(Kind.WEBHOOK_NEVER, row):
            self._store.run("UPDATE events SET state = 'never' WHERE id = ?", row["id"])
            return True
        late = self._struck(Kind.WEBHOOK_LATE, row) if row["state"] == "new" else None
        if late:
            due = self._clock.now_ms() + int(late.seconds * 1000)
            self._store.run("UPDATE events SET state = 'late', due_ms = ? WHERE id = ?", due, row["id"])
        return late is not None

    def _struck(self, kind: Kind, row: Row) -> Fault | None:
        return self._faults.take(kind, path=urlsplit(row["url"]).path, organisation=row["organisation"])

    def _queue(self, kept: list[Row]) -> None:
        """Write the delivery, twice if a fault says so. One that is to be overtaken waits until another was queued."""
        first = self._next_sequence(len(kept))
        for place, row in enumerate(kept):
            self._store.run(
                "UPDATE events SET state = 'sent', sequence = ? WHERE id = ?", first + place, row["id"]
            )
        last = first + len(kept) - 1
        body = posting.write([posting.event(row) for row in kept], first, last)
        again = any(self._struck(Kind.WEBHOOK_TWICE, row) for row in kept)
        held = any(self._struck(Kind.WEBHOOK_REORDERED, row) for row in kept)
        now = self._clock.now_ms()
        if not held:
            self._store.run("UPDATE deliveries SET due_ms = ? WHERE state = 'held'", now)
        for _ in range(2 if again else 1):
            self._store.run(
                "INSERT INTO deliveries (body, first_sequence, last_sequence, state, attempts, first_ms, due_ms, last_problem)"
                " VALUES (?, ?, ?, ?, 0, 0, ?, '')",
                body,
                first,
                last,
                "held" if held else "waiting",
                now + HELD_MS if held else 0,
            )

    def _next_sequence(self, count: int) -> int:
        """The first of `count` numbers of this subscription; numbers rise for ever."""
        held = int(self._store.scalar("SELECT value FROM facts WHERE name = 'webhook_sequence'") or 0)
        self._store.put("facts", name="webhook_sequence", value=str(held + count))
        return held + 1


def _unfit(status: int, *, rightly: bool) -> str:
    """What the portal would say of the answer to an intent request."""
    if rightly:
        return "" if 200 <= status < 300 else "Response not 200"
    return "" if status == 401 else "Response to incorrectly signed payload not 401"
