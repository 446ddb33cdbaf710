"""/_sandbox: what a test or a tester may do to the sandbox itself. No token is asked for; it listens on this machine.

GET state, organisations, calls, faults, limits, switches, clock, webhook · POST faults, clock, limits, switches, reset, webhook,
organisations/<id>, documents/<id>/<verb> · DELETE faults, calls.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from werkzeug import Request

from bluestamp.sandbox import (
    apps,
    bookkeeper,
    call_log,
    charts,
    connections,
    contact_acts,
    contact_pages,
    contacts,
    credit_note_pages,
    credit_pages,
    document_pages,
    documents,
    filling,
    organisations,
    payments,
    purchase_order_pages,
    switches,
    webhooks,
    wire,
)
from bluestamp.sandbox.acts import Act, Doer
from bluestamp.sandbox.config import WebhookTarget
from bluestamp.sandbox.document_pages import Detail, render_payments
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.errors import ElementRefused, NotFound, Refused
from bluestamp.sandbox.faults import Fault
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.kinds import (
    BANK_TRANSACTION,
    CREDIT_NOTE,
    INVOICE,
    OVERPAYMENT,
    PREPAYMENT,
    PURCHASE_ORDER,
    Kind,
)
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.users import BOOKKEEPER
from bluestamp.sandbox.world import World

Body = dict[str, Any]


def answer(world: World, request: Request) -> Answered:
    """Answer one control request."""
    refuse_strangers(request)
    words = request.path.strip("/").split("/")[1:]
    verb = CONTROLS.get((request.method, words[0] if words else ""))
    if verb is None:
        raise NotFound
    try:
        said = verb(world, request, words[1:])
    except (msgspec.ValidationError, switches.Unknown) as fault:
        raise Refused(str(fault)) from None
    except ElementRefused as refused:
        return _json({"messages": list(refused.messages)}, 400)
    return _json(said)


def refuse_strangers(request: Request) -> None:
    """Another site's page may not press our buttons: browsers say where a request comes from. Raises Refused."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Refused("This comes from another site.")


def act_in(world: World, organisation: Organisation, request: Request, doer: str = BOOKKEEPER.name) -> Act:
    """A person's act in an organisation."""
    return Act(
        store=world.store,
        clock=world.clock,
        organisation=organisation,
        doer=Doer(doer),
        origin=request.host_url.rstrip("/"),
        switches=world.switchboard.now,
    )


def change_organisation(world: World, organisation: Organisation, body: Body) -> None:
    """Set lock dates, the day's rates, approval rules, plan limits, offline; archive an account; withdraw an app's access."""
    for name in ("period_lock_on", "end_of_year_lock_on"):
        if name in body:
            setattr(organisation, name, date.fromisoformat(body[name]) if body[name] else None)
    for name in ("approved_as", "is_offline", "name", "invoice_cap", "bill_cap", "emails_a_day"):
        if name in body:
            setattr(organisation, name, body[name])
    for currency, rate in body.get("rates", {}).items():
        organisation.rates[currency] = Decimal(rate)
    if "forbidden_actions" in body:
        organisation.forbidden_actions = tuple(body["forbidden_actions"])
    organisations.save(world.store, organisation)
    for wish, status in (("archive_account", "ARCHIVED"), ("restore_account", "ACTIVE")):
        if wish in body:
            _set_account(world, organisation, body[wish], status)
    if body.get("withdraw_access"):
        app = body["withdraw_access"]
        connections.withdraw(world.store, organisation.id, None if app is True else str(app))


def _set_account(world: World, organisation: Organisation, code: str, status: str) -> None:
    account = charts.load(world.store, organisation.id).account(code)
    if account is None:
        raise Refused(f"There is no account {code}")
    account.status, account.updated_ms = status, max(world.clock.now_ms(), account.updated_ms + 1)
    charts.save_account(world.store, organisation.id, account)


def _set_faults(world: World, request: Request, _: list[str]) -> object:
    body = _body(request)
    listed = body.get("faults", [body] if body else []) if isinstance(body, dict) else body
    world.faults.set(msgspec.convert(listed, list[Fault]))
    return _faults(world, request, [])


def _faults(world: World, _: Request, __: list[str]) -> object:
    return {"faults": msgspec.to_builtins(world.faults.listed)}


def _clear_faults(world: World, request: Request, words: list[str]) -> object:
    world.faults.clear(int(words[0]) if words and words[0].isdigit() else None)
    return _faults(world, request, [])


def _set_limits(world: World, request: Request, _: list[str]) -> object:
    world.limits.change(_body(request))
    return _limits(world, request, [])


def _limits(world: World, _: Request, __: list[str]) -> object:
    return msgspec.to_builtins(world.limits.ceilings)


def _set_switches(world: World, request: Request, _: list[str]) -> object:
    world.switchboard.change(_body(request))
    return _switches(world, request, [])


def _switches(world: World, _: Request, __: list[str]) -> object:
    return {"switches": switches.describe(world.switchboard.now)}


def _set_clock(world: World, request: Request, _: list[str]) -> object:
    body = _body(request)
    if "freeze" in body:
        world.clock.freeze(bool(body["freeze"]))
    if body.get("now"):
        moment = datetime.fromisoformat(body["now"])
        world.clock.set(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    if body.get("advance_seconds"):
        world.clock.advance(float(body["advance_seconds"]))
    if body.get("real"):
        world.clock.reset()
    return _clock(world, request, [])


def _clock(world: World, _: Request, __: list[str]) -> object:
    return {"now": world.clock.now().isoformat()}


def _reset(world: World, request: Request, _: list[str]) -> object:
    world.reset()
    return {"reset": True}


def _state(world: World, request: Request, _: list[str]) -> object:
    wanted = request.args.get("organisation", "").lower()
    held = [item for item in organisations.every(world.store) if wanted in {"", item.id}]
    return {
        "now": world.clock.now().isoformat(),
        "webhook": _webhook(world, request, []),
        "organisations": {item.id: _organisation_state(world, item, request) for item in held},
    }


def _organisation_state(world: World, organisation: Organisation, request: Request) -> object:
    act = act_in(world, organisation, request)
    act.unit_places = 4
    people = world.store.all("SELECT * FROM contacts WHERE organisation = ? ORDER BY name", organisation.id)
    paid = world.store.all(
        "SELECT body FROM payments WHERE organisation = ? ORDER BY updated_ms", organisation.id
    )
    return {
        "name": organisation.name,
        "short_code": organisation.short_code,
        "organisation": organisations.render(organisation),
        "connections": [dict(row) for row in connections.of_organisation(world.store, organisation.id)],
        **{name: show(act, _of_kind(act, kind), Detail.LISTED) for name, (kind, show) in SHOWN.items()},
        "contacts": [contact_pages.render(contacts.from_row(row)) for row in people],
        "payments": render_payments(act, [payments.from_row(row) for row in paid], detailed=False),
    }


def _of_kind(act: Act, kind: Kind) -> list[Document]:
    rows = act.store.all(
        "SELECT body FROM documents WHERE organisation = ? AND kind = ? ORDER BY created_ms, id",
        act.organisation.id,
        kind.name,
    )
    return [documents.from_row(row) for row in rows]


Show = Callable[[Act, list[Document], Detail], list[wire.Json]]
SHOWN: dict[str, tuple[Kind, Show]] = {
    "documents": (INVOICE, document_pages.render),
    "credit_notes": (CREDIT_NOTE, credit_note_pages.render),
    "purchase_orders": (PURCHASE_ORDER, purchase_order_pages.render),
    "prepayments": (PREPAYMENT, credit_pages.render),
    "overpayments": (OVERPAYMENT, credit_pages.render),
    "bank_transactions": (BANK_TRANSACTION, credit_pages.render_transactions),
}


def _calls(world: World, request: Request, words: list[str]) -> object:
    if words:
        return _call_with_bodies(world, words[0])
    since = wire.read_instant(request.args.get("since", "")) or 0
    rows = world.store.all(
        "SELECT * FROM calls WHERE at_ms >= ? AND path LIKE ? ORDER BY id",
        since,
        f"%{request.args.get('path', '')}%",
    )
    return {"calls": [_call(dict(row)) for row in rows]}


def _call(row: dict[str, Any]) -> Body:
    return {"at": datetime.fromtimestamp(row.pop("at_ms") / 1000, UTC).isoformat(), **row}


def _call_with_bodies(world: World, number: str) -> object:
    found = call_log.find(world.store, int(number)) if number.isdigit() else None
    if found is None:
        raise NotFound
    row, bodies = found
    said = _call(dict(row))
    if bodies is None:
        return said
    texts = {name: bodies[name].decode("utf-8", "replace") for name in ("sent", "answered")}
    return said | texts | {"headers": msgspec.json.decode(bodies["headers"])}


def _clear_calls(world: World, _: Request, __: list[str]) -> object:
    world.store.run("DELETE FROM calls")
    world.store.run("DELETE FROM call_bodies")
    return {"calls": []}


def _set_webhook(world: World, request: Request, _: list[str]) -> object:
    body = _body(request)
    if body.get("url"):
        world.webhooks.subscribe(msgspec.convert(body, WebhookTarget))
    elif body.get("enable"):
        world.webhooks.begin_again()
    else:
        world.webhooks.subscribe(None)
    return _webhook(world, request, [])


def _webhook(world: World, _: Request, __: list[str]) -> object:
    rows = world.store.all("SELECT * FROM deliveries ORDER BY id")
    return {
        "url": world.webhooks.target.url if world.webhooks.target else None,
        "state": world.webhooks.state,
        "problem": world.webhooks.problem,
        "events_waiting": world.store.scalar("SELECT COUNT(*) FROM events WHERE state IN ('new', 'late')"),
        "categories": world.webhooks.target.categories if world.webhooks.target else [],
        "deliveries": [{**dict(row), "body": row["body"].decode()} for row in rows],
        "attempts": [dict(row) for row in world.store.all("SELECT * FROM attempts ORDER BY id")],
    }


def _raise_event(world: World, request: Request, _: list[str]) -> object:
    """An event by hand: app-store billing, which nothing here causes, or any other, as often as it is asked for."""
    wish = msgspec.convert(_body(request), webhooks.Wish)
    world.webhooks.raise_by_hand(
        wish,
        belongs_to=wish.organisation.lower() or world.config.web_app.client_id,
        origin=request.host_url.rstrip("/"),
    )
    return _webhook(world, request, [])


def _set_app(world: World, request: Request, words: list[str]) -> object:
    app_id, body = words[0] if words else "", _body(request)
    if app_id not in world.config.apps:
        raise NotFound
    if body.get("made_on"):
        apps.set_made_on(world.store, app_id, date.fromisoformat(body["made_on"]))
    return {"client_id": app_id, "made_on": apps.made_on(world.store, app_id).isoformat()}


def _organisations(world: World, _: Request, __: list[str]) -> object:
    held = organisations.every(world.store)
    return {"organisations": [{"TenantId": one.id, **organisations.render(one)} for one in held]}


def _set_organisation(world: World, request: Request, words: list[str]) -> object:
    organisation = organisations.load(world.store, words[0].lower() if words else "")
    with world.store.transaction():
        change_organisation(world, organisation, _body(request))
    return organisations.render(organisation)


def _fill(world: World, request: Request, _: list[str]) -> object:
    wish = msgspec.convert(_body(request), filling.Wish)
    wanted = wish.organisation.lower() or organisations.every(world.store)[0].id
    act = act_in(world, organisations.load(world.store, wanted), request)
    with world.store.transaction():
        return {"documents": filling.fill(act, wish.documents)}


def _do_to_document(world: World, request: Request, words: list[str]) -> object:
    if len(words) != 2:
        raise NotFound
    owner = world.store.scalar("SELECT organisation FROM documents WHERE id = ?", words[0].lower())
    act = act_in(world, organisations.load(world.store, owner or ""), request)
    with world.store.transaction():
        document = bookkeeper.do(act, words[0], words[1], _body(request))
    world.webhooks.wake()
    show = next(show for kind, show in SHOWN.values() if kind.name == document.kind)
    return show(act, [document], Detail.FULL)[0]


def _do_to_contact(world: World, request: Request, words: list[str]) -> object:
    if len(words) != 2:
        raise NotFound
    owner = world.store.scalar("SELECT organisation FROM contacts WHERE id = ?", words[0].lower())
    act = act_in(world, organisations.load(world.store, owner or ""), request)
    with world.store.transaction():
        contact = contact_acts.do(act, words[0], words[1], _body(request))
    world.webhooks.wake()
    return contact_pages.render(contact)


def _body(request: Request) -> Any:
    raw = request.get_data()
    return msgspec.json.decode(raw) if raw.strip() else {}


def _json(said: object, status: int = 200) -> Answered:
    return Answered(status, {"Content-Type": "application/json; charset=utf-8"}, wire.encode_compact(said))


Control = Callable[[World, Request, list[str]], object]
CONTROLS: dict[tuple[str, str], Control] = {
    ("GET", "faults"): _faults,
    ("POST", "faults"): _set_faults,
    ("DELETE", "faults"): _clear_faults,
    ("GET", "limits"): _limits,
    ("POST", "limits"): _set_limits,
    ("GET", "switches"): _switches,
    ("POST", "switches"): _set_switches,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _set_clock,
    ("GET", "state"): _state,
    ("GET", "calls"): _calls,
    ("DELETE", "calls"): _clear_calls,
    ("POST", "reset"): _reset,
    ("POST", "fill"): _fill,
    ("GET", "webhook"): _webhook,
    ("POST", "webhook"): _set_webhook,
    ("POST", "events"): _raise_event,
    ("GET", "organisations"): _organisations,
    ("POST", "organisations"): _set_organisation,
    ("POST", "apps"): _set_app,
    ("POST", "documents"): _do_to_document,
    ("POST", "contacts"): _do_to_contact,
}
