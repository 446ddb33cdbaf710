"""Set a delivery aside for a person, or close it: the last word on one wish."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, transaction

from bluestamp.engine.identifiers import new_id
from bluestamp.sync import standing
from bluestamp.sync.decisions import PARKED
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.xero.errors import XeroError

logger = logging.getLogger(__name__)

#: What Xero says, and what the database can't do at all: no bugs of one document.
NO_BUGS = (XeroError, OperationalError, InterfaceError)


def park(
    delivery: Delivery,
    code: str,
    *,
    now: dt.datetime,
    sentence: str = "",
    messages: Sequence[str] = (),
    fault_field: str = "",
) -> None:
    """Set a delivery aside for a person, with a code of `decisions.PARKED`; the caller's transaction."""
    delivery.state = DeliveryState.PARKED
    delivery.code = code
    delivery.sentence = (sentence or PARKED[code].meaning)[:1000]
    delivery.messages = list(messages)
    delivery.fault_field = fault_field
    delivery.settled_at = now
    delivery.save(update_fields=["state", "code", "sentence", "messages", "fault_field", "settled_at"])
    _settle(delivery, now)


@contextmanager
def setting_bugs_aside(delivery: Delivery, *, now: dt.datetime) -> Iterator[None]:
    """Keep a bug met with one document from holding up all others: its delivery is parked under an id to quote.

    What Xero says and what the database can't do at all are no bugs of one document, and go on.
    """
    try:
        with transaction.atomic():
            yield
    except NO_BUGS:
        raise
    except Exception:
        incident = new_id()[-8:]
        logger.exception("incident %s: %s %s", incident, delivery.kind, delivery.document_id)
        park(delivery, "INTERNAL", now=now, sentence=f"Something went wrong in Bluestamp. Id {incident}")


def finish(delivery: Delivery, *, now: dt.datetime) -> None:
    """Close a delivery: Xero holds what was wished; the caller's transaction."""
    delivery.state = DeliveryState.DONE
    delivery.settled_at = now
    delivery.save(update_fields=["state", "settled_at"])
    _settle(delivery, now)


def _settle(delivery: Delivery, now: dt.datetime) -> None:
    standing.settle(
        studio_id=delivery.studio_id, kind=delivery.kind, document_id=delivery.document_id, now=now
    )
