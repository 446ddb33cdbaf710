"""A thousand invoices into Xero: calls and bytes a document, and documents a second, ours and the peer's.

Calls and bytes are those that the sandbox counted against its limits, bodies only, so that one rule measures both. Speed is
told without the time that Xero took to answer: as if Xero were instant.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bench.figures import Figure
from bench.peer import Peer
from bench.studio import Studio
from tests.sandboxes import Sandbox

AT_ONCE: Final = 200
"""As many as the page lets a person select."""
PATIENCE_SECONDS: Final = 120


@dataclass(frozen=True, kw_only=True)
class Job:
    """What it took to get documents into Xero."""

    documents: int
    calls: int
    byte_count: int
    seconds: float
    seconds_of_xero: float

    @property
    def calls_each(self) -> str:
        """Calls for one document."""
        return f"{self.calls / self.documents:.3f}"

    @property
    def bytes_each(self) -> str:
        """Bytes there and back for one document."""
        return f"{self.byte_count / self.documents:,.0f}"

    @property
    def speed(self) -> str:
        """Documents a second, were Xero instant."""
        return f"{self.documents / (self.seconds - self.seconds_of_xero):,.0f}"


def measure(xero: Sandbox, studio: Studio, ids: list[str], *, one_by_one: int) -> list[Figure]:
    """Send our invoices, then as many by the peer in batches, and some of them one at a time."""
    _wait_until_quiet(studio)
    ours = _job(xero, len(ids), lambda: _send(studio, ids))
    peer = Peer(xero.origin)
    single = _job(xero, one_by_one, lambda: peer.one_at_a_time(one_by_one))
    batches = _job(xero, len(ids), lambda: peer.in_batches(len(ids)))
    return [
        Figure(
            what=f"calls a document, {len(ids):,} invoices",
            ours=ours.calls_each,
            aim="≤ 0.03",
            one_by_one=single.calls_each,
            in_batches=batches.calls_each,
        ),
        Figure(
            what="bytes a document, there and back",
            ours=ours.bytes_each,
            one_by_one=single.bytes_each,
            in_batches=batches.bytes_each,
        ),
        Figure(
            what="documents a second, Xero's time left out",
            ours=ours.speed,
            one_by_one=single.speed,
            in_batches=batches.speed,
        ),
    ]


def _job(xero: Sandbox, documents: int, do: Callable[[], None]) -> Job:
    before = len(xero.calls())
    began = time.monotonic()
    do()
    seconds = time.monotonic() - began
    calls = xero.calls()[before:]
    return Job(
        documents=documents,
        calls=len(calls),
        byte_count=sum(call["bytes_in"] + call["bytes_out"] for call in calls),
        seconds=seconds,
        seconds_of_xero=sum(call["duration_ms"] for call in calls) / 1000,
    )


def _send(studio: Studio, ids: list[str]) -> None:
    """Ask as the page does, and wait until the worker has nothing left to send."""
    from bluestamp.sync import push
    from bluestamp.sync.copies import Copy

    for start in range(0, len(ids), AT_ONCE):
        asked = push.request_many(
            "invoice", ids[start : start + AT_ONCE], by=studio.by, now=studio.now, allow_create_contact=True
        )
        if asked.skipped:
            raise SystemExit(f"Not sent: {asked.skipped[0][1]}")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Copy.objects.count() < len(ids):
        if time.monotonic() > deadline:
            raise SystemExit("The worker did not send them all; see Books.")
        time.sleep(0.02)


def _wait_until_quiet(studio: Studio) -> None:
    """The first drain of a connection reads chart and contacts; that is not what is measured."""
    from bluestamp.sync.connections import Connection

    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        cursors = Connection.objects.get(id=studio.connection.id).cursors
        if {"invoice", "contact", "reference"} <= set(cursors):
            return
        time.sleep(0.1)
    raise SystemExit("The worker did not begin.")
