"""Which bills look like a supplier invoice that is about to be sent. Pure (bookkeeping rule 2).

The same contact with the same number (case, spaces and punctuation ignored), or the same contact with the same total
within 30 days: entered twice means paid twice, so a person is asked.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

#: Two bills of the same total are suspected when their dates lie no further apart than this.
NEAR_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Bill:
    """A supplier invoice, wherever it stands. `xero_id` or `document_id` is empty where it stands only on one side."""

    contact_id: str
    number: str
    total: Decimal
    currency: str
    date: dt.date
    document_id: str = ""
    xero_id: str = ""
    our_number: str = ""
    status: str = ""


@dataclass(frozen=True, kw_only=True)
class Lookalike:
    """A bill that may be the same, and why: "number" or "total"."""

    bill: Bill
    why: str


def lookalikes(bill: Bill, *, others: Iterable[Bill]) -> list[Lookalike]:
    """Return the bills of the same contact that may be this one, those with the same number first."""
    found = [Lookalike(bill=other, why=why) for other in others if (why := _why(bill, other))]
    return sorted(found, key=lambda row: (row.why != "number", abs((row.bill.date - bill.date).days)))


def number_key(number: str) -> str:
    """Fold a supplier's number: "FC-20 931" and "fc20931" are one."""
    return re.sub(r"[\W_]", "", number).casefold()


def _why(bill: Bill, other: Bill) -> str:
    if other.contact_id != bill.contact_id:
        return ""
    if number_key(bill.number) and number_key(bill.number) == number_key(other.number):
        return "number"
    same_total = other.total == bill.total and other.currency == bill.currency
    return "total" if same_total and abs((other.date - bill.date).days) <= NEAR_DAYS else ""
