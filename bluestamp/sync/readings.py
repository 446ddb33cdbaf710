"""Take over what Xero says of one document: the only way by which a reading changes anything here.

`plan` decides, purely; here it is carried out in one transaction: the noun's own verbs move status and payment
standing, the copy remembers what was read, holds lock or free the document, and the copy standing is recomputed.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
from django.db import transaction

from bluestamp.books import applications, documents, exchange_rates, payments
from bluestamp.books.documents import Document, PaymentStanding
from bluestamp.people import activity, actors
from bluestamp.sync import contacts, copies, faces, locks, our_faces, our_verbs, standing, their_faces
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.faces import Face
from bluestamp.sync.mapping import ENDED, REMOVED_HERE, Follow, XeroStatus
from bluestamp.sync.plan import CopyState, Last, Money, Plan, plan
from bluestamp.sync.their_faces import Copied
from bluestamp.xero.records import CreditNote, EmbeddedCredit, EmbeddedPayment, Invoice

_READ_FIELDS = [
    "xero_status",
    "xero_number",
    "state",
    "theirs",
    "money",
    "line_ids",
    "version_sent",
    "updated_at_xero",
    "seen_at",
    "refresh_due_at",
]


def take(copy_id: str, record: Copied, *, now: dt.datetime) -> Plan:
    """Take over what Xero says of the document that this copy belongs to; return what was decided."""
    with transaction.atomic():
        copy = Copy.objects.select_for_update(of=("self",)).select_related("connection").get(id=copy_id)
        # Held still: an edit between here and the end would count as sent, and its changes would never go.
        documents.locked(documents.KINDS[copy.kind], copy.document_id)
        document = documents.load(copy.kind, copy.document_id)
        if copy.is_linked and not copy.line_ids:
            copy.line_ids = their_faces.match_lines(copy.sent_face, record)
        theirs = their_faces.of_record(record, line_ids=copy.line_ids)
        document = _with_rate(copy, document, theirs)
        made = _plan(copy, document, theirs, record)
        # Cancelled here and gone there: nothing is left to send, whatever version it was cancelled in.
        is_over = document.status == REMOVED_HERE[copy.kind] and theirs.status in ENDED
        was_in_step = is_over or document.version <= copy.version_sent
        if made.is_news:
            _follow(copy, document, made, record, now=now)
        fresh = documents.load(copy.kind, copy.document_id)
        if fresh.status == document.status:
            _note_step(copy, record.status, now=now)
        _remember(
            copy, made, theirs, record, version=fresh.version if was_in_step else copy.version_sent, now=now
        )
        locks.settle(copy, theirs.status, has_money=_has_money(their_faces.money(record)), now=now)
        if is_over:
            _forget_removal(copy, now=now)
        standing.settle(studio_id=copy.studio_id, kind=copy.kind, document_id=copy.document_id, now=now)
    return made


def _forget_removal(copy: Copy, *, now: dt.datetime) -> None:
    """A person has taken it out of Xero, as we asked: the removal that Xero refused us is settled."""
    asked = Delivery.objects.filter(kind=copy.kind, document_id=copy.document_id, state=DeliveryState.PARKED)
    asked.filter(code="VOID_IT_IN_XERO").update(state=DeliveryState.WITHDRAWN, settled_at=now)


def _with_rate(copy: Copy, document: Document, theirs: Face) -> Document:
    """A document that has no exchange rate yet, for it was linked and never sent, has the one that Xero shows (rule 16)."""
    is_foreign = document.currency == theirs.currency != copy.connection.base_currency
    if not is_foreign or theirs.currency_rate is None or document.currency_rate is not None:
        return document
    exchange_rates.keep(kind=copy.kind, document_id=document.id, rate=theirs.currency_rate, on=None)
    # From here on both sides agree on it, so that one that is typed next counts as changed here.
    agreed = msgspec.structs.replace(copy.held_face, currency_rate=theirs.currency_rate)
    copy.held = faces.to_json(agreed)
    copy.save(update_fields=["held"])
    return documents.load(copy.kind, document.id)


def our_face(copy: Copy, document: Document) -> Face:
    """Return what the document says here, in Xero's words, beside this copy."""
    contact_id = contacts.contact_ids(copy.connection, [document]).get(document.id, copy.sent_face.contact_id)
    return our_faces.of_document(copy.kind, document, contact_id=contact_id, line_ids=copy.line_ids)


def _plan(copy: Copy, document: Document, theirs: Face, record: Copied) -> Plan:
    return plan(
        kind=copy.kind,
        our_status=document.status,
        ours=our_face(copy, document),
        changed_here=document.version > copy.version_sent,
        last=Last(
            sent=copy.sent_face,
            held=copy.held_face,
            theirs=copy.their_face,
            money=money_of(copy),
            updated_at=copy.updated_at_xero,
        ),
        theirs=theirs,
        money=their_faces.money(record),
        updated_at=record.updated_date_utc,
    )


def _follow(copy: Copy, document: Document, made: Plan, record: Copied, *, now: dt.datetime) -> None:
    """Carry the decision out by the noun's own verbs, as Xero."""
    by = actors.xero(copy.studio_id)
    is_signed_off = made.follow in (Follow.APPROVE, Follow.ISSUE)
    if is_signed_off or (made.follow is Follow.PAY and document.status == "draft"):
        our_verbs.sign_off(document, by=by, now=now)
    if made.follow is Follow.VOID:
        our_verbs.follow_void(document, by=by, now=now)
    elif made.money is not None:
        _take_money(copy, document, made.money, record, now=now)


#: A step that was taken in Xero, by where it led.
_STEPS = {
    XeroStatus.DRAFT: "Put back to draft in Xero.",
    XeroStatus.SUBMITTED: "Submitted for approval in Xero.",
    XeroStatus.AUTHORISED: "Approved in Xero.",
    XeroStatus.VOIDED: "Voided in Xero.",
    XeroStatus.DELETED: "Deleted in Xero.",
}


def _note_step(copy: Copy, status: str, *, now: dt.datetime) -> None:
    """What somebody did there and ours does not follow stands in the history too; else only the stamp would tell."""
    was_settled = copy.xero_status in _SETTLED and status not in ENDED
    if copy.xero_status in ("", status) or was_settled or status not in _STEPS:
        return
    activity.record(
        by=actors.xero(copy.studio_id),
        verb=f"{copy.kind}.moved_in_xero",
        kind=copy.kind,
        subject_id=copy.document_id,
        sentence=_STEPS[XeroStatus(status)],
        now=now,
    )


def _take_money(copy: Copy, document: Document, money: Money, record: Copied, *, now: dt.datetime) -> None:
    payments.mirror(kind=copy.kind, document_id=document.id, theirs=mirrored(record), now=now)
    if isinstance(record, CreditNote) and copy.kind == "credit_note":
        applications.mirror(note_id=document.id, theirs=_applied(copy, record), now=now)
    standing_there = PaymentStanding(
        amount_paid=money.amount_paid,
        amount_credited=money.amount_credited,
        amount_due=money.amount_due,
        fully_paid_on=money.fully_paid_on,
    )
    is_paid = record.status in _SETTLED
    our_verbs.settle(document, standing_there, is_paid=is_paid, by=actors.xero(copy.studio_id), now=now)


#: Xero's statuses in which nothing is open any more; an order's says only that its bill has come.
_SETTLED = (XeroStatus.PAID, XeroStatus.BILLED)


def mirrored(record: Copied) -> list[payments.MirroredPayment]:
    """Return what was paid, refunded or credited in Xero, each as its own kind (bookkeeping rule 11)."""
    if isinstance(record, CreditNote):
        return [_paid(payment, record) for payment in record.payments]
    if not isinstance(record, Invoice):
        return []
    credits = (
        ("credit_note", record.credit_notes),
        ("prepayment", record.prepayments),
        ("overpayment", record.overpayments),
    )
    paid = [_paid(payment, record) for payment in record.payments]
    return paid + [_credit(nature, credit, record) for nature, rows in credits for credit in rows]


def _paid(payment: EmbeddedPayment, record: Invoice | CreditNote) -> payments.MirroredPayment:
    return payments.MirroredPayment(
        external_id=payment.payment_id,
        nature="payment",
        paid_on=payment.date or record.date or dt.date.min,
        amount=payment.amount,
        currency=record.currency_code,
        reference=payment.reference,
        currency_rate=payment.currency_rate,
    )


def _credit(nature: str, credit: EmbeddedCredit, record: Invoice) -> payments.MirroredPayment:
    return payments.MirroredPayment(
        external_id=credit.credit_id,
        nature=nature,
        paid_on=credit.date or record.date or dt.date.min,
        amount=credit.applied_amount,
        currency=record.currency_code,
        reference=credit.credit_note_number or credit.reference,
    )


def _applied(copy: Copy, record: CreditNote) -> list[applications.MirroredApplication]:
    """What of a note was applied to invoices that are copies of ours; other invoices only lower what remains."""
    living = [one for one in record.allocations if not one.is_deleted]
    ids = {one.invoice.invoice_id for one in living}
    rows = Copy.objects.filter(
        connection_id=copy.connection_id, kind="invoice", is_gone=False, xero_id__in=ids
    )
    ours = dict(rows.values_list("xero_id", "document_id"))
    return [
        applications.MirroredApplication(
            external_id=one.allocation_id,
            invoice_id=ours[one.invoice.invoice_id],
            amount=one.amount,
            applied_on=one.date or record.date or dt.date.min,
        )
        for one in living
        if one.invoice.invoice_id in ours
    ]


def _remember(
    copy: Copy, made: Plan, theirs: Face, record: Copied, *, version: int, now: dt.datetime
) -> None:
    copy.xero_status = record.status
    copy.xero_number = their_faces.number_of(record)
    copy.state = _state(copy, made, theirs)
    copy.theirs = faces.to_json(theirs)
    copy.money = money_to_json(their_faces.money(record))
    copy.updated_at_xero = record.updated_date_utc
    copy.seen_at = now
    copy.refresh_due_at = None
    if version != copy.version_sent:
        copy.version_sent = version
        copies.note_version(copy, version)
    copy.save(update_fields=_READ_FIELDS)


def _state(copy: Copy, made: Plan, theirs: Face) -> str:
    """The plan's state, unless it is a total that somebody looked at and let stand."""
    if not made.is_news:
        return copy.state
    looked_at = made.state is CopyState.OFF_BY_CENTS and theirs.total == copy.accepted_total
    return CopyState.IN_STEP if looked_at else made.state


def _has_money(money: Money) -> bool:
    return money.amount_paid > 0 or money.amount_credited > 0


def money_of(copy: Copy) -> Money | None:
    """Return the payment standing that was last read; None before the first reading."""
    if not copy.money:
        return None
    paid_on = copy.money["fully_paid_on"]
    return Money(
        amount_paid=Decimal(copy.money["amount_paid"]),
        amount_credited=Decimal(copy.money["amount_credited"]),
        amount_due=Decimal(copy.money["amount_due"]),
        fully_paid_on=dt.date.fromisoformat(paid_on) if paid_on else None,
    )


def money_to_json(money: Money) -> dict[str, Any]:
    """Return a payment standing as plain JSON values."""
    return {
        "amount_paid": str(money.amount_paid),
        "amount_credited": str(money.amount_credited),
        "amount_due": str(money.amount_due),
        "fully_paid_on": money.fully_paid_on.isoformat() if money.fully_paid_on else None,
    }


def note_gone(copy: Copy, *, now: dt.datetime) -> None:
    """Xero no longer knows the document: the copy is broken and a person is asked; the caller's transaction."""
    copy.state = CopyState.GONE
    copy.refresh_due_at = None
    copy.seen_at = now
    copy.save(update_fields=["state", "refresh_due_at", "seen_at"])
    locks.free(copy)
    standing.settle(studio_id=copy.studio_id, kind=copy.kind, document_id=copy.document_id, now=now)
