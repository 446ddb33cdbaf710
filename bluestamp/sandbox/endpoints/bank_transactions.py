"""/BankTransactions: money spent and received, and the way in which prepayments and overpayments are made."""

from typing import cast

from bluestamp.sandbox import bank_transactions, credit_pages, documents, elements, listings
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.document_pages import Detail
from bluestamp.sandbox.documents import Document, from_row
from bluestamp.sandbox.endpoints import echoes
from bluestamp.sandbox.endpoints.batches import Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.kinds import BANK_TRANSACTION
from bluestamp.sandbox.listings import Selection


def _written(act: Act, done: list[object]) -> list[dict[str, object]]:
    return credit_pages.render_transactions(act, cast(list[Document], done), Detail.FULL)


NOUN = Noun("BankTransactions", "", _written, echoes.bank_transaction)


def index(call: Call) -> Result:
    """GET /BankTransactions: paged with lines, unpaged without."""
    selection = Selection("documents", listings.BANK_TRANSACTION_COLUMNS)
    selection.narrow("organisation = ? AND kind = 'BANKTRANSACTION'", call.act.organisation.id)
    selection.narrow_by(call.query, call.since)
    paging = listings.paging(call.query)
    rows = selection.page(call.act.store, paging) if paging else selection.all(call.act.store)
    found = [from_row(row) for row in rows]
    items = credit_pages.render_transactions(call.act, found, Detail.LISTED if paging else Detail.BARE)
    pagination = paging.render(selection.count(call.act.store)) if paging else None
    return Result("BankTransactions", items, pagination=pagination)


def show(call: Call, name: str) -> Result:
    """GET /BankTransactions/{BankTransactionID}."""
    return Result("BankTransactions", _written(call.act, [_find(call.act, name)]))


def create(call: Call) -> Result:
    """PUT /BankTransactions."""
    return write(call, NOUN, elements.read(call.raw, "BankTransactions"), bank_transactions.create)


def upsert(call: Call) -> Result:
    """POST /BankTransactions."""
    return write(call, NOUN, elements.read(call.raw, "BankTransactions"), bank_transactions.upsert)


def change(call: Call, name: str) -> Result:
    """POST /BankTransactions/{BankTransactionID}."""
    known = _find(call.act, name).id
    first = elements.read(call.raw, "BankTransactions")[:1]
    return write(call, NOUN, first, lambda act, element: bank_transactions.upsert(act, element, known))


def _find(act: Act, name: str) -> Document:
    found = documents.find(act.store, act.organisation.id, BANK_TRANSACTION, name)
    if found is None:
        raise NotFound
    return found
