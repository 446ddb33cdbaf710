"""The money of invoices and credit notes: payments, and credit that is applied; each asked, confirmed or refused."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from ninja import Router

from bluestamp.api import credit_notes as shown_notes
from bluestamp.api import invoices as shown_invoices
from bluestamp.api.callers import Call
from bluestamp.api.wire import Day, Figure, Id, Money, Named, Rate, Shape, Words
from bluestamp.books import applications, payments
from bluestamp.books.applications import CreditApplication
from bluestamp.books.payments import Payment, PaymentDraft
from bluestamp.sync import crediting, paying

router = Router(tags=["payments and credits"], by_alias=True)

State = Literal["asked", "confirmed", "refused", "removing", "deleted", "removed"]


class PaymentShown(Shape):
    """A payment or a credit. "asked" and "removing" wait for Xero; `code` and `sentence` say why it was refused or is held."""

    id: str
    nature: str
    paid_on: dt.date
    amount: Money
    currency: str
    currency_rate: Rate | None
    reference: str
    account_code: str
    origin: str
    state: State
    code: str
    sentence: str
    recorded_by: str
    recorded_at: dt.datetime


class PaymentWrite(Shape):
    """A payment to record. `account_code` is needed once Xero has the document."""

    paid_on: Day
    amount: Figure
    reference: Words = ""
    account_code: Words = ""


class PaymentAccount(Shape):
    """The account that the earlier payments went into."""

    account_code: Words


class ApplicationShown(Shape):
    """So much of a credit note on an invoice."""

    id: str
    credit_note: Named
    invoice: Named
    amount: Money
    applied_on: dt.date
    origin: str
    state: State
    code: str
    sentence: str
    recorded_by: str
    recorded_at: dt.datetime


class ApplicationWrite(Shape):
    """So much credit to apply to an invoice; without a day, today."""

    invoice_id: Id
    amount: Figure
    applied_on: Day | None = None
    allow_create_contact: bool = False


@router.get("/invoices/{invoice_id}/payments", response=list[PaymentShown])
def of_invoice(request: Call, invoice_id: Id) -> list[PaymentShown]:
    """List what was paid and credited on an invoice, the oldest first; not what was taken back."""
    return _listed("invoice", shown_invoices.load(invoice_id).pk)


@router.post("/invoices/{invoice_id}/payments", response={201: PaymentShown})
def record(request: Call, invoice_id: Id, body: PaymentWrite) -> PaymentShown:
    """Record that an invoice was paid, and have Xero told where it holds the invoice."""
    return _recorded("invoice", invoice_id, body, **request.caller.act)


@router.get("/credit-notes/{note_id}/payments", response=list[PaymentShown])
def of_note(request: Call, note_id: Id) -> list[PaymentShown]:
    """List what was paid back on a credit note, the oldest first."""
    return _listed("credit_note", shown_notes.load(note_id).pk)


@router.post("/credit-notes/{note_id}/payments", response={201: PaymentShown})
def pay_back(request: Call, note_id: Id, body: PaymentWrite) -> PaymentShown:
    """Record that a credit note was paid back, where the books are not kept in Xero."""
    return _recorded("credit_note", note_id, body, **request.caller.act)


@router.put("/invoices/{invoice_id}/payment-account", response=list[PaymentShown])
def set_account(request: Call, invoice_id: Id, body: PaymentAccount) -> list[PaymentShown]:
    """Say which account payments went into that are older than the copy in Xero, so that they can be sent."""
    paying.set_account(
        kind="invoice", document_id=invoice_id, account_code=body.account_code, **request.caller.act
    )
    return _listed("invoice", invoice_id)


@router.delete("/payments/{payment_id}", response=PaymentShown)
def remove(request: Call, payment_id: Id) -> PaymentShown:
    """Take a payment back, in Xero too where it is there."""
    return payment(paying.ask_removal(payment_id=payment_id, **request.caller.act))


@router.post("/payments/{payment_id}/same", response=PaymentShown)
def answer_same(request: Call, payment_id: Id) -> PaymentShown:
    """Answer that a payment that was held is the one that Xero has."""
    return payment(paying.answer_same(payment_id=payment_id, **request.caller.act))


@router.post("/payments/{payment_id}/another", response={202: PaymentShown})
def answer_another(request: Call, payment_id: Id) -> PaymentShown:
    """Answer that a payment that was held is another one, to be sent."""
    return payment(paying.answer_send_anyway(payment_id=payment_id, **request.caller.act))


@router.get("/invoices/{invoice_id}/applications", response=list[ApplicationShown])
def on_invoice(request: Call, invoice_id: Id) -> list[ApplicationShown]:
    """List the credit that was applied to an invoice, asked and refused, the oldest first."""
    return [application(row) for row in applications.of_invoice(shown_invoices.load(invoice_id).pk)]


@router.get("/credit-notes/{note_id}/applications", response=list[ApplicationShown])
def of_note_applied(request: Call, note_id: Id) -> list[ApplicationShown]:
    """List where a credit note was applied, asked and refused, the oldest first."""
    return [application(row) for row in applications.of_note(shown_notes.load(note_id).pk)]


@router.post("/credit-notes/{note_id}/applications", response={201: ApplicationShown})
def apply(request: Call, note_id: Id, body: ApplicationWrite) -> ApplicationShown:
    """Apply credit to an invoice of the same company, here and in Xero: what is missing there is sent first."""
    note, invoice = shown_notes.load(note_id), shown_invoices.load(body.invoice_id)
    made = crediting.apply(
        note=note,
        invoice=invoice,
        amount=body.amount,
        applied_on=body.applied_on or max(request.caller.today, applications.earliest_day(note, invoice)),
        allow_create_contact=body.allow_create_contact,
        **request.caller.act,
    )
    return application(made)


@router.delete("/applications/{application_id}", response=ApplicationShown)
def take_back(request: Call, application_id: Id) -> ApplicationShown:
    """Undo an application of credit, in Xero too where it is there."""
    return application(crediting.ask_removal(application_id=application_id, **request.caller.act))


# Steps


def payment(row: Payment) -> PaymentShown:
    """A payment as JSON."""
    return PaymentShown(**{name: getattr(row, name) for name in PaymentShown.model_fields})


def application(row: CreditApplication) -> ApplicationShown:
    """An application of credit as JSON."""
    same = {
        name: getattr(row, name)
        for name in ApplicationShown.model_fields
        if name not in {"credit_note", "invoice"}
    }
    note, invoice = (Named(id=each.pk, name=each.number) for each in (row.credit_note, row.invoice))
    return ApplicationShown(**same, credit_note=note, invoice=invoice)


def _listed(kind: str, document_id: str) -> list[PaymentShown]:
    return [payment(row) for row in payments.of(kind, document_id)]


def _recorded(kind: str, document_id: str, body: PaymentWrite, **act: Any) -> PaymentShown:
    draft = PaymentDraft(**body.model_dump())
    return payment(paying.record(kind=kind, document_id=document_id, draft=draft, **act))
