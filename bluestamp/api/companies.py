"""Companies: clients and suppliers, the people there, and which contacts in Xero they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import Annotated, Any, Final, Literal

from django.db.models import Q, QuerySet
from ninja import Query, Router
from pydantic import Field

from bluestamp.api import documents as common
from bluestamp.api import wire
from bluestamp.api.callers import Call
from bluestamp.api.documents import Act
from bluestamp.api.wire import Id, Page, Paged, Shape, Version, Words
from bluestamp.books import companies
from bluestamp.books.companies import Company, CompanyDraft, Person, PersonDraft
from bluestamp.errors import NotFound
from bluestamp.sync import connections, contacts, relinking

KIND: Final = "company"

router = Router(tags=["companies"], by_alias=True)


class PersonShown(Shape):
    """Somebody who works at a company."""

    id: str
    name: str
    email: str
    phone: str
    position: str


class CompanyHead(Shape):
    """A company without its people, as lists show it. Blank currency and no terms are the branch's."""

    id: str
    name: str
    is_client: bool
    is_supplier: bool
    status: str
    tax_number: str
    email: str
    phone: str
    address: str
    currency: str
    terms_days: int | None
    sales_tax_type: str
    purchases_tax_type: str
    notes: str
    version: int
    created_at: dt.datetime
    changed_at: dt.datetime


class ContactLinked(Shape):
    """The contact that stands for a company in one organisation; its name "" while nothing is known of it."""

    connection_id: str
    organisation: str
    contact_id: str
    name: str
    linked_by: str
    linked_at: dt.datetime


class CompanyShown(CompanyHead):
    """A company."""

    people: list[PersonShown]
    contacts: list[ContactLinked]


class CompanyWrite(Shape):
    """A company to write."""

    name: Words
    is_client: bool = False
    is_supplier: bool = False
    tax_number: Words = ""
    email: Words = ""
    phone: Words = ""
    address: Words = ""
    currency: Words = ""
    terms_days: Annotated[int, Field(ge=0, le=companies.LONGEST_TERMS_DAYS)] | None = None
    sales_tax_type: Words = ""
    purchases_tax_type: Words = ""
    notes: Words = ""


class CompanyReplace(CompanyWrite):
    """A company to write in place of the version that the caller has seen."""

    version: Version


class PersonWrite(Shape):
    """Somebody to write."""

    name: Words
    email: Words = ""
    phone: Words = ""
    position: Words = ""


class CompaniesAsked(Paged):
    """What a list of companies is narrowed to."""

    role: Literal["client", "supplier"] | None = None
    status: Literal["active", "archived"] | None = None
    search: Words = ""


class ContactChoice(Shape):
    """The contact that the company is."""

    contact_id: Words


@router.get("", response=Page[CompanyHead])
def index(request: Call, asked: Query[CompaniesAsked]) -> Page[CompanyHead]:
    """List companies by name, without their people."""
    found, about = wire.slice_of(_asked_for(asked).order_by("name_key", "id"), asked)
    return Page(items=[CompanyHead(**_head(row)) for row in found], **about)


@router.post("", response={201: CompanyShown})
def create(request: Call, body: CompanyWrite) -> CompanyShown:
    """Add a company."""
    return one(companies.create(CompanyDraft(**body.model_dump()), **request.caller.act).pk)


@router.get("/{company_id}", response=CompanyShown)
def read(request: Call, company_id: Id) -> CompanyShown:
    """Read one company."""
    return one(company_id)


@router.put("/{company_id}", response=CompanyShown)
def replace(request: Call, company_id: Id, body: CompanyReplace) -> CompanyShown:
    """Replace what a company says."""
    draft = CompanyDraft(**body.model_dump(exclude={"version"}))
    companies.edit(company_id=company_id, version=body.version, draft=draft, **request.caller.act)
    return one(company_id)


@router.post("/{company_id}/archive", response=CompanyShown)
def archive(request: Call, company_id: Id) -> CompanyShown:
    """Offer it for nothing new."""
    companies.archive(company_id=company_id, **request.caller.act)
    return one(company_id)


@router.delete("/{company_id}/archive", response=CompanyShown)
def restore(request: Call, company_id: Id) -> CompanyShown:
    """Offer it again."""
    companies.restore(company_id=company_id, **request.caller.act)
    return one(company_id)


@router.post("/{company_id}/people", response={201: PersonShown})
def add_person(request: Call, company_id: Id, body: PersonWrite) -> PersonShown:
    """Add somebody who works there."""
    draft = PersonDraft(**body.model_dump())
    return _person(companies.add_person(company_id=company_id, draft=draft, **request.caller.act))


@router.put("/{company_id}/people/{person_id}", response=PersonShown)
def replace_person(request: Call, company_id: Id, person_id: Id, body: PersonWrite) -> PersonShown:
    """Replace what somebody there is called."""
    _refuse_others(company_id, person_id)
    draft = PersonDraft(**body.model_dump())
    return _person(companies.edit_person(person_id=person_id, draft=draft, **request.caller.act))


@router.delete("/{company_id}/people/{person_id}", response={204: None})
def remove_person(request: Call, company_id: Id, person_id: Id) -> None:
    """Take somebody off the company."""
    _refuse_others(company_id, person_id)
    companies.remove_person(person_id=person_id, **request.caller.act)


@router.put("/{company_id}/contacts/{connection_id}", response=CompanyShown)
def link_contact(request: Call, company_id: Id, connection_id: Id, body: ContactChoice) -> CompanyShown:
    """Say which contact in an organisation the company is; its unpaid documents there move to it."""
    company = companies.find(company_id)
    relinking.relink(connections.load(connection_id), company, body.contact_id, **request.caller.act)
    return one(company_id)


@router.delete("/{company_id}/contacts/{connection_id}", response=CompanyShown)
def unlink_contact(request: Call, company_id: Id, connection_id: Id) -> CompanyShown:
    """Forget which contact in an organisation the company is; documents there stay with theirs."""
    party = contacts.party_of_company(companies.find(company_id))
    contacts.unlink(connections.load(connection_id), party, **request.caller.act)
    return one(company_id)


@router.get("/{company_id}/history", response=list[Act])
def history(request: Call, company_id: Id) -> list[Act]:
    """What was done to the company, newest first."""
    return common.acts(KIND, companies.find(company_id).pk)


# Steps


def _asked_for(asked: CompaniesAsked) -> QuerySet[Company]:
    rows = Company.objects.all()
    if asked.status:
        rows = rows.filter(status=asked.status)
    if asked.role:
        rows = rows.filter(**{f"is_{asked.role}": True})
    if asked.search:
        key = companies.name_key(asked.search)
        rows = rows.filter(Q(name_key__contains=key) | Q(email__icontains=asked.search.strip()))
    return rows


def one(company_id: str) -> CompanyShown:
    """A company as it now is."""
    return shown(companies.find(company_id))


def shown(found: Company) -> CompanyShown:
    """A company as JSON."""
    return CompanyShown(
        **_head(found),
        people=[_person(row) for row in found.people.all()],
        contacts=[_linked(link, contact) for link, contact in contacts.of_company(found.pk)],
    )


def _head(found: Company) -> dict[str, Any]:
    return {name: getattr(found, name) for name in CompanyHead.model_fields}


def _person(found: Person) -> PersonShown:
    written = {field.name: getattr(found, field.name) for field in fields(PersonDraft)}
    return PersonShown(id=found.pk, **written)


def _linked(link: contacts.ContactLink, contact: Any) -> ContactLinked:
    return ContactLinked(
        connection_id=link.connection_id,
        organisation=link.connection.name,
        contact_id=link.contact_id,
        name=contact.name if contact else "",
        linked_by=link.linked_by,
        linked_at=link.linked_at,
    )


def _refuse_others(company_id: str, person_id: str) -> None:
    """The people of one company are no part of another's address."""
    if not Person.objects.filter(pk=person_id, company_id=company_id).exists():
        raise NotFound("There is no such person.")
