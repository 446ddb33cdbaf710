"""Jobs: what the studio does for a client. Expenses are logged to one, invoices are made for one.

in play ⇄ paused, done, archived     any may follow any other: work stops, ends and comes back
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Case, Q, Value, When

from bluestamp.books import companies, numbers
from bluestamp.books.companies import Company
from bluestamp.errors import Conflict, Invalid, InvalidFields, NotFound
from bluestamp.money import amounts
from bluestamp.people import activity, branches, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import Action
from bluestamp.people.rows import StudioRow

KIND: Final = "job"


class Status(models.TextChoices):
    """Where the work stands."""

    IN_PLAY = "in_play", "In play"
    PAUSED = "paused", "Paused"
    DONE = "done", "Done"
    ARCHIVED = "archived", "Archived"


class Job(StudioRow):
    """One job. `budget` is in the branch's currency, without tax."""

    number = models.CharField(max_length=50)
    name = models.CharField(max_length=255)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.IN_PLAY)
    lead_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    client_order_number = models.CharField(max_length=255, blank=True)
    starts_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    budget = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["studio", "status", "-created_at"], name="job_by_status"),
            models.Index(fields=["studio", "company"], name="job_of_company"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["studio", "number"], name="job_number_once"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="job_status"),
            models.CheckConstraint(condition=~Q(number=""), name="job_numbered"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


@dataclass(frozen=True, kw_only=True)
class JobDraft:
    """All of a job that a person can change. A blank number takes the next one, or keeps the one that it has."""

    name: str
    company_id: str
    branch_id: str
    number: str = ""
    lead_user_id: int | None = None
    client_order_number: str = ""
    starts_on: dt.date | None = None
    due_on: dt.date | None = None
    budget: Decimal | None = None


class Stale(Conflict):
    """Somebody changed the job first; `fresh` is what it is now."""

    code = "STALE"

    def __init__(self, fresh: Job) -> None:
        super().__init__("Somebody changed this job while you had it open. Here is what it says now.")
        self.fresh = fresh


def find(job_id: str) -> Job:
    """Return a job of the open studio, with its company and branch. Raises NotFound."""
    found = Job.objects.select_related("company", "branch").filter(pk=job_id).first()
    if found is None:
        raise NotFound("There is no such job.")
    return found


def name_of(job_id: str | None) -> str:
    """Return a job's number and name for a box that shows it; "" for none and for an unknown one."""
    found = Job.objects.filter(pk=job_id).first()
    return str(found) if found else ""


def search(text: str, *, limit: int = 20) -> list[Job]:
    """Return jobs that aren't archived whose number, name or client contains the text, those in play first."""
    words = text.strip()
    rows = Job.objects.select_related("company").exclude(status=Status.ARCHIVED)
    if words:
        rows = rows.filter(
            Q(number__icontains=words)
            | Q(name__icontains=words)
            | Q(company__name_key__contains=companies.name_key(words))
        )
    in_play_first = Case(When(status=Status.IN_PLAY, then=Value(0)), default=Value(1))
    return list(rows.order_by(in_play_first, "-created_at", "-id")[:limit])


def draft_of(job: Job) -> JobDraft:
    """Return a stored job as a draft, so that some of it can be changed."""
    return JobDraft(**{field.name: getattr(job, field.name) for field in fields(JobDraft)})


# Verbs


def create(draft: JobDraft, *, by: Actor, now: dt.datetime) -> Job:
    """Open a job, in play. Refuses NotPermitted, NotFound (company, branch), InvalidFields."""
    permissions.require(by, Action.EDIT_JOBS)
    tidied = _tidied(draft)
    with transaction.atomic():
        _refuse_faults(tidied, by=by)
        number = tidied.number or numbers.take(studio_id=by.studio_id, branch_id=tidied.branch_id, kind=KIND)
        job = Job(
            studio_id=by.studio_id, created_at=now, changed_at=now, **asdict(tidied) | {"number": number}
        )
        _save(job, None)
        _record(job, "created", f"Opened the job {job}.", by=by, now=now)
    return job


def edit(*, job_id: str, version: int, draft: JobDraft, by: Actor, now: dt.datetime) -> Job:
    """Change a job; saving what it already says changes nothing.

    Refuses NotPermitted, NotFound, Stale, InvalidFields.
    """
    permissions.require(by, Action.EDIT_JOBS)
    tidied = _tidied(draft)
    with transaction.atomic():
        job = locked(job_id, version=version)
        _refuse_faults(tidied, by=by)
        wanted = asdict(tidied) | {"number": tidied.number or job.number}
        changed = [name for name, value in wanted.items() if getattr(job, name) != value]
        if "number" in changed:
            _note_given_up(job, wanted["number"], by=by, now=now)
        for name in changed:
            setattr(job, name, wanted[name])
        if changed:
            _save_next_version(job, changed, now=now)
            _record(job, "edited", f"Changed the job {job}.", by=by, now=now)
    return job


def move(*, job_id: str, status: str, version: int, by: Actor, now: dt.datetime) -> Job:
    """Say where the work stands; what it says already is no news. Refuses NotPermitted, NotFound, Stale, Invalid."""
    permissions.require(by, Action.EDIT_JOBS)
    if status not in Status.values:
        raise Invalid("Choose in play, paused, done or archived.", field="status")
    with transaction.atomic():
        job = locked(job_id, version=version)
        if job.status != status:
            job.status = status
            _save_next_version(job, ["status"], now=now)
            _record(job, "moved", f"{job} is {Status(status).label.lower()}.", by=by, now=now)
    return job


def locked(job_id: str, *, version: int) -> Job:
    """Return the job, locked until the transaction ends. Raises NotFound, and Stale when it is newer than seen."""
    rows = Job.objects.select_for_update(of=("self",)).select_related("company", "branch")
    found = rows.filter(pk=job_id).first()
    if found is None:
        raise NotFound("There is no such job.")
    if found.version != version:
        raise Stale(found)
    return found


def note_planned(job: Job, *, now: dt.datetime) -> None:
    """Raise the version of a locked job whose plan changed; the caller's transaction and history."""
    _save_next_version(job, [], now=now)


# Steps


def _save_next_version(job: Job, changed: list[str], *, now: dt.datetime) -> None:
    job.version += 1
    job.changed_at = now
    _save(job, [*changed, "version", "changed_at"])


def _save(job: Job, changed: list[str] | None) -> None:
    """Save the job, all of a new one; a typed number may have been taken since we looked, so the database decides."""
    try:
        with transaction.atomic():
            job.save(force_insert=changed is None, update_fields=changed)
    except IntegrityError as error:
        if "job_number_once" not in str(error):
            raise
        raise InvalidFields([Invalid(f"Another job has the number {job.number}.", field="number")]) from None


def _note_given_up(job: Job, number: str, *, by: Actor, now: dt.datetime) -> None:
    why = f"{by.name} gave the job “{job.name}” the number {number} instead, on {now.day} {now:%b %Y}."
    numbers.note_given_up(studio_id=job.studio_id, kind=KIND, number=job.number, why=why, now=now)


def _tidied(draft: JobDraft) -> JobDraft:
    return replace(
        draft,
        name=" ".join(draft.name.split()),
        number=draft.number.strip(),
        client_order_number=draft.client_order_number.strip(),
    )


def _refuse_faults(draft: JobDraft, *, by: Actor) -> None:
    companies.find(draft.company_id)
    branches.find(draft.branch_id)
    faults = [*_faults_of(draft), *_faults_of_lead(draft.lead_user_id, by=by)]
    if faults:
        raise InvalidFields(faults)


def _faults_of(draft: JobDraft) -> list[Invalid]:
    budget = draft.budget
    checks = (
        ("name", not draft.name, "Enter the job's name."),
        ("name", len(draft.name) > 255, "At most 255 characters."),
        ("number", len(draft.number) > 50, "At most 50 characters."),
        ("client_order_number", len(draft.client_order_number) > 255, "At most 255 characters."),
        (
            "due_on",
            draft.starts_on and draft.due_on and draft.due_on < draft.starts_on,
            "It can't be due before it starts.",
        ),
        ("budget", budget is not None and budget < 0, "A budget is not below zero."),
        ("budget", budget is not None and amounts.is_too_large(budget), "This amount is too large."),
    )
    return [Invalid(sentence, field=name) for name, is_fault, sentence in checks if is_fault]


def _faults_of_lead(user_id: int | None, *, by: Actor) -> list[Invalid]:
    if user_id is None or Membership.objects.filter(studio_id=by.studio_id, user_id=user_id).exists():
        return []
    return [Invalid("Choose somebody of this studio.", field="lead_user_id")]


def _record(job: Job, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(by=by, verb=f"{KIND}.{verb}", kind=KIND, subject_id=job.id, sentence=sentence, now=now)
