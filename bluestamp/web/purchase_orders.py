"""Purchase orders: the list, one order as paper that is edited in place, and what its supplier billed of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import billing, keepers, letters, numbers, papers, purchase_orders
from bluestamp.books.billing import LineBilling, Portion
from bluestamp.books.expenses import Expense
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from bluestamp.errors import Conflict, Invalid, InvalidFields
from bluestamp.money import amounts
from bluestamp.people.permissions import Action
from bluestamp.sync import order_bills, push
from bluestamp.web import (
    copy_panels,
    desks,
    document_lists,
    kinds,
    letter_notices,
    plans,
    rate_fields,
    refusals,
    suppliers,
    typed,
)
from bluestamp.web.desks import Act, Desk
from bluestamp.web.typed import Reading, Typed
from bluestamp.web.visits import StudioRequest, Visit

KIND: Final = kinds.PURCHASE_ORDER


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The list."""
    return document_lists.page(request, KIND)


@require_http_methods(["GET", "POST"])
def new(request: StudioRequest) -> HttpResponse:
    """An order that is not there yet; `?plan=1` begins with the plan of its job."""
    form = desks.blank(request)
    plans.begin(form, request, KIND.name)
    return DESK.new(request, form)


@require_http_methods(["GET", "POST"])
def order(request: StudioRequest, order_id: str) -> HttpResponse:
    """One order; posting saves what was typed."""
    return DESK.open(request, order_id)


@require_POST
def approval(request: StudioRequest, order_id: str) -> HttpResponse:
    """Save what was typed, and approve."""
    return DESK.save_then(request, DESK.load(order_id), _approve)


@require_POST
def copy(request: StudioRequest, order_id: str) -> HttpResponse:
    """Save what was typed, and send it to Xero; approve it first where Xero can't go back to draft (S33)."""
    send = copy_panels.ask_for(request.POST)

    def approve_and_send(found: PurchaseOrder, visit: Visit) -> None:
        send(_approve(found, visit), visit)

    approves = request.POST.get("approve") == "yes"
    return DESK.save_then(request, DESK.load(order_id), approve_and_send if approves else send)


def _approve(found: PurchaseOrder, visit: Visit) -> PurchaseOrder:
    version = found.version
    return purchase_orders.approve(order_id=found.pk, version=version, by=visit.actor, now=visit.now)


@require_POST
def letter(request: StudioRequest, order_id: str) -> HttpResponse:
    """Send it to the supplier by e-mail, with its PDF."""
    words = {name: request.POST.get(name, "") for name in ("to", "message")}

    def by_email(found: PurchaseOrder, visit: Visit) -> None:
        said = {"kind": KIND.name, "document_id": found.pk, **words}
        if found.sent_at is None:
            letters.issue_by_email(version=found.version, by=visit.actor, now=visit.now, **said)
        else:
            letters.send_again(by=visit.actor, now=visit.now, **said)

    return DESK.save_then(request, DESK.load(order_id), by_email)


@require_POST
def hand_over(request: StudioRequest, order_id: str) -> HttpResponse:
    """Mark as sent: the supplier got it some other way."""
    return DESK.save_then(request, DESK.load(order_id), _at_version(purchase_orders.mark_as_sent))


@require_POST
def back_to_draft(request: StudioRequest, order_id: str) -> HttpResponse:
    """Take an approved order back."""
    return DESK.save_then(request, DESK.load(order_id), _at_version(purchase_orders.back_to_draft))


@require_POST
def cancellation(request: StudioRequest, order_id: str) -> HttpResponse:
    """Cancel it here, and in Xero where Xero allows."""

    def away(found: PurchaseOrder, visit: Visit) -> None:
        push.remove(found, reason=request.POST.get("reason", ""), by=visit.actor, now=visit.now)

    return DESK.save_then(request, DESK.load(order_id), away)


@require_POST
def paid(request: StudioRequest, order_id: str) -> HttpResponse:
    """Mark as paid by hand, in a branch without Xero."""

    def mark(found: PurchaseOrder, visit: Visit) -> None:
        purchase_orders.mark_paid(
            order_id=found.pk, version=found.version, paid_on=visit.today, by=visit.actor, now=visit.now
        )

    return DESK.save_then(request, DESK.load(order_id), mark)


@require_POST
def unpaid(request: StudioRequest, order_id: str) -> HttpResponse:
    """Take "paid" back, in a branch without Xero."""
    return DESK.save_then(request, DESK.load(order_id), _at_version(purchase_orders.mark_unpaid))


@require_POST
def bill(request: StudioRequest, order_id: str) -> HttpResponse:
    """Enter an invoice of the supplier: an expense made from what was billed of each line, which then opens."""
    visit, found = request.visit, DESK.load(order_id)
    try:
        with transaction.atomic():
            made = _billed(request, found)
    except (Invalid, Conflict) as refusal:
        words: dict[str, Any] = {"bill_faults": refusals.by_field(refusal), "bill_typed": request.POST}
        words["to_bill"] = [
            {"line": line, "typed": request.POST.get(f"amount-{line.pk}", "")} for line in found.items
        ]
        words["asks_about_billed"] = isinstance(refusal, billing.BilledThere)
        return DESK.page(request, found, DESK.form_of(found), status=refusal.http_status, **words)
    path = visit.path("expense", made.pk)
    if not request.htmx:
        return redirect(path)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = path
    return response


@require_GET
def pdf(request: StudioRequest, order_id: str) -> HttpResponse:
    """The order as the supplier gets it."""
    found = DESK.load(order_id)
    response = HttpResponse(papers.purchase_order_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{found.number or "draft"}.pdf"'
    return response


@require_POST
def redraw(request: StudioRequest) -> HttpResponse:
    """The same form after its supplier or branch changed, with what these bring along."""
    return DESK.redraw(request)


# ── steps ──


def _at_version(verb: Any) -> Act:
    """A verb that needs nothing but the order and its version."""

    def act(found: PurchaseOrder, visit: Visit) -> None:
        verb(order_id=found.pk, version=found.version, by=visit.actor, now=visit.now)

    return act


def _edit(found: PurchaseOrder, version: int, draft: PurchaseOrderDraft, visit: Visit) -> PurchaseOrder:
    return purchase_orders.edit(
        order_id=found.pk, version=version, draft=draft, by=visit.actor, now=visit.now
    )


def _written(found: PurchaseOrder) -> dict[str, str]:
    return {
        "delivery_address": found.delivery_address,
        "attention_to": found.attention_to,
        "instructions": found.instructions,
    }


def _draft(form: Typed, visit: Visit) -> PurchaseOrderDraft:
    reading = Reading()
    draft = PurchaseOrderDraft(
        branch_id=form.get("branch_id"),
        company_id=suppliers.of_form(form, visit, is_supplier=True),
        job_id=form.get("job_id") or None,
        issued_on=reading.needed_day(form.get("issued_on"), name="issued_on", otherwise=visit.today),
        due_on=reading.day(form.get("due_on"), name="due_on"),
        reference=form.get("reference"),
        currency=form.get("currency").upper(),
        tax_mode=form.get("tax_mode", "exclusive"),
        own_rate=rate_fields.read(form, reading),
        delivery_address=form.get("delivery_address"),
        attention_to=form.get("attention_to"),
        instructions=form.get("instructions"),
        lines=typed.read_lines(form.lines, reading),
    )
    reading.finish()
    return draft


def _can(visit: Visit, found: PurchaseOrder | None) -> dict[str, bool]:
    """Which buttons to show; the verbs decide anew, with locks, holds and reasons."""
    status = found.status if found else "draft"
    is_own = found is not None and not keepers.is_elsewhere(found)
    may_edit, is_new = visit.may(Action.EDIT_EXPENSES), found is None
    is_open = status in {"approved", "paid"}
    return {
        "edit": may_edit and status in {"draft", "approved"},
        "approve": not is_new and status == "draft" and visit.may(Action.APPROVE_EXPENSES),
        "back_to_draft": status == "approved" and visit.may(Action.APPROVE_EXPENSES),
        "cancel": not is_new and status in {"draft", "approved"} and visit.may(Action.CANCEL_EXPENSES),
        "mark_paid": is_own and status == "approved" and visit.may(Action.RECORD_PAYMENTS),
        "mark_unpaid": is_own and status == "paid" and visit.may(Action.RECORD_PAYMENTS),
        "send": may_edit and is_open,
        "bill": may_edit and is_open,
    }


def _own(visit: Visit, found: PurchaseOrder | None, form: Typed) -> dict[str, Any]:
    """What only an order's page shows."""
    branch = form.get("branch_id")
    if found is None:
        return {"next_number": _next_number(branch)}
    so_far = billing.of(found)
    return {
        "next_number": "" if found.number else _next_number(branch),
        "billing": so_far,
        "quoting": order_bills.of(found.pk),
        "invoices": [_invoice_row(visit, one) for one in so_far.expenses],
        "to_bill": [_to_bill(found, one) for one in so_far.lines],
        "today_iso": visit.today.isoformat(),
        **letter_notices.of(visit, found),
        "send_to": found.company.email,
        "bills_go_elsewhere": billing.goes_elsewhere(found),
        "is_billed_there": found.status == "paid" and found.fully_paid_on is None,
    }


def _invoice_row(visit: Visit, one: Expense) -> dict[str, Any]:
    """An invoice of the supplier, as the order's page lists it."""
    label, tone, title = kinds.status_of_document(kinds.EXPENSE, one)
    return {
        "path": visit.path("expense", one.pk),
        "called": one.number or "Draft expense",
        "theirs": one.supplier_invoice_number,
        "issued_on": one.issued_on,
        "total": one.sub_total,
        "status_label": label,
        "status_tone": tone,
        "status_title": title,
    }


def _to_bill(found: PurchaseOrder, one: LineBilling) -> dict[str, Any]:
    """A line in the dialog, filled with what remains of it."""
    rest = billing.remaining_as_meant(found, one)
    return {"line": one.line, "typed": amounts.format_plain(rest) if rest > 0 else ""}


def _next_number(branch_id: str) -> str:
    return numbers.peek(numbers.for_branch(branch_id=branch_id, kind=KIND.name)) if branch_id else ""


def _billed(request: StudioRequest, found: PurchaseOrder) -> Any:
    """Read the dialog and enter the invoice; a line left empty was not on it."""
    visit, reading = request.visit, Reading()
    day = request.POST.get("bill_issued_on", "")
    issued_on = reading.needed_day(day, name="bill_issued_on", otherwise=visit.today)
    typed_amounts = {
        line.pk: reading.figure(request.POST.get(f"amount-{line.pk}", ""), places=2, name=f"lines.{line.pk}")
        for line in found.items
    }
    number = request.POST.get("supplier_invoice_number", "").strip()
    reading.finish()
    if not number:
        raise InvalidFields(
            [Invalid("Enter the supplier's invoice number.", field="supplier_invoice_number")]
        )
    return billing.bill(
        order_id=found.pk,
        supplier_invoice_number=number,
        issued_on=issued_on,
        lines=_portions(found, typed_amounts),
        is_looked_at=request.POST.get("is_looked_at") == "yes",
        by=visit.actor,
        now=visit.now,
    )


def _portions(found: PurchaseOrder, typed_amounts: dict[str, Decimal | None]) -> dict[str, Portion]:
    """What remains of a line, typed in full, stays so many pieces; anything else is an amount."""
    known = {one.line.id: one for one in billing.of(found).lines}
    portions: dict[str, Portion] = {}
    for line_id, amount in typed_amounts.items():
        if not amount:
            continue
        left, rest = known[line_id].quantity_left, billing.remaining_as_meant(found, known[line_id])
        portions[line_id] = Portion(quantity=left) if left and amount == rest else Portion(amount=amount)
    return portions


DESK: Final = Desk(
    kind=KIND,
    template="purchase_orders/order.html",
    create=purchase_orders.create,
    edit=_edit,
    draft=_draft,
    written=_written,
    can=_can,
    own=_own,
    acts=(
        "approval",
        "draft",
        "cancellation",
        "paid",
        "unpaid",
        "letter",
        "hand_over",
        "bill",
        "pdf",
        "copy",
        "refresh",
    ),
    compared=("issued_on", "due_on", "reference", "currency", "own_rate", "attention_to"),
)
load, save_then = DESK.load, DESK.save_then
