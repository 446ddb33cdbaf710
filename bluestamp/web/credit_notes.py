"""Credit notes: the list, and one note as paper that is edited in place, with where it is applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import credit_notes, documents, letters, numbers, papers
from bluestamp.books.credit_notes import CreditNote, CreditNoteDraft, Status
from bluestamp.errors import Conflict, Invalid, Refusal
from bluestamp.people.permissions import Action
from bluestamp.sync import number_checks, pull, push
from bluestamp.web import (
    copy_panels,
    document_forms,
    document_lists,
    held_acts,
    histories,
    kinds,
    letter_notices,
    money_panels,
    rate_fields,
    refusals,
    suppliers,
    typed,
)
from bluestamp.web.typed import Reading, Typed
from bluestamp.web.visits import StudioRequest, Visit

KIND: Final = kinds.CREDIT_NOTE
TEMPLATE: Final = "credit_notes/credit_note.html"
Act = Callable[[CreditNote, Visit], Any]


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The list."""
    return document_lists.page(request, KIND)


@require_http_methods(["GET", "POST"])
def new(request: StudioRequest) -> HttpResponse:
    """A credit note of no invoice, that is not there yet."""
    visit = request.visit
    if request.method == "GET":
        return _page(request, None, _blank(request))
    form = typed.from_post(request.POST)
    try:
        with transaction.atomic():
            made = credit_notes.create(_draft(form, visit), by=visit.actor, now=visit.now)
    except (Invalid, Conflict) as refusal:
        return _refused(request, None, form, refusal)
    return fresh(request, made.pk)


@require_http_methods(["GET", "POST"])
def note(request: StudioRequest, note_id: str) -> HttpResponse:
    """One credit note; posting saves what was typed."""
    found = load(note_id)
    if request.method == "GET":
        pull.look_on_opening(found, now=request.visit.now)
        return show(request, found)
    return save_then(request, found, _nothing)


@require_POST
def copy(request: StudioRequest, note_id: str) -> HttpResponse:
    """Save what was typed, and send it to Xero."""
    return save_then(request, load(note_id), copy_panels.ask_for(request.POST))


@require_POST
def issue(request: StudioRequest, note_id: str) -> HttpResponse:
    """Send it to the client by e-mail, with its PDF."""
    words: dict[str, Any] = {name: request.POST.get(name, "") for name in ("to", "message")}

    def by_email(found: CreditNote, visit: Visit) -> None:
        who: dict[str, Any] = {"by": visit.actor, "now": visit.now}
        if found.status == Status.DRAFT:
            letters.issue_by_email(
                kind=KIND.name, document_id=found.pk, version=found.version, **words, **who
            )
        else:
            letters.send_again(kind=KIND.name, document_id=found.pk, **words, **who)

    return save_then(request, _checked(request, note_id), by_email)


@require_POST
def hand_over(request: StudioRequest, note_id: str) -> HttpResponse:
    """Mark as sent: the client got it some other way."""

    def mark(found: CreditNote, visit: Visit) -> None:
        credit_notes.mark_as_sent(note_id=found.pk, version=found.version, by=visit.actor, now=visit.now)

    return save_then(request, _checked(request, note_id), mark)


def _checked(request: StudioRequest, note_id: str) -> CreditNote:
    """The note that is about to be issued, after its number was held against Xero."""
    found = load(note_id)
    number_checks.before_issue(found, by=request.visit.actor, now=request.visit.now)
    return found


@require_POST
def void(request: StudioRequest, note_id: str) -> HttpResponse:
    """Void it here, and in Xero where Xero allows."""

    def away(found: CreditNote, visit: Visit) -> None:
        push.remove(found, reason=request.POST.get("reason", ""), by=visit.actor, now=visit.now)

    return save_then(request, load(note_id), away)


@require_GET
def pdf(request: StudioRequest, note_id: str) -> HttpResponse:
    """The credit note as the client gets it."""
    found = load(note_id)
    response = HttpResponse(papers.credit_note_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number or "draft"}.pdf"'
    return response


@require_POST
def redraw(request: StudioRequest) -> HttpResponse:
    """The same form after its branch changed, with what that brings along."""
    form = typed.from_post(request.POST)
    return _page(request, load(form["credit_note"]) if form.get("credit_note") else None, form)


def load(note_id: str) -> CreditNote:
    """The credit note of an address."""
    found = documents.load(KIND.name, note_id)
    assert isinstance(found, CreditNote)
    return found


def _nothing(found: CreditNote, visit: Visit) -> None:
    """Saving is all that was asked."""


def save_then(request: StudioRequest, found: CreditNote, act: Act) -> HttpResponse:
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


def _save(found: CreditNote, form: Typed, visit: Visit) -> CreditNote:
    version = int(form.get("version") or 0)
    return credit_notes.edit(
        note_id=found.pk, version=version, draft=_draft(form, visit), by=visit.actor, now=visit.now
    )


def show(request: StudioRequest, found: CreditNote, *, status: int = 200, **words: Any) -> HttpResponse:
    """The note as it is stored, with words of whoever asks beside it."""
    return _page(request, found, written(found), status=status, **words)


def fresh(request: StudioRequest, note_id: str) -> HttpResponse:
    """The note as it now is, at its own address."""
    path = request.visit.path("credit_note", note_id)
    if not request.htmx:
        return redirect(path)
    response = show(request, load(note_id), is_saved=True)
    response["HX-Push-Url"] = path
    return response


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
    company = document_forms.known_company(form["company_id"])
    if company is not None:
        document_forms.take_defaults(
            form, company, kind=KIND, branch_currency=visit.home.currency, terms_days=None
        )
    return form


def written(found: CreditNote) -> Typed:
    """The form as the note fills it."""
    words = {
        "version": str(found.version),
        "branch_id": found.branch_id,
        "company_id": found.company_id,
        "job_id": found.job_id or "",
        "issued_on": found.issued_on.isoformat(),
        "reference": found.reference,
        "currency": found.currency,
        "tax_mode": found.tax_mode,
        **rate_fields.written(found),
    }
    return Typed(words=words, lines=typed.from_lines(found.lines.all()))


def _draft(form: Typed, visit: Visit) -> CreditNoteDraft:
    reading = Reading()
    draft = CreditNoteDraft(
        branch_id=form.get("branch_id"),
        company_id=suppliers.of_form(form, visit, is_supplier=False),
        job_id=form.get("job_id") or None,
        issued_on=reading.needed_day(form.get("issued_on"), name="issued_on", otherwise=visit.today),
        reference=form.get("reference"),
        currency=form.get("currency").upper(),
        tax_mode=form.get("tax_mode", "exclusive"),
        own_rate=rate_fields.read(form, reading),
        lines=typed.read_lines(form.lines, reading),
    )
    reading.finish()
    return draft


def _refused(
    request: StudioRequest, found: CreditNote | None, form: Typed, refusal: Refusal, **words: Any
) -> HttpResponse:
    words |= {"faults": typed.spread_faults(form, refusals.by_field(refusal))}
    words |= copy_panels.refused_words(refusal)
    if found is not None and isinstance(refusal, documents.Stale):
        words |= {"is_stale": True, "meanwhile": _meanwhile(form, written(found))}
        form.words["version"] = str(found.version)
    return _page(request, found, form, status=refusal.http_status, **words)


def _meanwhile(form: Typed, now: Typed) -> dict[str, str]:
    plain = ("issued_on", "reference", "currency", "own_rate")
    return {name: now.get(name) or "nothing" for name in plain if now.get(name) != form.get(name)}


def _page(
    request: StudioRequest, found: CreditNote | None, form: Typed, *, status: int = 200, **words: Any
) -> HttpResponse:
    return render(request, TEMPLATE, _context(request.visit, found, form) | words, status=status)


def _context(visit: Visit, found: CreditNote | None, form: Typed) -> dict[str, Any]:
    held = held_acts.of(KIND.name, found.pk) if found else held_acts.NOTHING
    can = _can(visit, found) | held.refused
    panel = copy_panels.context(visit, found) if found else {"is_connected": False}
    words = document_forms.context(
        visit, KIND, form, may_lines=can["lines"], may_codes=can["codes"], found=found
    )
    words |= panel
    words |= {
        "note": found,
        "is_new": found is None,
        "holds": held.sentences,
        "document": found,
        "version": form.get("version") or (found.version if found else ""),
        "action": visit.path("credit_note", found.pk) if found else visit.path("credit_note_new"),
        "can": can | {"copy": bool(panel.get("can_copy"))},
        "main_action": _main_action(found, can, panel),
        "branch": visit.branch_by_id.get(form.get("branch_id"), visit.home),
        "next_number": _next_number(found, form, visit),
        "is_fixed": found is not None and (found.status != Status.DRAFT or found.invoice_id is not None),
        "is_issued": found is not None and found.status != Status.DRAFT,
        **letter_notices.of(visit, found),
        "history": histories.of(KIND.name, found.pk) if found else [],
    }
    if found:
        words |= {"status": _status(found), "paths": _paths(visit, found), "send_to": found.company.email}
        words |= {"money": money_panels.of(visit, found), "credited": found.invoice}
    return words


def _next_number(found: CreditNote | None, form: Typed, visit: Visit) -> str:
    """The number that it would get if it left Draft now."""
    branch = visit.branch_by_id.get(form.get("branch_id"))
    if branch is None or (found is not None and found.number):
        return ""
    kind = numbers.kind_of_sequence(branch, KIND.name)
    return numbers.peek(numbers.for_branch(branch_id=branch.pk, kind=kind))


def _status(found: CreditNote) -> dict[str, str]:
    is_part_used = bool(found.amount_paid or found.amount_credited)
    label, tone, title = kinds.status_of(KIND, found.status, is_part_paid=is_part_used)
    return {"label": label, "tone": tone, "title": title}


def _can(visit: Visit, found: CreditNote | None) -> dict[str, bool]:
    """Which controls to show (bookkeeping rule 4); the verbs decide anew."""
    status = found.status if found else "draft"
    may_edit = visit.may(Action.EDIT_INVOICES)
    return {
        "edit": may_edit and status in {"draft", "issued"},
        "lines": may_edit and status == "draft",
        "codes": may_edit and status in {"draft", "issued"},
        "issue": found is not None and status == "draft" and visit.may(Action.ISSUE_INVOICES),
        "void": found is not None and status in {"draft", "issued"} and visit.may(Action.VOID_INVOICES),
        "send_again": status in {"issued", "used"} and visit.may(Action.ISSUE_INVOICES),
    }


def _main_action(found: CreditNote | None, can: dict[str, bool], panel: dict[str, Any]) -> str:
    if found is None:
        return "save"
    if can["issue"]:
        return "issue"
    return "copy" if panel.get("can_copy") else ""


def _paths(visit: Visit, found: CreditNote) -> dict[str, str]:
    acts = ("pdf", "copy", "issue", "hand_over", "void", "refresh")
    return {act: visit.path(f"credit_note_{act}", found.pk) for act in acts}
