"""The lists of an organisation: by kind, status, words and days, sorted, fifty a page, with a count for every tab."""

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from werkzeug import Request

from bluestamp.sandbox import documents
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.labels import SECTIONS
from bluestamp.sandbox.listings import Paging, Selection
from bluestamp.sandbox.store import Store, marks

PAGE_SIZE = 50
TABS = {
    "all": (),
    "draft": ("DRAFT",),
    "submitted": ("SUBMITTED",),
    "unpaid": ("AUTHORISED",),
    "paid": ("PAID", "BILLED"),
    "closed": ("VOIDED", "DELETED"),
}
TAB_LABELS = {
    "all": "All",
    "draft": "Draft",
    "submitted": "Awaiting approval",
    "unpaid": "Approved",
    "paid": "Paid, billed, used",
    "closed": "Voided, deleted",
}
SORTS = {
    "newest": "dated DESC, created_ms DESC, id ASC",
    "oldest": "dated ASC, created_ms ASC, id ASC",
    "changed": "updated_ms DESC, id ASC",
    "number": "number ASC, id ASC",
    "due": "due ASC, id ASC",
    "total": "total DESC, id ASC",
    "owed": "amount_due DESC, id ASC",
}
SORT_LABELS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "changed": "Last changed",
    "number": "Number",
    "due": "Due first",
    "total": "Largest total",
    "owed": "Most due",
}


@dataclass(frozen=True)
class Wanted:
    """What the page was asked to show; empty is anything."""

    type: str = ""
    tab: str = "all"
    text: str = ""
    contact: str = ""
    since: str = ""
    until: str = ""
    overdue: bool = False
    sort: str = "newest"
    page: int = 1

    def address(self, **other: object) -> str:
        """The query of the same list with something else in it."""
        wanted = replace(self, **({"page": 1} | other))  # type: ignore[arg-type]
        said = {
            "type": wanted.type,
            "status": wanted.tab if wanted.tab != "all" else "",
            "q": wanted.text,
            "contact": wanted.contact,
            "from": wanted.since,
            "to": wanted.until,
            "overdue": "1" if wanted.overdue else "",
            "sort": wanted.sort if wanted.sort != "newest" else "",
            "page": str(wanted.page) if wanted.page > 1 else "",
        }
        return "?" + urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True)
class Found:
    """What it shows, with a count for every tab."""

    documents: list[Document]
    tabs: list[tuple[str, str, int]]
    pages: int
    count: int


def read(request: Request) -> Wanted:
    """Read the address; anything unknown falls back to everything."""
    args = request.args
    page = args.get("page", "1")
    return Wanted(
        type=args.get("type", "") if args.get("type") in SECTIONS else "",
        tab=args.get("status", "all") if args.get("status") in TABS else "all",
        text=args.get("q", "").strip(),
        contact=args.get("contact", ""),
        since=_day(args.get("from", "")),
        until=_day(args.get("to", "")),
        overdue=bool(args.get("overdue")),
        sort=args.get("sort", "newest") if args.get("sort") in SORTS else "newest",
        page=max(1, int(page)) if page.isdigit() else 1,
    )


def find(store: Store, organisation_id: str, wanted: Wanted, today: date) -> Found:
    """Find one page of documents."""
    counts = _counts(store, _selection(organisation_id, wanted, today))
    selection = _selection(organisation_id, wanted, today)
    if TABS[wanted.tab]:
        selection.narrow(f"status IN ({marks(TABS[wanted.tab])})", *TABS[wanted.tab])
    selection.order = SORTS[wanted.sort]
    rows = selection.page(store, Paging(wanted.page, PAGE_SIZE))
    count = _of_tab(wanted.tab, counts)
    return Found(
        documents=[documents.from_row(row) for row in rows],
        tabs=[(name, TAB_LABELS[name], _of_tab(name, counts)) for name in TABS],
        pages=max(1, -(-count // PAGE_SIZE)),
        count=count,
    )


def _selection(organisation_id: str, wanted: Wanted, today: date) -> Selection:
    selection = Selection("documents", {})
    selection.narrow("organisation = ?", organisation_id)
    if wanted.type:
        selection.narrow(SECTIONS[wanted.type])
    if wanted.contact:
        selection.narrow("contact = ?", wanted.contact.lower())
    if wanted.since:
        selection.narrow("dated >= ?", wanted.since)
    if wanted.until:
        selection.narrow("dated <= ?", wanted.until)
    if wanted.overdue:
        selection.narrow("status = 'AUTHORISED' AND due < ? AND amount_due > 0", today.isoformat())
    if wanted.text:
        _search(selection, wanted.text)
    return selection


def _search(selection: Selection, text: str) -> None:
    """Words in the number, the reference or the contact; an id finds its document."""
    pattern = f"%{text}%"
    selection.narrow(
        "(number LIKE ? OR reference LIKE ? OR id = ? OR contact IN (SELECT id FROM contacts WHERE search LIKE ?))",
        pattern,
        pattern,
        text.lower(),
        pattern.lower(),
    )


def _counts(store: Store, selection: Selection) -> dict[str, int]:
    clause = " AND ".join(selection.conditions)
    rows = store.all(
        f"SELECT status, COUNT(*) AS n FROM documents WHERE {clause} GROUP BY status", *selection.values
    )
    return {row["status"]: row["n"] for row in rows}


def _of_tab(tab: str, counts: dict[str, int]) -> int:
    return sum(counts.get(status, 0) for status in TABS[tab] or counts)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""
