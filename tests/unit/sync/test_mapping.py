"""The border of statuses: every row of every table, and that no row is missing."""

from __future__ import annotations

from itertools import product

import pytest

from bluestamp.books import credit_notes, expenses, invoices, purchase_orders, supplier_credits
from bluestamp.sync import mapping
from bluestamp.sync.mapping import Edit, Follow, Met, Sent, XeroStatus

OURS = {
    "expense": ("draft", "approved", "paid", "cancelled"),
    "invoice": ("draft", "sent", "paid", "void"),
    "purchase_order": ("draft", "approved", "paid", "cancelled"),
    "credit_note": ("draft", "issued", "used", "void"),
    "supplier_credit": ("draft", "approved", "used", "cancelled"),
}
STATUSES = {
    "expense": expenses.Status,
    "invoice": invoices.Status,
    "purchase_order": purchase_orders.Status,
    "credit_note": credit_notes.Status,
    "supplier_credit": supplier_credits.Status,
}
_LEDGER = ("DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED")
#: An order is never paid nor voided: it is billed, or deleted.
THEIRS = dict.fromkeys(OURS, _LEDGER) | {
    "purchase_order": ("DRAFT", "SUBMITTED", "AUTHORISED", "BILLED", "DELETED")
}
SQUARE = [
    (kind, ours, theirs)
    for kind, statuses in OURS.items()
    for ours, theirs in product(statuses, THEIRS[kind])
]
ROWS = [(kind, row) for kind, rows in mapping.MET.items() for row in rows]
SENT = [(kind, row) for kind, rows in mapping.SENT.items() for row in rows]


@pytest.mark.parametrize(("kind", "ours", "theirs"), SQUARE)
def test_every_pair_of_statuses_has_exactly_one_row(kind: str, ours: str, theirs: str) -> None:
    rows = [row for row in mapping.MET[kind] if (row.ours, row.theirs) == (ours, theirs)]
    assert rows == [mapping.met(kind, ours, theirs)]


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_no_row_speaks_of_a_status_that_does_not_exist(kind: str, row: Met) -> None:
    assert row.ours in OURS[kind]
    assert row.theirs in THEIRS[kind]
    assert row.seen.endswith(".")
    assert mapping.xero_label(kind, row.theirs) in mapping.XERO_LABELS[kind].values()


def test_our_statuses_are_those_of_the_nouns() -> None:
    assert {kind: set(ours) for kind, ours in OURS.items()} == {
        kind: set(status.values) for kind, status in STATUSES.items()
    }


SENDS = [
    ("expense", "draft", "DRAFT"),  # S19
    ("expense", "approved", "SUBMITTED"),  # S20, S54
    ("expense", "paid", "SUBMITTED"),  # bookkeeping rule 18
    ("expense", "cancelled", None),
    ("invoice", "draft", "DRAFT"),  # S39
    ("invoice", "sent", "AUTHORISED"),  # S40, S41
    ("invoice", "paid", "AUTHORISED"),
    ("invoice", "void", None),
    ("purchase_order", "draft", "DRAFT"),  # S30
    ("purchase_order", "approved", "SUBMITTED"),  # S31
    ("purchase_order", "paid", "SUBMITTED"),
    ("purchase_order", "cancelled", None),
    ("credit_note", "draft", "DRAFT"),
    ("credit_note", "issued", "AUTHORISED"),  # S49: credit is applied to what is approved alone
    ("credit_note", "used", "AUTHORISED"),
    ("credit_note", "void", None),
    ("supplier_credit", "draft", "DRAFT"),  # bookkeeping rule 19
    ("supplier_credit", "approved", "SUBMITTED"),
    ("supplier_credit", "used", "SUBMITTED"),
    ("supplier_credit", "cancelled", None),
]


@pytest.mark.parametrize(("kind", "ours", "theirs"), SENDS)
def test_a_status_of_ours_is_sent_as_one_of_xeros(kind: str, ours: str, theirs: str | None) -> None:
    assert mapping.target_status(kind, ours) == theirs


@pytest.mark.parametrize(("kind", "row"), SENT)
def test_every_status_of_ours_is_sent_as_something_once(kind: str, row: Sent) -> None:
    assert (kind, row.ours, row.theirs) in SENDS
    assert [other.ours for other in mapping.SENT[kind]].count(row.ours) == 1
    assert (row.theirs is None) == (row.ours == mapping.REMOVED_HERE[kind])


_COSTS = [(kind, ours) for kind in ("expense", "purchase_order", "supplier_credit") for ours in OURS[kind]]


@pytest.mark.parametrize(("kind", "ours"), _COSTS)
def test_no_cost_is_ever_sent_as_approved(kind: str, ours: str) -> None:
    assert mapping.target_status(kind, ours) not in (XeroStatus.AUTHORISED, XeroStatus.PAID)  # S20, S31, S54


@pytest.mark.parametrize("ours", OURS["expense"])
@pytest.mark.parametrize("theirs", ["AUTHORISED", "PAID", "VOIDED", "DELETED"])
def test_a_bill_from_awaiting_payment_on_takes_no_changes(ours: str, theirs: str) -> None:
    assert mapping.met("expense", ours, theirs).edit is Edit.NOTHING  # S24


@pytest.mark.parametrize("ours", ["draft", "approved", "paid"])
@pytest.mark.parametrize("theirs", ["AUTHORISED", "BILLED", "DELETED"])
def test_an_order_that_was_approved_in_xero_takes_no_changes(ours: str, theirs: str) -> None:
    assert mapping.met("purchase_order", ours, theirs).edit is Edit.NOTHING  # S54


@pytest.mark.parametrize(("kind", "ours"), [(kind, ours) for kind, rows in OURS.items() for ours in rows])
@pytest.mark.parametrize("theirs", ["DRAFT", "SUBMITTED"])
def test_everything_may_change_before_approval(kind: str, ours: str, theirs: str) -> None:
    put_back = (kind, ours, theirs) == ("purchase_order", "draft", "SUBMITTED")  # S33
    assert mapping.met(kind, ours, theirs).edit is (
        Edit.ONCE_APPROVED if put_back else Edit.EVERYTHING
    )  # S23


_ISSUED = [(kind, ours) for kind in ("invoice", "credit_note") for ours in OURS[kind] if ours != "void"]


@pytest.mark.parametrize(("kind", "ours"), _ISSUED)
@pytest.mark.parametrize("theirs", ["AUTHORISED", "PAID"])
def test_what_a_client_has_takes_codes_and_dates_alone(kind: str, ours: str, theirs: str) -> None:
    assert mapping.met(kind, ours, theirs).edit is Edit.CODES_AND_DATES  # bookkeeping rule 4


FOLLOWED = [
    ("expense", "approved", "DRAFT", Follow.STAY),  # the accountant sent it back: shown, not followed
    ("expense", "draft", "AUTHORISED", Follow.APPROVE),  # bookkeeping rule 6
    ("expense", "draft", "PAID", Follow.PAY),  # bookkeeping rule 6
    ("expense", "approved", "AUTHORISED", Follow.STAY),  # S24
    ("expense", "approved", "PAID", Follow.PAY),  # S25
    ("expense", "paid", "AUTHORISED", Follow.UNPAY),
    ("expense", "approved", "VOIDED", Follow.LOSE),  # bookkeeping rule 6: voided there asks
    ("expense", "approved", "DELETED", Follow.LOSE),
    ("expense", "cancelled", "VOIDED", Follow.STAY),
    ("expense", "cancelled", "DELETED", Follow.STAY),
    ("invoice", "draft", "SUBMITTED", Follow.STAY),
    ("invoice", "draft", "AUTHORISED", Follow.ISSUE),  # bookkeeping rule 6
    ("invoice", "draft", "PAID", Follow.PAY),
    ("invoice", "sent", "DRAFT", Follow.STAY),
    ("invoice", "sent", "PAID", Follow.PAY),  # S43
    ("invoice", "paid", "AUTHORISED", Follow.UNPAY),  # S43: the payment was deleted
    ("invoice", "sent", "VOIDED", Follow.VOID),  # S43
    ("invoice", "sent", "DELETED", Follow.LOSE),
    ("invoice", "void", "VOIDED", Follow.STAY),
    ("invoice", "void", "DELETED", Follow.STAY),
    ("purchase_order", "draft", "AUTHORISED", Follow.APPROVE),  # bookkeeping rule 6
    ("purchase_order", "draft", "BILLED", Follow.PAY),
    ("purchase_order", "approved", "AUTHORISED", Follow.STAY),
    ("purchase_order", "approved", "BILLED", Follow.PAY),  # S34, S55
    ("purchase_order", "paid", "AUTHORISED", Follow.UNPAY),  # billed undone
    ("purchase_order", "approved", "DELETED", Follow.LOSE),
    ("purchase_order", "cancelled", "DELETED", Follow.STAY),
    ("credit_note", "draft", "AUTHORISED", Follow.ISSUE),
    ("credit_note", "issued", "PAID", Follow.PAY),  # used up
    ("credit_note", "used", "AUTHORISED", Follow.UNPAY),
    ("credit_note", "issued", "VOIDED", Follow.VOID),
    ("credit_note", "draft", "DELETED", Follow.LOSE),
    ("supplier_credit", "draft", "AUTHORISED", Follow.APPROVE),
    ("supplier_credit", "approved", "PAID", Follow.PAY),
    ("supplier_credit", "used", "AUTHORISED", Follow.UNPAY),
    ("supplier_credit", "approved", "VOIDED", Follow.LOSE),
]


@pytest.mark.parametrize(("kind", "ours", "theirs", "follow"), FOLLOWED)
def test_a_status_met_in_xero_moves_ours(kind: str, ours: str, theirs: str, follow: Follow) -> None:
    assert mapping.met(kind, ours, theirs).follow is follow


@pytest.mark.parametrize(("kind", "row"), ROWS)
def test_what_left_the_books_never_stays_unnoticed(kind: str, row: Met) -> None:
    if row.theirs in mapping.ENDED and row.ours != mapping.REMOVED_HERE[kind]:
        assert row.follow in (Follow.LOSE, Follow.VOID)
    if row.theirs in ("PAID", "BILLED") and row.ours != mapping.REMOVED_HERE[kind]:
        assert row.follow is (Follow.STAY if row.ours in ("paid", "used") else Follow.PAY)


REMOVALS = [
    ("expense", "DRAFT", False, "DELETED"),
    ("expense", "SUBMITTED", False, "DELETED"),
    ("expense", "AUTHORISED", False, None),  # the bookkeeper voids it in Xero
    ("expense", "PAID", True, None),
    ("invoice", "DRAFT", False, "DELETED"),
    ("invoice", "SUBMITTED", False, "DELETED"),
    ("invoice", "AUTHORISED", False, "VOIDED"),
    ("invoice", "AUTHORISED", True, None),
    ("invoice", "PAID", True, None),
    ("invoice", "VOIDED", False, None),
    ("invoice", "DELETED", False, None),
    ("purchase_order", "SUBMITTED", False, "DELETED"),
    ("purchase_order", "AUTHORISED", False, "DELETED"),
    ("purchase_order", "BILLED", False, None),
    ("credit_note", "DRAFT", False, "DELETED"),
    ("credit_note", "AUTHORISED", False, "VOIDED"),
    ("credit_note", "AUTHORISED", True, None),
    ("supplier_credit", "SUBMITTED", False, "DELETED"),
    ("supplier_credit", "AUTHORISED", False, None),
]


@pytest.mark.parametrize(("kind", "theirs", "has_money", "status"), REMOVALS)
def test_a_document_leaves_xero_by_the_status_that_xero_allows(
    kind: str, theirs: str, has_money: bool, status: str | None
) -> None:
    assert mapping.removal_status(kind, theirs, has_money=has_money) == status


def test_awaiting_approval_is_called_as_xero_calls_it() -> None:
    assert mapping.xero_label("expense", "SUBMITTED") == "Awaiting approval"
    assert mapping.xero_label("invoice", "AUTHORISED") == "Awaiting payment"


def test_the_stamp_of_a_credit_that_is_used_up_does_not_say_paid() -> None:
    assert (
        mapping.stamp_label("credit_note", "PAID") == mapping.stamp_label("supplier_credit", "PAID") == "Used"
    )
    assert mapping.stamp_label("invoice", "PAID") == mapping.xero_label("invoice", "PAID") == "Paid"
    assert mapping.stamp_label("credit_note", "AUTHORISED") == "Awaiting payment"


APART = [
    ("expense", "approved", "DRAFT", "Approved here, a draft in Xero."),  # the accountant sent it back
    ("expense", "approved", "SUBMITTED", ""),  # S20: the words differ, the statuses agree
    ("invoice", "sent", "DRAFT", "Sent to the client, still a draft in Xero."),  # S40
    ("purchase_order", "approved", "AUTHORISED", "Approved in Xero: changes can't be sent any more."),  # S54
    ("expense", "paid", "SUBMITTED", ""),  # bookkeeping rule 18: paid before it was sent
    ("expense", "draft", "", ""),
    ("expense", "draft", "BILLED", ""),
]


@pytest.mark.parametrize(("kind", "ours", "theirs", "sentence"), APART)
def test_statuses_that_stay_apart_are_said_in_a_sentence(
    kind: str, ours: str, theirs: str, sentence: str
) -> None:
    assert mapping.apart(kind, ours, theirs) == sentence


@pytest.mark.parametrize("unknown", ["BILLED", "ON_HOLD"])
def test_a_status_that_this_kind_never_has_is_shown_as_it_came(unknown: str) -> None:
    assert mapping.xero_label("invoice", unknown) == unknown.capitalize()
