"""Numbers are held against Xero before they are given out (bookkeeping rule 7)."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import httpx2
import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from bluestamp.books import credit_notes, invoices, numbers
from bluestamp.books.numbers import NumberTaken
from bluestamp.people.users import User
from bluestamp.sync import connections, consents, grants, number_checks, push, rhythm, standing
from bluestamp.sync.number_checks import NumberLook
from tests.integration.sync_flow.conftest import Story
from tests.integration.sync_flow.credit_days import noted
from tests.integration.sync_flow.money_days import in_xero


@pytest.fixture
def theirs(story: Story) -> Any:
    """Let the bookkeeper type a document of a number in Xero."""

    def typed(number: str, *, collection: str = "Invoices", status: str = "DRAFT") -> None:
        noun = collection.removesuffix("s")
        kind = "ACCREC" if noun == "Invoice" else "ACCRECCREDIT"
        body: dict[str, object] = {
            "Type": kind,
            f"{noun}Number": number,
            "Status": status,
            "Contact": {"Name": "Typed by hand"},
            "LineItems": [{"Description": "Work", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"}],
        }
        _put(story, collection, body)

    return typed


def _put(story: Story, collection: str, body: dict[str, object]) -> None:
    token = grants.access_token(story.connection.grant_id, now=story.now)
    headers = {"Authorization": f"Bearer {token}", "Xero-Tenant-Id": story.connection.tenant_id}
    answer = httpx2.put(
        f"{story.sandbox.origin}/api.xro/2.0/{collection}",
        json=body,
        headers={**headers, "Accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text


def _next(story: Story, kind: str = "invoice") -> str:
    return numbers.peek(numbers.for_branch(branch_id=story.cast.london.id, kind=kind))


def _ahead(story: Story, kind: str = "invoice") -> list[str]:
    return numbers.ahead(numbers.for_branch(branch_id=story.cast.london.id, kind=kind), 3)


def test_a_number_that_xero_has_is_passed_over_and_its_gap_explained(story: Story, theirs: Any) -> None:
    first, second, _ = _ahead(story)
    theirs(first)
    story.drain()
    assert _next(story) == second
    taken = NumberTaken.objects.get(number=first)
    assert "Typed by hand" in taken.why
    company = story.company("Kestrel Air")
    invoice = story.invoice(company)
    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now)
    assert sent.number == second


def test_the_numbers_of_credit_notes_are_held_against_credit_notes(story: Story, theirs: Any) -> None:
    first, second, _ = _ahead(story, "credit_note")
    theirs(first, collection="CreditNotes")
    story.drain()
    assert _next(story, "credit_note") == second
    assert noted(story, "100").number == second


def test_forty_numbers_take_one_call_and_no_other_for_hours(story: Story) -> None:
    story.drain()
    asked = [call for call in story.sandbox.calls() if "InvoiceNumbers" in str(call)]
    assert len(asked) == 1
    looked = {row.kind: row.last - row.first + 1 for row in NumberLook.objects.all()}
    assert looked == {"invoice": number_checks.AHEAD, "credit_note": number_checks.AHEAD}
    story.later(hours=1)
    story.drain()
    assert len([call for call in story.sandbox.calls() if "InvoiceNumbers" in str(call)]) == 1


def test_a_number_taken_a_moment_ago_is_found_when_the_invoice_is_issued(story: Story, theirs: Any) -> None:
    story.drain()
    first, second, _ = _ahead(story)
    story.later(minutes=30)
    theirs(first)
    invoice = story.invoice(story.company("Kestrel Air"))
    number_checks.before_issue(invoice, by=story.ben, now=story.now)
    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now)
    assert sent.number == second


def test_a_look_of_a_moment_ago_serves_the_next_issue(story: Story) -> None:
    story.drain()
    before = len(story.sandbox.calls())
    number_checks.before_issue(
        story.invoice(story.company("Kestrel Air")), by=story.ben, now=story.now + dt.timedelta(minutes=5)
    )
    assert len(story.sandbox.calls()) == before


def test_with_xero_out_of_reach_the_invoice_is_issued_and_its_send_refuses_the_number(
    story: Story, theirs: Any
) -> None:
    story.drain()
    first = _next(story)
    story.later(minutes=30)
    theirs(first)
    invoice = story.invoice(story.company("Kestrel Air"))
    story.sandbox.fault(kind="503", path="/api.xro/2.0/Invoices", method="GET")
    number_checks.before_issue(invoice, by=story.ben, now=story.now)
    story.sandbox.clear_faults()
    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now)
    assert sent.number == first
    push.request(sent, by=story.ben, now=story.now, allow_create_contact=True)
    story.later(minutes=10)
    story.drain()
    assert standing.of_one(sent).code == "NUMBER_TAKEN"


def test_a_number_that_was_freed_in_xero_is_given_out_again(story: Story, theirs: Any) -> None:
    first, second, _ = _ahead(story)
    theirs(first)
    story.drain()
    assert _next(story) == second
    there = next(row for row in story.sales() if row["InvoiceNumber"] == first)
    story.sandbox.do(there["InvoiceID"], "edit", fields={"InvoiceNumber": "FREED-1"})
    story.later(hours=7)
    story.drain()
    assert _next(story) == first


def test_a_draft_that_has_its_number_already_asks_nobody(story: Story) -> None:
    invoice = story.invoice(story.company("Kestrel Air"))
    numbered = invoices.give_number(document_id=invoice.id, by=story.ben, now=story.now)
    before = len(story.sandbox.calls())
    number_checks.before_issue(numbered, by=story.ben, now=story.now)
    assert len(story.sandbox.calls()) == before


def test_a_xero_that_hangs_holds_up_whoever_issues_for_seconds_only(story: Story, theirs: Any) -> None:
    story.drain()
    first = _next(story)
    story.later(minutes=40)  # the token has run out too, so renewing it comes first
    theirs(first)
    invoice = story.invoice(story.company("Kestrel Air"))
    for path in ("/api.xro/2.0/Invoices", "/connect/token"):
        story.sandbox.fault(kind="slow", path=path, seconds=20)
    started = time.monotonic()
    number_checks.before_issue(invoice, by=story.ben, now=story.now)
    assert time.monotonic() - started < number_checks.PATIENCE_SECONDS + 3
    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now)
    assert sent.number == first


def test_a_token_that_xero_calls_too_old_is_renewed_and_the_number_is_held_against_xero(
    story: Story, theirs: Any
) -> None:
    story.drain()
    first, second, _ = _ahead(story)
    story.later(minutes=15)
    theirs(first)
    invoice = story.invoice(story.company("Kestrel Air"))
    story.sandbox.fault(kind="token_expired", path="/api.xro/2.0/Invoices", method="GET", count=1)
    number_checks.before_issue(invoice, by=story.ben, now=story.now)
    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now)
    assert sent.number == second


def test_credit_notes_that_take_the_invoices_numbers_are_held_against_credit_notes_too(
    story: Story, theirs: Any
) -> None:
    numbers.share_with_invoices(branch_id=story.cast.london.id, is_shared=True, by=story.ada, now=story.now)
    first, second, _ = _ahead(story, "credit_note")
    theirs(first, collection="CreditNotes")
    story.drain()
    assert noted(story, "100").number == second


def test_a_note_of_an_invoice_that_stayed_behind_is_held_against_the_organisation_where_that_is(
    story: Story, theirs: Any, ada_user: User
) -> None:
    invoice = in_xero(story)
    url = consents.begin(by=story.ada, user=ada_user, now=story.now)
    answer = story.sandbox.allow(url, story.sandbox.of_country("US"))
    [other] = consents.finish(
        state=answer["state"], code=answer["code"], by=story.ada, user=ada_user, now=story.now
    ).connected
    connections.move_branch(story.cast.london.id, other.id, by=story.ada, now=story.now)
    first, second, _ = _ahead(story, "credit_note")
    theirs(first, collection="CreditNotes")
    story.later(minutes=15)
    note = credit_notes.from_invoice(invoice_id=invoice.id, by=story.ben, now=story.now)
    number_checks.before_issue(note, by=story.ben, now=story.now)
    sent = credit_notes.mark_as_sent(note_id=note.id, version=note.version, by=story.ben, now=story.now)
    assert sent.number == second


def test_what_cannot_be_asked_about_keeps_nothing_else_from_being_read(story: Story) -> None:
    story.drain()
    story.later(hours=7)
    before = dict(connections.load(story.connection.id).cursors)
    story.sandbox.fault(kind="400", path="/api.xro/2.0/CreditNotes", method="GET")
    for _ in range(3):
        story.drain()
        story.later(minutes=6)
    after = connections.load(story.connection.id).cursors
    swept = {kind for kind in rhythm.SWEPT if after[kind] > before[kind]}
    assert swept == set(rhythm.SWEPT) - {"credit_note"}


def test_the_numbers_ahead_take_as_many_queries_for_forty_as_for_one(story: Story) -> None:
    sequence = numbers.for_branch(branch_id=story.cast.london.id, kind="invoice")
    with CaptureQueriesContext(database) as for_one:
        numbers.ahead(sequence, 1)
    with CaptureQueriesContext(database) as for_forty:
        assert len(set(numbers.ahead(sequence, 40))) == 40
    assert len(for_forty) == len(for_one)
