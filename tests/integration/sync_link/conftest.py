"""Northlight, and a working Xero beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from bluestamp.people.actors import Actor
from bluestamp.people.users import User
from bluestamp.sync import consents
from bluestamp.sync.connections import Connection
from tests.sandboxes import ADA_AT_XERO, Sandbox, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]

Connect = Callable[..., Connection]


@pytest.fixture
def present() -> dt.datetime:
    """The real present: the sandbox's tokens live by it."""
    return timezone.now()


@pytest.fixture
def connect(sandbox: Sandbox, present: dt.datetime) -> Connect:
    """Walk the whole consent, as a person does."""

    def walk(by: Actor, user: User, country: str = "GB", *, xero_user: str = ADA_AT_XERO) -> Connection:
        url = consents.begin(by=by, user=user, now=present)
        back = sandbox.allow(url, sandbox.of_country(country), user=xero_user)
        done = consents.finish(state=back["state"], code=back["code"], by=by, user=user, now=present)
        return done.connected[0]

    return walk


@pytest.fixture
def gb(connect: Connect, ada: Actor, ada_user: User, in_northlight: None) -> Connection:
    """Northlight's connection to the British organisation."""
    return connect(ada, ada_user)
