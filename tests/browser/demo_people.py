"""Ada, Ben and Cleo at browsers of their own before a demo, and an ear for whatever their pages complain about."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from allauth.mfa.totp.internal import auth
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import PATIENCE
from tests.browser.demo_process import Demo

PASSWORD: Final = "a lamp in the window"
#: Xero's webhook, the worker and the page's own question lie between a press there and the word here.
ARRIVES: Final = 30_000
#: what a refusal rightly leaves in the console
EXPECTED: Final = ("status of 409", "status of 422")


@dataclass
class People:
    """Whoever has sat down, and what broke before their eyes."""

    demo: Demo
    browser: Browser
    broken: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def ada(self) -> Page:
        """The owner, by the link that the terminal printed."""
        page = self._sit_down()
        page.goto(self.demo.sign_in_link)
        page.get_by_role("button", name="Continue").click()
        return self._at_home(page)

    def ben(self) -> Page:
        """The producer, by his password."""
        return self._at_home(self._signed_in("ben"))

    def cleo(self) -> Page:
        """The bookkeeper, by her password and her authenticator."""
        page = self._signed_in("cleo")
        secret = re.search(r"(\w+) Cleo's", self.demo.words)
        assert secret, self.demo.words
        counter = int(time.time()) // 30
        page.get_by_label("Code").fill(auth.format_hotp_value(auth.hotp_value(secret[1], counter)))
        page.get_by_role("button", name="Continue").click()
        return self._at_home(page)

    def _signed_in(self, name: str) -> Page:
        page = self._sit_down()
        page.goto("/accounts/login/")
        page.get_by_label("E-mail").fill(f"{name}@northlight.example")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        return page

    def _at_home(self, page: Page) -> Page:
        expect(page.get_by_role("heading", name="Northlight")).to_be_visible()
        return page

    def _sit_down(self) -> Page:
        context = self.browser.new_context(
            base_url=self.demo.app,
            locale="en-GB",
            reduced_motion="reduce",
            viewport={"width": 1280, "height": 900},
        )
        context.set_default_timeout(ARRIVES)
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.broken.append(str(error)))
        page.on("console", lambda said: self._listen(said.type, said.text))
        return page

    def _listen(self, kind: str, words: str) -> None:
        if kind == "error" and not any(known in words for known in EXPECTED):
            self.broken.append(words)


@contextmanager
def around(demo: Demo, browser: Browser) -> Iterator[People]:
    """Have them for the block; at its end nothing may have broken."""
    people = People(demo, browser)
    expect.set_options(timeout=ARRIVES)
    try:
        yield people
        assert people.broken == []
    finally:
        expect.set_options(timeout=PATIENCE)
        for context in people.contexts:
            context.close()


def row_of(page: Page, *words: str) -> Locator:
    """The first row of a list with these words."""
    rows = page.get_by_role("row")
    for word in words:
        rows = rows.filter(has_text=word)
    return rows.first


def opened(page: Page, link: Locator) -> Page:
    """The page that a link opens beside ours."""
    with page.expect_popup() as popup:
        link.click()
    return popup.value


def press(page: Page, name: str) -> None:
    """Press what lies in the ⋯ menu, once the page offers it."""
    wanted = page.locator(".menu button", has_text=re.compile(f"^{re.escape(name)}$")).last
    wanted.wait_for(state="attached")
    page.get_by_role("button", name="More").last.click()
    wanted.click()


def keep(page: Page, name: str) -> None:
    """Take a picture for `docs/pictures`, in light and in dark, when `PICTURES` names a folder to put it into."""
    folder = os.environ.get("PICTURES", "")
    if not folder:
        return
    page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.screenshot(path=Path(folder) / f"{name}-dark.png", animations="disabled")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
