"""How long the list of invoices takes: the whole page, asked by one signed-in person over one connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bench import load
from bench.figures import Figure, latencies
from bench.load import Request
from bench.studio import Studio

VIEWS: Final = {
    "the list": "",
    "its page 20": "?page=20",
    "one status": "?tab=sent",
    "not in Xero": "?copy=not_in_xero",
    "needs attention": "?copy=needs_attention",
    "one client": "?company={company}",
    "sorted by total": "?sort=-total",
    "a search": "?q=client+17",
}
WARM: Final = 10


@dataclass(frozen=True)
class Measured:
    """Seconds of every request, by what was looked at."""

    by_view: dict[str, list[float]]


def measure(origin: str, studio: Studio, *, count: int) -> Measured:
    """Ask for the list so many times, and for every other view a fourth as often."""
    from bluestamp.books.companies import Company

    company = Company.objects.get(name="Client 17").id
    headers = {"Cookie": _cookie(studio.cast.ada), "Host": "localhost"}
    found = {}
    for name, query in VIEWS.items():
        path = f"/{studio.cast.northlight.slug}/invoices{query.format(company=company)}"
        request = Request(method="GET", path=path, headers=headers)
        answers = load.one_after_the_other(origin, [request] * (WARM + (count // 4 if query else count)))
        load.refuse_failures(answers)
        found[name] = [answer.seconds for answer in answers[WARM:]]
    return Measured(found)


def beside(few: Measured, many: Measured, *, fewer: int, more: int) -> list[Figure]:
    """Both lists, one after the other."""
    return [
        Figure(
            what=f"invoices, {name}, at {number:,}: p50 / p95 / p99",
            ours=latencies(measured.by_view[name]),
            aim="p95 < 100 ms",
        )
        for name in VIEWS
        for number, measured in ((fewer, few), (more, many))
    ]


def _cookie(user: Any) -> str:
    """A session as the sign-in page would have made it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
