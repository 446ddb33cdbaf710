"""What a person does in Xero's pages with money that came before an invoice, or beyond it: prepay and overpay.

An app can't pay more than is due (api/accounting/payments); a person can, and Xero keeps the rest as an overpayment.
"""

from collections.abc import Mapping

from bluestamp.sandbox import allocations, bank_transactions, documents, payments, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.charts import Account
from bluestamp.sandbox.documents import Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.kinds import INVOICE

Wish = Mapping[str, object]


def prepay(act: Act, document: Document, wish: Wish) -> Document:
    """Take `amount` (the total when left out) as a prepayment of the invoice's contact, and apply what fits to it.

    `allocate` false leaves it unapplied, as it stays on an invoice that isn't approved. From `account`, on `date`.
    """
    _refuse_others(document)
    account = _bank(act, document, str(wish.get("account") or ""))
    made = bank_transactions.create(
        act,
        Element(
            {
                **_money(act, document, account, wish, kind="PREPAYMENT"),
                "LineAmountTypes": "Inclusive",
                "LineItems": [_line(act, document, str(wish.get("amount") or document.total))],
            }
        ),
    )
    credit = bank_transactions.credit_of(act, made)
    if credit and wish.get("allocate") not in {False, "false"} and document.status == "AUTHORISED":
        _apply(act, credit, document)
    return _again(act, document)


def overpay(act: Act, document: Document, wish: Wish) -> Document:
    """Pay `amount`, more than is due: what is due becomes a payment, the rest an overpayment. From `account`, on `date`."""
    _refuse_others(document)
    amount = wire.cents(wire.read_number(wish.get("amount") or 0, "amount"))
    rest = amount - document.amount_due
    if rest <= 0:
        raise ElementRefused([f"An overpayment must be more than the {document.amount_due} that is due"])
    account = _bank(act, document, str(wish.get("account") or ""))
    payments.create(
        act,
        Element(
            {
                "Invoice": {"InvoiceID": document.id},
                "Account": {"AccountID": account.id},
                "Amount": str(document.amount_due),
                "Date": str(wish.get("date") or act.today.isoformat()),
                "Reference": str(wish.get("reference") or ""),
            }
        ),
    )
    bank_transactions.create(
        act,
        Element(
            {
                **_money(act, document, account, wish, kind="OVERPAYMENT"),
                "CurrencyCode": document.currency,
                "LineItems": [{"Description": f"Overpayment of {_name(document)}", "LineAmount": str(rest)}],
            }
        ),
    )
    return _again(act, document)


def _money(act: Act, document: Document, account: Account, wish: Wish, *, kind: str) -> dict[str, object]:
    way = "RECEIVE" if document.type == "ACCREC" else "SPEND"
    return {
        "Type": f"{way}-{kind}",
        "Contact": {"ContactID": document.contact_id},
        "BankAccount": {"AccountID": account.id},
        "Date": str(wish.get("date") or act.today.isoformat()),
        "Reference": str(wish.get("reference") or document.number),
    }


def _line(act: Act, document: Document, amount: str) -> dict[str, object]:
    """One line on the account and tax rate of the invoice's first coded line, else on the chart's first that fits."""
    coded = next((line for line in document.lines if line.account_id), None)
    wanted = "REVENUE" if document.type == "ACCREC" else "EXPENSE"
    first = next(
        item
        for item in act.chart.accounts.values()
        if item.class_ == wanted and item.status == "ACTIVE" and item.is_open_to_lines
    )
    account_id, tax = (coded.account_id, coded.tax_type) if coded else (first.id, first.tax_type)
    return {
        "Description": f"Prepayment of {_name(document)}",
        "Quantity": 1,
        "UnitAmount": amount,
        "AccountID": account_id,
        "TaxType": tax,
    }


def _apply(act: Act, credit: Document, document: Document) -> None:
    amount = min(credit.amount_due, document.amount_due)
    sent = {"Invoice": {"InvoiceID": document.id}, "Amount": str(amount)}
    allocations.allocate(act, credit, Element(sent))


def _bank(act: Act, document: Document, code: str) -> Account:
    """The bank account named, else the first in the document's currency."""
    usable = [
        account
        for account in act.chart.accounts.values()
        if account.type == "BANK" and account.status == "ACTIVE"
    ]
    named = [account for account in usable if code and code in {account.code, account.id}]
    own = [account for account in usable if (account.currency or document.currency) == document.currency]
    found = named if code else own
    if not found:
        raise ElementRefused(["Account could not be found"])
    return found[0]


def _refuse_others(document: Document) -> None:
    if document.kind != INVOICE.name or document.status in documents.CLOSED:
        raise ElementRefused(["Only invoices and bills that stand can be prepaid or overpaid"])


def _name(document: Document) -> str:
    return document.number or "an invoice"


def _again(act: Act, document: Document) -> Document:
    found = documents.find(act.store, act.organisation.id, INVOICE, document.id)
    if found is None:
        raise NotFound
    return found
