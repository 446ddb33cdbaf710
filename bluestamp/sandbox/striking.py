"""What a fault does to a request: the answer in place of the work, or no answer after it."""

import contextlib
import socket
import time
from collections.abc import Callable, Mapping
from typing import NoReturn

from werkzeug import Request

from bluestamp.sandbox import api
from bluestamp.sandbox.errors import Answer, OAuthRefused, Offline, Refused, forbidden, unauthorised
from bluestamp.sandbox.faults import Fault, Kind
from bluestamp.sandbox.world import World

UNAVAILABLE = "The Xero API is temporarily unavailable"
REFUSED = "The request was refused as a whole"
EXPIRED = "TokenExpired: token expired at 01/01/2001 00:00:00"
TYPES = {
    10: "ValidationException",
    14: "PostDataInvalidException",
    16: "QueryParseException",
    17: "NoDataProcessedException",
}
TOKEN_PATHS = ("/connect/token", "/identity/connect/token")


class Dropped(ConnectionError):
    """The connection was broken on purpose."""


class RefusedWhole(Refused):
    """400 for a whole request, with the ErrorNumber that was asked for."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.text or REFUSED)
        self.number, self.type = fault.number, TYPES.get(fault.number, "ValidationException")


def before(world: World, request: Request) -> str:
    """Before any work: what becomes of the connection, empty if it stays."""
    return "dropped before the work" if take(world, request, Kind.DROP_BEFORE) else ""


def instead(world: World, request: Request) -> Answer | None:
    """The answer that a fault gives in place of the work."""
    kinds = [kind for kind, (prefixes, _) in ANSWERS.items() if request.path.startswith(prefixes)]
    fault = take(world, request, *kinds) if kinds else None
    return ANSWERS[fault.kind][1](world, request, fault) if fault else None


def after(world: World, request: Request) -> str:
    """After the work: what became of the reply, empty if it goes out."""
    if take(world, request, Kind.LOSE_REPLY):
        return "reply lost"
    late = take(world, request, Kind.TIMEOUT)
    if late is None:
        return ""
    time.sleep(late.seconds)
    return "reply lost after a timeout"


def take(world: World, request: Request, *kinds: Kind) -> Fault | None:
    """The fault of these kinds that strikes this request, if any."""
    if not world.faults.listed:
        return None
    return world.faults.take(
        *kinds,
        path=request.path,
        method=request.method,
        organisation=request.headers.get("Xero-Tenant-Id", ""),
        body=request.get_data(),
    )


def hang_up(request: Request) -> NoReturn:
    """Break the connection without an answer. Raises Dropped."""
    line = request.environ.get("werkzeug.socket")
    if line is not None:
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
    raise Dropped("The sandbox broke the connection on purpose")


def _limited(world: World, request: Request, fault: Fault) -> Answer:
    return api.limited_by_fault(world, request, fault.problem, fault.seconds)


def _offline(world: World, request: Request, fault: Fault) -> Answer:
    return Offline(int(fault.kind), fault.text or UNAVAILABLE)


def _refused(world: World, request: Request, fault: Fault) -> Answer:
    return RefusedWhole(fault)


def _expired(world: World, request: Request, fault: Fault) -> Answer:
    return unauthorised(EXPIRED)


def _disconnected(world: World, request: Request, fault: Fault) -> Answer:
    return forbidden()


def _invalid_grant(world: World, request: Request, fault: Fault) -> Answer:
    return OAuthRefused("invalid_grant")


Reply = Callable[[World, Request, Fault], Answer]
EVERYWHERE, ACCOUNTING = ("/",), (api.PREFIX,)
ANSWERS: Mapping[Kind, tuple[tuple[str, ...], Reply]] = {
    Kind.RATE_LIMITED: (EVERYWHERE, _limited),
    Kind.UNAVAILABLE: (EVERYWHERE, _offline),
    Kind.BROKEN: (EVERYWHERE, _offline),
    Kind.REFUSED: (ACCOUNTING, _refused),
    Kind.TOKEN_EXPIRED: (ACCOUNTING, _expired),
    Kind.DISCONNECTED: (ACCOUNTING, _disconnected),
    Kind.INVALID_GRANT: (TOKEN_PATHS, _invalid_grant),
}
"""Where each of these faults can strike, and what it answers there."""
