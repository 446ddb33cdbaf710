"""From an item of the master list to an invoice, with the keyboard where one types."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from bluestamp.books import items
from bluestamp.books.items import CodesDraft, ItemDraft
from bluestamp.engine import tenancy
from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.desk import Desk

pytestmark = pytest.mark.django_db(transaction=True)


def _master_items(cast: Cast, desk: Desk, now: dt.datetime) -> None:
    """Printing, which Foil & Co is paid for: 80.00 a piece, sold at 100.00, booked to 204 when sold."""
    ada = cast.acting(cast.ada)
    with tenancy.acting_in(cast.northlight.pk):
        draft = ItemDraft(
            name="Printing on foil", description="Two colours", unit="piece", cost=Decimal(80),
            markup_percent=Decimal(25), is_cost=True, supplier_id=desk.supplier.pk,
        )  # fmt: skip
        made = items.create(draft, by=ada, now=now)
        codes = CodesDraft(sales_account_code="204", purchase_account_code="425")
        items.set_codes(item_id=made.pk, ledger_id=desk.ledger.pk, codes=codes, by=ada, now=now)


def test_an_item_goes_into_the_plan_of_a_job_and_from_there_into_a_quote_and_an_invoice(
    cast: Cast, desk: Desk, visit: Visit, now: dt.datetime
) -> None:
    _master_items(cast, desk, now)
    page = visit(f"/northlight/jobs/{desk.job.pk}", by=cast.ben)

    # 09:30. Ben plans the job: what he types is looked up, an arrow and Enter take it.
    plan = page.locator("#plan-form")
    plan.get_by_role("textbox", name="Item", exact=True).press_sequentially("prin")
    expect(page.get_by_role("option", name="Printing on foil")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(plan.get_by_label("Quantity")).to_be_focused()
    page.keyboard.type("10")
    expect(plan.get_by_label("What the client pays for a unit")).to_have_value("100.00")
    expect(plan.get_by_role("combobox", name="Supplier")).to_have_value("Foil & Co")
    expect(plan.locator("#totals")).to_contain_text("1,000.00")
    page.get_by_role("button", name="Save the plan").click()
    expect(page.get_by_text("Saved the plan.")).to_be_visible()

    # 09:40. The quote begins with the plan.
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Quote", exact=True).click()
    expect(page.get_by_role("textbox", name="Item", exact=True)).to_have_value("Printing on foil")
    expect(page.get_by_role("combobox", name="Account")).to_have_value("204 · Illustration")
    page.get_by_label("Title").fill("Livery of four aircraft")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Mark as sent").click()
    expect(page.get_by_role("heading", name="Q-0001")).to_be_visible()

    # 3 November. Mira says yes, and half of it is invoiced.
    page.get_by_role("button", name="Approved…").click()
    page.get_by_label("Who said so?").first.fill("Mira Holt")
    page.get_by_role("button", name="Approved", exact=True).click()
    page.get_by_role("button", name="Make an invoice…").click()
    page.get_by_label("Share of the quote").fill("50")
    page.get_by_role("button", name="Make the invoice").click()
    expect(page.get_by_role("heading", name="Draft for Kestrel Air")).to_be_visible()
    expect(page.get_by_label("Quantity")).to_have_value("5")
    expect(page.locator("#totals")).to_contain_text("500.00")


def test_a_code_that_vanished_is_replaced_in_a_dialog(cast: Cast, desk: Desk, visit: Visit) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        desk.ledger.accounts.filter(code="310").update(is_active=False)
    page = visit("/northlight/settings/items", by=cast.cleo)
    page.get_by_role("link", name="Replace everywhere…").click()
    page.get_by_label("Use instead").select_option("425")
    page.get_by_role("button", name="Replace everywhere").click()
    expect(page.get_by_text("Replaced in 0 items, 1 default and")).to_be_visible()
