"""Figures of the studio as a whole: what is owed, what is late, what came in; and how many documents are where.

What was invoiced is less what was credited, what was received is less what was paid back: each in its own month. Every figure names the list that it was added up from. Amounts are never added across currencies: each currency has
figures of its own, the home branch's first.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import Case, Count, IntegerField, Q, Sum, Value, When
from django.db.models.functions import TruncMonth

from bluestamp.books import (
    costs,
    credit_notes,
    documents,
    expenses,
    invoices,
    purchase_orders,
    quotes,
    supplier_credits,
)
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.expenses import Expense
from bluestamp.books.invoices import Invoice
from bluestamp.books.payment_rows import MONEY, Payment
from bluestamp.books.standings import COUNTED
from bluestamp.people import branches

MONTHS: Final = 6
#: The youngest an overdue invoice is in each bucket, in days after the due date; the last is open.
AGES: Final[tuple[tuple[str, int, int | None], ...]] = (
    ("0–30 days", 1, 30),
    ("31–60 days", 31, 60),
    ("61–90 days", 61, 90),
    ("over 90 days", 91, None),
)
#: Which documents still want something: money, a supplier's invoice, a use, an answer.
OPEN: Final[Mapping[str, str]] = {
    "expense": expenses.Status.APPROVED,
    "invoice": invoices.Status.SENT,
    "purchase_order": purchase_orders.Status.APPROVED,
    "credit_note": credit_notes.Status.ISSUED,
    "supplier_credit": supplier_credits.Status.APPROVED,
    "quote": quotes.Status.PENDING,
}
ZERO: Final = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Which list a figure was added up from: a kind of document, a tab, and days of issue (both included)."""

    kind: str
    tab: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount, how many documents make it up, where they are listed, and how many credit notes lessen it."""

    amount: Decimal
    documents: int
    listed: ListFilter
    less: int = 0


@dataclass(frozen=True, slots=True)
class Age:
    """What is overdue for so many days."""

    label: str
    amount: Decimal
    documents: int


@dataclass(frozen=True, slots=True)
class Month:
    """What was invoiced less credited by date of issue, and received less paid back by date of payment, in one month."""

    first_day: dt.date
    invoiced: Decimal
    received: Decimal


@dataclass(frozen=True, slots=True)
class CurrencyFigures:
    """One currency's figures. `months` ends with the present one, the oldest first; `ages` is what `overdue` is made of.

    `committed` is approved and to be paid; `ordered` is what suppliers are yet to bill, net of tax.
    """

    currency: str
    owed: Figure
    overdue: Figure
    ages: tuple[Age, ...]
    committed: Figure
    ordered: Figure
    invoiced: Figure
    received: Figure
    months: tuple[Month, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all happened in this currency."""
        shown = (self.owed, self.committed, self.ordered, self.invoiced, self.received)
        return not any(figure.documents or figure.less for figure in shown) and not any(
            month.invoiced or month.received for month in self.months
        )


@dataclass(frozen=True, slots=True)
class Home:
    """The figures of Home: `main` in the home branch's currency, `others` where there is something to say."""

    today: dt.date
    main: CurrencyFigures
    others: tuple[CurrencyFigures, ...]


def tab_counts(kind: str, *, today: dt.date | None = None) -> dict[str, int]:
    """Count the documents of a kind by status, with "all"; with "overdue" too when it is said which day it is."""
    model: Any = documents.KINDS[kind]
    counts = dict(model.objects.order_by().values_list("status").annotate(many=Count("*")))
    known = _STATUSES[kind]
    found = {"all": sum(counts.values())} | {status: counts.get(status, 0) for status in known}
    if today is not None:
        found["overdue"] = model.objects.filter(status=OPEN[kind], due_on__lt=today).count()
    return found


def home(*, now: dt.datetime) -> Home:
    """Add up the studio's figures as they are today in its own time zone, in eight queries whatever its size."""
    branch = branches.home()
    today = now.astimezone(zoneinfo.ZoneInfo(branch.studio.time_zone)).date()
    sources = _Sources.read(today)
    found = [_of_currency(code, sources) for code in sorted(sources.currencies | {branch.currency})]
    main = next(figures for figures in found if figures.currency == branch.currency)
    others = tuple(figures for figures in found if figures is not main and not figures.is_empty)
    return Home(today=today, main=main, others=others)


# Steps

_STATUSES: Final[Mapping[str, Iterable[str]]] = {
    "expense": expenses.Status.values,
    "invoice": invoices.Status.values,
    "purchase_order": purchase_orders.Status.values,
    "credit_note": credit_notes.Status.values,
    "supplier_credit": supplier_credits.Status.values,
    "quote": quotes.Status.values,
}
#: An amount and how many documents it is of.
_Sum = tuple[Decimal, int]
_NOTHING: Final[_Sum] = (ZERO, 0)
#: By currency and first day of the month.
_Flow = Mapping[tuple[str, dt.date], _Sum]
_NOT_DUE: Final = -1


@dataclass(frozen=True, slots=True)
class _Sources:
    """What the database added up, by currency; open invoices also by age, the flows also by month."""

    today: dt.date
    open_by_age: Mapping[tuple[str, int], _Sum]
    committed: Mapping[str, _Sum]
    ordered: Mapping[str, _Sum]
    invoiced: _Flow
    credited: _Flow
    received: _Flow
    paid_back: _Flow

    @classmethod
    def read(cls, today: dt.date) -> _Sources:
        since = _month_back(today, MONTHS - 1)
        money = _money(since)
        return cls(
            today=today,
            open_by_age=_open_by_age(today),
            committed=_committed(),
            ordered=costs.committed(),
            invoiced=_issued(Invoice.objects.filter(status__in=_ISSUED), since),
            credited=_issued(CreditNote.objects.filter(status__in=_CREDITED), since),
            received=money[invoices.KIND],
            paid_back=money[credit_notes.KIND],
        )

    @property
    def currencies(self) -> set[str]:
        flows = (self.invoiced, self.credited, self.received, self.paid_back)
        keyed = [key for flow in flows for key in flow]
        return (
            {currency for currency, _ in (*self.open_by_age, *keyed)}
            | set(self.committed)
            | set(self.ordered)
        )


_ISSUED: Final = (invoices.Status.SENT, invoices.Status.PAID)
_CREDITED: Final = (credit_notes.Status.ISSUED, credit_notes.Status.USED)


def _open_by_age(today: dt.date) -> dict[tuple[str, int], _Sum]:
    """What clients owe by currency and age: the place in AGES, or _NOT_DUE."""
    ages = [
        When(_due_between(today, youngest, oldest), then=Value(place))
        for place, (_, youngest, oldest) in enumerate(AGES)
    ]
    rows = Invoice.objects.filter(status=OPEN["invoice"], amount_due__gt=0).order_by()
    rows = rows.annotate(age=Case(*ages, default=Value(_NOT_DUE), output_field=IntegerField()))
    found = rows.values_list("currency", "age").annotate(amount=Sum("amount_due"), many=Count("pk"))
    return {(currency, age): (amount, many) for currency, age, amount, many in found}


def _due_between(today: dt.date, youngest: int, oldest: int | None) -> Q:
    latest = Q(due_on__lte=today - dt.timedelta(days=youngest))
    return latest if oldest is None else latest & Q(due_on__gte=today - dt.timedelta(days=oldest))


def _committed() -> dict[str, _Sum]:
    """Approved and not paid; what the company card paid is gone already, though its expense may stay approved."""
    rows = Expense.objects.filter(status=OPEN["expense"]).exclude(paid_by=expenses.PaidBy.CARD).order_by()
    found = rows.values_list("currency").annotate(amount=Sum("amount_due"), many=Count("pk"))
    return {currency: (amount, many) for currency, amount, many in found}


def _issued(rows: Any, since: dt.date) -> _Flow:
    found = rows.filter(issued_on__gte=since).order_by().annotate(month=TruncMonth("issued_on"))
    sums = found.values_list("currency", "month").annotate(added=Sum("total"), many=Count("pk"))
    return {(currency, month): (added, many) for currency, month, added, many in sums}


def _money(since: dt.date) -> Mapping[str, _Flow]:
    """What was paid, and of how many documents: on invoices to us, on credit notes back to clients."""
    found: dict[str, dict[tuple[str, dt.date], _Sum]] = {invoices.KIND: {}, credit_notes.KIND: {}}
    rows = Payment.objects.filter(kind__in=found, nature__in=MONEY, state__in=COUNTED, paid_on__gte=since)
    months = rows.order_by().annotate(month=TruncMonth("paid_on")).values_list("kind", "currency", "month")
    sums = months.annotate(added=Sum("amount"), many=Count("document_id", distinct=True))
    for kind, currency, month, added, many in sums:
        found[kind][currency, month] = (added, many)
    return found


def _of_currency(currency: str, sources: _Sources) -> CurrencyFigures:
    by_age = [sources.open_by_age.get((currency, place), _NOTHING) for place in range(len(AGES))]
    not_due = sources.open_by_age.get((currency, _NOT_DUE), _NOTHING)
    first_day = sources.today.replace(day=1)
    this_month = ListFilter(
        "invoice", since=first_day, until=_month_back(first_day, -1) - dt.timedelta(days=1)
    )
    return CurrencyFigures(
        currency=currency,
        owed=_figure([not_due, *by_age], ListFilter("invoice", tab=OPEN["invoice"])),
        overdue=_figure(by_age, ListFilter("invoice", tab="overdue")),
        ages=tuple(Age(age[0], *found) for age, found in zip(AGES, by_age, strict=True)),
        committed=_figure(
            [sources.committed.get(currency, _NOTHING)], ListFilter("expense", tab=OPEN["expense"])
        ),
        ordered=_figure(
            [sources.ordered.get(currency, _NOTHING)],
            ListFilter("purchase_order", tab=OPEN["purchase_order"]),
        ),
        invoiced=_net(sources.invoiced, sources.credited, (currency, first_day), this_month),
        received=_net(
            sources.received,
            sources.paid_back,
            (currency, first_day),
            ListFilter("invoice", tab=invoices.Status.PAID),
        ),
        months=_months(currency, sources),
    )


def _figure(parts: Iterable[_Sum], listed: ListFilter) -> Figure:
    found = list(parts)
    return Figure(sum((amount for amount, _ in found), ZERO), sum(many for _, many in found), listed)


def _net(flow: _Flow, back: _Flow, key: tuple[str, dt.date], listed: ListFilter) -> Figure:
    documents, less = flow.get(key, _NOTHING)[1], back.get(key, _NOTHING)[1]
    return Figure(_less(flow, back, key), documents, listed, less)


def _months(currency: str, sources: _Sources) -> tuple[Month, ...]:
    first_days = [_month_back(sources.today, back) for back in reversed(range(MONTHS))]
    return tuple(
        Month(
            first_day=day,
            invoiced=_less(sources.invoiced, sources.credited, (currency, day)),
            received=_less(sources.received, sources.paid_back, (currency, day)),
        )
        for day in first_days
    )


def _less(flow: _Flow, back: _Flow, key: tuple[str, dt.date]) -> Decimal:
    return flow.get(key, _NOTHING)[0] - back.get(key, _NOTHING)[0]


def _month_back(today: dt.date, months: int) -> dt.date:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return dt.date(year, month + 1, 1)
