"""What a page says about the letter that its document went with, until the letter is sent."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from bluestamp.books import documents, letters
from bluestamp.books.documents import Document
from bluestamp.web.visits import StudioRequest, Visit


def of(visit: Visit, document: Document | None) -> dict[str, Any]:
    """What the document's page shows of its last letter."""
    letter = letters.latest(document) if document else None
    if document is None or letter is None:
        return {"letter": None}
    return {"letter": letter, "letter_path": visit.path(f"{document.kind}_letter_notice", document.pk)}


@require_GET
def notice(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """What an open page asks every two seconds while a letter waits: nothing new, or how it went."""
    words = of(request.visit, documents.load(kind, document_id))
    letter = words["letter"]
    waits = letter is not None and letter.state == letters.State.WAITING
    if letter is None or (waits and request.GET.get("attempts") == str(letter.attempts)):
        return HttpResponse(status=204)
    return render(request, "documents/letter.html", words | {"was_waiting": True})
