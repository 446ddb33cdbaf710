"""The first journey: an expense and an invoice reach Xero with one press, and come back paid."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from bluestamp.books import documents, expenses, invoices
from bluestamp.people import holds
from bluestamp.sync import compare, pull, push, standing
from bluestamp.sync.plan import CopyState
from bluestamp.sync.readiness import ContactMissing
from tests.integration.sync_flow.conftest import Story, bought


def test_an_approved_expense_becomes_a_bill_awaiting_approval_and_comes_back_paid(story: Story) -> None:
    expense = story.expense(story.company("Foil & Co"))

    # One press; the contact is not in Xero yet, which is asked once.
    with pytest.raises(ContactMissing):
        push.request(expense, by=story.ben, now=story.now)
    push.request(expense, by=story.ben, now=story.now, allow_create_contact=True)
    assert standing.of_one(expense).state is CopyState.WAITING
    story.drain()

    bill = story.bills()[0]
    assert (bill["Status"], bill["InvoiceNumber"], Decimal(str(bill["Total"]))) == (
        "SUBMITTED",
        "FC-20931",
        expense.total,
    )
    shown = standing.of_one(documents.load("expense", expense.id))
    assert (shown.state, shown.xero_status_label) == (CopyState.IN_STEP, "Awaiting approval")
    assert shown.stamp_url is not None
    assert bill["InvoiceID"] in shown.stamp_url

    # The bookkeeper approves: locked here, with the reason.
    story.sandbox.do(bill["InvoiceID"], "approve")
    pull.refresh(expense, by=story.ben, now=story.now)
    story.drain()
    with pytest.raises(holds.Held, match="Awaiting payment"):
        expenses.edit(
            expense_id=expense.id,
            version=documents.load("expense", expense.id).version,
            draft=dataclasses.replace(expenses.draft_of(expense), reference="x"),
            by=story.ben,
            now=story.now,
        )

    # And pays: Paid here, by itself.
    story.sandbox.do(bill["InvoiceID"], "pay")
    pull.refresh(expense, by=story.ben, now=story.now)
    story.drain()
    paid = documents.load("expense", expense.id)
    assert (paid.status, paid.amount_due, paid.amount_paid) == ("paid", Decimal("0.00"), expense.total)
    assert standing.of_one(paid).state is CopyState.IN_STEP


def test_an_invoice_goes_as_a_draft_then_awaits_payment_then_is_part_paid_and_paid(story: Story) -> None:
    invoice = story.invoice(story.company("Kestrel Air"))
    push.request(invoice, by=story.ben, now=story.now)
    story.drain()
    there = story.sales()[0]
    invoice_id = there["InvoiceID"]
    draft = invoices.Invoice.objects.get(id=invoice.id)
    assert (there["Status"], there["InvoiceNumber"]) == ("DRAFT", draft.number)

    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=draft.version, by=story.ben, now=story.now)
    assert standing.of_one(sent).state is CopyState.CHANGES_TO_SEND
    push.request(sent, by=story.ben, now=story.now)
    story.drain()
    assert story.sales()[0]["Status"] == "AUTHORISED"
    assert standing.of_one(documents.load("invoice", invoice.id)).state is CopyState.IN_STEP

    story.sandbox.do(invoice_id, "pay", amount="1000.00")
    pull.refresh(sent, by=story.ben, now=story.now)
    story.drain()
    part = documents.load("invoice", invoice.id)
    assert (part.status, part.amount_paid, part.amount_due) == (
        "sent",
        Decimal("1000.00"),
        invoice.total - Decimal("1000.00"),
    )

    story.sandbox.do(invoice_id, "pay")
    pull.refresh(sent, by=story.ben, now=story.now)
    story.drain()
    paid = documents.load("invoice", invoice.id)
    assert (paid.status, paid.amount_due) == ("paid", Decimal("0.00"))
    assert paid.fully_paid_on == story.today


def test_a_price_changed_here_reaches_the_bill_while_it_awaits_approval(story: Story) -> None:
    expense = _copied(story)
    draft = expenses.draft_of(expense)
    dearer = dataclasses.replace(draft.lines[0], unit_amount=Decimal("2.10"))
    changed = expenses.edit(
        expense_id=expense.id,
        version=expense.version,
        draft=dataclasses.replace(draft, lines=(dearer, draft.lines[1])),
        by=story.ben,
        now=story.now,
    )
    assert standing.of_one(changed).state is CopyState.CHANGES_TO_SEND
    push.request(changed, by=story.ben, now=story.now)
    story.drain()
    assert Decimal(str(story.bills()[0]["Total"])) == changed.total
    assert compare.differences(changed) == []


def test_a_bill_recoded_in_xero_keeps_its_code_when_the_price_changes_here(story: Story) -> None:
    expense = _copied(story)
    bill = story.bills()[0]
    first = bill["LineItems"][0]["LineItemID"]
    story.sandbox.do(bill["InvoiceID"], "edit_line", line=first, fields={"AccountCode": "461"})
    draft = expenses.draft_of(expense)
    dearer = dataclasses.replace(draft.lines[0], unit_amount=Decimal("2.10"))
    changed = expenses.edit(
        expense_id=expense.id,
        version=expense.version,
        draft=dataclasses.replace(draft, lines=(dearer, draft.lines[1])),
        by=story.ben,
        now=story.now,
    )
    push.request(changed, by=story.ben, now=story.now)
    story.drain()
    line = next(row for row in story.bills()[0]["LineItems"] if row["LineItemID"] == first)
    assert (line["AccountCode"], Decimal(str(line["UnitAmount"]))) == ("461", Decimal("2.10"))


def _copied(story: Story) -> expenses.Expense:
    expense = story.expense(
        story.company("Quick Couriers"), bought("Proofs", "10", "2"), bought("Courier", "1", "9")
    )
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    fresh = documents.load("expense", expense.id)
    assert isinstance(fresh, expenses.Expense)
    assert standing.of_one(fresh).state is CopyState.IN_STEP
    return fresh


def test_opening_a_document_reads_it_anew_where_no_webhooks_come(story: Story) -> None:
    expense = _copied(story)
    bill = story.bills()[0]["InvoiceID"]
    story.sandbox.do(bill, "approve")
    pull.look_on_opening(expense, now=story.now)
    story.drain()
    assert standing.of_one(expense).xero_status == "SUBMITTED", "read a moment ago: not again"
    story.later(minutes=6)
    pull.look_on_opening(expense, now=story.now)
    story.drain()
    assert standing.of_one(expense).xero_status == "AUTHORISED"
