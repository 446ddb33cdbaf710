"""Calls to Xero about money, each done once: written down, made, and settled when nobody knows what became of them.

1. The batch is written, its rows marked as in flight (`paying`, `crediting`). Killed here: it is open, and settled next.
2. Xero is called, no transaction open.                                        Killed here: it may have been done.
3. The outcomes and the end of the batch are written together.                 Killed here: as after 2.

A creation in doubt goes again, the same bytes under the same key, while Xero keeps that; afterwards what Xero holds is
counted. A removal in doubt is looked up at once: asked for twice, it does no harm. Right before each call the row is
asked whether the batch is still this drain's (`batches`).
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from django.db import transaction

from bluestamp.books import documents
from bluestamp.engine.identifiers import new_id
from bluestamp.sync import clients, copies, explanations, parking, readings
from bluestamp.sync.batches import IDEMPOTENCY_WINDOW, Act, Batch, BatchState, Stopwatch
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.decisions import PARKED, Park, Wait, decide
from bluestamp.sync.explanations import Explained
from bluestamp.sync.tallies import Outcome
from bluestamp.sync.their_faces import Copied
from bluestamp.xero.client import Client
from bluestamp.xero.errors import NotFound, Rejected, XeroError

logger = logging.getLogger(__name__)

Element = dict[str, Any]
"""What a batch remembers of one row: `row_id`, and all that its bytes are made of."""

#: Sent so many times, never answered and never there: a person is told.
_TIMES_NOT_THERE = 6


class Errand(Protocol):
    """One sort of call. The last three write, in the transaction that closes the batch."""

    act: Act

    def encode(self, elements: Sequence[Element]) -> bytes:
        """Write the exact bytes of the call."""

    def concerns(self, elements: Sequence[Element]) -> Mapping[str, Iterable[str]]:
        """Name the documents whose money it is, by kind."""

    def call(self, client: Client, batch: Batch) -> list[Outcome]:
        """Make the call, and say what became of each row that the answer names."""

    def look_up(self, client: Client, batch: Batch) -> list[Outcome]:
        """Say what became of the rows by what Xero holds; one that was certainly not done is left out."""

    def confirm(self, outcome: Outcome, *, now: dt.datetime) -> None:
        """Xero did it."""

    def refuse(self, row_id: str, why: Explained, *, now: dt.datetime) -> None:
        """Xero did not, and will not."""

    def release(self, row_ids: Sequence[str], *, now: dt.datetime) -> None:
        """Xero did not; they may be asked for again."""


def hold_still(wanted: Mapping[str, Iterable[str]]) -> None:
    """Lock the copies of these documents, then the documents, by kind and id; money comes after them, everywhere."""
    for kind in sorted(wanted):
        copies.locked_many(kind=kind, document_ids=set(wanted[kind]))
    for kind in sorted(wanted):
        rows = documents.KINDS[kind].objects.filter(id__in=set(wanted[kind])).order_by("id")
        list(rows.select_for_update(of=("self",)).values_list("id", flat=True))


def taken_over(copy: Copy, record: Copied | None, *, now: dt.datetime) -> Explained | None:
    """Take over what was read of a document right before its money goes; None for one that Xero does not have.

    A document that can't be read holds up the money of no other: why not is returned, with an id to quote.
    """
    try:
        with transaction.atomic():
            if record is None:
                readings.note_gone(copy, now=now)
            else:
                readings.take(copy.id, record, now=now)
    except parking.NO_BUGS:
        raise
    except Exception:
        incident = new_id()[-8:]
        logger.exception("incident %s: copy %s can't take what Xero says", incident, copy.id)
        return Explained("INTERNAL", "", f"Something went wrong in Bluestamp. Id {incident}")
    return None


def write(
    connection: Connection, kind: str, errand: Errand, elements: Sequence[Element], *, now: dt.datetime
) -> Batch:
    """Write one call down; the caller's transaction, which marks its rows as in flight."""
    return Batch.objects.create(
        studio_id=connection.studio_id,
        connection=connection,
        kind=kind,
        act=errand.act,
        idempotency_key=f"bluestamp-{new_id()}",
        body=errand.encode(elements),
        elements=list(elements),
        prepared_at=now,
        due_at=now,
    )


def send(
    batch: Batch,
    connection: Connection,
    errand: Errand,
    *,
    now: dt.datetime,
    stopwatch: Stopwatch = time.monotonic,
) -> None:
    """Make the call and write its outcomes down. Raises the XeroError after noting what it means for the batch."""
    began = stopwatch()
    try:
        with clients.open(connection, why="push", urgent=True, now=now, batch_id=batch.id) as client:
            if not batch.may_be_called(began=began, now=now, stopwatch=stopwatch):
                return
            found = errand.call(client, batch)
    except (Rejected, NotFound) as error:
        _turned_down(batch, connection, errand, error, now=now)
    except XeroError as error:
        _note_failure(batch, errand, error, now=now)
        raise
    else:
        _land(batch, errand, found, now=now)


def settle(
    batch: Batch,
    connection: Connection,
    errand: Errand,
    *,
    now: dt.datetime,
    stopwatch: Stopwatch = time.monotonic,
) -> None:
    """Find out what became of an open batch: the same bytes again while that is safe, else by what Xero holds."""
    if not batch.take_up():
        return
    if errand.act == Act.CREATE and batch.key_is_alive(now):
        send(batch, connection, errand, now=now, stopwatch=stopwatch)
        return
    with clients.open(connection, why="look_up", urgent=True, now=now, batch_id=batch.id) as client:
        found = errand.look_up(client, batch)
    _looked_up(batch, errand, found, now=now)


def _land(batch: Batch, errand: Errand, found: Sequence[Outcome], *, now: dt.datetime) -> None:
    """Write the answer down. Rows that it does not name stay open, and are looked up when the key is dead."""
    with transaction.atomic():
        if not _is_open(batch):
            return
        hold_still(errand.concerns(batch.elements))
        _carry_out(errand, found, now=now)
        named = {outcome.row_id for outcome in found}
        rest = [element for element in batch.elements if element["row_id"] not in named]
        if not rest:
            _close(batch, found, now=now)
            return
        logger.warning("batch %s: Xero's answer does not name all of it", batch.id)
        batch.elements, batch.state = rest, BatchState.UNKNOWN
        batch.due_at = batch.prepared_at + IDEMPOTENCY_WINDOW
        batch.save(update_fields=["elements", "state", "due_at"])


def _looked_up(batch: Batch, errand: Errand, found: Sequence[Outcome], *, now: dt.datetime) -> None:
    """What Xero holds is confirmed, the rest goes anew; what never arrives for all that is a person's."""
    with transaction.atomic():
        if not _is_open(batch):
            return
        hold_still(errand.concerns(batch.elements))
        _carry_out(errand, found, now=now)
        named = {outcome.row_id for outcome in found}
        missing = [element["row_id"] for element in batch.elements if element["row_id"] not in named]
        lost = [row_id for row_id in missing if _times_sent(batch, row_id) >= _TIMES_NOT_THERE]
        sentence = f"Sent {_TIMES_NOT_THERE} times, Xero never answered and never had it. Id {batch.id}"
        for row_id in lost:
            errand.refuse(row_id, Explained("INTERNAL", "", sentence), now=now)
        errand.release([row_id for row_id in missing if row_id not in lost], now=now)
        _close(batch, found, now=now)


def _carry_out(errand: Errand, found: Sequence[Outcome], *, now: dt.datetime) -> None:
    for outcome in found:
        if outcome.is_refused:
            errand.refuse(outcome.row_id, explanations.explain_money(outcome.messages), now=now)
        else:
            errand.confirm(outcome, now=now)


def _is_open(batch: Batch) -> bool:
    """Whether nobody else has settled it: of two drains that overlap after a pause, one comes too late."""
    return Batch.objects.select_for_update().get(id=batch.id).state != BatchState.ANSWERED


def _turned_down(
    batch: Batch, connection: Connection, errand: Errand, error: Rejected | NotFound, *, now: dt.datetime
) -> None:
    """Xero took the call as a whole for wrong. A removal may have been done already: what Xero holds tells."""
    messages = list(error.messages) if isinstance(error, Rejected) else []
    if errand.act != Act.CREATE:
        _leave_to_look_up(batch, messages)
    elif len(batch.elements) > 1 and isinstance(error, Rejected):
        _go_one_by_one(batch, connection, errand, now=now)
    else:
        why = explanations.explain_money(messages)
        _refuse_all(batch, errand, why if messages else _why(decide(error, attempts=1, now=now)), now=now)


def _leave_to_look_up(batch: Batch, messages: Sequence[str]) -> None:
    with transaction.atomic():
        if batch.hold():
            batch.elements = [{**element, "messages": list(messages)} for element in batch.elements]
            batch.state = BatchState.UNKNOWN
            batch.save(update_fields=["elements", "state"])


def _go_one_by_one(batch: Batch, connection: Connection, errand: Errand, *, now: dt.datetime) -> None:
    """Xero could not read the call, so nothing of it was done: each goes alone, and none holds back the others."""
    with transaction.atomic():
        if batch.hold():
            for element in batch.elements:
                write(connection, batch.kind, errand, [element], now=now)
            _close(batch, [], now=now)


def _note_failure(batch: Batch, errand: Errand, error: XeroError, *, now: dt.datetime) -> None:
    """Known not to be done: again later, or a person's. Else it stays open, in doubt until Xero or its books tell."""
    tries = max(batch.tries, _times_sent(batch, batch.elements[0]["row_id"]) - 1)
    verdict = decide(error, attempts=tries + 1, now=now)
    if batch.state == BatchState.UNKNOWN or not error.outcome_known:
        until = verdict.until if isinstance(verdict, Wait) else batch.prepared_at + IDEMPOTENCY_WINDOW
        batch.keep_in_doubt(str(error), until=max(until, now))
        logger.warning("batch %s: outcome unknown (%s), settled from %s", batch.id, error.code, batch.due_at)
    elif isinstance(verdict, Park):
        _refuse_all(batch, errand, _why(verdict, batch), now=now)
    else:
        with transaction.atomic():
            if batch.hold():
                errand.release([element["row_id"] for element in batch.elements], now=now)
                _close(batch, [], now=now)


def _refuse_all(batch: Batch, errand: Errand, why: Explained, *, now: dt.datetime) -> None:
    with transaction.atomic():
        if batch.hold():
            hold_still(errand.concerns(batch.elements))
            for element in batch.elements:
                errand.refuse(element["row_id"], why, now=now)
            _close(batch, [], now=now)


def _why(verdict: Wait | Park | object, batch: Batch | None = None) -> Explained:
    code = verdict.code if isinstance(verdict, Park) else "INTERNAL"
    return Explained(code, "", PARKED[code].meaning + (f" Id {batch.id}" if batch else ""))


def _times_sent(batch: Batch, row_id: str) -> int:
    """How many calls carried this row by now, this one among them."""
    rows = Batch.objects.filter(connection_id=batch.connection_id, kind=batch.kind, act=batch.act)
    return rows.filter(elements__contains=[{"row_id": row_id}]).count()


def _close(batch: Batch, found: Sequence[Outcome], *, now: dt.datetime) -> None:
    batch.state = BatchState.ANSWERED
    batch.answered_at = now
    said = [f"{one.row_id}: {'; '.join(one.messages) or one.external_id or 'done'}" for one in found]
    batch.answer_excerpt = "\n".join(said)[:4000]
    batch.save(update_fields=["state", "answered_at", "answer_excerpt"])
