"""The life of documents: every status with every verb, then any sequence of verbs.

The expected moves are written out here once more, by hand, so that a table changed by mistake doesn't agree with itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
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

from bluestamp.books import (
    companies,
    credit_notes,
    documents,
    expenses,
    invoices,
    issuing,
    purchase_orders,
    supplier_credits,
)
from bluestamp.books.companies import CompanyDraft
from bluestamp.books.credit_notes import CreditNoteDraft
from bluestamp.books.documents import Document, PaymentStanding
from bluestamp.books.expenses import ExpenseDraft
from bluestamp.books.invoices import InvoiceDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.books.purchase_orders import PurchaseOrderDraft
from bluestamp.books.supplier_credits import SupplierCreditDraft
from bluestamp.errors import Conflict
from bluestamp.people import actors
from bluestamp.people.actors import Actor
from tests.cast import NOW, Cast

DAY = dt.date(2026, 11, 2)
LINE = LineDraft(item="Proof", unit_amount=Decimal(100))
PAID = PaymentStanding(Decimal(100), Decimal(0), Decimal(0), DAY)
UNPAID = PaymentStanding(Decimal(0), Decimal(0), Decimal(100))

#: Of each kind and status, the verbs that move it and where to. A verb that isn't named leaves the status or is refused.
MOVES: dict[str, dict[str, dict[str, str]]] = {
    "expense": {
        "draft": {"approve": "approved", "cancel": "cancelled", "follow_approved": "approved"},
        "approved": {"back_to_draft": "draft", "cancel": "cancelled", "mark_paid": "paid", "take_paid": "paid"},
        "paid": {"mark_unpaid": "approved", "take_unpaid": "approved"},
        "cancelled": {},
    },
    "invoice": {
        "draft": {"mark_as_sent": "sent", "issue": "sent", "void": "void", "follow_issued": "sent", "follow_void": "void"},
        "sent": {"take_paid": "paid", "void": "void", "follow_void": "void"},
        "paid": {"take_unpaid": "sent", "follow_void": "void"},
        "void": {},
    },
    "purchase_order": {
        "draft": {"approve": "approved", "cancel": "cancelled", "follow_approved": "approved", "take_billed": "paid"},
        "approved": {"back_to_draft": "draft", "cancel": "cancelled", "mark_paid": "paid", "take_billed": "paid"},
        "paid": {"mark_unpaid": "approved", "take_unbilled": "approved"},
        "cancelled": {},
    },
    "credit_note": {
        "draft": {"mark_as_sent": "issued", "issue": "issued", "void": "void", "follow_issued": "issued", "follow_void": "void"},
        "issued": {"take_used": "used", "void": "void", "follow_void": "void"},
        "used": {"take_unused": "issued", "follow_void": "void"},
        "void": {},
    },
    "supplier_credit": {
        "draft": {"approve": "approved", "cancel": "cancelled", "follow_approved": "approved"},
        "approved": {"back_to_draft": "draft", "cancel": "cancelled", "mark_used": "used", "take_used": "used"},
        "used": {"mark_unused": "approved", "take_unused": "approved"},
        "cancelled": {},
    },
}  # fmt: skip
#: The verbs that lead a new document to each status.
WAYS = {
    ("expense", "draft"): (),
    ("expense", "approved"): ("approve",),
    ("expense", "paid"): ("approve", "take_paid"),
    ("expense", "cancelled"): ("cancel",),
    ("invoice", "draft"): (),
    ("invoice", "sent"): ("mark_as_sent",),
    ("invoice", "paid"): ("mark_as_sent", "take_paid"),
    ("invoice", "void"): ("void",),
    ("purchase_order", "draft"): (),
    ("purchase_order", "approved"): ("approve",),
    ("purchase_order", "paid"): ("approve", "take_billed"),
    ("purchase_order", "cancelled"): ("cancel",),
    ("credit_note", "draft"): (),
    ("credit_note", "issued"): ("mark_as_sent",),
    ("credit_note", "used"): ("mark_as_sent", "take_used"),
    ("credit_note", "void"): ("void",),
    ("supplier_credit", "draft"): (),
    ("supplier_credit", "approved"): ("approve",),
    ("supplier_credit", "used"): ("approve", "take_used"),
    ("supplier_credit", "cancelled"): ("cancel",),
}
#: What follows the ledger is told the same again and again: it leaves alone what it does not apply to.
FOLLOWS = frozenset({
    "follow_approved", "follow_issued", "follow_void", "take_paid", "take_unpaid", "take_billed", "take_unbilled",
    "take_used", "take_unused",
})  # fmt: skip
#: What is done to a document without moving it: an order that is approved or paid goes to its supplier.
STAYS = {("purchase_order", "approved", "send"), ("purchase_order", "paid", "send")}


@dataclass(frozen=True)
class Noun:
    """One kind: its module, what its verbs call its id, how a draft begins, and what takes it out of the world."""

    module: Any
    id: str
    draft: Callable[..., Any]
    removal: str
    verbs: dict[str, dict[str, Any]]
    told: dict[str, tuple[str, dict[str, Any]]]
    extra: dict[str, Any] = field(default_factory=dict)


def _standing(verb: str, paid: PaymentStanding, word: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """What the ledger says was settled, and that it no longer is."""
    return {
        f"take_{word}": (verb, {"standing": paid, f"is_{word}": True}),
        f"take_un{word}": (verb, {"standing": UNPAID, f"is_{word}": False}),
    }


CREDITED = PaymentStanding(Decimal(0), Decimal(100), Decimal(0), DAY)
FOLLOW_APPROVED = {"follow_approved": ("follow_approved", {})}
FOLLOW_ISSUED = {"follow_issued": ("follow_issued", {}), "follow_void": ("follow_void", {})}
ISSUED = {"mark_as_sent": {}, "issue": {"to": "a@b.example"}, "void": {"reason": ""}}
APPROVED = {"approve": {}, "back_to_draft": {}, "cancel": {"reason": ""}}
NOUNS = {
    "expense": Noun(
        module=expenses,
        id="expense_id",
        draft=ExpenseDraft,
        removal="cancel",
        verbs=APPROVED | {"mark_paid": {"paid_on": DAY}, "mark_unpaid": {}},
        told=FOLLOW_APPROVED | _standing("take_standing", PAID, "paid"),
        extra={"supplier_invoice_number": "1"},
    ),
    "invoice": Noun(
        module=invoices,
        id="invoice_id",
        draft=InvoiceDraft,
        removal="void",
        verbs=ISSUED,
        told=FOLLOW_ISSUED | _standing("take_standing", PAID, "paid"),
    ),
    "purchase_order": Noun(
        module=purchase_orders,
        id="order_id",
        draft=PurchaseOrderDraft,
        removal="cancel",
        verbs=APPROVED | {"mark_paid": {"paid_on": DAY}, "mark_unpaid": {}, "send": {"to": "a@b.example"}},
        told=FOLLOW_APPROVED
        | {
            "take_billed": ("take_billed", {"is_billed": True}),
            "take_unbilled": ("take_billed", {"is_billed": False}),
        },
    ),
    "credit_note": Noun(
        module=credit_notes,
        id="note_id",
        draft=CreditNoteDraft,
        removal="void",
        verbs=ISSUED,
        told=FOLLOW_ISSUED | _standing("take_standing", CREDITED, "used"),
    ),
    "supplier_credit": Noun(
        module=supplier_credits,
        id="credit_id",
        draft=SupplierCreditDraft,
        removal="cancel",
        verbs=APPROVED | {"mark_used": {"used_on": DAY}, "mark_unused": {}},
        told=FOLLOW_APPROVED | _standing("take_standing", CREDITED, "used"),
    ),
}


class Desk:
    """Northlight's London office without a ledger, where a bookkeeper works by hand and Xero speaks all the same."""

    def __init__(self, cast: Cast) -> None:
        self.cleo: Actor = cast.acting(cast.cleo)
        self.xero: Actor = actors.xero(self.cleo.studio_id)
        self.branch_id = cast.london.id
        draft = CompanyDraft(name="Kestrel Air", is_client=True, is_supplier=True)
        self.company_id = companies.create(draft, by=self.cleo, now=NOW).id

    def new(self, kind: str) -> Document:
        head = {
            "branch_id": self.branch_id,
            "company_id": self.company_id,
            "issued_on": DAY,
            "currency": "GBP",
        }
        noun = NOUNS[kind]
        made: Document = noun.module.create(
            noun.draft(**head, lines=(LINE,), **noun.extra), by=self.cleo, now=NOW
        )
        return made

    def verbs_of(self, document: Document) -> dict[str, Callable[[], Any]]:
        noun = NOUNS[document.kind]
        hand = {noun.id: document.id, "version": document.version, "by": self.cleo, "now": NOW}
        told = {noun.id: document.id, "by": self.xero, "now": NOW}
        found = {name: partial(getattr(noun.module, name), **hand, **own) for name, own in noun.verbs.items()}
        return found | {
            name: partial(getattr(noun.module, verb), **told, **own)
            for name, (verb, own) in noun.told.items()
        }

    def brought_to(self, kind: str, status: str) -> Document:
        """A new document, led to this status by its own verbs."""
        document = self.new(kind)
        for verb in WAYS[kind, status]:
            self.verbs_of(documents.load(kind, document.id))[verb]()
        return documents.load(kind, document.id)


SQUARE = [
    (kind, status, verb)
    for kind, noun in NOUNS.items()
    for status in MOVES[kind]
    for verb in (*noun.verbs, *noun.told)
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
    is_done = verb in FOLLOWS or (kind, status, verb) in STAYS
    if expected is not None or is_done:
        act()
    else:
        with pytest.raises(Conflict), transaction.atomic():
            act()
    after = documents.load(kind, document.id)
    assert after.status == (expected or status)
    if expected is None and not is_done:
        assert after.version == document.version


@pytest.mark.parametrize("kind", NOUNS)
def test_the_code_allows_no_move_that_no_verb_makes(kind: str) -> None:
    table: dict[str, documents.Move] = NOUNS[kind].module.MOVES
    in_code = {(str(start), str(move.end)) for move in table.values() for start in move.starts}
    by_verbs = {(status, end) for status, moves in MOVES[kind].items() for end in moves.values()}
    if kind == "purchase_order":
        by_verbs.remove(("draft", "paid"))  # one that is billed as a draft is approved on the way
    assert in_code == by_verbs


# ── any sequence ──


class Life(RuleBasedStateMachine):
    """One document that anything may happen to, in any order."""

    desk: Desk
    kind: str

    def __init__(self) -> None:
        super().__init__()
        self.border = transaction.atomic()
        self.border.__enter__()
        document = self.desk.new(self.kind)
        self.id, self.status, self.version, self.number = document.id, "draft", 1, ""

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.border.__exit__(None, None, None)

    def _loaded(self) -> Document:
        return documents.load(self.kind, self.id)

    @rule(pick=st.integers(0, 8))
    def a_verb(self, pick: int) -> None:
        verbs = self.desk.verbs_of(self._loaded())
        name = list(verbs)[pick % len(verbs)]
        expected = MOVES[self.kind][self.status].get(name, self.status)
        try:
            with transaction.atomic():
                verbs[name]()
        except Conflict:
            assert name not in FOLLOWS
            if name != NOUNS[self.kind].removal:  # money that stands on a document refuses it too
                assert name not in MOVES[self.kind][self.status]
            return
        assert self._loaded().status == expected
        self.status = expected

    @rule(cents=st.integers(1, 100_000), quantity=st.integers(1, 50))
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
        noun = NOUNS[self.kind]
        seen: Any = {"version": document.version, "by": self.desk.cleo, "now": NOW}
        draft = replace(noun.module.draft_of(document), lines=(line,))
        noun.module.edit(**{noun.id: document.id}, draft=draft, **seen)

    @precondition(lambda self: self.version > 1)
    @rule(back=st.integers(1, 3))
    def somebody_late(self, back: int) -> None:
        document = self._loaded()
        document.version -= min(back, document.version - 1) or 1
        late = self.desk.verbs_of(document)[NOUNS[self.kind].removal]
        with pytest.raises(documents.Stale), transaction.atomic():
            late()

    @rule()
    def a_number(self) -> None:
        give: Callable[..., Document] = NOUNS[self.kind].module.give_number
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


@pytest.fixture(params=list(NOUNS))
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
