"""A batch: the exact bytes of one call to Xero, written down before they are sent.

    prepared → answered
        ↘ unknown → answered (asked again under the same key, or looked up)

A crash at any line leaves a batch that is not answered: it may or may not have reached Xero. That is found out before
anything else is sent: within Xero's six minutes by the same bytes under the same key, after that by looking up.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import models

from bluestamp.people.studios import StudioRow
from bluestamp.sync.connections import Connection

#: Xero keeps an idempotency key for six minutes from the first call (developer.xero.com, Idempotency). We stop half
#: a minute earlier, so that a slow call can't outlive the key.
IDEMPOTENCY_WINDOW = dt.timedelta(minutes=5, seconds=30)
#: About fifty elements a call is Xero's own advice (developer.xero.com, Requests and responses).
BATCH_LIMIT = 50


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
    tries = models.PositiveSmallIntegerField(default=0)
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

    def element(self, document_id: str) -> dict[str, Any]:
        """Return what the batch remembers of one document."""
        found: dict[str, Any] = next(row for row in self.elements if row["document_id"] == document_id)
        return found
