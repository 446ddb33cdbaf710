"""Books: everything between the studio and its ledgers. What needs a person first, then what waits, then what was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from bluestamp.books import documents
from bluestamp.books.ledgers import BranchLedger
from bluestamp.people import permissions
from bluestamp.people.permissions import Action
from bluestamp.sync import connections, health, mapping, matches, standing
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.decisions import PARKED, Button, Remedy
from bluestamp.sync.exchanges import Exchange
from bluestamp.sync.health import Health
from bluestamp.sync.plan import CopyState
from bluestamp.sync.standing import Shown, Standing
from bluestamp.web import bulk, copy_panels, histories
from bluestamp.web.kinds import KINDS
from bluestamp.web.visits import StudioRequest, Visit

TABS: Final = {
    "attention": "Needs attention",
    "waiting": "Waiting",
    "activity": "Activity",
    "differences": "Differences",
    "exchanges": "Calls to Xero",
}
MOST: Final = 100
DIFFERING: Final = (
    CopyState.CHANGED_IN_XERO,
    CopyState.LOCKED_IN_XERO,
    CopyState.OFF_BY_CENTS,
    CopyState.GONE,
)


@dataclass(frozen=True)
class Tile:
    """One organisation."""

    connection: Connection
    health: Health
    branches: str
    documents: int
    calls_used: int | None
    path: str


@dataclass(frozen=True)
class Entry:
    """One document with what is to be said about it."""

    document: Any
    path: str
    kind: str
    shown: Shown
    remedy: Remedy | None
    what_to_do: str
    messages: list[str]
    button: str
    leads_to: str


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The page, under one of its tabs."""
    visit = request.visit
    tab = request.GET.get("tab", "attention")
    tab = tab if tab in TABS else "attention"
    tiles = tiles_of(visit)
    words = {
        "tiles": tiles,
        "tabs": _tabs(visit, tab),
        "tab": tab,
        "may_close_months": visit.may(Action.SEE_FINANCES),
        "agreement": _agreement(tiles),
        "ready": bulk.count_ready() if _may_send(visit, tiles) else 0,
        **_READ[tab](visit),
    }
    return render(request, "books/index.html", words)


def _may_send(visit: Visit, tiles: list[Tile]) -> bool:
    return visit.may(Action.COPY_TO_XERO) and any(tile.connection.is_connected for tile in tiles)


def tiles_of(visit: Visit) -> list[Tile]:
    """Every organisation of the studio, with how it is."""
    names: dict[str, list[str]] = {}
    rows = BranchLedger.objects.select_related("branch").order_by("branch__name")
    for row in rows:
        names.setdefault(row.ledger_id, []).append(row.branch.name)
    return [_tile(connection, names, visit) for connection in connections.all_of_studio()]


def _tile(connection: Connection, names: dict[str, list[str]], visit: Visit) -> Tile:
    state = health.of(connection, now=visit.now)
    used = None if state.calls_left is None else state.calls_limit - state.calls_left
    return Tile(
        connection=connection,
        health=state,
        branches=", ".join(names.get(connection.ledger_id, [])) or "no branch",
        documents=Copy.objects.filter(connection=connection, is_gone=False).count(),
        calls_used=used,
        path=visit.path("connection", connection.pk),
    )


def _tabs(visit: Visit, here: str) -> list[dict[str, Any]]:
    counts = {
        "attention": standing.attention_count(),
        "waiting": Standing.objects.filter(state__in=(CopyState.WAITING, CopyState.SENDING)).count(),
        "differences": Standing.objects.filter(state__in=DIFFERING).count(),
    }
    offered = [name for name in TABS if name != "exchanges" or visit.may(Action.SEE_EXCHANGES)]
    return [
        {
            "label": TABS[name],
            "count": counts.get(name),
            "query": f"?tab={name}",
            "is_here": name == here,
            "shouts": name == "attention" and counts["attention"] > 0,
        }
        for name in offered
    ]


def _agreement(tiles: list[Tile]) -> dict[str, Any] | None:
    """How many documents say the same here and in Xero."""
    living = Copy.objects.filter(is_gone=False)
    total = living.count()
    if not total:
        return None
    differing = Standing.objects.filter(state__in=DIFFERING).count()
    checked = [tile.connection.swept_at for tile in tiles if tile.connection.swept_at]
    return {
        "same": max(total - differing, 0),
        "total": total,
        "differing": differing,
        "at": min(checked, default=None),
    }


def _attention(visit: Visit) -> dict[str, Any]:
    may_link = visit.may(Action.SETTLE_DIFFERENCES)
    return {
        "entries": entries_of(standing.attention(MOST), visit),
        "agreeing": matches.agreeing_count() if may_link else 0,
    }


@require_POST
def found_links(request: StudioRequest) -> HttpResponse:
    """Link every document that was found in Xero and agrees there in number, total and currency."""
    visit = request.visit
    matches.link_agreeing(by=visit.actor, now=visit.now)
    return redirect(visit.path("books"))


def _waiting(visit: Visit) -> dict[str, Any]:
    return {"entries": entries_of(standing.on_their_way(MOST), visit)}


def _differences(visit: Visit) -> dict[str, Any]:
    rows = Standing.objects.filter(state__in=DIFFERING).select_related("connection", "delivery")
    return {"entries": entries_of(list(rows.order_by("-changed_at")[:MOST]), visit)}


def _activity(visit: Visit) -> dict[str, Any]:
    return {"acts": histories.lately(visit, most=MOST)}


def _exchanges(visit: Visit) -> dict[str, Any]:
    permissions.require(visit.actor, Action.SEE_EXCHANGES)
    rows = Exchange.objects.select_related("connection").order_by("-at")[:MOST]
    return {"exchanges": list(rows)}


_READ: Final = {
    "attention": _attention,
    "waiting": _waiting,
    "activity": _activity,
    "differences": _differences,
    "exchanges": _exchanges,
}


def entries_of(rows: list[Standing], visit: Visit) -> list[Entry]:
    """Rows with their documents: two queries a kind, however many."""
    found: dict[tuple[str, str], Any] = {}
    shown: dict[tuple[str, str], Shown] = {}
    for kind in KINDS:
        ids = [row.document_id for row in rows if row.kind == kind]
        listed = list(documents.KINDS[kind].objects.filter(pk__in=ids)) if ids else []
        found |= {(kind, document.pk): document for document in listed}
        shown |= {(kind, pk): one for pk, one in standing.of(kind=kind, rows=listed).items()}
    known = [row for row in rows if (row.kind, row.document_id) in found]
    return [
        _entry(row, found[row.kind, row.document_id], shown[row.kind, row.document_id], visit)
        for row in known
    ]


def _entry(row: Standing, document: Any, shown: Shown, visit: Visit) -> Entry:
    remedy = PARKED.get(row.code)
    path = visit.path(row.kind, document.pk)
    label, leads_to = _button(row, remedy, shown, path, visit)
    messages = list(row.delivery.messages) if row.delivery else []
    return Entry(
        document=document,
        path=path,
        kind=KINDS[row.kind].label,
        shown=shown,
        remedy=remedy,
        what_to_do=_what_to_do(row, remedy),
        messages=messages,
        button=label,
        leads_to=leads_to,
    )


def _what_to_do(row: Standing, remedy: Remedy | None) -> str:
    is_here_too = (
        row.code == "DUPLICATE_SUSPECTED" and row.delivery and row.delivery.question.get("document_id")
    )
    if is_here_too:
        return copy_panels.ENTERED_TWICE
    return remedy.what_to_do if remedy else "Nothing: it goes by itself."


def _button(row: Standing, remedy: Remedy | None, shown: Shown, path: str, visit: Visit) -> tuple[str, str]:
    if remedy is None:
        return "Open", path
    if remedy.button is Button.RECONNECT:
        return remedy.button_label, visit.path("connection", row.connection_id)
    if remedy.button is Button.OPEN_IN_XERO and shown.stamp_url:
        return remedy.button_label, shown.stamp_url
    return remedy.button_label, path


@require_GET
def statuses(request: StudioRequest) -> HttpResponse:
    """Help: how statuses here and in Xero correspond, printed from the code's own tables."""
    return render(
        request,
        "books/statuses.html",
        {"tables": [_status_table(kind) for kind in mapping.SENT if kind in KINDS]},
    )


def _status_table(kind: str) -> dict[str, Any]:
    words = KINDS[kind].statuses
    sent = [(words[row.ours][0], _xero_words(kind, row.theirs), row.note) for row in mapping.SENT[kind]]
    met = [
        (words[row.ours][0], _xero_words(kind, row.theirs), row.seen, _EDITS[row.edit])
        for row in mapping.MET[kind]
    ]
    return {"title": KINDS[kind].title, "noun": mapping.XERO_NOUNS[kind], "sent": sent, "met": met}


def _xero_words(kind: str, status: mapping.XeroStatus | None) -> str:
    return "—" if status is None else mapping.xero_label(kind, status)


_EDITS: Final = {
    mapping.Edit.EVERYTHING: "everything",
    mapping.Edit.CODES_AND_DATES: "due date, reference, account, tracking",
    mapping.Edit.ONCE_APPROVED: "everything, once it is approved again",
    mapping.Edit.NOTHING: "nothing",
}
