"""Home: what is owed, what was invoiced and received, what waits for Xero, and the first steps of a new studio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bluestamp.books import figures
from bluestamp.books.figures import CurrencyFigures, ListFilter, Month
from bluestamp.people import two_factor
from bluestamp.people.permissions import Action
from bluestamp.sync import connections, standing
from bluestamp.sync.copies import Copy
from bluestamp.web import books_page, histories
from bluestamp.web.kinds import KINDS, Kind
from bluestamp.web.listings import Ask
from bluestamp.web.visits import StudioRequest, Visit

LATEST: Final = 8
MOST_TO_LOOK_AT: Final = 3
CHART_HEIGHT: Final = 96
BAR_WIDTH: Final = 26
BAR_STEP: Final = 76


@dataclass(frozen=True)
class Step:
    """One step of the first run."""

    what: str
    why: str
    is_done: bool
    path: str
    act: str


@dataclass(frozen=True)
class Bar:
    """One bar of the small chart, in the chart's own units."""

    x: int
    y: int
    height: int
    name: str
    words: str
    amount: Decimal


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The page."""
    visit = request.visit
    found = figures.home(now=visit.now)
    steps = _first_steps(visit)
    words = {
        "money": [_money(visit, one) for one in (found.main, *found.others) if not one.is_empty],
        "steps": steps if any(not step.is_done for step in steps) else [],
        "done": sum(step.is_done for step in steps),
        "attention": books_page.entries_of(standing.attention(MOST_TO_LOOK_AT), visit),
        "attention_count": standing.attention_count(),
        "waiting": _waiting(visit),
        "acts": histories.lately(visit, most=LATEST),
        "may_see_finances": visit.may(Action.SEE_FINANCES),
    }
    return render(request, "home.html", words)


def _waiting(visit: Visit) -> list[dict[str, Any]]:
    """What is not in Xero yet, by kind; every figure leads to its list."""
    found = []
    for name, kind in KINDS.items():
        if not kind.is_copied:
            continue
        counts = standing.tab_counts(name)
        for tab in ("not_in_xero", "changes_to_send", "on_its_way"):
            if counts[tab]:
                path = f"{visit.path(kind.plural)}?copy={tab}"
                found.append(
                    {"count": counts[tab], "words": f"{_many(kind, counts[tab])} {_WORDS[tab]}", "path": path}
                )
    return found


def _many(kind: Kind, count: int) -> str:
    return kind.noun if count == 1 else kind.nouns


_WORDS: Final = {
    "not_in_xero": "not in Xero",
    "changes_to_send": "with changes to send",
    "on_its_way": "on their way",
}


def _first_steps(visit: Visit) -> list[Step]:
    """The checklist; it goes away once all is done, and is only for those who can do it."""
    if not visit.may(Action.EDIT_CONNECTION):
        return []
    tiles = [tile for tile in connections.all_of_studio() if tile.is_connected]
    first = visit.path("connection", tiles[0].pk) if tiles else visit.path("integrations")
    has_branches = any(connections.branch_ids(tile) for tile in tiles)
    has_codes = any(tile.ledger.revenue_account_code and tile.ledger.expense_account_code for tile in tiles)
    return [
        Step(
            "Switch on two-factor",
            "Xero demands it before it may be connected.",
            two_factor.is_on(visit.user),
            visit.path("settings_security"),
            "Switch on",
        ),
        Step(
            "Connect Xero",
            "An owner does it, in two minutes.",
            bool(tiles),
            visit.path("integrations"),
            "Connect",
        ),
        Step(
            "Say which branches go there",
            "Each branch sends to one organisation.",
            has_branches,
            first,
            "Choose",
        ),
        Step(
            "Set the default codes", "So that no line goes without account and tax.", has_codes, first, "Set"
        ),
        Step(
            "Copy the first document",
            "Open an expense or invoice and press Send to Xero.",
            Copy.objects.exists(),
            visit.path("invoices"),
            "Open invoices",
        ),
    ]


def _money(visit: Visit, one: CurrencyFigures) -> dict[str, Any]:
    """One currency's figures, each with the way to its list and what lessens it, and the bars by month."""
    shown = [
        ("Owed to us", one.owed, False, ""),
        ("Overdue", one.overdue, bool(one.overdue.amount), ""),
        ("Approved, to be paid", one.committed, False, ""),
        ("Ordered, not billed", one.ordered, False, ""),
        ("Invoiced this month", one.invoiced, False, "credit note"),
        ("Received this month", one.received, False, "refund"),
    ]
    return {
        "currency": one.currency,
        "figures": [
            (label, figure, _path(visit, figure.listed), is_late, less)
            for label, figure, is_late, less in shown
        ],
        "ages": [age for age in one.ages if age.amount],
        **_chart(one.months),
    }


def _path(visit: Visit, listed: ListFilter) -> str:
    """The list that a figure was added up from."""
    since, until = (day.isoformat() if day else "" for day in (listed.since, listed.until))
    return visit.path(KINDS[listed.kind].plural) + (
        Ask(tab=listed.tab, since=since, until=until).with_() or ""
    )


def _chart(months: Sequence[Month]) -> dict[str, Any]:
    """The bars of invoiced and received by month, drawn to the largest of them; one below nothing has no height."""
    largest = max((max(month.invoiced, month.received) for month in months), default=Decimal(0))
    groups = []
    for place, month in enumerate(months):
        left = place * BAR_STEP + 8
        bars = [
            _bar(left, month.invoiced, largest, "in", "Invoiced less credited"),
            _bar(left + BAR_WIDTH + 2, month.received, largest, "out", "Received less paid back"),
        ]
        groups.append({"month": month.first_day, "bars": bars, "middle": left + BAR_WIDTH})
    return {
        "groups": groups,
        "width": len(groups) * BAR_STEP,
        "height": CHART_HEIGHT,
        "has_bars": largest > 0,
    }


def _bar(x: int, amount: Decimal, largest: Decimal, name: str, words: str) -> Bar:
    height = round(CHART_HEIGHT * amount / largest) if largest > 0 and amount > 0 else 0
    return Bar(x=x, y=CHART_HEIGHT - height, height=height, name=name, words=words, amount=amount)
