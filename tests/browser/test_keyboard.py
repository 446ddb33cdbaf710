"""The keys: / searches, n makes new, j and k walk, x selects, o opens, ? tells."""

from __future__ import annotations

import re

from playwright.sync_api import Dialog, expect

from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.desk import Desk


def test_lists_are_walked_selected_and_opened_with_keys(visit: Visit, cast: Cast) -> None:
    page = visit("/northlight/expenses", by=cast.ada)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#select-bar")).to_contain_text("1 selected")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#select-bar")).to_contain_text("2 selected")
    expect(page.locator("#select-bar")).to_contain_text("£546.00")
    expect(page.locator("#select-bar")).to_contain_text("London → Northlight Ltd")
    page.keyboard.press("o")
    expect(page.locator("#modal")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/northlight/expenses/[0-9a-v]{20}$"))


def test_search_narrows_the_list_while_one_types(visit: Visit, cast: Cast) -> None:
    page = visit("/northlight/expenses", by=cast.ada)
    page.keyboard.press("/")
    page.keyboard.type("exp-0001")
    expect(page.locator(".list tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"q=exp-0001"))


def test_the_question_mark_tells_the_keys(visit: Visit, cast: Cast) -> None:
    page = visit("/northlight/invoices", by=cast.ada)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_keys_are_letters_while_one_types(visit: Visit, cast: Cast) -> None:
    page = visit("/northlight/invoices", by=cast.ada)
    page.get_by_role("searchbox").fill("")
    page.get_by_role("searchbox").press_sequentially("nx?")
    expect(page.get_by_role("searchbox")).to_have_value("nx?")
    expect(page).to_have_url(re.compile(r"/northlight/invoices"))


def test_the_first_stop_of_a_page_leads_past_the_side(visit: Visit, cast: Cast) -> None:
    page = visit("/northlight/invoices", by=cast.ada)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the page")).to_be_focused()


def test_ctrl_s_saves_a_document_from_any_of_its_fields(visit: Visit, cast: Cast, desk: Desk) -> None:
    page = visit(f"/northlight/invoices/new?company={desk.client.pk}", by=cast.ada)
    page.get_by_role("textbox", name="Item", exact=True).fill("Art direction")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("heading", name="Draft for Kestrel Air")).to_be_visible()


def test_a_page_with_something_typed_asks_before_it_is_left(visit: Visit, cast: Cast, desk: Desk) -> None:
    page = visit(f"/northlight/jobs/{desk.job.pk}", by=cast.ben)
    page.locator("#plan-form").get_by_role("textbox", name="Item", exact=True).fill("Photography")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="Quotes", exact=True).click(no_wait_after=True)
    expect(page.locator("#plan-form").get_by_role("textbox", name="Item", exact=True)).to_have_value(
        "Photography"
    )
    assert asked == ["beforeunload"]

    page.get_by_role("button", name="Save the plan").click()
    expect(page.get_by_text("Saved the plan.")).to_be_visible()
    page.get_by_role("link", name="Quotes", exact=True).click()
    expect(page.get_by_role("heading", name="Quotes")).to_be_visible()
    assert asked == ["beforeunload"]
