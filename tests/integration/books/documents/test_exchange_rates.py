"""Exchange rates: whose they are, what they come to, and which one a person may type (bookkeeping rule 16)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books import (
    credit_notes,
    documents,
    exchange_rates,
    expenses,
    invoices,
    ledgers,
    purchase_orders,
    supplier_credits,
)
from bluestamp.books.credit_notes import CreditNote, CreditNoteDraft
from bluestamp.books.documents import Document
from bluestamp.books.exchange_rates import RateFixed, RateTooFar
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.ledgers import Ledger
from bluestamp.books.purchase_orders import PurchaseOrderDraft
from bluestamp.books.supplier_credits import SupplierCreditDraft
from bluestamp.errors import Invalid, InvalidFields, NotPermitted
from bluestamp.money.exchange import NotARate
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from tests.integration.books.documents.ledger_of_northlight import CHART

pytestmark = pytest.mark.usefixtures("in_northlight", "ledger")

DAY = dt.date(2026, 11, 4)


@pytest.fixture
def abroad(expense_draft: ExpenseDraft) -> ExpenseDraft:
    """An expense in euros, which the ledger takes besides its pounds."""
    return replace(expense_draft, currency="EUR")


@pytest.fixture
def kept(abroad: ExpenseDraft, cleo: Actor, now: dt.datetime) -> Expense:
    """The same, at the ledger's rate of 4 November."""
    made = expenses.create(abroad, by=cleo, now=now)
    exchange_rates.keep(kind="expense", document_id=made.id, rate=Decimal("1.1731"), on=DAY)
    return _fresh(made)


def _fresh(expense: Expense) -> Expense:
    return Expense.objects.get(id=expense.id)


def _known(ledger: Ledger, rate: str = "1.1731") -> None:
    exchange_rates.note_known(ledger.id, "EUR", Decimal(rate), on=DAY)


def _typed(expense: Expense, rate: str | None, by: Actor, now: dt.datetime, **more: Any) -> Expense:
    figure = None if rate is None else Decimal(rate)
    draft = replace(expenses.draft_of(expense), own_rate=figure, **more)
    return expenses.edit(expense_id=expense.id, version=expense.version, draft=draft, by=by, now=now)


def _refused(caught: pytest.ExceptionInfo[InvalidFields]) -> Invalid:
    (fault,) = caught.value.faults
    assert fault.field == "own_rate"
    return fault


# ── what is shown ──


def test_a_rate_reads_one_way_and_says_whose_it_is(kept: Expense) -> None:
    shown = exchange_rates.of(kept)
    assert shown is not None
    assert (shown.words, shown.whose) == ("1 GBP = 1.1731 EUR", "Xero's rate of 4 Nov 2026")
    assert (shown.base, shown.worth) == ("GBP", Decimal("85.93"))


def test_the_books_own_currency_has_no_rate(expense: Expense) -> None:
    assert exchange_rates.of(expense) is None


def test_an_edit_of_other_things_keeps_the_ledgers_rate(kept: Expense, ben: Actor, now: dt.datetime) -> None:
    _typed(kept, None, ben, now, reference="again")
    again = _fresh(kept)
    assert (again.currency_rate, again.rate_origin, again.rate_on) == (Decimal("1.1731"), "ledger", DAY)


def test_another_currency_lets_go_of_the_rate(kept: Expense, ben: Actor, now: dt.datetime) -> None:
    _typed(kept, None, ben, now, currency="GBP")
    again = _fresh(kept)
    assert (again.currency_rate, again.rate_origin, again.rate_on) == (None, "", None)


def test_the_first_rate_that_the_ledger_took_stays(kept: Expense) -> None:
    assert not exchange_rates.keep(kind="expense", document_id=kept.id, rate=Decimal("1.2"), on=DAY)
    assert _fresh(kept).currency_rate == Decimal("1.1731")


# ── typing one ──


def test_a_bookkeeper_types_a_rate_of_their_own(
    kept: Expense, ledger: Ledger, cleo: Actor, now: dt.datetime
) -> None:
    _known(ledger)
    again = _typed(kept, "1.18", cleo, now)
    shown = exchange_rates.of(_fresh(kept))
    assert shown is not None
    assert (shown.words, shown.whose) == ("1 GBP = 1.18 EUR", "your own rate")
    assert (again.version, again.own_rate) == (kept.version + 1, Decimal("1.18"))


def test_every_kind_takes_a_rate_of_ones_own(
    invoice_draft: InvoiceDraft, abroad: ExpenseDraft, cleo: Actor, now: dt.datetime
) -> None:
    same = {
        name: getattr(abroad, name) for name in ("branch_id", "company_id", "issued_on", "currency", "lines")
    }
    own = {**same, "own_rate": Decimal("1.18")}
    billed = {**own, "company_id": invoice_draft.company_id}
    made: list[Document] = [
        expenses.create(replace(abroad, own_rate=Decimal("1.18")), by=cleo, now=now),
        invoices.create(InvoiceDraft(**billed), by=cleo, now=now),
        purchase_orders.create(PurchaseOrderDraft(**own), by=cleo, now=now),
        credit_notes.create(CreditNoteDraft(**billed), by=cleo, now=now),
        supplier_credits.create(SupplierCreditDraft(**own), by=cleo, now=now),
    ]
    stored = [documents.load(one.kind, one.id) for one in made]
    assert [(one.currency_rate, one.rate_origin) for one in stored] == [(Decimal("1.18"), "own")] * 5


def test_a_producer_types_none_and_keeps_what_stands_there(
    abroad: ExpenseDraft, kept: Expense, ben: Actor, cleo: Actor, now: dt.datetime
) -> None:
    with pytest.raises(NotPermitted):
        _typed(kept, "1.18", ben, now)
    with pytest.raises(NotPermitted):
        expenses.create(replace(abroad, own_rate=Decimal("1.18")), by=ben, now=now)
    again = _typed(kept, "1.18", cleo, now)
    assert _typed(again, "1.18", ben, now, reference="mine").own_rate == Decimal("1.18")
    with pytest.raises(NotPermitted):
        _typed(_fresh(kept), None, ben, now)


@pytest.mark.parametrize("rate", ["1.290411", "1.055789", "0.8524"])
def test_more_than_ten_percent_off_the_ledgers_last_rate_is_stopped_with_both_figures(
    kept: Expense, ledger: Ledger, cleo: Actor, now: dt.datetime, rate: str
) -> None:
    _known(ledger)
    with pytest.raises(InvalidFields) as caught:
        _typed(kept, rate, cleo, now)
    fault = _refused(caught)
    assert isinstance(fault, RateTooFar)
    assert f"1 GBP = {rate} EUR" in fault.sentence
    assert "1 GBP = 1.1731 EUR of 4 Nov 2026" in fault.sentence
    assert _fresh(kept).currency_rate == Decimal("1.1731")


@pytest.mark.parametrize("rate", ["1.29041", "1.05579"])
def test_ten_percent_and_no_more_may_be_typed(
    kept: Expense, ledger: Ledger, cleo: Actor, now: dt.datetime, rate: str
) -> None:
    _known(ledger)
    assert _typed(kept, rate, cleo, now).own_rate == Decimal(rate)


def test_a_rate_is_not_held_against_one_that_nobody_knows(
    kept: Expense, cleo: Actor, now: dt.datetime
) -> None:
    assert _typed(kept, "9", cleo, now).own_rate == Decimal(9)


def test_an_older_rate_never_takes_a_younger_ones_place(ledger: Ledger) -> None:
    _known(ledger)
    exchange_rates.note_known(ledger.id, "EUR", Decimal("1.4"), on=dt.date(2026, 11, 3))
    assert exchange_rates.known(ledger, "EUR") == exchange_rates.Known(Decimal("1.1731"), DAY)


def test_a_known_rate_stays_when_the_ledger_is_filled_anew(ledger: Ledger, now: dt.datetime) -> None:
    _known(ledger)
    ledgers.fill(ledger, CHART, now=now)
    assert exchange_rates.known(ledger, "EUR") is not None


@pytest.mark.parametrize("rate", ["0", "-1.18", "1.1731001"])
def test_what_is_no_rate_is_refused_at_the_field(
    kept: Expense, cleo: Actor, now: dt.datetime, rate: str
) -> None:
    with pytest.raises(InvalidFields) as caught:
        _typed(kept, rate, cleo, now)
    assert isinstance(_refused(caught), NotARate)


def test_a_rate_that_was_of_another_currency_is_not_taken_along(
    kept: Expense, ledger: Ledger, cleo: Actor, now: dt.datetime
) -> None:
    typed = _typed(kept, "1.18", cleo, now)
    with pytest.raises(InvalidFields) as caught:
        _typed(typed, "1.18", cleo, now, currency="USD")
    assert "the rate of another currency" in _refused(caught).sentence
    assert _typed(_fresh(kept), None, cleo, now, currency="USD").currency_rate is None


# ── where nobody types one ──


def test_nobody_types_a_rate_of_the_books_own_currency(
    expense: Expense, cleo: Actor, now: dt.datetime
) -> None:
    with pytest.raises(InvalidFields) as caught:
        _typed(expense, "1.18", cleo, now)
    assert isinstance(_refused(caught), RateFixed)


def test_nobody_types_a_rate_where_there_are_no_books(
    kept: Expense, ledger: Ledger, london: Branch, cleo: Actor, now: dt.datetime
) -> None:
    ledgers.assign([], ledger, by=cleo, now=now)
    with pytest.raises(InvalidFields) as caught:
        _typed(kept, "1.18", cleo, now)
    assert isinstance(_refused(caught), RateFixed)


def test_money_fixes_the_rate(kept: Expense, cleo: Actor, now: dt.datetime) -> None:
    Expense.objects.filter(id=kept.id).update(amount_paid=Decimal(10))
    with pytest.raises(InvalidFields) as caught:
        _typed(_fresh(kept), "1.18", cleo, now)
    assert isinstance(_refused(caught), RateFixed)


def test_a_rate_that_the_ledger_holds_is_changed_and_not_taken_out(
    ledger: Ledger, kept: Expense, cleo: Actor, now: dt.datetime
) -> None:
    typed = _typed(kept, "1.18", cleo, now)
    documents.note_ledger_version(
        kind="expense", document_id=kept.id, version=typed.version, ledger_id=ledger.id
    )
    with pytest.raises(InvalidFields) as caught:
        _typed(_fresh(kept), None, cleo, now)
    assert isinstance(_refused(caught), RateFixed)
    assert _typed(_fresh(kept), "1.19", cleo, now).own_rate == Decimal("1.19")


def test_a_rate_that_no_ledger_holds_yet_is_taken_out_again(
    abroad: ExpenseDraft, cleo: Actor, now: dt.datetime
) -> None:
    made = expenses.create(replace(abroad, own_rate=Decimal("1.18")), by=cleo, now=now)
    assert (_typed(made, None, cleo, now).currency_rate, _fresh(made).rate_origin) == (None, "")


# ── notes that credit an invoice (rule 15) ──


@pytest.fixture
def note(invoice_draft: InvoiceDraft, cleo: Actor, now: dt.datetime) -> CreditNote:
    """A note over an invoice in euros that has no rate yet."""
    invoice = invoices.create(replace(invoice_draft, currency="EUR"), by=cleo, now=now)
    sent = invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=cleo, now=now)
    return credit_notes.from_invoice(invoice_id=sent.id, by=cleo, now=now)


def _rate_of(note: CreditNote) -> tuple[Decimal | None, str]:
    stored = CreditNote.objects.get(id=note.id)
    return stored.currency_rate, stored.rate_origin


def test_a_note_gets_its_invoices_rate_also_when_that_comes_later(note: CreditNote) -> None:
    assert _rate_of(note) == (None, "")
    exchange_rates.keep(kind="invoice", document_id=note.invoice_id or "", rate=Decimal("1.1731"), on=DAY)
    assert _rate_of(note) == (Decimal("1.1731"), "invoice")


def test_a_rate_typed_on_the_invoice_is_its_notes_too(
    note: CreditNote, cleo: Actor, now: dt.datetime
) -> None:
    invoice = Invoice.objects.get(id=note.invoice_id)
    draft = replace(invoices.draft_of(invoice), own_rate=Decimal("1.18"))
    invoices.edit(invoice_id=invoice.id, version=invoice.version, draft=draft, by=cleo, now=now)
    assert _rate_of(note) == (Decimal("1.18"), "invoice")


def test_nobody_types_the_rate_of_a_note_that_credits_an_invoice(
    note: CreditNote, cleo: Actor, now: dt.datetime
) -> None:
    draft = replace(credit_notes.draft_of(note), own_rate=Decimal("1.18"))
    with pytest.raises(InvalidFields) as caught:
        credit_notes.edit(note_id=note.id, version=note.version, draft=draft, by=cleo, now=now)
    assert isinstance(_refused(caught), RateFixed)
