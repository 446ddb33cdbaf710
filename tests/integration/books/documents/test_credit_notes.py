"""Credit notes: what a client is credited, to the cent, and what is fixed from then on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from bluestamp.books import credit_notes, invoices, ledgers
from bluestamp.books.companies import Company
from bluestamp.books.credit_notes import (
    CreditNote,
    CreditNoteDraft,
    CreditNoteLine,
    NotCreditable,
    NotMovable,
)
from bluestamp.books.documents import NotEditable, PaymentStanding, Stale
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.issuing import InLockedPeriod, IssuedFieldsFixed, MoneyStandsOnIt, NotIssuable
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import tenancy
from bluestamp.errors import InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity, actors, holds
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.holds import Held
from bluestamp.people.rows import Studio
from tests.integration.books.documents.ledger_of_northlight import CHART, with_rate

pytestmark = pytest.mark.usefixtures("in_northlight")

APPLIED = PaymentStanding(Decimal(0), Decimal(2280), Decimal(0), dt.date(2026, 11, 20))
FREE = PaymentStanding(Decimal(0), Decimal(0), Decimal(2280))
Voided = Callable[[], CreditNote]


@pytest.fixture
def note(sent: Invoice, ben: Actor, now: dt.datetime) -> CreditNote:
    """All of LON-0001, as a draft."""
    return credit_notes.from_invoice(invoice_id=sent.id, by=ben, now=now)


@pytest.fixture
def issued(note: CreditNote, ben: Actor, now: dt.datetime) -> CreditNote:
    """The same, with the client."""
    return credit_notes.mark_as_sent(note_id=note.id, version=1, by=ben, now=now)


def _blank(company: Company, branch: Branch, *lines: LineDraft) -> CreditNoteDraft:
    return CreditNoteDraft(
        branch_id=branch.id,
        company_id=company.id,
        issued_on=dt.date(2026, 11, 9),
        currency="GBP",
        lines=lines or (LineDraft(item="Late delivery", unit_amount=Decimal(50)),),
    )


def _edited(note: CreditNote, by: Actor, now: dt.datetime, **changes: object) -> CreditNote:
    draft = replace(credit_notes.draft_of(note), **changes)  # type: ignore[arg-type]
    return credit_notes.edit(note_id=note.id, version=note.version, draft=draft, by=by, now=now)


def _fields(refused: pytest.ExceptionInfo[InvalidFields]) -> list[str]:
    return [fault.field for fault in refused.value.faults]


# Drafts


def test_a_blank_note_gets_the_codes_of_sales(
    kestrel: Company, london: Branch, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    note = credit_notes.create(_blank(kestrel, london), by=ben, now=now)
    (line,) = note.items
    assert (line.account_code, line.tax_type, note.total) == ("200", "OUTPUT2", Decimal("60.00"))
    assert (note.status, note.number, note.due_on, note.invoice) == ("draft", "", None, None)


def test_a_note_made_from_an_invoice_credits_all_of_it(note: CreditNote, sent: Invoice) -> None:
    assert (note.total, note.total_tax, note.amount_due) == (sent.total, sent.total_tax, sent.total)
    assert (note.invoice, note.company_id, note.branch_id) == (sent, sent.company_id, sent.branch_id)
    assert (note.currency, note.reference, note.issued_on) == ("GBP", "LON-0001", dt.date(2026, 11, 2))
    assert [line.item for line in note.items] == ["Art direction", "Illustration"]


@pytest.mark.parametrize("tax_mode", ["exclusive", "inclusive", "no_tax"])
def test_a_full_credit_equals_the_invoice_to_the_cent_though_it_was_discounted(
    tax_mode: str, invoice_draft: InvoiceDraft, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    """Bookkeeping rule 14: three odd lines, two of them discounted."""
    odd = (
        LineDraft(
            item="Retouching",
            quantity=Decimal("3.7"),
            unit_amount=Decimal("33.3333"),
            discount_rate=Decimal("12.5"),
        ),
        LineDraft(
            item="Prints",
            quantity=Decimal(7),
            unit_amount=Decimal("0.0049"),
            discount_rate=Decimal("3.3333"),
        ),
        LineDraft(item="Rebate", unit_amount=Decimal("-1.11")),
    )
    draft = replace(invoice_draft, lines=odd, tax_mode=tax_mode)
    made = invoices.create(draft, by=ben, now=now)
    made = invoices.mark_as_sent(invoice_id=made.id, version=1, by=ben, now=now)
    note = credit_notes.from_invoice(invoice_id=made.id, by=ben, now=now)
    assert (note.sub_total, note.total_tax, note.total) == (made.sub_total, made.total_tax, made.total)
    assert [line.line_amount for line in note.items] == [line.line_amount for line in made.items]
    assert [line.tax_amount for line in note.items] == [line.tax_amount for line in made.items]
    first = note.items[0]
    assert (int(first.quantity), int(first.discount_rate)) == (1, 0)


def test_what_the_invoice_was_taxed_at_is_credited_though_the_rate_changed_since(
    sent: Invoice, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    ledgers.fill(ledger, with_rate("OUTPUT2", Decimal(25)), now=now)
    note = credit_notes.from_invoice(invoice_id=sent.id, by=ben, now=now)
    assert note.total == Decimal("2280.00")
    assert _edited(note, ben, now, reference="again").total == Decimal("2280.00")


def test_the_currency_rate_is_the_invoices(sent: Invoice, ben: Actor, now: dt.datetime) -> None:
    Invoice.objects.filter(id=sent.id).update(currency_rate=Decimal("1.172300"), rate_origin="ledger")
    note = credit_notes.from_invoice(invoice_id=sent.id, by=ben, now=now)
    assert CreditNote.objects.get(id=note.id).currency_rate == Decimal("1.172300")


def test_lines_are_removed_to_credit_a_part(note: CreditNote, ben: Actor, now: dt.datetime) -> None:
    lines = credit_notes.draft_of(note).lines
    part = _edited(note, ben, now, lines=lines[1:])
    assert (part.total, part.amount_due, part.version) == (Decimal("1080.00"), Decimal("1080.00"), 2)


def test_a_draft_or_a_void_invoice_is_not_credited(invoice: Invoice, cleo: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotCreditable):
        credit_notes.from_invoice(invoice_id=invoice.id, by=cleo, now=now)
    invoices.void(invoice_id=invoice.id, version=1, reason="", by=cleo, now=now)
    with pytest.raises(NotCreditable):
        credit_notes.from_invoice(invoice_id=invoice.id, by=cleo, now=now)


def test_a_note_stays_with_the_invoice_that_it_credits(
    note: CreditNote, inkhouse: Company, bristol: Branch, ben: Actor, now: dt.datetime
) -> None:
    with pytest.raises(InvalidFields) as refused:
        _edited(note, ben, now, company_id=inkhouse.id, currency="EUR", branch_id=bristol.id, lines=())
    assert _fields(refused) == ["branch_id", "company_id", "currency"]


def test_a_note_has_no_discount_and_no_typed_tax(note: CreditNote, ben: Actor, now: dt.datetime) -> None:
    first, second = credit_notes.draft_of(note).lines
    lines = (replace(first, discount_rate=Decimal(5)), replace(second, typed_tax=Decimal(3)))
    with pytest.raises(InvalidFields) as refused:
        _edited(note, ben, now, lines=lines)
    assert _fields(refused) == ["lines.1.typed_tax", "lines.0.discount_rate"]
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditNoteLine.objects.update(discount_rate=Decimal(5))


def test_saving_what_it_says_changes_nothing(note: CreditNote, ben: Actor, now: dt.datetime) -> None:
    assert _edited(note, ben, now).version == 1


def test_who_saw_an_older_version_is_told_so(note: CreditNote, ben: Actor, now: dt.datetime) -> None:
    _edited(note, ben, now, reference="A")
    with pytest.raises(Stale):
        credit_notes.void(note_id=note.id, version=1, reason="", by=actors.clock(ben.studio_id), now=now)


def test_what_is_open_is_written_off_on_the_account_that_a_bookkeeper_chose(
    sent: Invoice, cleo: Actor, ben: Actor, now: dt.datetime
) -> None:
    """Bookkeeping rule 10: 280.00 of 2,280.00 was paid; bad debts are an expense."""
    paid = PaymentStanding(Decimal(280), Decimal(0), Decimal(2000))
    invoices.take_standing(invoice_id=sent.id, standing=paid, is_paid=False, by=cleo, now=now)
    note = credit_notes.write_off(invoice_id=sent.id, account_code="429", by=cleo, now=now)
    (line,) = note.items
    assert (int(note.total), line.account_code, line.item) == (2000, "429", "Write-off of LON-0001")
    assert (note.invoice, note.status, note.tax_mode) == (sent, "draft", "inclusive")
    with pytest.raises(InvalidFields):
        credit_notes.write_off(invoice_id=sent.id, account_code="090", by=cleo, now=now)
    with pytest.raises(NotPermitted):
        credit_notes.write_off(invoice_id=sent.id, account_code="429", by=ben, now=now)


def test_a_paid_invoice_has_nothing_to_write_off(sent: Invoice, cleo: Actor, now: dt.datetime) -> None:
    paid = PaymentStanding(Decimal(2280), Decimal(0), Decimal(0), dt.date(2026, 11, 20))
    invoices.take_standing(invoice_id=sent.id, standing=paid, is_paid=True, by=cleo, now=now)
    with pytest.raises(NotCreditable):
        credit_notes.write_off(invoice_id=sent.id, account_code="429", by=cleo, now=now)


# Issued


def test_an_issued_note_has_a_number_of_its_own_kind(issued: CreditNote) -> None:
    assert (issued.status, issued.number) == ("issued", "CN-0001")
    assert (issued.sent_by, issued.sent_how, issued.amount_due) == ("Ben", "by_hand", Decimal("2280.00"))


def test_an_issue_by_e_mail_says_to_whom(note: CreditNote, ben: Actor, now: dt.datetime) -> None:
    issued = credit_notes.issue(note_id=note.id, version=1, to="pay@kestrel.example", by=ben, now=now)
    assert (issued.sent_to, issued.sent_how) == ("pay@kestrel.example", "email")


def test_a_note_over_nothing_is_not_issued(
    kestrel: Company, london: Branch, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    zero = LineDraft(item="Nothing", unit_amount=Decimal(0))
    for lines, fields in (((zero,), ["lines"]), ((replace(zero, item=""),), ["lines.0.item", "lines"])):
        note = credit_notes.create(_blank(kestrel, london, *lines), by=ben, now=now)
        with pytest.raises(NotIssuable) as refused:
            credit_notes.mark_as_sent(note_id=note.id, version=1, by=ben, now=now)
        assert _fields(refused) == fields


def test_a_note_dated_in_a_closed_period_is_not_issued(
    note: CreditNote, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    ledgers.fill(ledger, replace(CHART, period_lock_on=dt.date(2026, 11, 2)), now=now)
    with pytest.raises(NotIssuable) as refused:
        credit_notes.mark_as_sent(note_id=note.id, version=1, by=ben, now=now)
    assert _fields(refused) == ["issued_on"]


def test_what_the_client_has_is_fixed(issued: CreditNote, ben: Actor, now: dt.datetime) -> None:
    with pytest.raises(IssuedFieldsFixed) as refused:
        _edited(issued, ben, now, issued_on=dt.date(2026, 11, 3), lines=())
    assert _fields(refused) == ["issued_on", "lines"]
    assert _edited(issued, ben, now, reference="their PO 9").version == 3


# Undone


def test_a_void_note_is_worth_nothing_and_keeps_its_number(
    issued: CreditNote, cleo: Actor, now: dt.datetime
) -> None:
    void = credit_notes.void(note_id=issued.id, version=2, reason="Twice.", by=cleo, now=now)
    assert (void.status, void.amount_due, void.number) == ("void", Decimal(0), issued.number)
    assert activity.history("credit_note", void.id)[0].sentence == "Voided. Twice."
    with pytest.raises(NotEditable):
        _edited(void, cleo, now, reference="x")
    with pytest.raises(NotMovable):
        credit_notes.mark_as_sent(note_id=void.id, version=3, by=cleo, now=now)


def test_an_applied_note_is_not_voided(issued: CreditNote, cleo: Actor, now: dt.datetime) -> None:
    used = credit_notes.take_standing(note_id=issued.id, standing=APPLIED, is_used=True, by=cleo, now=now)
    with pytest.raises(MoneyStandsOnIt):
        credit_notes.void(note_id=used.id, version=used.version, reason="", by=cleo, now=now)


def test_an_issued_note_in_a_closed_period_is_not_voided(
    issued: CreditNote, ledger: Ledger, cleo: Actor, now: dt.datetime
) -> None:
    ledgers.fill(ledger, replace(CHART, period_lock_on=dt.date(2026, 11, 2)), now=now)
    with pytest.raises(InLockedPeriod):
        credit_notes.void(note_id=issued.id, version=2, reason="", by=cleo, now=now)


def test_a_hold_keeps_a_note_as_it_is(issued: CreditNote, cleo: Actor, now: dt.datetime) -> None:
    for act in ("edit", "void"):
        holds.place(
            studio_id=cleo.studio_id,
            kind="credit_note",
            subject_id=issued.id,
            act=act,
            code="LOCKED_IN_XERO",
            sentence="Xero has it.",
            now=now,
        )
    with pytest.raises(Held):
        _edited(issued, cleo, now, reference="x")
    with pytest.raises(Held):
        credit_notes.void(note_id=issued.id, version=2, reason="", by=cleo, now=now)


# What the ledger says


def test_a_draft_that_was_approved_in_the_books_counts_as_issued(note: CreditNote, now: dt.datetime) -> None:
    xero = actors.xero(note.studio_id)
    followed = credit_notes.follow_issued(note_id=note.id, by=xero, now=now)
    assert (followed.status, followed.sent_how, followed.version) == ("issued", "ledger", 2)
    assert followed.number
    assert credit_notes.follow_issued(note_id=note.id, by=xero, now=now).version == 2


def test_used_and_freed_follow_the_ledger(issued: CreditNote, now: dt.datetime) -> None:
    xero = actors.xero(issued.studio_id)
    seen = []
    for standing, is_used in ((APPLIED, True), (APPLIED, True), (FREE, False), (FREE, False)):
        note = credit_notes.take_standing(
            note_id=issued.id, standing=standing, is_used=is_used, by=xero, now=now
        )
        seen.append((note.status, note.version, int(note.amount_credited)))
    assert seen == [("used", 3, 2280), ("used", 3, 2280), ("issued", 4, 0), ("issued", 4, 0)]


def test_a_void_in_the_books_is_followed(issued: CreditNote, now: dt.datetime) -> None:
    xero = actors.xero(issued.studio_id)
    for _ in range(2):
        void = credit_notes.follow_void(note_id=issued.id, by=xero, now=now)
        assert (void.status, void.amount_due, void.version) == ("void", Decimal(0), 3)


def test_what_the_books_say_instead_is_marked_as_not_what_the_client_has(
    issued: CreditNote, cleo: Actor, now: dt.datetime
) -> None:
    draft = credit_notes.draft_of(issued)
    draft = replace(draft, lines=(replace(draft.lines[0], unit_amount=Decimal(401)), draft.lines[1]))
    taken = credit_notes.take_lines(note_id=issued.id, version=2, draft=draft, by=cleo, now=now)
    assert (taken.total, taken.differs_from_paper) == (Decimal("2283.00"), True)


def test_a_number_is_given_once(note: CreditNote, ben: Actor, now: dt.datetime) -> None:
    first = credit_notes.give_number(document_id=note.id, by=ben, now=now).number
    assert credit_notes.give_number(document_id=note.id, by=ben, now=now).number == first
    assert credit_notes.mark_as_sent(note_id=note.id, version=1, by=ben, now=now).number == first


# Who may


def test_an_accountant_only_reads_and_a_producer_voids_nothing(
    issued: CreditNote, sent: Invoice, abe: Actor, ben: Actor, now: dt.datetime
) -> None:
    refused: tuple[Voided, ...] = (
        lambda: credit_notes.from_invoice(invoice_id=sent.id, by=abe, now=now),
        lambda: credit_notes.create(credit_notes.draft_of(issued), by=abe, now=now),
        lambda: _edited(issued, abe, now, reference="x"),
        lambda: credit_notes.mark_as_sent(note_id=issued.id, version=2, by=abe, now=now),
        lambda: credit_notes.void(note_id=issued.id, version=2, reason="", by=ben, now=now),
        lambda: credit_notes.take_standing(note_id=issued.id, standing=FREE, is_used=False, by=ben, now=now),
    )
    for act in refused:
        with pytest.raises(NotPermitted):
            act()


def test_daybreak_sees_no_note_of_northlight(
    issued: CreditNote, sent: Invoice, daybreak: Studio, dan: Actor, now: dt.datetime
) -> None:
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        assert not CreditNote.objects.exists()
        with pytest.raises(NotFound):
            credit_notes.from_invoice(invoice_id=sent.id, by=dan, now=now)
        with pytest.raises(NotFound):
            credit_notes.void(note_id=issued.id, version=2, reason="", by=dan, now=now)


def test_notes_of_one_invoice_never_credit_more_than_it_billed(
    sent: Invoice, ben: Actor, now: dt.datetime
) -> None:
    first, second = (credit_notes.from_invoice(invoice_id=sent.id, by=ben, now=now) for _ in range(2))
    credit_notes.mark_as_sent(note_id=first.id, version=first.version, by=ben, now=now)
    with pytest.raises(NotIssuable, match="more than was billed"):
        credit_notes.mark_as_sent(note_id=second.id, version=second.version, by=ben, now=now)
