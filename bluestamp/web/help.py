"""Help: what a refused copy means and how to ask for help with it, printed from the code's own table."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bluestamp.sync.decisions import PARKED
from bluestamp.web.visits import StudioRequest


@require_GET
def refusals(request: StudioRequest) -> HttpResponse:
    """Every code that a document can wait under; each can be linked to by its name."""
    words = {"remedies": list(PARKED.values()), "support": settings.BLUESTAMP_SUPPORT}
    return render(request, "help/refusals.html", words)
