"""The OpenAPI document is what is served: whatever it allows, and near misses of it, is answered and never breaks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, openapi
from schemathesis.core import NotSet

from bluestamp.api import openapi as ours
from bluestamp.api import urls
from tests.integration.api.conftest import JSON, Program, Scene
from tests.integration.api.test_walk import ALL, receipt

EXAMPLES = 3
"""Of each kind for each operation: there are many operations, and the walk has seen them as they are meant."""

pytestmark = pytest.mark.django_db


def test_the_document_is_served_to_anybody_and_says_what_a_refusal_looks_like() -> None:
    program = Program("")
    answer = program.call("GET", "/api/v1/openapi.json")
    document = answer.json()
    assert (answer.status_code, document["openapi"], "set-cookie" in answer) == (200, "3.1.0", False)
    problem = document["components"]["schemas"]["Problem"]
    assert set(problem["properties"]) == {"type", "title", "status", "detail", "code", "errors"}
    for item in document["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert len({each.name for each in ALL}) == len(ALL)
    assert "number" not in set(_types(document))


def _types(value: Any) -> Iterator[str]:
    """Every type that the document names: "number" would be a float."""
    if isinstance(value, dict):
        if isinstance(value.get("type"), str):
            yield value["type"]
        for part in value.values():
            yield from _types(part)
    elif isinstance(value, list):
        for part in value:
            yield from _types(part)


def test_nothing_that_is_sent_breaks_an_operation(as_cleo: Program, scene: Scene) -> None:
    schema = openapi.from_dict(ours.document(urls.api))
    # The others take nothing but an address, and the copies of invoices what those of expenses take.
    known = [each for each in _all(schema) if (each.body or each.query) and "invoices/{doc" not in each.path]
    assert len(known) > 35
    addresses = {(each.method, each.path): each.address(scene) for each in ALL}
    statuses: Counter[int] = Counter()
    for operation in known:
        address = addresses[operation.method, operation.path]
        for mode in GenerationMode:
            statuses += _answered(operation.as_strategy(generation_mode=mode), as_cleo, address, scene)
    assert statuses[500] == 0
    assert statuses[200] > 50 and statuses[422] > 50 and statuses[201] > 3, statuses


def _all(schema: Any) -> list[Any]:
    found = [result.ok() for result in schema.get_all_operations()]
    assert len(found) == len(ALL)
    return found


def _answered(cases: st.SearchStrategy[Any], program: Program, address: str, scene: Scene) -> Counter[int]:
    statuses: Counter[int] = Counter()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def answered(case: Any) -> None:
        with transaction.atomic():
            answer = _sent(program, case, address, scene)
            transaction.set_rollback(True)
        assert answer.status_code < 500, (case, answer.content)
        if answer.status_code >= 400:
            assert json.loads(answer.content)["code"]
        statuses[answer.status_code] += 1

    answered()
    return statuses


def _sent(program: Program, case: Any, address: str, scene: Scene) -> Any:
    """Send the case's query and body to something that there is, with a token that is valid."""
    query = urlencode({name: str(value) for name, value in (case.query or {}).items()})
    if isinstance(case.body, NotSet):
        return program.call(case.method, address, QUERY_STRING=query)
    if case.media_type == "multipart/form-data":
        return program.call(case.method, address, **receipt())
    data = case.body if isinstance(case.body, bytes) else json.dumps(_about_real_things(case.body, scene))
    return program.call(case.method, address, QUERY_STRING=query, data=data, content_type=JSON)


def _about_real_things(body: Any, scene: Scene) -> Any:
    """Let a body that is nearly right name what there is, or it would end at the first thing that there is not."""
    real = {
        "branch_id": scene.cast.bristol.pk,
        "company_id": scene.client.pk,
        "job_id": scene.job.pk,
        "issued_on": "2026-11-02",
        "paid_on": "2026-11-02",
        "start_on": "2026-11-02",
        "version": 1,
        "currency": "GBP",
        "ids": [scene.expense.pk, scene.invoice.pk],
        "branch_ids": [scene.cast.bristol.pk],
    }
    if not isinstance(body, dict):
        return body
    return {
        name: real[name] if name in real and isinstance(value, type(real[name])) else value
        for name, value in body.items()
    }
