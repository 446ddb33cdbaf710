"""Expenses and invoices at the browser: what is typed is kept, what is refused says why beside its field."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bluestamp.books import expenses
from bluestamp.books.expenses import Expense
from bluestamp.books.invoices import Invoice
from bluestamp.engine import tenancy
from bluestamp.people.users import User
from tests import desk as desks
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def typed(desk: Desk, **changes: str) -> dict[str, Any]:
    """A form for an expense as a person fills it."""
    return {
        "branch_id": desk.sent_invoice.branch_id,
        "company_id": desk.supplier.pk,
        "job_id": desk.job.pk,
        "issued_on": "2026-11-02",
        "due_on": "",
        "supplier_invoice_number": "FC-30000",
        "paid_by": "supplier",
        "currency": "GBP",
        "tax_mode": "exclusive",
        "line": ["a", "b", "c"],
        "a-item": "Foil",
        "a-quantity": "200",
        "a-unit_amount": "1.85",
        "a-account_code": "310",
        "a-tax_type": "INPUT2",
        "b-quantity": "1",
        "c-item": "Courier",
        "c-quantity": "1",
        "c-unit_amount": "24",
        "c-account_code": "425",
        "c-tax_type": "INPUT2",
        **changes,
    }


def text(answer: HttpResponse) -> str:
    """What an answer says."""
    return answer.content.decode().replace("&amp;", "&").replace("&#x27;", "'")


def seen(cast: Cast, expense_id: str) -> Expense:
    """An expense as it now is."""
    with tenancy.acting_in(cast.northlight.pk):
        return Expense.objects.prefetch_related("lines").get(pk=expense_id)


def test_an_expense_is_entered_with_its_lines_and_its_receipt(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    receipt = SimpleUploadedFile("paper.pdf", b"%PDF-1.4", content_type="application/pdf")
    answer = ada_browser.post("/northlight/expenses/new", typed(desk) | {"receipt": receipt}, headers=HTMX)
    assert answer.status_code == 200
    made = seen(cast, answer["HX-Push-Url"].rsplit("/", 1)[1])
    assert [line.item for line in made.items] == ["Foil", "Courier"]
    assert (made.sub_total, made.total) == (394, desk.approved_expense.total)
    assert made.receipt_name == "paper.pdf"


def test_a_line_that_nobody_filled_is_left_out(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post("/northlight/expenses/new", typed(desk), headers=HTMX)
    assert len(seen(cast, answer["HX-Push-Url"].rsplit("/", 1)[1]).items) == 2


def test_a_figure_that_cannot_be_read_is_refused_at_its_line_and_all_that_was_typed_stays(
    desk: Desk, ada_browser: Client
) -> None:
    wrong = typed(desk, **{"c-unit_amount": "twenty", "supplier_invoice_number": "FC-KEPT"})
    answer = ada_browser.post("/northlight/expenses/new", wrong, headers=HTMX)
    assert answer.status_code == 422
    assert "“twenty” is not a figure" in text(answer)
    assert 'value="twenty"' in text(answer)
    assert 'value="FC-KEPT"' in text(answer)
    assert ">Foil</textarea>" in text(answer)


def test_a_supplier_can_be_made_by_naming_it(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    form = typed(desk, company_id="new:Pixel Repro")
    answer = ada_browser.post("/northlight/expenses/new", form, headers=HTMX)
    assert seen(cast, answer["HX-Push-Url"].rsplit("/", 1)[1]).company_name == "Pixel Repro"


def test_a_supplier_named_in_a_refused_form_is_not_made(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    form = typed(desk, company_id="new:Pixel Repro", currency="XXXX")
    assert ada_browser.post("/northlight/expenses/new", form, headers=HTMX).status_code == 422
    assert ada_browser.get("/northlight/companies/choices?q=Pixel").json() == {"choices": []}


def test_whoever_was_slower_sees_what_changed_and_keeps_what_they_typed(
    cast: Cast, desk: Desk, ada_browser: Client, now: dt.datetime
) -> None:
    path = f"/northlight/expenses/{desk.draft_expense.pk}"
    version = str(desk.draft_expense.version)
    first = typed(desk, version=version, supplier_invoice_number="FC-FASTER")
    assert ada_browser.post(path, first, headers=HTMX).status_code == 200
    slower = typed(desk, version=version, supplier_invoice_number="FC-SLOWER")
    answer = ada_browser.post(path, slower, headers=HTMX)
    assert answer.status_code == 409
    assert 'value="FC-SLOWER"' in text(answer)
    assert "Meanwhile it says: <b>FC-FASTER</b>" in text(answer)
    fresh = seen(cast, desk.draft_expense.pk)
    assert f'name="version" value="{fresh.version}"' in text(answer)


def test_saving_and_approving_is_one_step_or_none(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    path = f"/northlight/expenses/{desk.draft_expense.pk}/approval"
    version = str(desk.draft_expense.version)
    lacking = typed(desk, version=version, supplier_invoice_number="")
    assert ada_browser.post(path, lacking, headers=HTMX).status_code == 422
    assert seen(cast, desk.draft_expense.pk).supplier_invoice_number == "FC-20930"
    answer = ada_browser.post(path, typed(desk, version=version), headers=HTMX)
    assert answer.status_code == 200
    assert seen(cast, desk.draft_expense.pk).status == "approved"


def test_an_issued_invoice_refuses_another_client_at_the_field(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        line = Invoice.objects.get(pk=desk.sent_invoice.pk).lines.get()
    form = typed(desk, version=str(desk.sent_invoice.version)) | {
        "issued_on": desk.sent_invoice.issued_on.isoformat(),
        "due_on": "2026-12-24",
        "line": ["a"],
        "a-id": line.pk,
        "a-item": line.item,
        "a-quantity": "2.5",
        "a-unit_amount": "400.00",
        "a-account_code": "204",
        "a-tax_type": "OUTPUT2",
    }
    path = f"/northlight/invoices/{desk.sent_invoice.pk}"
    refused = ada_browser.post(path, form)
    assert refused.status_code == 422
    assert "The client has this invoice" in text(refused)
    kept = form | {"company_id": desk.client.pk}
    assert ada_browser.post(path, kept).status_code == 302
    with tenancy.acting_in(cast.northlight.pk):
        changed = Invoice.objects.get(pk=desk.sent_invoice.pk)
        assert (changed.due_on, changed.lines.get().account_code) == (dt.date(2026, 12, 24), "204")


def test_totals_while_typing_are_what_saving_stores(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.post("/northlight/expenses/totals", typed(desk), headers=HTMX)
    assert "£394.00" in text(answer)
    assert "£472.80" in text(answer)
    assert 'id="amount-a" hx-swap-oob="true">370.00<' in text(answer)


def test_a_list_asks_the_database_no_oftener_for_more_rows(
    cast: Cast, desk: Desk, ada_browser: Client, now: dt.datetime
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert ada_browser.get("/northlight/expenses").status_code == 200
        return len(caught)

    few = queries()
    ada = cast.acting(cast.ada)
    with tenancy.acting_in(cast.northlight.pk):
        for number in range(30):
            draft = expenses.draft_of(desk.draft_expense)
            blank = tuple(
                desks.LineDraft(item=line.item, unit_amount=line.unit_amount) for line in draft.lines
            )
            expenses.create(
                desks.ExpenseDraft(
                    branch_id=draft.branch_id,
                    company_id=draft.company_id,
                    issued_on=draft.issued_on,
                    currency="GBP",
                    supplier_invoice_number=f"N-{number}",
                    lines=blank,
                ),
                by=ada,
                now=now,
            )
    assert queries() == few
    assert few <= 25


def test_an_exported_word_is_never_a_formula(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    form = typed(desk, company_id="new:=cmd|' /C calc'!A0")
    assert ada_browser.post("/northlight/expenses/new", form, headers=HTMX).status_code == 200
    assert "'=cmd" in text(ada_browser.get("/northlight/expenses.csv"))


def test_the_accountant_reads_and_has_no_button_that_changes(
    desk: Desk, browser: Browser, abe_user: User
) -> None:
    abe = browser(abe_user)
    page = text(abe.get(f"/northlight/expenses/{desk.draft_expense.pk}", headers=HTMX))
    assert "data-save" not in page
    assert "Approve" not in page
    refused = abe.post(
        f"/northlight/expenses/{desk.draft_expense.pk}", typed(desk, version="1"), headers=HTMX
    )
    assert refused.status_code == 403
    assert "your role here is accountant" in text(refused)


def test_a_receipt_that_a_browser_would_run_is_only_for_saving(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    page = SimpleUploadedFile("page.html", b"<script>alert(1)</script>", content_type="text/html")
    answer = ada_browser.post("/northlight/expenses/new", typed(desk) | {"receipt": page}, headers=HTMX)
    receipt = ada_browser.get(answer["HX-Push-Url"] + "/receipt")
    assert receipt["Content-Type"] == "application/octet-stream"
    assert receipt["Content-Disposition"].startswith("attachment")
