"""What lines, tax and documents come to, cent for cent as Xero works it out.

Each line is rounded half up to two places, its tax is worked out from the rounded line and rounded again, and only
then are lines added up (Xero developer pages, "Rounding in Xero"). Taxing the sum would differ by a cent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal, localcontext
from enum import StrEnum
from typing import Final

from bluestamp.money.amounts import CENT, EXACT, to_cents, to_unit

_HUNDRED: Final = Decimal(100)
_ZERO: Final = Decimal("0.00")


class TaxMode(StrEnum):
    """Whether the typed amounts leave tax out, hold it already, or bear none."""

    EXCLUSIVE = "exclusive"
    INCLUSIVE = "inclusive"
    NO_TAX = "no_tax"


@dataclass(frozen=True, slots=True)
class Line:
    """What a line's amounts depend on. Rates are percentages: 20 is a fifth.

    `typed_tax` is a tax figure typed to match the paper; it stands in place of the calculated one.
    """

    quantity: Decimal
    unit_amount: Decimal
    discount_rate: Decimal = Decimal(0)
    tax_percent: Decimal = Decimal(0)
    typed_tax: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineTotals:
    """What one line comes to, in cents. `net_amount` is without tax in every mode."""

    line_amount: Decimal
    tax_amount: Decimal
    net_amount: Decimal
    discount_amount: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """What a document comes to: `total` is always `sub_total` + `total_tax`, `sub_total` always without tax.

    The figures by percentage (for the tax summary of a printed invoice) are in rising order, and empty without tax.
    """

    lines: tuple[LineTotals, ...]
    sub_total: Decimal
    total_tax: Decimal
    total: Decimal
    tax_by_percent: Mapping[Decimal, Decimal]
    net_by_percent: Mapping[Decimal, Decimal]
    total_discount: Decimal


def line_amount(line: Line) -> Decimal:
    """Give quantity times unit amount less discount, in cents; with tax in it when the document's mode is inclusive."""
    with localcontext(EXACT):
        kept = (_HUNDRED - line.discount_rate) / _HUNDRED
        return to_cents(line.quantity * line.unit_amount * kept)


def line_tax(line: Line, mode: TaxMode) -> Decimal:
    """Give the line's tax in cents: the typed figure if there is one, else worked out from the rounded line amount.

    A document without tax has none on any line; a figure typed before stays with the line and waits.
    """
    if mode is TaxMode.NO_TAX:
        return _ZERO
    if line.typed_tax is not None:
        return to_cents(line.typed_tax)
    return _calculated_tax(line_amount(line), percent=line.tax_percent, mode=mode)


def totals(lines: Iterable[Line], mode: TaxMode) -> Totals:
    """Add up a document the way Xero does: rounded lines and rounded taxes, never the tax of the sum."""
    given = tuple(lines)
    each = tuple(_line_totals(line, mode) for line in given)
    sub_total = _sum(line.net_amount for line in each)
    total_tax = _sum(line.tax_amount for line in each)
    taxed = given if mode is not TaxMode.NO_TAX else ()
    return Totals(
        lines=each,
        sub_total=sub_total,
        total_tax=total_tax,
        total=_sum((sub_total, total_tax)),
        tax_by_percent=_by_percent(taxed, [line.tax_amount for line in each]),
        net_by_percent=_by_percent(taxed, [line.net_amount for line in each]),
        total_discount=_sum(line.discount_amount for line in each),
    )


def credit_line(line: Line) -> Line:
    """Give the line that credits this one in full where no discount can be written: on bills and credit notes.

    A discounted line becomes quantity 1 at what was left of it, so that a full credit equals its invoice to the cent
    (Xero takes discounts on sales invoices, quotes and orders only); an undiscounted line stays as it was.
    """
    if not line.discount_rate:
        return line
    return replace(line, quantity=Decimal(1), unit_amount=line_amount(line), discount_rate=Decimal(0))


# ── tax rates ──


@dataclass(frozen=True, slots=True)
class TaxComponent:
    """One part of a tax rate. A compound part is charged on the amount and on the other parts' tax."""

    percent: Decimal
    is_compound: bool = False


def effective_percent(components: Iterable[TaxComponent]) -> Decimal:
    """Give the one percentage, to four places, that all components of a tax rate come to: 6 with 4 compound is 10.24."""
    parts = tuple(components)
    with localcontext(EXACT):
        factor = 1 + sum((part.percent for part in parts if not part.is_compound), Decimal(0)) / _HUNDRED
        for part in parts:
            if part.is_compound:
                factor *= 1 + part.percent / _HUNDRED
        return to_unit((factor - 1) * _HUNDRED)


# ── instalments ──


def split(total: Decimal, *, into: int) -> tuple[Decimal, ...]:
    """Share an amount into equal instalments that add up to it; odd cents go one each to the first ones.

    Raises ValueError for fewer than one instalment.
    """
    if into < 1:
        raise ValueError("an amount is shared into one instalment or more")
    cents = int(to_cents(total) / CENT)
    share, odd = divmod(abs(cents), into)
    sign = -1 if cents < 0 else 1
    return tuple(sign * (share + (1 if place < odd else 0)) * CENT for place in range(into))


def apportion(total: Decimal, *, by: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """Share an amount in these proportions, to the cent, so that the shares add up to it (largest remainder).

    Raises ValueError for proportions that come to nothing.
    """
    whole = _sum(by)
    if not whole:
        raise ValueError("proportions come to something")
    with localcontext(EXACT):
        exact = [to_cents(total) * part / whole / CENT for part in by]
        cents = [part.to_integral_value(ROUND_FLOOR) for part in exact]
        missing = int(to_cents(total) / CENT - sum(cents, Decimal(0)))
        largest = sorted(range(len(exact)), key=lambda place: cents[place] - exact[place])
        for place in largest[:missing]:
            cents[place] += 1
        return tuple(to_cents(share * CENT) for share in cents)


# ── steps ──


def _line_totals(line: Line, mode: TaxMode) -> LineTotals:
    amount, tax = line_amount(line), line_tax(line, mode)
    with localcontext(EXACT):
        return LineTotals(
            line_amount=amount,
            tax_amount=tax,
            net_amount=amount - tax if mode is TaxMode.INCLUSIVE else amount,
            discount_amount=to_cents(line.quantity * line.unit_amount) - amount,
        )


def _calculated_tax(amount: Decimal, *, percent: Decimal, mode: TaxMode) -> Decimal:
    with localcontext(EXACT):
        base = _HUNDRED + percent if mode is TaxMode.INCLUSIVE else _HUNDRED
        return to_cents(amount * percent / base)


def _by_percent(lines: Sequence[Line], figures: Sequence[Decimal]) -> Mapping[Decimal, Decimal]:
    gathered: defaultdict[Decimal, list[Decimal]] = defaultdict(list)
    for line, figure in zip(lines, figures, strict=False):  # no lines at all when the document bears no tax
        gathered[line.tax_percent].append(figure)
    return {percent: _sum(gathered[percent]) for percent in sorted(gathered)}


def _sum(figures: Iterable[Decimal]) -> Decimal:
    with localcontext(EXACT):
        return sum(figures, _ZERO)
