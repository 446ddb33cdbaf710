"""The life of documents: every status with every verb, then any sequence of verbs.

The expected moves are written out here once more, by hand, so that a table changed by mistake doesn't agree with itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

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

from bluestamp.books import companies, documents, expenses, invoices, issuing
from bluestamp.books.companies import CompanyDraft
from bluestamp.books.documents import Document, PaymentStanding
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.errors import Conflict
from bluestamp.people import actors
from bluestamp.people.actors import Actor
from tests.cast import NOW, Cast

DAY = dt.date(2026, 11, 2)
LINE = LineDraft(item="Proof", unit_amount=Decimal(100))
PAID = PaymentStanding(Decimal(100), Decimal(0), Decimal(0), DAY)
UNPAID = PaymentStanding(Decimal(0), Decimal(0), Decimal(100))

#: Of each status, the verbs that move it and where to. A verb that isn't named leaves the status or is refused.
EXPENSE_MOVES = {
    "draft": {"approve": "approved", "cancel": "cancelled", "follow_approved": "approved"},
    "approved": {"back_to_draft": "draft", "cancel": "cancelled", "mark_paid": "paid", "take_paid": "paid"},
    "paid": {"mark_unpaid": "approved", "take_unpaid": "approved"},
    "cancelled": {},
}
INVOICE_MOVES = {
    "draft": {"mark_as_sent": "sent", "issue": "sent", "void": "void", "follow_issued": "sent", "follow_void": "void"},
    "sent": {"take_paid": "paid", "void": "void", "follow_void": "void"},
    "paid": {"take_unpaid": "sent", "follow_void": "void"},
    "void": {},
}  # fmt: skip
#: What follows the ledger is told the same again and again: it leaves alone what it does not apply to.
FOLLOWS = frozenset({"follow_approved", "follow_issued", "follow_void", "take_paid", "take_unpaid"})


class Desk:
    """Northlight's London office without a ledger, where a bookkeeper works by hand and Xero speaks all the same."""

    def __init__(self, cast: Cast) -> None:
        self.cleo: Actor = cast.acting(cast.cleo)
        self.xero: Actor = actors.xero(self.cleo.studio_id)
        self.branch_id = cast.london.id
        draft = CompanyDraft(name="Kestrel Air", is_client=True, is_supplier=True)
        self.company_id = companies.create(draft, by=self.cleo, now=NOW).id

    def expense(self) -> Expense:
        return expenses.create(
            ExpenseDraft(**self._head(), supplier_invoice_number="1"), by=self.cleo, now=NOW
        )

    def invoice(self) -> Invoice:
        return invoices.create(InvoiceDraft(**self._head()), by=self.cleo, now=NOW)

    def _head(self) -> dict[str, Any]:
        return {
            "branch_id": self.branch_id,
            "company_id": self.company_id,
            "issued_on": DAY,
            "currency": "GBP",
            "lines": (LINE,),
        }

    def verbs_of(self, document: Document) -> dict[str, Callable[[], Any]]:
        return (
            self._expense_verbs(document) if isinstance(document, Expense) else self._invoice_verbs(document)
        )

    def _expense_verbs(self, document: Document) -> dict[str, Callable[[], Any]]:
        hand: Any = {"expense_id": document.id, "version": document.version, "by": self.cleo, "now": NOW}
        told: Any = {"expense_id": document.id, "by": self.xero, "now": NOW}
        return {
            "approve": lambda: expenses.approve(**hand),
            "back_to_draft": lambda: expenses.back_to_draft(**hand),
            "cancel": lambda: expenses.cancel(reason="", **hand),
            "mark_paid": lambda: expenses.mark_paid(paid_on=DAY, **hand),
            "mark_unpaid": lambda: expenses.mark_unpaid(**hand),
            "follow_approved": lambda: expenses.follow_approved(**told),
            "take_paid": lambda: expenses.take_standing(standing=PAID, is_paid=True, **told),
            "take_unpaid": lambda: expenses.take_standing(standing=UNPAID, is_paid=False, **told),
        }

    def _invoice_verbs(self, document: Document) -> dict[str, Callable[[], Any]]:
        hand: Any = {"invoice_id": document.id, "version": document.version, "by": self.cleo, "now": NOW}
        told: Any = {"invoice_id": document.id, "by": self.xero, "now": NOW}
        return {
            "mark_as_sent": lambda: invoices.mark_as_sent(**hand),
            "issue": lambda: invoices.issue(to="a@b.example", **hand),
            "void": lambda: invoices.void(reason="", **hand),
            "follow_issued": lambda: invoices.follow_issued(**told),
            "follow_void": lambda: invoices.follow_void(**told),
            "take_paid": lambda: invoices.take_standing(standing=PAID, is_paid=True, **told),
            "take_unpaid": lambda: invoices.take_standing(standing=UNPAID, is_paid=False, **told),
        }

    def brought_to(self, kind: str, status: str) -> Document:
        """A new document, led to this status by its own verbs."""
        document: Document = self.expense() if kind == "expense" else self.invoice()
        for verb in WAYS[kind, status]:
            self.verbs_of(documents.load(kind, document.id))[verb]()
        return documents.load(kind, document.id)


WAYS = {
    ("expense", "draft"): (),
    ("expense", "approved"): ("approve",),
    ("expense", "paid"): ("approve", "take_paid"),
    ("expense", "cancelled"): ("cancel",),
    ("invoice", "draft"): (),
    ("invoice", "sent"): ("mark_as_sent",),
    ("invoice", "paid"): ("mark_as_sent", "take_paid"),
    ("invoice", "void"): ("void",),
}
MOVES = {"expense": EXPENSE_MOVES, "invoice": INVOICE_MOVES}
EXPENSE_VERBS = ("approve", "back_to_draft", "cancel", "mark_paid", "mark_unpaid", "follow_approved", "take_paid", "take_unpaid")  # fmt: skip
INVOICE_VERBS = ("mark_as_sent", "issue", "void", "follow_issued", "follow_void", "take_paid", "take_unpaid")
SQUARE = [
    (kind, status, verb)
    for kind, verbs in (("expense", EXPENSE_VERBS), ("invoice", INVOICE_VERBS))
    for status in MOVES[kind]
    for verb in verbs
]


@pytest.fixture
def desk(cast: Cast, in_northlight: None) -> Desk:
    return Desk(cast)


@pytest.mark.parametrize(("kind", "status", "verb"), SQUARE)
def test_every_verb_in_every_status_moves_leaves_or_refuses(
    desk: Desk, kind: str, status: str, verb: str
) -> None:
    document = desk.brought_to(kind, status)
    assert document.status == status
    expected = MOVES[kind][status].get(verb)
    act = desk.verbs_of(document)[verb]
    if expected is not None or verb in FOLLOWS:
        act()
    else:
        with pytest.raises(Conflict), transaction.atomic():
            act()
    after = documents.load(kind, document.id)
    assert after.status == (expected or status)
    if expected is None and verb not in FOLLOWS:
        assert after.version == document.version


@pytest.mark.parametrize(("kind", "table"), [("expense", expenses.MOVES), ("invoice", invoices.MOVES)])
def test_the_code_allows_no_move_that_no_verb_makes(kind: str, table: dict[str, documents.Move]) -> None:
    in_code = {(str(start), str(move.end)) for move in table.values() for start in move.starts}
    assert in_code == {(status, end) for status, moves in MOVES[kind].items() for end in moves.values()}


def test_every_verb_of_the_square_is_walked(desk: Desk) -> None:
    assert tuple(desk.verbs_of(desk.expense())) == EXPENSE_VERBS
    assert tuple(desk.verbs_of(desk.invoice())) == INVOICE_VERBS


# ── any sequence ──


class Life(RuleBasedStateMachine):
    """One document that anything may happen to, in any order."""

    desk: Desk
    kind: str

    def __init__(self) -> None:
        super().__init__()
        self.border = transaction.atomic()
        self.border.__enter__()
        document: Document = self.desk.expense() if self.kind == "expense" else self.desk.invoice()
        self.id, self.status, self.version, self.number = document.id, "draft", 1, ""

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.border.__exit__(None, None, None)

    def _loaded(self) -> Document:
        return documents.load(self.kind, self.id)

    @rule(pick=st.integers(0, 7))
    def a_verb(self, pick: int) -> None:
        verbs = self.desk.verbs_of(self._loaded())
        name = list(verbs)[pick % len(verbs)]
        expected = MOVES[self.kind][self.status].get(name, self.status)
        try:
            with transaction.atomic():
                verbs[name]()
        except Conflict:
            assert name not in FOLLOWS
            if name != "void":  # money that stands on an invoice refuses it too
                assert name not in MOVES[self.kind][self.status]
            return
        assert self._loaded().status == expected
        self.status = expected

    @rule(cents=st.integers(0, 100_000), quantity=st.integers(0, 50))
    def an_edit(self, cents: int, quantity: int) -> None:
        document = self._loaded()
        line = replace(
            LINE, id=document.items[0].id, quantity=Decimal(quantity), unit_amount=Decimal(cents) / 100
        )
        try:
            with transaction.atomic():
                self._edit(document, line)
        except (Conflict, issuing.IssuedFieldsFixed):
            assert self.status not in {"draft", "approved"}

    def _edit(self, document: Document, line: LineDraft) -> None:
        seen: Any = {"version": document.version, "by": self.desk.cleo, "now": NOW}
        if isinstance(document, Expense):
            draft = replace(expenses.draft_of(document), lines=(line,))
            expenses.edit(expense_id=document.id, draft=draft, **seen)
        else:
            assert isinstance(document, Invoice)
            theirs = replace(invoices.draft_of(document), lines=(line,))
            invoices.edit(invoice_id=document.id, draft=theirs, **seen)

    @precondition(lambda self: self.version > 1)
    @rule(back=st.integers(1, 3))
    def somebody_late(self, back: int) -> None:
        document = self._loaded()
        late = self.desk.verbs_of(document)["cancel" if self.kind == "expense" else "void"]
        document.version -= min(back, document.version - 1) or 1
        late = self.desk.verbs_of(document)["cancel" if self.kind == "expense" else "void"]
        with pytest.raises(documents.Stale), transaction.atomic():
            late()

    @rule()
    def a_number(self) -> None:
        give: Callable[..., Document] = (
            expenses.give_number if self.kind == "expense" else invoices.give_number
        )
        assert give(document_id=self.id, by=self.desk.cleo, now=NOW).number

    @invariant()
    def what_always_holds(self) -> None:
        document = self._loaded()
        assert document.version >= self.version
        assert document.number == self.number or not self.number  # a number, once given, never changes
        assert document.number or document.status in {"draft", "cancelled", "void"}
        assert document.total == document.sub_total + document.total_tax
        assert document.sub_total == sum(line.line_amount for line in document.items)
        self.version, self.number = document.version, document.number


@pytest.fixture(params=["expense", "invoice"])
def life(request: pytest.FixtureRequest, desk: Desk) -> Iterator[type[Life]]:
    yield type("Life", (Life,), {"desk": desk, "kind": request.param})


def test_whatever_happens_in_whatever_order_a_document_stays_whole(life: type[Life]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        life,
        settings=settings(
            max_examples=20,
            stateful_step_count=15,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
