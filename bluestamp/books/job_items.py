"""The plan of a job: what shall be done and bought for it, at what. Quotes, invoices, expenses and orders are made of it."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from bluestamp.books.companies import Company
from bluestamp.books.items import Item
from bluestamp.books.jobs import Job
from bluestamp.people.rows import StudioRow

ZERO = Decimal(0)


class JobItem(StudioRow):
    """One line of a plan. `unit_amount` is what the client pays for a unit, `cost_unit_amount` what a third party takes."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    master = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    item = models.CharField(max_length=200, blank=True)
    description = models.TextField(blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(1))
    unit_amount = models.DecimalField(max_digits=14, decimal_places=4, default=ZERO)
    cost_unit_amount = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    supplier = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="+")
    #: paid to a third party; else the studio's own work
    is_cost = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        indexes = [models.Index(fields=["job", "position"], name="job_item_in_order")]
