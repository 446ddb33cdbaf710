"""No number is missing without a reason, whatever made it so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bluestamp.books import gaps, jobs, ledgers, numbers
from bluestamp.books.companies import Company
from bluestamp.books.jobs import JobDraft
from bluestamp.books.ledgers import Ledger
from bluestamp.books.numbers import Sequence
from bluestamp.errors import Invalid
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch

pytestmark = pytest.mark.usefixtures("in_northlight")


@pytest.fixture
def tides(client_company: Company, london: Branch) -> JobDraft:
    return JobDraft(name="Tides", company_id=client_company.id, branch_id=london.id)


@pytest.fixture
def ledger(london: Branch, cleo: Actor) -> Ledger:
    """London's books, kept elsewhere."""
    made = ledgers.create(studio_id=cleo.studio_id, name="Northlight Ltd", base_currency="GBP", source="xero")
    ledgers.assign([london.id], made, by=cleo, now=NOW)
    return made


NOW = datetime(2026, 11, 2, 9, 30).astimezone()


def _sequence(london: Branch) -> Sequence:
    return numbers.for_branch(branch_id=london.id, kind="job")


def test_numbers_that_were_left_out_are_explained_by_who_did_it(
    tides: JobDraft, london: Branch, ben: Actor, cleo: Actor, now: datetime
) -> None:
    jobs.create(tides, by=ben, now=now)
    numbers.set_next(sequence_id=_sequence(london).id, next_number=10, by=cleo, now=now)
    jobs.create(tides, by=ben, now=now)
    (gap,) = gaps.all_of_studio()
    assert (gap.first, gap.last, gap.many, gap.is_explained) == ("JOB-0002", "JOB-0009", 8, True)
    assert gap.why.startswith("Cleo set the next number to JOB-0010 on ")


def test_a_number_that_a_job_gave_up_is_explained_by_the_one_that_it_got(
    tides: JobDraft, ben: Actor, now: datetime
) -> None:
    first, second, third = (jobs.create(tides, by=ben, now=now) for _ in range(3))
    draft = replace(jobs.draft_of(second), number="MUSEUM-1")
    jobs.edit(job_id=second.id, version=1, draft=draft, by=ben, now=now)
    (gap,) = gaps.all_of_studio()
    assert (first.number, gap.first, gap.last, third.number) == (
        "JOB-0001",
        "JOB-0002",
        "JOB-0002",
        "JOB-0003",
    )
    assert "gave the job “Tides” the number MUSEUM-1 instead" in gap.why


def test_numbers_that_the_other_side_has_are_passed_over_and_explained(
    tides: JobDraft, ledger: Ledger, london: Branch, ben: Actor, now: datetime
) -> None:
    why = {f"JOB-000{number}": "an invoice of 3 Mar 2019" for number in (2, 3)}
    numbers.note_taken(ledger_id=ledger.id, kind="job", numbers=why, now=now)
    numbers.note_taken(ledger_id=ledger.id, kind="job", numbers=why, now=now)
    assert numbers.ahead(_sequence(london), 3) == ["JOB-0001", "JOB-0004", "JOB-0005"]
    given = [jobs.create(tides, by=ben, now=now).number for _ in range(2)]
    assert given == ["JOB-0001", "JOB-0004"]
    (gap,) = gaps.all_of_studio()
    assert (gap.first, gap.last, gap.is_explained) == ("JOB-0002", "JOB-0003", True)
    assert gap.why == "Taken in Northlight Ltd: an invoice of 3 Mar 2019"


def test_a_taken_number_is_refused_as_the_next_one_until_it_is_free(
    ledger: Ledger, london: Branch, cleo: Actor, now: datetime
) -> None:
    sequence = numbers.for_branch(branch_id=london.id, kind="invoice")
    taken = {"LON-0007": "an invoice to Harbour Museum"}
    numbers.note_taken(ledger_id=ledger.id, kind="invoice", numbers=taken, now=now)
    with pytest.raises(Invalid, match="LON-0007 is taken: an invoice to Harbour Museum"):
        numbers.set_next(sequence_id=sequence.id, next_number=7, by=cleo, now=now)
    numbers.note_free(ledger_id=ledger.id, kind="invoice", numbers=["LON-0007"])
    numbers.set_next(sequence_id=sequence.id, next_number=7, by=cleo, now=now)


def test_what_nobody_wrote_down_is_said_to_be_unexplained(
    tides: JobDraft, london: Branch, ben: Actor, now: datetime
) -> None:
    jobs.create(tides, by=ben, now=now)
    Sequence.objects.filter(pk=_sequence(london).pk).update(next_number=4)
    jobs.create(tides, by=ben, now=now)
    (gap,) = gaps.all_of_studio()
    assert (gap.first, gap.last, gap.is_explained) == ("JOB-0002", "JOB-0003", False)


def test_a_prefix_that_is_taken_up_again_explains_what_it_left_out(
    tides: JobDraft, london: Branch, ben: Actor, cleo: Actor, now: datetime
) -> None:
    jobs.create(tides, by=ben, now=now)
    for prefix, next_number in (("J/", 70), ("JOB-", 5)):
        numbers.set_next(
            sequence_id=_sequence(london).id, next_number=next_number, prefix=prefix, by=cleo, now=now
        )
        jobs.create(tides, by=ben, now=now)
    (gap,) = gaps.all_of_studio()
    assert (gap.first, gap.last, gap.is_explained) == ("JOB-0002", "JOB-0004", True)


def test_a_sequence_that_was_set_back_has_no_gap_before_it_gets_there(
    tides: JobDraft, london: Branch, ben: Actor, cleo: Actor, now: datetime
) -> None:
    numbers.set_next(sequence_id=_sequence(london).id, next_number=5, by=cleo, now=now)
    jobs.create(tides, by=ben, now=now)
    numbers.set_next(sequence_id=_sequence(london).id, next_number=1, by=cleo, now=now)
    given = [jobs.create(tides, by=ben, now=now).number for _ in range(5)]
    assert given == ["JOB-0001", "JOB-0002", "JOB-0003", "JOB-0004", "JOB-0006"]
    assert gaps.all_of_studio() == []
