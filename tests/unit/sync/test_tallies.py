"""Which payment and which credit is which in Xero, counted."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from bluestamp.sync.tallies import (
    Key,
    Money,
    Outcome,
    There,
    Wanted,
    allocation_key,
    counted,
    outcomes,
    payment_key,
    twin,
)
from bluestamp.xero.exchanges import Result
from bluestamp.xero.records import NO_ID, InvoiceReference, Payment

DAY = dt.date(2026, 3, 2)
INVOICE = "f0d1b3a2-0000-4000-8000-000000000001"


def _key(reference: str = "", amount: str = "60.00") -> Key:
    return payment_key(INVOICE, DAY, Decimal(amount), reference)


def _result(reference: str, *, id_: str = NO_ID, messages: tuple[str, ...] = ()) -> Result[Payment]:
    record = Payment(
        payment_id=id_,
        date=DAY,  # type: ignore[arg-type]
        amount=Decimal("60.0"),
        reference=reference,
        invoice=InvoiceReference(invoice_id=INVOICE),
    )
    return Result(record=record, status="", errors=messages, is_refused=bool(messages))


def _outcomes(wanted: list[Wanted], results: list[Result[Payment]]) -> dict[str, Outcome]:
    found = outcomes(
        wanted,
        results,
        key=lambda record: payment_key(
            record.invoice.invoice_id, record.date, record.amount, record.reference
        ),
        external_id=lambda record: record.payment_id,
    )
    return {outcome.row_id: outcome for outcome in found}


def _money(amount: str, *, days: int = 0, external_id: str = "") -> Money:
    return Money(INVOICE, DAY + dt.timedelta(days=days), Decimal(amount), external_id=external_id)


def test_answers_are_matched_by_what_they_say_and_never_by_position() -> None:
    wanted = [Wanted("one", _key("A")), Wanted("two", _key("B"))]
    found = _outcomes(wanted, [_result("B", id_="second"), _result("A", id_="first")])
    assert (found["one"].external_id, found["two"].external_id) == ("first", "second")


def test_of_two_that_are_alike_each_gets_an_answer_of_its_own() -> None:
    wanted = [Wanted("one", _key()), Wanted("two", _key())]
    found = _outcomes(wanted, [_result("", messages=("too much",)), _result("", id_="done")])
    assert sorted(outcome.external_id for outcome in found.values()) == ["", "done"]
    assert sum(outcome.is_refused for outcome in found.values()) == 1


def test_a_refusal_that_names_nothing_is_the_one_that_is_left() -> None:
    wanted = [Wanted("one", _key("A")), Wanted("two", _key("B"))]
    nameless = Result(record=Payment(), status="ERROR", errors=("no",), is_refused=True)
    found = _outcomes(wanted, [nameless, _result("A", id_="first")])
    assert found["two"].messages == ("no",)


def test_two_refusals_that_name_nothing_are_left_to_be_looked_up() -> None:
    wanted = [Wanted("one", _key("A")), Wanted("two", _key("B"))]
    nameless = Result(record=Payment(), status="ERROR", errors=("no",), is_refused=True)
    assert _outcomes(wanted, [nameless, nameless]) == {}


def test_as_many_are_taken_for_done_as_xero_holds_and_nobody_here_has() -> None:
    wanted = [Wanted("one", _key()), Wanted("two", _key())]
    there = [There("known", _key()), There("new", _key()), There("other", _key(amount="61.00"))]
    assert counted(wanted, there, known={"known"}) == [Outcome("one", "new")]


def test_one_that_xero_never_gave_an_id_for_is_not_counted_a_second_time() -> None:
    key = allocation_key(INVOICE, Decimal("50"))
    there = [There("a", key), There("b", key)]
    assert counted([Wanted("one", key), Wanted("two", key)], there, known=(), settled=[key]) == [
        Outcome("one", "b")
    ]


def test_the_reference_counts_as_xero_trims_it_and_the_amount_by_value() -> None:
    assert payment_key(INVOICE.upper(), DAY, Decimal("60"), " REF ") == _key("REF")


def test_the_same_amount_within_seven_days_looks_like_one_payment() -> None:
    there = [_money("60.00", days=7, external_id="near")]
    assert twin(_money("60.00"), there, known=()) == there[0]


def test_eight_days_another_amount_or_a_payment_known_here_ask_nobody() -> None:
    there = [
        _money("60.00", days=-8, external_id="far"),
        _money("60.01", external_id="dearer"),
        _money("60.00", external_id="known"),
    ]
    assert twin(_money("60.00"), there, known={"known"}) is None
