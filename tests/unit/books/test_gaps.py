"""Why numbers are missing, decided over plain numbers."""

from __future__ import annotations

import pytest

from bluestamp.books.gaps import Skip, Span, explain

TAKEN = {4: "taken there", 5: "taken there", 9: "taken there too"}
SKIPS = [Skip(first=7, last=9, why="the newer"), Skip(first=6, last=8, why="the older")]


@pytest.mark.parametrize(
    ("used", "next_number", "expected"),
    [
        ([], 1, []),
        ([1, 2, 3], 4, []),
        ([3, 1, 2, 2], 4, []),
        ([1, 3], 4, [Span(first=2, last=2)]),
        ([3, 6], 7, [Span(first=4, last=5, why="taken there")]),
        ([3, 7], 8, [Span(first=4, last=5, why="taken there"), Span(first=6, last=6, why="the older")]),
        ([6, 10], 11, [Span(first=7, last=8, why="the newer"), Span(first=9, last=9, why="taken there too")]),
        ([10, 12, 14], 15, [Span(first=11, last=11), Span(first=13, last=13)]),
    ],
)
def test_what_is_missing_is_cut_where_its_reason_changes(
    used: list[int], next_number: int, expected: list[Span]
) -> None:
    assert explain(used, taken=TAKEN, skips=SKIPS, next_number=next_number) == expected


@pytest.mark.parametrize(("next_number", "missing"), [(3, []), (4, [3]), (6, [3, 4, 5]), (50, [3, 4, 5, 6])])
def test_what_is_still_to_come_is_not_missing(next_number: int, missing: list[int]) -> None:
    spans = explain([2, 7], taken={}, skips=[], next_number=next_number)
    assert [number for span in spans for number in range(span.first, span.last + 1)] == missing


def test_a_wide_gap_is_one_row() -> None:
    skip = Skip(first=2, last=999_999, why="set on")
    (span,) = explain([1, 1_000_000], taken={}, skips=[skip], next_number=1_000_001)
    assert (span.first, span.last, span.why) == (2, 999_999, "set on")
