"""Sends one request and measures it. No retry, no sleep, no redirect; what a status means is `verdicts`' matter.

Headers and bodies hold tokens, so nothing here prints them, and a failure does not carry the request along.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic, perf_counter

import httpx2

from . import errors, limits
from .exchanges import Exchange

Clock = Callable[[], datetime]
OnExchange = Callable[[Exchange], None]

# Seconds. Xero can take half a minute over a batch of 50, and giving up early leaves its outcome unknown.
READ_TIMEOUT = httpx2.Timeout(connect=5, read=30, write=30, pool=10)
_JSON = "application/json"
WRITE_TIMEOUT = httpx2.Timeout(connect=5, read=75, write=60, pool=10)

_NEVER_LEFT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
_UNREADABLE = (httpx2.DecodingError, httpx2.LocalProtocolError)


class Patience:
    """How long somebody waits for several calls together: each gets what the ones before it have left.

    Only for calls that may be given up: reads, and renewals of tokens, which can be replayed.
    """

    def __init__(self, seconds: float) -> None:
        self._until = monotonic() + seconds

    @property
    def left(self) -> float:
        """The seconds that are left, never quite none."""
        return max(self._until - monotonic(), 0.1)

    def shortened(self, usual: httpx2.Timeout) -> httpx2.Timeout:
        """Return a call's usual times, none of them longer than what is left."""
        left = self.left
        return httpx2.Timeout(
            connect=min(usual.connect or left, left),
            read=min(usual.read or left, left),
            write=min(usual.write or left, left),
            pool=min(usual.pool or left, left),
        )


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to make. `is_write` says whether it changes anything in Xero."""

    method: str
    url: str
    is_write: bool
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer with any status, its body read to the end."""

    call: Call
    status: int
    content_type: str
    body: bytes = field(repr=False)
    exchange: Exchange


class Caller:
    """Sends calls over one HTTP client, and tells `on_exchange` of every one, answered or not."""

    def __init__(
        self,
        *,
        http: httpx2.Client,
        clock: Clock,
        on_exchange: OnExchange | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._http = http
        self._patience = patience
        self._clock = clock
        self._on_exchange = on_exchange

    def now(self) -> datetime:
        return self._clock()

    def send(self, call: Call) -> Reply:
        """Send the call. Raises Unavailable when it never left, Unanswered when no whole answer came, Unexpected."""
        at, started = self._clock(), perf_counter()
        request = self._request(call)
        try:
            response = self._http.send(request, follow_redirects=False, auth=None)
        except httpx2.RequestError as problem:
            exchange = self._seen(call, request, None, at, started)
            failure = _failure(problem, call, exchange)
        else:
            return _reply(call, response, self._seen(call, request, response, at, started))
        raise failure  # outside the handler, so that it holds no request and thus no token

    def _request(self, call: Call) -> httpx2.Request:
        usual = WRITE_TIMEOUT if call.is_write else READ_TIMEOUT
        return self._http.build_request(
            call.method,
            call.url,
            params=dict(call.params) or None,
            headers={"Accept": "application/json", **call.headers},
            content=call.body or None,
            timeout=self._patience.shortened(usual) if self._patience else usual,
        )

    def _seen(
        self,
        call: Call,
        request: httpx2.Request,
        response: httpx2.Response | None,
        at: datetime,
        started: float,
    ) -> Exchange:
        headers = {} if response is None else response.headers
        is_record = call.is_write and call.headers.get("Content-Type", _JSON) == _JSON
        exchange = Exchange(
            method=call.method,
            path=request.url.raw_path.decode("ascii"),
            at=at,
            duration_ms=round((perf_counter() - started) * 1000),
            bytes_out=len(call.body),
            status=None if response is None else response.status_code,
            bytes_in=0 if response is None else response.num_bytes_downloaded or len(response.content),
            correlation_id=headers.get("Xero-Correlation-Id", ""),
            limits=limits.read(headers),
            sent=call.body if is_record else b"",
            answered=response.content if is_record and response is not None else b"",
        )
        if self._on_exchange is not None:
            self._on_exchange(exchange)
        return exchange


def _reply(call: Call, response: httpx2.Response, exchange: Exchange) -> Reply:
    return Reply(
        call=call,
        status=response.status_code,
        content_type=response.headers.get("Content-Type", ""),
        body=response.content,
        exchange=exchange,
    )


def _failure(problem: httpx2.RequestError, call: Call, exchange: Exchange) -> errors.XeroError:
    name = type(problem).__name__
    if isinstance(problem, _NEVER_LEFT):
        return errors.Unavailable(name, outcome_known=True, exchange=exchange)
    if isinstance(problem, _UNREADABLE):
        return errors.Unexpected(name, outcome_known=not call.is_write, exchange=exchange)
    return errors.Unanswered(name, outcome_known=not call.is_write, exchange=exchange)
