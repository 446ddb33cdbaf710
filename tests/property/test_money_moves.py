"""Whatever sequence of paying, crediting, answering, refusing and undoing happens, the money stays right to the cent.

Two sides: ours, through the verbs, and a ledger elsewhere that is played here: it never takes more than is due, may
lose its reply after doing the work, and may get a payment that we know nothing of.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bluestamp.books import (
    applications,
    companies,
    credit_notes,
    documents,
    invoices,
    ledgers,
    payments,
    standings,
)
from bluestamp.books.applications import CreditApplication, MirroredApplication
from bluestamp.books.companies import CompanyDraft
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.documents import PaymentStanding
from bluestamp.books.invoices import Invoice
from bluestamp.books.ledgers import Ledger
from bluestamp.books.payments import MirroredPayment, Payment
from bluestamp.errors import Refusal
from bluestamp.people import actors
from tests.cast import NOW, Cast
from tests.integration.books.documents.ledger_of_northlight import CHART
from tests.integration.books.documents.money_moves import DAY, Desk, in_ledger

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
AMOUNTS = st.integers(1, 12_000).map(lambda cents: cents * CENT)
PICK = st.integers(0, 50)
Paper = Invoice | CreditNote


class Elsewhere:
    """What the other ledger holds: payments and allocations by their ids."""

    def __init__(self) -> None:
        self.payments: dict[str, tuple[str, Decimal]] = {}
        self.allocations: dict[str, tuple[str, str, Decimal]] = {}
        self.given = 0

    def standing(self, document: Paper) -> PaymentStanding:
        """What was paid and credited of the document, and what is due."""
        paid = sum((amount for of, amount in self.payments.values() if of == document.id), ZERO)
        parts = self.allocations.values()
        credited = sum((amount for note, invoice, amount in parts if document.id in (note, invoice)), ZERO)
        due = document.total - paid - credited
        return PaymentStanding(paid, credited, due, None if due else DAY)

    def pay(self, document: Paper, amount: Decimal) -> str:
        """Take a payment and give its id; "" when it is too much."""
        if amount > self.standing(document).amount_due:
            return ""
        self.payments[self._id()] = (document.id, amount)
        return f"x-{self.given}"

    def allocate(self, note: Paper, invoice: Paper, amount: Decimal) -> str:
        """Take an allocation and give its id; "" when it is too much for one of them."""
        if amount > min(self.standing(note).amount_due, self.standing(invoice).amount_due):
            return ""
        self.allocations[self._id()] = (note.id, invoice.id, amount)
        return f"x-{self.given}"

    def _id(self) -> str:
        self.given += 1
        return f"x-{self.given}"


class Money(RuleBasedStateMachine):
    """Two invoices and two notes of one client, some of them opened over and over."""

    cast: ClassVar[Cast]
    company_id: ClassVar[str]
    is_elsewhere: ClassVar[bool]

    def __init__(self) -> None:
        super().__init__()
        cleo = self.cast.acting(self.cast.cleo)
        self.desk = Desk(by=cleo, now=NOW, branch_id=self.cast.london.id, company_id=self.company_id)
        made: tuple[Paper, ...] = (
            self.desk.invoice(100),
            self.desk.invoice("59.99"),
            self.desk.note(80),
            self.desk.note("30.01"),
        )
        self.papers = {paper.id: paper for paper in made}
        self.there = Elsewhere()
        self.xero = actors.xero(cleo.studio_id)
        #: once the other side knows more than we do, reservations may exceed what is left of a document
        self.is_known_all = True
        #: what the other side refused with nobody to hear it
        self.unheard = 0
        if self.is_elsewhere:
            for paper in made:
                in_ledger(paper)

    # What people do

    @rule(paper=PICK, amount=AMOUNTS)
    def somebody_pays(self, paper: int, amount: Decimal) -> None:
        document = self._paper(paper, "invoice")
        self._tried(lambda: self.desk.pay(document, str(amount)), amount, document)

    @rule(note=PICK, invoice=PICK, amount=AMOUNTS)
    def somebody_applies(self, note: int, invoice: int, amount: Decimal) -> None:
        both = self._paper(note, "credit_note"), self._paper(invoice, "invoice")
        self._tried(lambda: self.desk.apply(both[0], both[1], str(amount)), amount, *both)

    @rule(row=PICK)
    def somebody_removes_a_payment(self, row: int) -> None:
        self._on(Payment, row, lambda found: self.desk.unpay(found))

    @rule(row=PICK)
    def somebody_takes_credit_back(self, row: int) -> None:
        self._on(CreditApplication, row, lambda found: self.desk.take_back(found))

    # What the other ledger answers

    @precondition(lambda self: self.is_elsewhere)
    @rule(row=PICK, is_lost=st.booleans())
    def it_answers_a_payment(self, row: int, is_lost: bool) -> None:
        found = self._picked(payments.to_send().filter(state="asked"), row)
        if found is None:
            return
        payments.mark_in_flight([found.id], is_in_flight=True)
        external_id = self.there.pay(self.papers[found.document_id], found.amount)
        if is_lost:
            self.is_known_all = False
            self.unheard += not external_id
        elif external_id:
            payments.confirm(payment_id=found.id, external_id=external_id, now=NOW)
        else:
            payments.refuse(payment_id=found.id, code="TOO_MUCH", sentence="Too much.", now=NOW)

    @precondition(lambda self: self.is_elsewhere)
    @rule(row=PICK, is_lost=st.booleans())
    def it_answers_an_application(self, row: int, is_lost: bool) -> None:
        found = self._picked(applications.to_send().filter(state="asked"), row)
        if found is None:
            return
        applications.mark_in_flight([found.id], is_in_flight=True)
        both = self.papers[found.credit_note_id], self.papers[found.invoice_id]
        external_id = self.there.allocate(*both, found.amount)
        if is_lost:
            self.is_known_all = False
            self.unheard += not external_id
        elif external_id:
            applications.confirm(application_id=found.id, external_id=external_id, now=NOW)
        else:
            applications.refuse(application_id=found.id, code="TOO_MUCH", sentence="Too much.", now=NOW)

    @precondition(lambda self: self.is_elsewhere)
    @rule(row=PICK, is_kept=st.booleans())
    def it_answers_a_removal(self, row: int, is_kept: bool) -> None:
        found = self._picked(payments.to_send().filter(state="removing"), row)
        if found is not None and is_kept:
            payments.refuse_removal(payment_id=found.id, sentence="Reconciled.", now=NOW)
        elif found is not None:
            del self.there.payments[found.external_id]
            payments.confirm_removal(payment_id=found.id, now=NOW)
        part = self._picked(applications.to_send().filter(state="removing"), row)
        if part is not None:
            del self.there.allocations[part.external_id]
            applications.confirm_removal(application_id=part.id, now=NOW)

    @precondition(lambda self: self.is_elsewhere)
    @rule(paper=PICK, amount=AMOUNTS)
    def somebody_pays_there(self, paper: int, amount: Decimal) -> None:
        if self.there.pay(self._paper(paper, "invoice"), amount):
            self.is_known_all = False

    @precondition(lambda self: self.is_elsewhere)
    @rule(paper=PICK)
    def a_document_is_read(self, paper: int) -> None:
        self._read(list(self.papers.values())[paper % 4])

    # What always holds

    @invariant()
    def no_amount_is_below_zero_and_all_add_up(self) -> None:
        for paper in self.papers.values():
            fresh = self._fresh(paper)
            amounts = (fresh.amount_paid, fresh.amount_credited, fresh.amount_due)
            assert min(amounts) >= 0
            assert sum(amounts) == fresh.total
            assert standings.open_amount(fresh) >= 0
            if self.is_known_all:
                assert standings.reserved(fresh) <= fresh.amount_due

    @invariant()
    def where_the_books_are_kept_here_a_covered_document_is_settled(self) -> None:
        if self.is_elsewhere:
            return
        for paper in self.papers.values():
            fresh = self._fresh(paper)
            assert (fresh.status in ("paid", "used")) == (fresh.amount_due == 0)
            assert standings.reserved(fresh) == 0

    def teardown(self) -> None:
        """In the end everything is read: both sides agree to the cent, row by row."""
        if not self.is_elsewhere:
            return
        for paper in self.papers.values():
            self._read(paper)
        for paper in self.papers.values():
            fresh, said = self._fresh(paper), self.there.standing(paper)
            assert (fresh.amount_paid, fresh.amount_credited) == (said.amount_paid, said.amount_credited)
        ours = Payment.objects.filter(state__in=standings.COUNTED, document_id__in=self.papers)
        assert {row.external_id: (row.document_id, row.amount) for row in ours} == self.there.payments
        parts = CreditApplication.objects.filter(state__in=standings.COUNTED, credit_note_id__in=self.papers)
        assert self._still_flying() <= self.unheard  # what arrived there was known again
        known = {row.external_id: (row.credit_note_id, row.invoice_id, row.amount) for row in parts}
        assert known == self.there.allocations

    # Steps

    def _still_flying(self) -> int:
        rows = [
            *Payment.objects.filter(in_flight=True),
            *CreditApplication.objects.filter(in_flight=True),
        ]
        return sum(self._is_mine(row) for row in rows)

    def _tried(self, act: Any, amount: Decimal, *documents_: Paper) -> None:
        """More than is open is refused, whatever else may be."""
        most = min(standings.open_amount(self._fresh(document)) for document in documents_)
        try:
            with transaction.atomic():
                act()
        except Refusal:
            return
        assert amount <= most

    def _on(self, model: Any, row: int, act: Any) -> None:
        found = self._picked(model.objects.filter(in_flight=False), row)
        if found is not None:
            try:
                with transaction.atomic():
                    act(found)
            except Refusal:
                return

    def _picked(self, rows: Any, row: int) -> Any:
        mine = [each for each in rows.order_by("recorded_at", "id") if self._is_mine(each)]
        return mine[row % len(mine)] if mine else None

    def _is_mine(self, row: Any) -> bool:
        return getattr(row, "document_id", None) in self.papers or (
            getattr(row, "credit_note_id", None) in self.papers
        )

    def _paper(self, number: int, kind: str) -> Any:
        of_kind = [paper for paper in self.papers.values() if paper.kind == kind]
        return of_kind[number % len(of_kind)]

    def _fresh(self, paper: Paper) -> Any:
        return documents.load(paper.kind, paper.id)

    def _read(self, paper: Paper) -> None:
        said = self.there.standing(paper)
        theirs = [
            MirroredPayment(
                external_id=external_id, nature="payment", paid_on=DAY, amount=amount, currency="GBP"
            )
            for external_id, (of, amount) in self.there.payments.items()
            if of == paper.id
        ]
        with transaction.atomic():
            payments.mirror(kind=paper.kind, document_id=paper.id, theirs=theirs, now=NOW)
            is_settled = not said.amount_due
            if isinstance(paper, Invoice):
                invoices.take_standing(
                    invoice_id=paper.id, standing=said, is_paid=is_settled, by=self.xero, now=NOW
                )
            else:
                applications.mirror(note_id=paper.id, theirs=self._allocated(paper), now=NOW)
                credit_notes.take_standing(
                    note_id=paper.id, standing=said, is_used=is_settled, by=self.xero, now=NOW
                )

    def _allocated(self, note: Paper) -> list[MirroredApplication]:
        return [
            MirroredApplication(external_id=external_id, invoice_id=invoice, amount=amount, applied_on=DAY)
            for external_id, (of, invoice, amount) in self.there.allocations.items()
            if of == note.id
        ]


@pytest.fixture(params=[False, True], ids=["kept here", "kept elsewhere"])
def money(request: pytest.FixtureRequest, cast: Cast, in_northlight: None) -> Iterator[type[Money]]:
    cleo = cast.acting(cast.cleo)
    source = "xero" if request.param else "own"
    made = ledgers.create(studio_id=cleo.studio_id, name="Northlight Ltd", base_currency="GBP", source=source)
    ledgers.fill(made, CHART, now=NOW)
    Ledger.objects.update(records_payments_here=True, revenue_account_code="200", revenue_tax_type="OUTPUT2")
    ledgers.assign([cast.london.id], made, by=cleo, now=NOW)
    company = companies.create(CompanyDraft(name="Kestrel Air", is_client=True), by=cleo, now=NOW)
    said = {"cast": cast, "company_id": company.id, "is_elsewhere": request.param}
    yield type("Money", (Money,), said)


def test_whatever_happens_to_their_money_documents_add_up_and_nothing_is_spent_twice(
    money: type[Money],
) -> None:
    run_state_machine_as_test(
        money,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
