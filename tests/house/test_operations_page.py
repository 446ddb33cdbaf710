"""The table of settings in docs/operations.md names what the code reads, and nothing else; so do the commands."""

from __future__ import annotations

import re

from bluestamp import cli
from tests.house import sources

PAGE = sources.ROOT / "docs/operations.md"
READS = re.compile(r'(?:environ(?:\.get|\.setdefault)?[\[(]|flag\(|choice\()\s*"([A-Z_]+)"')
NOT_OURS = {"PATH", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "DJANGO_SETTINGS_MODULE", "BLUESTAMP_PARENT"}
"""The system's own, and what Bluestamp tells its own children."""


def read_by_the_code() -> set[str]:
    """Every variable of the environment that some module asks for."""
    return {
        name
        for path in sources.python("bluestamp")
        for name in READS.findall((sources.ROOT / path).read_text())
    }


def test_the_page_names_every_setting_that_is_read_and_no_other() -> None:
    named = re.findall(r"^\| `([A-Z_]+)` \|", PAGE.read_text(), re.MULTILINE)
    assert sorted(named) == sorted(set(named)), "a setting is named twice"
    assert set(named) == read_by_the_code() - NOT_OURS


def test_the_page_names_only_commands_that_there_are() -> None:
    there_are = set(cli.names_of_commands())
    named = set(re.findall(r"`bluestamp ([a-z-]+)", PAGE.read_text()))
    assert named and named <= there_are
