"""Supplier credits: stored positive, without discounts, used where the books say so (bookkeeping rules 14 and 19)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books import documents, expenses, supplier_credits
from bluestamp.books.companies import Company
from bluestamp.books.documents import PaymentStanding
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.issuing import MoneyStandsOnIt
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.books.supplier_credits import (
    NotApprovable,
    SupplierCredit,
    SupplierCreditDraft,
    UsedElsewhere,
)
from bluestamp.engine import tenancy
from bluestamp.errors import InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity, actors
from bluestamp.people.actors import Actor
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")

DAY = dt.date(2026, 11, 20)
USED = PaymentStanding(Decimal(0), Decimal("100.80"), Decimal(0), DAY)
UNUSED = PaymentStanding(Decimal(0), Decimal(0), Decimal("100.80"))


def _fields(refused: pytest.ExceptionInfo[InvalidFields]) -> list[str]:
    return [fault.field for fault in refused.value.faults]


@pytest.fixture
def credit_draft(approved: Expense) -> SupplierCreditDraft:
    """All of the proof from Inkhouse: 84.00 before tax."""
    return supplier_credits.of_expense(approved, issued_on=DAY)


@pytest.fixture
def credit(credit_draft: SupplierCreditDraft, ben: Actor, now: dt.datetime) -> SupplierCredit:
    return supplier_credits.create(credit_draft, by=ben, now=now)


@pytest.fixture
def credited(credit: SupplierCredit, ben: Actor, now: dt.datetime) -> SupplierCredit:
    return supplier_credits.approve(credit_id=credit.id, version=1, by=ben, now=now)


def test_a_full_credit_equals_the_expense_to_the_cent(
    ledger: Ledger, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime
) -> None:
    odd = LineDraft(
        item="Proof", quantity=Decimal(3), unit_amount=Decimal("33.3333"), discount_rate=Decimal("12.5")
    )
    expense = expenses.create(replace(expense_draft, lines=(odd, *expense_draft.lines)), by=ben, now=now)
    draft = supplier_credits.of_expense(expense, issued_on=DAY)
    credit = supplier_credits.create(draft, by=ben, now=now)
    assert (credit.total, credit.total_tax, credit.expense_id) == (
        expense.total,
        expense.total_tax,
        expense.id,
    )
    assert [line.discount_rate for line in credit.items] == [Decimal(0), Decimal(0)]


def test_approving_gives_the_next_number(credited: SupplierCredit) -> None:
    assert (credited.status, credited.number, credited.amount_due) == (
        "approved",
        "SC-0001",
        Decimal("100.80"),
    )


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ((), ["lines"]),
        ((LineDraft(unit_amount=Decimal(1)),), ["lines.0.item"]),
        ((LineDraft(item="Nothing"),), ["lines"]),
    ],
)
def test_what_an_approved_credit_needs_is_asked_at_its_field(
    credit_draft: SupplierCreditDraft,
    ben: Actor,
    now: dt.datetime,
    lines: tuple[LineDraft, ...],
    fields: list[str],
) -> None:
    credit = supplier_credits.create(replace(credit_draft, lines=lines), by=ben, now=now)
    with pytest.raises(NotApprovable) as refused:
        supplier_credits.approve(credit_id=credit.id, version=1, by=ben, now=now)
    assert _fields(refused) == fields


def test_rule_14_a_credit_has_no_discount(
    credit_draft: SupplierCreditDraft, ben: Actor, now: dt.datetime
) -> None:
    line = replace(credit_draft.lines[0], discount_rate=Decimal(5))
    with pytest.raises(InvalidFields) as refused:
        supplier_credits.create(replace(credit_draft, lines=(line,)), by=ben, now=now)
    assert _fields(refused) == ["lines.0.discount_rate"]


def test_a_credit_is_of_the_suppliers_own_bill(
    credit_draft: SupplierCreditDraft, kestrel: Company, ben: Actor, now: dt.datetime
) -> None:
    for changes in ({"company_id": kestrel.id}, {"currency": "EUR"}, {"expense_id": "nowhere"}):
        with pytest.raises(InvalidFields) as refused:
            supplier_credits.create(replace(credit_draft, **changes), by=ben, now=now)
        assert "expense_id" in _fields(refused)


def test_a_bill_that_was_cancelled_is_credited_by_nothing_new(
    credit: SupplierCredit,
    credit_draft: SupplierCreditDraft,
    approved: Expense,
    cleo: Actor,
    ben: Actor,
    now: dt.datetime,
) -> None:
    expenses.cancel(expense_id=approved.id, version=approved.version, reason="", by=cleo, now=now)
    with pytest.raises(InvalidFields, match="cancelled") as refused:
        supplier_credits.create(credit_draft, by=ben, now=now)
    assert _fields(refused) == ["expense_id"]
    kept = replace(supplier_credits.draft_of(credit), reference="Returned")
    changed = supplier_credits.edit(credit_id=credit.id, version=1, draft=kept, by=ben, now=now)
    assert changed.reference == "Returned"


def test_used_in_the_books_is_used_here_and_freed_when_that_was_undone(
    credited: SupplierCredit, now: dt.datetime
) -> None:
    clock = actors.clock(credited.studio_id)
    taken: dict[str, Any] = {"credit_id": credited.id, "by": clock, "now": now}
    used = supplier_credits.take_standing(standing=USED, is_used=True, **taken)
    again = supplier_credits.take_standing(standing=USED, is_used=True, **taken)
    assert (used.status, used.amount_due, again.version) == ("used", Decimal(0), used.version)
    freed = supplier_credits.take_standing(standing=UNUSED, is_used=False, **taken)
    assert (freed.status, freed.amount_due) == ("approved", Decimal("100.80"))


def test_a_credit_of_which_some_was_used_is_not_cancelled(
    credited: SupplierCredit, cleo: Actor, now: dt.datetime
) -> None:
    part = PaymentStanding(Decimal(0), Decimal("0.80"), Decimal(100))
    supplier_credits.take_standing(credit_id=credited.id, standing=part, is_used=False, by=cleo, now=now)
    with pytest.raises(MoneyStandsOnIt):
        supplier_credits.cancel(credit_id=credited.id, version=3, reason="", by=cleo, now=now)


def test_a_cancelled_credit_is_worth_nothing(credited: SupplierCredit, cleo: Actor, now: dt.datetime) -> None:
    gone = supplier_credits.cancel(credit_id=credited.id, version=2, reason="Wrong", by=cleo, now=now)
    assert (gone.status, gone.amount_due) == ("cancelled", Decimal("0.00"))
    assert activity.history("supplier_credit", gone.id)[0].sentence == "Cancelled. Wrong"


def test_where_the_books_are_kept_elsewhere_nobody_says_used_by_hand(
    credited: SupplierCredit, cleo: Actor, now: dt.datetime
) -> None:
    with pytest.raises(UsedElsewhere):
        supplier_credits.mark_used(credit_id=credited.id, version=2, used_on=DAY, by=cleo, now=now)


def test_in_own_books_used_is_said_and_taken_back_by_hand(
    own_books: Ledger, expense_draft: ExpenseDraft, cleo: Actor, now: dt.datetime
) -> None:
    expense = expenses.create(expense_draft, by=cleo, now=now)
    draft = supplier_credits.of_expense(expense, issued_on=DAY)
    credit = supplier_credits.create(draft, by=cleo, now=now)
    supplier_credits.approve(credit_id=credit.id, version=1, by=cleo, now=now)
    used = supplier_credits.mark_used(credit_id=credit.id, version=2, used_on=DAY, by=cleo, now=now)
    assert (used.status, used.amount_credited) == ("used", used.total)
    free = supplier_credits.mark_unused(credit_id=credit.id, version=3, by=cleo, now=now)
    assert (free.status, free.amount_due) == ("approved", free.total)


def test_approved_in_the_books_is_approved_here(credit: SupplierCredit, now: dt.datetime) -> None:
    clock = actors.clock(credit.studio_id)
    followed = supplier_credits.follow_approved(credit_id=credit.id, by=clock, now=now)
    assert (followed.status, followed.number) == ("approved", "SC-0001")


def test_what_the_books_say_is_taken_over_whatever_the_status(
    credited: SupplierCredit, cleo: Actor, now: dt.datetime
) -> None:
    supplier_credits.take_standing(credit_id=credited.id, standing=USED, is_used=True, by=cleo, now=now)
    draft = replace(supplier_credits.draft_of(credited), supplier_credit_number="INK-C9")
    taken = supplier_credits.take_lines(credit_id=credited.id, version=3, draft=draft, by=cleo, now=now)
    assert (taken.supplier_credit_number, taken.status) == ("INK-C9", "used")
    assert "ink-c9" in taken.search_text


def test_a_used_credit_is_not_changed(credited: SupplierCredit, cleo: Actor, now: dt.datetime) -> None:
    supplier_credits.take_standing(credit_id=credited.id, standing=USED, is_used=True, by=cleo, now=now)
    draft = replace(supplier_credits.draft_of(credited), reference="X")
    with pytest.raises(documents.NotEditable):
        supplier_credits.edit(credit_id=credited.id, version=3, draft=draft, by=cleo, now=now)


def test_an_accountant_approves_no_credit(credit: SupplierCredit, abe: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        supplier_credits.approve(credit_id=credit.id, version=1, by=abe, now=now)


def test_dan_finds_no_credit_of_northlight(
    credit: SupplierCredit, dan: Actor, daybreak: Studio, now: dt.datetime
) -> None:
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk), pytest.raises(NotFound):
        supplier_credits.approve(credit_id=credit.id, version=1, by=dan, now=now)
