"""Totals for any numbers. The oracle is `Fraction`: exact, and nothing of ours."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from bluestamp.money.amounts import format_amount, format_plain, parse_amount, to_cents
from bluestamp.money.totals import (
    Line,
    TaxMode,
    Totals,
    credit_line,
    line_amount,
    line_tax,
    split,
    totals,
)

quantities = st.decimals("-99999.9999", "99999.9999", places=4)
unit_amounts = st.decimals("-999999.9999", "999999.9999", places=4)
percents = st.decimals(0, 100, places=4)
cents = st.decimals("-9999999999.99", "9999999999.99", places=2)
modes = st.sampled_from(TaxMode)
lines = st.builds(
    Line,
    quantity=quantities,
    unit_amount=unit_amounts,
    discount_rate=st.one_of(st.just(Decimal(0)), percents),
    tax_percent=st.one_of(st.sampled_from([Decimal(0), Decimal(5), Decimal(15), Decimal(20)]), percents),
    typed_tax=st.one_of(st.none(), st.decimals("-9999", "9999", places=2)),
)
documents = st.lists(lines, max_size=12)


def half_up(value: Fraction) -> Fraction:
    size = Fraction(floor(abs(value) * 100 + Fraction(1, 2)), 100)
    return -size if value < 0 else size


def sums(result: Totals) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    return result.sub_total, result.total_tax, result.total, result.total_discount


def negated(line: Line) -> Line:
    return replace(
        line, quantity=-line.quantity, typed_tax=None if line.typed_tax is None else -line.typed_tax
    )


@given(line=lines, mode=modes)
def test_a_line_equals_exact_fractions_rounded_once(line: Line, mode: TaxMode) -> None:
    amount = half_up(
        Fraction(line.quantity) * Fraction(line.unit_amount) * (1 - Fraction(line.discount_rate) / 100)
    )
    assert Fraction(line_amount(line)) == amount

    rate = Fraction(line.tax_percent) / 100
    calculated = {
        TaxMode.EXCLUSIVE: half_up(amount * rate),
        TaxMode.INCLUSIVE: half_up(amount * rate / (1 + rate)),
        TaxMode.NO_TAX: Fraction(0),
    }
    assert Fraction(line_tax(replace(line, typed_tax=None), mode)) == calculated[mode]


@given(document=documents, mode=modes)
def test_the_total_is_the_sub_total_and_the_tax(document: list[Line], mode: TaxMode) -> None:
    result = totals(document, mode)
    assert result.total == result.sub_total + result.total_tax
    assert result.total_tax == sum(line.tax_amount for line in result.lines)


@given(document=documents)
def test_an_inclusive_total_is_the_sum_of_its_lines(document: list[Line]) -> None:
    assert totals(document, TaxMode.INCLUSIVE).total == sum(line_amount(line) for line in document)


@given(document=documents, mode=st.sampled_from([TaxMode.EXCLUSIVE, TaxMode.NO_TAX]))
def test_a_sub_total_without_tax_inside_is_the_sum_of_its_lines(document: list[Line], mode: TaxMode) -> None:
    assert totals(document, mode).sub_total == sum(line_amount(line) for line in document)


@given(data=st.data(), document=documents, mode=modes)
def test_the_order_of_lines_changes_no_total(
    data: st.DataObject, document: list[Line], mode: TaxMode
) -> None:
    shuffled = data.draw(st.permutations(document))
    one, other = totals(document, mode), totals(shuffled, mode)
    assert sums(one) == sums(other)
    assert one.tax_by_percent == other.tax_by_percent
    assert one.net_by_percent == other.net_by_percent


@given(document=documents, mode=modes)
def test_every_figure_is_in_whole_cents_and_zero_has_no_sign(document: list[Line], mode: TaxMode) -> None:
    result = totals(document, mode)
    each = [
        figure for line in result.lines for figure in (line.line_amount, line.tax_amount, line.net_amount)
    ]
    for figure in (*sums(result), *each):
        assert figure.as_tuple().exponent == -2
        assert not (figure.is_zero() and figure.is_signed())


@given(document=documents, mode=modes)
def test_stored_figures_worked_out_again_do_not_drift(document: list[Line], mode: TaxMode) -> None:
    once = totals(document, mode)
    stored = [
        Line(
            quantity=Decimal(1),
            unit_amount=amounts.line_amount,
            tax_percent=line.tax_percent,
            typed_tax=line.typed_tax,
        )
        for line, amounts in zip(document, once.lines, strict=True)
    ]
    again = totals(stored, mode)
    assert sums(again)[:3] == sums(once)[:3]


@given(document=documents, mode=st.sampled_from([TaxMode.EXCLUSIVE, TaxMode.INCLUSIVE]))
def test_tax_and_net_by_percentage_add_up_to_the_document(document: list[Line], mode: TaxMode) -> None:
    result = totals(document, mode)
    assert sum(result.tax_by_percent.values()) == result.total_tax
    assert sum(result.net_by_percent.values()) == result.sub_total


@given(line=lines, mode=modes)
def test_crediting_a_line_equals_it_without_a_discount(line: Line, mode: TaxMode) -> None:
    credit = credit_line(line)
    assert credit.discount_rate == 0
    assert line_amount(credit) == line_amount(line)
    assert line_tax(credit, mode) == line_tax(line, mode)


@given(document=documents, mode=modes)
def test_crediting_a_document_in_full_leaves_nothing(document: list[Line], mode: TaxMode) -> None:
    credits = [negated(credit_line(line)) for line in document]
    assert totals([*document, *credits], mode).total == 0


@given(document=documents, mode=modes)
def test_a_negative_document_is_the_mirror_of_the_positive(document: list[Line], mode: TaxMode) -> None:
    mirrored = totals([negated(line) for line in document], mode)
    assert sums(mirrored) == tuple(-figure for figure in sums(totals(document, mode)))


@given(
    line=lines,
    typed=st.decimals("-9999", "9999", places=2),
    mode=st.sampled_from([TaxMode.EXCLUSIVE, TaxMode.INCLUSIVE]),
)
def test_a_typed_tax_is_respected_whatever_the_line(line: Line, typed: Decimal, mode: TaxMode) -> None:
    assert line_tax(replace(line, typed_tax=typed), mode) == typed


@given(line=lines, mode=modes)
def test_a_whole_discount_always_leaves_nothing(line: Line, mode: TaxMode) -> None:
    free = totals([replace(line, discount_rate=Decimal(100), typed_tax=None)], mode)
    assert free.total == 0
    assert free.total_discount == to_cents(line.quantity * line.unit_amount)


@given(total=cents, into=st.integers(1, 60))
def test_instalments_add_up_and_differ_by_a_cent_at_most(total: Decimal, into: int) -> None:
    shares = split(total, into=into)
    assert len(shares) == into
    assert sum(shares) == total
    assert max(shares) - min(shares) <= Decimal("0.01")
    assert list(shares) == sorted(shares, key=abs, reverse=True)


@given(value=st.decimals("-9999999999.99", "9999999999.99", places=4))
def test_a_plain_figure_is_read_back_as_it_was(value: Decimal) -> None:
    assert parse_amount(format_plain(value), places=4) == value


@given(value=cents, locale=st.sampled_from(["en-GB", "de-DE", "fr-FR", "en-IN", "sv-SE", "de-CH"]))
def test_an_amount_pasted_from_a_page_is_read_back_as_it_was(value: Decimal, locale: str) -> None:
    written = format_amount(value, currency="EUR", locale=locale).replace("€", "").replace("EUR", "")
    assert parse_amount(written, places=2) == value
