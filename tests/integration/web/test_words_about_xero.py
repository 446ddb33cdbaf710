"""What pages say of a document's copy: where the words here and there differ, what to do about it, and what they mean."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from bluestamp.books import documents, purchase_orders
from bluestamp.books.documents import Document
from bluestamp.books.ledgers import Ledger
from bluestamp.books.purchase_orders import PurchaseOrder
from bluestamp.engine import tenancy
from bluestamp.sync import mapping, mirror, standing
from bluestamp.sync.connections import Connection, ConnectionState
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser
from tests.integration.web.test_credit_notes import text
from tests.integration.web.test_documents import HTMX

pytestmark = pytest.mark.django_db


def _copied(document: Document, xero_status: str, desk: Desk, now: dt.datetime) -> None:
    """The document stands in Xero as it is here, in this status of Xero's."""
    with tenancy.acting_in(desk.connection.studio_id):
        Copy.objects.create(
            studio_id=desk.connection.studio_id,
            connection=desk.connection,
            kind=document.kind,
            document_id=document.pk,
            xero_id=f"x-{document.pk}",
            xero_status=xero_status,
            version_sent=document.version,
            copied_at=now,
            seen_at=now,
        )
        documents.note_ledger_version(
            kind=document.kind,
            document_id=document.pk,
            version=document.version,
            ledger_id=desk.connection.ledger_id,
        )
        standing.settle(
            studio_id=desk.connection.studio_id, kind=document.kind, document_id=document.pk, now=now
        )


def test_a_bill_that_the_accountant_put_back_is_not_said_to_agree(
    ada_browser: Client, desk: Desk, now: dt.datetime
) -> None:
    _copied(desk.approved_expense, "DRAFT", desk, now)
    page = text(ada_browser.get(f"/northlight/expenses/{desk.approved_expense.pk}"))
    assert "Approved here, a draft in Xero." in page


def test_an_order_that_was_approved_there_says_so(ada_browser: Client, desk: Desk, now: dt.datetime) -> None:
    _copied(desk.order, "AUTHORISED", desk, now)
    page = text(ada_browser.get(f"/northlight/purchase-orders/{desk.order.pk}"))
    assert "Approved in Xero: changes can't be sent any more." in page
    assert "both say the same" not in page


def test_statuses_that_agree_say_that_they_do(ada_browser: Client, desk: Desk, now: dt.datetime) -> None:
    _copied(desk.order, "SUBMITTED", desk, now)
    page = text(ada_browser.get(f"/northlight/purchase-orders/{desk.order.pk}"))
    assert "In Xero as awaiting approval; both say the same." in page


def test_a_credit_that_is_used_up_is_stamped_used(ada_browser: Client, desk: Desk, now: dt.datetime) -> None:
    _copied(desk.credit_note, "PAID", desk, now)
    page = text(ada_browser.get(f"/northlight/credit-notes/{desk.credit_note.pk}"))
    assert "In Xero<small>Used ↗" in page


def test_s33_an_order_put_back_here_is_approved_and_sent_with_one_press(
    ada_browser: Client, desk: Desk, cast: Cast, ada_acts: None, now: dt.datetime
) -> None:
    _copied(desk.order, "SUBMITTED", desk, now)
    path = f"/northlight/purchase-orders/{desk.order.pk}"
    assert "Approve and send" not in text(ada_browser.get(path))
    ada_browser.post(f"{path}/draft", {"version": "2"}, headers=HTMX)
    page = text(ada_browser.get(path))
    assert "In Xero this order is awaiting approval already and can’t be a draft again." in page
    assert "Approve and send" in page
    answer = ada_browser.post(
        f"{path}/copy", {"approve": "yes", "version": "3", "create_contact": "yes"}, headers=HTMX
    )
    assert answer.status_code == 200
    with tenancy.acting_in(cast.northlight.pk):
        assert documents.load("purchase_order", desk.order.pk).status == purchase_orders.Status.APPROVED
        assert Delivery.objects.filter(document_id=desk.order.pk, state="waiting").count() == 1


@pytest.fixture
def ada_acts(cast: Cast, desk: Desk) -> None:
    """Xero's contacts were read, so that nobody is asked to wait for them."""
    with tenancy.acting_in(cast.northlight.pk):
        Connection.objects.filter(pk=desk.connection.pk).update(
            cursors={mirror.CURSOR: "2026-11-02T09:00:00Z"}
        )


def test_s48_a_note_that_is_not_in_xero_yet_advises_to_send_it_first(
    ada_browser: Client, desk: Desk, now: dt.datetime
) -> None:
    path = f"/northlight/credit-notes/{desk.credit_note.pk}"
    advice = "before you use it"
    assert advice in text(ada_browser.get(path))
    _copied(desk.credit_note, "AUTHORISED", desk, now)
    assert advice not in text(ada_browser.get(path))


@pytest.mark.parametrize(
    ("noun", "what", "is_warned"),
    [
        ("expenses", "draft_expense", True),
        ("invoices", "draft_invoice", True),
        ("expenses", "approved_expense", False),
        ("invoices", "sent_invoice", False),
        ("purchase-orders", "order", False),
    ],
)
def test_rule_22_a_draft_in_a_closed_period_is_warned(
    ada_browser: Client, desk: Desk, cast: Cast, noun: str, what: str, is_warned: bool
) -> None:
    path, words = f"/northlight/{noun}/{getattr(desk, what).pk}", "30 Nov 2026, which is closed"
    assert words not in text(ada_browser.get(path))
    with tenancy.acting_in(cast.northlight.pk):
        Ledger.objects.filter(pk=desk.ledger.pk).update(period_lock_on=dt.date(2026, 11, 30))
        PurchaseOrder.objects.update(status="draft")
    assert (words in text(ada_browser.get(path))) is is_warned


def test_s58_the_help_page_has_every_row_of_every_table(ada_browser: Client) -> None:
    page = text(ada_browser.get("/northlight/help/statuses"))
    for kind, sent in mapping.SENT.items():
        assert mapping.XERO_NOUNS[kind] in page
        for row in sent:
            assert row.note in page, (kind, row)
    for kind, met in mapping.MET.items():
        for one in met:
            assert one.seen in page, (kind, one)


def test_a_lost_connection_turns_its_tile_to_reconnect_for_those_who_may(
    ada_browser: Client, browser: Browser, desk: Desk, cast: Cast
) -> None:
    tiles = "/northlight/settings/integrations"
    page = text(ada_browser.get(tiles))
    assert "Your accounting package connections" in page
    assert (">Connected<" in page, ">Reconnect<" in page) == (True, False)
    with tenancy.acting_in(cast.northlight.pk):
        Connection.objects.filter(pk=desk.connection.pk).update(state=ConnectionState.LOST)
    page = text(ada_browser.get(tiles))
    assert ("Reconnect needed" in page, ">Reconnect<" in page) == (True, True)
    seen = text(browser(cast.ben).get(tiles))
    assert not any(word in seen for word in (">Connect<", ">Reconnect<", "Edit Connection"))
