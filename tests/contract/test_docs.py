"""docs/sandbox.md names every fault, control, bookkeeper's verb and option there is."""

from pathlib import Path

import pytest

from bluestamp.sandbox.bookkeeper import VERBS
from bluestamp.sandbox.control import CONTROLS
from bluestamp.sandbox.faults import Kind
from bluestamp.sandbox.server import main

DOCS = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


@pytest.mark.parametrize("kind", list(Kind))
def test_every_fault_is_explained(kind: Kind) -> None:
    assert f"`{kind}`" in DOCS


@pytest.mark.parametrize("control", sorted({name for _, name in CONTROLS}))
def test_every_control_is_explained(control: str) -> None:
    assert f" {control}" in DOCS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_of_the_bookkeeper_is_explained(verb: str) -> None:
    assert f"`{verb}`" in DOCS


def test_every_option_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    options = {
        word.strip("[],") for word in capsys.readouterr().out.split() if word.strip("[],").startswith("--")
    }
    assert options >= {"--port", "--state"}
    assert all(option in DOCS for option in options - {"--help"})
