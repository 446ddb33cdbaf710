"""Companies: whom the studio works for and buys from, and the people there.

    active ⇄ archived

A company may be a client, a supplier or both. An archived one is offered for nothing new; its documents stay.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Final, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models import Case, Q, Value, When

from bluestamp.errors import Conflict, Invalid, InvalidFields, NotFound
from bluestamp.people import activity, permissions, places
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.rows import StudioRow

KIND: Final = "company"
LONGEST_TERMS_DAYS: Final = 365


class Status(models.TextChoices):
    """Whether a company is offered for new documents."""

    ACTIVE = "active", "Active"
    ARCHIVED = "archived", "Archived"


class Company(StudioRow):
    """One company. Blank currency and no terms mean the branch's; tax types are of the ledger it is booked in."""

    name = models.CharField(max_length=255)
    name_key = models.CharField(max_length=255, editable=False)
    is_client = models.BooleanField(default=False)
    is_supplier = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    tax_number = models.CharField(max_length=50, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=50, blank=True)
    address = models.TextField(blank=True)
    currency = models.CharField(max_length=3, blank=True)
    terms_days = models.PositiveSmallIntegerField(null=True)
    sales_tax_type = models.CharField(max_length=50, blank=True)
    purchases_tax_type = models.CharField(max_length=50, blank=True)
    notes = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "companies"
        indexes = [models.Index(fields=["studio", "name_key"], name="company_by_name")]
        constraints = [
            models.CheckConstraint(condition=Q(status__in=Status.values), name="company_status"),
            models.CheckConstraint(
                condition=Q(is_client=True) | Q(is_supplier=True), name="company_client_or_supplier"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_archived(self) -> bool:
        """Whether it is offered for nothing new."""
        return self.status == Status.ARCHIVED


class Person(StudioRow):
    """Somebody who works at a company."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="people")
    name = models.CharField(max_length=200)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=50, blank=True)
    position = models.CharField(max_length=100, blank=True)

    class Meta:
        verbose_name_plural = "people"
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True)
class CompanyDraft:
    """All of a company that a person can change. `terms_days` None leaves the due date to the branch's terms."""

    name: str
    is_client: bool = False
    is_supplier: bool = False
    tax_number: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    currency: str = ""
    terms_days: int | None = None
    sales_tax_type: str = ""
    purchases_tax_type: str = ""
    notes: str = ""


@dataclass(frozen=True, kw_only=True)
class PersonDraft:
    """All of a person at a company that can be changed."""

    name: str
    email: str = ""
    phone: str = ""
    position: str = ""


class Stale(Conflict):
    """Somebody changed the company first; `fresh` is what it is now."""

    code = "STALE"

    def __init__(self, fresh: Company) -> None:
        super().__init__("Somebody changed this company while you had it open. Here is what it says now.")
        self.fresh = fresh


def name_key(name: str) -> str:
    """Fold a name to what two spellings of it have in common: case and spaces."""
    return " ".join(name.casefold().split())


def find(company_id: str) -> Company:
    """Return a company of the open studio. Raises NotFound."""
    found = Company.objects.filter(pk=company_id).first()
    if found is None:
        raise NotFound("There is no such company.")
    return found


def name_of(company_id: str | None) -> str:
    """Return a company's name for a box that shows it; "" for none and for an unknown one."""
    return Company.objects.filter(pk=company_id).values_list("name", flat=True).first() or ""


def search(text: str, *, only: Literal["client", "supplier"] | None = None, limit: int = 20) -> list[Company]:
    """Return active companies whose name contains the text, those beginning with it first, then by name."""
    words = name_key(text)
    rows = Company.objects.filter(status=Status.ACTIVE, name_key__contains=words)
    if only is not None:
        rows = rows.filter(**{f"is_{only}": True})
    begins_first = Case(When(name_key__startswith=words, then=Value(0)), default=Value(1))
    return list(rows.order_by(begins_first, "name_key", "id")[:limit])


def draft_of(company: Company) -> CompanyDraft:
    """Return a stored company as a draft, so that some of it can be changed."""
    return CompanyDraft(**{field.name: getattr(company, field.name) for field in fields(CompanyDraft)})


# Verbs


def create(draft: CompanyDraft, *, by: Actor, now: dt.datetime) -> Company:
    """Add a company. Refuses NotPermitted, InvalidFields (a name that another company has among them)."""
    permissions.require(by, Action.EDIT_COMPANIES)
    tidied = _tidied(draft)
    with transaction.atomic():
        _refuse_faults(tidied, besides="")
        company = Company(studio_id=by.studio_id, created_at=now, changed_at=now, **asdict(tidied))
        company.name_key = name_key(company.name)
        company.save(force_insert=True)
        _record(company, "created", f"Added {company.name}.", by=by, now=now)
    return company


def edit(*, company_id: str, version: int, draft: CompanyDraft, by: Actor, now: dt.datetime) -> Company:
    """Change a company; saving what it already says changes nothing. A new name goes into the lists of documents.

    Refuses NotPermitted, NotFound, Stale, InvalidFields.
    """
    permissions.require(by, Action.EDIT_COMPANIES)
    tidied = _tidied(draft)
    with transaction.atomic():
        company = _locked(company_id)
        if company.version != version:
            raise Stale(company)
        _refuse_faults(tidied, besides=company_id)
        changed = [name for name, value in asdict(tidied).items() if getattr(company, name) != value]
        if changed:
            _change(company, tidied, changed, now=now)
            _record(company, "edited", f"Changed {company.name}.", by=by, now=now, fields=changed)
    return company


def archive(*, company_id: str, by: Actor, now: dt.datetime) -> Company:
    """Offer the company for nothing new. Refuses NotPermitted, NotFound."""
    return _move(company_id, Status.ARCHIVED, "archived", by=by, now=now)


def restore(*, company_id: str, by: Actor, now: dt.datetime) -> Company:
    """Offer the company again. Refuses NotPermitted, NotFound."""
    return _move(company_id, Status.ACTIVE, "restored", by=by, now=now)


def take_tax_types(
    *,
    company_id: str,
    sales_tax_type: str,
    purchases_tax_type: str,
    now: dt.datetime,
    terms_days: int | None = None,
) -> Company:
    """Fill in tax types and terms that the company's books know and nobody has chosen here (rules 8 and 20).

    Never replaces one.
    """
    with transaction.atomic():
        company = _locked(company_id)
        theirs: dict[str, Any] = {"sales_tax_type": sales_tax_type, "purchases_tax_type": purchases_tax_type}
        taken = {name: value for name, value in theirs.items() if value and not getattr(company, name)}
        if company.terms_days is None and terms_days is not None:
            taken["terms_days"] = terms_days
        if taken:
            _change(company, replace(draft_of(company), **taken), list(taken), now=now)
    return company


def add_person(*, company_id: str, draft: PersonDraft, by: Actor, now: dt.datetime) -> Person:
    """Add somebody who works at the company. Refuses NotPermitted, NotFound, InvalidFields."""
    permissions.require(by, Action.EDIT_COMPANIES)
    with transaction.atomic():
        company = _locked(company_id)
        _raise_faults(_faults_of_person(draft))
        person = Person.objects.create(studio_id=by.studio_id, company=company, **asdict(draft))
        _record(company, "person_added", f"Added {person.name}.", by=by, now=now)
    return person


def edit_person(*, person_id: str, draft: PersonDraft, by: Actor, now: dt.datetime) -> Person:
    """Change somebody who works at a company. Refuses NotPermitted, NotFound, InvalidFields."""
    permissions.require(by, Action.EDIT_COMPANIES)
    with transaction.atomic():
        person = _locked_person(person_id)
        _raise_faults(_faults_of_person(draft))
        changed = [name for name, value in asdict(draft).items() if getattr(person, name) != value]
        for name in changed:
            setattr(person, name, getattr(draft, name))
        if changed:
            person.save(update_fields=changed)
            _record(person.company, "person_edited", f"Changed {person.name}.", by=by, now=now)
    return person


def remove_person(*, person_id: str, by: Actor, now: dt.datetime) -> None:
    """Take somebody off the company. Refuses NotPermitted, NotFound."""
    permissions.require(by, Action.EDIT_COMPANIES)
    with transaction.atomic():
        person = _locked_person(person_id)
        person.delete()
        _record(person.company, "person_removed", f"Removed {person.name}.", by=by, now=now)


# Steps


def _move(company_id: str, status: Status, verb: str, *, by: Actor, now: dt.datetime) -> Company:
    """The only place that changes a status; one that it has already is no news."""
    permissions.require(by, Action.EDIT_COMPANIES)
    with transaction.atomic():
        company = _locked(company_id)
        if company.status != status:
            company.status = status
            company.version += 1
            company.changed_at = now
            company.save(update_fields=["status", "version", "changed_at"])
            _record(company, verb, f"{verb.capitalize()} {company.name}.", by=by, now=now)
    return company


def _change(company: Company, draft: CompanyDraft, changed: list[str], *, now: dt.datetime) -> None:
    for name in changed:
        setattr(company, name, getattr(draft, name))
    company.name_key = name_key(company.name)
    company.version += 1
    company.changed_at = now
    company.save(update_fields=[*changed, "name_key", "version", "changed_at"])
    if "name" in changed:
        # Documents name their company, so their module imports this one, and this one can't import it above.
        from bluestamp.books import documents

        documents.rename_company(company.id, company.name)


def _locked(company_id: str) -> Company:
    found = Company.objects.select_for_update().filter(pk=company_id).first()
    if found is None:
        raise NotFound("There is no such company.")
    return found


def _locked_person(person_id: str) -> Person:
    rows = Person.objects.select_for_update(of=("self",)).select_related("company")
    found = rows.filter(pk=person_id).first()
    if found is None:
        raise NotFound("There is no such person.")
    return found


def _tidied(draft: CompanyDraft) -> CompanyDraft:
    """Without spaces at the ends, for they come with pasting and are never meant; a name also not inside twice."""
    said: dict[str, Any] = {
        name: value.strip() for name, value in asdict(draft).items() if isinstance(value, str)
    }
    return replace(draft, **said | {"name": " ".join(draft.name.split())})


def _refuse_faults(draft: CompanyDraft, *, besides: str) -> None:
    _raise_faults([*_faults_of(draft), *_faults_of_name(draft.name, besides=besides)])


def _raise_faults(faults: list[Invalid]) -> None:
    if faults:
        raise InvalidFields(faults)


def _faults_of(draft: CompanyDraft) -> list[Invalid]:
    """What can't be taken whatever other companies there are, in the order of the form."""
    found = []
    if not draft.name:
        found.append(Invalid("Enter the company's name.", field="name"))
    if not (draft.is_client or draft.is_supplier):
        found.append(Invalid("Say whether it is a client, a supplier or both.", field="is_client"))
    found += _faults_of_lengths(draft) + _faults_of_email(draft.email)
    if draft.currency:
        found += places.faults_of_currency(draft.currency, field="currency")
    if draft.terms_days is not None and not 0 <= draft.terms_days <= LONGEST_TERMS_DAYS:
        found.append(Invalid(f"Payment terms are 0 to {LONGEST_TERMS_DAYS} days.", field="terms_days"))
    return found


def _faults_of_lengths(draft: CompanyDraft) -> list[Invalid]:
    """Text that its column can't hold; the database would answer with an error that no person understands."""
    limits = {"name": 255, "tax_number": 50, "phone": 50, "sales_tax_type": 50, "purchases_tax_type": 50}
    return [
        Invalid(f"At most {limit} characters.", field=name)
        for name, limit in limits.items()
        if len(getattr(draft, name)) > limit
    ]


def _faults_of_name(name: str, *, besides: str) -> list[Invalid]:
    """Two companies of one name would be one contact in any ledger, and bills would go to the wrong one."""
    other = Company.objects.filter(name_key=name_key(name)).exclude(pk=besides).first() if name else None
    if other is None:
        return []
    what = "an archived company" if other.is_archived else "a company"
    return [Invalid(f"There is {what} called {other.name} already.", field="name")]


def _faults_of_person(draft: PersonDraft) -> list[Invalid]:
    found = [] if draft.name.strip() else [Invalid("Enter the person's name.", field="name")]
    limits = {"name": 200, "phone": 50, "position": 100}
    found += [
        Invalid(f"At most {limit} characters.", field=name)
        for name, limit in limits.items()
        if len(getattr(draft, name)) > limit
    ]
    return found + _faults_of_email(draft.email)


def _faults_of_email(email: str) -> list[Invalid]:
    try:
        if email:
            validate_email(email)
    except ValidationError:
        return [Invalid(f"“{email}” is no e-mail address.", field="email")]
    return [Invalid("At most 254 characters.", field="email")] if len(email) > 254 else []


def _record(
    company: Company,
    verb: str,
    sentence: str,
    *,
    by: Actor,
    now: dt.datetime,
    fields: list[str] | None = None,
) -> None:
    activity.record(
        by=by,
        verb=f"{KIND}.{verb}",
        kind=KIND,
        subject_id=company.id,
        sentence=sentence,
        now=now,
        detail={"fields": fields} if fields else None,
    )
