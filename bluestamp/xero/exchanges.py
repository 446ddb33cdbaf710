"""One request and its answer, as a caller may keep them in a log: no token, and bodies of what was written alone."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from .limits import Limits

Value = TypeVar("Value")


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What passed over the wire. `status` is None and `bytes_in` 0 when no answer came; times are aware UTC.

    `path` is the address without its origin, query included. `sent` and `answered` are the bodies of a call that
    writes records, b"" of any other.
    """

    method: str
    path: str
    at: datetime
    duration_ms: int
    bytes_out: int
    status: int | None = None
    bytes_in: int = 0
    correlation_id: str = ""
    limits: Limits = Limits()
    sent: bytes = b""
    answered: bytes = b""


class Answer(msgspec.Struct, Generic[Value], frozen=True):
    """What Xero answered, and the exchange that brought it."""

    value: Value
    exchange: Exchange

    @property
    def limits(self) -> Limits:
        return self.exchange.limits

    @property
    def correlation_id(self) -> str:
        return self.exchange.correlation_id

    @property
    def status(self) -> int | None:
        return self.exchange.status


class Page(msgspec.Struct, Generic[Value], frozen=True, kw_only=True):
    """One page of a list. `not_modified` is true when Xero answered 304, which means the same as an empty page."""

    records: list[Value]
    number: int
    has_more: bool
    item_count: int | None = None
    not_modified: bool = False


class Result(msgspec.Struct, Generic[Value], frozen=True, kw_only=True):
    """What became of one element of a batch. Match by what identifies `record`, never by position.

    `record` is what Xero echoed: for a refused new element its id is all zeros and only what was sent is to be
    relied on. `status` is OK, WARNING or ERROR as Xero said it, or "".
    """

    record: Value
    status: str
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_refused: bool = False

    @property
    def is_done(self) -> bool:
        return not self.is_refused
