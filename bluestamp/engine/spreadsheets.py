"""Cells of CSV files that people open in a spreadsheet."""

from __future__ import annotations

from typing import Final

#: What a spreadsheet takes for the beginning of a formula ("CSV Injection", OWASP).
_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(word: str) -> str:
    """Keep a spreadsheet from taking somebody's words for a formula; figures stay figures."""
    is_figure = word.removeprefix("-").replace(".", "", 1).isdecimal()
    return f"'{word}" if word.startswith(_BEGINS_A_FORMULA) and not is_figure else word
