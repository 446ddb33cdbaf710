"""Connections: which organisations a user let an app into, and the grant (scopes) behind them.

From developer.xero.com, guides/oauth2/tenants and the identity OpenAPI file. Scopes add up over consents; revoking a
refresh token takes the grant and all of that user's connections to the app.
"""

from datetime import UTC, datetime

from bluestamp.sandbox import organisations, wire
from bluestamp.sandbox.acts import new_id
from bluestamp.sandbox.clock import Clock
from bluestamp.sandbox.errors import NotFound, forbidden
from bluestamp.sandbox.store import Row, Store
from bluestamp.sandbox.tokens import Claims

APP_CONNECTIONS = "app.connections"


def grant(store: Store, user_id: str, app_id: str, asked: frozenset[str]) -> frozenset[str]:
    """Add scopes to what a user allowed an app."""
    total = scopes_of(store, user_id, app_id) | asked
    store.put("grants", user=user_id, app=app_id, scopes=" ".join(sorted(total)))
    return total


def scopes_of(store: Store, user_id: str, app_id: str) -> frozenset[str]:
    """Everything a user ever allowed an app."""
    held = store.scalar("SELECT scopes FROM grants WHERE user = ? AND app = ?", user_id, app_id)
    return frozenset((held or "").split())


def connect(
    store: Store, clock: Clock, *, user_id: str, app_id: str, organisation_id: str, auth_event: str
) -> None:
    """Connect an organisation, or connect it again (a new auth event on the same connection)."""
    row = _find(store, user_id, app_id, organisation_id)
    now = clock.now_ms()
    store.put(
        "connections",
        id=row["id"] if row else new_id(),
        user=user_id,
        app=app_id,
        organisation=organisation_id,
        auth_event=auth_event,
        created_ms=row["created_ms"] if row else now,
        updated_ms=now,
    )


def is_connected(store: Store, claims: Claims, organisation_id: str) -> bool:
    """May this token speak for this organisation?"""
    return _find(store, claims.user_id, claims.app_id, organisation_id) is not None


def only_organisation(store: Store, claims: Claims) -> str | None:
    """The organisation of a custom connection, which needs no tenant header."""
    if claims.user_id or APP_CONNECTIONS in claims.scopes:
        return None
    rows = _of(store, claims)
    return str(rows[0]["organisation"]) if len(rows) == 1 else None


def every(store: Store, claims: Claims, auth_event: str | None) -> list[wire.Json]:
    """GET /connections."""
    names = {organisation.id: organisation.name for organisation in organisations.every(store)}
    return [
        {
            "id": row["id"],
            "authEventId": row["auth_event"],
            "tenantId": row["organisation"],
            "tenantType": "ORGANISATION",
            "tenantName": names[row["organisation"]],
            "createdDateUtc": _seven_digits(row["created_ms"]),
            "updatedDateUtc": _seven_digits(row["updated_ms"]),
        }
        for row in _of(store, claims)
        if auth_event is None or row["auth_event"] == auth_event.lower()
    ]


def disconnect(store: Store, claims: Claims, connection_id: str) -> None:
    """DELETE /connections/{id}. Raises 404 for an unknown id, 403 for a tenantId or authEventId in its place."""
    rows = _of(store, claims)
    if any(row["id"] == connection_id.lower() for row in rows):
        store.run("DELETE FROM connections WHERE id = ?", connection_id.lower())
        return
    if any(connection_id.lower() in {row["organisation"], row["auth_event"]} for row in rows):
        raise forbidden()
    raise NotFound


def revoke(store: Store, token: str, app_id: str) -> None:
    """POST /connect/revocation: the user's tokens, grant and connections of this app go. An unknown token is no error."""
    row = store.one("SELECT user FROM refresh_tokens WHERE token = ? AND app = ?", token, app_id)
    if row is None:
        return
    for table in ("refresh_tokens", "connections", "grants"):
        store.run(f"DELETE FROM {table} WHERE user = ? AND app = ?", row["user"], app_id)


def withdraw(store: Store, organisation_id: str, app_id: str | None = None) -> int:
    """The organisation's user disconnects an app inside Xero (or every app); how many connections went."""
    if app_id is None:
        return store.run("DELETE FROM connections WHERE organisation = ?", organisation_id)
    return store.run("DELETE FROM connections WHERE organisation = ? AND app = ?", organisation_id, app_id)


def of_organisation(store: Store, organisation_id: str) -> list[Row]:
    """Which apps are connected to an organisation, and by whom."""
    return store.all("SELECT * FROM connections WHERE organisation = ? ORDER BY created_ms", organisation_id)


def of_app(store: Store, app_id: str) -> frozenset[str]:
    """The organisations that an app is let into, by anybody."""
    rows = store.all("SELECT DISTINCT organisation FROM connections WHERE app = ?", app_id)
    return frozenset(str(row["organisation"]) for row in rows)


def _of(store: Store, claims: Claims) -> list[Row]:
    """The user's connections; all of the app's for a token of the app itself (scope app.connections)."""
    if APP_CONNECTIONS in claims.scopes and not claims.user_id:
        return store.all("SELECT * FROM connections WHERE app = ? ORDER BY created_ms", claims.app_id)
    return store.all(
        "SELECT * FROM connections WHERE user = ? AND app = ? ORDER BY created_ms",
        claims.user_id,
        claims.app_id,
    )


def _find(store: Store, user_id: str, app_id: str, organisation_id: str) -> Row | None:
    return store.one(
        "SELECT * FROM connections WHERE user = ? AND app = ? AND organisation = ?",
        user_id,
        app_id,
        organisation_id,
    )


def _seven_digits(ms: int) -> str:
    moment = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0"
