"""What is done with the money of an invoice or a credit note: pay, apply credit, undo; each act a noun under its noun."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, Final, Protocol

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from bluestamp.books import credit_notes as notes
from bluestamp.books.applications import CreditApplication
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.payments import Payment, PaymentDraft
from bluestamp.errors import Conflict, Invalid, NotFound, Refusal
from bluestamp.sync import crediting, paying
from bluestamp.sync.crediting import EarlierPayments
from bluestamp.sync.readiness import ContactMissing
from bluestamp.web import credit_notes, invoices, money_panels, refusals
from bluestamp.web.money_panels import Refused
from bluestamp.web.typed import Reading
from bluestamp.web.visits import StudioRequest, Visit

Act = Callable[[Any, Visit], Any]


class Page(Protocol):
    """The page on which the panel stands."""

    def load(self, document_id: str, /) -> Any: ...
    def show(
        self, request: StudioRequest, found: Any, *, status: int = 200, **words: Any
    ) -> HttpResponse: ...
    def fresh(self, request: StudioRequest, document_id: str, /) -> HttpResponse: ...


PAGES: Final[dict[str, Page]] = {"invoice": invoices, "credit_note": credit_notes}


@require_POST
def payment(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Record a payment."""

    def record(found: Any, visit: Visit) -> None:
        draft = _payment_draft(request)
        paying.record(kind=kind, document_id=found.pk, draft=draft, by=visit.actor, now=visit.now)

    return _act(request, kind, document_id, record, form="payment")


@require_POST
def payment_account(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Say which account the earlier payments went into (S50)."""
    code = request.POST.get("account_code", "")

    def put(found: Any, visit: Visit) -> None:
        paying.set_account(kind=kind, document_id=found.pk, account_code=code, by=visit.actor, now=visit.now)

    return _act(request, kind, document_id, put, form="account")


@require_POST
def payment_removal(request: StudioRequest, payment_id: str) -> HttpResponse:
    """Take a payment back, in Xero too where it is there."""
    return _on_payment(request, payment_id, paying.ask_removal)


@require_POST
def payment_same(request: StudioRequest, payment_id: str) -> HttpResponse:
    """It is the payment that Xero has."""
    return _on_payment(request, payment_id, paying.answer_same)


@require_POST
def payment_another(request: StudioRequest, payment_id: str) -> HttpResponse:
    """It is another payment: send it."""
    return _on_payment(request, payment_id, paying.answer_send_anyway)


@require_POST
def application(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Apply credit: a note of the client on this invoice, or this note on one of the client's invoices."""
    other_id = request.POST.get("other", "")
    allow_create_contact = request.POST.get("create_contact") == "yes"

    def apply(found: Any, visit: Visit) -> None:
        other = (invoices if isinstance(found, CreditNote) else credit_notes).load(other_id)
        note, invoice = (found, other) if isinstance(found, CreditNote) else (other, found)
        amount, day = _amount_and_day(request, money_panels.day_to_apply(visit, note, invoice))
        crediting.apply(
            note=note,
            invoice=invoice,
            amount=amount,
            applied_on=day,
            by=visit.actor,
            now=visit.now,
            allow_create_contact=allow_create_contact,
        )

    return _act(request, kind, document_id, apply, form="application")


@require_POST
def application_removal(request: StudioRequest, application_id: str) -> HttpResponse:
    """Undo an application, on the page where it was pressed."""
    row = CreditApplication.objects.filter(pk=application_id).first()
    if row is None:
        raise NotFound("There is no such application of credit.")
    is_on_note = request.GET.get("on") == "credit_note"
    where = ("credit_note", row.credit_note_id) if is_on_note else ("invoice", row.invoice_id)

    def undo(found: Any, visit: Visit) -> None:
        crediting.ask_removal(application_id=application_id, by=visit.actor, now=visit.now)

    return _act(request, *where, undo)


@require_POST
def credit(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """Credit an invoice: a draft note with all of its lines, to be looked at and issued."""
    today = request.visit.today
    return _begin_note(request, invoice_id, partial(notes.from_invoice, issued_on=today))


@require_POST
def write_off(request: StudioRequest, invoice_id: str) -> HttpResponse:
    """Write an invoice off: a draft note over what is open, on the account for bad debts that was chosen."""
    code = request.POST.get("account_code", "")
    return _begin_note(request, invoice_id, partial(notes.write_off, account_code=code))


# ── steps ──


def _begin_note(request: StudioRequest, invoice_id: str, begin: Callable[..., CreditNote]) -> HttpResponse:
    """Begin a note and lead to it."""
    visit = request.visit
    found = invoices.load(invoice_id)
    try:
        made = begin(invoice_id=found.pk, by=visit.actor, now=visit.now)
    except (Invalid, Conflict) as refusal:
        return _refused(request, "invoice", found.pk, refusal, form="write_off")
    path = visit.path("credit_note", made.pk)
    if not request.htmx:
        return redirect(path)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = path
    return response


def _on_payment(request: StudioRequest, payment_id: str, verb: Callable[..., Payment]) -> HttpResponse:
    row = Payment.objects.filter(pk=payment_id).first()
    if row is None or row.kind not in PAGES:
        raise NotFound("There is no such payment.")

    def act(found: Any, visit: Visit) -> None:
        verb(payment_id=payment_id, by=visit.actor, now=visit.now)

    return _act(request, row.kind, row.document_id, act)


def _act(request: StudioRequest, kind: str, document_id: str, act: Act, *, form: str = "") -> HttpResponse:
    """Do it, and show the document as it now is, or the form with the reason why not."""
    page = PAGES[kind]
    try:
        with transaction.atomic():
            act(page.load(document_id), request.visit)
    except (Invalid, Conflict) as refusal:
        return _refused(request, kind, document_id, refusal, form=form)
    return page.fresh(request, document_id)


def _refused(
    request: StudioRequest, kind: str, document_id: str, refusal: Refusal, *, form: str
) -> HttpResponse:
    """The page with what was typed in its panel; what belongs to no field of the panel stands at the top."""
    page, found = PAGES[kind], PAGES[kind].load(document_id)
    faults = refusals.by_field(refusal)
    if form == "write_off":
        faults = {"": " ".join(faults.values())}
    said = Refused(
        form=form,
        words={name: str(value) for name, value in request.POST.items()},
        faults=faults,
        asks_contact=refusal.sentence if isinstance(refusal, ContactMissing) else "",
        elsewhere=_elsewhere(request.visit, refusal, document_id),
    )
    money = money_panels.of(request.visit, found, refused=said)
    top = {} if said.asks_contact or not faults.get("") else {"": faults[""]}
    return page.show(request, found, status=refusal.http_status, money=money, faults=top)


def _elsewhere(visit: Visit, refusal: Refusal, document_id: str) -> tuple[str, str] | None:
    """The other document, when it has the earlier payment whose account is asked for (S50)."""
    if not isinstance(refusal, EarlierPayments) or refusal.document.pk == document_id:
        return None
    other = refusal.document
    return other.number, f"{visit.path(other.kind, other.pk)}#money"


def _payment_draft(request: StudioRequest) -> PaymentDraft:
    words = {name: str(value).strip() for name, value in request.POST.items()}
    reading = Reading()
    draft = PaymentDraft(
        paid_on=reading.needed_day(words.get("paid_on", ""), name="paid_on", otherwise=dt.date.min),
        amount=reading.figure(words.get("amount", ""), places=2, name="amount") or Decimal(0),
        reference=words.get("payment_reference", ""),
        account_code=words.get("account_code", ""),
    )
    reading.finish()
    return draft


def _amount_and_day(request: StudioRequest, day: dt.date) -> tuple[Decimal, dt.date]:
    """How much credit is applied, and when; on this day where nobody named one."""
    reading = Reading()
    found = reading.figure(request.POST.get("amount", ""), places=2, name="amount") or Decimal(0)
    asked = request.POST.get("applied_on", day.isoformat()).strip()
    day = reading.needed_day(asked, name="applied_on", otherwise=day)
    reading.finish()
    return found, day
