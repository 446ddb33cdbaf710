"""A branch moves to another organisation: what was copied stays with the one that has it, in every respect."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books import (
    applications,
    billing,
    credit_notes,
    documents,
    expenses,
    invoices,
    keepers,
    month_end,
    payments,
    purchase_orders,
    stale_codes,
    supplier_credits,
)
from bluestamp.books.credit_notes import CreditNote, CreditNoteDraft
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.books.invoices import Invoice
from bluestamp.books.line_items import LineDraft
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from bluestamp.errors import InvalidFields
from bluestamp.people import activity
from bluestamp.people.users import User
from bluestamp.sync import (
    balances,
    compare,
    connections,
    consents,
    contacts,
    copies,
    crediting,
    duplicates,
    month_ends,
    number_checks,
    pull,
    push,
    readied,
    readiness,
    rounds,
)
from bluestamp.sync.connections import Connection, SendWhen
from tests.integration.sync_flow.conftest import Story, bought, sold
from tests.integration.sync_flow.credit_days import apply, notes_in_xero
from tests.integration.sync_flow.money_days import (
    fresh,
    in_xero,
    paid_in_xero,
    pay,
    payments_are_recorded_here,
    states,
)
from tests.sandboxes import Organisation

Move = Callable[[str], "Moved"]


@dataclass(frozen=True)
class Moved:
    """The organisation to which London goes by now, with what Xero holds there."""

    story: Story
    connection: Connection
    organisation: Organisation

    def drain(self) -> None:
        """Let the workers of both organisations do what is due."""
        self.story.drain()
        rounds.drain(self.connection.id, clock=lambda: self.story.now)

    def holds(self) -> list[str]:
        """What stands in the new organisation, apart from what it had before."""
        state = self.story.sandbox.state(self.organisation)
        rows = [*state["documents"], *state["credit_notes"]]
        return [row.get("InvoiceNumber") or row.get("CreditNoteNumber") or "" for row in rows]

    def back(self) -> None:
        """London goes to the first one again."""
        story = self.story
        connections.move_branch(story.cast.london.id, story.connection.id, by=story.ada, now=story.now)


@pytest.fixture
def move(story: Story, ada_user: User) -> Move:
    """London goes to the organisation of a country from now on."""

    def go(country: str) -> Moved:
        organisation = story.sandbox.of_country(country)
        url = consents.begin(by=story.ada, user=ada_user, now=story.now)
        answer = story.sandbox.allow(url, organisation)
        done = consents.finish(
            state=answer["state"], code=answer["code"], by=story.ada, user=ada_user, now=story.now
        )
        [connection] = done.connected
        connections.move_branch(story.cast.london.id, connection.id, by=story.ada, now=story.now)
        contacts.look_up(connection, now=story.now)
        return Moved(story, connections.load(connection.id), organisation)

    return go


def draft_in_xero(story: Story) -> Invoice:
    """An invoice that is a draft here and in the British organisation."""
    invoice = story.invoice(story.company("Kestrel Air"))
    push.request(invoice, by=story.ben, now=story.now)
    story.drain()
    return fresh(invoice)


def edited(story: Story, invoice: Invoice, *more: LineDraft, **changes: Any) -> Invoice:
    """Ben changes an invoice, and adds these lines."""
    draft = invoices.draft_of(invoice)
    draft = replace(draft, lines=(*draft.lines, *more), **changes)
    return invoices.edit(
        invoice_id=invoice.id, version=invoice.version, draft=draft, by=story.ben, now=story.now
    )


def organisation_of(document: Document) -> str:
    """Where it goes when somebody presses."""
    found = readiness.examine(document.kind, [document])[0].connection
    assert found == copies.home_of(document), "the button and the rules say the same"
    return found.name if found else ""


class TestCodes:
    """Accounts and tax rates are of the organisation that has the document."""

    def test_an_edit_is_taxed_by_the_organisation_that_has_it(self, story: Story, move: Move) -> None:
        invoice = draft_in_xero(story)
        move("NZ")
        changed = edited(story, invoice, reference="Their order 17")
        assert {line.tax_percent for line in changed.items} == {Decimal(20)}, "OUTPUT2 is 15 % in New Zealand"
        assert changed.total == invoice.total

    def test_its_own_chart_is_taken_and_the_new_one_refused(self, story: Story, move: Move) -> None:
        invoice = draft_in_xero(story)
        move("US")
        changed = edited(story, invoice, sold("Retouching", "1", "80", "204"))
        assert changed.version == invoice.version + 1
        with pytest.raises(InvalidFields) as refused:
            edited(story, changed, replace(sold("Shoot", "1", "80", "210"), tax_type="OUTPUT"))
        [fault] = refused.value.faults
        assert (fault.field, story.connection.name in fault.sentence) == ("lines.3.tax_type", True)

    def test_blank_codes_are_completed_from_its_own_chart(self, story: Story, move: Move) -> None:
        invoice = draft_in_xero(story)
        move("US")
        changed = edited(story, invoice, LineDraft(item="Retouching", unit_amount=Decimal(80)))
        codes = changed.items[-1].account_code, changed.items[-1].tax_type
        assert codes == (story.connection.ledger.revenue_account_code, "OUTPUT2")

    def test_its_branch_may_be_changed_and_its_codes_stay(self, story: Story, move: Move) -> None:
        invoice = draft_in_xero(story)
        move("US")
        changed = edited(story, invoice, branch_id=story.cast.bristol.id)
        assert keepers.of(changed) == story.connection.ledger

    def test_once_unlinked_the_branchs_chart_counts(self, story: Story, move: Move) -> None:
        invoice = draft_in_xero(story)
        moved = move("US")
        assert keepers.of(invoice) == story.connection.ledger
        compare.unlink(invoice, by=story.cleo, now=story.now)
        assert (fresh(invoice).ledger, fresh(invoice).ledger_version) == (None, None)
        assert keepers.of(fresh(invoice)) == moved.connection.ledger
        finding = readiness.examine("invoice", [fresh(invoice)])[0]
        assert "lines.0.tax_type" in {fault.field for fault in finding.faults}, "Britain's rate is not there"

    def test_stale_codes_are_looked_for_where_the_draft_is(self, story: Story, move: Move) -> None:
        draft_in_xero(story)
        moved = move("US")
        assert [code.code for code in stale_codes.stale_codes(moved.connection.ledger)] == []
        story.connection.ledger.accounts.filter(code="204").update(is_active=False)
        [stale] = stale_codes.stale_codes(story.connection.ledger)
        assert (stale.code, stale.drafts) == ("204", 1)
        done = stale_codes.replace_code(
            ledger_id=story.connection.ledger_id,
            of="account",
            old="204",
            new="200",
            by=story.cleo,
            now=story.now,
        )
        assert (done.drafts, done.left) == (1, [])

    def test_a_closed_period_is_that_of_the_organisation_that_has_it(self, story: Story, move: Move) -> None:
        invoice = draft_in_xero(story)
        moved = move("US")
        type(moved.connection.ledger).objects.filter(id=moved.connection.ledger_id).update(
            period_lock_on=story.today
        )
        issued = invoices.mark_as_sent(
            invoice_id=invoice.id, version=invoice.version, by=story.ben, now=story.now
        )
        assert issued.status == "sent"


class TestBothWays:
    """What is sent and what comes back."""

    def test_changes_go_to_the_organisation_that_has_it(self, story: Story, move: Move) -> None:
        invoice = draft_in_xero(story)
        moved = move("US")
        there = moved.holds()
        changed = edited(story, invoice, sold("Retouching", "1", "80"))
        [preview] = push.preview("invoice", [invoice.id], by=story.ben)
        assert (preview.act, preview.organisation, preview.refusal) == ("change", story.connection.name, None)
        push.request(changed, by=story.ben, now=story.now)
        moved.drain()
        assert [Decimal(str(row["Total"])) for row in story.sales()] == [changed.total]
        assert moved.holds() == there

    def test_paid_there_is_paid_here(self, story: Story, move: Move) -> None:
        invoice = in_xero(story)
        moved = move("US")
        story.sandbox.do(story.sales()[0]["InvoiceID"], "pay", amount="600.00", date=str(story.today))
        pull.refresh(fresh(invoice), by=story.ben, now=story.now)
        moved.drain()
        assert fresh(invoice).status == "paid"

    def test_voided_here_is_voided_there(self, story: Story, move: Move) -> None:
        invoice = in_xero(story)
        moved = move("US")
        push.remove(invoice, reason="Not wanted after all", by=story.ada, now=story.now)
        moved.drain()
        assert [row["Status"] for row in story.sales()] == ["VOIDED"]

    def test_what_is_new_goes_to_the_new_one_and_stays_there_when_the_branch_comes_back(
        self, story: Story, move: Move
    ) -> None:
        moved = move("US")
        line = replace(sold("Shoot", "1", "500"), tax_type="OUTPUT")
        invoice = story.invoice(story.company("Kestrel Air"), line, currency="USD")
        push.request(invoice, by=story.ben, now=story.now, allow_create_contact=True)
        moved.drain()
        moved.back()
        assert organisation_of(fresh(invoice)) == moved.connection.name
        again = edited(story, fresh(invoice), replace(line, item="Second day"))
        push.request(again, by=story.ben, now=story.now)
        moved.drain()
        rows = [
            row for row in story.sandbox.state(moved.organisation)["documents"] if row["Type"] == "ACCREC"
        ]
        assert (
            Decimal(str(next(row["Total"] for row in rows if row["InvoiceNumber"] == again.number)))
            == again.total
        )
        assert story.sales() == []

    def test_what_was_found_in_xero_stays_with_it_too(self, story: Story, move: Move) -> None:
        invoice = story.invoice(story.company("Kestrel Air"))
        duplicates.link(invoice, xero_id="0f3c", connection=story.connection, now=story.now)
        move("US")
        assert organisation_of(fresh(invoice)) == story.connection.name
        assert keepers.of(fresh(invoice)) == story.connection.ledger

    def test_what_is_sent_by_itself_is_sent_by_the_organisation_that_has_it(
        self, story: Story, move: Move
    ) -> None:
        expense = story.expense(story.company("Foil & Co"))
        push.request(expense, by=story.ben, now=story.now, allow_create_contact=True)
        story.drain()
        moved = move("US")
        expenses_draft = expenses.draft_of(documents.load("expense", expense.id))  # type: ignore[arg-type]
        expense = documents.load("expense", expense.id)  # type: ignore[assignment]
        expenses.edit(
            expense_id=expense.id,
            version=expense.version,
            draft=replace(expenses_draft, reference="Second thoughts"),
            by=story.ben,
            now=story.now,
        )
        for connection in (story.connection, moved.connection):
            Connection.objects.filter(id=connection.id).update(send_when=SendWhen.AS_READY)
        assert readied.send_ready(connections.load(moved.connection.id), now=story.now) == 0
        assert readied.send_ready(connections.load(story.connection.id), now=story.now) == 1


class TestMoney:
    """Payments and credit."""

    def test_a_payment_is_recorded_where_its_organisation_lets_it(self, story: Story, move: Move) -> None:
        payments_are_recorded_here(story)
        invoice = in_xero(story)
        moved = move("US")
        assert payments.may_record(fresh(invoice)), "the American books don't let payments be recorded here"
        pay(story, invoice, "600.00")
        moved.drain()
        assert [row["Amount"] for row in paid_in_xero(story)] == [600.0]
        assert (fresh(invoice).status, states(invoice)) == ("paid", ["confirmed"])

    def test_where_its_organisation_does_not_let_it_no_payment_is_recorded(
        self, story: Story, move: Move
    ) -> None:
        invoice = in_xero(story)
        moved = move("US")
        type(moved.connection.ledger).objects.filter(id=moved.connection.ledger_id).update(
            records_payments_here=True
        )
        with pytest.raises(payments.RecordedElsewhere):
            pay(story, invoice, "600.00")

    def test_a_note_made_from_it_is_checked_and_sent_where_the_invoice_is(
        self, story: Story, move: Move
    ) -> None:
        invoice = in_xero(story)
        moved = move("US")
        there = moved.holds()
        note = credit_notes.from_invoice(invoice_id=invoice.id, by=story.ben, now=story.now)
        assert organisation_of(note) == story.connection.name
        draft = credit_notes.draft_of(note)
        more = replace(draft, lines=(replace(draft.lines[0], account_code="204", unit_amount=Decimal(100)),))
        note = credit_notes.edit(
            note_id=note.id, version=note.version, draft=more, by=story.ben, now=story.now
        )
        assert (note.items[0].account_code, note.total) == ("204", Decimal("120.00"))
        number_checks.before_issue(note, by=story.ben, now=story.now)
        note = credit_notes.mark_as_sent(note_id=note.id, version=note.version, by=story.ben, now=story.now)
        row = apply(story, note, fresh(invoice), "120.00")
        for _ in range(4):
            moved.drain()
            story.later(seconds=5)
        row.refresh_from_db()
        assert (row.state, row.sentence) == ("confirmed", "")
        assert [one["CreditNoteNumber"] for one in notes_in_xero(story)] == [note.number]
        assert moved.holds() == there
        assert fresh(invoice).amount_due == Decimal("480.00")

    def test_credit_of_one_organisation_is_not_for_an_invoice_of_another(
        self, story: Story, move: Move
    ) -> None:
        invoice = in_xero(story)
        move("US")
        lines = (replace(sold("Goodwill", "1", "50"), tax_type="OUTPUT"),)
        draft = CreditNoteDraft(
            branch_id=invoice.branch_id,
            company_id=invoice.company_id,
            issued_on=story.today,
            currency="GBP",
            lines=lines,
        )
        note = credit_notes.create(draft, by=story.ben, now=story.now)
        note = credit_notes.mark_as_sent(note_id=note.id, version=note.version, by=story.ben, now=story.now)
        assert applications.notes_for(fresh(invoice)) == []
        assert applications.invoices_for(note) == []
        with pytest.raises(applications.NotTogether, match="other books"):
            crediting.apply(
                note=note,
                invoice=fresh(invoice),
                amount=Decimal("10.00"),
                applied_on=story.today,
                by=story.cleo,
                now=story.now,
            )

    def test_a_suppliers_credit_goes_where_the_bill_is(self, story: Story, move: Move) -> None:
        expense = story.expense(story.company("Foil & Co"))
        push.request(expense, by=story.ben, now=story.now, allow_create_contact=True)
        story.drain()
        move("US")
        bill = documents.load("expense", expense.id)
        assert isinstance(bill, Expense)
        draft = supplier_credits.of_expense(bill, issued_on=story.today)
        credit = supplier_credits.create(draft, by=story.ben, now=story.now)
        assert [line.account_code for line in credit.items] == ["325", "425"]
        assert organisation_of(credit) == story.connection.name


class TestOrders:
    """An order stays; what the supplier bills from now on goes where the branch goes."""

    def test_its_bill_is_the_new_organisations_with_codes_of_its_chart(
        self, story: Story, move: Move
    ) -> None:
        order = order_in_xero(story)
        moved = move("US")
        made = billing.bill(
            order_id=order.id,
            supplier_invoice_number="FC-1",
            issued_on=story.today,
            by=story.ben,
            now=story.now,
        )
        ledger = moved.connection.ledger
        assert organisation_of(made) == ledger.name
        assert [line.account_code for line in made.items] == [ledger.expense_account_code]
        assert made.sub_total == Decimal("200.00")
        said = [one.sentence for one in activity.history("expense", made.id)]
        assert f"{order.number} belongs to {story.connection.name}, this expense to {ledger.name}." in said
        assert "with codes of that chart" in billing.goes_elsewhere(order)

    def test_a_bill_that_stays_in_its_orders_books_keeps_its_codes(self, story: Story) -> None:
        order = order_in_xero(story)
        made = billing.bill(
            order_id=order.id,
            supplier_invoice_number="FC-1",
            issued_on=story.today,
            by=story.ben,
            now=story.now,
        )
        assert [line.account_code for line in made.items] == ["325"]
        assert (billing.goes_elsewhere(order), billing.books_apart(made)) == ("", "")


def order_in_xero(story: Story) -> PurchaseOrder:
    """An approved order that stands in the British organisation."""
    supplier = story.company("Foil & Co")
    draft = PurchaseOrderDraft(
        branch_id=story.cast.london.id,
        company_id=supplier.id,
        issued_on=story.today,
        currency="GBP",
        lines=(bought("Foil", "2", "100"),),
    )
    order = purchase_orders.create(draft, by=story.ben, now=story.now)
    order = purchase_orders.approve(order_id=order.id, version=order.version, by=story.ben, now=story.now)
    push.request(order, by=story.ben, now=story.now, allow_create_contact=True)
    story.drain()
    found = documents.load("purchase_order", order.id)
    assert isinstance(found, PurchaseOrder)
    return found


class TestMonthEnd:
    """Each organisation's month has its own documents."""

    def test_drafts_and_debtors_are_those_of_the_organisation_that_has_them(
        self, story: Story, move: Move
    ) -> None:
        open_one = in_xero(story)
        draft = draft_of_the_same(story)
        moved = move("US")

        def numbers(connection: Connection, name: str) -> list[str]:
            parts = month_ends.parts(connection, until=story.today + dt.timedelta(days=1), by=story.ada)
            return [row.document.number for part in parts if part.name == name for row in part.rows]

        assert numbers(story.connection, "drafts") == [draft.number]
        assert numbers(moved.connection, "drafts") == []
        assert [row.document.number for row in month_end.open_documents(story.connection.ledger_id)] == [
            open_one.number
        ]
        assert month_end.open_documents(moved.connection.ledger_id) == []
        ours, _ = balances.ask(story.connection, by=story.ada, now=story.now)
        assert (ours.only_here, ours.differing) == ((), ())

    def test_a_note_of_an_invoice_is_of_the_invoices_organisation(self, story: Story, move: Move) -> None:
        invoice = in_xero(story)
        moved = move("US")
        note = credit_notes.from_invoice(invoice_id=invoice.id, by=story.ben, now=story.now)
        here = CreditNote.objects.filter(keepers.kept_in("credit_note", story.connection.ledger_id))
        there = CreditNote.objects.filter(keepers.kept_in("credit_note", moved.connection.ledger_id))
        assert ([row.id for row in here], list(there)) == ([note.id], [])
        assert not CreditNote.objects.get(id=note.id).in_books_already, (
            "the new one's start says nothing of it"
        )


def draft_of_the_same(story: Story) -> Invoice:
    """Another invoice, a draft here and there."""
    kestrel = fresh(Invoice.objects.latest("created_at")).company
    invoice = story.invoice(kestrel)
    push.request(invoice, by=story.ben, now=story.now)
    story.drain()
    return fresh(invoice)
