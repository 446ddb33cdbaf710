"""docs/api.md names every operation there is, no other, and gives examples that the API would take."""

from __future__ import annotations

import json
import re
from typing import Any

from bluestamp.api import expenses, openapi, problems, urls
from bluestamp.api.documents import CopyStanding, ExchangeRate, PaymentStanding
from bluestamp.api.studio import Me
from tests.house import sources

PAGE = sources.ROOT / "docs/api.md"
METHODS = "GET|POST|PUT|DELETE"


def _there_are() -> dict[tuple[str, str], str]:
    """What each operation does, by method and address."""
    paths: dict[str, Any] = openapi.document(urls.api)["paths"]
    return {
        (method.upper(), path.removeprefix(openapi.PREFIX)): operation["summary"]
        for path, item in paths.items()
        for method, operation in item.items()
        if method != "parameters"
    }


def test_the_table_of_operations_is_the_codes() -> None:
    rows = re.findall(rf"^\| ({METHODS}) \| `([^`]+)` \| (.+) \|$", PAGE.read_text(), re.MULTILINE)
    assert {(method, path): words for method, path, words in rows} == _there_are()
    assert len(rows) == len(_there_are())


def test_every_address_in_the_text_exists() -> None:
    named = re.findall(rf"(?:^|`)({METHODS}) (/[^\s`]+)", PAGE.read_text(), re.MULTILINE)
    assert len(named) > 15
    assert set(named) - set(_there_are()) == set()


def _examples() -> list[dict[str, Any]]:
    return [json.loads(block) for block in re.findall(r"```json\n(.+?)```", PAGE.read_text(), re.DOTALL)]


def test_the_examples_have_the_shapes_that_they_show() -> None:
    me, written, shown, rated, problem = _examples()
    Me.model_validate(me)
    expenses.ExpenseWrite.model_validate(written)
    assert set(shown) - {"copy"} <= set(expenses.ExpenseShown.model_fields)
    CopyStanding.model_validate(shown["copy"])
    PaymentStanding.model_validate(shown["payment"])
    assert set(rated) <= set(expenses.ExpenseShown.model_fields)
    ExchangeRate.model_validate(rated["exchange"])
    problems.Problem.model_validate(problem)
    assert problem["title"] == problems.TITLES[problem["status"]]


def test_the_table_of_statuses_is_the_codes() -> None:
    named = [int(row) for row in re.findall(r"^\| (\d{3}) \|", PAGE.read_text(), re.MULTILINE)]
    assert named == list(problems.TITLES)
