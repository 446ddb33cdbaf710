"""How each kind of document is called and shown on its pages. Facts only; what may be done is for the verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

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
    #: whether it is copied to Xero, with all that its lists show of that
    is_copied: bool = True


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
            "draft": ("Draft", "", "Draft in Xero too"),
            "approved": (
                "Approved",
                "ok",
                "Approved here, Awaiting approval in Xero until somebody approves it there",
            ),
            "paid": ("Paid", "ok", "Paid in Xero"),
            "cancelled": ("Cancelled", "", "Deleted or voided in Xero"),
        }
    ),
    opens_in_dialog=True,
    has_discount=False,
    has_typed_tax=True,
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
            "draft": ("Draft", "", "Draft in Xero too"),
            "sent": ("Awaiting payment", "blue", "Sent to the client, Awaiting payment in Xero"),
            "paid": ("Paid", "ok", "Paid in Xero"),
            "void": ("Void", "", "Voided in Xero"),
        }
    ),
    opens_in_dialog=False,
    has_discount=True,
    has_typed_tax=False,
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
    is_copied=False,
)


KINDS: Final[Mapping[str, Kind]] = MappingProxyType({"expense": EXPENSE, "invoice": INVOICE})

PART_PAID: Final[Status] = ("Part paid", "amber", "Some of it is paid")
PAST: Final = frozenset({"cancelled", "void"})


def status_of(kind: Kind, status: str, *, is_part_paid: bool) -> Status:
    """How a status is shown; an open document that is paid in part says so."""
    if is_part_paid and status in {"sent", "approved"}:
        return PART_PAID
    return kind.statuses[status]
