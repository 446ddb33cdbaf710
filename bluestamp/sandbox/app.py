"""The WSGI app: one origin for everything Xero spreads over four, with the faults around it and a log of every call."""

import contextlib
import socket
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug import Request, Response
from werkzeug.exceptions import RequestEntityTooLarge

from bluestamp.sandbox import api, control, desk, faces, identity, wire
from bluestamp.sandbox.errors import Answer, NotFound, OAuthRefused, Offline, TooLarge
from bluestamp.sandbox.faults import Kind
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOGGED = ("/api.xro/", "/connect/", "/connections", "/identity/")
MAX_BODY = 64 * 1024 * 1024
"""What is read at all; Xero's own ceilings lie far below and are refused where they apply."""


class Dropped(ConnectionError):
    """The connection was broken on purpose."""


class App:
    """A whole Xero on one port."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        request.max_content_length = MAX_BODY
        answered = self._logged(request) if request.path.startswith(LOGGED) else self._answer(request)
        response = Response(answered.body, answered.status, answered.headers.items())
        return response(environ, start_response)

    def close(self) -> None:
        """Stop the delivery thread and let go of the state file."""
        self.world.close()

    def _logged(self, request: Request) -> Answered:
        """Answer with the faults around it; the log has what really happened, also when the caller never heard."""
        began, at_ms = time.perf_counter(), self.world.clock.now_ms()
        answered, note = Answered(0, {}, b""), "dropped before the work"
        try:
            self._before(request)
            note = ""
            answered = self._struck(request) or self._answer(request)
            if self._takes(request, Kind.LOSE_REPLY):
                note = "reply lost"
                _hang_up(request)
        finally:
            self._log(request, answered, at_ms=at_ms, note=note, took=time.perf_counter() - began)
        return answered

    def _before(self, request: Request) -> None:
        if self._takes(request, Kind.DROP_BEFORE):
            _hang_up(request)
        if not request.path.startswith(api.PREFIX):
            api.dawdle(self.world, request)

    def _struck(self, request: Request) -> Answered | None:
        tenant = request.headers.get("Xero-Tenant-Id", "")
        fault = self.world.faults.take(
            Kind.RATE_LIMITED,
            Kind.UNAVAILABLE,
            Kind.BROKEN,
            path=request.path,
            method=request.method,
            organisation=tenant,
        )
        if fault is None:
            return None
        if fault.kind is Kind.RATE_LIMITED:
            limited = api.limited_by_fault(self.world, request, fault.problem, fault.seconds)
            return api.refuse(self.world, request, limited)
        return api.refuse(self.world, request, Offline(int(fault.kind), fault.text))

    def _takes(self, request: Request, kind: Kind) -> bool:
        tenant = request.headers.get("Xero-Tenant-Id", "")
        return bool(
            self.world.faults.take(kind, path=request.path, method=request.method, organisation=tenant)
        )

    def _answer(self, request: Request) -> Answered:
        try:
            return self._route(request)
        except OAuthRefused as refusal:
            headers = {"Content-Type": "application/json; charset=utf-8"}
            return Answered(refusal.status, headers, wire.encode_compact(refusal.body()))
        except Answer as refusal:
            return api.refuse(self.world, request, refusal)
        except RequestEntityTooLarge:
            return api.refuse(self.world, request, TooLarge())

    def _route(self, request: Request) -> Answered:  # one branch an address, like the table it is
        world, path = self.world, request.path.rstrip("/")
        if path.startswith(api.PREFIX):
            return api.answer(world, request)
        if path.startswith("/_sandbox"):
            return control.answer(world, request)
        if path.lower() == "/connections" or path.lower().startswith("/connections/"):
            return identity.connections_call(world, request, path[13:] or None)
        if path.startswith(("/connect/", "/identity/", "/.well-known/")):
            return self._identity(request, path)
        if path.startswith("/static/"):
            return faces.static(path[8:])
        return desk.answer(world, request)

    def _identity(self, request: Request, path: str) -> Answered:
        method = request.method
        if path == "/identity/connect/authorize":
            return identity.authorise(self.world, request)
        if path in {"/connect/token", "/identity/connect/token"} and method == "POST":
            return identity.token(self.world, request)
        if path in {"/connect/revocation", "/identity/connect/revocation"} and method == "POST":
            return identity.revocation(self.world, request)
        if path == "/.well-known/openid-configuration":
            return identity.discovery(request)
        if path == "/.well-known/openid-configuration/jwks":
            return identity.jwks(self.world)
        raise NotFound

    def _log(self, request: Request, answered: Answered, *, at_ms: int, note: str, took: float) -> None:
        self.world.store.run(
            "INSERT INTO calls (at_ms, method, path, query, status, bytes_in, bytes_out, organisation, idempotency_key, note,"
            " duration_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            at_ms,
            request.method,
            request.path,
            request.query_string.decode("utf-8", "replace"),
            answered.status,
            request.content_length or 0,
            len(answered.body),
            request.headers.get("Xero-Tenant-Id", ""),
            request.headers.get("Idempotency-Key", ""),
            note,
            round(took * 1000, 3),
        )


def _hang_up(request: Request) -> None:
    """Break the connection without an answer."""
    line = request.environ.get("werkzeug.socket")
    if line is not None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
    raise Dropped("The sandbox broke the connection on purpose")
