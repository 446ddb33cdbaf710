"""Credit applied to invoices: reserved at once, counted when it is confirmed, released when it is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bluestamp.books import applications, credit_notes, invoices, ledgers, payments, standings
from bluestamp.books.applications import (
    CreditApplication,
    MirroredApplication,
    NotApplicable,
    NotIssuedYet,
    NotTogether,
)
from bluestamp.books.companies import Company
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.documents import PaymentStanding
from bluestamp.books.invoices import Invoice
from bluestamp.books.issuing import InLockedPeriod, MoneyStandsOnIt
from bluestamp.books.ledgers import Ledger
from bluestamp.books.payments import NotRemovable, OnItsWay, TooMuch
from bluestamp.engine import tenancy
from bluestamp.errors import InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity, actors
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio
from tests.integration.books.documents.ledger_of_northlight import CHART
from tests.integration.books.documents.money_moves import DAY, Desk, in_ledger, standing

pytestmark = pytest.mark.usefixtures("in_northlight")


@pytest.fixture
def desk(kestrel: Company, london: Branch, cleo: Actor, now: dt.datetime) -> Desk:
    return Desk(by=cleo, now=now, branch_id=london.id, company_id=kestrel.id)


@pytest.fixture
def asked(ledger: Ledger, desk: Desk) -> CreditApplication:
    """60 of a note over 100, on an invoice over 80, in books that are kept in Xero."""
    return desk.apply(desk.note(100), desk.invoice(80), 60)


def _open(row: CreditApplication) -> Any:
    note = CreditNote.objects.get(id=row.credit_note_id)
    return applications.available(note), applications.open_amount(Invoice.objects.get(id=row.invoice_id))


def _fresh(row: CreditApplication) -> CreditApplication:
    return CreditApplication.objects.get(id=row.id)


def _theirs(row: CreditApplication, **changes: Any) -> MirroredApplication:
    said = MirroredApplication(
        external_id="a-1", invoice_id=row.invoice_id, amount=row.amount, applied_on=row.applied_on
    )
    return replace(said, **changes)


def _mirror(row: CreditApplication, *theirs: MirroredApplication, now: dt.datetime) -> None:
    applications.mirror(note_id=row.credit_note_id, theirs=theirs, now=now)


# Where the books are kept here


def test_credit_counts_at_once_and_an_invoice_that_it_covers_is_paid(own_books: Ledger, desk: Desk) -> None:
    note, invoice = desk.note(100), desk.invoice(80)
    row = desk.apply(note, invoice, 80)
    assert (row.state, row.is_only_here, row.origin) == ("confirmed", True, "here")
    assert (standing(invoice), standing(note)) == (("paid", 0, 80, 0), ("issued", 0, 80, 20))
    assert Invoice.objects.get(id=invoice.id).fully_paid_on == DAY


def test_a_note_is_used_when_nothing_of_it_remains_and_freed_when_it_is_taken_back(
    own_books: Ledger, desk: Desk
) -> None:
    note, invoice = desk.note(80), desk.invoice(80)
    row = desk.apply(note, invoice, 80)
    assert (standing(note), standing(invoice)) == (("used", 0, 80, 0), ("paid", 0, 80, 0))
    assert desk.take_back(row).state == "removed"
    assert (standing(note), standing(invoice)) == (("issued", 0, 0, 80), ("sent", 0, 0, 80))
    assert applications.of_note(note.id) == applications.of_invoice(invoice.id) == []


def test_payments_and_credit_cover_an_invoice_together(own_books: Ledger, desk: Desk) -> None:
    note, invoice = desk.note(30), desk.invoice(100)
    desk.apply(note, invoice, 30)
    desk.pay(invoice, 70)
    assert standing(invoice) == ("paid", 70, 30, 0)


def test_one_note_pays_invoices_of_several_jobs(own_books: Ledger, desk: Desk) -> None:
    note, first, second = desk.note(100), desk.invoice(60), desk.invoice(60)
    desk.apply(note, first, 60)
    desk.apply(note, second, 40)
    assert (standing(note)[0], standing(second)) == ("used", ("sent", 0, 40, 20))
    assert [row.amount for row in applications.of_note(note.id)] == [60, 40]


def test_both_histories_say_it(own_books: Ledger, desk: Desk) -> None:
    note, invoice = desk.note(100), desk.invoice(80)
    desk.apply(note, invoice, 30)
    told = [activity.history(each.kind, each.id)[0].sentence for each in (note, invoice)]
    assert told == [f"Applied £30.00 on {invoice.number}.", f"Applied £30.00 of {note.number}."]


# What is refused


@pytest.mark.parametrize(
    ("amount", "kind"), [("81", TooMuch), ("101", TooMuch), ("0", None), ("-5", None), ("1.001", None)]
)
def test_no_more_than_is_open_on_both_is_applied(
    amount: str, kind: type[TooMuch] | None, own_books: Ledger, desk: Desk
) -> None:
    note, invoice = desk.note(100), desk.invoice(80)
    with pytest.raises(InvalidFields) as refused:
        desk.apply(note, invoice, amount)
    (fault,) = refused.value.faults
    assert (fault.field, isinstance(fault, TooMuch)) == ("amount", kind is not None)
    assert not CreditApplication.objects.exists()


def test_an_invoice_that_the_client_never_got_is_issued_first(
    own_books: Ledger, desk: Desk, invoice_draft: invoices.InvoiceDraft
) -> None:
    """Bookkeeping rule 15."""
    draft = invoices.create(invoice_draft, by=desk.by, now=desk.now)
    with pytest.raises(NotIssuedYet) as refused:
        desk.apply(desk.note(100), draft, 10)
    assert refused.value.sentence == "Issue the invoice first: the client never got it."


def test_a_note_that_is_a_draft_or_void_is_not_applied(own_books: Ledger, desk: Desk) -> None:
    invoice, note = desk.invoice(80), desk.note(50)
    draft = credit_notes.from_invoice(invoice_id=invoice.id, by=desk.by, now=desk.now)
    with pytest.raises(NotIssuedYet):
        desk.apply(draft, invoice, 10)
    credit_notes.void(note_id=note.id, version=note.version, reason="", by=desk.by, now=desk.now)
    with pytest.raises(NotApplicable):
        desk.apply(note, invoice, 10)


def test_a_paid_invoice_takes_no_credit(own_books: Ledger, desk: Desk) -> None:
    invoice = desk.invoice(80)
    desk.pay(invoice, 80)
    with pytest.raises(NotApplicable):
        desk.apply(desk.note(100), invoice, 10)


def test_credit_stays_with_its_company_its_currency_and_its_books(
    own_books: Ledger, desk: Desk, inkhouse: Company, bristol: Branch
) -> None:
    invoice = desk.invoice(80)
    for changes in ({"company_id": inkhouse.id}, {"currency": "EUR"}, {"branch_id": bristol.id}):
        note = desk.note(100, **changes)
        with pytest.raises(NotTogether):
            desk.apply(note, invoice, 10)
        assert invoice not in applications.invoices_for(note)
        assert note not in applications.notes_for(invoice)


def test_nothing_is_applied_or_taken_back_in_a_closed_period(own_books: Ledger, desk: Desk) -> None:
    """Bookkeeping rule 22."""
    note, invoice = desk.note(100), desk.invoice(80)
    row = desk.apply(note, invoice, 10)
    ledgers.fill(own_books, replace(CHART, period_lock_on=DAY), now=desk.now)
    with pytest.raises(InvalidFields) as refused:
        desk.apply(note, invoice, 10)
    assert refused.value.field == "applied_on"
    with pytest.raises(InLockedPeriod):
        desk.take_back(row)


def test_credit_is_not_applied_before_both_documents_are_there(own_books: Ledger, desk: Desk) -> None:
    later = DAY + dt.timedelta(days=3)
    for changes in ({"issued_on": later}, {}):
        note = desk.note(100, **changes)
        invoice = desk.invoice(80) if changes else desk.invoice(80, issued_on=later)
        with pytest.raises(InvalidFields) as refused:
            desk.apply(note, invoice, 10)
        assert refused.value.field == "applied_on"
        assert applications.earliest_day(note, invoice) == later


def test_only_what_is_open_is_offered(own_books: Ledger, desk: Desk) -> None:
    note, first, second = desk.note(60), desk.invoice(60), desk.invoice(60)
    assert applications.invoices_for(note) == [first, second]
    assert applications.notes_for(first) == [note]
    desk.apply(note, first, 60)
    assert applications.invoices_for(desk.note(5)) == [second]
    assert note not in applications.notes_for(second)


def test_what_is_offered_takes_the_same_number_of_queries_however_much_it_is(
    own_books: Ledger, desk: Desk
) -> None:
    note, invoice = desk.note(60), desk.invoice(60)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            standings.open_amounts(applications.invoices_for(note))
            standings.open_amounts(applications.notes_for(invoice))
        return len(captured)

    before = queries()
    for _ in range(5):
        desk.note(10), desk.invoice(10)
    assert len(applications.invoices_for(note)) == len(applications.notes_for(invoice)) == 6
    assert queries() == before


def test_what_is_open_of_many_is_what_is_open_of_each(ledger: Ledger, desk: Desk) -> None:
    notes, rows = [desk.note(100), desk.note(90)], [desk.invoice(80), desk.invoice(70)]
    desk.apply(notes[0], rows[0], 60)
    here = desk.apply(notes[1], rows[1], 20)
    CreditApplication.objects.filter(id=here.id).update(state="confirmed", is_only_here=True)
    for row in rows:
        in_ledger(row)
    fresh = list(Invoice.objects.order_by("number"))
    assert list(standings.open_amounts(fresh).values()) == [20, 50]
    assert [standings.open_amount(row) for row in fresh] == [20, 50]
    assert standings.open_amounts([]) == {}


# Where the books are kept in Xero


def test_what_is_asked_reserves_its_amount_on_both_and_counts_on_neither(asked: CreditApplication) -> None:
    assert (asked.state, asked.is_only_here) == ("asked", False)
    assert (standing(asked.credit_note), standing(asked.invoice)) == (
        ("issued", 0, 0, 100),
        ("sent", 0, 0, 80),
    )
    assert _open(asked) == (40, 20)
    assert list(applications.to_send()) == [asked]


def test_what_is_asked_is_not_given_twice(asked: CreditApplication, desk: Desk) -> None:
    with pytest.raises(InvalidFields):
        desk.apply(asked.credit_note, asked.invoice, 21)
    desk.apply(asked.credit_note, asked.invoice, 20)
    assert _open(asked) == (20, 0)


def test_neither_is_voided_while_credit_is_on_its_way(asked: CreditApplication, desk: Desk) -> None:
    note, invoice = asked.credit_note, asked.invoice
    with pytest.raises(MoneyStandsOnIt):
        credit_notes.void(note_id=note.id, version=note.version, reason="", by=desk.by, now=desk.now)
    with pytest.raises(MoneyStandsOnIt):
        invoices.void(invoice_id=invoice.id, version=invoice.version, reason="", by=desk.by, now=desk.now)


def test_what_is_confirmed_counts_on_both_and_is_no_edit(asked: CreditApplication, now: dt.datetime) -> None:
    for _ in range(2):
        row = applications.confirm(application_id=asked.id, external_id="a-1", now=now)
        assert (row.state, row.external_id, row.in_flight) == ("confirmed", "a-1", False)
        assert (standing(row.credit_note), standing(row.invoice)) == (
            ("issued", 0, 60, 40),
            ("sent", 0, 60, 20),
        )
    assert _open(row) == (40, 20)
    assert (row.credit_note.version, row.invoice.version) == (2, 2)


def test_what_a_reading_brought_already_is_not_counted_again(
    asked: CreditApplication, now: dt.datetime
) -> None:
    xero = actors.xero(asked.studio_id)
    there = PaymentStanding(Decimal(0), Decimal(60), Decimal(20))
    invoices.take_standing(invoice_id=asked.invoice_id, standing=there, is_paid=False, by=xero, now=now)
    applications.confirm(application_id=asked.id, external_id="a-1", now=now)
    assert standing(asked.invoice) == ("sent", 0, 60, 20)


def test_what_is_refused_releases_its_amount_and_says_why(
    asked: CreditApplication, desk: Desk, now: dt.datetime
) -> None:
    row = applications.refuse(application_id=asked.id, code="CREDIT_SPENT", sentence="It is spent.", now=now)
    assert (row.state, row.sentence, _open(row)) == ("refused", "It is spent.", (100, 80))
    assert applications.of_note(row.credit_note_id) == [row]
    assert desk.take_back(row).state == "removed"


def test_a_removal_is_asked_and_the_credit_counts_until_it_is_gone(
    asked: CreditApplication, desk: Desk, now: dt.datetime
) -> None:
    applications.confirm(application_id=asked.id, external_id="a-1", now=now)
    assert desk.take_back(asked).state == "removing"
    assert (_open(asked), list(applications.to_send())) == ((40, 20), [asked])
    with pytest.raises(NotRemovable):
        desk.take_back(asked)
    kept = applications.refuse_removal(application_id=asked.id, sentence="Locked.", now=now)
    assert (kept.state, kept.sentence) == ("confirmed", "Locked.")
    desk.take_back(asked)
    assert applications.confirm_removal(application_id=asked.id, now=now).state == "removed"


def test_what_was_not_sent_yet_is_taken_back_at_once_and_what_is_in_flight_is_not(
    asked: CreditApplication, desk: Desk
) -> None:
    applications.mark_in_flight([asked.id], is_in_flight=True)
    assert not applications.to_send().exists()
    with pytest.raises(OnItsWay):
        desk.take_back(asked)
    applications.mark_in_flight([asked.id], is_in_flight=False)
    assert desk.take_back(asked).state == "removed"
    assert _open(asked) == (100, 80)


# What Xero has


def test_what_was_applied_in_xero_comes_back_as_its_own(asked: CreditApplication, now: dt.datetime) -> None:
    theirs = _theirs(asked, amount=Decimal(5))
    for _ in range(2):
        _mirror(asked, theirs, now=now)
    rows = applications.of_note(asked.credit_note_id)
    assert {(int(row.amount), row.state, row.origin, row.recorded_by) for row in rows} == {
        (60, "asked", "here", "Cleo"),
        (5, "confirmed", "xero", "Xero"),
    }


@pytest.mark.parametrize("external_id", ["a-1", ""])
def test_only_a_row_in_flight_is_taken_for_the_one_in_xero(
    external_id: str, asked: CreditApplication, now: dt.datetime
) -> None:
    applications.mark_in_flight([asked.id], is_in_flight=True)
    for _ in range(2):
        _mirror(asked, _theirs(asked, external_id=external_id), now=now)
    (row,) = applications.of_note(asked.credit_note_id)
    assert (row.id, row.state, row.origin, row.external_id) == (asked.id, "confirmed", "here", external_id)
    assert not row.in_flight


def test_two_of_one_amount_stay_two(asked: CreditApplication, now: dt.datetime) -> None:
    both = [_theirs(asked, external_id=name, amount=Decimal(10)) for name in ("a-1", "a-2")]
    _mirror(asked, *both, now=now)
    _mirror(asked, *(replace(each, external_id="") for each in both), now=now)
    rows = [row for row in applications.of_note(asked.credit_note_id) if row.state == "confirmed"]
    assert sorted(row.external_id for row in rows) == ["a-1", "a-2"]


def test_an_id_that_comes_later_is_kept(asked: CreditApplication, now: dt.datetime) -> None:
    applications.confirm(application_id=asked.id, external_id="", now=now)
    _mirror(asked, _theirs(asked), now=now)
    (row,) = applications.of_note(asked.credit_note_id)
    assert (row.id, row.external_id) == (asked.id, "a-1")


def test_a_row_that_xero_brought_first_becomes_one_with_ours(
    asked: CreditApplication, now: dt.datetime
) -> None:
    _mirror(asked, _theirs(asked), now=now)
    assert CreditApplication.objects.count() == 2
    applications.confirm(application_id=asked.id, external_id="a-1", now=now)
    (row,) = applications.of_note(asked.credit_note_id)
    assert (row.id, row.origin) == (asked.id, "here")


def test_what_xero_no_longer_has_is_removed_and_one_being_removed_stays_so_until_then(
    asked: CreditApplication, desk: Desk, now: dt.datetime
) -> None:
    applications.confirm(application_id=asked.id, external_id="a-1", now=now)
    desk.take_back(asked)
    _mirror(asked, _theirs(asked), now=now)
    assert _fresh(asked).state == "removing"
    _mirror(asked, now=now)
    assert _fresh(asked).state == "removed"


def test_what_was_applied_where_the_books_were_kept_here_stays(
    own_books: Ledger, desk: Desk, now: dt.datetime
) -> None:
    row = desk.apply(desk.note(100), desk.invoice(80), 60)
    in_ledger(row.credit_note)
    _mirror(row, now=now)
    assert _fresh(row).state == "confirmed"


# Who may


def test_a_producer_and_an_accountant_apply_nothing(
    asked: CreditApplication, desk: Desk, ben: Actor, abe: Actor
) -> None:
    for somebody in (ben, abe):
        theirs = replace(desk, by=somebody)
        acts: tuple[Callable[[], object], ...] = (
            lambda theirs=theirs: theirs.apply(asked.credit_note, asked.invoice, 1),  # type: ignore[misc]
            lambda theirs=theirs: theirs.take_back(asked),  # type: ignore[misc]
        )
        for act in acts:
            with pytest.raises(NotPermitted):
                act()


def test_daybreak_touches_no_credit_of_northlight(
    asked: CreditApplication, desk: Desk, daybreak: Studio, dan: Actor, now: dt.datetime
) -> None:
    theirs = replace(desk, by=dan)
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        acts: tuple[Callable[[], object], ...] = (
            lambda: theirs.apply(asked.credit_note, asked.invoice, 1),
            lambda: theirs.take_back(asked),
            lambda: applications.confirm(application_id=asked.id, external_id="a-1", now=now),
            lambda: applications.refuse(application_id=asked.id, code="X", sentence="", now=now),
            lambda: _mirror(asked, now=now),
        )
        for act in acts:
            with pytest.raises(NotFound):
                act()
        assert applications.of_note(asked.credit_note_id) == []
        assert not applications.to_send().exists()
        assert payments.of("invoice", asked.invoice_id) == []
