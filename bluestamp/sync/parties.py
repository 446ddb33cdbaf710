"""Whom a document is with in Xero, and the contact that is created for one who is not there yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec import UNSET, UnsetType

from bluestamp.books.companies import Company, name_key
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.sync.matching import Card
from bluestamp.xero.records import Contact
from bluestamp.xero.writes import AddressWrite, ContactWrite, PhoneWrite

PAID_BY_PERSON: Final = "person"
#: developer.xero.com, Contacts: names have at most 255 letters and none of these two; an address has four lines
_NAME_LENGTH: Final = 255
_FORBIDDEN_IN_NAMES: Final = str.maketrans("<>", "  ")
_ADDRESS_LINES: Final = 4
_ADDRESS_LINE_LENGTH: Final = 500


@dataclass(frozen=True, kw_only=True)
class Party:
    """Whom a document is with in Xero: its company, or the person who paid an expense (bookkeeping rule 18)."""

    key: str
    name: str
    company: Company | None = None

    @property
    def card(self) -> Card:
        """What the party is known by."""
        company = self.company
        return Card(
            name=self.name,
            name_key=name_key(self.name),
            tax_number=company.tax_number if company else "",
            email=company.email if company else "",
        )


def party_of(document: Document) -> Party:
    """Return whom the document is with in Xero."""
    if isinstance(document, Expense) and document.paid_by == PAID_BY_PERSON and document.paid_by_name.strip():
        name = " ".join(document.paid_by_name.split())
        return Party(key=f"person:{name_key(name)}", name=name)
    return party_of_company(document.company)


def party_of_company(company: Company) -> Party:
    """Return the company as a party."""
    return Party(key=f"company:{company.id}", name=company.name, company=company)


def write_of(party: Party) -> ContactWrite:
    """Return the contact to create for a party. Xero takes no < or > in a name, nor spaces at its ends or in pairs."""
    name = " ".join(party.name.translate(_FORBIDDEN_IN_NAMES).split())[:_NAME_LENGTH].strip()
    company = party.company
    if company is None:
        return ContactWrite(name=name)
    return ContactWrite(
        name=name,
        email_address=company.email or UNSET,
        tax_number=company.tax_number or UNSET,
        phones=_phones(company.phone),
        addresses=_addresses(company.address),
    )


def is_of(party: Party, record: Contact) -> bool:
    """Tell whether an element of Xero's answer is this party's: by its name, as Xero holds names to be unique."""
    return name_key(str(write_of(party).name)) == name_key(record.name)


def _phones(phone: str) -> tuple[PhoneWrite, ...] | UnsetType:
    return (PhoneWrite(phone_type="DEFAULT", phone_number=phone),) if phone else UNSET


def _addresses(address: str) -> tuple[AddressWrite, ...] | UnsetType:
    """Free text into Xero's four lines; what is more stands on the last, with commas."""
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    if not lines:
        return UNSET
    four = [*lines[: _ADDRESS_LINES - 1], ", ".join(lines[_ADDRESS_LINES - 1 :])]
    four += [""] * (_ADDRESS_LINES - len(four))
    first, second, third, fourth = (line[:_ADDRESS_LINE_LENGTH] or UNSET for line in four)
    return (
        AddressWrite(
            address_type="POBOX",
            address_line1=first,
            address_line2=second,
            address_line3=third,
            address_line4=fourth,
        ),
    )
