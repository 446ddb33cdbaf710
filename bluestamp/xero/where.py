"""The conditions of Xero's `where` parameter, with values written so that none can end its own literal.

Source: "Requests and responses" (developer.xero.com/documentation/api/accounting/requests-and-responses).
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

Literal = str | date | Decimal | UUID | bool


class Unaskable(ValueError):
    """The value cannot be put into a condition: Xero refuses a backslash, and has no way to write one."""


class Condition(NamedTuple):
    """One condition, as text for the query."""

    text: str

    def __and__(self, other: "Condition") -> "Condition":
        return Condition(f"{self.text} AND {other.text}")


def equals(field: str, value: Literal) -> Condition:
    """`field==value`; text compares without regard to case, so check what comes back. Raises Unaskable."""
    return Condition(f"{field}=={_literal(value)}")


def any_of(field: str, values: Sequence[Literal]) -> Condition:
    """`field` is one of these; it stands alone, for it is not put in brackets. Raises Unaskable, ValueError for none."""
    if not values:
        raise ValueError("nothing to ask for")
    return Condition(" OR ".join(equals(field, value).text for value in values))


def at_least(field: str, value: date | Decimal) -> Condition:
    """`field>=value`."""
    return Condition(f"{field}>={_literal(value)}")


def at_most(field: str, value: date | Decimal) -> Condition:
    """`field<=value`."""
    return Condition(f"{field}<={_literal(value)}")


def _literal(value: Literal) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case UUID():
            return f'guid("{value}")'
        case Decimal():
            return format(value, "f")
        case date():
            return f"DateTime({value.year},{value.month},{value.day})"


def _quoted(text: str) -> str:
    if "\\" in text:
        raise Unaskable("a backslash cannot be asked for")
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
