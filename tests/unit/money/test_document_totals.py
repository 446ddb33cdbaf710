"""Lines, tax and totals by example; the same rules for any numbers are in tests/property/test_totals.py."""

from decimal import Decimal as D

import pytest

from bluestamp.money.totals import (
    Line,
    TaxComponent,
    TaxMode,
    credit_line,
    effective_percent,
    line_amount,
    line_tax,
    split,
    totals,
)


def test_tax_is_rounded_per_line_and_then_summed_as_in_xeros_own_example() -> None:
    lines = [
        Line(quantity=D(1), unit_amount=D(price), tax_percent=D(15)) for price in ("25.06", "25.61", "25.63")
    ]

    ours = totals(lines, TaxMode.EXCLUSIVE)

    assert [line.tax_amount for line in ours.lines] == [D("3.76"), D("3.84"), D("3.84")]
    assert (ours.sub_total, ours.total_tax, ours.total) == (D("76.30"), D("11.44"), D("87.74"))


def test_inclusive_tax_is_inside_the_line_amounts() -> None:
    ours = totals([Line(quantity=D(1), unit_amount=D(120), tax_percent=D(20))], TaxMode.INCLUSIVE)

    assert (ours.sub_total, ours.total_tax, ours.total) == (D("100.00"), D("20.00"), D("120.00"))
    assert ours.lines[0].net_amount == D("100.00")


def test_a_document_without_tax_has_none_even_where_a_figure_was_typed() -> None:
    line = Line(quantity=D(2), unit_amount=D(50), tax_percent=D(20), typed_tax=D("19.99"))

    ours = totals([line], TaxMode.NO_TAX)

    assert (ours.sub_total, ours.total_tax, ours.total) == (D("100.00"), D("0.00"), D("100.00"))
    assert ours.tax_by_percent == {}
    assert ours.net_by_percent == {}


def test_a_line_is_taxed_on_its_rounded_amount() -> None:
    line = Line(quantity=D("3"), unit_amount=D("0.0612"), tax_percent=D(250))  # 0.1836 is 0.18

    assert line_amount(line) == D("0.18")
    assert line_tax(line, TaxMode.EXCLUSIVE) == D("0.45")  # 0.46 if taxed before rounding


def test_a_discount_is_taken_before_the_one_rounding() -> None:
    ours = totals([Line(quantity=D(3), unit_amount=D("33.33"), discount_rate=D("12.5"))], TaxMode.NO_TAX)

    assert ours.lines[0].line_amount == D("87.49")  # 99.99 less 12.49875
    assert ours.total_discount == D("12.50")


def test_a_whole_discount_leaves_nothing_and_no_tax() -> None:
    line = Line(quantity=D(7), unit_amount=D("19.99"), discount_rate=D(100), tax_percent=D(20))

    ours = totals([line], TaxMode.EXCLUSIVE)

    assert (ours.total, ours.total_tax, ours.total_discount) == (D("0.00"), D("0.00"), D("139.93"))


@pytest.mark.parametrize("mode", [TaxMode.EXCLUSIVE, TaxMode.INCLUSIVE])
def test_a_typed_tax_figure_stands_in_place_of_the_calculated_one(mode: TaxMode) -> None:
    line = Line(quantity=D(1), unit_amount=D(100), tax_percent=D(20), typed_tax=D("19.98"))

    assert line_tax(line, mode) == D("19.98")


def test_a_typed_zero_is_a_figure_too() -> None:
    line = Line(quantity=D(1), unit_amount=D(100), tax_percent=D(20), typed_tax=D(0))

    assert totals([line], TaxMode.EXCLUSIVE).total == D("100.00")


def test_tax_and_net_are_gathered_by_percentage_in_rising_order() -> None:
    lines = [
        Line(quantity=D(1), unit_amount=D(100), tax_percent=D("20.0000")),
        Line(quantity=D(1), unit_amount=D(10), tax_percent=D(0)),
        Line(quantity=D(1), unit_amount=D(50), tax_percent=D(20)),
        Line(quantity=D(1), unit_amount=D(40), tax_percent=D(5), typed_tax=D("2.01")),
    ]

    ours = totals(lines, TaxMode.EXCLUSIVE)

    assert list(ours.tax_by_percent.items()) == [(D(0), D("0.00")), (D(5), D("2.01")), (D(20), D("30.00"))]
    assert list(ours.net_by_percent.items()) == [(D(0), D("10.00")), (D(5), D("40.00")), (D(20), D("150.00"))]


def test_a_document_without_lines_comes_to_nothing() -> None:
    ours = totals([], TaxMode.EXCLUSIVE)

    assert (str(ours.sub_total), str(ours.total_tax), str(ours.total)) == ("0.00", "0.00", "0.00")


def test_very_large_lines_are_rounded_once_only() -> None:
    line = Line(quantity=D("9949999899.9999"), unit_amount=D("9999999999.9999"), discount_rate=D("0.0001"))

    # Exactly …002.00499999999999; arithmetic in Python's usual 28 digits makes it …002.005 and then …002.01.
    assert str(line_amount(line)) == "99499899499999005002.00"


def test_a_float_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        line_amount(Line(quantity=1.5, unit_amount=D(10)))  # type: ignore[arg-type]


def test_a_discounted_line_is_credited_as_one_at_its_net_amount() -> None:
    line = Line(quantity=D(3), unit_amount=D("33.33"), discount_rate=D("12.5"), tax_percent=D(20))

    assert credit_line(line) == Line(quantity=D(1), unit_amount=D("87.49"), tax_percent=D(20))


def test_an_undiscounted_line_is_credited_as_it_was_billed() -> None:
    line = Line(quantity=D(3), unit_amount=D("33.33"), tax_percent=D(20))

    assert credit_line(line) is line


@pytest.mark.parametrize(
    ("components", "percent"),
    [
        ([], "0"),
        ([TaxComponent(D(15))], "15"),
        ([TaxComponent(D(5)), TaxComponent(D("9.975"))], "14.975"),
        ([TaxComponent(D(6)), TaxComponent(D(4), is_compound=True)], "10.24"),
        ([TaxComponent(D(4), is_compound=True), TaxComponent(D(6))], "10.24"),
        ([TaxComponent(D("5.1234")), TaxComponent(D("9.8765"), is_compound=True)], "15.5059"),
    ],
)
def test_a_compound_component_is_charged_on_the_other_parts_too(
    components: list[TaxComponent], percent: str
) -> None:
    assert effective_percent(components) == D(percent)


def test_odd_cents_go_to_the_first_instalments() -> None:
    assert split(D("100.00"), into=3) == (D("33.34"), D("33.33"), D("33.33"))
    assert split(D("-100.00"), into=3) == (D("-33.34"), D("-33.33"), D("-33.33"))
    assert split(D("0.02"), into=3) == (D("0.01"), D("0.01"), D("0.00"))


def test_an_amount_is_not_shared_into_no_instalments() -> None:
    with pytest.raises(ValueError):
        split(D(100), into=0)
