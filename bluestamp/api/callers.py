"""Who calls: what `entrance` found out about a request, for the operations."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from bluestamp.people.actors import Actor
from bluestamp.people.studios import Studio


@dataclass(frozen=True)
class Caller:
    """Who acts, in which studio, at what moment."""

    actor: Actor
    studio: Studio
    now: dt.datetime

    @property
    def today(self) -> dt.date:
        """The calendar day in the studio's time zone."""
        return self.now.astimezone(ZoneInfo(self.studio.time_zone)).date()

    @property
    def act(self) -> dict[str, Any]:
        """What every verb is told last: `by` and `now`."""
        return {"by": self.actor, "now": self.now}


class Call(HttpRequest):
    """A request that has been let in."""

    caller: Caller
