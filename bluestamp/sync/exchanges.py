"""Every call to Xero, as a person may read it later: what was asked, what came back, how long it took.

Tokens are never kept; of what was read no body, of what was written both, packed, as long as the call is kept.
"""

from __future__ import annotations

import datetime as dt
import zlib
from enum import StrEnum
from typing import Final

import msgspec
from django.db import models

from bluestamp.people.studios import StudioRow
from bluestamp.xero import exchanges as wire

KEPT_FOR: Final = dt.timedelta(days=90)
_PATH_LENGTH: Final = 500


class Why(StrEnum):
    """What a call was for."""

    PUSH = "push"
    PULL = "pull"
    LOOK_UP = "look_up"
    REFERENCE = "reference"
    CONTACTS = "contacts"


class Exchange(StudioRow):
    """One call. `status` is empty when no answer came; `path` is the address without its origin."""

    connection = models.ForeignKey("sync.Connection", on_delete=models.CASCADE, related_name="exchanges")
    at = models.DateTimeField()
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=_PATH_LENGTH)
    status = models.PositiveSmallIntegerField(null=True)
    bytes_out = models.PositiveIntegerField(default=0)
    bytes_in = models.PositiveIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(default=0)
    correlation_id = models.CharField(max_length=64, blank=True)
    batch_id = models.CharField(max_length=20, blank=True)
    why = models.CharField(max_length=12)
    sent = models.BinaryField(default=b"")
    answered = models.BinaryField(default=b"")

    class Meta:
        indexes = [
            models.Index(
                fields=["studio", "batch_id"], condition=~models.Q(batch_id=""), name="exchange_of_batch"
            ),
            models.Index(fields=["studio", "-at"], name="exchange_newest"),
            models.Index(fields=["connection", "-at"], name="exchange_of_connection"),
        ]

    @property
    def request_text(self) -> str:
        """What was sent, indented; "" for a call that only reads."""
        return _unpacked(self.sent)

    @property
    def answer_text(self) -> str:
        """What Xero answered to it, as it came."""
        return _unpacked(self.answered)


def of_batch(batch_id: str) -> list[Exchange]:
    """Return the calls that were made for one batch, the oldest first."""
    return list(Exchange.objects.filter(batch_id=batch_id).select_related("connection").order_by("at", "id"))


def _packed(body: bytes) -> bytes:
    return zlib.compress(body) if body else b""


def _unpacked(packed: bytes | memoryview) -> str:
    """The text, with JSON on lines of its own and its figures as they were written; what is no JSON stays as it is."""
    if not packed:
        return ""
    text = zlib.decompress(bytes(packed)).decode("utf-8", errors="replace")
    try:
        return msgspec.json.format(text, indent=2)
    except msgspec.DecodeError:
        return text


def keep(
    call: wire.Exchange, *, connection_id: str, studio_id: int, why: Why, batch_id: str = ""
) -> Exchange:
    """Write down one call."""
    return Exchange.objects.create(
        studio_id=studio_id,
        connection_id=connection_id,
        at=call.at,
        method=call.method,
        path=call.path[:_PATH_LENGTH],
        status=call.status,
        bytes_out=call.bytes_out,
        bytes_in=call.bytes_in,
        duration_ms=call.duration_ms,
        correlation_id=call.correlation_id,
        batch_id=batch_id,
        why=why,
        sent=_packed(call.sent),
        answered=_packed(call.answered),
    )


def forget_old(*, now: dt.datetime) -> int:
    """Delete this studio's calls that are older than three months; return how many."""
    deleted, _ = Exchange.objects.filter(at__lt=now - KEPT_FOR).delete()
    return deleted
