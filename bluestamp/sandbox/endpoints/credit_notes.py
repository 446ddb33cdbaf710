"""/CreditNotes and their allocations."""

from typing import cast

from bluestamp.sandbox import (
    allocations,
    credit_note_pages,
    credit_notes,
    documents,
    elements,
    listings,
    writing,
)
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.document_pages import Detail
from bluestamp.sandbox.documents import Document, from_row
from bluestamp.sandbox.endpoints import echoes
from bluestamp.sandbox.endpoints.batches import Invalid, Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.kinds import CREDIT_NOTE, INVOICE
from bluestamp.sandbox.listings import Selection
from bluestamp.sandbox.store import Row


def _written(act: Act, done: list[object]) -> list[dict[str, object]]:
    return credit_note_pages.render(act, cast(list[Document], done), Detail.FULL)


NOUN = Noun("CreditNotes", "HasErrors", _written, echoes.credit_note)


def index(call: Call) -> Result:
    """GET /CreditNotes: paged with lines, unpaged without."""
    selection = Selection("documents", listings.CREDIT_NOTE_COLUMNS)
    selection.narrow("organisation = ? AND kind = 'CREDITNOTE'", call.act.organisation.id)
    selection.narrow_by(call.query, call.since)
    paging = listings.paging(call.query)
    rows = selection.page(call.act.store, paging) if paging else selection.all(call.act.store)
    found = [from_row(row) for row in rows]
    items = credit_note_pages.render(call.act, found, Detail.LISTED if paging else Detail.BARE)
    pagination = paging.render(selection.count(call.act.store)) if paging else None
    return Result("CreditNotes", items, pagination=pagination)


def show(call: Call, name: str) -> Result:
    """GET /CreditNotes/{CreditNoteID or CreditNoteNumber}."""
    return Result("CreditNotes", credit_note_pages.render(call.act, [_find(call.act, name)], Detail.FULL))


def create(call: Call) -> Result:
    """PUT /CreditNotes."""
    return write(call, NOUN, elements.read(call.raw, "CreditNotes"), credit_notes.create)


def upsert(call: Call) -> Result:
    """POST /CreditNotes. Allocations sent along are applied (again)."""
    return write(call, NOUN, elements.read(call.raw, "CreditNotes"), _upsert)


def change(call: Call, name: str) -> Result:
    """POST /CreditNotes/{CreditNoteID or CreditNoteNumber}."""
    known = _find(call.act, name).id
    first = elements.read(call.raw, "CreditNotes")[:1]
    return write(call, NOUN, first, lambda act, element: _upsert(act, element, known))


def allocate(call: Call, name: str) -> Result:
    """PUT /CreditNotes/{CreditNoteID}/Allocations: one or several."""
    note = _find(call.act, name)

    def written(act: Act, done: list[object]) -> list[dict[str, object]]:
        rows = cast(list[Row], done)
        return [
            credit_note_pages.render_allocation(act, row, note, _number(act, row["invoice"])) for row in rows
        ]

    noun = Noun("Allocations", "", written, echoes.allocation)
    sent = elements.read(call.raw, "Allocations")
    return write(
        call, noun, sent, lambda act, element: allocations.allocate(act, _find(act, note.id), element)
    )


def remove(call: Call, name: str, allocation: str) -> Result:
    """DELETE /CreditNotes/{CreditNoteID}/Allocations/{AllocationID}: answered without an envelope."""
    try:
        row = allocations.remove(call.act, _find(call.act, name), allocation)
    except ElementRefused as refused:
        raise Invalid(
            [{"ValidationErrors": [{"Message": message} for message in refused.messages]}]
        ) from None
    return Result(bare=credit_note_pages.render_removed(row))


def _upsert(act: Act, element: elements.Element, name: str | None = None) -> Document:
    note = credit_notes.upsert(act, element, name)
    applied = (element.children("Allocations") or []) if act.switches.sent_allocations_apply else []
    for sent in applied:
        allocations.allocate(act, _find(act, note.id), sent)
    return _find(act, note.id)


def _find(act: Act, name: str) -> Document:
    found = writing.find(act, CREDIT_NOTE, name)
    if found is None:
        raise NotFound
    return found


def _number(act: Act, invoice_id: str) -> str:
    found = documents.find(act.store, act.organisation.id, INVOICE, invoice_id)
    return found.number if found else ""
