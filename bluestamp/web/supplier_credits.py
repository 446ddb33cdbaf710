"""Supplier credits: the list, and one credit on a page of its own. Amounts are shown negative."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import documents, expenses, keepers, numbers, supplier_credits
from bluestamp.books.supplier_credits import SupplierCredit, SupplierCreditDraft
from bluestamp.errors import NotFound
from bluestamp.people.permissions import Action
from bluestamp.sync import push
from bluestamp.web import copy_panels, desks, document_lists, kinds, rate_fields, suppliers, typed
from bluestamp.web.desks import Act, Desk
from bluestamp.web.typed import Reading, Typed
from bluestamp.web.visits import StudioRequest, Visit

KIND: Final = kinds.SUPPLIER_CREDIT


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The list."""
    return document_lists.page(request, KIND)


@require_http_methods(["GET", "POST"])
def new(request: StudioRequest) -> HttpResponse:
    """A credit that is not there yet; `?expense=` begins with all of that bill."""
    return DESK.new(request, _begun(request))


@require_http_methods(["GET", "POST"])
def credit(request: StudioRequest, credit_id: str) -> HttpResponse:
    """One credit; posting saves what was typed."""
    return DESK.open(request, credit_id)


@require_POST
def approval(request: StudioRequest, credit_id: str) -> HttpResponse:
    """Save what was typed, and approve."""
    return DESK.save_then(request, DESK.load(credit_id), _at_version(supplier_credits.approve))


@require_POST
def copy(request: StudioRequest, credit_id: str) -> HttpResponse:
    """Save what was typed, and send it to Xero."""
    return DESK.save_then(request, DESK.load(credit_id), copy_panels.ask_for(request.POST))


@require_POST
def back_to_draft(request: StudioRequest, credit_id: str) -> HttpResponse:
    """Take an approved credit back."""
    return DESK.save_then(request, DESK.load(credit_id), _at_version(supplier_credits.back_to_draft))


@require_POST
def cancellation(request: StudioRequest, credit_id: str) -> HttpResponse:
    """Cancel it here, and in Xero where Xero allows."""

    def away(found: SupplierCredit, visit: Visit) -> None:
        push.remove(found, reason=request.POST.get("reason", ""), by=visit.actor, now=visit.now)

    return DESK.save_then(request, DESK.load(credit_id), away)


@require_POST
def used(request: StudioRequest, credit_id: str) -> HttpResponse:
    """Mark as used by hand, in a branch without Xero."""

    def mark(found: SupplierCredit, visit: Visit) -> None:
        supplier_credits.mark_used(
            credit_id=found.pk, version=found.version, used_on=visit.today, by=visit.actor, now=visit.now
        )

    return DESK.save_then(request, DESK.load(credit_id), mark)


@require_POST
def unused(request: StudioRequest, credit_id: str) -> HttpResponse:
    """Take "used" back, in a branch without Xero."""
    return DESK.save_then(request, DESK.load(credit_id), _at_version(supplier_credits.mark_unused))


@require_POST
def redraw(request: StudioRequest) -> HttpResponse:
    """The same form after its supplier or branch changed, with what these bring along."""
    return DESK.redraw(request)


# ── steps ──


def _at_version(verb: Any) -> Act:
    """A verb that needs nothing but the credit and its version."""

    def act(found: SupplierCredit, visit: Visit) -> None:
        verb(credit_id=found.pk, version=found.version, by=visit.actor, now=visit.now)

    return act


def _begun(request: StudioRequest) -> Typed:
    form = desks.blank(request)
    expense_id = request.GET.get("expense", "")
    if not expense_id:
        return form
    bill = documents.load(expenses.KIND, expense_id)
    if not isinstance(bill, expenses.Expense):
        raise NotFound("There is no such expense.")
    draft = supplier_credits.of_expense(bill, issued_on=request.visit.today)
    form.words |= {
        "branch_id": draft.branch_id,
        "company_id": draft.company_id,
        "job_id": draft.job_id or "",
        "currency": draft.currency,
        "tax_mode": draft.tax_mode,
        "reference": draft.reference,
        "expense_id": bill.pk,
    }
    form.lines = typed.from_drafts(draft.lines)
    return form


def _edit(found: SupplierCredit, version: int, draft: SupplierCreditDraft, visit: Visit) -> SupplierCredit:
    return supplier_credits.edit(
        credit_id=found.pk, version=version, draft=draft, by=visit.actor, now=visit.now
    )


def _written(found: SupplierCredit) -> dict[str, str]:
    return {
        "supplier_credit_number": found.supplier_credit_number,
        "expense_id": found.expense_id or "",
    }


def _draft(form: Typed, visit: Visit) -> SupplierCreditDraft:
    reading = Reading()
    draft = SupplierCreditDraft(
        branch_id=form.get("branch_id"),
        company_id=suppliers.of_form(form, visit, is_supplier=True),
        job_id=form.get("job_id") or None,
        issued_on=reading.needed_day(form.get("issued_on"), name="issued_on", otherwise=visit.today),
        reference=form.get("reference"),
        supplier_credit_number=form.get("supplier_credit_number"),
        expense_id=form.get("expense_id") or None,
        currency=form.get("currency").upper(),
        tax_mode=form.get("tax_mode", "exclusive"),
        own_rate=rate_fields.read(form, reading),
        lines=typed.read_lines(form.lines, reading),
    )
    reading.finish()
    return draft


def _can(visit: Visit, found: SupplierCredit | None) -> dict[str, bool]:
    """Which buttons to show; the verbs decide anew, with locks, holds and reasons."""
    status = found.status if found else "draft"
    is_own = found is not None and not keepers.is_elsewhere(found)
    is_new = found is None
    return {
        "edit": visit.may(Action.EDIT_EXPENSES) and status in {"draft", "approved"},
        "approve": not is_new and status == "draft" and visit.may(Action.APPROVE_EXPENSES),
        "back_to_draft": status == "approved" and visit.may(Action.APPROVE_EXPENSES),
        "cancel": not is_new and status in {"draft", "approved"} and visit.may(Action.CANCEL_EXPENSES),
        "mark_used": is_own and status == "approved" and visit.may(Action.RECORD_PAYMENTS),
        "mark_unused": is_own and status == "used" and visit.may(Action.RECORD_PAYMENTS),
    }


def _own(visit: Visit, found: SupplierCredit | None, form: Typed) -> dict[str, Any]:
    """What only a credit's page shows: the bill that it credits, and its number to be."""
    credited = expenses.Expense.objects.filter(pk=form.get("expense_id")).first()
    branch = form.get("branch_id")
    is_numbered = bool(found and found.number)
    return {
        "credited": credited,
        "credited_path": visit.path("expense", credited.pk) if credited else "",
        "next_number": ""
        if is_numbered or not branch
        else numbers.peek(numbers.for_branch(branch_id=branch, kind=KIND.name)),
    }


DESK: Final = Desk(
    kind=KIND,
    template="supplier_credits/credit.html",
    create=supplier_credits.create,
    edit=_edit,
    draft=_draft,
    written=_written,
    can=_can,
    own=_own,
    acts=("approval", "draft", "cancellation", "used", "unused", "copy", "refresh"),
    compared=("issued_on", "reference", "currency", "own_rate", "supplier_credit_number"),
)
load, save_then = DESK.load, DESK.save_then
