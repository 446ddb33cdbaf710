"""docs/sandbox.md says exactly what the code has: faults, controls, verbs, options, presets, endpoints and switches."""

import re
from pathlib import Path

import pytest

from bluestamp.sandbox import bookkeeper, contact_acts
from bluestamp.sandbox.config import CATEGORIES
from bluestamp.sandbox.control import CONTROLS
from bluestamp.sandbox.faults import Fault, Kind
from bluestamp.sandbox.server import main
from tests.contract import docs_tables

DOCS = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


def section(title: str) -> str:
    """The text under a heading."""
    return DOCS.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def firsts(title: str) -> set[str]:
    """What stands in backticks in the first column of a section's tables."""
    rows = re.findall(r"^\| (`.*?) \|", section(title), re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def test_the_table_of_faults_has_every_fault_and_no_other() -> None:
    assert firsts("Faults") - {"seconds", "number", "text", "status", "problem"} == {
        str(kind) for kind in Kind
    }


@pytest.mark.parametrize("name", [name for name in Fault.__struct_fields__ if name not in {"seen", "fired"}])
def test_every_field_of_a_fault_is_explained(name: str) -> None:
    assert f"`{name}`" in section("Faults")


def test_the_table_of_controls_has_every_control_and_no_other() -> None:
    named = re.findall(r"^\| `(GET|POST|DELETE) ([a-z]+)", section("Control"), re.MULTILINE)
    assert set(named) == set(CONTROLS)


@pytest.mark.parametrize("verb", sorted({*bookkeeper.VERBS, *contact_acts.VERBS}))
def test_every_verb_of_a_person_is_explained(verb: str) -> None:
    assert f"`{verb}`" in section("Control")


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_webhook_category_is_named(category: str) -> None:
    assert category in section("Webhooks")


@pytest.mark.parametrize("name", docs_tables.TABLES)
def test_a_printed_table_is_what_the_code_prints(name: str) -> None:
    """When it isn't: `python -m tests.contract.docs_tables`."""
    assert docs_tables.between(DOCS, name) == docs_tables.TABLES[name]()


def test_every_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    options = {
        word.strip("[],") for word in capsys.readouterr().out.split() if word.strip("[],").startswith("--")
    }
    assert {name.partition(" ")[0] for name in firsts("Start")} == options - {"--help"}
