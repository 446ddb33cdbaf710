"""Decide what an update of a copied document has to carry. Pure: four faces in, one decision out.

    ours    what the document says here, now
    sent    what it said here when it was last sent
    held    what Xero answered to that
    theirs  what Xero says now (read just before the update: bookkeeping rule 5)
    known   what Xero said when the person last looked

A field goes along when it changed here. Account, tax and tracking that somebody changed in Xero stay. Words, amounts,
dates and a status that somebody changed there are overwritten only if the person who pressed "Send changes" could see
it. Lines split, added or deleted in Xero are settled by a person first; those let stand are named, so that Xero keeps
them. `theirs` and `held` name our lines by our ids; a line without one is somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from bluestamp.sync.faces import (
    CODE_FIELDS,
    HEAD_FIELDS,
    MONEY_FIELDS,
    Face,
    LineFace,
    agree,
    by_xero_id,
    counterpart,
    says_same,
)
from bluestamp.sync.mapping import ENDED, Edit, XeroStatus, met, removal_status

#: The fields of the head that Xero and the bookkeeper's rules leave open on an issued or paid document (rule 4).
OPEN_AFTER_ISSUE = frozenset({"reference", "due_date"})
#: The fields of a line that Xero still lets move once money is applied ("Invoices", what can be edited when): not tax.
_OPEN_ON_PAID_LINES = frozenset({"description", "account_code", "tracking"})


@dataclass(frozen=True, slots=True)
class LineChange:
    """One line of an update. An existing line without changes is named by its id alone, so that Xero keeps it."""

    xero_id: str
    line: LineFace
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Change:
    """Send this. `lines` is None when no line changed: Xero then keeps all of them."""

    fields: dict[str, Any] = field(default_factory=dict)
    lines: tuple[LineChange, ...] | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Both sides agree, or nothing changed here: the copy is in step."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A person has to look first. `code` is a row of `decisions.PARKED`."""

    code: str


Decision = Change | Nothing | Stop


def decide(
    *,
    kind: str,
    our_status: str,
    ours: Face,
    sent: Face,
    held: Face,
    theirs: Face,
    known: Face,
    has_money: bool,
) -> Decision:
    """Return what to send so that Xero agrees with what changed here, or why nothing may be sent.

    `has_money` tells that a payment or credit is applied to the document in Xero.
    """
    if not ours.status:
        return _removal(kind, theirs, has_money=has_money)
    if theirs.status in ENDED:
        return Stop("GONE_FROM_XERO")
    allowed = met(kind, our_status, theirs.status).edit
    wanted = _wanted(_with_lost_replies(ours, sent, held, theirs), sent, held, theirs)
    if isinstance(wanted, Stop):
        return wanted if allowed is not Edit.NOTHING else Stop("LOCKED_IN_XERO")
    change = replace(wanted, status=_status_change(ours.status, theirs.status))
    if change == Change():
        return Nothing()
    refusal = _refusal(change, allowed, theirs, known, has_money=has_money)
    return refusal or _at_its_rate(change, ours, theirs, has_money=has_money)


def _at_its_rate(change: Change, ours: Face, theirs: Face, *, has_money: bool) -> Change:
    """The same, with the rate that both sides have: left out, Xero may take the one of another day (rule 16).

    With money applied Xero keeps the rate, and takes none.
    """
    is_kept = ours.currency_rate is not None and ours.currency_rate == theirs.currency_rate
    if not is_kept or has_money or "currency" in change.fields:
        return change
    return replace(change, fields={**change.fields, "currency_rate": ours.currency_rate})


def _refusal(change: Change, allowed: Edit, theirs: Face, known: Face, *, has_money: bool) -> Stop | None:
    if allowed is Edit.ONCE_APPROVED:
        return Stop("PUT_BACK_TO_DRAFT")
    if allowed is Edit.NOTHING:
        return Stop("LOCKED_IN_XERO")
    touches_money = _touches_money(change, theirs)
    if theirs.status != XeroStatus.DRAFT and has_money and touches_money:
        return Stop("PAID_IN_XERO")
    # books keeps the amounts of an issued invoice fixed, so what differs all the same is a correction that a person
    # gave a reason for (rule 4); only an approval in Xero that nobody here has seen yet stops it.
    if allowed is Edit.CODES_AND_DATES and touches_money and theirs.status != known.status:
        return Stop("CHANGED_IN_XERO")
    return Stop("CHANGED_IN_XERO") if _overwrites_unseen(change, theirs, known) else None


def _removal(kind: str, theirs: Face, *, has_money: bool) -> Decision:
    if theirs.status in ENDED:
        return Nothing()
    status = removal_status(kind, theirs.status, has_money=has_money)
    return Change(status=status) if status else Stop("VOID_IT_IN_XERO")


def _status_change(ours: str, theirs: str) -> str:
    """A status only ever moves among those before approval, or up to awaiting payment."""
    before_approval = (XeroStatus.DRAFT, XeroStatus.SUBMITTED)
    return ours if ours != theirs and theirs in before_approval else ""


def _wanted(ours: Face, sent: Face, held: Face, theirs: Face) -> Change | Stop:
    fields = {
        name: getattr(ours, name)
        for name in HEAD_FIELDS
        if _differs(name, ours=ours, sent=sent, held=held, theirs=theirs)
    }
    if ours.sent_to_contact and not theirs.sent_to_contact and ours.status == XeroStatus.AUTHORISED:
        fields["sent_to_contact"] = True
    lines = _wanted_lines(ours, sent, held, theirs)
    if isinstance(lines, Stop):
        return lines
    return Change(fields=fields, lines=lines)


def _differs(name: str, *, ours: Any, sent: Any, held: Any, theirs: Any) -> bool:
    """True when the sides differ and somebody changed it: not when Xero merely wrote it its own way."""
    mine, other = getattr(ours, name), getattr(theirs, name)
    if says_same(name, mine, other):
        return False
    untouched = says_same(name, mine, getattr(sent, name)) and says_same(name, other, getattr(held, name))
    return not untouched


def _with_lost_replies(ours: Face, sent: Face, held: Face, theirs: Face) -> Face:
    """Ours, with the lines named that an earlier update already added in Xero and whose answer never came.

    Without this they would be added a second time, or look like lines of somebody else's.
    """
    known = {line.our_id for line in sent.lines}
    free = [line for line in theirs.lines if not line.our_id and line.xero_id not in by_xero_id(held)]
    lines = []
    for line in ours.lines:
        found = None
        if not line.xero_id and line.our_id not in known:
            found = next((other for other in free if agree(line, other)), None)
        if found is not None:
            free.remove(found)
            line = msgspec.structs.replace(line, xero_id=found.xero_id)
        lines.append(line)
    return msgspec.structs.replace(ours, lines=tuple(lines))


def _wanted_lines(ours: Face, sent: Face, held: Face, theirs: Face) -> tuple[LineChange, ...] | Stop | None:
    changes = tuple(_line_change(line, sent, held, theirs) for line in ours.lines)
    same_lines = {line.our_id for line in ours.lines} == {line.our_id for line in sent.lines}
    if same_lines and not any(change.fields for change in changes):
        return None
    strangers = [line for line in theirs.lines if _is_strange(line, ours, sent)]
    was_added = any(line.xero_id not in by_xero_id(held) for line in strangers)
    if was_added or _was_deleted(ours, sent, theirs):
        return Stop("LINES_DIFFER")
    return changes + tuple(LineChange(line.xero_id, line, frozenset()) for line in strangers)


def _is_strange(line: LineFace, ours: Face, sent: Face) -> bool:
    """True for a line in Xero that never was one of ours: a person added it there."""
    is_sent = bool(line.our_id) and any(other.our_id == line.our_id for other in sent.lines)
    return not is_sent and line.xero_id not in by_xero_id(ours)


def _was_deleted(ours: Face, sent: Face, theirs: Face) -> bool:
    """True when a line that we sent, and still have, is no longer in Xero."""
    ours_and_sent = {line.our_id for line in ours.lines} & {line.our_id for line in sent.lines}
    return not ours_and_sent <= {line.our_id for line in theirs.lines}


def _line_change(line: LineFace, sent: Face, held: Face, theirs: Face) -> LineChange:
    there = by_xero_id(theirs).get(line.xero_id)
    if there is None:
        return LineChange("", line, frozenset({*MONEY_FIELDS, *CODE_FIELDS}))
    # A line whose reply was lost stands in Xero as it was sent: that is what both sides last agreed on.
    before, answered = counterpart(line, sent) or there, counterpart(line, held) or there
    faces = {"ours": line, "sent": before, "held": answered, "theirs": there}
    money = {name for name in MONEY_FIELDS if _money_differs(name, **faces)}
    codes = {name for name in CODE_FIELDS if _code_differs(name, **faces)}
    if money - {"description"}:
        money |= {"quantity", "unit_amount", "line_amount"}
        money |= {"discount_rate"} if line.discount_rate or there.discount_rate else set()
        money |= {"tax_amount"} if _sends_tax(line, there, codes) else set()
    return LineChange(line.xero_id, line, frozenset(money | codes))


def _sends_tax(ours: LineFace, theirs: LineFace, codes: set[str]) -> bool:
    """Our tax figure belongs to our tax rate: where Xero keeps another one, Xero reckons the tax."""
    same_rate = not ours.tax_type or says_same("tax_type", ours.tax_type, theirs.tax_type)
    return ours.sends_tax and (same_rate or "tax_type" in codes)


def _money_differs(name: str, *, ours: LineFace, sent: LineFace, held: LineFace, theirs: LineFace) -> bool:
    faces = {"ours": ours, "sent": sent, "held": held, "theirs": theirs}
    if name == "tax_amount":
        codes = {"tax_type"} if _code_differs("tax_type", **faces) else set()
        return _sends_tax(ours, theirs, codes) and _differs(name, **faces)
    return _differs(name, **faces)


def _code_differs(name: str, *, ours: LineFace, sent: LineFace, held: LineFace, theirs: LineFace) -> bool:
    changed_here = not says_same(name, getattr(ours, name), getattr(sent, name))
    changed_there = not says_same(name, getattr(theirs, name), getattr(held, name))
    same = says_same(name, getattr(ours, name), getattr(theirs, name))
    return changed_here and not changed_there and not same


def _touches_money(change: Change, theirs: Face) -> bool:
    if set(change.fields) - OPEN_AFTER_ISSUE - {"sent_to_contact"} or _removed(change, theirs):
        return True
    return any(line.fields - _OPEN_ON_PAID_LINES or not line.xero_id for line in change.lines or ())


def _removed(change: Change, theirs: Face) -> list[LineFace]:
    """The lines that Xero would delete, for the update has lines and does not name them."""
    if change.lines is None:
        return []
    named = {line.xero_id for line in change.lines}
    return [line for line in theirs.lines if line.xero_id not in named]


def _overwrites_unseen(change: Change, theirs: Face, known: Face) -> bool:
    """True when the update would write over something that changed in Xero after the person looked."""
    written = [*change.fields, *(["status"] if change.status else [])]
    if any(not says_same(name, getattr(theirs, name), getattr(known, name)) for name in written):
        return True
    known_lines, their_lines = by_xero_id(known), by_xero_id(theirs)
    fields = {line.xero_id: _written(line.fields) for line in change.lines or () if line.xero_id}
    fields |= {line.xero_id: {*MONEY_FIELDS, *CODE_FIELDS} for line in _removed(change, theirs)}
    return any(
        not says_same(name, getattr(their_lines[xero_id], name), getattr(known_lines[xero_id], name))
        for xero_id, names in fields.items()
        if xero_id in known_lines
        for name in names
    )


def _written(fields: frozenset[str]) -> set[str]:
    """What a change of these fields writes over: Xero reckons the tax anew when an amount or the rate moves."""
    return {*fields, "tax_amount"} if fields & {"line_amount", "tax_type"} else set(fields)
