"""The list page of an organisation: everything by kind, status and words, fifty a page."""

from dataclasses import dataclass

from werkzeug import Request

from bluestamp.sandbox import documents
from bluestamp.sandbox.documents import Document
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
    "paid": "Paid, billed",
    "closed": "Voided, deleted",
}
KIND_LABELS = {
    "ACCPAY": "Bill",
    "ACCREC": "Invoice",
    "ACCPAYCREDIT": "Supplier credit",
    "ACCRECCREDIT": "Credit note",
    "PURCHASEORDER": "Purchase order",
    "RECEIVE-PREPAYMENT": "Prepayment received",
    "SPEND-PREPAYMENT": "Prepayment made",
    "RECEIVE-OVERPAYMENT": "Overpayment received",
    "SPEND-OVERPAYMENT": "Overpayment made",
    "RECEIVE": "Money received",
    "SPEND": "Money spent",
}


@dataclass(frozen=True)
class Wanted:
    """What the page was asked to show."""

    type: str
    tab: str
    text: str
    page: int


@dataclass(frozen=True)
class Found:
    """What it shows, with a count for every tab."""

    documents: list[Document]
    tabs: list[tuple[str, str, int]]
    pages: int


def read(request: Request) -> Wanted:
    """Read the address; anything unknown falls back to everything."""
    args = request.args
    page = args.get("page", "1")
    return Wanted(
        type=args.get("type", "") if args.get("type") in KIND_LABELS else "",
        tab=args.get("status", "all") if args.get("status") in TABS else "all",
        text=args.get("q", "").strip(),
        page=max(1, int(page)) if page.isdigit() else 1,
    )


def find(store: Store, organisation_id: str, wanted: Wanted) -> Found:
    """Find one page of documents, the newest first."""
    counts = _counts(store, _selection(organisation_id, wanted))
    selection = _selection(organisation_id, wanted)
    if TABS[wanted.tab]:
        selection.narrow(f"status IN ({marks(TABS[wanted.tab])})", *TABS[wanted.tab])
    selection.order = "dated DESC, created_ms DESC, id ASC"
    rows = selection.page(store, Paging(wanted.page, PAGE_SIZE))
    tabs = [(name, TAB_LABELS[name], _of_tab(name, counts)) for name in TABS]
    return Found(
        documents=[documents.from_row(row) for row in rows],
        tabs=tabs,
        pages=max(1, -(-_of_tab(wanted.tab, counts) // PAGE_SIZE)),
    )


def _selection(organisation_id: str, wanted: Wanted) -> Selection:
    selection = Selection("documents", {})
    selection.narrow("organisation = ?", organisation_id)
    if wanted.type:
        selection.narrow("type = ?", wanted.type)
    if wanted.text:
        word = wanted.text.lower()
        selection.narrow(
            "(instr(lower(number), ?) OR instr(lower(reference), ?)"
            " OR contact IN (SELECT id FROM contacts WHERE instr(search, ?)))",
            word,
            word,
            word,
        )
    return selection


def _counts(store: Store, selection: Selection) -> dict[str, int]:
    clause = " AND ".join(selection.conditions)
    rows = store.all(
        f"SELECT status, COUNT(*) AS n FROM documents WHERE {clause} GROUP BY status", *selection.values
    )
    return {row["status"]: row["n"] for row in rows}


def _of_tab(tab: str, counts: dict[str, int]) -> int:
    return sum(counts.get(status, 0) for status in TABS[tab] or counts)
