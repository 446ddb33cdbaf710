"""/Invoices: invoices and bills."""

from typing import cast

from bluestamp.sandbox import elements, invoices, listings
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.document_pages import Detail, render
from bluestamp.sandbox.documents import Document, from_row
from bluestamp.sandbox.endpoints import echoes
from bluestamp.sandbox.endpoints.batches import Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.listings import Selection, is_on


def _written(act: Act, done: list[object]) -> list[dict[str, object]]:
    return render(act, cast(list[Document], done), Detail.FULL)


NOUN = Noun("Invoices", "HasErrors", _written, echoes.invoice)


def index(call: Call) -> Result:
    """GET /Invoices: paged with lines, unpaged without, summaryOnly with neither."""
    act, query = call.act, call.query
    selection = Selection("documents", listings.INVOICE_COLUMNS)
    selection.narrow("organisation = ? AND kind = 'INVOICE'", act.organisation.id)
    for column, name in (
        ("id", "IDs"),
        ("number", "InvoiceNumbers"),
        ("contact", "ContactIDs"),
        ("status", "Statuses"),
    ):
        selection.narrow_in(column, query.get(name))
    if is_on(query, "createdByMyApp"):
        selection.narrow("made_by_app = ?", act.doer.app_id)
    if query.get("searchTerm"):
        selection.narrow_to_words(query["searchTerm"], "number", "reference")
    selection.narrow_by(query, call.since)
    summary = is_on(query, "summaryOnly")
    paging = listings.paging(query, forced=summary or bool(query.get("Statuses")))
    if paging is None:
        found = [from_row(row) for row in selection.all(act.store)]
        return Result("Invoices", render(act, found, Detail.BARE))
    found = [from_row(row) for row in selection.page(act.store, paging)]
    items = render(act, found, Detail.SUMMARY if summary else Detail.LISTED)
    return Result("Invoices", items, pagination=paging.render(selection.count(act.store)))


def show(call: Call, name: str) -> Result:
    """GET /Invoices/{InvoiceID or InvoiceNumber}."""
    document = invoices.find(call.act, name)
    if document is None:
        raise NotFound
    return Result("Invoices", render(call.act, [document], Detail.FULL))


def create(call: Call) -> Result:
    """PUT /Invoices."""
    return write(call, NOUN, elements.read(call.raw, "Invoices"), invoices.create)


def upsert(call: Call) -> Result:
    """POST /Invoices."""
    return write(call, NOUN, elements.read(call.raw, "Invoices"), invoices.upsert)


def change(call: Call, name: str) -> Result:
    """POST /Invoices/{InvoiceID or InvoiceNumber}."""
    if invoices.find(call.act, name) is None:
        raise NotFound
    first = elements.read(call.raw, "Invoices")[:1]
    return write(call, NOUN, first, lambda act, element: invoices.upsert(act, element, name))
