"""Dan belongs to another studio: every address of Northlight is nothing to him, and so is everything in it.

The addresses come from the product's own list, so a page that is added is walked here without anybody thinking of it;
one whose parts this file can't fill fails until it can.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from bluestamp.people.users import User
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser

pytestmark = pytest.mark.django_db


def routes(patterns: list[Any] | None = None) -> Iterator[URLPattern]:
    """Every named address under a studio."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            if "api" not in str(pattern.pattern) and "accounts" not in str(pattern.pattern):
                yield from routes(pattern.url_patterns)
        elif pattern.name:
            yield pattern


def names() -> list[str]:
    """Names of the studio's routes: those whose address has a studio in it."""
    every = {pattern.name for pattern in routes() if pattern.name}
    return sorted(name for name in every if _takes_studio(name))


def _takes_studio(name: str) -> bool:
    return any("studio" in params for _, params in _possibilities(name))


def _possibilities(name: str) -> list[Any]:
    return [possibility for found in get_resolver().reverse_dict.getlist(name) for possibility in found[0]]


def address(name: str, desk: Desk, studio: str) -> str:
    """The route's address with what lies on Northlight's desk."""
    _, params = _possibilities(name)[0]
    return reverse(name, kwargs={param: _part(name, param, desk, studio) for param in params})


def _part(name: str, param: str, desk: Desk, studio: str) -> str:
    documents = {
        "expense": desk.approved_expense.pk,
        "invoice": desk.sent_invoice.pk,
        "credit_note": desk.credit_note.pk,
        "purchase_order": desk.order.pk,
        "supplier_credit": desk.supplier_credit.pk,
        "quote": desk.quote.pk,
    }
    kind = next((kind for kind in documents if name.startswith(f"{kind}_")), "")
    parts = {
        "studio": studio,
        "expense_id": desk.approved_expense.pk,
        "invoice_id": desk.sent_invoice.pk,
        "document_id": documents.get(kind, ""),
        "note_id": desk.credit_note.pk,
        "order_id": desk.order.pk,
        "credit_id": desk.supplier_credit.pk,
        "payment_id": desk.payment.pk,
        "application_id": desk.application.pk,
        "company_id": desk.client.pk,
        "person_id": desk.person.pk,
        "job_id": desk.job.pk,
        "branch_id": desk.sent_invoice.branch_id,
        "connection_id": desk.connection.pk,
        "membership_id": desk.membership.pk,
        "token_id": desk.token.pk,
        "invitation_id": desk.invitation.pk,
        "exchange_id": desk.exchange.pk,
        "batch_id": desk.exchange.batch_id,
        "quote_id": desk.quote.pk,
        "item_id": desk.item.pk,
        "ledger_id": desk.ledger.pk,
        "sequence_id": desk.sequence.pk,
    }
    return parts[param]


def says_nothing(body: bytes, desk: Desk) -> bool:
    """Whether none of Northlight's words stand in an answer."""
    text = body.decode(errors="replace").replace("&amp;", "&")
    return not any(word in text for word in desk.names)


@pytest.mark.parametrize("method", ["get", "post"])
def test_to_dan_no_address_of_northlight_exists(
    method: str, cast: Cast, desk: Desk, browser: Browser
) -> None:
    dan = browser(cast.dan)
    for name in names():
        path = address(name, desk, cast.northlight.slug)
        answer = getattr(dan, method)(path)
        assert answer.status_code == 404, path
        assert says_nothing(answer.content, desk), path


def test_northlights_things_are_not_found_in_dans_own_studio(
    cast: Cast, desk: Desk, browser: Browser
) -> None:
    dan = browser(cast.dan)
    for name in names():
        path = address(name, desk, cast.daybreak.slug)
        answer = dan.get(path)
        assert says_nothing(answer.content, desk), path
        if len(_possibilities(name)[0][1]) > 1:
            assert answer.status_code in {404, 405}, path


def test_dan_changes_nothing_of_northlight_from_his_own_studio(
    cast: Cast, desk: Desk, browser: Browser
) -> None:
    dan = browser(cast.dan)
    for name in (name for name in names() if len(_possibilities(name)[0][1]) > 1):
        path = address(name, desk, cast.daybreak.slug)
        answer = dan.post(path, {"version": "1", "role": "owner", "name": "Dan", "status": "done"})
        assert answer.status_code in {404, 405, 422}, path
        assert says_nothing(answer.content, desk), path


def test_who_is_not_signed_in_is_sent_to_sign_in(cast: Cast, desk: Desk) -> None:
    for name in names():
        path = address(name, desk, cast.northlight.slug)
        answer = Client().get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/accounts/login/"), path


def test_to_ada_the_same_addresses_exist(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    """Without this the walks above could pass because an address is wrong."""
    for name in names():
        path = address(name, desk, cast.northlight.slug)
        answer = ada_browser.get(path)
        assert answer.status_code in {200, 204, 405}, (path, answer.status_code)


def test_a_studio_that_is_not_there_answers_as_one_that_is_not_yours(
    cast: Cast, desk: Desk, browser: Browser, dan_user: User
) -> None:
    dan = browser(dan_user)
    theirs, nobodys = dan.get("/northlight/expenses"), dan.get("/nobody/expenses")
    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
