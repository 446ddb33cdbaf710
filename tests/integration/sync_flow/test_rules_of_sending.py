"""Rules of bookkeeping about what is sent, each walked to Xero and back: tax, cents, minus, the company card."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bluestamp.books import documents, expenses
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.books.ledgers import TaxRate
from bluestamp.errors import Refusal
from bluestamp.sync import compare, connections, push, standing
from bluestamp.sync.plan import CopyState
from tests.integration.sync_flow.conftest import Story, bought, sold


def _sent(story: Story, document: Document) -> Document:
    push.request(document, by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    return documents.load(document.kind, document.id)


def _with_words(story: Story, expense: Document, words: str) -> Expense:
    draft = expenses.draft_of(Expense.objects.get(id=expense.id))
    lines = (replace(draft.lines[0], description=words),)
    return expenses.edit(
        expense_id=expense.id,
        version=expense.version,
        draft=replace(draft, lines=lines),
        by=story.ben,
        now=story.now,
    )


def test_rule_13_a_total_off_by_a_cent_stops_further_sends_until_somebody_has_looked(story: Story) -> None:
    rate = TaxRate.objects.filter(ledger=story.connection.ledger, tax_type="INPUT2")
    rate.update(percent=Decimal("19.99"))  # Xero's is 20: it changed, and the chart was not read since
    expense = _sent(story, story.expense(story.company("Foil & Co"), bought("Foil", "1", "100")))
    assert (expense.total, story.bills()[0]["Total"]) == (Decimal("119.99"), 120.0)
    assert standing.of_one(expense).state is CopyState.OFF_BY_CENTS

    changed = _with_words(story, expense, "Gold")
    with pytest.raises(Refusal, match="totals here and in Xero differ"):
        push.request(changed, by=story.ben, now=story.now)
    story.drain()
    assert "Gold" not in story.bills()[0]["LineItems"][0]["Description"]

    compare.accept_totals(changed, by=story.cleo, now=story.now)
    _sent(story, changed)
    assert "Gold" in story.bills()[0]["LineItems"][0]["Description"]


def test_rule_8_reverse_charge_adds_nothing_to_the_suppliers_total(story: Story) -> None:
    line = replace(bought("Hosting", "1", "100"), tax_type="REVERSECHARGES")
    expense = _sent(story, story.expense(story.company("Cloud GmbH"), line))
    there = story.bills()[0]
    assert (expense.total, expense.total_tax) == (Decimal("100.00"), Decimal("0.00"))
    assert (there["Total"], there["LineItems"][0]["TaxType"]) == (100.0, "REVERSECHARGES")
    assert standing.of_one(expense).state is CopyState.IN_STEP


def test_rule_14_a_line_may_be_below_zero_while_the_total_is_not(story: Story) -> None:
    lines = (sold("Design", "1", "500"), sold("Deposit paid", "1", "-200"))
    invoice = _sent(story, story.invoice(story.company("Kestrel Air"), *lines))
    assert (invoice.total, story.sales()[0]["Total"]) == (Decimal("360.00"), 360.0)
    assert standing.of_one(invoice).state is CopyState.IN_STEP


def test_rule_18_what_the_company_card_paid_is_sent_only_where_the_connection_says_so(story: Story) -> None:
    card = story.expense(story.company("Foil & Co"), bought("Foil", "1", "100"), paid_by="card")
    with pytest.raises(Refusal, match="bank feed"):
        push.request(card, by=story.ben, now=story.now, allow_create_contact=True)
    assert story.bills() == []

    wanted = replace(connections.draft_of(story.connection), card_policy="as_bill")
    connections.edit(story.connection.id, wanted, by=story.ada, now=story.now)
    _sent(story, card)
    (there,) = story.bills()
    assert there["Status"] == "SUBMITTED", "never approved from here, though it is paid"
    assert "Paid by company card on" in there["LineItems"][-1]["Description"]
    assert there["Total"] == 120.0


def test_rules_20_and_21_what_is_sold_never_leaves_and_the_reference_is_the_clients(story: Story) -> None:
    dear = bought("Foil", "1", "100", sell_unit_amount=Decimal("987.65"))
    _sent(story, story.expense(story.company("Foil & Co"), dear))
    _sent(story, story.invoice(story.company("Kestrel Air"), reference="PO 4711"))
    assert not [call for call in story.sandbox.calls() if "987.65" in str(call)]
    assert story.sales()[0]["Reference"].startswith("PO 4711")


def test_s10_a_branch_that_goes_nowhere_sends_nothing(story: Story) -> None:
    line = replace(bought("Foil", "1", "100"), account_code="", tax_type="")
    at = {"branch_id": story.cast.bristol.id, "approved": False}
    elsewhere = story.expense(story.company("Foil & Co"), line, **at)
    with pytest.raises(Refusal, match="not connected to Xero") as refusal:
        push.request(elsewhere, by=story.ben, now=story.now, allow_create_contact=True)
    assert refusal.value.code == "NO_CONNECTION"
    assert push.request_many("expense", [elsewhere.id], by=story.ben, now=story.now).asked == 0
    story.drain()
    assert story.bills() == []
