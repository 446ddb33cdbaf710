"""Payments and credits of a document: what was paid, each as its own kind (bookkeeping rule 11).

    asked → confirmed → removing → removed
    asked → refused

One recorded here counts at once where no other ledger holds the document. Else it is asked: it reserves its amount
and counts when the ledger has confirmed it. What was recorded elsewhere arrives by `payment_mirrors`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet

from bluestamp.books import credit_notes, documents, invoices, issuing, keepers, payment_rows, standings
from bluestamp.books.documents import Document
from bluestamp.books.ledgers import Account, Ledger, Source
from bluestamp.books.payment_mirrors import MirroredPayment as MirroredPayment
from bluestamp.books.payment_mirrors import mirror as mirror
from bluestamp.books.payment_rows import MONEY as MONEY
from bluestamp.books.payment_rows import Nature as Nature
from bluestamp.books.payment_rows import Origin as Origin
from bluestamp.books.payment_rows import Payment as Payment
from bluestamp.books.payment_rows import State as State
from bluestamp.errors import Conflict, Invalid, NotFound
from bluestamp.money.amounts import CENT
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDraft:
    """A payment as somebody typed it; `account_code` is the account that it went into, "" where it isn't known."""

    paid_on: dt.date
    amount: Decimal
    reference: str = ""
    account_code: str = ""


class RecordedElsewhere(Conflict):
    """Payments of this document are recorded where its books are kept."""

    code = "RECORDED_ELSEWHERE"


class NotPayable(Conflict):
    """The document's kind or status does not allow payments."""

    code = "NOT_PAYABLE"


class TooMuch(Invalid):
    """More than is open."""

    code = "TOO_MUCH"


class OnItsWay(Conflict):
    """It is being sent at this moment; what becomes of it is not known yet."""

    code = "ON_ITS_WAY"


class NotRemovable(Conflict):
    """It can't be removed from here."""

    code = "NOT_REMOVABLE"


# Questions


def of(kind: str, document_id: str) -> list[Payment]:
    """Return what was paid and credited, asked and refused, the oldest first; not what was taken back."""
    rows = Payment.objects.filter(kind=kind, document_id=document_id).exclude(state=State.DELETED)
    return list(rows.order_by("paid_on", "id"))


def earlier(kind: str, document_id: str) -> list[Payment]:
    """Return the payments that exist only here: confirmed before the ledger held the document, and not sent yet."""
    rows = Payment.objects.filter(kind=kind, document_id=document_id, **payment_rows.ONLY_HERE)
    return list(rows.order_by("paid_on", "id"))


def to_send(kind: str = invoices.KIND) -> QuerySet[Payment]:
    """Return what the ledger is to be asked, oldest first: neither in flight nor held. Earlier ones are not among it."""
    rows = Payment.objects.filter(kind=kind, state__in=[State.ASKED, State.REMOVING], in_flight=False)
    return rows.exclude(state=State.ASKED, code=LOOKS_ALIKE).order_by("recorded_at", "id")


def accounts(ledger: Ledger | None) -> list[Account]:
    """Return the accounts that payments may go into: banks, and those that take payments."""
    if ledger is None:
        return []
    rows = ledger.accounts.filter(Q(accepts_payments=True) | Q(is_bank=True), is_active=True)
    return list(rows.exclude(code="").order_by("code"))


def may_record(document: Document) -> bool:
    """Tell whether payments of this document are recorded here at all (bookkeeping rule 12)."""
    ledger = keepers.of(document)
    if ledger is None or ledger.source == Source.OWN:
        return True
    return ledger.records_payments_here and document.kind == invoices.KIND


# Verbs, in the order a payment lives


def record(*, kind: str, document_id: str, draft: PaymentDraft, by: Actor, now: dt.datetime) -> Payment:
    """Write down that money was received on an invoice, or paid back on a credit note.

    It counts at once, unless a ledger elsewhere holds the document: then it is asked. Refuses NotPermitted, NotFound,
    NotPayable, RecordedElsewhere, Invalid(paid_on, account_code, reference), TooMuch at `amount`.
    """
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        document = _locked(kind, document_id)
        _refuse_unpayable(document)
        documents.refuse_faults(_faults(document, draft))
        payment = _recorded(document, draft, by=by, now=now)
        payment.save(force_insert=True)
        follow(document, by=by, now=now)
        said = f"Recorded a payment of {document.money(draft.amount)} on {_day(draft.paid_on)}."
        _note(payment, "payment_recorded", said, by=by, now=now)
    return payment


def ask_removal(*, payment_id: str, by: Actor, now: dt.datetime) -> Payment:
    """Take a payment back: at once when it exists only here, else when the ledger has removed it too.

    One that was refused is put aside. Refuses NotPermitted, NotFound, OnItsWay, NotRemovable (a credit, or on a branch
    where payments are recorded elsewhere), InLockedPeriod.
    """
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        payment, document = _locked_with_document(payment_id)
        _refuse_unremovable(payment, document)
        is_known_there = payment.state == State.CONFIRMED and payment.external_id and _is_held(document)
        _set(payment, state=State.REMOVING if is_known_there else State.DELETED, code="", sentence="")
        follow(document, by=by, now=now)
        said = f"Removed the payment of {document.money(payment.amount)} of {_day(payment.paid_on)}."
        _note(payment, "payment_removed", said, by=by, now=now)
    return payment


def set_account(*, kind: str, document_id: str, account_code: str, by: Actor, now: dt.datetime) -> None:
    """Say which account the document's earlier payments went into. Refuses NotPermitted, NotFound, Invalid."""
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        document = _locked(kind, document_id)
        ledger = keepers.of(document)
        documents.refuse_faults(_faults_of_account(ledger, account_code, is_needed=True))
        for payment in earlier(kind, document_id):
            _set(payment, account_code=account_code)


# What the ledger says to ours


def confirm(*, payment_id: str, external_id: str, now: dt.datetime) -> Payment:
    """The ledger has it, under this id. One that `mirror` brought under it is the same, and becomes one with it.

    Saying it twice changes nothing. Raises NotFound.
    """
    with transaction.atomic():
        payment, document = _locked_with_document(payment_id)
        if payment.external_id != external_id or payment.state in (State.ASKED, State.REFUSED):
            twins = Payment.objects.filter(kind=payment.kind, document_id=payment.document_id)
            mirrored = twins.filter(external_id=external_id).exclude(id=payment.id)
            if mirrored.filter(origin=Origin.HERE).exists():
                raise OnItsWay("That payment in Xero is another one that was recorded here already.")
            mirrored.delete()
            _set(payment, state=State.CONFIRMED, external_id=external_id, **payment_rows.SETTLED)
            standings.raise_to_known(document)
    return payment


def refuse(*, payment_id: str, code: str, sentence: str, now: dt.datetime) -> Payment:
    """The ledger does not take it: it releases its amount and says why. Raises NotFound."""
    with transaction.atomic():
        payment, _ = _locked_with_document(payment_id)
        if not payment.external_id and payment.state in (State.ASKED, State.CONFIRMED):
            _set(payment, state=State.REFUSED, in_flight=False, code=code, sentence=sentence)
    return payment


def confirm_removal(*, payment_id: str, now: dt.datetime) -> Payment:
    """The ledger no longer has it. The standing follows by the next reading. Raises NotFound."""
    with transaction.atomic():
        payment, _ = _locked_with_document(payment_id)
        if payment.state == State.REMOVING:
            _set(payment, state=State.DELETED, **payment_rows.SETTLED)
    return payment


def refuse_removal(*, payment_id: str, sentence: str, now: dt.datetime) -> Payment:
    """The ledger keeps it: it stays, with the reason. Raises NotFound."""
    with transaction.atomic():
        payment, _ = _locked_with_document(payment_id)
        if payment.state == State.REMOVING:
            _set(payment, state=State.CONFIRMED, in_flight=False, code=NOT_REMOVED, sentence=sentence)
    return payment


def mark_in_flight(payment_ids: Collection[str], *, is_in_flight: bool) -> None:
    """Note which payments stand in a batch whose outcome is not known; the caller's transaction."""
    Payment.objects.filter(id__in=payment_ids).update(in_flight=is_in_flight)


# Look-alikes (bookkeeping rule 12)

LOOKS_ALIKE: Final = "LOOKS_ALIKE"
NOT_REMOVED: Final = "NOT_REMOVED"


def hold(*, payment_id: str, sentence: str, twin_external_id: str, now: dt.datetime) -> Payment:
    """Stop a payment that looks like one the ledger has, until a person has said what it is. Raises NotFound."""
    with transaction.atomic():
        payment, _ = _locked_with_document(payment_id)
        if not payment.external_id and not payment.may_look_alike:
            values = {"code": LOOKS_ALIKE, "sentence": sentence, "twin_external_id": twin_external_id}
            _set(payment, in_flight=False, **values)
    return payment


def answer_same(*, payment_id: str, by: Actor, now: dt.datetime) -> Payment:
    """Say that it is the one the ledger has. Refuses NotPermitted, NotFound, Conflict when nothing was asked."""
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        payment, _ = _locked_with_document(payment_id)
        _refuse_unasked(payment)
        _note(payment, "payment_linked", "It is the payment that the books have already.", by=by, now=now)
        return confirm(payment_id=payment.id, external_id=payment.twin_external_id, now=now)


def answer_send_anyway(*, payment_id: str, by: Actor, now: dt.datetime) -> Payment:
    """Say that it is another one. Refuses NotPermitted, NotFound, Conflict when nothing was asked."""
    permissions.require(by, Action.RECORD_PAYMENTS)
    with transaction.atomic():
        payment, _ = _locked_with_document(payment_id)
        _refuse_unasked(payment)
        _set(payment, may_look_alike=True, twin_external_id="", code="", sentence="")
        _note(payment, "payment_told_apart", "It is another payment: to be sent.", by=by, now=now)
    return payment


# What the ledger has


# Steps

#: The statuses in which money is still to move, and those in which it did.
_OPEN: Final = (invoices.Status.SENT, credit_notes.Status.ISSUED)
_SETTLED_STATUSES: Final = (invoices.Status.PAID, credit_notes.Status.USED)


def _locked(kind: str, document_id: str) -> Document:
    """Lock the document: two acts on its money never see the same open amount."""
    model = documents.KINDS.get(kind)
    if model is None:
        raise NotFound(f"There are no documents called {kind}.")
    return documents.locked(model, document_id)


def _locked_with_document(payment_id: str) -> tuple[Payment, Document]:
    """Lock a payment's document, then the payment: in this order everywhere."""
    seen = Payment.objects.filter(id=payment_id).first()
    if seen is None:
        raise NotFound("There is no such payment.")
    document = _locked(seen.kind, seen.document_id)
    found = Payment.objects.select_for_update().filter(id=payment_id).first()
    if found is None:
        raise NotFound("There is no such payment.")
    return found, document


def _is_held(document: Document) -> bool:
    """Whether a ledger elsewhere holds the document, and so is to be asked."""
    return document.ledger_version is not None


def _refuse_unpayable(document: Document) -> None:
    if document.kind not in (invoices.KIND, credit_notes.KIND):
        raise NotPayable("Payments are recorded on invoices.")
    if not may_record(document):
        why = "Its books are kept in Xero: record the payment there, and it shows up here by itself."
        raise RecordedElsewhere(why)
    if document.status not in _OPEN:
        noun = document.kind.replace("_", " ")
        raise NotPayable(f"This {noun} is {_label(document)}: nothing is to be paid on it.")


def _label(document: Document) -> str:
    statuses: Any = invoices.Status if document.kind == invoices.KIND else credit_notes.Status
    return str(statuses(document.status).label).lower()


def _faults(document: Document, draft: PaymentDraft) -> list[Invalid]:
    ledger = keepers.of(document)
    found = issuing.faults_of_day(ledger, draft.paid_on, field="paid_on")
    found += faults_of_amount(draft.amount, document, open_amount=standings.open_amount(document))
    found += _faults_of_account(ledger, draft.account_code, is_needed=_is_held(document))
    if len(draft.reference) > 255 or "\x00" in draft.reference:
        found.append(Invalid("At most 255 letters.", field="reference"))
    return found


def faults_of_amount(amount: Decimal, document: Document, *, open_amount: Decimal) -> list[Invalid]:
    """Return a fault for an amount that is none, or more than is open."""
    if not amount.is_finite() or amount <= 0 or amount % CENT:
        return [Invalid("Enter an amount above zero, in cents at most.", field="amount")]
    if amount > open_amount:
        return [TooMuch(f"Only {document.money(open_amount)} is open.", field="amount")]
    return []


def _faults_of_account(ledger: Ledger | None, code: str, *, is_needed: bool) -> list[Invalid]:
    if not code:
        why = "Choose the account that it went into."
        return [Invalid(why, field="account_code")] if is_needed else []
    if ledger is None or code not in {account.code for account in accounts(ledger)}:
        return [Invalid(f"Payments can't go into account {code}. Choose another.", field="account_code")]
    return []


def _recorded(document: Document, draft: PaymentDraft, *, by: Actor, now: dt.datetime) -> Payment:
    return Payment(
        studio_id=document.studio_id,
        kind=document.kind,
        document_id=document.id,
        nature=Nature.PAYMENT,
        paid_on=draft.paid_on,
        amount=draft.amount,
        currency=document.currency,
        reference=draft.reference,
        account_code=draft.account_code,
        origin=Origin.HERE,
        state=State.ASKED if _is_held(document) else State.CONFIRMED,
        recorded_by=by.name,
        recorded_at=now,
    )


def _refuse_unremovable(payment: Payment, document: Document) -> None:
    if payment.in_flight:
        raise OnItsWay("It is being sent at this moment. Try again in a minute.")
    if payment.state in (State.REMOVING, State.DELETED):
        raise NotRemovable("It is removed already.")
    if payment.nature != Nature.PAYMENT:
        raise NotRemovable(f"{Nature(payment.nature).label}s are taken off where they were applied.")
    if payment.state != State.CONFIRMED:
        return
    if not may_record(document):
        raise RecordedElsewhere("Its books are kept in Xero: remove the payment there.")
    if issuing.faults_of_day(keepers.of(document), payment.paid_on, field="paid_on"):
        raise issuing.InLockedPeriod("The payment lies in a closed period, where nothing is undone.")


def _refuse_unasked(payment: Payment) -> None:
    if payment.code != LOOKS_ALIKE:
        raise Conflict("Nobody asks about this payment any more.")


def follow(document: Document, *, by: Actor, now: dt.datetime) -> None:
    """Let the document's standing follow from our rows, where no ledger elsewhere says it."""
    if _is_held(document) or document.status not in (*_OPEN, *_SETTLED_STATUSES):
        return
    standing = standings.reckoned(document)
    is_settled = not standing.amount_due
    if document.kind == invoices.KIND:
        invoices.take_standing(invoice_id=document.id, standing=standing, is_paid=is_settled, by=by, now=now)
    else:
        credit_notes.take_standing(note_id=document.id, standing=standing, is_used=is_settled, by=by, now=now)


def _set(payment: Payment, **values: Any) -> None:
    for name, value in values.items():
        setattr(payment, name, value)
    payment.save(update_fields=list(values))


def _note(payment: Payment, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(
        by=by,
        verb=f"{payment.kind}.{verb}",
        kind=payment.kind,
        subject_id=payment.document_id,
        sentence=sentence,
        now=now,
    )


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%b %Y}"
