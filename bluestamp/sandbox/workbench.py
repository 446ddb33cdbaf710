"""The workbench: buttons for the faults, the clock, the limits, the switches, more documents, and a fresh start.

Each button does what the control endpoint of the same name does.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

import msgspec

from bluestamp.sandbox import filling, organisations, switches
from bluestamp.sandbox.config import WebhookTarget
from bluestamp.sandbox.errors import NotFound, Redirected, Refused
from bluestamp.sandbox.faults import Fault, Kind
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.limits import TIERS
from bluestamp.sandbox.visits import Visit
from bluestamp.sandbox.webhooks import Wish

API = "/api.xro/"
PRESETS: Mapping[str, tuple[tuple[str, str, Mapping[str, object]], ...]] = {
    "Replies": (
        ("lose", "Lose the next reply to a write", {"kind": "lose_reply", "path": API, "method": "PUT", "count": 1}),
        ("late", "Time out after the next write", {"kind": "timeout", "path": API, "method": "PUT", "seconds": 30, "count": 1}),
        ("drop", "Break the next connection before any work", {"kind": "drop_before", "path": API, "count": 1}),
        ("flaky", "Lose every fifth reply", {"kind": "lose_reply", "path": API, "every": 5}),
        ("slow", "Answer five calls after three seconds", {"kind": "slow", "path": API, "seconds": 3, "count": 5}),
    ),
    "Outages and limits": (
        ("limited", "429, minute limit, once", {"kind": "429", "path": API, "problem": "minute", "seconds": 22, "count": 1}),
        ("spent", "429, day limit, for good", {"kind": "429", "path": API, "problem": "day", "seconds": 31000}),
        ("down", "503, three times", {"kind": "503", "path": API, "count": 3}),
        ("closed", "503, Xero closed for maintenance", {"kind": "503", "path": API, "text": "The Xero API is currently offline for maintenance"}),
        ("broken", "500, once", {"kind": "500", "path": API, "count": 1}),
    ),
    "Access": (
        ("expired", "Token counts as expired, once", {"kind": "token_expired", "count": 1}),
        ("grant", "Refresh token refused, once", {"kind": "invalid_grant", "count": 1}),
        ("lostgrant", "Lose the reply to a refresh", {"kind": "lose_reply", "path": "/connect/token", "count": 1}),
        ("gone", "This organisation is disconnected", {"kind": "disconnected"}),
    ),
    "Documents": (
        ("refuse", "Refuse the next batch as a whole", {"kind": "400", "path": API, "method": "PUT", "count": 1}),
        ("contacts", "Refuse the next batch of contacts", {"kind": "400", "path": "/api.xro/2.0/Contacts", "method": "PUT", "count": 1}),
        ("lower", "Next approval becomes a draft", {"kind": "approval_downgrade", "count": 1}),
    ),
    "Webhooks": (
        ("twice", "Next one twice", {"kind": "webhook_twice", "count": 1}),
        ("never", "Next one never", {"kind": "webhook_never", "count": 1}),
        ("tenlate", "Next one ten minutes late", {"kind": "webhook_late", "seconds": 600, "count": 1}),
        ("reordered", "Next one overtaken", {"kind": "webhook_reordered", "count": 1}),
        ("missigned", "Next one signed wrongly", {"kind": "webhook_missigned", "count": 1}),
    ),
}  # fmt: skip
"""Buttons by group: name, label, the fault that is set. Those of one organisation take the one in the frame."""
OF_ONE_ORGANISATION = frozenset({"gone"})
STEPS = {
    "360": "6 minutes",
    "900": "15 minutes",
    "1860": "31 minutes",
    "86400": "a day",
    "5270400": "61 days",
}
"""What the steps are for: idempotency keys, webhook retries, access tokens and grace, the day limit, refresh tokens."""
NUMBERS = frozenset({"count", "every", "number"})
FRACTIONS = frozenset({"chance", "seconds"})


def show(visit: Visit, problem: str = "", done: str = "") -> Answered:
    """The page."""
    world = visit.world
    return visit.show(
        "workbench.html",
        here="workbench",
        status=400 if problem else 200,
        faults=world.faults.listed,
        presets=PRESETS,
        kinds=list(Kind),
        steps=STEPS,
        clock=world.clock,
        ceilings=msgspec.to_builtins(world.limits.ceilings),
        tiers=list(TIERS),
        switches=switches.describe(world.switchboard.now),
        problem=problem,
        done=done or visit.request.args.get("done", ""),
    )


def do(visit: Visit, what: str) -> Answered:
    """Press a button. Raises Redirected, NotFound."""
    button = BUTTONS.get(what)
    if button is None:
        raise NotFound
    try:
        button(visit)
    except (Refused, ValueError, msgspec.ValidationError) as refused:
        return show(visit, str(refused))
    moved = visit.request.form.get("name", "") if what == "switch" else ""
    back = "/webhooks" if what in WEBHOOK_BUTTONS else "/workbench"
    raise Redirected(f"{back}#{quote(moved)}" if moved else back)


def _preset(visit: Visit) -> None:
    wanted = visit.request.form.get("preset", "")
    for group in PRESETS.values():
        for name, _, fault in group:
            if name == wanted:
                own = {"organisation": visit.request.form.get("organisation", "")}
                visit.world.faults.set(
                    [msgspec.convert({**fault, **(own if name in OF_ONE_ORGANISATION else {})}, Fault)]
                )


def _fault(visit: Visit) -> None:
    said: dict[str, object] = {}
    for name, value in visit.request.form.items():
        if not value.strip():
            continue
        said[name] = int(value) if name in NUMBERS else float(value) if name in FRACTIONS else value
    visit.world.faults.set([msgspec.convert(said, Fault)])


def _clear(visit: Visit) -> None:
    number = visit.request.form.get("id", "")
    visit.world.faults.clear(int(number) if number else None)


def _clock(visit: Visit) -> None:
    form, clock = visit.request.form, visit.world.clock
    if form.get("advance"):
        clock.advance(float(form["advance"]))
    elif form.get("now"):
        clock.set(datetime.fromisoformat(form["now"]).replace(tzinfo=UTC))
    elif "freeze" in form:
        clock.freeze(form["freeze"] == "1")
    else:
        clock.reset()


def _limits(visit: Visit) -> None:
    form = visit.request.form
    if form.get("tier"):
        visit.world.limits.change({"tier": form["tier"]})
        return
    names = ("minute", "day", "concurrent", "app_minute", "connections")
    wishes: dict[str, object] = {
        name: int(form[name]) if form.get(name) else None for name in names if name in form
    }
    if "bulk_connections" in form:
        wishes["bulk_connections"] = form["bulk_connections"] == "true"
    visit.world.limits.change(wishes)


def _switch(visit: Visit) -> None:
    form = visit.request.form
    if form.get("preset"):
        visit.world.switchboard.change({"preset": form["preset"]})
    else:
        visit.world.switchboard.change({form["name"]: form["value"]})


def _fill(visit: Visit) -> None:
    form = visit.request.form
    act = visit.act(organisations.load(visit.world.store, form.get("organisation", "")))
    with visit.world.store.transaction():
        filling.fill(act, int(form.get("documents") or 0))


def _reset(visit: Visit) -> None:
    visit.world.reset()


def _forget_calls(visit: Visit) -> None:
    visit.world.store.run("DELETE FROM calls")
    visit.world.store.run("DELETE FROM call_bodies")


def _subscribe(visit: Visit) -> None:
    form = visit.request.form
    if not form.get("url"):
        visit.world.webhooks.subscribe(None)
        return
    ticked = tuple(form.getlist("category"))
    target = WebhookTarget(form["url"], form.get("key", ""), ticked)
    visit.world.webhooks.subscribe(target)


def _enable(visit: Visit) -> None:
    visit.world.webhooks.begin_again()


def _event(visit: Visit) -> None:
    form = visit.request.form
    category = form.get("category", "")
    wish = msgspec.convert({"category": category, "type": form.get("type", "UPDATE")}, Wish)
    owner = visit.world.config.web_app.client_id if category == "SUBSCRIPTION" else form["organisation"]
    visit.world.webhooks.raise_by_hand(wish, belongs_to=owner, origin=visit.request.host_url.rstrip("/"))


Button = Callable[[Visit], None]
BUTTONS: Mapping[str, Button] = {
    "preset": _preset,
    "fault": _fault,
    "clear": _clear,
    "clock": _clock,
    "limits": _limits,
    "switch": _switch,
    "fill": _fill,
    "reset": _reset,
    "forget": _forget_calls,
    "subscribe": _subscribe,
    "enable": _enable,
    "event": _event,
}
WEBHOOK_BUTTONS = frozenset({"subscribe", "enable", "event"})
