"""What Xero refuses, what is held back, what was changed there: each a question for a person, nothing overwritten."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest

from bluestamp.books import documents, expenses, invoices, stale_codes
from bluestamp.books.expenses import Expense
from bluestamp.engine import files
from bluestamp.errors import Invalid, NotPermitted
from bluestamp.people import holds
from bluestamp.sync import compare, connections, duplicates, pull, push, reference, standing
from bluestamp.sync.decisions import Button
from bluestamp.sync.deliveries import Delivery
from bluestamp.sync.plan import CopyState
from bluestamp.sync.readiness import NotReady
from tests.integration.sync_flow.conftest import Story, bought


def _sent(story: Story, **more: object) -> Expense:
    expense = story.expense(story.company("Quick Couriers"), **more)  # type: ignore[arg-type]
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    return _fresh(expense)


def _fresh(expense: documents.Document) -> Expense:
    found = documents.load("expense", expense.id)
    assert isinstance(found, Expense)
    return found


def _dearer(story: Story, expense: Expense, price: str = "2.10") -> Expense:
    draft = expenses.draft_of(expense)
    line = dataclasses.replace(draft.lines[0], unit_amount=Decimal(price))
    return expenses.edit(
        expense_id=expense.id,
        version=expense.version,
        draft=dataclasses.replace(draft, lines=(line, *draft.lines[1:])),
        by=story.ben,
        now=story.now,
    )


def test_a_code_that_the_chart_no_longer_has_is_refused_at_its_line_before_anything_is_sent(
    story: Story,
) -> None:
    expense = story.expense(
        story.company("Quick Couriers"), bought("Bike", "1", "20"), bought("Van", "1", "40", "425")
    )
    story.sandbox.change(story.organisation, archive_account="425")
    reference.refresh(story.connection, now=story.now)
    with pytest.raises(NotReady) as refused:
        push.request(expense, by=story.ben, now=story.now)
    assert [fault.field for fault in refused.value.faults] == ["lines.1.account_code"]
    assert story.bills() == []


def test_a_code_archived_in_xero_meanwhile_comes_back_as_a_refusal_on_the_right_line(story: Story) -> None:
    expense = story.expense(
        story.company("Quick Couriers"), bought("Bike", "1", "20"), bought("Van", "1", "40", "425")
    )
    story.sandbox.change(story.organisation, archive_account="425")
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    shown = standing.of_one(expense)
    assert (shown.state, shown.code, shown.fault_field) == (
        CopyState.REFUSED,
        "ACCOUNT_CODE_REFUSED",
        "lines.1.account_code",
    )
    assert shown.remedy is not None
    assert shown.remedy.button is Button.FIX_LINE
    assert "425" in shown.sentence
    assert standing.attention_count() == 1


def test_after_a_code_was_refused_the_chart_is_read_at_once_and_once(story: Story) -> None:
    story.drain()
    couriers = story.company("Quick Couriers")
    expense = story.expense(couriers, bought("Van", "1", "40", "425"))
    story.expense(couriers, bought("Bike", "1", "8", "425"), approved=False, supplier_invoice_number="Q2")
    story.sandbox.change(story.organisation, archive_account="425")
    story.later(minutes=1)
    before = len(story.sandbox.calls("/Accounts"))
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    story.drain()
    assert len(story.sandbox.calls("/Accounts")) == before + 1
    assert [(gone.code, gone.drafts) for gone in stale_codes.stale_codes(story.connection.ledger)] == [
        ("425", 1)
    ]


def test_a_refused_document_goes_when_its_line_is_mended(story: Story) -> None:
    expense = story.expense(story.company("Quick Couriers"), bought("Van", "1", "40", "425"))
    story.sandbox.change(story.organisation, archive_account="425")
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    draft = expenses.draft_of(expense)
    mended = expenses.edit(
        expense_id=expense.id,
        version=_fresh(expense).version,
        draft=dataclasses.replace(draft, lines=(dataclasses.replace(draft.lines[0], account_code="325"),)),
        by=story.ben,
        now=story.now,
    )
    push.request(mended, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(mended).state is CopyState.IN_STEP
    assert standing.attention_count() == 0
    assert len(story.bills()) == 1


def test_one_refused_document_does_not_hold_back_the_others_of_its_batch(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    good = [
        story.expense(supplier, bought("Bike", "1", str(20 + n)), supplier_invoice_number=f"G{n}")
        for n in range(3)
    ]
    bad = story.expense(supplier, bought("Van", "1", "77", "425"), supplier_invoice_number="B1")
    story.sandbox.change(story.organisation, archive_account="425")
    ids = [expense.id for expense in [*good, bad]]
    assert push.request_many("expense", ids, by=story.ben, now=story.now).asked == 4
    story.drain()
    assert {standing.of_one(expense).state for expense in good} == {CopyState.IN_STEP}
    assert standing.of_one(bad).state is CopyState.REFUSED


def test_an_approved_bill_refuses_changes_with_a_sentence_that_says_why_and_what_to_do(story: Story) -> None:
    expense = _sent(story)
    changed = _dearer(story, expense)
    story.sandbox.do(story.bills()[0]["InvoiceID"], "approve")
    push.request(changed, by=story.ben, now=story.now)
    story.drain()
    shown = standing.of_one(_fresh(expense))
    assert shown.state is CopyState.LOCKED_IN_XERO
    assert "signed off in Xero" in shown.sentence
    assert shown.remedy is not None
    assert "Take Xero's figures" in shown.remedy.what_to_do
    with pytest.raises(holds.Held, match="Take Xero's figures"):
        _dearer(story, _fresh(expense), "3.00")

    taken = compare.take_xeros(_fresh(expense), version=_fresh(expense).version, by=story.cleo, now=story.now)
    assert Decimal(str(story.bills()[0]["Total"])) == taken.total
    assert standing.of_one(taken).state is CopyState.IN_STEP
    assert compare.differences(taken) == []


def test_a_bill_split_by_the_bookkeeper_keeps_that_when_the_price_changes_here(story: Story) -> None:
    expense = _sent(story)
    bill = story.bills()[0]
    story.sandbox.do(bill["InvoiceID"], "split_line", line="1", amount="100", account="461")
    split = [line["LineAmount"] for line in story.bills()[0]["LineItems"]]
    push.request(_dearer(story, expense), by=story.ben, now=story.now)
    story.drain()
    shown = standing.of_one(_fresh(expense))
    assert (shown.state, shown.code) == (CopyState.CHANGED_IN_XERO, "LINES_DIFFER")
    assert [line["LineAmount"] for line in story.bills()[0]["LineItems"]] == split

    taken = compare.take_xeros(_fresh(expense), version=_fresh(expense).version, by=story.cleo, now=story.now)
    assert len(taken.items) == 3
    assert Decimal(str(story.bills()[0]["Total"])) == taken.total


def test_the_same_supplier_invoice_entered_twice_is_held_with_a_question(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    first = story.expense(supplier, supplier_invoice_number="QC-77")
    push.request(first, by=story.ben, now=story.now)
    story.drain()
    story.later(seconds=5)
    second = story.expense(supplier, bought("Other words", "1", "12"), supplier_invoice_number="qc 77")
    push.request(second, by=story.ben, now=story.now)
    story.drain()
    shown = standing.of_one(second)
    assert (shown.state, shown.code) == (CopyState.REFUSED, "DUPLICATE_SUSPECTED")
    assert len(story.bills()) == 1

    with pytest.raises(NotPermitted):
        duplicates.answer_send_anyway(second, reason="two deliveries", by=story.ben, now=story.now)
    with pytest.raises(Invalid):
        duplicates.answer_send_anyway(second, reason=" ", by=story.cleo, now=story.now)
    duplicates.answer_send_anyway(second, reason="two deliveries", by=story.cleo, now=story.now)
    story.drain()
    assert len(story.bills()) == 2


def test_the_question_about_a_bill_entered_twice_ends_when_one_of_the_two_is_cancelled(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    push.request(story.expense(supplier, supplier_invoice_number="QC-78"), by=story.ben, now=story.now)
    story.drain()
    story.later(seconds=5)
    second = story.expense(supplier, bought("Other words", "1", "12"), supplier_invoice_number="qc 78")
    push.request(second, by=story.ben, now=story.now)
    story.drain()
    assert standing.attention_count() == 1

    push.remove(_fresh(second), reason="Entered twice", by=story.cleo, now=story.now)
    assert standing.attention_count() == 0
    assert standing.of_one(_fresh(second)).state == CopyState.NOT_IN_XERO
    with pytest.raises(duplicates.NoQuestion):
        duplicates.answer_send_anyway(second, reason="two deliveries", by=story.cleo, now=story.now)
    story.drain()
    assert len(story.bills()) == 1


def test_a_bill_typed_by_hand_in_xero_is_held_and_can_be_linked(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    other = story.expense(supplier, supplier_invoice_number="HAND-1")
    push.request(other, by=story.ben, now=story.now)
    story.drain()
    # By hand: the same bill without our address on it.
    by_hand = story.bills()[0]["InvoiceID"]
    story.sandbox.do(by_hand, "edit", fields={"Url": "https://example.com/elsewhere"})
    compare.unlink(_fresh(other), by=story.cleo, now=story.now)
    expenses.cancel(
        expense_id=other.id, version=_fresh(other).version, reason="typed twice", by=story.ada, now=story.now
    )

    story.later(seconds=5)
    expense = story.expense(supplier, supplier_invoice_number="HAND 1")
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(expense).code == "DUPLICATE_SUSPECTED"
    duplicates.answer_link(expense, by=story.cleo, now=story.now)
    story.drain()
    shown = standing.of_one(_fresh(expense))
    assert shown.stamp_url is not None
    assert by_hand in shown.stamp_url
    assert len(story.bills()) == 1


def test_access_withdrawn_in_xero_makes_documents_wait_and_reconnecting_continues_them(story: Story) -> None:
    expense = story.expense(story.company("Quick Couriers"))
    story.sandbox.change(story.organisation, withdraw_access=True)
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    lost = connections.load(story.connection.id)
    assert lost.state == "lost"
    assert "withdrawn" in lost.lost_why
    assert standing.of_one(expense).state is CopyState.CONNECTION_LOST
    assert story.bills() == []

    from bluestamp.people.users import User
    from bluestamp.sync import consents

    ada = User.objects.get(id=story.ada.user_id)
    url = consents.reconnect(lost.id, by=story.ada, user=ada, now=story.now)
    answer = story.sandbox.allow(url, story.organisation)
    consents.finish(state=answer["state"], code=answer["code"], by=story.ada, user=ada, now=story.now)
    story.drain()
    assert standing.of_one(expense).state is CopyState.IN_STEP
    assert len(story.bills()) == 1


def test_a_send_that_nobody_can_learn_of_any_more_is_let_go_by_the_bookkeeper(story: Story) -> None:
    expense = story.expense(story.company("Quick Couriers"))
    push.request(expense, by=story.ben, now=story.now)
    story.sandbox.fault(kind="lose_reply", path="/api.xro/2.0/Invoices", method="PUT", count=1)
    story.drain()
    push.withdraw(expense, by=story.cleo, now=story.now)
    assert Delivery.objects.get(document_id=expense.id).state == "sending", "it may still be learnt"

    connections.disconnect(story.connection.id, by=story.ada, now=story.now)
    with pytest.raises(NotPermitted):
        push.withdraw(expense, by=story.ben, now=story.now)
    push.withdraw(expense, by=story.cleo, now=story.now)
    assert standing.of_one(expense).state is CopyState.NOT_IN_XERO


def test_a_bill_voided_in_xero_is_gone_and_can_be_sent_again(story: Story) -> None:
    expense = _sent(story)
    bill = story.bills()[0]["InvoiceID"]
    story.sandbox.do(bill, "delete")
    pull.refresh(expense, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(_fresh(expense)).state is CopyState.GONE
    compare.send_again(_fresh(expense), by=story.cleo, now=story.now)
    story.drain()
    assert standing.of_one(_fresh(expense)).state is CopyState.IN_STEP
    assert [row["Status"] for row in story.bills()] == ["DELETED", "SUBMITTED"]


def test_cancelling_an_expense_takes_its_bill_out_of_xero(story: Story) -> None:
    expense = _sent(story)
    push.remove(expense, reason="not needed", by=story.ada, now=story.now)
    story.drain()
    assert [row["Status"] for row in story.bills()] == ["DELETED"]
    assert _fresh(expense).status == "cancelled"
    assert standing.of_one(_fresh(expense)).state is CopyState.IN_STEP


def test_a_payment_removed_in_xero_makes_an_expense_approved_again(story: Story) -> None:
    expense = _sent(story)
    bill = story.bills()[0]["InvoiceID"]
    story.sandbox.do(bill, "approve")
    story.sandbox.do(bill, "pay")
    pull.refresh(expense, by=story.ben, now=story.now)
    story.drain()
    assert _fresh(expense).status == "paid"
    story.sandbox.do(bill, "unpay")
    pull.refresh(expense, by=story.ben, now=story.now)
    story.drain()
    assert (_fresh(expense).status, _fresh(expense).amount_paid) == ("approved", Decimal("0.00"))


def test_a_draft_approved_in_xero_is_approved_here_too(story: Story) -> None:
    expense = story.expense(story.company("Quick Couriers"), approved=False)
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    story.sandbox.do(story.bills()[0]["InvoiceID"], "approve")
    pull.refresh(expense, by=story.ben, now=story.now)
    story.drain()
    assert _fresh(expense).status == "approved"
    assert standing.of_one(_fresh(expense)).state is CopyState.IN_STEP


def test_what_the_sweep_finds_needs_no_webhook(story: Story) -> None:
    expense = _sent(story)
    bill = story.bills()[0]["InvoiceID"]
    story.sandbox.do(bill, "approve")
    story.sandbox.do(bill, "pay")
    story.later(hours=2)
    story.drain()
    assert _fresh(expense).status == "paid"


def test_a_rate_limit_only_makes_documents_wait(story: Story) -> None:
    expense = story.expense(story.company("Quick Couriers"))
    story.sandbox.fault(kind="429", path="/api.xro/2.0/Invoices", method="PUT", count=1, seconds=20)
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(expense).state is CopyState.WAITING
    story.later(seconds=25)
    story.drain()
    assert standing.of_one(expense).state is CopyState.IN_STEP
    assert Delivery.objects.filter(document_id=expense.id).count() == 1


def test_an_invoice_changed_in_xero_is_shown_and_never_overwritten_unseen(story: Story) -> None:
    invoice = story.invoice(story.company("Kestrel Air"))
    push.request(invoice, by=story.ben, now=story.now)
    story.drain()
    invoice_id = story.sales()[0]["InvoiceID"]
    first = story.sales()[0]["LineItems"][0]["LineItemID"]
    story.sandbox.do(invoice_id, "edit_line", line=first, fields={"UnitAmount": "390"})
    fresh = documents.load("invoice", invoice.id)
    assert isinstance(fresh, invoices.Invoice)
    draft = invoices.draft_of(fresh)
    line = dataclasses.replace(draft.lines[0], unit_amount=Decimal("410"))
    changed = invoices.edit(
        invoice_id=invoice.id,
        version=fresh.version,
        draft=dataclasses.replace(draft, lines=(line, *draft.lines[1:])),
        by=story.ben,
        now=story.now,
    )
    push.request(changed, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(documents.load("invoice", invoice.id)).code == "CHANGED_IN_XERO"
    assert Decimal(str(story.sales()[0]["LineItems"][0]["UnitAmount"])) == Decimal("390")

    # Now that it was seen, sending again is a decision.
    push.request(documents.load("invoice", invoice.id), by=story.ben, now=story.now)
    story.drain()
    assert Decimal(str(story.sales()[0]["LineItems"][0]["UnitAmount"])) == Decimal("410")
    assert standing.of_one(documents.load("invoice", invoice.id)).state is CopyState.IN_STEP


def test_a_code_changed_in_xero_and_let_stand_is_settled_by_sending(story: Story) -> None:
    expense = _sent(story)
    story.sandbox.do(story.bills()[0]["InvoiceID"], "edit_line", line="1", fields={"AccountCode": "461"})
    pull.refresh(expense, by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(_fresh(expense)).state is CopyState.CHANGED_IN_XERO
    push.request(_fresh(expense), by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(_fresh(expense)).state is CopyState.IN_STEP
    assert story.bills()[0]["LineItems"][0]["AccountCode"] == "461"


def test_the_receipt_goes_with_its_bill(story: Story, data_dir: Path) -> None:
    expense = story.expense(story.company("Quick Couriers"))
    stored = files.store(
        story.ben.studio_id, b"%PDF-1.4 paper", name="receipt?.pdf", media_type="application/pdf"
    )
    expense = expenses.attach_receipt(expense_id=expense.id, receipt=stored, by=story.ben, now=story.now)
    push.request(expense, by=story.ben, now=story.now)
    story.drain()
    assert story.bills()[0]["HasAttachments"] is True
    attached = [call for call in story.sandbox.calls("Attachments") if call["method"] == "PUT"]
    assert len(attached) == 1
    story.drain()
    assert len([call for call in story.sandbox.calls("Attachments") if call["method"] == "PUT"]) == 1
