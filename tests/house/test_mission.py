"""What must work, and how books are kept: every statement and every rule names a test that is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.house.sources import ROOT

NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def rows(page: str, head: str) -> dict[str, list[tuple[str, str]]]:
    """The tests that each row of a page names, by its first cell."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    lines = [line for line in text.splitlines() if re.match(head, line)]
    return {line.split("|")[1].strip(): NAMED.findall(line) for line in lines}


MISSION = rows("mission.md", r"\| S\d+ \|")
RULES = rows("bookkeeping.md", r"\| \d+ \|")


@cache
def functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def test_every_statement_of_the_mission_has_its_row() -> None:
    assert list(MISSION) == [f"S{number}" for number in range(1, 59)]


def test_every_rule_of_bookkeeping_has_its_row() -> None:
    assert list(RULES) == [str(number) for number in range(1, 25)]


@pytest.mark.parametrize(("name", "tests"), [*MISSION.items(), *RULES.items()])
def test_a_row_names_tests_that_are_there(name: str, tests: list[tuple[str, str]]) -> None:
    assert tests, name
    for file, function in tests:
        assert function in functions(ROOT / file), f"{name}: {file}::{function}"
