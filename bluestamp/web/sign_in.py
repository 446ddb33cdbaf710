"""The entrance: where one lands after signing in, and the link that the command line makes."""

from __future__ import annotations

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from bluestamp.errors import Refusal
from bluestamp.people import memberships, sign_in_links
from bluestamp.people.users import User
from bluestamp.web import refusals

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@never_cache
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask for one press (a browser that only looks ahead must not use the link up), then sign in."""
    if request.method == "GET":
        return render(request, "sign_in_link.html")
    try:
        user = sign_in_links.redeem(secret, request.META.get("REMOTE_ADDR", ""), timezone.now())
    except Refusal as refusal:
        return refusals.answer(request, refusal)
    login(request, user, backend=BACKEND)
    record_authentication(request, user, "link")
    return redirect("entrance")


@require_GET
def entrance(request: HttpRequest) -> HttpResponse:
    """The bare address: to the only studio, or to the choice of several."""
    if not isinstance(request.user, User):
        return redirect("account_login")
    mine = memberships.of(request.user)
    if len(mine) == 1:
        return redirect("home", mine[0].studio.slug)
    return redirect("studios")


@login_required
@require_GET
def studios(request: HttpRequest) -> HttpResponse:
    """Choose a studio."""
    assert isinstance(request.user, User)
    return render(request, "studios.html", {"memberships": memberships.of(request.user)})
