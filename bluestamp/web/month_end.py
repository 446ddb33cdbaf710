"""Month end: what is to be cleared away before a month is closed, and our debtors and creditors beside Xero's."""

from __future__ import annotations

import calendar
import datetime as dt
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.views.decorators.http import require_GET, require_POST

from bluestamp.books import ledgers, month_end
from bluestamp.books.month_end import Part
from bluestamp.sync import balances, connections, month_ends
from bluestamp.sync.balances import Comparison, Open
from bluestamp.sync.connections import Connection
from bluestamp.web import document_lists
from bluestamp.web.kinds import KINDS
from bluestamp.web.visits import StudioRequest, Visit

#: what each heap is called, why it matters, and what is said when it is empty
WORDS: Final = {
    "costs": (
        "Costs here that Xero does not have",
        "Approved here, and missing from the month in Xero. Send them, or say why not.",
        "Every approved cost is in Xero.",
    ),
    "orders": (
        "Ordered, the day has come, not billed",
        "The goods are probably here and the invoice is not: ask the supplier, or accrue the cost.",
        "Every order that is due was billed.",
    ),
    "drafts": (
        "Drafts",
        "Finish them, or throw them away: a draft is in nobody’s books.",
        "No drafts are left.",
    ),
    "credits": (
        "Credit that nobody has used",
        "Apply it to an open invoice, or pay it back.",
        "No credit lies about.",
    ),
}


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The page, for one month and one organisation (or for what has none)."""
    visit = request.visit
    tiles = connections.living()
    connection = _connection(tiles, request.GET.get("connection", ""))
    until = _last_day(request.GET.get("month", ""), visit.today)
    words = {
        "until": until,
        "month": f"{until:%Y-%m}",
        "tiles": tiles,
        "connection": connection,
        "locked_until": ledgers.locked_until(connection.ledger) if connection else None,
        "parts": [_heap(part, visit) for part in month_ends.parts(connection, until=until, by=visit.actor)],
    }
    return render(request, "books/month_end.html", words)


@require_POST
def comparison(request: StudioRequest, connection_id: str) -> HttpResponse:
    """Ask Xero what is open there, and show both sides."""
    visit = request.visit
    connection = connections.load(connection_id)
    found = balances.ask(connection, by=visit.actor, now=visit.now)
    words = {"connection": connection, "comparisons": [_compared(one, visit) for one in found]}
    return render(request, "books/month_end_balances.html", words)


# Steps


def _connection(tiles: list[Connection], wanted: str) -> Connection | None:
    return next((tile for tile in tiles if tile.pk == wanted), tiles[0] if tiles else None)


def _last_day(word: str, today: dt.date) -> dt.date:
    """The last day of the month asked for; else of the month before, until the tenth, and of this one afterwards."""
    try:
        first = dt.date.fromisoformat(f"{word}-01")
    except ValueError:
        first = (today - dt.timedelta(days=10)).replace(day=1)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _heap(part: Part, visit: Visit) -> dict[str, Any]:
    title, why, empty = WORDS[part.name]
    is_mixed = len({row.side for row in part.sums}) > 1
    rows = [
        {
            "kind": KINDS[row.kind].label if row.kind in KINDS else row.kind.replace("_", " ").capitalize(),
            "called": document_lists.called(row.document),
            "path": _path(visit, row.kind, row.document.pk),
            "company": row.document.company_name,
            "day": (row.document.due_on if part.name == "orders" else None) or row.document.issued_on,
            "amount": row.amount,
            "currency": row.document.currency,
        }
        for row in part.rows
    ]
    return {
        "title": title,
        "why": why,
        "empty": empty,
        "count": part.count,
        "more": part.count - len(rows),
        "sums": [(_SIDES[row.side] if is_mixed else "", row.currency, row.amount) for row in part.sums],
        "rows": rows,
    }


#: whose the sums of a heap are that has both
_SIDES: Final = {month_end.SALES: "clients", month_end.COSTS: "suppliers"}


def _path(visit: Visit, kind: str, document_id: str) -> str:
    try:
        return visit.path(kind, document_id)
    except NoReverseMatch:
        return ""


def _compared(one: Comparison, visit: Visit) -> dict[str, Any]:
    return {
        "title": "Clients owe" if one.side is balances.Side.DEBTORS else "We owe suppliers",
        "sums": one.sums,
        "agrees": one.agrees,
        "only_here": [(row, _ours(row, visit)) for row in one.only_here],
        "only_there": one.only_there,
        "differing": [(ours, theirs, _ours(ours, visit)) for ours, theirs in one.differing],
    }


def _ours(row: Open, visit: Visit) -> str:
    return _path(visit, row.kind, row.document_id)
