"""Documents that carry no address of ours in Xero: found again, never doubled, never taken for another's (rule 1)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest

from bluestamp.books import credit_notes, documents, expenses, invoices, purchase_orders, supplier_credits
from bluestamp.books.companies import Company
from bluestamp.books.credit_notes import CreditNoteDraft
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.books.purchase_orders import PurchaseOrderDraft
from bluestamp.books.supplier_credits import SupplierCreditDraft
from bluestamp.sync import compare, copies, duplicates, pull, push, standing
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery
from bluestamp.sync.plan import CopyState
from tests.integration.sync_flow.conftest import Story, bought, sold

PATHS = {"purchase_order": "PurchaseOrders", "credit_note": "CreditNotes", "supplier_credit": "CreditNotes"}


def _order(story: Story, position: int) -> Document:
    draft = PurchaseOrderDraft(**_head(story), lines=(bought("Printing", "1", f"{100 + position}"),))
    made = purchase_orders.create(draft, by=story.ben, now=story.now)
    return purchase_orders.approve(order_id=made.id, version=1, by=story.ben, now=story.now)


def _note(story: Story, position: int) -> Document:
    draft = CreditNoteDraft(**_head(story), lines=(sold("Retouching", "1", f"{100 + position}"),))
    made = credit_notes.create(draft, by=story.ben, now=story.now)
    return credit_notes.mark_as_sent(note_id=made.id, version=1, by=story.ben, now=story.now)


def _credit(story: Story, position: int) -> Document:
    lines = (bought("Returned paper", "1", f"{100 + position}"),)
    draft = SupplierCreditDraft(**_head(story), supplier_credit_number=f"CR-{position}", lines=lines)
    made = supplier_credits.create(draft, by=story.ben, now=story.now)
    return supplier_credits.approve(credit_id=made.id, version=1, by=story.ben, now=story.now)


MAKE = {"purchase_order": _order, "credit_note": _note, "supplier_credit": _credit}


def _head(story: Story) -> dict[str, Any]:
    found = Company.objects.filter(name="Foil & Co").first() or story.company("Foil & Co")
    return {
        "branch_id": story.cast.london.id,
        "company_id": found.id,
        "issued_on": story.today,
        "currency": "GBP",
    }


def _asked(story: Story, kind: str, count: int) -> list[str]:
    rows = [MAKE[kind](story, position) for position in range(count)]
    ids = [row.id for row in rows]
    asked = push.request_many(kind, ids, by=story.ben, now=story.now, allow_create_contact=True)
    assert (asked.asked, asked.skipped) == (count, ())
    return ids


def _there(story: Story, kind: str) -> list[dict[str, Any]]:
    state = story.sandbox.state(story.organisation)
    rows = state["purchase_orders"] if kind == "purchase_order" else state["credit_notes"]
    wanted = {"credit_note": "ACCRECCREDIT", "supplier_credit": "ACCPAYCREDIT"}.get(kind)
    return [row for row in rows if wanted in (None, row.get("Type"))]


def _each_is_there_once(story: Story, kind: str, ids: list[str]) -> None:
    there = Counter(float(row["Total"]) for row in _there(story, kind))
    ours = Counter(float(documents.load(kind, id_).total) for id_ in ids)
    assert there == ours
    assert Copy.objects.filter(kind=kind, document_id__in=ids, is_gone=False).count() == len(ids)
    assert {standing.of_one(documents.load(kind, id_)).state for id_ in ids} == {CopyState.IN_STEP}


@pytest.mark.parametrize("kind", PATHS)
def test_twenty_take_one_call(story: Story, kind: str) -> None:
    story.drain()
    ids = _asked(story, kind, 20)
    story.drain()
    writes = [call for call in story.sandbox.calls(PATHS[kind]) if call["method"] == "PUT"]
    assert len(writes) == 1
    _each_is_there_once(story, kind, ids)


@pytest.mark.parametrize("kind", PATHS)
def test_lines_arrive_with_their_account_and_tax_rate(story: Story, kind: str) -> None:
    """S26 and S45: nothing is left to what Xero would take by itself."""
    (id_,) = _asked(story, kind, 1)
    story.drain()
    ours = [(line.account_code, line.tax_type) for line in documents.load(kind, id_).lines.all()]  # type: ignore[attr-defined]
    (there,) = _there(story, kind)
    assert [(line["AccountCode"], line["TaxType"]) for line in there["LineItems"]] == ours
    assert all(account and rate for account, rate in ours)


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize("later", [dt.timedelta(seconds=20), dt.timedelta(minutes=7)])
def test_a_lost_reply_doubles_nothing(story: Story, kind: str, later: dt.timedelta) -> None:
    ids = _asked(story, kind, 5)
    story.sandbox.fault(kind="lose_reply", path=f"/api.xro/2.0/{PATHS[kind]}", method="PUT", count=1)
    story.drain()
    assert len(_there(story, kind)) == 5
    assert Copy.objects.count() == 0
    story.sandbox.clear_faults()
    story.later(seconds=later.total_seconds())
    story.drain()
    _each_is_there_once(story, kind, ids)


@pytest.mark.parametrize("kind", PATHS)
def test_what_never_reached_xero_goes_anew(story: Story, kind: str) -> None:
    ids = _asked(story, kind, 3)
    story.sandbox.fault(kind="drop_before", path=f"/api.xro/2.0/{PATHS[kind]}", method="PUT", count=1)
    story.drain()
    story.sandbox.clear_faults()
    assert _there(story, kind) == []
    story.later(minutes=7)
    story.drain()
    _each_is_there_once(story, kind, ids)


def test_two_supplier_credits_of_one_number_go_in_two_calls(story: Story) -> None:
    head = _head(story)
    ids = []
    for amount in ("10", "20"):
        draft = SupplierCreditDraft(
            **head, supplier_credit_number="SAME", lines=(bought("Paper", "1", amount),)
        )
        made = supplier_credits.create(draft, by=story.ben, now=story.now)
        ids.append(made.id)
    push.request_many("supplier_credit", ids, by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    assert sum(call["method"] == "PUT" for call in story.sandbox.calls("CreditNotes")) == 2
    _each_is_there_once(story, "supplier_credit", ids)


@pytest.mark.parametrize("kind", ["purchase_order", "credit_note"])
def test_a_number_that_xero_has_already_is_a_question_and_adopts_nothing(story: Story, kind: str) -> None:
    ids = _asked(story, kind, 1)
    story.drain()
    compare.unlink(documents.load(kind, ids[0]), by=story.cleo, now=story.now)
    push.request(documents.load(kind, ids[0]), by=story.ben, now=story.now)
    story.drain()
    assert len(_there(story, kind)) == 1
    document = documents.load(kind, ids[0])
    shown = standing.of_one(document)
    assert (shown.state, shown.code) == (CopyState.REFUSED, "NUMBER_TAKEN")

    duplicates.answer_link(document, by=story.cleo, now=story.now)
    story.drain()
    _each_is_there_once(story, kind, ids)


def test_a_credit_note_goes_to_its_invoices_organisation_at_its_invoices_rate(story: Story) -> None:
    """Bookkeeping rule 15."""
    client = story.company("Atelier Nord")
    invoice = story.invoice(client, sold("Film", "1", "1000"), currency="EUR")
    push.request(invoice, by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    taken = documents.load("invoice", invoice.id)
    assert taken.currency_rate is not None

    sent = invoices.mark_as_sent(invoice_id=taken.id, version=taken.version, by=story.ben, now=story.now)
    push.request(sent, by=story.ben, now=story.now)
    story.drain()
    note = credit_notes.from_invoice(invoice_id=invoice.id, by=story.ben, now=story.now)
    issued = credit_notes.mark_as_sent(note_id=note.id, version=note.version, by=story.ben, now=story.now)
    push.request(issued, by=story.ben, now=story.now)
    story.drain()
    there = _there(story, "credit_note")[0]
    assert float(there["CurrencyRate"]) == float(taken.currency_rate)
    copy = copies.of_one(kind="credit_note", document_id=note.id)
    assert copy is not None
    assert copy.connection_id == story.connection.id
    assert (issued.total, issued.total_tax) == (sent.total, sent.total_tax)


def test_an_expense_that_becomes_an_order_leaves_no_wish_to_send_a_bill(story: Story) -> None:
    """Bookkeeping rule 17: one cost, one paper."""
    expense = story.expense(story.company("Quick Couriers"))
    push.request(expense, by=story.ben, now=story.now, allow_create_contact=True)
    order = push.turn_into_order(Expense.objects.get(id=expense.id), by=story.ben, now=story.now)
    story.drain()
    assert story.bills() == []
    assert Delivery.objects.get(document_id=expense.id).state == "withdrawn"
    assert (order.status, order.total) == ("draft", expense.total)
    assert documents.load("expense", expense.id).status == expenses.Status.CANCELLED


def test_a_purchase_order_that_is_billed_becomes_paid_by_the_sweep_alone(story: Story) -> None:
    """S35: there is no webhook of orders, and nobody needs to press."""
    ids = _asked(story, "purchase_order", 1)
    story.drain()
    copy = copies.of_one(kind="purchase_order", document_id=ids[0])
    assert copy is not None
    story.later(minutes=1)
    story.sandbox.do(copy.xero_id, "approve")
    story.sandbox.do(copy.xero_id, "bill")
    story.later(hours=2)
    story.drain()
    assert documents.load("purchase_order", ids[0]).status == "paid"


def test_refreshing_an_order_that_is_not_billed_yet_changes_nothing(story: Story) -> None:
    ids = _asked(story, "purchase_order", 1)
    story.drain()
    before = documents.load("purchase_order", ids[0])
    pull.refresh(before, by=story.ben, now=story.now)
    story.drain()
    after = documents.load("purchase_order", ids[0])
    assert (after.status, after.version) == (before.status, before.version)
