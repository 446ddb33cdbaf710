"""Edit Connection: branches, invoice numbers, default codes, and the connection's manners (S7 to S12)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bluestamp.books import ledgers, numbers
from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, InvalidFields, NotFound, NotPermitted
from bluestamp.people.activity import Activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.users import User
from bluestamp.sync import connections, reference
from bluestamp.sync.connections import BranchTaken, Connection, ConnectionDraft
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
