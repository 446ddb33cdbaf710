"""The log of every call an app makes, with both bodies of the latest ones, for people to read."""

import re
from dataclasses import dataclass

import msgspec
from werkzeug import Request

from bluestamp.sandbox.idempotency import Answered
from bluestamp.sandbox.store import Row, Store, marks

BODIES_KEPT = 500
MAX_BODY = 256 * 1024
SHOWN_HEADERS = (
    "Accept",
    "Content-Type",
    "If-Modified-Since",
    "Idempotency-Key",
    "Xero-Tenant-Id",
    "User-Agent",
)
SECRET = re.compile(rb"(client_secret=)[^&]*")
PAGE_SIZE = 50
TABS = {"all": "All", "writes": "Writes", "failed": "Refused or lost", "identity": "Identity"}
CONDITIONS = {
    "all": "1",
    "writes": "method NOT IN ('GET', 'HEAD')",
    "failed": "(status NOT BETWEEN 200 AND 399 OR note <> '')",
    "identity": "path NOT LIKE '/api.xro/%'",
}


@dataclass(frozen=True)
class Heard:
    """When a call came, how long it took in seconds, and what a fault did to it."""

    at_ms: int
    took: float
    note: str


@dataclass(frozen=True)
class Wanted:
    """Which calls to show: a tab, words in the address or the bodies, one organisation, a page."""

    tab: str = "all"
    text: str = ""
    organisation: str = ""
    page: int = 1


def write(store: Store, request: Request, answered: Answered, heard: Heard) -> None:
    """Log one call; only the latest keep their bodies."""
    with store.transaction():
        number = store.insert(
            "INSERT INTO calls (at_ms, method, path, query, status, bytes_in, bytes_out, organisation, idempotency_key, note,"
            " duration_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            heard.at_ms,
            request.method,
            request.path,
            request.query_string.decode("utf-8", "replace"),
            answered.status,
            request.content_length or 0,
            len(answered.body),
            request.headers.get("Xero-Tenant-Id", ""),
            request.headers.get("Idempotency-Key", ""),
            heard.note,
            round(heard.took * 1000, 3),
        )
        store.put(
            "call_bodies",
            call=number,
            sent=SECRET.sub(rb"\1...", request.get_data())[:MAX_BODY],
            answered=answered.body[:MAX_BODY],
            headers=msgspec.json.encode(_headers(request, answered)).decode(),
        )
        store.run("DELETE FROM call_bodies WHERE call <= ?", number - BODIES_KEPT)


def find(store: Store, number: int) -> tuple[Row, Row | None] | None:
    """One call, with its bodies if they are still kept."""
    row = store.one("SELECT * FROM calls WHERE id = ?", number)
    return (row, store.one("SELECT * FROM call_bodies WHERE call = ?", number)) if row else None


def page(store: Store, wanted: Wanted) -> tuple[list[Row], int]:
    """One page of calls, the latest first, and how many there are in all."""
    clause, values = _clause(wanted)
    rows = store.all(
        f"SELECT * FROM calls WHERE {clause} ORDER BY id DESC LIMIT ? OFFSET ?",
        *values,
        PAGE_SIZE,
        (wanted.page - 1) * PAGE_SIZE,
    )
    return rows, int(store.scalar(f"SELECT COUNT(*) FROM calls WHERE {clause}", *values))


def of_document(store: Store, document_id: str) -> list[Row]:
    """The latest calls that had to do with a document, as far as their bodies are kept."""
    numbers = [
        row["call"]
        for row in store.all(
            "SELECT call FROM call_bodies JOIN calls ON calls.id = call WHERE instr(path, ?) OR"
            " (method <> 'GET' AND (instr(sent, ?) OR instr(answered, ?))) ORDER BY call DESC LIMIT 10",
            document_id,
            document_id.encode(),
            document_id.encode(),
        )
    ]
    return store.all(f"SELECT * FROM calls WHERE id IN ({marks(numbers)}) ORDER BY id DESC", *numbers)


def _clause(wanted: Wanted) -> tuple[str, list[str | bytes]]:
    clause, values = CONDITIONS[wanted.tab], list[str | bytes]()
    if wanted.organisation:
        clause, values = f"{clause} AND organisation = ?", [*values, wanted.organisation]
    if wanted.text:
        clause += (
            " AND (instr(path || '?' || query, ?) OR idempotency_key = ? OR id IN"
            " (SELECT call FROM call_bodies WHERE instr(sent, ?) OR instr(answered, ?)))"
        )
        values += [wanted.text, wanted.text, wanted.text.encode(), wanted.text.encode()]
    return clause, values


def _headers(request: Request, answered: Answered) -> dict[str, dict[str, str]]:
    sent = {name: request.headers[name] for name in SHOWN_HEADERS if name in request.headers}
    return {"sent": sent, "answered": answered.headers}
