"""Exchange rates through Xero: kept, sent again, typed, changed there, and counted either way round (rule 16)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from bluestamp.books import documents, exchange_rates, expenses, invoices, ledgers, payments
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.errors import InvalidFields
from bluestamp.money import exchange
from bluestamp.money.exchange import RateMeaning
from bluestamp.sync import compare, duplicates, push, standing
from bluestamp.sync.plan import CopyState
from bluestamp.sync.readiness import NotReady
from tests.integration.sync_flow.conftest import Story, bought, sold

DAYS = Decimal("1.15")


def _bill(story: Story, *, rate: str | None = None, **more: Any) -> Expense:
    """An approved expense of 240.00 EUR."""
    made = story.expense(
        story.company(more.pop("of", "Atelier Nord")),
        bought("Film", "1", "200"),
        currency=more.pop("currency", "EUR"),
        approved=False,
        **more,
    )
    if rate is not None:
        made = _typed(story, made, rate)
    return expenses.approve(expense_id=made.id, version=made.version, by=story.ben, now=story.now)


def _typed(story: Story, found: Document, rate: str, **more: Any) -> Expense:
    assert isinstance(found, Expense)
    draft = replace(expenses.draft_of(found), own_rate=Decimal(rate), **more)
    return expenses.edit(
        expense_id=found.id, version=found.version, draft=draft, by=story.cleo, now=story.now
    )


def _send(story: Story, document: Document) -> Document:
    push.request(document, by=story.cleo, now=story.now, allow_create_contact=True)
    story.drain()
    return documents.load(document.kind, document.id)


def _moved(story: Story, rate: str, currency: str = "EUR") -> None:
    """Another day has another rate."""
    story.later(days=1)
    story.sandbox.change(story.organisation, rates={currency: rate})


def _rate_there(story: Story) -> Decimal:
    (bill,) = story.bills()
    return Decimal(str(bill["CurrencyRate"]))


def _shown(document: Document) -> tuple[str, str, Decimal]:
    shown = exchange_rates.of(document)
    assert shown is not None
    return shown.words, shown.whose, shown.worth


# ── Xero's rate of the day ──


def test_xeros_rate_of_the_day_is_kept_and_known_from_then_on(story: Story) -> None:
    kept = _send(story, _bill(story))
    day = kept.issued_on
    assert _shown(kept) == (
        "1 GBP = 1.15 EUR",
        f"Xero's rate of {day.day} {day:%b %Y}",
        Decimal("208.70"),
    )
    assert exchange_rates.known(story.connection.ledger, "EUR") == exchange_rates.Known(DAYS, day)
    assert compare.differences(kept) == []


@pytest.mark.parametrize("keeps", [True, False])
def test_a_later_edit_revalues_nothing_whatever_xero_does_with_an_update_that_names_no_rate(
    story: Story, keeps: bool
) -> None:
    kept = _send(story, _bill(story))
    story.sandbox.switch(update_keeps_rate=keeps)
    _moved(story, "1.4")
    assert isinstance(kept, Expense)
    draft = replace(expenses.draft_of(kept), supplier_invoice_number="FC-20932")
    edited = expenses.edit(expense_id=kept.id, version=kept.version, draft=draft, by=story.ben, now=story.now)
    again = _send(story, edited)
    assert story.bills()[0]["InvoiceNumber"] == "FC-20932"
    assert (_rate_there(story), again.currency_rate) == (DAYS, DAYS)


def test_another_currency_goes_at_that_ones_rate(story: Story) -> None:
    kept = _send(story, _bill(story))
    assert isinstance(kept, Expense)
    draft = replace(expenses.draft_of(kept), currency="USD")
    edited = expenses.edit(expense_id=kept.id, version=kept.version, draft=draft, by=story.ben, now=story.now)
    again = _send(story, edited)
    assert (again.currency_rate, again.rate_origin) == (Decimal("1.27"), "ledger")


# ── one's own ──


def test_a_rate_of_ones_own_goes_and_stays(story: Story) -> None:
    _send(story, _bill(story))
    own = _send(story, _bill(story, rate="1.2", of="Maison Sud", supplier_invoice_number="MS-1"))
    rates = {Decimal(str(bill["CurrencyRate"])) for bill in story.bills()}
    assert rates == {DAYS, Decimal("1.2")}
    assert _shown(own) == ("1 GBP = 1.20 EUR", "your own rate", Decimal("200.00"))
    assert exchange_rates.known(story.connection.ledger, "EUR") == exchange_rates.Known(DAYS, own.issued_on)


def test_a_rate_typed_after_the_copy_is_a_change_to_send(story: Story) -> None:
    kept = _send(story, _bill(story))
    again = _send(story, _typed(story, kept, "1.2"))
    assert (_rate_there(story), again.own_rate) == (Decimal("1.2"), Decimal("1.2"))
    assert standing.of_one(again).state == CopyState.IN_STEP


def test_a_currency_that_xero_shows_no_rate_of_takes_none_of_ones_own(story: Story) -> None:
    own = _send(story, _bill(story, rate="1.3", currency="USD"))
    shown = standing.of_one(own)
    assert (shown.state, shown.code, shown.fault_field) == (CopyState.REFUSED, "RATE_UNKNOWN", "own_rate")
    assert story.bills() == []

    assert isinstance(own, Expense)
    draft = replace(expenses.draft_of(own), own_rate=None)
    left = expenses.edit(expense_id=own.id, version=own.version, draft=draft, by=story.cleo, now=story.now)
    sent = _send(story, left)
    assert (sent.currency_rate, sent.rate_origin) == (Decimal("1.27"), "ledger")
    again = _send(story, _typed(story, sent, "1.3"))
    assert (_rate_there(story), again.own_rate) == (Decimal("1.3"), Decimal("1.3"))


def _known_only_in_xero(story: Story) -> None:
    """A bill in dollars stands in Xero, and nobody here has seen its rate."""
    _send(story, _bill(story, currency="USD", of="Maison Sud", supplier_invoice_number="MS-1"))
    story.connection.ledger.currencies.update(rate=None, rate_on=None)


def test_where_no_rate_is_known_the_newest_document_in_xero_tells_it(story: Story) -> None:
    _known_only_in_xero(story)
    own = _send(story, _bill(story, rate="1.3", currency="USD"))
    assert standing.of_one(own).state == CopyState.IN_STEP
    known = exchange_rates.known(story.connection.ledger, "USD")
    assert known is not None
    assert known.rate == Decimal("1.27")


def test_a_rate_that_turns_out_to_be_far_off_is_parked_with_both_figures(story: Story) -> None:
    _known_only_in_xero(story)
    own = _send(story, _bill(story, rate="0.787", currency="USD"))
    shown = standing.of_one(own)
    assert (shown.code, shown.fault_field) == ("RATE_TOO_FAR", "own_rate")
    assert "1 GBP = 0.787 USD" in shown.sentence
    assert "1 GBP = 1.27 USD" in shown.sentence
    assert len(story.bills()) == 1


def test_a_rate_far_off_one_that_was_learnt_since_is_not_even_asked_for(story: Story) -> None:
    own = _bill(story, rate="1.6")
    exchange_rates.note_known(story.connection.ledger_id, "EUR", DAYS, on=own.issued_on)
    with pytest.raises(NotReady) as caught:
        push.request(own, by=story.cleo, now=story.now, allow_create_contact=True)
    assert [fault.field for fault in caught.value.faults] == ["own_rate"]


def test_a_rate_that_xero_has_is_not_held_against_a_younger_one(story: Story) -> None:
    _send(story, _bill(story, of="Maison Sud", supplier_invoice_number="MS-1"))
    own = _send(story, _bill(story, rate="1.2"))
    exchange_rates.note_known(story.connection.ledger_id, "EUR", Decimal("1.6"), on=story.today)
    assert isinstance(own, Expense)
    draft = replace(expenses.draft_of(own), supplier_invoice_number="FC-20932")
    edited = expenses.edit(expense_id=own.id, version=own.version, draft=draft, by=story.ben, now=story.now)
    assert standing.of_one(_send(story, edited)).state == CopyState.IN_STEP


# ── changed in Xero ──


def test_a_rate_changed_in_xero_shows_in_the_comparison_and_can_be_taken(story: Story) -> None:
    kept = _send(story, _bill(story))
    story.later(minutes=1)
    story.sandbox.do(story.bills()[0]["InvoiceID"], "edit", fields={"CurrencyRate": 1.21})
    story.later(hours=2)
    story.drain()
    assert standing.of_one(kept).state == CopyState.CHANGED_IN_XERO
    kept = documents.load("expense", kept.id)
    (row,) = compare.differences(kept)
    assert (row.label, row.here, row.in_xero, row.changed_by) == (
        "Exchange rate",
        "1 GBP = 1.15 EUR",
        "1 GBP = 1.21 EUR",
        "xero",
    )
    taken = compare.take_xeros(kept, version=kept.version, by=story.cleo, now=story.now)
    assert _shown(taken) == ("1 GBP = 1.21 EUR", "Xero's rate", Decimal("198.35"))
    assert taken.version == kept.version + 1
    assert compare.differences(taken) == []
    assert standing.of_one(taken).state == CopyState.IN_STEP


# ── payments ──


def test_a_payment_keeps_its_own_rate_as_xero_tells_it(story: Story) -> None:
    invoice = story.invoice(story.company("Atelier Nord"), sold("Film", "1", "1000"), currency="EUR")
    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=story.ben, now=story.now)
    kept = _send(story, sent)
    _moved(story, "1.19")
    story.sandbox.do(story.sales()[0]["InvoiceID"], "pay", amount="600", account="090")
    story.later(hours=2)
    story.drain()
    (paid,) = payments.of("invoice", kept.id)
    assert (paid.amount, paid.currency_rate) == (Decimal("600.00"), DAYS)
    assert documents.load("invoice", kept.id).currency_rate == DAYS


# ── the other way round ──


@pytest.mark.parametrize(
    ("means", "rate", "words"),
    [
        (RateMeaning.DOCUMENT_PER_BASE, "1.15", "1 GBP = 1.15 EUR"),
        (RateMeaning.BASE_PER_DOCUMENT, "0.869565", "1 EUR = 0.869565 GBP"),
    ],
)
def test_either_way_round_a_document_is_worth_the_same_and_its_rate_stays(
    story: Story, means: RateMeaning, rate: str, words: str
) -> None:
    """Which way Xero counts, its pages don't say; the figure is its own, and one switch here says how it reads."""
    story.sandbox.switch(currency_rate_means=means.value, update_keeps_rate=False)
    kept = _send(story, _bill(story))
    assert kept.currency_rate == Decimal(rate)
    both = {"base": ledgers.find(story.connection.ledger_id).base_currency, "currency": kept.currency}
    assert exchange.words(Decimal(rate), means=means, **both) == words
    assert exchange.convert(kept.total, Decimal(rate), into="GBP", means=means, **both) == Decimal("208.70")

    _moved(story, "1.4")
    near = str(round(Decimal(rate) * Decimal("1.04"), 6))
    again = _send(story, _typed(story, kept, near))
    assert (_rate_there(story), again.own_rate) == (Decimal(near), Decimal(near))
    upside_down = str(round(1 / Decimal(rate), 6))
    with pytest.raises(InvalidFields, match="more than 10 % off"):
        _typed(story, again, upside_down)


# ── linked to what was there ──


def test_a_bill_that_was_linked_has_xeros_rate_and_takes_one_of_ones_own(story: Story) -> None:
    first = _send(story, _bill(story))
    compare.unlink(first, by=story.cleo, now=story.now)
    expenses.cancel(
        expense_id=first.id, version=first.version, reason="entered twice", by=story.cleo, now=story.now
    )
    second = _bill(story, of="Atelier Nord 2")
    with transaction.atomic():
        duplicates.link(
            second, xero_id=story.bills()[0]["InvoiceID"], connection=story.connection, now=story.now
        )
        push.nudge(story.connection)
    story.drain()
    linked = documents.load("expense", second.id)
    assert _shown(linked)[:2] == ("1 GBP = 1.15 EUR", "Xero's rate")
    again = _send(story, _typed(story, linked, "1.2"))
    assert (_rate_there(story), again.own_rate) == (Decimal("1.2"), Decimal("1.2"))
