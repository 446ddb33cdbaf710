"""Chromium at a live server, with somebody signed in, and an ear for everything that the page complains about."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from bluestamp.people.users import User
from tests import desk as desks
from tests.cast import Cast
from tests.desk import Desk

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: what a refusal rightly leaves in the console
EXPECTED = ("status of 409", "status of 422")
#: milliseconds for what takes a few hundred on a machine with nothing else to do
PATIENCE = 15_000
Visit = Callable[..., Page]
expect.set_options(timeout=PATIENCE)
# Playwright's event loop stands beside the fixtures' database, which Django would take for a mistake.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The Chromium of the machine; as root it can't have a sandbox of its own."""
    return {
        "executable_path": os.environ.get("CHROMIUM", "/usr/bin/chromium"),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    }


@pytest.fixture
def desk(transactional_db: None, cast: Cast, now: dt.datetime, data_dir: Path) -> Desk:
    """Northlight's desk, committed for the live server to see."""
    return desks.laid(cast, now, data_dir)


@pytest.fixture
def visit(browser: Browser, live_server: LiveServer, desk: Desk) -> Iterator[Visit]:
    """Open an address as somebody, in light or dark, wide or on a phone; at the end nothing may have complained."""
    complaints: list[str] = []
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not any(word in message.text for word in EXPECTED):
            complaints.append(message.text)

    def go(path: str, *, by: User | None, scheme: Any = "light", width: int = 1280) -> Page:
        size: Any = {"width": width, "height": 900}
        context = browser.new_context(
            base_url=live_server.url,
            viewport=size,
            color_scheme=scheme,
            locale="en-GB",
            reduced_motion="reduce",
        )
        contexts.append(context)
        if by is not None:
            context.add_cookies([_cookie(by, live_server.url)])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield go
    for context in contexts:
        context.close()
    assert not complaints


def _cookie(user: User, url: str) -> Any:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return {"name": "bluestamp_session", "value": client.cookies["bluestamp_session"].value, "url": url}


@pytest.fixture
def faults() -> Callable[[Page], list[str]]:
    """What axe finds wrong with a page: rule, and the first place."""

    def found(page: Page) -> list[str]:
        answer = Axe().run(page, options={"resultTypes": ["violations"]})
        return [
            f"{rule['id']} ({rule['impact']}): {rule['nodes'][0]['html'][:160]}"
            for rule in answer.response["violations"]
        ]

    return found
