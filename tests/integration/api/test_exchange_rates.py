"""Exchange rates by the API: what one says, whose it is, and who may type another."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books import exchange_rates
from bluestamp.books.ledgers import LedgerCurrency
from bluestamp.books.payments import Payment
from bluestamp.engine import tenancy
from tests.integration.api.conftest import Program, Scene

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 11, 4)


@pytest.fixture(autouse=True)
def euros(scene: Scene) -> None:
    """The studio's ledger takes euros, and Xero's last rate for them is known."""
    with tenancy.acting_in(scene.cast.northlight.pk):
        ledger = scene.ledger
        LedgerCurrency.objects.get_or_create(studio_id=ledger.studio_id, ledger=ledger, code="EUR")
        exchange_rates.note_known(ledger.pk, "EUR", Decimal("1.1731"), on=DAY)


def _entered(by: Program, scene: Scene, **more: Any) -> Any:
    return by.post("expenses", {**scene.bought(), "currency": "EUR", **more}, 201)


def test_a_rate_is_told_in_words_and_with_what_the_total_is_worth(as_ben: Program, scene: Scene) -> None:
    made = _entered(as_ben, scene)
    assert (made["currency_rate"], made["rate_origin"], made["rate_on"]) == (None, "", None)
    assert made["exchange"] is None
    with tenancy.acting_in(scene.cast.northlight.pk):
        exchange_rates.keep(kind="expense", document_id=made["id"], rate=Decimal("1.1731"), on=DAY)
    kept = as_ben.get(f"expenses/{made['id']}")
    assert (kept["currency_rate"], kept["rate_origin"], kept["rate_on"]) == (
        "1.173100",
        "ledger",
        "2026-11-04",
    )
    assert kept["exchange"] == {
        "words": "1 GBP = 1.1731 EUR",
        "whose": "Xero's rate of 4 Nov 2026",
        "base_currency": "GBP",
        "base_total": "315.40",
    }


def test_a_bookkeepers_token_types_a_rate_and_a_producers_does_not(
    as_ben: Program, as_cleo: Program, scene: Scene
) -> None:
    made = _entered(as_cleo, scene, own_rate="1.18")
    assert (made["rate_origin"], made["exchange"]["whose"]) == ("own", "your own rate")
    refused = as_ben.post("expenses", {**scene.bought(), "currency": "EUR", "own_rate": "1.18"}, 403)
    assert refused["code"] == "NOT_PERMITTED"


@pytest.mark.parametrize(
    ("rate", "why"), [("1.4", "more than 10 % off"), ("0", "above zero"), ("1.1731001", "decimal places")]
)
def test_a_rate_that_may_not_stand_is_refused_at_its_field(
    as_cleo: Program, scene: Scene, rate: str, why: str
) -> None:
    refused = as_cleo.post("expenses", {**scene.bought(), "currency": "EUR", "own_rate": rate}, 422)
    (error,) = refused["errors"]
    assert error["field"] == "own_rate"
    assert why in error["sentence"]


def test_a_payment_tells_its_own_rate(as_cleo: Program, scene: Scene) -> None:
    with tenancy.acting_in(scene.cast.northlight.pk):
        Payment.objects.filter(pk=scene.payment.pk).update(currency_rate=Decimal("1.19"))
    (paid,) = as_cleo.get(f"invoices/{scene.payment.document_id}/payments")
    assert paid["currency_rate"] == "1.190000"
