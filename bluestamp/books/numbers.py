"""Numbers that people read: LON-0001 on an invoice, EXP-0341 on an expense, JOB-0012 on a job.

A number is taken when a document needs one, never before, from a locked row, so that no number is missing and none is
given twice. Invoices count by branch; expenses and jobs count through the studio. Sequences of one kind with the same
prefix count on together: that is how several branches share their numbers.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from itertools import count
from typing import Any, Final

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q

from bluestamp.books.ledgers import Ledger
from bluestamp.errors import Invalid, NotFound
from bluestamp.people import activity, branches, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.permissions import Action
from bluestamp.people.rows import StudioRow

WIDTH: Final = 4
LONGEST_PREFIX: Final = 20
LARGEST: Final = 999_999_999
#: The kinds that count through the studio, and what their numbers begin with; every other counts by branch.
STUDIO_WIDE: Final = {
    "expense": "EXP-",
    "purchase_order": "PO-",
    "supplier_credit": "SC-",
    "quote": "Q-",
    "job": "JOB-",
}


class Sequence(StudioRow):
    """Where one branch, or the studio when `branch` is None, has got to with numbers of one kind."""

    branch = models.ForeignKey(Branch, null=True, on_delete=models.PROTECT, related_name="+")
    ledger = models.ForeignKey(Ledger, null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    #: count in the invoices' sequence instead; for credit notes
    shares_invoices = models.BooleanField(default=False)
    prefix = models.CharField(max_length=LONGEST_PREFIX, blank=True)
    width = models.PositiveSmallIntegerField(default=WIDTH)
    next_number = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "branch", "ledger", "kind"], nulls_distinct=False, name="sequence_once"
            ),
            models.CheckConstraint(
                condition=Q(branch__isnull=True) | Q(ledger__isnull=True), name="sequence_of_one"
            ),
            models.CheckConstraint(
                condition=Q(shares_invoices=False) | Q(kind="credit_note"), name="sequence_shared"
            ),
            models.CheckConstraint(condition=Q(next_number__gte=1), name="sequence_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.spelt(self.next_number)}"

    def spelt(self, number: int) -> str:
        """Write a number of this sequence as it stands on paper."""
        return f"{self.prefix}{number:0{self.width}d}"


class NumberTaken(StudioRow):
    """A number that the other side has already: it is passed over, and the gap that it leaves is explained by it."""

    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    number = models.CharField(max_length=50)
    why = models.CharField(max_length=300)
    noticed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["studio", "ledger", "kind", "number"], name="number_taken_once")
        ]


class NumberSkip(StudioRow):
    """Numbers of a kind and prefix, from `first` to `last`, that somebody left out: what explains their gap."""

    kind = models.CharField(max_length=30)
    prefix = models.CharField(max_length=LONGEST_PREFIX, blank=True)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    why = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=models.F("first")), name="number_skip_order")
        ]
        indexes = [models.Index(fields=["studio", "kind", "prefix"], name="number_skips")]


def for_branch(*, branch_id: str, kind: str) -> Sequence:
    """Return the sequence that documents of this kind and branch count in; it begins here if it didn't exist."""
    branch = branches.find(branch_id)
    return _sequence(studio_id=branch.studio_id, branch=branch, kind=kind)


def peek(sequence: Sequence) -> str:
    """Return the number that would be given next, if nobody takes it before."""
    return sequence.spelt(_unused(sequence, sequence.next_number))


def take(*, studio_id: int, branch_id: str, kind: str) -> str:
    """Give the next number out, for good, if the caller's transaction commits; one that was used is passed over.

    The sequence stays locked until then: whoever comes second waits, so that a failure leaves no gap.
    """
    with transaction.atomic():
        own = _sequence(studio_id=studio_id, branch=branches.find(branch_id), kind=kind)
        together = _locked_together(own.id)
        number = _unused(own, max(row.next_number for row in together))
        _go_on(together, number + 1)
    return own.spelt(number)


def set_next(
    *, sequence_id: str, next_number: int, prefix: str | None = None, by: Actor, now: dt.datetime
) -> Sequence:
    """Let a sequence go on at any number that was never used, with another prefix if one is given.

    Whoever counts with that prefix already goes on there too. Refuses NotPermitted, NotFound, Invalid at `next_number`
    or `prefix`.
    """
    permissions.require(by, Action.EDIT_LEDGERS)
    with transaction.atomic():
        sequence = _locked_together(sequence_id)[0]
        if prefix is not None and prefix != sequence.prefix:
            sequence = _with_prefix(sequence, prefix)
        _refuse_number(sequence, next_number)
        _go_on(_locked_together(sequence.id), next_number)
        sequence.refresh_from_db()
        _record(sequence, by=by, now=now)
    return sequence


def share(
    *, branch_ids: Collection[str], kind: str, prefix: str, next_number: int, by: Actor, now: dt.datetime
) -> list[Sequence]:
    """Let these branches count on in one sequence. Refuses as `set_next` does."""
    with transaction.atomic():
        rows = [for_branch(branch_id=branch_id, kind=kind) for branch_id in sorted(branch_ids)]
        return [
            set_next(sequence_id=row.id, next_number=next_number, prefix=prefix, by=by, now=now)
            for row in rows
        ]


# Steps


def _sequence(*, studio_id: int, branch: Branch, kind: str) -> Sequence:
    where = {"studio_id": studio_id, "branch": None if kind in STUDIO_WIDE else branch, "kind": kind}
    found = Sequence.objects.filter(**_asked(where)).first()
    if found is None:
        fresh = Sequence(prefix=STUDIO_WIDE.get(kind) or _prefix_of(branch, kind), **where)
        # Somebody else may begin it at the same moment; then theirs stands.
        Sequence.objects.bulk_create([fresh], ignore_conflicts=True)
        found = Sequence.objects.get(**_asked(where))
    return found


def _asked(where: dict[str, Any]) -> dict[str, Any]:
    """In a filter, `branch=None` finds nothing: SQL asks for IS NULL."""
    return (
        where
        if where["branch"]
        else {k: v for k, v in where.items() if k != "branch"} | {"branch__isnull": True}
    )


def _prefix_of(branch: Branch, kind: str) -> str:
    """The branch's first three letters, more when another branch has those: LON-, then LOND-."""
    letters = (
        "".join(letter for letter in branch.name.upper() if letter.isalnum())[: LONGEST_PREFIX - 5] or "NO"
    )
    taken = set(Sequence.objects.filter(kind=kind).values_list("prefix", flat=True))
    longer = [f"{letters[:length]}-" for length in range(min(3, len(letters)), len(letters) + 1)]
    numbered = (f"{letters[:3]}{number}-" for number in count(2))
    return next((prefix for prefix in longer if prefix not in taken), None) or next(
        prefix for prefix in numbered if prefix not in taken
    )


def _locked_together(sequence_id: str) -> list[Sequence]:
    """Lock a sequence and all that count on with it, always in the same order; the asked one comes first.

    Its prefix may change between reading and locking; then it is not among those that were locked: look again.
    """
    while True:
        seen = Sequence.objects.filter(pk=sequence_id).first()
        if seen is None:
            raise NotFound("There is no such sequence of numbers.")
        rows = Sequence.objects.select_for_update(of=("self",)).filter(kind=seen.kind, prefix=seen.prefix)
        locked = list(rows.order_by("id"))
        if any(row.id == sequence_id for row in locked):
            return sorted(locked, key=lambda row: row.id != sequence_id)


def _go_on(together: list[Sequence], next_number: int) -> None:
    Sequence.objects.filter(pk__in=[row.pk for row in together]).update(next_number=next_number)


def _with_prefix(sequence: Sequence, prefix: str) -> Sequence:
    if len(prefix) > LONGEST_PREFIX or not prefix.isprintable() or prefix != prefix.strip():
        raise Invalid(f"At most {LONGEST_PREFIX} letters, digits and signs.", field="prefix")
    if prefix[-1:].isdigit():
        # 20 and 0001 would read as 200001, and so would 200 and 001.
        raise Invalid("End it with a letter or a sign, such as LON-.", field="prefix")
    sequence.prefix = prefix
    sequence.save(update_fields=["prefix"])
    return sequence


def _refuse_number(sequence: Sequence, next_number: int) -> None:
    if not 1 <= next_number <= LARGEST:
        raise Invalid(f"A number is between 1 and {LARGEST:,}.", field="next_number")
    spelt = sequence.spelt(next_number)
    if _used(sequence.kind, [spelt]):
        raise Invalid(f"{spelt} was used. Choose a number that was never used.", field="next_number")


def _unused(sequence: Sequence, number: int) -> int:
    """The first number from here on that nothing carries; a person may have typed one, or set the sequence back."""
    for start in count(number, 100):
        candidates = range(start, start + 100)
        used = _used(sequence.kind, [sequence.spelt(each) for each in candidates])
        free = next((each for each in candidates if sequence.spelt(each) not in used), None)
        if free is not None:
            return free
    raise AssertionError("numbers don't end")


def _used(kind: str, spelt: list[str]) -> set[str]:
    """Which of these numbers something carries. A kind is the name of its model, which imports this module."""
    model: Any = apps.get_model("books", kind.replace("_", ""))
    return set(model.objects.filter(number__in=spelt).values_list("number", flat=True))


def _record(sequence: Sequence, *, by: Actor, now: dt.datetime) -> None:
    activity.record(
        by=by,
        verb="numbers.set",
        kind="sequence",
        subject_id=sequence.id,
        sentence=f"The next {sequence.kind} is {sequence.spelt(sequence.next_number)}.",
        now=now,
    )
