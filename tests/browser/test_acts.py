"""Acts at the browser: one at a time, and what goes on in the background tells how it went by itself."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from bluestamp.books import letters
from bluestamp.engine import tenancy
from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.desk import Desk


def test_while_one_act_is_answered_the_others_wait(visit: Visit, cast: Cast, desk: Desk) -> None:
    page = visit(f"/northlight/invoices/{desk.draft_invoice.pk}", by=cast.ada)
    under_way: list[Route] = []

    def hold(route: Route) -> None:
        under_way.append(route)

    page.route(f"**/invoices/{desk.draft_invoice.pk}", hold)
    page.get_by_label("Client's order number").fill("PO-77")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Copy to Xero")).to_be_disabled()
    page.get_by_label("Client's order number").press("Enter")

    (saving,) = under_way
    saving.continue_()
    expect(page.get_by_text("Changed the invoice").first).to_be_visible()
    expect(page.get_by_role("button", name="Copy to Xero")).to_be_enabled()
    assert len(under_way) == 1


def test_after_a_refusal_the_acts_are_free_again_and_the_focus_is_at_what_is_wrong(
    visit: Visit, cast: Cast, desk: Desk
) -> None:
    page = visit(f"/northlight/invoices/{desk.draft_invoice.pk}", by=cast.ada)
    page.get_by_label("Unit amount").first.fill("a lot")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("“a lot” is not a figure.")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_enabled()
    expect(page.get_by_label("Unit amount").first).to_be_focused()


def test_a_refused_letter_is_open_again_as_it_was_typed(visit: Visit, cast: Cast, desk: Desk) -> None:
    page = visit(f"/northlight/invoices/{desk.draft_invoice.pk}", by=cast.ada)
    page.get_by_role("button", name="Send to client…").click()
    letter = page.get_by_role("dialog", name="Send")
    letter.get_by_label("To").fill("accounts@kestrel")
    letter.get_by_label("Message").fill("With thanks, Ada")
    letter.get_by_role("button", name="Send", exact=True).click()
    expect(letter.get_by_text("accounts@kestrel is not an e-mail address.")).to_be_visible()
    expect(letter.get_by_label("To")).to_be_focused()
    expect(letter.get_by_label("Message")).to_have_value("With thanks, Ada")

    letter.get_by_label("To").fill("accounts@kestrel.example; finance@kestrel.example")
    letter.get_by_role("button", name="Send", exact=True).click()
    expect(
        page.get_by_text("The e-mail to accounts@kestrel.example, finance@kestrel.example")
    ).to_be_visible()


def test_a_refused_share_of_a_quote_is_open_again_and_its_address_is_the_quotes(
    visit: Visit, cast: Cast, desk: Desk
) -> None:
    page = visit(f"/northlight/quotes/{desk.quote.pk}", by=cast.ada)
    page.get_by_role("button", name="Send to client…").click()
    page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Approved…").click()
    page.get_by_role("dialog").get_by_role("button", name="Approved").click()
    page.get_by_role("button", name="Make an invoice…").click()
    share = page.get_by_role("dialog").get_by_label("Share of the quote in per cent")
    share.fill("140")
    page.get_by_role("button", name="Make the invoice").click()
    expect(page.get_by_role("dialog").get_by_text("Between 0 and 100 percent.")).to_be_visible()
    expect(share).to_have_value("140")
    page.goto(page.url)
    expect(page.get_by_role("button", name="Make an invoice…")).to_be_visible()


def test_a_page_says_by_itself_that_its_letter_was_sent(visit: Visit, cast: Cast, desk: Desk) -> None:
    page = visit(f"/northlight/invoices/{desk.draft_invoice.pk}", by=cast.ada)
    page.get_by_role("button", name="Send to client…").click()
    page.get_by_role("dialog").get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("The e-mail to accounts@kestrel.example is on its way.")).to_be_visible()

    with tenancy.acting_in(cast.northlight.pk):
        letter = letters.latest(desk.draft_invoice)
    assert letter is not None
    letters.send_letter(letter.pk, cast.northlight.pk)
    expect(page.get_by_text("The e-mail to accounts@kestrel.example was sent.")).to_be_visible()


def test_what_is_typed_while_the_form_is_drawn_anew_for_another_branch_is_kept(
    visit: Visit, cast: Cast, desk: Desk
) -> None:
    page = visit(f"/northlight/invoices/{desk.draft_invoice.pk}", by=cast.ada)
    under_way: list[Route] = []
    page.route("**/redraw", lambda route: under_way.append(route), times=1)
    page.locator("summary").filter(has_text="London").click()
    page.get_by_label("Branch").select_option(label="Bristol")
    page.get_by_label("Item", exact=True).fill("Packaging")

    (drawing,) = under_way
    drawing.continue_()
    expect(page.locator("summary").filter(has_text="Bristol")).to_be_visible()
    expect(page.get_by_label("Item", exact=True)).to_have_value("Packaging")
