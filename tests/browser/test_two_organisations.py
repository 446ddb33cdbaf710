"""Two Xero companies in one studio, as the demo ships it: two branches, two currencies, two rows of numbers (S2, S10).

Real worker, sandbox over HTTP. What goes to the one never comes near the other, and every button says where it goes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import demo_process
from tests.browser.demo_process import Demo

ARRIVES = 20_000
#: where to keep pictures of the pages; nowhere unless somebody asks
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A demo of its own."""
    with demo_process.own_folder() as data_dir, demo_process.running(data_dir) as demo:
        yield demo


def test_two_companies_stand_side_by_side(demo: Demo, browser: Browser) -> None:
    context = browser.new_context(
        base_url=demo.app, locale="en-GB", reduced_motion="reduce", viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))

    follow_the_link(page, demo)
    a_branch_is_opened_in_auckland(page)
    second = a_second_company_is_connected(page)
    it_gets_its_branch_numbers_and_codes(page, second)
    an_invoice_of_auckland_goes_there_and_nowhere_else(page, second)
    london_goes_on_as_before(page, second)
    the_month_is_closed_for_each(page, second)

    context.close()
    assert broken == []


def follow_the_link(page: Page, demo: Demo) -> None:
    # Monday, 9:00.
    page.goto(demo.sign_in_link)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Northlight")).to_be_visible()


def a_branch_is_opened_in_auckland(page: Page) -> None:
    # 9:05. The studio has a company in New Zealand now, and an office there.
    page.goto("/northlight/settings/branches/new")
    page.get_by_label("Name", exact=True).fill("Auckland")
    page.get_by_label("Name on invoices").fill("Northlight Aotearoa Ltd")
    page.get_by_label("Currency").fill("NZD")
    page.get_by_label("Dates and figures written as in").fill("en-NZ")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="Auckland")).to_contain_text("NZD")


def a_second_company_is_connected(page: Page) -> str:
    # 9:10. Connect again: to Xero's page and back, this time for the New Zealand company.
    page.goto("/northlight/settings/integrations")
    page.get_by_role("button", name="Connect", exact=True).click()
    theirs = page.get_by_role("radio", name="NZD")
    name = theirs.locator("xpath=following-sibling::span").inner_text().removesuffix("NZD").strip()
    theirs.check()
    page.get_by_role("button", name="Allow access").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return name


def it_gets_its_branch_numbers_and_codes(page: Page, second: str) -> None:
    # 9:12. It went on in London's numbers; it shall have its own. London itself can't be ticked here.
    expect(page.get_by_label("Begins with")).to_have_value("LON-")
    expect(page.get_by_role("checkbox", name="London")).to_be_disabled()
    page.get_by_role("checkbox", name="Auckland").check()
    page.get_by_label("Begins with").fill("NZ-")
    page.get_by_label("Next number").fill("500")
    page.get_by_label("Revenue account").select_option(label="200 · Sales")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("A row of its own.")).to_be_visible()
    page.goto("/northlight/settings/integrations")
    expect(page.get_by_role("link", name="Edit Connection")).to_have_count(2)
    expect(page.get_by_text("Auckland · NZD")).to_be_visible()
    keep(page, "two-organisations")

    # The same company once more? Refused, by the name of its tile.
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("radio", name="NZD").check()
    page.get_by_role("button", name="Allow access").click()
    expect(page.get_by_text(f"{second} is connected already")).to_be_visible()


def an_invoice_of_auckland_goes_there_and_nowhere_else(page: Page, second: str) -> None:
    # 10:00. The first invoice of the new office, in its own money, by its own number.
    page.goto("/northlight/invoices/new")
    page.get_by_role("combobox", name="Client").fill("fern")
    page.get_by_role("option", name=re.compile("Fern & Daughters")).click()
    page.locator("summary", has_text="London").click()
    page.get_by_label("Branch").select_option(label="Auckland")
    expect(page.get_by_label("Currency")).to_have_value("NZD")
    page.get_by_label("Item", exact=True).fill("Packaging for Aotearoa")
    page.get_by_label("Unit amount").fill("1000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Draft for Fern & Daughters")).to_be_visible()
    expect(page.get_by_text("NZ-0500 once sent")).to_be_visible()

    page.get_by_role("button", name=f"Copy to Xero: {second}").click()
    expect(page.get_by_text(f"Fern & Daughters is not in {second} yet.")).to_be_visible()
    page.get_by_role("button", name="Create the contact and send").click()
    stamp = page.locator("#stamp").get_by_role("link", name="In Xero")
    expect(stamp).to_contain_text(f"{second} · Draft", timeout=ARRIVES)
    keep(page, "invoice-of-a-second-organisation")
    with page.expect_popup() as popup:
        stamp.click()
    theirs = popup.value
    expect(theirs.get_by_role("heading", name=re.compile("NZ-0500"))).to_be_visible()
    theirs.close()


def london_goes_on_as_before(page: Page, second: str) -> None:
    # 10:20. London's next invoice says where it goes, and its numbers have no gap.
    page.goto("/northlight/invoices")
    expect(row_of(page, "NZ-0500").get_by_role("link", name=second)).to_be_visible()
    fern = page.get_by_role("row").filter(has_text="Fern & Daughters")
    fern.get_by_role("link", name="Draft", exact=True).click()
    page.get_by_role("button", name="Copy to Xero: Northlight Ltd").click()
    stamp = page.locator("#stamp").get_by_role("link", name="In Xero")
    expect(stamp).to_contain_text("Northlight Ltd · Draft", timeout=ARRIVES)
    expect(page.get_by_role("heading", name=re.compile("LON-"))).to_be_visible()


def the_month_is_closed_for_each(page: Page, second: str) -> None:
    # Friday. Month end, each company by itself, and what both sides say is open.
    page.goto("/northlight/books/month-end")
    page.get_by_label("Organisation").select_option(label=second)
    expect(page.get_by_role("region", name="Drafts")).to_be_visible()
    page.get_by_role("button", name=f"Compare with {second}").click()
    expect(page.locator("#balances")).to_contain_text("Clients owe", timeout=ARRIVES)
    keep(page, "month-end")


def row_of(page: Page, words: str) -> Locator:
    """The first row with these words."""
    return page.get_by_role("row").filter(has_text=words).first


def keep(page: Page, name: str) -> None:
    """Take a picture, for whoever asked for one."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)
