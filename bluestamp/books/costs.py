"""Costs: what was ordered and is not billed yet, and what a job costs. All amounts are net of tax.

An approved order is committed, less what the supplier billed of it in approved expenses; there the cost is actual. An
order that is billed in the books, with no expense of it here, is actual too: it came as a bill there. Supplier credits
lower the cost (bookkeeping rules 17 and 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from bluestamp.books import expenses, purchase_orders, supplier_credits
from bluestamp.books.expenses import Expense
from bluestamp.books.purchase_orders import PurchaseOrder
from bluestamp.books.supplier_credits import SupplierCredit

ZERO: Final = Decimal("0.00")
#: Expenses whose cost counts on the job.
ACTUAL: Final = (expenses.Status.APPROVED, expenses.Status.PAID)
_CREDITED: Final = (supplier_credits.Status.APPROVED, supplier_credits.Status.USED)


@dataclass(frozen=True, slots=True)
class JobCost:
    """What a job costs in one currency: billed by suppliers less what they credited, still to come, and in drafts."""

    actual: Decimal
    credited: Decimal
    committed: Decimal
    in_drafts: Decimal

    @property
    def spent(self) -> Decimal:
        """What it has cost so far."""
        return self.actual - self.credited


def of_job(job_id: str, *, currency: str) -> JobCost:
    """Add up what a job costs, in four queries."""
    bought = Expense.objects.filter(job_id=job_id, currency=currency)
    ordered = PurchaseOrder.objects.filter(job_id=job_id, currency=currency)
    credit = SupplierCredit.objects.filter(job_id=job_id, currency=currency, status__in=_CREDITED)
    spent = bought.aggregate(
        actual=Sum("sub_total", filter=Q(status__in=ACTUAL)),
        drafts=Sum("sub_total", filter=Q(status=expenses.Status.DRAFT, purchase_order=None)),
    )
    left = not_billed(ordered).aggregate(
        committed=Sum("left", filter=Q(status=purchase_orders.Status.APPROVED)),
        billed_there=Sum("left", filter=Q(status=purchase_orders.Status.PAID)),
        drafts=Sum("sub_total", filter=Q(status=purchase_orders.Status.DRAFT)),
    )
    return JobCost(
        actual=(spent["actual"] or ZERO) + (left["billed_there"] or ZERO),
        credited=credit.aggregate(sum=Sum("sub_total"))["sum"] or ZERO,
        committed=left["committed"] or ZERO,
        in_drafts=(spent["drafts"] or ZERO) + (left["drafts"] or ZERO),
    )


def committed() -> dict[str, tuple[Decimal, int]]:
    """Return, by currency, what was ordered and is not billed yet, and of how many orders."""
    rows = not_billed(PurchaseOrder.objects.filter(status=purchase_orders.Status.APPROVED)).filter(left__gt=0)
    found = rows.order_by().values_list("currency").annotate(amount=Sum("left"), many=Count("pk"))
    return {currency: (amount, many) for currency, amount, many in found}


def not_billed(orders: QuerySet[Any]) -> QuerySet[Any]:
    """Give each order `left`: what approved expenses have not billed of it, never below zero."""
    rows = Expense.objects.filter(purchase_order=OuterRef("pk"), status__in=ACTUAL).order_by()
    billed = rows.values("purchase_order").annotate(sum=Sum("sub_total")).values("sum")
    figure = DecimalField(max_digits=14, decimal_places=2)
    nothing = Value(ZERO, output_field=figure)
    left = F("sub_total") - Coalesce(Subquery(billed), nothing, output_field=figure)
    found: QuerySet[Any] = orders.annotate(left=Greatest(left, nothing, output_field=figure))
    return found
