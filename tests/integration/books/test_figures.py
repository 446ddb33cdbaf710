"""Figures: added up by currency, by age and by month, and each names its list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bluestamp.books import credit_notes, expenses, figures, invoices, payments
from bluestamp.books.companies import Company
from bluestamp.books.credit_notes import CreditNote, CreditNoteDraft
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.figures import CurrencyFigures, ListFilter
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.books.payments import MirroredPayment
from bluestamp.engine import tenancy
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")

Bill = Callable[..., Invoice]
Credit = Callable[..., CreditNote]


def _line(amount: str) -> tuple[LineDraft, ...]:
    return (LineDraft(item="Work", unit_amount=Decimal(amount)),)


@pytest.fixture
def bill(client_company: Company, london: Branch, ben: Actor, now: datetime) -> Bill:
    """Make an invoice with one untaxed line, at the client."""

    def made(
        amount: str, *, due: date, issued: date | None = None, currency: str = "GBP", is_sent: bool = True
    ) -> Invoice:
        draft = InvoiceDraft(
            branch_id=london.id,
            company_id=client_company.id,
            issued_on=issued or min(due, now.date()),
            due_on=due,
            currency=currency,
            tax_mode="no_tax",
            lines=_line(amount),
        )
        invoice = invoices.create(draft, by=ben, now=now)
        if is_sent:
            return invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=ben, now=now)
        return invoice

    return made


@pytest.fixture
def credit(client_company: Company, london: Branch, ben: Actor, now: datetime) -> Credit:
    """Make a credit note with one untaxed line, for the client."""

    def made(amount: str, *, issued: date, currency: str = "GBP", is_issued: bool = True) -> CreditNote:
        draft = CreditNoteDraft(
            branch_id=london.id,
            company_id=client_company.id,
            issued_on=issued,
            currency=currency,
            tax_mode="no_tax",
            lines=_line(amount),
        )
        note = credit_notes.create(draft, by=ben, now=now)
        if is_issued:
            return credit_notes.mark_as_sent(note_id=note.id, version=1, by=ben, now=now)
        return note

    return made


def _main(now: datetime) -> CurrencyFigures:
    return figures.home(now=now).main


def test_a_new_studio_has_figures_of_nothing(now: datetime) -> None:
    home = figures.home(now=now)
    assert (home.today, home.others, home.main.currency, home.main.is_empty) == (
        date(2026, 11, 2),
        (),
        "GBP",
        True,
    )
    assert [month.first_day for month in home.main.months] == [
        date(2026, 6, 1),
        date(2026, 7, 1),
        date(2026, 8, 1),
        date(2026, 9, 1),
        date(2026, 10, 1),
        date(2026, 11, 1),
    ]


@pytest.mark.parametrize(
    ("due", "place"),
    [
        (date(2026, 11, 2), None),  # due today is not late
        (date(2026, 11, 1), 0),
        (date(2026, 10, 3), 0),  # 30 days
        (date(2026, 10, 2), 1),
        (date(2026, 9, 3), 1),  # 60 days
        (date(2026, 9, 2), 2),
        (date(2026, 8, 4), 2),  # 90 days
        (date(2026, 8, 3), 3),
        (date(2020, 1, 1), 3),
    ],
)
def test_what_is_owed_is_overdue_by_the_days_since_it_was_due(
    due: date, place: int | None, bill: Bill, now: datetime
) -> None:
    bill("100", due=due)
    found = _main(now)
    expected = [Decimal("100.00") if at == place else Decimal("0.00") for at in range(4)]
    assert [age.amount for age in found.ages] == expected
    assert (found.owed.amount, found.owed.documents) == (Decimal("100.00"), 1)
    assert found.overdue.documents == (0 if place is None else 1)


def test_today_is_the_studios_own_day(bill: Bill) -> None:
    bill("100", due=date(2026, 6, 14))
    late_evening_utc = datetime(2026, 6, 14, 23, 30, tzinfo=UTC)  # half past midnight in London's summer
    assert _main(late_evening_utc).overdue.documents == 1


def test_drafts_and_what_is_paid_owe_nothing(bill: Bill, cleo: Actor, now: datetime) -> None:
    bill("100", due=date(2026, 10, 1), is_sent=False)
    paid = bill("50", due=date(2026, 10, 1))
    Invoice.objects.filter(pk=paid.pk).update(status="paid", amount_due=0)
    assert _main(now).owed.documents == 0


def test_currencies_are_never_added_up(bill: Bill, now: datetime) -> None:
    bill("100", due=date(2026, 12, 1))
    bill("70", due=date(2026, 12, 1), currency="EUR")
    bill("7", due=date(2026, 12, 1), currency="EUR")
    home = figures.home(now=now)
    assert (home.main.currency, home.main.owed.amount) == ("GBP", Decimal("100.00"))
    assert [(other.currency, other.owed.amount, other.owed.documents) for other in home.others] == [
        ("EUR", Decimal("77.00"), 2)
    ]


def test_a_month_has_what_was_issued_and_what_was_received_in_it(bill: Bill, now: datetime) -> None:
    bill("100", due=date(2026, 12, 1), issued=date(2026, 11, 1))
    october = bill("60", due=date(2026, 11, 30), issued=date(2026, 10, 31))
    bill("999", due=date(2026, 12, 1), issued=date(2026, 11, 1), is_sent=False)
    bill("999", due=date(2026, 6, 1), issued=date(2026, 5, 31))
    _receive(october, "payment", "25", date(2026, 11, 2), now=now)
    found = _main(now)
    assert (found.invoiced.amount, found.received.amount) == (Decimal("100.00"), Decimal("25.00"))
    assert [(month.invoiced, month.received) for month in found.months[-2:]] == [
        (Decimal("60.00"), Decimal("0.00")),
        (Decimal("100.00"), Decimal("25.00")),
    ]
    assert sum(month.invoiced for month in found.months) == Decimal("160.00")


def test_settled_by_credit_is_not_received(bill: Bill, now: datetime) -> None:
    invoice = bill("100", due=date(2026, 12, 1))
    _receive(invoice, "credit_note", "30", date(2026, 11, 2), now=now)
    assert _main(now).received.amount == 0
    _receive(invoice, "prepayment", "20", date(2026, 11, 2), now=now)
    assert _main(now).received.amount == Decimal("20.00")


def test_invoiced_is_less_what_was_credited_in_its_month(
    bill: Bill, credit: Credit, cleo: Actor, now: datetime
) -> None:
    bill("100", due=date(2026, 12, 1), issued=date(2026, 11, 1))
    bill("60", due=date(2026, 11, 30), issued=date(2026, 10, 31))
    credit("30", issued=date(2026, 11, 2))
    credit("7", issued=date(2026, 10, 30))
    credit("999", issued=date(2026, 11, 2), is_issued=False)
    gone = credit("500", issued=date(2026, 11, 2))
    credit_notes.void(note_id=gone.id, version=gone.version, reason="", by=cleo, now=now)
    found = _main(now)
    assert [month.invoiced for month in found.months[-2:]] == [Decimal("53.00"), Decimal("70.00")]
    assert (found.invoiced.amount, found.invoiced.documents, found.invoiced.less) == (
        Decimal("70.00"),
        1,
        1,
    )


def test_received_is_less_what_was_paid_back_by_the_day_it_was(
    bill: Bill, credit: Credit, now: datetime
) -> None:
    invoice = bill("100", due=date(2026, 12, 1))
    _receive(invoice, "payment", "80", date(2026, 11, 1), now=now)
    note = credit("50", issued=date(2026, 10, 1))
    _receive(note, "payment", "20", date(2026, 11, 2), now=now)
    _receive(credit("5", issued=date(2026, 10, 1)), "payment", "5", date(2026, 10, 2), now=now)
    found = _main(now)
    assert [month.received for month in found.months[-2:]] == [Decimal("-5.00"), Decimal("60.00")]
    assert (found.received.amount, found.received.documents, found.received.less) == (Decimal("60.00"), 1, 1)


def test_an_invoice_paid_in_three_parts_is_one_document(bill: Bill, now: datetime) -> None:
    invoice = bill("100", due=date(2026, 12, 1))
    _receive(invoice, "payment", "10", date(2026, 11, 1), "20", "30", now=now)
    assert (_main(now).received.amount, _main(now).received.documents) == (Decimal("60.00"), 1)


def test_a_payment_that_is_being_removed_was_received_until_it_is_gone(bill: Bill, now: datetime) -> None:
    invoice = bill("100", due=date(2026, 12, 1))
    _receive(invoice, "payment", "10", date(2026, 11, 1), now=now)
    payments.Payment.objects.update(state="removing")
    assert _main(now).received.amount == Decimal("10.00")
    payments.Payment.objects.update(state="deleted")
    assert _main(now).received.amount == 0


def test_what_was_invoiced_and_credited_in_full_is_something_that_happened(
    bill: Bill, credit: Credit, now: datetime
) -> None:
    invoice = bill("100", due=date(2026, 12, 1), issued=date(2026, 11, 1), currency="EUR")
    Invoice.objects.filter(pk=invoice.pk).update(status="paid", amount_due=0, amount_credited=100)
    credit("100", issued=date(2026, 11, 2), currency="EUR")
    (euros,) = figures.home(now=now).others
    assert (euros.invoiced.amount, euros.is_empty) == (Decimal("0.00"), False)


def test_committed_is_approved_and_not_paid_yet(
    supplier: Company, london: Branch, ben: Actor, now: datetime
) -> None:
    for amount, paid_by, number, is_approved in (
        ("80", "supplier", "A-1", True),
        ("9", "card", "", True),
        ("500", "supplier", "A-2", False),
    ):
        _spend(supplier, london, amount, paid_by, number, is_approved, by=ben, now=now)
    found = _main(now)
    assert (found.committed.amount, found.committed.documents) == (Decimal("80.00"), 1)


def test_every_figure_names_the_list_that_it_comes_from(now: datetime) -> None:
    found = _main(now)
    assert found.owed.listed == ListFilter("invoice", tab="sent")
    assert found.overdue.listed == ListFilter("invoice", tab="overdue")
    assert found.committed.listed == ListFilter("expense", tab="approved")
    assert found.invoiced.less == found.received.less == 0
    assert found.received.listed == ListFilter("invoice", tab="paid")
    assert found.invoiced.listed == ListFilter("invoice", since=date(2026, 11, 1), until=date(2026, 11, 30))


def test_home_asks_the_database_as_often_for_many_documents_as_for_none(bill: Bill, now: datetime) -> None:
    with CaptureQueriesContext(connection) as before:
        figures.home(now=now)
    for day in range(1, 6):
        bill("1", due=date(2026, 10, day), currency="EUR" if day % 2 else "GBP")
    with CaptureQueriesContext(connection) as after:
        figures.home(now=now)
    assert len(after) == len(before) <= 8


def test_tabs_count_every_status_and_overdue_when_told_the_day(bill: Bill, now: datetime) -> None:
    bill("1", due=date(2026, 10, 1))
    bill("1", due=date(2026, 12, 1))
    bill("1", due=date(2026, 10, 1), is_sent=False)
    counted = {"all": 3, "draft": 1, "sent": 2, "paid": 0, "void": 0}
    assert figures.tab_counts("invoice") == counted
    assert figures.tab_counts("invoice", today=now.date()) == counted | {"overdue": 1}
    assert figures.tab_counts("expense") == {"all": 0, "draft": 0, "approved": 0, "paid": 0, "cancelled": 0}


def test_daybreak_has_figures_of_its_own(bill: Bill, daybreak: Studio, now: datetime) -> None:
    bill("100", due=date(2026, 10, 1))
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        home = figures.home(now=now)
        assert (home.main.currency, home.main.is_empty, home.others) == ("NZD", True, ())
        assert figures.tab_counts("invoice")["all"] == 0


def _receive(document: Document, nature: str, amount: str, day: date, *more: str, now: datetime) -> None:
    theirs = [
        MirroredPayment(
            external_id=f"{place}{nature}-{document.id}"[:36],
            nature=nature,
            paid_on=day,
            amount=Decimal(each),
            currency=document.currency,
        )
        for place, each in enumerate((amount, *more))
    ]
    payments.mirror(kind=document.kind, document_id=document.id, theirs=theirs, now=now)


def _spend(
    supplier: Company,
    branch: Branch,
    amount: str,
    paid_by: str,
    number: str,
    is_approved: bool,
    *,
    by: Actor,
    now: datetime,
) -> Expense:
    draft = ExpenseDraft(
        branch_id=branch.id,
        company_id=supplier.id,
        issued_on=now.date(),
        currency="GBP",
        tax_mode="no_tax",
        paid_by=paid_by,
        supplier_invoice_number=number,
        lines=_line(amount),
    )
    expense = expenses.create(draft, by=by, now=now)
    if is_approved:
        return expenses.approve(expense_id=expense.id, version=1, by=by, now=now)
    return expense
