"""The row of a payment: what settles a document, who recorded it first, and what the ledger says to it.

In a file of its own because figures and standings read it; what can be done to it stands in `payments`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.db import models
from django.db.models import Q

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
    REMOVING = "removing", "Being removed"
    DELETED = "deleted", "Removed"


class Payment(StudioRow):
    """One payment or credit of one document, in the document's currency."""

    kind = models.CharField(max_length=30)
    document_id = models.CharField(max_length=20)
    nature = models.CharField(max_length=20, choices=Nature.choices)
    paid_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    #: the payment's own exchange rate, as the ledger tells it; it may differ from its document's
    currency_rate = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    reference = models.CharField(max_length=255, blank=True)
    account_code = models.CharField(max_length=10, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    external_id = models.CharField(max_length=36, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    #: it stands in a batch whose outcome is not known yet
    in_flight = models.BooleanField(default=False)
    #: why it was refused, is held, or could not be removed
    code = models.CharField(max_length=60, blank=True)
    sentence = models.TextField(blank=True)
    #: the payment elsewhere that it looks like; "" when none does, or somebody said to send it anyway
    twin_external_id = models.CharField(max_length=36, blank=True)
    may_look_alike = models.BooleanField(default=False)
    recorded_by = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["paid_on", "id"]
        indexes = [
            models.Index(fields=["studio", "kind", "document_id"], name="payment_of_document"),
            models.Index(fields=["studio", "kind", "paid_on"], name="payment_by_day"),
            models.Index(
                fields=["studio"], condition=Q(state__in=["asked", "removing"]), name="payment_to_send"
            ),
            models.Index(fields=["studio"], condition=Q(in_flight=True), name="payment_in_flight"),
            models.Index(
                fields=["studio", "kind", "document_id"],
                condition=Q(state="confirmed", external_id=""),
                name="payment_only_here",
            ),
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


#: What a row says when nothing is open about it.
SETTLED: Final[dict[str, Any]] = {"in_flight": False, "code": "", "sentence": "", "twin_external_id": ""}

#: A payment that no ledger knows of: recorded before the ledger held its document.
ONLY_HERE: Final[dict[str, Any]] = {"state": State.CONFIRMED, "external_id": "", "origin": Origin.HERE}


def without_account(kind: str, document_ids: Iterable[str]) -> set[str]:
    """Return those documents with a payment that exists only here, and of which nobody said where it went."""
    rows = Payment.objects.filter(kind=kind, document_id__in=list(document_ids), account_code="", **ONLY_HERE)
    return set(rows.values_list("document_id", flat=True))
