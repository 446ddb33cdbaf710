"""A delivery: one wish to have a document's present state in Xero.

    waiting → sending → done
       ↑         ↓ ↘
       └─────────┘  parked (a person has to act) → waiting
    waiting → withdrawn

At most one waits and at most one is being sent for each document, so that an edit during a send makes a new wish and
nothing overtakes. The row is the truth; the queue's task is only a nudge.
"""

from __future__ import annotations

import datetime as dt

from django.db import models

from bluestamp.people.studios import StudioRow
from bluestamp.sync.batches import Batch
from bluestamp.sync.connections import Connection


class DeliveryState(models.TextChoices):
    """Where a delivery is in its life."""

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    PARKED = "parked"
    WITHDRAWN = "withdrawn"


class Delivery(StudioRow):
    """One wish, who made it, and what became of it."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=20)
    document_id = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    asked_by = models.CharField(max_length=200)
    asked_user_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    allow_create_contact = models.BooleanField(default=False)
    #: when it was last held against what is here and in Xero already (bookkeeping rule 2)
    checked_at = models.DateTimeField(null=True)
    #: and the version that was: one that was edited since is held against them anew
    checked_version = models.PositiveIntegerField(null=True)
    #: sent alone, because its batch was refused as a whole
    is_alone = models.BooleanField(default=False)
    #: why a suspected duplicate is sent all the same (bookkeeping rule 2); "" while nobody said so
    send_anyway_reason = models.CharField(max_length=500, blank=True)
    batch = models.ForeignKey(Batch, null=True, on_delete=models.SET_NULL, related_name="deliveries")
    code = models.CharField(max_length=40, blank=True)
    sentence = models.CharField(max_length=1000, blank=True)
    messages = models.JSONField(default=list)
    fault_field = models.CharField(max_length=60, blank=True)
    #: what the question is about: candidates for a contact, the document that looks the same
    question = models.JSONField(default=dict)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "kind", "document_id"],
                condition=models.Q(state="waiting"),
                name="delivery_one_waits",
            ),
            models.UniqueConstraint(
                fields=["studio", "kind", "document_id"],
                condition=models.Q(state="sending"),
                name="delivery_one_is_sent",
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "due_at"], condition=models.Q(state="waiting"), name="delivery_due"
            ),
            models.Index(fields=["studio", "kind", "document_id", "-asked_at"], name="delivery_of_document"),
            models.Index(fields=["studio", "-settled_at"], name="delivery_settled"),
        ]

    @classmethod
    def free(cls, connection: Connection) -> models.QuerySet[Delivery]:
        """Those that wait and may go: not while an earlier wish of the same document is being sent."""
        ahead = cls.objects.filter(
            kind=models.OuterRef("kind"),
            document_id=models.OuterRef("document_id"),
            state=DeliveryState.SENDING,
        )
        rows = cls.objects.filter(connection=connection, state=DeliveryState.WAITING)
        return rows.exclude(models.Exists(ahead))

    def wait_until(self, until: dt.datetime) -> None:
        """Put the delivery back in the line, due at `until`."""
        self.state = DeliveryState.WAITING
        self.due_at = until
        self.batch = None
        self.save(update_fields=["state", "due_at", "batch", "attempts", "is_alone"])
