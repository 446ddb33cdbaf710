"""Month end (bookkeeping rule 23): each heap holds what belongs to it, to the last day of the month, and nothing else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bluestamp.books import documents, expenses, ledgers, month_end
from bluestamp.books.ledgers import BranchLedger, Ledger
from bluestamp.books.month_end import COSTS, SALES, Asked, Part, Sum
from bluestamp.books.purchase_orders import PurchaseOrder
from bluestamp.engine import tenancy
from bluestamp.people.branches import Branch
from tests import desk as desks
from tests.cast import Cast
from tests.desk import Desk

pytestmark = pytest.mark.django_db
NOVEMBER = dt.date(2026, 11, 30)
OCTOBER = dt.date(2026, 10, 31)


@pytest.fixture
def desk(cast: Cast, now: dt.datetime, data_dir: Path) -> Desk:
    """Northlight's desk."""
    return desks.laid(cast, now, data_dir)


@pytest.fixture
def ledger(desk: Desk, in_northlight: None) -> Ledger:
    """The ledger into which Northlight's home branch books."""
    return desk.ledger


def books_of(cast: Cast, branch: Branch) -> Ledger:
    """A ledger kept elsewhere, into which a branch books."""
    made = ledgers.create(studio_id=cast.northlight.pk, name=branch.name, base_currency="GBP", source="xero")
    BranchLedger.objects.create(studio_id=cast.northlight.pk, branch=branch, ledger=made)
    return made


def heaps(ledger: Ledger | None, until: dt.date = NOVEMBER, **ways: bool) -> dict[str, Part]:
    """What is to be cleared away in a ledger's month, or in all of them."""
    asked = Asked(ledger_id=ledger.id if ledger else None, until=until, **ways)
    return {part.name: part for part in month_end.parts(asked)}


def test_an_approved_cost_that_the_books_do_not_have_is_on_the_heap(desk: Desk, ledger: Ledger) -> None:
    part = heaps(ledger)["costs"]
    assert [row.document.pk for row in part.rows] == [desk.approved_expense.pk]
    assert part.sums == (Sum(COSTS, "GBP", desk.approved_expense.total),)


def test_a_cost_that_xero_has_or_that_stands_in_the_books_already_is_not(desk: Desk, ledger: Ledger) -> None:
    expense_id = desk.approved_expense.pk
    documents.note_ledger_version(kind="expense", document_id=expense_id, version=1, ledger_id=ledger.id)
    assert heaps(ledger)["costs"].count == 0
    documents.leave_ledger(kind="expense", document_id=expense_id)
    assert heaps(ledger)["costs"].count == 1
    expenses.Expense.objects.update(in_books_already=True)
    assert heaps(ledger)["costs"].count == 0


def test_what_the_company_card_paid_is_left_to_the_bank_feed_where_that_is_the_rule(
    desk: Desk, ledger: Ledger
) -> None:
    expenses.Expense.objects.filter(pk=desk.approved_expense.pk).update(paid_by=expenses.PaidBy.CARD)
    assert heaps(ledger)["costs"].count == 1
    assert heaps(ledger, leaves_out_cards=True)["costs"].count == 0


def test_a_branch_whose_books_are_kept_here_misses_nothing_elsewhere(
    desk: Desk, cast: Cast, in_northlight: None
) -> None:
    assert "costs" not in heaps(None)


def test_drafts_of_every_kind_lie_together(desk: Desk, ledger: Ledger) -> None:
    found = {row.document.pk for row in heaps(ledger)["drafts"].rows}
    assert {desk.draft_expense.pk, desk.draft_invoice.pk} <= found
    assert not {desk.approved_expense.pk, desk.sent_invoice.pk} & found


def test_drafts_of_sales_and_of_costs_are_never_added_to_each_other(desk: Desk, ledger: Ledger) -> None:
    part = heaps(ledger)["drafts"]
    assert [(row.side, row.currency) for row in part.sums] == [(COSTS, "GBP"), (SALES, "GBP")]
    for row in part.sums:
        its = [one.amount for one in part.rows if (one.kind in month_end.OF_SALES) == (row.side == SALES)]
        assert row.amount == sum(its)


def test_an_order_of_which_nobody_said_the_day_is_due_from_its_own(desk: Desk, ledger: Ledger) -> None:
    orders = PurchaseOrder.objects.filter(pk=desk.order.pk)
    orders.update(issued_on=OCTOBER, due_on=NOVEMBER)
    assert heaps(ledger, OCTOBER)["orders"].count == 0
    orders.update(due_on=None)
    assert [row.document.pk for row in heaps(ledger, OCTOBER)["orders"].rows] == [desk.order.pk]


def test_what_is_dated_after_the_month_waits_for_the_next(desk: Desk, ledger: Ledger) -> None:
    assert {name: part.count for name, part in heaps(ledger, OCTOBER).items()} == dict.fromkeys(
        ("costs", "orders", "drafts", "credits"), 0
    )


def test_another_branchs_documents_are_another_organisations(
    desk: Desk, cast: Cast, in_northlight: None
) -> None:
    assert sum(part.count for part in heaps(books_of(cast, cast.bristol)).values()) == 0


def test_what_is_open_today_is_what_clients_and_suppliers_wait_for_and_credit_counts_down(
    desk: Desk, ledger: Ledger
) -> None:
    rows = month_end.open_documents(ledger.id)
    found = {row.document.pk: row.amount for row in rows}
    assert found[desk.sent_invoice.pk] == desk.sent_invoice.amount_due
    assert found[desk.approved_expense.pk] == desk.approved_expense.amount_due
    assert desk.draft_invoice.pk not in found
    assert {row.kind for row in rows if row.amount < 0} <= month_end.CREDITS
    assert {row.kind for row in rows if row.amount > 0} == {"invoice", "expense"}


def test_to_dan_there_is_nothing_to_clear(desk: Desk, cast: Cast) -> None:
    with tenancy.acting_in(cast.daybreak.pk):
        assert sum(part.count for part in heaps(None).values()) == 0
