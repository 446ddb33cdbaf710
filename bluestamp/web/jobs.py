"""Jobs: the list, and one job with what was billed for it and what it cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet, Sum
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import costs, documents, jobs, ledgers
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.invoices import Invoice
from bluestamp.books.jobs import Job, JobDraft, Status
from bluestamp.books.quotes import Quote
from bluestamp.errors import Conflict, Invalid
from bluestamp.people import memberships
from bluestamp.people.permissions import Action
from bluestamp.web import (
    document_forms,
    document_lists,
    histories,
    kinds,
    listings,
    plans,
    refusals,
    suppliers,
)
from bluestamp.web.kinds import Kind
from bluestamp.web.typed import Reading, Typed, from_post
from bluestamp.web.visits import StudioRequest, Visit

TONES: Final = {"in_play": "blue", "paused": "amber", "done": "ok", "archived": ""}
LATEST: Final = 50
#: What is listed on a job, in this order; credits only where there are any.
TABLES: Final = (
    kinds.INVOICE,
    kinds.CREDIT_NOTE,
    kinds.EXPENSE,
    kinds.PURCHASE_ORDER,
    kinds.SUPPLIER_CREDIT,
)


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The list, those in play first."""
    ask = listings.read(request.GET)
    tab = ask.tab or "in_play"
    found = listings.page_of(_asked_for(tab, ask.q).order_by("-created_at", "-id"), ask)
    labels = [*Status.choices, ("all", "All")]
    words = {
        "page": found,
        "ask": ask,
        "rows": [_row(row) for row in found.rows],
        "tabs": [(label, f"?tab={name}", name == tab) for name, label in labels],
        "previous_query": ask.with_(page=str(ask.number - 1)),
        "next_query": ask.with_(page=str(ask.number + 1)),
        "is_first": not found.rows and not Job.objects.exists(),
        "may_edit": request.visit.may(Action.EDIT_JOBS),
    }
    return render(request, "jobs/index.html", words)


def _asked_for(tab: str, text: str) -> QuerySet[Job]:
    rows = Job.objects.select_related("company", "branch", "lead_user")
    if tab in Status.values:
        rows = rows.filter(status=tab)
    for word in text.split()[:6]:
        in_any = (
            Q(number__icontains=word)
            | Q(name__icontains=word)
            | Q(company__name_key__contains=word.casefold())
        )
        rows = rows.filter(in_any)
    return rows


def _row(row: Job) -> dict[str, Any]:
    return {"job": row, "label": Status(row.status).label, "tone": TONES[row.status]}


@require_http_methods(["GET", "POST"])
def new(request: StudioRequest) -> HttpResponse:
    """A job that is not there yet."""
    visit = request.visit
    if request.method == "GET":
        return _page(
            request, None, {"branch_id": visit.home.pk, "company_id": request.GET.get("company", "")}
        )
    try:
        with transaction.atomic():
            made = jobs.create(_draft(request.POST, visit), by=visit.actor, now=visit.now)
    except Invalid as refusal:
        return _page(request, None, request.POST, status=422, faults=refusals.by_field(refusal))
    return redirect(visit.path("job", made.pk))


@require_http_methods(["GET", "POST"])
def job(request: StudioRequest, job_id: str) -> HttpResponse:
    """One job; posting saves what was typed."""
    visit = request.visit
    found = jobs.find(job_id)
    if request.method == "GET":
        return _page(request, found, found)
    version = int(request.POST.get("version") or 0)
    try:
        with transaction.atomic():
            draft = _draft(request.POST, visit)
            jobs.edit(job_id=job_id, version=version, draft=draft, by=visit.actor, now=visit.now)
    except (Invalid, Conflict) as refusal:
        fresh = jobs.find(job_id)
        return _page(
            request, fresh, request.POST, status=refusal.http_status, faults=refusals.by_field(refusal)
        )
    messages.success(request, "Saved.", extra_tags="ok")
    return redirect(visit.path("job", job_id))


@require_http_methods(["GET", "POST"])
def plan(request: StudioRequest, job_id: str) -> HttpResponse:
    """Save the plan of a job. Read, when a refused plan is asked for again, it is the job's page."""
    visit = request.visit
    if request.method == "GET":
        found = jobs.find(job_id)
        return _page(request, found, found)
    form = from_post(request.POST)
    try:
        plans.save(job_id, form, by=visit.actor, now=visit.now)
    except (Invalid, Conflict) as refusal:
        faults = plans.faults(form, refusal)
        found = jobs.find(job_id)
        return _page(request, found, found, status=refusal.http_status, plan=form, faults=faults)
    messages.success(request, "Saved the plan.", extra_tags="ok")
    return redirect(visit.path("job", job_id))


@require_POST
def status(request: StudioRequest, job_id: str) -> HttpResponse:
    """Say where the work stands."""
    visit = request.visit
    version = int(request.POST.get("version") or 0)
    jobs.move(
        job_id=job_id, status=request.POST.get("status", ""), version=version, by=visit.actor, now=visit.now
    )
    return redirect(visit.path("job", job_id))


# ── steps ──


def _draft(post: QueryDict, visit: Visit) -> JobDraft:
    """What was typed; a client that is named there for the first time is made, in the caller's transaction."""
    reading = Reading()
    lead = post.get("lead_user_id", "")
    if not post.get("company_id"):
        reading.faults.append(Invalid("Choose a client.", field="company_id"))
    starts_on = reading.day(post.get("starts_on", ""), name="starts_on")
    due_on = reading.day(post.get("due_on", ""), name="due_on")
    budget = reading.figure(post.get("budget", ""), places=2, name="budget")
    reading.finish()
    return JobDraft(
        name=post.get("name", ""),
        number=post.get("number", ""),
        company_id=suppliers.of_form(from_post(post), visit, is_supplier=False),
        branch_id=post.get("branch_id", ""),
        lead_user_id=int(lead) if lead.isdigit() else None,
        client_order_number=post.get("client_order_number", ""),
        starts_on=starts_on,
        due_on=due_on,
        budget=budget,
    )


def _page(
    request: StudioRequest,
    found: Job | None,
    typed: Any,
    *,
    status: int = 200,
    plan: Typed | None = None,
    **words: Any,
) -> HttpResponse:
    visit = request.visit
    company_id = typed.get("company_id", "") if hasattr(typed, "get") else typed.company_id
    people = [(str(one.user_id), one.user.name) for one in memberships.listed(visit.actor) if one.is_active]
    words |= {
        "job": found,
        "is_new": found is None,
        "typed": typed,
        "company_shown": document_forms.company_words(company_id or ""),
        "company_source": visit.path("company_choices"),
        "branch_options": [(branch.pk, branch.name) for branch in visit.branches],
        "leads": [("", "Nobody"), *people],
        "statuses": Status.choices,
        "may_edit": visit.may(Action.EDIT_JOBS),
    }
    if found is not None:
        words |= {
            "tone": TONES[found.status],
            "history": histories.of("job", found.pk),
            **_money(visit, found),
            **plans.context(visit, found, plan),
            "quotes": Quote.objects.filter(job=found).newest_first()[:LATEST],
        }
    return render(request, "jobs/job.html", words, status=status)


def _money(visit: Visit, found: Job) -> dict[str, Any]:
    """What was billed and what it cost, without tax, in the branch's currency, and the documents behind it."""
    currency = found.branch.currency
    billed = Invoice.objects.filter(job=found, currency=currency).exclude(status="void")
    credited = CreditNote.objects.filter(job=found, currency=currency, status__in=("issued", "used"))
    cost = costs.of_job(found.pk, currency=currency)
    sums = {
        "billed": _sub_totals(billed) - _sub_totals(credited),
        "spent": cost.spent,
        "committed": cost.committed,
        "drafts": cost.in_drafts,
    }
    tables = [_table(visit, found, kind) for kind in TABLES]
    tables = [table for table in tables if table["rows"] or not table["kind"].is_credit]
    margin = sums["billed"] - sums["spent"] - sums["committed"]
    return sums | {"currency": currency, "margin": margin, "tables": tables}


def _table(visit: Visit, found: Job, kind: Kind) -> dict[str, Any]:
    """The job's latest documents of a kind, and where all of them are and one more begins."""
    model: Any = documents.KINDS[kind.name]
    latest = model.objects.select_related("job").filter(job=found).newest_first()[:LATEST]
    client = f"&company={found.company_id}" if ledgers.sells(kind.name) else ""
    return {
        "kind": kind,
        "rows": document_lists.rows_of(kind, latest, visit),
        "all_path": f"{visit.path(kind.plural)}?job={found.pk}",
        "new_path": f"{visit.path(f'{kind.name}_new')}?job={found.pk}{client}",
    }


def _sub_totals(rows: QuerySet[Any]) -> Decimal:
    return rows.aggregate(sum=Sum("sub_total"))["sum"] or Decimal(0)
