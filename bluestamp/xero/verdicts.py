"""What the status and the shape of an answer mean: nothing, or one of the errors.

Sources: "Response codes and errors" and "Requests and responses" (developer.xero.com/documentation/api/accounting/…).
Traps: a missing scope is 401 AuthorizationUnsuccessful, a lost organisation 403 AuthenticationUnsuccessful; bodies
of 404 and 503 are often no JSON; a problem's keys come in either case.
"""

from datetime import datetime
from typing import Any

import msgspec

from . import errors, wire
from .calls import Reply
from .records import NO_ID, Record, ValidationError

_OUT_OF_ORDER = (500, 502, 503, 504)
_NOT_IMPLEMENTED = 501
_EXCERPT_LETTERS = 200
_OAUTH_APP_ERRORS = frozenset({"invalid_client", "unauthorized_client", "invalid_scope", "invalid_request"})


class _Element(Record, frozen=True, kw_only=True):
    validation_errors: tuple[ValidationError, ...] = ()
    warnings: tuple[ValidationError, ...] = ()
    invoice_id: str = msgspec.field(name="InvoiceID", default="")
    invoice_number: str = ""
    url: str = ""
    reference: str = ""
    contact_id: str = msgspec.field(name="ContactID", default="")
    contact_number: str = ""
    name: str = ""
    credit_note_id: str = msgspec.field(name="CreditNoteID", default="")
    credit_note_number: str = ""
    purchase_order_id: str = msgspec.field(name="PurchaseOrderID", default="")
    purchase_order_number: str = ""
    payment_id: str = msgspec.field(name="PaymentID", default="")


class _Fault(Record, frozen=True, kw_only=True):
    error_number: int = 0
    type: str = ""
    message: str = ""
    elements: tuple[_Element, ...] = ()


def check(reply: Reply, *, now: datetime) -> None:
    """Return for 2xx and 304, raise the error that any other answer of the API stands for."""
    if 200 <= reply.status < 300 or reply.status == 304:
        return
    match reply.status:
        case 400:
            raise _rejected(reply)
        case 401 | 403:
            raise _refused_token(reply)
        case 404:
            raise errors.NotFound(exchange=reply.exchange)
        case 429:
            raise _limited(reply, now)
        case status if status in _OUT_OF_ORDER:
            raise _out_of_order(reply, now)
        case _:
            raise unexpected(reply, _excerpt(reply))


def check_token(reply: Reply, *, now: datetime) -> None:
    """The same for the token endpoint, whose refusals are `{"error": …}` as OAuth has it."""
    refused = _plain(reply.body).get("error") if reply.status in (400, 401) else None
    if refused == "invalid_grant":
        raise errors.NotConnected("invalid_grant", lost=errors.Lost.GRANT, exchange=reply.exchange)
    if refused in _OAUTH_APP_ERRORS:
        raise errors.AppRefused(str(refused), exchange=reply.exchange)
    if reply.status in (400, 401, 403, 404):
        raise unexpected(reply, _excerpt(reply))
    check(reply, now=now)


def unexpected(reply: Reply, why: str) -> errors.Unexpected:
    """An answer that nothing documents. Of a write, only 4xx and 501 say that it was not done."""
    refused = 400 <= reply.status < 500 or reply.status == _NOT_IMPLEMENTED
    return errors.Unexpected(
        f"{reply.status} {why}".strip(),
        outcome_known=refused or not reply.call.is_write,
        exchange=reply.exchange,
    )


def _refused_token(reply: Reply) -> errors.XeroError:
    match reply.status, _detail(reply.body):
        case 401, "TokenExpired":
            return errors.TokenExpired(exchange=reply.exchange)
        case 401, "AuthorizationUnsuccessful":
            return errors.Forbidden("AuthorizationUnsuccessful", exchange=reply.exchange)
        case 403, "AuthenticationUnsuccessful":
            return errors.NotConnected(
                "AuthenticationUnsuccessful", lost=errors.Lost.TENANT, exchange=reply.exchange
            )
        case 403, detail if detail:
            return errors.Forbidden(detail, exchange=reply.exchange)
        case _:
            return unexpected(reply, _excerpt(reply))


def _detail(body: bytes) -> str:
    """The first word of a problem's Detail, which is its type: `TokenExpired: token expired at …`."""
    keys = {str(key).lower(): value for key, value in _plain(body).items()}
    detail = keys.get("detail")
    return detail.partition(":")[0].strip() if isinstance(detail, str) else ""


def _limited(reply: Reply, now: datetime) -> errors.RateLimited:
    seen = reply.exchange.limits
    return errors.RateLimited(until=seen.until(now=now), which=seen.which, exchange=reply.exchange)


def _out_of_order(reply: Reply, now: datetime) -> errors.Unavailable:
    seen = reply.exchange.limits
    return errors.Unavailable(
        f"{reply.status} {_excerpt(reply)}".strip(),
        outcome_known=not reply.call.is_write,
        until=None if seen.retry_after_seconds is None else seen.until(now=now),
        exchange=reply.exchange,
    )


def _rejected(reply: Reply) -> errors.Rejected:
    try:
        fault = wire.decode(reply.body, _Fault)
    except wire.Unreadable:
        return errors.Rejected(_excerpt(reply), exchange=reply.exchange)
    return errors.Rejected(
        fault.message or _detail(reply.body),
        elements=[_element(element) for element in fault.elements],
        error_number=fault.error_number,
        type=fault.type,
        exchange=reply.exchange,
    )


def _element(element: _Element) -> errors.RejectedElement:
    keys = zip(element.__struct_fields__, element.__struct_encode_fields__, strict=True)
    held = {key: getattr(element, name) for name, key in keys}
    return errors.RejectedElement(
        messages=tuple(said.message for said in element.validation_errors),
        warnings=tuple(said.message for said in element.warnings),
        identifiers={
            key: value for key, value in held.items() if isinstance(value, str) and value not in ("", NO_ID)
        },
    )


def _plain(body: bytes) -> dict[str, Any]:
    try:
        plain = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return plain if isinstance(plain, dict) else {}


def _excerpt(reply: Reply) -> str:
    if "html" in reply.content_type.lower():
        return ""
    return reply.body[:_EXCERPT_LETTERS].decode("utf-8", errors="replace").strip()
