"""The kinds of document: their names on the wire, their table of moves, their webhook, and what sets each apart."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of document: its names on the wire, its statuses, its webhook, and what sets it apart."""

    name: str
    collection: str
    id_key: str
    number_key: str
    word: str
    a_word: str
    types: frozenset[str]
    numbered_types: frozenset[str]
    """Types whose numbers are unique and given automatically when left out."""
    number_prefix: str
    duplicate_number: str
    moves: Mapping[str, frozenset[str]]
    webhook: str | None = None
    posts: bool = True
    """Does approving it post journals? Purchase orders don't, so lock dates and account rules don't bind them."""
    creates_contacts: bool = True
    gives_credit: bool = False
    """Can it be allocated to invoices, and refunded by a payment?"""

    @property
    def statuses(self) -> frozenset[str]:
        """Every status that it knows; another one can't even be read."""
        return frozenset(self.moves) - {"NEW"}


def _moves(**table: str) -> Mapping[str, frozenset[str]]:
    return {status: frozenset(allowed.split()) for status, allowed in table.items()}


# developer.xero.com, api/accounting/invoices: the page's table of state changes. NEW stands for creation.
POSTED_MOVES = _moves(
    NEW="DRAFT SUBMITTED AUTHORISED",
    DRAFT="DRAFT SUBMITTED AUTHORISED DELETED",
    SUBMITTED="SUBMITTED DRAFT AUTHORISED DELETED",
    AUTHORISED="AUTHORISED VOIDED",
    PAID="PAID",
    VOIDED="",
    DELETED="",
)
INVOICE = Kind(
    name="INVOICE",
    collection="Invoices",
    id_key="InvoiceID",
    number_key="InvoiceNumber",
    word="Invoice",
    a_word="an invoice",
    types=frozenset({"ACCREC", "ACCPAY"}),
    numbered_types=frozenset({"ACCREC"}),
    number_prefix="INV-",
    duplicate_number="Invoice # must be unique.",
    moves=POSTED_MOVES,
    webhook="INVOICE",
)
CREDIT_NOTE = Kind(
    name="CREDITNOTE",
    collection="CreditNotes",
    id_key="CreditNoteID",
    number_key="CreditNoteNumber",
    word="Credit Note",
    a_word="a credit note",
    types=frozenset({"ACCRECCREDIT", "ACCPAYCREDIT"}),
    numbered_types=frozenset({"ACCRECCREDIT"}),
    number_prefix="CN-",
    duplicate_number="Credit Note # must be unique.",
    moves=POSTED_MOVES,
    webhook="CREDITNOTE",
    gives_credit=True,
)
PURCHASE_ORDER = Kind(
    name="PURCHASEORDER",
    collection="PurchaseOrders",
    id_key="PurchaseOrderID",
    number_key="PurchaseOrderNumber",
    word="Purchase Order",
    a_word="a purchase order",
    types=frozenset({"PURCHASEORDER"}),
    numbered_types=frozenset({"PURCHASEORDER"}),
    number_prefix="PO-",
    duplicate_number="Order number must be unique",
    moves=_moves(
        NEW="DRAFT SUBMITTED AUTHORISED",
        DRAFT="DRAFT SUBMITTED AUTHORISED DELETED",
        SUBMITTED="SUBMITTED DRAFT AUTHORISED DELETED",
        AUTHORISED="AUTHORISED BILLED DELETED",
        BILLED="",
        DELETED="",
    ),
    posts=False,
    creates_contacts=False,
)
# developer.xero.com, api/accounting/banktransactions: made approved, deleted whole. Prepayments and overpayments are
# made by one and voided with it (api/accounting/prepayments, overpayments: AUTHORISED, PAID, VOIDED).
BANK_TRANSACTION = Kind(
    name="BANKTRANSACTION",
    collection="BankTransactions",
    id_key="BankTransactionID",
    number_key="",
    word="Bank Transaction",
    a_word="a bank transaction",
    types=frozenset(
        {
            "SPEND",
            "RECEIVE",
            "RECEIVE-PREPAYMENT",
            "SPEND-PREPAYMENT",
            "RECEIVE-OVERPAYMENT",
            "SPEND-OVERPAYMENT",
        }
    ),
    numbered_types=frozenset(),
    number_prefix="",
    duplicate_number="",
    moves=_moves(NEW="AUTHORISED", AUTHORISED="AUTHORISED DELETED", DELETED=""),
)
_CREDIT_MOVES = _moves(NEW="AUTHORISED", AUTHORISED="AUTHORISED VOIDED", PAID="PAID", VOIDED="")
PREPAYMENT = Kind(
    name="PREPAYMENT",
    collection="Prepayments",
    id_key="PrepaymentID",
    number_key="InvoiceNumber",
    word="Prepayment",
    a_word="a prepayment",
    types=frozenset({"RECEIVE-PREPAYMENT", "SPEND-PREPAYMENT"}),
    numbered_types=frozenset(),
    number_prefix="",
    duplicate_number="",
    moves=_CREDIT_MOVES,
    webhook="PREPAYMENT",
    gives_credit=True,
)
OVERPAYMENT = Kind(
    name="OVERPAYMENT",
    collection="Overpayments",
    id_key="OverpaymentID",
    number_key="",
    word="Overpayment",
    a_word="an overpayment",
    types=frozenset({"RECEIVE-OVERPAYMENT", "SPEND-OVERPAYMENT"}),
    numbered_types=frozenset(),
    number_prefix="",
    duplicate_number="",
    moves=_CREDIT_MOVES,
    webhook="OVERPAYMENT",
    gives_credit=True,
)
KINDS = {
    kind.name: kind
    for kind in (INVOICE, CREDIT_NOTE, PURCHASE_ORDER, BANK_TRANSACTION, PREPAYMENT, OVERPAYMENT)
}
CREDITS = tuple(kind for kind in KINDS.values() if kind.gives_credit)
