"""Exchange rates: one function, one switch."""

from decimal import Decimal as D
from typing import Any, Final

import pytest

from bluestamp.money import exchange
from bluestamp.money.exchange import NotARate, RateMeaning, convert, differs_too_much, format_worth

POUNDS_AND_EUROS: Final[dict[str, Any]] = {"base": "GBP", "currency": "EUR"}
TURNED = RateMeaning.BASE_PER_DOCUMENT


@pytest.mark.parametrize(
    ("into", "means", "exchanged"),
    [
        ("GBP", RateMeaning.DOCUMENT_PER_BASE, "80.00"),
        ("EUR", RateMeaning.DOCUMENT_PER_BASE, "125.00"),
        ("GBP", RateMeaning.BASE_PER_DOCUMENT, "125.00"),
        ("EUR", RateMeaning.BASE_PER_DOCUMENT, "80.00"),
    ],
)
def test_the_switch_turns_every_exchange_round(into: str, means: RateMeaning, exchanged: str) -> None:
    assert convert(D(100), D("1.25"), into=into, means=means, **POUNDS_AND_EUROS) == D(exchanged)


def test_the_switch_turns_the_words_round_too() -> None:
    assert exchange.words(D("1.1731"), **POUNDS_AND_EUROS) == "1 GBP = 1.1731 EUR"
    assert exchange.words(D("0.852442"), means=TURNED, **POUNDS_AND_EUROS) == "1 EUR = 0.852442 GBP"


def test_a_rate_counts_document_units_to_one_base_unit_until_xero_shows_otherwise() -> None:
    assert convert(D("125.00"), D("1.25"), into="GBP", **POUNDS_AND_EUROS) == D("100.00")


def test_an_exchanged_amount_is_rounded_half_up() -> None:
    assert convert(D("0.01"), D("0.666667"), into="GBP", **POUNDS_AND_EUROS) == D("0.01")
    assert convert(D("0.05"), D("0.5"), into="EUR", **POUNDS_AND_EUROS) == D("0.03")
    assert convert(D("-0.05"), D("0.5"), into="EUR", **POUNDS_AND_EUROS) == D("-0.03")


@pytest.mark.parametrize(
    ("base", "rate", "worth", "written"),
    [
        ("JPY", "0.0053", "18868", "18,868\xa0JPY"),
        ("GBP", "1.1731", "85.24", "£85.24"),
        ("KWD", "3.1", "32.258", "32.258\xa0KWD"),
    ],
)
def test_a_worth_has_the_places_of_the_books_currency(base: str, rate: str, worth: str, written: str) -> None:
    exchanged = convert(D(100), D(rate), into=base, base=base, currency="EUR")
    assert str(exchanged) == worth
    assert format_worth(exchanged, currency=base, locale="en-GB") == written


def test_an_amount_is_not_exchanged_into_a_third_currency() -> None:
    with pytest.raises(ValueError, match="USD is neither GBP nor EUR"):
        convert(D(100), D("1.25"), into="USD", **POUNDS_AND_EUROS)


@pytest.mark.parametrize("rate", ["0", "-1.25", "NaN", "Infinity", "1.1731001"])
def test_a_rate_is_above_zero_and_has_at_most_six_places(rate: str) -> None:
    with pytest.raises(NotARate):
        convert(D(100), D(rate), into="GBP", **POUNDS_AND_EUROS)
    with pytest.raises(NotARate):
        exchange.words(D(rate), **POUNDS_AND_EUROS)
    with pytest.raises(NotARate):
        differs_too_much(D(rate), D("1.25"))
    with pytest.raises(NotARate):
        differs_too_much(D("1.25"), D(rate))


def test_a_rate_of_xeros_with_more_places_is_rounded_to_six() -> None:
    assert exchange.to_rate(D("1.17310051")) == D("1.173101")


@pytest.mark.parametrize(
    ("ours", "too_much"),
    [
        ("2.00", False),
        ("2.20", False),
        ("1.80", False),
        ("2.200001", True),
        ("1.799999", True),
        ("0.5", True),
    ],
)
def test_a_rate_more_than_ten_percent_off_xeros_differs_too_much(ours: str, too_much: bool) -> None:
    assert differs_too_much(D(ours), D(2)) is too_much
