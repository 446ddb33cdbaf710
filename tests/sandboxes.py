"""A working Xero for tests: one sandbox process a run, as new for each test, spoken to over HTTP only.

    def test_…(sandbox: Sandbox) -> None:
        sandbox.fault(kind="lose_reply", path="/connect/token", count=1)

The fixture points the settings at it. `Sandbox.allow` walks the consent page the way a browser does.
"""

from __future__ import annotations

import datetime as dt
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from pytest_django import Settings

CLIENT_ID = "bluestamp-tests"
CLIENT_SECRET = "the tests' own secret"
WEBHOOK_KEY = "the tests' own webhook key"
BLUESTAMP_URL = "http://localhost:8000"
#: the logins at the sandbox's Xero
CLEO_AT_XERO = "6f5a2f0e-3c53-4a2e-8c0e-3f4f0d1f9a01"
ADA_AT_XERO = "b7d1a6c2-94a7-4c1b-a0d5-5b1f6c7e8d02"


@dataclass(frozen=True)
class Organisation:
    """One organisation in the sandbox."""

    id: str
    name: str
    country: str


class Sandbox:
    """The sandbox's remote control, and the people at its Xero."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._http = httpx2.Client(base_url=origin)

    def reset(self) -> None:
        """Begin anew: seeded organisations, real time, no faults, no calls."""
        self._control("POST", "reset")
        self._control("POST", "webhook", {})
        self._control("DELETE", "calls")

    def fault(self, **what: Any) -> None:
        """Let something go wrong: kind, path, method, count, every, seconds, … (bluestamp/sandbox/faults.py)."""
        self._control("POST", "faults", what)

    def clear_faults(self) -> None:
        """Let everything work again."""
        self._control("DELETE", "faults")

    def advance(self, **span: float) -> None:
        """Move the sandbox's clock forward: `advance(minutes=31)`."""
        self._control("POST", "clock", {"advance_seconds": dt.timedelta(**span).total_seconds()})

    def limit(self, **ceilings: int | str) -> None:
        """Set the limits of calls, or a `tier`, which has its own."""
        self._control("POST", "limits", ceilings)

    def webhooks_to(self, url: str, *, key: str = WEBHOOK_KEY) -> None:
        """Send webhooks to an address."""
        self._control("POST", "webhook", {"url": url, "key": key})

    def calls(self, path: str = "") -> list[dict[str, Any]]:
        """Return the calls it was asked, oldest first, those whose path has this in it."""
        found: list[dict[str, Any]] = self._control("GET", f"calls?path={path}")["calls"]
        return found

    def organisations(self) -> list[Organisation]:
        """Return its organisations, by name."""
        held: list[dict[str, Any]] = self._control("GET", "organisations")["organisations"]
        rows = [Organisation(row["TenantId"], row["Name"], row["CountryCode"]) for row in held]
        return sorted(rows, key=lambda row: row.name)

    def of_country(self, country: str) -> Organisation:
        """Return the organisation of a country: GB, NZ or US."""
        return next(row for row in self.organisations() if row.country == country)

    def state(self, organisation: Organisation) -> dict[str, Any]:
        """Return everything that is in an organisation."""
        found: dict[str, Any] = self._control("GET", f"state?organisation={organisation.id}")["organisations"]
        return found[organisation.id]  # type: ignore[no-any-return]

    def change(self, organisation: Organisation, **what: Any) -> None:
        """Change an organisation: period_lock_on, archive_account, withdraw_access, is_offline, …."""
        self._control("POST", f"organisations/{organisation.id}", what)

    def switch(self, **positions: Any) -> None:
        """Move switches for what Xero's pages leave open (bluestamp/sandbox/switches.py); `reset` puts them back."""
        self._control("POST", "switches", positions)

    def do(self, document_id: str, verb: str, **what: Any) -> dict[str, Any]:
        """Let the bookkeeper do something to a document in Xero: approve, pay, void, …."""
        return self._control("POST", f"documents/{document_id}/{verb}", what)

    def allow(
        self, consent_url: str, *organisations: Organisation, user: str = CLEO_AT_XERO
    ) -> dict[str, str]:
        """Say yes on the consent page; return what Xero sends back to the callback."""
        chosen = [organisation.id for organisation in organisations]
        return self._answer(consent_url, {"decision": "allow", "organisation": chosen, "user": user})

    def refuse(self, consent_url: str) -> dict[str, str]:
        """Say no on the consent page; return what Xero sends back to the callback."""
        return self._answer(consent_url, {"decision": "cancel"})

    def _answer(self, consent_url: str, form: dict[str, str | list[str]]) -> dict[str, str]:
        page = self._http.get(consent_url)
        assert page.status_code == 200, page.text
        back = self._http.post(consent_url, data=form)
        assert back.status_code in (302, 303), back.text
        return dict(parse_qsl(urlsplit(back.headers["Location"]).query))

    def _control(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        answer = self._http.request(method, f"/_sandbox/{path}", json=body)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """One sandbox for the whole run, on a free port; `SANDBOX_OPTIONS=--lenient` starts it otherwise."""
    command = [
        sys.executable,
        "-m",
        "bluestamp.sandbox",
        "--port",
        "0",
        "--app",
        f"{CLIENT_ID}:{CLIENT_SECRET}",
        *shlex.split(os.environ.get("SANDBOX_OPTIONS", "")),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        origin = process.stdout.readline().split()[-1]
        assert origin.startswith("http://"), origin
        try:
            yield Sandbox(origin)
        finally:
            process.terminate()
            process.communicate(timeout=20)


@pytest.fixture
def sandbox(sandbox_process: Sandbox, settings: Settings) -> Sandbox:
    """The sandbox as new, and the settings that point at it."""
    sandbox_process.reset()
    for name in ("XERO_LOGIN_URL", "XERO_IDENTITY_URL", "XERO_API_URL", "XERO_DEEP_LINK_URL"):
        setattr(settings, name, sandbox_process.origin)
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
    settings.XERO_APP_TYPE, settings.XERO_WEBHOOK_KEY = "web", WEBHOOK_KEY
    settings.BLUESTAMP_URL = BLUESTAMP_URL
    return sandbox_process
