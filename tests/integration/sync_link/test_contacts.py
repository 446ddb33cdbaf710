"""The mirror of Xero's contacts, and how companies come to be linked to them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from bluestamp.books import companies, expenses
from bluestamp.books.companies import Company, CompanyDraft
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, NotFound, NotPermitted
from bluestamp.people.activity import Activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.sync import clients, connections, contacts, distinctions, mirror
from bluestamp.sync.connections import Connection
from bluestamp.sync.contacts import ContactLink, Party
from bluestamp.sync.exchanges import Exchange
from bluestamp.sync.matching import Candidates, Found, Linked, Nothing, Why
from bluestamp.sync.mirror import MirroredContact
from bluestamp.xero.records import Contact
from bluestamp.xero.writes import ContactWrite, encode_contacts
from tests.sandboxes import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_northlight")]


@pytest.fixture
def filled(gb: Connection, present: dt.datetime) -> Connection:
    """The connection, its contacts read once."""
    contacts.sweep(gb, now=present)
    return connections.load(gb.id)


def company(name: str, *, by: Actor, now: dt.datetime, **more: str) -> Company:
    return companies.create(CompanyDraft(name=name, is_supplier=True, **more), by=by, now=now)


def xeros(connection: Connection, name: str) -> MirroredContact:
    return MirroredContact.objects.get(connection=connection, name=name)


def test_the_mirror_holds_every_contact_archived_ones_too(filled: Connection, sandbox: Sandbox) -> None:
    theirs = sandbox.state(sandbox.of_country("GB"))["contacts"]
    assert set(MirroredContact.objects.values_list("contact_id", flat=True)) == {
        row["ContactID"] for row in theirs
    }
    assert xeros(filled, "Old Wharf Printers").status == "ARCHIVED"
    assert xeros(filled, "Kestrel Air").tax_number == "GB123456789"
    assert xeros(filled, "Kestrel Air").sales_terms_days == 30
    assert mirror.is_filled(filled)


def test_the_second_look_asks_only_for_what_changed(
    filled: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    with clients.open(filled, why="contacts", urgent=True, now=present) as xero:
        xero.put_contacts(encode_contacts([ContactWrite(name="Newly Made")]), idempotency_key="k1")
    later = present + dt.timedelta(minutes=30)
    first = Exchange.objects.get(why="contacts", method="GET").bytes_in
    connections.Connection.objects.update(cursors={"contact": (present + mirror.OVERLAP).isoformat()})
    contacts.sweep(connections.load(filled.id), now=later)
    second = Exchange.objects.filter(why="contacts", method="GET").latest("at").bytes_in
    assert second < first / 2
    assert xeros(filled, "Newly Made").is_active
    assert connections.load(filled.id).cursors["contact"] == later.isoformat()


def test_pages_are_read_to_the_last(filled: Connection, present: dt.datetime) -> None:
    many = [ContactWrite(name=f"Contact number {n}") for n in range(1001)]
    with clients.open(filled, why="contacts", urgent=True, now=present) as xero:
        for start in range(0, 1001, 250):
            xero.put_contacts(encode_contacts(many[start : start + 250]), idempotency_key=f"k{start}")
    connections.Connection.objects.update(cursors={})
    contacts.sweep(connections.load(filled.id), now=present)
    assert MirroredContact.objects.filter(name__startswith="Contact number").count() == 1001


def test_an_exact_name_is_linked_without_asking(
    filled: Connection, ada: Actor, london: Branch, now: dt.datetime
) -> None:
    row = company("kestrel  AIR", by=ada, now=now)
    assert contacts.match(filled, row) == Found(
        contact_id=xeros(filled, "Kestrel Air").contact_id, why=Why.NAME
    )


def test_a_conflicting_tax_number_asks(filled: Connection, ada: Actor, now: dt.datetime) -> None:
    row = company("Kestrel Air", tax_number="GB999999973", by=ada, now=now)
    assert isinstance(contacts.match(filled, row), Candidates)


def test_a_tax_number_that_is_unique_in_both_lists_links(
    filled: Connection, ada: Actor, now: dt.datetime
) -> None:
    row = company("KA Flights", tax_number="123 456 789", by=ada, now=now)
    assert isinstance(contacts.match(filled, row), Found)
    company("KA Freight", tax_number="GB123456789", by=ada, now=now)
    assert isinstance(contacts.match(filled, row), Candidates)


def test_an_archived_contact_asks_and_a_stranger_is_nothing(
    filled: Connection, ada: Actor, now: dt.datetime
) -> None:
    assert isinstance(contacts.match(filled, company("Old Wharf Printers", by=ada, now=now)), Candidates)
    assert contacts.match(filled, company("Nobody Knows", by=ada, now=now)) == Nothing()


def test_a_contact_that_stands_for_another_company_asks(
    filled: Connection, ada: Actor, cleo: Actor, now: dt.datetime
) -> None:
    first, second = company("Kestrel (old)", by=ada, now=now), company("Kestrel Air", by=ada, now=now)
    kestrel = xeros(filled, "Kestrel Air")
    contacts.choose(filled, contacts.party_of_company(first), kestrel.contact_id, by=cleo, now=now)
    found = contacts.match(filled, second)
    assert isinstance(found, Candidates)
    assert "Kestrel (old)" in found.candidates[0].doubt


def test_a_choice_is_remembered_and_written_down(
    filled: Connection, ada: Actor, cleo: Actor, now: dt.datetime
) -> None:
    row = company("Couriers", by=ada, now=now)
    quick = xeros(filled, "Quick Couriers")
    contacts.choose(filled, contacts.party_of_company(row), quick.contact_id, by=cleo, now=now)
    assert contacts.match(filled, row) == Linked(contact_id=quick.contact_id)
    told = Activity.objects.get(kind="company", subject_id=row.id, verb="company.linked")
    assert "Quick Couriers" in told.sentence
    assert [(link.contact_id, contact) for link, contact in contacts.of_company(row.id)] == [
        (quick.contact_id, quick)
    ]


def test_choosing_is_for_owner_and_bookkeeper_and_for_contacts_that_take_documents(
    filled: Connection, ada: Actor, ben: Actor, cleo: Actor, dan: Actor, now: dt.datetime
) -> None:
    party = contacts.party_of_company(company("Couriers", by=ada, now=now))
    quick, wharf = xeros(filled, "Quick Couriers"), xeros(filled, "Old Wharf Printers")
    with pytest.raises(NotPermitted):
        contacts.choose(filled, party, quick.contact_id, by=ben, now=now)
    with pytest.raises(Invalid):
        contacts.choose(filled, party, wharf.contact_id, by=cleo, now=now)
    with pytest.raises(NotFound):
        contacts.choose(filled, party, "no-such-contact", by=cleo, now=now)
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id), pytest.raises(NotFound):
        contacts.choose(filled, party, quick.contact_id, by=dan, now=now)
    assert not ContactLink.objects.exists()


def test_unlinking_asks_again(filled: Connection, ada: Actor, cleo: Actor, now: dt.datetime) -> None:
    row = company("Couriers", by=ada, now=now)
    party = contacts.party_of_company(row)
    contacts.choose(filled, party, xeros(filled, "Quick Couriers").contact_id, by=cleo, now=now)
    contacts.unlink(filled, party, by=cleo, now=now)
    assert contacts.match(filled, row) == Nothing()
    with pytest.raises(NotFound):
        contacts.unlink(filled, party, by=cleo, now=now)


def test_a_link_follows_a_merge_however_often(
    filled: Connection, ada: Actor, cleo: Actor, now: dt.datetime
) -> None:
    row = company("Couriers", by=ada, now=now)
    quick, city, mira = (
        xeros(filled, n).contact_id for n in ("Quick Couriers", "City Power", "Mira Holt Illustration")
    )
    contacts.choose(filled, contacts.party_of_company(row), quick, by=cleo, now=now)
    merged = [
        Contact(
            contact_id=quick, name="Quick Couriers", contact_status="ARCHIVED", merged_to_contact_id=city
        ),
        Contact(contact_id=city, name="City Power", contact_status="ARCHIVED", merged_to_contact_id=mira),
    ]
    mirror.store(filled, merged)
    contacts.follow_merged(filled, [quick, city], now=now)
    assert contacts.match(filled, row) == Linked(contact_id=mira)
    sentence = Activity.objects.filter(verb="company.linked", actor_name="Xero").latest("place").sentence
    assert "Mira Holt Illustration" in sentence


def test_a_linked_contact_that_was_archived_is_asked_about(
    filled: Connection, ada: Actor, cleo: Actor, now: dt.datetime
) -> None:
    row = company("Quick Couriers", by=ada, now=now)
    quick = xeros(filled, "Quick Couriers").contact_id
    contacts.choose(filled, contacts.party_of_company(row), quick, by=cleo, now=now)
    mirror.store(filled, [Contact(contact_id=quick, name="Quick Couriers", contact_status="ARCHIVED")])
    found = contacts.match(filled, row)
    assert isinstance(found, Candidates)
    assert [c.contact.contact_id for c in found.candidates] == [quick]


def test_dan_finds_no_contact(filled: Connection, dan: Actor) -> None:
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id):
        assert not MirroredContact.objects.exists()
        assert contacts.search(filled, "kestrel") == []


def test_search_finds_by_name_tax_number_and_address(filled: Connection) -> None:
    for text in ("kestr", "GB123456789", "accounts@kestrelair"):
        assert [row.name for row in contacts.search(filled, text)] == ["Kestrel Air"]
    assert contacts.search(filled, "old wharf") == []


def expense(supplier: Company, branch: Branch, *, by: Actor, now: dt.datetime, **more: str) -> Expense:
    line = LineDraft(id=None, item="Taxi", description="", quantity=Decimal(1), unit_amount=Decimal(20))
    draft = ExpenseDraft(
        branch_id=branch.id,
        company_id=supplier.id,
        issued_on=now.date(),
        currency="GBP",
        lines=(line,),
        **more,
    )
    return expenses.create(draft, by=by, now=now)


def test_documents_are_matched_together_and_missing_parties_come_once(
    filled: Connection, ada: Actor, london: Branch, now: dt.datetime
) -> None:
    known, stranger = company("Kestrel Air", by=ada, now=now), company("Nobody Knows", by=ada, now=now)
    rows = [expense(one, london, by=ada, now=now) for one in (known, stranger, stranger)]
    found = contacts.match_documents(filled, rows)
    assert [type(found[row.id]) for row in rows] == [Found, Nothing, Nothing]
    assert [party.name for party in contacts.missing(filled, rows)] == ["Nobody Knows"]
    assert contacts.contact_ids(filled, rows) == {}
    match = found[rows[0].id]
    assert isinstance(match, Found)
    contacts.link_found(filled, rows[0], match, by=ada, now=now)
    assert contacts.contact_ids(filled, rows) == {rows[0].id: match.contact_id}


def test_what_a_person_paid_is_theirs_and_not_the_shops(
    filled: Connection, ada: Actor, cleo: Actor, london: Branch, now: dt.datetime
) -> None:
    row = expense(
        company("Kestrel Air", by=ada, now=now),
        london,
        by=ada,
        now=now,
        paid_by="person",
        paid_by_name="Mira  Holt",
    )
    assert [party.name for party in contacts.missing(filled, [row])] == ["Mira Holt"]
    mira = xeros(filled, "Mira Holt Illustration").contact_id
    contacts.link_party(filled, row, mira, by=cleo, now=now)
    assert contacts.contact_ids(filled, [row]) == {row.id: mira}


def test_nothing_is_missing_before_the_mirror_was_filled(
    gb: Connection, ada: Actor, london: Branch, now: dt.datetime
) -> None:
    row = expense(company("Nobody Knows", by=ada, now=now), london, by=ada, now=now)
    assert contacts.missing(gb, [row]) == []


def test_what_is_created_in_xero_is_linked(
    filled: Connection, ada: Actor, present: dt.datetime, now: dt.datetime
) -> None:
    row = company(
        "Nobody <Knows>", email="hi@nobody.example", tax_number="GB 555", phone="020 1", address="1 Lane\nLeeds\nLS1\nUK\nEarth",
        by=ada, now=now,
    )  # fmt: skip
    party = contacts.party_of_company(row)
    with clients.open(filled, why="contacts", urgent=True, now=present) as xero:
        (result,) = xero.put_contacts(encode_contacts([contacts.write_of(party)]), idempotency_key="k").value
    assert result.is_done
    assert contacts.is_of(party, result.record)
    contacts.record_created(filled, party, result.record, now=now)
    assert contacts.match(filled, row) == Linked(contact_id=result.record.contact_id)
    mirrored = xeros(filled, "Nobody Knows")
    assert (mirrored.email, mirrored.tax_number) == ("hi@nobody.example", "GB 555")


def test_a_person_is_created_by_name_alone() -> None:
    assert contacts.write_of(Party(key="person:mira", name=" Mira  Holt ")) == ContactWrite(name="Mira Holt")


def test_a_company_that_is_none_of_its_look_alikes_counts_as_unknown(
    filled: Connection, ada: Actor, cleo: Actor, now: dt.datetime
) -> None:
    row = company("Kestrel Air Limited", by=ada, now=now)
    assert isinstance(contacts.match(filled, row), Candidates)
    distinctions.declare(filled, contacts.party_of_company(row), by=cleo, now=now)
    distinctions.declare(filled, contacts.party_of_company(row), by=cleo, now=now)
    assert contacts.match(filled, row) == Nothing()
    assert Activity.objects.filter(subject_id=row.id, verb="company.distinguished").count() == 1


def test_a_contact_of_exactly_the_name_stays_a_question(
    filled: Connection, ada: Actor, cleo: Actor, now: dt.datetime
) -> None:
    row = company("Kestrel Air", tax_number="GB999999973", by=ada, now=now)
    distinctions.declare(filled, contacts.party_of_company(row), by=cleo, now=now)
    assert isinstance(contacts.match(filled, row), Candidates), "Xero takes no second one of that name"


def test_telling_apart_is_for_owner_and_bookkeeper(
    filled: Connection, ada: Actor, ben: Actor, now: dt.datetime
) -> None:
    row = company("Kestrel Air Limited", by=ada, now=now)
    with pytest.raises(NotPermitted):
        distinctions.declare(filled, contacts.party_of_company(row), by=ben, now=now)
