"""What is open on an invoice or a credit note: what is due, less what is on its way.

A payment or an application that the ledger has not answered yet reserves its amount at once and counts when it is
confirmed. So does one that exists only here, once the ledger holds the document: it does not count it yet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final, cast

from django.apps import apps
from django.db.models import Max, Q, QuerySet, Sum

from bluestamp.books import documents
from bluestamp.books.documents import Document, PaymentStanding

ZERO: Final = Decimal("0.00")
#: What is there until it is known to be gone.
COUNTED: Final = ("confirmed", "removing")
#: The kinds between which credit is applied.
_CREDITED: Final = ("credit_note", "invoice")


def open_amount(document: Document) -> Decimal:
    """Return what may still be paid, applied or credited on the document; never below zero."""
    return open_amounts([document])[document.id]


def open_amounts(rows: Sequence[Document]) -> dict[str, Decimal]:
    """Return what is open on documents of one kind, by document; two queries, however many they are."""
    taken = _reserved(rows)
    return {row.id: max(row.amount_due - taken[row.id], ZERO) for row in rows}


def reserved(document: Document) -> Decimal:
    """Return what was asked for and not answered, and what the ledger holding the document doesn't know of yet."""
    return _reserved([document])[document.id]


def reckoned(document: Document) -> PaymentStanding:
    """Return the standing that follows from our own rows, where no other ledger says it."""
    payments = _payments(document).filter(
        state__in=COUNTED, nature__in=("payment", "prepayment", "overpayment")
    )
    applications = _applications(document).filter(state__in=COUNTED)
    paid, credited = _sum(payments), _sum(applications)
    due = document.total - paid - credited
    last = _last(
        payments.aggregate(on=Max("paid_on"))["on"], applications.aggregate(on=Max("applied_on"))["on"]
    )
    return PaymentStanding(paid, credited, due, last if not due else None)


def raise_to_known(document: Document) -> None:
    """Count what the ledger just confirmed, until it says the whole standing itself; not an edit.

    A reading may have brought it already: so it is raised to what is known to be there, and never by an amount.
    """
    paid = _sum(_payments(document).filter(state__in=COUNTED, nature="payment").exclude(external_id=""))
    credited = _sum(_applications(document).filter(state__in=COUNTED, is_only_here=False))
    more_paid = max(paid - document.amount_paid, ZERO)
    more_credited = max(credited - document.amount_credited, ZERO)
    more_paid = min(more_paid, document.amount_due)
    more_credited = min(more_credited, document.amount_due - more_paid)
    document.amount_paid += more_paid
    document.amount_credited += more_credited
    document.amount_due -= more_paid + more_credited
    document.save(update_fields=documents.STANDING)


# Steps


def _reserved(rows: Sequence[Document]) -> dict[str, Decimal]:
    found = dict.fromkeys((row.id for row in rows), ZERO)
    if not rows:
        return found
    held = [row.id for row in rows if row.ledger_version is not None]
    kind, asked = rows[0].kind, Q(state="asked")
    paid = apps.get_model("books", "Payment")._default_manager.filter(
        asked | Q(state="confirmed", external_id="", document_id__in=held), kind=kind
    )
    sums: list[tuple[str, QuerySet[Any]]] = [("document_id", paid)]
    if kind in _CREDITED:
        of = f"{kind}_id"
        unknown = Q(state="confirmed", is_only_here=True, **{f"{of}__in": held})
        sums.append(
            (of, apps.get_model("books", "CreditApplication")._default_manager.filter(asked | unknown))
        )
    for of, its in sums:
        mine = its.filter(**{f"{of}__in": list(found)}).order_by().values_list(of).annotate(Sum("amount"))
        for id_, added in mine:
            found[id_] += added
    return found


def _payments(document: Document) -> Any:
    """A payment's module imports this one, which asks for its rows by name."""
    return apps.get_model("books", "Payment")._default_manager.filter(
        kind=document.kind, document_id=document.id
    )


def _applications(document: Document) -> Any:
    """Only invoices and credit notes have any."""
    rows = getattr(cast(Any, document), "applications", None)
    return rows if rows is not None else apps.get_model("books", "CreditApplication")._default_manager.none()


def _sum(rows: Any) -> Decimal:
    return rows.aggregate(added=Sum("amount"))["added"] or ZERO


def _last(*days: dt.date | None) -> dt.date | None:
    return max((day for day in days if day), default=None)
