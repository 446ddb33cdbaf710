"""What the pages show of a document whose branch goes to another organisation by now: its own, everywhere."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client

from bluestamp.books import billing, documents, invoices, ledgers
from bluestamp.books.documents import Document
from bluestamp.books.ledgers import BranchLedger, Chart, ChartAccount, ChartTaxRate
from bluestamp.engine import tenancy
from bluestamp.sync import standing
from bluestamp.sync.connections import Connection, ConnectionState
from bluestamp.sync.copies import Copy
from bluestamp.sync.grants import Grant
from tests.cast import Cast
from tests.desk import Desk

pytestmark = pytest.mark.django_db
CHART = Chart(
    name="Northlight Inc",
    base_currency="GBP",
    accounts=(
        ChartAccount(code="4000", name="Fees", account_class="REVENUE", tax_type="STATE"),
        ChartAccount(code="1010", name="Checking", account_class="ASSET", is_bank=True),
    ),
    tax_rates=(ChartTaxRate(tax_type="OUTPUT2", name="State tax", percent=Decimal(9), for_revenue=True),),
)


@pytest.fixture
def second(cast: Cast, desk: Desk, now: dt.datetime) -> Connection:
    """London goes to another organisation, since the desk's documents were copied to the first."""
    with tenancy.acting_in(cast.northlight.pk):
        for document in (desk.draft_invoice, desk.sent_invoice, desk.order):
            _copied(document, desk.connection, now)
        ledger = ledgers.create(
            studio_id=cast.northlight.pk, name=CHART.name, base_currency="GBP", source="xero"
        )
        ledgers.fill(ledger, CHART, now=now)
        made = Connection.objects.create(
            studio_id=cast.northlight.pk,
            grant=Grant.objects.get(),
            ledger=ledger,
            tenant_id="t-2",
            xero_connection_id="c-2",
            name=CHART.name,
            base_currency="GBP",
            start_on=now.date(),
            connected_by="Ada",
            connected_at=now,
        )
        BranchLedger.objects.update(ledger=ledger)
    return made


def _copied(document: Document, connection: Connection, now: dt.datetime) -> None:
    """The document stands in the organisation, as it is."""
    Copy.objects.create(
        studio_id=connection.studio_id,
        connection=connection,
        kind=document.kind,
        document_id=document.pk,
        xero_id=f"x-{document.pk}",
        xero_status="DRAFT",
        version_sent=document.version,
        copied_at=now,
        seen_at=now,
    )
    documents.note_ledger_version(
        kind=document.kind,
        document_id=document.pk,
        version=document.version,
        ledger_id=connection.ledger_id,
    )
    standing.settle(studio_id=connection.studio_id, kind=document.kind, document_id=document.pk, now=now)


def _page(browser: Client, path: str) -> str:
    return browser.get(f"/northlight/{path}").content.decode()


def test_its_page_offers_its_own_chart_and_a_new_one_the_branchs(
    ada_browser: Client, desk: Desk, second: Connection
) -> None:
    page = _page(ada_browser, f"invoices/{desk.draft_invoice.pk}")
    assert '<option value="204"' in page and '<option value="4000"' not in page
    assert f'data-ledger="{desk.ledger.pk}"' in page
    new = _page(ada_browser, "invoices/new")
    assert '<option value="4000"' in new and '<option value="204"' not in new


def test_it_says_where_it_belongs_and_stamp_and_button_name_that_one(
    ada_browser: Client, desk: Desk, second: Connection, cast: Cast, now: dt.datetime
) -> None:
    here = desk.connection.name
    with tenancy.acting_in(cast.northlight.pk):
        draft = replace(invoices.draft_of(desk.draft_invoice), reference="Their order 17")
        invoices.edit(
            invoice_id=desk.draft_invoice.pk, version=1, draft=draft, by=cast.acting(cast.ada), now=now
        )
    page = _page(ada_browser, f"invoices/{desk.draft_invoice.pk}")
    assert f"It belongs to {here}, although London goes to Northlight Inc by now." in page
    assert f"In Xero<small>{here} · " in page
    assert f">Send changes to Xero: {here}<" in page
    with tenancy.acting_in(cast.northlight.pk):
        Connection.objects.filter(pk=desk.connection.pk).update(state=ConnectionState.DISCONNECTED)
    page = _page(ada_browser, f"invoices/{desk.draft_invoice.pk}")
    assert f"In Xero<small>{here} · " in page, "although only one organisation is left to send to"


def test_a_bill_says_so_in_its_dialog(
    ada_browser: Client, desk: Desk, second: Connection, cast: Cast, now: dt.datetime
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        _copied(desk.draft_expense, desk.connection, now)
    page = _page(ada_browser, f"expenses/{desk.draft_expense.pk}")
    assert page.count(f"It belongs to {desk.connection.name}, although London goes to Northlight Inc") == 1


def test_one_that_goes_where_its_branch_goes_says_nothing(
    ada_browser: Client, desk: Desk, second: Connection
) -> None:
    assert "although London" not in _page(ada_browser, f"expenses/{desk.draft_expense.pk}")


def test_totals_are_worked_out_with_its_own_rates_while_one_types(
    ada_browser: Client, desk: Desk, second: Connection
) -> None:
    form = {
        "invoice": desk.draft_invoice.pk, "branch_id": desk.draft_invoice.branch_id, "currency": "GBP",
        "tax_mode": "exclusive", "line": ["a"], "a-item": "Art", "a-quantity": "1", "a-unit_amount": "100",
        "a-tax_type": "OUTPUT2",
    }  # fmt: skip
    assert "120.00" in ada_browser.post("/northlight/invoices/totals", form).content.decode()
    del form["invoice"]
    assert "109.00" in ada_browser.post("/northlight/invoices/totals", form).content.decode()


def test_a_payment_goes_into_an_account_of_its_own(
    ada_browser: Client, desk: Desk, second: Connection
) -> None:
    page = _page(ada_browser, f"invoices/{desk.sent_invoice.pk}")
    assert '<option value="090"' in page and '<option value="1010"' not in page


def test_an_item_brings_the_codes_of_the_chart_that_the_form_was_drawn_with(
    ada_browser: Client, desk: Desk, second: Connection
) -> None:
    for ledger, account in ((desk.ledger, "200"), (second.ledger, "")):
        ask = f"/northlight/items/choices?kind=invoice&q=livery&ledger={ledger.pk}"
        (found,) = ada_browser.get(ask).json()["choices"]
        assert found["words"]["account_code"] == account


def test_the_selection_bar_names_where_each_goes(
    ada_browser: Client, desk: Desk, second: Connection, cast: Cast, now: dt.datetime
) -> None:
    ids = [desk.draft_invoice.pk, desk.sent_invoice.pk]
    bar = ada_browser.get("/northlight/invoices/selection", {"id": ids}).content.decode()
    assert f"London → <b>{desk.connection.name}</b>" in bar and second.name not in bar
    with tenancy.acting_in(cast.northlight.pk):
        documents.leave_ledger(kind="invoice", document_id=desk.draft_invoice.pk)
    bar = ada_browser.get("/northlight/invoices/selection", {"id": ids}).content.decode()
    assert f"1 of London → <b>{desk.connection.name}</b>" in bar
    assert f"1 of London → <b>{second.name}</b>" in bar


def test_a_list_is_narrowed_to_an_organisation(ada_browser: Client, desk: Desk, second: Connection) -> None:
    first = _page(ada_browser, f"expenses?ledger={desk.ledger.pk}")
    assert desk.draft_expense.pk not in first and 'id="filter-ledger"' in first
    assert desk.draft_expense.pk in _page(ada_browser, f"expenses?ledger={second.ledger_id}")
    assert desk.sent_invoice.pk in _page(ada_browser, f"invoices?ledger={desk.ledger.pk}")
    assert desk.sent_invoice.pk not in _page(ada_browser, f"invoices?ledger={second.ledger_id}")


def test_an_order_says_where_its_bills_go_by_now_and_its_bill_where_the_order_is(
    ada_browser: Client, desk: Desk, second: Connection, cast: Cast, now: dt.datetime
) -> None:
    page = _page(ada_browser, f"purchase-orders/{desk.order.pk}")
    assert "What its supplier bills goes to Northlight Inc by now, with codes of that chart." in page
    with tenancy.acting_in(cast.northlight.pk):
        made = billing.bill(
            order_id=desk.order.pk,
            supplier_invoice_number="FC-9",
            issued_on=now.date(),
            by=cast.acting(cast.ada),
            now=now,
        )
    page = _page(ada_browser, f"expenses/{made.pk}")
    assert f"belongs to {desk.ledger.name}, this expense to Northlight Inc." in page
