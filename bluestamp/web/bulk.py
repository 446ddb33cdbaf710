"""Copying many documents at once: what would happen, then the wish, then real results as they come."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from bluestamp.books import documents
from bluestamp.sync import push, standing
from bluestamp.web import document_lists
from bluestamp.web.kinds import KINDS
from bluestamp.web.visits import StudioRequest


@require_POST
def preview(request: StudioRequest, kind: str) -> HttpResponse:
    """What pressing Copy would create or change in Xero, in Xero's words, and what would be refused and why."""
    ids = request.POST.getlist("id")[: document_lists.MOST_SELECTED]
    rows = push.preview(kind, ids, by=request.visit.actor)
    ready = [row for row in rows if row.refusal is None]
    groups = [
        (label, [row for row in ready if row.act == act])
        for act, label in (
            ("create", "Will be created"),
            ("change", "Will be changed"),
            ("remove", "Will be removed"),
        )
    ]
    asking = [row for row in rows if row.refusal is not None and row.contact == "create"]
    words = {
        "kind": KINDS[kind],
        "groups": [(label, found) for label, found in groups if found],
        "asking": asking,
        "refused": [row for row in rows if row.refusal is not None and row not in asking],
        "ready": len(ready),
        "count": len(ready) + len(asking),
        **document_lists.paths(request.visit, KINDS[kind]),
    }
    return render(request, "documents/preview.html", words)


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
