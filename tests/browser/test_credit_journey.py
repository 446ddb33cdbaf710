"""An invoice is part-paid and credited from its menu, the credit used on another one, and all of it taken back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.desk import Desk


def test_an_invoice_is_part_paid_credited_and_its_credit_used(cast: Cast, desk: Desk, visit: Visit) -> None:
    page = visit(f"/northlight/invoices/{desk.sent_invoice.pk}", by=cast.ada)
    money = page.locator("#money")

    # 2 November: Kestrel pays 200 of 1,200. Somebody types too much first.
    money.get_by_text("Record a payment").click()
    money.get_by_label("Amount", exact=True).fill("12000")
    money.get_by_label("Account").select_option("090")
    money.get_by_label("Reference").fill("BACS 7")
    money.get_by_role("button", name="Record").click()
    expect(money).to_contain_text("Only £1,200.00 is open.")
    expect(money.get_by_label("Reference")).to_have_value("BACS 7")
    money.get_by_label("Amount", exact=True).fill("200")
    money.get_by_role("button", name="Record").click()
    expect(page.locator("h1 + .pill, .pill").filter(has_text="Part paid").first).to_be_visible()
    expect(money).to_contain_text("BACS 7")

    # The rest is credited: all lines of the invoice, in a draft of its own.
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Credit this invoice").click()
    page.wait_for_url(re.compile(r"/credit-notes/"))
    expect(page.locator("#totals")).to_contain_text("−£1,200.00")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Mark as sent").click()
    expect(page.get_by_role("heading", name="CN-0002")).to_be_visible()

    # 1,000 of it fit on the invoice; the rest stays to be used.
    amount = page.get_by_label("Amount of LON-0001")
    expect(amount).to_have_value("1000.00")
    money.locator("li", has=amount).get_by_role("button", name="Apply").click()
    expect(money).to_contain_text("Invoice LON-0001")
    expect(page.locator("#totals")).to_contain_text("−£200.00")

    # It was a mistake: the application is undone, and the invoice is open again.
    page.on("dialog", lambda dialog: dialog.accept())
    money.get_by_role("button", name="Remove Invoice LON-0001").click()
    expect(money.get_by_label("Amount of LON-0001")).to_have_value("1000.00")
