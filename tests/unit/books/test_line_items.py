"""Lines: from drafts to rows, and what no line may be."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bluestamp.books import line_items
from bluestamp.books.expenses import ExpenseLine
from bluestamp.books.invoices import InvoiceLine
from bluestamp.books.line_items import LineDraft
from bluestamp.money.totals import TaxMode

CENTS_APART = (Decimal("25.06"), Decimal("25.61"), Decimal("25.63"))


def _rows(*unit_amounts: Decimal, percent: Decimal = Decimal(15)) -> list[line_items.LineItem]:
    drafts = [LineDraft(item="Proof", unit_amount=amount) for amount in unit_amounts]
    return line_items.drafted(drafts, make=InvoiceLine, percents=[percent] * len(drafts))


def test_rows_stand_in_the_order_of_their_drafts_with_their_percentages() -> None:
    drafts = [LineDraft(item="a"), LineDraft(item="b", id="k" * 20)]
    rows = line_items.drafted(drafts, make=InvoiceLine, percents=[Decimal(20), Decimal(0)])
    assert [(row.position, row.item, row.tax_percent) for row in rows] == [(0, "a", 20), (1, "b", 0)]
    assert rows[1].id == "k" * 20
    assert len(rows[0].id) == 20


def test_what_an_expense_is_sold_for_is_its_own_field() -> None:
    draft = LineDraft(item="Proof", unit_amount=Decimal(84), sell_unit_amount=Decimal(100))
    (row,) = line_items.drafted([draft], make=ExpenseLine, percents=[Decimal(0)], own=["sell_unit_amount"])
    assert line_items.draft_of(row).sell_unit_amount == 100
    (plain,) = line_items.drafted([draft], make=InvoiceLine, percents=[Decimal(0)])
    assert line_items.draft_of(plain).sell_unit_amount is None


def test_tax_is_rounded_line_by_line() -> None:
    rows = _rows(*CENTS_APART)
    assert line_items.priced(rows, tax_mode=TaxMode.EXCLUSIVE).total_tax == Decimal("11.44")
    assert [row.tax_amount for row in rows] == [Decimal("3.76"), Decimal("3.84"), Decimal("3.84")]


def test_without_tax_a_line_bears_none() -> None:
    (row,) = rows = _rows(Decimal(100))
    line_items.priced(rows, tax_mode=TaxMode.NO_TAX)
    assert (row.line_amount, row.tax_amount, row.tax_percent) == (100, 0, 15)


def test_an_expense_and_an_invoice_write_their_own_columns() -> None:
    assert set(ExpenseLine.written_fields()) - set(InvoiceLine.written_fields()) == {"sell_unit_amount"}
    assert not {"id", "studio", "document"} & set(InvoiceLine.written_fields())


@pytest.mark.parametrize(("item", "description", "words"), [("a", "b", "a"), ("", "b\nc", "b"), ("", "", "")])
def test_a_line_is_called_by_its_item_else_by_the_first_line_of_its_description(
    item: str, description: str, words: str
) -> None:
    assert InvoiceLine(item=item, description=description).words == words


def test_a_plain_line_has_no_fault() -> None:
    assert line_items.faults([LineDraft(), LineDraft(item="x", unit_amount=Decimal("-0.0001"))]) == []


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "0.00001"])
@pytest.mark.parametrize(
    "name", ["quantity", "unit_amount", "discount_rate", "typed_tax", "sell_unit_amount"]
)
def test_a_figure_that_cant_be_kept_is_refused_at_its_field(name: str, value: str) -> None:
    line = LineDraft(**{name: Decimal(value)})  # type: ignore[arg-type]
    assert [fault.field for fault in line_items.faults([LineDraft(), line])] == [f"lines.1.{name}"]
