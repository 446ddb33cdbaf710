"""Profile & Settings, Integrations: the Xero tile, the connections, the way to Xero's consent and back."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import ledgers, numbers, payments
from bluestamp.engine import tenancy
from bluestamp.errors import Conflict, Invalid, Refusal
from bluestamp.people import branches, memberships
from bluestamp.people.permissions import Action
from bluestamp.people.users import User
from bluestamp.sync import connections, consents, health, webhooks
from bluestamp.sync.connections import CardPolicy, Connection, ConnectionDraft, RemindersBy, SendWhen
from bluestamp.web import books_page, refusals
from bluestamp.web.typed import Reading
from bluestamp.web.visits import StudioRequest, Visit

FIELDS: Final = (
    "revenue_account_code",
    "expense_account_code",
    "payments_account_code",
    "revenue_tax_type",
    "expense_tax_type",
    "send_when",
    "card_policy",
    "reminders_by",
    "invoice_prefix",
)

_PARSED: Final = ("start_on", "next_invoice_number", "records_payments_here")


@require_GET
def index(request: StudioRequest) -> HttpResponse:
    """The Xero tile with Connect, and a tile for each connection."""
    visit = request.visit
    words = {
        "tiles": books_page.tiles_of(visit),
        "may_connect": visit.may(Action.CONNECT),
        "may_edit": visit.may(Action.EDIT_CONNECTION),
        "is_custom": settings.XERO_APP_TYPE == "custom",
        "is_set_up": bool(settings.XERO_CLIENT_ID),
        "webhooks_how_to": health.how_to_get_webhooks(),
        "asked_for": consents.MEANT_BY_SCOPE.values(),
    }
    return render(request, "integrations/index.html", words)


@require_POST
def connect(request: StudioRequest) -> HttpResponse:
    """Go to Xero's consent page."""
    visit = request.visit
    if settings.XERO_APP_TYPE == "custom":
        finished = consents.connect_custom(by=visit.actor, user=visit.user, now=visit.now)
        return _arrived(request, visit, finished)
    return HttpResponseRedirect(consents.begin(by=visit.actor, user=visit.user, now=visit.now))


@require_POST
def renewal(request: StudioRequest, connection_id: str) -> HttpResponse:
    """Go to Xero's consent page to renew a connection."""
    visit = request.visit
    return HttpResponseRedirect(
        consents.reconnect(connection_id, by=visit.actor, user=visit.user, now=visit.now)
    )


@login_required
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from Xero. The address names no studio: the state does."""
    assert isinstance(request.user, User)
    user, now, state = request.user, timezone.now(), request.GET.get("state", "")
    try:
        studio = consents.studio_of(state, user=user)
        actor = memberships.actor(user, studio)
    except Refusal as refusal:
        return refusals.answer(request, refusal)
    visit = Visit(studio=studio, actor=actor, user=user, now=now)
    request.visit = visit  # type: ignore[attr-defined]
    with tenancy.acting_in(studio.pk):
        try:
            finished = consents.finish(
                state=state,
                code=request.GET.get("code", ""),
                error=request.GET.get("error", ""),
                by=actor,
                user=user,
                now=now,
            )
        except Refusal as refusal:
            messages.error(request, refusal.sentence, extra_tags="red")
            return redirect(visit.path("integrations"))
        return _arrived(request, visit, finished)


def _arrived(request: HttpRequest, visit: Visit, finished: consents.Finished) -> HttpResponse:
    if finished.offered:
        words = {"offered": finished.offered, "consent_id": finished.consent_id}
        return render(request, "integrations/choose.html", words)
    names = ", ".join(connection.name for connection in finished.connected)
    messages.success(request, f"Connected {names}. Say which branches go there.", extra_tags="ok")
    if len(finished.connected) == 1:
        return redirect(visit.path("connection", finished.connected[0].pk))
    return redirect(visit.path("integrations"))


@require_POST
def choice(request: StudioRequest) -> HttpResponse:
    """Connect those of several organisations that were ticked."""
    visit = request.visit
    finished = consents.choose(
        request.POST.get("consent", ""),
        request.POST.getlist("tenant"),
        by=visit.actor,
        user=visit.user,
        now=visit.now,
    )
    return _arrived(request, visit, finished)


@require_http_methods(["GET", "POST"])
def connection(request: StudioRequest, connection_id: str) -> HttpResponse:
    """Edit Connection."""
    visit = request.visit
    found = connections.load(connection_id)
    if request.method == "GET":
        return _page(request, found, _written(connections.draft_of(found)))
    typed: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in (*FIELDS, *_PARSED)}
    typed["branches"] = request.POST.getlist("branch")
    try:
        draft = _draft(request.POST, found)
        connections.edit(found.pk, draft, by=visit.actor, now=visit.now)
    except (Invalid, Conflict) as refusal:
        return _page(request, found, typed, status=refusal.http_status, faults=refusals.by_field(refusal))
    messages.success(request, "Saved.", extra_tags="ok")
    return redirect(visit.path("connection", found.pk))


@require_POST
def disconnection(request: StudioRequest, connection_id: str) -> HttpResponse:
    """Give the organisation up, here and at Xero; copies are kept."""
    gone = connections.disconnect(connection_id, by=request.visit.actor, now=request.visit.now)
    messages.success(request, f"{gone.name} is disconnected. Its copies are kept.", extra_tags="ok")
    return redirect(request.visit.path("integrations"))


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """What Xero tells: 200 or 401, an empty body, no cookie (Xero, "Webhooks", Intent to receive)."""
    status = webhooks.receive(
        raw=request.body, signature=request.headers.get("x-xero-signature", ""), now=timezone.now()
    )
    return HttpResponse(status=status)


# ── steps ──


def _written(draft: ConnectionDraft) -> dict[str, Any]:
    words: dict[str, Any] = {name: getattr(draft, name) for name in FIELDS}
    return words | {
        "start_on": draft.start_on.isoformat(),
        "next_invoice_number": str(draft.next_invoice_number),
        "records_payments_here": draft.records_payments_here,
        "branches": list(draft.branch_ids),
    }


def _draft(post: QueryDict, found: Connection) -> ConnectionDraft:
    reading = Reading()
    start_on = reading.needed_day(post.get("start_on", ""), name="start_on", otherwise=found.start_on)
    number = post.get("next_invoice_number", "").strip()
    if not (number.isascii() and number.isdigit()):
        reading.faults.append(Invalid("Write the number alone, such as 1049.", field="next_invoice_number"))
    reading.finish()
    return ConnectionDraft(
        branch_ids=tuple(post.getlist("branch")),
        start_on=start_on,
        next_invoice_number=int(number),
        records_payments_here=post.get("records_payments_here") == "yes",
        **{name: post.get(name, "").strip() for name in FIELDS},
    )


def _page(
    request: StudioRequest, found: Connection, typed: dict[str, Any], *, status: int = 200, **words: Any
) -> HttpResponse:
    visit = request.visit
    ledger = found.ledger
    rates = [("", "None")] + [(rate.tax_type, rate.name) for rate in ledgers.tax_rates_for(ledger)]
    taken = connections.of_branches([branch.pk for branch in branches.listed()])
    words |= {
        "connection": found,
        "health": health.of(found, now=visit.now),
        "typed": typed,
        "branch_rows": [
            (branch, _other(taken.get(branch.pk), found), branch.pk in typed["branches"])
            for branch in visit.branches
        ],
        "revenue_accounts": _options(ledgers.accounts_for(ledger, "invoice"), typed["revenue_account_code"]),
        "expense_accounts": _options(ledgers.accounts_for(ledger, "expense"), typed["expense_account_code"]),
        "payment_accounts": _options(payments.accounts(ledger), typed["payments_account_code"]),
        "revenue_rates": _with_stale(rates, typed["revenue_tax_type"]),
        "expense_rates": _with_stale(rates, typed["expense_tax_type"]),
        "send_when": SendWhen.choices,
        "card_policy": [(value, label[:1].upper() + label[1:]) for value, label in CardPolicy.choices],
        "reminders_by": RemindersBy.choices,
        "may_edit": visit.may(Action.EDIT_CONNECTION),
        "may_connect": visit.may(Action.CONNECT),
        "is_shared_out": any(row.pk != found.pk for row in taken.values()),
        "counts_with": _counting_together(found, typed["invoice_prefix"]),
    }
    return render(request, "integrations/connection.html", words, status=status)


def _counting_together(found: Connection, prefix: str) -> str:
    """Who else counts in the same row of numbers, in words; "" for a row of its own."""
    rows = numbers.Sequence.objects.filter(kind=connections.INVOICE, prefix=prefix)
    others = rows.exclude(ledger_id=found.ledger_id).select_related("branch", "ledger")
    mine = set(connections.branch_ids(found))
    named = {str(row.branch or row.ledger) for row in others if row.branch_id not in mine}
    return ", ".join(sorted(named))


def _other(taken: Connection | None, found: Connection) -> str:
    return taken.name if taken is not None and taken.pk != found.pk else ""


def _options(accounts: Any, chosen: str) -> list[tuple[str, str]]:
    return _with_stale([("", "None"), *((account.code, str(account)) for account in accounts)], chosen)


def _with_stale(options: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
    """Keep a default that vanished in Xero in sight (S7): silently showing "None" would throw it away on saving."""
    if any(value == chosen for value, _ in options):
        return options
    return [*options, (chosen, f"{chosen}: no longer in Xero, choose another")]
