"""The life of a credit note: every status with every verb.

The expected moves are written out here once more, by hand, so that a table changed by mistake doesn't agree with itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from bluestamp.books import companies, credit_notes, documents
from bluestamp.books.companies import CompanyDraft
from bluestamp.books.credit_notes import CreditNote, CreditNoteDraft
from bluestamp.books.documents import PaymentStanding
from bluestamp.books.line_items import LineDraft
from bluestamp.errors import Conflict
from bluestamp.people import actors
from tests.cast import NOW, Cast

USED = PaymentStanding(Decimal(0), Decimal(100), Decimal(0), dt.date(2026, 11, 2))
FREE = PaymentStanding(Decimal(0), Decimal(0), Decimal(100))

#: Of each status, the verbs that move it and where to. A verb that isn't named leaves the status or is refused.
MOVES = {
    "draft": {"mark_as_sent": "issued", "issue": "issued", "void": "void", "follow_issued": "issued", "follow_void": "void"},
    "issued": {"take_used": "used", "void": "void", "follow_void": "void"},
    "used": {"take_free": "issued", "follow_void": "void"},
    "void": {},
}  # fmt: skip
#: These say what the books say: where it is so already, nothing happens, and nothing is refused.
FOLLOWS = {"follow_issued", "follow_void", "take_used", "take_free"}
WAYS = {"draft": (), "issued": ("mark_as_sent",), "used": ("mark_as_sent", "take_used"), "void": ("void",)}
VERBS = ("mark_as_sent", "issue", "void", "follow_issued", "follow_void", "take_used", "take_free")


def _verbs(note: CreditNote, cast: Cast) -> dict[str, Callable[[], Any]]:
    cleo = cast.acting(cast.cleo)
    hand: Any = {"note_id": note.id, "version": note.version, "by": cleo, "now": NOW}
    told: Any = {"note_id": note.id, "by": actors.xero(cleo.studio_id), "now": NOW}
    return {
        "mark_as_sent": lambda: credit_notes.mark_as_sent(**hand),
        "issue": lambda: credit_notes.issue(to="a@b.example", **hand),
        "void": lambda: credit_notes.void(reason="", **hand),
        "follow_issued": lambda: credit_notes.follow_issued(**told),
        "follow_void": lambda: credit_notes.follow_void(**told),
        "take_used": lambda: credit_notes.take_standing(standing=USED, is_used=True, **told),
        "take_free": lambda: credit_notes.take_standing(standing=FREE, is_used=False, **told),
    }


def _brought_to(status: str, cast: Cast) -> CreditNote:
    cleo = cast.acting(cast.cleo)
    company = companies.create(CompanyDraft(name="Kestrel Air", is_client=True), by=cleo, now=NOW)
    draft = CreditNoteDraft(
        branch_id=cast.london.id,
        company_id=company.id,
        issued_on=dt.date(2026, 11, 2),
        currency="GBP",
        lines=(LineDraft(item="Proof", unit_amount=Decimal(100)),),
    )
    note = credit_notes.create(draft, by=cleo, now=NOW)
    for verb in WAYS[status]:
        _verbs(_fresh(note), cast)[verb]()
    return _fresh(note)


def _fresh(note: CreditNote) -> CreditNote:
    found = documents.load("credit_note", note.id)
    assert isinstance(found, CreditNote)
    return found


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("status", MOVES)
def test_every_verb_in_every_status_moves_leaves_or_refuses(
    status: str, verb: str, cast: Cast, in_northlight: None
) -> None:
    note = _brought_to(status, cast)
    assert note.status == status
    expected = MOVES[status].get(verb)
    act = _verbs(note, cast)[verb]
    if expected is not None or verb in FOLLOWS:
        act()
    else:
        with pytest.raises(Conflict), transaction.atomic():
            act()
    assert _fresh(note).status == (expected or status)


def test_the_code_allows_no_move_that_no_verb_makes() -> None:
    moves = credit_notes.MOVES.values()
    in_code = {(str(start), str(move.end)) for move in moves for start in move.starts}
    assert in_code == {(status, end) for status, found in MOVES.items() for end in found.values()}
