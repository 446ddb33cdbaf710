"""Who acts: a person in one studio, Xero, or the clock. Every verb is told, and writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bluestamp.people.permissions import Role

Via = Literal["web", "api", "cli", "xero", "clock"]


@dataclass(frozen=True)
class Actor:
    """Somebody, in one studio, with the role they have there right now."""

    studio_id: int
    name: str
    role: Role
    user_id: int | None = None
    via: Via = "web"


def xero(studio_id: int) -> Actor:
    """Xero: what comes back from there was done by nobody here."""
    return Actor(studio_id=studio_id, name="Xero", role=Role.SYSTEM, via="xero")


def clock(studio_id: int) -> Actor:
    """The clock: what happens by itself at its time."""
    return Actor(studio_id=studio_id, name="Bluestamp", role=Role.SYSTEM, via="clock")


def command_line(studio_id: int) -> Actor:
    """Whoever runs commands on the machine: they could change the database itself, so they act as an owner."""
    return Actor(studio_id=studio_id, name="Command line", role=Role.OWNER, via="cli")
