"""Two-factor authentication: of whom a studio demands it, and when it can't be switched off.

Xero is connected only by somebody who has it on, in a studio that demands it. While a connection lives there is a
hold on switching it off: for the studio (`studios.edit`), and for everybody of whom the studio demands it (here).
"""

from __future__ import annotations

import base64
import secrets as random
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Q

from bluestamp.engine import queue, secrets, tenancy
from bluestamp.errors import Conflict, NotPermitted
from bluestamp.people import activity, actors, holds, memberships, permissions, tokens, users
from bluestamp.people.actors import Actor
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


class ResetsOneself(Conflict):
    """One's own authenticators are changed by showing one of them."""

    code = "RESETS_ONESELF"


class WorksElsewhere(Conflict):
    """The person works in a studio that the actor does not own."""

    code = "WORKS_ELSEWHERE"


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


def reset(membership_id: str, *, by: Actor, now: datetime) -> Membership:
    """Forget all authenticators of somebody of the studio who lost theirs, sign them out and revoke their tokens.

    Whoever took the phone may have been signed in, and a token made then would outlive everything else. They enter a
    studio that demands two-factor authentication only after enrolling anew, so a live connection is no hindrance. A
    letter tells them. Refuses oneself (ResetsOneself), one who works in a studio of which the actor is no
    owner (WorksElsewhere: it would open that studio's door too), and programs (NotPermitted).
    """
    permissions.require(by, Action.MANAGE_PEOPLE)
    if by.via == "api":
        raise NotPermitted("Two-factor authentication is reset by a person who is signed in.")
    membership = memberships.find(membership_id, by=by)
    if membership.user_id == by.user_id:
        raise ResetsOneself(
            "Your own authenticators are changed under Security. Without them, use a recovery code."
        )
    _refuse_elsewhere(membership.user, by=by)
    with transaction.atomic():
        forget(membership.user)
        _record_reset(membership.user, by=by, now=now)
        _revoke_tokens(membership.user, by=by, now=now)
        key = f"people.two_factor_reset:{membership.pk}"
        queue.enqueue_once("people.two_factor_reset", key, user_id=membership.user_id, by_name=by.name)
    return membership


def reset_by_command(user: User, *, now: datetime) -> bool:
    """Forget somebody's authenticators, revoke their tokens, and write it down in each of their studios.

    False when there was no authenticator; then nothing was done.
    For the command line alone, whose user could change the database as well.
    """
    with transaction.atomic():
        had = forget(user)
        for mine in memberships.of(user) if had else []:
            with tenancy.leaving(), tenancy.acting_in(mine.studio_id):
                by = actors.command_line(mine.studio_id)
                _record_reset(user, by=by, now=now)
                tokens.revoke_those_of(user, by=by, now=now)
    return bool(had)


def forget(user: User) -> int:
    """Remove all authenticators of a person, recovery codes too, end their sessions, and say how many there were."""
    gone, _ = Authenticator.objects.filter(user=user).delete()
    users.sign_out_everywhere(user)
    return int(gone)


def those_with_it(user_ids: Iterable[int]) -> set[int]:
    """Who of these people has an authenticator; one query."""
    rows = Authenticator.objects.filter(user_id__in=list(user_ids))
    return set(rows.exclude(type=Authenticator.Type.RECOVERY_CODES).values_list("user_id", flat=True))


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


def _refuse_elsewhere(user: User, *, by: Actor) -> None:
    """A producer's second factor guards every studio that they work in, so all of those owners have a say."""
    mine = Membership.objects.filter(user_id=by.user_id or 0, role=Role.OWNER, is_active=True)
    owned = set(mine.values_list("studio_id", flat=True)) | {by.studio_id}
    if any(each.studio_id not in owned for each in memberships.of(user)):
        raise WorksElsewhere(
            f"{user.name} works in another studio too, whose door this would open. Whoever runs Bluestamp can do it: "
            f"bluestamp person reset-two-factor {user.email}"
        )


def _revoke_tokens(user: User, *, by: Actor, now: datetime) -> None:
    """In the actor's studio, and in the others of theirs in which this person works too."""
    tokens.revoke_those_of(user, by=by, now=now)
    for mine in memberships.of(user):
        if mine.studio_id != by.studio_id:
            with tenancy.leaving(), tenancy.acting_in(mine.studio_id):
                tokens.revoke_those_of(user, by=replace(by, studio_id=mine.studio_id), now=now)


def _record_reset(user: User, *, by: Actor, now: datetime) -> None:
    membership = Membership.objects.get(user=user, studio_id=by.studio_id)
    activity.record(
        by=by,
        verb="person.two_factor_reset",
        kind="person",
        subject_id=membership.pk,
        sentence=f"Reset {user.name}'s two-factor authentication.",
        now=now,
        detail={"user_id": user.pk},
    )


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
