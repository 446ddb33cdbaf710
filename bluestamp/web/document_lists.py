"""Lists of documents, alike for every kind: the page, the CSV, what is selected, and the marks of those on their way."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render

from bluestamp.books import companies, costs, documents, figures, jobs
from bluestamp.books.documents import Document, Rows
from bluestamp.engine import spreadsheets
from bluestamp.money import amounts
from bluestamp.people import permissions
from bluestamp.people.permissions import Action
from bluestamp.sync import copies, standing
from bluestamp.sync.standing import Shown
from bluestamp.web import kinds, listings
from bluestamp.web.kinds import Kind
from bluestamp.web.listings import Ask
from bluestamp.web.visits import StudioRequest, Visit

EDITS: Final = {
    "expense": Action.EDIT_EXPENSES,
    "invoice": Action.EDIT_INVOICES,
    "credit_note": Action.EDIT_INVOICES,
    "purchase_order": Action.EDIT_EXPENSES,
    "supplier_credit": Action.EDIT_EXPENSES,
}
MOST_SELECTED: Final = 200


@dataclass(frozen=True)
class Tab:
    """One tab with its count."""

    label: str
    count: int
    query: str
    is_here: bool
    shouts: bool = False


@dataclass(frozen=True)
class Column:
    """One column's head; without a query it does not sort."""

    label: str
    query: str = ""
    sorted: str = ""
    is_figure: bool = False


@dataclass(frozen=True)
class Row:
    """A document as one row shows it."""

    pk: str
    called: str
    path: str
    company_name: str
    job_name: str
    issued_on: dt.date
    due_on: dt.date | None
    is_late: bool
    is_past: bool
    status_label: str
    status_tone: str
    status_title: str
    total: Decimal
    amount_due: Decimal
    currency: str
    locale: str
    shown: Shown | None


def page(
    request: StudioRequest,
    kind: Kind,
    *,
    modal: str = "",
    status: int = 200,
    words: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show the list, with a document's dialog over it when `modal` names its template."""
    visit = request.visit
    ask = listings.read(request.GET) if not modal else Ask()
    found = listings.page_of(_asked_for(kind, ask, visit), ask)
    rows = rows_of(kind, found.rows, visit)
    counts = figures.tab_counts(kind.name, today=visit.today)
    return render(
        request,
        "documents/list.html",
        {
            "kind": kind,
            "ask": ask,
            "ask_query": ask.with_(page=ask.page),
            "clear_query": Ask(tab=ask.tab, copy=ask.copy, sort=ask.sort).with_(),
            "previous_query": ask.with_(page=str(ask.number - 1)),
            "next_query": ask.with_(page=str(ask.number + 1)),
            "page_size": listings.PAGE_SIZE,
            "page": listings.Page(rows=rows, number=found.number, has_more=found.has_more),
            "on_their_way": [row.pk for row in rows if row.shown and row.shown.is_on_its_way],
            "columns": _columns(kind, ask),
            "status_tabs": _status_tabs(kind, ask, counts),
            "copy_tabs": _copy_tabs(kind, ask, of_all=counts["all"]),
            "is_first": not counts.get("all", 0),
            "company_shown": companies.name_of(ask.company) if ask.company else "",
            "job_shown": jobs.name_of(ask.job) if ask.job else "",
            "organisations": visit.organisations,
            "may_edit": visit.may(EDITS[kind.name]),
            "may_export": visit.may(Action.EXPORT),
            "modal": modal,
            **paths(visit, kind),
            **(words or {}),
        },
        status=status,
    )


def paths(visit: Visit, kind: Kind) -> dict[str, str]:
    """The addresses of a kind's lists, for their templates."""
    copied = ("selection", "cells", "csv", "preview", "copies") if kind.is_copied else ()
    names = (*copied, "totals", "defaults", "redraw")
    return {
        "list_path": visit.path(kind.plural),
        "new_path": visit.path(f"{kind.name}_new"),
        "company_source": visit.path("company_choices"),
        "job_source": visit.path("job_choices"),
        **{f"{name}_path": visit.path(f"{kind.plural}_{name}") for name in names},
    }


def _asked_for(kind: Kind, ask: Ask, visit: Visit) -> Rows:
    rows: Any = documents.KINDS[kind.name].objects.select_related("job")
    if ask.tab in kind.statuses:
        rows = rows.filter(status=ask.tab)
    elif ask.tab == "overdue":
        rows = rows.filter(status__in=kind.open_statuses, due_on__lt=visit.today)
    if ask.copy in standing.TABS:
        rows = standing.under_tab(kind.name, ask.copy, rows)
    if kind is kinds.PURCHASE_ORDER:
        rows = costs.not_billed(rows)
    return listings.narrow(rows, ask)


def rows_of(kind: Kind, found: Iterable[Document], visit: Visit) -> list[Row]:
    """Make rows of documents, with their copy standings, in two more queries."""
    listed = list(found)
    shown = standing.of(kind=kind.name, rows=listed)
    return [_row(kind, document, shown.get(document.pk), visit) for document in listed]


def _row(kind: Kind, document: Any, shown: Shown | None, visit: Visit) -> Row:
    label, tone, title = kinds.status_of_document(kind, document)
    is_open = document.status in kind.open_statuses
    return Row(
        pk=document.pk,
        called=called(document),
        path=visit.path(kind.name, document.pk),
        company_name=document.company_name,
        job_name=document.job.name if document.job else "",
        issued_on=document.issued_on,
        due_on=document.due_on,
        is_late=bool(is_open and document.due_on and document.due_on < visit.today),
        is_past=document.status in kinds.PAST,
        status_label=label,
        status_tone=tone,
        status_title=title,
        total=kind.shown(document.total),
        amount_due=kind.shown(_open_amount(document)),
        currency=document.currency,
        locale=visit.branch_by_id[document.branch_id].locale,
        shown=shown,
    )


def _open_amount(document: Any) -> Decimal:
    """What is due on it; on an order that was read with it, what is yet to be billed."""
    if not hasattr(document, "left"):
        return Decimal(document.amount_due)
    return Decimal(document.left) if document.status == "approved" else Decimal(0)


def called(document: Any) -> str:
    """What a document is called where space is short: its number, else the supplier's, else that it is a draft."""
    theirs = (getattr(document, name, "") for name in ("supplier_invoice_number", "supplier_credit_number"))
    return document.number or next(filter(None, theirs), "Draft")


def _status_tabs(kind: Kind, ask: Ask, counts: dict[str, int]) -> list[Tab]:
    labels = {"": "All"}
    for status, words in kind.statuses.items():
        labels[status] = words[0]
        if status in kind.open_statuses and kind.has_due_day:
            labels["overdue"] = kind.late_label
    return [
        Tab(
            label=label,
            count=counts.get(name or "all", 0),
            query=Ask(tab=name).with_(),
            is_here=not ask.copy and ask.tab == name,
        )
        for name, label in labels.items()
    ]


def _copy_tabs(kind: Kind, ask: Ask, *, of_all: int) -> list[Tab]:
    counts = standing.tab_counts(kind.name, of_all=of_all)
    return [
        Tab(
            label=label,
            count=counts[name],
            query=Ask(copy=name).with_(),
            is_here=ask.copy == name,
            shouts=name == "needs_attention" and counts[name] > 0,
        )
        for name, label in standing.TABS.items()
    ]


def _columns(kind: Kind, ask: Ask) -> list[Column]:
    def sorting(label: str, column: str, *, is_figure: bool = False) -> Column:
        way = {column: "ascending", f"-{column}": "descending"}.get(ask.sort, "")
        return Column(label=label, query=ask.sorted_by(column), sorted=way, is_figure=is_figure)

    return [
        sorting("Number", "number"),
        sorting(kind.party, "company_name"),
        Column("Job"),
        sorting("Date", "issued_on"),
        sorting(kind.due_label, "due_on"),
        Column("Status"),
        sorting("Total", "total", is_figure=True),
        Column(kind.open_label, is_figure=True),
        Column("Xero"),
    ]


def export(request: StudioRequest, kind: Kind) -> HttpResponse:
    """Everything that the list shows, all its pages, as CSV with plain figures and ISO days."""
    visit = request.visit
    permissions.require(visit.actor, Action.EXPORT)
    found = _asked_for(kind, listings.read(request.GET), visit)[: listings.EXPORT_LIMIT]
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind.plural}-{visit.today}.csv"'
    writer = csv.writer(response)
    writer.writerow(
        [
            "Number",
            kind.party,
            "Job",
            "Date",
            "Due",
            "Status",
            "Currency",
            "Subtotal",
            "Tax",
            "Total",
            "Open",
            "Xero",
        ]
    )
    listed = list(found)
    shown = standing.of(kind=kind.name, rows=listed)
    writer.writerows(_export_row(kind, document, shown[document.pk]) for document in listed)
    return response


def _export_row(kind: Kind, document: Any, shown: Shown) -> list[str]:
    figures_of = (document.sub_total, document.total_tax, document.total, document.amount_due)
    words = [
        document.number,
        document.company_name,
        document.job.name if document.job else "",
        document.issued_on.isoformat(),
        document.due_on.isoformat() if document.due_on else "",
        kind.statuses[document.status][0],
        document.currency,
        *(amounts.format_plain(kind.shown(figure)) for figure in figures_of),
        shown.label,
    ]
    return [spreadsheets.harmless(word) for word in words]


def selection(request: StudioRequest, kind: Kind) -> HttpResponse:
    """The bar above a list: how many are selected, what they sum to, and which organisation each branch goes to."""
    visit = request.visit
    ids = request.GET.getlist("id")[:MOST_SELECTED]
    found = list(
        documents.KINDS[kind.name].objects.filter(pk__in=ids).only("pk", "total", "currency", "branch_id")
    )
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for document in found:
        sums[document.currency] += kind.shown(document.total)
    homes = copies.homes_of(found)
    going = Counter(
        (visit.branch_by_id[document.branch_id].name, home.name)
        for document in found
        if (home := homes[document.pk])
    )
    return render(
        request,
        "documents/selection.html",
        {
            "kind": kind,
            "ids": [document.pk for document in found],
            "count": len(found),
            "sums": [
                amounts.format_amount(total, currency=code, locale=visit.locale)
                for code, total in sums.items()
            ],
            "ways": [
                (branch, organisation, many if len(going) > 1 else 0)
                for (branch, organisation), many in sorted(going.items())
            ],
            "may_copy": visit.may(Action.COPY_TO_XERO),
            **paths(visit, kind),
        },
    )


def cells(request: StudioRequest, kind: Kind) -> HttpResponse:
    """The marks of those that were on their way: those that arrived, and when to ask again for the rest."""
    ids = [word for word in request.GET.get("ids", "").split(",") if word][:MOST_SELECTED]
    shown = standing.of(kind=kind.name, rows=documents.KINDS[kind.name].objects.filter(pk__in=ids))
    arrived = [(pk, one) for pk, one in shown.items() if not one.is_on_its_way]
    if not arrived:
        return HttpResponse(status=204)
    waiting = [pk for pk, one in shown.items() if one.is_on_its_way]
    words = {"changed": arrived, "on_their_way": waiting, **paths(request.visit, kind)}
    return render(request, "documents/cells.html", words)
