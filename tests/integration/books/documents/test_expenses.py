"""Expenses: what they must have, what follows what, who may, and who was faster."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from bluestamp.books import companies, documents, expenses
from bluestamp.books.companies import Company
from bluestamp.books.documents import PaymentStanding
from bluestamp.books.expenses import (
    Expense,
    ExpenseDraft,
    NotApprovable,
    NotMovable,
    PaidElsewhere,
)
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import tenancy
from bluestamp.engine.files import StoredFile
from bluestamp.errors import InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity, actors, holds
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.holds import Held
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")

PAID = PaymentStanding(Decimal("100.80"), Decimal(0), Decimal(0), dt.date(2026, 11, 20))
UNPAID = PaymentStanding(Decimal(0), Decimal(0), Decimal("100.80"))


def _fields(refused: pytest.ExceptionInfo[InvalidFields]) -> list[str]:
    return [fault.field for fault in refused.value.faults]


def _fresh(expense: Expense) -> Expense:
    return Expense.objects.get(id=expense.id)


def _line(expense: Expense, **changes: Any) -> LineDraft:
    return replace(expenses.draft_of(expense).lines[0], **changes)


# ── approved and back ──


def test_approving_gives_the_next_number(approved: Expense) -> None:
    assert (approved.status, approved.number, approved.version) == ("approved", "EXP-0001", 2)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"supplier_invoice_number": " "}, ["supplier_invoice_number"]),
        ({"paid_by": "card", "supplier_invoice_number": ""}, []),
        ({"paid_by": "person"}, ["paid_by_name"]),
        ({"paid_by": "person", "paid_by_name": "Ben", "supplier_invoice_number": ""}, []),
        ({"lines": ()}, ["lines"]),
        ({"lines": (LineDraft(unit_amount=Decimal(1)),)}, ["lines.0.item"]),
        ({"lines": (LineDraft(item="Refund", unit_amount=Decimal(-1)),)}, ["lines"]),
    ],
)
def test_what_an_approved_expense_needs_is_asked_at_its_field(
    ledger: Ledger,
    expense_draft: ExpenseDraft,
    ben: Actor,
    now: dt.datetime,
    changes: dict[str, Any],
    fields: list[str],
) -> None:
    expense = expenses.create(replace(expense_draft, **changes), by=ben, now=now)
    if not fields:
        assert expenses.approve(expense_id=expense.id, version=1, by=ben, now=now).status == "approved"
        return
    with pytest.raises(NotApprovable) as refused:
        expenses.approve(expense_id=expense.id, version=1, by=ben, now=now)
    assert _fields(refused) == fields
    assert (_fresh(expense).status, _fresh(expense).number) == ("draft", "")


def test_back_to_draft_keeps_the_number(approved: Expense, ben: Actor, now: dt.datetime) -> None:
    back = expenses.back_to_draft(expense_id=approved.id, version=2, by=ben, now=now)
    assert (back.status, back.number, back.version) == ("draft", "EXP-0001", 3)
    again = expenses.approve(expense_id=approved.id, version=3, by=ben, now=now)
    assert again.number == "EXP-0001"


def test_a_cancelled_expense_stays_to_be_seen_and_owes_nothing(
    approved: Expense, ben: Actor, now: dt.datetime
) -> None:
    expenses.cancel(expense_id=approved.id, version=2, reason="Ordered twice", by=ben, now=now)
    assert (_fresh(approved).status, _fresh(approved).amount_due) == ("cancelled", 0)
    assert activity.history("expense", approved.id)[0].sentence == "Cancelled. Ordered twice"


@pytest.mark.parametrize(
    ("act", "verb"),
    [
        ("edit", lambda e, by, now: expenses.edit(
            expense_id=e.id, version=2, draft=replace(expenses.draft_of(e), reference="x"), by=by, now=now)),
        ("back_to_draft", lambda e, by, now: expenses.back_to_draft(expense_id=e.id, version=2, by=by, now=now)),
        ("cancel", lambda e, by, now: expenses.cancel(expense_id=e.id, version=2, reason="", by=by, now=now)),
    ],
)  # fmt: skip
def test_a_hold_forbids_its_act_with_its_own_words(
    approved: Expense, act: Any, verb: Callable[..., Expense], ben: Actor, now: dt.datetime
) -> None:
    why = "Approved in Xero: undo it there."
    holds.place(
        studio_id=ben.studio_id,
        kind="expense",
        subject_id=approved.id,
        act=act,
        code="LOCKED",
        sentence=why,
        now=now,
    )
    with pytest.raises(Held) as refused:
        verb(approved, ben, now)
    assert refused.value.sentence == why
    holds.lift(studio_id=ben.studio_id, kind="expense", subject_id=approved.id, code="LOCKED")
    assert verb(approved, ben, now).version == 3


# ── paid ──


def test_where_books_are_kept_elsewhere_nobody_marks_paid_by_hand(
    approved: Expense, cleo: Actor, now: dt.datetime
) -> None:
    day = dt.date(2026, 11, 5)
    with pytest.raises(PaidElsewhere):
        expenses.mark_paid(expense_id=approved.id, version=2, paid_on=day, by=cleo, now=now)
    with pytest.raises(PaidElsewhere):
        expenses.mark_unpaid(expense_id=approved.id, version=2, by=cleo, now=now)


def test_elsewhere_a_bookkeeper_marks_paid_and_takes_it_back(
    bristol: Branch, expense_draft: ExpenseDraft, cleo: Actor, now: dt.datetime
) -> None:
    expense = expenses.create(replace(expense_draft, branch_id=bristol.id), by=cleo, now=now)
    expenses.approve(expense_id=expense.id, version=1, by=cleo, now=now)
    day = dt.date(2026, 11, 5)
    paid = expenses.mark_paid(expense_id=expense.id, version=2, paid_on=day, by=cleo, now=now)
    assert (paid.status, paid.amount_paid, paid.amount_due, paid.fully_paid_on) == ("paid", 84, 0, day)
    unpaid = expenses.mark_unpaid(expense_id=expense.id, version=3, by=cleo, now=now)
    assert (unpaid.status, unpaid.amount_paid, unpaid.amount_due, unpaid.fully_paid_on) == (
        "approved",
        0,
        84,
        None,
    )


def test_paid_comes_back_and_is_taken_back(approved: Expense, now: dt.datetime) -> None:
    xero = actors.xero(approved.studio_id)
    paid = expenses.take_standing(expense_id=approved.id, standing=PAID, is_paid=True, by=xero, now=now)
    assert (paid.status, paid.fully_paid_on, paid.version) == ("paid", dt.date(2026, 11, 20), 3)
    same = expenses.take_standing(expense_id=approved.id, standing=PAID, is_paid=True, by=xero, now=now)
    assert same.version == 3
    back = expenses.take_standing(expense_id=approved.id, standing=UNPAID, is_paid=False, by=xero, now=now)
    assert (back.status, back.amount_due, back.version) == ("approved", Decimal("100.80"), 4)
    verbs = [row.verb for row in activity.history("expense", approved.id)]
    assert verbs[:2] == ["expense.unpaid", "expense.paid"]


def test_part_payments_leave_it_approved(approved: Expense, now: dt.datetime) -> None:
    part = PaymentStanding(Decimal(40), Decimal(0), Decimal("60.80"))
    xero = actors.xero(approved.studio_id)
    taken = expenses.take_standing(expense_id=approved.id, standing=part, is_paid=False, by=xero, now=now)
    assert (taken.status, taken.amount_paid, taken.amount_due) == ("approved", 40, Decimal("60.80"))


# ── what the ledger says ──


def test_a_draft_that_was_approved_elsewhere_is_approved_here_whatever_it_lacks(
    expense_draft: ExpenseDraft, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    bare = replace(expense_draft, supplier_invoice_number="", paid_by="person", lines=())
    expense = expenses.create(bare, by=ben, now=now)
    xero = actors.xero(expense.studio_id)
    followed = expenses.follow_approved(expense_id=expense.id, by=xero, now=now)
    assert (followed.status, followed.number, followed.paid_by_name) == (
        "approved",
        "EXP-0001",
        "Inkhouse Print",
    )
    assert expenses.follow_approved(expense_id=expense.id, by=xero, now=now).version == 2
    assert activity.history("expense", expense.id)[0].actor_name == "Xero"


def test_a_bookkeeper_takes_the_ledgers_lines_even_when_paid(
    approved: Expense, cleo: Actor, now: dt.datetime
) -> None:
    xero = actors.xero(approved.studio_id)
    paid = expenses.take_standing(expense_id=approved.id, standing=PAID, is_paid=True, by=xero, now=now)
    theirs = replace(
        expenses.draft_of(paid),
        due_on=dt.date(2026, 1, 1),
        lines=(
            _line(
                paid, account_code="GONE", tax_type="OLD", typed_tax=Decimal("17.00"), unit_amount=Decimal(85)
            ),
        ),
    )
    taken = expenses.take_lines(expense_id=paid.id, version=3, draft=theirs, by=cleo, now=now)
    assert (taken.status, taken.version, taken.total) == ("paid", 4, 102)
    assert taken.items[0].id == paid.items[0].id
    again = expenses.take_lines(expense_id=paid.id, version=4, draft=theirs, by=cleo, now=now)
    assert again.version == 4


def test_a_number_is_given_once_and_is_no_edit(expense: Expense, ben: Actor, now: dt.datetime) -> None:
    given = expenses.give_number(document_id=expense.id, by=ben, now=now)
    again = expenses.give_number(document_id=expense.id, by=ben, now=now)
    assert (given.number, again.number, again.version, again.status) == ("EXP-0001", "EXP-0001", 1, "draft")
    assert [row.id for row in Expense.objects.all().with_words("exp-0001")] == [expense.id]


def test_what_the_ledger_holds_is_noted_without_a_new_version(
    ledger: Ledger, expense: Expense, ben: Actor, now: dt.datetime
) -> None:
    documents.note_ledger_version(kind="expense", document_id=expense.id, version=1, ledger_id=ledger.id)
    assert not Expense.objects.all().ahead_of_ledger().exists()
    draft = replace(expenses.draft_of(expense), reference="changed")
    expenses.edit(expense_id=expense.id, version=1, draft=draft, by=ben, now=now)
    assert list(Expense.objects.all().ahead_of_ledger()) == [expense]
    documents.note_ledger_versions(kind="expense", versions=[(expense.id, 2)], ledger_id=ledger.id)
    assert not Expense.objects.all().ahead_of_ledger().exists()


# ── receipts ──


def test_a_receipt_is_put_in_place_of_the_one_before_and_taken_off(
    expense: Expense, ben: Actor, now: dt.datetime
) -> None:
    for name in ("a.jpg", "b.pdf"):
        file = StoredFile(key=f"key-of-{name}", name=name, media_type="image/jpeg", size=7, sha256="")
        expenses.attach_receipt(expense_id=expense.id, receipt=file, by=ben, now=now)
    assert (_fresh(expense).receipt_name, _fresh(expense).version) == ("b.pdf", 3)
    expenses.remove_receipt(expense_id=expense.id, by=ben, now=now)
    assert (_fresh(expense).receipt_key, _fresh(expense).version) == ("", 4)
    assert expenses.remove_receipt(expense_id=expense.id, by=ben, now=now).version == 4


# ── who may ──


def _verbs(expense: Expense, by: Actor, now: dt.datetime) -> dict[str, Callable[[], object]]:
    draft = replace(expenses.draft_of(expense), reference="x")
    seen: dict[str, Any] = {"expense_id": expense.id, "version": expense.version, "by": by, "now": now}
    receipt = StoredFile(key="k", name="r.pdf", media_type="application/pdf", size=1, sha256="")
    plain: dict[str, Any] = {"expense_id": expense.id, "by": by, "now": now}
    return {
        "create": lambda: expenses.create(replace(draft, lines=()), by=by, now=now),
        "edit": lambda: expenses.edit(draft=draft, **seen),
        "approve": lambda: expenses.approve(**seen),
        "back_to_draft": lambda: expenses.back_to_draft(**seen),
        "cancel": lambda: expenses.cancel(reason="", **seen),
        "mark_paid": lambda: expenses.mark_paid(paid_on=dt.date(2026, 11, 2), **seen),
        "mark_unpaid": lambda: expenses.mark_unpaid(**seen),
        "attach_receipt": lambda: expenses.attach_receipt(receipt=receipt, **plain),
        "remove_receipt": lambda: expenses.remove_receipt(**plain),
        "take_lines": lambda: expenses.take_lines(draft=draft, **seen),
        "take_standing": lambda: expenses.take_standing(standing=PAID, is_paid=True, **plain),
        "follow_approved": lambda: expenses.follow_approved(**plain),
    }


VERBS = (
    "create", "edit", "approve", "back_to_draft", "cancel", "mark_paid", "mark_unpaid", "attach_receipt",
    "remove_receipt", "take_lines", "take_standing", "follow_approved",
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_an_accountant_changes_nothing(expense: Expense, abe: Actor, now: dt.datetime, verb: str) -> None:
    with pytest.raises(NotPermitted):
        _verbs(expense, abe, now)[verb]()
    assert _fresh(expense).version == 1


@pytest.mark.parametrize("verb", ["mark_paid", "mark_unpaid", "take_lines", "take_standing"])
def test_a_producer_settles_no_money(expense: Expense, ben: Actor, now: dt.datetime, verb: str) -> None:
    with pytest.raises(NotPermitted):
        _verbs(expense, ben, now)[verb]()


@pytest.mark.parametrize("verb", VERBS)
def test_dan_finds_no_expense_of_northlight(
    expense: Expense, dan: Actor, daybreak: Studio, now: dt.datetime, verb: str
) -> None:
    acts = _verbs(expense, dan, now)
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk), pytest.raises(NotFound):
        acts[verb]()
    assert _fresh(expense).version == 1


def test_dan_sees_no_expense_of_northlight(expense: Expense, daybreak: Studio) -> None:
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        assert not Expense.objects.exists()
        with pytest.raises(NotFound):
            documents.load("expense", expense.id)


# ── what must hold ──


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "approved", "number": ""},
        {"status": "approved", "due_on": None},
        {"status": "lost"},
        {"paid_by": "nobody"},
        {"paid_by": "person", "status": "approved"},
        {"total": Decimal(1)},
        {"amount_paid": Decimal(-1)},
        {"tax_mode": "maybe"},
        {"version": 0},
    ],
)
def test_the_database_itself_refuses_what_cant_be(approved: Expense, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Expense.objects.filter(id=approved.id).update(**wrong)


def test_a_company_renamed_is_found_by_its_new_name_and_the_suppliers_number(
    approved: Expense, inkhouse: Company, ben: Actor, now: dt.datetime
) -> None:
    named = replace(companies.draft_of(inkhouse), name="Éclair Print")
    companies.edit(company_id=inkhouse.id, version=1, draft=named, by=ben, now=now)
    rows = Expense.objects.all()
    for words in ("éclair", "exp-0001", "INK-2207", ""):
        assert list(rows.with_words(words)) == [approved], words
    for words in ("inkhouse", "100%", "_"):
        assert not rows.with_words(words).exists(), words
    assert _fresh(approved).company_name == "Éclair Print"


def test_a_kind_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        documents.load("purchase_order", "x")


def test_moves_say_why_not(expense: Expense, ben: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotMovable, match=r"This expense is draft, so it can't become draft\."):
        expenses.back_to_draft(expense_id=expense.id, version=1, by=ben, now=now)
