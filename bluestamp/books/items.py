"""Items: the master list of what the studio sells and buys again and again, and how each ledger books it.

active ⇄ archived     an archived one is offered no more; lines that came of it keep their words and figures

An item is the studio's own work, or a cost that a third party is paid for. It has, for each ledger, a sales account and
rate and a purchase account and rate; the kind of document decides which of the two a line gets (bookkeeping rule 9).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Final

from django.db import IntegrityError, models, transaction
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Lower

from bluestamp.books import companies, ledgers
from bluestamp.books.codes import Coded, ItemCodes
from bluestamp.books.companies import Company
from bluestamp.books.ledgers import Ledger
from bluestamp.errors import Conflict, Invalid, InvalidFields, NotFound
from bluestamp.money import amounts
from bluestamp.money.amounts import UNIT
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
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


@dataclass(frozen=True, kw_only=True)
class ItemDraft:
    """All of an item that a person can change. With a cost and a mark-up the rate follows from them."""

    name: str
    description: str = ""
    unit: str = ""
    rate: Decimal = ZERO
    cost: Decimal | None = None
    markup_percent: Decimal | None = None
    supplier_id: str | None = None
    is_cost: bool = False


@dataclass(frozen=True, kw_only=True)
class CodesDraft:
    """How a ledger shall book an item; "" for nothing of its own."""

    sales_account_code: str = ""
    sales_tax_type: str = ""
    purchase_account_code: str = ""
    purchase_tax_type: str = ""


class Stale(Conflict):
    """Somebody changed the item first; `fresh` is what it is now."""

    code = "STALE"

    def __init__(self, fresh: Item) -> None:
        super().__init__("Somebody changed this item while you had it open. Here is what it says now.")
        self.fresh = fresh


def find(item_id: str) -> Item:
    """Return an item of the open studio. Raises NotFound."""
    found = Item.objects.select_related("supplier").filter(pk=item_id).first()
    if found is None:
        raise NotFound("There is no such item.")
    return found


def search(text: str, *, limit: int = 20) -> list[Item]:
    """Return active items whose name contains the text, those beginning with it first, then by name."""
    words = " ".join(text.split())
    rows = Item.objects.select_related("supplier").filter(is_active=True, name__icontains=words)
    begins_first = Case(When(name__istartswith=words, then=Value(0)), default=Value(1))
    return list(rows.order_by(begins_first, Lower("name"), "id")[:limit])


def draft_of(item: Item) -> ItemDraft:
    """Return a stored item as a draft, so that some of it can be changed."""
    return ItemDraft(**{field.name: getattr(item, field.name) for field in fields(ItemDraft)})


def codes_of(item: Item) -> dict[str, CodesDraft]:
    """Return how each ledger books the item, by the ledger's id; ledgers that say nothing are left out."""
    return {
        row.ledger_id: CodesDraft(**{field.name: getattr(row, field.name) for field in fields(CodesDraft)})
        for row in ItemCode.objects.filter(item=item)
    }


def codes_for(ledger: Ledger | None, kind: str, lines: Iterable[Coded]) -> dict[str, ItemCodes]:
    """Return how the ledger books the items of these lines in a document of this kind, by the item's id (rule 9).

    Every item that there is stands in it, with blank codes where nothing is said; two queries, however many lines.
    """
    wanted = {line.master_id for line in lines if line.master_id}
    if not wanted:
        return {}
    names = dict(Item.objects.filter(pk__in=wanted).values_list("pk", "name"))
    said = {row.item_id: row for row in ItemCode.objects.filter(ledger=ledger, item_id__in=names)}
    side = "sales" if ledgers.sells(kind) else "purchase"
    return {
        pk: ItemCodes(
            name=name,
            account_code=getattr(said.get(pk), f"{side}_account_code", ""),
            tax_type=getattr(said.get(pk), f"{side}_tax_type", ""),
        )
        for pk, name in names.items()
    }


# Verbs


def create(draft: ItemDraft, *, by: Actor, now: dt.datetime) -> Item:
    """Put an item on the list. Refuses NotPermitted, NotFound (supplier), InvalidFields."""
    permissions.require(by, Action.EDIT_ITEMS)
    draft = _completed(draft)
    with transaction.atomic():
        _refuse_faults(draft)
        item = Item(studio_id=by.studio_id, created_at=now, changed_at=now, **asdict(draft))
        _save(item, None)
        _record(item, "created", f"Added {item.name}.", by=by, now=now)
    return item


def edit(*, item_id: str, version: int, draft: ItemDraft, by: Actor, now: dt.datetime) -> Item:
    """Change an item; saving what it already says changes nothing. Lines that came of it stay as they are.

    Refuses NotPermitted, NotFound, Stale, InvalidFields.
    """
    permissions.require(by, Action.EDIT_ITEMS)
    draft = _completed(draft)
    with transaction.atomic():
        item = _locked(item_id)
        if item.version != version:
            raise Stale(item)
        _refuse_faults(draft)
        changed = [name for name, value in asdict(draft).items() if getattr(item, name) != value]
        for name in changed:
            setattr(item, name, getattr(draft, name))
        if changed:
            _save_next_version(item, changed, now=now)
            _record(item, "edited", f"Changed {item.name}.", by=by, now=now)
    return item


def archive(*, item_id: str, by: Actor, now: dt.datetime) -> Item:
    """Offer the item no more. Refuses NotPermitted, NotFound."""
    return _move(item_id, is_active=False, by=by, now=now)


def restore(*, item_id: str, by: Actor, now: dt.datetime) -> Item:
    """Offer the item again. Refuses NotPermitted, NotFound, InvalidFields when another has its name by now."""
    return _move(item_id, is_active=True, by=by, now=now)


def set_codes(*, item_id: str, ledger_id: str, codes: CodesDraft, by: Actor, now: dt.datetime) -> None:
    """Say how a ledger books the item; saying nothing forgets what was said.

    Refuses NotPermitted, NotFound (item, ledger), InvalidFields for codes that the ledger does not have. Codes that
    stood there before may stay, for they are flagged where they are used.
    """
    permissions.require(by, Action.EDIT_ITEMS)
    with transaction.atomic():
        item, ledger = _locked(item_id), ledgers.find(ledger_id)
        before = codes_of(item).get(ledger_id, CodesDraft())
        if codes == before:
            return
        faults = [*_faults_of_codes(ledger, codes, before)]
        if faults:
            raise InvalidFields(faults)
        if codes == CodesDraft():
            ItemCode.objects.filter(item=item, ledger=ledger).delete()
        else:
            ItemCode.objects.update_or_create(
                studio_id=by.studio_id, item=item, ledger=ledger, defaults=asdict(codes)
            )
        sentence = f"Changed how {ledger.name} books {item.name}."
        _record(item, "codes_set", sentence, by=by, now=now)


# Steps


def _locked(item_id: str) -> Item:
    found = Item.objects.select_for_update().filter(pk=item_id).first()
    if found is None:
        raise NotFound("There is no such item.")
    return found


def _move(item_id: str, *, is_active: bool, by: Actor, now: dt.datetime) -> Item:
    permissions.require(by, Action.EDIT_ITEMS)
    with transaction.atomic():
        item = _locked(item_id)
        if item.is_active != is_active:
            item.is_active = is_active
            _save_next_version(item, ["is_active"], now=now)
            verb = "restored" if is_active else "archived"
            _record(item, verb, f"{verb.capitalize()} {item.name}.", by=by, now=now)
    return item


def _save_next_version(item: Item, changed: list[str], *, now: dt.datetime) -> None:
    item.version += 1
    item.changed_at = now
    _save(item, [*changed, "version", "changed_at"])


def _save(item: Item, changed: list[str] | None) -> None:
    """Save the item, all of a new one; somebody may have added one of that name since, so the database decides."""
    try:
        with transaction.atomic():
            item.save(force_insert=changed is None, update_fields=changed)
    except IntegrityError as error:
        if "item_name_once" not in str(error):
            raise
        raise InvalidFields([Invalid(f"There is an item {item.name} already.", field="name")]) from None


def _completed(draft: ItemDraft) -> ItemDraft:
    """Without spaces at the ends; the rate reckoned where a cost is marked up."""
    draft = replace(
        draft,
        name=" ".join(draft.name.split()),
        description=draft.description.strip(),
        unit=draft.unit.strip(),
        supplier_id=draft.supplier_id or None,
    )
    if draft.cost is None or draft.markup_percent is None or not _are_figures(draft):
        return draft
    return replace(draft, rate=amounts.to_unit(draft.cost * (100 + draft.markup_percent) / 100))


def _are_figures(draft: ItemDraft) -> bool:
    return not any(_figure_faults(draft))


def _refuse_faults(draft: ItemDraft) -> None:
    if draft.supplier_id:
        companies.find(draft.supplier_id)
    checks = (
        ("name", not draft.name, "Enter the item's name."),
        ("name", len(draft.name) > 200, "At most 200 letters."),
        ("unit", len(draft.unit) > 30, "At most 30 letters."),
        ("description", len(draft.description) > 3500, "At most 3,500 letters."),
        *((name, "\x00" in getattr(draft, name), "This sign can't be kept.") for name in _TEXTS),
    )
    faults = [Invalid(sentence, field=name) for name, is_fault, sentence in checks if is_fault]
    faults += _figure_faults(draft)
    if faults:
        raise InvalidFields(faults)


_TEXTS: Final = ("name", "unit", "description")


def _figure_faults(draft: ItemDraft) -> Iterator[Invalid]:
    for name in ("rate", "cost", "markup_percent"):
        value: Decimal | None = getattr(draft, name)
        if value is None:
            continue
        if not value.is_finite() or amounts.is_too_large(value):
            yield Invalid("This figure is too large.", field=name)
        elif value % UNIT:
            yield Invalid("At most 4 decimal places.", field=name)
        elif value < 0 and name != "rate":
            yield Invalid("This is not below zero.", field=name)
        elif name == "markup_percent" and value >= 1000:
            yield Invalid("A mark-up is below 1,000 percent.", field=name)


def _faults_of_codes(ledger: Ledger, codes: CodesDraft, before: CodesDraft) -> Iterator[Invalid]:
    accounts = {row.code: row for row in ledger.accounts.filter(is_active=True)}
    rates = {row.tax_type: row for row in ledger.tax_rates.filter(is_active=True)}
    for side in ("sales", "purchase"):
        code, tax_type = (getattr(codes, f"{side}_{name}") for name in ("account_code", "tax_type"))
        account, rate = accounts.get(code), rates.get(tax_type)
        if (
            code
            and code != getattr(before, f"{side}_account_code")
            and (account is None or not account.may_stand_on_lines)
        ):
            sentence = f"{ledger.name} has no active account {code} for lines."
            yield Invalid(sentence, field=f"{side}_account_code")
        if tax_type and tax_type != getattr(before, f"{side}_tax_type") and rate is None:
            yield Invalid(f"{ledger.name} has no active tax rate {tax_type}.", field=f"{side}_tax_type")
        elif account and rate and not rate.goes_with(account.account_class):
            sentence = f"{rate.name} can't be used with account {account.code}."
            yield Invalid(sentence, field=f"{side}_tax_type")


def _record(item: Item, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(by=by, verb=f"{KIND}.{verb}", kind=KIND, subject_id=item.id, sentence=sentence, now=now)
