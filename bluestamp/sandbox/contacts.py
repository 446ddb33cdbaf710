"""Contacts: a customer, a supplier or both. ACTIVE until ARCHIVED; names are unique among active contacts only.

From developer.xero.com, api/accounting/contacts. IsCustomer and IsSupplier are derived from approved documents and
change without touching UpdatedDateUTC, which is why If-Modified-Since doesn't see them.
"""

import re

import msgspec

from bluestamp.sandbox import terms, wire
from bluestamp.sandbox.acts import Act, later, new_id
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.store import Row, Store, marks

STATUSES = frozenset({"ACTIVE", "ARCHIVED", "GDPRREQUEST"})
ADDRESS_TYPES = frozenset({"POBOX", "STREET"})
PHONE_TYPES = frozenset({"DEFAULT", "DDI", "MOBILE", "FAX", "OFFICE"})
ADDRESS_KEYS = (
    "AddressLine1",
    "AddressLine2",
    "AddressLine3",
    "AddressLine4",
    "City",
    "Region",
    "PostalCode",
    "Country",
    "AttentionTo",
)
PHONE_KEYS = ("PhoneNumber", "PhoneAreaCode", "PhoneCountryCode")
TEXTS = {
    "FirstName": 255,
    "LastName": 255,
    "AccountNumber": 50,
    "CompanyNumber": 50,
    "EmailAddress": 255,
    "TaxNumber": 50,
    "BankAccountDetails": 255,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "DefaultCurrency": 3,
    "SalesDefaultAccountCode": 10,
    "PurchasesDefaultAccountCode": 10,
    "Website": 255,
}
WRITABLE = frozenset(TEXTS) | {
    "Name",
    "ContactStatus",
    "Addresses",
    "Phones",
    "ContactPersons",
    "PaymentTerms",
}
"""Keys that change a contact. Others (ids, and flags that SDKs always send) only point at it."""
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
MAX_PEOPLE = 5


class Contact(msgspec.Struct):
    """One contact. `texts` holds the plain fields by their Xero names."""

    id: str
    name: str
    number: str = ""
    status: str = "ACTIVE"
    texts: dict[str, str] = {}
    addresses: dict[str, dict[str, str]] = {}
    phones: dict[str, dict[str, str]] = {}
    people: list[dict[str, str | bool]] = []
    terms: dict[str, dict[str, str | int]] = {}
    merged_to: str = ""
    has_attachments: bool = False
    is_customer: bool = False
    is_supplier: bool = False
    updated_ms: int = 0


_decoder = msgspec.json.Decoder(Contact)


def find(store: Store, organisation_id: str, contact_id: str) -> Contact | None:
    """A contact by its ContactID."""
    row = store.one(
        "SELECT * FROM contacts WHERE organisation = ? AND id = ?", organisation_id, contact_id.lower()
    )
    return from_row(row) if row else None


def find_by_number(store: Store, organisation_id: str, number: str) -> Contact | None:
    """A contact by its ContactNumber, archived ones too."""
    row = store.one("SELECT * FROM contacts WHERE organisation = ? AND number = ?", organisation_id, number)
    return from_row(row) if row and number else None


def find_by_name(store: Store, organisation_id: str, name: str) -> Contact | None:
    """The active contact of that name, whatever the case."""
    row = store.one(
        "SELECT * FROM contacts WHERE organisation = ? AND name = ? AND status = 'ACTIVE' ORDER BY updated_ms LIMIT 1",
        organisation_id,
        tidy(name),
    )
    return from_row(row) if row else None


def find_many(store: Store, ids: set[str]) -> dict[str, Contact]:
    """Contacts by id, in one query."""
    wanted = sorted(ids)
    rows = store.all(f"SELECT * FROM contacts WHERE id IN ({marks(wanted)})", *wanted)
    return {row["id"]: from_row(row) for row in rows}


def from_row(row: Row) -> Contact:
    """A contact as stored; the derived flags live in columns."""
    contact = _decoder.decode(row["body"])
    contact.is_customer, contact.is_supplier = bool(row["is_customer"]), bool(row["is_supplier"])
    return contact


def create(act: Act, element: Element) -> Contact:
    """Create a contact (PUT). Raises ElementRefused, also for a name or number that exists."""
    if not (element.text("Name") or element.text("ContactID") or element.text("ContactNumber")):
        raise ElementRefused(
            [
                "The Contact must contain at least 1 of the following elements to identify the contact: Name, ContactID, ContactNumber"
            ]
        )
    if not element.text("Name"):
        raise ElementRefused(["The contact name cannot be empty."])
    if element.text("ContactStatus") == "ARCHIVED":
        raise ElementRefused(["The status 'ARCHIVED' is not valid for contacts"])
    contact = Contact(id=new_id(), name="")
    return _save(act, contact, element, created=True)


def upsert(act: Act, element: Element, contact_id: str | None = None) -> Contact:
    """Update the contact that ContactID, ContactNumber or Name points at, else create one (POST)."""
    found = _match(act, element, contact_id)
    return change(act, found, element) if found else create(act, element)


def change(act: Act, contact: Contact, element: Element) -> Contact:
    """Update a contact with the fields that were sent. Raises ElementRefused; archived contacts only come back."""
    may_restore = act.doer.app_id is None or act.switches.contact_restored_by_app
    if contact.status == "ARCHIVED" and not (element.text("ContactStatus") == "ACTIVE" and may_restore):
        raise ElementRefused(["archived contacts cannot currently be edited via the API"])
    return _save(act, contact, element, created=False)


def mark_as(act: Act, contact_id: str, *, customer: bool) -> None:
    """Note that an approved document made it a customer or a supplier."""
    column = "is_customer" if customer else "is_supplier"
    act.store.run(f"UPDATE contacts SET {column} = 1 WHERE id = ?", contact_id)


def store_contact(store: Store, organisation_id: str, contact: Contact) -> None:
    """Write a contact with its indexed columns."""
    store.put(
        "contacts",
        id=contact.id,
        organisation=organisation_id,
        name=contact.name,
        number=contact.number or None,
        account_number=contact.texts.get("AccountNumber"),
        email=contact.texts.get("EmailAddress"),
        tax_number=contact.texts.get("TaxNumber"),
        status=contact.status,
        is_customer=contact.is_customer,
        is_supplier=contact.is_supplier,
        updated_ms=contact.updated_ms,
        search=_searched(contact),
        body=msgspec.json.encode(contact),
    )


def tidy(name: str) -> str:
    """A contact name without leading, trailing and double spaces."""
    return " ".join(name.split())


def faults(act: Act, contact: Contact, element: Element) -> list[str]:
    """Every message this element would be refused with, were it saved on this contact."""
    found = [*_name_faults(act, contact, element), *_number_faults(act, contact, element)]
    email = element.text("EmailAddress")
    if email and not EMAIL.match(email):
        found.append("Email address must be valid.")
    website = element.text("Website")
    if website and not website.lower().startswith(("http://", "https://")):
        found.append("Website must be valid")
    for name, limit in TEXTS.items():
        if len(element.text(name) or "") > limit:
            found.append(f"The value for {name} must be {limit} characters or fewer.")
    if len(element.children("ContactPersons") or ()) > MAX_PEOPLE:
        found.append("You can only have up to 5 contact persons.")
    return found


def name_fault(act: Act, contact: Contact, name: str) -> str | None:
    """Why a contact can't be active under a name, if another one is. Xero means to give this rule up (a switch)."""
    other = find_by_name(act.store, act.organisation.id, name)
    if other is None or other.id == contact.id or not act.switches.contact_names_unique:
        return None
    return (
        f"The contact name {name} is already assigned to another contact. "
        "The contact name must be unique across all active contacts."
    )


def _match(act: Act, element: Element, contact_id: str | None) -> Contact | None:
    organisation = act.organisation.id
    wanted = contact_id or element.text("ContactID")
    if wanted:
        found = find(act.store, organisation, wanted)
        if found is None:
            raise ElementRefused([f"The contact with the specified ContactID {wanted} could not be found."])
        return found
    number, name = element.text("ContactNumber"), element.text("Name")
    by_number = find_by_number(act.store, organisation, number) if number else None
    return by_number or (find_by_name(act.store, organisation, name) if name else None)


def _save(act: Act, contact: Contact, element: Element, *, created: bool) -> Contact:
    found = faults(act, contact, element)
    if found:
        raise ElementRefused(found)
    _apply(contact, element)
    contact.updated_ms = later(act, contact.updated_ms)
    store_contact(act.store, act.organisation.id, contact)
    through = f"Received through the Xero API from {act.doer.name}" if act.doer.app_id else contact.name
    act.note(contact.id, "Created" if created else "Updated", through)
    act.announce(category="CONTACT", resource=contact.id, created=created)
    return contact


def _apply(contact: Contact, element: Element) -> None:
    contact.name = tidy(element.text("Name") or contact.name)
    contact.number = element.text("ContactNumber") or contact.number
    contact.status = element.choice("ContactStatus", STATUSES) or contact.status
    contact.texts = contact.texts | {name: element.text(name) or "" for name in TEXTS if name in element}
    contact.addresses = contact.addresses | _typed(
        element, "Addresses", "AddressType", ADDRESS_TYPES, ADDRESS_KEYS
    )
    contact.phones = contact.phones | _typed(element, "Phones", "PhoneType", PHONE_TYPES, PHONE_KEYS)
    people = element.children("ContactPersons")
    if people is not None:
        contact.people = [_person(person) for person in people]
    agreed = element.child("PaymentTerms")
    if agreed is not None:
        contact.terms = contact.terms | {
            side: _term(sent) for side in ("Bills", "Sales") if (sent := agreed.child(side))
        }


def _typed(
    element: Element, collection: str, type_key: str, types: frozenset[str], keys: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    sent = element.children(collection) or []
    return {
        item.choice(type_key, types) or min(types): {key: item.text(key) or "" for key in keys if key in item}
        for item in sent
    }


def _person(element: Element) -> dict[str, str | bool]:
    return {
        "FirstName": element.text("FirstName") or "",
        "LastName": element.text("LastName") or "",
        "EmailAddress": element.text("EmailAddress") or "",
        "IncludeInEmails": bool(element.flag("IncludeInEmails")),
    }


def _term(element: Element) -> dict[str, str | int]:
    return {
        "Day": int(element.number("Day") or 0),
        "Type": element.choice("Type", terms.TYPES) or terms.DAYS_AFTER,
    }


def _name_faults(act: Act, contact: Contact, element: Element) -> list[str]:
    name = tidy(element.text("Name") or contact.name)
    if len(name) > 255:
        return ["The contact name must be 255 characters or fewer."]
    if "<" in name or ">" in name:
        return ["The contact name cannot contain the characters < or >."]
    stays_archived = (element.text("ContactStatus") or contact.status) != "ACTIVE"
    taken = None if stays_archived else name_fault(act, contact, name)
    return [taken] if taken else []


def _number_faults(act: Act, contact: Contact, element: Element) -> list[str]:
    number = element.text("ContactNumber")
    if not number:
        return []
    if len(number) > 50:
        return ["The contact number must be 50 characters or fewer."]
    other = find_by_number(act.store, act.organisation.id, number)
    clash = other is not None and other.id != contact.id
    return [f"The contact number {number} must be unique across all contacts."] if clash else []


def _searched(contact: Contact) -> str:
    words = [contact.name, contact.number]
    words += [
        contact.texts.get(name, "") for name in ("FirstName", "LastName", "CompanyNumber", "EmailAddress")
    ]
    return "\n".join(words).lower()


def render_short(contact: Contact) -> wire.Json:
    """A contact inside a document of a list, as recorded from Xero."""
    return {
        "ContactID": contact.id,
        "Name": contact.name,
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }
