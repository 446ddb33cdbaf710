"""Every "no" that a page can give, in one place: 404, 403, 422 or 409, as a page or as a fragment.

A form that can show the sentence beside its field catches Invalid and Conflict itself and uses `by_field`; what it
lets through ends here.
"""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bluestamp.errors import Invalid, InvalidFields, Refusal

TITLES: Final = {
    403: "That is not yours to do",
    404: "There is nothing here",
    409: "That can't be done now",
    422: "Something is not right yet",
}


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Say no: as a notice on the open page when it asked by htmx, else as a page of its own."""
    status = refusal.http_status
    words = {"sentence": refusal.sentence, "code": refusal.code, "title": TITLES.get(status, TITLES[409])}
    if not request.headers.get("HX-Request"):
        return render(request, "refused.html", words, status=status)
    response = render(request, "parts/notice.html", words, status=status)
    in_modal = request.headers.get("HX-Target", "").startswith("modal")
    response["HX-Retarget"] = "#modal-notice" if in_modal else "#notice"
    response["HX-Reswap"] = "innerHTML show:top"
    return response


def by_field(refusal: Refusal) -> dict[str, str]:
    """Give each field's sentence; what belongs to no field is under the empty name."""
    if isinstance(refusal, InvalidFields):
        found: dict[str, str] = {}
        for fault in refusal.faults:
            found.setdefault(fault.field, fault.sentence)
        return found
    if isinstance(refusal, Invalid):
        return {refusal.field: refusal.sentence}
    return {"": refusal.sentence}
