"""Write down what Xero answered to a batch: each element on its own, matched by our identifier, never by position.

One transaction for the whole answer. Killed before it commits, the batch is still open and is settled again; killed
after it, nothing is left to do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from bluestamp.books import documents
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.people import activity, actors
from bluestamp.sync import (
    copies,
    explanations,
    faces,
    locks,
    parking,
    readings,
    receipts,
    standing,
    their_faces,
    urls,
)
from bluestamp.sync.batches import Act, Batch, BatchState
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.faces import Face
from bluestamp.sync.mapping import REMOVED_HERE, XERO_NOUNS, Follow, met, xero_label
from bluestamp.sync.plan import CopyState, Money
from bluestamp.xero.exchanges import Result
from bluestamp.xero.records import Invoice

_TIMES_NOT_THERE = 6


def land(
    batch: Batch, results: Sequence[Result[Invoice]], *, now: dt.datetime, correlation_id: str = ""
) -> None:
    """Record the answer to a batch: a copy, or the reason for a refusal, for each element that it names.

    One that an answer does not name may have been done all the same: a person is asked, nothing is sent again by itself.
    """
    _record(batch, results, absent=_unnamed, now=now, correlation_id=correlation_id)


def _record(
    batch: Batch,
    results: Sequence[Result[Invoice]],
    *,
    absent: Callable[[Delivery, dt.datetime], None],
    now: dt.datetime,
    correlation_id: str = "",
) -> None:
    with transaction.atomic():
        by_document = _matched(batch, results)
        waiting = {row.id: row for row in Delivery.objects.select_for_update().filter(batch=batch)}
        for element in batch.elements:
            delivery = waiting.get(element["delivery_id"])
            if delivery is None or delivery.state != DeliveryState.SENDING:
                continue
            result = by_document.get(element["document_id"])
            with parking.setting_bugs_aside(delivery, now=now):
                if result is None:
                    absent(delivery, now)
                elif result.is_refused:
                    _refuse(delivery, result, faces.from_json(element["sent"]), now=now)
                else:
                    _accept(batch, delivery, element, result, now=now)
        _close(batch, now=now, correlation_id=correlation_id, excerpt=_excerpt(results))
        standing.settle_many(
            studio_id=batch.studio_id,
            kind=batch.kind,
            document_ids=[element["document_id"] for element in batch.elements],
            now=now,
        )


def found_again(batch: Batch, records: Iterable[Invoice], *, now: dt.datetime) -> None:
    """Adopt the documents of a batch whose answer was lost, as they stand in Xero; the rest wait for a new batch."""
    results = [Result(record=record, status="OK") for record in records]
    _record(batch, results, absent=_not_there, now=now)


def _unnamed(delivery: Delivery, now: dt.datetime) -> None:
    sentence = "Xero answered without naming it. Look in Xero whether it is there before you send it again."
    parking.park(delivery, "INTERNAL", now=now, sentence=sentence)


def _not_there(delivery: Delivery, now: dt.datetime) -> None:
    """Looked up, and certainly not done; after a few times in a row a person is told."""
    delivery.attempts += 1
    if delivery.attempts < _TIMES_NOT_THERE:
        delivery.wait_until(now)
        return
    sentence = f"Sent {delivery.attempts} times, Xero never answered and never had it. Id {delivery.batch_id}"
    delivery.save(update_fields=["attempts"])
    parking.park(delivery, "INTERNAL", now=now, sentence=sentence)


def release(batch: Batch, *, until: dt.datetime, now: dt.datetime, alone: bool = False) -> None:
    """Put every delivery of a batch that was certainly not done back in the line, due at `until`."""
    with transaction.atomic():
        rows = list(Delivery.objects.select_for_update().filter(batch=batch, state=DeliveryState.SENDING))
        for row in rows:
            row.is_alone = row.is_alone or alone
            row.attempts += 1
            row.wait_until(until)
        _close(batch, now=now)
        standing.settle_many(
            studio_id=batch.studio_id,
            kind=batch.kind,
            document_ids=[row.document_id for row in rows],
            now=now,
        )


def park_all(batch: Batch, code: str, *, messages: Sequence[str], sentence: str, now: dt.datetime) -> None:
    """Park every delivery of a batch that Xero refused as a whole."""
    with transaction.atomic():
        for row in Delivery.objects.select_for_update().filter(batch=batch, state=DeliveryState.SENDING):
            parking.park(row, code, now=now, messages=messages, sentence=sentence)
        _close(batch, now=now, excerpt="\n".join(messages))


def note_in_step(copy: Copy, document: Document, ours: Face, *, now: dt.datetime) -> None:
    """Nothing needed sending: the copy holds this version; the caller's transaction."""
    # What Xero says now is what both let stand: a code that the bookkeeper chose there is no difference any more.
    copy.sent, copy.held = faces.to_json(ours), copy.theirs
    copy.version_sent = document.version
    if copy.state == CopyState.CHANGED_IN_XERO:
        copy.state = CopyState.IN_STEP
    copy.receipt_due = isinstance(document, Expense) and receipts.is_due(document, copy)
    copy.save(update_fields=["sent", "held", "version_sent", "state", "receipt_due"])
    documents.note_ledger_version(kind=copy.kind, document_id=document.id, version=document.version)


def note_reading(copy: Copy, document: Document, record: Invoice, *, now: dt.datetime) -> None:
    """Keep what was read of a document that is not sent after all."""
    readings.take(copy.id, record, now=now)
    copy.refresh_from_db()


def _matched(batch: Batch, results: Sequence[Result[Invoice]]) -> dict[str, Result[Invoice]]:
    """The results by document of ours: new ones by the id in their Url, updates by Xero's id."""
    by_xero_id = {
        element["xero_id"]: element["document_id"] for element in batch.elements if element["xero_id"]
    }
    found: dict[str, Result[Invoice]] = {}
    for result in results:
        record = result.record
        ours = (
            by_xero_id.get(record.invoice_id)
            if batch.act == Act.UPDATE
            else urls.our_id(record.url, kind=batch.kind)
        )
        if ours:
            found[ours] = result
    return found


def _refuse(delivery: Delivery, result: Result[Invoice], face: Face, *, now: dt.datetime) -> None:
    explained = explanations.explain(result.errors, face)
    if explained.code == "NUMBER_TAKEN":
        delivery.question = {"number": face.number, "xero_id": ""}
        delivery.save(update_fields=["question"])
    parking.park(
        delivery,
        explained.code,
        now=now,
        sentence=explained.sentence,
        messages=result.errors,
        fault_field=explained.field,
    )


def _accept(
    batch: Batch, delivery: Delivery, element: Mapping[str, Any], result: Result[Invoice], *, now: dt.datetime
) -> None:
    record, sent = result.record, faces.from_json(element["sent"])
    line_ids = their_faces.match_lines(sent, record)
    held = their_faces.of_invoice(record, line_ids=line_ids)
    copy = copies.locked(kind=batch.kind, document_id=element["document_id"]) or Copy(
        studio_id=batch.studio_id,
        connection_id=batch.connection_id,
        kind=batch.kind,
        document_id=element["document_id"],
        copied_at=now,
    )
    is_new, taken = copy.xero_id == "", readings.money_of(copy)
    _fill(copy, record, sent, held, line_ids, version=element["version"], now=now)
    document = documents.load(batch.kind, element["document_id"])
    # An answer that was asked for twice may be older than what happened to the document since; and one may bring news
    # that only a reading takes over: paid, approved. Without its instant, what is read next is news.
    is_due = bool(batch.tries) or _brings_news(document, record, taken)
    copy.refresh_due_at = now if is_due else None
    copy.updated_at_xero = None if is_due else record.updated_date_utc
    copy.receipt_due = isinstance(document, Expense) and receipts.is_due(document, copy)
    copy.save()
    documents.note_ledger_version(kind=batch.kind, document_id=document.id, version=element["version"])
    money = their_faces.money(record)
    locks.settle(copy, record.status, has_money=money.amount_paid > 0 or money.amount_credited > 0, now=now)
    delivery.state = DeliveryState.DONE
    delivery.settled_at = now
    delivery.messages = list(result.warnings)
    delivery.save(update_fields=["state", "settled_at", "messages"])
    if result.warnings:
        _warn(delivery, result, sent, now=now)
    _note(batch, delivery, copy, is_new=is_new, now=now)


def _brings_news(document: Document, record: Invoice, taken: Money | None) -> bool:
    """Whether Xero's answer tells of money, or of a status, that somebody gave the document there."""
    money = their_faces.money(record)
    before = (taken.amount_paid, taken.amount_credited) if taken else (0, 0)
    if document.status != REMOVED_HERE[document.kind]:
        follow = met(document.kind, document.status, record.status).follow
        if follow not in (Follow.STAY, Follow.UNPAY):
            return True
    return (money.amount_paid, money.amount_credited) != before


def _fill(
    copy: Copy,
    record: Invoice,
    sent: Face,
    held: Face,
    line_ids: dict[str, str],
    *,
    version: int,
    now: dt.datetime,
) -> None:
    copy.xero_id = record.invoice_id
    copy.xero_number = record.invoice_number
    copy.xero_status = record.status
    copy.version_sent = version
    copy.sent, copy.held, copy.theirs = faces.to_json(sent), faces.to_json(held), faces.to_json(held)
    copy.money = readings.money_to_json(their_faces.money(record))
    copy.line_ids = line_ids
    copy.seen_at = now
    is_removed = not sent.status
    agrees = is_removed or sent.total == held.total or held.total == copy.accepted_total
    copy.state = CopyState.IN_STEP if agrees else CopyState.OFF_BY_CENTS


def _warn(delivery: Delivery, result: Result[Invoice], sent: Face, *, now: dt.datetime) -> None:
    """Xero took it and changed something: an account that it does not know is left out of a draft."""
    explained = explanations.explain(result.warnings, sent)
    if explained.code != "XERO_REFUSED":
        parking.park(
            delivery,
            explained.code,
            now=now,
            sentence=explained.sentence,
            messages=result.warnings,
            fault_field=explained.field,
        )


def _note(batch: Batch, delivery: Delivery, copy: Copy, *, is_new: bool, now: dt.datetime) -> None:
    others = len(batch.elements) - 1
    company = f" with {others} {'other' if others == 1 else 'others'}, one call" if others else ""
    noun, label = XERO_NOUNS[batch.kind], xero_label(batch.kind, copy.xero_status)
    did = (
        f"Copied to Xero{company}: the {noun} is “{label}”"
        if is_new
        else f"Changes sent to Xero{company}: “{label}”"
    )
    activity.record(
        by=actors.xero(batch.studio_id),
        verb=f"{batch.kind}.{'copied' if is_new else 'changes_sent'}",
        kind=batch.kind,
        subject_id=copy.document_id,
        sentence=f"{did}. Asked by {delivery.asked_by}.",
        now=now,
        batch_id=batch.id,
    )


def _close(batch: Batch, *, now: dt.datetime, correlation_id: str = "", excerpt: str = "") -> None:
    batch.state = BatchState.ANSWERED
    batch.answered_at = now
    batch.correlation_id = correlation_id
    batch.answer_excerpt = excerpt[:4000]
    batch.save(update_fields=["state", "answered_at", "correlation_id", "answer_excerpt"])


def _excerpt(results: Sequence[Result[Invoice]]) -> str:
    """What Xero answered, a line an element, for those who want to see the exchange."""
    lines = [
        f"{result.record.invoice_number or result.record.invoice_id}: {result.status or 'OK'} {result.record.status} "
        + "; ".join([*result.errors, *result.warnings])
        for result in results
    ]
    return "\n".join(lines)
