"""The two calls of payments: new ones are recorded in Xero, one that was taken back is deleted there.

What goes into a call is claimed in `paying`; when it is made, and what happens when nobody knows what became of it, is in
`errands`. Xero's page: Payments (developer.xero.com, Accounting API).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q

from bluestamp.books import documents, payments
from bluestamp.books.payments import Payment
from bluestamp.people import activity, actors
from bluestamp.sync import carriers, tallies, their_faces
from bluestamp.sync.batches import Act, Batch
from bluestamp.sync.copies import Copy
from bluestamp.sync.errands import Element, Errand
from bluestamp.sync.explanations import Explained
from bluestamp.sync.tallies import Key, Money, Outcome, There, Wanted
from bluestamp.sync.their_faces import Copied
from bluestamp.xero import records
from bluestamp.xero.client import Client
from bluestamp.xero.errors import NotFound, Rejected, RejectedElement
from bluestamp.xero.exchanges import Result
from bluestamp.xero.writes import AccountLink, CreditNoteLink, InvoiceLink, PaymentWrite, encode_payments


class Pay:
    """New payments: up to fifty in one call, told apart by what they say."""

    act: Act = Act.CREATE

    def encode(self, elements: Sequence[Element]) -> bytes:
        return encode_payments([_write(element) for element in elements])

    def concerns(self, elements: Sequence[Element]) -> dict[str, list[str]]:
        return documents_of(elements)

    def call(self, client: Client, batch: Batch) -> list[Outcome]:
        answer = client.put_payments(bytes(batch.body), idempotency_key=batch.idempotency_key)
        return _outcomes(batch, answer.value)

    def look_up(self, client: Client, batch: Batch) -> list[Outcome]:
        kind = batch.elements[0]["kind"]
        xero_ids = sorted({element["xero_id"] for element in batch.elements})
        found = carriers.OF_KIND[kind].read(client, xero_ids)
        there = [There(paid.external_id, _key(paid)) for record in found for paid in money_of(record)]
        done, wanted = _open_ones(batch)
        return [*done, *tallies.counted(wanted, there, known=_known(batch))]

    def confirm(self, outcome: Outcome, *, now: dt.datetime) -> None:
        row = payments.confirm(payment_id=outcome.row_id, external_id=outcome.external_id, now=now)
        payments.mark_in_flight([row.id], is_in_flight=False)
        _read_anew(row, now=now)
        note(row, "payment_sent", f"The payment of {_words(row)} stands in Xero.", now=now)

    def refuse(self, row_id: str, why: Explained, *, now: dt.datetime) -> None:
        row = payments.refuse(payment_id=row_id, code=why.code, sentence=why.sentence, now=now)
        _read_anew(row, now=now)
        note(row, "payment_refused", f"The payment of {_words(row)} is not in Xero. {why.sentence}", now=now)

    def release(self, row_ids: Sequence[str], *, now: dt.datetime) -> None:
        payments.mark_in_flight(row_ids, is_in_flight=False)


class TakeBack:
    """One payment is deleted, which is all that Xero lets be done to it."""

    act: Act = Act.REMOVE

    def encode(self, elements: Sequence[Element]) -> bytes:
        return b'{"Status":"DELETED"}'

    def concerns(self, elements: Sequence[Element]) -> dict[str, list[str]]:
        return documents_of(elements)

    def call(self, client: Client, batch: Batch) -> list[Outcome]:
        element = batch.elements[0]
        answer = client.delete_payment(element["external_id"], idempotency_key=batch.idempotency_key)
        for result in answer.value:
            if result.is_refused:
                raise Rejected(elements=[RejectedElement(messages=result.errors)])
        return [Outcome(element["row_id"])]

    def look_up(self, client: Client, batch: Batch) -> list[Outcome]:
        element = batch.elements[0]
        try:
            there = client.payment(element["external_id"]).value
        except NotFound:
            return [Outcome(element["row_id"])]
        if there.status == records.PaymentStatus.DELETED:
            return [Outcome(element["row_id"])]
        said = element.get("messages")
        return [] if said is None else [Outcome(element["row_id"], messages=tuple(said) or (_NO_REASON,))]

    def confirm(self, outcome: Outcome, *, now: dt.datetime) -> None:
        row = payments.confirm_removal(payment_id=outcome.row_id, now=now)
        payments.mark_in_flight([row.id], is_in_flight=False)
        _read_anew(row, now=now)
        note(row, "payment_taken_back", f"The payment of {_words(row)} was removed in Xero too.", now=now)

    def refuse(self, row_id: str, why: Explained, *, now: dt.datetime) -> None:
        row = payments.refuse_removal(payment_id=row_id, sentence=why.sentence, now=now)
        _read_anew(row, now=now)
        note(row, "payment_kept", f"Xero keeps the payment of {_words(row)}. {why.sentence}", now=now)

    def release(self, row_ids: Sequence[str], *, now: dt.datetime) -> None:
        payments.mark_in_flight(row_ids, is_in_flight=False)


PAY: Final = Pay()
TAKE_BACK: Final = TakeBack()
BY_ACT: Final[dict[str, Errand]] = {Act.CREATE: PAY, Act.REMOVE: TAKE_BACK}
_NO_REASON: Final = "Xero refused it without a reason."


def _write(element: Element) -> PaymentWrite:
    about: dict[str, Any] = (
        {"invoice": InvoiceLink(invoice_id=element["xero_id"])}
        if element["kind"] == "invoice"
        else {"credit_note": CreditNoteLink(credit_note_id=element["xero_id"])}
    )
    return PaymentWrite(
        **about,
        account=AccountLink(code=element["account_code"]),
        date=dt.date.fromisoformat(element["paid_on"]),
        amount=Decimal(element["amount"]),
        reference=element["reference"],
    )


def _outcomes(batch: Batch, results: Sequence[Result[records.Payment]]) -> list[Outcome]:
    """What the answer says of the rows that no reading has brought meanwhile; those are done."""
    done, wanted = _open_ones(batch)
    taken = {outcome.external_id for outcome in done}
    new = [result for result in results if result.record.payment_id not in taken]
    found = tallies.outcomes(wanted, new, key=_key_of, external_id=lambda record: record.payment_id)
    # Xero gives every payment an id; one without can't be known again, and is looked up.
    return [*done, *(outcome for outcome in found if outcome.external_id or outcome.is_refused)]


def _open_ones(batch: Batch) -> tuple[list[Outcome], list[Wanted]]:
    """The rows that a reading has brought already, under which id; and those of which nothing is known."""
    ids = [element["row_id"] for element in batch.elements]
    known = dict(Payment.objects.filter(id__in=ids).exclude(external_id="").values_list("id", "external_id"))
    wanted = [
        Wanted(element["row_id"], _key_of_element(element))
        for element in batch.elements
        if element["row_id"] not in known
    ]
    return [Outcome(row_id, external_id) for row_id, external_id in known.items()], wanted


def _known(batch: Batch) -> set[str]:
    """Xero's ids that are somebody else's: ours, or seen before this batch. One that a reading brought since may be it."""
    ids = {element["document_id"] for element in batch.elements}
    rows = Payment.objects.filter(kind=batch.elements[0]["kind"], document_id__in=ids).exclude(external_id="")
    theirs = rows.filter(Q(origin=payments.Origin.HERE) | Q(recorded_at__lt=batch.prepared_at))
    return set(theirs.values_list("external_id", flat=True))


def _key(paid: Money) -> Key:
    return tallies.payment_key(paid.document_id, paid.paid_on, paid.amount, paid.reference)


def _key_of(record: records.Payment) -> Key:
    document_id = record.invoice.invoice_id or record.credit_note.credit_note_id
    return tallies.payment_key(document_id, record.date, record.amount, record.reference)


def _key_of_element(element: Element) -> Key:
    day = dt.date.fromisoformat(element["paid_on"])
    return tallies.payment_key(element["xero_id"], day, Decimal(element["amount"]), element["reference"])


def _day(day: dt.date | None) -> dt.date:
    return dt.date(day.year, day.month, day.day) if day else dt.date.min


def _read_anew(row: Payment, *, now: dt.datetime) -> None:
    """Xero's own figures of the document follow by the next reading (bookkeeping rule 11)."""
    Copy.objects.filter(kind=row.kind, document_id=row.document_id, is_gone=False).update(refresh_due_at=now)


def _words(row: Payment) -> str:
    return f"{said(row, row.amount)} of {row.paid_on.day} {row.paid_on:%b %Y}"


def said(row: Payment, amount: Decimal) -> str:
    """Write an amount for a sentence about a payment, as its document's branch writes money."""
    rows = documents.KINDS[row.kind].objects.select_related("branch")
    return str(rows.get(id=row.document_id).money(amount))


def note(row: Payment, verb: str, sentence: str, *, now: dt.datetime) -> None:
    activity.record(
        by=actors.xero(row.studio_id),
        verb=f"{row.kind}.{verb}",
        kind=row.kind,
        subject_id=row.document_id,
        sentence=sentence,
        now=now,
    )


def documents_of(elements: Sequence[Element]) -> dict[str, list[str]]:
    """Return the documents whose payments these are; those of one call are of one kind."""
    return {elements[0]["kind"]: [element["document_id"] for element in elements]}


def element_of(row: Payment, xero_id: str) -> Element:
    """What a batch remembers of a new payment: all that its bytes are made of."""
    return {
        "row_id": row.id,
        "kind": row.kind,
        "document_id": row.document_id,
        "xero_id": xero_id,
        "paid_on": row.paid_on.isoformat(),
        "amount": str(row.amount),
        "reference": row.reference,
        "account_code": row.account_code,
    }


def money_of(record: Copied) -> list[Money]:
    """Return the payments that Xero holds of a document."""
    xero_id = their_faces.id_of(record)
    return [
        Money(xero_id, _day(paid.date), paid.amount, paid.reference, paid.payment_id)
        for paid in getattr(record, "payments", ())
    ]
