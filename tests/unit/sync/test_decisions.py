"""What follows from an error, and the table of everything that waits for a person."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bluestamp.sync import decisions, explanations
from bluestamp.sync.decisions import PARKED, Park, Reconnect, Remedy, Wait, decide
from bluestamp.xero import errors

NOW = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=3)


def after(**more: float) -> Wait:
    return Wait(NOW + dt.timedelta(**more))


DECIDED: list[tuple[errors.XeroError, int, Wait | Reconnect | Park]] = [
    (errors.RateLimited(until=LATER, which="day"), 1, Wait(LATER)),
    (errors.RateLimited(until=NOW - dt.timedelta(seconds=5), which="minute"), 1, Wait(NOW)),
    (errors.NotConnected(lost=errors.Lost.GRANT), 1, Reconnect("Access was withdrawn in Xero.")),
    (errors.NotConnected(lost=errors.Lost.TENANT), 9, Reconnect("Access was withdrawn in Xero.")),
    (errors.Forbidden(), 1, Reconnect("Xero says that a permission is missing.")),
    (errors.AppRefused("invalid_client"), 1, Reconnect("Xero refuses this app's client id or secret.")),
    (errors.TokenExpired(), 1, Wait(NOW)),
    (errors.Unavailable(outcome_known=True), 1, after(seconds=2)),
    (errors.Unavailable(outcome_known=False), 3, after(seconds=30)),
    (errors.Unavailable(outcome_known=True, until=LATER), 1, Wait(LATER)),
    (errors.Unanswered(outcome_known=False), 1, after(seconds=2)),
    (errors.Unanswered(outcome_known=False), 99, after(minutes=15)),
    (errors.Rejected("no"), 1, Park("XERO_REFUSED")),
    (errors.NotFound(), 1, Park("GONE_FROM_XERO")),
    (errors.Unexpected(), 1, after(seconds=2)),
    (errors.Unexpected(), 2, after(seconds=10)),
    (errors.Unexpected(), 3, Park("INTERNAL")),
]


@pytest.mark.parametrize(
    ("error", "attempts", "verdict"), DECIDED, ids=[f"{error.code} {tries}" for error, tries, _ in DECIDED]
)
def test_an_error_is_waited_out_reconnected_or_parked(
    error: errors.XeroError, attempts: int, verdict: Wait | Reconnect | Park
) -> None:
    assert decide(error, attempts=attempts, now=NOW) == verdict


def test_every_error_of_the_tree_has_a_row() -> None:
    assert set(errors.XeroError.__subclasses__()) == {type(error) for error, _, _ in DECIDED}


def test_an_error_that_nobody_foresaw_is_shown_to_a_person_in_the_end() -> None:
    class Unheard(errors.XeroError):
        pass

    assert decide(Unheard(), attempts=3, now=NOW) == Park("INTERNAL")


def test_waiting_grows_and_never_ends() -> None:
    waits = [decisions.backoff(attempts) for attempts in range(30)]
    assert waits == sorted(waits)
    assert dt.timedelta(0) < waits[0] <= waits[-1] == dt.timedelta(minutes=15)


def test_an_error_never_sends_at_an_instant_already_gone() -> None:
    for error, attempts, _ in DECIDED:
        verdict = decide(error, attempts=attempts, now=NOW)
        assert not isinstance(verdict, Wait) or verdict.until >= NOW


# The table


@pytest.mark.parametrize("remedy", PARKED.values(), ids=list(PARKED))
def test_every_parked_code_says_what_it_is_and_what_to_do(remedy: Remedy) -> None:
    assert PARKED[remedy.code] is remedy
    assert remedy.title
    assert remedy.meaning.endswith(".")
    assert remedy.what_to_do.endswith(".")
    assert remedy.button_label


def test_no_code_stands_twice() -> None:
    assert len(PARKED) == len(decisions._REMEDIES)


ROOM = Path(decisions.__file__).parent
#: Calls whose text in capitals is a code of the table.
_PARKING = {"Stop", "Park", "park", "park_all", "Explained"}


def parking_codes() -> set[str]:
    """Every code that some source of the room parks a document with, written out at the call."""
    found = {code for _, code, _ in explanations._KNOWN}
    for source in ROOM.glob("*.py"):
        calls = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
        found |= {text for call in calls if _name(call.func) in _PARKING for text in _texts(call.args)}
    return found


def named_codes() -> set[str]:
    """Every text in capitals in the room, the table itself left out."""
    found: set[str] = set()
    for source in ROOM.glob("*.py"):
        if source.name != "decisions.py":
            found |= set(_texts(ast.walk(ast.parse(source.read_text()))))
    return found | parking_codes()


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper():
            yield node.value


def test_every_code_that_parks_a_document_is_in_the_table() -> None:
    assert {"GONE_FROM_XERO", "LINES_DIFFER", "CONTACT_ARCHIVED"} <= parking_codes()
    assert parking_codes() - set(PARKED) == set()


def test_every_code_of_the_table_is_used() -> None:
    assert set(PARKED) - named_codes() == set()
