"""The journey that the product exists for: one press, the stamp comes down by itself, and "paid" comes back.

The sandbox is a working Xero over HTTP; the worker's round is called by hand, so that the page is seen waiting.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from bluestamp.engine import tenancy
from bluestamp.sync import connections, consents, contacts, rounds
from bluestamp.sync.connections import Connection
from tests import desk as desks
from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.desk import Desk
from tests.sandboxes import Sandbox, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]


@pytest.fixture
def desk(transactional_db: None, cast: Cast, data_dir: object) -> Desk:
    """Northlight's desk, of today, not yet connected."""
    return desks.lay(cast, dt.datetime.now(dt.UTC), is_connected=False)


@pytest.fixture
def round_of_work(desk: Desk, cast: Cast, sandbox: Sandbox) -> Iterator[Callable[[], None]]:
    """London is connected to the sandbox's British organisation; answers with what the worker does in one round."""
    now = dt.datetime.now(dt.UTC)
    ada = cast.acting(cast.ada)
    with tenancy.acting_in(cast.northlight.pk):
        connection = _connected(cast, sandbox, now)
        draft = replace(
            connections.draft_of(connection),
            branch_ids=(cast.london.pk,),
            start_on=now.date() - dt.timedelta(days=60),
        )
        connections.edit(connection.pk, draft, by=ada, now=now)
        contacts.look_up(connection, now=now)

    def work() -> None:
        with tenancy.acting_in(cast.northlight.pk):
            rounds.drain(connection.pk, clock=lambda: dt.datetime.now(dt.UTC))

    yield work


def _connected(cast: Cast, sandbox: Sandbox, now: dt.datetime) -> Connection:
    ada = cast.acting(cast.ada)
    sandbox.limit(minute=100_000, day=100_000)
    url = consents.begin(by=ada, user=cast.ada, now=now)
    answer = sandbox.allow(url, sandbox.of_country("GB"))
    return consents.finish(
        state=answer["state"], code=answer["code"], by=ada, user=cast.ada, now=now
    ).connected[0]


def test_one_press_and_the_stamp_comes_down_without_a_reload(
    visit: Visit, cast: Cast, desk: Desk, round_of_work: Callable[[], None]
) -> None:
    page = visit(f"/northlight/invoices/{desk.sent_invoice.pk}", by=cast.ada)
    expect(page.get_by_text("Not in Xero", exact=True)).to_be_visible()
    page.get_by_role("button", name="Copy to Xero").click()
    expect(page.get_by_role("status").filter(has_text="Waiting")).to_be_visible()
    round_of_work()
    stamp = page.get_by_role("link", name=re.compile("^In Xero"))
    expect(stamp).to_be_visible(timeout=4000)
    expect(stamp).to_contain_text("Awaiting payment")
    expect(stamp).to_have_attribute("target", "_blank")


def test_many_are_copied_with_one_press_and_the_bar_counts_real_results(
    visit: Visit, cast: Cast, desk: Desk, round_of_work: Callable[[], None]
) -> None:
    page = visit("/northlight/invoices", by=cast.ada)
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Preview").click()
    modal = page.locator("#modal")
    expect(modal.get_by_text("Will be created")).to_be_visible()
    modal.get_by_role("button", name="Copy to Xero").click()
    expect(page.locator("#progress")).to_contain_text("0 of 3")
    round_of_work()
    expect(page.locator("#progress")).to_contain_text("3 copied to Xero")
    expect(page.get_by_role("link", name=re.compile("^In Xero"))).to_have_count(3)


def test_a_change_here_says_so_beside_the_stamp(
    visit: Visit, cast: Cast, desk: Desk, round_of_work: Callable[[], None]
) -> None:
    page = visit(f"/northlight/expenses/{desk.approved_expense.pk}", by=cast.ada)
    modal = page.locator("#modal")
    modal.get_by_role("button", name="Send to Xero").click()
    modal.get_by_role("button", name="Create the contact and send").click()
    expect(modal.get_by_role("status").filter(has_text="Waiting")).to_be_visible()
    round_of_work()
    expect(modal.get_by_role("link", name=re.compile("^In Xero"))).to_contain_text("Awaiting approval")
    modal.get_by_label("Unit amount").first.fill("2")
    modal.get_by_role("button", name="Save").click()
    expect(modal.get_by_role("status").filter(has_text="Changes to send")).to_be_visible()
    expect(modal.get_by_role("row", name="Line 1 unit amount")).to_contain_text("1.85")
    expect(modal.get_by_role("button", name="Send changes to Xero")).to_be_visible()
