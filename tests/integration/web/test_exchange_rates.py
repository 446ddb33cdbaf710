"""Exchange rates at the browser: what a document is worth stands quietly below it, and a rate is typed in one place."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from bluestamp.books import exchange_rates
from bluestamp.books.expenses import Expense
from bluestamp.books.invoices import Invoice
from bluestamp.books.ledgers import LedgerCurrency
from bluestamp.engine import tenancy
from bluestamp.people.users import User
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser
from tests.integration.web.test_documents import HTMX, seen, text, typed

pytestmark = pytest.mark.django_db

PAGE = "/northlight/expenses/"
DAY = dt.date(2026, 11, 4)


@pytest.fixture(autouse=True)
def euros(cast: Cast, desk: Desk) -> None:
    """The desk's ledger takes euros, and Xero's last rate for them is known."""
    with tenancy.acting_in(cast.northlight.pk):
        LedgerCurrency.objects.get_or_create(studio_id=cast.northlight.pk, ledger=desk.ledger, code="EUR")
        exchange_rates.note_known(desk.ledger.pk, "EUR", Decimal("1.1731"), on=DAY)


@pytest.fixture
def bill(cast: Cast, desk: Desk, ada_browser: Client) -> Expense:
    """A draft over 472.80 EUR at Xero's rate of 4 November."""
    answer = ada_browser.post(f"{PAGE}new", typed(desk, currency="EUR"))
    made = seen(cast, answer.headers["Location"].rsplit("/", 1)[-1])
    with tenancy.acting_in(cast.northlight.pk):
        exchange_rates.keep(kind="expense", document_id=made.pk, rate=Decimal("1.1731"), on=DAY)
    return seen(cast, made.pk)


def _saved(client: Client, desk: Desk, bill: Expense, **changes: str) -> Any:
    form = typed(desk, currency="EUR", rate_for="EUR", version=str(bill.version), **changes)
    return client.post(f"{PAGE}{bill.pk}", form, headers=HTMX)


def _plain(answer: Any) -> str:
    return re.sub(r"\s+", " ", text(answer))


def test_a_document_says_its_rate_and_what_it_is_worth_in_the_books(
    bill: Expense, ada_browser: Client
) -> None:
    page = _plain(ada_browser.get(f"{PAGE}{bill.pk}"))
    assert "1 GBP = 1.1731 EUR · Xero's rate of 4 Nov 2026" in page.replace("’", "'")
    assert ">In GBP</td>" in page
    assert ">£403.03</td>" in page


def test_the_books_own_currency_shows_no_rate(desk: Desk, ada_browser: Client) -> None:
    page = _plain(ada_browser.get(f"{PAGE}{desk.draft_expense.pk}"))
    assert 'name="own_rate"' not in page
    assert ">In GBP</td>" not in page


def test_a_rate_of_ones_own_is_typed_and_shown_as_that(
    cast: Cast, desk: Desk, bill: Expense, ada_browser: Client
) -> None:
    page = _plain(_saved(ada_browser, desk, bill, own_rate="1.18"))
    assert seen(cast, bill.pk).own_rate == Decimal("1.18")
    assert "1 GBP = 1.18 EUR · your own rate" in page
    assert ">£400.68</td>" in page


def test_a_rate_far_off_is_stopped_at_the_field_with_both_figures(
    cast: Cast, desk: Desk, bill: Expense, ada_browser: Client
) -> None:
    answer = _saved(ada_browser, desk, bill, own_rate="0.8524")
    page = _plain(answer)
    field = page[page.index('id="field-own_rate"') :][:900]
    assert answer.status_code == 422
    assert "1 GBP = 0.8524 EUR is more than 10 % off" in field
    assert "1 GBP = 1.1731 EUR of 4 Nov 2026" in field
    assert 'value="0.8524"' in field
    assert seen(cast, bill.pk).own_rate is None


def test_a_producer_sees_the_rate_and_types_none(
    cast: Cast, desk: Desk, bill: Expense, ada_browser: Client, browser: Browser, ben_user: User
) -> None:
    _saved(ada_browser, desk, bill, own_rate="1.18")
    typed_by_ada = seen(cast, bill.pk)
    ben = browser(ben_user)
    page = _plain(ben.get(f"{PAGE}{bill.pk}"))
    assert "1 GBP = 1.18 EUR" in page
    assert 'id="field-own_rate"' not in page
    _saved(ben, desk, typed_by_ada, own_rate="1.18", reference="again")
    again = seen(cast, bill.pk)
    assert (again.reference, again.own_rate) == ("again", Decimal("1.18"))


def test_totals_while_typing_are_told_in_the_books_currency_too(
    desk: Desk, bill: Expense, ada_browser: Client
) -> None:
    form = typed(desk, currency="EUR", rate_for="EUR", expense=bill.pk, own_rate="1.2")
    page = _plain(ada_browser.post(f"{PAGE}totals", form, headers=HTMX))
    assert ">£394.00</td>" in page
    assert 'id="rate-field"' not in page, "the box that somebody types into stays"


def test_another_currency_draws_the_box_anew_and_lets_the_typed_rate_go(
    cast: Cast, desk: Desk, bill: Expense, ada_browser: Client
) -> None:
    form = typed(desk, currency="GBP", rate_for="EUR", expense=bill.pk, own_rate="1.2")
    page = _plain(ada_browser.post(f"{PAGE}totals", form, headers=HTMX))
    assert 'id="rate-field"' in page
    assert 'name="own_rate"' not in page
    back = _plain(ada_browser.post(f"{PAGE}totals", form | {"currency": "EUR", "rate_for": ""}, headers=HTMX))
    assert "1 GBP in EUR" in back
    saved = ada_browser.post(f"{PAGE}{bill.pk}", form | {"version": str(bill.version)}, headers=HTMX)
    assert saved.status_code == 200
    assert seen(cast, bill.pk).own_rate is None


def test_a_document_that_is_not_in_xero_yet_says_when_it_gets_its_rate(
    desk: Desk, ada_browser: Client
) -> None:
    answer = ada_browser.post(f"{PAGE}new", typed(desk, currency="EUR"), headers=HTMX)
    assert "Xero's rate of the day, once it is copied." in _plain(answer).replace("’", "'")


@pytest.mark.parametrize(
    ("page", "which"),
    [
        ("invoices", "draft_invoice"),
        ("purchase-orders", "order"),
        ("supplier-credits", "supplier_credit"),
        ("credit-notes", "credit_note"),
    ],
)
def test_every_kind_shows_its_rate(
    cast: Cast, desk: Desk, ada_browser: Client, page: str, which: str
) -> None:
    document = getattr(desk, which)
    with tenancy.acting_in(cast.northlight.pk):
        type(document).objects.filter(pk=document.pk).update(
            currency="EUR", currency_rate=Decimal("1.1731"), rate_origin="ledger", rate_on=DAY
        )
    shown = _plain(ada_browser.get(f"/northlight/{page}/{document.pk}")).replace("’", "'")
    assert "1 GBP = 1.1731 EUR · Xero's rate of 4 Nov 2026" in shown


def test_a_payment_tells_its_own_rate(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    paid = desk.payment
    with tenancy.acting_in(cast.northlight.pk):
        Invoice.objects.filter(pk=paid.document_id).update(
            currency="EUR", currency_rate=Decimal("1.1731"), rate_origin="ledger", rate_on=DAY
        )
        type(paid).objects.filter(pk=paid.pk).update(currency="EUR", currency_rate=Decimal("1.19"))
    page = _plain(ada_browser.get(f"/northlight/invoices/{paid.document_id}"))
    assert "1 GBP = 1.19 EUR" in page
    assert "1 GBP = 1.1731 EUR" in page
