"""The plan of a job: written by whoever saw it last, and the beginning of every document that is made of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from bluestamp.books import items, job_items, jobs
from bluestamp.books.companies import Company
from bluestamp.books.items import Item, ItemDraft
from bluestamp.books.job_items import PlanDraft
from bluestamp.books.jobs import Job, Stale
from bluestamp.engine import tenancy
from bluestamp.errors import InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity
from bluestamp.people.actors import Actor
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")


@pytest.fixture
def item(cleo: Actor, now: datetime) -> Item:
    return items.create(ItemDraft(name="Printing", rate=Decimal(50)), by=cleo, now=now)


@pytest.fixture
def plan(item: Item, supplier: Company) -> list[PlanDraft]:
    """Own work, printing from Fine Print, and a courier whom nobody has chosen yet."""
    return [
        PlanDraft(item="Art direction", quantity=Decimal(2), unit_amount=Decimal(600)),
        PlanDraft(
            master_id=item.id, item="Printing", quantity=Decimal(10), unit_amount=Decimal(50),
            cost_unit_amount=Decimal("40.125"), supplier_id=supplier.id, is_cost=True,
        ),
        PlanDraft(item="Courier", unit_amount=Decimal(30), is_cost=True),
    ]  # fmt: skip


@pytest.fixture
def planned(job: Job, plan: list[PlanDraft], ben: Actor, now: datetime) -> Job:
    job_items.plan(job_id=job.id, version=1, lines=plan, by=ben, now=now)
    return jobs.find(job.id)


def test_a_plan_comes_to_what_the_client_pays_and_third_parties_take(planned: Job) -> None:
    lines = job_items.of(planned)
    totals = job_items.totals(lines)
    assert (totals.sell, totals.cost) == (Decimal("1730.00"), Decimal("401.25"))
    assert [company.name for company in job_items.suppliers(lines)] == ["Fine Print Ltd"]


def test_saving_the_same_plan_changes_nothing_and_another_is_a_new_version(
    planned: Job, ben: Actor, now: datetime
) -> None:
    same = list(job_items.drafts_of(job_items.of(planned)))
    job_items.plan(job_id=planned.id, version=2, lines=same, by=ben, now=now)
    assert jobs.find(planned.id).version == 2
    first, *rest = same
    kept = job_items.plan(job_id=planned.id, version=2, lines=[*rest, first], by=ben, now=now)
    assert [line.id for line in kept] == [rest[0].id, rest[1].id, first.id]
    assert jobs.find(planned.id).version == 3
    assert activity.history("job", planned.id)[0].sentence.startswith("Changed the plan of ")
    with pytest.raises(Stale):
        job_items.plan(job_id=planned.id, version=2, lines=[], by=ben, now=now)


@pytest.mark.parametrize("kind", ["quote", "invoice", "credit_note"])
def test_what_is_sold_has_the_whole_plan_at_what_the_client_pays(kind: str, planned: Job) -> None:
    lines = job_items.lines_for(planned, kind)
    assert [line.item for line in lines] == ["Art direction", "Printing", "Courier"]
    assert [line.unit_amount for line in lines] == [600, 50, 30]
    assert all(line.id is None for line in lines)


@pytest.mark.parametrize("kind", ["expense", "purchase_order", "supplier_credit"])
def test_what_is_bought_has_the_suppliers_lines_at_their_cost(
    kind: str, planned: Job, item: Item, supplier: Company
) -> None:
    printing, courier = job_items.lines_for(planned, kind, supplier_id=supplier.id)
    assert (printing.unit_amount, printing.sell_unit_amount, printing.master_id) == (
        Decimal("40.125"), 50, item.id,
    )  # fmt: skip
    assert (courier.item, courier.unit_amount) == ("Courier", 0)
    assert [line.item for line in job_items.lines_for(planned, kind)] == ["Courier"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"item": ""}, "plan.0.item"),
        ({"quantity": Decimal(-1)}, "plan.0.quantity"),
        ({"unit_amount": Decimal("1.23456")}, "plan.0.unit_amount"),
        ({"cost_unit_amount": Decimal("1.23456")}, "plan.0.cost_unit_amount"),
        ({"master_id": "00000000000000000000"}, "plan.0.master_id"),
        ({"supplier_id": "00000000000000000000"}, "plan.0.supplier_id"),
        ({"id": "00000000000000000000"}, "plan.0"),
    ],
)
def test_what_a_line_cant_be_is_refused_at_its_field(
    changes: dict[str, object], field: str, job: Job, plan: list[PlanDraft], ben: Actor, now: datetime
) -> None:
    wrong = replace(plan[0], **changes)
    with pytest.raises(InvalidFields) as refused:
        job_items.plan(job_id=job.id, version=1, lines=[wrong], by=ben, now=now)
    assert refused.value.field == field
    assert job_items.of(job) == []


def test_the_accountant_plans_nothing_and_dan_finds_no_job(
    job: Job, plan: list[PlanDraft], abe: Actor, dan: Actor, daybreak: Studio, now: datetime
) -> None:
    with pytest.raises(NotPermitted):
        job_items.plan(job_id=job.id, version=1, lines=plan, by=abe, now=now)
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk), pytest.raises(NotFound):
        job_items.plan(job_id=job.id, version=1, lines=plan, by=dan, now=now)
