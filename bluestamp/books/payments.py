"""Payments and credits of a document: what the ledger says was paid, each as its own kind (bookkeeping rule 11).

    asked → confirmed → deleted
    asked → refused

What was recorded elsewhere arrives by `mirror` and is known by its external id. One recorded here that the ledger has
not answered yet has none, and `mirror` leaves it alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from django.db import models, transaction
from django.db.models import Q

from bluestamp.books import documents
from bluestamp.errors import NotFound
from bluestamp.people.rows import StudioRow


class Nature(models.TextChoices):
    """What settles a document. A credit note is no money received."""

    PAYMENT = "payment", "Payment"
    CREDIT_NOTE = "credit_note", "Credit note"
    PREPAYMENT = "prepayment", "Prepayment"
    OVERPAYMENT = "overpayment", "Overpayment"


#: Money that changed hands, as against a debt that was taken back.
MONEY: Final = (Nature.PAYMENT, Nature.PREPAYMENT, Nature.OVERPAYMENT)


class Origin(models.TextChoices):
    """Who recorded it first."""

    HERE = "here", "Bluestamp"
    XERO = "xero", "Xero"


class State(models.TextChoices):
    """What the ledger says to it."""

    ASKED = "asked", "On its way"
    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Refused"
    DELETED = "deleted", "Removed"


class Payment(StudioRow):
    """One payment or credit of one document, in the document's currency."""

    kind = models.CharField(max_length=30)
    document_id = models.CharField(max_length=20)
    nature = models.CharField(max_length=20, choices=Nature.choices)
    paid_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    reference = models.CharField(max_length=255, blank=True)
    account_code = models.CharField(max_length=10, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    external_id = models.CharField(max_length=36, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    recorded_by = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["paid_on", "id"]
        indexes = [
            models.Index(fields=["studio", "kind", "document_id"], name="payment_of_document"),
            models.Index(fields=["studio", "kind", "paid_on"], name="payment_by_day"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "kind", "document_id", "external_id"],
                condition=~Q(external_id=""),
                name="payment_once",
            ),
            models.CheckConstraint(condition=Q(nature__in=Nature.values), name="payment_nature"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="payment_state"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="payment_origin"),
        ]

    def __str__(self) -> str:
        return f"{Nature(self.nature).label} {self.amount} {self.currency} {self.paid_on}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredPayment:
    """One payment or credit as the ledger holds it; `amount` is what it settles of this document."""

    external_id: str
    nature: str
    paid_on: dt.date
    amount: Decimal
    currency: str
    reference: str = ""


def of(kind: str, document_id: str) -> list[Payment]:
    """Return what was paid and credited, asked and refused, the oldest first; not what was taken back."""
    rows = Payment.objects.filter(kind=kind, document_id=document_id).exclude(state=State.DELETED)
    return list(rows.order_by("paid_on", "id"))


def mirror(*, kind: str, document_id: str, theirs: Sequence[MirroredPayment], now: dt.datetime) -> None:
    """Make our rows say what the ledger says: new ones are added, changed ones changed, vanished ones deleted.

    Saying the same twice changes nothing. Raises NotFound for an unknown document.
    """
    with transaction.atomic():
        studio_id = _locked_document(kind, document_id)
        rows = Payment.objects.select_for_update().filter(kind=kind, document_id=document_id)
        ours = {row.external_id: row for row in rows.exclude(external_id="")}
        wanted = _by_external_id(theirs)
        _delete_vanished(row for external_id, row in ours.items() if external_id not in wanted)
        for external_id, payment in wanted.items():
            row = ours.get(external_id) or _new(studio_id, kind, document_id, external_id, now=now)
            _take(row, payment)


# Steps


def _locked_document(kind: str, document_id: str) -> int:
    """Lock the document, so that two readings of it don't write one payment twice; its studio."""
    model = documents.KINDS.get(kind)
    if model is None:
        raise NotFound(f"There are no documents called {kind}.")
    return documents.locked(model, document_id).studio_id


def _by_external_id(theirs: Iterable[MirroredPayment]) -> dict[str, MirroredPayment]:
    """One credit may be applied to one document twice, under one id: what counts is how much in all."""
    found: dict[str, MirroredPayment] = {}
    for payment in theirs:
        before = found.get(payment.external_id)
        found[payment.external_id] = (
            replace(payment, amount=before.amount + payment.amount) if before else payment
        )
    return found


def _delete_vanished(rows: Iterable[Payment]) -> None:
    for row in rows:
        if row.state != State.DELETED:
            row.state = State.DELETED
            row.save(update_fields=["state"])


def _new(studio_id: int, kind: str, document_id: str, external_id: str, *, now: dt.datetime) -> Payment:
    return Payment(
        studio_id=studio_id,
        kind=kind,
        document_id=document_id,
        external_id=external_id,
        origin=Origin.XERO,
        recorded_by=Origin.XERO.label,
        recorded_at=now,
    )


def _take(row: Payment, payment: MirroredPayment) -> None:
    said = {
        "nature": payment.nature,
        "paid_on": payment.paid_on,
        "amount": payment.amount,
        "currency": payment.currency,
        "reference": payment.reference[:255],
        "state": State.CONFIRMED,
    }
    changed = [name for name, value in said.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, said[name])
    if row._state.adding:
        row.save(force_insert=True)
    elif changed:
        row.save(update_fields=changed)
