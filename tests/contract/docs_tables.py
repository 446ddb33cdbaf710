"""The tables of docs/sandbox.md that are printed from code. `python -m tests.contract.docs_tables` writes them anew."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from bluestamp.sandbox.endpoints.table import TABLE
from bluestamp.sandbox.switches import Switches, describe

PAGE = Path(__file__).parents[2] / "docs" / "sandbox.md"
SUB_RESOURCES = ("History", "Attachments")


def endpoints() -> str:
    """Each collection, what can be done to it, and what hangs below its elements."""
    held: dict[str, list[str]] = {}
    for place in TABLE:
        _, collection, *below = place.rule.split("/")
        verbs = " ".join(sorted(place.methods))
        shown = "/".join("{id}" if word.startswith("<") else word for word in below)
        held.setdefault(collection, []).append(f"`/{shown}` {verbs}" if below else verbs)
    rows = [(name, said[0] if not said[0].startswith("`") else "", said) for name, said in held.items()]
    return _table(
        ("collection", "itself", "below it"),
        (
            (f"`{name}`", itself, " · ".join(item for item in said if item.startswith("`")))
            for name, itself, said in rows
        ),
    )


def switches() -> str:
    """Each switch, where it stands, where the presets put it."""
    return _table(
        ("switch", "likely", "strict", "lenient", "what it decides"),
        (
            (
                f"`{row['name']}`",
                _said(row["likely"]),
                _said(row["strict"]),
                _said(row["lenient"]),
                str(row["says"]),
            )
            for row in describe(Switches())
        ),
    )


TABLES: dict[str, Callable[[], str]] = {"endpoints": endpoints, "switches": switches}


def between(text: str, name: str) -> str:
    """What stands between a table's two marks."""
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", text, re.DOTALL)
    assert found is not None, f"docs/sandbox.md has no marks for the table {name}"
    return found[1]


def write() -> None:
    """Put every table in its place."""
    text = PAGE.read_text()
    for name, table in TABLES.items():
        before, mark, rest = text.partition(f"<!-- {name} -->\n")
        text = f"{before}{mark}{table()}\n{rest[rest.index(f'<!-- /{name} -->') :]}"
    PAGE.write_text(text)


def _said(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


if __name__ == "__main__":
    write()
