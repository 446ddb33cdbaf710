"""The plan of a job on its page, and documents that begin with it: Create, then quote, invoice, expense, order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from bluestamp.books import companies, items, job_items, jobs, ledgers
from bluestamp.books.job_items import JobItem, PlanDraft
from bluestamp.books.jobs import Job
from bluestamp.books.line_items import LineDraft
from bluestamp.errors import Conflict, Invalid
from bluestamp.money import amounts
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.web import document_forms, kinds, refusals, typed
from bluestamp.web.typed import Reading, Typed, TypedLine
from bluestamp.web.visits import StudioRequest, Visit

FIGURES: Final = ("quantity", "unit_amount", "cost_unit_amount")


@require_POST
def totals(request: StudioRequest, job_id: str) -> HttpResponse:
    """What the plan comes to while somebody types it."""
    job = jobs.find(job_id)
    form = typed.from_post(request.POST)
    words = {"typed": form, "currency": job.branch.currency, "locale": job.branch.locale}
    return render(request, "jobs/plan_totals.html", words | {"planned": _worked_out(form)})


def context(visit: Visit, job: Job, form: Typed | None = None) -> dict[str, Any]:
    """What the job's page shows of its plan: the lines, their sums, and what can be made of them."""
    stored = job_items.of(job)
    form = form or Typed(words={}, lines=[_written(line) for line in stored])
    may_lines = visit.may(Action.EDIT_JOBS)
    if not form.lines and may_lines:
        form.lines.append(typed.blank_line())
    _name_suppliers(form.lines)
    return {
        "plan": form,
        "planned": _worked_out(form),
        "has_plan": bool(stored),
        "may_lines": may_lines,
        "is_reading": not may_lines,
        "blank_line": typed.blank_line("__key__"),
        "item_source": visit.path("item_choices"),
        "creations": _creations(visit, job, stored),
    }


def save(job_id: str, form: Typed, *, by: Actor, now: datetime) -> None:
    """Keep the plan that was typed; ``Invalid`` names lines by their place, ``Conflict`` says who was quicker."""
    version = int(form.get("version") or 0)
    job_items.plan(job_id=job_id, version=version, lines=_read(form), by=by, now=now)


def faults(form: Typed, refusal: Invalid | Conflict) -> dict[str, str]:
    """Put what was refused of a plan on its lines; what belongs to no line is returned under the empty name."""
    rest: dict[str, str] = {}
    for name, sentence in refusals.by_field(refusal).items():
        head, _, tail = name.partition(".")
        place, _, column = tail.partition(".")
        if head == "plan" and place.isdigit():
            form.lines[int(place)].faults[column] = sentence
        else:
            rest[""] = sentence
    return rest


def begin(form: Typed, request: StudioRequest, kind: str) -> None:
    """Put a job's branch, client and plan into the form of a new document whose address asks for it (`plan=1`)."""
    if not request.GET.get("plan") or not form.get("job_id"):
        return
    job = jobs.find(form["job_id"])
    supplier_id = form.get("company_id")
    form.words |= {"branch_id": job.branch_id, "currency": job.branch.currency}
    if ledgers.sells(kind):
        form.words |= {"company_id": job.company_id, "reference": job.client_order_number}
    lines = job_items.lines_for(job, kind, supplier_id=supplier_id or None)
    form.lines = typed.from_drafts(_with_codes(lines, form, kind))


# ── steps ──


def _with_codes(lines: tuple[LineDraft, ...], form: Typed, kind: str) -> list[LineDraft]:
    ledger = document_forms.ledger_of(form)
    book = ledgers.codebook(ledger, kind, items=items.codes_for(ledger, kind, lines))
    company = document_forms.known_company(form.get("company_id"))
    coded = []
    for line in lines:
        codes = book.suggest(company, master_id=line.master_id)
        coded.append(replace(line, account_code=codes.account_code, tax_type=codes.tax_type))
    return coded


def _read(form: Typed) -> tuple[PlanDraft, ...]:
    reading = Reading()
    lines = tuple(_read_line(line, place, reading) for place, line in enumerate(form.lines))
    reading.finish()
    return lines


def _read_line(line: TypedLine, place: int, reading: Reading) -> PlanDraft:
    figures = {
        name: reading.figure(line.words.get(name, ""), places=4, name=f"plan.{place}.{name}")
        for name in FIGURES
    }
    quantity = figures["quantity"]
    return PlanDraft(
        id=line.id or None,
        master_id=line.words.get("master_id") or None,
        item=line.words.get("item", ""),
        description=line.words.get("description", ""),
        quantity=Decimal(1) if quantity is None else quantity,
        unit_amount=figures["unit_amount"] or Decimal(0),
        cost_unit_amount=figures["cost_unit_amount"],
        supplier_id=line.words.get("supplier_id") or None,
        is_cost=bool(line.words.get("is_cost")),
    )


def _written(line: JobItem) -> TypedLine:
    cost = line.cost_unit_amount
    words = {
        "master_id": line.master_id or "",
        "item": line.item,
        "description": line.description,
        "quantity": amounts.format_plain(line.quantity, at_least=0),
        "unit_amount": amounts.format_plain(line.unit_amount),
        "cost_unit_amount": "" if cost is None else amounts.format_plain(cost),
        "supplier_id": line.supplier_id or "",
        "is_cost": "yes" if line.is_cost else "",
    }
    return TypedLine(key=line.pk, id=line.pk, words=words, amount=line.planned)


def _name_suppliers(lines: list[TypedLine]) -> None:
    for line in lines:
        line.words["supplier"] = companies.name_of(line.words.get("supplier_id") or None)


def _worked_out(form: Typed) -> dict[str, Decimal]:
    """What the plan comes to as it stands; what can't be read counts as nothing until it is saved and refused."""
    sums = {"sell": Decimal("0.00"), "cost": Decimal("0.00")}
    for line in form.lines:
        quantity = _or_nothing(line.words.get("quantity") or "1")
        line.amount = amounts.to_cents(quantity * _or_nothing(line.words.get("unit_amount")))
        sums["sell"] += line.amount
        sums["cost"] += amounts.to_cents(quantity * _or_nothing(line.words.get("cost_unit_amount")))
    return sums | {"margin": sums["sell"] - sums["cost"]}


def _or_nothing(text: str | None) -> Decimal:
    try:
        return amounts.parse_amount(text, places=4) if text else Decimal(0)
    except Invalid:
        return Decimal(0)


def _creations(visit: Visit, job: Job, lines: list[JobItem]) -> list[tuple[str, str]]:
    """What the Create menu offers: words and address. What is bought is offered for each supplier by itself."""
    whole = f"?job={job.pk}&company={job.company_id}&plan=1"
    found = []
    if visit.may(Action.EDIT_QUOTES):
        found.append(("Quote", visit.path("quote_new") + whole))
    if visit.may(Action.EDIT_INVOICES):
        found.append(("Invoice", visit.path("invoice_new") + whole))
    if visit.may(Action.EDIT_EXPENSES):
        for kind in (kinds.EXPENSE, kinds.PURCHASE_ORDER):
            found += _for_suppliers(kind.label, visit.path(f"{kind.name}_new"), job, lines)
    return found


def _for_suppliers(label: str, path: str, job: Job, lines: list[JobItem]) -> list[tuple[str, str]]:
    named = [
        (f"{label} for {company.name}", f"{path}?job={job.pk}&company={company.pk}&plan=1")
        for company in job_items.suppliers(lines)
    ]
    return named or [(label, f"{path}?job={job.pk}&plan=1")]
