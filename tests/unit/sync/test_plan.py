"""What a document read from Xero changes here."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from bluestamp.sync import mapping
from bluestamp.sync.faces import Face
from bluestamp.sync.mapping import Edit, Follow
from bluestamp.sync.plan import CopyState, Last, Money, Plan, plan
from tests.unit.sync.sides import document, line, new, strange

MONDAY = dt.datetime(2026, 3, 2, 9, 30, tzinfo=dt.UTC)
TUESDAY = MONDAY + dt.timedelta(days=1)
UNPAID = Money(Decimal("0"), Decimal("0"), Decimal("120.00"), None)
HALF = Money(Decimal("50.00"), Decimal("0"), Decimal("70.00"), None)
PAID = Money(Decimal("120.00"), Decimal("0"), Decimal("0"), dt.date(2026, 3, 3))
AGREED = document()


def read(
    theirs: Face = AGREED,
    *,
    agreed: Face = AGREED,
    ours: Face | None = None,
    money: Money = UNPAID,
    last: Money = UNPAID,
    at: dt.datetime | None = TUESDAY,
    **more: Any,
) -> Plan:
    held = more.pop("held", agreed)
    values: dict[str, Any] = {"kind": "expense", "our_status": "approved", "changed_here": False} | more
    return plan(
        ours=ours or agreed,
        last=Last(sent=agreed, held=held, theirs=more.get("known", held), money=last, updated_at=MONDAY),
        theirs=theirs,
        money=money,
        updated_at=at,
        **values,
    )


def test_our_own_change_coming_back_is_no_news() -> None:
    assert read(at=MONDAY) == Plan(is_news=False)


@pytest.mark.parametrize(
    "more",
    [
        {"at": TUESDAY},
        {"at": None},
        {"at": MONDAY, "money": HALF},
        {"at": MONDAY, "theirs": replace(AGREED, due_date=None)},
    ],
)
def test_another_instant_money_or_content_is_news(more: dict[str, Any]) -> None:
    assert read(**more).is_news


def test_a_change_within_the_instant_of_our_own_is_not_missed() -> None:
    recoded = document(line(account_code="404"))
    assert read(recoded, at=MONDAY).state is CopyState.CHANGED_IN_XERO


def test_a_part_payment_is_taken_over_and_the_status_stays() -> None:
    made = read(replace(AGREED, status="AUTHORISED"), money=HALF)
    assert (made.follow, made.money, made.state) == (Follow.STAY, HALF, CopyState.IN_STEP)


def test_a_whole_payment_makes_it_paid() -> None:
    made = read(replace(AGREED, status="PAID"), money=PAID)
    assert (made.follow, made.money, made.sentence) == (Follow.PAY, PAID, "Paid in Xero.")


def test_a_payment_removed_in_xero_takes_paid_back() -> None:
    made = read(replace(AGREED, status="AUTHORISED"), our_status="paid", money=UNPAID, last=PAID)
    assert (made.follow, made.money) == (Follow.UNPAY, UNPAID)
    assert made.sentence == "The payment was removed in Xero."


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "AUTHORISED"])
def test_what_was_paid_before_its_first_send_stays_paid(status: str) -> None:
    made = read(replace(AGREED, status=status), our_status="paid", money=UNPAID, last=UNPAID)
    assert (made.follow, made.money) == (Follow.STAY, None)


def test_an_approval_in_xero_is_followed_with_a_note() -> None:
    draft = document(status="DRAFT")
    made = read(replace(draft, status="AUTHORISED"), agreed=draft, our_status="draft")
    assert (made.follow, made.is_locked) == (Follow.APPROVE, True)
    assert made.sentence


def test_a_voided_invoice_is_void_here_and_not_locked() -> None:
    made = read(replace(AGREED, status="VOIDED"), kind="invoice", our_status="sent")
    assert (made.follow, made.is_locked) == (Follow.VOID, False)


@pytest.mark.parametrize("ended", ["VOIDED", "DELETED"])
def test_a_bill_gone_from_xero_asks_and_keeps_its_money(ended: str) -> None:
    made = read(replace(AGREED, status=ended))
    assert (made.follow, made.state, made.money, made.is_locked) == (
        Follow.LOSE,
        CopyState.GONE,
        None,
        False,
    )


@pytest.mark.parametrize(("kind", "ours"), sorted(mapping.REMOVED_HERE.items()))
@pytest.mark.parametrize("ended", ["VOIDED", "DELETED"])
def test_what_is_removed_on_both_sides_is_in_step(kind: str, ours: str, ended: str) -> None:
    gone = replace(AGREED, status="")
    made = read(replace(AGREED, status=ended), ours=gone, kind=kind, our_status=ours, changed_here=True)
    assert (made.state, made.is_locked, made.follow) == (CopyState.IN_STEP, False, Follow.STAY)


def test_a_lock_shows_only_when_there_are_changes_to_send() -> None:
    approved = replace(AGREED, status="AUTHORISED")
    later = replace(AGREED, due_date=dt.date(2026, 5, 1))
    locked = read(approved, ours=later, changed_here=True)
    assert (locked.is_locked, locked.state) == (True, CopyState.LOCKED_IN_XERO)
    free = read(approved)
    assert (free.is_locked, free.state) == (True, CopyState.IN_STEP)


@pytest.mark.parametrize(
    "theirs",
    [
        document(line(amount="90.00")),
        document(line(account_code="404")),
        document(line(), strange("s", amount="0.00")),
        replace(AGREED, due_date=dt.date(2026, 5, 2)),
        document(),
    ],
)
def test_what_a_person_changed_in_xero_is_a_difference_to_show(theirs: Face) -> None:
    expected = CopyState.IN_STEP if theirs == AGREED else CopyState.CHANGED_IN_XERO
    assert read(theirs).state is expected


def test_a_line_deleted_in_xero_is_a_difference_even_without_an_amount() -> None:
    agreed = document(line("a"), line("b", amount="0.00"))
    assert read(document(line("a")), agreed=agreed).state is CopyState.CHANGED_IN_XERO


@pytest.mark.parametrize(
    "ours",
    [
        document(line("a", amount="130.00"), line("b", amount="40.00")),
        document(line("a")),
        document(line("a"), line("b", amount="40.00"), new("c")),
    ],
    ids=["edited", "line removed", "line added"],
)
def test_a_change_here_alone_is_not_called_changed_in_xero(ours: Face) -> None:
    agreed = document(line("a"), line("b", amount="40.00"))
    assert read(agreed, agreed=agreed, ours=ours, changed_here=True).state is CopyState.IN_STEP


def test_a_code_that_was_let_stand_at_the_last_send_is_settled() -> None:
    recoded = document(line(account_code="404"))
    assert read(replace(recoded, status="AUTHORISED"), held=recoded).state is CopyState.IN_STEP


def test_a_total_that_xero_answered_otherwise_is_off_by_cents() -> None:
    held = document(line(tax_amount=Decimal("20.01")))
    assert read(held, held=held, money=HALF).state is CopyState.OFF_BY_CENTS


@pytest.mark.parametrize(("kind", "row"), [(kind, row) for kind, rows in mapping.MET.items() for row in rows])
def test_every_pair_of_statuses_is_followed_as_its_row_says(kind: str, row: mapping.Met) -> None:
    made = read(replace(AGREED, status=row.theirs), kind=kind, our_status=row.ours, last=PAID)
    assert made.is_news
    assert made.follow is row.follow
    assert (made.money is None) == (row.follow is Follow.LOSE)
    assert (made.state is CopyState.GONE) == (row.follow is Follow.LOSE)
    if made.is_locked:
        assert row.edit is Edit.NOTHING
        assert row.theirs not in mapping.ENDED
    assert bool(made.sentence) == (row.follow is not Follow.STAY)
