"""Numbers that people read: LON-0001 on an invoice, EXP-0341 on an expense, JOB-0012 on a job.

A number is taken when a document needs one, never before, from a locked row, so that no number is missing and none is
given twice. Invoices and credit notes count by branch, or by ledger where a ledger has a sequence of its own; all else
counts through the studio. Sequences of one kind with the same prefix count on together: that is how several branches
share their numbers. What is passed over or left out is written down, so that `gaps` can explain it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from itertools import count, islice
from typing import Any, Final

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q

from bluestamp.books import ledgers
from bluestamp.books.ledgers import BranchLedger, Ledger
from bluestamp.errors import Invalid, NotFound
from bluestamp.people import activity, branches, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.permissions import Action
from bluestamp.people.rows import StudioRow

WIDTH: Final = 4
LONGEST_PREFIX: Final = 20
WIDEST: Final = 9
LARGEST: Final = 999_999_999
#: The kinds that count through the studio, and what their numbers begin with; every other counts by branch.
STUDIO_WIDE: Final = {
    "expense": "EXP-",
    "purchase_order": "PO-",
    "supplier_credit": "SC-",
    "quote": "Q-",
    "job": "JOB-",
}
INVOICE: Final = "invoice"
CREDIT_NOTE: Final = "credit_note"
#: The kinds that count by branch, or by ledger where a ledger has a sequence of its own.
BY_BRANCH: Final = (INVOICE, CREDIT_NOTE)
#: Credit notes and invoices may count together, so that a number of one is none of the other.
_FAMILY: Final = (INVOICE, CREDIT_NOTE)
_BEFORE_BRANCH: Final = {CREDIT_NOTE: "CN-"}


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
    kind = kind_of_sequence(branch, kind)
    return _sequence(studio_id=branch.studio_id, branch=branch, kind=kind)


def kind_of_sequence(branch: Branch, kind: str) -> str:
    """Return the kind whose numbers these documents take: a branch's credit notes may share those of its invoices."""
    if kind != CREDIT_NOTE:
        return kind
    own = _sequence(studio_id=branch.studio_id, branch=branch, kind=kind)
    return INVOICE if own.shares_invoices else kind


def of_ledger(*, ledger_id: str, kinds: Collection[str]) -> list[Sequence]:
    """Return the sequences that documents of these kinds count in, in the branches of a ledger; each of them once."""
    rows = BranchLedger.objects.filter(ledger_id=ledger_id).order_by("branch_id")
    found = [
        for_branch(branch_id=branch_id, kind=kind)
        for branch_id in rows.values_list("branch_id", flat=True)
        for kind in sorted(kinds)
    ]
    return list({row.id: row for row in found}.values())


def kinds_in(sequence: Sequence) -> tuple[str, ...]:
    """Return the kinds whose documents take this sequence's numbers: some branch's credit notes may share them."""
    sharing = Sequence.objects.filter(kind=CREDIT_NOTE, shares_invoices=True)
    return (INVOICE, CREDIT_NOTE) if sequence.kind == INVOICE and sharing.exists() else (sequence.kind,)


def peek(sequence: Sequence) -> str:
    """Return the number that would be given next, if nobody takes it before."""
    return sequence.spelt(_unused(sequence, sequence.next_number))


def ahead(sequence: Sequence, most: int) -> list[str]:
    """Return the numbers that would be given next, so that the other side can be asked whether it has them already."""
    return [sequence.spelt(number) for number in islice(_free_from(sequence, sequence.next_number), most)]


def take(*, studio_id: int, branch_id: str, kind: str, ledger_id: str = "") -> str:
    """Give the next number out, for good, if the caller's transaction commits.

    One that was used is passed over, here or on the other side, where `ledger_id` names one besides the branch's: what
    credits a held document goes where that one is. The sequence stays locked until the commit: whoever
    comes second waits, so that a failure leaves no gap.
    """
    with transaction.atomic():
        branch = branches.find(branch_id)
        kind = kind_of_sequence(branch, kind)
        own = _sequence(studio_id=studio_id, branch=branch, kind=kind)
        together = _locked_together(own.id)
        own = together[0]
        first = max(row.next_number for row in together)
        number = next(_free_from(own, first, ledger_id=ledger_id))
        _go_on(together, number + 1)
    return own.spelt(number)


def set_next(
    *,
    sequence_id: str,
    next_number: int,
    prefix: str | None = None,
    width: int | None = None,
    by: Actor,
    now: dt.datetime,
) -> Sequence:
    """Let a sequence go on at any number that was never used, with another prefix or more digits if they are given.

    Whoever counts with that prefix already goes on there too. Numbers that are left out are noted, so that their gap is
    explained. Refuses NotPermitted, NotFound, Invalid at `next_number`, `prefix` or `width`.
    """
    permissions.require(by, Action.EDIT_LEDGERS)
    with transaction.atomic():
        sequence = _locked_together(sequence_id)[0]
        has_changed = prefix is not None and prefix != sequence.prefix
        if prefix is not None and has_changed:
            sequence = _with_prefix(sequence, prefix)
        if width is not None and width != sequence.width:
            sequence = _with_width(sequence, width)
        _refuse_number(sequence, next_number)
        together = _locked_together(sequence.id)
        before = _after_last_used(sequence, next_number) if has_changed else sequence.next_number
        _note_left_out(sequence, before, next_number, by=by, now=now)
        _go_on(together, next_number)
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


def begin(
    *,
    ledger_id: str,
    kind: str = "invoice",
    prefix: str | None = None,
    next_number: int | None = None,
    by: Actor,
    now: dt.datetime,
) -> Sequence:
    """Let documents of all branches of a ledger count in one sequence of the ledger's.

    Without a prefix it goes on where the home branch's numbers are; with one of its own it begins at 1, or where it is
    told to. Refuses as `set_next` does, and NotFound.
    """
    permissions.require(by, Action.EDIT_LEDGERS)
    ledger = ledgers.find(ledger_id)
    with transaction.atomic():
        home = _sequence(studio_id=by.studio_id, branch=branches.home(), kind=kind)
        known = Sequence.objects.filter(ledger=ledger, kind=kind).first()
        row = known or Sequence.objects.create(
            studio_id=by.studio_id, ledger=ledger, kind=kind, prefix=home.prefix, width=home.width,
            next_number=home.next_number,
        )  # fmt: skip
        if prefix is None and next_number is None:
            return row
        wanted = row.prefix if prefix is None else prefix
        same = Sequence.objects.filter(kind=kind, prefix=wanted).exclude(pk=row.pk).first()
        goes_on = row.next_number if wanted == row.prefix else same.next_number if same else 1
        return set_next(sequence_id=row.id, next_number=next_number or goes_on, prefix=wanted, by=by, now=now)


def end(*, ledger_id: str, kind: str = "invoice", by: Actor, now: dt.datetime) -> None:
    """Let the branches of a ledger count by themselves again. Refuses NotPermitted, NotFound."""
    permissions.require(by, Action.EDIT_LEDGERS)
    ledger = ledgers.find(ledger_id)
    Sequence.objects.filter(ledger=ledger, kind=kind).delete()
    sentence = f"{_words(kind).capitalize()} of {ledger.name} are numbered by branch."
    activity.record(
        by=by, verb="numbers.ended", kind="ledger", subject_id=ledger.id, sentence=sentence, now=now
    )


def share_with_invoices(*, branch_id: str, is_shared: bool, by: Actor, now: dt.datetime) -> Sequence:
    """Let a branch's credit notes take the numbers of its invoices, or ones of their own. Refuses NotPermitted, NotFound."""
    permissions.require(by, Action.EDIT_LEDGERS)
    branch = branches.find(branch_id)
    with transaction.atomic():
        own = _sequence(studio_id=by.studio_id, branch=branch, kind=CREDIT_NOTE)
        if own.shares_invoices != is_shared:
            own.shares_invoices = is_shared
            own.save(update_fields=["shares_invoices"])
            whose = "the invoices' numbers" if is_shared else "numbers of their own"
            sentence = f"Credit notes of {branch.name} take {whose}."
            activity.record(
                by=by, verb="numbers.shared", kind="sequence", subject_id=own.id, sentence=sentence, now=now
            )
    return own


# What the other side has


def note_taken(*, ledger_id: str, kind: str, numbers: Mapping[str, str], now: dt.datetime) -> None:
    """Write down numbers that a ledger has already, each with why; they are passed over. Saying it twice changes nothing."""
    ledger = ledgers.find(ledger_id)
    rows = [
        NumberTaken(
            studio_id=ledger.studio_id,
            ledger=ledger,
            kind=kind,
            number=number[:50],
            why=why[:300],
            noticed_at=now,
        )
        for number, why in numbers.items()
    ]
    NumberTaken.objects.bulk_create(rows, ignore_conflicts=True)


def note_free(*, ledger_id: str, kind: str, numbers: Collection[str]) -> None:
    """Write down that a ledger has these numbers no longer: somebody freed them there (bookkeeping rule 7)."""
    NumberTaken.objects.filter(ledger_id=ledger_id, kind=kind, number__in=list(numbers)).delete()


def note_given_up(*, studio_id: int, kind: str, number: str, why: str, now: dt.datetime) -> None:
    """Write down why nothing carries this number any more, so that its gap is explained; the caller's transaction."""
    parts = split(number)
    if parts is not None:
        prefix, place = parts
        NumberSkip.objects.create(
            studio_id=studio_id, kind=kind, prefix=prefix, first=place, last=place, why=why[:300], at=now
        )


def split(number: str) -> tuple[str, int] | None:
    """Return what a number begins with, and its place; None for one that does not end in digits."""
    prefix = number.rstrip("0123456789")
    digits = number[len(prefix) :]
    if not digits or len(prefix) > LONGEST_PREFIX or int(digits) > LARGEST:
        return None
    return prefix, int(digits)


def kinds_beside(kind: str) -> tuple[str, ...]:
    """Return the kinds whose numbers may stand in one row with this one's."""
    return _FAMILY if kind in _FAMILY else (kind,)


# Steps


def _sequence(*, studio_id: int, branch: Branch, kind: str) -> Sequence:
    """The sequence of the branch's ledger where it has one of this kind, else the branch's, or the studio's."""
    if kind not in STUDIO_WIDE:
        of_ledger = Q(ledger__branches__branch=branch, kind=kind)
        shared = Sequence.objects.filter(of_ledger).first()
        if shared is not None:
            return shared
    owner = None if kind in STUDIO_WIDE else branch
    asked = Q(kind=kind, ledger=None) & (Q(branch=owner) if owner else Q(branch__isnull=True))
    found = Sequence.objects.filter(asked).first()
    if found is None:
        prefix = STUDIO_WIDE.get(kind) or _prefix_of(branch, kind)
        fresh = Sequence(studio_id=studio_id, branch=owner, kind=kind, prefix=prefix)
        # Somebody else may begin it at the same moment; then theirs stands.
        Sequence.objects.bulk_create([fresh], ignore_conflicts=True)
        found = Sequence.objects.get(asked)
    return found


def _prefix_of(branch: Branch, kind: str) -> str:
    """The branch's first three letters, more when another branch has those: LON-, then LOND-; CN-, then CN-LON-."""
    before = _BEFORE_BRANCH.get(kind, "")
    room = LONGEST_PREFIX - 5 - len(before)
    letters = "".join(letter for letter in branch.name.upper() if letter.isalnum())[:room] or "NO"
    taken = set(Sequence.objects.filter(kind=kind).values_list("prefix", flat=True))
    longer = [f"{before}{letters[:length]}-" for length in range(min(3, len(letters)), len(letters) + 1)]
    numbered = (f"{before}{letters[:3]}{number}-" for number in count(2))
    wished = [before, *longer] if before else longer
    return next((prefix for prefix in wished if prefix not in taken), None) or next(
        prefix for prefix in numbered if prefix not in taken
    )


def _locked_together(sequence_id: str) -> list[Sequence]:
    """Lock a sequence and all that count on with it, always in the same order; the asked one comes first.

    Its prefix may change between reading and locking; then it is not among those that were locked: look again. Locked
    with it, though they go on by themselves, are those of the kinds beside it: two that spell alike double no number.
    """
    while True:
        seen = Sequence.objects.filter(pk=sequence_id).first()
        if seen is None:
            raise NotFound("There is no such sequence of numbers.")
        rows = Sequence.objects.select_for_update(of=("self",)).filter(
            kind__in=kinds_beside(seen.kind), prefix=seen.prefix
        )
        locked = [row for row in rows.order_by("id") if row.kind == seen.kind]
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


def _with_width(sequence: Sequence, width: int) -> Sequence:
    if not 1 <= width <= WIDEST:
        raise Invalid(f"Between 1 and {WIDEST} digits.", field="width")
    sequence.width = width
    sequence.save(update_fields=["width"])
    return sequence


def _after_last_used(sequence: Sequence, next_number: int) -> int:
    """Where a prefix that is taken up again had got to, below where it goes on; there itself if it was never used."""
    used = [
        place
        for kind in kinds_beside(sequence.kind)
        for number in _numbers(kind).filter(number__startswith=sequence.prefix)
        if (parts := split(number)) and parts[0] == sequence.prefix and (place := parts[1]) < next_number
    ]
    return max(used) + 1 if used else next_number


def _note_left_out(sequence: Sequence, before: int, next_number: int, *, by: Actor, now: dt.datetime) -> None:
    """Numbers between the old next one and the new one may never be given: say who left them out."""
    if next_number > before:
        why = f"{by.name} set the next number to {sequence.spelt(next_number)} on {now.day} {now:%b %Y}."
        NumberSkip.objects.create(
            studio_id=sequence.studio_id,
            kind=sequence.kind,
            prefix=sequence.prefix,
            first=before,
            last=next_number - 1,
            why=why[:300],
            at=now,
        )


def _refuse_number(sequence: Sequence, next_number: int) -> None:
    if not 1 <= next_number <= LARGEST:
        raise Invalid(f"A number is between 1 and {LARGEST:,}.", field="next_number")
    spelt = sequence.spelt(next_number)
    if _used(sequence.kind, [spelt]):
        raise Invalid(f"{spelt} was used. Choose a number that was never used.", field="next_number")
    taken = _taken(sequence, [spelt]).first()
    if taken is not None:
        raise Invalid(f"{spelt} is taken: {taken.why}", field="next_number")


def _unused(sequence: Sequence, number: int) -> int:
    """The first number from here on that nothing carries; a person may have typed one, or set the sequence back."""
    return next(_free_from(sequence, number))


def _free_from(sequence: Sequence, number: int, *, ledger_id: str = "") -> Iterator[int]:
    """All such numbers, one after the other; three queries for every hundred."""
    for start in count(number, 100):
        spelt = {each: sequence.spelt(each) for each in range(start, start + 100)}
        asked = list(spelt.values())
        taken = _taken(sequence, asked, ledger_id=ledger_id)
        used = _used(sequence.kind, asked) | set(taken.values_list("number", flat=True))
        yield from (each for each, word in spelt.items() if word not in used)


def _used(kind: str, spelt: list[str]) -> set[str]:
    """Which of these numbers something carries."""
    return {number for each in kinds_beside(kind) for number in _numbers(each).filter(number__in=spelt)}


def _numbers(kind: str) -> models.QuerySet[Any, str]:
    """Every number of a kind. A kind is the name of its model, which imports this module."""
    model: Any = apps.get_model("books", kind.replace("_", ""))
    found: models.QuerySet[Any, str] = model.objects.values_list("number", flat=True)
    return found


def _taken(sequence: Sequence, spelt: list[str], *, ledger_id: str = "") -> models.QuerySet[NumberTaken]:
    """Which of these numbers a ledger has that documents of the sequence go to, or this one; the studio's go to any."""
    rows = NumberTaken.objects.filter(kind__in=kinds_beside(sequence.kind), number__in=spelt)
    if sequence.branch_id:
        its = Q(ledger__branches__branch_id=sequence.branch_id)
    elif sequence.ledger_id:
        its = Q(ledger_id=sequence.ledger_id)
    else:
        return rows
    return rows.filter(its | Q(ledger_id=ledger_id))


def _words(kind: str) -> str:
    return f"{kind.replace('_', ' ')}s"


def _record(sequence: Sequence, *, by: Actor, now: dt.datetime) -> None:
    activity.record(
        by=by,
        verb="numbers.set",
        kind="sequence",
        subject_id=sequence.id,
        sentence=f"The next {sequence.kind.replace('_', ' ')} is {sequence.spelt(sequence.next_number)}.",
        now=now,
    )
