"""Hold back a bill that looks as if it were entered already, here or by hand in Xero, and take the answer.

Every bill is checked right before its first send, and anew when it was edited or kept waiting since. One call lists
what Xero holds of the contacts concerned.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from bluestamp.books import documents
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.errors import Conflict, Invalid, NotFound
from bluestamp.money import amounts
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.sync import clients, contacts, faces, order_bills, our_faces, parking, push, standing, urls
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.lookalikes import Bill, lookalikes, number_key
from bluestamp.sync.plan import CopyState
from bluestamp.xero import records, where
from bluestamp.xero.client import MAX_PAGE_SIZE

#: Contacts asked about in one call: their ids have to fit into one address.
_CONTACTS_PER_CALL = 40
#: Pages of a thousand bills read for one such call; of more than these the rest is not looked at.
_PAGES = 10
#: What is in Xero may have changed when a bill had to wait for longer than this after it was checked.
_CHECK_LASTS = dt.timedelta(minutes=10)
_LIVING = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID")


#: The codes under which a document that may be the same was found.
QUESTIONS = ("DUPLICATE_SUSPECTED", "NUMBER_TAKEN", "FOUND_IN_XERO")


class NoQuestion(Conflict):
    """There is no such question open on this document."""

    code = "NO_QUESTION"


def check_due(connection: Connection, *, now: dt.datetime) -> bool:
    """Check the bills that wait for their first send; park those in doubt. Return whether there were any."""
    unchecked = Q(checked_at=None) | Q(checked_at__lt=now - _CHECK_LASTS)
    due = Delivery.free(connection).filter(unchecked, kind="expense", due_at__lte=now, send_anyway_reason="")
    copied = Copy.objects.filter(kind="expense", is_gone=False).values("document_id")
    ids = list(
        due.exclude(document_id__in=copied).order_by("due_at").values_list("document_id", flat=True)[:200]
    )
    rows = _expenses(ids)
    contact_ids = contacts.contact_ids(connection, rows)
    rows = [row for row in rows if row.id in contact_ids]
    if not rows:
        return False
    there = bills_of(connection, sorted(set(contact_ids.values())), now=now)
    with transaction.atomic():
        order_bills.note(connection, there, now=now)
        waiting = _locked([row.id for row in rows])
        for row in (row for row in rows if row.id in waiting):
            waiting[row.id].checked_at, waiting[row.id].checked_version = now, row.version
            waiting[row.id].save(update_fields=["checked_at", "checked_version"])
            with parking.setting_bugs_aside(waiting[row.id], now=now):
                _judge(row, waiting, contact_ids[row.id], there, now)
    return True


def is_checked(delivery: Delivery, document: Document, *, now: dt.datetime) -> bool:
    """Tell whether a document may be sent for the first time as it now is; a bill that may not is checked next."""
    if document.kind != "expense" or delivery.send_anyway_reason:
        return True
    if delivery.checked_at is None or delivery.checked_version != document.version:
        Delivery.objects.filter(id=delivery.id).update(checked_at=None)
        return False
    return delivery.checked_at >= now - _CHECK_LASTS


def _locked(ids: Sequence[str]) -> dict[str, Delivery]:
    """The deliveries that still wait, locked, by document: a person may have taken one back meanwhile."""
    rows = Delivery.objects.select_for_update(of=("self",)).select_related("connection")
    found = rows.filter(kind="expense", document_id__in=ids, state=DeliveryState.WAITING).order_by("id")
    return {row.document_id: row for row in found}


def _expenses(ids: Iterable[str]) -> list[Expense]:
    return list(Expense.objects.filter(id__in=list(ids)).select_related("company", "purchase_order"))


def bills_of(
    connection: Connection, contact_ids: Sequence[str], *, now: dt.datetime
) -> list[records.Invoice]:
    """Return the living bills of these contacts; of a contact with thousands, the first few thousand."""
    found: list[records.Invoice] = []
    with clients.open(connection, why="look_up", urgent=True, now=now) as client:
        for start in range(0, len(contact_ids), _CONTACTS_PER_CALL):
            for page in range(1, _PAGES + 1):
                answer = client.invoices(
                    contact_ids=contact_ids[start : start + _CONTACTS_PER_CALL],
                    where=where.equals("Type", records.InvoiceType.BILL.value),
                    statuses=_LIVING,
                    page=page,
                    page_size=MAX_PAGE_SIZE,
                )
                found += answer.value.records
                if not answer.value.has_more:
                    break
    return found


def _judge(
    expense: Expense,
    waiting: Mapping[str, Delivery],
    contact_id: str,
    there: Sequence[records.Invoice],
    now: dt.datetime,
) -> None:
    bill = _bill_of_ours(expense, contact_id)
    near = _near(expense)
    here = [_bill_of_ours(row, contact_id) for row in near if _was_first(row, expense, waiting)]
    found = lookalikes(bill, others=[*here, *_bills_there(there, expense, near)])
    if found:
        _park(expense, waiting[expense.id], found[0].bill, found[0].why, now)
        return
    quoting = order_bills.of(expense.purchase_order_id) if expense.purchase_order_id else []
    order = expense.purchase_order
    if quoting:
        _park(expense, waiting[expense.id], _bill_of_theirs(quoting[0], contact_id), "order", now)
    elif order is not None and order.status == "paid":
        _ask_of_order(expense, waiting[expense.id], order.number, now)


def _near(expense: Expense) -> list[Expense]:
    """The supplier's other expenses here that are near enough to be the same."""
    others = (
        Expense.objects.filter(company_id=expense.company_id)
        .exclude(id=expense.id)
        .exclude(status="cancelled")
    )
    return list(
        others.filter(
            issued_on__range=(
                expense.issued_on - dt.timedelta(days=400),
                expense.issued_on + dt.timedelta(days=400),
            )
        )
    )


def _was_first(other: Expense, expense: Expense, waiting: Mapping[str, Delivery]) -> bool:
    """Of two that go together, only the one entered later is held back."""
    return other.id not in waiting or (other.created_at, other.id) < (expense.created_at, expense.id)


def _bill_of_ours(expense: Expense, contact_id: str) -> Bill:
    return Bill(
        contact_id=contact_id,
        number=expense.supplier_invoice_number,
        total=expense.total,
        currency=expense.currency,
        date=expense.issued_on,
        document_id=expense.id,
        our_number=expense.number,
        status=expense.status,
    )


def _bills_there(there: Sequence[records.Invoice], expense: Expense, near: Sequence[Expense]) -> list[Bill]:
    """What Xero holds, without the bills of those expenses that are looked at here.

    A bill that carries our address may be one that was unlinked, or cancelled here and not there: it counts.
    """
    ids = {other.id for other in near}
    copied = Copy.objects.filter(kind="expense", is_gone=False, document_id__in=ids)
    seen = set(copied.values_list("xero_id", flat=True))
    return [
        Bill(
            contact_id=record.contact.contact_id,
            number=record.invoice_number,
            total=record.total,
            currency=record.currency_code,
            date=record.date or expense.issued_on,
            xero_id=record.invoice_id,
            status=record.status,
        )
        for record in there
        if record.invoice_id not in seen and urls.our_id(record.url, kind="expense") not in ids
    ]


def _bill_of_theirs(quoting: order_bills.QuotingBill, contact_id: str) -> Bill:
    return Bill(
        contact_id=contact_id,
        number=quoting.number,
        total=quoting.total,
        currency=quoting.currency,
        date=quoting.dated_on or quoting.seen_at.date(),
        xero_id=quoting.xero_id,
        status=quoting.status,
    )


_WHAT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "number": "with the same number",
        "total": "with the same total within 30 days",
        "order": "that quotes the same purchase order",
    }
)


def _ask_of_order(expense: Expense, delivery: Delivery, number: str, now: dt.datetime) -> None:
    """The order was marked as billed there, by a bill that nothing else tells of (bookkeeping rule 17)."""
    delivery.state = DeliveryState.PARKED
    delivery.code = "DUPLICATE_SUSPECTED"
    delivery.sentence = (
        f"{number} is marked as billed in {delivery.connection.name}. Look whether its bill is there already, "
        "before this one goes too."
    )
    delivery.question = {"why": "order", "document_id": "", "xero_id": "", "number": number}
    delivery.save(update_fields=["state", "code", "sentence", "question"])
    standing.settle(studio_id=expense.studio_id, kind="expense", document_id=expense.id, now=now)


def _park(expense: Expense, delivery: Delivery, bill: Bill, why: str, now: dt.datetime) -> None:
    where_it_is = (
        f"here as {bill.our_number or 'a draft'}" if bill.document_id else f"in {delivery.connection.name}"
    )
    written = amounts.format_amount(bill.total, currency=bill.currency, locale=expense.branch.locale)
    delivery.state = DeliveryState.PARKED
    delivery.code = "DUPLICATE_SUSPECTED"
    delivery.sentence = (
        f"A bill from {expense.company_name} {_WHAT[why]} is already {where_it_is} "
        f"({bill.number or 'no number'}, {written}, {bill.date.day} {bill.date:%b %Y})."
    )
    delivery.fault_field = "supplier_invoice_number"
    delivery.question = {
        "why": why,
        "document_id": bill.document_id,
        "xero_id": bill.xero_id,
        "number": bill.number,
        "total": str(bill.total),
        "currency": bill.currency,
        "date": bill.date.isoformat(),
    }
    delivery.save(update_fields=["state", "code", "sentence", "fault_field", "question"])
    standing.settle(studio_id=expense.studio_id, kind="expense", document_id=expense.id, now=now)


def open_question(document: Document) -> Delivery:
    """Return the parked delivery that asks about this document. Refuses NoQuestion."""
    return _asked(document, Delivery.objects.all())


def _held_question(document: Document) -> Delivery:
    """The open question, held until the caller's transaction ends: of two who answer at once the second is told so."""
    return _asked(document, Delivery.objects.select_for_update(of=("self",)).select_related("connection"))


def _asked(document: Document, rows: QuerySet[Delivery]) -> Delivery:
    asked = rows.filter(
        kind=documents.kind_of(document),
        document_id=document.id,
        state=DeliveryState.PARKED,
        code__in=QUESTIONS,
    )
    found = asked.order_by("-asked_at").first()
    if found is None:
        raise NoQuestion("This question was answered already.")
    return found


def document_of(delivery: Delivery) -> Document:
    """Return the document that a delivery is about."""
    return documents.load(delivery.kind, delivery.document_id)


def answer_send_anyway(document: Document, *, reason: str, by: Actor, now: dt.datetime) -> Delivery:
    """They are two different invoices: send it. Only the bookkeeper may say so, with a reason (rule 2).

    Refuses NotPermitted, Invalid(reason), NoQuestion.
    """
    permissions.require(by, Action.SEND_ANYWAY)
    if not reason.strip():
        raise Invalid("Say in a few words why these are two different invoices.", field="reason")
    with transaction.atomic():
        delivery = _held_question(document)
        _note(document, f"{by.name} sent it although it looked like a duplicate: {reason.strip()}", by, now)
        push.ask_again(delivery, now=now, reason=reason.strip()[:500])
    return delivery


def answer_link(document: Document, *, by: Actor, now: dt.datetime) -> Copy:
    """They are one: this document is the one that stands in Xero already. Nothing is sent; the two are compared.

    Refuses NotPermitted, NoQuestion, NotFound (the look-alike stands here, not in Xero), Conflict (linked to another).
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        delivery = _held_question(document)
        xero_id = str(delivery.question.get("xero_id") or "")
        if not xero_id:
            raise NotFound("The other one is not in Xero. Cancel one of the two here.")
        copy = link(document, xero_id=xero_id, connection=delivery.connection, now=now)
        delivery.state = DeliveryState.DONE
        delivery.settled_at = now
        delivery.save(update_fields=["state", "settled_at"])
        standing.settle(studio_id=by.studio_id, kind=delivery.kind, document_id=document.id, now=now)
        _note(document, f"{by.name} linked it to the {delivery.question.get('number', '')} in Xero", by, now)
        push.nudge(delivery.connection)
    return copy


def link(document: Document, *, xero_id: str, connection: Connection, now: dt.datetime) -> Copy:
    """Make a document that exists in Xero the copy of one of ours; the caller's transaction.

    Its content is not known yet: ours stands for both sides until the next reading, which then shows every difference.
    Refuses Conflict when that document of Xero is the copy of another one.
    """
    taken = Conflict("That document in Xero is linked to another one here.")
    if Copy.objects.filter(connection=connection, xero_id=xero_id, is_gone=False).exists():
        raise taken
    try:
        with transaction.atomic():
            return _linked(document, xero_id=xero_id, connection=connection, now=now)
    except IntegrityError as error:
        # Somebody linked one of the two a moment ago; the constraints of Copy saw it.
        raise taken from error


def _linked(document: Document, *, xero_id: str, connection: Connection, now: dt.datetime) -> Copy:
    kind = documents.kind_of(document)
    contact_id = contacts.contact_ids(connection, [document]).get(document.id, "")
    face: dict[str, Any] = faces.to_json(
        our_faces.of_document(kind, document, contact_id=contact_id, line_ids={})
    )
    copy = Copy.objects.create(
        studio_id=document.studio_id,
        connection=connection,
        kind=kind,
        document_id=document.id,
        xero_id=xero_id,
        xero_status="",
        state=CopyState.IN_STEP,
        version_sent=document.version,
        sent=face,
        held=face,
        theirs=face,
        is_linked=True,
        copied_at=now,
        seen_at=now,
        refresh_due_at=now,
    )
    documents.note_ledger_version(
        kind=kind, document_id=document.id, version=document.version, ledger_id=connection.ledger_id
    )
    return copy


def _note(document: Document, sentence: str, by: Actor, now: dt.datetime) -> None:
    activity.record(
        by=by,
        verb=f"{documents.kind_of(document)}.question_answered",
        kind=documents.kind_of(document),
        subject_id=document.id,
        sentence=sentence,
        now=now,
    )


__all__ = [
    "NoQuestion",
    "answer_link",
    "answer_send_anyway",
    "check_due",
    "link",
    "number_key",
    "open_question",
]
