"""/BatchPayments: created and deleted whole."""

from typing import cast

from bluestamp.sandbox import batch_payments, elements, listings, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.batch_payments import BatchPayment
from bluestamp.sandbox.endpoints import echoes
from bluestamp.sandbox.endpoints.batches import Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.listings import Selection
from bluestamp.sandbox.payments import Payment


def index(call: Call) -> Result:
    """GET /BatchPayments, deleted ones too; never paged."""
    selection = Selection("batch_payments", listings.BATCH_PAYMENT_COLUMNS)
    selection.narrow("organisation = ?", call.act.organisation.id)
    selection.narrow_by(call.query, call.since)
    found = [batch_payments.from_row(row) for row in selection.all(call.act.store)]
    return Result("BatchPayments", _written(call.act, list(found)))


def show(call: Call, name: str) -> Result:
    """GET /BatchPayments/{BatchPaymentID}."""
    return Result("BatchPayments", _written(call.act, [_find(call.act, name)]))


def create(call: Call) -> Result:
    """PUT /BatchPayments."""
    return write(call, NOUN, elements.read(call.raw, "BatchPayments"), batch_payments.create)


def upsert(call: Call) -> Result:
    """POST /BatchPayments: {"BatchPaymentID": ..., "Status": "DELETED"}."""
    return write(call, NOUN, elements.read(call.raw, "BatchPayments"), batch_payments.upsert)


def change(call: Call, name: str) -> Result:
    """POST /BatchPayments/{BatchPaymentID}: {"Status": "DELETED"}."""
    known = _find(call.act, name).id
    first = elements.read(call.raw, "BatchPayments")[:1]
    return write(call, NOUN, first, lambda act, element: batch_payments.upsert(act, element, known))


def _written(act: Act, done: list[object]) -> list[wire.Json]:
    found = cast(list[BatchPayment], done)
    paid = batch_payments.of_batches(act, [batch.id for batch in found])
    return [_render(act, batch, paid.get(batch.id, [])) for batch in found]


NOUN = Noun("BatchPayments", "", _written, echoes.batch_payment)


def _render(act: Act, batch: BatchPayment, paid: list[Payment]) -> wire.Json:
    account = act.chart.accounts[batch.account_id]
    currency = account.currency or act.organisation.base_currency
    texts = {name: text for name, text in batch.texts.items() if text}
    return {
        "Account": {"AccountID": account.id, "CurrencyCode": currency},
        **texts,
        "BatchPaymentID": batch.id,
        "DateString": wire.day_string(batch.dated),
        "Date": wire.day(batch.dated),
        "Payments": [_payment(payment) for payment in paid],
        "Type": batch.type,
        "Status": batch.status,
        "TotalAmount": wire.cents(batch.total),
        "UpdatedDateUTC": wire.instant(batch.updated_ms),
        "IsReconciled": batch.is_reconciled,
    }


def _payment(payment: Payment) -> wire.Json:
    bank = payment.bank_amount if payment.bank_amount is not None else payment.amount
    return {
        "Invoice": {"InvoiceID": payment.document_id},
        "PaymentID": payment.id,
        "Amount": wire.cents(payment.amount),
        "BankAmount": wire.cents(bank),
    }


def _find(act: Act, name: str) -> BatchPayment:
    found = batch_payments.find(act, name)
    if found is None:
        raise NotFound
    return found
