"""Exchange rates: which way round a rate is meant, what an amount comes to at it, and how it reads.

Which way round Xero means `CurrencyRate` its pages don't say. A rate is therefore kept, sent, compared and typed as
the figure that Xero has, and only `sides` knows what "one" it is counted for: turned round, no stored figure changes,
no place is lost, and every page, sentence and sum turns with it.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Final

from babel.numbers import get_currency_precision

from bluestamp.errors import Invalid
from bluestamp.money.amounts import EXACT, format_amount, format_plain

#: What Xero takes of a rate ("Invoices": max length [18].[6]).
RATE_PLACES: Final = 6
_RATE_STEP: Final = Decimal(1).scaleb(-RATE_PLACES)


class RateMeaning(StrEnum):
    """The two things that a currency rate can mean."""

    DOCUMENT_PER_BASE = "document_per_base"
    BASE_PER_DOCUMENT = "base_per_document"


# Nothing we have seen settles it. This is the one switch: check it against a foreign invoice in a demo organisation
# (docs/xero.md, "Before the first real use"), and change it here and nowhere else.
CURRENCY_RATE_MEANS: RateMeaning = RateMeaning.DOCUMENT_PER_BASE

# A rate of our own further than this from Xero's is most likely upside down or mistyped (bookkeeping rule 16).
RATE_TOLERANCE_PERCENT: Final = Decimal(10)


class NotARate(Invalid):
    """A currency rate is above zero and has at most six decimal places."""

    code = "NOT_A_RATE"


def sides(*, base: str, currency: str, means: RateMeaning = CURRENCY_RATE_MEANS) -> tuple[str, str]:
    """Return the two currencies of "1 … = rate …" in this order: the only place that knows the direction."""
    return (base, currency) if means is RateMeaning.DOCUMENT_PER_BASE else (currency, base)


def words(rate: Decimal, *, base: str, currency: str, means: RateMeaning = CURRENCY_RATE_MEANS) -> str:
    """Write a rate so that it reads one way only: "1 GBP = 1.1731 EUR". Refuses (NotARate) as `convert` does."""
    refuse_no_rate(rate)
    one, other = sides(base=base, currency=currency, means=means)
    return f"1 {one} = {format_plain(rate)} {other}"


def convert(
    amount: Decimal,
    rate: Decimal,
    *,
    into: str,
    base: str,
    currency: str,
    means: RateMeaning = CURRENCY_RATE_MEANS,
) -> Decimal:
    """Exchange an amount of a document into one of its two currencies, rounded half up at that currency's places.

    Refuses (NotARate) a rate that isn't above zero. Raises ValueError for a third currency.
    """
    refuse_no_rate(rate)
    one, other = sides(base=base, currency=currency, means=means)
    if into not in (one, other):
        raise ValueError(f"{into} is neither {one} nor {other}")
    with localcontext(EXACT):
        exchanged = amount / rate if into == one else amount * rate
    return _rounded(exchanged, places=places_of(into))


def places_of(currency: str) -> int:
    """Return the decimal places in which a currency is counted: 2 for GBP, 0 for JPY; 2 for an unknown one."""
    return int(get_currency_precision(currency))


def to_rate(value: Decimal) -> Decimal:
    """Round a rate half up to the six places that both sides keep. Raises ValueError for NaN and infinity."""
    return _rounded(value, places=RATE_PLACES)


def format_worth(value: Decimal, *, currency: str, locale: str) -> str:
    """Write what a document is worth in another currency for a person, with that currency's places (1,200 JPY)."""
    if places_of(currency) == 2:
        return format_amount(value, currency=currency, locale=locale)
    return f"{value:,.{places_of(currency)}f}\u00a0{currency}"


def differs_too_much(ours: Decimal, theirs: Decimal) -> bool:
    """Say whether our rate is more than 10 % off Xero's. Refuses (NotARate) rates that aren't above zero."""
    refuse_no_rate(ours)
    refuse_no_rate(theirs)
    with localcontext(EXACT):
        return abs(ours - theirs) * 100 > theirs * RATE_TOLERANCE_PERCENT


def refuse_no_rate(rate: Decimal, *, field: str = "") -> None:
    """Refuse (NotARate, naming `field`) what is no rate: nothing, less than that, or more places than Xero takes."""
    if not (rate.is_finite() and rate > 0):
        raise NotARate("A rate is above zero.", field=field)
    if rate != rate.quantize(_RATE_STEP, context=EXACT):
        raise NotARate(f"A rate has at most {RATE_PLACES} decimal places.", field=field)


def _rounded(value: Decimal, *, places: int) -> Decimal:
    if not value.is_finite():
        raise ValueError(f"{value} is not an amount")
    return EXACT.add(value.quantize(Decimal(1).scaleb(-places), context=EXACT), Decimal(0))  # never -0
