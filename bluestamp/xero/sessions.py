"""One user and app speaking with one organisation: how each kind of request is made and its envelope opened."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar, cast
from urllib.parse import quote

import msgspec

from . import calls, errors, records, verdicts, wire
from .exchanges import Answer, Page, Result

Element = TypeVar("Element", bound=records.Outcome)
Value = TypeVar("Value")

MAX_IDEMPOTENCY_KEY_LETTERS = (
    128  # "Idempotency" (developer.xero.com/documentation/guides/idempotent-requests)
)
_NOTHING: Mapping[str, str] = {}
_WITHOUT_BODY = (204, 304)
_MAYBE_PAGES = records.Pagination | None


def path(*parts: str) -> str:
    """Join an address below the API, each part encoded."""
    return "/".join(quote(part, safe="") for part in parts)


class Session:
    """Adds the token and the tenant to every request, and turns answers into records or errors."""

    def __init__(self, *, base_url: str, access_token: str, tenant_id: str, caller: calls.Caller) -> None:
        self._base_url = base_url
        self._access_token = access_token
        self._tenant_id = tenant_id
        self._caller = caller

    def __repr__(self) -> str:
        return f"<Session with {self._tenant_id}>"

    def one(
        self,
        where: str,
        collection: str,
        record: type[Value],
        *,
        params: Mapping[str, str] = _NOTHING,
    ) -> Answer[Value]:
        """Read a collection of one. Raises NotFound also when it is empty."""
        reply = self._send("GET", where, params=params)
        return Answer(_first(reply, _listed(reply, collection, record)), reply.exchange)

    def all(
        self,
        where: str,
        collection: str,
        record: type[Value],
        *,
        modified_since: datetime | None = None,
    ) -> Answer[list[Value]]:
        """Read a collection that has no pages."""
        reply = self._send("GET", where, headers=_since(modified_since))
        return Answer(_listed(reply, collection, record), reply.exchange)

    def page(
        self,
        collection: str,
        record: type[Value],
        *,
        number: int,
        size: int,
        params: Mapping[str, str],
        modified_since: datetime | None,
    ) -> Answer[Page[Value]]:
        """Read one page. Old answers do not say how many there are: then a full page means that more may follow."""
        paged = {**params, "page": str(number), "pageSize": str(size)}
        reply = self._send("GET", collection, params=paged, headers=_since(modified_since))
        found, told = _listed(reply, collection, record), _pagination(reply)
        page = Page(
            records=found,
            number=number,
            has_more=told.page < told.page_count if told else len(found) >= size,
            item_count=told.item_count if told else None,
            not_modified=reply.status == 304,
        )
        return Answer(page, reply.exchange)

    def write(
        self,
        method: str,
        where: str,
        collection: str,
        record: type[Element],
        *,
        body: bytes,
        idempotency_key: str,
        params: Mapping[str, str] = _NOTHING,
    ) -> Answer[list[Result[Element]]]:
        """Send these bytes as they are, and say what became of each element."""
        reply = self._send(method, where, params=params, headers=_keyed(idempotency_key), body=body)
        return Answer([_result(element) for element in _listed(reply, collection, record)], reply.exchange)

    def put_into(
        self,
        where: str,
        collection: str,
        record: type[Value],
        *,
        body: bytes,
        idempotency_key: str,
        media_type: str = "application/json",
        params: Mapping[str, str] = _NOTHING,
    ) -> Answer[list[Value]]:
        """Add to a record something that carries no outcome of its own: a file, a note."""
        headers = _keyed(idempotency_key) | {"Content-Type": media_type}
        reply = self._send("PUT", where, params=params, headers=headers, body=body)
        return Answer(_listed(reply, collection, record), reply.exchange)

    def erase(self, where: str) -> Answer[None]:
        """Send DELETE; what it answers is not read."""
        return Answer(None, self._send("DELETE", where).exchange)

    def _send(
        self,
        method: str,
        where: str,
        *,
        params: Mapping[str, str] = _NOTHING,
        headers: Mapping[str, str] = _NOTHING,
        body: bytes = b"",
    ) -> calls.Reply:
        identity = {"Authorization": f"Bearer {self._access_token}", "Xero-Tenant-Id": self._tenant_id}
        call = calls.Call(
            method=method,
            url=f"{self._base_url}/{where}",
            is_write=method != "GET",
            params=params,
            headers={**identity, **headers},
            body=body,
        )
        reply = self._caller.send(call)
        verdicts.check(reply, now=self._caller.now())
        return reply


def _since(moment: datetime | None) -> dict[str, str]:
    if moment is None:
        return {}
    if moment.tzinfo is None:
        raise ValueError("modified_since needs a time zone")
    return {"If-Modified-Since": f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"}


def _keyed(idempotency_key: str) -> dict[str, str]:
    if not 0 < len(idempotency_key) <= MAX_IDEMPOTENCY_KEY_LETTERS:
        raise ValueError("an idempotency key has 1 to 128 characters")
    return {"Idempotency-Key": idempotency_key, "Content-Type": "application/json"}


def _envelope(reply: calls.Reply) -> dict[str, msgspec.Raw]:
    try:
        return wire.decode(reply.body, dict[str, msgspec.Raw])
    except wire.Unreadable as problem:
        raise verdicts.unexpected(reply, f"unreadable: {problem}") from None


def _listed(reply: calls.Reply, collection: str, record: type[Value]) -> list[Value]:
    if reply.status in _WITHOUT_BODY:
        return []
    held = _envelope(reply).get(collection)
    if held is None:
        raise verdicts.unexpected(reply, f"no {collection} in the answer")
    try:
        return wire.decode_list(held, record)
    except wire.Unreadable as problem:
        raise verdicts.unexpected(reply, f"unreadable {collection}: {problem}") from None


def _pagination(reply: calls.Reply) -> records.Pagination | None:
    if reply.status in _WITHOUT_BODY:
        return None
    told = _envelope(reply).get("pagination")
    try:
        return (
            None if told is None else wire.decode(told, cast("type[records.Pagination | None]", _MAYBE_PAGES))
        )
    except wire.Unreadable as problem:
        raise verdicts.unexpected(reply, f"unreadable pagination: {problem}") from None


def _first(reply: calls.Reply, found: list[Value]) -> Value:
    if not found:
        raise errors.NotFound(exchange=reply.exchange)
    return found[0]


def _result(element: Element) -> Result[Element]:
    messages = tuple(said.message for said in element.validation_errors)
    flagged = element.has_errors or element.has_validation_errors
    return Result(
        record=element,
        status=element.status_attribute_string,
        errors=messages,
        warnings=tuple(said.message for said in element.warnings),
        is_refused=flagged or bool(messages) or element.status_attribute_string == "ERROR",
    )
