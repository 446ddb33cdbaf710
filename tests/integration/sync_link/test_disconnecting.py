"""Giving an organisation up, and losing it."""

from __future__ import annotations

import datetime as dt

import pytest

from bluestamp.engine import tenancy
from bluestamp.errors import NotFound, NotPermitted
from bluestamp.people import holds
from bluestamp.people.activity import Activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio
from bluestamp.people.users import User
from bluestamp.sync import clients, connections, health
from bluestamp.sync.connections import Connection
from bluestamp.sync.directory import TenantEntry
from bluestamp.sync.grants import Grant
from bluestamp.xero.errors import NotConnected
from tests.integration.sync_link.conftest import Connect
from tests.sandboxes import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_northlight")]


def ties(sandbox: Sandbox, country: str) -> list[str]:
    """Xero's ids of the apps connected to an organisation."""
    return [row["id"] for row in sandbox.state(sandbox.of_country(country))["connections"]]


def test_disconnecting_deletes_the_tie_at_xero_and_revokes_nothing(
    gb: Connection, sandbox: Sandbox, ada: Actor, present: dt.datetime
) -> None:
    connections.disconnect(gb.id, by=ada, now=present)
    assert ties(sandbox, "GB") == []
    assert not sandbox.calls("/revocation")
    assert not TenantEntry.objects.filter(connection_id=gb.id).exists()


def test_disconnecting_one_organisation_leaves_the_other(
    connect: Connect, sandbox: Sandbox, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    first, second = connect(ada, ada_user, "GB"), connect(ada, ada_user, "NZ")
    connections.disconnect(first.id, by=ada, now=present)
    with clients.open(second, why="reference", urgent=True, now=present) as xero:
        assert xero.organisation().value.country_code == "NZ"


def test_the_tie_stays_while_another_studio_uses_it(
    gb: Connection,
    connect: Connect,
    sandbox: Sandbox,
    ada: Actor,
    dan: Actor,
    dan_user: User,
    present: dt.datetime,
) -> None:
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id):
        dans = connect(dan, dan_user, "GB")
    assert dans.xero_connection_id == gb.xero_connection_id
    connections.disconnect(gb.id, by=ada, now=present)
    assert ties(sandbox, "GB") == [dans.xero_connection_id]
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id):
        connections.disconnect(dans.id, by=dan, now=present)
    assert ties(sandbox, "GB") == []


def test_tokens_go_with_the_last_connection_of_their_grant(
    connect: Connect, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    first, second = connect(ada, ada_user, "GB"), connect(ada, ada_user, "NZ")
    connections.disconnect(first.id, by=ada, now=present)
    assert Grant.objects.get().refresh_token
    connections.disconnect(second.id, by=ada, now=present)
    assert not Grant.objects.get().refresh_token


def test_the_hold_names_what_is_connected_and_goes_with_the_last(
    connect: Connect, ada: Actor, ada_user: User, northlight: Studio, present: dt.datetime
) -> None:
    first, second = connect(ada, ada_user, "GB"), connect(ada, ada_user, "NZ")
    connections.disconnect(first.id, by=ada, now=present)
    sentence = holds.of("studio", str(northlight.pk))[0].sentence
    assert second.name in sentence
    assert first.name not in sentence
    connections.disconnect(second.id, by=ada, now=present)
    assert holds.of("studio", str(northlight.pk)) == []


def test_a_lost_connection_keeps_the_hold(gb: Connection, northlight: Studio, present: dt.datetime) -> None:
    connections.mark_lost(gb.id, why="Access was withdrawn.", now=present)
    assert holds.of("studio", str(northlight.pk))


def test_disconnecting_works_when_xero_can_not_be_told(
    gb: Connection, sandbox: Sandbox, ada: Actor, present: dt.datetime
) -> None:
    sandbox.fault(kind="503", path="/connections")
    assert connections.disconnect(gb.id, by=ada, now=present).state == "disconnected"
    told = Activity.objects.get(verb="connection.left_at_xero").sentence
    assert "Connected apps" in told


def test_disconnecting_twice_is_refused(gb: Connection, ada: Actor, present: dt.datetime) -> None:
    connections.disconnect(gb.id, by=ada, now=present)
    with pytest.raises(connections.NotConnected):
        connections.disconnect(gb.id, by=ada, now=present)


def test_cleo_may_not_disconnect_and_dan_finds_nothing(
    gb: Connection, cleo: Actor, dan: Actor, present: dt.datetime
) -> None:
    with pytest.raises(NotPermitted):
        connections.disconnect(gb.id, by=cleo, now=present)
    with tenancy.leaving(), tenancy.acting_in(dan.studio_id), pytest.raises(NotFound):
        connections.disconnect(gb.id, by=dan, now=present)


def test_a_branch_of_a_disconnected_organisation_has_no_connection(
    gb: Connection, ada: Actor, london: Branch, present: dt.datetime
) -> None:
    connections.disconnect(gb.id, by=ada, now=present)
    assert connections.of_branch(london.id) is None


def test_access_withdrawn_in_xero_is_noticed_at_the_next_call(
    gb: Connection, sandbox: Sandbox, present: dt.datetime
) -> None:
    sandbox.change(sandbox.of_country("GB"), withdraw_access=True)
    with pytest.raises(NotConnected), clients.open(gb, why="pull", urgent=False, now=present) as xero:
        xero.organisation()
    lost = connections.load(gb.id)
    assert (lost.state, lost.lost_at) == ("lost", present)
    assert "withdrawn" in health.of(lost, now=present).sentence
    assert Activity.objects.filter(verb="connection.lost", subject_id=gb.id).count() == 1


def test_a_dead_grant_loses_all_its_connections(
    connect: Connect, sandbox: Sandbox, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    first, second = connect(ada, ada_user, "GB"), connect(ada, ada_user, "NZ")
    later = present + dt.timedelta(days=61)
    sandbox.advance(days=61)
    with pytest.raises(NotConnected), clients.open(first, why="pull", urgent=False, now=later):
        pass
    assert [connections.load(row.id).state for row in (first, second)] == ["lost", "lost"]
    assert Grant.objects.get().state == "lost"
    assert not Grant.objects.get().refresh_token
    assert Activity.objects.filter(verb="connection.lost").count() == 2


def test_losing_one_organisation_leaves_the_other_of_the_same_grant(
    connect: Connect, sandbox: Sandbox, ada: Actor, ada_user: User, present: dt.datetime
) -> None:
    first, second = connect(ada, ada_user, "GB"), connect(ada, ada_user, "NZ")
    sandbox.change(sandbox.of_country("GB"), withdraw_access=True)
    with pytest.raises(NotConnected), clients.open(first, why="pull", urgent=False, now=present) as xero:
        xero.organisation()
    assert connections.load(second.id).is_connected
    assert Grant.objects.get().state == "alive"
