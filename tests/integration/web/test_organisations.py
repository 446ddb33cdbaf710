"""Several organisations on the pages: branches that choose one, buttons that name it, month end and export."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from bluestamp.books import figures, ledgers, letters
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.expenses import Expense
from bluestamp.books.invoices import Invoice
from bluestamp.books.ledgers import Account
from bluestamp.engine import files, tenancy
from bluestamp.people import activity
from bluestamp.people.users import User
from bluestamp.sync import connections, exports, standing
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.decisions import PARKED
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.grants import Grant, GrantState
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(cast: Cast, desk: Desk, now: dt.datetime) -> Connection:
    """Another organisation beside the desk's; no branch sends to it yet."""
    with tenancy.acting_in(cast.northlight.pk):
        ledger = ledgers.create(
            studio_id=cast.northlight.pk, name="Northlight NZ", base_currency="NZD", country="NZ",
            source=ledgers.Source.XERO,
        )  # fmt: skip
        return Connection.objects.create(
            studio_id=cast.northlight.pk,
            grant=Grant.objects.get(),
            ledger=ledger,
            tenant_id="t-2",
            xero_connection_id="c-2",
            name="Northlight NZ",
            base_currency="NZD",
            start_on=now.date(),
            connected_by="Ada",
            connected_at=now,
        )


def _home(cast: Cast, branch_id: str) -> Connection | None:
    with tenancy.acting_in(cast.northlight.pk):
        return connections.of_branch(branch_id)


class TestSeveral:
    """Organisations side by side."""

    def test_each_has_its_tile(self, ada_browser: Client, second: Connection, desk: Desk) -> None:
        page = ada_browser.get("/northlight/settings/integrations").content.decode()
        assert page.count("Edit Connection") == 2
        assert desk.connection.name in page and second.name in page

    def test_a_branch_chooses_where_its_documents_go(
        self, ada_browser: Client, cast: Cast, second: Connection
    ) -> None:
        path = f"/northlight/settings/branches/{cast.bristol.pk}"
        assert "Accounting package" in ada_browser.get(path).content.decode()
        ada_browser.post(f"{path}/package", {"connection": second.pk})
        assert _home(cast, cast.bristol.pk) == second
        ada_browser.post(f"{path}/package", {"connection": ""})
        assert _home(cast, cast.bristol.pk) is None

    def test_a_producer_moves_no_branch(self, browser: Browser, cast: Cast, second: Connection) -> None:
        path = f"/northlight/settings/branches/{cast.bristol.pk}/package"
        assert browser(cast.ben).post(path, {"connection": second.pk}).status_code == 403

    def test_a_branch_of_another_organisation_is_refused_by_its_name(
        self, ada_browser: Client, cast: Cast, second: Connection, desk: Desk
    ) -> None:
        words = _settings(second) | {"branch": [cast.london.pk]}
        answer = ada_browser.post(f"/northlight/settings/integrations/{second.pk}", words)
        assert answer.status_code == 422
        assert f"London sends to {desk.connection.name} already" in answer.content.decode()

    def test_a_send_button_names_the_organisation_only_where_there_are_several(
        self, ada_browser: Client, desk: Desk, request: pytest.FixtureRequest
    ) -> None:
        path = f"/northlight/invoices/{desk.draft_invoice.pk}"
        assert ">Copy to Xero<" in ada_browser.get(path).content.decode()
        request.getfixturevalue("second")
        assert f">Copy to Xero: {desk.connection.name}<" in ada_browser.get(path).content.decode()

    def test_payments_here_are_off_until_the_box_is_ticked(
        self, ada_browser: Client, second: Connection, cast: Cast
    ) -> None:
        path = f"/northlight/settings/integrations/{second.pk}"
        page = ada_browser.get(path).content.decode()
        assert "creates an unreconciled entry" in page
        answer = ada_browser.post(path, _settings(second) | {"records_payments_here": "yes"})
        assert answer.status_code == 302
        with tenancy.acting_in(cast.northlight.pk):
            assert connections.load(second.pk).ledger.records_payments_here

    def test_what_is_asked_of_xero_is_explained_before_anybody_says_yes(
        self, ada_browser: Client, settings: LazySettings
    ) -> None:
        settings.XERO_CLIENT_ID, settings.XERO_CLIENT_SECRET = "id", "secret"
        page = ada_browser.get("/northlight/settings/integrations").content.decode()
        assert "the chart of accounts and tax rates" in page


def _settings(connection: Connection) -> dict[str, Any]:
    return {
        "start_on": connection.start_on.isoformat(),
        "send_when": "by_hand",
        "card_policy": "not_sent",
        "reminders_by": "nobody",
        "invoice_prefix": "NZ-",
        "next_invoice_number": "1",
    }


class TestEditing:
    def test_what_was_ticked_is_ticked_when_the_page_is_opened_again(
        self, ada_browser: Client, cast: Cast, desk: Desk
    ) -> None:
        page = f"/northlight/settings/integrations/{desk.connection.pk}"
        with tenancy.acting_in(cast.northlight.pk):
            draft = connections.draft_of(connections.load(desk.connection.pk))
            ticked = replace(draft, records_payments_here=True)
            connections.edit(
                desk.connection.pk, ticked, by=cast.acting(cast.ada), now=dt.datetime.now(dt.UTC)
            )
        shown = ada_browser.get(page).content.decode()
        assert 'name="records_payments_here" value="yes" checked' in shown

    def test_each_branch_says_where_it_sends(self, ada_browser: Client, desk: Desk, cast: Cast) -> None:
        rows = ada_browser.get("/northlight/settings/branches").content.decode().split("<tr>")
        london = next(row for row in rows if "<b>London</b>" in row)
        assert desk.connection.name in london

    def test_a_currency_in_small_letters_is_meant_all_the_same(self, ada_browser: Client, cast: Cast) -> None:
        words = {"name": "New York", "legal_name": "Northlight Inc", "currency": "usd"}
        words |= {"locale": "en-US", "payment_terms_days": "30"}
        assert ada_browser.post("/northlight/settings/branches/new", words).status_code == 302


class TestMonthEnd:
    """Rule 23 on a page."""

    def test_it_lists_what_is_to_be_cleared_with_sums(self, ada_browser: Client, desk: Desk) -> None:
        page = ada_browser.get("/northlight/books/month-end?month=2026-11").content.decode()
        assert "Costs here that Xero does not have" in page
        assert desk.approved_expense.number in page
        assert f"/northlight/expenses/{desk.approved_expense.pk}" in page

    def test_a_month_that_is_none_shows_the_one_to_close(self, ada_browser: Client) -> None:
        assert ada_browser.get("/northlight/books/month-end?month=soon").status_code == 200

    def test_a_producer_does_not_see_it(self, browser: Browser, desk: Desk, ben_user: User) -> None:
        assert browser(ben_user).get("/northlight/books/month-end").status_code == 403

    def test_a_xero_that_is_lost_is_said_in_a_sentence(self, ada_browser: Client, desk: Desk) -> None:
        with tenancy.acting_in(desk.connection.studio_id):
            Grant.objects.update(state=GrantState.LOST, lost_reason="Nobody used it.")
        path = f"/northlight/books/month-end/{desk.connection.pk}/comparison"
        answer = ada_browser.post(path, headers={"HX-Request": "true"})
        assert (answer.status_code, "reconnect" in answer.content.decode()) == (409, True)


class TestExport:
    """Everything, as one zip."""

    def test_it_holds_every_table_as_csv_and_json(self, ada_browser: Client, desk: Desk, cast: Cast) -> None:
        archive = _archive(ada_browser)
        names = set(archive.namelist())
        for table in exports.tables():
            assert {f"csv/{table}.csv", f"json/{table}.json"} <= names
        told = json.loads(archive.read("json/books_expense.json"))
        assert {row["id"] for row in told} == {desk.draft_expense.pk, desk.approved_expense.pk}
        rows = list(csv.DictReader(io.StringIO(archive.read("csv/people.csv").decode())))
        assert {row["name"] for row in rows} == {"Ada", "Ben", "Cleo", "Abe"}

    def test_no_secret_and_nothing_of_another_studio_is_in_it(
        self, ada_browser: Client, desk: Desk, cast: Cast
    ) -> None:
        archive = _archive(ada_browser)
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert cast.dan.email.encode() not in everything
        assert not any("grant" in name or "token" in name for name in archive.namelist())

    def test_a_spreadsheet_takes_nobodys_words_for_a_formula(
        self, ada_browser: Client, desk: Desk, cast: Cast
    ) -> None:
        with tenancy.acting_in(cast.northlight.pk):
            Expense.objects.update(reference='=HYPERLINK("x")')
        archive = _archive(ada_browser)
        assert "\"'=HYPERLINK(" in archive.read("csv/books_expense.csv").decode()
        assert json.loads(archive.read("json/books_expense.json"))[0]["reference"].startswith("=")

    def test_the_papers_that_a_correction_replaced_and_those_of_letters_are_in_it(
        self, ada_browser: Client, desk: Desk, cast: Cast, now: dt.datetime
    ) -> None:
        studio_id = cast.northlight.pk
        with tenancy.acting_in(studio_id):
            papers = [
                files.store(studio_id, name.encode(), name=f"{name}.pdf", media_type="application/pdf").key
                for name in ("first", "second", "mailed")
            ]
            letters.Letter.objects.create(
                studio_id=studio_id,
                kind="invoice",
                document_id=desk.sent_invoice.pk,
                recipients="pay@kestrel.example",
                paper_key=papers[2],
                asked_at=now,
            )
            rows = Invoice.objects.filter(pk=desk.sent_invoice.pk)
            rows.update(paper_key=papers[1], old_papers=[papers[0], papers[0]])
        archive = _archive(ada_browser, with_files="yes")
        held = {name: archive.read(name) for name in archive.namelist() if name.startswith("files/")}
        assert {held[f"files/invoice/{key}"] for key in papers} == {b"first", b"second", b"mailed"}
        assert len(archive.namelist()) == len(set(archive.namelist()))

    def test_who_exported_is_written_down(self, ada_browser: Client, cast: Cast) -> None:
        _archive(ada_browser)
        with tenancy.acting_in(cast.northlight.pk):
            assert activity.recent(1)[0].sentence == "Exported everything."

    def test_a_producer_exports_nothing(self, browser: Browser, desk: Desk, cast: Cast) -> None:
        ben = browser(cast.ben)
        assert ben.get("/northlight/settings/export").status_code == 403
        assert ben.post("/northlight/settings/export").status_code == 403


def _archive(client: Client, **asked: str) -> zipfile.ZipFile:
    answer = client.post("/northlight/settings/export", asked)
    assert answer["Content-Type"] == "application/zip"
    streamed: Any = answer
    return zipfile.ZipFile(io.BytesIO(b"".join(streamed.streaming_content)))


def test_every_table_of_a_studio_is_exported_or_left_out_for_a_reason() -> None:
    assert not set(exports.tables()) & set(exports.LEFT_OUT)
    assert all(exports.LEFT_OUT.values())
    assert {"books_invoice", "books_invoiceline", "people_activity", "sync_copy"} <= set(exports.tables())


class TestFigures:
    """The figures of Home."""

    def test_what_lessens_a_figure_is_named_beside_it(
        self, ada_browser: Client, desk: Desk, cast: Cast
    ) -> None:
        with tenancy.acting_in(cast.northlight.pk):
            today = figures.home(now=timezone.now()).today
            Invoice.objects.update(issued_on=today)
            CreditNote.objects.filter(pk=desk.credit_note.pk).update(issued_on=today)
            invoiced = figures.home(now=timezone.now()).main.invoiced
        assert (invoiced.documents > 1, invoiced.less) == (True, 1)
        page = ada_browser.get("/northlight").content.decode()
        assert f"{invoiced.documents} documents, less 1 credit note<" in page
        assert "Invoiced less credited" in page
        assert "Received less paid back" in page


class TestFirstSteps:
    """The checklist on Home."""

    def test_it_names_what_is_left_and_goes_once_the_first_document_is_copied(
        self, ada_browser: Client, desk: Desk, now: dt.datetime
    ) -> None:
        page = ada_browser.get("/northlight").content.decode()
        assert "First steps" in page and "4 of 5" in page
        with tenancy.acting_in(desk.connection.studio_id):
            Copy.objects.create(
                studio_id=desk.connection.studio_id,
                connection=desk.connection,
                kind="invoice",
                document_id=desk.sent_invoice.pk,
                xero_id="0f3c",
                xero_status="AUTHORISED",
                version_sent=1,
                copied_at=now,
                seen_at=now,
            )
        assert "First steps" not in ada_browser.get("/northlight").content.decode()

    def test_it_is_for_those_who_can_do_it(self, browser: Browser, desk: Desk, cast: Cast) -> None:
        assert "First steps" in browser(cast.cleo).get("/northlight").content.decode()
        assert "First steps" not in browser(cast.ben).get("/northlight").content.decode()


class TestHelp:
    """What stands beside a document that waits, and where it leads (S57)."""

    def test_every_code_is_explained_and_can_be_linked_to(self, ada_browser: Client) -> None:
        page = ada_browser.get("/northlight/help/refusals").content.decode()
        for code in PARKED:
            assert f'id="{code}"' in page

    def test_whom_to_ask_is_what_the_installation_says(
        self, ada_browser: Client, settings: LazySettings
    ) -> None:
        assert "whoever runs this Bluestamp" in ada_browser.get("/northlight/help/refusals").content.decode()
        settings.BLUESTAMP_SUPPORT = "help@northlight.example"
        page = ada_browser.get("/northlight/help/refusals").content.decode()
        assert 'href="mailto:help@northlight.example"' in page

    def test_a_document_that_waits_carries_an_id_that_can_be_quoted(
        self, ada_browser: Client, desk: Desk, now: dt.datetime
    ) -> None:
        with tenancy.acting_in(desk.connection.studio_id):
            parked = Delivery.objects.create(
                studio_id=desk.connection.studio_id,
                connection=desk.connection,
                kind="invoice",
                document_id=desk.sent_invoice.pk,
                state=DeliveryState.PARKED,
                code="ACCOUNT_CODE_REFUSED",
                sentence="The account is archived.",
                due_at=now,
                asked_by="Ada",
                asked_at=now,
            )
            standing.settle(
                studio_id=parked.studio_id, kind="invoice", document_id=parked.document_id, now=now
            )
        page = ada_browser.get(f"/northlight/invoices/{desk.sent_invoice.pk}").content.decode()
        assert f"ACCOUNT_CODE_REFUSED {desk.sent_invoice.pk}" in page
        assert "/northlight/help/refusals#ACCOUNT_CODE_REFUSED" in page


def test_of_two_bills_that_stand_here_one_is_cancelled_and_none_linked(
    ada_browser: Client, desk: Desk, now: dt.datetime
) -> None:
    with tenancy.acting_in(desk.connection.studio_id):
        parked = Delivery.objects.create(
            studio_id=desk.connection.studio_id, connection=desk.connection,
            kind="expense", document_id=desk.approved_expense.pk,
            state=DeliveryState.PARKED, code="DUPLICATE_SUSPECTED", sentence="Entered twice.",
            question={"why": "number", "document_id": desk.draft_expense.pk, "xero_id": ""},
            due_at=now, asked_by="Ada", asked_at=now,
        )  # fmt: skip
        standing.settle(studio_id=parked.studio_id, kind="expense", document_id=parked.document_id, now=now)
    page = ada_browser.get(f"/northlight/expenses/{desk.approved_expense.pk}").content.decode()
    assert "It is the same: cancel this one…" in page and "link them" not in page
    assert f'href="/northlight/expenses/{desk.draft_expense.pk}"' in page
    assert "cancel one of them" in ada_browser.get("/northlight/books").content.decode()
    home = ada_browser.get("/northlight").content.decode()
    assert f'<a href="/northlight/expenses/{desk.approved_expense.pk}"><b>' in home


def test_a_default_that_vanished_in_xero_stays_in_sight(ada_browser: Client, desk: Desk, cast: Cast) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        Account.objects.filter(ledger=desk.ledger, code="200").update(is_active=False)
    page = ada_browser.get(f"/northlight/settings/integrations/{desk.connection.pk}").content.decode()
    assert re.search(r'<option value="200" selected>200: no longer in Xero', page)
