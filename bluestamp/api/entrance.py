"""The one way in: a bearer token, which names a person and the one studio that it opens.

The token is read, the studio of the address compared with the token's, and the studio opened for the length of the
request. No cookie and no session is looked at. Another studio is answered as one that does not exist.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone

from bluestamp.api import problems
from bluestamp.api.callers import Caller
from bluestamp.engine import tenancy
from bluestamp.errors import NotFound, Refusal
from bluestamp.people import permissions, studios, tokens
from bluestamp.people.permissions import Action
from bluestamp.people.tokens import TokenRefused

View = Callable[..., HttpResponse]
SCHEME: Final = "bearer"


def let_in(view: View) -> View:
    """Answer a view's requests for callers of the studio only; everything refused is a problem."""

    @functools.wraps(view)
    def answer(request: HttpRequest, slug: str, **named: Any) -> HttpResponse:
        try:
            caller = _caller(request, slug, now=timezone.now())
        except Refusal as refusal:
            return problems.of_refusal(refusal)
        request.caller = caller  # type: ignore[attr-defined]
        with tenancy.acting_in(caller.studio.pk):
            response = view(request, **named)
        if isinstance(response, HttpResponseNotAllowed):
            response = problems.not_allowed(response["Allow"])
        response["Cache-Control"] = "no-store"
        return response

    return answer


def _caller(request: HttpRequest, slug: str, *, now: dt.datetime) -> Caller:
    """Refuses TokenRefused (401), and NotFound for every studio but the token's own, whether it exists or not."""
    actor = tokens.actor(_token(request), now)
    studio = studios.of_slug(slug)
    if studio.pk != actor.studio_id:
        raise NotFound("There is no such studio.")
    permissions.require(actor, Action.SEE_DOCUMENTS)
    return Caller(actor=actor, studio=studio, now=now)


def _token(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not token.strip():
        raise TokenRefused("Send a token: “Authorization: Bearer bst_…”.")
    return token.strip()
