"""Profile & Settings: the studio, its branches, and tokens for the API. People stand in `team`, `security`."""

from __future__ import annotations

import zoneinfo
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.errors import Conflict, Invalid
from bluestamp.people import branches, permissions, studios, tokens
from bluestamp.people.branches import Branch, BranchDraft
from bluestamp.people.permissions import Action
from bluestamp.people.studios import StudioDraft, TwoFactorFor
from bluestamp.sync import connections
from bluestamp.web import numbering, refusals
from bluestamp.web.visits import StudioRequest


@require_http_methods(["GET", "POST"])
def studio(request: StudioRequest) -> HttpResponse:
    """The studio: its name, where it is, and of whom two-factor is demanded."""
    visit = request.visit
    if request.method == "GET":
        return _studio_page(request, visit.studio)
    typed = {name: request.POST.get(name, "").strip() for name in _STUDIO_FIELDS}
    try:
        if typed["two_factor_for"] not in TwoFactorFor.values:
            raise Invalid("Choose one of the three.", field="two_factor_for")
        draft = StudioDraft(
            name=typed["name"],
            country=typed["country"].upper(),
            base_currency=typed["base_currency"].upper(),
            time_zone=typed["time_zone"],
            two_factor_for=TwoFactorFor(typed["two_factor_for"]),
        )
        studios.edit(draft, by=visit.actor, now=visit.now)
    except (Invalid, Conflict) as refusal:
        return _studio_page(request, typed, faults=refusals.by_field(refusal), status=refusal.http_status)
    return _saved(request, "settings")


_STUDIO_FIELDS: Final = ("name", "country", "base_currency", "time_zone", "two_factor_for")


def _studio_page(request: StudioRequest, typed: object, *, status: int = 200, **words: Any) -> HttpResponse:
    zones = [(zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones()) if "/" in zone]
    words |= {
        "typed": typed,
        "zones": [("UTC", "UTC"), *zones],
        "whom": [(value, label.capitalize()) for value, label in TwoFactorFor.choices],
        "may_edit": request.visit.may(Action.EDIT_STUDIO),
    }
    return render(request, "settings/studio.html", words, status=status)


@require_GET
def branch_list(request: StudioRequest) -> HttpResponse:
    """The branches, home first, each with the organisation that it sends to."""
    visit = request.visit
    homes = connections.of_branches([branch.pk for branch in visit.branches])
    words = {
        "rows": [(branch, homes.get(branch.pk)) for branch in visit.branches],
        "has_packages": bool(connections.living()),
        "may_edit": visit.may(Action.EDIT_STUDIO),
    }
    return render(request, "settings/branches.html", words)


@require_http_methods(["GET", "POST"])
def branch(request: StudioRequest, branch_id: str = "") -> HttpResponse:
    """One branch: what stands at the head of its invoices; without an id, a new one."""
    visit = request.visit
    found = branches.find(branch_id) if branch_id else None
    if request.method == "GET":
        home = visit.home
        fresh = {
            "currency": home.currency,
            "locale": home.locale,
            "payment_terms_days": home.payment_terms_days,
        }
        return _branch_page(request, found, found or fresh)
    try:
        draft = _branch_draft(request.POST)
        if found is None:
            branches.create(draft, by=visit.actor, now=visit.now)
        else:
            branches.edit(found.pk, draft, by=visit.actor, now=visit.now)
    except Invalid as refusal:
        return _branch_page(request, found, request.POST, faults=refusals.by_field(refusal), status=422)
    return _saved(request, "settings_branches")


def _branch_page(
    request: StudioRequest, found: Branch | None, typed: object, *, status: int = 200, **words: Any
) -> HttpResponse:
    words |= {"branch": found, "typed": typed, "may_edit": request.visit.may(Action.EDIT_STUDIO)}
    if found is not None:
        words |= {
            "numbering": numbering.invoice_row(found),
            "may_number": request.visit.may(Action.EDIT_LEDGERS),
            "may_move": request.visit.may(Action.EDIT_CONNECTION),
            "packages": connections.living(),
            "package": connections.of_branch(found.pk),
            "unfinished": connections.unfinished(found.pk),
        }
    return render(request, "settings/branch.html", words, status=status)


def _branch_draft(post: QueryDict) -> BranchDraft:
    words = {name: post.get(name, "").strip() for name in BranchDraft.__dataclass_fields__}
    days = words.pop("payment_terms_days")
    if not (days.isascii() and days.isdigit()):
        raise Invalid("Write the days as a number, such as 30.", field="payment_terms_days")
    words["currency"] = words["currency"].upper()
    return BranchDraft(**words, payment_terms_days=int(days))


@require_POST
def branch_package(request: StudioRequest, branch_id: str) -> HttpResponse:
    """Choose the organisation that a branch sends to, or none."""
    wanted = request.POST.get("connection", "")
    moved = connections.move_branch(branch_id, wanted, by=request.visit.actor, now=request.visit.now)
    goes = f"to {moved.name}" if moved else "to no organisation"
    messages.success(request, f"Its documents go {goes} from now on.", extra_tags="ok")
    return redirect(request.visit.path("settings_branch", branch_id))


@require_POST
def branch_home(request: StudioRequest, branch_id: str) -> HttpResponse:
    """Make a branch the home of the studio."""
    branches.make_home(branch_id, by=request.visit.actor, now=request.visit.now)
    return _saved(request, "settings_branches")


@never_cache
@require_http_methods(["GET", "POST"])
def token_list(request: StudioRequest) -> HttpResponse:
    """Tokens for the API. A new one is shown once, on the answer to the form that made it."""
    visit = request.visit
    permissions.require(visit.actor, Action.MAKE_TOKENS)
    if request.method == "GET":
        return _tokens_page(request)
    try:
        made, plain = tokens.create(by=visit.actor, name=request.POST.get("name", ""), now=visit.now)
    except Invalid as refusal:
        return _tokens_page(request, faults=refusals.by_field(refusal), status=422)
    return _tokens_page(request, made=made, plain=plain)


def _tokens_page(request: StudioRequest, *, status: int = 200, **words: Any) -> HttpResponse:
    listed = tokens.listed(request.visit.actor)
    return render(request, "settings/tokens.html", words | {"tokens": listed, "typed": {}}, status=status)


@require_POST
def token_end(request: StudioRequest, token_id: str) -> HttpResponse:
    """Make a token useless."""
    tokens.revoke(token_id, by=request.visit.actor, now=request.visit.now)
    return _saved(request, "settings_tokens")


def _saved(request: StudioRequest, page: str, more: str = "") -> HttpResponse:
    messages.success(request, f"Saved. {more}".strip(), extra_tags="ok")
    return redirect(request.visit.path(page))
