"""Team and roles: who works here and as what, who is invited, and whose second factor is on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from bluestamp.errors import Conflict, Invalid
from bluestamp.people import invitations, memberships, permissions, two_factor
from bluestamp.people.invitations import Invitation
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import PEOPLE, WORDS, Action, Role
from bluestamp.web import refusals
from bluestamp.web.visits import StudioRequest, Visit

ROLES: Final = [(str(role), str(role).capitalize()) for role in PEOPLE]


@dataclass(frozen=True)
class Row:
    """One person of the studio; `second_factor` is "on", "off", or "missing" where the studio demands it."""

    membership: Membership
    second_factor: str
    is_oneself: bool


@dataclass(frozen=True)
class Asked:
    """One invitation that nobody has answered."""

    invitation: Invitation
    has_run_out: bool


@require_http_methods(["GET", "POST"])
def index(request: StudioRequest) -> HttpResponse:
    """Who works here; an owner invites people."""
    visit = request.visit
    if request.method == "GET":
        return _page(request, {"role": str(Role.PRODUCER)})
    try:
        made = invitations.invite(
            email=request.POST.get("email", ""),
            name=request.POST.get("name", ""),
            role=_role(request.POST.get("role", "")),
            by=visit.actor,
            now=visit.now,
        )
    except (Invalid, Conflict) as refusal:
        return _page(request, request.POST, faults=refusals.by_field(refusal), status=refusal.http_status)
    return _done(request, f"A letter with a link is on its way to {made.email}.")


@require_POST
def role(request: StudioRequest, membership_id: str) -> HttpResponse:
    """Give a person another role."""
    visit = request.visit
    wanted = _role(request.POST.get("role", ""))
    changed = memberships.change_role(membership_id, wanted, by=visit.actor, now=visit.now)
    return _done(request, f"{changed.user.name} is {wanted} now.")


@require_POST
def departure(request: StudioRequest, membership_id: str) -> HttpResponse:
    """Let a person in no longer."""
    gone = memberships.deactivate(membership_id, by=request.visit.actor, now=request.visit.now)
    return _done(request, f"{gone.user.name} can't enter any more. What they did stays.")


@require_POST
def comeback(request: StudioRequest, membership_id: str) -> HttpResponse:
    """Let a person in again."""
    back = memberships.bring_back(membership_id, by=request.visit.actor, now=request.visit.now)
    return _done(request, f"{back.user.name} may enter again.")


@require_POST
def second_factor_reset(request: StudioRequest, membership_id: str) -> HttpResponse:
    """Forget the authenticators of somebody who lost theirs."""
    reset = two_factor.reset(membership_id, by=request.visit.actor, now=request.visit.now)
    return _done(request, f"{reset.user.name} sets up a new second factor at their next sign-in.")


@require_POST
def letter(request: StudioRequest, invitation_id: str) -> HttpResponse:
    """Send an invitation's letter again."""
    sent = invitations.send_again(invitation_id, by=request.visit.actor, now=request.visit.now)
    return _done(request, f"A new letter is on its way to {sent.email}; the old link opens nothing any more.")


@require_POST
def withdrawal(request: StudioRequest, invitation_id: str) -> HttpResponse:
    """Take an invitation back."""
    gone = invitations.withdraw(invitation_id, by=request.visit.actor, now=request.visit.now)
    return _done(request, f"The invitation of {gone.email} is withdrawn.")


# Steps


def _page(request: StudioRequest, typed: object, *, status: int = 200, **words: Any) -> HttpResponse:
    visit = request.visit
    may_edit = visit.may(Action.MANAGE_PEOPLE)
    words |= {
        "typed": typed,
        "people": _rows(visit),
        "invited": _asked(visit) if may_edit else [],
        "roles": ROLES,
        "table": [
            (WORDS[action], [role in permissions.TABLE[action] for role in PEOPLE]) for action in Action
        ],
        "may_edit": may_edit,
    }
    return render(request, "settings/team.html", words, status=status)


def _rows(visit: Visit) -> list[Row]:
    people = memberships.listed(visit.actor)
    with_it = two_factor.those_with_it(each.user_id for each in people)
    return [
        Row(each, _second_factor(each, visit, has_it=each.user_id in with_it), each.user_id == visit.user.pk)
        for each in people
    ]


def _second_factor(membership: Membership, visit: Visit, *, has_it: bool) -> str:
    if has_it:
        return "on"
    return "missing" if two_factor.is_demanded(visit.studio.two_factor_for, membership.role) else "off"


def _asked(visit: Visit) -> list[Asked]:
    return [Asked(each, each.has_run_out(visit.now)) for each in invitations.listed(visit.actor)]


def _role(word: str) -> Role:
    if word not in PEOPLE:
        raise Invalid("Choose a role.", field="role")
    return Role(word)


def _done(request: StudioRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence, extra_tags="ok")
    return redirect(request.visit.path("settings_team"))
