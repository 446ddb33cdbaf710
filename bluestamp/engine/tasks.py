"""What the clock does for the engine: sessions that ran out are thrown away."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from django.conf import settings

from bluestamp.engine import queue

ONE_DAY_SECONDS: Final = 86_400


@queue.every(seconds=ONE_DAY_SECONDS)("engine.forget_old_sessions")
def forget_old_sessions() -> None:
    """Delete the sessions nobody can use any more; Django leaves them lying."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
