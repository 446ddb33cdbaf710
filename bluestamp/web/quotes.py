"""Quotes: the list, and one quote as paper that is edited in place, sent, answered and invoiced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import companies, documents, jobs, letters, numbers, papers, quotes
from bluestamp.books.quotes import Quote, QuoteDraft, Status
from bluestamp.errors import Conflict, Invalid, Refusal
from bluestamp.money import amounts
from bluestamp.people.permissions import Action
from bluestamp.web import (
    document_forms,
    histories,
    kinds,
    letter_notices,
    listings,
    plans,
    refusals,
    suppliers,
    typed,
)
from bluestamp.web.listings import Ask
from bluestamp.web.typed import Reading, Typed
from bluestamp.web.visits import StudioRequest, Visit

KIND: Final = kinds.QUOTE
TEMPLATE: Final = "quotes/quote.html"
Act = Callable[[Quote, Visit], Any]


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The list, the newest first."""
    visit = request.visit
    ask = listings.read(request.GET)
    counts = Counter(Quote.objects.order_by().values_list("status", flat=True))
    rows = Quote.objects.select_related("job")
    if ask.tab in KIND.statuses:
        rows = rows.filter(status=ask.tab)
    found = listings.page_of(listings.narrow(rows, ask), ask)
    words = {
        "kind": KIND,
        "ask": ask,
        "page": found,
        "rows": [(quote, visit.branch_by_id[quote.branch_id].locale) for quote in found.rows],
        "tabs": _tabs(ask, counts),
        "previous_query": ask.with_(page=str(ask.number - 1)),
        "next_query": ask.with_(page=str(ask.number + 1)),
        "is_first": not counts,
        "company_shown": companies.name_of(ask.company) if ask.company else "",
        "job_shown": jobs.name_of(ask.job) if ask.job else "",
        "company_source": visit.path("company_choices"),
        "job_source": visit.path("job_choices"),
        "may_edit": visit.may(Action.EDIT_QUOTES),
    }
    return render(request, "quotes/index.html", words)


@require_http_methods(["GET", "POST"])
def new(request: StudioRequest) -> HttpResponse:
    """A quote that is not there yet."""
    visit = request.visit
    if request.method == "GET":
        return _page(request, None, _blank(request))
    form = typed.from_post(request.POST)
    try:
        with transaction.atomic():
            made = quotes.create(_draft(form, visit), by=visit.actor, now=visit.now)
    except (Invalid, Conflict) as refusal:
        return _refused(request, None, form, refusal)
    return _fresh(request, made.pk)


@require_http_methods(["GET", "POST"])
def quote(request: StudioRequest, quote_id: str) -> HttpResponse:
    """One quote; posting saves what was typed."""
    found = load(quote_id)
    if request.method == "GET":
        return _page(request, found, written(found))
    return _save_then(request, found, _nothing)


@require_POST
def issue(request: StudioRequest, quote_id: str) -> HttpResponse:
    """Send it to the client by e-mail, with its PDF; what the client has goes again."""
    to, message = request.POST.get("to", ""), request.POST.get("message", "")

    def by_email(found: Quote, visit: Visit) -> None:
        send = (
            partial(letters.issue_by_email, version=found.version)
            if found.status == Status.DRAFT
            else letters.send_again
        )
        send(kind=KIND.name, document_id=found.pk, to=to, message=message, by=visit.actor, now=visit.now)

    return _save_then(request, load(quote_id), by_email)


@require_POST
def hand_over(request: StudioRequest, quote_id: str) -> HttpResponse:
    """Mark as sent: the client got it some other way."""

    def mark(found: Quote, visit: Visit) -> None:
        quotes.mark_as_sent(quote_id=found.pk, version=found.version, by=visit.actor, now=visit.now)

    return _save_then(request, load(quote_id), mark)


@require_POST
def approval(request: StudioRequest, quote_id: str) -> HttpResponse:
    """The client says yes."""
    return _answered(request, quote_id, quotes.approve)


@require_POST
def refusal(request: StudioRequest, quote_id: str) -> HttpResponse:
    """The client says no."""
    return _answered(request, quote_id, quotes.decline)


@require_POST
def back_to_draft(request: StudioRequest, quote_id: str) -> HttpResponse:
    """Open it again, to change it."""

    def reopen(found: Quote, visit: Visit) -> None:
        version = int(request.POST.get("version") or found.version)
        quotes.back_to_draft(quote_id=found.pk, version=version, by=visit.actor, now=visit.now)

    return _act(request, quote_id, reopen)


@require_http_methods(["GET", "POST"])
def invoicing(request: StudioRequest, quote_id: str) -> HttpResponse:
    """Make an invoice of it, or of a share of it, and go there. Read, as when a refused share is loaded anew, it is the quote."""
    visit = request.visit
    if request.method == "GET":
        found = load(quote_id)
        return _page(request, found, written(found))
    reading = Reading()
    percent = reading.figure(request.POST.get("percent", ""), places=2, name="percent")
    try:
        reading.finish()
        made = quotes.to_invoice(quote_id=quote_id, percent=percent, by=visit.actor, now=visit.now)
    except (Invalid, Conflict) as refused:
        found = load(quote_id)
        return _refused(request, found, written(found), refused)
    path = visit.path("invoice", made.pk)
    if not request.htmx:
        return redirect(path)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = path
    return response


@require_GET
def pdf(request: StudioRequest, quote_id: str) -> HttpResponse:
    """The quote as the client gets it."""
    found = load(quote_id)
    response = HttpResponse(papers.quote_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number or "draft"}.pdf"'
    return response


@require_POST
def redraw(request: StudioRequest) -> HttpResponse:
    """The same form after its client or branch changed, with what these bring along."""
    form = typed.from_post(request.POST)
    found = load(form["quote"]) if form.get("quote") else None
    company = document_forms.known_company(form.get("company_id"))
    branch = request.visit.branch_by_id.get(form.get("branch_id"), request.visit.home)
    if company is not None:
        form.words["currency"] = company.currency or branch.currency
    return _page(request, found, form)


def load(quote_id: str) -> Quote:
    """The quote of an address."""
    found = documents.load("quote", quote_id)
    assert isinstance(found, Quote)
    return found


# ── steps ──


def _nothing(found: Quote, visit: Visit) -> None:
    """Saving is all that was asked."""


def _save_then(request: StudioRequest, found: Quote, act: Act) -> HttpResponse:
    """Save if anything was typed, then act; refused, neither is done and what was typed stays in the form."""
    visit = request.visit
    has_form = "tax_mode" in request.POST and found.status == Status.DRAFT
    form = typed.from_post(request.POST) if has_form else written(found)
    try:
        with transaction.atomic():
            act(_save(found, form, visit) if has_form else found, visit)
    except (Invalid, Conflict) as refused:
        return _refused(request, load(found.pk), form, refused)
    return _fresh(request, found.pk)


def _act(request: StudioRequest, quote_id: str, act: Act) -> HttpResponse:
    found = load(quote_id)
    try:
        act(found, request.visit)
    except (Invalid, Conflict) as refused:
        fresh = load(quote_id)
        return _refused(request, fresh, written(fresh), refused)
    return _fresh(request, quote_id)


def _answered(request: StudioRequest, quote_id: str, verb: Callable[..., Quote]) -> HttpResponse:
    def answer(found: Quote, visit: Visit) -> None:
        version = int(request.POST.get("version") or found.version)
        who = request.POST.get("answered_by", "")
        verb(quote_id=found.pk, version=version, answered_by=who, by=visit.actor, now=visit.now)

    return _act(request, quote_id, answer)


def _save(found: Quote, form: Typed, visit: Visit) -> Quote:
    version = int(form.get("version") or 0)
    return quotes.edit(
        quote_id=found.pk, version=version, draft=_draft(form, visit), by=visit.actor, now=visit.now
    )


def _blank(request: StudioRequest) -> Typed:
    visit = request.visit
    words = {
        "branch_id": request.GET.get("branch") or visit.home.pk,
        "company_id": request.GET.get("company", ""),
        "job_id": request.GET.get("job", ""),
        "issued_on": visit.today.isoformat(),
        "currency": visit.home.currency,
        "tax_mode": "exclusive",
    }
    form = Typed(words=words, lines=[])
    plans.begin(form, request, KIND.name)
    return form


def written(found: Quote) -> Typed:
    """The form as the quote fills it."""
    words = {
        "version": str(found.version),
        "branch_id": found.branch_id,
        "company_id": found.company_id,
        "job_id": found.job_id or "",
        "title": found.title,
        "issued_on": found.issued_on.isoformat(),
        "due_on": found.due_on.isoformat() if found.due_on else "",
        "reference": found.reference,
        "currency": found.currency,
        "tax_mode": found.tax_mode,
    }
    return Typed(words=words, lines=typed.from_lines(found.lines.all()))


def _draft(form: Typed, visit: Visit) -> QuoteDraft:
    reading = Reading()
    draft = QuoteDraft(
        branch_id=form.get("branch_id"),
        company_id=suppliers.of_form(form, visit, is_supplier=False),
        job_id=form.get("job_id") or None,
        title=form.get("title"),
        issued_on=reading.needed_day(form.get("issued_on"), name="issued_on", otherwise=visit.today),
        due_on=reading.day(form.get("due_on"), name="due_on"),
        reference=form.get("reference"),
        currency=form.get("currency").upper(),
        tax_mode=form.get("tax_mode", "exclusive"),
        lines=typed.read_lines(form.lines, reading),
    )
    reading.finish()
    return draft


def _tabs(ask: Ask, counts: Counter[str]) -> list[tuple[str, int, str, bool]]:
    labels = {"": "All"} | {status: words[0] for status, words in KIND.statuses.items()}
    return [
        (label, counts[name] if name else counts.total(), Ask(tab=name).with_() or "?", ask.tab == name)
        for name, label in labels.items()
    ]


def _refused(
    request: StudioRequest, found: Quote | None, form: Typed, refused: Refusal, **words: Any
) -> HttpResponse:
    words |= {"faults": typed.spread_faults(form, refusals.by_field(refused))}
    if found is not None and isinstance(refused, documents.Stale):
        form.words["version"] = str(found.version)
        words["is_stale"] = True
    return _page(request, found, form, status=refused.http_status, **words)


def _fresh(request: StudioRequest, quote_id: str) -> HttpResponse:
    """The quote as it now is, at its own address."""
    path = request.visit.path("quote", quote_id)
    if not request.htmx:
        return redirect(path)
    found = load(quote_id)
    response = _page(request, found, written(found))
    response["HX-Push-Url"] = path
    return response


def _page(
    request: StudioRequest, found: Quote | None, form: Typed, *, status: int = 200, **words: Any
) -> HttpResponse:
    return render(request, TEMPLATE, _context(request.visit, found, form) | words, status=status)


def _context(visit: Visit, found: Quote | None, form: Typed) -> dict[str, Any]:
    can = _can(visit, found)
    words = document_forms.context(visit, KIND, form, may_lines=can["edit"], may_codes=can["edit"])
    return words | {
        "quote": found,
        "is_new": found is None,
        "version": form.get("version"),
        "action": visit.path("quote", found.pk) if found else visit.path("quote_new"),
        "can": can,
        "branch": visit.branch_by_id.get(form.get("branch_id"), visit.home),
        "next_number": _next_number(found, form),
        **letter_notices.of(visit, found),
        "invoiced": _invoiced(found) if found else None,
        "history": histories.of(KIND.name, found.pk) if found else [],
        "send_to": found.company.email if found else "",
    }


def _invoiced(found: Quote) -> dict[str, Any]:
    """How far it was invoiced, with the share that is left as the box offers it."""
    so_far = quotes.invoiced(found)
    label_of = kinds.INVOICE.statuses
    return {
        "invoiced": so_far.invoiced,
        "remaining": so_far.remaining,
        "percent_left": amounts.format_plain(so_far.percent_left, at_least=0),
        "rows": [(invoice, label_of[invoice.status]) for invoice in so_far.invoices],
        "is_over": so_far.remaining < Decimal(0),
    }


def _next_number(found: Quote | None, form: Typed) -> str:
    """The number that it would get if it left Draft now."""
    if found is not None and found.number:
        return ""
    branch = form.get("branch_id")
    return numbers.peek(numbers.for_branch(branch_id=branch, kind=KIND.name)) if branch else ""


def _can(visit: Visit, found: Quote | None) -> dict[str, bool]:
    """Which controls to show; the verbs decide anew."""
    status = found.status if found else "draft"
    may_edit = visit.may(Action.EDIT_QUOTES)
    return {
        "edit": may_edit and status == "draft",
        "issue": found is not None and may_edit and status == "draft",
        "send_again": may_edit and status in {"pending", "approved"},
        "answer": may_edit and status == "pending",
        "reopen": may_edit and status in {"pending", "approved", "declined"},
        "invoice": may_edit and status == "approved" and visit.may(Action.EDIT_INVOICES),
    }
