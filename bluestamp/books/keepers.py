"""Which ledger keeps a document: the one that holds it, else the one into which its branch books.

The codes of its lines are that ledger's, so are the accounts for its payments, and its closed periods. A document that a
ledger holds stays with it when its branch books elsewhere from then on; what credits another document belongs where that
one is (bookkeeping rule 15). Whoever has a document asks here, and never goes by its branch: a house test looks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from bluestamp.books import ledgers
from bluestamp.books.ledgers import BranchLedger, Ledger, Source

if TYPE_CHECKING:
    from bluestamp.books.documents import Document

#: What a document of this kind credits, if it was made from one.
CREDITED: Final[Mapping[str, str]] = {"credit_note": "invoice", "supplier_credit": "expense"}


def of(document: Document) -> Ledger | None:
    """Return the ledger that keeps the document, which its codes belong to; None where its branch has none."""
    return of_draft(document.branch_id, document)


def of_draft(branch_id: str, document: Document | None) -> Ledger | None:
    """Return the ledger that keeps what somebody writes for a branch.

    `document` is the one that is changed, or the one that something new credits.
    """
    held = holding(document) if document is not None else None
    return held or (ledgers.of_branch(branch_id) if branch_id else None)


def holding(document: Document) -> Ledger | None:
    """Return the ledger that holds the document, or what it credits; None while its branch decides where it goes."""
    if document.ledger is not None:
        return document.ledger
    credited: Document | None = getattr(document, CREDITED.get(document.kind, ""), None)
    return credited.ledger if credited is not None else None


def held_by(rows: Iterable[Document]) -> dict[str, str]:
    """Return, by document, the id of the ledger that holds it, or what it credits; one query for each kind."""
    by_model: dict[type[Document], list[str]] = defaultdict(list)
    for row in rows:
        by_model[type(row)].append(row.id)
    found: dict[str, str] = {}
    for model, ids in by_model.items():
        credited = f"{CREDITED[model.kind]}__ledger_id" if model.kind in CREDITED else "ledger_id"
        for id_, own, its in model.objects.filter(id__in=ids).values_list("id", "ledger_id", credited):
            if own or its:
                found[id_] = own or its
    return found


def is_elsewhere(document: Document) -> bool:
    """Tell whether the document is kept in Xero: what is paid comes from there."""
    ledger = of(document)
    return ledger is not None and ledger.source == Source.XERO


def kept_in(kind: str, ledger_id: str) -> Q:
    """Return what narrows documents of a kind to those that a ledger keeps."""
    branches = BranchLedger.objects.filter(ledger_id=ledger_id).values("branch_id")
    goes = _free(kind) & Q(branch_id__in=branches)
    held = Q(ledger_id=ledger_id) | goes
    if kind in CREDITED:
        held |= Q(ledger=None, **{f"{CREDITED[kind]}__ledger_id": ledger_id})
    return held


def kept_beside(document: Document, kind: str) -> Q:
    """Return what narrows documents of a kind to those in the same books as this one, or in none as it is."""
    ledger = of(document)
    if ledger is not None:
        return kept_in(kind, ledger.id)
    return _free(kind) & ~Q(branch_id__in=BranchLedger.objects.values("branch_id"))


def _free(kind: str) -> Q:
    """Neither held itself, nor what it credits: its branch decides."""
    credited = {f"{CREDITED[kind]}__ledger": None} if kind in CREDITED else {}
    return Q(ledger=None, **credited)
