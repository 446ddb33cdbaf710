"""Security: one's own second factors, recovery codes, password and sessions. allauth's pages do the acts."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from bluestamp.people import authenticators, holds, two_factor, users
from bluestamp.people.permissions import Action
from bluestamp.people.rows import TwoFactorFor
from bluestamp.web.visits import StudioRequest


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """What guards one's own account, and what this studio demands."""
    visit = request.visit
    kept = [hold for hold in holds.of("studio", str(visit.studio.pk)) if hold.act == "switch_off_two_factor"]
    words = {
        "ways": authenticators.of(visit.user),
        "is_on": two_factor.is_on(visit.user),
        "is_demanded": two_factor.is_demanded(visit.studio.two_factor_for, visit.actor.role),
        "demanded_of": TwoFactorFor(visit.studio.two_factor_for).label,
        "kept_because": [hold.sentence for hold in kept],
        "may_edit_studio": visit.may(Action.EDIT_STUDIO),
    }
    return render(request, "settings/security.html", words)


@require_POST
def sign_out(request: StudioRequest) -> HttpResponse:
    """Sign oneself out on every machine but this one."""
    users.sign_out_everywhere(request.visit.user)
    update_session_auth_hash(request, request.visit.user)
    messages.success(request, "You are signed out everywhere but here.", extra_tags="ok")
    return redirect(request.visit.path("settings_security"))
