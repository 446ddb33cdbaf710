"""Items: the master list of what the studio sells and buys again and again, and how each ledger books it.

active ⇄ archived     an archived one is offered no more; lines that came of it keep their words and figures

An item is the studio's own work, or a cost that a third party is paid for. It has, for each ledger, a sales account and
rate and a purchase account and rate; the kind of document decides which of the two a line gets (bookkeeping rule 9).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from bluestamp.books.companies import Company
from bluestamp.books.ledgers import Ledger
from bluestamp.people.rows import StudioRow

KIND: Final = "item"
ZERO: Final = Decimal(0)


class Item(StudioRow):
    """One item. `rate` is what a unit of it is sold at, `cost` what a third party takes for it; neither has tax in it."""

    name = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    unit = models.CharField(max_length=30, blank=True)
    rate = models.DecimalField(max_digits=14, decimal_places=4, default=ZERO)
    cost = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    markup_percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    supplier = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="+")
    #: paid to a third party; else the studio's own work
    is_cost = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "studio", Lower("name"), condition=Q(is_active=True), name="item_name_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="item_named"),
        ]

    def __str__(self) -> str:
        return self.name


class ItemCode(StudioRow):
    """How one ledger books an item; "" where it says nothing."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="codes")
    ledger = models.ForeignKey(Ledger, on_delete=models.CASCADE, related_name="item_codes")
    sales_account_code = models.CharField(max_length=10, blank=True)
    sales_tax_type = models.CharField(max_length=50, blank=True)
    purchase_account_code = models.CharField(max_length=10, blank=True)
    purchase_tax_type = models.CharField(max_length=50, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["studio", "item", "ledger"], name="item_code_once")]
