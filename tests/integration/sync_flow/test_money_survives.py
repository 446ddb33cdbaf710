"""Money on bad days: the worker is killed between any two lines, replies are lost. Both sides agree to the cent."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal

import pytest

from bluestamp.books import applications
from bluestamp.books.applications import CreditApplication
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.invoices import Invoice
from bluestamp.books.payments import Payment
from bluestamp.sync import paying, push
from bluestamp.sync.batches import Batch, BatchState
from tests.integration.sync_flow.conftest import Story
from tests.integration.sync_flow.credit_days import applied_in_xero, apply, fresh_note, noted, notes_in_xero
from tests.integration.sync_flow.killed_drains import killed_at
from tests.integration.sync_flow.money_days import (
    fresh,
    in_xero,
    issued,
    paid_in_xero,
    pay,
    payments_are_recorded_here,
)

NOTES, INVOICES, OF_A_NOTE = 20, 40, 10


def test_200_applications_survive_kills_and_lost_replies(story: Story) -> None:
    dice = random.Random(20260302)
    pairs = _documents(story)
    for note, invoice in pairs:
        apply(story, note, invoice, f"{dice.randrange(100, 900) / 100:.2f}")
    assert len(pairs) == 200
    story.sandbox.fault(kind="lose_reply", path="/api.xro/2.0/CreditNotes", every=5)
    kills = 0
    for _ in range(6):
        kills += killed_at(story, dice.randrange(20, 250))
        story.later(seconds=dice.choice([3, 12, 400]))
    assert kills >= 3
    _drain_until_settled(story, dice)
    _agree_to_the_cent(story)


def _documents(story: Story) -> list[tuple[CreditNote, Invoice]]:
    """Twenty notes and forty invoices in Xero; ten pieces of each note go to invoices, five to each invoice."""
    invoices = [issued(story, "50") for _ in range(INVOICES)]
    notes = [noted(story, "100") for _ in range(NOTES)]
    for kind, ids in (("invoice", [row.id for row in invoices]), ("credit_note", [row.id for row in notes])):
        push.request_many(kind, ids, by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    story.later(seconds=5)
    places = range(NOTES * OF_A_NOTE)
    return [(notes[place // OF_A_NOTE], invoices[place % INVOICES]) for place in places]


def _drain_until_settled(story: Story, dice: random.Random) -> None:
    for _ in range(200):
        story.drain()
        waiting = CreditApplication.objects.filter(state__in=["asked", "removing"]).exists()
        in_doubt = Batch.objects.exclude(state=BatchState.ANSWERED).exists()
        if not waiting and not in_doubt:
            story.sandbox.clear_faults()
            story.drain()
            return
        story.later(seconds=dice.choice([3, 12, 400]))
    pytest.fail("credit is still on its way")


def _agree_to_the_cent(story: Story) -> None:
    rows = CreditApplication.objects.select_related("credit_note", "invoice")
    assert Counter(row.state for row in rows) == {"confirmed": NOTES * OF_A_NOTE}
    here = Counter((row.credit_note.number, row.invoice.number, row.amount) for row in rows)
    assert here == Counter(applied_in_xero(story))
    remaining = {
        row["CreditNoteNumber"]: Decimal(str(row["RemainingCredit"])) for row in notes_in_xero(story)
    }
    assert remaining == dict(CreditNote.objects.values_list("number", "amount_due"))
    due = {row["InvoiceNumber"]: Decimal(str(row["AmountDue"])) for row in story.sales()}
    assert due == dict(Invoice.objects.values_list("number", "amount_due"))


@pytest.mark.parametrize("step", ["paid", "taken back"])
def test_a_worker_killed_before_any_statement_pays_once_and_takes_back_once(story: Story, step: str) -> None:
    payments_are_recorded_here(story)
    invoice = in_xero(story)
    rows = [pay(story, invoice, amount) for amount in ("100.00", "100.00", "50.00")]
    if step == "taken back":
        story.drain()
        story.later(seconds=5)
        paying.ask_removal(payment_id=rows[0].id, by=story.cleo, now=story.now)
    kills = 0
    for statement in (12, 24, 32, 40, 52, 64):
        kills += killed_at(story, statement)
        story.later(seconds=90)
    assert kills >= 3
    for _ in range(4):
        story.drain()
        story.later(minutes=4)
    kept = rows if step == "paid" else rows[1:]
    assert {row["PaymentID"] for row in paid_in_xero(story)} == {
        Payment.objects.get(id=row.id).external_id for row in kept
    }
    assert len(paid_in_xero(story)) == len(kept)
    assert Payment.objects.exclude(state="deleted").count() == len(kept)
    assert fresh(invoice).amount_due == Decimal("600.00") - sum(row.amount for row in kept)


def test_credit_taken_back_survives_kills(story: Story) -> None:
    invoice, note = in_xero(story), noted(story, "100")
    row = apply(story, note, invoice, "120.00")
    story.drain()
    story.later(seconds=5)
    story.drain()
    applications.ask_removal(application_id=row.id, by=story.cleo, now=story.now)
    kills = 0
    for statement in (20, 35, 50, 65):
        kills += killed_at(story, statement)
        story.later(seconds=90)
    assert kills >= 2
    for _ in range(3):
        story.drain()
        story.later(minutes=4)
    assert applications.of_note(note.id) == []
    assert applied_in_xero(story) == []
    assert (fresh_note(note).status, fresh(invoice).amount_due) == ("issued", Decimal("600.00"))
