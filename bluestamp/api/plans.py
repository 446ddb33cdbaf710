"""The plans of jobs: what shall be done and bought, at what. Documents are made of them by whoever calls."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from ninja import Router

from bluestamp.api.callers import Call
from bluestamp.api.wire import Figure, Id, Money, Named, Shape, Unit, Version, Words
from bluestamp.books import job_items, jobs
from bluestamp.books.job_items import JobItem, PlanDraft

router = Router(tags=["jobs"], by_alias=True)
Kind = Literal["quote", "invoice", "expense", "purchase_order"]


class PlanLine(Shape):
    """One line of a plan. `unit_amount` is what the client pays for a unit, `cost_unit_amount` what a third party takes."""

    id: str
    master_id: str | None
    item: str
    description: str
    quantity: Unit
    unit_amount: Unit
    cost_unit_amount: Unit | None
    supplier: Named | None
    is_cost: bool
    planned: Money
    planned_cost: Money


class Plan(Shape):
    """The plan of a job with what it comes to, without tax. `version` is the job's."""

    version: int
    sell: Money
    cost: Money
    lines: list[PlanLine]


class PlanLineWrite(Shape):
    """A line to write. `id` names the line that it was; without one it is new."""

    id: Id | None = None
    master_id: Id | None = None
    item: Words = ""
    description: Words = ""
    quantity: Figure = Decimal(1)
    unit_amount: Figure = Decimal(0)
    cost_unit_amount: Figure | None = None
    supplier_id: Id | None = None
    is_cost: bool = False


class PlanReplace(Shape):
    """A plan to write in place of the one of the job's version that the caller has seen."""

    version: Version
    lines: list[PlanLineWrite]


class SuggestedLine(Shape):
    """A line that a document of a kind would start with, to be sent with it."""

    master_id: str | None
    item: str
    description: str
    quantity: Unit
    unit_amount: Unit
    sell_unit_amount: Unit | None


@router.get("/{job_id}/plan", response=Plan)
def read(request: Call, job_id: Id) -> Plan:
    """Read the plan of a job."""
    return _plan(job_id)


@router.put("/{job_id}/plan", response=Plan)
def replace(request: Call, job_id: Id, body: PlanReplace) -> Plan:
    """Replace the plan of a job."""
    lines = [PlanDraft(**line.model_dump()) for line in body.lines]
    job_items.plan(job_id=job_id, version=body.version, lines=lines, **request.caller.act)
    return _plan(job_id)


@router.get("/{job_id}/plan/lines", response=list[SuggestedLine])
def lines(
    request: Call, job_id: Id, kind: Kind = "invoice", supplier_id: Id | None = None
) -> list[SuggestedLine]:
    """List the lines that a document of this kind starts with when it is made of the plan."""
    found = job_items.lines_for(jobs.find(job_id), kind, supplier_id=supplier_id)
    names = SuggestedLine.model_fields
    return [SuggestedLine(**{name: getattr(line, name) for name in names}) for line in found]


# Steps


def _plan(job_id: str) -> Plan:
    job = jobs.find(job_id)
    found = job_items.of(job)
    totals = job_items.totals(found)
    return Plan(
        version=job.version, sell=totals.sell, cost=totals.cost, lines=[_line(line) for line in found]
    )


def _line(line: JobItem) -> PlanLine:
    same = {name: getattr(line, name) for name in PlanLine.model_fields if name != "supplier"}
    supplier = Named(id=line.supplier.pk, name=line.supplier.name) if line.supplier else None
    return PlanLine(**same, supplier=supplier)
