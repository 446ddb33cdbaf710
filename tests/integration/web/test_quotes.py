"""Quotes at the browser, and the plan of a job that they are made of."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from bluestamp.books import job_items, jobs, quotes
from bluestamp.books.invoices import Invoice
from bluestamp.books.job_items import PlanDraft
from bluestamp.books.quotes import Quote
from bluestamp.engine import tenancy
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def text(answer: HttpResponse) -> str:
    """What an answer says."""
    return answer.content.decode().replace("&amp;", "&").replace("&#x27;", "'")


def typed(desk: Desk, **changes: Any) -> dict[str, Any]:
    """A form for a quote as a person fills it: two days of art direction, 1,200.00 before tax."""
    return {
        "branch_id": desk.sent_invoice.branch_id, "company_id": desk.client.pk, "job_id": desk.job.pk,
        "title": "Livery for four aircraft", "issued_on": "2026-11-02", "due_on": "", "currency": "GBP",
        "tax_mode": "exclusive", "line": ["a"], "a-item": "Art direction", "a-quantity": "2",
        "a-unit_amount": "600", "a-account_code": "200", "a-tax_type": "OUTPUT2", **changes,
    }  # fmt: skip


@pytest.fixture
def quote(cast: Cast, desk: Desk, ada_browser: Client) -> Quote:
    """A draft of Ada's."""
    answer = ada_browser.post("/northlight/quotes/new", typed(desk), headers=HTMX)
    assert answer.status_code == 200, text(answer)
    return seen(cast, answer["HX-Push-Url"].rsplit("/", 1)[1])


def seen(cast: Cast, quote_id: str) -> Quote:
    """A quote as it now is."""
    with tenancy.acting_in(cast.northlight.pk):
        return Quote.objects.prefetch_related("lines").get(pk=quote_id)


def test_a_quote_is_written_and_stands_for_thirty_days(cast: Cast, quote: Quote) -> None:
    assert (quote.number, quote.status, quote.total) == ("", "draft", 1440)
    assert quote.due_on == dt.date(2026, 12, 2)
    assert quote.amount_due == 0


def test_a_quote_goes_from_draft_to_an_invoice_of_a_share(
    cast: Cast, desk: Desk, quote: Quote, ada_browser: Client
) -> None:
    at = f"/northlight/quotes/{quote.pk}"
    answer = ada_browser.post(f"{at}/hand-over", headers=HTMX)
    assert "Q-0001" in text(answer)
    answer = ada_browser.post(f"{at}/approval", {"version": "2", "answered_by": "Mira Holt"}, headers=HTMX)
    assert "Approved by Mira Holt." in text(answer)
    made = ada_browser.post(f"{at}/invoices", {"percent": "50"})
    with tenancy.acting_in(cast.northlight.pk):
        invoice = Invoice.objects.get(pk=made["Location"].rsplit("/", 1)[1])
        assert (invoice.quote_id, invoice.sub_total, invoice.job_id) == (quote.pk, 600, desk.job.pk)
    assert f'<a href="{at}">Quote Q-0001</a>' in text(ada_browser.get(made["Location"]))
    page = text(ada_browser.get(at))
    assert 'name="percent" inputmode="decimal" value="50"' in page
    too_much = ada_browser.post(f"{at}/invoices", {"percent": "60"}, headers=HTMX)
    assert too_much.status_code == 422
    assert "Between 0 and 50 percent." in text(too_much)


def test_a_quote_that_the_client_has_is_put_back_to_draft_to_be_changed(
    cast: Cast, desk: Desk, quote: Quote, ada_browser: Client
) -> None:
    at = f"/northlight/quotes/{quote.pk}"
    ada_browser.post(f"{at}/hand-over", headers=HTMX)
    ada_browser.post(at, typed(desk, version="2", title="Another"), headers=HTMX)
    assert seen(cast, quote.pk).title == "Livery for four aircraft"
    ada_browser.post(f"{at}/draft", {"version": "2"}, headers=HTMX)
    ada_browser.post(at, typed(desk, version="3", title="Another"), headers=HTMX)
    assert (seen(cast, quote.pk).title, seen(cast, quote.pk).number) == ("Another", "Q-0001")


def test_a_quote_without_a_line_is_not_sent_and_says_why(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post("/northlight/quotes/new", typed(desk, line=[]), headers=HTMX)
    at = answer["HX-Push-Url"]
    refused = ada_browser.post(f"{at}/hand-over", headers=HTMX)
    assert refused.status_code == 422
    assert "Add a line." in text(refused)


def test_the_list_has_a_tab_for_each_status_and_finds_by_title(quote: Quote, ada_browser: Client) -> None:
    assert "Livery for four aircraft" in text(ada_browser.get("/northlight/quotes?tab=draft"))
    assert "Livery for four aircraft" not in text(ada_browser.get("/northlight/quotes?tab=approved"))
    assert "Livery for four aircraft" in text(ada_browser.get("/northlight/quotes?q=aircraft"))
    assert "Livery for four aircraft" not in text(ada_browser.get("/northlight/quotes?q=submarine"))


def test_the_paper_of_a_quote_is_a_pdf(quote: Quote, ada_browser: Client) -> None:
    answer = ada_browser.get(f"/northlight/quotes/{quote.pk}/pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF")


def plan(desk: Desk, **changes: Any) -> dict[str, Any]:
    """A plan: own work, and printing that Foil & Co is paid for."""
    return {
        "version": "1", "line": ["a", "b"], "a-item": "Art direction", "a-quantity": "2",
        "a-unit_amount": "600", "b-item": "Printing", "b-quantity": "10", "b-unit_amount": "50",
        "b-cost_unit_amount": "40", "b-is_cost": "yes", "b-supplier_id": desk.supplier.pk, **changes,
    }  # fmt: skip


def test_a_plan_is_saved_on_its_job_and_added_up(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    at = f"/northlight/jobs/{desk.job.pk}"
    answer = ada_browser.post(f"{at}/plan/totals", plan(desk))
    assert "1,700.00" in text(answer)
    assert ada_browser.post(f"{at}/plan", plan(desk)).status_code == 302
    page = text(ada_browser.get(at))
    assert "1,700.00" in page and "1,300.00" in page
    with tenancy.acting_in(cast.northlight.pk):
        lines = job_items.of(jobs.find(desk.job.pk))
    assert [(line.item, line.is_cost) for line in lines] == [("Art direction", False), ("Printing", True)]


def test_a_plan_that_cannot_be_read_is_given_back_as_it_was_typed(desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post(
        f"/northlight/jobs/{desk.job.pk}/plan", plan(desk, **{"b-cost_unit_amount": "forty"})
    )
    assert answer.status_code == 422
    assert "“forty” is not a figure" in text(answer)
    assert 'value="forty"' in text(answer)


def test_beside_a_refused_plan_the_details_still_save_themselves_and_not_an_empty_plan(
    planned: Desk, ada_browser: Client
) -> None:
    at = f"/northlight/jobs/{planned.job.pk}"
    answer = ada_browser.post(f"{at}/plan", plan(planned, version="2", **{"b-cost_unit_amount": "forty"}))
    assert answer.status_code == 422
    assert f'id="job-form" method="post" action="{at}"' in text(answer)
    again = ada_browser.get(f"{at}/plan")  # as a browser does that loads the page anew
    assert again.status_code == 200
    assert 'value="forty"' not in text(again)
    assert f'id="job-form" method="post" action="{at}"' in text(again)


@pytest.fixture
def planned(cast: Cast, desk: Desk, ada_browser: Client) -> Desk:
    """The desk, whose job has the plan above."""
    assert ada_browser.post(f"/northlight/jobs/{desk.job.pk}/plan", plan(desk)).status_code == 302
    return desk


def test_the_create_menu_offers_each_document_and_each_supplier(planned: Desk, ada_browser: Client) -> None:
    page = text(ada_browser.get(f"/northlight/jobs/{planned.job.pk}"))
    offered = ("Quote", "Invoice", "Expense for Foil & Co", "Purchase order for Foil & Co")
    assert "Create ▸" in page
    assert [words for words in offered if f">{words}</a>" not in page] == []


def test_a_new_quote_begins_with_the_plan_and_its_codes(planned: Desk, ada_browser: Client) -> None:
    answer = ada_browser.get(f"/northlight/quotes/new?job={planned.job.pk}&plan=1")
    assert ">Art direction</textarea>" in text(answer)
    assert ">Printing</textarea>" in text(answer)
    assert 'name="new0-unit_amount" value="600.00"' in text(answer)
    assert 'name="new0-account_code" value="200"' in text(answer)


def test_a_new_expense_begins_with_what_is_bought_from_its_supplier(
    planned: Desk, ada_browser: Client
) -> None:
    path = f"/northlight/expenses/new?job={planned.job.pk}&company={planned.supplier.pk}&plan=1"
    answer = ada_browser.get(path, headers=HTMX)
    assert ">Printing</textarea>" in text(answer)
    assert ">Art direction</textarea>" not in text(answer)
    assert 'name="new0-unit_amount" value="40.00"' in text(answer)
    assert 'name="new0-account_code" value="310"' in text(answer)


def test_a_new_purchase_order_begins_with_what_is_bought_from_its_supplier(
    planned: Desk, ada_browser: Client
) -> None:
    path = f"/northlight/purchase-orders/new?job={planned.job.pk}&company={planned.supplier.pk}&plan=1"
    answer = ada_browser.get(path)
    assert ">Printing</textarea>" in text(answer)
    assert 'name="new0-unit_amount" value="40.00"' in text(answer)


def test_an_accountant_reads_quotes_and_plans_and_changes_none(
    cast: Cast, planned: Desk, quote: Quote, browser: Browser
) -> None:
    abe = browser(cast.abe)
    assert "Livery for four aircraft" in text(abe.get(f"/northlight/quotes/{quote.pk}"))
    assert "Create ▸" not in text(abe.get(f"/northlight/jobs/{planned.job.pk}"))
    assert abe.post(f"/northlight/quotes/{quote.pk}/hand-over").status_code == 403
    assert abe.post(f"/northlight/jobs/{planned.job.pk}/plan", plan(planned, version="2")).status_code == 403


def test_somebody_who_was_slower_keeps_the_plan_that_they_typed(
    cast: Cast, planned: Desk, ada_browser: Client, now: dt.datetime
) -> None:
    answer = ada_browser.post(
        f"/northlight/jobs/{planned.job.pk}/plan", plan(planned, **{"a-item": "Slow work"})
    )
    assert answer.status_code == 409
    assert ">Slow work</textarea>" in text(answer)


def test_quotes_are_ours_alone_and_offer_nothing_of_xero(quote: Quote, ada_browser: Client) -> None:
    page = text(ada_browser.get(f"/northlight/quotes/{quote.pk}"))
    assert "Copy to Xero" not in page
    assert quotes.KIND == "quote" and PlanDraft() == PlanDraft()
