"""Every way in which Xero says no, each with the status and body it says it with.

Answer (raised instead of returned)
├── Problem           401 and 403 of the gate: Type, Title, Status, Detail, Instance, Extensions
├── NotFound          404, plain text
├── Refused           400 or 501 with ErrorNumber, Type, Message and no Elements
│   ├── PostDataInvalid, QueryInvalid, NoData, NotImplementedThere, KeyReused, KeyBusy
├── OAuthRefused      400 of the identity service: {"error": ...}
├── TooLarge          413
├── NotAcceptable     406
├── Limited           429 with X-Rate-Limit-Problem and Retry-After
├── Offline           503 and 500, plain text
└── Redirected        a consent that ends at the app's own address
ElementRefused        one element of a batch: its messages; `batches` decides what the caller sees
"""

import uuid
from collections.abc import Sequence


class Answer(Exception):
    """An HTTP answer that ends the request."""

    status = 500

    def body(self) -> object:
        """What goes on the wire: a dict is written as JSON, a str as plain text."""
        return ""

    def headers(self) -> dict[str, str]:
        """Extra response headers."""
        return {}


class Problem(Answer):
    """The gate's refusals (developer.xero.com, api/accounting/responsecodes)."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail

    def body(self) -> object:
        return {
            "Type": None,
            "Title": self.title,
            "Status": self.status,
            "Detail": self.detail,
            "Instance": str(uuid.uuid4()),
            "Extensions": {},
        }


def unauthorised(detail: str) -> Problem:
    """401: the token is missing, expired, or lacks the scope. Xero words the scope problem AuthorizationUnsuccessful."""
    return Problem(401, "Unauthorized", detail)


def forbidden() -> Problem:
    """403: the tenant header is missing, wrong, or its connection is gone. Xero words it AuthenticationUnsuccessful."""
    return Problem(403, "Forbidden", "AuthenticationUnsuccessful")


class NotFound(Answer):
    """404, in plain text even when JSON was asked for."""

    status = 404

    def body(self) -> object:
        return "The resource you're looking for cannot be found"


class Refused(Answer):
    """A whole request refused with an error number."""

    status = 400
    number = 0
    type = ""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def body(self) -> object:
        return {"ErrorNumber": self.number, "Type": self.type, "Message": self.message}


class PostDataInvalid(Refused):
    """The body can't be read: broken JSON, an unknown enum value, a date that is none."""

    number, type = 14, "PostDataInvalidException"


class QueryInvalid(Refused):
    """A where or order that can't be parsed."""

    number, type = 16, "QueryParseException"


class NoData(Refused):
    """A write without anything in it."""

    number, type = 17, "NoDataProcessedException"


class NotImplementedThere(Refused):
    """A method or address that Xero's API doesn't have."""

    status, number, type = 501, 20, "ApiMethodNotImplementedException"


class KeyReused(Refused):
    """An Idempotency-Key used for another request. Xero doesn't publish its number; match on the message."""

    number, type = 10, "ValidationException"

    def __init__(self, key: str) -> None:
        super().__init__(f"Idempotency Key: {key} is used with a different request.")


class KeyBusy(Refused):
    """An Idempotency-Key whose first call is still under way. Xero doesn't say what happens; a switch chooses this."""

    status, number, type = 409, 10, "ValidationException"

    def __init__(self, key: str) -> None:
        super().__init__(f"Idempotency Key: {key} is being used by another request.")


class KeyTooLong(Refused):
    """An Idempotency-Key of more than 128 characters."""

    number, type = 10, "ValidationException"


class OAuthRefused(Answer):
    """The identity service's refusals: invalid_grant, invalid_client, invalid_request and so on."""

    status = 400

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error

    def body(self) -> object:
        return {"error": self.error}


class Limited(Answer):
    """429. The body is empty: Xero's clients are told by the headers."""

    status = 429

    def __init__(self, problem: str, retry_after: int, remaining: dict[str, str]) -> None:
        super().__init__(problem)
        self.problem, self.retry_after, self.remaining = problem, retry_after, remaining

    def headers(self) -> dict[str, str]:
        said = {**self.remaining, "X-Rate-Limit-Problem": self.problem}
        return said | ({"Retry-After": str(self.retry_after)} if self.retry_after else {})


class Offline(Answer):
    """503 or 500, in plain text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text

    def body(self) -> object:
        return self.text


class NotAcceptable(Answer):
    """A PDF of something that has none."""

    status = 406

    def body(self) -> object:
        return "There is no application/pdf of this resource"


class TooLarge(Answer):
    """413: a body over the ceiling. Xero publishes the ceiling, not the answer (faq/limits)."""

    status = 413

    def body(self) -> object:
        return "The request is larger than the API takes"


class Redirected(Answer):
    """A consent that ends at the app's own address."""

    status = 302

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location

    def headers(self) -> dict[str, str]:
        return {"Location": self.location}


class ElementRefused(Exception):
    """One element of a batch isn't valid. Carries all of its messages, as Xero collects them."""

    def __init__(self, messages: Sequence[str], warnings: Sequence[str] = ()) -> None:
        super().__init__("; ".join(messages))
        self.messages, self.warnings = tuple(messages), tuple(warnings)
