"""Numbers are held against Xero before they are given out, for an issued number never changes (bookkeeping rule 7).

The next forty of each sequence are asked for now and then, in one call; what somebody there has taken is passed over, and
explains the gap. Right before a document is issued it is asked again, unless that was done a moment ago. Xero out of
reach holds up nobody, and a Xero that hangs only for seconds: sending the document refuses a number that is taken all
the same.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from typing import Final

from django.db import models, transaction

from bluestamp.books import numbers
from bluestamp.books.documents import Document
from bluestamp.books.numbers import NumberTaken
from bluestamp.engine.secrets import Unsealable
from bluestamp.people import permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.studios import StudioRow
from bluestamp.sync import budget, carriers, clients, copies, their_faces
from bluestamp.sync.connections import Connection
from bluestamp.sync.mapping import XERO_NOUNS
from bluestamp.sync.their_faces import Copied
from bluestamp.xero import where
from bluestamp.xero.calls import Patience
from bluestamp.xero.client import MAX_PAGE_SIZE, Client
from bluestamp.xero.errors import TokenExpired, XeroError

logger = logging.getLogger(__name__)

#: What has a number of ours in Xero that must be the only one there. Bills carry the supplier's.
KINDS: Final = ("invoice", "credit_note")
AHEAD: Final = 40
#: Looked at anew when fewer numbers than these are left of the last look, or after this time.
_ENOUGH: Final = 10
_LOOK_AGAIN: Final = dt.timedelta(hours=6)
#: A look this young serves a document that is issued now.
_FRESH: Final = dt.timedelta(minutes=10)
#: How long somebody who issues a document waits for Xero, a renewal of the token included.
PATIENCE_SECONDS: Final = 5
#: After a look that Xero refused, everything else has its turn before it is tried again.
_REST: Final = dt.timedelta(minutes=15)


class NumberLook(StudioRow):
    """When a sequence's next numbers were last held against an organisation, and how far; `last` is 0 when it failed."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=30)
    prefix = models.CharField(max_length=numbers.LONGEST_PREFIX, blank=True)
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    looked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "connection", "kind", "prefix"], name="number_look_once"
            )
        ]


def look_ahead_due(connection: Connection, *, now: dt.datetime) -> bool:
    """Hold one sequence's next numbers against Xero, where that is due; return whether one was."""
    kept_back = budget.free_at(tenant_id=connection.tenant_id, urgent=False, now=now)
    if kept_back is not None and kept_back > now:
        return False
    for sequence in numbers.of_ledger(ledger_id=connection.ledger_id, kinds=KINDS):
        if _rests(connection, sequence, now=now):
            continue
        if not _is_known(connection, sequence, since=now - _LOOK_AGAIN, left=_ENOUGH):
            _look_or_rest(connection, sequence, now=now)
            return True
    return False


def before_issue(document: Document, *, by: Actor, now: dt.datetime) -> None:
    """Hold the number that the document is about to get against Xero. Call it outside any transaction.

    Never refuses: where Xero can't be asked, the document is issued all the same, and sending it finds out. For
    somebody who may not issue it nothing is asked; the verb refuses him.
    """
    if not permissions.may(by, Action.ISSUE_INVOICES):
        return
    connection = copies.home_of(document)
    if document.number or document.kind not in KINDS or connection is None or not connection.is_connected:
        return
    sequence = numbers.for_branch(branch_id=document.branch_id, kind=document.kind)
    if _is_known(connection, sequence, since=now - _FRESH, left=1):
        return
    try:
        _look_with_patience(connection, sequence, now=now)
    except (XeroError, Unsealable) as error:
        logger.warning("connection %s: a number is given out unchecked: %s", connection.id, error)


def _is_known(connection: Connection, sequence: numbers.Sequence, *, since: dt.datetime, left: int) -> bool:
    """Whether a look since then covers at least so many of the next numbers."""
    rows = NumberLook.objects.filter(
        connection=connection, kind=sequence.kind, prefix=sequence.prefix, looked_at__gt=since
    )
    upto = sequence.next_number + left - 1
    return rows.filter(first__lte=sequence.next_number, last__gte=upto).exists()


def _rests(connection: Connection, sequence: numbers.Sequence, *, now: dt.datetime) -> bool:
    """Whether the last look failed, and that a moment ago."""
    rows = NumberLook.objects.filter(connection=connection, kind=sequence.kind, prefix=sequence.prefix)
    return rows.filter(last=0, looked_at__gt=now - _REST).exists()


def _look_or_rest(connection: Connection, sequence: numbers.Sequence, *, now: dt.datetime) -> None:
    """A look that fails ends the drain: tried first again next time, it would keep every sweep from its turn."""
    try:
        _look(connection, sequence, urgent=False, now=now)
    except XeroError:
        _remember(connection, sequence, upto=0, now=now)
        raise


def _look_with_patience(connection: Connection, sequence: numbers.Sequence, *, now: dt.datetime) -> None:
    """Somebody waits. A token that Xero calls too old is renewed once."""
    patience = Patience(PATIENCE_SECONDS)
    try:
        _look(connection, sequence, urgent=True, now=now, patience=patience)
    except TokenExpired:
        _look(connection, sequence, urgent=True, now=now, patience=patience)


def _look(
    connection: Connection,
    sequence: numbers.Sequence,
    *,
    urgent: bool,
    now: dt.datetime,
    patience: Patience | None = None,
) -> None:
    wanted = numbers.ahead(sequence, AHEAD)
    doubted = _doubted(connection, sequence, wanted[-1])
    taken: dict[str, str] = {}
    with clients.open(connection, why="look_up", urgent=urgent, now=now, patience=patience) as client:
        for kind in numbers.kinds_in(sequence):
            taken |= _taken(client, connection, kind, [*wanted, *doubted])
    with transaction.atomic():
        ledger_id = connection.ledger_id
        numbers.note_taken(ledger_id=ledger_id, kind=sequence.kind, numbers=taken, now=now)
        freed = [number for number in doubted if number not in taken]
        numbers.note_free(ledger_id=ledger_id, kind=sequence.kind, numbers=freed)
        _remember(connection, sequence, upto=_place(wanted[-1]), now=now)


def _doubted(connection: Connection, sequence: numbers.Sequence, last: str) -> list[str]:
    """Numbers ahead that were taken there and may be free again by now."""
    rows = NumberTaken.objects.filter(ledger_id=connection.ledger_id, kind=sequence.kind)
    places = {number: _place(number) for number in rows.values_list("number", flat=True)}
    ahead = [
        number
        for number, place in places.items()
        if number.startswith(sequence.prefix) and sequence.next_number <= place <= _place(last)
    ]
    return sorted(ahead, key=lambda number: places[number])[:AHEAD]


def _place(number: str) -> int:
    parts = numbers.split(number)
    return parts[1] if parts else 0


def _taken(client: Client, connection: Connection, kind: str, wanted: list[str]) -> dict[str, str]:
    """Those of the numbers that a document in Xero has, whatever its status, each with whose it is."""
    spelt = {number.casefold(): number for number in wanted}
    found: dict[str, str] = {}
    for record in _numbered(client, kind, wanted):
        number = spelt.get(their_faces.number_of(record).casefold())
        if number is not None and record.type == their_faces.TYPES[kind]:
            whose = f" to {record.contact.name}" if record.contact.name else ""
            found[number] = f"{connection.name} has a {XERO_NOUNS[kind]} with this number{whose}."
    return found


def _numbered(client: Client, kind: str, wanted: list[str]) -> Sequence[Copied]:
    """All documents with one of these numbers, in one call; Xero has no list of credit notes by number."""
    if kind != "credit_note":
        return carriers.OF_KIND[kind].numbered(client, wanted)
    asked = where.any_of("CreditNoteNumber", [number for number in wanted if "\\" not in number])
    return client.credit_notes(where=asked, page_size=MAX_PAGE_SIZE).value.records


def _remember(connection: Connection, sequence: numbers.Sequence, *, upto: int, now: dt.datetime) -> None:
    said: Mapping[str, object] = {"first": sequence.next_number, "last": upto, "looked_at": now}
    NumberLook.objects.update_or_create(
        studio_id=connection.studio_id,
        connection=connection,
        kind=sequence.kind,
        prefix=sequence.prefix,
        defaults=said,
    )
