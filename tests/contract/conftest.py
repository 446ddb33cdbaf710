"""One sandbox on a real port for the whole run, made new before each test. No Django anywhere near."""

from collections.abc import Iterator

import pytest

from bluestamp.sandbox.app import App
from bluestamp.sandbox.server import serve
from tests.contract.caller import NZ, Caller


@pytest.fixture(scope="session")
def running() -> Iterator[tuple[App, str]]:
    """The sandbox and its origin."""
    with serve() as started:
        yield started


@pytest.fixture
def origin(running: tuple[App, str]) -> str:
    """The address of a sandbox that nobody has touched, without a minute limit in the way."""
    app, address = running
    app.world.webhooks.subscribe(None)
    app.world.reset()
    Caller(address).control("limits", {"minute": None})
    return address


@pytest.fixture
def xero(origin: str) -> Caller:
    """An app connected to the UK organisation."""
    return Caller(origin).connect()


@pytest.fixture
def demo(origin: str) -> Caller:
    """An app connected to Xero's NZ demo company."""
    return Caller(origin, NZ).connect()
