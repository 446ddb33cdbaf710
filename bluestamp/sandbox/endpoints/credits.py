"""/Prepayments and /Overpayments: read, allocated, taken back; made by /BankTransactions and refunded by /Payments."""

from functools import partial
from typing import cast

from bluestamp.sandbox import allocations, credit_note_pages, credit_pages, documents, elements, listings
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.document_pages import Detail
from bluestamp.sandbox.documents import Document, from_row
from bluestamp.sandbox.endpoints import echoes
from bluestamp.sandbox.endpoints.batches import Invalid, Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Endpoint, Result
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.kinds import INVOICE, Kind
from bluestamp.sandbox.listings import Selection
from bluestamp.sandbox.store import Row


def index(kind: Kind, call: Call) -> Result:
    """GET: paged with lines, unpaged without; References, InvoiceNumbers, where and order."""
    selection = Selection("documents", listings.CREDIT_COLUMNS)
    selection.narrow(f"organisation = ? AND kind = '{kind.name}'", call.act.organisation.id)
    selection.narrow_in("reference", call.query.get("References"))
    selection.narrow_in("number", call.query.get("InvoiceNumbers"))
    selection.narrow_by(call.query, call.since)
    paging = listings.paging(call.query)
    rows = selection.page(call.act.store, paging) if paging else selection.all(call.act.store)
    found = [from_row(row) for row in rows]
    items = credit_pages.render(call.act, found, Detail.LISTED if paging else Detail.BARE)
    pagination = paging.render(selection.count(call.act.store)) if paging else None
    return Result(kind.collection, items, pagination=pagination)


def show(kind: Kind, call: Call, name: str) -> Result:
    """GET one by its id."""
    found = _find(call.act, kind, name)
    return Result(kind.collection, credit_pages.render(call.act, [found], Detail.FULL))


def allocate(kind: Kind, call: Call, name: str) -> Result:
    """PUT Allocations: one or several."""
    credit = _find(call.act, kind, name)

    def written(act: Act, done: list[object]) -> list[dict[str, object]]:
        rows = cast(list[Row], done)
        return [
            credit_note_pages.render_allocation(act, row, credit, _number(act, row["invoice"]))
            for row in rows
        ]

    noun = Noun("Allocations", "", written, echoes.allocation)
    sent = elements.read(call.raw, "Allocations")
    return write(
        call,
        noun,
        sent,
        lambda act, element: allocations.allocate(act, _find(act, kind, credit.id), element),
    )


def remove(kind: Kind, call: Call, name: str, allocation: str) -> Result:
    """DELETE an allocation: answered without an envelope."""
    try:
        row = allocations.remove(call.act, _find(call.act, kind, name), allocation)
    except ElementRefused as refused:
        raise Invalid(
            [{"ValidationErrors": [{"Message": message} for message in refused.messages]}]
        ) from None
    return Result(bare=credit_note_pages.render_removed(row))


def of(kind: Kind) -> dict[str, dict[str, Endpoint]]:
    """The addresses below a kind's collection and what answers them."""
    return {
        "": {"GET": partial(index, kind)},
        "/<name>": {"GET": partial(show, kind)},
        "/<name>/Allocations": {"PUT": partial(allocate, kind)},
        "/<name>/Allocations/<allocation>": {"DELETE": partial(remove, kind)},
    }


def _find(act: Act, kind: Kind, name: str) -> Document:
    found = documents.find(act.store, act.organisation.id, kind, name)
    if found is None:
        raise NotFound
    return found


def _number(act: Act, invoice_id: str) -> str:
    found = documents.find(act.store, act.organisation.id, INVOICE, invoice_id)
    return found.number if found else ""
