"""The WSGI app: one origin for everything Xero spreads over four, with the faults around it and a log of every call."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from bluestamp.sandbox import api, call_log, consents, control, desk, faces, identity, online, striking, wire
from bluestamp.sandbox.errors import Answer, NotFound, OAuthRefused, TooLarge
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

LOGGED = ("/api.xro/", "/connect/", "/connections", "/identity/")
MAX_BODY = 64 * 1024 * 1024
"""What is read at all; Xero's own ceilings lie far below and are refused where they apply."""


class App:
    """A whole Xero on one port."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        answered = self._logged(request) if request.path.startswith(LOGGED) else self._answer(request)
        response = Response(answered.body, answered.status, answered.headers.items())
        return response(environ, start_response)

    def close(self) -> None:
        """Stop the delivery thread and let go of the state file."""
        self.world.close()

    def _logged(self, request: Request) -> Answered:
        """Answer with the faults around it; the log has what really happened, also when the caller never heard."""
        if (request.content_length or 0) > MAX_BODY:
            return api.refuse(self.world, request, TooLarge())
        request.get_data()  # kept, so that a form can be read and the log has it too
        began, at_ms = time.perf_counter(), self.world.clock.now_ms()
        answered, note = Answered(0, {}, b""), striking.before(self.world, request)
        try:
            if not note:
                answered = self._struck(request)
                note = striking.after(self.world, request)
        finally:
            # Written before the caller can tell that anything happened: who asks for the log at once finds it there.
            heard = call_log.Heard(at_ms, time.perf_counter() - began, note)
            call_log.write(self.world.store, request, answered, heard)
        if note:
            striking.hang_up(request)
        return answered

    def _struck(self, request: Request) -> Answered:
        """The answer, unless a fault has another."""
        if not request.path.startswith(api.PREFIX):
            api.dawdle(self.world, request)
        refusal = striking.instead(self.world, request)
        return self._refuse(request, refusal) if refusal else self._answer(request)

    def _refuse(self, request: Request, refusal: Answer) -> Answered:
        if isinstance(refusal, OAuthRefused):
            headers = {"Content-Type": "application/json; charset=utf-8"}
            return Answered(refusal.status, headers, wire.encode_compact(refusal.body()))
        return api.refuse(self.world, request, refusal)

    def _answer(self, request: Request) -> Answered:
        try:
            return self._route(request)
        except Answer as refusal:
            return self._refuse(request, refusal)

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
        if path == "/connectionLimit":
            return consents.connection_limit(world, request)
        if path.startswith("/in/"):
            return online.page(world, request, path[4:])
        if path.startswith("/static/"):
            return faces.static(path[8:])
        return desk.answer(world, request)

    def _identity(self, request: Request, path: str) -> Answered:
        method = request.method
        if path == "/identity/connect/authorize":
            return consents.authorise(self.world, request)
        if path in {"/connect/token", "/identity/connect/token"} and method == "POST":
            return identity.token(self.world, request)
        if path in {"/connect/revocation", "/identity/connect/revocation"} and method == "POST":
            return identity.revocation(self.world, request)
        if path == "/.well-known/openid-configuration":
            return identity.discovery(request)
        if path == "/.well-known/openid-configuration/jwks":
            return identity.jwks(self.world)
        raise NotFound
