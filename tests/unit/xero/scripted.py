"""A Xero that answers what a test tells it to, and remembers what it was asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from bluestamp.xero.client import Client
from bluestamp.xero.connections import Connections
from bluestamp.xero.exchanges import Exchange
from bluestamp.xero.oauth import AppType, OAuth

NOW = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)
TOKEN = "token-that-nobody-may-see"
TENANT = "a46fcb6f-2773-40c4-a119-8aa08bca1e8e"
ORIGIN = "https://xero.example"
RECORDED = Path(__file__).parent / "recorded"


def recorded(name: str) -> bytes:
    """A recorded answer with the line ends that Xero gave it."""
    return (RECORDED / name).read_bytes().replace(b"\n", b"\r\n")


class ScriptedXero:
    """Answers with `reply`, which a test sets; an exception is raised instead of answered."""

    def __init__(self) -> None:
        self.requests: list[httpx2.Request] = []
        self.exchanges: list[Exchange] = []
        self.reply: httpx2.Response | Exception = httpx2.Response(200, json={})

    def says(
        self, body: bytes | str | dict[str, Any] | list[Any], status: int = 200, **headers: str
    ) -> ScriptedXero:
        content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        held = json.dumps(body).encode() if content is None else content
        self.reply = httpx2.Response(status, content=held, headers=named)
        return self

    def fails(self, problem: Exception) -> ScriptedXero:
        self.reply = problem
        return self

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    @property
    def http(self) -> httpx2.Client:
        return httpx2.Client(transport=httpx2.MockTransport(self._answer))

    @property
    def asked(self) -> httpx2.Request:
        (request,) = self.requests
        return request

    @property
    def client(self) -> Client:
        return Client(
            ORIGIN, TOKEN, TENANT, http=self.http, clock=lambda: NOW, on_exchange=self.exchanges.append
        )

    @property
    def connections(self) -> Connections:
        return Connections(ORIGIN, TOKEN, http=self.http, clock=lambda: NOW)

    def oauth(self, app_type: AppType = AppType.WEB) -> OAuth:
        return OAuth(
            client_id="an-app",
            client_secret="" if app_type is AppType.PKCE else "app-secret",
            app_type=app_type,
            login_url="https://login.example/",
            identity_url="https://identity.example",
            http=self.http,
            clock=lambda: NOW,
        )
