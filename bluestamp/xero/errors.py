"""Everything that can go wrong with a call to Xero.

XeroError
├── NotConnected   the grant is dead, or the organisation is no longer connected: somebody must consent again
├── TokenExpired   the access token is too old: refresh once and send again
├── Forbidden      a scope or a permission is missing: refreshing does not help
├── AppRefused     the app's own credentials or set-up are refused at the token endpoint
├── RateLimited    a limit is used up; not done
├── Unanswered     sent, and no reply came: what it was to write may or may not have been done
├── Unavailable    Xero could not be reached (not done) or says that it is out of order (a write is unknown)
├── Rejected       Xero read it and said no, in its own words, per element
├── NotFound       there is nothing at that address
└── Unexpected     anything that Xero does not document

`outcome_known` says whether it is known what became of what the call was to change. Known means: not done.
A read changes nothing, so its outcome is always known. `code` is stable. Status, type and shape decide, never
the wording; the `Detail` of Xero's problem answers counts as a type, for its first word is one.
Sources: "Response codes and errors" (developer.xero.com/documentation/api/accounting/responsecodes), "Limits".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from .exchanges import Exchange


class XeroError(Exception):
    """A call to Xero that did not do what was asked."""

    code: ClassVar[str] = "XERO_ERROR"

    def __init__(
        self, message: str = "", *, outcome_known: bool = True, exchange: Exchange | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.outcome_known = outcome_known
        self.exchange = exchange


class Lost(StrEnum):
    """What is gone when the connection is."""

    GRANT = "grant"
    TENANT = "tenant"


class NotConnected(XeroError):
    """The grant is dead (`invalid_grant`), or this organisation is not connected (403 AuthenticationUnsuccessful)."""

    code = "NOT_CONNECTED"

    def __init__(self, message: str = "", *, lost: Lost, exchange: Exchange | None = None) -> None:
        super().__init__(message, exchange=exchange)
        self.lost = lost


class TokenExpired(XeroError):
    """The access token is too old (401 TokenExpired). Nothing was done; refresh once and send the same again."""

    code = "TOKEN_EXPIRED"


class Forbidden(XeroError):
    """A scope is missing (401 AuthorizationUnsuccessful), or the user may not do this (another 403)."""

    code = "FORBIDDEN"


class AppRefused(XeroError):
    """The token endpoint refuses the app itself: `invalid_client`, `unauthorized_client`, `invalid_scope`, `invalid_request`."""

    code = "APP_REFUSED"

    def __init__(self, oauth_error: str, *, exchange: Exchange | None = None) -> None:
        super().__init__(oauth_error, exchange=exchange)
        self.oauth_error = oauth_error


class RateLimited(XeroError):
    """A limit is used up until an instant; `which` is minute, day, concurrent, appminute or "". Not done."""

    code = "RATE_LIMITED"

    def __init__(self, *, until: datetime, which: str, exchange: Exchange | None = None) -> None:
        super().__init__(f"{which or 'some'} limit until {until:%Y-%m-%d %H:%M:%S %Z}", exchange=exchange)
        self.until = until
        self.which = which


class Unanswered(XeroError):
    """The request left and no whole reply came back. A write: send the same bytes under the same key, or look it up."""

    code = "UNANSWERED"


class Unavailable(XeroError):
    """Xero could not be reached, or answered 500, 502, 503 or 504.

    Not reached: the request never left, `outcome_known` is true and nothing was done. Answered 5xx: of a write
    nothing is known, since something in front of Xero may have given up on work that was then done.
    Xero keeps an answer for six minutes under its idempotency key, a failure too.
    """

    code = "UNAVAILABLE"

    def __init__(
        self,
        message: str = "",
        *,
        outcome_known: bool,
        until: datetime | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(message, outcome_known=outcome_known, exchange=exchange)
        self.until = until


@dataclass(frozen=True, kw_only=True)
class RejectedElement:
    """One element that Xero refused: its own messages, and what identifies the element (`{"InvoiceNumber": …}`)."""

    messages: Sequence[str]
    warnings: Sequence[str] = ()
    identifiers: Mapping[str, str] = field(default_factory=dict)


class Rejected(XeroError):
    """Xero read the request and refused it (400). Never send it again unchanged.

    `messages` are all of Xero's own; `elements` the failing ones where it named them; `error_number` and `type`
    as in its answer (10 ValidationException, 14 PostDataInvalidException, 16 QueryParseException), 0 and "" if unsaid.
    """

    code = "REJECTED"

    def __init__(
        self,
        message: str = "",
        *,
        elements: Sequence[RejectedElement] = (),
        error_number: int = 0,
        type: str = "",
        exchange: Exchange | None = None,
    ) -> None:
        super().__init__(message, exchange=exchange)
        self.elements = tuple(elements)
        self.error_number = error_number
        self.type = type

    @property
    def messages(self) -> tuple[str, ...]:
        """Every message of every element, or the one of the whole request when no element has any."""
        said = tuple(message for element in self.elements for message in element.messages)
        return said or ((self.message,) if self.message else ())


class NotFound(XeroError):
    """There is nothing at that address (404), or Xero answered with an empty list where one was asked for."""

    code = "NOT_FOUND"


class Unexpected(XeroError):
    """Xero answered something that it does not document, or that could not be read."""

    code = "UNEXPECTED"
