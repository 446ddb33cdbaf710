"""Reading, rounding and writing single figures."""

from decimal import Decimal

import pytest

from bluestamp.errors import Invalid
from bluestamp.money import amounts
from bluestamp.money.amounts import NotAnAmount


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        ("0.125", "0.13"),
        ("0.135", "0.14"),
        ("2.165", "2.17"),
        ("2.164", "2.16"),
        ("-0.125", "-0.13"),
        ("-0.001", "0.00"),
        ("1E+3", "1000.00"),
        ("9999999999.994999999999999999999999999", "9999999999.99"),
    ],
)
def test_cents_round_half_up_away_from_zero_and_are_never_a_negative_zero(value: str, cents: str) -> None:
    assert str(amounts.to_cents(Decimal(value))) == cents


def test_unit_amounts_keep_four_places() -> None:
    assert str(amounts.to_unit(Decimal("0.061171"))) == "0.0612"
    assert str(amounts.to_unit(Decimal("0.00005"))) == "0.0001"


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_finite_is_never_rounded(value: str) -> None:
    with pytest.raises(ValueError):
        amounts.to_cents(Decimal(value))


def test_the_largest_amount_is_xeros_and_holds_for_both_signs() -> None:
    assert not amounts.is_too_large(Decimal("9999999999.99"))
    assert not amounts.is_too_large(Decimal("-9999999999.99"))
    assert amounts.is_too_large(Decimal("10000000000.00"))
    assert amounts.is_too_large(Decimal("-10000000000.00"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("1\u00a0234.5", "1234.5"),
        ("1.234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1\u2019234\u2019567.50", "1234567.50"),
        ("12,34,567.00", "1234567.00"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1,234", "1234"),
        ("1,50", "1.50"),
        ("1 234", "1234"),
        (" 7 ", "7"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-12.30", "-12.30"),
        ("\u221212.30", "-12.30"),
        ("0", "0"),
        ("9,999,999,999.99", "9999999999.99"),
    ],
)
def test_a_figure_is_read_as_people_type_it(text: str, value: str) -> None:
    assert amounts.parse_amount(text, places=2) == Decimal(value)


def test_a_typed_minus_zero_is_zero() -> None:
    assert str(amounts.parse_amount("-0.00", places=2)) == "0.00"


@pytest.mark.parametrize("text", ["0.125", "0,125", "12.5", "1234,567", "1.125"])
def test_a_quantity_may_have_four_places(text: str) -> None:
    assert amounts.parse_amount(text, places=4) == Decimal(text.replace(",", "."))


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-", ".", ",", "abc", "£12", "12 EUR", "NaN", "nan", "Infinity", "-inf", "1e3", "1E-2", "0x10", "1_000",
        "12,34.50", "1,2345.00", "1.2.3", "1,2,3", "1 23", "1  234", "1,234 567", "--1", "+1", "(12.00)", "12-", "1.234.56",
        "1,234,567,89", "0,123,456", "٣٤", "１２", "½", "1\n2", "9" * 41,
    ],
)  # fmt: skip
def test_what_is_not_one_figure_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        amounts.parse_amount(text, places=2)


@pytest.mark.parametrize(
    ("text", "places"), [("1.234", 2), ("1.001", 2), ("1.00000", 4), ("1.5", 0), ("12,345678", 4)]
)
def test_more_places_than_allowed_are_refused(text: str, places: int) -> None:
    with pytest.raises(NotAnAmount) as refused:
        amounts.parse_amount(text, places=places)
    assert text in refused.value.sentence


def test_a_figure_with_two_meanings_is_refused_and_both_are_named() -> None:
    with pytest.raises(NotAnAmount) as refused:
        amounts.parse_amount("1,234", places=4)
    assert refused.value.sentence == "“1,234” could mean 1.234 or 1234. Leave the comma out."


@pytest.mark.parametrize("text", ["10,000,000,000.00", "-9999999999999", "9" * 40])
def test_a_figure_beyond_the_largest_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount) as refused:
        amounts.parse_amount(text, places=2)
    assert refused.value.sentence == "The largest figure possible is 9,999,999,999.99."


def test_the_refusal_names_the_field_and_is_a_fault_of_the_form() -> None:
    with pytest.raises(Invalid) as refused:
        amounts.parse_amount("ten", places=2, field="lines.0.unit_amount")
    assert refused.value.field == "lines.0.unit_amount"
    assert refused.value.code == "NOT_AN_AMOUNT"
    assert refused.value.http_status == 422


@pytest.mark.parametrize(
    ("locale", "currency", "written"),
    [
        ("en-GB", "GBP", "£1,234.50"),
        ("en_GB", "GBP", "£1,234.50"),
        ("en-US", "USD", "$1,234.50"),
        ("de-DE", "EUR", "1.234,50\u00a0€"),
        ("fr-FR", "EUR", "1\u202f234,50\u00a0€"),
        ("en-GB", "JPY", "JP¥1,234.50"),
        ("en-GB", "KWD", "KWD\u00a01,234.50"),
        ("en-GB", "CHF", "CHF\u00a01,234.50"),
    ],
)
def test_an_amount_is_written_for_its_locale_with_two_places_in_every_currency(
    locale: str, currency: str, written: str
) -> None:
    assert amounts.format_amount(Decimal("1234.5"), currency=currency, locale=locale) == written


def test_a_written_amount_is_rounded_half_up_and_keeps_its_sign() -> None:
    assert amounts.format_amount(Decimal("0.125"), currency="GBP", locale="en-GB") == "£0.13"
    assert amounts.format_amount(Decimal("-1234.5"), currency="GBP", locale="en-GB") == "−£1,234.50"
    assert amounts.format_amount(Decimal("-0.001"), currency="GBP", locale="en-GB") == "£0.00"


def test_a_unit_amount_shows_two_to_four_places() -> None:
    shown = [
        amounts.format_unit_amount(Decimal(value), currency="GBP", locale="en-GB")
        for value in ("0.0612", "1.5000", "100", "1000.125", "0.00005")
    ]
    assert shown == ["£0.0612", "£1.50", "£100.00", "£1,000.125", "£0.0001"]


def test_a_quantity_shows_no_more_places_than_it_needs() -> None:
    shown = [
        amounts.format_quantity(Decimal(value), locale="de-DE")
        for value in ("1.0000", "2.5000", "1000", "0.0001")
    ]
    assert shown == ["1", "2,5", "1.000", "0,0001"]


@pytest.mark.parametrize(
    ("value", "at_least", "plain"),
    [
        ("1234.5", 2, "1234.50"),
        ("0.0612", 2, "0.0612"),
        ("1.2500", 2, "1.25"),
        ("1E+3", 2, "1000.00"),
        ("100", 0, "100"),
        ("2.5000", 0, "2.5"),
        ("-0.00", 2, "0.00"),
        ("-12.3", 2, "-12.30"),
    ],
)
def test_a_plain_figure_has_a_point_and_neither_grouping_nor_exponent(
    value: str, at_least: int, plain: str
) -> None:
    assert amounts.format_plain(Decimal(value), at_least=at_least) == plain
