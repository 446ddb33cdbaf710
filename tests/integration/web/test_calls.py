"""What was sent to Xero and what it answered, word by word, for those who may see it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser

pytestmark = pytest.mark.django_db


def _paths(cast: Cast, desk: Desk) -> list[str]:
    slug = cast.northlight.slug
    return [
        reverse("books_call", args=[slug, desk.exchange.pk]),
        reverse("books_calls", args=[slug, desk.exchange.batch_id]),
    ]


def test_the_bookkeeper_reads_both_bodies_of_a_call(cast: Cast, desk: Desk, browser: Browser) -> None:
    for path in _paths(cast, desk):
        page = browser(cast.cleo).get(path).content.decode()
        assert "PUT /api.xro/2.0/Invoices" in page
        assert page.count("Livery") == 2


def test_a_producer_does_not(cast: Cast, desk: Desk, browser: Browser) -> None:
    for path in _paths(cast, desk):
        assert browser(cast.ben).get(path).status_code == 403


def test_a_call_that_was_forgotten_is_said_to_be(cast: Cast, desk: Desk, browser: Browser) -> None:
    path = reverse("books_calls", args=[cast.northlight.slug, "0" * 20])
    answer = browser(cast.cleo).get(path)
    assert (answer.status_code, "kept for three months" in answer.content.decode()) == (404, True)
