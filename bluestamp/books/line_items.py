"""Lines of documents: what is bought or sold, how much of it, at what, booked where, taxed how.

Quantities and unit amounts have four places, line amounts and tax two. Amounts are worked out here from `money` and
stored, so that a list never reckons. The percentage comes from the ledger's tax rate, never from a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final

from django.db import models

from bluestamp.errors import Invalid
from bluestamp.money import amounts
from bluestamp.money.amounts import CENT, UNIT
from bluestamp.money.totals import Line, TaxMode, Totals, totals
from bluestamp.people.rows import StudioRow

ZERO = Decimal("0")
#: What a column of quantities and unit amounts holds.
LARGEST_UNIT: Final = Decimal("9999999999.9999")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """A line as somebody typed it. `id` names the line it was; None is a new one. Percentages are of a hundred."""

    id: str | None = None
    #: the item of the master list that it came of
    master_id: str | None = None
    item: str = ""
    description: str = ""
    quantity: Decimal = Decimal("1")
    unit_amount: Decimal = ZERO
    discount_rate: Decimal = ZERO
    account_code: str = ""
    tax_type: str = ""
    typed_tax: Decimal | None = None
    sell_unit_amount: Decimal | None = None


class LineItem(StudioRow):
    """One line of a document; each kind of document has its own table with `document` and the related name `lines`."""

    document: Any
    document_id: str
    position = models.PositiveSmallIntegerField()
    master = models.ForeignKey("books.Item", null=True, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4)
    unit_amount = models.DecimalField(max_digits=14, decimal_places=4)
    discount_rate = models.DecimalField(max_digits=7, decimal_places=4, default=ZERO)
    account_code = models.CharField(max_length=10, blank=True)
    tax_type = models.CharField(max_length=50, blank=True)
    tax_percent = models.DecimalField(max_digits=8, decimal_places=4, default=ZERO)
    typed_tax = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    tax_amount = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)
    line_amount = models.DecimalField(max_digits=14, decimal_places=2, default=ZERO)

    class Meta:
        abstract = True
        ordering = ["position"]
        indexes = [models.Index(fields=["document", "position"], name="%(class)s_in_order")]

    @classmethod
    def written_fields(cls) -> list[str]:
        """The columns that an edit writes."""
        fixed = {"id", "studio", "document"}
        return [field.name for field in cls._meta.concrete_fields if field.name not in fixed]

    @property
    def words(self) -> str:
        """What the line is, in a few words."""
        return self.item or self.description.split("\n", 1)[0]


def drafted(
    lines: Sequence[LineDraft],
    *,
    make: Callable[..., LineItem],
    percents: Sequence[Decimal],
    own: Sequence[str] = (),
) -> list[LineItem]:
    """Make the rows of these drafts, in order, with these percentages of tax; `own` names a kind's extra fields."""
    rows = []
    for position, (draft, percent) in enumerate(zip(lines, percents, strict=True)):
        values = {name: getattr(draft, name) for name in (*_COPIED, *own)}
        row = make(position=position, tax_percent=percent, **values)
        if draft.id is not None:
            row.id = draft.id
        rows.append(row)
    return rows


_COPIED: Final = (
    "master_id",
    "item",
    "description",
    "quantity",
    "unit_amount",
    "discount_rate",
    "account_code",
    "tax_type",
    "typed_tax",
)


def priced(lines: Sequence[LineItem], *, tax_mode: TaxMode) -> Totals:
    """Set each line's amount and tax as Xero reckons them, and return the totals of all."""
    figures = totals([_line(line) for line in lines], tax_mode)
    for line, row in zip(lines, figures.lines, strict=True):
        line.line_amount, line.tax_amount = row.line_amount, row.tax_amount
    return figures


def _line(line: LineItem) -> Line:
    return Line(
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        discount_rate=line.discount_rate,
        tax_percent=line.tax_percent,
        typed_tax=line.typed_tax,
    )


def draft_of(line: LineItem) -> LineDraft:
    """Return a stored line as a draft, so that one field of it can be changed."""
    known = {field.name for field in fields(LineDraft)}
    return LineDraft(**{name: getattr(line, name) for name in known if hasattr(line, name)})


def faults(lines: Sequence[LineDraft]) -> list[Invalid]:
    """Return what no line may ever be, draft or not, each with its field `lines.<n>.<name>`."""
    found: list[Invalid] = []
    for position, line in enumerate(lines):
        of_line = list(_figure_faults(line)) or list(_sense_faults(line))
        of_line += _text_faults(line)
        found += [Invalid(sentence, field=f"lines.{position}.{name}") for name, sentence in of_line]
    return found


#: The places that each figure's column has.
_PLACES: Final = {
    "quantity": UNIT,
    "unit_amount": UNIT,
    "discount_rate": UNIT,
    "typed_tax": CENT,
    "sell_unit_amount": UNIT,
}
#: The letters that each text's column has; a description is what ledgers take, with the item before it.
_LETTERS: Final = {"item": 200, "description": 3700, "account_code": 10, "tax_type": 50}


def _figure_faults(line: LineDraft) -> Iterator[tuple[str, str]]:
    """Figures that their column can't hold: they would be stored as another one than was reckoned with."""
    for name, step in _PLACES.items():
        value: Decimal | None = getattr(line, name)
        if value is None:
            continue
        if not value.is_finite():
            yield name, "This is not a figure."
        elif abs(value) > LARGEST_UNIT:
            yield name, "This figure is too large."
        elif value % step:
            yield name, f"At most {-int(step.adjusted())} decimal places."


def _sense_faults(line: LineDraft) -> Iterator[tuple[str, str]]:
    """Figures that mean nothing; asked of figures that can be reckoned with."""
    if line.quantity < 0:
        yield "quantity", "A quantity is not below zero; make the unit amount negative instead."
    if amounts.is_too_large(line.quantity * line.unit_amount):
        yield "unit_amount", "The amount of this line is too large."
    if not 0 <= line.discount_rate <= 100:
        yield "discount_rate", "A discount is between 0 and 100 percent."


def _text_faults(line: LineDraft) -> Iterator[tuple[str, str]]:
    for name, most in _LETTERS.items():
        text: str = getattr(line, name)
        if len(text) > most:
            yield name, f"At most {most:,} letters."
        elif "\x00" in text:
            yield name, "This sign can't be kept."
