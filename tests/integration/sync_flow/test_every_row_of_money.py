"""Table C5, payments and credit, row by row and both ways, against the sandbox over HTTP.

A story is a line of steps, as in test_every_row: words alone are pressed here, those after `xero:` are done in Xero. Each
begins with an invoice over 600.00 that the client has, and a credit note over 240.00. The worker comes round after every
step but those that only record.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pytest

from bluestamp.books import applications, payments
from bluestamp.books.invoices import Invoice
from bluestamp.errors import Refusal
from bluestamp.sync import copies, crediting, paying, pull, push
from tests.integration.sync_flow.conftest import Story
from tests.integration.sync_flow.credit_days import applied_in_xero, apply, fresh_note, noted
from tests.integration.sync_flow.money_days import (
    BANK,
    fresh,
    issued,
    paid_in_xero,
    pay,
    payments_are_recorded_here,
    settle_down,
)


@dataclass(frozen=True)
class Row:
    """What is done, and how both sides then stand: due here and there, what is paid and applied in Xero.

    `says` is what the last step is refused with; what it asked for then leaves no trace on either side.
    """

    steps: str
    due: str
    status: str = "sent"
    paid: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()
    says: str = ""


ROWS = [
    # a payment on a linked invoice
    Row("send pay", due="400.00", paid=("200.00",)),
    Row("send pay-all", due="0.00", status="paid", paid=("600.00",)),
    Row("send pay-too-much", due="600.00", says="Only £600.00 is open"),
    Row("send xero:pay pay", due="0.00", status="paid", paid=("600.00",), says="paid"),
    # one on an invoice that is not in Xero: none now, asked for an account at the first send (S50)
    Row("pay", due="400.00"),
    Row("pay-nowhere send", due="400.00", says="earlier payment"),
    Row("pay-nowhere choose-account send", due="400.00", paid=("200.00",)),
    # credit: both in Xero, or the missing one is sent (S49)
    Row("send send-note apply", due="360.00", applied=("240.00",)),
    Row("send apply", due="360.00", applied=("240.00",)),
    Row("send-note apply", due="360.00", applied=("240.00",)),
    Row("apply", due="360.00", applied=("240.00",)),
    Row("send apply-too-much", due="600.00", says="£240.00"),
    Row("pay-nowhere apply", due="400.00", says="earlier payment"),
    # taken back here
    Row("send pay unpay", due="600.00"),
    Row("send apply unapply", due="600.00"),
    # done in Xero
    Row("send xero:pay", due="0.00", status="paid", paid=("600.00",)),
    Row("send xero:pay xero:unpay", due="600.00"),
    Row("send send-note xero:apply", due="360.00", applied=("240.00",)),
    Row("send send-note xero:apply xero:unapply", due="600.00"),
    Row("send pay xero:unpay", due="600.00"),
]


class Play:
    """One invoice and one note going through the steps of a row."""

    def __init__(self, story: Story) -> None:
        payments_are_recorded_here(story)
        self.story, self.first, self.note = story, issued(story), noted(story, "200")

    @property
    def invoice(self) -> Invoice:
        return fresh(self.first)

    def step(self, word: str) -> None:
        getattr(self, word.replace("xero:", "xero_").replace("-", "_"))()
        settle_down(self.story, rounds=3)

    def send(self) -> None:
        push.request(self.invoice, by=self.story.ben, now=self.story.now, allow_create_contact=True)

    def send_note(self) -> None:
        note = fresh_note(self.note)
        push.request(note, by=self.story.ben, now=self.story.now, allow_create_contact=True)

    def pay(self) -> None:
        pay(self.story, self.invoice, "200.00")

    def pay_all(self) -> None:
        pay(self.story, self.invoice, "600.00")

    def pay_too_much(self) -> None:
        pay(self.story, self.invoice, "600.01")

    def pay_nowhere(self) -> None:
        """A payment into an account that nobody named; only one that Xero knows nothing of may be."""
        payment = pay(self.story, self.invoice, "200.00")
        payments.Payment.objects.filter(id=payment.id).update(account_code="")

    def choose_account(self) -> None:
        paying.set_account(
            kind="invoice",
            document_id=self.first.id,
            account_code=BANK,
            by=self.story.cleo,
            now=self.story.now,
        )

    def unpay(self) -> None:
        (payment,) = payments.of("invoice", self.first.id)
        paying.ask_removal(payment_id=payment.id, by=self.story.cleo, now=self.story.now)

    def apply(self) -> None:
        apply(self.story, fresh_note(self.note), self.invoice, "240.00")

    def apply_too_much(self) -> None:
        apply(self.story, fresh_note(self.note), self.invoice, "240.01")

    def unapply(self) -> None:
        (row,) = applications.of_invoice(self.first.id)
        crediting.ask_removal(application_id=row.id, by=self.story.cleo, now=self.story.now)

    def xero_pay(self) -> None:
        self._there("invoice", self.first.id, "pay")

    def xero_unpay(self) -> None:
        self._there("invoice", self.first.id, "unpay")

    def xero_apply(self) -> None:
        self._there("credit_note", self.note.id, "allocate", invoice=self.invoice.number)

    def xero_unapply(self) -> None:
        self._there("credit_note", self.note.id, "unallocate")

    def _there(self, kind: str, document_id: str, verb: str, **wish: str) -> None:
        copy = copies.of_one(kind=kind, document_id=document_id)
        assert copy is not None
        self.story.later(minutes=1)
        self.story.sandbox.do(copy.xero_id, verb, **wish)
        for document in (self.invoice, fresh_note(self.note)):
            if document.ledger_version is not None:
                pull.refresh(document, by=self.story.ben, now=self.story.now)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.steps)
def test_a_row_of_the_table_of_money_holds(story: Story, row: Row) -> None:
    play = Play(story)
    *before, last = row.steps.split()
    for word in before:
        play.step(word)
    if row.says:
        with pytest.raises(Refusal, match=row.says):
            play.step(last)
        settle_down(story, rounds=2)
    else:
        play.step(last)

    invoice = play.invoice
    assert (invoice.amount_due, invoice.status) == (Decimal(row.due), row.status)
    assert [f"{row['Amount']:.2f}" for row in paid_in_xero(story)] == list(row.paid)
    assert [f"{amount:.2f}" for _, _, amount in applied_in_xero(story)] == list(row.applied)
    for there in story.sales():
        assert Decimal(str(there["AmountDue"])) == invoice.amount_due


def test_no_word_of_a_row_is_unknown() -> None:
    words = {word for row in ROWS for word in row.steps.split()}
    assert {word.replace("xero:", "xero_").replace("-", "_") for word in words} <= set(vars(Play))
