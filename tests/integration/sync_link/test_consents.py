"""The way to Xero's consent page and back, walked over HTTP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from pytest_django import Settings

from bluestamp.books import ledgers
from bluestamp.books.ledgers import Account, TaxRate
from bluestamp.engine import tenancy
from bluestamp.errors import NotPermitted
from bluestamp.people import holds, two_factor
from bluestamp.people.activity import Activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio
from bluestamp.people.two_factor import TwoFactorNeeded
from bluestamp.people.users import User
from bluestamp.sync import clients, connections, consents, mirror
from bluestamp.sync.connections import Connection
from bluestamp.sync.consents import (
    AlreadyConnected,
    ConsentCancelled,
    ConsentNotYours,
    ConsentState,
    Finished,
    NotSetUp,
    ScopesMissing,
    XeroUnreachable,
)
from bluestamp.sync.directory import TenantEntry
from bluestamp.sync.grants import Grant
from tests.integration.sync_link.conftest import Connect
from tests.sandboxes import ADA_AT_XERO, CLEO_AT_XERO, Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_northlight")]


def finish(back: dict[str, str], *, by: Actor, user: User, now: dt.datetime) -> Finished:
    """Come back from Xero with what it sent along."""
    code, error = back.get("code", ""), back.get("error", "")
    return consents.finish(state=back["state"], code=code, error=error, by=by, user=user, now=now)


def test_connecting_fills_the_ledger_from_xero(gb: Connection, sandbox: Sandbox) -> None:
    ledger = connections.load(gb.id).ledger
    assert ledger.source == "xero"
    assert (ledger.base_currency, ledger.country) == ("GBP", "GB")
    assert ledger.refreshed_at is not None
    assert Account.objects.filter(ledger=ledger, code="200", account_class="REVENUE").exists()
    assert TaxRate.objects.get(ledger=ledger, tax_type="OUTPUT2").percent == 20
    assert "GBP" in ledgers.currency_codes(ledger)
    assert gb.short_code == sandbox.state(sandbox.of_country("GB"))["short_code"]
    assert (gb.name, gb.base_currency, gb.country) == (sandbox.of_country("GB").name, "GBP", "GB")


def test_connecting_proposes_accounts_and_their_own_rates_as_defaults(gb: Connection) -> None:
    ledger = connections.load(gb.id).ledger
    revenue = Account.objects.get(ledger=ledger, code=ledger.revenue_account_code)
    expense = Account.objects.get(ledger=ledger, code=ledger.expense_account_code)
    assert (revenue.account_class, expense.account_class) == ("REVENUE", "EXPENSE")
    assert (ledger.revenue_tax_type, ledger.expense_tax_type) == (revenue.tax_type, expense.tax_type)


def test_the_first_connection_gets_the_home_branch_and_the_second_leaves_it(
    connect: Connect, ada: Actor, ada_user: User, london: Branch
) -> None:
    first = connect(ada, ada_user, "GB")
    second = connect(ada, ada_user, "NZ")
    assert connections.branch_ids(first) == [london.id]
    assert connections.branch_ids(second) == []
    found = connections.of_branch(london.id)
    assert found is not None
    assert found.id == first.id


def test_connecting_holds_two_factor_authentication_on(gb: Connection, northlight: Studio) -> None:
    reasons = holds.of("studio", str(northlight.pk))
    assert [reason.act for reason in reasons] == ["switch_off_two_factor"]
    assert gb.name in reasons[0].sentence


def test_what_happened_is_written_down(gb: Connection, ada: Actor) -> None:
    row = Activity.objects.get(kind="connection", subject_id=gb.id, verb="connection.connected")
    assert row.actor_name == ada.name


def test_only_an_owner_may_begin(
    ben: Actor, ben_user: User, cleo: Actor, cleo_user: User, sandbox: Sandbox, now: dt.datetime
) -> None:
    for actor, user in ((ben, ben_user), (cleo, cleo_user)):
        with pytest.raises(NotPermitted):
            consents.begin(by=actor, user=user, now=now)
    assert not sandbox.calls("/identity/")


def test_without_two_factor_authentication_nobody_is_sent_to_xero(
    ada: Actor, ada_user: User, sandbox: Sandbox, now: dt.datetime
) -> None:
    two_factor.forget(ada_user)
    with pytest.raises(TwoFactorNeeded):
        consents.begin(by=ada, user=ada_user, now=now)
    assert not ConsentState.objects.exists()


def test_without_an_app_in_the_settings_nobody_is_sent_to_xero(
    ada: Actor, ada_user: User, settings: Settings, now: dt.datetime
) -> None:
    settings.XERO_CLIENT_ID = ""
    with pytest.raises(NotSetUp):
        consents.begin(by=ada, user=ada_user, now=now)


def test_the_state_is_stored_hashed(ada: Actor, ada_user: User, sandbox: Sandbox, now: dt.datetime) -> None:
    url = consents.begin(by=ada, user=ada_user, now=now)
    state = parse_qs(urlsplit(url).query)["state"][0]
    assert state not in str(ConsentState.objects.values().get())


def test_a_state_works_once(ada: Actor, ada_user: User, sandbox: Sandbox, present: dt.datetime) -> None:
    back = sandbox.allow(consents.begin(by=ada, user=ada_user, now=present), sandbox.of_country("GB"))
    finish(back, by=ada, user=ada_user, now=present)
    with pytest.raises(ConsentNotYours):
        finish(back, by=ada, user=ada_user, now=present)
    assert len(sandbox.calls("/connect/token")) == 1


def test_a_state_that_nobody_asked_for_is_refused_before_xero_hears_of_it(
    ada: Actor, ada_user: User, sandbox: Sandbox, present: dt.datetime
) -> None:
    back = sandbox.allow(consents.begin(by=ada, user=ada_user, now=present), sandbox.of_country("GB"))
    with pytest.raises(ConsentNotYours):
        finish(back | {"state": "made-up"}, by=ada, user=ada_user, now=present)
    assert not sandbox.calls("/connect/token")


def test_a_state_is_good_for_ten_minutes(
    ada: Actor, ada_user: User, sandbox: Sandbox, present: dt.datetime
) -> None:
    back = sandbox.allow(consents.begin(by=ada, user=ada_user, now=present), sandbox.of_country("GB"))
    with pytest.raises(ConsentNotYours):
        finish(back, by=ada, user=ada_user, now=present + consents.GOOD_FOR)


def test_dan_can_not_finish_what_ada_began(
    ada: Actor, ada_user: User, dan: Actor, dan_user: User, sandbox: Sandbox, present: dt.datetime
) -> None:
    back = sandbox.allow(consents.begin(by=ada, user=ada_user, now=present), sandbox.of_country("GB"))
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id):
        with pytest.raises(ConsentNotYours):
            finish(back, by=dan, user=dan_user, now=present)
        with pytest.raises(ConsentNotYours):
            consents.studio_of(back["state"], user=dan_user)
    assert not sandbox.calls("/connect/token")
    assert finish(back, by=ada, user=ada_user, now=present).connected


def test_the_way_back_finds_its_studio(
    ada: Actor, ada_user: User, northlight: Studio, sandbox: Sandbox, present: dt.datetime
) -> None:
    back = sandbox.allow(consents.begin(by=ada, user=ada_user, now=present), sandbox.of_country("GB"))
    assert consents.studio_of(back["state"], user=ada_user) == northlight


def test_saying_no_at_xero_connects_nothing(
    ada: Actor, ada_user: User, sandbox: Sandbox, present: dt.datetime
) -> None:
    back = sandbox.refuse(consents.begin(by=ada, user=ada_user, now=present))
    with pytest.raises(ConsentCancelled):
        finish(back, by=ada, user=ada_user, now=present)
    assert not Grant.objects.exists()


def test_missing_permissions_are_named(
    ada: Actor, ada_user: User, sandbox: Sandbox, present: dt.datetime
) -> None:
    url = consents.begin(by=ada, user=ada_user, now=present).replace("+accounting.payments", "")
    back = sandbox.allow(url, sandbox.of_country("GB"))
    with pytest.raises(ScopesMissing) as refusal:
        finish(back, by=ada, user=ada_user, now=present)
    assert "did not allow payments." in refusal.value.sentence
    assert not Connection.objects.exists()


def test_a_code_that_xero_no_longer_takes_is_told_plainly(
    ada: Actor, ada_user: User, sandbox: Sandbox, present: dt.datetime
) -> None:
    back = sandbox.allow(consents.begin(by=ada, user=ada_user, now=present), sandbox.of_country("GB"))
    sandbox.advance(minutes=6)
    with pytest.raises(ConsentNotYours):
        finish(back, by=ada, user=ada_user, now=present)


def test_xero_out_of_order_is_told_plainly(
    ada: Actor, ada_user: User, sandbox: Sandbox, present: dt.datetime
) -> None:
    back = sandbox.allow(consents.begin(by=ada, user=ada_user, now=present), sandbox.of_country("GB"))
    sandbox.fault(kind="503", path="/connect/token")
    with pytest.raises(XeroUnreachable):
        finish(back, by=ada, user=ada_user, now=present)


def test_a_wrong_secret_is_told_plainly(
    ada: Actor, ada_user: User, sandbox: Sandbox, settings: Settings, present: dt.datetime
) -> None:
    back = sandbox.allow(consents.begin(by=ada, user=ada_user, now=present), sandbox.of_country("GB"))
    settings.XERO_CLIENT_SECRET = "another"
    with pytest.raises(NotSetUp, match="invalid_client"):
        finish(back, by=ada, user=ada_user, now=present)


def test_only_what_this_consent_chose_is_connected(connect: Connect, ada: Actor, ada_user: User) -> None:
    connect(ada, ada_user, "GB")
    second = connect(ada, ada_user, "NZ")
    assert second.country == "NZ"
    assert Connection.objects.count() == 2


def test_two_organisations_of_one_xero_user_share_a_grant(
    connect: Connect, ada: Actor, ada_user: User
) -> None:
    first = connect(ada, ada_user, "GB")
    second = connect(ada, ada_user, "NZ")
    assert first.grant_id == second.grant_id
    assert Grant.objects.count() == 1


def test_the_same_organisation_twice_is_refused_with_the_tiles_name(
    gb: Connection, connect: Connect, ada: Actor, ada_user: User
) -> None:
    with pytest.raises(AlreadyConnected, match=gb.name):
        connect(ada, ada_user, "GB")
    with pytest.raises(AlreadyConnected, match=gb.name):
        connect(ada, ada_user, "GB", xero_user=CLEO_AT_XERO)
    assert Connection.objects.count() == 1


def test_a_second_xero_user_who_connected_nothing_leaves_no_tokens(
    gb: Connection, connect: Connect, ada: Actor, ada_user: User
) -> None:
    with pytest.raises(AlreadyConnected):
        connect(ada, ada_user, "GB", xero_user=CLEO_AT_XERO)
    assert Grant.objects.get(xero_user_id=ADA_AT_XERO).access_token
    assert not Grant.objects.get(xero_user_id=CLEO_AT_XERO).access_token


def test_a_lost_connection_comes_back_with_its_ledger(
    gb: Connection, connect: Connect, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    connections.mark_grant_lost(gb.grant_id, why="It died.", now=present)
    again = connect(ada, ada_user, "GB")
    assert (again.id, again.ledger_id) == (gb.id, gb.ledger_id)
    assert again.is_connected
    assert again.lost_why == ""
    assert Grant.objects.get(id=again.grant_id).state == "alive"


def test_a_disconnected_one_comes_back_by_another_xero_user(
    gb: Connection, connect: Connect, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    connections.disconnect(gb.id, by=ada, now=present)
    again = connect(ada, ada_user, "GB", xero_user=CLEO_AT_XERO)
    assert (again.id, again.ledger_id) == (gb.id, gb.ledger_id)
    assert again.grant.xero_user_id == CLEO_AT_XERO
    assert TenantEntry.objects.get(connection_id=gb.id).xero_connection_id == again.xero_connection_id


def test_another_organisation_than_the_lost_one_is_offered_and_not_taken(
    gb: Connection, sandbox: Sandbox, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    connections.mark_lost(gb.id, why="Access was withdrawn.", now=present)
    url = consents.reconnect(gb.id, by=ada, user=ada_user, now=present)
    done = finish(sandbox.allow(url, sandbox.of_country("NZ")), by=ada, user=ada_user, now=present)
    assert [one.name for one in done.offered] == [sandbox.of_country("NZ").name]
    assert Connection.objects.count() == 1
    chosen = consents.choose(done.consent_id, [done.offered[0].tenant_id], by=ada, user=ada_user, now=present)
    assert [row.country for row in chosen.connected] == ["NZ"]


def test_several_organisations_chosen_at_once_are_offered_and_the_ticked_ones_connected(
    sandbox: Sandbox, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    """Xero's upper tiers let a person choose several in one consent, under one authEventId."""
    sandbox.limit(tier="advanced")
    url = consents.begin(by=ada, user=ada_user, now=present)
    back = sandbox.allow(url, *(sandbox.of_country(country) for country in ("GB", "NZ", "US")))
    done = finish(back, by=ada, user=ada_user, now=present)
    assert len(done.offered) == 3
    wanted = [one.tenant_id for one in done.offered if one.name != sandbox.of_country("US").name]
    chosen = consents.choose(done.consent_id, wanted, by=ada, user=ada_user, now=present)
    assert {row.country for row in chosen.connected} == {"GB", "NZ"}
    assert Grant.objects.count() == 1


def test_what_was_offered_to_ada_is_not_for_dan_to_choose(
    gb: Connection,
    sandbox: Sandbox,
    ada: Actor,
    ada_user: User,
    dan: Actor,
    dan_user: User,
    present: dt.datetime,
) -> None:
    connections.mark_lost(gb.id, why="Access was withdrawn.", now=present)
    url = consents.reconnect(gb.id, by=ada, user=ada_user, now=present)
    done = finish(sandbox.allow(url, sandbox.of_country("NZ")), by=ada, user=ada_user, now=present)
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id), pytest.raises(ConsentNotYours):
        consents.choose(done.consent_id, [done.offered[0].tenant_id], by=dan, user=dan_user, now=present)


def test_two_studios_connect_one_organisation_without_seeing_each_other(
    gb: Connection, connect: Connect, dan: Actor, dan_user: User
) -> None:
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id):
        dans = connect(dan, dan_user, "GB")
        assert [row.id for row in connections.all_of_studio()] == [dans.id]
        assert not Grant.objects.filter(id=gb.grant_id).exists()
    assert [row.id for row in connections.all_of_studio()] == [gb.id]
    assert TenantEntry.objects.filter(tenant_id=gb.tenant_id).count() == 2


def test_a_chart_that_can_not_be_read_at_once_does_not_lose_the_connection(
    connect: Connect, sandbox: Sandbox, ada: Actor, ada_user: User
) -> None:
    sandbox.fault(kind="503", path="/api.xro/2.0/Accounts", count=1)
    row = connect(ada, ada_user)
    assert row.is_connected
    assert row.ledger.refreshed_at is None


def test_a_native_app_proves_itself_by_its_verifier(
    connect: Connect, settings: Settings, ada: Actor, ada_user: User
) -> None:
    settings.XERO_APP_TYPE, settings.XERO_CLIENT_ID = "pkce", "bluestamp-native"
    settings.XERO_CLIENT_SECRET = ""
    row = connect(ada, ada_user)
    assert row.is_connected
    assert ConsentState.objects.get().verifier.count(".") == 1


def test_a_custom_connection_asks_nobody(
    sandbox: Sandbox, settings: Settings, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    settings.XERO_APP_TYPE = "custom"
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = "sandbox", "sandbox-secret"
    done = consents.connect_custom(by=ada, user=ada_user, now=present)
    assert [row.is_connected for row in done.connected] == [True]
    assert done.connected[0].ledger.refreshed_at is not None


def test_a_lost_custom_connection_comes_back_by_connecting_again(
    sandbox: Sandbox, settings: Settings, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    settings.XERO_APP_TYPE = "custom"
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = "sandbox", "sandbox-secret"
    first = consents.connect_custom(by=ada, user=ada_user, now=present).connected[0]
    connections.mark_lost(first.id, why="Access was withdrawn.", now=present)
    with pytest.raises(consents.AsksNobody):
        consents.reconnect(first.id, by=ada, user=ada_user, now=present)
    again = consents.connect_custom(by=ada, user=ada_user, now=present).connected[0]
    assert (again.id, again.is_connected) == (first.id, True)


def test_a_custom_connections_token_is_asked_for_anew(
    sandbox: Sandbox, settings: Settings, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    settings.XERO_APP_TYPE = "custom"
    settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = "sandbox", "sandbox-secret"
    row = consents.connect_custom(by=ada, user=ada_user, now=present).connected[0]
    sandbox.advance(minutes=31)
    with clients.open(row, why="pull", urgent=False, now=present + dt.timedelta(minutes=31)) as xero:
        assert xero.organisation().value.name == row.name


def test_the_first_drain_reads_the_contacts_and_what_connecting_could_not_read(
    connect: Connect, sandbox: Sandbox, ada: Actor, ada_user: User, work_off: Callable[[], int]
) -> None:
    sandbox.fault(kind="503", path="/api.xro/2.0/Accounts", count=1)
    row = connect(ada, ada_user)
    assert row.ledger.refreshed_at is None
    work_off()
    row = connections.load(row.id)
    assert row.ledger.refreshed_at is not None
    assert mirror.is_filled(row)
