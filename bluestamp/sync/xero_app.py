"""Our app as Xero knows it: its credentials, its addresses, and the one HTTP client that all calls go over.

Nothing but the settings tells the sandbox from Xero.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from functools import cache

import httpx2
from django.conf import settings
from django.db import transaction

from bluestamp.xero.calls import Patience
from bluestamp.xero.connections import Connections
from bluestamp.xero.oauth import SCOPES, AppType, OAuth

CALLBACK_PATH = "/xero/callback"
#: what an organisation's documents can't be kept in step without; signing in (`openid`) is not among them
NEEDED_SCOPES = frozenset(SCOPES) - {"openid"}


def is_set_up() -> bool:
    """Tell whether a Xero app is entered in the settings at all."""
    if settings.XERO_APP_TYPE == AppType.PKCE:
        return bool(settings.XERO_CLIENT_ID)
    return bool(settings.XERO_CLIENT_ID and settings.XERO_CLIENT_SECRET)


def is_custom() -> bool:
    """Tell whether the app is a custom connection: one organisation, and nobody is asked for consent."""
    return bool(settings.XERO_APP_TYPE == AppType.CUSTOM)


def redirect_uri() -> str:
    """Return where Xero sends people back to; it must be entered at Xero letter for letter."""
    return f"{settings.BLUESTAMP_URL}{CALLBACK_PATH}"


def oauth(*, now: dt.datetime, patience: Patience | None = None) -> OAuth:
    """Return what asks for consent and tokens in our app's name."""
    return OAuth(
        client_id=settings.XERO_CLIENT_ID,
        client_secret=settings.XERO_CLIENT_SECRET,
        app_type=AppType(settings.XERO_APP_TYPE),
        login_url=settings.XERO_LOGIN_URL,
        identity_url=settings.XERO_IDENTITY_URL,
        http=http(),
        clock=clock_from(now),
        patience=patience,
    )


def connections(access_token: str, *, now: dt.datetime) -> Connections:
    """Return what lists and ends the connections of a token."""
    return Connections(settings.XERO_API_URL, access_token, http=http(), clock=clock_from(now))


@cache
def http() -> httpx2.Client:
    """Return this process's HTTP client; threads share it and its open connections."""
    return httpx2.Client()


def clock_from(now: dt.datetime) -> Callable[[], dt.datetime]:
    """Return a clock that shows `now` now and runs on from there."""
    started = time.monotonic()
    return lambda: now + dt.timedelta(seconds=time.monotonic() - started)


def refuse_inside_transaction() -> None:
    """Raise RuntimeError when a transaction is open: nobody waits for Xero with rows locked.

    Django lets a durable block be the outermost only, and makes an exception for the one a test runs in.
    """
    with transaction.atomic(durable=True):
        pass
