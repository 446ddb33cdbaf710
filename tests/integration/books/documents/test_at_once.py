"""Two people, or twenty, at the same moment: one of them is told so, and nothing is lost or doubled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection

from bluestamp.books import companies, documents, expenses, invoices
from bluestamp.books.companies import CompanyDraft
from bluestamp.books.documents import PaymentStanding, Stale
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import tenancy
from bluestamp.errors import Refusal
from bluestamp.people import activity, actors
from bluestamp.people.actors import Actor
from tests.cast import NOW, Cast, assemble

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")


@dataclass(frozen=True)
class Desk:
    """Northlight with a company, seen from outside: every act opens the studio on a connection of its own."""

    cast: Cast
    company_id: str

    @property
    def ben(self) -> Actor:
        return self.cast.acting(self.cast.ben)

    @property
    def cleo(self) -> Actor:
        return self.cast.acting(self.cast.cleo)

    @contextmanager
    def open(self) -> Iterator[None]:
        with tenancy.acting_in(self.cast.northlight.pk):
            yield

    def expense(self) -> Expense:
        line = LineDraft(item="Proof", unit_amount=Decimal(84))
        draft = ExpenseDraft(
            branch_id=self.cast.london.id,
            company_id=self.company_id,
            issued_on=dt.date(2026, 11, 2),
            currency="GBP",
            supplier_invoice_number="1",
            lines=(line,),
        )
        with self.open():
            return expenses.create(draft, by=self.ben, now=NOW)

    def invoice(self) -> Invoice:
        draft = InvoiceDraft(
            branch_id=self.cast.london.id,
            company_id=self.company_id,
            issued_on=dt.date(2026, 11, 2),
            currency="GBP",
            lines=(LineDraft(item="Talk", unit_amount=Decimal(100)),),
        )
        with self.open():
            return invoices.create(draft, by=self.ben, now=NOW)


@pytest.fixture
def desk() -> Desk:
    cast = assemble()
    with tenancy.acting_in(cast.northlight.pk):
        draft = CompanyDraft(name="Kestrel Air", is_client=True, is_supplier=True)
        company = companies.create(draft, by=cast.acting(cast.ben), now=NOW)
    return Desk(cast, company.id)


def _at_once(desk: Desk, *acts: Callable[[], T]) -> list[T | Refusal]:
    """Begin all acts at the same moment; what each gave, or the refusal it got."""
    begin = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | Refusal:
        try:
            with desk.open():
                begin.wait(timeout=30)
                return act()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_of_two_who_edit_the_same_version_one_is_told(desk: Desk) -> None:
    expense = desk.expense()
    with desk.open():
        draft = expenses.draft_of(expense)

    def edit(words: str) -> Callable[[], Expense]:
        return lambda: expenses.edit(
            expense_id=expense.id, version=1, draft=replace(draft, reference=words), by=desk.ben, now=NOW
        )

    results = _at_once(desk, edit("his"), edit("hers"))
    (won,) = [result for result in results if isinstance(result, Expense)]
    (stale,) = [result for result in results if isinstance(result, Stale)]
    assert stale.fresh.version == won.version == 2
    assert getattr(stale.fresh, "reference", None) == won.reference


def test_an_edit_and_an_approval_of_the_same_version_never_both_happen(desk: Desk) -> None:
    for _ in range(5):
        expense = desk.expense()
        with desk.open():
            draft = replace(expenses.draft_of(expense), supplier_invoice_number="")

        def approve(of: Expense = expense) -> Expense:
            return expenses.approve(expense_id=of.id, version=1, by=desk.ben, now=NOW)

        def edit(of: Expense = expense, to: ExpenseDraft = draft) -> Expense:
            return expenses.edit(expense_id=of.id, version=1, draft=to, by=desk.ben, now=NOW)

        results = _at_once(desk, approve, edit)
        assert sum(isinstance(result, Stale) for result in results) == 1


def test_twenty_invoices_issued_at_once_have_twenty_numbers_without_a_gap(desk: Desk) -> None:
    drafts = [desk.invoice() for _ in range(20)]

    def issue(invoice: Invoice) -> Callable[[], Invoice]:
        return lambda: invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=desk.ben, now=NOW)

    results = _at_once(desk, *[issue(invoice) for invoice in drafts])
    numbers = sorted(result.number for result in results if isinstance(result, Invoice))
    assert numbers == [f"LON-{number:04d}" for number in range(1, 21)]


def test_an_invoice_issued_twice_at_once_gets_one_number(desk: Desk) -> None:
    invoice = desk.invoice()

    def issue() -> Invoice:
        return invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=desk.ben, now=NOW)

    def number() -> Invoice:
        return invoices.give_number(document_id=invoice.id, by=desk.ben, now=NOW)

    results = _at_once(desk, issue, number, issue, number)
    assert sum(isinstance(result, Stale) for result in results) == 1
    assert {result.number for result in results if isinstance(result, Invoice)} == {"LON-0001"}
    with desk.open():
        assert activity.history("invoice", invoice.id).filter(verb="invoice.sent").count() == 1


def test_a_payment_that_arrives_while_somebody_voids_is_never_lost(desk: Desk) -> None:
    standing = PaymentStanding(Decimal(100), Decimal(0), Decimal(0), dt.date(2026, 11, 3))
    for _ in range(5):
        invoice = desk.invoice()
        with desk.open():
            invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=desk.ben, now=NOW)

        def void(of: Invoice = invoice) -> Invoice:
            return invoices.void(invoice_id=of.id, version=2, reason="", by=desk.cleo, now=NOW)

        def receive(of: Invoice = invoice) -> Invoice:
            xero = actors.xero(of.studio_id)
            return invoices.take_standing(invoice_id=of.id, standing=standing, is_paid=True, by=xero, now=NOW)

        _at_once(desk, void, receive)
        with desk.open():
            fresh = documents.load("invoice", invoice.id)
        assert fresh.amount_paid == 100
        assert fresh.status in {"paid", "void"}
