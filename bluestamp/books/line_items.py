"""Lines of documents: what is bought or sold, how much of it, at what, booked where, taxed how.

Quantities and unit amounts have four places, line amounts and tax two. Amounts are worked out here from `money` and
stored, so that a list never reckons. The percentage comes from the ledger's tax rate, never from a person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any

from django.db import models

from bluestamp.errors import Invalid
from bluestamp.money import amounts
from bluestamp.money.totals import Line, TaxMode, Totals, totals
from bluestamp.people.rows import StudioRow

ZERO = Decimal("0")
#: What a column of quantities and unit amounts holds.
LARGEST_UNIT = Decimal("9999999999.9999")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDraft:
    """A line as somebody typed it. `id` names the line it was; None is a new one. Percentages are of a hundred."""

    id: str | None = None
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
    percent_of: Callable[[str], Decimal],
    own: Sequence[str] = (),
) -> list[LineItem]:
    """Make the rows of these drafts, in order. `percent_of` gives a tax type's percentage; `own` names extra fields."""
    rows = []
    for position, draft in enumerate(lines):
        values = {
            field.name: getattr(draft, field.name)
            for field in fields(draft)
            if field.name in _COPIED or field.name in own
        }
        row = make(position=position, tax_percent=percent_of(draft.tax_type), **values)
        if draft.id is not None:
            row.id = draft.id
        rows.append(row)
    return rows


_COPIED = frozenset(
    {
        "item",
        "description",
        "quantity",
        "unit_amount",
        "discount_rate",
        "account_code",
        "tax_type",
        "typed_tax",
    }
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
        found += [
            Invalid(sentence, field=f"lines.{position}.{name}") for name, sentence in _line_faults(line)
        ]
    return found


def _line_faults(line: LineDraft) -> list[tuple[str, str]]:
    checks = (
        (
            "quantity",
            line.quantity < 0,
            "A quantity is not below zero; make the unit amount negative instead.",
        ),
        ("quantity", line.quantity > LARGEST_UNIT, "This quantity is too large."),
        ("unit_amount", abs(line.unit_amount) > LARGEST_UNIT, "This amount is too large."),
        (
            "unit_amount",
            amounts.is_too_large(line.quantity * line.unit_amount),
            "The amount of this line is too large.",
        ),
        ("discount_rate", not 0 <= line.discount_rate <= 100, "A discount is between 0 and 100 percent."),
        ("description", len(line.description) > 3700, "Xero takes at most 4,000 letters a line."),
        ("item", len(line.item) > 200, "At most 200 letters; the rest goes into the description."),
    )
    return [(name, sentence) for name, is_fault, sentence in checks if is_fault]
