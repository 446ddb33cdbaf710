"""How contacts are written: full, with balances, or as a summary."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from bluestamp.sandbox import wire
from bluestamp.sandbox.contacts import ADDRESS_KEYS, PHONE_KEYS, TEXTS, Contact
from bluestamp.sandbox.store import Store, marks

ADDRESSES = ("STREET", "POBOX")
PHONES = ("DDI", "DEFAULT", "FAX", "MOBILE")

Balances = dict[str, dict[str, wire.Json]]


def render(
    contact: Contact,
    balances: wire.Json | None = None,
    groups: Sequence[wire.Json] = (),
    *,
    detailed: bool = True,
) -> wire.Json:
    """One contact. Unpaged lists leave out people and MergedToContactID (`detailed=False`)."""
    said: wire.Json = {
        "ContactID": contact.id,
        "ContactNumber": contact.number or None,
        "MergedToContactID": (contact.merged_to or None) if detailed else None,
        "AccountNumber": contact.texts.get("AccountNumber") or None,
        "ContactStatus": contact.status,
        "Name": contact.name,
        **{
            name: contact.texts[name] for name in TEXTS if name != "AccountNumber" and contact.texts.get(name)
        },
        "EmailAddress": contact.texts.get("EmailAddress", ""),
        "BankAccountDetails": contact.texts.get("BankAccountDetails", ""),
        "Addresses": [_address(contact, kind) for kind in ADDRESSES],
        "Phones": [_phone(contact, kind) for kind in PHONES],
        "PaymentTerms": contact.terms or None,
        "UpdatedDateUTC": wire.instant(contact.updated_ms),
        "ContactGroups": list(groups),
        "IsSupplier": contact.is_supplier,
        "IsCustomer": contact.is_customer,
        "Balances": balances,
        "ContactPersons": contact.people if detailed else [],
        "HasAttachments": contact.has_attachments,
        "HasValidationErrors": False,
    }
    return {name: value for name, value in said.items() if value is not None}


def render_summary(contact: Contact) -> wire.Json:
    """summaryOnly=true: without addresses, phones, people and balances."""
    said: wire.Json = {
        "ContactID": contact.id,
        "ContactNumber": contact.number or None,
        "AccountNumber": contact.texts.get("AccountNumber") or None,
        "ContactStatus": contact.status,
        "Name": contact.name,
        "FirstName": contact.texts.get("FirstName") or None,
        "LastName": contact.texts.get("LastName") or None,
        "EmailAddress": contact.texts.get("EmailAddress", ""),
        "TaxNumber": contact.texts.get("TaxNumber") or None,
        "UpdatedDateUTC": wire.instant(contact.updated_ms),
        "HasValidationErrors": False,
    }
    return {name: value for name, value in said.items() if value is not None}


def balances(store: Store, ids: list[str], today: date) -> dict[str, wire.Json]:
    """What each contact owes and is owed, from approved documents, in one query."""
    rows = store.all(
        "SELECT contact, type, SUM(amount_due) AS due, SUM(CASE WHEN due < ? THEN amount_due ELSE 0 END) AS overdue"
        f" FROM documents WHERE kind = 'INVOICE' AND status = 'AUTHORISED' AND contact IN ({marks(ids)}) GROUP BY contact, type",
        today.isoformat(),
        *ids,
    )
    found: Balances = {}
    for row in rows:
        side = "AccountsReceivable" if row["type"] == "ACCREC" else "AccountsPayable"
        found.setdefault(row["contact"], {})[side] = {
            "Outstanding": Decimal(row["due"]) / 100,
            "Overdue": Decimal(row["overdue"]) / 100,
        }
    return {contact: _both_sides(sides) for contact, sides in found.items()}


def _both_sides(sides: dict[str, wire.Json]) -> wire.Json:
    nothing: wire.Json = {"Outstanding": Decimal("0.00"), "Overdue": Decimal("0.00")}
    return {
        side: {name: wire.cents(Decimal(str(value))) for name, value in sides.get(side, nothing).items()}
        for side in ("AccountsReceivable", "AccountsPayable")
    }


def _address(contact: Contact, kind: str) -> wire.Json:
    known = contact.addresses.get(kind, {})
    always = {"City": "", "Region": "", "PostalCode": "", "Country": ""}
    said: wire.Json = {"AddressType": kind}
    return said | {key: known.get(key, "") for key in ADDRESS_KEYS if key in known or key in always}


def _phone(contact: Contact, kind: str) -> wire.Json:
    known = contact.phones.get(kind, {})
    said: wire.Json = {"PhoneType": kind}
    return said | {key: known.get(key, "") for key in PHONE_KEYS}
