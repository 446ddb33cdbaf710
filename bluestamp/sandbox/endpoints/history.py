"""/{Collection}/{id}/History: notes and the trail of what happened (api/accounting/historyandnotes)."""

from functools import partial

from bluestamp.sandbox import elements, owners, wire
from bluestamp.sandbox.endpoints.batches import Invalid
from bluestamp.sandbox.endpoints.calls import Call, Endpoint, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.store import Row

MAX_DETAILS = 2500
NOT_FOUND = "The document with the supplied id was not found for this endpoint."


class NoSuchDocument(NotFound):
    """404 in the words of this endpoint."""

    def body(self) -> object:
        return NOT_FOUND


def of(collection: str) -> dict[str, Endpoint]:
    """The endpoints of a collection's histories."""
    return {"GET": partial(index, collection), "PUT": partial(add, collection)}


def index(collection: str, call: Call, name: str) -> Result:
    """GET: newest first."""
    subject = owners.find(call.act, collection, name)
    if subject is None:
        raise NoSuchDocument
    rows = call.act.store.all("SELECT * FROM history WHERE subject = ? ORDER BY id DESC", subject)
    return Result("HistoryRecords", [_record(row) for row in rows])


def add(collection: str, call: Call, name: str) -> Result:
    """PUT: one note, which can't be edited or removed. An id that isn't there is a 400, by the OpenAPI file's example."""
    details = (elements.read(call.raw, "HistoryRecords")[0].text("Details") or "")[:MAX_DETAILS]
    subject = owners.find(call.act, collection, name)
    if subject is None:
        raise Invalid(
            [_dated(call.act.now_ms) | {"Details": details, "ValidationErrors": [{"Message": NOT_FOUND}]}]
        )
    call.act.note(subject, "Note", details)
    row = call.act.store.one("SELECT * FROM history WHERE subject = ? ORDER BY id DESC LIMIT 1", subject)
    return Result("HistoryRecords", [_record(row)] if row else [])


def _record(row: Row) -> wire.Json:
    return {
        "Changes": row["changes"],
        **_dated(row["at_ms"]),
        "User": row["user"],
        "Details": row["details"],
    }


def _dated(ms: int) -> wire.Json:
    return {"DateUTCString": wire.instant_string(ms).removesuffix("Z"), "DateUTC": wire.instant(ms)}
