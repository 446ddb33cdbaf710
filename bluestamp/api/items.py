"""The master list of items, and how each ledger books them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

from django.db.models.functions import Lower
from ninja import Query, Router

from bluestamp.api import documents as common
from bluestamp.api import wire
from bluestamp.api.callers import Call
from bluestamp.api.documents import Act
from bluestamp.api.wire import Figure, Id, Named, Page, Paged, Shape, Unit, Version, Words
from bluestamp.books import items
from bluestamp.books.items import CodesDraft, Item, ItemDraft

KIND: Final = "item"

router = Router(tags=["items"], by_alias=True)


class CodesWrite(Shape):
    """How a ledger shall book an item; "" for nothing of its own."""

    sales_account_code: Words = ""
    sales_tax_type: Words = ""
    purchase_account_code: Words = ""
    purchase_tax_type: Words = ""


class CodesShown(Shape):
    """How one ledger books an item; "" where it says nothing."""

    ledger_id: str
    sales_account_code: str
    sales_tax_type: str
    purchase_account_code: str
    purchase_tax_type: str


class ItemShown(Shape):
    """An item. `rate` is what a client pays for a unit, `cost` what a third party takes for it, both without tax."""

    id: str
    name: str
    description: str
    unit: str
    rate: Unit
    cost: Unit | None
    markup_percent: Unit | None
    supplier: Named | None
    is_cost: bool
    is_active: bool
    codes: list[CodesShown]
    version: int
    created_at: dt.datetime
    changed_at: dt.datetime


class ItemWrite(Shape):
    """An item to write. With a cost and a mark-up the rate follows from them."""

    name: Words
    description: Words = ""
    unit: Words = ""
    rate: Figure = Decimal(0)
    cost: Figure | None = None
    markup_percent: Figure | None = None
    supplier_id: Id | None = None
    is_cost: bool = False


class ItemReplace(ItemWrite):
    """An item to write in place of the version that the caller has seen."""

    version: Version


class ItemsAsked(Paged):
    """What the list is narrowed to; archived ones only when they are asked for."""

    is_cost: bool | None = None
    archived: bool = False
    search: Words = ""


@router.get("", response=Page[ItemShown])
def index(request: Call, asked: Query[ItemsAsked]) -> Page[ItemShown]:
    """List items by name."""
    rows = Item.objects.select_related("supplier").prefetch_related("codes")
    rows = rows.filter(is_active=not asked.archived, name__icontains=asked.search.strip())
    if asked.is_cost is not None:
        rows = rows.filter(is_cost=asked.is_cost)
    found, about = wire.slice_of(rows.order_by(Lower("name"), "id"), asked)
    return Page(items=[shown(row) for row in found], **about)


@router.post("", response={201: ItemShown})
def create(request: Call, body: ItemWrite) -> ItemShown:
    """Put an item on the list."""
    return shown(items.create(ItemDraft(**body.model_dump()), **request.caller.act))


@router.get("/{item_id}", response=ItemShown)
def read(request: Call, item_id: Id) -> ItemShown:
    """Read one item."""
    return shown(items.find(item_id))


@router.put("/{item_id}", response=ItemShown)
def replace(request: Call, item_id: Id, body: ItemReplace) -> ItemShown:
    """Replace what an item says; lines that came of it stay as they are."""
    draft = ItemDraft(**body.model_dump(exclude={"version"}))
    items.edit(item_id=item_id, version=body.version, draft=draft, **request.caller.act)
    return shown(items.find(item_id))


@router.post("/{item_id}/archive", response=ItemShown)
def archive(request: Call, item_id: Id) -> ItemShown:
    """Offer it no more."""
    items.archive(item_id=item_id, **request.caller.act)
    return shown(items.find(item_id))


@router.delete("/{item_id}/archive", response=ItemShown)
def restore(request: Call, item_id: Id) -> ItemShown:
    """Offer it again."""
    items.restore(item_id=item_id, **request.caller.act)
    return shown(items.find(item_id))


@router.put("/{item_id}/codes/{ledger_id}", response=ItemShown)
def set_codes(request: Call, item_id: Id, ledger_id: Id, body: CodesWrite) -> ItemShown:
    """Say how a ledger books the item."""
    codes = CodesDraft(**body.model_dump())
    items.set_codes(item_id=item_id, ledger_id=ledger_id, codes=codes, **request.caller.act)
    return shown(items.find(item_id))


@router.get("/{item_id}/history", response=list[Act])
def history(request: Call, item_id: Id) -> list[Act]:
    """What was done to the item, newest first."""
    return common.acts(KIND, items.find(item_id).pk)


# Steps


def shown(found: Item) -> ItemShown:
    """An item as JSON."""
    same = {
        name: getattr(found, name) for name in ItemShown.model_fields if name not in ("supplier", "codes")
    }
    supplier = Named(id=found.supplier.pk, name=found.supplier.name) if found.supplier else None
    codes = [
        CodesShown(**{name: getattr(row, name) for name in CodesShown.model_fields})
        for row in sorted(found.codes.all(), key=lambda row: row.ledger_id)
    ]
    return ItemShown(**same, supplier=supplier, codes=codes)
