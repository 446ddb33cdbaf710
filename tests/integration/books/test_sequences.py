"""Whose numbers documents take: a branch's, a ledger's, the invoices', the studio's. And fifty who ask at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from django.db import connection, transaction

from bluestamp.books import companies, invoices, ledgers, numbers
from bluestamp.books.companies import CompanyDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.ledgers import Ledger
from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, NotFound, NotPermitted
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio
from tests.cast import NOW, Cast, assemble

Take = Callable[..., str]


@pytest.fixture
def take(northlight: Studio, london: Branch) -> Take:
    def taken(branch: Branch = london, kind: str = "invoice") -> str:
        return numbers.take(studio_id=northlight.pk, branch_id=branch.id, kind=kind)

    return taken


@pytest.fixture
def ledger(in_northlight: None, bristol: Branch, cleo: Actor) -> Ledger:
    """Bristol's books, kept elsewhere."""
    made = ledgers.create(studio_id=cleo.studio_id, name="Bristol Ltd", base_currency="GBP", source="xero")
    ledgers.assign([bristol.id], made, by=cleo, now=NOW)
    return made


@pytest.mark.usefixtures("in_northlight")
@pytest.mark.parametrize(
    ("kind", "first"),
    [
        ("purchase_order", "PO-0001"),
        ("supplier_credit", "SC-0001"),
        ("quote", "Q-0001"),
        ("expense", "EXP-0001"),
        ("job", "JOB-0001"),
    ],
)
def test_these_count_through_the_studio(
    kind: str, first: str, take: Take, london: Branch, bristol: Branch
) -> None:
    second = f"{first[:-1]}2"
    assert [take(london, kind), take(bristol, kind)] == [first, second]


@pytest.mark.usefixtures("in_northlight")
def test_credit_notes_count_by_branch(take: Take, london: Branch, bristol: Branch) -> None:
    given = [take(london, "credit_note"), take(bristol, "credit_note"), take(london, "credit_note")]
    assert given == ["CN-0001", "CN-BRI-0001", "CN-0002"]


@pytest.mark.usefixtures("in_northlight")
def test_credit_notes_may_share_the_invoices_numbers_and_stop_again(
    take: Take, london: Branch, cleo: Actor, now: datetime
) -> None:
    numbers.share_with_invoices(branch_id=london.id, is_shared=True, by=cleo, now=now)
    given = [take(), take(kind="credit_note"), take()]
    assert given == ["LON-0001", "LON-0002", "LON-0003"]
    numbers.share_with_invoices(branch_id=london.id, is_shared=False, by=cleo, now=now)
    assert take(kind="credit_note") == "CN-0001"


def test_a_new_connection_goes_on_in_the_home_branchs_numbers(
    take: Take, ledger: Ledger, london: Branch, bristol: Branch, cleo: Actor, now: datetime
) -> None:
    assert [take(london), take(bristol)] == ["LON-0001", "BRI-0001"]
    numbers.begin(ledger_id=ledger.id, by=cleo, now=now)
    assert [take(bristol), take(london), take(bristol)] == ["LON-0002", "LON-0003", "LON-0004"]


def test_a_connection_gets_numbers_of_its_own_when_it_is_told_to(
    take: Take, ledger: Ledger, london: Branch, bristol: Branch, cleo: Actor, now: datetime
) -> None:
    numbers.begin(ledger_id=ledger.id, prefix="BX-", next_number=500, by=cleo, now=now)
    assert [take(bristol), take(london), take(bristol)] == ["BX-0500", "LON-0001", "BX-0501"]
    (sequence,) = numbers.of_ledger(ledger_id=ledger.id, kinds=["invoice"])
    assert numbers.ahead(sequence, 2) == ["BX-0502", "BX-0503"]
    numbers.end(ledger_id=ledger.id, by=cleo, now=now)
    assert take(bristol) == "BRI-0001"


def test_a_width_is_between_one_and_nine_digits(
    take: Take, ledger: Ledger, london: Branch, cleo: Actor, now: datetime
) -> None:
    sequence = numbers.for_branch(branch_id=london.id, kind="invoice")
    numbers.set_next(sequence_id=sequence.id, next_number=3, width=6, by=cleo, now=now)
    assert take() == "LON-000003"
    for width in (0, 10):
        with pytest.raises(Invalid):
            numbers.set_next(sequence_id=sequence.id, next_number=9, width=width, by=cleo, now=now)


def test_only_those_who_keep_the_books_give_a_connection_its_numbers(
    ledger: Ledger, london: Branch, ben: Actor, now: datetime
) -> None:
    for act in (
        lambda: numbers.begin(ledger_id=ledger.id, by=ben, now=now),
        lambda: numbers.end(ledger_id=ledger.id, by=ben, now=now),
        lambda: numbers.share_with_invoices(branch_id=london.id, is_shared=True, by=ben, now=now),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_dan_reaches_no_ledgers_numbers(ledger: Ledger, dan: Actor, daybreak: Studio, now: datetime) -> None:
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        for act in (
            lambda: numbers.begin(ledger_id=ledger.id, by=dan, now=now),
            lambda: numbers.end(ledger_id=ledger.id, by=dan, now=now),
            lambda: numbers.note_taken(ledger_id=ledger.id, kind="invoice", numbers={"1": ""}, now=now),
        ):
            with pytest.raises(NotFound):
                act()


def _fifty(cast: Cast, work: Callable[[int], str | None]) -> list[str]:
    """Fifty who begin at the same moment, each on a connection of its own; what they were given."""
    begin = threading.Barrier(50)

    def one(place: int) -> str | None:
        try:
            with tenancy.acting_in(cast.northlight.pk):
                begin.wait(timeout=60)
                return work(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        return sorted(number for number in threads.map(one, range(50)) if number)


@pytest.mark.django_db(transaction=True)
def test_fifty_who_ask_at_once_get_fifty_numbers_without_a_double_or_a_gap() -> None:
    cast = assemble()
    taken = _fifty(cast, lambda place: _take(cast, cast.london if place % 2 else cast.bristol, "quote"))
    assert taken == [f"Q-{number:04d}" for number in range(1, 51)]


@pytest.mark.django_db(transaction=True)
def test_every_third_of_fifty_that_fails_leaves_no_gap() -> None:
    cast = assemble()

    def work(place: int) -> str | None:
        try:
            with transaction.atomic():
                number = _take(cast, cast.london, "invoice")
                if place % 3 == 0:
                    raise RuntimeError
                return number
        except RuntimeError:
            return None

    taken = _fifty(cast, work)
    assert taken == [f"LON-{number:04d}" for number in range(1, len(taken) + 1)]
    assert len(taken) == 33


@pytest.mark.django_db(transaction=True)
def test_fifty_invoices_and_credit_notes_that_share_numbers_double_none() -> None:
    cast = assemble()
    with tenancy.acting_in(cast.northlight.pk):
        numbers.share_with_invoices(
            branch_id=cast.london.id, is_shared=True, by=cast.acting(cast.cleo), now=NOW
        )
    kinds = ("invoice", "credit_note")
    taken = _fifty(cast, lambda place: _take(cast, cast.london, kinds[place % 2]))
    assert taken == [f"LON-{number:04d}" for number in range(1, 51)]


@pytest.mark.django_db(transaction=True)
def test_a_credit_note_waits_for_the_invoice_that_takes_a_number_of_the_same_spelling() -> None:
    cast = assemble()
    cleo, given = cast.acting(cast.cleo), threading.Event()
    with tenancy.acting_in(cast.northlight.pk):
        invoice = _draft(cast)
        notes = numbers.for_branch(branch_id=cast.london.id, kind="credit_note")
        numbers.set_next(sequence_id=notes.id, prefix="LON-", next_number=1, by=cleo, now=NOW)

    def bill() -> str:
        with tenancy.acting_in(cast.northlight.pk), transaction.atomic():
            number = _take(cast, cast.london, "invoice")
            given.set()
            time.sleep(0.5)
            Invoice.objects.filter(pk=invoice.pk).update(number=number)
        connection.close()
        return number

    def credit() -> str:
        given.wait(timeout=10)
        with tenancy.acting_in(cast.northlight.pk):
            number = _take(cast, cast.london, "credit_note")
        connection.close()
        return number

    with ThreadPoolExecutor(2) as threads:
        both = [threads.submit(bill), threads.submit(credit)]
        assert [one.result() for one in both] == ["LON-0001", "LON-0002"]


def _draft(cast: Cast) -> Invoice:
    client = companies.create(
        CompanyDraft(name="Kestrel Air", is_client=True), by=cast.acting(cast.ada), now=NOW
    )
    draft = InvoiceDraft(branch_id=cast.london.id, company_id=client.id, issued_on=NOW.date(), currency="GBP")
    return invoices.create(draft, by=cast.acting(cast.ben), now=NOW)


def _take(cast: Cast, branch: Branch, kind: str) -> str:
    return numbers.take(studio_id=cast.northlight.pk, branch_id=branch.id, kind=kind)
