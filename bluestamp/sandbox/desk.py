"""The web face (being built)."""

from werkzeug import Request

from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.world import World


def answer(world: World, request: Request) -> Answered:
    """Answer a page."""
    raise NotFound
