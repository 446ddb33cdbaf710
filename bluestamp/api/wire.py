"""How values look as JSON: ids, words, days and figures, read strictly and written the same way everywhere.

Figures are text: a JSON number is a float in most programs, and a float is no amount. Text holds no NUL, which
PostgreSQL can't keep. Days lie between 1970 and 2199, so that terms can be added to them.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, TypeVar

from django.db.models import QuerySet
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from bluestamp.engine import identifiers

PAGE_SIZE: Final = 50
LARGEST_PAGE: Final = 200
LAST_PAGE: Final = 100_000
LARGEST_INTEGER: Final = 2**31 - 1
FIRST_DAY: Final = dt.date(1970, 1, 1)
LAST_DAY: Final = dt.date(2199, 12, 31)
#: more places than any column has, so that the verb says at which field there are too many
FIGURE: Final = r"-?[0-9]{1,14}(\.[0-9]{1,8})?"


class Shape(BaseModel):
    """What goes over the wire. A name that nobody knows is refused, for it is a slip."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _day(value: Any) -> Any:
    """Refuse what else would be read as a day: seconds since 1970, instants."""
    if isinstance(value, str) and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("Write days as 2026-11-02.")
    if not isinstance(value, str | dt.date):
        raise ValueError("Write days as text: 2026-11-02.")
    return value


def _figure(value: Any) -> Any:
    """Refuse JSON numbers, and text that only Python takes for a figure."""
    if isinstance(value, Decimal) or (isinstance(value, str) and re.fullmatch(FIGURE, value)):
        return value
    raise ValueError('Write figures as text: "12.50".')


def _pattern(pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


Id = Annotated[str, StringConstraints(pattern=f"^{identifiers.PATTERN}$")]
Words = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$", max_length=5_000)]
Version = Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]
Day = Annotated[
    dt.date,
    Field(ge=FIRST_DAY, le=LAST_DAY),
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Figure = Annotated[Decimal, BeforeValidator(_figure), _pattern(FIGURE)]
Money = Annotated[
    Decimal, PlainSerializer(lambda value: f"{value:.2f}", return_type=str), _pattern(r"-?[0-9]+\.[0-9]{2}")
]
Unit = Annotated[
    Decimal, PlainSerializer(lambda value: f"{value:.4f}", return_type=str), _pattern(r"-?[0-9]+\.[0-9]{4}")
]
Rate = Annotated[
    Decimal, PlainSerializer(lambda value: f"{value:.6f}", return_type=str), _pattern(r"[0-9]+\.[0-9]{6}")
]


class Named(Shape):
    """Another thing, by its id, and what it is called."""

    id: str
    name: str


class Paged(Shape):
    """Which page of a list is wanted."""

    page: int = Field(1, ge=1, le=LAST_PAGE)
    page_size: int = Field(PAGE_SIZE, ge=1, le=LARGEST_PAGE)


Item = TypeVar("Item", bound=Shape)


class Page(Shape, Generic[Item]):
    """One page of a list, and how many there are on all pages."""

    items: list[Item]
    page: int
    page_size: int
    total: int


def slice_of(rows: QuerySet[Any], asked: Paged) -> tuple[list[Any], dict[str, int]]:
    """Read one page of the rows; return it with what its `Page` says of itself. Two queries."""
    start = (asked.page - 1) * asked.page_size
    about = {"page": asked.page, "page_size": asked.page_size, "total": rows.count()}
    return list(rows[start : start + asked.page_size]), about
