"""Every page can be used by everybody: axe finds nothing, in light and dark, wide and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit
from tests.cast import Cast
from tests.desk import Desk

PAGES = (
    "/northlight",
    "/northlight/expenses",
    "/northlight/expenses/new",
    "/northlight/expenses/{expense}",
    "/northlight/invoices",
    "/northlight/invoices/new",
    "/northlight/invoices/{draft}",
    "/northlight/invoices/{invoice}",
    "/northlight/invoices/{invoice}/correction",
    "/northlight/invoices/{paid}",
    "/northlight/credit-notes",
    "/northlight/credit-notes/new",
    "/northlight/credit-notes/{note}",
    "/northlight/purchase-orders",
    "/northlight/purchase-orders/new",
    "/northlight/purchase-orders/{order}",
    "/northlight/supplier-credits",
    "/northlight/supplier-credits/new?expense={expense}",
    "/northlight/supplier-credits/{credit}",
    "/northlight/companies",
    "/northlight/companies/{company}",
    "/northlight/jobs",
    "/northlight/jobs/{job}",
    "/northlight/quotes",
    "/northlight/quotes/new?job={job}&plan=1",
    "/northlight/quotes/{quote}",
    "/northlight/books",
    "/northlight/books?tab=activity",
    "/northlight/books/month-end?month=2026-11",
    "/northlight/help/statuses",
    "/northlight/help/refusals",
    "/northlight/settings",
    "/northlight/settings/branches",
    "/northlight/settings/branches/new",
    "/northlight/settings/items",
    "/northlight/settings/items/{item}",
    "/northlight/settings/numbering",
    "/northlight/settings/team",
    "/northlight/settings/security",
    "/northlight/settings/tokens",
    "/northlight/settings/export",
    "/northlight/settings/integrations",
    "/northlight/settings/integrations/{connection}",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/accounts/2fa/webauthn/",
    "/studios",
)


def filled(path: str, desk: Desk) -> str:
    """An address with what lies on the desk."""
    return path.format(
        expense=desk.approved_expense.pk,
        draft=desk.draft_invoice.pk,
        invoice=desk.sent_invoice.pk,
        paid=desk.payment.document_id,
        note=desk.credit_note.pk,
        quote=desk.quote.pk,
        item=desk.item.pk,
        company=desk.client.pk,
        job=desk.job.pk,
        order=desk.order.pk,
        credit=desk.supplier_credit.pk,
        connection=desk.connection.pk,
    )


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_no_page_keeps_anybody_out(
    scheme: str, width: int, cast: Cast, desk: Desk, visit: Visit, faults: Callable[[Page], list[str]]
) -> None:
    page = visit("/northlight", by=cast.ada, scheme=scheme, width=width)
    wrong = {}
    for path in PAGES:
        page.goto(filled(path, desk))
        if found := faults(page):
            wrong[path] = found
    assert wrong == {}


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_the_entrance_keeps_nobody_out(path: str, visit: Visit, faults: Callable[[Page], list[str]]) -> None:
    assert faults(visit(path, by=None)) == []


def test_nothing_stands_out_of_a_phone(cast: Cast, desk: Desk, visit: Visit) -> None:
    page = visit("/northlight", by=cast.ada, width=390)
    too_wide = {}
    for path in PAGES:
        page.goto(filled(path, desk))
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            too_wide[path] = width
    assert too_wide == {}
