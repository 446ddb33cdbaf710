"""/Payments: created and deleted, never edited."""

from typing import cast

from bluestamp.sandbox import elements, listings, payments
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.document_pages import render_payments
from bluestamp.sandbox.endpoints import echoes
from bluestamp.sandbox.endpoints.batches import Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.listings import Selection
from bluestamp.sandbox.payments import Payment


def _written(act: Act, done: list[object]) -> list[dict[str, object]]:
    return render_payments(act, cast(list[Payment], done), detailed=True)


NOUN = Noun("Payments", "HasValidationErrors", _written, echoes.payment)


def index(call: Call) -> Result:
    """GET /Payments, deleted ones too."""
    selection = Selection("payments", listings.PAYMENT_COLUMNS)
    selection.narrow("organisation = ?", call.act.organisation.id)
    if not call.act.switches.deleted_payments_shown:
        selection.narrow("status <> 'DELETED'")
    selection.narrow_by(call.query, call.since)
    paging = listings.paging(call.query)
    rows = selection.page(call.act.store, paging) if paging else selection.all(call.act.store)
    items = render_payments(call.act, [payments.from_row(row) for row in rows], detailed=False)
    return Result(
        "Payments", items, pagination=paging.render(selection.count(call.act.store)) if paging else None
    )


def show(call: Call, name: str) -> Result:
    """GET /Payments/{PaymentID}."""
    found = _find(call.act, name)
    if found.status == "DELETED" and not call.act.switches.deleted_payments_shown:
        raise NotFound
    return Result("Payments", render_payments(call.act, [found], detailed=True))


def create(call: Call) -> Result:
    """PUT /Payments."""
    return write(call, NOUN, elements.read(call.raw, "Payments"), payments.create)


def upsert(call: Call) -> Result:
    """POST /Payments: creates, or deletes those that carry a PaymentID and Status DELETED."""
    return write(call, NOUN, elements.read(call.raw, "Payments"), payments.upsert)


def change(call: Call, name: str) -> Result:
    """POST /Payments/{PaymentID}: {"Status": "DELETED"}."""
    known = _find(call.act, name).id
    first = elements.read(call.raw, "Payments")[:1]
    return write(call, NOUN, first, lambda act, element: payments.upsert(act, element, known))


def _find(act: Act, name: str) -> Payment:
    found = payments.find(act, name)
    if found is None:
        raise NotFound
    return found
