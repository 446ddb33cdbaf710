"""Edit Connection: branches, invoice numbers, default codes, and the connection's manners (S7 to S12)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from bluestamp.books import companies, documents, invoices, ledgers, numbers
from bluestamp.books.companies import CompanyDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, InvalidFields, NotFound, NotPermitted
from bluestamp.people.activity import Activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.users import User
from bluestamp.sync import connections, copies, readiness, reference
from bluestamp.sync.connections import BranchTaken, Connection, ConnectionDraft
from bluestamp.sync.copies import Copy
from tests.integration.sync_link.conftest import Connect
from tests.sandboxes import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_northlight")]


def shown(connection: Connection) -> ConnectionDraft:
    """What Edit Connection shows now."""
    return connections.draft_of(connections.load(connection.id))


def test_saving_what_is_shown_changes_nothing(gb: Connection, ada: Actor, now: dt.datetime) -> None:
    before = shown(gb)
    connections.edit(gb.id, before, by=ada, now=now)
    assert shown(gb) == before


def test_a_connection_counts_in_the_home_branchs_sequence(
    gb: Connection, london: Branch, ada: Actor, now: dt.datetime
) -> None:
    home = numbers.for_branch(branch_id=london.id, kind="invoice")
    numbers.set_next(sequence_id=home.id, next_number=1049, by=ada, now=now)
    assert (shown(gb).invoice_prefix, shown(gb).next_invoice_number) == (home.prefix, 1049)


def test_branches_of_one_connection_count_on_in_one_sequence(
    gb: Connection, london: Branch, bristol: Branch, ada: Actor, now: dt.datetime
) -> None:
    draft = replace(
        shown(gb), branch_ids=(london.id, bristol.id), invoice_prefix="NL-", next_invoice_number=200
    )
    connections.edit(gb.id, draft, by=ada, now=now)
    first = numbers.take(studio_id=ada.studio_id, branch_id=bristol.id, kind="invoice")
    second = numbers.take(studio_id=ada.studio_id, branch_id=london.id, kind="invoice")
    assert (first, second) == ("NL-0200", "NL-0201")


def test_a_number_that_can_not_be_is_refused_at_its_field(
    gb: Connection, ada: Actor, now: dt.datetime
) -> None:
    with pytest.raises(Invalid) as number:
        connections.edit(gb.id, replace(shown(gb), next_invoice_number=0), by=ada, now=now)
    with pytest.raises(Invalid) as prefix:
        connections.edit(gb.id, replace(shown(gb), invoice_prefix="20"), by=ada, now=now)
    assert (number.value.field, prefix.value.field) == ("next_invoice_number", "invoice_prefix")


def test_ticked_branches_send_to_the_organisation_and_unticked_ones_nowhere(
    gb: Connection, london: Branch, bristol: Branch, ada: Actor, now: dt.datetime
) -> None:
    connections.edit(gb.id, replace(shown(gb), branch_ids=(bristol.id,)), by=ada, now=now)
    found = connections.of_branches([london.id, bristol.id])
    assert {branch: row.id for branch, row in found.items()} == {bristol.id: gb.id}


def test_a_branch_on_two_connections_is_refused_by_name(
    gb: Connection, connect: Connect, london: Branch, ada: Actor, ada_user: User, now: dt.datetime
) -> None:
    nz = connect(ada, ada_user, "NZ")
    with pytest.raises(BranchTaken) as refusal:
        connections.edit(nz.id, replace(shown(nz), branch_ids=(london.id,)), by=ada, now=now)
    assert refusal.value.field == "branch_ids"
    assert london.name in refusal.value.sentence
    assert gb.name in refusal.value.sentence
    assert connections.branch_ids(gb) == [london.id]


def test_a_branch_may_leave_a_disconnected_organisation(
    gb: Connection,
    connect: Connect,
    london: Branch,
    ada: Actor,
    ada_user: User,
    present: dt.datetime,
) -> None:
    connections.disconnect(gb.id, by=ada, now=present)
    nz = connect(ada, ada_user, "NZ")
    found = connections.of_branch(london.id)
    assert found is not None
    assert found.id == nz.id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("revenue_account_code", "999999"),
        ("expense_account_code", "nope"),
        ("payments_account_code", "nope"),
        ("revenue_tax_type", "NOPE"),
        ("expense_tax_type", "NOPE"),
    ],
)
def test_a_code_that_the_chart_lacks_is_refused_at_its_field(
    gb: Connection, ada: Actor, now: dt.datetime, field: str, value: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        connections.edit(gb.id, replace(shown(gb), **{field: value}), by=ada, now=now)
    assert refusal.value.field == field


@pytest.mark.parametrize("field", ["send_when", "card_policy", "reminders_by"])
def test_an_answer_that_nobody_offered_is_refused(
    gb: Connection, ada: Actor, now: dt.datetime, field: str
) -> None:
    with pytest.raises(InvalidFields) as refusal:
        connections.edit(gb.id, replace(shown(gb), **{field: "whatever"}), by=ada, now=now)
    assert refusal.value.field == field


def test_codes_and_manners_are_kept(gb: Connection, cleo: Actor, now: dt.datetime) -> None:
    wanted = replace(
        shown(gb),
        expense_account_code="429",
        start_on=dt.date(2026, 4, 6),
        send_when="as_ready",
        card_policy="as_bill",
        reminders_by="xero",
    )
    connections.edit(gb.id, wanted, by=cleo, now=now)
    assert shown(gb) == wanted
    assert Activity.objects.get(verb="connection.edited").actor_name == cleo.name


def test_ben_may_not_edit_and_dan_finds_nothing(
    gb: Connection, ben: Actor, dan: Actor, now: dt.datetime
) -> None:
    draft = shown(gb)
    with pytest.raises(NotPermitted):
        connections.edit(gb.id, draft, by=ben, now=now)
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id):
        with pytest.raises(NotFound):
            connections.edit(gb.id, draft, by=dan, now=now)
        with pytest.raises(NotFound):
            connections.load(gb.id)


def test_an_account_archived_in_xero_turns_inactive_and_is_not_deleted(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    code = shown(gb).expense_account_code
    sandbox.change(sandbox.of_country("GB"), archive_account=code)
    reference.refresh(gb, now=present)
    ledger = connections.load(gb.id).ledger
    assert ledgers.Account.objects.get(ledger=ledger, code=code).is_active is False
    assert ledger.expense_account_code == code  # what a person chose is theirs to change


def test_lock_dates_come_from_xero(gb: Connection, sandbox: Sandbox, present: dt.datetime) -> None:
    sandbox.change(sandbox.of_country("GB"), period_lock_on="2026-03-31", end_of_year_lock_on="2025-12-31")
    reference.refresh(gb, now=present)
    ledger = connections.load(gb.id).ledger
    assert (ledger.period_lock_on, ledger.end_of_year_lock_on) == (
        dt.date(2026, 3, 31),
        dt.date(2025, 12, 31),
    )
    assert ledgers.locked_until(ledger) == dt.date(2026, 3, 31)


def test_days_are_the_organisations_own(connect: Connect, ada: Actor, ada_user: User) -> None:
    nz = connect(ada, ada_user, "NZ")
    assert connections.today(nz, now=dt.datetime(2026, 11, 2, 13, 0, tzinfo=dt.UTC)) == dt.date(2026, 11, 3)


def test_two_organisations_stand_side_by_side_each_with_its_chart_numbers_and_branches(
    gb: Connection,
    connect: Connect,
    london: Branch,
    bristol: Branch,
    ada: Actor,
    ada_user: User,
    now: dt.datetime,
) -> None:
    nz = connect(ada, ada_user, "NZ")
    own = replace(shown(nz), branch_ids=(bristol.id,), invoice_prefix="NZ-", next_invoice_number=500)
    connections.edit(nz.id, own, by=ada, now=now)
    found = connections.of_branches([london.id, bristol.id])
    assert {branch: row.name for branch, row in found.items()} == {london.id: gb.name, bristol.id: nz.name}
    taken = [
        numbers.take(studio_id=ada.studio_id, branch_id=branch.id, kind="invoice")
        for branch in (london, bristol, london)
    ]
    assert taken == ["LON-0001", "NZ-0500", "LON-0002"]
    assert (gb.ledger.base_currency, connections.load(nz.id).ledger.base_currency) == ("GBP", "NZD")


def test_a_new_connection_goes_on_in_the_home_branchs_numbers_and_none_is_given_twice(
    gb: Connection,
    connect: Connect,
    london: Branch,
    bristol: Branch,
    ada: Actor,
    ada_user: User,
    now: dt.datetime,
) -> None:
    numbers.take(studio_id=ada.studio_id, branch_id=london.id, kind="invoice")
    nz = connect(ada, ada_user, "NZ")
    assert (shown(nz).invoice_prefix, shown(nz).next_invoice_number) == ("LON-", 2)
    connections.edit(nz.id, replace(shown(nz), branch_ids=(bristol.id,)), by=ada, now=now)
    taken = [
        numbers.take(studio_id=ada.studio_id, branch_id=branch.id, kind="invoice")
        for branch in (bristol, london, bristol)
    ]
    assert taken == ["LON-0002", "LON-0003", "LON-0004"]


def test_whether_payments_are_recorded_here_is_said_per_organisation(
    gb: Connection, ada: Actor, now: dt.datetime
) -> None:
    assert shown(gb).records_payments_here is False, "off until somebody asks for it (bookkeeping rule 12)"
    connections.edit(gb.id, replace(shown(gb), records_payments_here=True), by=ada, now=now)
    assert connections.load(gb.id).ledger.records_payments_here
    assert shown(gb).records_payments_here


class TestMovingABranch:
    """From the branch's own page."""

    def test_a_branch_moves_to_another_organisation_and_to_none(
        self,
        gb: Connection,
        connect: Connect,
        london: Branch,
        ada: Actor,
        ada_user: User,
        now: dt.datetime,
    ) -> None:
        nz = connect(ada, ada_user, "NZ")
        connections.move_branch(london.id, nz.id, by=ada, now=now)
        assert connections.of_branch(london.id) == nz
        assert connections.branch_ids(gb) == []
        connections.move_branch(london.id, "", by=ada, now=now)
        assert connections.of_branch(london.id) is None
        told = Activity.objects.filter(verb="connection.branch_moved").values_list("subject_id", flat=True)
        assert sorted(told) == sorted([gb.id, nz.id, nz.id])

    def test_the_other_branches_of_an_organisation_stay(
        self,
        gb: Connection,
        connect: Connect,
        london: Branch,
        bristol: Branch,
        ada: Actor,
        ada_user: User,
        now: dt.datetime,
    ) -> None:
        nz = connect(ada, ada_user, "NZ")
        connections.move_branch(bristol.id, nz.id, by=ada, now=now)
        connections.move_branch(london.id, nz.id, by=ada, now=now)
        assert sorted(connections.branch_ids(nz)) == sorted([london.id, bristol.id])

    def test_a_copied_document_stays_with_its_organisation(
        self,
        gb: Connection,
        connect: Connect,
        london: Branch,
        ada: Actor,
        ada_user: User,
        now: dt.datetime,
    ) -> None:
        document = a_copied_invoice(gb, london, ada, now)
        nz = connect(ada, ada_user, "NZ")
        assert connections.unfinished(london.id) == 1, "and the branch's page says so"
        connections.move_branch(london.id, nz.id, by=ada, now=now)
        assert copies.home_of(document) == gb
        assert connections.unfinished(london.id) == 0, "nothing of it is in the new one"
        finding = readiness.examine("invoice", [document])[0]
        assert finding.connection == gb, "what changes goes to the organisation that has it"

    def test_a_disconnected_organisation_takes_no_branch(
        self, gb: Connection, bristol: Branch, ada: Actor, now: dt.datetime, present: dt.datetime
    ) -> None:
        connections.disconnect(gb.id, by=ada, now=present)
        with pytest.raises(connections.NotConnected):
            connections.move_branch(bristol.id, gb.id, by=ada, now=now)

    def test_ben_moves_none_and_dan_finds_none(
        self, gb: Connection, london: Branch, ben: Actor, dan: Actor, now: dt.datetime
    ) -> None:
        with pytest.raises(NotPermitted):
            connections.move_branch(london.id, "", by=ben, now=now)
        with tenancy.leaving(), tenancy.acting_in(dan.studio_id), pytest.raises(NotFound):
            connections.move_branch(london.id, gb.id, by=dan, now=now)


def a_copied_invoice(connection: Connection, branch: Branch, by: Actor, now: dt.datetime) -> Invoice:
    """An invoice of the branch that stands in this organisation."""
    client = companies.create(CompanyDraft(name="Kestrel Air", is_client=True), by=by, now=now)
    lines = (LineDraft(item="Livery", unit_amount=Decimal(100), account_code="200", tax_type="OUTPUT2"),)
    draft = InvoiceDraft(
        branch_id=branch.id, company_id=client.id, issued_on=now.date(), currency="GBP", lines=lines
    )
    made = invoices.create(draft, by=by, now=now)
    Copy.objects.create(
        studio_id=by.studio_id,
        connection=connection,
        kind="invoice",
        document_id=made.id,
        xero_id="0f3c",
        xero_status="DRAFT",
        copied_at=now,
        seen_at=now,
        version_sent=1,
    )
    documents.note_ledger_version(
        kind="invoice", document_id=made.id, version=1, ledger_id=connection.ledger_id
    )
    return made
