"""/PurchaseOrders."""

from typing import cast

from bluestamp.sandbox import elements, listings, purchase_order_pages, purchase_orders, wire, writing
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.document_pages import Detail
from bluestamp.sandbox.documents import Document, from_row
from bluestamp.sandbox.endpoints import echoes
from bluestamp.sandbox.endpoints.batches import Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.kinds import PURCHASE_ORDER
from bluestamp.sandbox.listings import Paging, Selection


def _written(act: Act, done: list[object]) -> list[dict[str, object]]:
    return purchase_order_pages.render(act, cast(list[Document], done), Detail.FULL)


NOUN = Noun("PurchaseOrders", "HasErrors", _written, echoes.purchase_order)


def index(call: Call) -> Result:
    """GET /PurchaseOrders: always paged; Status, DateFrom, DateTo and order, but no where."""
    act, query = call.act, call.query
    selection = Selection("documents", listings.PURCHASE_ORDER_COLUMNS)
    selection.narrow("organisation = ? AND kind = 'PURCHASEORDER'", act.organisation.id)
    selection.narrow_in("status", query.get("Status") or query.get("status"))
    for name, condition in (("DateFrom", "dated >= ?"), ("DateTo", "dated <= ?")):
        given = query.get(name) or query.get(name[0].lower() + name[1:])
        if given:
            selection.narrow(condition, wire.read_day(given, name).isoformat())
    selection.narrow_by({name: value for name, value in query.items() if name != "where"}, call.since)
    paging = listings.paging(query, forced=True) or Paging(1, listings.DEFAULT_PAGE_SIZE)
    found = [from_row(row) for row in selection.page(act.store, paging)]
    items = purchase_order_pages.render(act, found, Detail.LISTED)
    return Result("PurchaseOrders", items, pagination=paging.render(selection.count(act.store)))


def show(call: Call, name: str) -> Result:
    """GET /PurchaseOrders/{PurchaseOrderID or PurchaseOrderNumber}."""
    return Result(
        "PurchaseOrders", purchase_order_pages.render(call.act, [_find(call.act, name)], Detail.FULL)
    )


def create(call: Call) -> Result:
    """PUT /PurchaseOrders."""
    return write(call, NOUN, elements.read(call.raw, "PurchaseOrders"), purchase_orders.create)


def upsert(call: Call) -> Result:
    """POST /PurchaseOrders."""
    return write(call, NOUN, elements.read(call.raw, "PurchaseOrders"), purchase_orders.upsert)


def change(call: Call, name: str) -> Result:
    """POST /PurchaseOrders/{PurchaseOrderID or PurchaseOrderNumber}."""
    known = _find(call.act, name).id
    first = elements.read(call.raw, "PurchaseOrders")[:1]
    return write(call, NOUN, first, lambda act, element: purchase_orders.upsert(act, element, known))


def _find(act: Act, name: str) -> Document:
    found = writing.find(act, PURCHASE_ORDER, name)
    if found is None:
        raise NotFound
    return found
