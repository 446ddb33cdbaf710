"""A hold: "this may not be done, because …". Whoever knows the reason places it; the verb it forbids refuses on it.

So `books` and `people` refuse what Xero forbids without knowing that Xero exists. A hold is placed and lifted in the
transaction that makes its reason true or untrue, and several reasons may hold the same act.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from django.db import models

from bluestamp.errors import Conflict
from bluestamp.people.rows import StudioRow

Act = Literal["edit", "cancel", "back_to_draft", "void", "correct", "delete", "switch_off_two_factor"]


class Hold(StudioRow):
    """One reason why one act may not be done to one thing."""

    kind = models.CharField(max_length=30)
    subject_id = models.CharField(max_length=40)
    act = models.CharField(max_length=30)
    code = models.CharField(max_length=60)
    sentence = models.TextField()
    placed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "kind", "subject_id", "act", "code"], name="people_hold_one_per_reason"
            )
        ]

    def __str__(self) -> str:
        return self.sentence


class Held(Conflict):
    """Something forbids the act; the sentence is the reason's own, several in the order they were placed."""

    code = "HELD"

    def __init__(self, reasons: Sequence[Hold]) -> None:
        super().__init__(" ".join(reason.sentence for reason in reasons))
        self.reasons = tuple(reasons)


def place(
    *, studio_id: int, kind: str, subject_id: str, act: Act, code: str, sentence: str, now: datetime
) -> None:
    """Forbid an act. Placing the same reason again renews its sentence and its time."""
    _put(studio_id=studio_id, kind=kind, code=code, sentences={(subject_id, act): sentence}, now=now)


def settle(
    *,
    studio_id: int,
    kind: str,
    subject_ids: Collection[str],
    code: str,
    wanted: Mapping[tuple[str, Act], str],
    now: datetime,
) -> None:
    """Let a code forbid exactly the `wanted` (subject, act) to these subjects: one query where all is so already."""
    found = Hold.objects.filter(studio_id=studio_id, kind=kind, subject_id__in=subject_ids, code=code)
    there = {(hold.subject_id, hold.act): hold for hold in found}
    over = [hold.id for key, hold in there.items() if key not in wanted]
    if over:
        Hold.objects.filter(id__in=over).delete()
    fresh = {key: said for key, said in wanted.items() if key not in there or there[key].sentence != said}
    if fresh:
        _put(studio_id=studio_id, kind=kind, code=code, sentences=fresh, now=now)


def _put(
    *, studio_id: int, kind: str, code: str, sentences: Mapping[tuple[str, Act], str], now: datetime
) -> None:
    rows = [
        Hold(
            studio_id=studio_id,
            kind=kind,
            subject_id=subject_id,
            act=act,
            code=code,
            sentence=sentence,
            placed_at=now,
        )
        for (subject_id, act), sentence in sentences.items()
    ]
    Hold.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["studio", "kind", "subject_id", "act", "code"],
        update_fields=["sentence", "placed_at"],
    )


def lift(*, studio_id: int, kind: str, subject_id: str, code: str, act: Act | None = None) -> None:
    """Take a reason away, from one act or from all that it forbids."""
    found = Hold.objects.filter(studio_id=studio_id, kind=kind, subject_id=subject_id, code=code)
    if act is not None:
        found = found.filter(act=act)
    found.delete()


def refuse_if_held(*, kind: str, subject_id: str, act: Act) -> None:
    """Let the verb go on, or raise Held with every reason's sentence. The verb has locked its row before it asks."""
    reasons = [hold for hold in of(kind, subject_id) if hold.act == act]
    if reasons:
        raise Held(reasons)


def of(kind: str, subject_id: str) -> list[Hold]:
    """All that one thing is held by, the oldest first."""
    return list(Hold.objects.filter(kind=kind, subject_id=subject_id).order_by("placed_at", "id"))
