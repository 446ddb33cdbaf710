"""Copying many documents at once: what would happen, then the wish, then real results as they come."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import documents
from bluestamp.sync import push, standing
from bluestamp.sync.push import PreviewRow
from bluestamp.web import document_lists
from bluestamp.web.kinds import KINDS
from bluestamp.web.visits import StudioRequest


@require_POST
def preview(request: StudioRequest, kind: str) -> HttpResponse:
    """What pressing Copy would create or change in Xero, in Xero's words, and what would be refused and why."""
    ids = request.POST.getlist("id")[: document_lists.MOST_SELECTED]
    rows = push.preview(kind, ids, by=request.visit.actor)
    words = _sorted_out(rows) | {"kind": KINDS[kind], **document_lists.paths(request.visit, KINDS[kind])}
    return render(request, "documents/preview.html", words)


def _sorted_out(rows: list[PreviewRow]) -> dict[str, Any]:
    """What goes, by what it does in Xero; what asks for a contact first; and what will not go."""
    sendable = [row for row in rows if row.refusal is None]
    going = [row for row in sendable if row.contact != "create"]
    groups = [(label, [row for row in going if row.act == act]) for act, label in _ACTS]
    return {
        "groups": [(label, found) for label, found in groups if found],
        "asking": [row for row in sendable if row.contact == "create"],
        "refused": [row for row in rows if row.refusal is not None],
        "count": len(sendable),
    }


_ACTS: Final = (("create", "Will be created"), ("change", "Will be changed"), ("remove", "Will be removed"))


@require_POST
def copies(request: StudioRequest, kind: str) -> HttpResponse:
    """Ask for all of them, and show how they fare."""
    visit = request.visit
    ids = request.POST.getlist("id")[: document_lists.MOST_SELECTED]
    allow = request.POST.get("create_contact") == "yes"
    asked = push.request_many(kind, ids, by=visit.actor, now=visit.now, allow_create_contact=allow)
    left_out = dict(asked.skipped)
    going = [id_ for id_ in ids if id_ not in left_out]
    by_id = {row.pk: row for row in documents.KINDS[kind].objects.filter(pk__in=left_out)}
    skipped = [(by_id[id_], refusal) for id_, refusal in asked.skipped if id_ in by_id]
    response = _progress(request, kind, going, skipped=skipped)
    response["HX-Trigger"] = "documents-changed, close-dialog"
    return response


READY: Final = {
    "expense": ("approved", "paid"),
    "invoice": ("sent", "paid"),
    "credit_note": ("issued", "used"),
    "purchase_order": ("approved",),
    "supplier_credit": ("approved", "used"),
}
"""What is done here and belongs in Xero; drafts go only when somebody chooses them."""


def ready(kind: str) -> QuerySet[Any]:
    """The documents that are done here and are not in Xero, or not as they are here."""
    rows = documents.KINDS[kind].objects.filter(status__in=READY[kind])
    return standing.under_tab(kind, "not_in_xero", rows) | standing.under_tab(kind, "changes_to_send", rows)


def count_ready() -> int:
    """How many documents of all kinds are ready."""
    return sum(ready(kind).count() for kind in READY)


@require_http_methods(["GET", "POST"])
def everything_ready(request: StudioRequest) -> HttpResponse:
    """Show what is ready, of every kind, and send it."""
    visit = request.visit
    if request.method == "GET":
        ids = {
            kind: list(ready(kind).values_list("pk", flat=True)[: document_lists.MOST_SELECTED])
            for kind in READY
        }
        rows = [row for kind in READY for row in push.preview(kind, ids[kind], by=visit.actor)]
        return render(request, "books/ready.html", _sorted_out(rows))
    allow = request.POST.get("create_contact") == "yes"
    for kind in READY:
        chosen = request.POST.getlist(kind)[: document_lists.MOST_SELECTED]
        push.request_many(kind, chosen, by=visit.actor, now=visit.now, allow_create_contact=allow)
    return HttpResponse(status=204, headers={"HX-Redirect": f"{visit.path('books')}?tab=waiting"})


@require_GET
def progress(request: StudioRequest, kind: str) -> HttpResponse:
    """How the documents of one press fare: counts of real results."""
    ids = [word for word in request.GET.get("ids", "").split(",") if word][: document_lists.MOST_SELECTED]
    return _progress(request, kind, ids)


def _progress(request: StudioRequest, kind: str, ids: list[str], **words: Any) -> HttpResponse:
    shown = standing.of(kind=kind, rows=documents.KINDS[kind].objects.filter(pk__in=ids))
    waiting = sum(1 for one in shown.values() if one.is_on_its_way)
    refused = sum(1 for one in shown.values() if one.remedy is not None)
    words |= {
        "kind": KINDS[kind],
        "ids": ",".join(shown),
        "total": len(shown),
        "done": len(shown) - waiting,
        "copied": len(shown) - waiting - refused,
        "refused": refused,
        "is_over": not waiting,
        "progress_path": request.visit.path(f"{KINDS[kind].plural}_progress"),
        "attention_path": f"{request.visit.path(KINDS[kind].plural)}?copy=needs_attention",
    }
    response = render(request, "documents/progress.html", words)
    if not waiting:
        response["HX-Trigger"] = "documents-changed"
    return response
