"""Which of our payments and credit applications are which in Xero. Pure: counted, for nothing of ours is carried there.

Xero gives a payment no field for our id, and its answer echoes only what was sent. So two are the same when document,
day, amount and reference agree, and of several that agree as many are taken as there are (bookkeeping rule 12). One
that Xero holds already is never taken twice: whoever has its id here, has it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from bluestamp.xero.exchanges import Result
from bluestamp.xero.records import NO_ID

#: Two payments of the same amount within this time may be one (bookkeeping rule 12).
NEAR: Final = dt.timedelta(days=7)

Key = tuple[object, ...]
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of ours that goes to Xero: its id here, and the key by which it is known there."""

    row_id: str
    key: Key


@dataclass(frozen=True, slots=True)
class There:
    """One that Xero holds: its id there ("" where an old answer gave none) and its key."""

    external_id: str
    key: Key


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of ours: done under an id of Xero's ("" where it gave none), or refused in Xero's words."""

    row_id: str
    external_id: str = ""
    messages: tuple[str, ...] = ()

    @property
    def is_refused(self) -> bool:
        """Whether Xero said no to it."""
        return bool(self.messages)


@dataclass(frozen=True, slots=True)
class Money:
    """A payment, ours or Xero's: of which document, when, how much."""

    document_id: str
    paid_on: dt.date
    amount: Decimal
    reference: str = ""
    external_id: str = ""


def payment_key(document_id: str, paid_on: dt.date | None, amount: Decimal, reference: str) -> Key:
    """Return what a payment is known by: Xero's document, day, amount, and reference as Xero trims it."""
    day = paid_on.isoformat() if paid_on else ""
    return (document_id.lower(), day, amount.quantize(Decimal("0.01")), reference.strip())


def allocation_key(invoice_id: str, amount: Decimal) -> Key:
    """Return what an allocation of one note is known by. Its day is Xero's own affair."""
    return (invoice_id.lower(), amount.quantize(Decimal("0.01")))


def outcomes(
    wanted: Sequence[Wanted],
    results: Iterable[Result[Record]],
    *,
    key: Callable[[Record], Key],
    external_id: Callable[[Record], str],
) -> list[Outcome]:
    """Return what Xero's answer says of each of ours; one that it does not name is left out.

    A refused element that says nothing of itself is the one that is left when only one is: each element has an answer.
    """
    open_ones = _queues(wanted)
    found: list[Outcome] = []
    nameless: list[Result[Record]] = []
    for result in sorted(results, key=lambda one: one.is_refused):
        queue = open_ones.get(key(result.record))
        if queue:
            found.append(_outcome(queue.pop(0), result, external_id))
        else:
            nameless.append(result)
    rest = [one for queue in open_ones.values() for one in queue]
    if len(rest) == len(nameless) == 1 and nameless[0].is_refused:
        found.append(_outcome(rest[0], nameless[0], external_id))
    return found


def counted(
    wanted: Sequence[Wanted], there: Iterable[There], *, known: Collection[str], settled: Iterable[Key] = ()
) -> list[Outcome]:
    """Return which of ours Xero holds although it never said so: those that agree, as many as nobody here has yet.

    `known` are Xero's ids that somebody here has; `settled` the keys of those that are there under an id never told.
    """
    free = _free(there, known)
    for key in settled:
        if free.get(key):
            free[key].pop(0)
    return [Outcome(one.row_id, free[one.key].pop(0)) for one in wanted if free.get(one.key)]


def twin(ours: Money, there: Iterable[Money], *, known: Collection[str]) -> Money | None:
    """Return a payment in Xero that may be this one: the same amount within seven days, and nobody here knows it."""
    alike = [
        one
        for one in there
        if one.external_id not in known
        and one.document_id.lower() == ours.document_id.lower()
        and one.amount == ours.amount
        and abs(one.paid_on - ours.paid_on) <= NEAR
    ]
    return min(alike, key=lambda one: (abs(one.paid_on - ours.paid_on), one.external_id), default=None)


def _outcome(one: Wanted, result: Result[Record], external_id: Callable[[Record], str]) -> Outcome:
    if result.is_refused:
        return Outcome(one.row_id, messages=result.errors or ("Xero refused it without a reason.",))
    id_ = external_id(result.record)
    return Outcome(one.row_id, "" if id_ == NO_ID else id_)


def _queues(wanted: Sequence[Wanted]) -> Mapping[Key, list[Wanted]]:
    found: defaultdict[Key, list[Wanted]] = defaultdict(list)
    for one in wanted:
        found[one.key].append(one)
    return found


def _free(there: Iterable[There], known: Collection[str]) -> Mapping[Key, list[str]]:
    found: defaultdict[Key, list[str]] = defaultdict(list)
    for one in there:
        if not one.external_id or one.external_id not in known:
            found[one.key].append(one.external_id)
    return found
