"""Jobs: what the studio does for its clients."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final, Literal

from django.db.models import Q, QuerySet
from ninja import Query, Router
from pydantic import Field

from bluestamp.api import documents as common
from bluestamp.api import wire
from bluestamp.api.callers import Call
from bluestamp.api.documents import Act
from bluestamp.api.wire import Day, Figure, Id, Money, Named, Page, Paged, Shape, Version, Words
from bluestamp.books import companies, jobs
from bluestamp.books.jobs import Job, JobDraft

KIND: Final = "job"
Status = Literal["in_play", "paused", "done", "archived"]

router = Router(tags=["jobs"], by_alias=True)


class JobShown(Shape):
    """A job. `budget` is in the branch's currency, without tax."""

    id: str
    number: str
    name: str
    company: Named
    branch_id: str
    status: str
    lead_user_id: int | None
    client_order_number: str
    starts_on: dt.date | None
    due_on: dt.date | None
    budget: Money | None
    version: int
    created_at: dt.datetime
    changed_at: dt.datetime


class JobWrite(Shape):
    """A job to write. A blank number takes the next one, or keeps the one that it has."""

    name: Words
    company_id: Id
    branch_id: Id
    number: Words = ""
    lead_user_id: Annotated[int, Field(ge=1, le=wire.LARGEST_INTEGER)] | None = None
    client_order_number: Words = ""
    starts_on: Day | None = None
    due_on: Day | None = None
    budget: Figure | None = None


class JobReplace(JobWrite):
    """A job to write in place of the version that the caller has seen."""

    version: Version


class JobStatus(Shape):
    """Where the work stands."""

    status: Status
    version: Version


class JobsAsked(Paged):
    """What a list of jobs is narrowed to."""

    status: Status | None = None
    company: Id | None = None
    branch: Id | None = None
    search: Words = ""


@router.get("", response=Page[JobShown])
def index(request: Call, asked: Query[JobsAsked]) -> Page[JobShown]:
    """List jobs, the newest first."""
    found, about = wire.slice_of(_asked_for(asked).order_by("-created_at", "-id"), asked)
    return Page(items=[shown(row) for row in found], **about)


@router.post("", response={201: JobShown})
def create(request: Call, body: JobWrite) -> JobShown:
    """Open a job, in play."""
    return one(jobs.create(JobDraft(**body.model_dump()), **request.caller.act).pk)


@router.get("/{job_id}", response=JobShown)
def read(request: Call, job_id: Id) -> JobShown:
    """Read one job."""
    return one(job_id)


@router.put("/{job_id}", response=JobShown)
def replace(request: Call, job_id: Id, body: JobReplace) -> JobShown:
    """Replace what a job says."""
    draft = JobDraft(**body.model_dump(exclude={"version"}))
    jobs.edit(job_id=job_id, version=body.version, draft=draft, **request.caller.act)
    return one(job_id)


@router.put("/{job_id}/status", response=JobShown)
def move(request: Call, job_id: Id, body: JobStatus) -> JobShown:
    """Say where the work stands."""
    jobs.move(job_id=job_id, status=body.status, version=body.version, **request.caller.act)
    return one(job_id)


@router.get("/{job_id}/history", response=list[Act])
def history(request: Call, job_id: Id) -> list[Act]:
    """What was done to the job, newest first."""
    return common.acts(KIND, jobs.find(job_id).pk)


# Steps


def _asked_for(asked: JobsAsked) -> QuerySet[Job]:
    exact = {"status": asked.status, "company_id": asked.company, "branch_id": asked.branch}
    rows = Job.objects.select_related("company").filter(
        **{name: value for name, value in exact.items() if value is not None}
    )
    words = asked.search.strip()
    if not words:
        return rows
    key = companies.name_key(words)
    return rows.filter(
        Q(number__icontains=words) | Q(name__icontains=words) | Q(company__name_key__contains=key)
    )


def one(job_id: str) -> JobShown:
    """A job as it now is."""
    return shown(jobs.find(job_id))


def shown(found: Job) -> JobShown:
    """A job as JSON."""
    same = {name: getattr(found, name) for name in JobShown.model_fields if name != "company"}
    return JobShown(**same, company=Named(id=found.company_id, name=found.company.name))
