"""Our debtors and creditors beside those of a Xero that answers over HTTP (bookkeeping rule 23)."""

from __future__ import annotations

import datetime as dt

import pytest

from bluestamp.errors import NotPermitted
from bluestamp.people.actors import Actor
from bluestamp.sync import balances, connections
from bluestamp.sync.balances import NotCompared, Side
from bluestamp.sync.connections import Connection
from tests.sandboxes import Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_northlight")]


def test_what_is_open_in_xero_alone_is_listed_and_summed(
    gb: Connection, sandbox: Sandbox, cleo: Actor, present: dt.datetime
) -> None:
    found = {one.side: one for one in balances.ask(gb, by=cleo, now=present)}
    assert set(found) == {Side.DEBTORS, Side.CREDITORS}
    for one in found.values():
        there = sum(row.amount for row in one.only_there if row.currency == "GBP")
        sums = {row.currency: (row.ours, row.theirs) for row in one.sums}
        assert sums.get("GBP", (0, 0)) == (0, there)


def test_a_producer_does_not_see_the_studios_finances(
    gb: Connection, ben: Actor, present: dt.datetime
) -> None:
    with pytest.raises(NotPermitted):
        balances.ask(gb, by=ben, now=present)


def test_a_lost_connection_is_said_in_a_sentence(
    gb: Connection, cleo: Actor, sandbox: Sandbox, ada: Actor, present: dt.datetime
) -> None:
    connections.disconnect(gb.id, by=ada, now=present)
    with pytest.raises(NotCompared, match="reconnect"):
        balances.ask(connections.load(gb.id), by=cleo, now=present)
