"""API tokens: how a program acts in one studio as the person who made it, with that person's role of the moment.

Outside the border, for the token's hash is what tells the studio; so every verb here names the studio itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from bluestamp.engine.identifiers import OpaqueId
from bluestamp.errors import Invalid, NotFound, NotPermitted
from bluestamp.people import activity, hashes, memberships, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action, Role
from bluestamp.people.rows import Studio
from bluestamp.people.users import User

START: Final = "bst_"
PREFIX_LENGTH: Final = len(START) + 6
USE_IS_NOTED_EVERY: Final = timedelta(minutes=1)


class ApiToken(models.Model):
    """A token, of which only the hash and its first letters are kept."""

    id = OpaqueId()
    studio = models.ForeignKey(Studio, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=PREFIX_LENGTH)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class TokenRefused(NotPermitted):
    """The token is unknown or revoked, or its person has left; the answer never says which."""

    code = "TOKEN_REFUSED"
    http_status = 401


def create(*, by: Actor, name: str, now: datetime) -> tuple[ApiToken, str]:
    """Make a token for the actor, and return it with its plain text, which is shown this once.

    Refuses a missing name (Invalid), and a program that wants more tokens (NotPermitted): revoking its own would
    leave those alive.
    """
    permissions.require(by, Action.MAKE_TOKENS)
    if by.user_id is None or by.via == "api":
        raise NotPermitted("A token is made by a person who is signed in.")
    if not name.strip():
        raise Invalid("Say what the token is for.", field="name")
    plain = START + hashes.new_secret()
    with transaction.atomic():
        token = ApiToken.objects.create(
            studio_id=by.studio_id,
            user_id=by.user_id,
            name=name.strip(),
            prefix=plain[:PREFIX_LENGTH],
            hash=hashes.hash_of(plain),
            created_at=now,
        )
        _record(token, "token.created", f"Made the API token “{token.name}”.", by=by, now=now)
    return token, plain


def listed(by: Actor) -> list[ApiToken]:
    """The tokens that the actor may revoke, newest first: an owner everybody's, others their own."""
    return list(_revocable(by).select_related("user").order_by("-created_at", "-pk"))


def revoke(token_id: str, *, by: Actor, now: datetime) -> ApiToken:
    """Let a token act no longer, from its next request on. Refuses another person's, but to an owner (NotFound)."""
    permissions.require(by, Action.MAKE_TOKENS)
    with transaction.atomic():
        token = _revocable(by).select_for_update().filter(pk=token_id).first()
        if token is None:
            raise NotFound("There is no such token.")
        if token.revoked_at is None:
            _end(token, by=by, now=now)
    return token


def revoke_those_of(user: User, *, by: Actor, now: datetime) -> int:
    """Let all tokens that a person made in the actor's studio act no longer, each written down, and say how many.

    For a person who lost what guards their account; the caller has asked whether the actor may.
    """
    alive = ApiToken.objects.filter(studio_id=by.studio_id, user=user, revoked_at=None)
    with transaction.atomic():
        found = list(alive.select_for_update().order_by("pk"))
        for token in found:
            _end(token, by=by, now=now)
    return len(found)


def actor(plain: str, now: datetime) -> Actor:
    """Who acts with this token, and where; the use is noted to the minute. Raises TokenRefused."""
    found = ApiToken.objects.filter(hash=hashes.hash_of(plain), revoked_at=None).select_related(
        "user", "studio"
    )
    token = found.first()
    if token is None:
        raise TokenRefused("This token is not known here, or was revoked.")
    try:
        person = memberships.actor(token.user, token.studio, via="api")
    except NotFound:
        raise TokenRefused("This token is not known here, or was revoked.") from None
    _note_use(token, now)
    return Actor(
        studio_id=person.studio_id,
        name=f"{person.name} ({token.name})",
        role=person.role,
        user_id=person.user_id,
        via="api",
    )


def _end(token: ApiToken, *, by: Actor, now: datetime) -> None:
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    _record(token, "token.revoked", f"Revoked the API token “{token.name}”.", by=by, now=now)


def _note_use(token: ApiToken, now: datetime) -> None:
    """At most one write a minute, however busy the program is."""
    is_stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_IS_NOTED_EVERY)
    ApiToken.objects.filter(is_stale, pk=token.pk).update(last_used_at=now)


def _revocable(by: Actor) -> models.QuerySet[ApiToken]:
    theirs = ApiToken.objects.filter(studio_id=by.studio_id)
    if by.role == Role.OWNER:
        return theirs
    return theirs.filter(user_id=by.user_id) if by.user_id is not None else theirs.none()


def _record(token: ApiToken, verb: str, sentence: str, *, by: Actor, now: datetime) -> None:
    activity.record(by=by, verb=verb, kind="token", subject_id=token.pk, sentence=sentence, now=now)
