"""Invoices: what the client gets, what is fixed from then on, what undoes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from bluestamp.books import documents, invoices, ledgers
from bluestamp.books.documents import NotEditable, PaymentStanding, Stale
from bluestamp.books.invoices import Invoice, InvoiceDraft, NotMovable
from bluestamp.books.issuing import InLockedPeriod, MoneyStandsOnIt, NotIssuable
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import tenancy
from bluestamp.errors import InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity, actors, holds
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.holds import Held
from bluestamp.people.rows import Studio
from tests.integration.books.documents.ledger_of_northlight import CHART, without_account

pytestmark = pytest.mark.usefixtures("in_northlight")

RECEIVED = PaymentStanding(Decimal(2280), Decimal(0), Decimal(0), dt.date(2026, 11, 20))
NOTHING = PaymentStanding(Decimal(0), Decimal(0), Decimal(2280))


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


# ── created and edited ──


def test_a_new_invoice_is_a_draft_without_a_number_priced_by_the_ledger(invoice: Invoice) -> None:
    assert (invoice.status, invoice.number, invoice.version) == ("draft", "", 1)
    assert (invoice.sub_total, invoice.total_tax, invoice.total) == (1900, 380, 2280)
    assert [line.account_code for line in invoice.items] == ["200", "200"]
    assert invoice.due_on == dt.date(2026, 11, 16)


def test_amounts_with_tax_in_them_come_to_the_same_total(
    ledger: Ledger, invoice_draft: InvoiceDraft, ben: Actor, now: dt.datetime
) -> None:
    line = LineDraft(item="Poster", unit_amount=Decimal("120"))
    invoice = invoices.create(replace(invoice_draft, tax_mode="inclusive", lines=(line,)), by=ben, now=now)
    assert (invoice.sub_total, invoice.total_tax, invoice.total) == (100, 20, 120)


def test_creating_asks_the_database_little(
    ledger: Ledger, invoice_draft: InvoiceDraft, ben: Actor, now: dt.datetime
) -> None:
    draft = replace(invoice_draft, lines=(invoice_draft.lines * 3)[:5])
    with CaptureQueriesContext(connection) as queries:
        invoices.create(draft, by=ben, now=now)
    asked = [row["sql"] for row in queries if "SAVEPOINT" not in row["sql"]]
    assert len(asked) <= 8, asked


def test_the_tax_of_an_invoice_is_never_typed(
    ledger: Ledger, invoice_draft: InvoiceDraft, ben: Actor, now: dt.datetime
) -> None:
    lines = (replace(invoice_draft.lines[0], typed_tax=Decimal(1)),)
    with pytest.raises(InvalidFields) as refused:
        invoices.create(replace(invoice_draft, lines=lines), by=ben, now=now)
    assert _fields(refused) == ["lines.0.typed_tax"]


def test_saving_what_it_says_already_changes_nothing(invoice: Invoice, ben: Actor, now: dt.datetime) -> None:
    draft = invoices.draft_of(invoice)
    assert invoices.edit(invoice_id=invoice.id, version=1, draft=draft, by=ben, now=now).version == 1
    assert activity.history("invoice", invoice.id).count() == 1


def test_whoever_saw_an_older_version_is_refused(sent: Invoice, ben: Actor, now: dt.datetime) -> None:
    with pytest.raises(Stale) as refused:
        invoices.edit(invoice_id=sent.id, version=1, draft=invoices.draft_of(sent), by=ben, now=now)
    assert refused.value.fresh.number == sent.number


def test_a_void_invoice_refuses_changes(invoice: Invoice, cleo: Actor, now: dt.datetime) -> None:
    invoices.void(invoice_id=invoice.id, version=1, reason="Never mind", by=cleo, now=now)
    draft = replace(invoices.draft_of(invoice), reference="x")
    with pytest.raises(NotEditable):
        invoices.edit(invoice_id=invoice.id, version=2, draft=draft, by=cleo, now=now)


# ── issued ──


def test_issuing_gives_the_branchs_next_number(
    sent: Invoice, bristol: Branch, ben: Actor, now: dt.datetime
) -> None:
    assert (sent.status, sent.number, sent.version) == ("sent", "LON-0001", 2)
    assert (sent.sent_at, sent.sent_by, sent.sent_how) == (now, "Ben", "by_hand")
    draft = replace(
        invoices.draft_of(sent), branch_id=bristol.id, lines=(LineDraft(item="Talk", unit_amount=Decimal(9)),)
    )
    theirs = invoices.create(draft, by=ben, now=now)
    assert invoices.mark_as_sent(invoice_id=theirs.id, version=1, by=ben, now=now).number == "BRI-0001"


def test_a_copied_draft_keeps_its_number_when_issued(invoice: Invoice, ben: Actor, now: dt.datetime) -> None:
    given = invoices.give_number(document_id=invoice.id, by=ben, now=now)
    assert (given.number, given.version, given.status) == ("LON-0001", 1, "draft")
    assert invoices.give_number(document_id=invoice.id, by=ben, now=now).number == "LON-0001"
    assert invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=ben, now=now).number == "LON-0001"


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"lines": ()}, ["lines"]),
        ({"lines": (LineDraft(unit_amount=Decimal(5)),)}, ["lines.0.item"]),
        ({"lines": (LineDraft(item="Credit", unit_amount=Decimal(-5)),)}, ["lines"]),
    ],
)
def test_what_an_issued_invoice_needs_is_asked_at_its_field(
    ledger: Ledger,
    invoice_draft: InvoiceDraft,
    ben: Actor,
    now: dt.datetime,
    changes: dict[str, Any],
    fields: list[str],
) -> None:
    invoice = invoices.create(replace(invoice_draft, **changes), by=ben, now=now)
    assert [fault.field for fault in invoices.missing_to_issue(invoice)] == fields
    with pytest.raises(NotIssuable) as refused:
        invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=ben, now=now)
    assert _fields(refused) == fields
    assert (_fresh(invoice).status, _fresh(invoice).number) == ("draft", "")


def test_codes_that_vanished_are_asked_for_before_the_client_gets_it(
    invoice: Invoice, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    ledgers.fill(ledger, without_account("200"), now=now)
    with pytest.raises(NotIssuable) as refused:
        invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=ben, now=now)
    assert _fields(refused) == ["lines.0.account_code", "lines.1.account_code"]


def test_nothing_is_issued_into_a_closed_period(
    invoice: Invoice, ledger: Ledger, ben: Actor, now: dt.datetime
) -> None:
    _lock(ledger, dt.date(2026, 11, 2), now)
    with pytest.raises(NotIssuable) as refused:
        invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=ben, now=now)
    assert _fields(refused) == ["issued_on"]
    _lock(ledger, dt.date(2026, 11, 1), now)
    assert invoices.missing_to_issue(invoice) == []


def test_an_invoice_is_issued_once(sent: Invoice, ben: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotMovable):
        invoices.mark_as_sent(invoice_id=sent.id, version=2, by=ben, now=now)


# ── voided ──


def test_a_void_invoice_keeps_its_number_and_owes_nothing(
    sent: Invoice, cleo: Actor, now: dt.datetime
) -> None:
    void = invoices.void(invoice_id=sent.id, version=2, reason="Billed twice", by=cleo, now=now)
    assert (void.status, void.number, void.amount_due, void.total) == ("void", "LON-0001", 0, 2280)
    with pytest.raises(NotMovable):
        invoices.void(invoice_id=sent.id, version=3, reason="", by=cleo, now=now)


def test_money_and_a_closed_period_refuse_a_void(
    sent: Invoice, ledger: Ledger, cleo: Actor, now: dt.datetime
) -> None:
    _lock(ledger, dt.date(2026, 11, 30), now)
    with pytest.raises(InLockedPeriod):
        invoices.void(invoice_id=sent.id, version=2, reason="", by=cleo, now=now)
    credited = PaymentStanding(Decimal(0), Decimal(5), Decimal(2275))
    xero = actors.xero(sent.studio_id)
    invoices.take_standing(invoice_id=sent.id, standing=credited, is_paid=False, by=xero, now=now)
    with pytest.raises(MoneyStandsOnIt):
        invoices.void(invoice_id=sent.id, version=3, reason="", by=cleo, now=now)


def test_a_draft_in_a_closed_period_may_be_voided(
    invoice: Invoice, ledger: Ledger, cleo: Actor, now: dt.datetime
) -> None:
    _lock(ledger, dt.date(2026, 11, 30), now)
    assert invoices.void(invoice_id=invoice.id, version=1, reason="", by=cleo, now=now).status == "void"


@pytest.mark.parametrize("act", ["edit", "void", "correct"])
def test_a_hold_forbids_its_act_with_its_own_words(
    sent: Invoice, cleo: Actor, now: dt.datetime, act: Any, data_dir: Path
) -> None:
    seen: dict[str, Any] = {"invoice_id": sent.id, "version": 2, "by": cleo, "now": now}
    draft = replace(invoices.draft_of(sent), reference="x")
    verbs: dict[str, Callable[[], Invoice]] = {
        "edit": lambda: invoices.edit(draft=draft, **seen),
        "void": lambda: invoices.void(reason="", **seen),
        "correct": lambda: invoices.correct(draft=draft, reason="x", **seen),
    }
    why = "Paid in Xero."
    holds.place(
        studio_id=cleo.studio_id, kind="invoice", subject_id=sent.id, act=act, code="X", sentence=why, now=now
    )
    with pytest.raises(Held) as refused:
        verbs[act]()
    assert refused.value.sentence == why
    holds.lift(studio_id=cleo.studio_id, kind="invoice", subject_id=sent.id, code="X")
    assert verbs[act]().version == 3


# ── what the ledger says ──


def test_received_money_comes_back_and_is_taken_back(sent: Invoice, now: dt.datetime) -> None:
    xero = actors.xero(sent.studio_id)
    paid = invoices.take_standing(invoice_id=sent.id, standing=RECEIVED, is_paid=True, by=xero, now=now)
    assert (paid.status, paid.amount_paid, paid.fully_paid_on) == ("paid", 2280, dt.date(2026, 11, 20))
    same = invoices.take_standing(invoice_id=sent.id, standing=RECEIVED, is_paid=True, by=xero, now=now)
    assert same.version == paid.version
    back = invoices.take_standing(invoice_id=sent.id, standing=NOTHING, is_paid=False, by=xero, now=now)
    assert (back.status, back.amount_due) == ("sent", 2280)


def test_a_draft_issued_elsewhere_counts_as_issued_here(invoice: Invoice, now: dt.datetime) -> None:
    xero = actors.xero(invoice.studio_id)
    followed = invoices.follow_issued(invoice_id=invoice.id, by=xero, now=now)
    assert (followed.status, followed.number, followed.sent_how) == ("sent", "LON-0001", "ledger")
    assert invoices.follow_issued(invoice_id=invoice.id, by=xero, now=now).version == 2


def test_what_was_voided_elsewhere_is_void_here(sent: Invoice, now: dt.datetime) -> None:
    xero = actors.xero(sent.studio_id)
    invoices.take_standing(invoice_id=sent.id, standing=RECEIVED, is_paid=True, by=xero, now=now)
    void = invoices.follow_void(invoice_id=sent.id, by=xero, now=now)
    assert (void.status, void.amount_due, void.amount_paid) == ("void", 0, 0)
    assert invoices.follow_void(invoice_id=sent.id, by=xero, now=now).version == void.version


def test_taking_the_ledgers_lines_marks_what_the_client_has_otherwise(
    sent: Invoice, cleo: Actor, now: dt.datetime
) -> None:
    theirs = _with_line(sent, 1, unit_amount=Decimal(140), typed_tax=Decimal(168))
    taken = invoices.take_lines(invoice_id=sent.id, version=2, draft=theirs, by=cleo, now=now)
    assert (taken.total, taken.version, taken.differs_from_paper) == (2208, 3, True)
    kept = replace(invoices.draft_of(taken), reference="still editable")
    assert invoices.edit(invoice_id=sent.id, version=3, draft=kept, by=cleo, now=now).version == 4


def test_taking_an_account_alone_differs_from_no_paper(sent: Invoice, cleo: Actor, now: dt.datetime) -> None:
    taken = invoices.take_lines(
        invoice_id=sent.id, version=2, draft=_with_line(sent, 0, account_code="260"), by=cleo, now=now
    )
    assert (taken.version, taken.differs_from_paper) == (3, False)


# ── who may ──


def _verbs(invoice: Invoice, by: Actor, now: dt.datetime) -> dict[str, Callable[[], object]]:
    draft = replace(invoices.draft_of(invoice), reference="x")
    seen: dict[str, Any] = {"invoice_id": invoice.id, "version": invoice.version, "by": by, "now": now}
    plain: dict[str, Any] = {"invoice_id": invoice.id, "by": by, "now": now}
    return {
        "create": lambda: invoices.create(replace(draft, lines=()), by=by, now=now),
        "edit": lambda: invoices.edit(draft=draft, **seen),
        "mark_as_sent": lambda: invoices.mark_as_sent(**seen),
        "issue": lambda: invoices.issue(to="a@b.example", **seen),
        "void": lambda: invoices.void(reason="", **seen),
        "correct": lambda: invoices.correct(draft=draft, reason="x", **seen),
        "take_lines": lambda: invoices.take_lines(draft=draft, **seen),
        "take_standing": lambda: invoices.take_standing(standing=RECEIVED, is_paid=True, **plain),
        "follow_issued": lambda: invoices.follow_issued(**plain),
        "follow_void": lambda: invoices.follow_void(**plain),
    }


VERBS = (
    "create", "edit", "mark_as_sent", "issue", "void", "correct", "take_lines", "take_standing", "follow_issued",
    "follow_void",
)  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_an_accountant_changes_nothing(invoice: Invoice, abe: Actor, now: dt.datetime, verb: str) -> None:
    with pytest.raises(NotPermitted):
        _verbs(invoice, abe, now)[verb]()
    assert _fresh(invoice).version == 1


@pytest.mark.parametrize("verb", ["void", "correct", "take_lines", "take_standing", "follow_void"])
def test_a_producer_undoes_no_invoice(invoice: Invoice, ben: Actor, now: dt.datetime, verb: str) -> None:
    with pytest.raises(NotPermitted):
        _verbs(invoice, ben, now)[verb]()


@pytest.mark.parametrize("verb", VERBS)
def test_dan_finds_no_invoice_of_northlight(
    invoice: Invoice, dan: Actor, daybreak: Studio, now: dt.datetime, verb: str
) -> None:
    acts = _verbs(invoice, replace(dan, role=actors.Role.SYSTEM) if verb.startswith("follow") else dan, now)
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk), pytest.raises(NotFound):
        acts[verb]()
    assert _fresh(invoice).version == 1


def test_dan_sees_no_invoice_of_northlight(invoice: Invoice, daybreak: Studio) -> None:
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        assert not Invoice.objects.exists()
        with pytest.raises(NotFound):
            documents.load("invoice", invoice.id)


# ── what must hold ──


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": ""},
        {"due_on": None},
        {"sent_at": None},
        {"sent_how": ""},
        {"status": "lost"},
        {"total": Decimal(1)},
        {"amount_credited": Decimal(-1)},
    ],
)
def test_the_database_itself_refuses_what_cant_be(sent: Invoice, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(id=sent.id).update(**wrong)


def test_no_number_stands_on_two_invoices(
    sent: Invoice, invoice_draft: InvoiceDraft, ben: Actor, now: dt.datetime
) -> None:
    other = invoices.create(invoice_draft, by=ben, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(id=other.id).update(number=sent.number)


def test_lists_are_in_a_stable_order(
    ledger: Ledger, invoice_draft: InvoiceDraft, ben: Actor, now: dt.datetime
) -> None:
    made = [invoices.create(invoice_draft, by=ben, now=now) for _ in range(5)]
    older = invoices.create(replace(invoice_draft, issued_on=dt.date(2026, 10, 1)), by=ben, now=now)
    rows = list(Invoice.objects.all().newest_first())
    assert rows == [*sorted(made, key=lambda row: row.id, reverse=True), older]
