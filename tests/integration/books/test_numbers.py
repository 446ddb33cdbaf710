"""Numbers: none missing, none twice, whoever takes them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import close_old_connections, connection, transaction

from bluestamp.books import jobs, numbers
from bluestamp.books.companies import Company
from bluestamp.books.jobs import Job, JobDraft
from bluestamp.books.numbers import Sequence
from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, NotFound, NotPermitted
from bluestamp.people import activity, branches
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch, BranchDraft
from bluestamp.people.rows import Studio
from tests.cast import Cast, assemble


@pytest.fixture
def take(northlight: Studio, london: Branch) -> Callable[..., str]:
    def taken(branch: Branch = london, kind: str = "invoice") -> str:
        return numbers.take(studio_id=northlight.pk, branch_id=branch.id, kind=kind)

    return taken


@pytest.mark.usefixtures("in_northlight")
def test_invoices_count_by_branch_and_expenses_through_the_studio(
    take: Callable[..., str], london: Branch, bristol: Branch
) -> None:
    assert [take(london), take(london), take(bristol)] == ["LON-0001", "LON-0002", "BRI-0001"]
    assert [take(london, "expense"), take(bristol, "expense")] == ["EXP-0001", "EXP-0002"]


@pytest.mark.usefixtures("in_northlight")
def test_a_branch_begins_with_letters_of_its_own(
    take: Callable[..., str], london: Branch, ada: Actor, now: datetime
) -> None:
    take(london)
    named = [
        branches.create(
            BranchDraft(name=name, legal_name=name, currency="GBP", locale="en-GB"), by=ada, now=now
        )
        for name in ("Londonderry", "Lon", "東京", "Å 7")
    ]
    assert [take(branch) for branch in named] == ["LOND-0001", "LON2-0001", "東京-0001", "Å7-0001"]


@pytest.mark.usefixtures("in_northlight")
def test_peeking_takes_nothing(take: Callable[..., str], london: Branch) -> None:
    sequence = numbers.for_branch(branch_id=london.id, kind="invoice")
    assert [numbers.peek(sequence), numbers.peek(sequence)] == ["LON-0001", "LON-0001"]
    assert take() == "LON-0001"


@pytest.mark.usefixtures("in_northlight")
def test_a_number_taken_in_a_failed_transaction_is_given_again(take: Callable[..., str]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        take()
        raise RuntimeError
    assert take() == "LON-0001"


@pytest.mark.usefixtures("in_northlight")
def test_a_sequence_goes_on_at_any_number_that_was_never_used(
    take: Callable[..., str], london: Branch, cleo: Actor, now: datetime
) -> None:
    sequence = numbers.for_branch(branch_id=london.id, kind="invoice")
    numbers.set_next(sequence_id=sequence.id, next_number=1049, by=cleo, now=now)
    assert take() == "LON-1049"
    numbers.set_next(sequence_id=sequence.id, next_number=7, prefix="NL/", by=cleo, now=now)
    assert [take(), take()] == ["NL/0007", "NL/0008"]
    assert activity.history("sequence", sequence.id)[0].sentence == "The next invoice is NL/0007."


@pytest.mark.usefixtures("in_northlight")
def test_a_used_number_is_refused_and_passed_over(
    job: Job, london: Branch, take: Callable[..., str], cleo: Actor, now: datetime
) -> None:
    sequence = numbers.for_branch(branch_id=london.id, kind="job")
    with pytest.raises(Invalid) as refused:
        numbers.set_next(sequence_id=sequence.id, next_number=1, by=cleo, now=now)
    assert refused.value.field == "next_number"
    Sequence.objects.filter(pk=sequence.pk).update(next_number=1)
    sequence.refresh_from_db()
    assert numbers.peek(sequence) == "JOB-0002"
    assert take(kind="job") == "JOB-0002"


@pytest.mark.usefixtures("in_northlight")
@pytest.mark.parametrize(
    ("next_number", "prefix", "field"),
    [
        (0, None, "next_number"),
        (1_000_000_000, None, "next_number"),
        (1, "20", "prefix"),
        (1, "x" * 21, "prefix"),
    ],
)
def test_what_a_sequence_cant_be_is_refused_at_its_field(
    next_number: int, prefix: str | None, field: str, london: Branch, cleo: Actor, now: datetime
) -> None:
    sequence = numbers.for_branch(branch_id=london.id, kind="invoice")
    with pytest.raises(Invalid) as refused:
        numbers.set_next(sequence_id=sequence.id, next_number=next_number, prefix=prefix, by=cleo, now=now)
    assert refused.value.field == field
    sequence.refresh_from_db()
    assert (sequence.prefix, sequence.next_number) == ("LON-", 1)


@pytest.mark.usefixtures("in_northlight")
def test_branches_that_share_a_prefix_count_on_together(
    take: Callable[..., str], london: Branch, bristol: Branch, cleo: Actor, now: datetime
) -> None:
    numbers.share(
        branch_ids=[london.id, bristol.id], kind="invoice", prefix="INV-", next_number=50, by=cleo, now=now
    )
    assert [take(london), take(bristol), take(london)] == ["INV-0050", "INV-0051", "INV-0052"]
    seen = {
        numbers.peek(numbers.for_branch(branch_id=branch.id, kind="invoice")) for branch in (london, bristol)
    }
    assert seen == {"INV-0053"}


@pytest.mark.usefixtures("in_northlight")
@pytest.mark.parametrize("who", ["ben", "abe"])
def test_only_those_who_keep_the_books_set_numbers(
    who: str, london: Branch, now: datetime, request: pytest.FixtureRequest
) -> None:
    sequence = numbers.for_branch(branch_id=london.id, kind="invoice")
    with pytest.raises(NotPermitted):
        numbers.set_next(sequence_id=sequence.id, next_number=5, by=request.getfixturevalue(who), now=now)


@pytest.mark.usefixtures("in_northlight")
def test_dan_reaches_no_sequence_of_northlight(
    london: Branch, dan: Actor, daybreak: Studio, now: datetime
) -> None:
    sequence = numbers.for_branch(branch_id=london.id, kind="invoice")
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        with pytest.raises(NotFound):
            numbers.set_next(sequence_id=sequence.id, next_number=5, by=dan, now=now)
        with pytest.raises(NotFound):
            numbers.take(studio_id=daybreak.pk, branch_id=london.id, kind="invoice")


@pytest.mark.django_db(transaction=True)
def test_many_at_once_take_different_numbers_without_a_gap() -> None:
    cast, begin = assemble(), threading.Barrier(6)
    taken: list[str] = []

    def work(branch: Branch) -> None:
        try:
            with tenancy.acting_in(cast.northlight.pk):
                begin.wait(timeout=20)
                taken.extend(_take(cast, branch) for _ in range(5))
        finally:
            connection.close()

    _share(cast)
    threads = [threading.Thread(target=work, args=(branch,)) for branch in (cast.london, cast.bristol) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    close_old_connections()
    assert sorted(taken) == [f"INV-{number:04d}" for number in range(1, 31)]


@pytest.mark.django_db(transaction=True)
def test_a_sequence_that_two_begin_at_once_is_one() -> None:
    cast, begin = assemble(), threading.Barrier(4)
    taken: list[str] = []

    def work() -> None:
        try:
            with tenancy.acting_in(cast.northlight.pk):
                begin.wait(timeout=20)
                taken.append(_take(cast, cast.london))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(taken) == ["LON-0001", "LON-0002", "LON-0003", "LON-0004"]


def _take(cast: Cast, branch: Branch) -> str:
    return numbers.take(studio_id=cast.northlight.pk, branch_id=branch.id, kind="invoice")


def _share(cast: Cast) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        numbers.share(
            branch_ids=[cast.london.id, cast.bristol.id],
            kind="invoice",
            prefix="INV-",
            next_number=1,
            by=cast.acting(cast.cleo),
            now=datetime(2026, 11, 2, 9, 30).astimezone(),
        )


@pytest.mark.usefixtures("in_northlight")
def test_a_job_refused_takes_no_number(
    client_company: Company, london: Branch, ben: Actor, now: datetime
) -> None:
    draft = JobDraft(name="Tides", company_id=client_company.id, branch_id=london.id)
    with pytest.raises(Invalid):
        jobs.create(JobDraft(name="", company_id=client_company.id, branch_id=london.id), by=ben, now=now)
    assert jobs.create(draft, by=ben, now=now).number == "JOB-0001"
