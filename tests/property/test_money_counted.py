"""Money between two sides, whatever is lost on the way: everything asked for is there once, and nothing else is taken for it.

The worker's own steps, played with its pure parts: send, lose the reply or not, count what is there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bluestamp.sync import tallies
from bluestamp.sync.tallies import Key, There, Wanted
from bluestamp.xero.exchanges import Result

KEYS: list[Key] = [
    ("invoice", "2026-03-02", 60, ""),
    ("invoice", "2026-03-02", 60, "REF"),
    ("other", "", 5, ""),
]


@dataclass
class Xero:
    """What the other side holds, and the ids it gave."""

    held: list[There] = field(default_factory=list)

    def take(self, key: Key) -> str:
        """Do it, under a new id."""
        id_ = f"id-{len(self.held)}"
        self.held.append(There(id_, key))
        return id_


@given(
    wanted=st.lists(st.sampled_from(KEYS), max_size=12),
    strangers=st.lists(st.sampled_from(KEYS), max_size=4),
    done=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_after_a_lost_reply_what_was_done_is_found_and_only_the_rest_goes_again(
    wanted: list[Key], strangers: list[Key], done: list[bool]
) -> None:
    """`strangers` stood there before and are known; of the batch any part was done before the reply was lost."""
    xero = Xero()
    known = {xero.take(key) for key in strangers}
    rows = [Wanted(str(position), key) for position, key in enumerate(wanted)]
    for row, was_done in zip(rows, done, strict=False):
        if was_done:
            xero.take(row.key)
    found = tallies.counted(rows, xero.held, known=known)
    ids = {outcome.row_id: outcome.external_id for outcome in found}
    assert len(set(ids.values())) == len(ids)
    assert known.isdisjoint(ids.values())
    for row in rows:
        if row.row_id not in ids:
            xero.take(row.key)
    assert sorted(map(str, (one.key for one in xero.held))) == sorted(map(str, [*strangers, *wanted]))


@given(
    wanted=st.lists(st.sampled_from(KEYS), max_size=8),
    never_told=st.lists(st.sampled_from(KEYS), max_size=3),
)
def test_what_stands_there_under_an_id_never_told_is_taken_for_nobody_else(
    wanted: list[Key], never_told: list[Key]
) -> None:
    xero = Xero()
    for key in never_told:
        xero.take(key)
    rows = [Wanted(str(position), key) for position, key in enumerate(wanted)]
    assert tallies.counted(rows, xero.held, known=(), settled=never_told) == []


@given(
    keys=st.lists(st.sampled_from(KEYS), min_size=1, max_size=12),
    refused=st.lists(st.booleans(), min_size=12, max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_each_answer_is_somebodys_whatever_order_xero_gives_them_in(
    keys: list[Key], refused: list[bool], order: object
) -> None:
    rows = [Wanted(str(position), key) for position, key in enumerate(keys)]
    answers = [_answer(key, place, no) for place, (key, no) in enumerate(zip(keys, refused, strict=False))]
    order.shuffle(answers)  # type: ignore[attr-defined]
    found = tallies.outcomes(rows, answers, key=lambda said: said[0], external_id=lambda said: said[1])
    assert {outcome.row_id for outcome in found} == {row.row_id for row in rows}
    done = [outcome.external_id for outcome in found if not outcome.is_refused]
    assert sorted(done) == sorted(said.record[1] for said in answers if not said.is_refused)


def _answer(key: Key, place: int, is_refused: bool) -> Result[tuple[Key, str]]:
    messages = ("no",) if is_refused else ()
    return Result(record=(key, f"id-{place}"), status="", errors=messages, is_refused=is_refused)
