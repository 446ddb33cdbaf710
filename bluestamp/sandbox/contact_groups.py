"""Contact groups: names under which contacts stand together. A hundred at most (api/accounting/contactgroups)."""

from dataclasses import dataclass

from bluestamp.sandbox import contacts, wire
from bluestamp.sandbox.acts import Act, new_id
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.store import Row, Store, marks

STATUSES = frozenset({"ACTIVE", "DELETED"})
MOST, MAX_NAME = 100, 100


@dataclass
class Group:
    """One contact group."""

    id: str
    name: str
    status: str = "ACTIVE"


def from_row(row: Row) -> Group:
    """A group as stored."""
    return Group(row["id"], row["name"], row["status"])


def find(act: Act, group_id: str) -> Group | None:
    """A group by its id, if it isn't deleted."""
    row = act.store.one(
        "SELECT * FROM contact_groups WHERE organisation = ? AND id = ? AND status = 'ACTIVE'",
        act.organisation.id,
        group_id.lower(),
    )
    return from_row(row) if row else None


def create(act: Act, element: Element) -> Group:
    """Create a group (PUT). Raises ElementRefused."""
    sql = "SELECT COUNT(*) FROM contact_groups WHERE organisation = ? AND status = 'ACTIVE'"
    if int(act.store.scalar(sql, act.organisation.id)) >= MOST:
        raise ElementRefused([f"You’ve reached the limit of {MOST} contact groups."])
    return _write(act, Group(id=new_id(), name=""), element)


def upsert(act: Act, element: Element, known: str | None = None) -> Group:
    """Rename or delete the group that the path or ContactGroupID points at, else create one (POST)."""
    wanted = known or element.text("ContactGroupID")
    found = find(act, wanted) if wanted else None
    if wanted and found is None:
        raise ElementRefused(
            [f"The contact group with the specified ContactGroupID {wanted} could not be found."]
        )
    return _write(act, found, element) if found else create(act, element)


def add(act: Act, group: Group, element: Element) -> str:
    """Put a contact into a group; the contact's id. Raises ElementRefused."""
    wanted = element.text("ContactID") or ""
    contact = contacts.find(act.store, act.organisation.id, wanted)
    if contact is None:
        raise ElementRefused([f"The contact with the specified ContactID {wanted} could not be found."])
    act.store.put("contact_group_members", contact_group=group.id, contact=contact.id)
    return contact.id


def remove(act: Act, group: Group, contact_id: str | None = None) -> int:
    """Take one contact, or all, out of a group; how many went."""
    if contact_id is None:
        return act.store.run("DELETE FROM contact_group_members WHERE contact_group = ?", group.id)
    return act.store.run(
        "DELETE FROM contact_group_members WHERE contact_group = ? AND contact = ?",
        group.id,
        contact_id.lower(),
    )


def members(act: Act, group: Group) -> list[str]:
    """The ids of a group's contacts."""
    rows = act.store.all("SELECT contact FROM contact_group_members WHERE contact_group = ?", group.id)
    return [row["contact"] for row in rows]


def of_contacts(store: Store, ids: list[str]) -> dict[str, list[wire.Json]]:
    """The groups of each contact, as a contact shows them, in one query."""
    rows = store.all(
        "SELECT m.contact, g.* FROM contact_group_members m JOIN contact_groups g ON g.id = m.contact_group"
        f" WHERE g.status = 'ACTIVE' AND m.contact IN ({marks(ids)}) ORDER BY g.name",
        *ids,
    )
    found: dict[str, list[wire.Json]] = {}
    for row in rows:
        found.setdefault(row["contact"], []).append(render(from_row(row)))
    return found


def render(group: Group, held: list[wire.Json] | None = None) -> wire.Json:
    """One group; only a single one carries its contacts."""
    return {
        "ContactGroupID": group.id,
        "Name": group.name,
        "Status": group.status,
        "Contacts": held or [],
        "HasValidationErrors": False,
    }


def _write(act: Act, group: Group, element: Element) -> Group:
    name = element.text("Name") or group.name
    sql = (
        "SELECT id FROM contact_groups WHERE organisation = ? AND name = ? AND status = 'ACTIVE' AND id != ?"
    )
    if not name or len(name) > MAX_NAME or act.store.scalar(sql, act.organisation.id, name, group.id):
        raise ElementRefused(["Please enter a unique Name."])
    group.name = name
    group.status = element.choice("Status", STATUSES) or group.status
    act.store.put(
        "contact_groups", id=group.id, organisation=act.organisation.id, name=group.name, status=group.status
    )
    return group
