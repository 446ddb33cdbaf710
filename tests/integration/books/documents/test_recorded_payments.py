"""Payments recorded here: counted at once or asked, never more than is open, one payment once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books import expenses, invoices, ledgers, payments, standings
from bluestamp.books.companies import Company
from bluestamp.books.documents import PaymentStanding
from bluestamp.books.expenses import ExpenseDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.issuing import InLockedPeriod, MoneyStandsOnIt
from bluestamp.books.ledgers import Ledger
from bluestamp.books.payments import (
    MirroredPayment,
    NotPayable,
    NotRemovable,
    OnItsWay,
    Payment,
    PaymentDraft,
    RecordedElsewhere,
    TooMuch,
)
from bluestamp.engine import tenancy
from bluestamp.errors import Conflict, InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity, actors
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio
from tests.integration.books.documents.ledger_of_northlight import CHART
from tests.integration.books.documents.money_moves import DAY, Desk, in_ledger, standing

pytestmark = pytest.mark.usefixtures("in_northlight")


@pytest.fixture
def desk(kestrel: Company, london: Branch, cleo: Actor, now: dt.datetime) -> Desk:
    return Desk(by=cleo, now=now, branch_id=london.id, company_id=kestrel.id)


@pytest.fixture
def recording(ledger: Ledger) -> Ledger:
    """Books kept in Xero, where payments are recorded here all the same."""
    Ledger.objects.update(records_payments_here=True)
    return Ledger.objects.get(id=ledger.id)


@pytest.fixture
def there(recording: Ledger, desk: Desk) -> Invoice:
    """An invoice over 100 that Xero holds."""
    invoice = desk.invoice(100)
    in_ledger(invoice)
    return invoice


@pytest.fixture
def asked(there: Invoice, desk: Desk) -> Payment:
    """60 of it, on their way to Xero."""
    return desk.pay(there, 60, reference="BACS")


def _theirs(payment: Payment, external_id: str = "p-1", **changes: Any) -> MirroredPayment:
    said = MirroredPayment(
        external_id=external_id,
        nature="payment",
        paid_on=payment.paid_on,
        amount=payment.amount,
        currency="GBP",
        reference=payment.reference,
    )
    return replace(said, **changes)


def _mirror(payment: Payment, *theirs: MirroredPayment, now: dt.datetime) -> None:
    payments.mirror(kind=payment.kind, document_id=payment.document_id, theirs=theirs, now=now)


def _open(document: Any) -> Any:
    return standings.open_amount(type(document).objects.get(id=document.id))


def _fresh(payment: Payment) -> Payment:
    return Payment.objects.get(id=payment.id)


# Where the books are kept here


def test_a_payment_counts_at_once_and_a_covered_invoice_is_paid(own_books: Ledger, desk: Desk) -> None:
    invoice = desk.invoice(100)
    first = desk.pay(invoice, 40)
    assert (first.state, first.recorded_by, standing(invoice)) == ("confirmed", "Cleo", ("sent", 40, 0, 60))
    desk.pay(invoice, 60, paid_on=dt.date(2026, 11, 20))
    assert standing(invoice) == ("paid", 100, 0, 0)
    assert Invoice.objects.get(id=invoice.id).fully_paid_on == dt.date(2026, 11, 20)


def test_a_removed_payment_opens_the_invoice_again(own_books: Ledger, desk: Desk) -> None:
    invoice = desk.invoice(100)
    payment = desk.pay(invoice, 100)
    assert desk.unpay(payment).state == "deleted"
    assert standing(invoice) == ("sent", 0, 0, 100)
    assert payments.of("invoice", invoice.id) == []
    with pytest.raises(NotRemovable):
        desk.unpay(payment)


def test_without_any_ledger_money_is_counted_too(desk: Desk) -> None:
    invoice = desk.invoice(100)
    desk.pay(invoice, 100, account_code="")
    assert standing(invoice) == ("paid", 100, 0, 0)


def test_a_credit_note_is_paid_back_where_the_books_are_kept_here(own_books: Ledger, desk: Desk) -> None:
    note = desk.note(100)
    payment = desk.pay(note, 100)
    assert standing(note) == ("used", 100, 0, 0)
    desk.unpay(payment)
    assert standing(note) == ("issued", 0, 0, 100)


def test_the_history_says_it(own_books: Ledger, desk: Desk) -> None:
    invoice = desk.invoice(100)
    desk.unpay(desk.pay(invoice, 40))
    said = [row.sentence for row in activity.history("invoice", invoice.id)][:2]
    assert said == [
        "Removed the payment of £40.00 of 9 Nov 2026.",
        "Recorded a payment of £40.00 on 9 Nov 2026.",
    ]


# What is refused


@pytest.mark.parametrize("amount", ["100.01", "0", "-1", "0.001", "NaN"])
def test_no_more_than_is_open_is_paid(amount: str, own_books: Ledger, desk: Desk) -> None:
    invoice = desk.invoice(100)
    with pytest.raises(InvalidFields) as refused:
        desk.pay(invoice, amount)
    (fault,) = refused.value.faults
    assert (fault.field, isinstance(fault, TooMuch)) == ("amount", amount == "100.01")
    assert standing(invoice) == ("sent", 0, 0, 100)


def test_every_fault_stands_at_its_field(own_books: Ledger, desk: Desk) -> None:
    ledgers.fill(own_books, replace(CHART, period_lock_on=DAY), now=desk.now)
    with pytest.raises(InvalidFields) as refused:
        desk.pay(
            desk.invoice(100, issued_on=dt.date(2026, 11, 20)), 101, account_code="200", reference="x" * 256
        )
    fields = [fault.field for fault in refused.value.faults]
    assert fields == ["paid_on", "amount", "account_code", "reference"]


def test_a_draft_a_paid_and_a_void_invoice_take_no_payment(
    own_books: Ledger, desk: Desk, invoice_draft: InvoiceDraft
) -> None:
    draft = invoices.create(invoice_draft, by=desk.by, now=desk.now)
    paid, void = desk.invoice(10), desk.invoice(10)
    desk.pay(paid, 10)
    invoices.void(invoice_id=void.id, version=void.version, reason="", by=desk.by, now=desk.now)
    for invoice in (draft, paid, void):
        with pytest.raises(NotPayable):
            desk.pay(invoice, 1)


def test_expenses_take_no_payments(own_books: Ledger, expense_draft: ExpenseDraft, desk: Desk) -> None:
    expense = expenses.create(expense_draft, by=desk.by, now=desk.now)
    draft = PaymentDraft(paid_on=DAY, amount=Decimal(1))
    with pytest.raises(NotPayable):
        payments.record(kind="expense", document_id=expense.id, draft=draft, by=desk.by, now=desk.now)


def test_nothing_is_removed_from_a_closed_period(own_books: Ledger, desk: Desk) -> None:
    """Bookkeeping rule 22."""
    payment = desk.pay(desk.invoice(100), 40)
    ledgers.fill(own_books, replace(CHART, period_lock_on=DAY), now=desk.now)
    with pytest.raises(InLockedPeriod):
        desk.unpay(payment)


def test_on_a_connected_branch_recording_is_off_unless_it_was_switched_on(ledger: Ledger, desk: Desk) -> None:
    """Bookkeeping rule 12."""
    invoice = desk.invoice(100)
    with pytest.raises(RecordedElsewhere):
        desk.pay(invoice, 10)
    Ledger.objects.update(records_payments_here=True)
    desk.pay(invoice, 10)
    with pytest.raises(RecordedElsewhere):
        desk.pay(desk.note(10), 10)


def test_only_accounts_that_take_payments_are_offered(own_books: Ledger) -> None:
    assert [account.code for account in payments.accounts(own_books)] == ["090"]
    assert payments.accounts(None) == []


# Earlier payments (S50)


def test_a_payment_before_the_first_copy_counts_at_once_and_waits_for_its_account(
    recording: Ledger, desk: Desk
) -> None:
    invoice = desk.invoice(100)
    payment = desk.pay(invoice, 40, account_code="")
    assert (payment.state, standing(invoice)) == ("confirmed", ("sent", 40, 0, 60))
    assert payments.earlier("invoice", invoice.id) == [payment]
    where: dict[str, Any] = {"kind": "invoice", "document_id": invoice.id, "by": desk.by, "now": desk.now}
    for wrong in ("", "200"):
        with pytest.raises(InvalidFields):
            payments.set_account(account_code=wrong, **where)
    payments.set_account(account_code="090", **where)
    assert _fresh(payment).account_code == "090"


def test_an_earlier_payment_stays_reserved_until_xero_has_it_too(recording: Ledger, desk: Desk) -> None:
    invoice = desk.invoice(100)
    payment = desk.pay(invoice, 40)
    in_ledger(invoice)
    nothing = PaymentStanding(Decimal(0), Decimal(0), Decimal(100))
    xero = actors.xero(invoice.studio_id)
    invoices.take_standing(invoice_id=invoice.id, standing=nothing, is_paid=False, by=xero, now=desk.now)
    assert (standing(invoice), _open(invoice)) == (("sent", 0, 0, 100), 60)
    payments.confirm(payment_id=payment.id, external_id="p-1", now=desk.now)
    assert (standing(invoice), _open(invoice)) == (("sent", 40, 0, 60), 60)
    assert payments.earlier("invoice", invoice.id) == []


# Asked of Xero


def test_what_is_asked_reserves_and_does_not_count(asked: Payment, there: Invoice, desk: Desk) -> None:
    assert (asked.state, standing(there), _open(there)) == ("asked", ("sent", 0, 0, 100), 40)
    assert list(payments.to_send()) == [asked]
    with pytest.raises(InvalidFields):
        desk.pay(there, 41)
    with pytest.raises(MoneyStandsOnIt):
        invoices.void(invoice_id=there.id, version=there.version, reason="", by=desk.by, now=desk.now)


def test_xero_needs_an_account(there: Invoice, desk: Desk) -> None:
    with pytest.raises(InvalidFields) as refused:
        desk.pay(there, 10, account_code="")
    assert refused.value.field == "account_code"


def test_what_is_confirmed_counts_once_and_is_no_edit(
    asked: Payment, there: Invoice, now: dt.datetime
) -> None:
    for _ in range(2):
        payments.confirm(payment_id=asked.id, external_id="p-1", now=now)
        assert (standing(there), _open(there)) == (("sent", 60, 0, 40), 40)
    assert Invoice.objects.get(id=there.id).version == there.version


def test_what_is_refused_releases_its_amount_says_why_and_can_be_put_aside(
    asked: Payment, there: Invoice, desk: Desk
) -> None:
    row = payments.refuse(payment_id=asked.id, code="ACCOUNT", sentence="No such account.", now=desk.now)
    assert (row.state, row.sentence, _open(there)) == ("refused", "No such account.", 100)
    assert payments.of("invoice", there.id) == [row]
    desk.unpay(row)
    assert payments.of("invoice", there.id) == []


def test_a_removal_is_asked_and_the_payment_counts_until_it_is_gone(
    asked: Payment, there: Invoice, desk: Desk
) -> None:
    now = desk.now
    payments.confirm(payment_id=asked.id, external_id="p-1", now=now)
    assert (desk.unpay(asked).state, _open(there)) == ("removing", 40)
    _mirror(asked, _theirs(asked), now=now)
    assert _fresh(asked).state == "removing"
    kept = payments.refuse_removal(payment_id=asked.id, sentence="It is reconciled.", now=now)
    assert (kept.state, kept.code, kept.sentence) == ("confirmed", "NOT_REMOVED", "It is reconciled.")
    desk.unpay(asked)
    assert payments.confirm_removal(payment_id=asked.id, now=now).state == "deleted"


def test_what_was_not_sent_yet_is_taken_back_at_once_and_what_is_in_flight_is_not(
    asked: Payment, there: Invoice, desk: Desk
) -> None:
    payments.mark_in_flight([asked.id], is_in_flight=True)
    assert not payments.to_send().exists()
    with pytest.raises(OnItsWay):
        desk.unpay(asked)
    payments.mark_in_flight([asked.id], is_in_flight=False)
    assert (desk.unpay(asked).state, _open(there)) == ("deleted", 100)


def test_credit_that_xero_applied_is_not_removed_as_a_payment(
    asked: Payment, desk: Desk, now: dt.datetime
) -> None:
    _mirror(asked, _theirs(asked, "c-1", nature="credit_note"), now=now)
    credit = Payment.objects.get(external_id="c-1")
    with pytest.raises(NotRemovable):
        desk.unpay(credit)


def test_a_payment_made_in_xero_is_removed_from_here_only_where_payments_are_recorded_here(
    asked: Payment, desk: Desk, now: dt.datetime
) -> None:
    _mirror(asked, _theirs(asked), now=now)
    theirs = Payment.objects.get(external_id="p-1")
    Ledger.objects.update(records_payments_here=False)
    with pytest.raises(RecordedElsewhere):
        desk.unpay(theirs)
    Ledger.objects.update(records_payments_here=True)
    assert desk.unpay(theirs).state == "removing"


# One payment once (bookkeeping rule 12)


def test_a_payment_in_xero_of_that_day_and_amount_is_another_unless_ours_is_in_flight(
    asked: Payment, now: dt.datetime
) -> None:
    _mirror(asked, _theirs(asked), now=now)
    assert Payment.objects.count() == 2


def test_our_payment_in_flight_is_known_again(asked: Payment, now: dt.datetime) -> None:
    payments.mark_in_flight([asked.id], is_in_flight=True)
    for _ in range(2):
        _mirror(asked, _theirs(asked), now=now)
    (row,) = payments.of("invoice", asked.document_id)
    assert (row.id, row.state, row.external_id, row.in_flight) == (asked.id, "confirmed", "p-1", False)
    assert row.origin == "here"


@pytest.mark.parametrize(
    "change", [{"amount": Decimal(61)}, {"paid_on": DAY + dt.timedelta(1)}, {"reference": "x"}]
)
def test_another_day_amount_or_reference_is_another_payment(
    change: dict[str, Any], asked: Payment, now: dt.datetime
) -> None:
    payments.mark_in_flight([asked.id], is_in_flight=True)
    _mirror(asked, _theirs(asked, **change), now=now)
    assert _fresh(asked).state == "asked"


def test_a_row_that_xero_brought_first_becomes_one_with_ours(asked: Payment, now: dt.datetime) -> None:
    _mirror(asked, _theirs(asked), now=now)
    payments.confirm(payment_id=asked.id, external_id="p-1", now=now)
    (row,) = payments.of("invoice", asked.document_id)
    assert (row.id, row.origin) == (asked.id, "here")


def test_a_look_alike_waits_for_a_person_who_says_that_it_is_the_same(
    asked: Payment, there: Invoice, desk: Desk, now: dt.datetime
) -> None:
    _mirror(asked, _theirs(asked, "p-9", reference="Bank feed"), now=now)
    held = payments.hold(payment_id=asked.id, sentence="Is it this one?", twin_external_id="p-9", now=now)
    assert (held.code, _open(there)) == ("LOOKS_ALIKE", 40)
    assert not payments.to_send().exists()
    payments.answer_same(payment_id=asked.id, by=desk.by, now=now)
    (row,) = payments.of("invoice", there.id)
    assert (row.id, row.state, row.external_id, row.code) == (asked.id, "confirmed", "p-9", "")
    with pytest.raises(Conflict):
        payments.answer_same(payment_id=asked.id, by=desk.by, now=now)


def test_one_payment_of_the_books_is_not_the_same_as_two_of_ours(
    asked: Payment, there: Invoice, desk: Desk, now: dt.datetime
) -> None:
    other = desk.pay(there, 40)
    _mirror(asked, _theirs(asked, "p-9", reference="Bank feed"), now=now)
    for one in (asked, other):
        payments.hold(payment_id=one.id, sentence="Is it this one?", twin_external_id="p-9", now=now)
    payments.answer_same(payment_id=asked.id, by=desk.by, now=now)
    with pytest.raises(OnItsWay, match="another one that was recorded here"):
        payments.answer_same(payment_id=other.id, by=desk.by, now=now)
    rows = {row.id: (row.state, row.external_id, row.code) for row in payments.of("invoice", there.id)}
    assert rows == {asked.id: ("confirmed", "p-9", ""), other.id: ("asked", "", "LOOKS_ALIKE")}
    payments.answer_send_anyway(payment_id=other.id, by=desk.by, now=now)
    assert list(payments.to_send()) == [Payment.objects.get(id=other.id)]


def test_a_look_alike_that_is_another_payment_goes_and_is_not_held_again(
    asked: Payment, desk: Desk, now: dt.datetime
) -> None:
    payments.hold(payment_id=asked.id, sentence="Is it this one?", twin_external_id="p-9", now=now)
    payments.answer_send_anyway(payment_id=asked.id, by=desk.by, now=now)
    assert list(payments.to_send()) == [asked]
    payments.hold(payment_id=asked.id, sentence="Is it this one?", twin_external_id="p-9", now=now)
    assert list(payments.to_send()) == [asked]


# Who may


def _acts(desk: Desk, payment: Payment) -> tuple[Callable[[], object], ...]:
    where: dict[str, Any] = {"by": desk.by, "now": desk.now}
    invoice = Invoice(id=payment.document_id)
    return (
        lambda: desk.pay(invoice, 1),
        lambda: desk.unpay(payment),
        lambda: payments.set_account(kind="invoice", document_id=invoice.id, account_code="090", **where),
        lambda: payments.answer_same(payment_id=payment.id, **where),
        lambda: payments.answer_send_anyway(payment_id=payment.id, **where),
    )


def test_a_producer_and_an_accountant_record_nothing(
    asked: Payment, desk: Desk, ben: Actor, abe: Actor
) -> None:
    for somebody in (ben, abe):
        for act in _acts(replace(desk, by=somebody), asked):
            with pytest.raises(NotPermitted):
                act()


def test_daybreak_touches_no_payment_of_northlight(
    asked: Payment, desk: Desk, daybreak: Studio, dan: Actor, now: dt.datetime
) -> None:
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        for act in _acts(replace(desk, by=dan), asked):
            with pytest.raises(NotFound):
                act()
        with pytest.raises(NotFound):
            payments.confirm(payment_id=asked.id, external_id="p-1", now=now)
        assert not payments.to_send().exists()
