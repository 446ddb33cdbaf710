"""Connecting a studio in full swing: what stands in Xero already is found and asked about, never sent twice."""

from __future__ import annotations

import dataclasses
import datetime as dt

from bluestamp.books import documents, invoices
from bluestamp.books.invoices import Invoice
from bluestamp.sync import (
    compare,
    connections,
    contacts,
    duplicates,
    matches,
    pull,
    push,
    readied,
    relinking,
    standing,
)
from bluestamp.sync.plan import CopyState
from tests.integration.sync_flow.conftest import Story, bought, sold


def _unlinked_invoice(story: Story) -> Invoice:
    """An issued invoice that stands in Xero too, as if typed there by hand before anybody connected."""
    invoice = story.invoice(story.company("Kestrel Air"), sold("Retainer", "1", "500"))
    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now)
    push.request(sent, by=story.ben, now=story.now)
    story.drain()
    compare.unlink(documents.load("invoice", invoice.id), by=story.cleo, now=story.now)
    from bluestamp.sync.deliveries import Delivery

    Delivery.objects.filter(document_id=invoice.id).delete()
    return sent


def _edit(story: Story, **changes: object) -> None:
    draft = connections.draft_of(connections.load(story.connection.id))
    wanted = dataclasses.replace(draft, **changes)  # type: ignore[arg-type]
    connections.edit(story.connection.id, wanted, by=story.ada, now=story.now)


def test_an_issued_invoice_found_in_xero_by_its_number_is_a_question_and_links_by_one_press(
    story: Story,
) -> None:
    invoice = _unlinked_invoice(story)
    _edit(story)
    story.drain()
    shown = standing.of_one(documents.load("invoice", invoice.id))
    assert (shown.state, shown.code) == (CopyState.REFUSED, "FOUND_IN_XERO")
    assert matches.link_agreeing(by=story.cleo, now=story.now) == 1
    story.drain()
    assert standing.of_one(documents.load("invoice", invoice.id)).state is CopyState.IN_STEP
    assert len(story.sales()) == 1


def test_a_number_taken_in_xero_is_refused_and_the_other_document_can_be_linked(story: Story) -> None:
    invoice = _unlinked_invoice(story)
    story.later(minutes=7)
    push.request(documents.load("invoice", invoice.id), by=story.ben, now=story.now)
    story.drain()
    document = documents.load("invoice", invoice.id)
    assert standing.of_one(document).code == "NUMBER_TAKEN"
    duplicates.answer_link(document, by=story.cleo, now=story.now)
    story.drain()
    assert standing.of_one(documents.load("invoice", invoice.id)).is_in_xero
    assert len(story.sales()) == 1


def test_what_is_approved_goes_by_itself_when_the_connection_says_so(story: Story) -> None:
    supplier = story.company("Quick Couriers")
    approved = story.expense(supplier)
    draft = story.expense(supplier, bought("Van", "1", "90"), approved=False, supplier_invoice_number="D")
    assert readied.send_ready(connections.load(story.connection.id), now=story.now) == 0
    _edit(story, send_when="as_ready")
    assert readied.send_ready(connections.load(story.connection.id), now=story.now) == 1
    assert readied.send_ready(connections.load(story.connection.id), now=story.now) == 0
    story.drain()
    assert standing.of_one(documents.load("expense", approved.id)).state is CopyState.IN_STEP
    assert standing.of_one(documents.load("expense", draft.id)).state is CopyState.NOT_IN_XERO


def test_documents_older_than_the_start_stand_as_in_the_books_already_and_stay_out_of_bulk(
    story: Story,
) -> None:
    company = story.company("Kestrel Air")
    old = story.invoice(company, issued_on=story.today - dt.timedelta(days=50))
    young = story.invoice(company)
    _edit(story, start_on=story.today - dt.timedelta(days=10))
    assert standing.of_one(documents.load("invoice", old.id)).state is CopyState.IN_THE_BOOKS
    asked = push.request_many("invoice", [old.id, young.id], by=story.ben, now=story.now)
    assert asked.asked == 1
    assert [id_ for id_, _ in asked.skipped] == [old.id]
    # One by one, somebody may.
    push.request(documents.load("invoice", old.id), by=story.ben, now=story.now)
    story.drain()
    assert standing.of_one(documents.load("invoice", old.id)).state is CopyState.IN_STEP


def test_relinking_a_company_moves_its_unpaid_documents_and_leaves_the_paid_ones(story: Story) -> None:
    company = story.company("Quick Couriers")
    paid = story.expense(company, supplier_invoice_number="A-1")
    unpaid = story.expense(company, bought("Van", "1", "61"), supplier_invoice_number="A-2")
    push.request_many("expense", [paid.id, unpaid.id], by=story.ben, now=story.now)
    story.drain()
    bills = {row["InvoiceNumber"]: row for row in story.bills()}
    for verb in ("approve", "pay"):
        story.sandbox.do(bills["A-1"]["InvoiceID"], verb)
    pull.refresh(paid, by=story.ben, now=story.now)
    story.drain()

    other = contacts.search(story.connection, "Fontsmith")[0].contact_id
    done = relinking.relink(story.connection, company, other, by=story.cleo, now=story.now)
    story.drain()
    assert [row.id for row in done.moving] == [unpaid.id]
    assert [row.id for row in done.staying] == [paid.id]
    there = {row["InvoiceNumber"]: row["Contact"]["ContactID"] for row in story.bills()}
    assert there["A-2"] == other
    assert there["A-1"] == bills["A-1"]["Contact"]["ContactID"]


def test_a_contact_that_makes_xero_refuse_the_whole_call_holds_back_no_other(story: Story) -> None:
    expenses_of = {
        name: story.expense(story.company(name), supplier_invoice_number=name)
        for name in ("Alder Print", "Broken Bindery", "Cedar Courier")
    }
    story.sandbox.fault(kind="400", path="/api.xro/2.0/Contacts", method="PUT", containing="Broken Bindery")
    for expense in expenses_of.values():
        push.request(expense, by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    shown = {name: standing.of_one(expense) for name, expense in expenses_of.items()}
    assert {name: one.state for name, one in shown.items()} == {
        "Alder Print": CopyState.IN_STEP,
        "Broken Bindery": CopyState.REFUSED,
        "Cedar Courier": CopyState.IN_STEP,
    }
    assert shown["Broken Bindery"].code == "CONTACT_REFUSED"
