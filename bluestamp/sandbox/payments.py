"""Payments: created on an approved document, deleted whole, never edited. Of credit, they are refunds.

From developer.xero.com, api/accounting/payments. No webhook of their own; the document's INVOICE event fires.
"""

from datetime import date
from decimal import Decimal

import msgspec

from bluestamp.sandbox import documents, moves, wire, writing
from bluestamp.sandbox.acts import Act, later, new_id
from bluestamp.sandbox.charts import Account
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.kinds import CREDIT_NOTE, CREDITS, INVOICE, KINDS, OVERPAYMENT, PREPAYMENT, Kind
from bluestamp.sandbox.store import Row, Store, marks

TYPES = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
}
STATUSES = frozenset({"AUTHORISED", "DELETED"})
TARGETS: dict[str, Kind] = {
    "Invoice": INVOICE,
    "CreditNote": CREDIT_NOTE,
    "Prepayment": PREPAYMENT,
    "Overpayment": OVERPAYMENT,
    "InvoiceNumber": INVOICE,
    "CreditNoteNumber": CREDIT_NOTE,
}
"""What a payment may be made against, by the key that names it."""


class Payment(msgspec.Struct):
    """Money into or out of an account for one document."""

    id: str
    document_id: str
    type: str
    dated: date
    amount: Decimal
    rate: Decimal = Decimal(1)
    bank_amount: Decimal | None = None
    reference: str = ""
    account_id: str = ""
    status: str = "AUTHORISED"
    is_reconciled: bool = False
    batch_id: str = ""
    updated_ms: int = 0


_decoder = msgspec.json.Decoder(Payment)


def find(act: Act, payment_id: str) -> Payment | None:
    """A payment by its PaymentID, deleted ones too."""
    body = act.store.scalar(
        "SELECT body FROM payments WHERE organisation = ? AND id = ?", act.organisation.id, payment_id.lower()
    )
    return _decoder.decode(body) if body is not None else None


def from_row(row: Row) -> Payment:
    """A payment as stored."""
    return _decoder.decode(row["body"])


def of_documents(store: Store, ids: list[str]) -> dict[str, list[Payment]]:
    """The standing payments of several documents, in one query."""
    rows = store.all(
        f"SELECT document, body FROM payments WHERE status = 'AUTHORISED' AND document IN ({marks(ids)}) ORDER BY dated, rowid",
        *ids,
    )
    found: dict[str, list[Payment]] = {}
    for row in rows:
        found.setdefault(row["document"], []).append(from_row(row))
    return found


def upsert(act: Act, element: Element, payment_id: str | None = None) -> Payment:
    """Create a payment, or delete the one that PaymentID points at (POST). Raises ElementRefused."""
    wanted = payment_id or element.text("PaymentID")
    if not wanted:
        return create(act, element)
    payment = find(act, wanted)
    if payment is None:
        raise ElementRefused(["The payment with the specified PaymentID could not be found"])
    if element.choice("Status", STATUSES) != "DELETED":
        raise ElementRefused(["Payment not of valid status for modification"])
    return delete(act, payment)


def create(act: Act, element: Element, *, batch_id: str = "") -> Payment:
    """Pay a document in whole or in part (PUT), as one of a batch's where it is. Raises ElementRefused."""
    document = _target(act, element)
    account = _account(act, element, document)
    amount = wire.cents(element.number("Amount") or Decimal(0))
    paid_on = element.day("Date") or act.today
    faults = [*_amount_faults(document, amount), *([] if account else ["Account could not be found"])]
    locked = moves.lock_sentence(act, paid_on)
    faults += [locked] if locked else []
    if faults or account is None:
        raise ElementRefused(faults)
    payment = Payment(
        id=new_id(),
        document_id=document.id,
        type=TYPES[document.type],
        dated=paid_on,
        amount=amount,
        rate=element.number("CurrencyRate") or document.rate,
        bank_amount=element.number("BankAmount"),
        reference=element.text("Reference") or "",
        account_id=account.id,
        is_reconciled=bool(element.flag("IsReconciled")),
        batch_id=batch_id,
    )
    _keep(act, payment, "Created")
    _settle(
        act,
        document,
        on=paid_on,
        details=f"{_word(document)} on {wire.say_day(paid_on)} for {payment.amount}",
    )
    return payment


def delete(act: Act, payment: Payment) -> Payment:
    """Take a payment back: the document owes again. Raises ElementRefused when reconciled, batched, deleted or locked."""
    if payment.status == "DELETED":
        raise ElementRefused(["Payment not of valid status for modification"])
    if payment.batch_id:
        raise ElementRefused(["Payments within a batch cannot be deleted."])
    if payment.is_reconciled:
        raise ElementRefused(["This payment has been reconciled and cannot be deleted"])
    locked = moves.lock_sentence(act, payment.dated)
    if locked:
        raise ElementRefused([locked])
    return take_back(act, payment)


def take_back(act: Act, payment: Payment) -> Payment:
    """Delete a payment that may be deleted, alone or with its batch."""
    payment.status = "DELETED"
    _keep(act, payment, "Deleted")
    document = _paid_document(act, payment)
    if document:
        document.fully_paid_on = None
        _settle(act, document, on=payment.dated, details=f"Payment of {payment.amount} was removed")
    return payment


def _keep(act: Act, payment: Payment, changes: str) -> None:
    payment.updated_ms = later(act, payment.updated_ms)
    store_payment(act.store, act.organisation.id, payment)
    act.trail(payment.id, changes, f"Payment on {wire.say_day(payment.dated)} for {payment.amount}")


def store_payment(store: Store, organisation_id: str, payment: Payment) -> None:
    """Write a payment with its indexed columns."""
    store.put(
        "payments",
        id=payment.id,
        organisation=organisation_id,
        document=payment.document_id,
        status=payment.status,
        type=payment.type,
        dated=payment.dated.isoformat(),
        amount=wire.as_cents(payment.amount),
        reference=payment.reference,
        updated_ms=payment.updated_ms,
        body=msgspec.json.encode(payment),
    )


def _paid_document(act: Act, payment: Payment) -> Document | None:
    for kind in (INVOICE, *CREDITS):
        found = documents.find(act.store, act.organisation.id, kind, payment.document_id)
        if found:
            return found
    return None


def _settle(act: Act, document: Document, *, on: date, details: str) -> None:
    documents.settle(act, document, on=on)
    writing.resave(act, KINDS[document.kind], document)
    act.trail(document.id, "Paid" if document.status == "PAID" else "Updated", details)


def _word(document: Document) -> str:
    if KINDS[document.kind].gives_credit:
        return "Refund made" if document.is_sales else "Refund received"
    return "Payment received" if document.is_sales else "Payment made"


def _target(act: Act, element: Element) -> Document:
    named = [key for key in TARGETS if key in element]
    if len(named) != 1:
        raise ElementRefused(
            ["A payment must be made against exactly one Invoice, CreditNote, Prepayment or Overpayment"]
        )
    kind = TARGETS[named[0]]
    sent = element if named[0].endswith("Number") else element.child(named[0])
    keys = (kind.id_key, *([kind.number_key] if kind.number_key else []))
    wanted = next((text for key in keys if sent and (text := sent.text(key))), "")
    document = writing.find(act, kind, wanted)
    if document is None:
        raise ElementRefused([f"{kind.word} could not be found"])
    return document


def _amount_faults(document: Document, amount: Decimal) -> list[str]:
    if document.status not in {"AUTHORISED", "PAID"}:
        return ["Payments can only be made against Authorised documents"]
    if amount <= 0:
        return ["The payment amount must be greater than zero"]
    if amount > document.amount_due:
        return ["Payment amount exceeds the amount outstanding on this document"]
    return []


def _account(act: Act, element: Element, document: Document) -> Account | None:
    """The bank account, or the account with payments enabled. A foreign bank account pays only its own currency."""
    sent = element.child("Account")
    code, account_id = (sent.text("Code"), sent.text("AccountID")) if sent else (element.text("Code"), None)
    account = act.chart.accounts.get((account_id or "").lower()) or (
        act.chart.account(code) if code else None
    )
    if account is None:
        return None
    own = {"", document.currency, act.organisation.base_currency}
    foreign = account.currency not in own and not act.switches.foreign_account_pays
    if foreign or not account.is_open_to_payments:
        raise ElementRefused([f"The Account {account.code or account.name} is not a valid payment account"])
    return account
