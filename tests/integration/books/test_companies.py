"""Companies: named once, changed by whoever saw them last, archived and never lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bluestamp.books import companies, documents, expenses
from bluestamp.books.companies import Company, CompanyDraft, PersonDraft, Stale
from bluestamp.books.expenses import ExpenseDraft
from bluestamp.engine import tenancy
from bluestamp.errors import InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")

ACME = CompanyDraft(name="Acme", is_client=True)


@pytest.fixture
def acme(ben: Actor, now: datetime) -> Company:
    return companies.create(ACME, by=ben, now=now)


def test_a_company_is_added_with_its_name_tidied_and_folded(ben: Actor, now: datetime) -> None:
    made = companies.create(replace(ACME, name="  Straße   & Söhne "), by=ben, now=now)
    found = companies.find(made.id)
    assert (found.name, found.name_key, found.version) == ("Straße & Söhne", "strasse & söhne", 1)
    assert [row.sentence for row in activity.history("company", made.id)] == ["Added Straße & Söhne."]


@pytest.mark.parametrize("name", ["Acme", "ACME", " acme "])
def test_a_second_company_of_the_same_name_is_refused(
    name: str, acme: Company, ben: Actor, now: datetime
) -> None:
    with pytest.raises(InvalidFields) as refused:
        companies.create(replace(ACME, name=name), by=ben, now=now)
    assert refused.value.field == "name"


def test_a_name_that_an_archived_company_has_is_refused_and_says_so(
    acme: Company, ben: Actor, now: datetime
) -> None:
    companies.archive(company_id=acme.id, by=ben, now=now)
    with pytest.raises(InvalidFields, match="an archived company called Acme"):
        companies.create(ACME, by=ben, now=now)


@pytest.mark.parametrize(
    ("draft", "fields"),
    [
        (replace(ACME, name="  "), ["name"]),
        (replace(ACME, is_client=False), ["is_client"]),
        (replace(ACME, email="nobody"), ["email"]),
        (replace(ACME, currency="QQQ"), ["currency"]),
        (replace(ACME, terms_days=-1), ["terms_days"]),
        (replace(ACME, terms_days=366), ["terms_days"]),
        (replace(ACME, name="x" * 256, phone="1" * 51), ["name", "phone"]),
    ],
)
def test_what_a_company_cant_be_is_refused_at_its_field(
    draft: CompanyDraft, fields: list[str], ben: Actor, now: datetime
) -> None:
    with pytest.raises(InvalidFields) as refused:
        companies.create(draft, by=ben, now=now)
    assert [fault.field for fault in refused.value.faults] == fields
    assert not Company.objects.exists()


def test_an_edit_raises_the_version_and_names_the_changed_fields(
    acme: Company, cleo: Actor, now: datetime
) -> None:
    draft = replace(ACME, tax_number="GB 1", terms_days=0)
    edited = companies.edit(company_id=acme.id, version=1, draft=draft, by=cleo, now=now)
    assert (edited.version, edited.tax_number, edited.terms_days) == (2, "GB 1", 0)
    assert activity.history("company", acme.id)[0].detail == {"fields": ["tax_number", "terms_days"]}


def test_saving_what_it_says_already_changes_nothing(acme: Company, ben: Actor, now: datetime) -> None:
    edited = companies.edit(company_id=acme.id, version=1, draft=companies.draft_of(acme), by=ben, now=now)
    assert edited.version == 1
    assert activity.history("company", acme.id).count() == 1


def test_an_edit_of_an_older_version_is_refused_with_the_fresh_company(
    acme: Company, ben: Actor, now: datetime
) -> None:
    companies.edit(company_id=acme.id, version=1, draft=replace(ACME, phone="1"), by=ben, now=now)
    with pytest.raises(Stale) as refused:
        companies.edit(company_id=acme.id, version=1, draft=replace(ACME, phone="2"), by=ben, now=now)
    assert (refused.value.fresh.phone, companies.find(acme.id).phone) == ("1", "1")


def test_a_new_name_goes_into_the_lists_of_documents(
    supplier: Company, london: Branch, ben: Actor, now: datetime
) -> None:
    draft = ExpenseDraft(
        branch_id=london.id, company_id=supplier.id, issued_on=now.date(), currency="GBP", reference="PO 7"
    )
    expense = expenses.create(draft, by=ben, now=now)
    renamed = replace(companies.draft_of(supplier), name="Finer Print")
    companies.edit(company_id=supplier.id, version=1, draft=renamed, by=ben, now=now)
    assert documents.load("expense", expense.id).company_name == "Finer Print"
    rows = documents.KINDS["expense"].objects
    assert rows.with_words("finer print").count() == 1
    assert rows.with_words("po 7").count() == 1
    assert rows.with_words("fine print").count() == 0


def test_an_archived_company_is_offered_for_nothing_until_restored(
    acme: Company, ben: Actor, now: datetime
) -> None:
    companies.archive(company_id=acme.id, by=ben, now=now)
    companies.archive(company_id=acme.id, by=ben, now=now)
    assert companies.search("acme") == []
    assert companies.find(acme.id).is_archived
    restored = companies.restore(company_id=acme.id, by=ben, now=now)
    assert companies.search("acme") == [restored]
    verbs = [row.verb for row in activity.history("company", acme.id)]
    assert verbs == ["company.restored", "company.archived", "company.created"]


def test_a_search_offers_names_that_begin_with_the_text_first(ben: Actor, now: datetime) -> None:
    for name in ("Grand Acme Hotel", "ACME Limited", "Zebra"):
        companies.create(replace(ACME, name=name), by=ben, now=now)
    companies.create(CompanyDraft(name="Acme Supplies", is_supplier=True), by=ben, now=now)

    def names(**asked: object) -> list[str]:
        return [row.name for row in companies.search("acme", **asked)]  # type: ignore[arg-type]

    assert names() == ["ACME Limited", "Acme Supplies", "Grand Acme Hotel"]
    assert names(only="supplier") == ["Acme Supplies"]
    assert names(only="client") == ["ACME Limited", "Grand Acme Hotel"]
    assert names(limit=1) == ["ACME Limited"]


def test_tax_types_from_the_books_fill_blanks_only(acme: Company, ben: Actor, now: datetime) -> None:
    chosen = replace(ACME, sales_tax_type="OUTPUT2")
    companies.edit(company_id=acme.id, version=1, draft=chosen, by=ben, now=now)
    companies.take_tax_types(
        company_id=acme.id, sales_tax_type="ZERORATEDOUTPUT", purchases_tax_type="INPUT2", now=now
    )
    found = companies.find(acme.id)
    assert (found.sales_tax_type, found.purchases_tax_type, found.version) == ("OUTPUT2", "INPUT2", 3)
    companies.take_tax_types(company_id=acme.id, sales_tax_type="", purchases_tax_type="NONE", now=now)
    assert (companies.find(acme.id).purchases_tax_type, companies.find(acme.id).version) == ("INPUT2", 3)


def test_people_come_and_go_at_a_company(acme: Company, ben: Actor, now: datetime) -> None:
    lena = companies.add_person(company_id=acme.id, draft=PersonDraft(name="Lena"), by=ben, now=now)
    changed = PersonDraft(name="Lena Holt", email="lena@acme.example")
    companies.edit_person(person_id=lena.id, draft=changed, by=ben, now=now)
    assert [(row.name, row.email) for row in acme.people.all()] == [("Lena Holt", "lena@acme.example")]
    companies.remove_person(person_id=lena.id, by=ben, now=now)
    assert not acme.people.exists()
    verbs = [row.verb for row in activity.history("company", acme.id)]
    assert verbs[:3] == ["company.person_removed", "company.person_edited", "company.person_added"]


def test_a_person_without_a_name_or_with_a_broken_address_is_refused(
    acme: Company, ben: Actor, now: datetime
) -> None:
    with pytest.raises(InvalidFields) as refused:
        companies.add_person(company_id=acme.id, draft=PersonDraft(name=" ", email="lena@"), by=ben, now=now)
    assert [fault.field for fault in refused.value.faults] == ["name", "email"]


def test_an_accountant_changes_no_company(acme: Company, abe: Actor, ben: Actor, now: datetime) -> None:
    lena = companies.add_person(company_id=acme.id, draft=PersonDraft(name="Lena"), by=ben, now=now)
    verbs = (
        lambda: companies.create(replace(ACME, name="Other"), by=abe, now=now),
        lambda: companies.edit(company_id=acme.id, version=1, draft=ACME, by=abe, now=now),
        lambda: companies.archive(company_id=acme.id, by=abe, now=now),
        lambda: companies.restore(company_id=acme.id, by=abe, now=now),
        lambda: companies.add_person(company_id=acme.id, draft=PersonDraft(name="X"), by=abe, now=now),
        lambda: companies.edit_person(person_id=lena.id, draft=PersonDraft(name="X"), by=abe, now=now),
        lambda: companies.remove_person(person_id=lena.id, by=abe, now=now),
    )
    for verb in verbs:
        with pytest.raises(NotPermitted):
            verb()


def test_dan_finds_nothing_of_northlights_companies(
    acme: Company, ben: Actor, dan: Actor, daybreak: Studio, now: datetime
) -> None:
    lena = companies.add_person(company_id=acme.id, draft=PersonDraft(name="Lena"), by=ben, now=now)
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        assert companies.search("") == []
        assert companies.name_of(acme.id) == ""
        verbs = (
            lambda: companies.find(acme.id),
            lambda: companies.edit(company_id=acme.id, version=1, draft=ACME, by=dan, now=now),
            lambda: companies.archive(company_id=acme.id, by=dan, now=now),
            lambda: companies.remove_person(person_id=lena.id, by=dan, now=now),
        )
        for verb in verbs:
            with pytest.raises(NotFound):
                verb()
        assert companies.create(ACME, by=dan, now=now).name == "Acme"  # his own, of the same name
