"""What happened: one row for every act, written in the act's own transaction and never changed afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Func, QuerySet, Value

from bluestamp.people.actors import Actor
from bluestamp.people.rows import StudioRow

PLACES = "people_activity_place"


class Activity(StudioRow):
    """Somebody did something to something, in a sentence that a person can read.

    `place` counts up in the database: two rows of one verb carry the same instant, and keep their order by it.
    """

    at = models.DateTimeField()
    place = models.BigIntegerField(db_default=Func(Value(PLACES), function="nextval"), editable=False)
    actor_name = models.CharField(max_length=200)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False
    )
    via = models.CharField(max_length=10)
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=30)
    subject_id = models.CharField(max_length=40)
    sentence = models.TextField()
    detail = models.JSONField(default=dict)
    batch_id = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name_plural = "activity"
        indexes = [
            models.Index(
                fields=["studio", "kind", "subject_id", "-at", "-place"], name="people_activity_subject"
            ),
            models.Index(fields=["studio", "-at", "-place"], name="people_activity_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name}: {self.sentence}"


def record(
    *,
    by: Actor,
    verb: str,
    kind: str,
    subject_id: str,
    sentence: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
    batch_id: str = "",
) -> Activity:
    """Write down what was done. `verb` is noun.participle ("expense.approved"); the sentence goes on the page."""
    return Activity.objects.create(
        studio_id=by.studio_id,
        at=now,
        actor_name=by.name,
        user_id=by.user_id,
        via=by.via,
        verb=verb,
        kind=kind,
        subject_id=subject_id,
        sentence=sentence,
        detail=detail or {},
        batch_id=batch_id,
    )


def record_each(
    *, by: Actor, verb: str, kind: str, sentences: Mapping[str, str], now: datetime, batch_id: str = ""
) -> None:
    """Write down that the same was done to many things: a sentence for each, by its id, in one statement."""
    rows = [
        Activity(
            studio_id=by.studio_id,
            at=now,
            actor_name=by.name,
            user_id=by.user_id,
            via=by.via,
            verb=verb,
            kind=kind,
            subject_id=subject_id,
            sentence=sentence,
            batch_id=batch_id,
        )
        for subject_id, sentence in sentences.items()
    ]
    Activity.objects.bulk_create(rows)


def history(kind: str, subject_id: str) -> QuerySet[Activity]:
    """What was done to one thing, newest first."""
    return Activity.objects.filter(kind=kind, subject_id=subject_id).order_by("-at", "-place")


def recent(limit: int) -> QuerySet[Activity]:
    """What was done in the studio lately, newest first."""
    return Activity.objects.order_by("-at", "-place")[:limit]
