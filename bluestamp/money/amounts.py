"""One figure at a time: round it, read it from what a person typed, write it for a person or a machine."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.numbers import NumberPattern

from bluestamp.errors import Invalid

CENT: Final = Decimal("0.01")
UNIT: Final = Decimal("0.0001")
MINUS: Final = "\u2212"

# The most that Xero takes as a line amount (Xero developer pages, "Invoices").
LARGEST: Final = Decimal("9999999999.99")

# Wide enough that no product of a quantity, a price, a discount and a rate is ever rounded on the way: the only
# rounding is the one we ask for. Python's own 28 digits would round twice on very large lines.
EXACT: Final = Context(prec=80, rounding=ROUND_HALF_UP)


class NotAnAmount(Invalid):
    """What was typed can't be read as one figure and one only."""

    code = "NOT_AN_AMOUNT"


def to_cents(value: Decimal) -> Decimal:
    """Round half up (away from zero) to two places, in every currency; never gives a negative zero.

    Raises ValueError for NaN and infinity.
    """
    return _rounded(value, step=CENT)


def to_unit(value: Decimal) -> Decimal:
    """Round half up (away from zero) to the four places of unit amounts, quantities and percentages.

    Raises ValueError for NaN and infinity.
    """
    return _rounded(value, step=UNIT)


def is_too_large(value: Decimal) -> bool:
    """Say whether an amount, of either sign, is beyond what a line or a document may come to."""
    return value.copy_abs() > LARGEST


def parse_amount(text: str, *, places: int, field: str = "") -> Decimal:
    """Read a figure as a person types or pastes it: 1,234.50, 1 234,50, 1.234,50 and 1'234.50 are all 1234.50.

    A single point is always the decimal point. Refuses (NotAnAmount, naming `field`) what isn't a figure, what could
    be two different figures, more than `places` decimal places, and amounts beyond LARGEST.
    """
    typed = text.strip()
    readings = _readings(typed)
    if not readings:
        raise NotAnAmount(_not_a_figure(typed), field=field)
    fitting = {value for value in readings if _places_of(value) <= places}
    if not fitting:
        raise NotAnAmount(_too_many_places(typed, places=places), field=field)
    if len(fitting) > 1:
        meanings = " or ".join(f"{value:f}" for value in sorted(fitting))
        raise NotAnAmount(f"“{typed}” could mean {meanings}. Leave the comma out.", field=field)
    value = EXACT.add(fitting.pop(), Decimal(0))  # -0 is 0
    if is_too_large(value):
        raise NotAnAmount(f"The largest figure possible is {LARGEST:,f}.", field=field)
    return value


def format_amount(value: Decimal, *, currency: str, locale: str) -> str:
    """Write an amount for a person of that locale (`en-GB`), with the currency's sign and always two places.

    Raises babel.UnknownLocaleError.
    """
    known, pattern = _currency_pattern(locale)
    return _printed(pattern.apply(to_cents(value), known, currency=currency, currency_digits=False))


def format_unit_amount(value: Decimal, *, currency: str, locale: str) -> str:
    """Write a unit amount for a person: two places, up to four where it has them (£0.0612)."""
    known, pattern = _currency_pattern(locale)
    exact = _without_trailing_zeros(to_unit(value))
    return _printed(
        pattern.apply(exact, known, currency=currency, currency_digits=False, decimal_quantization=False)
    )


def format_quantity(value: Decimal, *, locale: str) -> str:
    """Write a quantity or a percentage for a person, with as many places (up to four) as it needs: 1, 2.5, 1,000."""
    known, pattern = _number_pattern(locale)
    return _printed(pattern.apply(_without_trailing_zeros(to_unit(value)), known, decimal_quantization=False))


def format_plain(value: Decimal, *, at_least: int = 2) -> str:
    """Write a figure for a machine or a form field: a point, no grouping, no exponent; `parse_amount` reads it back.

    `at_least` is the fewest places to show; more appear when the value has them.
    """
    places = max(at_least, _places_of(_without_trailing_zeros(value)))
    return f"{_rounded(value, step=Decimal(1).scaleb(-places)):f}"


# ── steps ──


def _rounded(value: Decimal, *, step: Decimal) -> Decimal:
    if not value.is_finite():
        raise ValueError(f"{value} is not an amount")
    return EXACT.add(value.quantize(step, context=EXACT), Decimal(0))  # + 0 turns -0.00 into 0.00


def _without_trailing_zeros(value: Decimal) -> Decimal:
    return EXACT.add(value.normalize(EXACT), Decimal(0))


def _places_of(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f"), " ")
_LOOKALIKES = _SPACES | {ord("\u2019"): "'", ord("\u2212"): "-"}
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[., '])[0-9]{3}(?:(?P=mark)[0-9]{3})*")
_LETTER_MEETS_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
_LAKHS = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")  # 12,34,567 as India groups it


def _readings(typed: str) -> set[Decimal]:
    """Every figure that the text could stand for."""
    text = typed.translate(_LOOKALIKES)
    sign = -1 if text.startswith("-") else 1
    digits = text.removeprefix("-").strip()
    if len(digits) > 40:
        return set()
    found = [_read(digits, decimal_mark="."), _read(digits, decimal_mark=",")]
    return {EXACT.multiply(Decimal(plain), Decimal(sign)) for plain in found if plain is not None}


def _read(digits: str, *, decimal_mark: str) -> str | None:
    whole, mark, fraction = digits.partition(decimal_mark)
    # A point followed by one group of three stays a decimal point (1.125): that is how machines write it.
    if decimal_mark == "," and not mark and whole.count(".") == 1:
        return None
    if not _is_whole(whole, decimal_mark=decimal_mark) and not (whole == "" and fraction):
        return None
    if fraction and not _is_digits(fraction):
        return None
    return re.sub(r"[., ']", "", whole or "0") + ("." + fraction if fraction else "")


def _is_whole(whole: str, *, decimal_mark: str) -> bool:
    if _is_digits(whole):
        return True
    if _THOUSANDS.fullmatch(whole) is not None:
        return True
    return decimal_mark == "." and _LAKHS.fullmatch(whole) is not None


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _not_a_figure(typed: str) -> str:
    if not typed:
        return "Write a figure, such as 1234.50."
    return f"“{typed[:40]}” is not a figure. Write it like 1234.50, without a currency sign."


def _too_many_places(typed: str, *, places: int) -> str:
    if places == 0:
        return f"“{typed}” must be a whole number."
    return f"“{typed}” has more than {places} decimal places."


def _printed(written: str) -> str:
    """Set it as print does: a true minus, which is as wide as a digit, and a space after a currency sign of letters.

    CLDR has that space (CHF 12.00); Babel leaves it out.
    """
    return _LETTER_MEETS_DIGIT.sub("\u00a0", written).replace("-", MINUS)


@lru_cache(maxsize=256)
def _currency_pattern(locale: str) -> tuple[Locale, NumberPattern]:
    known = _known_locale(locale)
    return known, known.currency_formats["standard"]


@lru_cache(maxsize=256)
def _number_pattern(locale: str) -> tuple[Locale, NumberPattern]:
    known = _known_locale(locale)
    return known, known.decimal_formats[None]


def _known_locale(locale: str) -> Locale:
    return Locale.parse(locale.replace("_", "-"), sep="-")
