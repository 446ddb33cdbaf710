"""Ledgers: accounts, tax rates and currencies that documents may name. Read only: Xero fills them, or a person."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from ninja import Router

from bluestamp.api.callers import Call
from bluestamp.api.wire import Id, Shape, Unit, Words
from bluestamp.books import ledgers, stale_codes
from bluestamp.books.ledgers import Ledger

router = Router(tags=["ledgers"], by_alias=True)
Of = Literal["account", "tax_rate"]
Kind = Literal["expense", "invoice", "purchase_order", "credit_note", "supplier_credit", "quote"]


class LedgerShown(Shape):
    """A chart of accounts with its defaults, and the branches that book into it."""

    id: str
    name: str
    source: str
    base_currency: str
    currencies: list[str]
    country: str
    is_tax_registered: bool
    revenue_account_code: str
    expense_account_code: str
    payments_account_code: str
    revenue_tax_type: str
    expense_tax_type: str
    locked_until: dt.date | None
    refreshed_at: dt.datetime | None
    branch_ids: list[str]


class AccountShown(Shape):
    """One account that lines may name."""

    code: str
    name: str
    account_class: str
    account_type: str
    tax_type: str


class TaxRateShown(Shape):
    """One tax rate; the accounts' classes that it goes with."""

    tax_type: str
    name: str
    percent: Unit
    account_classes: list[str]


class StaleShown(Shape):
    """A code that the ledger no longer has, and in how many places it is still used."""

    of: Of
    code: str
    name: str
    items: int
    defaults: int
    drafts: int


class Replacement(Shape):
    """Which code takes the place of which."""

    of: Of
    old: Words
    new: Words


class LeftOut(Shape):
    """A draft that could not be changed, and why."""

    kind: str
    id: str
    sentence: str


class Replaced(Shape):
    """In how many places it was replaced."""

    items: int
    defaults: int
    drafts: int
    left: list[LeftOut]


@router.get("", response=list[LedgerShown])
def index(request: Call) -> list[LedgerShown]:
    """List the studio's ledgers, with the currencies that each takes."""
    rows = Ledger.objects.prefetch_related("branches", "currencies").order_by("name", "id")
    return [_shown(row) for row in rows]


@router.get("/{ledger_id}", response=LedgerShown)
def read(request: Call, ledger_id: Id) -> LedgerShown:
    """Read one ledger."""
    return _shown(ledgers.find(ledger_id))


@router.get("/{ledger_id}/accounts", response=list[AccountShown])
def accounts(request: Call, ledger_id: Id, kind: Kind = "expense") -> list[AccountShown]:
    """List the accounts that lines of this kind of document may name, the usual ones first."""
    rows = ledgers.accounts_for(ledgers.find(ledger_id), kind)
    return [AccountShown(**{name: getattr(row, name) for name in AccountShown.model_fields}) for row in rows]


@router.get("/{ledger_id}/tax-rates", response=list[TaxRateShown])
def tax_rates(request: Call, ledger_id: Id) -> list[TaxRateShown]:
    """List the tax rates, each with the classes of accounts that it goes with."""
    rows = ledgers.tax_rates_for(ledgers.find(ledger_id))
    return [
        TaxRateShown(
            tax_type=row.tax_type,
            name=row.name,
            percent=row.percent,
            account_classes=[name for name in ledgers.AccountClass.values if row.goes_with(name)],
        )
        for row in rows
    ]


@router.get("/{ledger_id}/stale-codes", response=list[StaleShown])
def stale(request: Call, ledger_id: Id) -> list[StaleShown]:
    """List the codes that the ledger no longer has and that items, defaults and drafts still name."""
    found = stale_codes.stale_codes(ledgers.find(ledger_id))
    return [StaleShown(**{name: getattr(row, name) for name in StaleShown.model_fields}) for row in found]


@router.post("/{ledger_id}/replacement", response=Replaced)
def replace(request: Call, ledger_id: Id, body: Replacement) -> Replaced:
    """Put another account or tax rate in place of one, in every item, default and draft of the ledger."""
    done = stale_codes.replace_code(ledger_id=ledger_id, **body.model_dump(), **request.caller.act)
    left = [LeftOut(kind=row.kind, id=row.pk, sentence=sentence) for row, sentence in done.left]
    return Replaced(items=done.items, defaults=done.defaults, drafts=done.drafts, left=left)


# Steps


def _shown(found: Ledger) -> LedgerShown:
    same = {name: getattr(found, name) for name in LedgerShown.model_fields if name not in _OTHERWISE}
    return LedgerShown(
        **same,
        currencies=sorted({found.base_currency, *(row.code for row in found.currencies.all())}),
        locked_until=ledgers.locked_until(found),
        branch_ids=sorted(row.branch_id for row in found.branches.all()),
    )


_OTHERWISE = frozenset({"currencies", "locked_until", "branch_ids"})
