"""A newcomer's first day with the demo as it is shipped: real worker, sandbox over HTTP, PostgreSQL, and a browser.

Ada has typed one command. She follows what it printed, and sees an expense and an invoice go all the way to paid.
"""

from __future__ import annotations

import re
import signal
import socket
import sys
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import demo_process
from tests.browser.demo_process import Demo

#: Xero's webhook, the worker and the page's own question lie between a press there and the word here.
ARRIVES = 20_000
ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with demo_process.own_folder() as data_dir, demo_process.running(data_dir) as demo:
        yield demo


def test_the_first_day_goes_from_the_printed_link_to_paid(demo: Demo, browser: Browser) -> None:
    context = browser.new_context(
        base_url=demo.app, locale="en-GB", reduced_motion="reduce", viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))

    follow_the_link(page, demo)
    an_expense_is_sent_and_paid(page)
    an_invoice_is_copied_sent_and_paid(page)

    context.close()
    assert broken == []


def follow_the_link(page: Page, demo: Demo) -> None:
    # 9:00. The terminal printed a link. It asks nothing but to go on, and works once.
    page.goto(demo.sign_in_link)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Northlight")).to_be_visible()


def an_expense_is_sent_and_paid(page: Page) -> None:
    # 9:05. Foil & Co is approved, and not in Xero yet.
    page.get_by_role("link", name="Expenses", exact=True).click()
    row_of(page, "Foil & Co").get_by_role("link").first.click()
    expense = page.get_by_role("dialog", name="Expense")
    expect(expense.get_by_role("heading", name=re.compile("EXP-"))).to_be_visible()

    # She presses the one blue button. Xero has no such contact: it is asked once, and made.
    expense.get_by_role("button", name="Send to Xero").click()
    expect(expense.get_by_text("Foil & Co is not in Northlight Ltd yet.")).to_be_visible()
    expense.get_by_role("button", name="Create the contact and send").click()

    # The stamp comes down by itself, and leads to the bill.
    stamp = expense.get_by_role("link", name="In Xero")
    expect(stamp).to_contain_text("Awaiting approval", timeout=ARRIVES)
    bill = opened(page, stamp)
    expect(bill.get_by_role("heading", name="Bill FC-20931")).to_be_visible()
    expect(bill.get_by_text("Awaiting approval", exact=True)).to_be_visible()

    # 9:10. The bookkeeper approves it and pays it, there. The open page says so, unasked.
    bill.get_by_role("button", name="Approve", exact=True).click()
    expect(stamp).to_contain_text("Awaiting payment", timeout=ARRIVES)
    bill.get_by_role("button", name="Record payment").click()
    expect(expense.get_by_title("The supplier was paid")).to_have_text("Paid", timeout=ARRIVES)
    expect(stamp).to_contain_text("Paid")
    bill.close()

    expense.get_by_role("button", name="Close").click()
    expect(row_of(page, "Foil & Co")).to_contain_text("Paid")


def an_invoice_is_copied_sent_and_paid(page: Page) -> None:
    # 10:00. A draft for Fern & Daughters. The accountant shall see it first: copied, it is a draft there too.
    page.get_by_role("link", name="Invoices", exact=True).click()
    row_of(page, "Fern & Daughters", "Draft").get_by_role("link").first.click()
    page.get_by_role("button", name="Copy to Xero").click()
    stamp = page.locator("#stamp").get_by_role("link", name="In Xero")
    expect(stamp).to_contain_text("Draft", timeout=ARRIVES)
    expect(page.get_by_role("heading", name=re.compile("LON-"))).to_be_visible()

    # 10:20. It goes to the client. Xero does not know that yet, and the page says so.
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Mark as sent").click()
    expect(page.get_by_text("Changes to send")).to_be_visible()
    page.get_by_role("button", name="Send changes to Xero").click()
    expect(stamp).to_contain_text("Awaiting payment", timeout=ARRIVES)

    # Two weeks later the client pays a part: the amount stands here.
    theirs = opened(page, stamp)
    theirs.get_by_label(re.compile("Amount in GBP")).fill("1000")
    theirs.get_by_role("button", name="Record payment").click()
    expect(page.get_by_text("Part paid", exact=True)).to_be_visible(timeout=ARRIVES)
    expect(page.locator("#totals")).to_contain_text("£1,000.00")
    expect(page.locator("#totals")).to_contain_text("£800.00")

    # And then the rest.
    theirs.get_by_role("button", name="Record payment").click()
    expect(stamp).to_contain_text("Paid", timeout=ARRIVES)
    expect(page.get_by_role("main").get_by_text("Paid", exact=True).first).to_be_visible()
    expect(page.locator("#totals")).to_contain_text("£0.00")


def row_of(page: Page, *words: str) -> Locator:
    rows = page.get_by_role("row")
    for word in words:
        rows = rows.filter(has_text=word)
    return rows.first


def opened(page: Page, link: Locator) -> Page:
    """The page that a link opens beside ours."""
    with page.expect_popup() as popup:
        link.click()
    return popup.value


def test_a_second_demo_on_the_same_data_ends_with_one_sentence(demo: Demo) -> None:
    port, sandbox_port = demo_process.free_port(), demo_process.free_port()
    second = demo_process.launch(demo.data_dir, port=port, sandbox_port=sandbox_port)
    words, _ = second.communicate(timeout=30)
    assert second.returncode == 1
    assert words.startswith(f"Bluestamp is running on the data folder {demo.data_dir} already.")
    assert words.count("\n") == 1


def test_a_demo_on_a_taken_port_ends_with_one_sentence() -> None:
    with demo_process.own_folder() as data_dir, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = demo_process.launch(data_dir, port=port, sandbox_port=demo_process.free_port())
        words, _ = refused.communicate(timeout=30)
    assert refused.returncode == 1
    assert words.startswith(f"Bluestamp can't listen on 127.0.0.1:{port}:")
    assert words.count("\n") == 1


@ON_LINUX
def test_a_stopped_and_a_killed_demo_leave_no_process_and_start_again() -> None:
    with demo_process.own_folder() as data_dir:
        with demo_process.running(data_dir) as first:
            assert first.end(signal.SIGTERM) == 0
            assert demo_process.processes_on(data_dir) == {}
        with demo_process.running(data_dir) as second:
            second.end(signal.SIGKILL)
            nobody = demo_process.becomes_true(lambda: not demo_process.processes_on(data_dir), seconds=15)
            assert nobody, demo_process.processes_on(data_dir)
        with (
            demo_process.running(data_dir) as third,
            urllib.request.urlopen(third.sign_in_link, timeout=10) as page,
        ):
            assert page.status == 200
