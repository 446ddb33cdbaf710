"""Two-factor authentication: of whom a studio demands it, and when it can't be switched off.

Xero is connected only by somebody who has it on, in a studio that demands it. While a connection lives there is a
hold on switching it off: for the studio (`studios.edit`), and for everybody of whom the studio demands it (here).
"""

from __future__ import annotations

import base64
import secrets as random
from datetime import datetime
from typing import Any, Literal

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from bluestamp.engine import secrets, tenancy
from bluestamp.errors import Conflict
from bluestamp.people import holds, memberships, permissions
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import Action, Role
from bluestamp.people.rows import Studio, TwoFactorFor
from bluestamp.people.users import User


class TwoFactorNeeded(Conflict):
    """Xero is not connected before two-factor authentication is on. `setting` says whose is missing."""

    code = "TWO_FACTOR_NEEDED"

    def __init__(self, sentence: str, *, setting: Literal["studio", "person"]) -> None:
        super().__init__(sentence)
        self.setting = setting


def is_on(user: User) -> bool:
    """Whether the person has an authenticator. Recovery codes alone are none."""
    return bool(_authenticators(user.pk).exists())


def is_demanded(two_factor_for: str, role: str) -> bool:
    """The rule, as plain values: whether a studio with this setting demands it of somebody in this role."""
    if two_factor_for == TwoFactorFor.MONEY:
        return Role(role) in permissions.TABLE[Action.SEE_FINANCES]
    return two_factor_for == TwoFactorFor.EVERYBODY


def demanded_of(user: User, studio: Studio) -> bool:
    """Whether the studio demands it of this person. Of a stranger it demands nothing."""
    mine = Membership.objects.filter(user=user, studio=studio, is_active=True).first()
    return mine is not None and is_demanded(studio.two_factor_for, mine.role)


def refuse_connection_without(user: User, studio: Studio) -> None:
    """Let the connection be made, or raise TwoFactorNeeded: the studio demands it of nobody, or it is off here.

    Locks the studio for the caller's transaction, so that its setting can't be lowered before the caller has placed
    the hold on it.
    """
    with transaction.atomic():
        locked = Studio.objects.select_for_update().get(pk=studio.pk)
    if locked.two_factor_for == TwoFactorFor.NOBODY:
        raise TwoFactorNeeded(
            "Connecting Xero needs two-factor authentication in this studio. Demand it of everybody, or of those who "
            "see the finances, in the studio's settings.",
            setting="studio",
        )
    if not is_on(user):
        raise TwoFactorNeeded(
            "Connecting Xero needs two-factor authentication. Switch yours on, then connect.",
            setting="person",
        )


def refuse_removal(authenticator: Authenticator) -> None:
    """Let a person remove an authenticator, or raise Held: it is their last, and a studio's hold forbids that."""
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return
    if _authenticators(authenticator.user_id).exclude(pk=authenticator.pk).exists():
        return
    reasons = [
        hold
        for membership in memberships.of(authenticator.user)
        if is_demanded(membership.studio.two_factor_for, membership.role)
        for hold in _holds_in(membership.studio_id)
    ]
    if reasons:
        raise holds.Held(reasons)


def enrol(user: User, *, now: datetime) -> str:
    """Give a person an authenticator, in place of the one they had, and return its secret, in base 32.

    For the command line: in the browser people enrol themselves.
    """
    secret = base64.b32encode(random.token_bytes(20)).decode()
    with transaction.atomic():
        Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).delete()
        Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.TOTP,
            data={"secret": seal(secret, user_id=user.pk)},
            created_at=now,
        )
    return secret


def forget(user: User) -> int:
    """Remove all authenticators of somebody who lost theirs, and say how many there were.

    For the command line alone, whose user could change the database as well. The person enters a studio that demands
    two-factor authentication only after enrolling anew.
    """
    gone, _ = Authenticator.objects.filter(user=user).delete()
    return int(gone)


def reseal() -> int:
    """Seal all authenticators' secrets anew by the key that stands first, and say how many changed.

    For changing the keys, before the old one is dropped: without it nobody could sign in with their authenticator.
    """
    return sum(_reseal(key) for key in Authenticator.objects.values_list("pk", flat=True))


def seal(secret: str, *, user_id: int) -> str:
    """Seal an authenticator's secret so that it opens for this person alone."""
    return secrets.seal(secret, bound_to=f"authenticator:{user_id}")


def unseal(sealed: str) -> str:
    """Open an authenticator's secret for the person whose row holds it.

    Raises secrets.Unsealable when no row does, or several: a secret copied into somebody else's row opens for nobody.
    """
    rows = Authenticator.objects.filter(Q(data__secret=sealed) | Q(data__seed=sealed))
    owners = list(rows.values_list("user_id", flat=True)[:2])
    if len(owners) != 1:
        raise secrets.Unsealable("no authenticator, or more than one, holds this secret")
    return secrets.unseal(sealed, bound_to=f"authenticator:{owners[0]}")


def _authenticators(user_id: int) -> Any:
    """A query set; allauth has no types."""
    return Authenticator.objects.filter(user_id=user_id).exclude(type=Authenticator.Type.RECOVERY_CODES)


def _holds_in(studio_id: int) -> list[holds.Hold]:
    """The pages of sign-in stand in no studio, so each is entered for a moment."""
    with tenancy.leaving(), tenancy.acting_in(studio_id):
        found = holds.of("studio", str(studio_id))
    return [hold for hold in found if hold.act == "switch_off_two_factor"]


def _reseal(authenticator_id: int) -> int:
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().filter(pk=authenticator_id).first()
        sealed = {name: row.data[name] for name in ("secret", "seed") if name in row.data} if row else {}
        old = {name: text for name, text in sealed.items() if secrets.needs_resealing(text)}
        if not row or not old:
            return 0
        bound_to = f"authenticator:{row.user_id}"
        row.data |= {name: secrets.reseal(text, bound_to=bound_to) for name, text in old.items()}
        row.save(update_fields=["data"])
        return 1


def secret_of(user: User) -> str:
    """Return the secret of somebody's authenticator, in base 32; "" without one. For the demo's command line alone."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return unseal(row.data["secret"]) if row is not None else ""
