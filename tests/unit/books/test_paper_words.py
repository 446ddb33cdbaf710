"""Words on paper: every language says everything, and the country names the tax."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from babel import Locale

from bluestamp.books import paper_words


@pytest.mark.parametrize("tag", ["en_GB", "de_DE", "fr_FR", "nl_NL", "es_ES", "it_IT"])
def test_a_language_leaves_no_word_out_and_no_gap_unfilled(tag: str) -> None:
    words = asdict(paper_words.of(Locale.parse(tag), is_registered=True))
    assert all(words.values())
    on_net = words.pop("on_net")
    assert on_net.format(percent="20%", net="100") and "{percent}" in on_net and "{net}" in on_net
    assert not any("{" in word for word in words.values())


@pytest.mark.parametrize(
    ("tag", "tax", "tax_number"),
    [
        ("en_GB", "VAT", "VAT number"),
        ("en_NZ", "GST", "GST number"),
        ("en_AU", "GST", "ABN"),
        ("en_US", "Sales tax", "Tax ID"),
        ("en_IN", "Tax", "Tax number"),
        ("pl_PL", "Tax", "Tax number"),
        ("ja_JP", "Tax", "Tax number"),
    ],
)
def test_the_tax_is_called_what_the_country_calls_it(tag: str, tax: str, tax_number: str) -> None:
    words = paper_words.of(Locale.parse(tag), is_registered=False)
    assert (words.tax, words.tax_number, words.invoice) == (tax, tax_number, "Invoice")


@pytest.mark.parametrize(
    ("tag", "is_registered", "heading"),
    [
        ("en_AU", True, "Tax invoice"),
        ("en_AU", False, "Invoice"),
        ("en_GB", True, "Invoice"),
        ("de_DE", True, "Rechnung"),
    ],
)
def test_only_a_registered_seller_heads_a_tax_invoice_where_the_country_asks_for_it(
    tag: str, is_registered: bool, heading: str
) -> None:
    assert paper_words.of(Locale.parse(tag), is_registered=is_registered).invoice == heading
