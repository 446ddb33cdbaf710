"""Jobs: numbered once, moved freely, changed by whoever saw them last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from bluestamp.books import companies, jobs
from bluestamp.books.companies import Company, CompanyDraft
from bluestamp.books.jobs import Job, JobDraft, Stale
from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio
from bluestamp.people.users import User

pytestmark = pytest.mark.usefixtures("in_northlight")


@pytest.fixture
def tides(client_company: Company, london: Branch) -> JobDraft:
    return JobDraft(name="Tides", company_id=client_company.id, branch_id=london.id)


def test_jobs_count_through_the_studio_whatever_their_branch(
    tides: JobDraft, bristol: Branch, ben: Actor, now: datetime
) -> None:
    first = jobs.create(tides, by=ben, now=now)
    second = jobs.create(replace(tides, branch_id=bristol.id), by=ben, now=now)
    assert [(job.number, job.status) for job in (first, second)] == [
        ("JOB-0001", "in_play"),
        ("JOB-0002", "in_play"),
    ]


def test_a_typed_number_is_kept_and_passed_over_by_the_sequence(
    tides: JobDraft, ben: Actor, now: datetime
) -> None:
    jobs.create(replace(tides, number="JOB-0001"), by=ben, now=now)
    assert jobs.create(tides, by=ben, now=now).number == "JOB-0002"


def test_a_number_that_another_job_has_is_refused_at_its_field(
    tides: JobDraft, ben: Actor, now: datetime
) -> None:
    jobs.create(replace(tides, number="A1"), by=ben, now=now)
    with pytest.raises(InvalidFields) as refused:
        jobs.create(replace(tides, number=" A1 "), by=ben, now=now)
    assert refused.value.field == "number"
    other = jobs.create(tides, by=ben, now=now)
    with pytest.raises(InvalidFields, match="A1"):
        jobs.edit(job_id=other.id, version=1, draft=replace(tides, number="A1"), by=ben, now=now)
    assert jobs.find(other.id).number == "JOB-0001"


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "x" * 256}, ["name"]),
        ({"number": "1" * 51}, ["number"]),
        ({"budget": Decimal("-0.01")}, ["budget"]),
        ({"budget": Decimal("10000000000")}, ["budget"]),
        ({"starts_on": date(2026, 3, 2), "due_on": date(2026, 3, 1)}, ["due_on"]),
        ({"lead_user_id": 0}, ["lead_user_id"]),
        ({"client_order_number": "x" * 256}, ["client_order_number"]),
    ],
)
def test_what_a_job_cant_be_is_refused_at_its_field(
    change: dict[str, object], fields: list[str], tides: JobDraft, ben: Actor, now: datetime
) -> None:
    with pytest.raises(InvalidFields) as refused:
        jobs.create(replace(tides, **change), by=ben, now=now)  # type: ignore[arg-type]
    assert [fault.field for fault in refused.value.faults] == fields


def test_nobody_of_another_studio_leads_a_job(
    tides: JobDraft, ben: Actor, ada_user: User, dan_user: User, now: datetime
) -> None:
    led = jobs.create(replace(tides, lead_user_id=ada_user.pk), by=ben, now=now)
    assert led.lead_user_id == ada_user.pk
    with pytest.raises(InvalidFields) as refused:
        jobs.create(replace(tides, lead_user_id=dan_user.pk), by=ben, now=now)
    assert refused.value.field == "lead_user_id"


def test_an_edit_raises_the_version_and_a_blank_number_keeps_the_old_one(
    job: Job, tides: JobDraft, ben: Actor, now: datetime
) -> None:
    draft = replace(tides, name="Tides II", budget=Decimal("1200"), number="")
    edited = jobs.edit(job_id=job.id, version=1, draft=draft, by=ben, now=now)
    assert (edited.number, edited.name, edited.version) == (job.number, "Tides II", 2)
    again = jobs.edit(job_id=job.id, version=2, draft=jobs.draft_of(jobs.find(job.id)), by=ben, now=now)
    assert again.version == 2


def test_an_edit_of_an_older_version_is_refused_with_the_fresh_job(
    job: Job, tides: JobDraft, ben: Actor, now: datetime
) -> None:
    jobs.move(job_id=job.id, status="paused", version=1, by=ben, now=now)
    for verb in (
        lambda: jobs.edit(job_id=job.id, version=1, draft=replace(tides, name="X"), by=ben, now=now),
        lambda: jobs.move(job_id=job.id, status="done", version=1, by=ben, now=now),
    ):
        with pytest.raises(Stale) as refused:
            verb()
        assert refused.value.fresh.status == "paused"


@pytest.mark.parametrize("first", jobs.Status.values)
@pytest.mark.parametrize("second", jobs.Status.values)
def test_a_job_moves_from_anywhere_to_anywhere(
    first: str, second: str, job: Job, ben: Actor, now: datetime
) -> None:
    moved = jobs.move(job_id=job.id, status=first, version=1, by=ben, now=now)
    moved = jobs.move(job_id=job.id, status=second, version=moved.version, by=ben, now=now)
    assert jobs.find(job.id).status == second
    steps = (first != "in_play") + (second != first)
    assert moved.version == 1 + steps
    assert activity.history("job", job.id).filter(verb="job.moved").count() == steps


def test_a_status_that_does_not_exist_is_refused(job: Job, ben: Actor, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        jobs.move(job_id=job.id, status="lost", version=1, by=ben, now=now)
    assert refused.value.field == "status"


def test_a_search_finds_number_name_and_client_and_leaves_the_archive_out(
    tides: JobDraft, ben: Actor, now: datetime
) -> None:
    other = companies.create(CompanyDraft(name="Oak & Sons", is_client=True), by=ben, now=now)
    sea = jobs.create(tides, by=ben, now=now)
    chair = jobs.create(replace(tides, name="Chair", company_id=other.id), by=ben, now=now)
    old = jobs.create(replace(tides, name="Old tides"), by=ben, now=now)
    jobs.move(job_id=old.id, status="archived", version=1, by=ben, now=now)
    jobs.move(job_id=sea.id, status="done", version=1, by=ben, now=now)
    assert [found.id for found in jobs.search("")] == [chair.id, sea.id]
    assert [found.id for found in jobs.search("TIDE")] == [sea.id]
    assert [found.id for found in jobs.search("oak  &")] == [chair.id]
    assert [found.id for found in jobs.search(chair.number)] == [chair.id]


def test_an_accountant_changes_no_job(job: Job, tides: JobDraft, abe: Actor, now: datetime) -> None:
    verbs: tuple[Callable[[], Job], ...] = (
        lambda: jobs.create(tides, by=abe, now=now),
        lambda: jobs.edit(job_id=job.id, version=1, draft=tides, by=abe, now=now),
        lambda: jobs.move(job_id=job.id, status="done", version=1, by=abe, now=now),
    )
    for verb in verbs:
        with pytest.raises(NotPermitted):
            verb()


def test_dan_finds_nothing_of_northlights_jobs(
    job: Job, tides: JobDraft, dan: Actor, daybreak: Studio, now: datetime
) -> None:
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        assert jobs.search("") == []
        assert jobs.name_of(job.id) == ""
        verbs: tuple[Callable[[], Job], ...] = (
            lambda: jobs.find(job.id),
            lambda: jobs.create(tides, by=dan, now=now),
            lambda: jobs.edit(job_id=job.id, version=1, draft=tides, by=dan, now=now),
            lambda: jobs.move(job_id=job.id, status="done", version=1, by=dan, now=now),
        )
        for verb in verbs:
            with pytest.raises(NotFound):
                verb()
