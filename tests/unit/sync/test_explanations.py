"""Xero's validation messages in our words: each known one, its line, and the unknown ones as they are."""

from __future__ import annotations

import pytest

from bluestamp.sync import explanations
from bluestamp.sync.decisions import PARKED
from bluestamp.sync.faces import NOTE, LineFace
from tests.unit.sync.sides import document, line

FACE = document(
    line("a", account_code="400", tax_type="INPUT2"),
    line("b", account_code="600", tax_type="INPUT2"),
    line("c", account_code="", tax_type=""),
    LineFace(our_id=NOTE, description="Paid by card"),
)

KNOWN = [
    ("Account code '600' is not a valid code for this document.", "ACCOUNT_CODE_REFUSED", "lines.1.account_code"),
    ("Account code '600' has been archived, or has been deleted. Each line item must reference a valid account.", "ACCOUNT_CODE_REFUSED", "lines.1.account_code"),
    ("Account code '600' has been removed as it does not match a recognised account.", "ACCOUNT_CODE_REFUSED", "lines.1.account_code"),
    ("Account code must be specified", "ACCOUNT_MISSING", "lines.2.account_code"),
    ("The TaxType code INPUT2 does not exist or cannot be used for this type of transaction.", "TAX_TYPE_REFUSED", "lines.0.tax_type"),
    ("The TaxType code 'INPUT2' does not exist or cannot be used for this type of transaction.", "TAX_TYPE_REFUSED", "lines.0.tax_type"),
    ("The TaxType code 'INPUT2' cannot be used with account code '600'.", "TAX_TYPE_REFUSED", "lines.1.tax_type"),
    ("The TaxType field is mandatory", "TAX_TYPE_REFUSED", "lines.2.tax_type"),
    ("The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes.", "CONTACT_ARCHIVED", ""),
    ("The status 'ARCHIVED' is not valid for contacts", "CONTACT_ARCHIVED", ""),
    ("The contact name Fenwick is already assigned to another contact. The contact name must be unique across all active contacts.", "CONTACT_REFUSED", ""),
    ("Invoice # must be unique.", "NUMBER_TAKEN", "number"),
    ("Order number must be unique", "NUMBER_TAKEN", "number"),
    ("Credit Note # must be unique.", "NUMBER_TAKEN", "number"),
    ("Invoice not of valid status for modification", "CLOSED_IN_XERO", ""),
    ("This document cannot be edited as it has a payment or credit note allocated to it.", "PAID_IN_XERO", ""),
    ("The status VOIDED cannot be applied to the invoice because it has payments or credit notes allocated to it.", "PAID_IN_XERO", ""),
    ("The document date cannot be before the period lock date, currently set at 31/12/2025", "PERIOD_LOCKED", "issued_on"),
    ("The document date cannot be before the end of year lock date, currently set at 31/12/2025", "PERIOD_LOCKED", "issued_on"),
    ("Organisation is not subscribed to currency EUR", "CURRENCY_OFF", "currency"),
    ("You have reached the limit of invoices you can approve", "APPROVAL_LIMIT", ""),
]  # fmt: skip


@pytest.mark.parametrize(("message", "code", "field"), KNOWN)
def test_a_known_message_has_its_code_and_the_field_to_mend(message: str, code: str, field: str) -> None:
    explained = explanations.explain([message], FACE)
    assert (explained.code, explained.field) == (code, field)
    assert explained.sentence.endswith(".")
    assert "{" not in explained.sentence


def test_every_explanation_has_a_message_that_it_knows() -> None:
    for pattern, code, _ in explanations._KNOWN:
        assert any(pattern.search(message) and known == code for message, known, _ in KNOWN), pattern.pattern


@pytest.mark.parametrize("code", [code for _, code, _ in explanations._KNOWN])
def test_every_explanation_is_a_row_of_the_table(code: str) -> None:
    assert code in PARKED


@pytest.mark.parametrize(
    "message",
    ["One or more line items must be specified", "Something new", "Your Account code '600' is not a valid code"],
)  # fmt: skip
def test_an_unknown_message_is_shown_as_it_is(message: str) -> None:
    explained = explanations.explain([message], FACE)
    assert (explained.code, explained.field, explained.sentence) == ("XERO_REFUSED", "", message)


def test_a_removal_that_is_refused_in_unknown_words_is_for_a_person_in_xero() -> None:
    gone = document(status="")
    explained = explanations.explain(["Purchase Order not of valid status for modification"], gone)
    assert explained.code == "VOID_IT_IN_XERO"


def test_the_first_known_message_wins_over_unknown_ones() -> None:
    explained = explanations.explain(["Something new", "Invoice # must be unique."], FACE)
    assert explained.code == "NUMBER_TAKEN"


def test_a_refusal_without_a_word_still_says_something() -> None:
    assert explanations.explain([], FACE).sentence == "Xero refused the document without a reason."


def test_the_note_for_the_bookkeeper_is_never_the_line_to_mend() -> None:
    face = document(line("a"), LineFace(our_id=NOTE, description="Paid by card"))
    assert explanations.explain(["Account code must be specified"], face).field == ""
    assert explanations.explain(["The TaxType field is mandatory"], face).field == ""


def test_a_code_of_strange_letters_breaks_nothing() -> None:
    face = document(line("a", account_code="{4}"))
    explained = explanations.explain(["Account code '{4}' is not a valid code for this document."], face)
    assert explained.field == "lines.0.account_code"
    assert "{4}" in explained.sentence
