"""A small generator of load, loopback only: paced, as Xero's webhooks come, or one request after the other."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

THREADS: Final = 16
TIMEOUT_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How long it took, in seconds, and what it was."""

    seconds: float
    status: int


def paced(origin: str, requests: Sequence[Request], *, per_second: float) -> list[Answer]:
    """Send each at its own time, whatever became of those before; each is timed from when it was due.

    So a stall counts against every request that it kept waiting.
    """
    begin = time.monotonic() + 0.2
    found: list[list[Answer]] = [[] for _ in range(THREADS)]

    def send(place: int) -> None:
        line = _line(origin)
        for number in range(place, len(requests), THREADS):
            due = begin + number / per_second
            time.sleep(max(0.0, due - time.monotonic()))
            found[place].append(_ask(line, requests[number], since=due))
        line.close()

    threads = [threading.Thread(target=send, args=[place]) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answer for answers in found for answer in answers]


def one_after_the_other(origin: str, requests: Sequence[Request]) -> list[Answer]:
    """Send the next when the last was answered, over one connection."""
    line = _line(origin)
    answers = [_ask(line, request, since=time.monotonic()) for request in requests]
    line.close()
    return answers


def refuse_failures(answers: Sequence[Answer]) -> None:
    """A quick refusal is no figure. Raises SystemExit for anything but 200."""
    wrong = sorted({answer.status for answer in answers} - {200})
    if wrong:
        raise SystemExit(f"Requests were answered with {wrong}; there is nothing to measure.")


def _line(origin: str) -> http.client.HTTPConnection:
    parts = urlsplit(origin)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)


def _ask(line: http.client.HTTPConnection, request: Request, *, since: float) -> Answer:
    line.request(request.method, request.path, body=request.body or None, headers=dict(request.headers))
    response = line.getresponse()
    response.read()
    return Answer(seconds=time.monotonic() - since, status=response.status)
