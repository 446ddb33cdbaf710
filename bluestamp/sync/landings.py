"""Write down what Xero answered to a batch: each element on its own, matched by our identifier, never by position.

One transaction for the whole answer. Killed before it commits, the batch is still open and is settled again; killed
after it, nothing is left to do.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from bluestamp.books import documents, exchange_rates
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.money import exchange
from bluestamp.people import activity, actors
from bluestamp.sync import (
    carriers,
    copies,
    explanations,
    faces,
    locks,
    parking,
    readings,
    receipts,
    standing,
    their_faces,
)
from bluestamp.sync.batches import Act, Batch, BatchState
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.faces import Face
from bluestamp.sync.mapping import REMOVED_HERE, XERO_NOUNS, Follow, met, xero_label
from bluestamp.sync.plan import CopyState, Money
from bluestamp.sync.their_faces import Copied
from bluestamp.xero.exchanges import Result

_TIMES_NOT_THERE = 6

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Taken:
    """One element that Xero took: whose wish it was, what the batch remembers of it, and what Xero now holds."""

    delivery: Delivery
    element: Mapping[str, Any]
    result: Result[Copied]

    @property
    def document_id(self) -> str:
        return str(self.element["document_id"])

    @property
    def sent(self) -> Face:
        return faces.from_json(self.element["sent"])

    @property
    def has_money(self) -> bool:
        money = their_faces.money(self.result.record)
        return money.amount_paid > 0 or money.amount_credited > 0


def land(
    batch: Batch, results: Sequence[Result[Copied]], *, now: dt.datetime, correlation_id: str = ""
) -> None:
    """Record the answer to a batch: a copy, or the reason for a refusal, for each element that it names.

    One that an answer does not name may have been done all the same: a person is asked, nothing is sent again by itself.
    """
    by_document = _matched(batch, results)
    _record(batch, by_document, absent=_unnamed, now=now, correlation_id=correlation_id)


def _record(
    batch: Batch,
    by_document: Mapping[str, Result[Copied]],
    *,
    absent: Callable[[Delivery, dt.datetime], None],
    now: dt.datetime,
    correlation_id: str = "",
) -> None:
    with transaction.atomic():
        waiting = {
            row.id: row for row in Delivery.objects.select_for_update().filter(batch=batch).order_by("id")
        }
        taken: list[_Taken] = []
        for element in batch.elements:
            delivery = waiting.get(element["delivery_id"])
            if delivery is None or delivery.state != DeliveryState.SENDING:
                continue
            result = by_document.get(element["document_id"])
            if result is not None and not result.is_refused:
                taken.append(_Taken(delivery, element, result))
                continue
            with parking.setting_bugs_aside(delivery, now=now):
                if result is None:
                    absent(delivery, now)
                else:
                    _refuse(delivery, result, faces.from_json(element["sent"]), now=now)
        _accept_all(batch, taken, now=now)
        _close(batch, now=now, correlation_id=correlation_id, excerpt=_excerpt(by_document.values()))
        standing.settle_many(
            studio_id=batch.studio_id,
            kind=batch.kind,
            document_ids=[element["document_id"] for element in batch.elements],
            now=now,
        )


def found_again(
    batch: Batch, records: Mapping[str, Copied], *, unclear: Collection[str] = (), now: dt.datetime
) -> None:
    """Adopt the documents of a batch whose answer was lost, as they stand in Xero; the rest wait for a new batch.

    Of the `unclear` ones Xero holds several that may be it: those are for a person.
    """
    results = {document_id: Result(record=record, status="OK") for document_id, record in records.items()}

    def absent(delivery: Delivery, now: dt.datetime) -> None:
        if delivery.document_id in unclear:
            _unnamed(delivery, now)
        else:
            _not_there(delivery, now)

    _record(batch, results, absent=absent, now=now)


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
        rows = list(_sending(batch))
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
        for row in _sending(batch):
            parking.park(row, code, now=now, messages=messages, sentence=sentence)
        _close(batch, now=now, excerpt="\n".join(messages))


def _sending(batch: Batch) -> models.QuerySet[Delivery]:
    rows = Delivery.objects.select_for_update().filter(batch=batch, state=DeliveryState.SENDING)
    return rows.order_by("id")


def note_in_step(copy: Copy, document: Document, ours: Face, *, now: dt.datetime) -> None:
    """Nothing needed sending: the copy holds this version; the caller's transaction."""
    # What Xero says now is what both let stand: a code that the bookkeeper chose there is no difference any more.
    copy.sent, copy.held = faces.to_json(ours), copy.theirs
    copy.version_sent = document.version
    if copy.state == CopyState.CHANGED_IN_XERO:
        copy.state = CopyState.IN_STEP
    copy.receipt_due = isinstance(document, Expense) and receipts.is_due(document, copy)
    copy.save(update_fields=["sent", "held", "version_sent", "state", "receipt_due"])
    copies.note_version(copy, document.version)


def note_reading(copy: Copy, document: Document, record: Copied, *, now: dt.datetime) -> None:
    """Keep what was read of a document that is not sent after all."""
    readings.take(copy.id, record, now=now)
    copy.refresh_from_db()


def _matched(batch: Batch, results: Sequence[Result[Copied]]) -> dict[str, Result[Copied]]:
    """The results by document of ours: new ones as their kind is known in Xero, updates by Xero's id."""
    if batch.act != Act.UPDATE:
        return carriers.answered(batch.kind, batch.elements, results)
    by_xero_id = {
        element["xero_id"]: element["document_id"] for element in batch.elements if element["xero_id"]
    }
    named = {by_xero_id.get(their_faces.id_of(result.record), ""): result for result in results}
    return {document_id: result for document_id, result in named.items() if document_id}


def _refuse(delivery: Delivery, result: Result[Copied], face: Face, *, now: dt.datetime) -> None:
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


def _accept_all(batch: Batch, taken: Sequence[_Taken], *, now: dt.datetime) -> None:
    """Write them down together; when one of them meets a bug, each on its own, so that it holds up no other."""
    try:
        with transaction.atomic():
            _accept(batch, taken, now=now)
    except parking.NO_BUGS:
        raise
    except Exception:
        logger.warning("batch %s: something is odd, its documents are written down one by one", batch.id)
        for one in taken:
            with parking.setting_bugs_aside(one.delivery, now=now):
                _accept(batch, [one], now=now)


def _accept(batch: Batch, taken: Sequence[_Taken], *, now: dt.datetime) -> None:
    """Write down what Xero took: a few statements, however many documents it is of."""
    ids = [one.document_id for one in taken]
    known = copies.locked_many(kind=batch.kind, document_ids=ids)
    rows = documents.KINDS[batch.kind].objects.in_bulk(ids)
    written = [_copy(batch, one, known.get(one.document_id), rows[one.document_id], now=now) for one in taken]
    copies.save_all(written)
    versions = [(one.document_id, one.element["version"]) for one in taken]
    documents.note_ledger_versions(kind=batch.kind, versions=versions, ledger_id=batch.connection.ledger_id)
    locks.settle_many([(copy, one.has_money) for copy, one in zip(written, taken, strict=True)], now=now)
    Delivery.objects.filter(id__in=[one.delivery.id for one in taken]).update(
        state=DeliveryState.DONE, settled_at=now, messages=[]
    )
    for one in taken:
        _keep_rate(batch, one, rows[one.document_id])
        if one.result.warnings:
            _warn(one, now=now)
    _note(batch, taken, known, now=now)


def _keep_rate(batch: Batch, one: _Taken, document: Document) -> None:
    """The rate that Xero took for a foreign currency stays the document's; one that it chose itself is known from now on."""
    rate, ledger = one.result.record.currency_rate, batch.connection.ledger
    if rate is None or not exchange_rates.base_of(ledger, document.currency):
        return
    took, day = exchange.to_rate(rate), one.sent.date or document.issued_on
    exchange_rates.keep(kind=batch.kind, document_id=document.id, rate=took, on=day)
    if one.sent.currency_rate is None:
        exchange_rates.note_known(ledger.id, document.currency, took, on=day)


def _copy(batch: Batch, one: _Taken, known: Copy | None, document: Document, *, now: dt.datetime) -> Copy:
    """The document's copy, or a new one, as Xero's answer makes it. Saves nothing."""
    record, sent = one.result.record, one.sent
    line_ids = their_faces.match_lines(sent, record)
    held = their_faces.of_record(record, line_ids=line_ids)
    copy = known or Copy(
        studio_id=batch.studio_id,
        connection_id=batch.connection_id,
        kind=batch.kind,
        document_id=one.document_id,
        copied_at=now,
    )
    taken_before = readings.money_of(copy)
    _fill(copy, record, sent, held, line_ids, version=one.element["version"], now=now)
    # An answer that was asked for twice may be older than what happened to the document since; and one may bring news
    # that only a reading takes over: paid, approved. Without its instant, what is read next is news.
    is_due = bool(batch.tries) or _brings_news(document, record, taken_before)
    copy.refresh_due_at = now if is_due else None
    copy.updated_at_xero = None if is_due else record.updated_date_utc
    copy.receipt_due = isinstance(document, Expense) and receipts.is_due(document, copy)
    return copy


def _brings_news(document: Document, record: Copied, taken: Money | None) -> bool:
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
    record: Copied,
    sent: Face,
    held: Face,
    line_ids: dict[str, str],
    *,
    version: int,
    now: dt.datetime,
) -> None:
    copy.xero_id = their_faces.id_of(record)
    copy.xero_number = their_faces.number_of(record)
    copy.xero_status = record.status
    copy.version_sent = version
    copy.sent, copy.held = faces.to_json(sent), faces.to_json(held)
    copy.theirs = copy.held
    copy.money = readings.money_to_json(their_faces.money(record))
    copy.line_ids = line_ids
    copy.seen_at = now
    is_removed = not sent.status
    agrees = is_removed or sent.total == held.total or held.total == copy.accepted_total
    copy.state = CopyState.IN_STEP if agrees else CopyState.OFF_BY_CENTS


def _warn(one: _Taken, *, now: dt.datetime) -> None:
    """Xero took it and changed something: an account that it does not know is left out of a draft."""
    explained = explanations.explain(one.result.warnings, one.sent)
    if explained.code == "XERO_REFUSED":
        Delivery.objects.filter(id=one.delivery.id).update(messages=list(one.result.warnings))
        return
    parking.park(
        one.delivery,
        explained.code,
        now=now,
        sentence=explained.sentence,
        messages=one.result.warnings,
        fault_field=explained.field,
    )


def _note(batch: Batch, taken: Sequence[_Taken], known: Mapping[str, Copy], *, now: dt.datetime) -> None:
    """Say in the history of each document what became of it."""
    others = len(batch.elements) - 1
    company = f" with {others} {'other' if others == 1 else 'others'}, one call" if others else ""
    noun = XERO_NOUNS[batch.kind]
    sentences: dict[str, dict[str, str]] = {"copied": {}, "changes_sent": {}}
    for one in taken:
        label = xero_label(batch.kind, one.result.record.status)
        asked = f"Asked by {one.delivery.asked_by}."
        if one.document_id in known:
            sentences["changes_sent"][one.document_id] = f"Changes sent to Xero{company}: “{label}”. {asked}"
        else:
            sentences["copied"][one.document_id] = (
                f"Copied to Xero{company}: the {noun} is “{label}”. {asked}"
            )
    for verb, said in sentences.items():
        activity.record_each(
            by=actors.xero(batch.studio_id),
            verb=f"{batch.kind}.{verb}",
            kind=batch.kind,
            sentences=said,
            now=now,
            batch_id=batch.id,
        )


def _close(batch: Batch, *, now: dt.datetime, correlation_id: str = "", excerpt: str = "") -> None:
    batch.state = BatchState.ANSWERED
    batch.answered_at = now
    batch.correlation_id = correlation_id
    batch.answer_excerpt = excerpt[:4000]
    batch.save(update_fields=["state", "answered_at", "correlation_id", "answer_excerpt"])


def _excerpt(results: Iterable[Result[Copied]]) -> str:
    """What Xero answered, a line an element, for those who want to see the exchange."""
    lines = [
        f"{their_faces.number_of(result.record) or their_faces.id_of(result.record)}: {result.status or 'OK'} {result.record.status} "
        + "; ".join([*result.errors, *result.warnings])
        for result in results
    ]
    return "\n".join(lines)
