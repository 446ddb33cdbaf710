"""Opaque ids: what stands in addresses, in Xero's `Url` field and in every key between rows.

Twenty characters of 0-9 and a-v (base 32, "extended hex"): eight tell the millisecond, so that new rows land at the
end of an index, and twelve are random. Numbers that people read (INV-1049) are something else and address nothing.
"""

from __future__ import annotations

import secrets
import time
from typing import Any, Final

from django.db import models

ALPHABET: Final = "0123456789abcdefghijklmnopqrstuv"
LENGTH: Final = 20
TIME_LENGTH: Final = 8
PATTERN: Final = f"[0-9a-v]{{{LENGTH}}}"


def new_id() -> str:
    """Make an id that nobody had before: 40 bits of milliseconds (they wrap after 34 years), 60 random bits."""
    milliseconds = (time.time_ns() // 1_000_000) % (1 << 40)
    return _spell(milliseconds, TIME_LENGTH) + _spell(secrets.randbits(60), LENGTH - TIME_LENGTH)


def _spell(number: int, length: int) -> str:
    return "".join(ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(length)))


class OpaqueId(models.CharField):  # type: ignore[type-arg]
    """A primary key that says nothing."""

    def __init__(self, **options: Any) -> None:
        options |= {"max_length": LENGTH, "primary_key": True, "default": new_id, "editable": False}
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Leave out what `__init__` sets, so that migrations stay short."""
        name, path, positional, options = super().deconstruct()
        for fixed in ("max_length", "primary_key", "default", "editable"):
            options.pop(fixed, None)
        return name, path, list(positional), options


class OpaqueIdConverter:
    """`<oid:expense_id>` in an address. Anything that can't be an id is no address of ours."""

    regex = PATTERN

    def to_python(self, value: str) -> str:
        """Take it as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Write it as it is."""
        return value
