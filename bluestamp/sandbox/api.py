"""api.xro/2.0: the gate that every accounting call walks through, in Xero's order, and the envelope it gets back.

Token -> organisation -> scope -> limits -> idempotency -> the endpoint, in one transaction -> the answer is kept.
"""

import time
from dataclasses import dataclass

from werkzeug import Request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from bluestamp.sandbox import connections, organisations, scopes, wire
from bluestamp.sandbox.acts import Act, Doer, new_id
from bluestamp.sandbox.endpoints.calls import Call, Endpoint, Result
from bluestamp.sandbox.endpoints.table import ROUTES, Place
from bluestamp.sandbox.errors import (
    Answer,
    Limited,
    NotAcceptable,
    NotFound,
    NotImplementedThere,
    Offline,
    forbidden,
    unauthorised,
)
from bluestamp.sandbox.faults import Fault, Kind
from bluestamp.sandbox.idempotency import Answered, Key, fingerprint
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.tokens import Claims
from bluestamp.sandbox.world import World

PREFIX = "/api.xro/"
JSON_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "max-age=0, no-cache, no-store",
    "Pragma": "no-cache",
}
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
KEYED = frozenset({"POST", "PUT", "PATCH"})


@dataclass(frozen=True)
class Passed:
    """A call that may reach its endpoint."""

    claims: Claims
    organisation: Organisation
    endpoint: Endpoint
    parts: dict[str, str]


def answer(world: World, request: Request) -> Answered:
    """Answer one accounting call."""
    passed = _gate(world, request)
    app, tenant = passed.claims.app_id, passed.organisation.id
    left = world.limits.enter(app=app, organisation=tenant, now_ms=world.clock.now_ms())
    try:
        dawdle(world, request)
        answered = _once(world, request, passed)
    finally:
        world.limits.leave(app=app, organisation=tenant)
    return Answered(answered.status, answered.headers | left, answered.body)


def refuse(refusal: Answer) -> Answered:
    """Write a refusal: dicts as JSON, text as text."""
    body = refusal.body()
    if isinstance(body, str):
        headers = {"Content-Type": "text/plain; charset=utf-8"} if body else {}
        return Answered(refusal.status, headers | refusal.headers(), body.encode())
    return Answered(refusal.status, JSON_HEADERS | refusal.headers(), wire.encode(body))


def limited_by_fault(world: World, request: Request, problem: str, seconds: float) -> Limited:
    """A 429 that a fault asks for, with the headers of a real one."""
    tenant = request.headers.get("Xero-Tenant-Id", "")
    left = world.limits.headers(
        app=world.config.web_app.client_id, organisation=tenant, now_ms=world.clock.now_ms()
    )
    spent = {
        "minute": "X-MinLimit-Remaining",
        "day": "X-DayLimit-Remaining",
        "appminute": "X-AppMinLimit-Remaining",
    }
    zeroed = {name: "0" for key, name in spent.items() if key == problem}
    return Limited(problem, max(1, round(seconds)), left | zeroed)


def dawdle(world: World, request: Request) -> None:
    """Be slow if a fault says so. An accounting call that is slow counts as one of the five in progress."""
    tenant = request.headers.get("Xero-Tenant-Id", "")
    slow = world.faults.take(Kind.SLOW, path=request.path, method=request.method, organisation=tenant)
    if slow:
        time.sleep(slow.seconds)


def _gate(world: World, request: Request) -> Passed:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    claims = world.tokens.read(bearer.strip() if scheme.lower() == "bearer" else "")
    tenant = request.headers.get("Xero-Tenant-Id", "").lower() or connections.only_organisation(
        world.store, claims
    )
    if not tenant or not connections.is_connected(world.store, claims, tenant):
        raise forbidden()
    organisation = organisations.load(world.store, tenant)
    if organisation.is_offline:
        raise Offline(503, "The Organisation is offline")
    place, endpoint, parts = _route(request)
    if not scopes.allows(claims.scopes, needed=place.scope, writes=request.method in WRITES):
        raise unauthorised("AuthorizationUnsuccessful")
    return Passed(claims, organisation, endpoint, parts)


def _route(request: Request) -> tuple[Place, Endpoint, dict[str, str]]:
    try:
        place, parts = ROUTES.bind_to_environ(request.environ).match(method=request.method)
    except MethodNotAllowed:
        raise NotImplementedThere("The method is not implemented.") from None
    except HTTPException:
        raise NotFound from None
    endpoint = place.methods.get(request.method)
    if endpoint is None:
        raise NotImplementedThere(f"The method {request.method} is not implemented for this endpoint.")
    return place, endpoint, dict(parts)


def _once(world: World, request: Request, passed: Passed) -> Answered:
    """Answer from the idempotency store, or do the work and keep the answer there."""
    text = request.headers.get("Idempotency-Key", "")
    if not text or request.method not in KEYED:
        return _do(world, request, passed)
    print_ = fingerprint(request.method, request.full_path, passed.organisation.id, body=request.get_data())
    key = Key(passed.claims.app_id, text, print_)
    try:
        with world.answers.alone(key) as kept:
            if kept is not None:
                return kept
            answered = _do(world, request, passed)
            world.answers.keep(key, answered)
            return answered
    except Answer as refusal:
        return refuse(refusal)


def _do(world: World, request: Request, passed: Passed) -> Answered:
    """Run the endpoint in one transaction; a refusal undoes it and is an answer like any other."""
    if "json" not in request.headers.get("Accept", "") and not _takes_anything(request):
        return refuse(NotAcceptable())
    act = _act(world, request, passed)
    call = Call(
        act=act,
        query=request.args,
        raw=request.get_data(),
        since=request.headers.get("If-Modified-Since"),
        media_type=request.headers.get("Content-Type", ""),
    )
    try:
        with world.store.transaction():
            result = passed.endpoint(call, **passed.parts)
    except Answer as refusal:
        return refuse(refusal)
    world.webhooks.wake()
    return _wrap(world, passed.claims, result)


def _takes_anything(request: Request) -> bool:
    """Attachments and PDFs are fetched with an Accept of their own media type."""
    return "Attachments/" in request.path


def _act(world: World, request: Request, passed: Passed) -> Act:
    app = world.config.apps.get(passed.claims.app_id)
    downgrade = _downgrade(world, request, passed.organisation.id)
    return Act(
        store=world.store,
        clock=world.clock,
        organisation=passed.organisation,
        doer=Doer(app.name if app else passed.claims.app_id, passed.claims.app_id),
        unit_places=4 if request.args.get("unitdp") == "4" else 2,
        approved_as=downgrade.status if downgrade else None,
        origin=request.host_url.rstrip("/"),
        switches=world.switchboard.now,
    )


def _downgrade(world: World, request: Request, tenant: str) -> Fault | None:
    """An approval fault strikes writes of invoices and bills only."""
    if request.method not in KEYED or "/Invoices" not in request.path:
        return None
    return world.faults.take(
        Kind.APPROVAL_DOWNGRADE, path=request.path, method=request.method, organisation=tenant
    )


def _wrap(world: World, claims: Claims, result: Result) -> Answered:
    if result.bare is not None:
        return Answered(result.status, JSON_HEADERS, wire.encode(result.bare))
    if result.content is not None:
        return Answered(result.status, {"Content-Type": result.media_type}, result.content)
    app = world.config.apps.get(claims.app_id)
    correlation = new_id()
    body: wire.Json = {
        "Id": correlation,
        "Status": "OK",
        "ProviderName": app.name if app else claims.app_id,
        "DateTimeUTC": f"/Date({world.clock.now_ms()})/",
    }
    if result.pagination is not None:
        body["pagination"] = result.pagination
    body[result.collection] = result.items
    headers = JSON_HEADERS | {"Xero-Correlation-Id": correlation}
    return Answered(result.status, headers, wire.encode(body))
