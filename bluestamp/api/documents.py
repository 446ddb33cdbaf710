"""What expenses and invoices have in common as JSON: the head, its lines, and three standings that are never merged.

`status` is the studio's own, `payment` what was paid as the books say, `copy` how the document stands in Xero.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import Field

from bluestamp.api.callers import Caller
from bluestamp.api.wire import Day, Figure, Id, Money, Named, Paged, Rate, Shape, Unit, Version, Words
from bluestamp.books import documents, exchange_rates, keepers
from bluestamp.books.documents import Document, Rows
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.people.activity import Activity, history
from bluestamp.sync import standing
from bluestamp.sync.standing import Shown

OPEN: Final = {
    "expense": ("approved",),
    "invoice": ("sent",),
    "credit_note": ("issued",),
    "purchase_order": ("approved",),
    "supplier_credit": ("approved",),
}
"""The statuses in which something is still to be paid; past its due day it is overdue."""
MOST_HISTORY: Final = 200

TaxMode = Literal["exclusive", "inclusive", "no_tax"]
Tab = Literal["not_in_xero", "on_its_way", "changes_to_send", "needs_attention"]


class PaymentStanding(Shape):
    """What was paid and credited, and what is due, in the document's currency."""

    amount_paid: Money
    amount_credited: Money
    amount_due: Money
    fully_paid_on: dt.date | None


class RemedyShown(Shape):
    """What a code means, and who can do what about it."""

    title: str
    meaning: str
    what_to_do: str
    who: str
    can_retry: bool


class CopyStanding(Shape):
    """How a document stands in Xero. `stamp_url` leads to it there; `code` and `remedy` say what needs a person."""

    state: str
    label: str
    is_on_its_way: bool
    organisation: str
    xero_status: str
    xero_status_label: str
    stamp_url: str | None
    code: str
    sentence: str
    remedy: RemedyShown | None
    fault_field: str
    changed_at: dt.datetime | None


class JobNamed(Shape):
    """A job, by its id."""

    id: str
    number: str
    name: str


class Line(Shape):
    """One line of a document. Percentages are of a hundred; `master_id` is the item of the master list it came of."""

    id: str
    master_id: str | None
    item: str
    description: str
    quantity: Unit
    unit_amount: Unit
    discount_rate: Unit
    account_code: str
    tax_type: str
    tax_percent: Unit
    typed_tax: Money | None
    tax_amount: Money
    line_amount: Money


class Head(Shape):
    """A document without its lines, as lists show it. `ledger_id` is the ledger that holds it; null: its branch's counts."""

    id: str
    number: str
    status: str
    version: int
    branch_id: str
    ledger_id: str | None
    company: Named
    job: JobNamed | None
    reference: str
    currency: str
    currency_rate: Rate | None
    rate_origin: str
    rate_on: dt.date | None
    tax_mode: str
    issued_on: dt.date
    due_on: dt.date | None
    sub_total: Money
    total_tax: Money
    total: Money
    payment: PaymentStanding
    copy_standing: CopyStanding = Field(serialization_alias="copy")
    in_books_already: bool
    created_by: str
    created_at: dt.datetime
    changed_at: dt.datetime


class ExchangeRate(Shape):
    """What `currency_rate` says and comes to: "1 GBP = 1.1731 EUR", whose it is, the total in the books' currency."""

    words: str
    whose: str
    base_currency: str
    base_total: str


class LineWrite(Shape):
    """A line to write. `id` names the line that it was; without one it is new. Blank codes follow the ledger."""

    id: Id | None = None
    master_id: Id | None = None
    item: Words = ""
    description: Words = ""
    quantity: Figure = Decimal("1")
    unit_amount: Figure = Decimal("0")
    discount_rate: Figure = Decimal("0")
    account_code: Words = ""
    tax_type: Words = ""
    typed_tax: Figure | None = None


class Write(Shape):
    """What every document is written with. Without `due_on` it follows from the terms."""

    branch_id: Id
    company_id: Id
    issued_on: Day
    currency: Words
    job_id: Id | None = None
    due_on: Day | None = None
    reference: Words = ""
    tax_mode: TaxMode = "exclusive"
    own_rate: Figure | None = None


class AtVersion(Shape):
    """The version that the caller has seen; a newer one is refused as STALE, with the fresh document."""

    version: Version


class WithReason(AtVersion):
    """The same, and why."""

    reason: Words = ""


class Asked(Paged):
    """What a list of documents is narrowed to. `tab` is the copy standing, `search` looks in numbers and names.

    `ledger` keeps those that belong to it: held there, or not held yet and of its branches.
    """

    tab: Tab | None = None
    company: Id | None = None
    job: Id | None = None
    branch: Id | None = None
    ledger: Id | None = None
    since: Day | None = Field(None, alias="from")
    until: Day | None = Field(None, alias="to")
    overdue: bool = False
    search: Words = ""


class Act(Shape):
    """One line of a history."""

    at: dt.datetime
    by: str
    via: str
    verb: str
    sentence: str
    kind: str
    subject_id: str


def narrowed(kind: str, asked: Asked, *, status: str | None, caller: Caller) -> Rows:
    """Keep the documents of a kind that were asked for, the newest first."""
    rows: Any = documents.KINDS[kind].objects.select_related("job", "company")
    exact = {
        "status": status,
        "company_id": asked.company,
        "job_id": asked.job,
        "branch_id": asked.branch,
        "issued_on__gte": asked.since,
        "issued_on__lte": asked.until,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value is not None})
    if asked.ledger:
        rows = rows.filter(keepers.kept_in(kind, asked.ledger))
    if asked.overdue:
        rows = rows.filter(status__in=OPEN[kind], due_on__lt=caller.today)
    if asked.tab:
        rows = standing.under_tab(kind, asked.tab, rows)
    found: Rows = rows.with_words(asked.search).newest_first()
    return found


def draft_line(line: LineWrite) -> LineDraft:
    """Make a line's draft; a typed tax and what it is sold for are the kind's own."""
    return LineDraft(**line.model_dump())


def head(document: Document, shown: Shown) -> dict[str, Any]:
    """What every kind of document says of itself."""
    same = {name: getattr(document, name) for name in _SAME}
    return same | {
        "company": Named(id=document.company_id, name=document.company_name),
        "job": _job(document),
        "payment": PaymentStanding(**{name: getattr(document, name) for name in documents.STANDING}),
        "copy_standing": copy_standing(shown),
    }


_OTHERWISE: Final = frozenset({"company", "job", "payment", "copy_standing"})
_SAME: Final = tuple(name for name in Head.model_fields if name not in _OTHERWISE)


def exchange(document: Document) -> ExchangeRate | None:
    """What a document's exchange rate says; None in the books' own currency, and while there is no rate."""
    found = exchange_rates.of(document)
    if found is None:
        return None
    return ExchangeRate(
        words=found.words, whose=found.whose, base_currency=found.base, base_total=f"{found.worth:f}"
    )


def _job(document: Document) -> JobNamed | None:
    job = document.job
    return JobNamed(id=job.pk, number=job.number, name=job.name) if job else None


def line(row: LineItem) -> dict[str, Any]:
    """What every kind of line says of itself."""
    return {name: getattr(row, name) for name in Line.model_fields}


def copy_standing(shown: Shown) -> CopyStanding:
    """How a document stands in Xero, as JSON."""
    same = {name: getattr(shown, name) for name in CopyStanding.model_fields if name != "remedy"}
    return CopyStanding(**same, remedy=remedy(shown))


def remedy(shown: Shown) -> RemedyShown | None:
    """What to do about it, where something is to be done."""
    if shown.remedy is None:
        return None
    return RemedyShown(**{name: getattr(shown.remedy, name) for name in RemedyShown.model_fields})


def acts(kind: str, subject_id: str) -> list[Act]:
    """What was done to one thing, newest first."""
    return [act(row) for row in history(kind, subject_id)[:MOST_HISTORY]]


def act(row: Activity) -> Act:
    """One line of a history."""
    return Act(
        at=row.at,
        by=row.actor_name,
        via=row.via,
        verb=row.verb,
        sentence=row.sentence,
        kind=row.kind,
        subject_id=row.subject_id,
    )
