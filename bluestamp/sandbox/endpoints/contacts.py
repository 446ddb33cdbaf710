"""/Contacts."""

from typing import cast

from bluestamp.sandbox import contact_groups, contact_pages, contacts, elements, listings
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.endpoints import echoes
from bluestamp.sandbox.endpoints.batches import Noun, write
from bluestamp.sandbox.endpoints.calls import Call, Result
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.listings import Selection, is_on


def _written(_: Act, done: list[object]) -> list[dict[str, object]]:
    return [contact_pages.render(contact) for contact in cast(list[Contact], done)]


NOUN = Noun("Contacts", "HasValidationErrors", _written, echoes.contact)


def index(call: Call) -> Result:
    """GET /Contacts: archived ones only with includeArchived=true."""
    act, query = call.act, call.query
    selection = Selection("contacts", listings.CONTACT_COLUMNS)
    selection.narrow("organisation = ?", act.organisation.id)
    if not is_on(query, "includeArchived"):
        selection.narrow("status = 'ACTIVE'")
    selection.narrow_in("id", query.get("IDs"))
    if query.get("searchTerm"):
        selection.narrow("instr(search, ?)", query["searchTerm"].lower())
    selection.narrow_by(query, call.since)
    summary = is_on(query, "summaryOnly")
    paging = listings.paging(query, forced=summary)
    if paging is None:
        found = [contacts.from_row(row) for row in selection.all(act.store)]
        return Result("Contacts", [contact_pages.render(contact, detailed=False) for contact in found])
    found = [contacts.from_row(row) for row in selection.page(act.store, paging)]
    items = (
        [contact_pages.render_summary(contact) for contact in found]
        if summary
        else _with_balances(act, found)
    )
    return Result("Contacts", items, pagination=paging.render(selection.count(act.store)))


def show(call: Call, name: str) -> Result:
    """GET /Contacts/{ContactID or ContactNumber}."""
    return Result("Contacts", _with_balances(call.act, [_find(call.act, name)]))


def create(call: Call) -> Result:
    """PUT /Contacts."""
    return write(call, NOUN, elements.read(call.raw, "Contacts"), contacts.create)


def upsert(call: Call) -> Result:
    """POST /Contacts."""
    return write(call, NOUN, elements.read(call.raw, "Contacts"), contacts.upsert)


def change(call: Call, name: str) -> Result:
    """POST /Contacts/{ContactID or ContactNumber}."""
    known = _find(call.act, name).id
    first = elements.read(call.raw, "Contacts")[:1]
    return write(call, NOUN, first, lambda act, element: contacts.upsert(act, element, known))


def _find(act: Act, name: str) -> Contact:
    found = contacts.find(act.store, act.organisation.id, name)
    found = found or contacts.find_by_number(act.store, act.organisation.id, name)
    if found is None:
        raise NotFound
    return found


def _with_balances(act: Act, found: list[Contact]) -> list[dict[str, object]]:
    ids = [contact.id for contact in found]
    owed = contact_pages.balances(act.store, ids, act.today)
    groups = contact_groups.of_contacts(act.store, ids)
    return [
        contact_pages.render(contact, owed.get(contact.id), groups.get(contact.id, [])) for contact in found
    ]
