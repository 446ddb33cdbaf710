"""Allocations: some of a credit note used on an invoice or bill of the same contact, currency and side.

From developer.xero.com, api/accounting/creditnotes (allocate). Both documents may become PAID, and owe again when the
allocation is removed.
"""

from datetime import date
from decimal import Decimal

from bluestamp.sandbox import documents, wire, writing
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.documents import CREDIT_NOTE, INVOICE, Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.store import Row, Store, marks

SIDES = {"ACCRECCREDIT": "ACCREC", "ACCPAYCREDIT": "ACCPAY"}


def allocate(act: Act, note: Document, element: Element) -> Row:
    """Use an amount of a note on an invoice (PUT). Raises ElementRefused. Sent twice, it is done twice."""
    amount = wire.cents(element.number("Amount") or Decimal(0))
    invoice = _invoice(act, element)
    faults = _faults(act, note, invoice, amount)
    if faults:
        raise ElementRefused(faults)
    allocation_id = new_id()
    act.store.put(
        "allocations",
        id=allocation_id,
        organisation=act.organisation.id,
        note=note.id,
        invoice=invoice.id,
        amount=wire.as_cents(amount),
        dated=max(note.dated, invoice.dated).isoformat(),
    )
    _settle(act, note, invoice, f"{amount} of {note.number} was applied to {invoice.number}.")
    return find(act, allocation_id)


def remove(act: Act, note: Document, allocation_id: str) -> Row:
    """Take an allocation back (DELETE); the row as it was. Raises NotFound, ElementRefused in a locked period."""
    row = find(act, allocation_id)
    invoice = documents.find(act.store, act.organisation.id, INVOICE, row["invoice"])
    if row["note"] != note.id or invoice is None:
        raise NotFound
    locked = act.organisation.lock_sentence(date.fromisoformat(row["dated"]))
    if locked:
        raise ElementRefused([locked])
    act.store.run("DELETE FROM allocations WHERE id = ?", row["id"])
    invoice.fully_paid_on = note.fully_paid_on = None
    _settle(act, note, invoice, f"The credit of {note.number} was removed from {invoice.number}.")
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
    """The allocations of several notes with their invoices' numbers, in one query."""
    rows = store.all(
        "SELECT a.*, d.number FROM allocations a JOIN documents d ON d.id = a.invoice"
        f" WHERE a.note IN ({marks(ids)}) ORDER BY a.dated, a.id",
        *ids,
    )
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["note"], []).append(row)
    return found


def _invoice(act: Act, element: Element) -> Document:
    sent = element.child("Invoice")
    wanted = (sent.text("InvoiceID") or sent.text("InvoiceNumber") or "") if sent else ""
    found = writing.find(act, INVOICE, wanted)
    if found is None:
        raise ElementRefused(["The invoice you are trying to allocate to could not be found"])
    return found


def _faults(act: Act, note: Document, invoice: Document, amount: Decimal) -> list[str]:
    if SIDES[note.type] != invoice.type:
        return ["Credit Note cannot be allocated to an incorrect invoice type"]
    if invoice.status == "PAID":
        return ["The invoice you are trying to allocate to has already been paid off"]
    if note.status != "AUTHORISED" or invoice.status != "AUTHORISED":
        return ["Allocations can only be made between Authorised documents"]
    if note.contact_id != invoice.contact_id or note.currency != invoice.currency:
        return ["Credit Note cannot be allocated to an invoice of another contact or currency"]
    if amount <= 0 or amount > note.amount_due or amount > invoice.amount_due:
        return ["Credit Note cannot be allocated as amount is greater than amount outstanding"]
    locked = act.organisation.lock_sentence(max(note.dated, invoice.dated))
    return [locked] if locked else []


def _settle(act: Act, note: Document, invoice: Document, details: str) -> None:
    on = max(note.dated, invoice.dated)
    for kind, document in ((CREDIT_NOTE, note), (INVOICE, invoice)):
        documents.settle(act, document, on=on)
        writing.resave(act, kind, document)
        act.note(document.id, "Updated", details)
