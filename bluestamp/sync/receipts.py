"""The receipt goes with its bill, for nobody approves a bill without one (bookkeeping rule 20).

Sent after the bill, one call each. Xero overwrites a file of the same name, so sending one again does no harm.
Where Xero lets the connecting user attach nothing, receipts wait and everything else goes on.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Final

from django.db import transaction

from bluestamp.books.expenses import Expense
from bluestamp.engine import files
from bluestamp.people import activity, actors
from bluestamp.sync import clients, connections
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.xero.client import FORBIDDEN_IN_FILE_NAMES, MAX_ATTACHMENT_BYTES, Collection
from bluestamp.xero.errors import Forbidden, NotFound, Rejected

logger = logging.getLogger(__name__)

#: What `Copy.receipt_sent` says of a receipt that Xero does not take.
REFUSED = "refused:"
#: The cursor that says when Xero last let nothing be attached.
FORBIDDEN: Final = "receipts_forbidden"
#: Tried anew after this: somebody may have reconnected as a user who may.
_FORBIDDEN_LASTS: Final = dt.timedelta(hours=1)


def send_due(connection: Connection, *, now: dt.datetime) -> bool:
    """Send one receipt whose bill is in Xero without it; return whether there was one."""
    found = None if _is_forbidden(connection, now=now) else _next(connection)
    if found is None:
        return False
    copy, expense = found
    if not is_due(expense, copy):
        Copy.objects.filter(id=copy.id).update(receipt_due=False)
        return True
    try:
        trouble = _try(copy, expense, connection, now=now)
    except Forbidden as error:
        # Documents and payments may go all the same: this is no reason to call the connection lost.
        logger.warning("connection %s: nothing can be attached: %s", connection.id, error)
        _note_forbidden(connection, expense, now=now)
        return False
    outcome = f"{REFUSED}{expense.receipt_key}" if trouble else expense.receipt_key
    with transaction.atomic():
        Copy.objects.filter(id=copy.id).update(receipt_sent=outcome[:100], receipt_due=False)
        _note(expense, trouble, now=now)
    return True


def _is_forbidden(connection: Connection, *, now: dt.datetime) -> bool:
    told = connection.cursors.get(FORBIDDEN)
    return told is not None and now - dt.datetime.fromisoformat(told) < _FORBIDDEN_LASTS


def _note_forbidden(connection: Connection, expense: Expense, *, now: dt.datetime) -> None:
    why = (
        f"{connection.name} lets nothing be attached, so its bill has no receipt yet. Reconnect as a user who may "
        "attach files; receipts that wait go then."
    )
    with transaction.atomic():
        row = connections.locked(connection.id)
        if FORBIDDEN not in row.cursors:
            _note(expense, why, now=now)
        row.cursors = {**row.cursors, FORBIDDEN: now.isoformat()}
        row.save(update_fields=["cursors"])
    connection.cursors = row.cursors


def _try(copy: Copy, expense: Expense, connection: Connection, *, now: dt.datetime) -> str:
    """Send it; return why it can't be, "" when Xero has it. One that can't be sent holds up no other."""
    refused = f"Xero did not take the receipt {expense.receipt_name}: it may be too large or of a kind it does not know."
    if expense.receipt_size > MAX_ATTACHMENT_BYTES:
        return refused
    try:
        with files.open(expense.studio_id, expense.receipt_key) as stored:
            content = stored.read()
    except (files.NoSuchFile, OSError) as error:
        logger.error("receipt of %s: %s", expense.id, error)
        return (
            f"The receipt {expense.receipt_name} could not be read, so Xero has not got it. Attach it again."
        )
    try:
        _send(copy, expense, content, connection, now=now)
    except (Rejected, NotFound) as error:
        logger.warning("receipt of %s refused: %s", expense.id, error)
        return refused
    return ""


def is_due(expense: Expense, copy: Copy) -> bool:
    """Tell whether the expense carries a receipt that its bill in Xero has not got."""
    return bool(expense.receipt_key) and copy.receipt_sent not in (
        expense.receipt_key,
        f"{REFUSED}{expense.receipt_key}",
    )


def _next(connection: Connection) -> tuple[Copy, Expense] | None:
    """The longest waiting bill that lacks its receipt."""
    due = Copy.objects.filter(connection=connection, receipt_due=True, is_gone=False)
    copy = due.order_by("copied_at").first()
    return (copy, Expense.objects.get(id=copy.document_id)) if copy is not None else None


def _send(copy: Copy, expense: Expense, content: bytes, connection: Connection, *, now: dt.datetime) -> None:
    with clients.open(connection, why="push", urgent=True, now=now) as client:
        client.put_attachment(
            Collection.INVOICES,
            copy.xero_id,
            file_name=file_name(expense.receipt_name),
            media_type=expense.receipt_media_type,
            content=content,
            idempotency_key=f"bluestamp-receipt-{expense.receipt_key}-{copy.id}"[:128],
        )


def file_name(name: str) -> str:
    """Return a file name that Xero takes: its forbidden letters become dashes."""
    cleaned = "".join("-" if letter in FORBIDDEN_IN_FILE_NAMES else letter for letter in name)
    return re.sub(r"\s+", " ", cleaned).strip() or "receipt"


def _note(expense: Expense, trouble: str, *, now: dt.datetime) -> None:
    activity.record(
        by=actors.xero(expense.studio_id),
        verb="expense.receipt_refused" if trouble else "expense.receipt_sent",
        kind="expense",
        subject_id=expense.id,
        sentence=trouble or f"The receipt {expense.receipt_name} was attached to the bill in Xero",
        now=now,
    )
