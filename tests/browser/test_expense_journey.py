"""Ada enters an expense with the keyboard alone, mends what was refused, approves it, and finds it in the list."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.cast import Cast


def open_new(visit: Visit, cast: Cast) -> Page:
    """The list, with the dialog of a new expense over it."""
    page = visit("/northlight/expenses", by=cast.ada)
    page.keyboard.press("n")
    expect(page.locator("#modal")).to_be_visible()
    return page


def test_an_expense_is_entered_with_the_keyboard_alone(visit: Visit, cast: Cast) -> None:
    page = open_new(visit, cast)
    modal = page.locator("#modal")
    expect(modal.get_by_role("combobox", name="Supplier")).to_be_focused()
    page.keyboard.type("foil")
    expect(modal.get_by_role("option", name="Foil & Co")).to_be_visible()
    page.keyboard.press("Enter")
    expect(modal.get_by_role("combobox", name="Supplier")).to_have_value("Foil & Co")
    expect(modal.get_by_label("Due")).not_to_have_value("")
    modal.get_by_label("Supplier's invoice no.").fill("FC-777")
    modal.get_by_label("Item", exact=True).fill("Retouching")
    modal.get_by_label("Unit amount").fill("120.50")
    expect(modal.locator("#totals")).to_contain_text("£144.60")
    modal.get_by_label("Unit amount").press("Enter")
    expect(modal.get_by_label("Item", exact=True)).to_have_count(2)
    page.keyboard.type("Courier")
    modal.get_by_label("Unit amount").nth(1).fill("24")
    expect(modal.locator("#totals")).to_contain_text("£173.40")
    page.keyboard.press("Control+s")
    expect(page).to_have_url(re.compile(r"/northlight/expenses/[0-9a-v]{20}$"))
    modal.get_by_role("button", name="Approve").click()
    expect(modal.get_by_role("heading", name="EXP-0002")).to_be_visible()
    page.keyboard.press("Escape")
    expect(modal).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/northlight/expenses$"))
    expect(page.get_by_role("link", name="EXP-0002")).to_be_visible()


def test_what_is_refused_says_why_at_its_line_and_keeps_what_was_typed(visit: Visit, cast: Cast) -> None:
    page = open_new(visit, cast)
    modal = page.locator("#modal")
    modal.get_by_role("combobox", name="Supplier").fill("Pixel Repro")
    page.keyboard.press("Enter")
    modal.get_by_label("Item", exact=True).fill("Proof")
    modal.get_by_label("Unit amount").fill("abc")
    receipt: Any = {"name": "proof.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    modal.locator("input[type=file]").set_input_files(receipt)
    modal.get_by_role("button", name="Save").click()
    expect(modal.get_by_text("“abc” is not a figure")).to_be_visible()
    expect(modal.get_by_label("Unit amount")).to_have_attribute("aria-invalid", "true")
    expect(modal.get_by_role("combobox", name="Supplier")).to_have_value("Pixel Repro")
    modal.get_by_label("Unit amount").fill("20")
    modal.get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(r"/northlight/expenses/[0-9a-v]{20}$"))
    expect(modal.get_by_role("link", name="proof.pdf")).to_be_visible()


def test_an_account_brings_its_own_tax_and_offers_only_legal_ones(visit: Visit, cast: Cast) -> None:
    page = open_new(visit, cast)
    account = page.locator("#modal").get_by_role("combobox", name="Account")
    tax = page.locator("#modal").get_by_role("combobox", name="Tax rate")
    expect(tax).to_have_value("20% (VAT on Expenses)")
    account.click()
    page.keyboard.type("sales")
    page.keyboard.press("Enter")
    expect(account).to_have_value("200 · Sales")
    expect(tax).to_have_value("20% (VAT on Income)")
    tax.click()
    expect(page.get_by_role("option", name="20% (VAT on Expenses)")).to_have_count(0)
    expect(page.get_by_role("option", name="0% · No VAT")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#modal")).to_be_visible()


def test_leaving_typed_words_is_asked_about(visit: Visit, cast: Cast) -> None:
    page = open_new(visit, cast)
    page.locator("#modal").get_by_label("Item", exact=True).fill("Proof")
    page.once("dialog", lambda question: question.dismiss())
    page.keyboard.press("Escape")
    expect(page.locator("#modal").get_by_label("Item", exact=True)).to_have_value("Proof")
    page.once("dialog", lambda question: question.accept())
    page.locator("#modal").get_by_role("button", name="Close").click()
    expect(page.locator("#modal")).to_be_hidden()
