"""Bills in Xero that quote the number of an order of ours (bookkeeping rule 17).

A purchase order posts nothing, so somebody who enters its bill in Xero by hand leaves no link, only the number in the
bill's own number, reference or words. Such a bill is shown on the order, and before an expense of that order is sent
for the first time a person is asked whether the two are one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from typing import Final

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

_DIGITS: Final = re.compile("[0-9]+")


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
    """Remember which of these bills quote an order here; forget those that were voided, or quote it no longer.

    The caller's transaction.
    """
    bills = {
        row.invoice_id: row for row in records if isinstance(row, Invoice) and row.type == InvoiceType.BILL
    }
    if not bills:
        return
    living = [bill for bill in bills.values() if bill.status not in ENDED]
    orders = _orders(connection) if living else {}
    fresh = [
        _row(connection, bill, order_id, now=now) for bill in living for order_id in _quoted(bill, orders)
    ]
    _forget_others(connection, bills, {(row.xero_id, row.order_id) for row in fresh})
    QuotingBill.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["connection", "order", "xero_id"],
        update_fields=["number", "status", "total", "currency", "dated_on", "seen_at"],
    )


#: Orders by the digits that their numbers end in: each its id and its number.
_ByDigits = Mapping[str, list[tuple[str, str]]]


def _forget_others(connection: Connection, xero_ids: Iterable[str], still: Set[tuple[str, str]]) -> None:
    known = QuotingBill.objects.filter(connection=connection, xero_id__in=list(xero_ids))
    gone = [
        id_
        for id_, xero_id, order_id in known.values_list("id", "xero_id", "order_id")
        if (xero_id, order_id) not in still
    ]
    if gone:
        QuotingBill.objects.filter(id__in=gone).delete()


def _quoted(bill: Invoice, orders: _ByDigits) -> list[str]:
    """The orders whose numbers stand somewhere in the bill, whatever signs they are made of and whatever their case."""
    texts = [bill.invoice_number, bill.reference, *(line.description for line in bill.line_items)]
    text = "\n".join(texts).casefold()
    candidates = [order for digits in sorted(set(_DIGITS.findall(text))) for order in orders.get(digits, ())]
    return [id_ for id_, number in candidates if _stands_in(text, number.casefold())]


def _stands_in(text: str, number: str) -> bool:
    """Whether it stands there by itself, not as a part of a longer one."""
    return re.search(rf"(?<!\w){re.escape(number)}(?!\w)", text) is not None


def _orders(connection: Connection) -> _ByDigits:
    """The orders that this organisation has, or that its branches made.

    An order stays when its branch moves, and is billed in either organisation.
    """
    its = Q(branch_id__in=connections.branch_ids(connection))
    its |= keepers.kept_in(PurchaseOrder.kind, connection.ledger_id)
    rows = PurchaseOrder.objects.filter(its).exclude(number="").exclude(status="cancelled").order_by("id")
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for id_, number in rows.values_list("id", "number"):
        for digits in _DIGITS.findall(number)[-1:]:
            found[digits].append((id_, number))
    return found


def _row(connection: Connection, bill: Invoice, order_id: str, *, now: dt.datetime) -> QuotingBill:
    return QuotingBill(
        studio_id=connection.studio_id,
        connection=connection,
        order_id=order_id,
        xero_id=bill.invoice_id,
        number=bill.invoice_number,
        status=bill.status,
        total=bill.total,
        currency=bill.currency_code,
        dated_on=dt.date(bill.date.year, bill.date.month, bill.date.day) if bill.date else None,
        seen_at=now,
    )
