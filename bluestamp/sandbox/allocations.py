"""Allocations: credit used on an invoice or bill of the same contact, currency and side.

Credit is a credit note, a prepayment or an overpayment. From developer.xero.com, api/accounting/creditnotes (allocate),
prepayments and overpayments. Both documents may become PAID, and owe again when the allocation is removed.
"""

from datetime import date
from decimal import Decimal

from bluestamp.sandbox import documents, moves, wire, writing
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.kinds import INVOICE, KINDS
from bluestamp.sandbox.store import Row, Store, marks

SIDES = {
    "ACCRECCREDIT": "ACCREC",
    "ACCPAYCREDIT": "ACCPAY",
    "RECEIVE-PREPAYMENT": "ACCREC",
    "SPEND-PREPAYMENT": "ACCPAY",
    "RECEIVE-OVERPAYMENT": "ACCREC",
    "SPEND-OVERPAYMENT": "ACCPAY",
}


def allocate(act: Act, credit: Document, element: Element) -> Row:
    """Use an amount of a credit on an invoice (PUT). Raises ElementRefused. Sent twice, it is done twice."""
    amount = wire.cents(element.number("Amount") or Decimal(0))
    invoice = _invoice(act, element)
    faults = _faults(act, credit, invoice, amount)
    if faults:
        raise ElementRefused(faults)
    allocation_id = new_id()
    act.store.put(
        "allocations",
        id=allocation_id,
        organisation=act.organisation.id,
        note=credit.id,
        invoice=invoice.id,
        amount=wire.as_cents(amount),
        dated=max(credit.dated, invoice.dated).isoformat(),
    )
    _settle(act, credit, invoice, f"{amount} of {name_of(credit)} was applied to {name_of(invoice)}")
    return find(act, allocation_id)


def remove(act: Act, credit: Document, allocation_id: str) -> Row:
    """Take an allocation back (DELETE); the row as it was. Raises NotFound, ElementRefused in a locked period."""
    row = find(act, allocation_id)
    invoice = documents.find(act.store, act.organisation.id, INVOICE, row["invoice"])
    if row["note"] != credit.id or invoice is None:
        raise NotFound
    locked = moves.lock_sentence(act, date.fromisoformat(row["dated"]))
    if locked:
        raise ElementRefused([locked])
    act.store.run("DELETE FROM allocations WHERE id = ?", row["id"])
    invoice.fully_paid_on = credit.fully_paid_on = None
    amount = wire.cents(Decimal(row["amount"]) / 100)
    _settle(act, credit, invoice, f"{amount} of {name_of(credit)} was removed from {name_of(invoice)}")
    return row


def find(act: Act, allocation_id: str) -> Row:
    """An allocation by its id. Raises NotFound."""
    row = act.store.one(
        "SELECT * FROM allocations WHERE organisation = ? AND id = ?",
        act.organisation.id,
        allocation_id.lower(),
    )
    if row is None:
        raise NotFound
    return row


def of_notes(store: Store, ids: list[str]) -> dict[str, list[Row]]:
    """The allocations of several credits with their invoices' numbers, in one query."""
    rows = store.all(
        "SELECT a.*, d.number FROM allocations a JOIN documents d ON d.id = a.invoice"
        f" WHERE a.note IN ({marks(ids)}) ORDER BY a.dated, a.rowid",
        *ids,
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["note"], []).append(row)
    return found


def on_invoices(store: Store, ids: list[str]) -> dict[str, list[Row]]:
    """What was credited to several invoices, with each credit's kind, number, day and total, in one query."""
    rows = store.all(
        "SELECT a.id, a.invoice, a.note, a.amount, d.kind, d.number, d.dated, d.total"
        " FROM allocations a JOIN documents d ON d.id = a.note"
        f" WHERE a.invoice IN ({marks(ids)}) ORDER BY a.dated, a.rowid",
        *ids,
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["invoice"], []).append(row)
    return found


def name_of(document: Document) -> str:
    """What a history line calls a document: its number, or its kind where it has none."""
    return document.number or KINDS[document.kind].word


def _invoice(act: Act, element: Element) -> Document:
    sent = element.child("Invoice")
    wanted = (sent.text("InvoiceID") or sent.text("InvoiceNumber") or "") if sent else ""
    found = writing.find(act, INVOICE, wanted)
    if found is None:
        raise ElementRefused(["The invoice you are trying to allocate to could not be found"])
    return found


def _faults(act: Act, credit: Document, invoice: Document, amount: Decimal) -> list[str]:
    word = KINDS[credit.kind].word
    if SIDES[credit.type] != invoice.type:
        return [f"{word} cannot be allocated to an incorrect invoice type"]
    if invoice.status == "PAID":
        return ["The invoice you are trying to allocate to has already been paid off"]
    if credit.status != "AUTHORISED" or invoice.status != "AUTHORISED":
        return ["Allocations can only be made between Authorised documents"]
    crosses = credit.currency != invoice.currency and not act.switches.allocation_crosses_currencies
    if credit.contact_id != invoice.contact_id or crosses:
        return [f"{word} cannot be allocated to an invoice of another contact or currency"]
    if amount <= 0 or amount > credit.amount_due or amount > invoice.amount_due:
        return [f"{word} cannot be allocated as amount is greater than amount outstanding"]
    locked = moves.lock_sentence(act, max(credit.dated, invoice.dated))
    return [locked] if locked else []


def _settle(act: Act, credit: Document, invoice: Document, details: str) -> None:
    on = max(credit.dated, invoice.dated)
    for document in (credit, invoice):
        documents.settle(act, document, on=on)
        writing.resave(act, KINDS[document.kind], document)
        act.trail(document.id, "Updated", details)
