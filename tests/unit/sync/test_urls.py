"""Our documents are known in Xero by the address that they carry, on whatever host."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from bluestamp.engine.identifiers import new_id
from bluestamp.sync import urls

ID = "0123456789abcdefghij"


@pytest.mark.parametrize(
    ("kind", "path"), [("expense", "/northlight/expenses/"), ("invoice", "/northlight/invoices/")]
)
@pytest.mark.parametrize("origin", ["https://books.example", "https://books.example/"])
def test_an_address_says_studio_noun_and_id(kind: str, path: str, origin: str, settings: Settings) -> None:
    settings.BLUESTAMP_URL = origin
    assert urls.of_document(kind, ID, studio_slug="northlight") == f"https://books.example{path}{ID}"


@pytest.mark.parametrize("kind", ["expense", "invoice"])
def test_what_we_write_we_know_again(kind: str) -> None:
    id_ = new_id()
    assert urls.our_id(urls.of_document(kind, id_, studio_slug="northlight"), kind=kind) == id_


@pytest.mark.parametrize(
    "url",
    [
        f"https://elsewhere.example:8000/other-name/expenses/{ID}",
        f"http://localhost/northlight/expenses/{ID}/",
        f"https://books.example/northlight/expenses/{ID}?from=xero",
    ],
)
def test_the_host_and_the_studios_name_may_change(url: str) -> None:
    assert urls.our_id(url, kind="expense") == ID


@pytest.mark.parametrize(
    "url",
    [
        "",
        None,
        "https://books.example/",
        f"https://books.example/northlight/invoices/{ID}",
        f"https://books.example/northlight/expenses/{ID[:-1]}",
        f"https://books.example/northlight/expenses/{ID}x",
        f"https://books.example/northlight/expenses/{ID.upper()}",
        f"https://books.example/northlight/expenses/{ID}/lines",
        f"https://books.example/?next=/northlight/expenses/{ID}",
        "https://[not-an-address",
        "no address at all",
    ],
)
def test_anything_else_is_none_of_ours(url: str | None) -> None:
    assert urls.our_id(url, kind="expense") == ""
