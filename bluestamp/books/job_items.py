"""The plan of a job: what shall be done and bought for it, at what. Quotes, invoices, expenses and orders are made of it.

A document that was made of the plan is a copy: changing the one does not change the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Final

from django.db import models, transaction

from bluestamp.books import jobs, ledgers, line_items
from bluestamp.books.companies import Company
from bluestamp.books.items import Item
from bluestamp.books.jobs import Job
from bluestamp.books.line_items import LineDraft
from bluestamp.errors import Invalid, InvalidFields
from bluestamp.money import amounts
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.rows import StudioRow

ZERO: Final = Decimal(0)
#: What nobody plans by hand any more.
MOST_LINES: Final = 500


class JobItem(StudioRow):
    """One line of a plan. `unit_amount` is what the client pays for a unit, `cost_unit_amount` what a third party takes."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    master = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(1))
    unit_amount = models.DecimalField(max_digits=14, decimal_places=4, default=ZERO)
    cost_unit_amount = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    supplier = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="+")
    #: paid to a third party; else the studio's own work
    is_cost = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["job", "position"], name="job_item_in_order")]

    @property
    def planned(self) -> Decimal:
        """What the client pays for the line, without tax."""
        return amounts.to_cents(self.quantity * self.unit_amount)

    @property
    def planned_cost(self) -> Decimal:
        """What the line costs the studio; nothing where nobody said."""
        return amounts.to_cents(self.quantity * (self.cost_unit_amount or ZERO))


@dataclass(frozen=True, kw_only=True)
class PlanDraft:
    """One line of a plan as somebody typed it. `id` names the line it was; None is a new one."""

    id: str | None = None
    master_id: str | None = None
    item: str = ""
    description: str = ""
    quantity: Decimal = Decimal(1)
    unit_amount: Decimal = ZERO
    cost_unit_amount: Decimal | None = None
    supplier_id: str | None = None
    is_cost: bool = False


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What a plan comes to, without tax."""

    sell: Decimal
    cost: Decimal


def of(job: Job) -> list[JobItem]:
    """Return the lines of a job's plan, in order, each with its supplier."""
    return list(JobItem.objects.select_related("supplier").filter(job=job))


def totals(lines: Sequence[JobItem]) -> Planned:
    """Add a plan up."""
    return Planned(
        sell=sum((line.planned for line in lines), Decimal("0.00")),
        cost=sum((line.planned_cost for line in lines), Decimal("0.00")),
    )


def drafts_of(lines: Sequence[JobItem]) -> tuple[PlanDraft, ...]:
    """Return stored lines as drafts, so that some of them can be changed."""
    return tuple(
        PlanDraft(**{field.name: getattr(line, field.name) for field in fields(PlanDraft)}) for line in lines
    )


def suppliers(lines: Sequence[JobItem]) -> list[Company]:
    """Return the suppliers of what is bought by this plan, each of them once, in the plan's order."""
    found = {line.supplier_id: line.supplier for line in lines if line.is_cost and line.supplier}
    return list(found.values())


def lines_for(job: Job, kind: str, *, supplier_id: str | None = None) -> tuple[LineDraft, ...]:
    """Return the lines that a document of this kind starts with when it is made of the job's plan.

    A quote and an invoice have all of it, at what the client pays. An expense and a purchase order have what is bought
    from the supplier, or from nobody in particular yet, at what it costs, with what the client pays beside it.
    """
    lines = of(job)
    if ledgers.sells(kind):
        return tuple(_sold(line) for line in lines)
    return tuple(_bought(line) for line in lines if line.is_cost and line.supplier_id in {supplier_id, None})


# Verbs


def plan(
    *, job_id: str, version: int, lines: Sequence[PlanDraft], by: Actor, now: dt.datetime
) -> list[JobItem]:
    """Make the plan of a job say this; saying what it says already changes nothing.

    Refuses NotPermitted, NotFound (job), Stale (a job that is newer than was seen), InvalidFields at `plan.<n>.<name>`.
    """
    permissions.require(by, Action.EDIT_JOBS)
    with transaction.atomic():
        job = jobs.locked(job_id, version=version)
        known = of(job)
        if tuple(lines) == drafts_of(known):
            return known
        _refuse_faults(lines, known)
        _save(job, lines, known)
        jobs.note_planned(job, now=now)
        sentence = f"Changed the plan of {job}."
        activity.record(
            by=by, verb="job.planned", kind=jobs.KIND, subject_id=job.id, sentence=sentence, now=now
        )
        return of(job)


# Steps


def _sold(line: JobItem) -> LineDraft:
    return LineDraft(
        master_id=line.master_id,
        item=line.item,
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
    )


def _bought(line: JobItem) -> LineDraft:
    return replace(_sold(line), unit_amount=line.cost_unit_amount or ZERO, sell_unit_amount=line.unit_amount)


def _save(job: Job, lines: Sequence[PlanDraft], known: Sequence[JobItem]) -> None:
    """Known lines keep their ids, new ones are added, missing ones go."""
    rows = {line.id: line for line in known}
    kept = {line.id for line in lines if line.id}
    JobItem.objects.filter(job=job, id__in=[id_ for id_ in rows if id_ not in kept]).delete()
    for position, line in enumerate(lines):
        row = rows.get(line.id or "") or JobItem(studio_id=job.studio_id, job=job)
        row.position = position
        for name, value in asdict(line).items():
            if name != "id":
                setattr(row, name, value)
        row.save()


def _refuse_faults(lines: Sequence[PlanDraft], known: Sequence[JobItem]) -> None:
    if len(lines) > MOST_LINES:
        raise InvalidFields([Invalid(f"At most {MOST_LINES} lines.", field="plan")])
    faults = [
        Invalid(fault.sentence, field=_field_of_plan(fault.field))
        for fault in line_items.faults([_as_line(line) for line in lines])
    ]
    faults += _pointer_faults(lines, known)
    faults += [
        Invalid("Say what it is.", field=f"plan.{position}.item")
        for position, line in enumerate(lines)
        if not (line.item.strip() or line.description.strip())
    ]
    if faults:
        raise InvalidFields(faults)


def _field_of_plan(field: str) -> str:
    head, place, name = field.split(".")
    assert head == "lines"
    return f"plan.{place}.{'cost_unit_amount' if name == 'sell_unit_amount' else name}"


def _as_line(line: PlanDraft) -> LineDraft:
    """The cost stands where a document's line has what it is sold at, so that both figures are looked at."""
    return LineDraft(
        item=line.item,
        description=line.description,
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        sell_unit_amount=line.cost_unit_amount,
    )


def _pointer_faults(lines: Sequence[PlanDraft], known: Sequence[JobItem]) -> Iterator[Invalid]:
    """Foreign keys look across the border between studios; these queries do not."""
    masters = {line.master_id for line in lines if line.master_id}
    firms = {line.supplier_id for line in lines if line.supplier_id}
    masters -= set(Item.objects.filter(pk__in=masters).values_list("pk", flat=True))
    firms -= set(Company.objects.filter(pk__in=firms).values_list("pk", flat=True))
    free = {line.id for line in known}
    for position, line in enumerate(lines):
        if line.master_id in masters:
            yield Invalid("There is no such item.", field=f"plan.{position}.master_id")
        if line.supplier_id in firms:
            yield Invalid("There is no such supplier.", field=f"plan.{position}.supplier_id")
        if line.id is not None and line.id not in free:
            yield Invalid("This line was removed meanwhile.", field=f"plan.{position}")
        free.discard(line.id)
