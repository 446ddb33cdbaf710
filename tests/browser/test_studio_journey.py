"""Three weeks of a studio with the demo as it is shipped: real worker, sandbox over HTTP, PostgreSQL, three people.

Ben orders, Cleo keeps the books on both sides, Ada looks in. A purchase order, an expense, two invoices and a credit note
go from draft to paid, billed and used, and nobody types anything twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import demo_people, demo_process
from tests.browser.demo_people import keep, opened, press, row_of
from tests.browser.demo_process import Demo


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """A demo of its own."""
    with demo_process.own_folder() as data_dir, demo_process.running(data_dir) as demo:
        yield demo


def test_three_weeks_of_the_studio(demo: Demo, browser: Browser) -> None:
    with demo_people.around(demo, browser) as people:
        ben = people.ben()
        theirs = an_order_is_copied(ben)
        its_invoice_is_entered_sent_and_paid(ben)
        the_order_is_billed(ben, theirs)
        an_invoice_is_copied_as_draft_sent_and_part_paid(ben)
        a_second_job_is_invoiced(ben)

        cleo = people.cleo()
        a_deposit_is_recorded_before_xero_has_the_invoice(cleo)
        the_second_job_is_called_off_and_credited(cleo)
        the_credit_waits_for_the_account_of_the_deposit(cleo)
        the_rest_of_the_credit_goes_to_the_other_job(cleo)


# ── a purchase order, and the expense that bills it ──


def an_order_is_copied(page: Page) -> Page:
    # Monday, 2 November. Five seats of a typeface: Ben approves the order, and copies it.
    page.get_by_role("link", name="Purchase orders", exact=True).click()
    row_of(page, "Fontsmith Foundry").get_by_role("link").first.click()
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("heading", name="PO-0002")).to_be_visible()
    page.get_by_role("button", name="Copy to Xero").click()
    expect(stamp_of(page)).to_contain_text("Awaiting approval")

    # The bookkeeper approves it in Xero, which announces nothing of orders: Ben asks.
    theirs = opened(page, stamp_of(page))
    theirs.get_by_role("button", name="Approve", exact=True).click()
    expect(theirs.locator(".top .pill")).to_have_text("Approved")
    press(page, "Refresh from Xero")
    expect(stamp_of(page)).to_contain_text("Approved")
    expect(page.locator(".history li").first).to_contain_text("Xero: Approved in Xero.")
    keep(page, "purchase-order")
    return theirs


def its_invoice_is_entered_sent_and_paid(page: Page) -> None:
    # Friday, 6 November. The foundry's invoice: Ben enters it from the order; its lines are there already.
    order = page.url
    page.get_by_role("button", name="Enter supplier’s invoice").first.click()
    dialog = page.get_by_role("dialog", name="Invoice of Fontsmith Foundry")
    dialog.get_by_label("Supplier’s invoice no.").fill("FF-3301")
    dialog.get_by_role("button", name="Enter invoice").click()
    expense = page.get_by_role("dialog", name="Expense")
    expect(expense.get_by_role("heading", name="Draft expense")).to_be_visible()
    expect(expense.get_by_role("table", name="Totals")).to_contain_text("£1,140.00")
    expense.get_by_role("button", name="Approve", exact=True).click()
    expect(expense.get_by_role("heading", name=re.compile("EXP-"))).to_be_visible()
    expense.get_by_role("button", name="Send to Xero").click()
    stamp = expense.get_by_role("link", name="In Xero")
    expect(stamp).to_contain_text("Awaiting approval")

    # Tuesday, 10 November. Approved and paid, there; the open page says so, unasked.
    bill = opened(page, stamp)
    bill.get_by_role("button", name="Approve", exact=True).click()
    expect(stamp).to_contain_text("Awaiting payment")
    bill.get_by_role("button", name="Record payment").click()
    expect(stamp).to_contain_text("Paid")
    expect(expense.get_by_title("The supplier was paid")).to_have_text("Paid")
    keep(page, "expense-of-an-order")
    bill.close()
    page.goto(order)


def the_order_is_billed(page: Page, theirs: Page) -> None:
    # Wednesday, 11 November. The bookkeeper marks the order as billed, and Ben doesn't wait for the hour.
    expect(page.locator("section.billing .figure")).to_have_text(["£950.00", "£950.00", "£0.00"])
    theirs.get_by_role("button", name="Mark as billed").click()
    expect(theirs.locator(".top .pill")).to_have_text("Billed")
    press(page, "Refresh from Xero")
    expect(stamp_of(page)).to_contain_text("Billed")
    expect(page.locator("h1 + .pill")).to_have_text("Paid · billed in Xero")
    keep(page, "purchase-order-billed")
    theirs.close()


# ── an invoice that the bookkeeper sees first ──


def an_invoice_is_copied_as_draft_sent_and_part_paid(page: Page) -> None:
    # Thursday, 12 November. Rosewater's invoice: copied, it is a draft there too.
    page.get_by_role("link", name="Invoices", exact=True).click()
    row_of(page, "Rosewater Hotels", "Draft").get_by_role("link").first.click()
    page.get_by_role("button", name="Copy to Xero").click()
    expect(stamp_of(page)).to_contain_text("Draft")
    expect(page.get_by_role("heading", name="LON-0005")).to_be_visible()

    # It goes to the client by e-mail; Xero hears of it with one more press.
    page.get_by_role("button", name="Send to client…").click()
    page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Changes to send").first).to_be_visible()
    page.get_by_role("button", name="Send changes to Xero").click()
    expect(stamp_of(page)).to_contain_text("Awaiting payment")

    # Monday, 16 November. Rosewater pays a part, into the bank that Xero watches.
    theirs = opened(page, stamp_of(page))
    theirs.get_by_label(re.compile("Amount in GBP")).fill("1000")
    theirs.get_by_role("button", name="Record payment").click()
    expect(page.get_by_text("Part paid", exact=True)).to_be_visible()
    expect(page.locator("#totals")).to_contain_text("£1,736.00")
    keep(page, "invoice-part-paid")
    theirs.close()


def a_second_job_is_invoiced(page: Page) -> None:
    # The same day. A brochure for Rosewater's spa: a job of its own, invoiced before it begins. Xero waits.
    page.goto("/northlight/jobs/new")
    page.get_by_label("Name", exact=True).fill("Spa brochure")
    choose(page, "Client", "Rosewater Hotels")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Create").click()
    page.get_by_role("link", name="Invoice", exact=True).click()
    expect(page.get_by_role("combobox", name="Client")).to_have_value("Rosewater Hotels")
    page.get_by_label("Item", exact=True).fill("Brochure, 24 pages")
    page.get_by_label("Unit amount").fill("500")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Draft for Rosewater Hotels")).to_be_visible()
    press(page, "Mark as sent")
    expect(page.get_by_role("heading", name="LON-0006")).to_be_visible()


# ── money and credit ──


def a_deposit_is_recorded_before_xero_has_the_invoice(page: Page) -> None:
    # Tuesday, 17 November. Cleo lets payments be recorded here, for she was handed a cheque.
    page.goto("/northlight/settings/integrations")
    page.get_by_role("link", name="Edit Connection").click()
    page.get_by_label("Record payments here too").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    # £120 of the brochure. Which account it will go into, she doesn't know yet.
    page.goto("/northlight/invoices")
    row_of(page, "LON-0006").get_by_role("link").first.click()
    money = page.locator("#money")
    money.get_by_text("Record a payment").click()
    money.get_by_label("Amount", exact=True).fill("120")
    money.get_by_label("Account").select_option("")
    money.get_by_label("Reference").fill("Cheque 204")
    money.get_by_role("button", name="Record").click()
    expect(money).to_contain_text("£120.00")
    expect(page.locator("#totals")).to_contain_text("£480.00")


def the_second_job_is_called_off_and_credited(page: Page) -> None:
    # Thursday, 19 November. The spa isn't built. All of the brochure is credited.
    press(page, "Credit this invoice")
    page.wait_for_url(re.compile(r"/credit-notes/"))
    expect(page.locator("#totals")).to_contain_text("−£600.00")
    press(page, "Mark as sent")
    expect(page.get_by_role("heading", name="CN-0001")).to_be_visible()


def the_credit_waits_for_the_account_of_the_deposit(page: Page) -> None:
    # It is used on its own invoice first. That has a payment that Xero knows nothing of: the page leads there.
    note = page.url
    apply(page, "LON-0006")
    expect(page.get_by_text("LON-0006 has an earlier payment of £120.00")).to_be_visible()
    keep(page, "earlier-payment")
    page.get_by_role("link", name="Choose the account on LON-0006").click()
    expect(page.get_by_role("heading", name="LON-0006")).to_be_visible()
    page.locator("#money").get_by_label("Account").first.select_option("090")
    page.get_by_role("button", name="Use this account").click()
    expect(page.get_by_role("button", name="Use this account")).to_have_count(0)

    # Now one press sends the invoice, its payment and the note, and takes the one off the other, there too.
    page.goto(note)
    apply(page, "LON-0006")
    expect(stamp_of(page)).to_contain_text("Awaiting payment")
    expect(page.locator("#money")).not_to_contain_text("On its way")
    expect(page.locator("#totals")).to_contain_text("−£120.00")
    theirs = opened(page, stamp_of(page))
    expect(theirs.get_by_role("link", name="LON-0006")).to_be_visible()
    theirs.get_by_role("link", name="LON-0006").click()
    expect(theirs.get_by_text("Cheque 204")).to_be_visible()
    expect(theirs.locator("table.totals")).to_contain_text("GBP 0.00")
    theirs.close()


def the_rest_of_the_credit_goes_to_the_other_job(page: Page) -> None:
    # Friday, 20 November. What the client paid for the brochure comes off the menus and signage.
    apply(page, "LON-0005")
    expect(stamp_of(page)).to_contain_text("Used")
    expect(page.locator("h1 + .pill")).to_have_text("Used")
    keep(page, "credit-note")
    page.locator("#money").get_by_role("link", name="LON-0005").click()
    expect(page.locator("#totals")).to_contain_text("£1,616.00")

    # The rest arrives at the bank, and everything is where it should be.
    theirs = opened(page, stamp_of(page))
    expect(theirs.get_by_role("link", name="CN-0001")).to_be_visible()
    theirs.get_by_role("button", name="Record payment").click()
    expect(stamp_of(page)).to_contain_text("Paid")
    expect(page.locator("h1 + .pill")).to_have_text("Paid")
    expect(page.locator("#totals")).to_contain_text("£0.00")
    keep(page, "invoice-paid-and-credited")
    theirs.close()


def stamp_of(page: Page) -> Locator:
    """The large stamp of the page."""
    return page.locator("#stamp").get_by_role("link", name="In Xero")


def choose(page: Page, label: str, name: str) -> None:
    """Type into a field that offers names, and take the one."""
    page.get_by_role("combobox", name=label).fill(name)
    page.get_by_role("option", name=re.compile(name)).click()


def apply(page: Page, invoice: str) -> None:
    """Take what fits of the credit note off an invoice."""
    amount = page.get_by_label(f"Amount of {invoice}")
    page.locator("#money").locator("li", has=amount).get_by_role("button", name="Apply").click()
