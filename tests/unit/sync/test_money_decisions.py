"""Which payment and which credit may go, which waits, and how Xero's refusals of money read. Plain values only."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bluestamp.sync import credit_claims, explanations, paying
from bluestamp.sync.credit_claims import WAITS, Side
from bluestamp.sync.decisions import PARKED

DAY = dt.date(2026, 3, 2)
READY = Side(number="CN-0001", is_in_xero=True, xero_status="AUTHORISED", xero_label="Awaiting payment")


def _payment(**more: Any) -> str | None:
    facts: dict[str, Any] = {
        "is_earlier": False,
        "is_gone": False,
        "xero_status": "AUTHORISED",
        "is_on_its_way": False,
        "paid_on": DAY,
        "locked_until": None,
    }
    return paying.verdict(**(facts | more))


PAYMENTS: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"is_earlier": True}, None),
    ({"locked_until": DAY - dt.timedelta(days=1)}, None),
    ({"locked_until": DAY}, "PERIOD_LOCKED"),
    ({"is_earlier": True, "locked_until": DAY}, "PERIOD_LOCKED"),
    ({"is_gone": True}, "GONE_FROM_XERO"),
    ({"is_gone": True, "is_earlier": True}, ""),
    ({"xero_status": "DRAFT"}, "NOT_AWAITING_PAYMENT"),
    ({"xero_status": "PAID"}, "NOT_AWAITING_PAYMENT"),
    ({"xero_status": "DRAFT", "is_on_its_way": True}, ""),
    ({"xero_status": "DRAFT", "is_earlier": True}, ""),
]


@pytest.mark.parametrize(("facts", "code"), PAYMENTS, ids=[str(facts) for facts, _ in PAYMENTS])
def test_a_payment_goes_waits_or_is_refused(facts: dict[str, Any], code: str | None) -> None:
    assert _payment(**facts) == code


def _credit(**more: Any) -> str | None:
    facts: dict[str, Any] = {
        "note": READY,
        "invoice": Side(number="LON-0012", is_in_xero=True, xero_status="AUTHORISED"),
        "locked": False,
        "earlier_pending": False,
        "is_earlier": False,
    }
    said = credit_claims.verdict(**(facts | more))
    return None if said is None else said.code


def _invoice(**more: Any) -> Side:
    return Side(number="LON-0012", **more)


CREDIT: list[tuple[dict[str, Any], str | None]] = [
    ({}, None),
    ({"locked": True}, "PERIOD_LOCKED"),
    ({"earlier_pending": True}, ""),
    ({"invoice": _invoice(is_on_its_way=True)}, ""),
    ({"invoice": _invoice(parked="A line has no account.")}, "NOT_AWAITING_PAYMENT"),
    ({"invoice": _invoice()}, "NOT_AWAITING_PAYMENT"),
    ({"invoice": _invoice(is_in_xero=True, xero_status="PAID", xero_label="Paid")}, "NOT_AWAITING_PAYMENT"),
    ({"invoice": _invoice(is_gone=True)}, "GONE_FROM_XERO"),
    ({"invoice": _invoice(), "is_earlier": True}, ""),
    ({"note": _invoice(is_gone=True), "is_earlier": True}, ""),
]


@pytest.mark.parametrize(("facts", "code"), CREDIT, ids=[str(facts) for facts, _ in CREDIT])
def test_credit_goes_waits_or_is_refused(facts: dict[str, Any], code: str | None) -> None:
    assert _credit(**facts) == code


def test_the_document_that_keeps_the_credit_back_is_named_with_its_reason() -> None:
    parked = _invoice(parked="A line has no account.")
    said = credit_claims.verdict(
        note=READY, invoice=parked, locked=False, earlier_pending=False, is_earlier=False
    )
    assert said is not None and said is not WAITS
    assert said.sentence == "LON-0012 could not go to Xero: A line has no account."


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("Payment amount exceeds the amount outstanding on this document", "MORE_THAN_DUE"),
        ("Credit Note cannot be allocated as amount is greater than amount outstanding", "MORE_THAN_DUE"),
        ("The invoice you are trying to allocate to has already been paid off", "MORE_THAN_DUE"),
        ("Payments can only be made against Authorised documents", "NOT_AWAITING_PAYMENT"),
        ("Account could not be found", "PAYMENT_ACCOUNT_REFUSED"),
        ("The Account 200 is not a valid payment account", "PAYMENT_ACCOUNT_REFUSED"),
        ("This payment has been reconciled and cannot be deleted", "NOT_REMOVED"),
        ("Payments within a batch cannot be deleted.", "NOT_REMOVED"),
        (
            "The document date cannot be before the period lock date, currently set at 31 March 2026",
            "PERIOD_LOCKED",
        ),
        ("Something that nobody has seen", "XERO_REFUSED"),
    ],
)
def test_what_xero_says_of_money_is_explained_with_its_own_words(message: str, code: str) -> None:
    explained = explanations.explain_money([message])
    assert explained.code == code
    assert message in explained.sentence
    assert code in PARKED


def test_a_refusal_without_words_is_one_all_the_same() -> None:
    assert explanations.explain_money([]).code == "XERO_REFUSED"
