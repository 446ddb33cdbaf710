"""Registered apps: their names, when each was made, and therefore which scopes it may ask for and use.

From developer.xero.com, faq/granular-scopes: apps made since 2 March 2026 know granular scopes only; older ones may use
both kinds until 13 September 2027, when the broad ones stop. Every app here is new, until `made_on` says otherwise.
"""

from collections.abc import Iterable
from datetime import date

from bluestamp.sandbox import scopes
from bluestamp.sandbox.config import Config
from bluestamp.sandbox.store import Store

GRANULAR_ONLY_FROM = date(2026, 3, 2)
BROAD_UNTIL = date(2027, 9, 13)


def name(config: Config, app_id: str) -> str:
    """What an app is called in its portal, in answers (ProviderName) and in history."""
    app = config.apps.get(app_id)
    return app.name if app else app_id


def made_on(store: Store, app_id: str) -> date:
    """The day an app was registered."""
    held = store.scalar("SELECT value FROM facts WHERE name = ?", _fact(app_id))
    return date.fromisoformat(held) if held else GRANULAR_ONLY_FROM


def set_made_on(store: Store, app_id: str, day: date) -> None:
    """Pretend an app was registered that day."""
    store.put("facts", name=_fact(app_id), value=day.isoformat())


def takes_broad_scopes(store: Store, app_id: str, today: date) -> bool:
    """May the app still ask for accounting.transactions and its like?"""
    return made_on(store, app_id) < GRANULAR_ONLY_FROM and today < BROAD_UNTIL


def refused_scopes(store: Store, app_id: str, asked: Iterable[str], today: date) -> frozenset[str]:
    """Scopes that the app can't ask for on that day."""
    known = scopes.KNOWN | (scopes.BROAD.keys() if takes_broad_scopes(store, app_id, today) else frozenset())
    return frozenset(asked) - known


def in_force(store: Store, app_id: str, granted: frozenset[str], today: date) -> frozenset[str]:
    """What a token's scopes amount to on that day: broad ones stand for their granular ones, until they stop."""
    broad = granted & scopes.BROAD.keys()
    if not broad:
        return granted
    covered = frozenset().union(*(scopes.BROAD[scope] for scope in broad))
    return granted | covered if takes_broad_scopes(store, app_id, today) else granted - broad


def _fact(app_id: str) -> str:
    return f"app made on:{app_id}"
