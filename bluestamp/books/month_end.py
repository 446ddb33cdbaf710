"""Month end: what a bookkeeper clears away before a month is closed (bookkeeping rule 23).

Costs that the books do not have yet, drafts, orders that nobody has billed, credit that nobody has used. Only reads.
Amounts are never added across currencies, nor what clients owe to what suppliers do. Credits count down: what a
supplier owes us lowers the costs.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from bluestamp.books import (
    costs,
    credit_notes,
    documents,
    expenses,
    invoices,
    keepers,
    purchase_orders,
    supplier_credits,
)
from bluestamp.books.documents import Document

#: documents listed of one kind; the sums are of all
MOST: Final = 100
ZERO: Final = Decimal("0.00")
#: stored positive, and lowering what they are counted with
CREDITS: Final = frozenset({credit_notes.KIND, supplier_credits.KIND})
#: the two sides that are summed apart
SALES: Final = "sales"
COSTS: Final = "costs"
OF_SALES: Final = frozenset({invoices.KIND, credit_notes.KIND})


@dataclass(frozen=True, slots=True)
class Row:
    """One document, and what of it counts here."""

    kind: str
    document: Document
    amount: Decimal


@dataclass(frozen=True, slots=True, order=True)
class Sum:
    """What one side of a heap comes to in one currency; `side` is SALES or COSTS."""

    side: str
    currency: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """One heap to clear: its newest documents, how many there are in all, and their sums by side and currency."""

    name: str
    rows: tuple[Row, ...]
    count: int
    sums: tuple[Sum, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Whose month, and its last day: a ledger elsewhere, which takes the costs, card ones perhaps not; None for all."""

    ledger_id: str | None
    until: dt.date
    leaves_out_cards: bool = False


def parts(asked: Asked) -> list[Part]:
    """Return the heaps in the order in which they are cleared; a handful of queries for each."""
    found = [
        _part("orders", [_orders(asked)]),
        _part("drafts", [_drafts(kind, asked) for kind in documents.KINDS if kind != "quote"]),
        _part("credits", [_unused(kind, asked) for kind in (credit_notes.KIND, supplier_credits.KIND)]),
    ]
    if asked.ledger_id is not None:
        there = [_not_there(kind, asked) for kind in (expenses.KIND, supplier_credits.KIND)]
        found.insert(0, _part("costs", there))
    return found


# Steps


def _until(kind: str, asked: Asked) -> QuerySet[Any]:
    return _kept(kind, asked.ledger_id).filter(issued_on__lte=asked.until)


def _kept(kind: str, ledger_id: str | None) -> QuerySet[Any]:
    rows: QuerySet[Any] = documents.KINDS[kind].objects.all()
    return rows if ledger_id is None else rows.filter(keepers.kept_in(kind, ledger_id))


def _not_there(kind: str, asked: Asked) -> tuple[str, QuerySet[Any]]:
    """Costs that count here and that the ledger has never got."""
    rows = _until(kind, asked).filter(status__in=_COUNTING[kind], ledger_version=None, in_books_already=False)
    if kind == expenses.KIND and asked.leaves_out_cards:
        rows = rows.exclude(paid_by=expenses.PaidBy.CARD)
    return kind, rows.annotate(counted=F("total"))


_COUNTING: Final = {
    expenses.KIND: (expenses.Status.APPROVED, expenses.Status.PAID),
    supplier_credits.KIND: (supplier_credits.Status.APPROVED, supplier_credits.Status.USED),
}


def _drafts(kind: str, asked: Asked) -> tuple[str, QuerySet[Any]]:
    return kind, _until(kind, asked).filter(status="draft").annotate(counted=F("total"))


def _orders(asked: Asked) -> tuple[str, QuerySet[Any]]:
    """Orders whose day has come, and which the supplier has not billed in full; net of tax.

    Where nobody said the day it is the order's own: it may have come at once.
    """
    has_come = Q(due_on__lte=asked.until) | Q(due_on=None, issued_on__lte=asked.until)
    rows = _kept(purchase_orders.KIND, asked.ledger_id).filter(
        has_come, status=purchase_orders.Status.APPROVED
    )
    return purchase_orders.KIND, costs.not_billed(rows).filter(left__gt=0).annotate(counted=F("left"))


def _unused(kind: str, asked: Asked) -> tuple[str, QuerySet[Any]]:
    """Credit that is issued and not used up; what stands there is what remains."""
    rows = _until(kind, asked).filter(status=_OPEN_CREDIT[kind], amount_due__gt=0)
    return kind, rows.annotate(counted=F("amount_due"))


_OPEN_CREDIT: Final = {
    credit_notes.KIND: credit_notes.Status.ISSUED,
    supplier_credits.KIND: supplier_credits.Status.APPROVED,
}


def _part(name: str, sources: Iterable[tuple[str, QuerySet[Any]]]) -> Part:
    sums: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    rows: list[Row] = []
    count = 0
    for kind, found in sources:
        sign, side = -1 if kind in CREDITS else 1, SALES if kind in OF_SALES else COSTS
        for currency, amount in found.order_by().values_list("currency", "counted"):
            sums[side, currency] += sign * amount
            count += 1
        newest = found.select_related("job").order_by("-issued_on", "-id")[:MOST]
        rows += [Row(kind, document, sign * document.counted) for document in newest]
    rows.sort(key=lambda row: (row.document.issued_on, row.document.pk), reverse=True)
    added = sorted(Sum(side, currency, amount) for (side, currency), amount in sums.items())
    return Part(name, tuple(rows[:MOST]), count, tuple(added))


def open_documents(ledger_id: str) -> list[Row]:
    """Return what a ledger's clients and suppliers owe and are owed today, credits counting down; one query a kind."""
    kinds: Mapping[str, Any] = {
        invoices.KIND: invoices.Status.SENT,
        expenses.KIND: expenses.Status.APPROVED,
        **_OPEN_CREDIT,
    }
    found: list[Row] = []
    for kind, status in kinds.items():
        rows = _kept(kind, ledger_id).filter(status=status, amount_due__gt=0)
        if kind == expenses.KIND:
            rows = rows.exclude(paid_by=expenses.PaidBy.CARD)
        sign = -1 if kind in CREDITS else 1
        found += [Row(kind, row, sign * row.amount_due) for row in rows.order_by("issued_on", "id")]
    return found
