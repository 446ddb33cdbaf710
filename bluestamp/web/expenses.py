"""Expenses: the list, and one expense in its dialog (which is also a page of its own by its address)."""

from __future__ import annotations

from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import billing, documents, expenses, keepers
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.engine import files
from bluestamp.errors import Conflict, Invalid, Refusal
from bluestamp.people.permissions import Action
from bluestamp.sync import pull, push
from bluestamp.web import (
    copy_panels,
    document_forms,
    document_lists,
    held_acts,
    histories,
    kinds,
    plans,
    rate_fields,
    refusals,
    suppliers,
    typed,
)
from bluestamp.web.typed import Reading, Typed
from bluestamp.web.visits import StudioRequest, Visit

KIND: Final = kinds.EXPENSE
PAID_BY: Final = [
    ("supplier", "the studio, on the supplier's account"),
    ("card", "company card"),
    ("person", "somebody, to be paid back"),
]
TEMPLATE: Final = "expenses/expense.html"
SHOWN: Final = frozenset({"application/pdf", "image/jpeg", "image/png", "image/gif", "image/webp"})


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The list."""
    return document_lists.page(request, KIND)


@require_http_methods(["GET", "POST"])
def new(request: StudioRequest) -> HttpResponse:
    """An expense that is not there yet."""
    visit = request.visit
    if request.method == "GET":
        return _dialog(request, None, _blank(request))
    form = typed.from_post(request.POST)
    try:
        with transaction.atomic():
            made = expenses.create(_draft(form, visit), by=visit.actor, now=visit.now)
            _keep_receipt(request, made)
    except (Invalid, Conflict) as refusal:
        return _refused(request, None, form, refusal)
    return _fresh(request, made.pk, pushes_address=True)


@require_http_methods(["GET", "POST"])
def expense(request: StudioRequest, expense_id: str) -> HttpResponse:
    """One expense; posting saves what was typed."""
    found = load(expense_id)
    if request.method == "GET":
        pull.look_on_opening(found, now=request.visit.now)
        return _dialog(request, found, _written(found))
    return save_then(request, found, _nothing)


@require_POST
def approval(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Save what was typed, and approve."""
    return save_then(request, load(expense_id), _approve)


@require_POST
def copy(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Save what was typed, and send it to Xero."""
    return save_then(request, load(expense_id), copy_panels.ask_for(request.POST))


def _nothing(document: Expense, visit: Visit) -> None:
    """Saving is all that was asked."""


def _approve(document: Expense, visit: Visit) -> None:
    expenses.approve(expense_id=document.pk, version=document.version, by=visit.actor, now=visit.now)


def save_then(request: StudioRequest, found: Expense, act: Any) -> HttpResponse:
    """Save if anything was typed, then act; refused, neither is done and what was typed stays in the form."""
    visit = request.visit
    form = typed.from_post(request.POST) if "issued_on" in request.POST else _written(found)
    try:
        with transaction.atomic():
            saved = _save(request, found, form) if "issued_on" in request.POST else found
            act(saved, visit)
    except (Invalid, Conflict) as refusal:
        return _refused(request, load(found.pk), form, refusal)
    return _fresh(request, found.pk)


def _save(request: StudioRequest, found: Expense, form: Typed) -> Expense:
    visit = request.visit
    version = int(form.get("version") or 0)
    saved = expenses.edit(
        expense_id=found.pk, version=version, draft=_draft(form, visit), by=visit.actor, now=visit.now
    )
    return _keep_receipt(request, saved)


@require_POST
def back_to_draft(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Take an approved expense back."""
    visit = request.visit
    version = int(request.POST.get("version") or 0)
    expenses.back_to_draft(expense_id=expense_id, version=version, by=visit.actor, now=visit.now)
    return _fresh(request, expense_id)


@require_POST
def cancellation(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Cancel it here, and in Xero where Xero allows."""
    visit = request.visit
    push.remove(load(expense_id), reason=request.POST.get("reason", ""), by=visit.actor, now=visit.now)
    return _fresh(request, expense_id)


@require_POST
def conversion(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Turn it into a purchase order, which then opens."""
    visit = request.visit
    found = load(expense_id)
    if str(found.version) != request.POST.get("version"):
        raise documents.Stale(found)
    made = push.turn_into_order(found, by=visit.actor, now=visit.now)
    path = visit.path("purchase_order", made.pk)
    if not request.htmx:
        return redirect(path)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = path
    return response


@require_POST
def order(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Put it to the purchase order that it bills."""

    def put(found: Expense, visit: Visit) -> None:
        order_id = request.POST.get("order_id", "")
        billing.link(expense_id=found.pk, order_id=order_id, by=visit.actor, now=visit.now)

    return save_then(request, load(expense_id), put)


@require_POST
def order_removal(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Take it off its purchase order."""

    def off(found: Expense, visit: Visit) -> None:
        billing.unlink(expense_id=found.pk, by=visit.actor, now=visit.now)

    return save_then(request, load(expense_id), off)


@require_POST
def paid(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Mark as paid by hand, in a branch without Xero."""
    visit = request.visit
    version = int(request.POST.get("version") or 0)
    expenses.mark_paid(
        expense_id=expense_id, version=version, paid_on=visit.today, by=visit.actor, now=visit.now
    )
    return _fresh(request, expense_id)


@require_POST
def unpaid(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Take "paid" back, in a branch without Xero."""
    visit = request.visit
    version = int(request.POST.get("version") or 0)
    expenses.mark_unpaid(expense_id=expense_id, version=version, by=visit.actor, now=visit.now)
    return _fresh(request, expense_id)


@require_GET
def receipt(request: StudioRequest, expense_id: str) -> HttpResponse:
    """The receipt itself; what no browser shows safely is for saving only."""
    found = load(expense_id)
    is_shown = found.receipt_media_type in SHOWN
    with files.open(request.visit.studio.pk, found.receipt_key) as paper:
        response = HttpResponse(
            paper.read(), content_type=found.receipt_media_type if is_shown else "application/octet-stream"
        )
    way = "inline" if is_shown else "attachment"
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=not is_shown, filename=found.receipt_name) or way
    )
    return response


@require_POST
def receipt_removal(request: StudioRequest, expense_id: str) -> HttpResponse:
    """Take the receipt off."""
    expenses.remove_receipt(expense_id=expense_id, by=request.visit.actor, now=request.visit.now)
    return _fresh(request, expense_id)


@require_POST
def redraw(request: StudioRequest) -> HttpResponse:
    """The same form after its supplier or branch changed, with what these bring along."""
    form = typed.from_post(request.POST)
    found = load(form["expense"]) if form.get("expense") else None
    company = document_forms.known_company(form.get("company_id"))
    branch = request.visit.branch_by_id.get(form.get("branch_id"), request.visit.home)
    if company is not None:
        document_forms.take_defaults(
            form, company, kind=KIND, branch_currency=branch.currency, terms_days=None
        )
    return _dialog(request, found, form)


# ── steps ──


def load(expense_id: str) -> Expense:
    found = documents.load("expense", expense_id)
    assert isinstance(found, Expense)
    return found


def _blank(request: StudioRequest) -> Typed:
    visit = request.visit
    words = {
        "branch_id": request.GET.get("branch") or visit.home.pk,
        "company_id": request.GET.get("company", ""),
        "job_id": request.GET.get("job", ""),
        "issued_on": visit.today.isoformat(),
        "currency": visit.home.currency,
        "tax_mode": "exclusive",
        "paid_by": "supplier",
    }
    form = Typed(words=words, lines=[])
    plans.begin(form, request, KIND.name)
    return form


def _written(found: Expense) -> Typed:
    words = {
        "version": str(found.version),
        "branch_id": found.branch_id,
        "company_id": found.company_id,
        "job_id": found.job_id or "",
        "issued_on": found.issued_on.isoformat(),
        "due_on": found.due_on.isoformat() if found.due_on else "",
        "reference": found.reference,
        "supplier_invoice_number": found.supplier_invoice_number,
        "paid_by": found.paid_by,
        "paid_by_name": found.paid_by_name,
        "currency": found.currency,
        "tax_mode": found.tax_mode,
        **rate_fields.written(found),
    }
    return Typed(words=words, lines=typed.from_lines(found.lines.all()))


def _draft(form: Typed, visit: Visit) -> ExpenseDraft:
    reading = Reading()
    draft = ExpenseDraft(
        branch_id=form.get("branch_id"),
        company_id=suppliers.of_form(form, visit, is_supplier=True),
        job_id=form.get("job_id") or None,
        issued_on=reading.needed_day(form.get("issued_on"), name="issued_on", otherwise=visit.today),
        due_on=reading.day(form.get("due_on"), name="due_on"),
        reference=form.get("reference"),
        supplier_invoice_number=form.get("supplier_invoice_number"),
        paid_by=form.get("paid_by", "supplier"),
        paid_by_name=form.get("paid_by_name"),
        currency=form.get("currency").upper(),
        tax_mode=form.get("tax_mode", "exclusive"),
        own_rate=rate_fields.read(form, reading),
        lines=typed.read_lines(form.lines, reading),
    )
    reading.finish()
    return draft


def _keep_receipt(request: StudioRequest, found: Expense) -> Expense:
    upload = request.FILES.get("receipt")
    if upload is None:
        return found
    visit = request.visit
    receipt = files.store(
        visit.studio.pk, upload, name=upload.name or "receipt", media_type=upload.content_type or ""
    )
    return expenses.attach_receipt(expense_id=found.pk, receipt=receipt, by=visit.actor, now=visit.now)


def _refused(request: StudioRequest, found: Expense | None, form: Typed, refusal: Refusal) -> HttpResponse:
    faults = typed.spread_faults(form, refusals.by_field(refusal))
    words: dict[str, Any] = {"faults": faults} | copy_panels.refused_words(refusal)
    if found is not None and isinstance(refusal, documents.Stale):
        words |= {"is_stale": True, "meanwhile": _meanwhile(form, _written(found))}
        form.words["version"] = str(found.version)
    return _dialog(request, found, form, status=refusal.http_status, **words)


def _meanwhile(form: Typed, now: Typed) -> dict[str, str]:
    """What the fresh document says where it differs from what was typed."""
    plain = (
        "issued_on",
        "due_on",
        "supplier_invoice_number",
        "reference",
        "currency",
        "own_rate",
        "paid_by_name",
    )
    return {name: now.get(name) or "nothing" for name in plain if now.get(name) != form.get(name)}


def _fresh(request: StudioRequest, expense_id: str, *, pushes_address: bool = False) -> HttpResponse:
    """The expense as it now is; the list under the dialog hears that something changed."""
    if not request.htmx:
        return redirect(request.visit.path("expense", expense_id))
    found = load(expense_id)
    response = _dialog(request, found, _written(found), is_saved=True)
    response["HX-Trigger"] = "documents-changed"
    if pushes_address:
        response["HX-Push-Url"] = request.visit.path("expense", expense_id)
    return response


def _dialog(
    request: StudioRequest, found: Expense | None, form: Typed, *, status: int = 200, **words: Any
) -> HttpResponse:
    words = _context(request.visit, found, form) | words
    if request.htmx:
        return render(request, TEMPLATE, words, status=status)
    return document_lists.page(request, KIND, modal=TEMPLATE, status=status, words=words)


def _context(visit: Visit, found: Expense | None, form: Typed) -> dict[str, Any]:
    held = held_acts.of(KIND.name, found.pk) if found else held_acts.NOTHING
    can = _can(visit, found) | held.refused
    panel = copy_panels.context(visit, found) if found else {"is_connected": False}
    words = document_forms.context(
        visit, KIND, form, may_lines=can["edit"], may_codes=can["edit"], found=found
    )
    words |= panel
    words |= {
        "expense": found,
        "is_new": found is None,
        "holds": held.sentences,
        "document": found,
        "version": form.get("version") or (found.version if found else ""),
        "action": visit.path("expense", found.pk) if found else visit.path("expense_new"),
        "can": can | {"copy": bool(panel.get("can_copy"))},
        "main_action": _main_action(can, panel),
        "paid_by_options": PAID_BY,
        "more_open": bool(form.get("reference") or form.get("currency") != words["home_currency"]),
        "history": histories.of("expense", found.pk) if found else [],
    }
    if found:
        words |= {
            "status": _status(found),
            "paths": _paths(visit, found),
            "cancel_means": panel["cancel_means"],
            **_orders(visit, found, can),
        }
    return words


def _orders(visit: Visit, found: Expense, can: dict[str, bool]) -> dict[str, Any]:
    """The order that it bills or became, those that it may be put to, and where a credit for it begins."""
    its = found.purchase_order
    offered = billing.open_orders(found) if can["order"] else []
    return {
        "order": its,
        "books_apart": billing.books_apart(found),
        "order_path": visit.path("purchase_order", its.pk) if its else "",
        "order_options": [(one.pk, f"{one.number}, {one.money(one.sub_total)}") for one in offered],
        "credit_path": f"{visit.path('supplier_credit_new')}?expense={found.pk}",
    }


def _status(found: Expense) -> dict[str, str]:
    is_part_paid = bool(found.amount_paid or found.amount_credited)
    label, tone, title = kinds.status_of(KIND, found.status, is_part_paid=is_part_paid)
    return {"label": label, "tone": tone, "title": title}


def _can(visit: Visit, found: Expense | None) -> dict[str, bool]:
    """Which buttons to show; the verbs decide anew, with locks, holds and reasons."""
    status = found.status if found else "draft"
    is_own = found is None or keepers.of(found) is None
    is_new = found is None
    return {
        "edit": visit.may(Action.EDIT_EXPENSES) and status in {"draft", "approved"},
        "approve": not is_new and status == "draft" and visit.may(Action.APPROVE_EXPENSES),
        "back_to_draft": status == "approved" and visit.may(Action.APPROVE_EXPENSES),
        "cancel": not is_new and status in {"draft", "approved"} and visit.may(Action.CANCEL_EXPENSES),
        "mark_paid": is_own and status == "approved" and visit.may(Action.RECORD_PAYMENTS),
        "mark_unpaid": is_own and status == "paid" and visit.may(Action.RECORD_PAYMENTS),
        **_can_with_orders(visit, found),
    }


def _can_with_orders(visit: Visit, found: Expense | None) -> dict[str, bool]:
    """What may be done with it and orders, and whether its supplier's credit may be entered."""
    may_edit = found is not None and visit.may(Action.EDIT_EXPENSES)
    stands = found is not None and found.status != "cancelled"
    is_free = found is not None and found.purchase_order_id is None
    is_open = found is not None and found.status in {"draft", "approved"} and found.ledger_version is None
    return {
        "order": may_edit and stands and is_free,
        "order_removal": may_edit and stands and not is_free,
        "convert": may_edit and is_open and is_free and visit.may(Action.CANCEL_EXPENSES),
        "credit": may_edit and found is not None and found.status in {"approved", "paid"},
    }


def _main_action(can: dict[str, bool], panel: dict[str, Any]) -> str:
    if panel.get("can_copy"):
        return "copy"
    return "approve" if can["approve"] else ""


def _paths(visit: Visit, found: Expense) -> dict[str, str]:
    acts = (
        "approval",
        "draft",
        "cancellation",
        "paid",
        "unpaid",
        "receipt",
        "receipt_removal",
        "copy",
        "order",
        "order_removal",
        "conversion",
        "refresh",
    )
    return {act: visit.path(f"expense_{act}", found.pk) for act in acts}
