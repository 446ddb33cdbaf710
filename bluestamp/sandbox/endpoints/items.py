"""/Items: by ItemID or Code, never paged, as many as 500 a call."""

from typing import cast

from bluestamp.sandbox import elements, items, listings, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.endpoints.batches import Invalid, Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.items import Item
from bluestamp.sandbox.listings import Selection

MOST = 500
ECHOED = ("ItemID", "Code", "Name", "Description", "PurchaseDescription", "IsSold", "IsPurchased")


def _written(act: Act, done: list[object]) -> list[wire.Json]:
    return [items.render(item, act.unit_places) for item in cast(list[Item], done)]


def _echo(element: Element) -> wire.Json:
    return {"ItemID": wire.NIL} | {name: element.sent[name] for name in ECHOED if name in element}


NOUN = Noun("Items", "", _written, _echo)


def index(call: Call) -> Result:
    """GET /Items."""
    selection = Selection("items", listings.ITEM_COLUMNS)
    selection.narrow("organisation = ?", call.act.organisation.id)
    selection.narrow_by(call.query, call.since)
    found = [items.from_row(row) for row in selection.all(call.act.store)]
    return Result("Items", [items.render(item, call.act.unit_places) for item in found])


def show(call: Call, name: str) -> Result:
    """GET /Items/{ItemID or Code}."""
    return Result("Items", [items.render(_find(call.act, name), call.act.unit_places)])


def create(call: Call) -> Result:
    """PUT /Items."""
    return write(call, NOUN, _sent(call), items.create)


def upsert(call: Call) -> Result:
    """POST /Items."""
    return write(call, NOUN, _sent(call), items.upsert)


def change(call: Call, name: str) -> Result:
    """POST /Items/{ItemID or Code}."""
    known = _find(call.act, name).id
    return write(call, NOUN, _sent(call)[:1], lambda act, element: items.upsert(act, element, known))


def remove(call: Call, name: str) -> Result:
    """DELETE /Items/{ItemID or Code}: 204."""
    items.remove(call.act, _find(call.act, name))
    return Result(status=204)


def _sent(call: Call) -> list[Element]:
    sent = elements.read(call.raw, "Items")
    if len(sent) > MOST:
        raise Invalid(
            [{"ValidationErrors": [{"Message": f"No more than {MOST} items can be written in a call."}]}]
        )
    return sent


def _find(act: Act, name: str) -> Item:
    found = items.find(act.store, act.organisation.id, name)
    if found is None:
        raise NotFound
    return found
