"""What an endpoint is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bluestamp.sandbox import wire
from bluestamp.sandbox.acts import Act


@dataclass(frozen=True)
class Call:
    """One accounting request that has passed the gate."""

    act: Act
    query: Mapping[str, str]
    raw: bytes
    since: str | None = None
    media_type: str = ""

    @property
    def summarises(self) -> bool:
        """Does one invalid element refuse the whole request? True unless summarizeErrors=false."""
        return self.query.get("summarizeErrors", "").lower() != "false"


@dataclass(frozen=True)
class Result:
    """A collection to wrap in Xero's envelope, a bare object, or raw content."""

    collection: str = ""
    items: list[wire.Json] = field(default_factory=list)
    pagination: wire.Json | None = None
    status: int = 200
    content: bytes | None = None
    media_type: str = ""
    bare: wire.Json | None = None
    """An answer without the envelope."""

    @property
    def is_empty(self) -> bool:
        """Is there nothing to write (204, 304)?"""
        return self.status in {204, 304}


Endpoint = Callable[..., Result]
"""Takes a Call and the parts of the path by name."""
