"""What the client has of an invoice is fixed (bookkeeping rule 4), and how it is corrected all the same."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bluestamp.books import invoices, ledgers
from bluestamp.books.companies import Company
from bluestamp.books.documents import NotEditable, PaymentStanding
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.issuing import InLockedPeriod, IssuedFieldsFixed, MoneyStandsOnIt, NotIssuable
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import files
from bluestamp.errors import Invalid, InvalidFields, NotPermitted
from bluestamp.people import activity, actors
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from tests.integration.books.documents.ledger_of_northlight import CHART, with_rate

pytestmark = pytest.mark.usefixtures("in_northlight")


def _fields(refused: pytest.ExceptionInfo[InvalidFields]) -> list[str]:
    return [fault.field for fault in refused.value.faults]


def _fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.get(id=invoice.id)


def _with_line(invoice: Invoice, position: int, **changes: Any) -> InvoiceDraft:
    draft = invoices.draft_of(invoice)
    lines = list(draft.lines)
    lines[position] = replace(lines[position], **changes)
    return replace(draft, lines=tuple(lines))


def _lock(ledger: Ledger, until: dt.date, now: dt.datetime) -> None:
    ledgers.fill(ledger, replace(CHART, period_lock_on=until), now=now)


# ── what the client has is fixed (rule 4) ──


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issued_on": dt.date(2026, 11, 1)}, "issued_on"),
        ({"currency": "EUR"}, "currency"),
        ({"tax_mode": "inclusive"}, "tax_mode"),
        ({"lines": ()}, "lines"),
    ],
)
def test_what_the_client_has_seen_of_the_head_is_fixed(
    sent: Invoice, ben: Actor, now: dt.datetime, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(IssuedFieldsFixed) as refused:
        draft = replace(invoices.draft_of(sent), **changes)
        invoices.edit(invoice_id=sent.id, version=2, draft=draft, by=ben, now=now)
    assert _fields(refused) == [field]


def test_its_client_and_branch_are_fixed(
    sent: Invoice, inkhouse: Company, bristol: Branch, ben: Actor, now: dt.datetime
) -> None:
    draft = replace(invoices.draft_of(sent), company_id=inkhouse.id, branch_id=bristol.id)
    with pytest.raises(IssuedFieldsFixed) as refused:
        invoices.edit(invoice_id=sent.id, version=2, draft=draft, by=ben, now=now)
    assert _fields(refused)[:2] == ["branch_id", "company_id"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("item", "Direction"),
        ("description", "more"),
        ("quantity", Decimal(3)),
        ("unit_amount", Decimal(401)),
        ("discount_rate", Decimal(5)),
        ("tax_type", "RROUTPUT"),
    ],
)
def test_what_the_client_has_seen_of_a_line_is_fixed(
    sent: Invoice, ben: Actor, now: dt.datetime, name: str, value: object
) -> None:
    with pytest.raises(IssuedFieldsFixed) as refused:
        draft = _with_line(sent, 1, **{name: value})
        invoices.edit(invoice_id=sent.id, version=2, draft=draft, by=ben, now=now)
    assert _fields(refused) == [f"lines.1.{name}"]
    assert _fresh(sent).version == 2


def test_due_date_reference_and_account_may_still_change(sent: Invoice, ben: Actor, now: dt.datetime) -> None:
    draft = replace(_with_line(sent, 0, account_code="260"), due_on=dt.date(2026, 12, 1), reference="PO 2")
    edited = invoices.edit(invoice_id=sent.id, version=2, draft=draft, by=ben, now=now)
    assert (edited.version, edited.total, edited.reference) == (3, 2280, "PO 2")
    assert not edited.differs_from_paper


def test_a_rate_of_the_same_percentage_may_take_the_place_of_another(
    ledger: Ledger, invoice_draft: InvoiceDraft, ben: Actor, now: dt.datetime
) -> None:
    line = LineDraft(item="Export", unit_amount=Decimal(10), tax_type="NONE")
    made = invoices.create(replace(invoice_draft, lines=(line,)), by=ben, now=now)
    sent = invoices.mark_as_sent(invoice_id=made.id, version=1, by=ben, now=now)
    draft = _with_line(sent, 0, tax_type="ZERORATEDOUTPUT")
    assert invoices.edit(invoice_id=sent.id, version=2, draft=draft, by=ben, now=now).version == 3


def test_a_rate_that_changed_elsewhere_leaves_what_was_billed(
    sent: Invoice, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    ledgers.fill(ledger, with_rate("OUTPUT2", Decimal(25)), now=now)
    draft = replace(invoices.draft_of(sent), reference="PO 2")
    assert invoices.edit(invoice_id=sent.id, version=2, draft=draft, by=ben, now=now).total == 2280


# ── corrected ──


def test_a_correction_keeps_the_paper_that_the_client_has(
    sent: Invoice, cleo: Actor, now: dt.datetime, data_dir: Path
) -> None:
    draft = _with_line(sent, 1, quantity=Decimal(5))
    corrected = invoices.correct(
        invoice_id=sent.id, version=2, draft=draft, reason="Five drawings, not six", by=cleo, now=now
    )
    assert (corrected.status, corrected.number, corrected.total) == ("sent", "LON-0001", 2100)
    fresh = _fresh(sent)
    assert (fresh.version, fresh.paper_key, fresh.differs_from_paper) == (3, "", True)
    with files.open(sent.studio_id, fresh.old_papers[0]) as old:
        assert old.read(5) == b"%PDF-"
    assert activity.history("invoice", sent.id)[0].sentence == "Corrected: Five drawings, not six"


def test_a_correction_needs_a_reason_and_the_bookkeeper(
    sent: Invoice, ben: Actor, cleo: Actor, now: dt.datetime
) -> None:
    draft = _with_line(sent, 1, quantity=Decimal(5))
    with pytest.raises(Invalid) as refused:
        invoices.correct(invoice_id=sent.id, version=2, draft=draft, reason=" ", by=cleo, now=now)
    assert refused.value.field == "reason"
    with pytest.raises(NotPermitted):
        invoices.correct(invoice_id=sent.id, version=2, draft=draft, reason="x", by=ben, now=now)


def test_a_correction_stays_issuable(sent: Invoice, cleo: Actor, now: dt.datetime, data_dir: Path) -> None:
    draft = replace(invoices.draft_of(sent), lines=())
    with pytest.raises(NotIssuable):
        invoices.correct(invoice_id=sent.id, version=2, draft=draft, reason="x", by=cleo, now=now)
    assert (_fresh(sent).version, _fresh(sent).old_papers) == (2, [])


def test_a_draft_a_closed_period_and_received_money_refuse_correction(
    sent: Invoice, ledger: Ledger, invoice_draft: InvoiceDraft, cleo: Actor, now: dt.datetime
) -> None:
    def correct(which: Invoice) -> None:
        draft = replace(invoices.draft_of(which), reference="x")
        invoices.correct(
            invoice_id=which.id, version=_fresh(which).version, draft=draft, reason="x", by=cleo, now=now
        )

    with pytest.raises(NotEditable):
        correct(invoices.create(invoice_draft, by=cleo, now=now))
    _lock(ledger, dt.date(2026, 11, 30), now)
    with pytest.raises(InLockedPeriod):
        correct(sent)
    part = PaymentStanding(Decimal(1), Decimal(0), Decimal(2279))
    xero = actors.xero(sent.studio_id)
    invoices.take_standing(invoice_id=sent.id, standing=part, is_paid=False, by=xero, now=now)
    with pytest.raises(MoneyStandsOnIt):
        correct(sent)
