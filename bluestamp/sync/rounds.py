"""The drain of one connection: the only thing that calls Xero for it, and never twice at once.

It goes round until nothing is due: settle a batch whose outcome is unknown; pull what is due; check, claim and send
one batch; look again. Waiting is a row's `due_at` and a queued task, never a sleep.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial

from django.db import InterfaceError, OperationalError

from bluestamp.engine import queue
from bluestamp.engine.identifiers import new_id
from bluestamp.sync import (
    budget,
    carriers,
    claims,
    connections,
    contacts,
    creations,
    credit_claims,
    duplicates,
    matches,
    number_checks,
    parking,
    paying,
    pull,
    push,
    rate_checks,
    receipts,
    reference,
    rhythm,
    sending,
)
from bluestamp.sync.batches import Act
from bluestamp.sync.connections import Connection
from bluestamp.sync.decisions import Reconnect, Wait, decide
from bluestamp.sync.deliveries import Delivery
from bluestamp.xero.errors import XeroError

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
Step = Callable[..., bool]
#: When something odd stops a round that no table foresees, it is tried again after this.
_ODD_PAUSE = dt.timedelta(minutes=5)


def drain(connection_id: str, *, clock: Clock) -> None:
    """Do all that is due for this connection, then ask for the next round at the time it is due."""
    bugs: list[str] = []
    while True:
        now = clock()
        connection = Connection.objects.select_related("ledger", "grant").get(id=connection_id)
        if connection.state != "connected":
            return
        if queue.is_stopping():
            push.nudge(connection)
            return
        wait_until = budget.free_at(tenant_id=connection.tenant_id, urgent=True, now=now)
        if wait_until is not None and wait_until > now:
            push.nudge(connection, at=wait_until)
            return
        try:
            did_something = _round(connection, bugs, now=now)
        except XeroError as error:
            _stop(connection, error, now=now)
            return
        if not did_something:
            if bugs:
                push.nudge(connection, at=now + _ODD_PAUSE)
            else:
                _ask_for_next(connection, now=now)
            return


def _round(connection: Connection, bugs: list[str], *, now: dt.datetime) -> bool:
    """One round: the first step that finds something to do ends it; true when another may find more."""
    return any(_try(step, connection, bugs, now=now) for step in _STEPS)


def _try(step: Step, connection: Connection, bugs: list[str], *, now: dt.datetime) -> bool:
    """Take one step. A bug in it is logged, and holds back none of the others; the step rests until the next drain."""
    name = f"{step.__module__}.{step.__qualname__}"
    if name in bugs:
        return False
    try:
        return step(connection, now=now)
    except parking.NO_BUGS:
        raise
    except Exception:
        logger.exception("incident %s: connection %s: %s", new_id()[-8:], connection.id, name)
        bugs.append(name)
        return False


def _send_one(connection: Connection, *, now: dt.datetime) -> bool:
    """Send the next call; a kind of which nothing can be claimed, for its check does not come about, holds up no other."""
    stuck: list[str] = []
    while due := claims.due(connection, now=now, besides=stuck):
        claim = claims.claim_changes if due.act == Act.UPDATE else claims.claim_new
        batch = claim(connection, due, now=now)
        if batch is not None:
            sending.send(batch, connection, now=now)
        elif claims.is_stuck(due):
            stuck.append(due.kind)
            continue
        return True
    return False


def _sweep(connection: Connection, *, now: dt.datetime) -> bool:
    """Read what no webhook told, one kind a round, when the rhythm and the budget say so."""
    kind = rhythm.due_kind(connection, now=now)
    if kind is None:
        return False
    sweeps: dict[str, Callable[..., None]] = {
        **{carrier.swept: partial(pull.sweep, carrier=carrier) for carrier in carriers.ALL},
        pull.PAYMENTS: pull.sweep_payments,
        "contact": contacts.sweep,
        "reference": reference.refresh,
    }
    try:
        sweeps[kind](connection, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        rhythm.note_failed(connection, kind, now=now)
        raise
    return True


#: What a round looks at, in this order: what is in doubt, news, then contacts, documents, money, papers, and the rest.
_STEPS: tuple[Step, ...] = (
    sending.settle_due,
    pull.pull_due,
    creations.create_due,
    duplicates.check_due,
    rate_checks.check_due,
    _send_one,
    paying.send_due,
    credit_claims.send_due,
    receipts.send_due,
    matches.identify_taken,
    matches.match_due,
    number_checks.look_ahead_due,
    _sweep,
)


def _stop(connection: Connection, error: XeroError, *, now: dt.datetime) -> None:
    verdict = decide(error, attempts=1, now=now)
    logger.warning("connection %s: %s %s", connection.id, error.code, error)
    if isinstance(verdict, Reconnect):
        connections.mark_lost(connection.id, why=verdict.why, now=now)
    elif isinstance(verdict, Wait):
        push.nudge(connection, at=max(verdict.until, now + dt.timedelta(seconds=1)))
    else:
        push.nudge(connection, at=now + _ODD_PAUSE)


def _ask_for_next(connection: Connection, *, now: dt.datetime) -> None:
    """Queue the next round: the earliest of what waits, what is open, and the next sweep."""
    moments = [
        Delivery.free(connection).order_by("due_at").values_list("due_at", flat=True).first(),
        sending.next_due(connection),
        rhythm.next_at(connection, now=now),
    ]
    push.nudge(connection, at=max(min(moment for moment in moments if moment is not None), now))
