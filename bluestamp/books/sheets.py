"""What sets the papers of one kind of document apart from those of the others, as data for `papers`."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bluestamp.books import credit_notes, invoices, purchase_orders, quotes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One kind of paper; texts are names of `paper_words.Words`.

    `title` heads it, `reader` stands above whom it is for; `due_on` and `reference` name these facts. `marks` are the
    statuses that the paper itself shows, of which `removed` is the one of a document that counts no more. `asks_in` are
    the statuses in which it asks for money. `in_the_end` names the large figure: what is due, or the total.
    """

    title: str
    reader: str
    reference: str
    due_on: str
    marks: Mapping[str, str]
    removed: str
    asks_in: Set[str] = frozenset()
    in_the_end: str


OF_KIND: Final[Mapping[str, Sheet]] = MappingProxyType(
    {
        invoices.KIND: Sheet(
            title="invoice",
            reader="billed_to",
            reference="reference",
            due_on="due_on",
            marks={invoices.Status.DRAFT: "draft", invoices.Status.VOID: "void"},
            removed=invoices.Status.VOID,
            asks_in={invoices.Status.DRAFT, invoices.Status.SENT},
            in_the_end="amount_due",
        ),
        credit_notes.KIND: Sheet(
            title="credit_note",
            reader="credited_to",
            reference="reference",
            due_on="due_on",
            marks={credit_notes.Status.DRAFT: "draft", credit_notes.Status.VOID: "void"},
            removed=credit_notes.Status.VOID,
            in_the_end="total_credit",
        ),
        purchase_orders.KIND: Sheet(
            title="purchase_order",
            reader="supplier",
            reference="our_reference",
            due_on="required_on",
            marks={purchase_orders.Status.DRAFT: "draft", purchase_orders.Status.CANCELLED: "cancelled"},
            removed=purchase_orders.Status.CANCELLED,
            in_the_end="total_with_tax",
        ),
        quotes.KIND: Sheet(
            title="quotation",
            reader="offered_to",
            reference="reference",
            due_on="valid_until",
            marks={quotes.Status.DRAFT: "draft"},
            removed="",
            in_the_end="total_with_tax",
        ),
    }
)
