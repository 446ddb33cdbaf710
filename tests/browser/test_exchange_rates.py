"""A rate is read and typed at the document: in light and dark, wide and on a phone, and axe finds nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from bluestamp.books import exchange_rates
from bluestamp.engine import tenancy
from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.desk import Desk

DAY = dt.date(2026, 11, 4)
LOOKS = [("light", 1280), ("dark", 1280), ("light", 390)]


@pytest.fixture
def in_dollars(cast: Cast, desk: Desk) -> Desk:
    """The desk's papers in dollars, at Xero's rate of 4 November, which is known."""
    with tenancy.acting_in(cast.northlight.pk):
        exchange_rates.note_known(desk.ledger.pk, "USD", Decimal("1.2731"), on=DAY)
        for document in (desk.approved_expense, desk.draft_invoice, desk.order, desk.sent_invoice):
            type(document).objects.filter(pk=document.pk).update(
                currency="USD", currency_rate=Decimal("1.2731"), rate_origin="ledger", rate_on=DAY
            )
    return desk


@pytest.mark.parametrize(("scheme", "width"), LOOKS)
@pytest.mark.parametrize(
    "page", ["expenses/{approved_expense}", "invoices/{sent_invoice}", "purchase-orders/{order}"]
)
def test_the_rate_stands_quietly_below_the_totals(
    cast: Cast,
    in_dollars: Desk,
    visit: Visit,
    faults: Callable[[Page], list[str]],
    page: str,
    scheme: str,
    width: int,
) -> None:
    ids = {name: getattr(in_dollars, name).pk for name in ("approved_expense", "sent_invoice", "order")}
    opened = visit(f"/northlight/{page.format(**ids)}", by=cast.cleo, scheme=scheme, width=width)
    expect(opened.get_by_text("1 GBP = 1.2731 USD · Xero's rate of 4 Nov 2026")).to_be_visible()
    expect(opened.get_by_text("In GBP", exact=True)).to_be_visible()
    expect(opened.get_by_label("Rate of your own: 1 GBP in USD")).to_be_visible()
    assert faults(opened) == []
    assert opened.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_box_comes_with_the_currency_and_a_far_rate_is_stopped_in_it(
    cast: Cast, in_dollars: Desk, visit: Visit, faults: Callable[[Page], list[str]]
) -> None:
    page = visit("/northlight/expenses/new", by=cast.cleo)
    page.get_by_text("Branch, currency, tax mode").click()
    box = page.get_by_label("Rate of your own: 1 GBP in USD")
    expect(box).to_have_count(0)
    page.get_by_placeholder("Who sent the bill").fill("Foil")
    with page.expect_response("**/expenses/defaults"):
        page.locator("#modal").get_by_role("option", name="Foil & Co").click()
    page.get_by_label("Currency").fill("USD")
    expect(box).to_be_visible()
    page.locator("#lines").get_by_label("Unit").first.fill("127.31")
    box.fill("0.7855")
    expect(page.get_by_text("1 GBP = 0.7855 USD · your own rate")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is more than 10 % off Xero's last known rate")).to_be_visible()
    expect(box).to_have_value("0.7855")
    assert faults(page) == []
    box.fill("1.28")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Draft expense")).to_be_visible()
    expect(page.get_by_text("1 GBP = 1.28 USD · your own rate")).to_be_visible()
    page.get_by_label("Currency").fill("GBP")
    expect(box).to_have_count(0)
    expect(page.get_by_text("your own rate")).to_have_count(0)
