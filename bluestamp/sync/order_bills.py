"""Bills in Xero that quote the number of an order of ours (bookkeeping rule 17).

A purchase order posts nothing, so somebody who enters its bill in Xero by hand leaves no link, only the number in the
bill's own number, reference or words. Such a bill is shown on the order, and before an expense of that order is sent
for the first time a person is asked whether the two are one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from django.db import models
from django.db.models import Q

from bluestamp.books import keepers
from bluestamp.books.purchase_orders import PurchaseOrder
from bluestamp.people.studios import StudioRow
from bluestamp.sync import connections
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.mapping import ENDED
from bluestamp.sync.their_faces import Copied
from bluestamp.xero.records import Invoice, InvoiceType

_WORDS = re.compile(r"[\w./-]+")


class QuotingBill(StudioRow):
    """One bill in Xero that is no copy of ours, and the order that it quotes. `total` in the bill's currency."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    order = models.ForeignKey(PurchaseOrder, on_delete=models.CASCADE, related_name="+")
    xero_id = models.CharField(max_length=36)
    number = models.CharField(max_length=255, blank=True)
    status = models.CharField(max_length=20)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    dated_on = models.DateField(null=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["dated_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "order", "xero_id"], name="quoting_bill_once")
        ]


def of(order_id: str) -> list[QuotingBill]:
    """Return the bills in Xero that quote this order, and are not the copy of an expense here."""
    rows = QuotingBill.objects.filter(order_id=order_id).select_related("connection")
    copied = Copy.objects.filter(kind="expense", is_gone=False).values("xero_id")
    return list(rows.exclude(xero_id__in=copied))


def note(connection: Connection, records: Iterable[Copied], *, now: dt.datetime) -> None:
    """Remember which of these bills quote an order here; forget those that were voided. The caller's transaction."""
    bills = [row for row in records if isinstance(row, Invoice) and row.type == InvoiceType.BILL]
    ended = [row.invoice_id for row in bills if row.status in ENDED]
    if ended:
        QuotingBill.objects.filter(connection=connection, xero_id__in=ended).delete()
    quoted = {row.invoice_id: _words(row) for row in bills if row.status not in ENDED}
    orders = _orders(connection, (word for words in quoted.values() for word in words))
    fresh = [
        _row(connection, bill, orders[word], now=now)
        for bill in bills
        for word in sorted(quoted.get(bill.invoice_id, ()))
        if word in orders
    ]
    QuotingBill.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["connection", "order", "xero_id"],
        update_fields=["number", "status", "total", "currency", "dated_on", "seen_at"],
    )


def _words(bill: Invoice) -> set[str]:
    texts = [bill.invoice_number, bill.reference, *(line.description for line in bill.line_items)]
    found = {word.strip("./-") for text in texts for word in _WORDS.findall(text)}
    return found | {word.upper() for word in found}


def _orders(connection: Connection, words: Iterable[str]) -> Mapping[str, PurchaseOrder]:
    """The orders that this organisation has, or that its branches made, by their numbers, as far as somebody said them.

    An order stays when its branch moves, and is billed in either organisation.
    """
    asked = {word for word in words if any(letter.isdigit() for letter in word)}
    its = Q(branch_id__in=connections.branch_ids(connection))
    its |= keepers.kept_in(PurchaseOrder.kind, connection.ledger_id)
    rows = PurchaseOrder.objects.filter(its, number__in=asked)
    return {row.number: row for row in rows.exclude(status="cancelled")}


def _row(connection: Connection, bill: Invoice, order: PurchaseOrder, *, now: dt.datetime) -> QuotingBill:
    return QuotingBill(
        studio_id=connection.studio_id,
        connection=connection,
        order=order,
        xero_id=bill.invoice_id,
        number=bill.invoice_number,
        status=bill.status,
        total=bill.total,
        currency=bill.currency_code,
        dated_on=dt.date(bill.date.year, bill.date.month, bill.date.day) if bill.date else None,
        seen_at=now,
    )
