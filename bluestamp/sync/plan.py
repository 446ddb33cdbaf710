"""Decide what a document read from Xero changes here. Pure: what ours is, what we last saw, what Xero says now.

Payment standing is taken over. A status follows the table in `mapping`. A field that a person changed in Xero is a
difference to show, never an overwrite. A document that left Xero's books breaks the link and asks.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from bluestamp.sync.comparisons import differences
from bluestamp.sync.faces import Face
from bluestamp.sync.mapping import ENDED, REMOVED_HERE, Edit, Follow, XeroStatus, met


class CopyState(StrEnum):
    """The copy standing of a document: one of the three standings, never merged with status or payment."""

    NOT_IN_XERO = "not_in_xero"
    WAITING = "waiting"
    SENDING = "sending"
    IN_STEP = "in_step"
    CHANGES_TO_SEND = "changes_to_send"
    CHANGED_IN_XERO = "changed_in_xero"
    LOCKED_IN_XERO = "locked_in_xero"
    OFF_BY_CENTS = "off_by_cents"
    REFUSED = "refused"
    GONE = "gone"
    CONNECTION_LOST = "connection_lost"
    IN_THE_BOOKS = "in_the_books"


@dataclass(frozen=True, slots=True)
class Money:
    """The payment standing that Xero shows. Amounts in the document's currency."""

    amount_paid: Decimal
    amount_credited: Decimal
    amount_due: Decimal
    fully_paid_on: dt.date | None


@dataclass(frozen=True, slots=True)
class Last:
    """What we last saw of a copy: its faces, its money, and the instant Xero last touched it."""

    sent: Face
    held: Face
    theirs: Face
    money: Money | None
    updated_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a reading changes here. Everything false and None: no news."""

    follow: Follow = Follow.STAY
    money: Money | None = None
    is_locked: bool = False
    state: CopyState = CopyState.IN_STEP
    sentence: str = ""
    is_news: bool = True


def plan(
    *,
    kind: str,
    our_status: str,
    ours: Face,
    changed_here: bool,
    last: Last,
    theirs: Face,
    money: Money,
    updated_at: dt.datetime | None,
) -> Plan:
    """Return what to do with a document as Xero shows it now.

    `changed_here` tells that our version is newer than the one sent. What we changed ourselves comes back as an
    event too; it is recognised by its instant and content and is no news.
    """
    if (
        updated_at is not None
        and updated_at == last.updated_at
        and theirs == last.theirs
        and money == last.money
    ):
        return Plan(is_news=False)
    if our_status == REMOVED_HERE[kind] and theirs.status in ENDED:
        return Plan(money=money)
    row = met(kind, our_status, theirs.status)
    if row.follow is Follow.UNPAY and not _was_paid(last):
        # Paid before it was ever sent (bookkeeping rule 18): Xero has not undone what it never knew.
        return Plan(state=_state(Follow.STAY, False, ours, last, theirs))
    is_locked = row.edit is Edit.NOTHING and row.follow not in (Follow.LOSE, Follow.VOID)
    return Plan(
        follow=row.follow,
        money=None if row.follow is Follow.LOSE else money,
        is_locked=is_locked,
        state=_state(row.follow, is_locked and changed_here, ours, last, theirs),
        sentence=row.seen if row.follow is not Follow.STAY else "",
    )


def _was_paid(last: Last) -> bool:
    """Whether Xero ever showed the document as billed, or with money on it."""
    money = last.money
    has_money = money is not None and (money.amount_paid > 0 or money.amount_credited > 0)
    return has_money or last.theirs.status in (XeroStatus.PAID, XeroStatus.BILLED)


def _state(follow: Follow, locked_with_changes: bool, ours: Face, last: Last, theirs: Face) -> CopyState:
    if follow is Follow.LOSE:
        return CopyState.GONE
    if locked_with_changes:
        return CopyState.LOCKED_IN_XERO
    changed = differences(ours=ours, sent=last.sent, held=last.held, theirs=theirs)
    if any(row.changed_by in ("xero", "both") for row in changed):
        return CopyState.CHANGED_IN_XERO
    if last.held.total != theirs.total and ours.total != theirs.total:
        return CopyState.CHANGED_IN_XERO
    return CopyState.OFF_BY_CENTS if last.sent.total != last.held.total else CopyState.IN_STEP
