"""The table in docs/permissions.md is the table in the code, cell by cell and in its order."""

from __future__ import annotations

from pathlib import Path

from bluestamp.people.permissions import PEOPLE, TABLE, WORDS, Action

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


def _as_the_code_says() -> list[list[str]]:
    header = ["what", "action", *(str(role) for role in PEOPLE)]
    rows = [
        [WORDS[action], f"`{action}`", *("yes" if role in TABLE[action] else "" for role in PEOPLE)]
        for action in Action
    ]
    return [header, *rows]


def _as_the_page_says() -> list[list[str]]:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    header, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [header, *rows]


def test_the_page_of_permissions_says_what_the_code_does() -> None:
    assert _as_the_page_says() == _as_the_code_says()
