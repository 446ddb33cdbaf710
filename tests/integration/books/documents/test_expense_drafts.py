"""Drafts of expenses: what they start with, what they may not say, what an edit does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bluestamp.books import companies, expenses, ledgers
from bluestamp.books.companies import Company
from bluestamp.books.documents import NotEditable, PaymentStanding, Stale
from bluestamp.books.expenses import (
    Expense,
    ExpenseDraft,
    NotApprovable,
)
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.errors import InvalidFields
from bluestamp.people import activity, actors, branches
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from tests.integration.books.documents.ledger_of_northlight import with_rate, without_account

pytestmark = pytest.mark.usefixtures("in_northlight")

PAID = PaymentStanding(Decimal("100.80"), Decimal(0), Decimal(0), dt.date(2026, 11, 20))


def _fields(refused: pytest.ExceptionInfo[InvalidFields]) -> list[str]:
    return [fault.field for fault in refused.value.faults]


def _fresh(expense: Expense) -> Expense:
    return Expense.objects.get(id=expense.id)


def _line(expense: Expense, **changes: Any) -> LineDraft:
    return replace(expenses.draft_of(expense).lines[0], **changes)


# ── created ──


def test_a_new_expense_is_a_draft_without_a_number(expense: Expense) -> None:
    assert (expense.status, expense.number, expense.version) == ("draft", "", 1)
    assert [row.verb for row in activity.history("expense", expense.id)] == ["expense.created"]


def test_a_new_line_carries_the_ledgers_codes_and_the_rates_percentage(expense: Expense) -> None:
    (line,) = expense.items
    assert (line.account_code, line.tax_type, line.tax_percent) == ("310", "INPUT2", 20)
    assert (expense.sub_total, expense.total_tax, expense.total) == (84, Decimal("16.80"), Decimal("100.80"))
    assert expense.amount_due == expense.total


def test_a_code_that_was_chosen_stands(
    ledger: Ledger, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime
) -> None:
    line = replace(expense_draft.lines[0], account_code="429", tax_type="NONE")
    (line_of,) = expenses.create(replace(expense_draft, lines=(line,)), by=ben, now=now).items
    assert (line_of.account_code, line_of.tax_type, line_of.tax_percent) == ("429", "NONE", 0)


def test_the_due_date_follows_the_branchs_terms_unless_the_supplier_has_his(
    expense: Expense, expense_draft: ExpenseDraft, kestrel: Company, ben: Actor, now: dt.datetime
) -> None:
    assert expense.due_on == dt.date(2026, 11, 29)
    theirs = expenses.create(replace(expense_draft, company_id=kestrel.id), by=ben, now=now)
    assert theirs.due_on == dt.date(2026, 11, 13)


def test_a_document_without_tax_has_none_and_keeps_its_rates(
    ledger: Ledger, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime
) -> None:
    expense = expenses.create(replace(expense_draft, tax_mode="no_tax"), by=ben, now=now)
    assert (expense.total_tax, expense.total) == (0, 84)
    assert expense.items[0].tax_type == "INPUT2"


def test_a_tax_typed_from_the_paper_stands(
    ledger: Ledger, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime
) -> None:
    line = replace(expense_draft.lines[0], typed_tax=Decimal("16.79"))
    assert expenses.create(replace(expense_draft, lines=(line,)), by=ben, now=now).total == Decimal("100.79")


def test_creating_asks_the_database_little(
    ledger: Ledger, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime
) -> None:
    draft = replace(expense_draft, lines=expense_draft.lines * 5)
    with CaptureQueriesContext(connection) as queries:
        expenses.create(draft, by=ben, now=now)
    asked = [row["sql"] for row in queries if "SAVEPOINT" not in row["sql"]]
    assert len(asked) <= 8, asked


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "pounds"}, "currency"),
        ({"currency": "XQZ"}, "currency"),
        ({"tax_mode": "sometimes"}, "tax_mode"),
        ({"due_on": dt.date(2026, 10, 1)}, "due_on"),
        ({"reference": "r" * 256}, "reference"),
        ({"reference": "a\x00b"}, "reference"),
        ({"paid_by": "nobody"}, "paid_by"),
        ({"paid_by_name": "n" * 201}, "paid_by_name"),
        ({"supplier_invoice_number": "9" * 256}, "supplier_invoice_number"),
    ],
)
def test_what_a_head_cant_be_is_refused_at_its_field(
    expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidFields) as refused:
        expenses.create(replace(expense_draft, **changes), by=ben, now=now)
    assert _fields(refused) == [field]
    assert not Expense.objects.exists()


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"quantity": Decimal(-1)}, "quantity"),
        ({"quantity": Decimal("NaN")}, "quantity"),
        ({"quantity": Decimal("0.00001")}, "quantity"),
        ({"unit_amount": Decimal("Infinity")}, "unit_amount"),
        ({"unit_amount": Decimal("1e12")}, "unit_amount"),
        ({"unit_amount": Decimal("9999999999"), "quantity": Decimal(9)}, "unit_amount"),
        ({"discount_rate": Decimal("100.1")}, "discount_rate"),
        ({"typed_tax": Decimal("1.001")}, "typed_tax"),
        ({"typed_tax": Decimal(-1)}, "typed_tax"),
        ({"item": "i" * 201}, "item"),
        ({"description": "d" * 3701}, "description"),
        ({"description": "\x00"}, "description"),
        ({"account_code": "777"}, "account_code"),
        ({"account_code": "999"}, "account_code"),
        ({"account_code": "610"}, "account_code"),
        ({"tax_type": "OUTPUT2"}, "tax_type"),
        ({"tax_type": "UNHEARD"}, "tax_type"),
    ],
)
def test_what_a_line_cant_be_is_refused_at_its_field(
    ledger: Ledger,
    expense_draft: ExpenseDraft,
    ben: Actor,
    now: dt.datetime,
    line: dict[str, Any],
    field: str,
) -> None:
    lines = (expense_draft.lines[0], replace(expense_draft.lines[0], **line))
    with pytest.raises(InvalidFields) as refused:
        expenses.create(replace(expense_draft, lines=lines), by=ben, now=now)
    assert _fields(refused) == [f"lines.1.{field}"]


def test_a_total_beyond_its_column_is_refused(
    ledger: Ledger, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime
) -> None:
    lines = (LineDraft(item="Bridge", unit_amount=Decimal("9999999999")),) * 2
    with pytest.raises(InvalidFields) as refused:
        expenses.create(replace(expense_draft, lines=lines), by=ben, now=now)
    assert _fields(refused) == ["lines"]


def test_a_line_of_another_document_is_not_taken_over(
    expense: Expense, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime
) -> None:
    with pytest.raises(InvalidFields) as refused:
        expenses.create(replace(expense_draft, lines=(_line(expense),)), by=ben, now=now)
    assert _fields(refused) == ["lines.0"]


def test_without_a_ledger_a_rate_that_nobody_knows_is_refused(
    bristol: Branch, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime
) -> None:
    line = replace(expense_draft.lines[0], tax_type="INPUT2")
    with pytest.raises(InvalidFields) as refused:
        expenses.create(replace(expense_draft, branch_id=bristol.id, lines=(line,)), by=ben, now=now)
    assert _fields(refused) == ["lines.0.tax_type"]


def test_archived_companies_and_closed_branches_are_for_nothing_new(
    expense: Expense, inkhouse: Company, bristol: Branch, ben: Actor, ada: Actor, now: dt.datetime
) -> None:
    companies.archive(company_id=inkhouse.id, by=ada, now=now)
    branches.close(bristol.id, by=ada, now=now)
    draft = expenses.draft_of(expense)
    with pytest.raises(InvalidFields) as refused:
        expenses.create(replace(draft, lines=(), branch_id=bristol.id), by=ben, now=now)
    assert _fields(refused) == ["company_id", "branch_id"]
    edited = expenses.edit(
        expense_id=expense.id, version=1, draft=replace(draft, reference="x"), by=ben, now=now
    )
    assert edited.version == 2


# ── edited ──


def test_an_edit_raises_the_version_and_keeps_the_ids_of_lines(
    expense: Expense, ben: Actor, now: dt.datetime
) -> None:
    draft = expenses.draft_of(expense)
    first = replace(draft.lines[0], unit_amount=Decimal(90))
    lines = (LineDraft(item="Courier", unit_amount=Decimal(12)), first)
    edited = expenses.edit(
        expense_id=expense.id, version=1, draft=replace(draft, lines=lines), by=ben, now=now
    )
    assert (edited.version, edited.sub_total) == (2, 102)
    assert [line.item for line in _fresh(expense).items] == ["Courier", "Print proof"]
    assert _fresh(expense).items[1].id == draft.lines[0].id


def test_a_line_left_out_goes(expense: Expense, ben: Actor, now: dt.datetime) -> None:
    draft = replace(expenses.draft_of(expense), lines=())
    expenses.edit(expense_id=expense.id, version=1, draft=draft, by=ben, now=now)
    assert (_fresh(expense).items, _fresh(expense).total) == ([], 0)


def test_saving_what_it_says_already_changes_nothing(expense: Expense, ben: Actor, now: dt.datetime) -> None:
    draft = expenses.draft_of(expense)
    blank = replace(draft, due_on=None, lines=(replace(draft.lines[0], account_code="", tax_type=""),))
    assert expenses.edit(expense_id=expense.id, version=1, draft=blank, by=ben, now=now).version == 1
    assert activity.history("expense", expense.id).count() == 1


def test_a_line_named_twice_is_refused(expense: Expense, ben: Actor, now: dt.datetime) -> None:
    draft = replace(expenses.draft_of(expense), lines=(_line(expense), _line(expense)))
    with pytest.raises(InvalidFields) as refused:
        expenses.edit(expense_id=expense.id, version=1, draft=draft, by=ben, now=now)
    assert _fields(refused) == ["lines.1"]


def test_whoever_saw_an_older_version_is_refused_with_the_fresh_one(
    approved: Expense, ben: Actor, now: dt.datetime
) -> None:
    with pytest.raises(Stale) as refused:
        expenses.edit(expense_id=approved.id, version=1, draft=expenses.draft_of(approved), by=ben, now=now)
    assert refused.value.fresh.version == 2


def test_a_code_that_vanished_stays_until_somebody_chooses_anew(
    expense: Expense, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    ledgers.fill(ledger, without_account("310"), now=now)
    draft = replace(expenses.draft_of(expense), reference="untouched")
    edited = expenses.edit(expense_id=expense.id, version=1, draft=draft, by=ben, now=now)
    assert edited.items[0].account_code == "310"


def test_a_rate_that_changed_reprices_a_draft_and_nothing_approved(
    expense: Expense, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    ledgers.fill(ledger, with_rate("INPUT2", Decimal(25)), now=now)
    draft = replace(expenses.draft_of(expense), reference="1")
    assert expenses.edit(expense_id=expense.id, version=1, draft=draft, by=ben, now=now).total == 105
    expenses.approve(expense_id=expense.id, version=2, by=ben, now=now)
    ledgers.fill(ledger, with_rate("INPUT2", Decimal(50)), now=now)
    draft = replace(draft, reference="2")
    assert expenses.edit(expense_id=expense.id, version=3, draft=draft, by=ben, now=now).total == 105


def test_an_approved_expense_stays_complete_through_edits(
    approved: Expense, ben: Actor, now: dt.datetime
) -> None:
    draft = replace(expenses.draft_of(approved), supplier_invoice_number="")
    with pytest.raises(NotApprovable) as refused:
        expenses.edit(expense_id=approved.id, version=2, draft=draft, by=ben, now=now)
    assert _fields(refused) == ["supplier_invoice_number"]


@pytest.mark.parametrize("end", [expenses.take_standing, expenses.cancel])
def test_a_paid_and_a_cancelled_expense_refuse_changes(
    approved: Expense, end: Callable[..., Expense], ben: Actor, now: dt.datetime
) -> None:
    if end is expenses.cancel:
        ended = end(expense_id=approved.id, version=2, reason="", by=ben, now=now)
    else:
        system = actors.xero(ben.studio_id)
        ended = end(expense_id=approved.id, standing=PAID, is_paid=True, by=system, now=now)
    draft = replace(expenses.draft_of(ended), reference="late")
    with pytest.raises(NotEditable):
        expenses.edit(expense_id=ended.id, version=ended.version, draft=draft, by=ben, now=now)
