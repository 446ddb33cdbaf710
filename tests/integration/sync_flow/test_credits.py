"""Credit applied here is applied in Xero as one act: what is missing there goes first, nothing is applied twice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from bluestamp.books import applications, credit_notes, invoices
from bluestamp.books.applications import NotIssuedYet, NotTogether
from bluestamp.books.credit_notes import CreditNoteDraft
from bluestamp.books.issuing import InLockedPeriod
from bluestamp.books.payments import Payment
from bluestamp.sync import crediting, paying, push
from bluestamp.sync.copies import Copy
from bluestamp.sync.crediting import DocumentNotSendable, EarlierPayments
from bluestamp.sync.deliveries import Delivery
from tests.integration.sync_flow.conftest import Story, sold
from tests.integration.sync_flow.credit_days import (
    CREDIT_NOTES,
    again,
    applied_in_xero,
    apply,
    fresh_note,
    noted,
    notes_in_xero,
)
from tests.integration.sync_flow.money_days import (
    BANK,
    fresh,
    in_xero,
    issued,
    paid_in_xero,
    pay,
    payments_are_recorded_here,
    settle_down,
)


def test_with_neither_document_in_xero_both_are_sent_and_then_the_credit_is_applied(story: Story) -> None:
    invoice, note = issued(story, "500"), noted(story, "100")
    row = apply(story, note, invoice, "120.00")
    assert again(row).state == "asked"
    settle_down(story, rounds=2)
    assert (again(row).state, bool(again(row).external_id)) == ("confirmed", True)
    assert applied_in_xero(story) == [(note.number, invoice.number, Decimal("120.00"))]
    assert (fresh_note(note).status, fresh(invoice).amount_due) == ("used", Decimal("480.00"))


def test_with_one_document_in_xero_only_the_other_is_sent(story: Story) -> None:
    invoice = in_xero(story)
    note = noted(story, "100")
    before = Delivery.objects.filter(kind="invoice").count()
    row = apply(story, note, invoice, "50.00")
    assert Delivery.objects.filter(kind="invoice").count() == before
    settle_down(story, rounds=2)
    assert again(row).state == "confirmed"
    assert fresh_note(note).amount_due == Decimal("70.00")


def test_a_document_that_was_copied_as_a_draft_is_brought_up_to_date_first(story: Story) -> None:
    invoice = in_xero(story)
    draft = CreditNoteDraft(
        branch_id=invoice.branch_id,
        company_id=invoice.company_id,
        issued_on=story.today,
        currency="GBP",
        lines=(sold("Goodwill", "1", "100"),),
    )
    note = credit_notes.create(draft, by=story.ben, now=story.now)
    push.request(note, by=story.ben, now=story.now)
    story.drain()
    assert [row["Status"] for row in notes_in_xero(story)] == ["DRAFT"]
    note = fresh_note(note)
    credit_notes.mark_as_sent(note_id=note.id, version=note.version, by=story.ben, now=story.now)
    row = apply(story, fresh_note(note), fresh(invoice), "120.00")
    settle_down(story, rounds=2)
    assert again(row).state == "confirmed"


def test_what_the_client_never_got_is_issued_first_by_a_person(story: Story) -> None:
    """Bookkeeping rule 15."""
    company = story.company("Kestrel Air")
    with pytest.raises(NotIssuedYet, match="Issue the invoice first"):
        apply(story, noted(story, "100"), story.invoice(company), "50.00")


def test_a_document_that_can_not_go_is_named_and_nothing_is_changed(story: Story) -> None:
    invoice = in_xero(story)
    note = noted(story, "100")
    ledger = story.connection.ledger
    ledger.accounts.filter(code="200").update(is_active=False)
    with pytest.raises(DocumentNotSendable, match=note.number):
        apply(story, note, invoice, "50.00")
    assert applications.of_note(note.id) == []
    assert not Delivery.objects.filter(kind="credit_note").exists()


def test_a_document_that_xero_refuses_refuses_the_credit_and_is_named(story: Story) -> None:
    invoice = in_xero(story)
    note = noted(story, "100")
    story.sandbox.change(story.organisation, archive_account="200")
    row = apply(story, note, invoice, "50.00")
    settle_down(story, rounds=2)
    refused = again(row)
    assert (refused.state, refused.code) == ("refused", "NOT_AWAITING_PAYMENT")
    assert note.number in refused.sentence
    assert applications.open_amount(fresh(invoice)) == Decimal("600.00")


def test_an_invoice_that_was_paid_in_xero_meanwhile_refuses_the_credit(story: Story) -> None:
    invoice = in_xero(story)
    row = apply(story, noted(story, "100"), invoice, "50.00")
    story.sandbox.do(story.sales()[0]["InvoiceID"], "pay")
    settle_down(story, rounds=2)
    assert again(row).state == "refused"
    assert "already been paid off" in again(row).sentence
    assert applied_in_xero(story) == []


def test_credit_of_another_organisation_is_refused(story: Story) -> None:
    invoice = in_xero(story)
    note = noted(story, "100")
    credit_notes.CreditNote.objects.filter(id=note.id).update(branch_id=story.cast.bristol.id)
    with pytest.raises(NotTogether):
        apply(story, fresh_note(note), invoice, "50.00")


def test_an_earlier_payment_without_an_account_is_asked_about_first(story: Story) -> None:
    payments_are_recorded_here(story)
    invoice, note = issued(story), noted(story, "100")
    payment = pay(story, invoice, "480.00")
    Payment.objects.filter(id=payment.id).update(account_code="")
    with pytest.raises(EarlierPayments, match=invoice.number):
        apply(story, note, fresh(invoice), "120.00")
    paying.set_account(
        kind="invoice", document_id=invoice.id, account_code=BANK, by=story.cleo, now=story.now
    )
    row = apply(story, note, fresh(invoice), "120.00")
    settle_down(story, rounds=3)
    assert again(row).state == "confirmed"
    assert [row["Amount"] for row in paid_in_xero(story)] == [480.0]
    assert fresh(invoice).status == "paid"


@pytest.mark.parametrize("minutes", [1, 7])
def test_a_lost_reply_applies_nothing_twice(story: Story, minutes: int) -> None:
    """Within six minutes the same key brings the first answer; after that what the note holds is counted."""
    invoice, note = in_xero(story), noted(story, "200")
    rows = [apply(story, note, invoice, "30.00") for _ in range(2)]
    story.sandbox.fault(kind="lose_reply", path=f"{CREDIT_NOTES}/", method="PUT", count=1)
    settle_down(story, rounds=1)
    story.sandbox.clear_faults()
    assert [again(row).state for row in rows] == ["asked", "asked"]
    story.later(minutes=minutes)
    settle_down(story, rounds=2)
    assert [again(row).state for row in rows] == ["confirmed", "confirmed"]
    assert len({again(row).external_id for row in rows}) == 2
    assert len(applied_in_xero(story)) == 2


def test_what_never_arrived_goes_anew(story: Story) -> None:
    invoice, note = in_xero(story), noted(story, "200")
    row = apply(story, note, invoice, "30.00")
    story.sandbox.fault(kind="drop_before", path=f"{CREDIT_NOTES}/", method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    story.later(minutes=7)
    settle_down(story, rounds=2)
    assert again(row).state == "confirmed"
    assert len(applied_in_xero(story)) == 1


def test_the_same_credit_applied_by_hand_in_xero_is_not_applied_a_second_time(story: Story) -> None:
    invoice, note = in_xero(story), noted(story, "200")
    push.request(note, by=story.ben, now=story.now)
    story.drain()
    story.later(minutes=1)
    row = apply(story, fresh_note(note), fresh(invoice), "30.00")
    there = notes_in_xero(story)[0]["CreditNoteID"]
    story.sandbox.do(there, "allocate", invoice=invoice.number, amount="30.00")
    settle_down(story, rounds=2)
    assert (again(row).state, again(row).code) == ("refused", "CREDIT_SEEN_ALREADY")
    assert len(applied_in_xero(story)) == 1
    assert fresh_note(note).amount_due == Decimal("210.00")
    more = apply(story, fresh_note(note), fresh(invoice), "30.00")
    settle_down(story, rounds=2)
    assert again(more).state == "confirmed"
    assert len(applied_in_xero(story)) == 2


def test_credit_taken_back_here_is_taken_back_in_xero(story: Story) -> None:
    invoice, note = in_xero(story), noted(story, "100")
    row = apply(story, note, invoice, "120.00")
    settle_down(story, rounds=2)
    assert fresh_note(note).status == "used"
    crediting.ask_removal(application_id=row.id, by=story.cleo, now=story.now)
    assert again(row).state == "removing"
    settle_down(story, rounds=2)
    assert (again(row).state, applied_in_xero(story)) == ("removed", [])
    assert (fresh_note(note).status, fresh(invoice).amount_due) == ("issued", Decimal("600.00"))


def test_a_removal_whose_reply_was_lost_is_looked_up(story: Story) -> None:
    invoice, note = in_xero(story), noted(story, "100")
    row = apply(story, note, invoice, "120.00")
    settle_down(story, rounds=2)
    crediting.ask_removal(application_id=row.id, by=story.cleo, now=story.now)
    story.sandbox.fault(kind="lose_reply", path=f"{CREDIT_NOTES}/", method="DELETE", count=1)
    story.drain()
    story.sandbox.clear_faults()
    assert again(row).state == "removing"
    settle_down(story, rounds=2)
    assert again(row).state == "removed"
    assert sum(call["method"] == "DELETE" for call in story.sandbox.calls("Allocations")) == 1


def test_credit_taken_back_in_xero_meanwhile_is_gone_here_too(story: Story) -> None:
    invoice, note = in_xero(story), noted(story, "100")
    row = apply(story, note, invoice, "120.00")
    settle_down(story, rounds=2)
    crediting.ask_removal(application_id=row.id, by=story.cleo, now=story.now)
    story.sandbox.do(notes_in_xero(story)[0]["CreditNoteID"], "unallocate")
    settle_down(story, rounds=2)
    assert again(row).state == "removed"
    assert not any(call["method"] == "DELETE" for call in story.sandbox.calls("Allocations"))


def test_credit_between_documents_of_a_locked_period_stays_where_it_is(story: Story) -> None:
    day = story.today - dt.timedelta(days=3)
    invoice = in_xero(story, issued_on=day)
    note = noted(story, "100", issued_on=day)
    row = apply(story, note, invoice, "120.00")
    settle_down(story, rounds=2)
    ledger = story.connection.ledger
    ledger.period_lock_on = day
    ledger.save(update_fields=["period_lock_on"])
    with pytest.raises(InLockedPeriod):
        crediting.ask_removal(application_id=row.id, by=story.cleo, now=story.now)
    applications.CreditApplication.objects.filter(id=row.id).update(state="removing")
    story.drain()
    assert (again(row).state, again(row).code) == ("confirmed", "NOT_REMOVED")
    assert len(applied_in_xero(story)) == 1


def test_credit_between_documents_of_a_locked_period_is_not_applied(story: Story) -> None:
    """Bookkeeping rule 22: Xero dates it on the later day of the two."""
    day = story.today - dt.timedelta(days=3)
    invoice = in_xero(story, issued_on=day)
    note = noted(story, "100", issued_on=day)
    ledger = story.connection.ledger
    ledger.period_lock_on = day
    ledger.save(update_fields=["period_lock_on"])
    with pytest.raises(InLockedPeriod, match=invoice.number):
        apply(story, note, invoice, "120.00")
    assert applications.of_note(note.id) == []


def test_credit_applied_before_the_studio_was_connected_follows_both_documents(story: Story) -> None:
    invoice, note = issued(story), noted(story, "100")
    row = applications.apply(
        note_id=note.id,
        invoice_id=invoice.id,
        amount=Decimal("120.00"),
        applied_on=story.today,
        by=story.cleo,
        now=story.now,
    )
    applications.CreditApplication.objects.filter(id=row.id).update(state="confirmed", is_only_here=True)
    story.drain()
    assert applied_in_xero(story) == []
    for document in (note, invoice):
        push.request(document, by=story.ben, now=story.now, allow_create_contact=True)
    settle_down(story, rounds=3)
    assert (again(row).state, again(row).is_only_here) == ("confirmed", False)
    assert applied_in_xero(story) == [(note.number, invoice.number, Decimal("120.00"))]


def test_a_note_whose_invoice_was_unlinked_refuses_its_credit(story: Story) -> None:
    invoice, note = in_xero(story), noted(story, "100")
    row = apply(story, note, invoice, "50.00")
    Copy.objects.filter(kind="invoice", document_id=invoice.id).update(is_gone=True)
    Delivery.objects.filter(kind="invoice").delete()
    settle_down(story, rounds=2)
    assert again(row).state == "refused"
    assert invoice.number in again(row).sentence
    assert invoices.Invoice.objects.get(id=invoice.id).status == "sent"
