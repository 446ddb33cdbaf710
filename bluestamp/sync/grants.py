"""A grant: what one Xero user allowed our app, for one studio. Its tokens reach every organisation of that user.

    alive → lost (the refresh token is dead) → alive (a new consent)

Xero rotates the refresh token with every renewal, and racing renewals are what kills grants. So one worker renews at
a time (a lock of the database session named after the grant), looks again once it has the lock, and stores both new
tokens before either is used. A crash between Xero's answer and the store is healed by Xero: the previous refresh token
can be replayed for 30 minutes (developer.xero.com, "Token types").
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.db import models

from bluestamp.engine import queue, secrets
from bluestamp.people.studios import StudioRow
from bluestamp.sync import xero_app
from bluestamp.xero import errors as xero_errors
from bluestamp.xero.calls import Patience
from bluestamp.xero.errors import Lost, NotConnected, Unavailable
from bluestamp.xero.oauth import Tokens

#: a token is renewed this long before it ends, so that none ends during a round of calls
RENEW_BEFORE: Final = dt.timedelta(minutes=2)
#: how long to wait for another worker's renewal, which takes a second
LOCK_WAIT_SECONDS: Final = 10
LOOK_AGAIN: Final = dt.timedelta(seconds=5)
#: the grant of a custom connection, which belongs to no user
CUSTOM: Final = "custom connection"


class GrantState(models.TextChoices):
    """Whether the tokens still open anything."""

    ALIVE = "alive"
    LOST = "lost"


class Grant(StudioRow):
    """The tokens of one Xero user, sealed and bound to this row. `expires_at` is the access token's."""

    xero_user_id = models.CharField(max_length=64, blank=True)
    access_token = secrets.SealedText(bound_to="grant:{id}", blank=True)
    refresh_token = secrets.SealedText(bound_to="grant:{id}", blank=True)
    scopes = models.TextField(blank=True)
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=GrantState.choices, default=GrantState.ALIVE)
    lost_reason = models.CharField(max_length=200, blank=True)
    renewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["studio", "xero_user_id"], name="grant_one_a_user"),
            models.CheckConstraint(condition=models.Q(state__in=GrantState.values), name="grant_state"),
        ]


def keep(tokens: Tokens, *, studio_id: int, xero_user_id: str, now: dt.datetime) -> Grant:
    """Store the tokens of a consent, in place of those of an earlier one of the same user."""
    row = Grant.objects.filter(xero_user_id=xero_user_id).first()
    if row is None:
        row = Grant(studio_id=studio_id, xero_user_id=xero_user_id)
    for field, value in _values(row.id, tokens, now).items():
        setattr(row, field, value)
    row.save()
    return row


def access_token(
    grant_id: str,
    *,
    now: dt.datetime,
    wait_seconds: float = LOCK_WAIT_SECONDS,
    patience: Patience | None = None,
) -> str:
    """Return a token that lives two minutes at least, renewed if need be, as long as the `patience` lasts.

    Raises NotConnected (the grant is dead; whoever calls notes the loss), AppRefused, Unavailable, Unanswered, and
    RuntimeError inside a transaction when it has to be renewed.
    """
    grant = Grant.objects.get(id=grant_id)
    if not _is_due(grant, now):
        return _unsealed(grant, grant.access_token)
    xero_app.refuse_inside_transaction()
    wait_seconds = min(wait_seconds, patience.left) if patience else wait_seconds
    with queue.session_lock(f"grant:{grant_id}", wait_seconds=wait_seconds) as is_ours:
        if not is_ours:
            raise Unavailable("another worker renews the grant", outcome_known=True, until=now + LOOK_AGAIN)
        return _renewed(Grant.objects.get(id=grant_id), now=now, patience=patience)


def expire(grant_id: str, *, token: str, now: dt.datetime) -> bool:
    """Note that Xero calls this token too old, so that the next one who asks renews it.

    False when the token is not the stored one any more, or is brand new: renewing it again would not help.
    """
    grant = Grant.objects.get(id=grant_id)
    is_stored = grant.state == GrantState.ALIVE and _unsealed(grant, grant.access_token) == token
    if not is_stored or now - grant.renewed_at < RENEW_BEFORE:
        return False
    return bool(Grant.objects.filter(id=grant_id, access_token=grant.access_token).update(expires_at=now))


def mark_lost(grant_id: str, *, why: str) -> None:
    """Note that the tokens open nothing any more, and forget them."""
    lost = Grant.objects.filter(id=grant_id)
    lost.update(state=GrantState.LOST, lost_reason=why, access_token="", refresh_token="")


def _renewed(grant: Grant, *, now: dt.datetime, patience: Patience | None) -> str:
    """The token as it is now that the lock is ours: another worker may have renewed it while we waited."""
    if not _is_due(grant, now):
        return _unsealed(grant, grant.access_token)
    try:
        # 1. Xero rotates. A crash after this: the stored refresh token can be replayed for 30 minutes.
        tokens = _ask_anew(grant, now=now, patience=patience)
    except NotConnected:
        return _replaced_meanwhile(grant, now=now)
    # 2. Both tokens are stored, unless a new consent stored its own. A crash after this loses nothing.
    mine = Grant.objects.filter(
        id=grant.id, refresh_token=grant.refresh_token, access_token=grant.access_token
    )
    if not mine.update(**_values(grant.id, tokens, now)):
        return _replaced_meanwhile(grant, now=now)
    # 3. Only now is the new one used.
    return tokens.access_token


def _is_due(grant: Grant, now: dt.datetime) -> bool:
    """Whether it has to be renewed. Raises NotConnected for a grant that is lost."""
    if grant.state == GrantState.LOST:
        raise NotConnected(grant.lost_reason, lost=Lost.GRANT)
    return grant.expires_at - now < RENEW_BEFORE


def _ask_anew(grant: Grant, *, now: dt.datetime, patience: Patience | None) -> Tokens:
    oauth = xero_app.oauth(now=now, patience=patience)
    if grant.xero_user_id == CUSTOM:
        return oauth.client_credentials()
    refresh_token = _unsealed(grant, grant.refresh_token)
    try:
        return oauth.refresh(refresh_token=refresh_token)
    except xero_errors.Unanswered:
        # The answer was lost, and may have rotated the token: within 30 minutes the same one works again.
        return oauth.refresh(refresh_token=refresh_token)


def _replaced_meanwhile(grant: Grant, *, now: dt.datetime) -> str:
    """What somebody else stored while we asked with the old token; NotConnected when nobody did."""
    stored = Grant.objects.get(id=grant.id)
    if stored.refresh_token == grant.refresh_token and stored.access_token == grant.access_token:
        raise NotConnected("invalid_grant", lost=Lost.GRANT)
    if _is_due(stored, now):
        raise Unavailable("the grant was replaced", outcome_known=True, until=now)
    return _unsealed(stored, stored.access_token)


def _values(grant_id: str, tokens: Tokens, now: dt.datetime) -> dict[str, object]:
    bound_to = f"grant:{grant_id}"
    return {
        "access_token": secrets.seal(tokens.access_token, bound_to=bound_to),
        "refresh_token": secrets.seal(tokens.refresh_token, bound_to=bound_to),
        "scopes": " ".join(sorted(tokens.scopes)),
        "expires_at": tokens.expires_at,
        "state": GrantState.ALIVE,
        "lost_reason": "",
        "renewed_at": now,
    }


def _unsealed(grant: Grant, sealed: str) -> str:
    return secrets.unseal(sealed, bound_to=f"grant:{grant.id}")
