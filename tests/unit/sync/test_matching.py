"""Bookkeeping rule 24: who is linked without asking, and who is asked about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluestamp.sync import matching
from bluestamp.sync.matching import Candidates, Card, Found, Known, Nothing, Why

ACME = Card(name="Acme Ltd", name_key="acme ltd", tax_number="GB 123 4567 89", email="post@acme.example")


def known(contact_id: str, name: str, tax_number: str = "", email: str = "", **more: object) -> Known:
    card = Known(
        contact_id=contact_id, name=name, name_key=name.casefold(), tax_number=tax_number, email=email
    )
    return replace(card, **more)  # type: ignore[arg-type]


def match(*contacts: Known, company: Card = ACME, namesakes: int = 0) -> matching.Match:
    return matching.match(company, contacts=contacts, namesakes_by_tax_number=namesakes)


LINKED = [
    ("exact name", [known("a", "Acme Ltd")]),
    ("exact name in other letters", [known("a", "ACME LTD")]),
    ("exact name, same tax number", [known("a", "Acme Ltd", "GB123456789")]),
    ("exact name, tax number without its country", [known("a", "Acme Ltd", "123 456 789")]),
    ("tax number alone", [known("a", "Acme Holdings", "GB123456789")]),
    ("exact name beside a like one", [known("a", "Acme Ltd"), known("b", "Acme Limited")]),
    ("exact name beside the same e-mail", [known("a", "Acme Ltd"), known("b", "Zed", email="post@acme.example")]),
    ("own tax number beats a namesake's", [known("a", "Acme Ltd", "GB123456789"), known("b", "Acme Ltd", "GB999999999")]),
    ("exact name beside its archived namesake", [known("a", "Acme Ltd"), known("b", "Acme Ltd", is_active=False)]),
]  # fmt: skip

ASKED = [
    ("conflicting tax number", [known("a", "Acme Ltd", "GB999999999")]),
    ("two of the name", [known("a", "Acme Ltd"), known("b", "Acme Ltd")]),
    ("name here, tax number there", [known("a", "Acme Ltd"), known("b", "Acme Holdings", "GB123456789")]),
    ("two of the tax number", [known("a", "Acme North", "GB123456789"), known("b", "Acme South", "123456789")]),
    ("a namesake of unknown tax number beside one that conflicts", [known("a", "Acme Ltd"), known("b", "Acme Ltd", "GB999999999")]),
    ("same e-mail only", [known("a", "Zed", email="POST@acme.example")]),
    ("like name only", [known("a", "The ACME Limited")]),
    ("archived", [known("a", "Acme Ltd", is_active=False)]),
    ("linked to another company", [known("a", "Acme Ltd", taken_by="Acme Ltd (Leeds)")]),
]  # fmt: skip


@pytest.mark.parametrize(("case", "contacts"), LINKED, ids=[case for case, _ in LINKED])
def test_a_company_is_linked_by_itself_on_name_or_unique_tax_number(case: str, contacts: list[Known]) -> None:
    found = match(*contacts)
    assert isinstance(found, Found), case
    assert found.contact_id == "a"


@pytest.mark.parametrize(("case", "contacts"), ASKED, ids=[case for case, _ in ASKED])
def test_a_company_in_doubt_is_asked_about(case: str, contacts: list[Known]) -> None:
    found = match(*contacts)
    assert isinstance(found, Candidates), case
    assert {candidate.contact.contact_id for candidate in found.candidates} == {
        c.contact_id for c in contacts
    }


def test_a_company_that_nothing_looks_like_has_no_candidate() -> None:
    assert match(known("a", "Zed", "GB999999999", "zed@zed.example")) == Nothing()


def test_a_tax_number_that_two_companies_here_carry_only_suggests() -> None:
    assert isinstance(match(known("a", "Acme Holdings", "GB123456789"), namesakes=1), Candidates)


def test_two_companies_without_tax_number_or_email_do_not_meet_by_having_none() -> None:
    plain = Card(name="Zed", name_key="zed")
    assert match(known("a", "Acme"), company=plain) == Nothing()


def test_names_of_legal_forms_alone_are_not_alike() -> None:
    assert match(known("a", "The Company"), company=Card(name="Ltd", name_key="ltd")) == Nothing()


def test_candidates_come_with_the_likeliest_first_and_their_doubts() -> None:
    found = match(
        known("mail", "Zed", email="post@acme.example"),
        known("like", "Acme Limited"),
        known("name", "Acme Ltd", "GB999999999"),
        known("tax", "Acme Holdings", "GB123456789", is_active=False),
    )
    assert isinstance(found, Candidates)
    assert [(c.contact.contact_id, c.why, bool(c.doubt)) for c in found.candidates] == [
        ("name", Why.NAME, True),
        ("tax", Why.TAX_NUMBER, True),
        ("like", Why.LIKE_NAME, False),
        ("mail", Why.EMAIL, False),
    ]


NAMES = st.sampled_from(["Acme Ltd", "Acme Limited", "Zed", "acme ltd", "Acme"])
TAX_NUMBERS = st.sampled_from(["", "GB123456789", "123456789", "DE123456789", "GB999999999"])
EMAILS = st.sampled_from(["", "post@acme.example", "zed@zed.example"])
CONTACTS = st.lists(
    st.builds(
        known, st.uuids().map(str), NAMES, TAX_NUMBERS, EMAILS, is_active=st.booleans(), taken_by=EMAILS
    ),
    max_size=5,
)
CARDS = st.builds(
    lambda n, t, e: Card(name=n, name_key=n.casefold(), tax_number=t, email=e), NAMES, TAX_NUMBERS, EMAILS
)


@given(company=CARDS, contacts=CONTACTS, namesakes=st.integers(0, 2))
def test_whoever_is_linked_is_active_free_unique_and_without_conflict(
    company: Card, contacts: list[Known], namesakes: int
) -> None:
    found = matching.match(company, contacts=contacts, namesakes_by_tax_number=namesakes)
    if not isinstance(found, Found):
        return
    linked = next(contact for contact in contacts if contact.contact_id == found.contact_id)
    same_number = matching.is_same_tax_number(company.tax_number, linked.tax_number)
    assert linked.is_active
    assert not linked.taken_by
    assert same_number or not (company.tax_number and linked.tax_number)
    assert linked.name_key == company.name_key or (same_number and namesakes == 0)
    equals = [
        c
        for c in contacts
        if c.is_active and c.name_key == company.name_key and c.tax_number == linked.tax_number
    ]
    assert linked.name_key != company.name_key or equals == [linked]


@given(company=CARDS, contacts=CONTACTS, namesakes=st.integers(0, 2))
def test_the_order_of_contacts_decides_nothing(company: Card, contacts: list[Known], namesakes: int) -> None:
    one = matching.match(company, contacts=contacts, namesakes_by_tax_number=namesakes)
    other = matching.match(company, contacts=contacts[::-1], namesakes_by_tax_number=namesakes)
    assert type(one) is type(other)
    assert getattr(one, "contact_id", "") == getattr(other, "contact_id", "")


@given(one=st.text("GBDE 1.2-3", max_size=12), other=st.text("GBDE 1.2-3", max_size=12))
def test_equal_tax_numbers_fold_to_equal_keys(one: str, other: str) -> None:
    if matching.is_same_tax_number(one, other):
        assert matching.tax_key(one) == matching.tax_key(other)
        assert matching.is_same_tax_number(other, one)
