"""Two Xero companies in one studio, as the demo ships it: two branches, two currencies, two rows of numbers (S2, S10).

Real worker, sandbox over HTTP. What goes to the one never comes near the other, and every button says where it goes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import demo_people, demo_process
from tests.browser.demo_people import keep, opened, row_of
from tests.browser.demo_process import Demo


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A demo of its own."""
    with demo_process.own_folder() as data_dir, demo_process.running(data_dir) as demo:
        yield demo


def test_two_companies_stand_side_by_side(demo: Demo, browser: Browser) -> None:
    with demo_people.around(demo, browser) as people:
        page = people.ada()
        a_branch_is_opened_in_auckland(page)
        second = a_second_company_is_connected(page)
        it_gets_its_branch_numbers_and_codes(page, second)
        in_auckland = an_invoice_of_auckland_goes_there(page, second)
        an_expense_of_auckland_follows_it(page, second)
        in_london = london_goes_on_as_before(page)
        neither_came_near_the_other(in_auckland, in_london)
        london_moves_and_its_invoice_stays(page, second)
        the_month_is_closed_for_each(page, second)


def a_branch_is_opened_in_auckland(page: Page) -> None:
    # Monday, 2 November, 9:05. The studio has a company in New Zealand now, and an office there.
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
    keep(page, "two-companies")

    # The same company once more? Refused, by the name of its tile.
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("radio", name="NZD").check()
    page.get_by_role("button", name="Allow access").click()
    expect(page.get_by_text(f"{second} is connected already")).to_be_visible()


def an_invoice_of_auckland_goes_there(page: Page, second: str) -> Page:
    # 10:00. The first invoice of the new office, in its own money, by its own number.
    page.goto("/northlight/invoices/new")
    choose(page, "Client", "Fern & Daughters")
    of_auckland(page, page.get_by_role("main"))
    page.get_by_label("Item", exact=True).fill("Packaging for Aotearoa")
    page.get_by_label("Unit amount").fill("1000")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Draft for Fern & Daughters")).to_be_visible()
    expect(page.get_by_text("NZ-0500 once sent")).to_be_visible()

    page.get_by_role("button", name=f"Copy to Xero: {second}").click()
    expect(page.get_by_text(f"Fern & Daughters is not in {second} yet.")).to_be_visible()
    page.get_by_role("button", name="Create the contact and send").click()
    stamp = page.locator("#stamp").get_by_role("link", name="In Xero")
    expect(stamp).to_contain_text(f"{second} · Draft")
    expect(page.get_by_role("heading", name="NZ-0500")).to_be_visible()
    keep(page, "invoice-of-a-second-company")
    theirs = opened(page, stamp)
    expect(theirs.get_by_role("heading", name="Invoice NZ-0500")).to_be_visible()
    return theirs


def an_expense_of_auckland_follows_it(page: Page, second: str) -> None:
    # 10:10. The first bill, too. It is the second company's, by its button and by its stamp.
    page.goto("/northlight/expenses")
    page.get_by_role("link", name="New expense").click()
    expense = page.get_by_role("dialog", name="Expense")
    choose(page, "Supplier", "Mira Holt Illustration")
    of_auckland(page, expense)
    expense.get_by_label("Supplier's invoice no.").fill("MH-NZ-1")
    expense.get_by_label("Item", exact=True).fill("Drawings of birds")
    expense.get_by_label("Unit amount").fill("300")
    expense.get_by_role("button", name="Save").click()
    expense.get_by_role("button", name="Approve", exact=True).click()
    expect(expense.get_by_role("heading", name=re.compile("EXP-"))).to_be_visible()
    expense.get_by_role("button", name=f"Send to Xero: {second}").click()
    expense.get_by_role("button", name="Create the contact and send").click()
    expect(expense.get_by_role("link", name="In Xero")).to_contain_text(f"{second} · Awaiting approval")
    keep(page, "expense-of-a-second-company")


def london_goes_on_as_before(page: Page) -> Page:
    # 10:20. London's next invoice says where it goes, and its numbers have no gap.
    page.goto("/northlight/invoices")
    row_of(page, "Fern & Daughters", "£1,800.00", "Draft").get_by_role("link").first.click()
    page.get_by_role("button", name="Copy to Xero: Northlight Ltd").click()
    stamp = page.locator("#stamp").get_by_role("link", name="In Xero")
    expect(stamp).to_contain_text("Northlight Ltd · Draft")
    expect(page.get_by_role("heading", name="LON-0005")).to_be_visible()
    theirs = opened(page, stamp)
    expect(theirs.get_by_role("heading", name="Invoice LON-0005")).to_be_visible()
    return theirs


def neither_came_near_the_other(in_auckland: Page, in_london: Page) -> None:
    # 10:30. The bookkeepers look through their invoices and bills: each has its own, and nothing of the other's.
    for theirs, has, lacks in ((in_auckland, "NZ-", "LON-"), (in_london, "LON-", "NZ-")):
        theirs.get_by_role("link", name="Invoices", exact=True).click()
        expect(theirs.get_by_role("row").filter(has_text=has).first).to_be_visible()
        expect(theirs.get_by_role("row").filter(has_text=lacks)).to_have_count(0)
        theirs.get_by_role("link", name="Bills", exact=True).click()
        expect(theirs.get_by_role("row").filter(has_text="MH-NZ-1")).to_have_count(1 if has == "NZ-" else 0)
        theirs.close()


def london_moves_and_its_invoice_stays(page: Page, second: str) -> None:
    # 11:00. From now on London's documents go to the second company. What is in the first stays there, with its codes.
    page.goto("/northlight/settings/branches")
    page.get_by_role("link", name="London").click()
    page.get_by_label("Accounting package").select_option(label=f"Xero · {second} (NZD)")
    page.get_by_role("button", name="Move the branch").click()
    expect(page.get_by_label("Accounting package")).to_contain_text(second)

    page.goto("/northlight/invoices")
    row_of(page, "LON-0005").get_by_role("link").first.click()
    expect(
        page.get_by_text(f"It belongs to Northlight Ltd, although London goes to {second} by now.")
    ).to_be_visible()
    page.get_by_role("combobox", name="Account").first.fill("260")
    page.get_by_role("option", name="260 ·").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Send changes to Xero: Northlight Ltd").click()
    stamp = page.locator("#stamp").get_by_role("link", name="In Xero")
    expect(page.get_by_text("In Xero as draft; both say the same.")).to_be_visible()
    expect(stamp).to_contain_text("Northlight Ltd · Draft")
    keep(page, "moved-branch")
    page.set_viewport_size({"width": 390, "height": 844})
    keep(page, "moved-branch-on-a-phone")
    page.set_viewport_size({"width": 1280, "height": 900})
    theirs = opened(page, stamp)
    expect(theirs.get_by_text("260").first).to_be_visible()
    theirs.close()

    # And back: what London sends, it sends to the first one again.
    page.goto("/northlight/settings/branches")
    page.get_by_role("link", name="London").click()
    page.get_by_label("Accounting package").select_option(label="Xero · Northlight Ltd (GBP)")
    page.get_by_role("button", name="Move the branch").click()


def the_month_is_closed_for_each(page: Page, second: str) -> None:
    # Friday. Month end, each company by itself, and what both sides say is open.
    page.goto("/northlight/books/month-end")
    page.get_by_label("Organisation").select_option(label=second)
    expect(page.get_by_role("region", name="Drafts")).to_be_visible()
    page.get_by_role("button", name=f"Compare with {second}").click()
    expect(page.locator("#balances")).to_contain_text("Clients owe")
    keep(page, "month-end")


def choose(page: Page, label: str, name: str) -> None:
    """Type into a field that offers names, and take the one."""
    page.get_by_role("combobox", name=label).fill(name)
    page.get_by_role("option", name=re.compile(name)).click()


def of_auckland(page: Page, form: Locator) -> None:
    """Make it a document of the new branch; its currency follows."""
    form.locator("summary").filter(has_text=re.compile("London|Branch")).click()
    form.get_by_label("Branch").select_option(label="Auckland")
    expect(form.get_by_label("Currency")).to_have_value("NZD")
