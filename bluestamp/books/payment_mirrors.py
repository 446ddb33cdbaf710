"""What the ledger says was paid and credited of a document, written over our own rows.

What was recorded elsewhere arrives here and is known by its external id; of ours that have none yet, only one that is
in flight is adopted. The ledger's word goes before ours: what it no longer has is gone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import transaction

from bluestamp.books import documents
from bluestamp.books.payment_rows import SETTLED, Nature, Origin, Payment, State
from bluestamp.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredPayment:
    """One payment or credit as the ledger holds it; `amount` is what it settles of this document."""

    external_id: str
    nature: str
    paid_on: dt.date
    amount: Decimal
    currency: str
    reference: str = ""
    currency_rate: Decimal | None = None


def mirror(*, kind: str, document_id: str, theirs: Sequence[MirroredPayment], now: dt.datetime) -> None:
    """Make our rows say what the ledger says: new ones are added, changed ones changed, vanished ones deleted.

    Of ours that are in flight, the one of that day, amount and reference is adopted. Saying the same twice changes
    nothing. Raises NotFound for an unknown document.
    """
    with transaction.atomic():
        studio_id = _studio_id(kind, document_id)
        rows = Payment.objects.select_for_update().filter(kind=kind, document_id=document_id)
        ours = {row.external_id: row for row in rows.exclude(external_id="")}
        flying = list(rows.filter(external_id="", in_flight=True).order_by("recorded_at", "id"))
        wanted = _by_external_id(theirs)
        _delete_vanished(row for external_id, row in ours.items() if external_id not in wanted)
        for external_id, payment in wanted.items():
            row = ours.get(external_id) or _adopted(flying, payment)
            _take(row or _new(studio_id, kind, document_id, external_id, now=now), payment)


# Steps


def _studio_id(kind: str, document_id: str) -> int:
    """Lock the document: two acts on its money never see the same open amount."""
    model = documents.KINDS.get(kind)
    if model is None:
        raise NotFound(f"There are no documents called {kind}.")
    return int(documents.locked(model, document_id).studio_id)


def _by_external_id(theirs: Iterable[MirroredPayment]) -> dict[str, MirroredPayment]:
    """One credit may be applied to one document twice, under one id: what counts is how much in all."""
    found: dict[str, MirroredPayment] = {}
    for payment in theirs:
        before = found.get(payment.external_id)
        found[payment.external_id] = (
            replace(payment, amount=before.amount + payment.amount) if before else payment
        )
    return found


def _adopted(flying: list[Payment], payment: MirroredPayment) -> Payment | None:
    """Take the row out that is this payment, sent and not yet answered."""
    if payment.nature != Nature.PAYMENT:
        return None
    said = (payment.paid_on, payment.amount, payment.reference[:255])
    row = next((row for row in flying if (row.paid_on, row.amount, row.reference) == said), None)
    if row is not None:
        flying.remove(row)
    return row


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
        "external_id": payment.external_id,
        "nature": payment.nature,
        "paid_on": payment.paid_on,
        "amount": payment.amount,
        "currency": payment.currency,
        "currency_rate": payment.currency_rate,
        "reference": payment.reference[:255],
    }
    if row.state != State.REMOVING:
        said["state"] = State.CONFIRMED
    if not row.external_id:  # one of ours that was adopted
        said |= SETTLED
    changed = [name for name, value in said.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, said[name])
    if row._state.adding:
        row.save(force_insert=True)
    elif changed:
        row.save(update_fields=changed)
