"""What the stories of the books begin with: a client, a supplier, a job."""

from __future__ import annotations

from datetime import datetime

import pytest

from bluestamp.books import companies, jobs
from bluestamp.books.companies import Company, CompanyDraft
from bluestamp.books.jobs import Job, JobDraft
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch


@pytest.fixture
def client_company(in_northlight: None, ben: Actor, now: datetime) -> Company:
    """A museum that Northlight works for."""
    return companies.create(CompanyDraft(name="Harbour Museum", is_client=True), by=ben, now=now)


@pytest.fixture
def supplier(in_northlight: None, ben: Actor, now: datetime) -> Company:
    """A printer that Northlight buys from."""
    return companies.create(CompanyDraft(name="Fine Print Ltd", is_supplier=True), by=ben, now=now)


@pytest.fixture
def job(client_company: Company, london: Branch, ben: Actor, now: datetime) -> Job:
    """An exhibition, in play."""
    draft = JobDraft(name="Tides", company_id=client_company.id, branch_id=london.id)
    return jobs.create(draft, by=ben, now=now)
