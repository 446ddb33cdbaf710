"""Every "no" of the API, as application/problem+json (RFC 9457), made in one place.

`code` is the refusal's own and stable, `detail` its sentence for a person, `errors` one entry for each field. What a
refusal carries besides stands in `CARRIED`: the fresh document of `Stale`, the candidates of a question.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from pydantic import Field

from bluestamp.api import companies as shown_companies
from bluestamp.api import copies as shown_documents
from bluestamp.api import items as shown_items
from bluestamp.api import jobs as shown_jobs
from bluestamp.api import quotes as shown_quotes
from bluestamp.api.wire import Shape
from bluestamp.books import companies, documents, items, jobs
from bluestamp.books.documents import Document
from bluestamp.books.quotes import Quote
from bluestamp.engine import identifiers
from bluestamp.errors import Invalid, InvalidFields, NotFound, Refusal
from bluestamp.sync import readiness
from bluestamp.sync.matching import Candidate

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
TITLES: Final = {
    400: "This can't be read",
    401: "No valid token",
    403: "Not yours to do",
    404: "Not found",
    405: "Not a thing to do here",
    409: "Not now",
    413: "Too large",
    422: "Something is not right yet",
    500: "Something broke here",
}


class FieldError(Shape):
    """What is wrong with one field, named as in the body: `lines.1.account_code`. "" belongs to no field."""

    field: str
    sentence: str


class Problem(Shape):
    """Why a request was not done."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldError] = Field(default_factory=list)


Carry = Callable[[Any], dict[str, Any]]


def _candidates(refusal: readiness.ContactUnclear) -> dict[str, Any]:
    return {"candidates": [_candidate(candidate) for candidate in refusal.candidates]}


def _candidate(candidate: Candidate) -> dict[str, Any]:
    known = candidate.contact
    return {
        "contact_id": known.contact_id,
        "name": known.name,
        "email": known.email,
        "tax_number": known.tax_number,
        "why": str(candidate.why),
        "doubt": candidate.doubt,
    }


def _missing(refusal: readiness.ContactMissing) -> dict[str, Any]:
    return {"company_name": refusal.company_name, "organisation": refusal.organisation}


def _document(fresh: Document) -> Shape:
    """A document as JSON; quotes are not copied, so that the copied kinds don't know them."""
    return shown_quotes.shown(fresh) if isinstance(fresh, Quote) else shown_documents.shown(fresh)


#: What a refusal carries besides its sentence, by its class.
CARRIED: Final[Mapping[type[Refusal], Carry]] = {
    documents.Stale: lambda refusal: {"fresh": _document(refusal.fresh)},
    companies.Stale: lambda refusal: {"fresh": shown_companies.shown(refusal.fresh)},
    jobs.Stale: lambda refusal: {"fresh": shown_jobs.shown(refusal.fresh)},
    items.Stale: lambda refusal: {"fresh": shown_items.shown(refusal.fresh)},
    readiness.ContactUnclear: _candidates,
    readiness.ContactMissing: _missing,
}


def of_refusal(refusal: Refusal) -> HttpResponse:
    """Say no as a verb said it."""
    carry = CARRIED.get(type(refusal))
    response = answer(
        refusal.http_status,
        refusal.code,
        refusal.sentence,
        errors=_errors(refusal),
        **(carry(refusal) if carry else {}),
    )
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Bearer realm="bluestamp"'
    return response


def answer(
    status: int, code: str, detail: str, *, errors: list[FieldError] | None = None, **more: Any
) -> HttpResponse:
    """Make a problem."""
    problem = Problem(
        type=f"urn:bluestamp:problem:{code.lower()}",
        title=TITLES.get(status, TITLES[400]),
        status=status,
        detail=detail,
        code=code,
        errors=errors or [],
    )
    said = problem.model_dump() | {
        name: value.model_dump(by_alias=True) if isinstance(value, Shape) else value
        for name, value in more.items()
    }
    return HttpResponse(json.dumps(said, cls=DjangoJSONEncoder), content_type=MEDIA_TYPE, status=status)


def _errors(refusal: Refusal) -> list[FieldError]:
    if isinstance(refusal, InvalidFields):
        return [FieldError(field=fault.field, sentence=fault.sentence) for fault in refusal.faults]
    if isinstance(refusal, Invalid):
        return [FieldError(field=refusal.field, sentence=refusal.sentence)]
    return []


def not_allowed(allowed: str) -> HttpResponse:
    """Say which methods this address knows."""
    response = answer(405, "METHOD_NOT_ALLOWED", f"This address takes {allowed}.")
    response["Allow"] = allowed
    return response


@csrf_exempt
def no_such_address(request: HttpRequest) -> HttpResponse:
    """Say that nothing is here."""
    return of_refusal(NotFound("There is nothing at this address."))


# What goes wrong before or beside a verb


def handle_all(api: NinjaAPI) -> None:
    """Turn everything that an operation can raise into a problem."""
    handlers: dict[type[Exception], Any] = {
        Refusal: lambda request, refusal: of_refusal(refusal),
        ValidationError: _of_validation,
        HttpError: _of_http_error,
        Exception: _of_anything,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def _of_validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What the body, the query or the address can't be. An address that no id has is no address."""
    if any(fault["loc"][0] == "path" for fault in error.errors):
        return no_such_address(request)
    found = [
        FieldError(field=_field(fault["loc"]), sentence=_sentence(fault["msg"])) for fault in error.errors
    ]
    return answer(422, Invalid.code, " ".join(fault.sentence for fault in found), errors=found)


def _field(loc: tuple[Any, ...]) -> str:
    """The path within the body, before which ninja puts the source and the parameter's name; else the name alone."""
    return ".".join(str(part) for part in (loc[2:] if loc[0] == "body" else loc[-1:]))


def _sentence(message: str) -> str:
    words = message.removeprefix("Value error, ").rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


def _of_http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    return answer(error.status_code, "UNREADABLE", error.message)


#: What a client can send that Django refuses to read, each with its status.
_UNREADABLE: Final[tuple[tuple[type[Exception], int], ...]] = (
    (RequestDataTooBig, 413),
    (SuspiciousOperation, 400),
    (MultiPartParserError, 400),
    (BadRequest, 400),
    (UnreadablePostError, 400),
)


def _of_anything(request: HttpRequest, error: Exception) -> HttpResponse:
    """The edge: what nobody expected is logged with an id that the caller can quote."""
    for kind, status in _UNREADABLE:
        if isinstance(error, kind):
            return answer(status, "UNREADABLE", str(error) or "The request can't be read.")
    incident = identifiers.new_id()
    logger.error("incident %s at %s", incident, request.path, exc_info=error)
    return answer(500, "INTERNAL", f"Something broke here. Quote {incident}.", incident=incident)
