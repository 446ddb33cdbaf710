"""Holds that Xero's state puts on documents here: what may not be done, because the books have moved on.

A bill that was approved or paid in Xero can't be edited here any more, nor put back or cancelled; an invoice with
money on it can't be voided. The sentence says why and what to do instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from bluestamp.people import holds
from bluestamp.sync.copies import Copy
from bluestamp.sync.mapping import ENDED, XERO_NOUNS, XeroStatus, removal_status, xero_label

CODE = "LOCKED_IN_XERO"

_SIGNED_OFF = (XeroStatus.AUTHORISED, XeroStatus.PAID, XeroStatus.BILLED)
#: Kinds that the bookkeeper signs off in Xero, and that are then fixed here.
_SIGNED_OFF_THERE = ("expense", "purchase_order", "supplier_credit")


def settle(copy: Copy, xero_status: str, *, has_money: bool, now: dt.datetime) -> None:
    """Place or lift the holds that follow from the copy's status in Xero; the caller's transaction."""
    _settle([(copy, _wanted(copy.kind, xero_status, has_money=has_money))], now=now)


def settle_many(found: Iterable[tuple[Copy, bool]], *, now: dt.datetime) -> None:
    """Do so for many copies of one kind, each with whether money stands on it; the caller's transaction."""
    wanted = [(copy, _wanted(copy.kind, copy.xero_status, has_money=has_money)) for copy, has_money in found]
    if wanted:
        _settle(wanted, now=now)


def _settle(found: Sequence[tuple[Copy, Mapping[holds.Act, str]]], *, now: dt.datetime) -> None:
    first = found[0][0]
    holds.settle(
        studio_id=first.studio_id,
        kind=first.kind,
        subject_ids=[copy.document_id for copy, _ in found],
        code=CODE,
        wanted={(copy.document_id, act): sentence for copy, acts in found for act, sentence in acts.items()},
        now=now,
    )


def free(copy: Copy) -> None:
    """Lift every hold that came from this copy; the caller's transaction."""
    holds.lift(studio_id=copy.studio_id, kind=copy.kind, subject_id=copy.document_id, code=CODE)


def _wanted(kind: str, xero_status: str, *, has_money: bool) -> dict[holds.Act, str]:
    if xero_status in ENDED:
        return {}
    if kind in _SIGNED_OFF_THERE and xero_status in _SIGNED_OFF:
        return _signed_off(kind, xero_status)
    if kind == "credit_note" and has_money:
        why = "Some of its credit is used or refunded in Xero."
        return {"void": f"{why} Undo that first."}
    if kind == "invoice" and has_money:
        why = "A payment or credit is applied to it in Xero."
        return {
            "void": f"{why} Remove that in Xero first, or credit the invoice.",
            "correct": f"{why} Credit it and issue a new one instead.",
        }
    return {}


def _signed_off(kind: str, xero_status: str) -> dict[holds.Act, str]:
    noun, label = XERO_NOUNS[kind], xero_label(kind, xero_status)
    why = f"The {noun} is “{label}” in Xero, so it can't be changed here any more."
    found: dict[holds.Act, str] = {
        "edit": f"{why} Take Xero's figures, or have the {noun} voided in Xero and send it again.",
        "back_to_draft": f"{why} Ask whoever keeps the books.",
    }
    if removal_status(kind, xero_status, has_money=False) is None:
        found["cancel"] = f"{why} Void it in Xero; Bluestamp notices by itself."
    return found
