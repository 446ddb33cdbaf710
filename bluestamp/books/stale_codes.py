"""Stale codes: accounts and tax rates that a ledger no longer has, wherever they are still used, and how to replace them.

A code vanishes when its account is archived or its rate ended, mostly elsewhere. What is with a client or in the ledger
keeps what it says; items, defaults and drafts are what will be used again, so these are looked through and replaced.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from django.db import transaction
from django.db.models import Q

from bluestamp.books import (
    credit_notes,
    documents,
    expenses,
    invoices,
    keepers,
    ledgers,
    purchase_orders,
    quotes,
    supplier_credits,
)
from bluestamp.books.documents import Document
from bluestamp.books.items import ItemCode
from bluestamp.books.ledgers import Ledger
from bluestamp.errors import Invalid, Refusal
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

#: What a code is the code of, and what lines call it.
Of = Literal["account", "tax_rate"]
COLUMN: Final[Mapping[str, str]] = MappingProxyType({"account": "account_code", "tax_rate": "tax_type"})
ITEM_COLUMNS: Final = {
    "account": ("sales_account_code", "purchase_account_code"),
    "tax_rate": ("sales_tax_type", "purchase_tax_type"),
}
#: The default that no line takes: the account that payments go into.
PAYMENTS: Final = "payments_account_code"
DEFAULTS: Final = {
    "account": ("revenue_account_code", "expense_account_code", PAYMENTS),
    "tax_rate": ("revenue_tax_type", "expense_tax_type"),
}


@dataclass(frozen=True, kw_only=True)
class StaleCode:
    """A code that the ledger no longer has, with how often it is still used."""

    of: Of
    code: str
    name: str
    items: int = 0
    defaults: int = 0
    drafts: int = 0

    @property
    def uses(self) -> int:
        """How many places name it."""
        return self.items + self.defaults + self.drafts


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """What was replaced, and which drafts could not be changed, each with why."""

    items: int
    defaults: int
    drafts: int
    left: list[tuple[Document, str]] = field(default_factory=list)

    @property
    def places(self) -> str:
        """Where it was replaced, in words."""
        items, defaults = _counted(self.items, "item"), _counted(self.defaults, "default")
        return f"{items}, {defaults} and {_counted(self.drafts, 'draft')}"


def stale_codes(ledger: Ledger) -> list[StaleCode]:
    """Return the codes that items, defaults and drafts name and the ledger no longer has, accounts first."""
    return [code for of in _BOTH for code in _stale(ledger, of)]


def replace_code(*, ledger_id: str, of: Of, old: str, new: str, by: Actor, now: dt.datetime) -> Replaced:
    """Put another account or rate in place of one, in every item, default and draft of the ledger.

    The account for payments is replaced by one that takes payments only, and every other by one that lines may name. A
    draft that refuses the change is left as it is and named. Refuses NotPermitted, NotFound, Invalid at `new`.
    """
    permissions.require(by, Action.EDIT_LEDGERS)
    with transaction.atomic():
        ledger = ledgers.find(ledger_id)
        fit = _fit(ledger, of, new)
        _refuse_unusable(ledger, of, old, new, fit)
        in_items = _replace_in_items(ledger, of, old, new) if fit.lines else 0
        changed, left = _replace_in_drafts(ledger, of, old, new, by=by, now=now) if fit.lines else (0, [])
        in_defaults = _replace_defaults(ledger, of, old, new, fit)
        replaced = Replaced(items=in_items, defaults=in_defaults, drafts=changed, left=left)
        _refuse_nothing(replaced, ledger, of, old, new)
        activity.record(
            by=by,
            verb="ledger.code_replaced",
            kind="ledger",
            subject_id=ledger.id,
            sentence=f"Replaced {old} by {new} in {replaced.places}.",
            now=now,
        )
    return replaced


# Steps


def _counted(many: int, noun: str) -> str:
    return f"{many} {noun}" if many == 1 else f"{many} {noun}s"


_BOTH: Final[tuple[Of, ...]] = ("account", "tax_rate")


def _stale(ledger: Ledger, of: Of) -> Iterator[StaleCode]:
    rows: Any = ledger.accounts if of == "account" else ledger.tax_rates
    key = "code" if of == "account" else "tax_type"
    names = dict(rows.values_list(key, "name"))
    current = set(rows.filter(is_active=True).values_list(key, flat=True))
    uses: dict[str, dict[str, int]] = {}
    for where, code in _uses(ledger, of):
        if code and code not in current:
            counted = uses.setdefault(code, {"items": 0, "defaults": 0, "drafts": 0})
            counted[where] += 1
    for code in sorted(uses):
        yield StaleCode(of=of, code=code, name=names.get(code, ""), **uses[code])


def _uses(ledger: Ledger, of: Of) -> Iterator[tuple[str, str]]:
    """Every place that names a code: where it is, and the code. A draft that names one twice is one place."""
    for values in ItemCode.objects.filter(ledger=ledger).values_list(*ITEM_COLUMNS[of]):
        yield from (("items", code) for code in set(values))
    yield from (("defaults", getattr(ledger, name)) for name in DEFAULTS[of])
    for kind in EDITS:
        column = f"lines__{COLUMN[of]}"
        yield from (
            ("drafts", code) for _, code in _drafts(ledger, kind).values_list("pk", column).distinct()
        )


def _drafts(ledger: Ledger, kind: str) -> Any:
    return documents.KINDS[kind].objects.filter(keepers.kept_in(kind, ledger.id), status="draft").order_by()


@dataclass(frozen=True, kw_only=True)
class _Fit:
    """Where a code may stand: on lines, and so in items and their defaults; where payments go."""

    lines: bool = False
    payments: bool = False


def _fit(ledger: Ledger, of: Of, code: str) -> _Fit:
    if of == "tax_rate":
        return _Fit(lines=ledger.tax_rates.filter(tax_type=code, is_active=True).exists())
    account = ledger.accounts.filter(code=code, is_active=True).exclude(code="").first()
    if account is None:
        return _Fit()
    return _Fit(lines=account.may_stand_on_lines, payments=account.accepts_payments or account.is_bank)


def _takes_payments(ledger: Ledger, of: Of, code: str) -> bool:
    return of == "account" and bool(code) and ledger.payments_account_code == code


def _refuse_unusable(ledger: Ledger, of: Of, old: str, new: str, fit: _Fit) -> None:
    if not fit.lines and not (fit.payments and _takes_payments(ledger, of, old)):
        raise Invalid(f"{ledger.name} has no active {new or 'code of that name'} for lines.", field="new")


def _refuse_nothing(replaced: Replaced, ledger: Ledger, of: Of, old: str, new: str) -> None:
    """Where the code is only the account for payments still, another one that takes none replaces nothing."""
    is_nothing = not (replaced.items or replaced.defaults or replaced.drafts or replaced.left)
    if is_nothing and _takes_payments(ledger, of, old):
        raise Invalid(f"Payments can't go into {new}. Choose an account that takes them.", field="new")


def _replace_in_items(ledger: Ledger, of: Of, old: str, new: str) -> int:
    rows = ItemCode.objects.filter(ledger=ledger)
    first, second = ITEM_COLUMNS[of]
    many = rows.filter(Q(**{first: old}) | Q(**{second: old})).count()
    for name in (first, second):
        rows.filter(**{name: old}).update(**{name: new})
    return many


def _replace_defaults(ledger: Ledger, of: Of, old: str, new: str, fit: _Fit) -> int:
    named = [name for name in DEFAULTS[of] if getattr(ledger, name) == old]
    changed = [name for name in named if (fit.payments if name == PAYMENTS else fit.lines)]
    for name in changed:
        setattr(ledger, name, new)
    if changed:
        ledger.save(update_fields=changed)
    return len(changed)


def _replace_in_drafts(
    ledger: Ledger, of: Of, old: str, new: str, *, by: Actor, now: dt.datetime
) -> tuple[int, list[tuple[Document, str]]]:
    changed, left = 0, []
    for kind, edit in EDITS.items():
        with_old = _drafts(ledger, kind).filter(**{f"lines__{COLUMN[of]}": old}).distinct()
        for document_id in with_old.order_by("pk").values_list("pk", flat=True):
            document = documents.load(kind, document_id)
            try:
                with transaction.atomic():
                    edit(document, COLUMN[of], old, new, by, now)
            except Refusal as refusal:
                left.append((document, refusal.sentence))
            else:
                changed += 1
    return changed, left


Edit = Callable[[Any, str, str, str, Actor, dt.datetime], object]


def _by(draft_of: Callable[[Any], Any], edit: Callable[..., object], id_name: str) -> Edit:
    """Change a document's lines through its noun's own verb, so that it is priced, counted and remembered as ever."""

    def change(document: Any, column: str, old: str, new: str, by: Actor, now: dt.datetime) -> object:
        draft = draft_of(document)
        lines = tuple(
            replace(line, **{column: new}) if getattr(line, column) == old else line for line in draft.lines
        )
        draft = replace(draft, lines=lines)
        return edit(**{id_name: document.pk}, version=document.version, draft=draft, by=by, now=now)

    return change


#: How each kind is edited, in the order in which documents are locked everywhere.
EDITS: Final[Mapping[str, Edit]] = MappingProxyType(
    {
        expenses.KIND: _by(expenses.draft_of, expenses.edit, "expense_id"),
        purchase_orders.KIND: _by(purchase_orders.draft_of, purchase_orders.edit, "order_id"),
        supplier_credits.KIND: _by(supplier_credits.draft_of, supplier_credits.edit, "credit_id"),
        quotes.KIND: _by(quotes.draft_of, quotes.edit, "quote_id"),
        credit_notes.KIND: _by(credit_notes.draft_of, credit_notes.edit, "note_id"),
        invoices.KIND: _by(invoices.draft_of, invoices.edit, "invoice_id"),
    }
)
