"""Our debtors and creditors beside Xero's (bookkeeping rule 23): what is open on each side, and where they differ.

Xero is asked when a person presses, a call for every thousand open documents; nothing is stored. What is compared is
what is open now, on both sides, invoices and bills less unused credit.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from bluestamp.books import month_end
from bluestamp.engine.secrets import Unsealable
from bluestamp.errors import Conflict
from bluestamp.people import permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.sync import clients
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.exchanges import Why
from bluestamp.xero import errors as xero_errors
from bluestamp.xero import where
from bluestamp.xero.client import MAX_PAGE_SIZE, Client
from bluestamp.xero.exchanges import Page
from bluestamp.xero.records import CreditNote, CreditNoteType, Invoice, InvoiceStatus, InvoiceType

#: more pages than this are refused: a comparison of 20,000 open documents helps nobody
MOST_PAGES: Final = 20
ZERO: Final = Decimal("0.00")
Record = TypeVar("Record")


class Side(StrEnum):
    """Who owes whom."""

    DEBTORS = "debtors"
    CREDITORS = "creditors"


@dataclass(frozen=True, slots=True)
class Open:
    """One open document of one side. `key` is Xero's id, "" for ours that Xero does not have; credits are negative."""

    side: Side
    key: str
    number: str
    party: str
    currency: str
    amount: Decimal
    kind: str = ""
    document_id: str = ""


@dataclass(frozen=True, slots=True)
class Sums:
    """One currency, both sides."""

    currency: str
    ours: Decimal
    theirs: Decimal

    @property
    def difference(self) -> Decimal:
        """What Xero has more than we do."""
        return self.theirs - self.ours


@dataclass(frozen=True, slots=True)
class Comparison:
    """Debtors, or creditors: the sums, and every document that makes them differ."""

    side: Side
    sums: tuple[Sums, ...]
    only_here: tuple[Open, ...]
    only_there: tuple[Open, ...]
    differing: tuple[tuple[Open, Open], ...]

    @property
    def agrees(self) -> bool:
        """Whether both sides say the same to the cent, in sum and for every document that both have."""
        return not self.differing and not any(row.difference for row in self.sums)


class NotCompared(Conflict):
    """Xero could not be asked just now."""

    code = "NOT_COMPARED"


def ask(connection: Connection, *, by: Actor, now: dt.datetime) -> list[Comparison]:
    """Read what is open in Xero and compare; outside any transaction. Refuses NotPermitted, NotCompared."""
    permissions.require(by, Action.SEE_FINANCES)
    try:
        theirs = _theirs(connection, now=now)
    except (xero_errors.NotConnected, Unsealable) as lost:
        raise NotCompared(
            f"The connection to {connection.name} is lost: reconnect it in Settings, Integrations, and compare then."
        ) from lost
    except xero_errors.RateLimited as limited:
        raise NotCompared(
            f"{connection.name} allows no more calls until {limited.until:%H:%M} UTC. Try again then."
        ) from limited
    except xero_errors.XeroError as failure:
        raise NotCompared(
            f"{connection.name} did not answer as it should. Try again in a minute."
        ) from failure
    ours = _ours(connection)
    return [compare(side, ours, theirs) for side in Side]


def compare(side: Side, ours: Sequence[Open], theirs: Sequence[Open]) -> Comparison:
    """Put both sides next to each other, by Xero's id; plain values in, plain values out."""
    here = [row for row in ours if row.side == side]
    there = {row.key: row for row in theirs if row.side == side}
    known = {row.key: row for row in here if row.key}
    return Comparison(
        side=side,
        sums=_sums(here, there.values()),
        only_here=tuple(row for row in here if row.key not in there),
        only_there=tuple(row for key, row in there.items() if key not in known),
        differing=tuple(
            (row, there[key])
            for key, row in known.items()
            if key in there and (row.amount, row.currency) != (there[key].amount, there[key].currency)
        ),
    )


# Steps


def _sums(here: Iterable[Open], there: Iterable[Open]) -> tuple[Sums, ...]:
    found: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for place, rows in enumerate((here, there)):
        for row in rows:
            found[row.currency][place] += row.amount
    return tuple(Sums(currency, ours, theirs) for currency, (ours, theirs) in sorted(found.items()))


def _ours(connection: Connection) -> list[Open]:
    """What is open of all that the organisation keeps, of branches that moved away since too."""
    rows = month_end.open_documents(connection.ledger_id)
    keys = {
        (kind, id_): xero_id
        for kind, id_, xero_id in Copy.objects.filter(connection=connection, is_gone=False).values_list(
            "kind", "document_id", "xero_id"
        )
    }
    return [
        Open(
            side=Side.DEBTORS if row.kind in ("invoice", "credit_note") else Side.CREDITORS,
            key=keys.get((row.kind, row.document.pk), ""),
            number=row.document.number,
            party=row.document.company_name,
            currency=row.document.currency,
            amount=row.amount,
            kind=row.kind,
            document_id=row.document.pk,
        )
        for row in rows
    ]


def _theirs(connection: Connection, *, now: dt.datetime) -> list[Open]:
    """Every open document in Xero; a token that ran out meanwhile is renewed once."""
    try:
        return _read(connection, now=now)
    except xero_errors.TokenExpired:
        return _read(connection, now=now)


def _read(connection: Connection, *, now: dt.datetime) -> list[Open]:
    found: list[Open] = []
    with clients.open(connection, why=Why.PULL, urgent=True, now=now) as client:
        found += [_of_invoice(row) for row in _open_invoices(client)]
        found += [_of_credit(row) for row in _open_credits(client)]
    return found


def _open_invoices(client: Client) -> Iterable[Invoice]:
    def read(number: int) -> Page[Invoice]:
        statuses = [InvoiceStatus.AUTHORISED]
        return client.invoices(page=number, page_size=MAX_PAGE_SIZE, statuses=statuses).value

    return (row for row in all_pages(read) if row.amount_due)


def _open_credits(client: Client) -> Iterable[CreditNote]:
    is_open = where.equals("Status", str(InvoiceStatus.AUTHORISED))

    def read(number: int) -> Page[CreditNote]:
        return client.credit_notes(page=number, page_size=MAX_PAGE_SIZE, where=is_open).value

    return (row for row in all_pages(read) if row.remaining_credit)


def all_pages(read: Callable[[int], Page[Record]]) -> Iterable[Record]:
    """Read page after page. Refuses NotCompared when there are too many: sums of a part would be wrong sums."""
    for number in range(1, MOST_PAGES + 1):
        page = read(number)
        yield from page.records
        if not page.has_more:
            return
    raise NotCompared(
        f"More than {MOST_PAGES * MAX_PAGE_SIZE:,} documents are open in Xero: too many to compare here."
    )


def _of_invoice(row: Invoice) -> Open:
    side = Side.DEBTORS if row.type == InvoiceType.SALES else Side.CREDITORS
    number = row.invoice_number
    return Open(side, row.invoice_id, number, row.contact.name, row.currency_code, row.amount_due)


def _of_credit(row: CreditNote) -> Open:
    side = Side.DEBTORS if row.type == CreditNoteType.SALES else Side.CREDITORS
    number = row.credit_note_number
    return Open(side, row.credit_note_id, number, row.contact.name, row.currency_code, -row.remaining_credit)
