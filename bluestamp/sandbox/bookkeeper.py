"""What a person does in Xero's own pages: the same rules as the API, done by a name instead of an app.

The web face and the control endpoints both call these.
"""

from collections.abc import Callable, Mapping

from bluestamp.sandbox import (
    advances,
    allocations,
    bank_transactions,
    copying,
    credit_notes,
    documents,
    invoices,
    payments,
    purchase_orders,
    wire,
)
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.charts import Account
from bluestamp.sandbox.documents import Document, Line
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.kinds import (
    BANK_TRANSACTION,
    CREDIT_NOTE,
    INVOICE,
    KINDS,
    OVERPAYMENT,
    PREPAYMENT,
    PURCHASE_ORDER,
)

Wish = Mapping[str, object]


def approve(act: Act, document: Document, wish: Wish) -> Document:
    """Approve; a missing due date becomes the document's date."""
    sent: dict[str, object] = {"Status": "AUTHORISED"}
    if document.due is None and document.kind == INVOICE.name:
        sent["DueDate"] = document.dated.isoformat()
    return _change(act, document, Element(sent))


def submit(act: Act, document: Document, wish: Wish) -> Document:
    """Submit for approval."""
    return _change(act, document, Element({"Status": "SUBMITTED"}))


def back_to_draft(act: Act, document: Document, wish: Wish) -> Document:
    """Reject a submitted document."""
    return _change(act, document, Element({"Status": "DRAFT"}))


def void(act: Act, document: Document, wish: Wish) -> Document:
    """Void an approved document that has no payments."""
    return _change(act, document, Element({"Status": "VOIDED"}))


def delete(act: Act, document: Document, wish: Wish) -> Document:
    """Delete a document that isn't approved yet."""
    return _change(act, document, Element({"Status": "DELETED"}))


def pay(act: Act, document: Document, wish: Wish) -> Document:
    """Pay what is due, or `amount` of it, from `account` (code), on `date`; of a credit, this is a refund."""
    kind = KINDS[document.kind]
    account = _payment_account(act, document, str(wish.get("account") or ""))
    payments.create(
        act,
        Element(
            {
                kind.id_key.removesuffix("ID"): {kind.id_key: document.id},
                "Account": {"AccountID": account.id},
                "Amount": str(wish.get("amount") or document.amount_due),
                "Date": str(wish.get("date") or act.today.isoformat()),
                "Reference": str(wish.get("reference") or ""),
            }
        ),
    )
    return load(act, document.id)


def unpay(act: Act, document: Document, wish: Wish) -> Document:
    """Remove one payment (`payment`), or all of them."""
    standing = payments.of_documents(act.store, [document.id]).get(document.id, [])
    wanted = [item for item in standing if wish.get("payment") in {None, "", item.id}]
    if not wanted:
        raise ElementRefused(["There is no such payment on this document"])
    for payment in wanted:
        payments.delete(act, payment)
    return load(act, document.id)


def edit(act: Act, document: Document, wish: Wish) -> Document:
    """Change fields by their Xero names (`fields`), as the edit page does."""
    fields = wish.get("fields")
    return _change(act, document, Element(fields if isinstance(fields, dict) else {}))


def edit_line(act: Act, document: Document, wish: Wish) -> Document:
    """Change one line (`line`, by LineItemID or its place from 1) by Xero names (`fields`), keeping the others."""
    chosen = _line(document, str(wish.get("line") or "1"))
    fields = wish.get("fields")
    changed = {"LineItemID": chosen.id, **(fields if isinstance(fields, dict) else {})}
    sent = [changed if line is chosen else {"LineItemID": line.id} for line in document.lines]
    return _change(act, document, Element({"LineItems": sent}))


def split_line(act: Act, document: Document, wish: Wish) -> Document:
    """Split one line in two: `amount` of it goes to a new line on `account` (the same account when left out)."""
    chosen = _line(document, str(wish.get("line") or "1"))
    whole = chosen.line_amount
    part = wire.cents(wire.read_number(wish.get("amount") or whole / 2, "amount"))
    if not 0 < abs(part) < abs(whole):
        raise ElementRefused([f"The part must be between 0 and {whole}"])
    first = {"LineItemID": chosen.id, "Quantity": 1, "UnitAmount": str(whole - part)}
    second = {
        "Description": chosen.description,
        "Quantity": 1,
        "UnitAmount": str(part),
        "AccountCode": str(wish.get("account") or chosen.account_code),
        "TaxType": chosen.tax_type,
    }
    sent: list[dict[str, object]] = []
    for line in document.lines:
        sent += [first, second] if line is chosen else [{"LineItemID": line.id}]
    return _change(act, document, Element({"LineItems": sent}))


def bill(act: Act, document: Document, wish: Wish) -> Document:
    """Mark an approved purchase order as billed."""
    return _change(act, document, Element({"Status": "BILLED"}))


def unbill(act: Act, document: Document, wish: Wish) -> Document:
    """Take the mark off again."""
    return _change(act, document, Element({"Status": "AUTHORISED"}))


def allocate(act: Act, document: Document, wish: Wish) -> Document:
    """Use a credit note, prepayment or overpayment on `invoice` (id or number), all that fits or `amount` of it."""
    invoice = invoices.find(act, str(wish.get("invoice") or ""))
    if invoice is None or not KINDS[document.kind].gives_credit:
        raise ElementRefused(["The invoice you are trying to allocate to could not be found"])
    amount = wish.get("amount") or min(invoice.amount_due, document.amount_due)
    allocations.allocate(
        act, document, Element({"Invoice": {"InvoiceID": invoice.id}, "Amount": str(amount)})
    )
    return load(act, document.id)


def unallocate(act: Act, document: Document, wish: Wish) -> Document:
    """Remove one allocation (`allocation`), or all of the credit's, or all that an invoice was credited."""
    standing = [
        *allocations.of_notes(act.store, [document.id]).get(document.id, []),
        *allocations.on_invoices(act.store, [document.id]).get(document.id, []),
    ]
    for row in standing:
        if wish.get("allocation") in {None, "", row["id"]}:
            allocations.remove(act, load(act, row["note"]), row["id"])
    return load(act, document.id)


Verb = Callable[[Act, Document, Wish], Document]
VERBS: Mapping[str, Verb] = {
    "approve": approve,
    "submit": submit,
    "draft": back_to_draft,
    "pay": pay,
    "unpay": unpay,
    "void": void,
    "delete": delete,
    "edit": edit,
    "edit_line": edit_line,
    "split_line": split_line,
    "bill": bill,
    "unbill": unbill,
    "allocate": allocate,
    "unallocate": unallocate,
    "prepay": advances.prepay,
    "overpay": advances.overpay,
    "copy_to_bill": copying.copy_to_bill,
}


def do(act: Act, document_id: str, verb: str, wish: Wish) -> Document:
    """Do one of VERBS to a document. Raises NotFound, ElementRefused."""
    if verb not in VERBS:
        raise NotFound
    act.unit_places = 4
    return VERBS[verb](act, load(act, document_id), wish)


def load(act: Act, document_id: str) -> Document:
    """A document of the organisation. Raises NotFound."""
    for kind in KINDS.values():
        found = documents.find(act.store, act.organisation.id, kind, document_id)
        if found is not None:
            return found
    raise NotFound


def open_verbs(document: Document) -> list[str]:
    """What a person may do to it now, for the buttons."""
    if document.kind == PURCHASE_ORDER.name and document.status in {"AUTHORISED", "BILLED"}:
        return (
            ["copy_to_bill", "bill", "delete"]
            if document.status == "AUTHORISED"
            else ["copy_to_bill", "unbill"]
        )
    if document.kind == BANK_TRANSACTION.name:
        return ["delete"] if document.status == "AUTHORISED" else []
    if KINDS[document.kind].gives_credit and document.status in {"AUTHORISED", "PAID"}:
        used = ["unallocate"] if document.is_settled_in_part else ["void"]
        return ["allocate", "pay", *used] if document.status == "AUTHORISED" else used
    if document.status in {"DRAFT", "SUBMITTED"}:
        return ["approve", "draft" if document.status == "SUBMITTED" else "submit", "delete"]
    if document.status == "AUTHORISED":
        return ["pay", "prepay", "unpay"] if document.is_settled_in_part else ["pay", "prepay", "void"]
    return ["unpay"] if document.status == "PAID" and document.amount_paid else []


def payment_accounts(act: Act) -> list[Account]:
    """Accounts that money may come from."""
    return [account for account in act.chart.accounts.values() if account.is_open_to_payments]


def _change(act: Act, document: Document, element: Element) -> Document:
    return CHANGES[document.kind](act, document, element)


CHANGES: Mapping[str, Callable[[Act, Document, Element], Document]] = {
    INVOICE.name: invoices.change,
    CREDIT_NOTE.name: credit_notes.change,
    PURCHASE_ORDER.name: purchase_orders.change,
    BANK_TRANSACTION.name: bank_transactions.change,
    PREPAYMENT.name: bank_transactions.change_credit,
    OVERPAYMENT.name: bank_transactions.change_credit,
}


def _payment_account(act: Act, document: Document, code: str) -> Account:
    usable = [
        account
        for account in payment_accounts(act)
        if account.currency in {"", document.currency, act.organisation.base_currency}
    ]
    wanted = [account for account in usable if not code or code in {account.code, account.id}]
    if not wanted:
        raise ElementRefused(["Account could not be found"])
    return wanted[0]


def _line(document: Document, name: str) -> Line:
    for place, line in enumerate(document.lines, start=1):
        if name.lower() in {line.id, str(place)}:
            return line
    raise ElementRefused([f"There is no line {name} on this document"])
