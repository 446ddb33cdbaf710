"""A batch: the exact bytes of one call to Xero, written down before they are sent.

    prepared → answered
        ↘ unknown → answered (asked again under the same key, or looked up)

A crash at any line leaves a batch that is not answered: it may or may not have reached Xero. That is found out before
anything else is sent: within Xero's six minutes by the same bytes under the same key, after that by looking up.

One drain at a time has a batch in hand. Should two overlap all the same, for one was paused and lost its lock, the row
tells whose it is: whoever takes it up counts one on, and whoever remembers less calls Xero no more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Final

from django.db import models
from django.db.models import F

from bluestamp.people.studios import StudioRow
from bluestamp.sync.connections import Connection

#: Xero keeps an idempotency key for six minutes from the first call (developer.xero.com, Idempotency). We stop half
#: a minute earlier, so that a slow call can't outlive the key.
IDEMPOTENCY_WINDOW = dt.timedelta(minutes=5, seconds=30)
#: About fifty elements a call is Xero's own advice (developer.xero.com, Requests and responses).
BATCH_LIMIT = 50
#: From the look at whose a batch is to its call it is milliseconds; a process that was paused in between looks again.
_AT_ONCE_SECONDS: Final = 5.0

Stopwatch = Callable[[], float]


class BatchState(models.TextChoices):
    """Where a batch is in its life."""

    PREPARED = "prepared"
    UNKNOWN = "unknown"
    ANSWERED = "answered"


class Act(models.TextChoices):
    """What the call does in Xero."""

    CREATE = "create"
    UPDATE = "update"
    CONTACTS = "contacts"
    REMOVE = "remove"  # a payment, or a credit from its invoice


class Batch(StudioRow):
    """One call with its bytes, its key and the elements in it. `elements`: one object each, in the order sent."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="batches")
    kind = models.CharField(max_length=20)
    act = models.CharField(max_length=10, choices=Act.choices)
    idempotency_key = models.CharField(max_length=128, unique=True)
    body = models.BinaryField()
    elements = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.PREPARED)
    prepared_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    #: how often somebody took it up: the fence between two drains
    tries = models.PositiveIntegerField(default=0)
    answer_excerpt = models.TextField(blank=True)
    correlation_id = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["connection", "due_at"],
                condition=~models.Q(state="answered"),
                name="batch_open",
            )
        ]

    def key_is_alive(self, now: dt.datetime) -> bool:
        """Tell whether Xero still answers this key with its first answer."""
        return now - self.prepared_at < IDEMPOTENCY_WINDOW

    def take_up(self) -> bool:
        """Settle it from here on, in doubt: it may have reached Xero. False when another drain was faster."""
        is_mine = self._as_seen().update(state=BatchState.UNKNOWN, tries=F("tries") + 1) == 1
        if is_mine:
            self.state, self.tries = BatchState.UNKNOWN, self.tries + 1
        return is_mine

    def is_still_mine(self) -> bool:
        """Tell whether nobody else has taken it up or closed it since it was read."""
        return self._as_seen().exists()

    def may_be_called(self, *, began: float, now: dt.datetime, stopwatch: Stopwatch) -> bool:
        """Tell right before the call whether it may be made; else the batch stays open, for the next round to settle.

        Not when another drain has it, and not again once its key died on the way here, by a slow renewal of the token
        or a paused machine: the same bytes would be done a second time. `now` was when the stopwatch showed `began`.
        """
        looked = stopwatch()
        present = now + dt.timedelta(seconds=looked - began)
        if self.state == BatchState.UNKNOWN and not self.key_is_alive(present):
            return False
        return self.is_still_mine() and stopwatch() - looked < _AT_ONCE_SECONDS

    def hold(self) -> bool:
        """Lock it, and tell whether it is still this drain's: what one that comes late says undoes nothing; a transaction."""
        return bool(self._as_seen().select_for_update(no_key=True).values_list("id", flat=True))

    def keep_in_doubt(self, excerpt: str, *, until: dt.datetime) -> None:
        """Note that nobody knows what became of it, and when to find out; unless another drain has done so."""
        tries = max(self.tries, 1)
        mine = self._as_seen()
        if mine.update(state=BatchState.UNKNOWN, tries=tries, due_at=until, answer_excerpt=excerpt[:4000]):
            self.state, self.tries, self.due_at = BatchState.UNKNOWN, tries, until

    def _as_seen(self) -> models.QuerySet[Batch]:
        rows = Batch.objects.filter(id=self.id, tries=self.tries)
        return rows.exclude(state=BatchState.ANSWERED)

    def element(self, document_id: str) -> dict[str, Any]:
        """Return what the batch remembers of one document."""
        found: dict[str, Any] = next(row for row in self.elements if row["document_id"] == document_id)
        return found
