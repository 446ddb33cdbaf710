"""Which contact of Xero a company is: decided over plain values, by bookkeeping rule 24.

A company is linked by itself only on an exact name with no conflicting tax number, or on a tax number that is unique
in both lists. A like name or the same e-mail address only suggests. Whatever is in doubt is a question for a person:
a wrong link puts somebody else's debt in the books.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Why(StrEnum):
    """Why a contact may be the company; strongest first."""

    NAME = "same name"
    TAX_NUMBER = "same tax number"
    LIKE_NAME = "similar name"
    EMAIL = "same e-mail address"


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a company, or a contact, is known by. `name_key` is the name folded as both lists fold it."""

    name: str
    name_key: str
    tax_number: str = ""
    email: str = ""


@dataclass(frozen=True, kw_only=True)
class Known(Card):
    """A contact in Xero. `taken_by` names the company that is linked to it already, "" when none is."""

    contact_id: str
    is_active: bool = True
    taken_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Linked:
    """The company is linked to this contact already."""

    contact_id: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """This is the company's contact beyond doubt; it may be linked without asking."""

    contact_id: str
    why: Why


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A contact that may be the company. `doubt` says what a person has to weigh, "" when nothing speaks against it."""

    contact: Known
    why: Why
    doubt: str = ""


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Somebody has to choose, most likely first."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, kw_only=True)
class Nothing:
    """No contact in Xero looks like the company."""


Match = Linked | Found | Candidates | Nothing

ARCHIVED: Final = "It is archived in Xero."

#: Words of company names that say nothing about who it is.
_LEGAL_FORMS: Final = frozenset(
    [
        "ab",
        "ag",
        "as",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "gmbh",
        "inc",
        "incorporated",
        "kg",
        "limited",
        "llc",
        "llp",
        "lp",
        "ltd",
        "nv",
        "oy",
        "plc",
        "pty",
        "sa",
        "sarl",
        "sas",
        "se",
        "spa",
        "srl",
        "the",
    ]
)


def match(
    company: Card, *, contacts: Iterable[Known], namesakes_by_tax_number: int
) -> Found | Candidates | Nothing:
    """Decide which contact an unlinked company is.

    `namesakes_by_tax_number` counts the other companies here that carry the company's tax number: with one, the
    number is not unique on our side and only suggests.
    """
    candidates = _candidates(company, contacts)
    sure = [candidate for candidate in candidates if _is_sure(candidate, namesakes_by_tax_number)]
    if len(sure) == 1 and not _rivals(company, sure[0], candidates):
        return Found(contact_id=sure[0].contact.contact_id, why=sure[0].why)
    return Candidates(candidates=candidates) if candidates else Nothing()


def is_same_tax_number(one: str, other: str) -> bool:
    """Tell whether two tax numbers are one, whatever their spaces and dots; a country's two letters may be missing."""
    first, second = _folded(one), _folded(other)
    if not first or not second:
        return False
    return first == second or _without_country(first) == second or first == _without_country(second)


def tax_key(tax_number: str) -> str:
    """Fold a tax number so that any two that `is_same_tax_number` calls one have the same key."""
    return _without_country(_folded(tax_number))


def like_name(name: str) -> str:
    """Fold a name further than its key: no punctuation, no legal form, "&" for "and". "" when nothing is left."""
    words = re.findall(r"[^\W_]+", name.casefold().replace("&", " and "))
    return " ".join(word for word in words if word not in _LEGAL_FORMS and word != "and")


def _candidates(company: Card, contacts: Iterable[Known]) -> tuple[Candidate, ...]:
    found = [
        Candidate(contact=c, why=why, doubt=_doubt(company, c)) for c in contacts if (why := _why(company, c))
    ]
    order = list(Why)
    return tuple(sorted(found, key=lambda candidate: (order.index(candidate.why), bool(candidate.doubt))))


def _why(company: Card, contact: Known) -> Why | None:
    tests: Sequence[tuple[Why, Callable[[], bool]]] = (
        (Why.NAME, lambda: company.name_key == contact.name_key),
        (Why.TAX_NUMBER, lambda: is_same_tax_number(company.tax_number, contact.tax_number)),
        (
            Why.LIKE_NAME,
            lambda: bool(like_name(company.name)) and like_name(company.name) == like_name(contact.name),
        ),
        (Why.EMAIL, lambda: bool(company.email) and company.email.casefold() == contact.email.casefold()),
    )
    return next((why for why, holds in tests if holds()), None)


def _doubt(company: Card, contact: Known) -> str:
    if not contact.is_active:
        return ARCHIVED
    if contact.taken_by:
        return f"{contact.taken_by} is linked to it already."
    if _conflicts(company, contact):
        return "Its tax number is another."
    return ""


def _conflicts(company: Card, contact: Known) -> bool:
    one, other = _folded(company.tax_number), _folded(contact.tax_number)
    return bool(one and other) and not is_same_tax_number(one, other)


def _is_sure(candidate: Candidate, namesakes_by_tax_number: int) -> bool:
    if candidate.doubt:
        return False
    if candidate.why is Why.NAME:
        return True
    return candidate.why is Why.TAX_NUMBER and namesakes_by_tax_number == 0


def _rivals(company: Card, sure: Candidate, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The others that speak for themselves as loudly: the same name or the same tax number on another contact.

    An archived one is no rival: it is what a merge leaves behind. Nor is a namesake with another tax number, when
    the sure one has the company's own.
    """
    loud = [
        c for c in candidates if c is not sure and c.why in (Why.NAME, Why.TAX_NUMBER) and c.contact.is_active
    ]
    if is_same_tax_number(company.tax_number, sure.contact.tax_number):
        return [c for c in loud if not _conflicts(company, c.contact)]
    return loud


def _folded(tax_number: str) -> str:
    return re.sub(r"[\W_]", "", tax_number).upper()


def _without_country(folded: str) -> str:
    return folded[2:] if re.fullmatch(r"[A-Z]{2}[0-9]{6,}", folded) else folded
