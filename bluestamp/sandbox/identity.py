"""The identity service: tokens, revocation, discovery, connections, under Xero's own paths on the sandbox's one origin.

From developer.xero.com, guides/oauth2 (auth-flow, pkce-flow, custom-connections) and the identity OpenAPI file.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from urllib.parse import unquote

from werkzeug import Request

from bluestamp.sandbox import apps, connections, organisations, scopes, wire
from bluestamp.sandbox.acts import new_id
from bluestamp.sandbox.config import AppKind, RegisteredApp
from bluestamp.sandbox.errors import NotFound, OAuthRefused
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.tokens import ACCESS_SECONDS, CODE_SECONDS
from bluestamp.sandbox.users import USERS
from bluestamp.sandbox.world import World

GRANTS = {
    "authorization_code": frozenset({AppKind.WEB, AppKind.PKCE}),
    "refresh_token": frozenset({AppKind.WEB, AppKind.PKCE}),
    "client_credentials": frozenset({AppKind.WEB, AppKind.CUSTOM}),
}
VERIFIER_LENGTH = range(43, 129)


def token(world: World, request: Request) -> Answered:
    """POST /connect/token for the three grants. Raises OAuthRefused."""
    form = request.form
    app = _authenticate(world, request)
    grant = form.get("grant_type", "")
    if not grant:
        raise OAuthRefused("invalid_request")
    if grant not in GRANTS:
        raise OAuthRefused("unsupported_grant_type")
    if app.kind not in GRANTS[grant]:
        raise OAuthRefused("unauthorized_client")
    issuer = issuer_of(request)
    with world.store.transaction():
        if grant == "authorization_code":
            return _json(_by_code(world, app, form, issuer))
        if grant == "refresh_token":
            return _json(_by_refresh(world, app, form, issuer))
        return _json(_by_credentials(world, app, form, issuer))


def revocation(world: World, request: Request) -> Answered:
    """POST /connect/revocation: 200 with an empty body, whatever the token."""
    app = _authenticate(world, request)
    if not request.form.get("token"):
        raise OAuthRefused("invalid_request")
    with world.store.transaction():
        connections.revoke(world.store, request.form["token"], app.client_id)
    return Answered(200, {}, b"")


def discovery(request: Request) -> Answered:
    """GET /.well-known/openid-configuration."""
    origin = issuer_of(request)
    return _json(
        {
            "issuer": origin,
            "jwks_uri": f"{origin}/.well-known/openid-configuration/jwks",
            "authorization_endpoint": f"{origin}/identity/connect/authorize",
            "token_endpoint": f"{origin}/connect/token",
            "revocation_endpoint": f"{origin}/connect/revocation",
            "scopes_supported": sorted(scopes.KNOWN),
            "response_types_supported": ["code"],
            "grant_types_supported": sorted(GRANTS),
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
    )


def jwks(world: World) -> Answered:
    """GET /.well-known/openid-configuration/jwks."""
    return _json(world.tokens.jwks())


def connections_call(world: World, request: Request, connection_id: str | None) -> Answered:
    """GET /connections and DELETE /connections/{id}. No tenant header, no accounting limits."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    claims = world.tokens.read(bearer.strip() if scheme.lower() == "bearer" else "")
    if connection_id is None and request.method == "GET":
        return _json(connections.every(world.store, claims, request.args.get("authEventId")))
    if connection_id is None or request.method != "DELETE":
        raise NotFound
    connections.disconnect(world.store, claims, connection_id)
    return Answered(204, {}, b"")


def issuer_of(request: Request) -> str:
    """The sandbox's origin, as the caller knows it."""
    return request.host_url.rstrip("/")


def _authenticate(world: World, request: Request) -> RegisteredApp:
    """HTTP Basic, or client_id (and client_secret) in the body; a PKCE app has no secret. Raises invalid_client."""
    basic = request.authorization
    if basic is not None and basic.type == "basic":
        client_id, secret = unquote(basic.username or ""), unquote(basic.password or "")
    else:
        client_id, secret = request.form.get("client_id", ""), request.form.get("client_secret", "")
    app = world.config.apps.get(client_id)
    if app is None or (
        app.kind is not AppKind.PKCE and not secrets.compare_digest(app.secret.encode(), secret.encode())
    ):
        raise OAuthRefused("invalid_client")
    return app


def _by_code(world: World, app: RegisteredApp, form: Mapping[str, str], issuer: str) -> wire.Json:
    code, redirect = form.get("code"), form.get("redirect_uri")
    if not code or not redirect:
        raise OAuthRefused("invalid_request")
    row = world.store.one("SELECT * FROM codes WHERE code = ? AND app = ?", code, app.client_id)
    if row is None:
        raise OAuthRefused("invalid_grant")
    too_late = world.clock.now_ms() - row["made_ms"] > CODE_SECONDS * 1000
    if (
        too_late
        or row["redirect"] != redirect
        or not _verifier_fits(row["challenge"], form.get("code_verifier", ""))
    ):
        raise OAuthRefused("invalid_grant")
    world.store.run("DELETE FROM codes WHERE code = ?", code)
    return _pair(world, app, row["user"], row["auth_event"], issuer, row["nonce"])


def _verifier_fits(challenge: str, verifier: str) -> bool:
    if not challenge:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return len(verifier) in VERIFIER_LENGTH and secrets.compare_digest(made, challenge)


def _by_refresh(world: World, app: RegisteredApp, form: Mapping[str, str], issuer: str) -> wire.Json:
    held = form.get("refresh_token")
    if not held:
        raise OAuthRefused("invalid_request")
    user_id, auth_event = world.tokens.rotate(held, app.client_id)
    return _pair(world, app, user_id, auth_event, issuer, "")


def _by_credentials(world: World, app: RegisteredApp, form: Mapping[str, str], issuer: str) -> wire.Json:
    """A custom connection's token for its one organisation, or a web app's own token with app.connections."""
    custom = app.kind is AppKind.CUSTOM
    wanted = scopes.read(form.get("scope", "")) or (scopes.ACCOUNTING if custom else frozenset())
    strangers = apps.refused_scopes(world.store, app.client_id, wanted, world.clock.now().date())
    if strangers or not wanted or (not custom and wanted != {"app.connections"}):
        raise OAuthRefused("invalid_scope")
    auth_event = new_id()
    if custom and not world.store.scalar("SELECT 1 FROM connections WHERE app = ?", app.client_id):
        first = organisations.every(world.store)[0]
        connections.connect(
            world.store,
            world.clock,
            user_id="",
            app_id=app.client_id,
            organisation_id=first.id,
            auth_event=auth_event,
        )
    return {
        "access_token": world.tokens.access(app, "", wanted, auth_event, issuer),
        "expires_in": ACCESS_SECONDS,
        "token_type": "Bearer",
        "scope": " ".join(sorted(wanted)),
    }


def _pair(
    world: World, app: RegisteredApp, user_id: str, auth_event: str, issuer: str, nonce: str
) -> wire.Json:
    granted = connections.scopes_of(world.store, user_id, app.client_id)
    said: wire.Json = {}
    if "openid" in granted:
        said["id_token"] = world.tokens.identity(app, USERS[user_id], issuer, nonce)
    said |= {
        "access_token": world.tokens.access(app, user_id, granted, auth_event, issuer),
        "expires_in": ACCESS_SECONDS,
        "token_type": "Bearer",
    }
    if "offline_access" in granted:
        said["refresh_token"] = world.tokens.new_refresh(app.client_id, user_id, auth_event)
    return said | {"scope": " ".join(sorted(granted))}


def _json(body: object) -> Answered:
    headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
    return Answered(200, headers, wire.encode_compact(body))
