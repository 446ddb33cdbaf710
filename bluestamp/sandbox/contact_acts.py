"""What a person does to a contact in Xero's own pages: edit, archive, restore, merge."""

from collections.abc import Callable, Mapping

from bluestamp.sandbox import contacts, documents, writing
from bluestamp.sandbox.acts import Act, later
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused, NotFound
from bluestamp.sandbox.kinds import KINDS

Wish = Mapping[str, object]


def edit(act: Act, contact: Contact, wish: Wish) -> Contact:
    """Change fields by their Xero names (`fields`)."""
    fields = wish.get("fields")
    return contacts.change(act, contact, Element(fields if isinstance(fields, dict) else {}))


def archive(act: Act, contact: Contact, wish: Wish) -> Contact:
    """Archive; what stands on the contact stays, and nothing new can be put on it."""
    return contacts.change(act, contact, Element({"ContactStatus": "ARCHIVED"}))


def restore(act: Act, contact: Contact, wish: Wish) -> Contact:
    """Bring an archived contact back; one that was merged stays where it went."""
    if contact.merged_to:
        raise ElementRefused(["A contact that was merged can't be restored"])
    return contacts.change(act, contact, Element({"ContactStatus": "ACTIVE"}))


def merge(act: Act, contact: Contact, wish: Wish) -> Contact:
    """Merge into another contact (`into`, an id or a name): all documents go there, this one is archived for good.

    From developer.xero.com, api/accounting/contacts: the merged contact is ARCHIVED with MergedToContactID.
    """
    winner = _winner(act, contact, str(wish.get("into") or ""))
    for row in act.store.all(
        "SELECT body FROM documents WHERE organisation = ? AND contact = ?", act.organisation.id, contact.id
    ):
        document = documents.from_row(row)
        document.contact_id = winner.id
        writing.resave(act, KINDS[document.kind], document)
    for customer, flag in ((True, contact.is_customer), (False, contact.is_supplier)):
        if flag:
            contacts.mark_as(act, winner.id, customer=customer)
    contact.status, contact.merged_to = "ARCHIVED", winner.id
    _keep(act, contact, f"Merged into {winner.name}")
    _keep(act, load(act, winner.id), f"{contact.name} was merged into this contact")
    return contact


Verb = Callable[[Act, Contact, Wish], Contact]
VERBS: Mapping[str, Verb] = {"edit": edit, "archive": archive, "restore": restore, "merge": merge}


def do(act: Act, contact_id: str, verb: str, wish: Wish) -> Contact:
    """Do one of VERBS to a contact. Raises NotFound, ElementRefused."""
    if verb not in VERBS:
        raise NotFound
    return VERBS[verb](act, load(act, contact_id), wish)


def load(act: Act, contact_id: str) -> Contact:
    """A contact of the organisation. Raises NotFound."""
    found = contacts.find(act.store, act.organisation.id, contact_id)
    if found is None:
        raise NotFound
    return found


def open_verbs(contact: Contact) -> list[str]:
    """What a person may do to it now, for the buttons."""
    if contact.merged_to:
        return []
    return ["restore"] if contact.status == "ARCHIVED" else ["edit", "archive", "merge"]


def _winner(act: Act, contact: Contact, named: str) -> Contact:
    organisation = act.organisation.id
    found = contacts.find(act.store, organisation, named) or contacts.find_by_name(
        act.store, organisation, named
    )
    if found is None or found.status != "ACTIVE":
        raise ElementRefused(["The contact to merge into could not be found among the active ones"])
    if found.id == contact.id:
        raise ElementRefused(["A contact can't be merged into itself"])
    return found


def _keep(act: Act, contact: Contact, details: str) -> None:
    contact.updated_ms = later(act, contact.updated_ms)
    contacts.store_contact(act.store, act.organisation.id, contact)
    act.note(contact.id, "Merged", details)
    act.announce(category="CONTACT", resource=contact.id, created=False)
