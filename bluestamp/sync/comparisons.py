"""What differs between a document here and its copy in Xero, field by field, for a person to read. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bluestamp.money import exchange
from bluestamp.sync.faces import (
    CODE_FIELDS,
    HEAD_FIELDS,
    Face,
    LineFace,
    by_our_id,
    by_xero_id,
    counterpart,
    says_same,
)

#: The fields of a line that are worth a person's eye; the others follow from them.
LINE_FIELDS = {
    "description": "description",
    "quantity": "quantity",
    "unit_amount": "unit amount",
    "discount_rate": "discount",
    "account_code": "account",
    "tax_type": "tax",
    "line_amount": "amount",
    "tax_amount": "tax amount",
}
#: Shown also when both sides have let it stand: where a cost is booked, and which tax figure is off by a cent.
_ALWAYS_SHOWN = frozenset({*CODE_FIELDS, "tax_amount"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that says one thing here and another in Xero. Texts are ready to show; "" where a side has nothing."""

    field: str
    label: str
    here: str
    in_xero: str
    line_id: str = ""
    changed_by: str = ""  # "here", "xero", "both"; "" when it has differed since the last send


def differences(*, ours: Face, sent: Face, held: Face, theirs: Face, base: str = "") -> list[Difference]:
    """Return every field that somebody changed, codes and taxes that differ, head first, then lines, then the total.

    `base` is the currency of the books, in which exchange rates are told.
    """
    found = [_rate_told(row, ours, theirs, base) for row in _head(ours, sent, held, theirs)]
    found += _lines(ours, sent, held, theirs)
    if ours.total != theirs.total:
        found.append(Difference("total", "Total", _shown(ours.total), _shown(theirs.total)))
    return found


def _head(ours: Face, sent: Face, held: Face, theirs: Face) -> Iterator[Difference]:
    for name, label in HEAD_FIELDS.items():
        row = _difference(name, label, ours, sent, held, theirs)
        if row is not None:
            yield row


def _rate_told(row: Difference, ours: Face, theirs: Face, base: str) -> Difference:
    """An exchange rate reads one way only: a bare figure could be either way round."""
    if row.field != "currency_rate" or not base:
        return row
    return replace(row, here=_rate_of(ours, base), in_xero=_rate_of(theirs, base))


def _rate_of(face: Face, base: str) -> str:
    if face.currency_rate is None or face.currency == base:
        return _shown(face.currency_rate)
    return exchange.words(face.currency_rate, base=base, currency=face.currency)


def _lines(ours: Face, sent: Face, held: Face, theirs: Face) -> list[Difference]:
    found: list[Difference] = []
    their_lines, sent_lines = by_xero_id(theirs), by_our_id(sent)
    for number, line in enumerate(ours.lines, start=1):
        other = their_lines.get(line.xero_id)
        if other is not None:
            found += _line(f"Line {number}", line, sent, held, other)
            continue
        changed_by = "xero" if line.our_id in sent_lines else "here"
        label, shown = f"Line {number}", _line_shown(line)
        found.append(Difference("line", label, shown, "", line_id=line.our_id, changed_by=changed_by))
    matched = by_xero_id(ours)
    for number, other in enumerate(theirs.lines, start=1):
        if other.xero_id not in matched:
            changed_by = _who_left_it(other, sent, held)
            label, shown = f"Line {number} in Xero", _line_shown(other)
            found.append(Difference("line", label, "", shown, changed_by=changed_by))
    return found


def _who_left_it(other: LineFace, sent: Face, held: Face) -> str:
    """A line that stands in Xero alone: removed here, added there, or let stand at the last send."""
    if other.our_id and other.our_id in by_our_id(sent):
        return "here"
    return "" if other.xero_id in by_xero_id(held) else "xero"


def _line(label: str, line: LineFace, sent: Face, held: Face, other: LineFace) -> Iterator[Difference]:
    before, answered = counterpart(line, sent) or line, counterpart(line, held) or other
    for name, word in LINE_FIELDS.items():
        if name == "tax_amount" and not says_same("line_amount", line.line_amount, other.line_amount):
            continue  # it follows from the amount
        row = _difference(name, f"{label} {word}", line, before, answered, other, line_id=line.our_id)
        if row is not None:
            yield row


def _difference(
    name: str, label: str, ours: Any, sent: Any, held: Any, theirs: Any, *, line_id: str = ""
) -> Difference | None:
    mine, other = getattr(ours, name), getattr(theirs, name)
    if says_same(name, mine, other):
        return None
    here = not says_same(name, mine, getattr(sent, name))
    there = not says_same(name, other, getattr(held, name))
    if not here and not there and name not in _ALWAYS_SHOWN:
        return None
    changed_by = "both" if here and there else "here" if here else "xero" if there else ""
    return Difference(name, label, _shown(mine), _shown(other), line_id=line_id, changed_by=changed_by)


def _line_shown(line: LineFace) -> str:
    return f"{line.description.splitlines()[0] if line.description else 'Line'} · {_shown(line.line_amount)}"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        plain = f"{value.normalize():f}"
        whole, _, places = plain.partition(".")
        return f"{whole}.{places.ljust(2, '0')}"
    if isinstance(value, dt.date):
        return f"{value.day} {value:%b %Y}"
    return str(value)
