"""Payments: what the ledger says, once each, and what it took back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from bluestamp.books import expenses, payments
from bluestamp.books.companies import Company
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.payments import MirroredPayment, Payment
from bluestamp.engine import tenancy
from bluestamp.errors import NotFound
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")

PAID = MirroredPayment(
    external_id="p-1",
    nature="payment",
    paid_on=date(2026, 11, 20),
    amount=Decimal("40.00"),
    currency="GBP",
    reference="BACS",
)
CREDITED = replace(PAID, external_id="c-1", nature="credit_note", amount=Decimal("10.00"), reference="CN-1")


@pytest.fixture
def expense(supplier: Company, london: Branch, ben: Actor, now: datetime) -> Expense:
    draft = ExpenseDraft(branch_id=london.id, company_id=supplier.id, issued_on=now.date(), currency="GBP")
    return expenses.create(draft, by=ben, now=now)


def _mirror(expense: Expense, *theirs: MirroredPayment, now: datetime) -> None:
    payments.mirror(kind="expense", document_id=expense.id, theirs=theirs, now=now)


def test_payments_and_credits_appear_as_their_own_kinds(expense: Expense, now: datetime) -> None:
    _mirror(expense, PAID, CREDITED, now=now)
    found = payments.of("expense", expense.id)
    assert {(row.nature, row.amount, row.reference, row.state, row.origin) for row in found} == {
        ("payment", Decimal("40.00"), "BACS", "confirmed", "xero"),
        ("credit_note", Decimal("10.00"), "CN-1", "confirmed", "xero"),
    }


def test_saying_the_same_twice_changes_nothing(expense: Expense, now: datetime) -> None:
    _mirror(expense, PAID, now=now)
    before = Payment.objects.values().get()
    _mirror(expense, PAID, now=now + timedelta(hours=1))
    assert Payment.objects.values().get() == before


def test_a_changed_payment_stays_the_same_row(expense: Expense, now: datetime) -> None:
    _mirror(expense, PAID, now=now)
    first = Payment.objects.get()
    _mirror(expense, replace(PAID, amount=Decimal("41.00"), reference="x" * 300), now=now)
    again = Payment.objects.get()
    assert (again.pk, again.amount, len(again.reference)) == (first.pk, Decimal("41.00"), 255)


def test_a_vanished_payment_is_kept_as_deleted_and_comes_back_as_itself(
    expense: Expense, now: datetime
) -> None:
    _mirror(expense, PAID, now=now)
    _mirror(expense, now=now)
    assert payments.of("expense", expense.id) == []
    assert Payment.objects.get().state == "deleted"
    _mirror(expense, PAID, now=now)
    assert [row.state for row in payments.of("expense", expense.id)] == ["confirmed"]
    assert Payment.objects.count() == 1


def test_a_credit_applied_twice_counts_with_both_amounts(expense: Expense, now: datetime) -> None:
    _mirror(expense, CREDITED, replace(CREDITED, amount=Decimal("2.50")), now=now)
    assert [row.amount for row in payments.of("expense", expense.id)] == [Decimal("12.50")]


def test_what_was_asked_here_and_not_answered_is_left_alone(
    expense: Expense, northlight: Studio, now: datetime
) -> None:
    asked = _asked_here(expense, northlight, now)
    _mirror(expense, PAID, now=now)
    _mirror(expense, now=now)
    asked.refresh_from_db()
    assert (asked.state, asked.origin) == ("asked", "here")


def test_what_was_recorded_here_is_confirmed_by_its_id_and_stays_ours(
    expense: Expense, northlight: Studio, now: datetime
) -> None:
    asked = _asked_here(expense, northlight, now)
    asked.external_id = PAID.external_id
    asked.save(update_fields=["external_id"])
    _mirror(expense, PAID, now=now)
    (row,) = payments.of("expense", expense.id)
    assert (row.pk, row.state, row.origin, row.recorded_by) == (asked.pk, "confirmed", "here", "Cleo")


def test_one_payment_stands_on_a_document_once(expense: Expense, northlight: Studio, now: datetime) -> None:
    _mirror(expense, PAID, now=now)
    second = _asked_here(expense, northlight, now)
    second.external_id = PAID.external_id
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save(update_fields=["external_id"])


@pytest.mark.parametrize("kind", ["expense", "invoice", "postcard"])
def test_payments_of_a_document_that_is_not_there_are_refused(kind: str, now: datetime) -> None:
    with pytest.raises(NotFound):
        payments.mirror(kind=kind, document_id="0" * 20, theirs=[PAID], now=now)


def test_daybreak_sees_no_payment_of_northlight(expense: Expense, daybreak: Studio, now: datetime) -> None:
    _mirror(expense, PAID, now=now)
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        assert payments.of("expense", expense.id) == []
        with pytest.raises(NotFound):
            _mirror(expense, now=now)
    assert len(payments.of("expense", expense.id)) == 1


def _asked_here(expense: Expense, studio: Studio, now: datetime) -> Payment:
    return Payment.objects.create(
        studio=studio,
        kind="expense",
        document_id=expense.id,
        nature="payment",
        paid_on=now.date(),
        amount=Decimal("5.00"),
        currency="GBP",
        origin="here",
        state="asked",
        recorded_by="Cleo",
        recorded_at=now,
    )
