"""Is this machine fit to answer: for proxies and for `bluestamp doctor`. No cookie, no session, no studio."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


@require_safe
def answer(request: HttpRequest) -> HttpResponse:
    """Say ok once the database has answered; anything else is a 500."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
