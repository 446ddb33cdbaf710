"""Calls to Xero, word by word: what was sent, what came back, for those who may see it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bluestamp.errors import NotFound
from bluestamp.people import permissions
from bluestamp.people.permissions import Action
from bluestamp.sync import exchanges
from bluestamp.sync.exchanges import Exchange
from bluestamp.web.visits import StudioRequest


@require_GET
def of_batch(request: StudioRequest, batch_id: str) -> HttpResponse:
    """Every call that was made for one batch of documents: the first try, its repetitions, what was looked up."""
    return _page(request, exchanges.of_batch(batch_id))


@require_GET
def one(request: StudioRequest, exchange_id: str) -> HttpResponse:
    """One call."""
    return _page(request, list(Exchange.objects.filter(id=exchange_id).select_related("connection")))


def _page(request: StudioRequest, found: list[Exchange]) -> HttpResponse:
    permissions.require(request.visit.actor, Action.SEE_EXCHANGES)
    if not found:
        raise NotFound("There is no such call. Calls are kept for three months.")
    return render(request, "books/calls.html", {"exchanges": found})
