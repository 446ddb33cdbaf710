"""Instalments: what each invoice of a quote bills of its lines, so that all of them come to the quote to the cent. Pure.

A share has its part of every quantity, at the unit amounts that the client has agreed to. Quantities have four places,
so what that comes to may be off by cents: the last share takes exactly what remains of each line. Where no quantity
comes to that, it is one piece at that amount. Amounts are as the quote means them; each invoice's tax follows from its
own lines, as Xero and the tax office reckon it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from bluestamp.books.line_items import LineDraft
from bluestamp.money import amounts, totals
from bluestamp.money.totals import Line

ZERO: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Billed:
    """So much of one line was invoiced already."""

    quantity: Decimal = Decimal(0)
    amount: Decimal = ZERO


def share(lines: Sequence[LineDraft], billed: Sequence[Billed], percent: Decimal) -> tuple[LineDraft, ...]:
    """Return the lines of a share that is not the last: so much of a hundred, of no line more than is left."""
    return _without_what_is_done(_line(line, done, percent) for line, done in zip(lines, billed, strict=True))


def rest(lines: Sequence[LineDraft], billed: Sequence[Billed]) -> tuple[LineDraft, ...]:
    """Return the lines of the last share: of each line exactly what is left."""
    return _without_what_is_done(
        (line, _over(line, amount_of(line) - done.amount, line.quantity - done.quantity))
        for line, done in zip(lines, billed, strict=True)
    )


def rest_in_all(lines: Sequence[LineDraft], remaining: Decimal) -> tuple[LineDraft, ...]:
    """Return the lines of the last share where only the sum is known, for somebody changed an invoice: that sum."""
    parts = totals.apportion(remaining, by=[amount_of(line) for line in lines])
    return tuple(_over(line, part, Decimal(0)) for line, part in zip(lines, parts, strict=True))


def amount_of(line: LineDraft) -> Decimal:
    """Return what a line comes to, as its document's amounts are meant."""
    return totals.line_amount(Line(line.quantity, line.unit_amount, line.discount_rate))


# Steps


def _line(line: LineDraft, done: Billed, percent: Decimal) -> tuple[LineDraft, LineDraft]:
    scaled = replace(line, quantity=amounts.to_unit(line.quantity * percent / 100))
    left = amount_of(line) - done.amount
    most, least = max(left, ZERO), min(left, ZERO)
    if least <= amount_of(scaled) <= most:
        return line, scaled
    wanted = amounts.to_cents(amount_of(line) * percent / 100)
    return line, _piece(line, min(max(wanted, least), most))


def _over(line: LineDraft, amount: Decimal, quantity: Decimal) -> LineDraft:
    """The line over this amount: with that quantity, or the part of its own, where one comes to it to the cent."""
    whole = amount_of(line)
    part = amounts.to_unit(line.quantity * amount / whole) if whole else line.quantity
    for tried in (quantity, part):
        scaled = replace(line, quantity=tried)
        if tried >= 0 and amount_of(scaled) == amount:
            return scaled
    return _piece(line, amount)


def _piece(line: LineDraft, amount: Decimal) -> LineDraft:
    return replace(line, quantity=Decimal(1), unit_amount=amount, discount_rate=Decimal(0))


def _without_what_is_done(pairs: Iterable[tuple[LineDraft, LineDraft]]) -> tuple[LineDraft, ...]:
    """Leave out what comes to nothing of a line over something; lines over nothing are words, and stay."""
    found = list(pairs)
    kept = tuple(part for line, part in found if amount_of(part) or not amount_of(line))
    return kept or tuple(part for _, part in found)
