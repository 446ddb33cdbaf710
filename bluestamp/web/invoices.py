"""Invoices: the list, and one invoice as paper that is edited in place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import credit_notes, documents, invoices, jobs, ledgers, letters, numbers, papers
from bluestamp.books.invoices import Invoice, InvoiceDraft, Status
from bluestamp.errors import Conflict, Invalid, Refusal
from bluestamp.people.permissions import Action
from bluestamp.sync import number_checks, pull, push
from bluestamp.web import (
    charts,
    copy_panels,
    document_forms,
    document_lists,
    held_acts,
    histories,
    kinds,
    letter_notices,
    money_panels,
    plans,
    rate_fields,
    refusals,
    suppliers,
    typed,
)
from bluestamp.web.charts import AccountOption, Chart
from bluestamp.web.typed import Reading, Typed, TypedLine
from bluestamp.web.visits import StudioRequest, Visit

KIND: Final = kinds.INVOICE
TEMPLATE: Final = "invoices/invoice.html"
Act = Callable[[Invoice, Visit], Any]


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The list."""
    return document_lists.page(request, KIND)


@require_http_methods(["GET", "POST"])
def new(request: StudioRequest) -> HttpResponse:
    """An invoice that is not there yet."""
    visit = request.visit
    if request.method == "GET":
        return _page(request, None, _blank(request))
    form = typed.from_post(request.POST)
    try:
        with transaction.atomic():
            made = invoices.create(_draft(form, visit), by=visit.actor, now=visit.now)
    except (Invalid, Conflict) as refusal:
        return _refused(request, None, form, refusal)
    return fresh(request, made.pk)


@require_http_methods(["GET", "POST"])
def invoice(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """One invoice; posting saves what was typed."""
    found = load(invoice_id)
    if request.method == "GET":
        pull.look_on_opening(found, now=request.visit.now)
        return show(request, found)
    return save_then(request, found, _nothing)


@require_POST
def copy(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """Save what was typed, and send it to Xero."""
    return save_then(request, load(invoice_id), copy_panels.ask_for(request.POST))


@require_POST
def issue(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """Send it to the client by e-mail, with its PDF."""

    words = {name: request.POST.get(name, "") for name in ("to", "message")}

    def by_email(found: Invoice, visit: Visit) -> None:
        if found.status == Status.DRAFT:
            letters.issue_by_email(
                kind="invoice",
                document_id=found.pk,
                version=found.version,
                by=visit.actor,
                now=visit.now,
                **words,
            )
        else:
            letters.send_again(kind="invoice", document_id=found.pk, by=visit.actor, now=visit.now, **words)

    return save_then(request, _checked(request, invoice_id), by_email)


@require_POST
def hand_over(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """Mark as sent: the client got it some other way."""

    def mark(found: Invoice, visit: Visit) -> None:
        invoices.mark_as_sent(invoice_id=found.pk, version=found.version, by=visit.actor, now=visit.now)

    return save_then(request, _checked(request, invoice_id), mark)


def _checked(request: StudioRequest, invoice_id: str) -> Invoice:
    """The invoice that is about to be issued, after its number was held against Xero."""
    found = load(invoice_id)
    number_checks.before_issue(found, by=request.visit.actor, now=request.visit.now)
    return found


@require_POST
def void(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """Void it here, and in Xero where Xero allows."""

    def away(found: Invoice, visit: Visit) -> None:
        push.remove(found, reason=request.POST.get("reason", ""), by=visit.actor, now=visit.now)

    return save_then(request, load(invoice_id), away)


@require_http_methods(["GET", "POST"])
def correction(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """Correct an issued invoice and send it again: all of it can be edited, for a reason."""
    visit = request.visit
    found = load(invoice_id)
    if request.method == "GET":
        return _page(request, found, written(found), is_correcting=True)
    form = typed.from_post(request.POST)
    try:
        with transaction.atomic():
            invoices.correct(
                invoice_id=found.pk,
                version=int(form.get("version") or 0),
                draft=_draft(form, visit),
                reason=form.get("reason"),
                by=visit.actor,
                now=visit.now,
            )
    except (Invalid, Conflict) as refusal:
        return _refused(request, load(found.pk), form, refusal, is_correcting=True)
    return fresh(request, found.pk)


@require_GET
def pdf(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """The invoice as the client gets it."""
    found = load(invoice_id)
    response = HttpResponse(papers.invoice_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number or "draft"}.pdf"'
    return response


@require_POST
def redraw(request: StudioRequest) -> HttpResponse:
    """The same form after its client or branch changed, with what these bring along."""
    form = typed.from_post(request.POST)
    found = load(form["invoice"]) if form.get("invoice") else None
    company = document_forms.known_company(form.get("company_id"))
    branch = request.visit.branch_by_id.get(form.get("branch_id"), request.visit.home)
    if company is not None:
        terms = branch.payment_terms_days
        document_forms.take_defaults(
            form, company, kind=KIND, branch_currency=branch.currency, terms_days=terms
        )
    return _page(request, found, form)


def load(invoice_id: str) -> Invoice:
    """The invoice of an address."""
    found = documents.load("invoice", invoice_id)
    assert isinstance(found, Invoice)
    return found


def _nothing(found: Invoice, visit: Visit) -> None:
    """Saving is all that was asked."""


def save_then(request: StudioRequest, found: Invoice, act: Act) -> HttpResponse:
    """Save if anything was typed, then act; refused, neither is done and what was typed stays in the form."""
    visit = request.visit
    has_form = "tax_mode" in request.POST
    form = typed.from_post(request.POST) if has_form else written(found)
    try:
        with transaction.atomic():
            act(_save(found, form, visit) if has_form else found, visit)
    except (Invalid, Conflict) as refusal:
        return _refused(request, load(found.pk), form, refusal)
    return fresh(request, found.pk)


def _save(found: Invoice, form: Typed, visit: Visit) -> Invoice:
    version = int(form.get("version") or 0)
    return invoices.edit(
        invoice_id=found.pk, version=version, draft=_draft(form, visit), by=visit.actor, now=visit.now
    )


# ── steps ──


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
    if request.GET.get("deposit"):
        form.lines = [_deposit(form, request.GET["deposit"])]
    company = document_forms.known_company(form["company_id"])
    if company is not None:
        home = visit.home
        document_forms.take_defaults(
            form, company, kind=KIND, branch_currency=home.currency, terms_days=home.payment_terms_days
        )
    return form


def written(found: Invoice) -> Typed:
    """The form as the invoice fills it."""
    words = {
        "version": str(found.version),
        "branch_id": found.branch_id,
        "company_id": found.company_id,
        "job_id": found.job_id or "",
        "issued_on": found.issued_on.isoformat(),
        "due_on": found.due_on.isoformat() if found.due_on else "",
        "reference": found.reference,
        "currency": found.currency,
        "tax_mode": found.tax_mode,
        **rate_fields.written(found),
    }
    return Typed(words=words, lines=typed.from_lines(found.lines.all()))


def _draft(form: Typed, visit: Visit) -> InvoiceDraft:
    reading = Reading()
    draft = InvoiceDraft(
        branch_id=form.get("branch_id"),
        company_id=suppliers.of_form(form, visit, is_supplier=False),
        job_id=form.get("job_id") or None,
        issued_on=reading.needed_day(form.get("issued_on"), name="issued_on", otherwise=visit.today),
        due_on=reading.day(form.get("due_on"), name="due_on"),
        reference=form.get("reference"),
        currency=form.get("currency").upper(),
        tax_mode=form.get("tax_mode", "exclusive"),
        own_rate=rate_fields.read(form, reading),
        lines=typed.read_lines(form.lines, reading),
    )
    reading.finish()
    return draft


def _refused(
    request: StudioRequest, found: Invoice | None, form: Typed, refusal: Refusal, **words: Any
) -> HttpResponse:
    words |= {"faults": typed.spread_faults(form, refusals.by_field(refusal))} | copy_panels.refused_words(
        refusal
    )
    if found is not None and isinstance(refusal, documents.Stale):
        words |= {"is_stale": True, "meanwhile": _meanwhile(form, written(found))}
        form.words["version"] = str(found.version)
    return _page(request, found, form, status=refusal.http_status, **words)


def _meanwhile(form: Typed, now: Typed) -> dict[str, str]:
    plain = ("issued_on", "due_on", "reference", "currency", "own_rate")
    return {name: now.get(name) or "nothing" for name in plain if now.get(name) != form.get(name)}


def show(request: StudioRequest, found: Invoice, *, status: int = 200, **words: Any) -> HttpResponse:
    """The invoice as it is stored, with words of whoever asks beside it."""
    return _page(request, found, written(found), status=status, **words)


def fresh(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """The invoice as it now is, at its own address."""
    path = request.visit.path("invoice", invoice_id)
    if not request.htmx:
        return redirect(path)
    response = show(request, load(invoice_id), is_saved=True)
    response["HX-Push-Url"] = path
    return response


def _page(
    request: StudioRequest, found: Invoice | None, form: Typed, *, status: int = 200, **words: Any
) -> HttpResponse:
    is_correcting = bool(words.get("is_correcting"))
    return render(
        request, TEMPLATE, _context(request.visit, found, form, is_correcting) | words, status=status
    )


def _context(visit: Visit, found: Invoice | None, form: Typed, is_correcting: bool) -> dict[str, Any]:
    held = held_acts.of(KIND.name, found.pk) if found else held_acts.NOTHING
    can = _can(visit, found, is_correcting) | held.refused
    panel = copy_panels.context(visit, found) if found else {"is_connected": False}
    words = document_forms.context(
        visit, KIND, form, may_lines=can["lines"], may_codes=can["codes"], found=found
    )
    words |= panel
    words |= {
        "bad_debts": _accounts(words["chart"], "EXPENSE"),
        "deposits": _accounts(words["chart"], "LIABILITY"),
        "invoice": found,
        "is_new": found is None,
        "holds": held.sentences,
        "document": found,
        "version": form.get("version") or (found.version if found else ""),
        "action": _action(visit, found, is_correcting),
        "can": can | {"copy": bool(panel.get("can_copy")) and not is_correcting},
        "main_action": "" if is_correcting else _main_action(found, can, panel),
        "branch": visit.branch_by_id.get(form.get("branch_id"), visit.home),
        "next_number": _next_number(found, form),
        "is_fixed": found is not None and found.status != Status.DRAFT and not is_correcting,
        **letter_notices.of(visit, found),
        "history": histories.of("invoice", found.pk) if found else [],
    }
    if found:
        words |= {"status": _status(found), "paths": _paths(visit, found), "send_to": found.company.email}
        words |= {"money": money_panels.of(visit, found), "notes": credit_notes.of_invoice(found.pk)}
    return words


def _accounts(chart: Chart, account_class: str) -> list[AccountOption]:
    """The accounts of one class; which of them is meant for this, a bookkeeper knows (bookkeeping rule 10)."""
    return [account for account in chart.accounts if account.group == charts.GROUPS[account_class]]


def _deposit(form: Typed, code: str) -> TypedLine:
    """A deposit is owed to the client until the work is done: its line stands on a liability account (rule 10)."""
    ledger, company = document_forms.ledger_of(form), document_forms.known_company(form["company_id"])
    codes = ledgers.suggest(ledger, KIND.name, company, account_code=code)
    job = jobs.name_of(form["job_id"])
    words = {"item": f"Deposit for {job}" if job else "Deposit", "quantity": "1", "account_code": code}
    return TypedLine(key="new0", words=words | {"tax_type": codes.tax_type})


def _next_number(found: Invoice | None, form: Typed) -> str:
    """The number that it would get if it left Draft now."""
    if found is not None and found.number:
        return ""
    branch = form.get("branch_id")
    return numbers.peek(numbers.for_branch(branch_id=branch, kind="invoice")) if branch else ""


def _action(visit: Visit, found: Invoice | None, is_correcting: bool) -> str:
    if found is None:
        return visit.path("invoice_new")
    return visit.path("invoice_correction" if is_correcting else "invoice", found.pk)


def _status(found: Invoice) -> dict[str, str]:
    is_part_paid = bool(found.amount_paid or found.amount_credited)
    label, tone, title = kinds.status_of(KIND, found.status, is_part_paid=is_part_paid)
    return {"label": label, "tone": tone, "title": title}


def _can(visit: Visit, found: Invoice | None, is_correcting: bool) -> dict[str, bool]:
    """Which controls to show (bookkeeping rule 4); the verbs decide anew."""
    status = found.status if found else "draft"
    may_edit = visit.may(Action.EDIT_INVOICES)
    is_issued = status in {"sent", "paid"}
    return {
        "edit": may_edit and status in {"draft", "sent"},
        "lines": may_edit and (status == "draft" or is_correcting),
        "codes": may_edit and status in {"draft", "sent"},
        "issue": found is not None and status == "draft" and visit.may(Action.ISSUE_INVOICES),
        "void": found is not None and status in {"draft", "sent"} and visit.may(Action.VOID_INVOICES),
        "correct": status == "sent" and visit.may(Action.CORRECT_ISSUED) and not is_correcting,
        "send_again": is_issued and visit.may(Action.ISSUE_INVOICES),
        "credit": is_issued and may_edit,
        "write_off": status == "sent" and visit.may(Action.VOID_INVOICES) and not is_correcting,
    }


def _main_action(found: Invoice | None, can: dict[str, bool], panel: dict[str, Any]) -> str:
    if found is None:
        return "save"
    if can["issue"]:
        return "issue"
    return "copy" if panel.get("can_copy") else ""


def _paths(visit: Visit, found: Invoice) -> dict[str, str]:
    acts = ("pdf", "copy", "issue", "hand_over", "void", "correction", "refresh", "credit_note", "write_off")
    return {act: visit.path(f"invoice_{act}", found.pk) for act in acts}
