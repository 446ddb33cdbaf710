"""Send a batch and settle the ones whose outcome is not known.

1. The batch is written (claims).      Killed here: it is open; step 2 is done at the next round.
2. Xero is called, no transaction open. Killed here: the batch is open and may have been done.
3. The answer is written (landings).    Killed here: nothing was written; as after 2.

An open batch is settled before anything else goes: while Xero still keeps the key, the same bytes under the same
key bring the same answer; later the documents are looked up, adopted when they are there and sent anew when not.
Once in doubt, a batch stays in doubt until one of the two has told: that a later try was turned away at the door says
nothing of the first. Right before each call the row is asked whether the batch is still this drain's (`batches`).
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from django.db import models, transaction

from bluestamp.sync import carriers, clients, credit_claims, landings, paying, their_faces
from bluestamp.sync.batches import IDEMPOTENCY_WINDOW, Act, Batch, BatchState, Stopwatch
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.decisions import Park, Wait, decide
from bluestamp.sync.their_faces import Copied
from bluestamp.xero.errors import Rejected, XeroError

logger = logging.getLogger(__name__)

#: Batches of payments and of credit applied are settled by their own files.
_MONEY: Final[Mapping[str, Callable[..., None]]] = MappingProxyType(
    {paying.KIND: paying.settle, credit_claims.KIND: credit_claims.settle}
)
#: How far before the batch a look-up begins, for clocks that differ.
_CLOCK_SLACK = dt.timedelta(minutes=2)


def send(
    batch: Batch, connection: Connection, *, now: dt.datetime, stopwatch: Stopwatch = time.monotonic
) -> None:
    """Call Xero with the bytes of the batch and record the answer.

    One that may not be called any more stays as it is, and the next round settles it. Raises the XeroError after noting
    what it means for the batch, so that the round can wait or stop.
    """
    began = stopwatch()
    try:
        with clients.open(connection, why="push", urgent=True, now=now, batch_id=batch.id) as client:
            if not batch.may_be_called(began=began, now=now, stopwatch=stopwatch):
                return
            carrier = carriers.OF_KIND[batch.kind]
            call = carrier.put if batch.act == Act.CREATE else carrier.post
            answer = call(client, bytes(batch.body), batch.idempotency_key)
    except Rejected as error:
        _refused_whole(batch, error, now=now)
    except XeroError as error:
        _note_failure(batch, error, now=now)
        raise
    else:
        landings.land(batch, answer.value, now=now, correlation_id=answer.correlation_id)


def settle_due(connection: Connection, *, now: dt.datetime, stopwatch: Stopwatch = time.monotonic) -> bool:
    """Find out what became of the oldest open batch that is due; return whether there was one."""
    open_batches = Batch.objects.filter(connection=connection, due_at__lte=now).exclude(
        state=BatchState.ANSWERED
    )
    batch = open_batches.order_by("due_at", "id").first()
    if batch is None:
        return False
    if batch.kind in _MONEY:
        _MONEY[batch.kind](batch, connection, now=now, stopwatch=stopwatch)
    elif not batch.take_up():
        return True
    elif batch.key_is_alive(now):
        send(batch, connection, now=now, stopwatch=stopwatch)
    else:
        _look_up(batch, connection, now=now)
    return True


def next_due(connection: Connection) -> dt.datetime | None:
    """Return when the next open batch is to be settled."""
    rows = Batch.objects.filter(connection=connection).exclude(state=BatchState.ANSWERED)
    return rows.order_by("due_at").values_list("due_at", flat=True).first()


def _note_failure(batch: Batch, error: XeroError, *, now: dt.datetime) -> None:
    before = batch.deliveries.aggregate(most=models.Max("attempts"))["most"] or 0
    verdict = decide(error, attempts=max(batch.tries, before) + 1, now=now)
    if batch.state == BatchState.UNKNOWN or not error.outcome_known:
        # What nobody understands is looked up once the key is dead; until then it is neither sent nor shown as failed.
        until = verdict.until if isinstance(verdict, Wait) else batch.prepared_at + IDEMPOTENCY_WINDOW
        batch.keep_in_doubt(str(error), until=max(until, now))
        logger.warning("batch %s: outcome unknown (%s), settled from %s", batch.id, error.code, batch.due_at)
        return
    with transaction.atomic():
        if not batch.hold():
            return
        if isinstance(verdict, Park):
            landings.park_all(batch, verdict.code, messages=[str(error)], sentence=f"Id {batch.id}", now=now)
        else:
            landings.release(batch, until=verdict.until if isinstance(verdict, Wait) else now, now=now)


def _refused_whole(batch: Batch, error: Rejected, *, now: dt.datetime) -> None:
    """Xero could not read the call: each document goes alone, so that one can't hold back the others."""
    sentence = error.messages[0] if error.messages else "Xero refused the document without a reason."
    with transaction.atomic():
        if not batch.hold():
            return
        if len(batch.elements) > 1:
            landings.release(batch, until=now, now=now, alone=True)
        else:
            landings.park_all(batch, "XERO_REFUSED", messages=error.messages, sentence=sentence, now=now)


def _look_up(batch: Batch, connection: Connection, *, now: dt.datetime) -> None:
    """The key is dead: only Xero's own documents can tell. What is not there waits for a new batch, under a new key."""
    if batch.act == Act.UPDATE:
        # An update reads the document before it sends, so it may simply be decided anew.
        landings.release(batch, until=now, now=now)
        return
    there: list[Copied] = []
    if batch.kind == "invoice":
        there = _unclaimed(batch, _by_number(batch, connection, now=now))
    if len(carriers.recognised(batch.kind, batch.elements, there)) < len(batch.elements):
        there = _unclaimed(batch, [*there, *_made_since(batch, connection, now=now)])
    found = carriers.recognised(batch.kind, batch.elements, there)
    unclear = carriers.unclear(batch.kind, batch.elements, there)
    landings.found_again(batch, found, unclear=unclear, now=now)


def _unclaimed(batch: Batch, records: Iterable[Copied]) -> list[Copied]:
    """Each once; what is the copy of another, or was let go of, is not taken for one of the batch."""
    by_id = {their_faces.id_of(record): record for record in records}
    known = Copy.objects.filter(connection_id=batch.connection_id, xero_id__in=list(by_id))
    taken = set(known.values_list("xero_id", flat=True))
    return [record for id_, record in by_id.items() if id_ not in taken]


def _by_number(batch: Batch, connection: Connection, *, now: dt.datetime) -> list[Copied]:
    numbers = [element["sent"].get("number", "") for element in batch.elements]
    with clients.open(connection, why="look_up", urgent=True, now=now, batch_id=batch.id) as client:
        return carriers.OF_KIND[batch.kind].numbered(client, numbers)


def _made_since(batch: Batch, connection: Connection, *, now: dt.datetime) -> list[Copied]:
    found: list[Copied] = []
    page, has_more = 1, True
    while has_more:
        with clients.open(connection, why="look_up", urgent=True, now=now, batch_id=batch.id) as client:
            since = batch.prepared_at - _CLOCK_SLACK
            answer = carriers.OF_KIND[batch.kind].made(client, since, page)
        found += answer.records
        page, has_more = page + 1, answer.has_more
    return found
