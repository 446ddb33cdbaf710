"""Settings, Export: everything of the studio, as one download."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from bluestamp.people import permissions
from bluestamp.people.permissions import Action
from bluestamp.sync import exports
from bluestamp.web.visits import StudioRequest


@require_http_methods(["GET", "POST"])
def index(request: StudioRequest) -> HttpResponseBase:
    """Say what there is, and hand it over."""
    visit = request.visit
    permissions.require(visit.actor, Action.EXPORT)
    if request.method == "GET":
        return _page(request)
    with_files = request.POST.get("with_files") == "yes"
    made = exports.everything(name=visit.studio.name, by=visit.actor, now=visit.now, with_files=with_files)
    name = f"{visit.studio.slug}-{visit.today.isoformat()}.zip"
    return StreamingHttpResponse(
        made,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _page(request: StudioRequest) -> HttpResponse:
    words = {"tables": len(exports.tables()) + 1, "left_out": exports.LEFT_OUT.values()}
    return render(request, "settings/export.html", words)
