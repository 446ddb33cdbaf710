"""How each kind of document is called and shown on its pages. Facts only; what may be done is for the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

Status = tuple[str, str, str]
"""Words, tone, and what they mean in Xero's words where those differ (the tooltip)."""


@dataclass(frozen=True)
class Kind:
    """One kind of document."""

    label: str
    name: str
    plural: str
    title: str
    party: str
    search_hint: str
    empty_title: str
    empty_words: str
    statuses: Mapping[str, Status]
    opens_in_dialog: bool
    has_discount: bool
    has_typed_tax: bool
    #: statuses that still want something: money, a use, a bill
    open_statuses: tuple[str, ...]
    has_due_day: bool = True
    #: that day follows from payment terms; an order's is when it is needed, a quote's until when it stands
    is_due_by_terms: bool = False
    due_label: str = "Due"
    late_label: str = "Overdue"
    open_label: str = "Open"
    #: its lines say what they are sold on for
    has_sell: bool = False
    #: its amounts are stored positive and shown negative
    is_credit: bool = False
    #: whether it is copied to Xero, with all that its lists show of that
    is_copied: bool = True
    #: whether it moves money in the books, so that a closed period minds it
    posts: bool = True

    @property
    def address(self) -> str:
        """Where its pages are, under the studio: `credit-notes`."""
        return self.plural.replace("_", "-")

    @property
    def noun(self) -> str:
        """What one of them is called within a sentence."""
        return self.name.replace("_", " ")

    @property
    def nouns(self) -> str:
        """What several of them are called within a sentence."""
        return self.plural.replace("_", " ")

    def shown(self, amount: Decimal) -> Decimal:
        """An amount as people read it."""
        return -amount if self.is_credit else amount


EXPENSE: Final = Kind(
    label="Expense",
    name="expense",
    plural="expenses",
    title="Expenses",
    party="Supplier",
    search_hint="Search number, supplier, job",
    empty_title="No expenses yet",
    empty_words="What suppliers bill goes in here, with its receipt and its job. Approve it, and send it to Xero as a bill.",
    statuses=MappingProxyType(
        {
            "draft": ("Draft", "", "Not logged to the job yet"),
            "approved": ("Approved", "ok", "Logged to the job; in Xero somebody else approves it"),
            "paid": ("Paid", "ok", "The supplier was paid"),
            "cancelled": ("Cancelled", "", "Called off"),
        }
    ),
    is_due_by_terms=True,
    has_sell=True,
    opens_in_dialog=True,
    has_discount=False,
    has_typed_tax=True,
    open_statuses=("approved",),
)

INVOICE: Final = Kind(
    label="Invoice",
    name="invoice",
    plural="invoices",
    title="Invoices",
    party="Client",
    search_hint="Search number, client, job",
    empty_title="No invoices yet",
    empty_words="Write one, send it to the client, and copy it to Xero with one press. When it is paid there, it is paid here.",
    statuses=MappingProxyType(
        {
            "draft": ("Draft", "", "Not with the client yet"),
            "sent": ("Awaiting payment", "blue", "The client has it and has not paid"),
            "paid": ("Paid", "ok", "Nothing of it is open"),
            "void": ("Void", "", "Taken out; its number is never used again"),
        }
    ),
    is_due_by_terms=True,
    opens_in_dialog=False,
    has_discount=True,
    has_typed_tax=False,
    open_statuses=("sent",),
)

CREDIT_NOTE: Final = Kind(
    label="Credit note",
    name="credit_note",
    plural="credit_notes",
    title="Credit notes",
    party="Client",
    search_hint="Search number, client, job",
    empty_title="No credit notes yet",
    empty_words="Credit an invoice from its ⋯ menu, or write one for a client, and apply it to any invoice of that client.",
    statuses=MappingProxyType(
        {
            "draft": ("Draft", "", "Not with the client yet"),
            "issued": ("Issued", "blue", "The client has it, and something of it is left to use"),
            "used": ("Used", "ok", "Nothing of it remains"),
            "void": ("Void", "", "Taken out; its number is never used again"),
        }
    ),
    opens_in_dialog=False,
    has_discount=False,
    has_typed_tax=False,
    open_statuses=("issued",),
    has_due_day=False,
    is_credit=True,
)

QUOTE: Final = Kind(
    label="Quote",
    name="quote",
    plural="quotes",
    title="Quotes",
    party="Client",
    search_hint="Search number, client, title",
    empty_title="No quotes yet",
    empty_words="Offer a client what a job will cost, from its plan or from nothing. Once it is approved, make invoices of it.",
    statuses=MappingProxyType(
        {
            "draft": ("Draft", "", "Not with the client yet"),
            "pending": ("Pending", "blue", "The client has it and has not answered"),
            "approved": ("Approved", "ok", "The client said yes"),
            "declined": ("Declined", "", "The client said no"),
        }
    ),
    opens_in_dialog=False,
    has_discount=True,
    has_typed_tax=False,
    open_statuses=("pending",),
    is_copied=False,
    posts=False,
)

PURCHASE_ORDER: Final = Kind(
    label="Purchase order",
    name="purchase_order",
    plural="purchase_orders",
    title="Purchase orders",
    party="Supplier",
    search_hint="Search number, supplier, job",
    empty_title="No purchase orders yet",
    empty_words="Order from a supplier before there is a bill: approve it, mail it, copy it to Xero. Their invoices are entered from it.",
    statuses=MappingProxyType(
        {
            "draft": ("Draft", "", "Not committed on the job yet"),
            "approved": ("Approved", "ok", "Committed on the job; in Xero somebody else approves it"),
            "paid": ("Paid", "ok", "Marked as paid here, or as billed in Xero"),
            "cancelled": ("Cancelled", "", "Called off"),
        }
    ),
    opens_in_dialog=False,
    has_discount=False,
    has_typed_tax=False,
    open_statuses=("approved",),
    due_label="Required",
    late_label="Late",
    open_label="To be billed, net",
    posts=False,
    has_sell=True,
)

SUPPLIER_CREDIT: Final = Kind(
    label="Supplier credit",
    name="supplier_credit",
    plural="supplier_credits",
    title="Supplier credits",
    party="Supplier",
    search_hint="Search number, supplier, job",
    empty_title="No supplier credits yet",
    empty_words="What a supplier gives back goes in here and lowers the job’s cost. In Xero it is a bill credit note.",
    statuses=MappingProxyType(
        {
            "draft": ("Draft", "", "Not taken off the job’s cost yet"),
            "approved": ("Approved", "ok", "Taken off the job’s cost; in Xero somebody else approves it"),
            "used": ("Used", "ok", "Nothing of it remains"),
            "cancelled": ("Cancelled", "", "Called off"),
        }
    ),
    opens_in_dialog=False,
    has_discount=False,
    has_typed_tax=True,
    open_statuses=("approved",),
    has_due_day=False,
    is_credit=True,
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind.name: kind for kind in (EXPENSE, INVOICE, CREDIT_NOTE, PURCHASE_ORDER, SUPPLIER_CREDIT)}
)

PART_PAID: Final[Status] = ("Part paid", "amber", "Some of it is paid")
PART_USED: Final[Status] = ("Part used", "amber", "Some of it is applied or paid back")
#: An order that is billed there: no money need have moved (S55).
BILLED: Final[Status] = ("Paid · billed in Xero", "ok", "Marked as billed in Xero; no money need have moved")
PAST: Final = frozenset({"cancelled", "void"})


def status_of(kind: Kind, status: str, *, is_part_paid: bool) -> Status:
    """How a status is shown; an open document that is paid in part says so."""
    if is_part_paid and status in kind.open_statuses:
        return PART_USED if kind.is_credit else PART_PAID
    return kind.statuses[status]


def status_of_document(kind: Kind, document: Any) -> Status:
    """How a document's status is shown: part paid, part used, or an order that is billed in Xero."""
    if kind is PURCHASE_ORDER and document.status == "paid" and document.fully_paid_on is None:
        return BILLED
    is_part_paid = bool(document.amount_paid or document.amount_credited)
    return status_of(kind, document.status, is_part_paid=is_part_paid)
