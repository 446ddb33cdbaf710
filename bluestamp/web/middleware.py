"""From an address to a visit: who asks, in which studio, and every "no" turned into a page.

Addresses of a studio are those with `<slug:studio>`. A stranger and an address that does not exist get the same
answer, so that nobody learns which studios there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from bluestamp.engine import tenancy
from bluestamp.errors import Refusal
from bluestamp.people import memberships, studios, two_factor
from bluestamp.people.studios import Studio
from bluestamp.people.users import User
from bluestamp.web import refusals
from bluestamp.web.visits import Visit

View = Callable[..., HttpResponseBase]


class StudioMiddleware:
    """Opens the studio named in the address for one view. The last middleware: it calls the view itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; everything happens once the address is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: View, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Answer for a studio's view; leave every other address alone."""
        if "studio" not in kwargs or getattr(view, "answers_without_studio", False):
            return None
        if not isinstance(request.user, User):
            return to_sign_in(request)
        slug = kwargs.pop("studio")
        try:
            visit = _visit(request.user, slug)
        except Refusal as refusal:
            return refusals.answer(request, refusal)
        if two_factor.is_demanded(visit.studio.two_factor_for, visit.actor.role) and not two_factor.is_on(
            visit.user
        ):
            return redirect("mfa_activate_totp")
        return _answer(request, visit, view, kwargs)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send somebody who is not signed in to do so; a fragment makes the whole page go there."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path())


def _visit(user: User, slug: str) -> Visit:
    studio: Studio = studios.of_slug(slug)
    actor = memberships.actor(user, studio)
    return Visit(studio=studio, actor=actor, user=user, now=timezone.now())


def _answer(request: HttpRequest, visit: Visit, view: View, kwargs: dict[str, Any]) -> HttpResponseBase:
    request.visit = visit  # type: ignore[attr-defined]
    with tenancy.acting_in(visit.studio.pk):
        try:
            return view(request, **kwargs)
        except Refusal as refusal:
            return refusals.answer(request, refusal)
