"""Every row of the tables by which statuses map, both ways, against the sandbox over HTTP, webhooks included.

A story is a line of steps: words alone are pressed here, those after `xero:` are done by the bookkeeper in Xero. After
each of the latter its webhook is awaited and handed on; where Xero has none (purchase orders), "Refresh from Xero" is
pressed. The tables: C1 expenses, C2 purchase orders, C3 invoices, C4 credit notes, and supplier credits (rule 19).
C5, payments and credit, is walked in test_every_row_of_money.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books import credit_notes, documents, expenses, invoices, purchase_orders, supplier_credits
from bluestamp.books.credit_notes import CreditNoteDraft
from bluestamp.books.documents import Document
from bluestamp.books.issuing import IssuedFieldsFixed
from bluestamp.books.purchase_orders import PurchaseOrderDraft
from bluestamp.books.supplier_credits import SupplierCreditDraft
from bluestamp.people import activity, holds
from bluestamp.sync import compare, copies, pull, push, standing, webhooks
from bluestamp.sync.mapping import MET, XERO_NOUNS
from bluestamp.sync.plan import CopyState
from tests.integration.sync_flow.conftest import Story, bought, sold
from tests.integration.sync_flow.mailbox import Mailbox, open_mailbox
from tests.integration.sync_flow.money_days import in_xero

IN_STEP, TO_SEND, GONE = CopyState.IN_STEP, CopyState.CHANGES_TO_SEND, CopyState.GONE
LOCKED, REFUSED = CopyState.LOCKED_IN_XERO, CopyState.REFUSED


@dataclass(frozen=True)
class Row:
    """A line of a table: what is done, and what both sides then say.

    `paid` is how much of it was paid or used ("all" for its total), which the document here says too, with the day;
    `said` are words of the newest line of its history after Xero had the last word.
    """

    steps: str
    ours: str
    theirs: str
    shown: CopyState = IN_STEP
    may_edit: bool = True
    paid: str = ""
    said: str = ""


ROWS: dict[str, list[Row]] = {
    "expense": [
        # C1, ours → Xero
        Row("send", "draft", "DRAFT"),
        Row("approve send", "approved", "SUBMITTED"),
        Row("send approve send", "approved", "SUBMITTED"),
        Row("send approve", "approved", "DRAFT", TO_SEND),
        Row("approve send back send", "draft", "DRAFT"),
        Row("approve send edit send", "approved", "SUBMITTED"),
        Row("send remove", "cancelled", "DELETED", may_edit=False),
        Row("approve send remove", "cancelled", "DELETED", may_edit=False),
        # C1, Xero → ours
        Row("approve send xero:draft", "approved", "DRAFT", said="Put back to draft in Xero"),
        Row("send xero:submit", "draft", "SUBMITTED", said="Submitted for approval in Xero"),
        Row("send xero:approve", "approved", "AUTHORISED", may_edit=False, said="Approved, because"),
        Row("approve send xero:approve", "approved", "AUTHORISED", may_edit=False, said="Approved in Xero"),
        Row(
            "approve send xero:approve xero:pay-part", "approved", "AUTHORISED", may_edit=False, paid="10.00"
        ),
        Row("approve send xero:approve xero:pay", "paid", "PAID", may_edit=False, paid="all", said="Paid on"),
        Row(
            "approve send xero:approve xero:pay xero:unpay",
            "approved",
            "AUTHORISED",
            may_edit=False,
            said="No longer paid",
        ),
        Row("approve send xero:approve xero:void", "approved", "VOIDED", GONE, said="Voided in Xero"),
        Row("approve send xero:delete", "approved", "DELETED", GONE, said="Deleted in Xero"),
        Row("send xero:delete", "draft", "DELETED", GONE, said="Deleted in Xero"),
    ],
    "purchase_order": [
        # C2, ours → Xero
        Row("send", "draft", "DRAFT"),
        Row("approve send", "approved", "SUBMITTED"),
        Row("send approve send", "approved", "SUBMITTED"),
        Row("approve send edit send", "approved", "SUBMITTED"),
        Row("approve send back send", "draft", "SUBMITTED", REFUSED),
        Row("approve send back approve send", "approved", "SUBMITTED"),
        Row("send remove", "cancelled", "DELETED", may_edit=False),
        Row("approve send remove", "cancelled", "DELETED", may_edit=False),
        # C2, Xero → ours
        Row("approve send xero:draft", "approved", "DRAFT", said="Put back to draft in Xero"),
        Row("send xero:approve", "approved", "AUTHORISED", may_edit=False, said="Approved, because"),
        Row("approve send xero:approve", "approved", "AUTHORISED", may_edit=False, said="Approved in Xero"),
        Row("approve send xero:approve remove", "cancelled", "DELETED", may_edit=False),
        Row("approve send xero:approve xero:bill", "paid", "BILLED", may_edit=False, said="marked as billed"),
        Row(
            "approve send xero:approve xero:bill xero:unbill",
            "approved",
            "AUTHORISED",
            may_edit=False,
            said="not billed",
        ),
        Row("approve send xero:delete", "approved", "DELETED", GONE, said="Deleted in Xero"),
    ],
    "invoice": [
        # C3, ours → Xero
        Row("send", "draft", "DRAFT"),
        Row("issue send", "sent", "AUTHORISED", may_edit=False),
        Row("send issue", "sent", "DRAFT", TO_SEND, may_edit=False),
        Row("send issue send", "sent", "AUTHORISED", may_edit=False),
        Row("send remove", "void", "DELETED", may_edit=False),
        Row("issue send remove", "void", "VOIDED", may_edit=False),
        # C3, Xero → ours
        Row("send xero:submit", "draft", "SUBMITTED", said="Submitted for approval in Xero"),
        Row("send xero:approve", "sent", "AUTHORISED", may_edit=False, said="Counts as issued"),
        # that the client has it is still to be said there
        Row(
            "send issue xero:approve", "sent", "AUTHORISED", TO_SEND, may_edit=False, said="Approved in Xero"
        ),
        Row("issue send xero:pay-part", "sent", "AUTHORISED", may_edit=False, paid="10.00"),
        Row("issue send xero:pay", "paid", "PAID", may_edit=False, paid="all", said="Paid on"),
        Row("issue send xero:pay xero:unpay", "sent", "AUTHORISED", may_edit=False, said="No longer paid"),
        Row("issue send xero:void", "void", "VOIDED", may_edit=False, said="Voided, because"),
        Row("send xero:delete", "draft", "DELETED", GONE, said="Deleted in Xero"),
    ],
    "credit_note": [
        # C4, ours → Xero
        Row("send", "draft", "DRAFT"),
        Row("issue send", "issued", "AUTHORISED", may_edit=False),
        Row("send issue send", "issued", "AUTHORISED", may_edit=False),
        Row("send remove", "void", "DELETED", may_edit=False),
        Row("issue send remove", "void", "VOIDED", may_edit=False),
        # C4, Xero → ours
        Row("send xero:submit", "draft", "SUBMITTED", said="Submitted for approval in Xero"),
        Row("send xero:approve", "issued", "AUTHORISED", may_edit=False, said="Counts as issued"),
        Row("issue send xero:pay-part", "issued", "AUTHORISED", may_edit=False, paid="10.00"),
        Row("issue send xero:pay", "used", "PAID", may_edit=False, paid="all", said="Used up"),
        Row(
            "issue send xero:pay xero:unpay", "issued", "AUTHORISED", may_edit=False, said="No longer used up"
        ),
        Row("issue send xero:apply", "used", "PAID", may_edit=False, paid="all", said="Used up"),
        Row(
            "issue send xero:apply xero:unallocate",
            "issued",
            "AUTHORISED",
            may_edit=False,
            said="No longer used up",
        ),
        Row("issue send xero:void", "void", "VOIDED", may_edit=False, said="Voided, because"),
        Row("send xero:delete", "draft", "DELETED", GONE, said="Deleted in Xero"),
    ],
    "supplier_credit": [
        Row("send", "draft", "DRAFT"),
        Row("approve send", "approved", "SUBMITTED"),
        Row("approve send back send", "draft", "DRAFT"),
        Row("approve send remove", "cancelled", "DELETED", may_edit=False),
        Row("send xero:approve", "approved", "AUTHORISED", may_edit=False, said="Approved, because"),
        Row("approve send xero:approve", "approved", "AUTHORISED", may_edit=False, said="Approved in Xero"),
        Row("approve send xero:approve xero:pay", "used", "PAID", may_edit=False, paid="all", said="Used up"),
        Row("approve send xero:approve xero:void", "approved", "VOIDED", GONE, said="Voided in Xero"),
        Row("approve send xero:delete", "approved", "DELETED", GONE, said="Deleted in Xero"),
    ],
}
EVERY = [(kind, row) for kind, rows in ROWS.items() for row in rows]


class Play:
    """One document going through the steps of a row."""

    def __init__(self, story: Story, kind: str, mailbox: Mailbox) -> None:
        self.story, self.kind, self.mailbox = story, kind, mailbox
        self.id = MAKE[kind](story).id

    @property
    def document(self) -> Document:
        return documents.load(self.kind, self.id)

    def step(self, word: str) -> None:
        if word.startswith("xero:"):
            return self._there(word.removeprefix("xero:"))
        if word == "send":
            push.request(self.document, by=self.story.ben, now=self.story.now, allow_create_contact=True)
            return self.story.drain()
        if word == "remove":
            push.remove(self.document, reason="Not needed", by=self.story.cleo, now=self.story.now)
            return self.story.drain()
        verb, id_ = HERE[self.kind][word]
        values: dict[str, Any] = {id_: self.id, "version": self.document.version}
        if word == "edit":
            draft = DRAFT_OF[self.kind](self.document)
            values["draft"] = replace(draft, lines=(replace(draft.lines[0], unit_amount=Decimal("77.70")),))
        verb(**values, by=self.story.ben, now=self.story.now)
        return None

    def _there(self, word: str) -> None:
        copy = copies.of_one(kind=self.kind, document_id=self.id)
        assert copy is not None
        self.mailbox.clear()
        self.story.later(seconds=2)
        verb, wish = self._at_the_desk(word)
        self.story.sandbox.do(copy.xero_id, verb, **wish)
        if self.kind == "purchase_order":
            pull.refresh(self.document, by=self.story.ben, now=self.story.now)
        else:
            for raw, signature in self.mailbox.wait_for(copy.xero_id):
                assert webhooks.receive(raw=raw, signature=signature, now=self.story.now) == 200
        self.story.drain()

    def _at_the_desk(self, word: str) -> tuple[str, dict[str, str]]:
        """What a step of ours is called at the sandbox's desk."""
        if word == "pay-part":
            return "pay", {"amount": "10.00"}
        if word == "apply":
            return "allocate", {"invoice": in_xero(self.story, client=self.document.company_name).number}
        return word, {}

    def is_editable(self) -> bool:
        """Whether its words may be changed here; asked by trying, as a person would."""
        draft = DRAFT_OF[self.kind](self.document)
        lines = (replace(draft.lines[0], description="Other words"), *draft.lines[1:])
        verb, id_ = HERE[self.kind]["edit"]
        try:
            verb(
                **{id_: self.id},
                version=self.document.version,
                draft=replace(draft, lines=lines),
                by=self.story.ben,
                now=self.story.now,
            )
        except (
            holds.Held,
            documents.NotEditable,
            IssuedFieldsFixed,
        ):
            return False
        return True


def _order(story: Story) -> Document:
    draft = PurchaseOrderDraft(**_head(story), lines=(bought("Printing", "1", "100"),))
    return purchase_orders.create(draft, by=story.ben, now=story.now)


def _note(story: Story) -> Document:
    draft = CreditNoteDraft(**_head(story), lines=(sold("Retouching", "1", "100"),))
    return credit_notes.create(draft, by=story.ben, now=story.now)


def _credit(story: Story) -> Document:
    draft = SupplierCreditDraft(
        **_head(story), supplier_credit_number="FC-CR-7", lines=(bought("Returned paper", "1", "100"),)
    )
    return supplier_credits.create(draft, by=story.ben, now=story.now)


def _head(story: Story) -> dict[str, Any]:
    return {
        "branch_id": story.cast.london.id,
        "company_id": story.company("Foil & Co").id,
        "issued_on": story.today,
        "currency": "GBP",
    }


MAKE: dict[str, Callable[[Story], Document]] = {
    "expense": lambda story: story.expense(story.company("Foil & Co"), approved=False),
    "purchase_order": _order,
    "invoice": lambda story: story.invoice(story.company("Kestrel Air")),
    "credit_note": _note,
    "supplier_credit": _credit,
}
DRAFT_OF: dict[str, Callable[[Any], Any]] = {
    "expense": expenses.draft_of,
    "purchase_order": purchase_orders.draft_of,
    "invoice": invoices.draft_of,
    "credit_note": credit_notes.draft_of,
    "supplier_credit": supplier_credits.draft_of,
}
HERE: dict[str, dict[str, tuple[Callable[..., Any], str]]] = {
    "expense": {
        "approve": (expenses.approve, "expense_id"),
        "back": (expenses.back_to_draft, "expense_id"),
        "edit": (expenses.edit, "expense_id"),
    },
    "purchase_order": {
        "approve": (purchase_orders.approve, "order_id"),
        "back": (purchase_orders.back_to_draft, "order_id"),
        "edit": (purchase_orders.edit, "order_id"),
    },
    "invoice": {
        "issue": (invoices.mark_as_sent, "invoice_id"),
        "edit": (invoices.edit, "invoice_id"),
    },
    "credit_note": {
        "issue": (credit_notes.mark_as_sent, "note_id"),
        "edit": (credit_notes.edit, "note_id"),
    },
    "supplier_credit": {
        "approve": (supplier_credits.approve, "credit_id"),
        "back": (supplier_credits.back_to_draft, "credit_id"),
        "edit": (supplier_credits.edit, "credit_id"),
    },
}


@pytest.fixture
def mailbox(story: Story) -> Iterator[Mailbox]:
    with open_mailbox() as opened:
        story.sandbox.webhooks_to(opened.url)
        yield opened


@pytest.mark.parametrize(("kind", "row"), EVERY, ids=[f"{kind}: {row.steps}" for kind, row in EVERY])
def test_a_row_of_the_status_tables_holds(story: Story, mailbox: Mailbox, kind: str, row: Row) -> None:
    play = Play(story, kind, mailbox)
    for word in row.steps.split():
        play.step(word)

    copy = copies.of_one(kind=kind, document_id=play.id)
    assert copy is not None
    state = story.sandbox.state(story.organisation)
    rows = [*state["documents"], *state["credit_notes"], *state["purchase_orders"]]
    there = next(found for found in rows if copy.xero_id in found.values())
    assert (play.document.status, copy.xero_status, there["Status"]) == (row.ours, row.theirs, row.theirs)
    assert standing.of_one(play.document).state is row.shown, compare.differences(play.document)
    _money_stands(play, row)
    newest = activity.history(kind, play.id)[0]
    assert row.said in newest.sentence
    assert not row.said or newest.actor_name == "Xero"
    if row.shown is not GONE:
        assert play.is_editable() is row.may_edit


def _money_stands(play: Play, row: Row) -> None:
    """Amount and day are Xero's: S43 for invoices, S25 for expenses; an order has none of them (S55)."""
    document = play.document
    paid = document.total if row.paid == "all" else Decimal(row.paid or "0")
    assert document.amount_paid + document.amount_credited == paid
    assert document.fully_paid_on == (play.story.today if row.paid == "all" else None)
    if row.paid:
        assert document.amount_due == document.total - paid


def test_every_kind_that_is_copied_has_its_rows() -> None:
    assert set(ROWS) == set(XERO_NOUNS) == set(MET)
    for kind, rows in ROWS.items():
        reached = {row.theirs for row in rows}
        assert reached >= {met.theirs for met in MET[kind]}, kind
