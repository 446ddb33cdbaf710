"""Jobs at the browser: a client is made by naming it, and a refused form makes none."""

from __future__ import annotations

import pytest
from django.test import Client

from bluestamp.books.jobs import Job
from bluestamp.engine import tenancy
from tests.cast import Cast
from tests.desk import Desk

pytestmark = pytest.mark.django_db


def _typed(cast: Cast, **changes: str) -> dict[str, str]:
    return {"name": "Winter menu", "company_id": "new:Saltmarsh", "branch_id": cast.london.pk} | changes


def test_a_client_can_be_made_by_naming_it(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post("/northlight/jobs/new", _typed(cast))
    assert answer.status_code == 302
    with tenancy.acting_in(cast.northlight.pk):
        assert Job.objects.get(pk=answer["Location"].rsplit("/", 1)[1]).company.name == "Saltmarsh"


def test_a_client_named_in_a_refused_form_is_not_made_and_stays_typed(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    answer = ada_browser.post("/northlight/jobs/new", _typed(cast, budget="lots"))
    assert answer.status_code == 422
    assert 'value="Saltmarsh"' in answer.content.decode()
    refused = ada_browser.post("/northlight/jobs/new", _typed(cast, name=""))
    assert refused.status_code == 422
    assert ada_browser.get("/northlight/companies/choices?q=Saltmarsh").json() == {"choices": []}


def test_a_choice_that_was_not_made_is_marked(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    page = ada_browser.post("/northlight/jobs/new", _typed(cast, company_id="")).content.decode()
    box = page[page.index('id="f-company_id"') :].split(">", 1)[0]
    assert 'aria-invalid="true"' in box
