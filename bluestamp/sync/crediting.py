"""Credit applied here is applied in Xero, as one act: what is missing there goes first (S49), then the credit.

What a person presses stands here. What the worker then does, once both documents await payment there, is in
`credit_claims`; how a call survives a crash, in `errands`.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import transaction

from bluestamp.books import applications, issuing, payments
from bluestamp.books.applications import CreditApplication, NotTogether, State
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.documents import Document
from bluestamp.books.invoices import Invoice
from bluestamp.errors import Conflict, Refusal
from bluestamp.people.actors import Actor
from bluestamp.sync import copies, credit_claims, push, readiness
from bluestamp.sync.connections import Connection
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.mapping import XeroStatus


class DocumentNotSendable(Conflict):
    """One of the two documents can't go to Xero, so nothing is applied. `refusal` is why."""

    code = "DOCUMENT_NOT_SENDABLE"

    def __init__(self, document: Document, refusal: Refusal) -> None:
        super().__init__(f"{document.number or 'The document'} can't go to Xero: {refusal.sentence}")
        self.document = document
        self.refusal = refusal


class EarlierPayments(Conflict):
    """One of the two has a payment that Xero does not know of, and nobody said which account it went into (S50)."""

    code = "PAYMENT_ACCOUNT_MISSING"

    def __init__(self, document: Document, amount: Decimal) -> None:
        super().__init__(
            f"{document.number} has an earlier payment of {document.money(amount)} that Xero does not know of. "
            "Choose the account that it went into, then apply the credit."
        )
        self.document = document


# What a person presses


def apply(
    *,
    note: CreditNote,
    invoice: Invoice,
    amount: Decimal,
    applied_on: dt.date,
    by: Actor,
    now: dt.datetime,
    allow_create_contact: bool = False,
) -> CreditApplication:
    """Take so much of the note off the invoice, here and in Xero; what is missing there is sent first.

    Refuses as `applications.apply` does, NotTogether, InLockedPeriod, EarlierPayments, ContactMissing and ContactUnclear
    as `push.request`, and DocumentNotSendable, which names the document. Refused, nothing is changed.
    """
    with transaction.atomic():
        for document in (note, invoice):
            push.hold_wishes(document.kind, [document.id])
        row = applications.apply(
            note_id=note.id, invoice_id=invoice.id, amount=amount, applied_on=applied_on, by=by, now=now
        )
        if row.state == State.ASKED:
            home = _one_home(note, invoice)
            _refuse_locked(row, home)
            for document in (note, invoice):
                _refuse_earlier_payments(document)
                _send_if_missing(document, by=by, now=now, allow_create_contact=allow_create_contact)
            push.nudge(home)
    return row


def ask_removal(*, application_id: str, by: Actor, now: dt.datetime) -> CreditApplication:
    """Undo an application, in Xero too where it is there. Refuses as `applications.ask_removal` does, InLockedPeriod."""
    with transaction.atomic():
        row = applications.ask_removal(application_id=application_id, by=by, now=now)
        copy = copies.of_one(kind="credit_note", document_id=row.credit_note_id)
        if copy is not None and row.state == State.REMOVING:
            _refuse_locked(row, copy.connection)
            push.nudge(copy.connection)
    return row


def _one_home(note: CreditNote, invoice: Invoice) -> Connection:
    """The organisation where both stand, or go (bookkeeping rule 15)."""
    homes = [_home(document) for document in (note, invoice)]
    if homes[0] is None or homes[1] is None or homes[0].id != homes[1].id:
        said = [home.name if home else "no organisation" for home in homes]
        raise NotTogether(
            f"{note.number} belongs to {said[0]}, {invoice.number} to {said[1]}: credit can't cross over."
        )
    return homes[0]


def _refuse_locked(row: CreditApplication, home: Connection) -> None:
    if credit_claims.is_locked(row, home):
        raise issuing.InLockedPeriod(
            f"{row.credit_note.number} and {row.invoice.number} both date from a period that is locked in {home.name}: "
            "credit between them can neither be applied nor taken back."
        )


def _home(document: Document) -> Connection | None:
    return readiness.examine(document.kind, [document])[0].connection


def _refuse_earlier_payments(document: Document) -> None:
    unknown = [row for row in payments.earlier(document.kind, document.id) if not row.account_code]
    if unknown:
        raise EarlierPayments(document, sum((row.amount for row in unknown), Decimal(0)))


def _send_if_missing(document: Document, *, by: Actor, now: dt.datetime, allow_create_contact: bool) -> None:
    copy = copies.of_one(kind=document.kind, document_id=document.id)
    if (copy is not None and copy.xero_status == XeroStatus.AUTHORISED) or _is_on_its_way(document):
        return
    try:
        push.request(document, by=by, now=now, allow_create_contact=allow_create_contact)
    except (readiness.ContactMissing, readiness.ContactUnclear):
        raise
    except Refusal as refusal:
        raise DocumentNotSendable(document, refusal) from refusal


def _is_on_its_way(document: Document) -> bool:
    rows = Delivery.objects.filter(kind=document.kind, document_id=document.id)
    return rows.filter(state__in=[DeliveryState.WAITING, DeliveryState.SENDING]).exists()
