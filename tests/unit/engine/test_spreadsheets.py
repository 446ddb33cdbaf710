"""A cell of a CSV file is read as words or as a figure, and never as a formula."""

from __future__ import annotations

import pytest

from bluestamp.engine import spreadsheets


@pytest.mark.parametrize(
    "word", ["=1+1", "+44 20 7946 0018", "-x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "--1", "-"]
)
def test_words_that_begin_as_a_formula_does_are_marked_as_words(word: str) -> None:
    assert spreadsheets.harmless(word) == f"'{word}"


@pytest.mark.parametrize("word", ["", "-120.00", "-1", "120.00", "Kestrel Air", "2026-11-02", "a=b"])
def test_figures_days_and_other_words_stay_as_they_are(word: str) -> None:
    assert spreadsheets.harmless(word) == word
