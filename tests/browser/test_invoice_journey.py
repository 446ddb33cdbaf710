"""Ada writes an invoice on paper, sends it, and finds fixed what the client has seen."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.desk import Desk


def test_an_invoice_is_written_sent_and_then_fixed(visit: Visit, cast: Cast) -> None:
    page = visit("/northlight/invoices/new", by=cast.ada)
    page.get_by_role("combobox", name="Client").fill("kestrel")
    page.get_by_role("option", name="Kestrel Air").click()
    page.get_by_label("Item", exact=True).fill("Art direction")
    page.get_by_label("Quantity").fill("2.5")
    page.get_by_label("Unit amount").fill("400")
    expect(page.locator("#totals")).to_contain_text("£1,200.00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Draft for Kestrel Air")).to_be_visible()
    page.get_by_role("button", name="Send to client…").click()
    dialog = page.get_by_role("dialog", name="Send LON-0003 to Kestrel Air")
    expect(dialog.get_by_label("To")).to_have_value("accounts@kestrel.example")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", name="LON-0003")).to_be_visible()
    expect(page.get_by_text("Awaiting payment")).to_be_visible()
    expect(page.get_by_label("Item", exact=True)).not_to_be_editable()
    expect(page.get_by_role("combobox", name="Client")).to_be_disabled()
    expect(page.get_by_label("Due")).to_be_editable()


def test_an_issued_invoice_takes_another_account_and_due_date(visit: Visit, cast: Cast, desk: object) -> None:
    page = visit("/northlight/invoices", by=cast.ada)
    page.get_by_role("link", name="LON-0001").click()
    account = page.get_by_role("combobox", name="Account")
    account.click()
    page.keyboard.type("204")
    page.keyboard.press("Enter")
    page.get_by_label("Due").fill("2026-12-24")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Changed the invoice").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("combobox", name="Account")).to_have_value("204 · Illustration")
    expect(page.get_by_label("Due")).to_have_value("2026-12-24")


def test_voiding_says_what_happens_in_xero_and_asks_why(visit: Visit, cast: Cast) -> None:
    page = visit("/northlight/invoices", by=cast.ada)
    page.get_by_role("link", name="LON-0001").click()
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Void invoice…").click()
    dialog = page.get_by_role("dialog", name="Void LON-0001?")
    expect(dialog).to_contain_text("It is not in Xero, so nothing changes there.")
    dialog.get_by_label("Why?").fill("Billed twice")
    dialog.get_by_role("button", name="Void invoice").click()
    expect(page.get_by_text("Void", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/northlight/invoices/[0-9a-v]{20}$"))


def test_a_day_that_is_fixed_reads_as_its_branch_writes_days(visit: Visit, cast: Cast, desk: Desk) -> None:
    page = visit(f"/northlight/invoices/{desk.sent_invoice.pk}", by=cast.ada)
    day = page.locator("#invoice-form").get_by_label("Date", exact=True)
    expect(day).to_have_value(f"{desk.sent_invoice.issued_on.day} Nov 2026")
    expect(day).not_to_be_editable()
    page.get_by_label("Due").fill("2026-12-24")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Changed the invoice").first).to_be_visible()
