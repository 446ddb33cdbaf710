"""Exchange at any rate. The oracle is `Fraction`: exact, and nothing of ours."""

from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from bluestamp.money import exchange
from bluestamp.money.exchange import RateMeaning, convert

amounts = st.decimals("-9999999999.99", "9999999999.99", places=2)
rates = st.decimals("0.000001", "999999.999999", places=6)
meanings = st.sampled_from(RateMeaning)
books = st.sampled_from(["GBP", "JPY", "KWD"])


def _half_up(value: Fraction, places: int) -> Fraction:
    """Half away from zero at this many places."""
    scaled = abs(value) * 10**places
    whole = floor(scaled + Fraction(1, 2))
    return Fraction(whole if value >= 0 else -whole, 10**places)


@given(amount=amounts, rate=rates, base=books, means=meanings)
def test_a_worth_is_the_exact_quotient_or_product_rounded_once(
    amount: Decimal, rate: Decimal, base: str, means: RateMeaning
) -> None:
    exact = Fraction(amount) / Fraction(rate)
    if means is RateMeaning.BASE_PER_DOCUMENT:
        exact = Fraction(amount) * Fraction(rate)
    worth = convert(amount, rate, into=base, base=base, currency="EUR", means=means)
    assert Fraction(worth) == _half_up(exact, exchange.places_of(base))
    assert worth.as_tuple().exponent == -exchange.places_of(base)


@given(amount=amounts, rate=st.decimals("0.5", "2", places=6), means=meanings)
def test_an_exchange_and_back_stays_within_the_cents_it_rounded(
    amount: Decimal, rate: Decimal, means: RateMeaning
) -> None:
    worth = convert(amount, rate, into="GBP", base="GBP", currency="EUR", means=means)
    back = convert(worth, rate, into="EUR", base="GBP", currency="EUR", means=means)
    assert abs(back - amount) <= Decimal("0.015")


@given(amount=amounts, rate=rates, means=meanings)
def test_what_an_invoice_and_its_full_credit_are_worth_is_nothing(
    amount: Decimal, rate: Decimal, means: RateMeaning
) -> None:
    its = convert(amount, rate, into="GBP", base="GBP", currency="EUR", means=means)
    credit = convert(-amount, rate, into="GBP", base="GBP", currency="EUR", means=means)
    assert its + credit == 0


@given(rate=rates, means=meanings)
def test_the_words_carry_every_place_of_the_rate(rate: Decimal, means: RateMeaning) -> None:
    written = exchange.words(rate, base="GBP", currency="EUR", means=means)
    one, figure = written.removeprefix("1 ").split(" = ")
    number, other = figure.split(" ")
    assert Decimal(number) == rate
    assert (one, other) == exchange.sides(base="GBP", currency="EUR", means=means)
