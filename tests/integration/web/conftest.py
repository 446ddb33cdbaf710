"""Northlight with work on its desk, and somebody at a browser without a screen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from bluestamp.people.users import User
from tests import desk as desks
from tests.cast import Cast
from tests.desk import Desk

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Browser = Callable[[User], Client]


@pytest.fixture
def desk(cast: Cast, now: dt.datetime, data_dir: Path) -> Desk:
    """Northlight's desk."""
    return desks.laid(cast, now, data_dir)


@pytest.fixture
def browser() -> Browser:
    """Sign somebody in, as if they had shown their second factor."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return signed_in


@pytest.fixture
def ada_browser(browser: Browser, desk: Desk, ada_user: User) -> Client:
    """Northlight's owner at her browser."""
    return browser(ada_user)
