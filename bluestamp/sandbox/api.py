"""api.xro/2.0: the gate that every accounting call walks through, in Xero's order.

Token -> organisation -> limits -> address -> scope -> idempotency -> the endpoint, in one transaction -> the answer is kept.
"""

import time
from dataclasses import dataclass

from werkzeug import Request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from bluestamp.sandbox import apps, connections, envelopes, organisations, scopes
from bluestamp.sandbox.acts import Act, Doer
from bluestamp.sandbox.endpoints.calls import Call, Endpoint, Result
from bluestamp.sandbox.endpoints.table import ROUTES, Place
from bluestamp.sandbox.envelopes import Voice
from bluestamp.sandbox.errors import (
    Answer,
    Limited,
    NotAcceptable,
    NotFound,
    NotImplementedThere,
    Offline,
    TooLarge,
    forbidden,
    unauthorised,
)
from bluestamp.sandbox.faults import Fault, Kind
from bluestamp.sandbox.idempotency import Answered, Key, fingerprint
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.tokens import Claims, user_of
from bluestamp.sandbox.world import World

PREFIX = "/api.xro/"
JSON = "application/json"
MEGABYTE = 1024 * 1024
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
    """Answer one accounting call. Once app and organisation are known, every answer says what is left of the limits."""
    claims = claims_of(world, request)
    organisation = _organisation(world, request, claims)
    app, tenant = claims.app_id, organisation.id
    now_ms, switches = world.clock.now_ms(), world.switchboard.now
    left = world.limits.enter(app=app, organisation=tenant, now_ms=now_ms, switches=switches)
    try:
        answered = _admitted(world, request, claims, organisation)
    finally:
        world.limits.leave(app=app, organisation=tenant)
    return Answered(answered.status, answered.headers | left, answered.body)


def claims_of(world: World, request: Request) -> Claims:
    """What the bearer token says. Raises 401."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return world.tokens.read(bearer.strip() if scheme.lower() == "bearer" else "")


def refuse(world: World, request: Request, refusal: Answer) -> Answered:
    """Write a refusal in the caller's voice."""
    return envelopes.refuse(refusal, _voice(world, request))


def limited_by_fault(world: World, request: Request, problem: str, seconds: float) -> Limited:
    """A 429 that a fault asks for, with the headers of a real one."""
    tenant = request.headers.get("Xero-Tenant-Id", "")
    left = world.limits.headers(
        app=world.config.web_app.client_id,
        organisation=tenant,
        now_ms=world.clock.now_ms(),
        switches=world.switchboard.now,
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


def _voice(world: World, request: Request) -> Voice:
    """Only the accounting API speaks XML; identity, connections and the sandbox's own controls are JSON."""
    accept = request.headers.get("Accept", "") if request.path.startswith(PREFIX) else JSON
    return Voice(accept, world.switchboard.now)


def _organisation(world: World, request: Request, claims: Claims) -> Organisation:
    tenant = request.headers.get("Xero-Tenant-Id", "").lower() or connections.only_organisation(
        world.store, claims
    )
    if not tenant or not connections.is_connected(world.store, claims, tenant):
        raise forbidden()
    return organisations.load(world.store, tenant)


def _admitted(world: World, request: Request, claims: Claims, organisation: Organisation) -> Answered:
    """Answer a call that is within its limits."""
    try:
        dawdle(world, request)
        if organisation.is_offline:
            raise Offline(503, "The Organisation is offline")
        place, endpoint, parts = _route(world, request)
        granted = apps.in_force(world.store, claims.app_id, claims.scopes, world.clock.now().date())
        if not scopes.allows(granted, needed=place.scopes, writes=request.method in WRITES):
            raise unauthorised("AuthorizationUnsuccessful")
        _weigh(world, request, place)
        return _once(world, request, Passed(claims, organisation, endpoint, parts))
    except Answer as refusal:
        return refuse(world, request, refusal)


def _route(world: World, request: Request) -> tuple[Place, Endpoint, dict[str, str]]:
    try:
        place, parts = ROUTES.bind_to_environ(request.environ).match(method=request.method)
    except MethodNotAllowed:
        raise NotImplementedThere("The method is not implemented.") from None
    except HTTPException:
        raise NotFound from None
    endpoint = place.methods.get(request.method)
    if endpoint is None:
        raise NotImplementedThere(f"The method {request.method} is not implemented for this endpoint.")
    if request.method == "GET" and _voice(world, request).wants_pdf and not place.is_raw:
        endpoint = place.paper
        if endpoint is None:
            raise NotAcceptable
    return place, endpoint, dict(parts)


def _weigh(world: World, request: Request, place: Place) -> None:
    """Refuse a body over the ceiling (faq/limits); files have their own, which the attachment refuses by itself."""
    if not place.is_raw and (request.content_length or 0) > world.switchboard.now.body_limit_mb * MEGABYTE:
        request.get_data(cache=False)  # else the caller hears a broken connection instead of the refusal
        raise TooLarge


def _once(world: World, request: Request, passed: Passed) -> Answered:
    """Answer from the idempotency store, or do the work and keep the answer there."""
    text = request.headers.get("Idempotency-Key", "")
    if not text or request.method not in KEYED:
        return _do(world, request, passed)
    print_ = fingerprint(request.method, request.full_path, passed.organisation.id, body=request.get_data())
    key = Key(passed.claims.app_id, text, print_)
    with world.answers.alone(key, waits=world.switchboard.now.key_race == "wait") as kept:
        if kept is not None:
            return kept
        with world.store.transaction():  # else a kill between the two would let the key do the work again
            answered = _do(world, request, passed)
            world.answers.keep(key, answered)
        return answered


def _do(world: World, request: Request, passed: Passed) -> Answered:
    """Run the endpoint in one transaction; a refusal undoes it and is an answer like any other."""
    call = Call(
        act=_act(world, request, passed),
        query=request.args,
        raw=request.get_data(),
        since=request.headers.get("If-Modified-Since"),
        media_type=request.headers.get("Content-Type", ""),
    )
    try:
        with world.store.transaction():
            result = passed.endpoint(call, **passed.parts)
    except Answer as refusal:
        return refuse(world, request, refusal)
    world.webhooks.wake()
    if _is_unmodified(world, call, result):
        result = Result(status=304)
    name = apps.name(world.config, passed.claims.app_id)
    return envelopes.wrap(result, _voice(world, request), app_name=name, now_ms=world.clock.now_ms())


def _is_unmodified(world: World, call: Call, result: Result) -> bool:
    """Is it a list of which nothing was modified since, at a Xero that says 304 then?"""
    says_so = world.switchboard.now.not_modified == "304"
    return says_so and bool(call.since and result.collection) and not result.items


def _act(world: World, request: Request, passed: Passed) -> Act:
    downgrade = _downgrade(world, request, passed.organisation.id)
    app_id, user = passed.claims.app_id, user_of(passed.claims)
    return Act(
        store=world.store,
        clock=world.clock,
        organisation=passed.organisation,
        doer=Doer(apps.name(world.config, app_id), app_id, user.role if user else ""),
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
