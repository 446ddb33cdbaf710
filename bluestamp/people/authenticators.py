"""A person's second factors, as their Security page shows them. What allauth keeps is read here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator

from bluestamp.people.users import User


@dataclass(frozen=True)
class Key:
    """A passkey, or a security key that only follows a password. `pk` is allauth's own."""

    pk: int
    name: str
    is_passkey: bool
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Ways:
    """All of a person's. `app_at` is None without an authenticator app; `codes_left` None without recovery codes."""

    app_at: datetime | None
    app_used_at: datetime | None
    keys: tuple[Key, ...]
    codes_left: int | None


def of(user: User) -> Ways:
    """Return a person's second factors; one query."""
    rows = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at", "pk"))
    app = next((row for row in rows if row.type == Authenticator.Type.TOTP), None)
    codes = next((row for row in rows if row.type == Authenticator.Type.RECOVERY_CODES), None)
    return Ways(
        app_at=app.created_at if app else None,
        app_used_at=app.last_used_at if app else None,
        keys=tuple(_key(row) for row in rows if row.type == Authenticator.Type.WEBAUTHN),
        codes_left=_unused(codes) if codes else None,
    )


def _key(row: Authenticator) -> Key:
    extensions = row.data.get("credential", {}).get("clientExtensionResults", {})
    return Key(
        pk=row.pk,
        name=row.data.get("name", "A key"),
        is_passkey=bool(extensions.get("credProps", {}).get("rk")),
        added_at=row.created_at,
        used_at=row.last_used_at,
    )


def _unused(row: Authenticator) -> int:
    """How many codes are left, without opening their sealed seed: allauth marks the used ones by bits."""
    return int(app_settings.RECOVERY_CODE_COUNT) - int(row.data.get("used_mask", 0)).bit_count()
