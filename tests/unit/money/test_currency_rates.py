"""Currency rates: one function, one switch."""

from decimal import Decimal as D

import pytest

from bluestamp.money.totals import Direction, NotARate, RateMeaning, convert, differs_too_much


@pytest.mark.parametrize(
    ("direction", "rate_means", "exchanged"),
    [
        (Direction.TO_BASE, RateMeaning.DOCUMENT_PER_BASE, "80.00"),
        (Direction.FROM_BASE, RateMeaning.DOCUMENT_PER_BASE, "125.00"),
        (Direction.TO_BASE, RateMeaning.BASE_PER_DOCUMENT, "125.00"),
        (Direction.FROM_BASE, RateMeaning.BASE_PER_DOCUMENT, "80.00"),
    ],
)
def test_the_switch_turns_every_exchange_round(
    direction: Direction, rate_means: RateMeaning, exchanged: str
) -> None:
    assert convert(D(100), D("1.25"), direction=direction, rate_means=rate_means) == D(exchanged)


def test_a_rate_counts_document_units_to_one_base_unit_until_xero_shows_otherwise() -> None:
    assert convert(D("125.00"), D("1.25"), direction=Direction.TO_BASE) == D("100.00")


def test_an_exchanged_amount_is_rounded_half_up_to_cents() -> None:
    assert convert(D("0.01"), D("0.666667"), direction=Direction.TO_BASE) == D("0.01")
    assert convert(D("0.05"), D("0.5"), direction=Direction.FROM_BASE) == D("0.03")
    assert convert(D("-0.05"), D("0.5"), direction=Direction.FROM_BASE) == D("-0.03")


@pytest.mark.parametrize("rate", ["0", "-1.25", "NaN", "Infinity"])
def test_a_rate_must_be_above_zero(rate: str) -> None:
    with pytest.raises(NotARate):
        convert(D(100), D(rate), direction=Direction.TO_BASE)
    with pytest.raises(NotARate):
        differs_too_much(D(rate), D("1.25"))
    with pytest.raises(NotARate):
        differs_too_much(D("1.25"), D(rate))


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
