"""The page behind the link of an invitation: somebody new chooses a password, others join as who they are."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bluestamp.errors import Invalid, Refusal
from bluestamp.people import invitations, two_factor
from bluestamp.people.invitations import Invitation
from bluestamp.people.memberships import Membership
from bluestamp.people.users import User
from bluestamp.web import refusals
from bluestamp.web.sign_in import BACKEND


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Ask, and join. Opening the link uses nothing up: only the press does."""
    try:
        asked = invitations.of_secret(secret, now=timezone.now())
        if request.method == "GET":
            return _page(request, asked, {"name": asked.name})
        if isinstance(request.user, User):
            return _joined(request, invitations.accept(secret, user=request.user, now=timezone.now()))
        return _joined_as_new(request, asked, secret)
    except Refusal as refusal:
        return refusals.answer(request, refusal)


def _joined_as_new(request: HttpRequest, asked: Invitation, secret: str) -> HttpResponse:
    typed = {"name": request.POST.get("name", "")}
    try:
        joined = invitations.accept_as_new(
            secret, name=typed["name"], password=request.POST.get("password", ""), now=timezone.now()
        )
    except Invalid as refusal:
        return _page(request, asked, typed, faults=refusals.by_field(refusal), status=422)
    if two_factor.is_on(joined.user):
        return redirect("account_login")
    login(request, joined.user, backend=BACKEND)
    record_authentication(request, joined.user, "password")
    return _joined(request, joined)


def _joined(request: HttpRequest, joined: Membership) -> HttpResponse:
    messages.success(request, f"Welcome to {joined.studio.name}.", extra_tags="ok")
    return redirect("home", joined.studio.slug)


def _page(
    request: HttpRequest, asked: Invitation, typed: dict[str, Any], *, status: int = 200, **words: Any
) -> HttpResponse:
    """What stands there depends on who looks: the one who is meant, somebody else, or nobody who is signed in."""
    person = request.user if isinstance(request.user, User) else None
    words |= {
        "asked": asked,
        "typed": typed,
        "is_signed_in": person is not None,
        "is_meant": person is not None and person.email == asked.email,
        "has_account": invitations.person_of(asked) is not None,
    }
    return render(request, "invitation.html", words, status=status)
