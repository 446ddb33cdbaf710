"""Gaps: the numbers that are missing between those that were used, and why (bookkeeping rule 7).

A gap is explained by what was written down when it came about: a number that the other side had already, numbers that a
person left out, one that a job gave up for another. What is not given yet is told apart from what is missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Rows
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from django.apps import apps

from bluestamp.books import numbers
from bluestamp.books.numbers import NumberSkip, NumberTaken, Sequence

NOBODY_KNOWS: Final = "Nothing was written down about it."


@dataclass(frozen=True, kw_only=True)
class Skip:
    """Numbers that were left out, from the first to the last, and why."""

    first: int
    last: int
    why: str


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Numbers of one sequence that nothing carries, spelt, with the reason; `is_explained` is False where none is known."""

    kind: str
    first: str
    last: str
    many: int
    why: str
    is_explained: bool


@dataclass(frozen=True, kw_only=True)
class Span:
    """Missing numbers in a row that have one reason; "" for none."""

    first: int
    last: int
    why: str = ""


def explain(
    used: Iterable[int], *, taken: Mapping[int, str], skips: Rows[Skip], next_number: int
) -> list[Span]:
    """Return what is missing between the first and the last used number, cut where the reason changes.

    From `next_number` on nothing is missing: those numbers are still to come.
    """
    found: list[Span] = []
    known = sorted(set(used))
    for before, after in pairwise(known):
        first, last = before + 1, min(after, next_number) - 1
        found += _cut(first, last, taken, skips)
    return found


def all_of_studio() -> list[Gap]:
    """Return every gap of the open studio, by kind and number."""
    found: list[Gap] = []
    for (kind, prefix), used in sorted(_used().items()):
        family = numbers.kinds_beside(kind)
        sequences = list(Sequence.objects.filter(kind__in=family, prefix=prefix))
        width = min((row.width for row in sequences), default=numbers.WIDTH)
        goes_on = max((row.next_number for row in sequences), default=max(used) + 1)
        spans = explain(used, taken=_taken(family, prefix), skips=_skips(family, prefix), next_number=goes_on)
        found += [_gap(kind, prefix, width, span) for span in spans]
    return found


# Steps


def _cut(first: int, last: int, taken: Mapping[int, str], skips: Rows[Skip]) -> list[Span]:
    """Cut a row of missing numbers at every number where another reason may begin; neighbours with one reason are one."""
    if first > last:
        return []
    inside = {number for number in taken if first <= number <= last}
    starts = {first, *inside, *(number + 1 for number in inside)}
    starts |= {edge for skip in skips for edge in (skip.first, skip.last + 1)}
    edges = [*sorted(edge for edge in starts if first <= edge <= last), last + 1]
    spans: list[Span] = []
    for start, end in pairwise(edges):
        why = taken.get(start) or _why_left_out(start, skips)
        if spans and spans[-1].why == why:
            spans[-1] = Span(first=spans[-1].first, last=end - 1, why=why)
        else:
            spans.append(Span(first=start, last=end - 1, why=why))
    return spans


def _why_left_out(number: int, skips: Rows[Skip]) -> str:
    """The latest reason counts: `skips` has the newest first."""
    return next((skip.why for skip in skips if skip.first <= number <= skip.last), "")


def _used() -> dict[tuple[str, str], set[int]]:
    """What is used, by kind and prefix; kinds whose numbers may stand in one row are taken as one."""
    found: dict[tuple[str, str], set[int]] = defaultdict(set)
    for kind in (*numbers.STUDIO_WIDE, *numbers.BY_BRANCH):
        model: Any = apps.get_model("books", kind.replace("_", ""))
        for number in model.objects.exclude(number="").values_list("number", flat=True).iterator():
            parts = numbers.split(number)
            if parts is not None:
                found[numbers.kinds_beside(kind)[0], parts[0]].add(parts[1])
    return found


def _taken(family: tuple[str, ...], prefix: str) -> dict[int, str]:
    rows = NumberTaken.objects.filter(kind__in=family, number__startswith=prefix)
    found: dict[int, str] = {}
    for row in rows.select_related("ledger"):
        parts = numbers.split(row.number)
        if parts is not None and parts[0] == prefix:
            found[parts[1]] = f"Taken in {row.ledger.name}: {row.why}"
    return found


def _skips(family: tuple[str, ...], prefix: str) -> list[Skip]:
    rows = NumberSkip.objects.filter(kind__in=family, prefix=prefix).order_by("-at", "-id")
    return [Skip(first=row.first, last=row.last, why=row.why) for row in rows]


def _gap(kind: str, prefix: str, width: int, span: Span) -> Gap:
    first, last = (f"{prefix}{number:0{width}d}" for number in (span.first, span.last))
    return Gap(
        kind=kind,
        first=first,
        last=last,
        many=span.last - span.first + 1,
        why=span.why or NOBODY_KNOWS,
        is_explained=bool(span.why),
    )
