"""Bank transactions: money spent or received without a bill or invoice, made at once and deleted whole.

RECEIVE and SPEND stand for themselves. The -PREPAYMENT and -OVERPAYMENT types also make a credit of the same amount, a
document of its own, which can be allocated to invoices and refunded, and which is voided with its bank transaction.
From developer.xero.com, api/accounting/banktransactions, prepayments and overpayments. An overpayment has one line
without tax on the organisation's receivables or payables; only there may the currency be chosen.
"""

from decimal import Decimal

from bluestamp.sandbox import documents, moves, wire, writing
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.charts import Account
from bluestamp.sandbox.documents import Document, Line
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.kinds import BANK_TRANSACTION, KINDS, OVERPAYMENT, PREPAYMENT, Kind
from bluestamp.sandbox.writing import Writing

READ_ONLY_TYPES = frozenset({"RECEIVE-TRANSFER", "SPEND-TRANSFER"})
CREDIT_KINDS: dict[str, Kind] = {type_: kind for kind in (PREPAYMENT, OVERPAYMENT) for type_ in kind.types}
CONTROL_ACCOUNTS = {"RECEIVE-OVERPAYMENT": "DEBTORS", "SPEND-OVERPAYMENT": "CREDITORS"}
NOT_EDITABLE = "Bank Transaction not of valid status for modification"
RECONCILED = "This Bank Transaction cannot be edited as it has been reconciled with a Bank Statement."
IN_USE = (
    "The status DELETED cannot be applied to the bank transaction"
    " because it has payments or credit notes allocated to it."
)


def create(act: Act, element: Element) -> Document:
    """Spend or receive money (PUT). Raises ElementRefused with every message at once."""
    kind = element.choice("Type", BANK_TRANSACTION.types | READ_ONLY_TYPES)
    if kind is None or kind in READ_ONLY_TYPES:
        raise ElementRefused(["Bank Transaction Type must be specified"])
    if element.text("BankTransactionID"):
        raise ElementRefused(["BankTransactionID cannot be specified when creating a bank transaction."])
    if (element.text("Status") or "AUTHORISED").upper() != "AUTHORISED":
        raise ElementRefused(["Bank Transaction not of valid status for creation"])
    document = Document(
        id=new_id(),
        kind=BANK_TRANSACTION.name,
        type=kind,
        contact_id="",
        dated=act.today,
        currency="",
        status="AUTHORISED",
        created_ms=act.now_ms,
        made_by_app=act.doer.app_id,
    )
    _write(act, document, element)
    credit = _make_credit(act, document)
    writing.keep(act, BANK_TRANSACTION, document, before=None)
    if credit:
        writing.keep(act, KINDS[credit.kind], credit, before=None)
    return document


def upsert(act: Act, element: Element, name: str | None = None) -> Document:
    """Change the transaction that the path or BankTransactionID points at, else create one (POST)."""
    found = writing.match(act, BANK_TRANSACTION, element, name)
    return change(act, found, element) if found else create(act, element)


def change(act: Act, document: Document, element: Element) -> Document:
    """Edit spent or received money, or delete any. Raises ElementRefused: what made a credit can only be deleted."""
    status = (element.text("Status") or document.status).upper()
    if document.status != "AUTHORISED" or status not in BANK_TRANSACTION.moves["AUTHORISED"]:
        raise ElementRefused([NOT_EDITABLE])
    if document.is_reconciled:
        raise ElementRefused([RECONCILED])
    locked = moves.lock_sentence(act, document.dated)
    if locked:
        raise ElementRefused([locked])
    if status == "DELETED":
        return delete(act, document)
    if document.partner_id:
        raise ElementRefused([NOT_EDITABLE])
    before = documents.copy(document)
    _write(act, document, element)
    return writing.keep(act, BANK_TRANSACTION, document, before=before)


def delete(act: Act, document: Document) -> Document:
    """Take money back out of the account; the credit it made is voided. Raises ElementRefused while that is in use."""
    credit = credit_of(act, document)
    if credit and credit.is_settled_in_part:
        raise ElementRefused([IN_USE])
    before = documents.copy(document)
    document.status = "DELETED"
    if credit:
        standing = documents.copy(credit)
        credit.status = "VOIDED"
        writing.keep(act, KINDS[credit.kind], credit, before=standing)
    return writing.keep(act, BANK_TRANSACTION, document, before=before)


def change_credit(act: Act, credit: Document, element: Element) -> Document:
    """Void a prepayment or overpayment, which deletes the bank transaction that made it. Raises ElementRefused."""
    if (element.text("Status") or "").upper() not in documents.CLOSED:
        raise ElementRefused([f"{KINDS[credit.kind].word} not of valid status for modification"])
    source = documents.find(act.store, act.organisation.id, BANK_TRANSACTION, credit.partner_id)
    if source is None:
        raise ElementRefused([f"{KINDS[credit.kind].word} could not be found"])
    change(act, source, Element({"Status": "DELETED"}))
    return credit_of(act, source) or credit


def credit_of(act: Act, document: Document) -> Document | None:
    """The prepayment or overpayment that a bank transaction made."""
    kind = CREDIT_KINDS.get(document.type)
    return documents.find(act.store, act.organisation.id, kind, document.partner_id) if kind else None


def _write(act: Act, document: Document, element: Element) -> None:
    writes = Writing(act, BANK_TRANSACTION, document, element)
    writes.read_contact()
    document.dated = element.day("Date") or document.dated
    document.reference = element.text("Reference") or document.reference
    document.url = element.text("Url") or document.url
    document.is_reconciled = bool(element.flag("IsReconciled"))
    account = _bank_account(writes)
    if account:
        document.bank_account_id = account.id
        document.currency = _currency(act, document, element, account)
        writes.check_subscribed(document.currency)
    writes.read_rate()
    if document.type in CONTROL_ACCOUNTS:
        _read_overpayment(writes)
    else:
        writes.read_lines()
    writes.check_complete(needs_due=False)
    if document.total <= 0 and not writes.faults:
        writes.faults.append("The total amount must be greater than zero.")
    writes.finish()


def _bank_account(writes: Writing) -> Account | None:
    sent, chart = writes.element.child("BankAccount"), writes.act.chart
    if sent is None:
        known = chart.accounts.get(writes.document.bank_account_id)
        writes.faults += [] if known else ["A Bank Account must be specified for this type of transaction"]
        return known
    code, account_id = sent.text("Code"), sent.text("AccountID")
    found = chart.accounts.get((account_id or "").lower()) or (chart.account(code) if code else None)
    if found is None or found.type != "BANK" or found.status != "ACTIVE":
        writes.faults.append("The Bank Account specified could not be found or is not a bank account")
        return None
    return found


def _currency(act: Act, document: Document, element: Element, account: Account) -> str:
    """The bank account's own, but on overpayments, where it may be chosen."""
    sent = (element.text("CurrencyCode") or "").upper()
    chosen = sent if document.type in CONTROL_ACCOUNTS else ""
    return chosen or document.currency or account.currency or act.organisation.base_currency


def _read_overpayment(writes: Writing) -> None:
    """One line, no tax, on the organisation's receivables or payables whatever the body says."""
    document, sent = writes.document, writes.element.children("LineItems") or []
    document.line_amount_types = "NoTax"
    if len(sent) != 1:
        writes.faults.append("An overpayment must have exactly one line item")
        return
    system = CONTROL_ACCOUNTS[document.type]
    account = next(item for item in writes.act.chart.accounts.values() if item.system == system)
    amount = sent[0].number("LineAmount")
    unit, quantity = sent[0].number("UnitAmount"), sent[0].number("Quantity")
    worth = wire.cents(amount if amount is not None else (unit or documents.ZERO) * (quantity or 1))
    document.lines = [
        Line(
            id=new_id(),
            description=sent[0].text("Description") or "",
            quantity=Decimal(1),
            unit_amount=worth,
            line_amount=worth,
            tax_type="NONE",
            account_code=account.code,
            account_id=account.id,
        )
    ]
    documents.add_up(document)


def _make_credit(act: Act, source: Document) -> Document | None:
    kind = CREDIT_KINDS.get(source.type)
    if kind is None:
        return None
    credit = documents.copy(source)
    credit.id, credit.kind, credit.partner_id = new_id(), kind.name, source.id
    credit.number = source.reference if kind is PREPAYMENT else ""
    source.partner_id = credit.id
    return credit
