"""An order's life at the browser, the way a producer lives it: ordered, approved, mailed, billed in two parts."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.desk import Desk


def _figures(page: Page) -> list[str]:
    return page.locator("section.billing .figure").all_inner_texts()


def _bill(page: Page, number: str, *amounts: str) -> None:
    """Enter an invoice of the supplier; the expense that it becomes opens."""
    page.get_by_role("button", name="Enter supplier’s invoice").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Supplier’s invoice no.").fill(number)
    for box, amount in zip(dialog.locator(".billed-now").all(), amounts, strict=True):
        box.fill(amount)
    dialog.get_by_role("button", name="Enter invoice").click()
    expect(page.get_by_role("heading", name="Draft expense")).to_be_visible()


def _codes_are_chosen(page: Page) -> None:
    """S26, S27: on the line itself, an expense or liability account, and a rate that is legal with it."""
    account = page.get_by_role("combobox", name="Account")
    account.hover()
    account.click()
    expect(page.get_by_role("option", name="810 · Income in advance")).to_be_visible()
    expect(page.get_by_role("option", name="200 · Sales")).to_have_count(0)
    expect(page.get_by_role("option", name="090 · Bank")).to_have_count(0)
    page.keyboard.type("post")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name="Tax rate").click()
    expect(page.get_by_role("option", name="20% (VAT on Income)")).to_have_count(0)
    page.get_by_role("option", name="0% · No VAT").click()


def test_an_order_is_written_mailed_and_billed_in_two_parts(cast: Cast, desk: Desk, visit: Visit) -> None:
    # Monday, 2 November: Ben orders 100 boards from Foil & Co
    page = visit(f"/northlight/purchase-orders/new?company={desk.supplier.pk}&job={desk.job.pk}", by=cast.ben)
    page.get_by_label("Item", exact=True).first.fill("Boards")
    page.get_by_label("Quantity").first.fill("100")
    page.get_by_label("Unit amount").first.fill("3.50")
    _codes_are_chosen(page)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Draft, Foil & Co")).to_be_visible()
    expect(page.get_by_role("combobox", name="Account")).to_have_value("425 · Postage and couriers")
    expect(page.get_by_role("combobox", name="Tax rate")).to_have_value("0% · No VAT")

    # approved, and mailed to the supplier
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("heading", name="PO-0002")).to_be_visible()
    assert _figures(page) == ["£350.00", "£0.00", "£350.00"]
    page.get_by_role("button", name="Send to supplier…").click()
    page.get_by_role("dialog").get_by_label("To", exact=True).fill("orders@foil.example")
    page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Sent to orders@foil.example by Ben")).to_be_visible()

    # Friday, 20 November: the first invoice takes two fifths of it, the second what remains
    address = page.url
    _bill(page, "FC-501", "140")
    page.goto(address)
    assert _figures(page) == ["£350.00", "£140.00", "£210.00"]
    _bill(page, "FC-502", "210.00")
    page.goto(address)
    assert _figures(page) == ["£350.00", "£350.00", "£0.00"]
    expect(page.locator("section.billing .short-list")).to_contain_text("FC-502")


def test_an_expense_becomes_an_order_from_its_menu(cast: Cast, desk: Desk, visit: Visit) -> None:
    page = visit(f"/northlight/expenses/{desk.draft_expense.pk}", by=cast.ada)
    page.on("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="More").last.click()
    page.get_by_role("button", name="Turn into purchase order").click()
    expect(page.get_by_role("heading", name="Draft, Foil & Co")).to_be_visible()
    assert "/purchase-orders/" in page.url
