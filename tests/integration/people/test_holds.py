"""Holds: a reason forbids an act until it is lifted."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bluestamp.people import holds
from bluestamp.people.actors import Actor
from bluestamp.people.holds import Held
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")

BILL = {"kind": "expense", "subject_id": "0123456789abcdefghij"}


def _lock(
    studio: Studio, now: datetime, *, code: str = "LOCKED", sentence: str = "Xero has approved it."
) -> None:
    holds.place(studio_id=studio.pk, **BILL, act="edit", code=code, sentence=sentence, now=now)


def test_nothing_is_held_at_first() -> None:
    holds.refuse_if_held(**BILL, act="edit")
    assert holds.of(**BILL) == []


def test_a_hold_refuses_its_act_with_its_own_sentence(northlight: Studio, now: datetime) -> None:
    _lock(northlight, now)
    with pytest.raises(Held, match=r"^Xero has approved it\.$") as refusal:
        holds.refuse_if_held(**BILL, act="edit")
    assert refusal.value.http_status == 409
    assert [reason.code for reason in refusal.value.reasons] == ["LOCKED"]


def test_a_hold_forbids_no_other_act(northlight: Studio, now: datetime) -> None:
    _lock(northlight, now)
    holds.refuse_if_held(**BILL, act="cancel")


def test_a_hold_forbids_nothing_on_another_document_or_kind(northlight: Studio, now: datetime) -> None:
    _lock(northlight, now)
    holds.refuse_if_held(kind="expense", subject_id="another", act="edit")
    holds.refuse_if_held(kind="invoice", subject_id=BILL["subject_id"], act="edit")


def test_placing_the_same_reason_again_renews_its_sentence(northlight: Studio, now: datetime) -> None:
    _lock(northlight, now)
    _lock(northlight, now + timedelta(hours=1), sentence="Xero has paid it.")
    (only,) = holds.of(**BILL)
    assert (only.sentence, only.placed_at) == ("Xero has paid it.", now + timedelta(hours=1))


def test_several_reasons_are_all_told_oldest_first(northlight: Studio, now: datetime) -> None:
    _lock(northlight, now + timedelta(hours=1), code="PERIOD", sentence="Its period is locked.")
    _lock(northlight, now)
    with pytest.raises(Held, match=r"^Xero has approved it\. Its period is locked\.$"):
        holds.refuse_if_held(**BILL, act="edit")


def test_lifting_one_reason_leaves_the_other(northlight: Studio, now: datetime) -> None:
    _lock(northlight, now)
    _lock(northlight, now, code="PERIOD", sentence="Its period is locked.")
    holds.lift(studio_id=northlight.pk, **BILL, code="LOCKED")
    with pytest.raises(Held, match=r"^Its period is locked\.$"):
        holds.refuse_if_held(**BILL, act="edit")


def test_a_reason_is_lifted_from_one_act_or_from_all(northlight: Studio, now: datetime) -> None:
    _lock(northlight, now)
    holds.place(
        studio_id=northlight.pk, **BILL, act="cancel", code="LOCKED", sentence="Void it in Xero.", now=now
    )
    holds.lift(studio_id=northlight.pk, **BILL, code="LOCKED", act="edit")
    assert [hold.act for hold in holds.of(**BILL)] == ["cancel"]
    holds.lift(studio_id=northlight.pk, **BILL, code="LOCKED")
    assert holds.of(**BILL) == []


def test_lifting_what_is_not_held_does_nothing(northlight: Studio, ada: Actor) -> None:
    holds.lift(studio_id=northlight.pk, **BILL, code="LOCKED")
    assert holds.of(**BILL) == []
