"""Sign-in links: made by whoever owns the machine, for one person, one use and ten minutes, on that machine only."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models

from bluestamp.engine.identifiers import OpaqueId
from bluestamp.errors import NotPermitted
from bluestamp.people import hashes
from bluestamp.people.users import User

LIFETIME: Final = timedelta(minutes=10)
PATH: Final = "/accounts/link/"
"""Where `web` answers: PATH + secret + "/"."""


class SignInLink(models.Model):
    """A link, of which only the hash is kept. Belongs to a person and to no studio."""

    id = OpaqueId()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"a link for {self.user}"


class LinkRefused(NotPermitted):
    """The link was used, is too old, was never made, or is opened from elsewhere; the answer never says which."""

    code = "LINK_REFUSED"


def make(user: User, now: datetime) -> str:
    """Make a link for a person, and return its path. Links that ran out are forgotten on the way."""
    SignInLink.objects.filter(expires_at__lt=now).delete()
    secret = hashes.new_secret()
    SignInLink.objects.create(
        user=user, hash=hashes.hash_of(secret), created_at=now, expires_at=now + LIFETIME
    )
    return f"{PATH}{secret}/"


def redeem(secret: str, remote_addr: str, now: datetime) -> User:
    """Use the link up, and say whom it signs in. Of two at once one gets it: the row is changed from unused to used.

    `remote_addr` is the address at the other end of the connection itself, never one that a header claims. Raises
    LinkRefused.
    """
    if not _is_this_machine(remote_addr):
        raise _refused()
    # One table only: over a join, PostgreSQL would not look again at a row that another redeemer has just changed.
    mine = SignInLink.objects.filter(hash=hashes.hash_of(secret), redeemed_at=None, expires_at__gt=now)
    if mine.update(redeemed_at=now) != 1:
        raise _refused()
    user = SignInLink.objects.select_related("user").get(hash=hashes.hash_of(secret)).user
    if not user.is_active:
        raise _refused()
    return user


def _is_this_machine(remote_addr: str) -> bool:
    try:
        address = ipaddress.ip_address(remote_addr)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _refused() -> LinkRefused:
    return LinkRefused(
        "This link signs nobody in: it works once, for ten minutes, on the machine where it was made. Make a new one."
    )
