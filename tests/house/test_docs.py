"""The pages in docs/ print the code's tables, lead nowhere that does not exist, and are all found from the index."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bluestamp.sync.tables import TABLES
from tests.house import sources

DOCS = sources.ROOT / "docs"
INDEX = DOCS / "README.md"
PAGES = sorted(DOCS.rglob("*.md"))
BESIDES = [
    path for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md") if (path := sources.ROOT / name).exists()
]
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
MENTIONED = re.compile(r"`((?:[a-z_]+/)+[a-z_]+\.py)`")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
MARKED = re.compile(r"<!-- table: ([a-z ]+) -->\n(.*?)<!-- end of table -->", re.DOTALL)
STACK = DOCS / "decisions/0002-stack.md"


def _printed() -> list[tuple[str, str]]:
    """The tables that some page holds: the name between the marks, and the text."""
    return [found for page in PAGES for found in MARKED.findall(page.read_text())]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_stands_on_one_page_as_the_code_has_it(name: str) -> None:
    assert [text for named, text in _printed() if named == name] == [f"{TABLES[name]()}\n"]


def test_no_page_marks_a_table_that_the_code_does_not_print() -> None:
    marks = [mark for page in PAGES for mark in re.findall(r"<!-- table: (.*?) -->", page.read_text())]
    assert sorted(marks) == sorted(TABLES)


def _links(page: Path) -> Iterator[tuple[Path, str]]:
    """Where a page's relative links lead: the file, and the heading in it or ""."""
    for target in LINK.findall(FENCED.sub("", page.read_text())):
        if not re.match(r"[a-z]+:", target):
            path, _, heading = target.partition("#")
            yield (page.parent / path).resolve() if path else page, heading


def _anchors(page: Path) -> set[str]:
    """The names by which the page's headings are linked: lower case, without punctuation, dashes for spaces."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", words.lower()).strip().replace(" ", "-") for words in headings}


@pytest.mark.parametrize("page", [*PAGES, *BESIDES], ids=lambda page: str(page.relative_to(sources.ROOT)))
def test_every_relative_link_leads_to_a_file_and_heading_of_this_repository(page: Path) -> None:
    for target, heading in _links(page):
        assert target.is_relative_to(sources.ROOT), target
        assert target.exists(), f"{target} is not there"
        assert not heading or heading in _anchors(target), f"{target.name} has no heading #{heading}"


def test_every_page_is_linked_from_the_index() -> None:
    linked = {target for target, _ in _links(INDEX)}
    assert [str(page) for page in PAGES if page not in linked and page != INDEX] == []


def test_every_file_of_python_that_a_page_names_is_there() -> None:
    named = {name for page in [*PAGES, *BESIDES] for name in MENTIONED.findall(page.read_text())}
    roots = (sources.ROOT, sources.ROOT / "bluestamp")
    assert len(named) > 15
    assert [name for name in sorted(named) if not any((root / name).exists() for root in roots)] == []


def _dependencies() -> set[str]:
    """The name of every package that pyproject.toml asks for, without its version and extras."""
    project = tomllib.loads((sources.ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    return {re.split(r"[\[<>=!~ ]", one, maxsplit=1)[0].lower() for one in asked}


def _with_a_reason() -> set[str]:
    """The packages named in the second column of the record."""
    choices = [line.split("|")[2] for line in STACK.read_text().splitlines() if line.startswith("| ")]
    return {name for choice in choices for name in re.findall(r"`([^`]+)`", choice)}


def test_the_record_gives_a_reason_for_every_dependency_and_names_no_other() -> None:
    assert len(_dependencies()) > 30
    assert _dependencies() - _with_a_reason() == set()
    assert _with_a_reason() - _dependencies() == set()
