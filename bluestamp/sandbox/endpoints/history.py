"""/{Collection}/{id}/History: notes and the trail of what happened (api/accounting/historyandnotes)."""

from bluestamp.sandbox import elements, wire
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.store import Row

MAX_DETAILS = 2500


class NoSuchDocument(NotFound):
    """404 in the words of this endpoint."""

    def body(self) -> object:
        return "The document with the supplied id was not found for this endpoint."


def index(call: Call, name: str) -> Result:
    """GET: newest first."""
    _require(call, name)
    rows = call.act.store.all("SELECT * FROM history WHERE subject = ? ORDER BY id DESC", name.lower())
    return Result("HistoryRecords", [_record(row) for row in rows])


def add(call: Call, name: str) -> Result:
    """PUT: one note, which can't be edited or removed."""
    _require(call, name)
    details = (elements.read(call.raw, "HistoryRecords")[0].text("Details") or "")[:MAX_DETAILS]
    call.act.note(name.lower(), "Note", details)
    row = call.act.store.one("SELECT * FROM history WHERE subject = ? ORDER BY id DESC LIMIT 1", name.lower())
    return Result("HistoryRecords", [_record(row)] if row else [])


def _require(call: Call, name: str) -> None:
    organisation = call.act.organisation.id
    for table in ("documents", "contacts", "payments", "batch_payments", "items", "accounts"):
        if call.act.store.scalar(
            f"SELECT 1 FROM {table} WHERE organisation = ? AND id = ?", organisation, name.lower()
        ):
            return
    raise NoSuchDocument


def _record(row: Row) -> wire.Json:
    return {
        "Changes": row["changes"],
        "DateUTCString": wire.instant_string(row["at_ms"]).removesuffix("Z"),
        "DateUTC": wire.instant(row["at_ms"]),
        "User": row["user"],
        "Details": row["details"],
    }
