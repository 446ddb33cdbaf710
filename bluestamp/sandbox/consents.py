"""The consent page: who lets which app into which organisation.

From developer.xero.com, guides/oauth2 (auth-flow, pkce-flow, tenants, bulk-connections) and /pricing: one consent is for
one organisation, on the upper tiers for several; each tier has its number of organisations that an app is let into.
"""

import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from werkzeug import Request

from bluestamp.sandbox import apps, connections, faces, organisations, scopes
from bluestamp.sandbox.acts import new_id
from bluestamp.sandbox.config import AppKind, RegisteredApp
from bluestamp.sandbox.errors import NotFound, Redirected
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.users import BOOKKEEPER, USERS, User
from bluestamp.sandbox.world import World

NONE_CHOSEN = "Choose at least one organisation."


def authorise(world: World, request: Request) -> Answered:
    """GET shows the consent page; POST (decision, organisation, user) sends the person back to the app.

    Somebody who doesn't belong to an organisation chosen can't let anyone in.
    """
    asked = request.args
    app, problem = _check_request(world, asked)
    chosen = request.form.getlist("organisation") if request.method == "POST" else []
    several = world.limits.ceilings.bulk_connections and "bulk_connect:false" not in asked.get(
        "acr_values", ""
    )
    if not problem and len(chosen) > 1 and not several:
        problem = "invalid_request: only one organisation can be chosen in one consent."
    if problem or app is None:
        return faces.page("refusal.html", status=400, title="Sorry, something went wrong", sentence=problem)
    if request.method == "POST":
        if not several or chosen or request.form.get("decision") != "allow":
            raise Redirected(_decide(world, app, asked, request.form, chosen))
        return _page(world, app, asked, several=True, problem=NONE_CHOSEN)
    return _page(world, app, asked, several=several)


def connection_limit(world: World, request: Request) -> Answered:
    """GET /connectionLimit, where a consent ends when the app has no connection left. The app never hears of it."""
    called = apps.name(world.config, request.args.get("client_id", ""))
    sentence = f"{called} has reached its Xero connection limit. Let them know, so that more organisations can connect."
    return faces.page("refusal.html", title="Sorry!", sentence=sentence)


def _page(
    world: World, app: RegisteredApp, asked: Mapping[str, str], *, several: bool, problem: str = ""
) -> Answered:
    return faces.page(
        "consent.html",
        status=400 if problem else 200,
        app=app,
        organisations=organisations.every(world.store),
        connected=connections.of_app(world.store, app.client_id),
        users=list(USERS.values()),
        scopes=sorted(scopes.read(asked.get("scope", ""))),
        several=several,
        problem=problem,
    )


def _check_request(world: World, asked: Mapping[str, str]) -> tuple[RegisteredApp | None, str]:
    app = world.config.apps.get(asked.get("client_id", ""))
    if app is None or app.kind is AppKind.CUSTOM:
        return None, "unauthorized_client: Unknown client or client not enabled."
    if not _redirect_fits(app, asked.get("redirect_uri", "")):
        return app, (
            "invalid_request: Invalid redirect_uri. It must be registered for the app exactly, and be https;"
            " plain http is for http://localhost only (not for 127.0.0.1)."
        )
    if asked.get("response_type") != "code":
        return app, "unsupported_response_type: response_type must be code."
    wanted = scopes.read(asked.get("scope", ""))
    strangers = apps.refused_scopes(world.store, app.client_id, wanted, world.clock.now().date())
    if strangers or not wanted:
        return app, f"invalid_scope: {' '.join(sorted(strangers)) or 'no scope was asked for'}."
    challenge = asked.get("code_challenge", "")
    if app.kind is AppKind.PKCE and not challenge:
        return app, "invalid_request: code challenge required."
    if challenge and asked.get("code_challenge_method") != "S256":
        return app, "invalid_request: Transform algorithm not supported, code_challenge_method must be S256."
    return app, ""


def _redirect_fits(app: RegisteredApp, redirect: str) -> bool:
    """Exact match and https, or http on localhost; an app nobody registered addresses for takes any such address."""
    if app.redirects and redirect not in app.redirects:
        return False
    address = urlsplit(redirect)
    return address.scheme == "https" or (address.scheme == "http" and address.hostname == "localhost")


def _decide(
    world: World,
    app: RegisteredApp,
    asked: Mapping[str, str],
    form: Mapping[str, str],
    chosen: Sequence[str],
) -> str:
    """Where the person goes from here."""
    state = {"state": asked["state"]} if asked.get("state") else {}
    denied = _with_query(asked["redirect_uri"], {"error": "access_denied", **state})
    if form.get("decision") != "allow":
        return denied
    user = USERS.get(form.get("user", BOOKKEEPER.id))
    if user is None:
        raise NotFound
    theirs = [held.id for held in organisations.every(world.store) if user.belongs_to(held.id)]
    wanted = [organisations.load(world.store, name.lower()).id for name in chosen if name] or theirs[:1]
    if not set(wanted) <= set(theirs):
        return denied
    if _is_too_many(world, app, wanted):
        return _with_query("/connectionLimit", {"client_id": app.client_id})
    code = _allow(world, app, asked, user, wanted)
    granted = " ".join(sorted(scopes.read(asked["scope"])))
    session = secrets.token_urlsafe(24)
    return _with_query(
        asked["redirect_uri"], {"code": code, "scope": granted, "session_state": session, **state}
    )


def _is_too_many(world: World, app: RegisteredApp, wanted: Sequence[str]) -> bool:
    """Inferred: an organisation counts once, whoever connected it, and connecting it again takes no further place."""
    ceiling, held = world.limits.ceilings.connections, connections.of_app(world.store, app.client_id)
    return ceiling is not None and not held.issuperset(wanted) and len(held.union(wanted)) > ceiling


def _allow(
    world: World, app: RegisteredApp, asked: Mapping[str, str], user: User, organisation_ids: Sequence[str]
) -> str:
    """Add the grant, connect the organisations, and make the code that stands for both: one event for all of them."""
    wanted, auth_event, code = scopes.read(asked["scope"]), new_id(), secrets.token_urlsafe(32)
    store, clock = world.store, world.clock
    whom = {"user_id": user.id, "app_id": app.client_id}
    with store.transaction():
        connections.grant(store, user.id, app.client_id, wanted)
        for organisation_id in organisation_ids:
            connections.connect(store, clock, **whom, organisation_id=organisation_id, auth_event=auth_event)
        store.put(
            "codes",
            code=code,
            user=user.id,
            app=app.client_id,
            redirect=asked["redirect_uri"],
            scopes=" ".join(sorted(wanted)),
            auth_event=auth_event,
            nonce=asked.get("nonce", ""),
            challenge=asked.get("code_challenge", ""),
            made_ms=clock.now_ms(),
        )
    return code


def _with_query(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
