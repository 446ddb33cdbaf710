"""Switches for what Xero's pages leave open: presets, single positions, and refusals of what doesn't exist."""

import pytest

from bluestamp.sandbox import switches
from bluestamp.sandbox.server import main
from bluestamp.sandbox.switches import FIELDS, Switches
from tests.contract.caller import Caller


def test_every_switch_names_its_section_and_says_what_it_decides() -> None:
    for said in switches.describe(Switches()):
        assert str(said["section"])[0].isdigit() and str(said["says"]).endswith(".")


def test_strict_and_lenient_differ_on_every_switch() -> None:
    for name, field in FIELDS.items():
        assert field.metadata["strict"] != field.metadata["lenient"], name
        assert field.default in {field.metadata["strict"], field.metadata["lenient"]}, name


def test_a_command_line_takes_a_preset_and_then_single_switches() -> None:
    read = switches.read(strict=True, lenient=False, named=["order_billed_by_app=true", "body_limit_mb=5"])
    assert read.order_billed_by_app and read.body_limit_mb == 5.0 and read.not_modified == "304"


@pytest.mark.parametrize(
    "options",
    [
        ["--strict", "--lenient"],
        ["--switch", "nothing=1"],
        ["--switch", "not_modified"],
        ["--switch", "not_modified=200"],
    ],
)
def test_a_switch_that_does_not_exist_is_a_sentence_and_exit_code_two(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--port", "0", *options]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_switches_are_moved_while_the_sandbox_runs_and_put_back_by_a_reset(xero: Caller) -> None:
    moved = xero.control("switches", {"preset": "strict", "not_modified": "empty"})["switches"]
    now = {said["name"]: said["value"] for said in moved}
    assert now["order_billed_by_app"] is False and now["not_modified"] == "empty"
    xero.control("reset")
    listed = xero.control("switches", method="GET")["switches"]
    assert all(said["value"] == said["likely"] for said in listed)


def test_moving_an_unknown_switch_is_refused(xero: Caller) -> None:
    answer = xero.http.post("/_sandbox/switches", json={"nothing": True})
    assert answer.status_code == 400 and "There is no switch" in answer.text
