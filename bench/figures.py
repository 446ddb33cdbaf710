"""What was measured, and the table that says it."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NOTHING: Final = "–"
HEAD: Final = ("figure", "Bluestamp", "aim", "xero-python, one at a time", "xero-python, batches of 50")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One row: what was measured, what it came to, what is aimed at, and what the peer takes."""

    what: str
    ours: str
    aim: str = NOTHING
    one_by_one: str = NOTHING
    in_batches: str = NOTHING

    @property
    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        return (self.what, self.ours, self.aim, self.one_by_one, self.in_batches)


def percentile(values: Iterable[float], percent: int) -> float:
    """The value that this percentage of all does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def milliseconds(seconds: float) -> str:
    """A short span, readable."""
    return f"{seconds * 1000:.1f} ms"


def latencies(seconds: Sequence[float]) -> str:
    """Half of all, 95 and 99 of a hundred, in one cell."""
    shown = [f"{percentile(seconds, percent) * 1000:.1f}" for percent in (50, 95, 99)]
    return " / ".join(shown) + " ms"


def table(figures: Iterable[Figure]) -> str:
    """All rows under each other, as Markdown that is readable as it is."""
    return columns([HEAD, *(figure.cells for figure in figures)])


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows under each other, the first as the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def machine() -> str:
    """Which machine it was, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores ({_processor()}), Python {platform.python_version()}, {platform.system()}"


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
