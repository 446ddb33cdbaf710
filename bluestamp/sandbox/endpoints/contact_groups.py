"""/ContactGroups and the contacts in them."""

from typing import cast

from bluestamp.sandbox import contact_groups, contacts, elements, listings, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.contact_groups import Group
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.endpoints.batches import Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.listings import Selection


def _written(_: Act, done: list[object]) -> list[wire.Json]:
    return [contact_groups.render(group) for group in cast(list[Group], done)]


def _echo(element: Element) -> wire.Json:
    said = {name: element.sent[name] for name in ("Name", "Status") if name in element}
    return {"ContactGroupID": element.text("ContactGroupID") or wire.NIL, **said, "Contacts": []}


def _contacts_written(_: Act, done: list[object]) -> list[wire.Json]:
    return [
        {"ContactID": contact_id, "Addresses": [], "Phones": [], "ContactGroups": [], "ContactPersons": []}
        for contact_id in cast(list[str], done)
    ]


def _contact_echo(element: Element) -> wire.Json:
    return {"ContactID": element.text("ContactID") or wire.NIL}


NOUN = Noun("ContactGroups", "HasValidationErrors", _written, _echo)
CONTACTS = Noun("Contacts", "HasValidationErrors", _contacts_written, _contact_echo)


def index(call: Call) -> Result:
    """GET /ContactGroups: without their contacts."""
    selection = Selection("contact_groups", listings.CONTACT_GROUP_COLUMNS, order="name ASC, id ASC")
    selection.narrow("organisation = ? AND status = 'ACTIVE'", call.act.organisation.id)
    selection.narrow_by(call.query, None)
    rows = selection.all(call.act.store)
    return Result("ContactGroups", [contact_groups.render(contact_groups.from_row(row)) for row in rows])


def show(call: Call, name: str) -> Result:
    """GET /ContactGroups/{ContactGroupID}: with its contacts."""
    group = _find(call.act, name)
    held = contacts.find_many(call.act.store, set(contact_groups.members(call.act, group)))
    shown = [contacts.render_short(contact) for contact in sorted(held.values(), key=lambda each: each.name)]
    return Result("ContactGroups", [contact_groups.render(group, shown)])


def create(call: Call) -> Result:
    """PUT /ContactGroups."""
    return write(call, NOUN, elements.read(call.raw, "ContactGroups"), contact_groups.create)


def upsert(call: Call) -> Result:
    """POST /ContactGroups."""
    return write(call, NOUN, elements.read(call.raw, "ContactGroups"), contact_groups.upsert)


def change(call: Call, name: str) -> Result:
    """POST /ContactGroups/{ContactGroupID}: a new name, or Status DELETED."""
    known = _find(call.act, name).id
    first = elements.read(call.raw, "ContactGroups")[:1]
    return write(call, NOUN, first, lambda act, element: contact_groups.upsert(act, element, known))


def add(call: Call, name: str) -> Result:
    """PUT /ContactGroups/{ContactGroupID}/Contacts."""
    group = _find(call.act, name)
    sent = elements.read(call.raw, "Contacts")
    return write(call, CONTACTS, sent, lambda act, element: contact_groups.add(act, group, element))


def empty(call: Call, name: str) -> Result:
    """DELETE /ContactGroups/{ContactGroupID}/Contacts: 204."""
    contact_groups.remove(call.act, _find(call.act, name))
    return Result(status=204)


def remove(call: Call, name: str, contact: str) -> Result:
    """DELETE /ContactGroups/{ContactGroupID}/Contacts/{ContactID}: 204."""
    if not contact_groups.remove(call.act, _find(call.act, name), contact):
        raise NotFound
    return Result(status=204)


def _find(act: Act, name: str) -> Group:
    found = contact_groups.find(act, name)
    if found is None:
        raise NotFound
    return found
