"""Rule 17: an order takes one or more invoices of the supplier; the cost moves from committed to actual."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books import (
    billing,
    conversions,
    costs,
    documents,
    expenses,
    jobs,
    purchase_orders,
    supplier_credits,
)
from bluestamp.books.billing import BilledThere, NotBillable, NotItsInvoice, Portion
from bluestamp.books.companies import Company
from bluestamp.books.conversions import NotConvertible
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.jobs import Job, JobDraft
from bluestamp.books.ledgers import Ledger
from bluestamp.books.purchase_orders import LinesBilled, NotMovable, PurchaseOrder, PurchaseOrderDraft
from bluestamp.engine import tenancy
from bluestamp.errors import InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")

DAY = dt.date(2026, 11, 20)


def _loaded(order: PurchaseOrder) -> Any:
    return documents.load("purchase_order", order.id)


def _bill(order: PurchaseOrder, by: Actor, now: dt.datetime, **ways: Any) -> Expense:
    return billing.bill(
        order_id=order.id, supplier_invoice_number="INK-1", issued_on=DAY, by=by, now=now, **ways
    )


@pytest.fixture
def posters(ordered: PurchaseOrder) -> str:
    return str(ordered.items[0].id)


@pytest.fixture
def courier(ordered: PurchaseOrder) -> str:
    return str(ordered.items[1].id)


@pytest.fixture
def job(kestrel: Company, london: Branch, ben: Actor, now: dt.datetime) -> Job:
    draft = JobDraft(name="Tides", company_id=kestrel.id, branch_id=london.id)
    return jobs.create(draft, by=ben, now=now)


# ── entering the supplier's invoice ──


def test_an_invoice_of_all_that_remains_is_a_draft_expense_with_the_orders_lines(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime
) -> None:
    made = _bill(ordered, ben, now)
    assert (made.status, made.supplier_invoice_number, made.reference) == ("draft", "INK-1", "PO-0001")
    assert [(line.item, line.quantity, line.unit_amount) for line in made.items] == [
        ("Posters", Decimal(10), Decimal(84)),
        ("Courier", Decimal(1), Decimal(160)),
    ]
    assert made.items[0].sell_unit_amount == Decimal(100)  # type: ignore[attr-defined]
    assert (made.purchase_order_id, made.total) == (ordered.id, ordered.total)


def test_rule_17_ordered_billed_and_remaining_are_told_by_line(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime, posters: str, courier: str
) -> None:
    _bill(ordered, ben, now, lines={posters: Portion(quantity=Decimal(4))})
    found = billing.of(_loaded(ordered))
    assert (found.ordered, found.billed, found.remaining, found.in_drafts) == (
        Decimal("1000.00"),
        Decimal("336.00"),
        Decimal("664.00"),
        Decimal("336.00"),
    )
    assert [(line.billed, line.remaining, line.quantity_left) for line in found.lines] == [
        (Decimal("336.00"), Decimal("504.00"), Decimal(6)),
        (Decimal("0.00"), Decimal("160.00"), Decimal(1)),
    ]


def test_a_second_invoice_takes_what_the_first_one_left(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime, posters: str, courier: str
) -> None:
    _bill(
        ordered,
        ben,
        now,
        lines={posters: Portion(quantity=Decimal(4)), courier: Portion(amount=Decimal(100))},
    )
    second = _bill(ordered, ben, now)
    assert [(line.item, line.quantity, line.unit_amount) for line in second.items] == [
        ("Posters", Decimal(6), Decimal(84)),
        ("Courier", Decimal(1), Decimal(60)),
    ]
    assert billing.of(_loaded(ordered)).remaining == Decimal("0.00")
    with pytest.raises(InvalidFields) as refused:
        _bill(ordered, ben, now)
    assert [fault.field for fault in refused.value.faults] == ["lines"]


def test_what_is_left_of_an_order_with_tax_included_is_meant_as_the_order_means_it(
    ledger: Ledger, order_draft: PurchaseOrderDraft, ben: Actor, now: dt.datetime
) -> None:
    line = replace(order_draft.lines[1], unit_amount=Decimal(120))
    order = purchase_orders.create(replace(order_draft, tax_mode="inclusive", lines=(line,)), by=ben, now=now)
    purchase_orders.approve(order_id=order.id, version=1, by=ben, now=now)
    _bill(order, ben, now, lines={order.items[0].id: Portion(amount=Decimal(60))})
    assert billing.of(_loaded(order)).remaining == Decimal("50.00")
    assert _bill(order, ben, now).total == Decimal("60.00")


def test_more_may_be_billed_than_was_ordered_and_it_shows(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime, courier: str
) -> None:
    _bill(ordered, ben, now, lines={courier: Portion(amount=Decimal(200))})
    line = billing.of(_loaded(ordered)).lines[1]
    assert (line.billed, line.remaining) == (Decimal("200.00"), Decimal("-40.00"))


def test_what_an_invoice_is_sold_on_for_goes_along_in_proportion(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime, posters: str
) -> None:
    made = _bill(ordered, ben, now, lines={posters: Portion(amount=Decimal(420))})
    assert made.items[0].sell_unit_amount == Decimal(500)  # type: ignore[attr-defined]


@pytest.mark.parametrize("portion", [Portion(), Portion(quantity=Decimal(0)), Portion(amount=Decimal(-1))])
def test_a_portion_is_above_zero(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime, courier: str, portion: Portion
) -> None:
    with pytest.raises(InvalidFields) as refused:
        _bill(ordered, ben, now, lines={courier: portion})
    assert [fault.field for fault in refused.value.faults] == [f"lines.{courier}"]


def test_lines_of_another_order_are_not_billed(
    ordered: PurchaseOrder, order_draft: PurchaseOrderDraft, ben: Actor, now: dt.datetime
) -> None:
    other = purchase_orders.create(order_draft, by=ben, now=now)
    with pytest.raises(InvalidFields):
        _bill(ordered, ben, now, lines={other.items[0].id: Portion(amount=Decimal(1))})


@pytest.mark.parametrize("status", ["draft", "cancelled"])
def test_only_an_approved_order_is_billed(
    order: PurchaseOrder, cleo: Actor, now: dt.datetime, status: str
) -> None:
    if status == "cancelled":
        purchase_orders.cancel(order_id=order.id, version=1, reason="", by=cleo, now=now)
    with pytest.raises(NotBillable):
        _bill(order, cleo, now)


def test_rule_17_an_order_billed_in_the_books_is_asked_about_before_it_is_billed_here(
    ordered: PurchaseOrder, cleo: Actor, now: dt.datetime
) -> None:
    purchase_orders.take_billed(order_id=ordered.id, is_billed=True, by=cleo, now=now)
    with pytest.raises(BilledThere):
        _bill(ordered, cleo, now)
    assert _bill(ordered, cleo, now, is_looked_at=True).purchase_order_id == ordered.id


def test_an_edit_of_the_invoice_keeps_which_line_it_bills(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime
) -> None:
    made = _bill(ordered, ben, now)
    draft = expenses.draft_of(made)
    lines = (replace(draft.lines[0], quantity=Decimal(9)), draft.lines[1])
    expenses.edit(expense_id=made.id, version=1, draft=replace(draft, lines=lines), by=ben, now=now)
    found = billing.of(_loaded(ordered))
    assert (found.lines[0].quantity_left, found.beside) == (Decimal(1), Decimal("0.00"))


def test_a_cancelled_invoice_bills_nothing(ordered: PurchaseOrder, cleo: Actor, now: dt.datetime) -> None:
    made = _bill(ordered, cleo, now)
    with pytest.raises(NotMovable):
        purchase_orders.cancel(order_id=ordered.id, version=2, reason="", by=cleo, now=now)
    expenses.cancel(expense_id=made.id, version=1, reason="", by=cleo, now=now)
    assert billing.of(_loaded(ordered)).remaining == Decimal("1000.00")
    purchase_orders.cancel(order_id=ordered.id, version=2, reason="", by=cleo, now=now)


def test_a_line_that_was_billed_stays_on_the_order(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime, posters: str
) -> None:
    _bill(ordered, ben, now, lines={posters: Portion(quantity=Decimal(1))})
    draft = purchase_orders.draft_of(ordered)
    with pytest.raises(LinesBilled):
        purchase_orders.edit(
            order_id=ordered.id, version=2, draft=replace(draft, lines=draft.lines[1:]), by=ben, now=now
        )
    kept = replace(draft, lines=draft.lines[:1])
    assert purchase_orders.edit(order_id=ordered.id, version=2, draft=kept, by=ben, now=now).version == 3


# ── an expense that was entered on its own ──


def test_an_expense_entered_on_its_own_is_put_to_the_order_and_taken_off(
    ordered: PurchaseOrder, approved: Expense, ben: Actor, now: dt.datetime
) -> None:
    assert billing.open_orders(approved) == [ordered]
    billing.link(expense_id=approved.id, order_id=ordered.id, by=ben, now=now)
    found = billing.of(_loaded(ordered))
    assert (found.billed, found.beside, found.in_drafts) == (
        Decimal("84.00"),
        Decimal("84.00"),
        Decimal("0.00"),
    )
    with pytest.raises(NotItsInvoice):
        billing.link(expense_id=approved.id, order_id=ordered.id, by=ben, now=now)
    billing.unlink(expense_id=approved.id, by=ben, now=now)
    assert billing.of(_loaded(ordered)).billed == Decimal("0.00")
    assert Expense.objects.get(id=approved.id).version == approved.version


def test_an_expense_of_another_supplier_is_not_the_orders(
    ordered: PurchaseOrder, kestrel: Company, expense_draft: ExpenseDraft, ben: Actor, now: dt.datetime
) -> None:
    other = expenses.create(replace(expense_draft, company_id=kestrel.id), by=ben, now=now)
    with pytest.raises(NotItsInvoice):
        billing.link(expense_id=other.id, order_id=ordered.id, by=ben, now=now)


# ── an expense that becomes an order ──


def test_an_expense_becomes_an_order_and_is_cancelled_with_a_note(
    approved: Expense, cleo: Actor, now: dt.datetime
) -> None:
    made = conversions.expense_to_order(expense_id=approved.id, version=2, by=cleo, now=now)
    assert (made.status, made.sub_total, made.items[0].item) == ("draft", Decimal("84.00"), "Print proof")
    assert made.items[0].sell_unit_amount == Decimal(100)  # type: ignore[attr-defined]
    gone = Expense.objects.get(id=approved.id)
    assert (gone.status, gone.purchase_order_id) == ("cancelled", made.id)
    assert activity.history("expense", gone.id)[0].sentence == "Cancelled. Turned into a purchase order."
    assert billing.of(_loaded(made)).billed == Decimal("0.00")


def test_an_account_that_an_order_cant_have_stays_behind(
    ledger: Ledger, expense_draft: ExpenseDraft, cleo: Actor, now: dt.datetime
) -> None:
    line = replace(expense_draft.lines[0], account_code="200", tax_type="OUTPUT2", typed_tax=Decimal(16))
    expense = expenses.create(replace(expense_draft, lines=(line,)), by=cleo, now=now)
    made = conversions.expense_to_order(expense_id=expense.id, version=1, by=cleo, now=now)
    own = made.items[0]
    assert (own.account_code, own.tax_type, own.typed_tax) == ("310", "INPUT2", None)


def test_an_expense_that_the_books_hold_does_not_become_an_order(
    ledger: Ledger, approved: Expense, cleo: Actor, now: dt.datetime
) -> None:
    documents.note_ledger_version(kind="expense", document_id=approved.id, version=2, ledger_id=ledger.id)
    with pytest.raises(NotConvertible):
        conversions.expense_to_order(expense_id=approved.id, version=2, by=cleo, now=now)
    assert Expense.objects.get(id=approved.id).status == "approved"


def test_an_expense_that_bills_an_order_does_not_become_one(
    ordered: PurchaseOrder, cleo: Actor, now: dt.datetime
) -> None:
    made = _bill(ordered, cleo, now)
    with pytest.raises(NotConvertible):
        conversions.expense_to_order(expense_id=made.id, version=1, by=cleo, now=now)


# ── costs ──


def test_rule_17_cost_moves_from_committed_to_actual(
    ledger: Ledger, job: Job, order_draft: PurchaseOrderDraft, ben: Actor, now: dt.datetime
) -> None:
    order = purchase_orders.create(replace(order_draft, job_id=job.id), by=ben, now=now)
    assert costs.of_job(job.id, currency="GBP").in_drafts == Decimal("1000.00")
    purchase_orders.approve(order_id=order.id, version=1, by=ben, now=now)
    made = _bill(order, ben, now, lines={order.items[0].id: Portion(quantity=Decimal(5))})
    before = costs.of_job(job.id, currency="GBP")
    assert (before.committed, before.actual, before.in_drafts) == (Decimal("1000.00"), Decimal(0), Decimal(0))
    expenses.approve(expense_id=made.id, version=1, by=ben, now=now)
    after = costs.of_job(job.id, currency="GBP")
    assert (after.committed, after.spent) == (Decimal("580.00"), Decimal("420.00"))
    assert costs.committed() == {"GBP": (Decimal("580.00"), 1)}


def test_an_order_billed_in_the_books_is_a_cost_though_no_expense_was_entered(
    ledger: Ledger, job: Job, order_draft: PurchaseOrderDraft, cleo: Actor, now: dt.datetime
) -> None:
    order = purchase_orders.create(replace(order_draft, job_id=job.id), by=cleo, now=now)
    purchase_orders.take_billed(order_id=order.id, is_billed=True, by=cleo, now=now)
    found = costs.of_job(job.id, currency="GBP")
    assert (found.committed, found.actual) == (Decimal(0), Decimal("1000.00"))
    assert costs.committed() == {}


def test_rule_19_a_supplier_credit_lowers_the_jobs_cost(
    ledger: Ledger, job: Job, expense_draft: ExpenseDraft, cleo: Actor, now: dt.datetime
) -> None:
    expense = expenses.create(replace(expense_draft, job_id=job.id), by=cleo, now=now)
    expenses.approve(expense_id=expense.id, version=1, by=cleo, now=now)
    draft = supplier_credits.of_expense(expense, issued_on=DAY)
    half = replace(draft.lines[0], unit_amount=Decimal(42))
    credit = supplier_credits.create(replace(draft, lines=(half,)), by=cleo, now=now)
    assert costs.of_job(job.id, currency="GBP").spent == Decimal("84.00")
    supplier_credits.approve(credit_id=credit.id, version=1, by=cleo, now=now)
    found = costs.of_job(job.id, currency="GBP")
    assert (found.actual, found.credited, found.spent) == (
        Decimal("84.00"),
        Decimal("42.00"),
        Decimal("42.00"),
    )


# ── who may ──


def test_an_accountant_bills_nothing(
    ordered: PurchaseOrder, approved: Expense, abe: Actor, now: dt.datetime
) -> None:
    with pytest.raises(NotPermitted):
        _bill(ordered, abe, now)
    with pytest.raises(NotPermitted):
        billing.link(expense_id=approved.id, order_id=ordered.id, by=abe, now=now)
    with pytest.raises(NotPermitted):
        conversions.expense_to_order(expense_id=approved.id, version=2, by=abe, now=now)


def test_dan_bills_nothing_of_northlight(
    ordered: PurchaseOrder, approved: Expense, dan: Actor, daybreak: Studio, now: dt.datetime
) -> None:
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        with pytest.raises(NotFound):
            _bill(ordered, dan, now)
        with pytest.raises(NotFound):
            conversions.expense_to_order(expense_id=approved.id, version=2, by=dan, now=now)
        assert costs.committed() == {}
