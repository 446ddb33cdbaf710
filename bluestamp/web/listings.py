"""What a list of documents is asked for: tab, search, filters, sort, page; and the addresses that ask otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict

from bluestamp.books import keepers
from bluestamp.books.documents import Rows

PAGE_SIZE: Final = 50
EXPORT_LIMIT: Final = 20_000

SORTS: Final[Mapping[str, tuple[str, ...]]] = {
    "-issued_on": ("-issued_on", "-id"),
    "issued_on": ("issued_on", "id"),
    "-due_on": ("-due_on", "-id"),
    "due_on": ("due_on", "id"),
    "number": ("number", "id"),
    "-number": ("-number", "-id"),
    "company_name": ("company_name", "id"),
    "-company_name": ("-company_name", "-id"),
    "total": ("total", "id"),
    "-total": ("-total", "-id"),
}
FIRST_SORT: Final = "-issued_on"


@dataclass(frozen=True)
class Ask:
    """What was asked for, in words; unknown words ask for nothing."""

    tab: str = ""
    copy: str = ""
    q: str = ""
    branch: str = ""
    ledger: str = ""
    company: str = ""
    job: str = ""
    since: str = ""
    until: str = ""
    sort: str = FIRST_SORT
    page: str = "1"

    @property
    def number(self) -> int:
        """The page's number, from 1."""
        return max(1, int(self.page)) if self.page.isascii() and self.page.isdigit() else 1

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but a tab narrows the list."""
        return any((self.q, self.branch, self.ledger, self.company, self.job, self.since, self.until))

    def with_(self, **changes: str) -> str:
        """The query of an address that asks the same but for these; the page starts anew."""
        changed = replace(self, **{"page": "1"} | changes)
        said = {each.name: getattr(changed, each.name) for each in fields(changed)}
        query = urlencode({name: word for name, word in said.items() if word and word != _UNSAID[name]})
        return f"?{query}" if query else ""

    def sorted_by(self, column: str) -> str:
        """The address that sorts by a column, or the other way round when it is so sorted."""
        return self.with_(sort=f"-{column}" if self.sort == column else column)


_UNSAID: Final = {each.name: each.default for each in fields(Ask)}


def read(query: QueryDict) -> Ask:
    """Read what an address asks for."""
    said = {each.name: query.get(each.name, "").strip()[:200] for each in fields(Ask) if query.get(each.name)}
    ask = Ask(**said)
    return ask if ask.sort in SORTS else replace(ask, sort=FIRST_SORT)


def narrow(rows: Rows, ask: Ask) -> Rows:
    """Keep what the search and the filters let through, in the order asked for."""
    exact = {"branch_id": ask.branch, "company_id": ask.company, "job_id": ask.job}
    rows = rows.filter(**{name: word for name, word in exact.items() if word})
    if ask.ledger:
        rows = rows.filter(keepers.kept_in(rows.model.kind, ask.ledger))
    for name, word in (("issued_on__gte", ask.since), ("issued_on__lte", ask.until)):
        if day := _day(word):
            rows = rows.filter(**{name: day})
    return rows.with_words(ask.q).order_by(*SORTS[ask.sort])


def _day(word: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(word)
    except ValueError:
        return None


@dataclass(frozen=True)
class Page:
    """One page of a list."""

    rows: list[Any]
    number: int
    has_more: bool

    @property
    def first(self) -> int:
        """The place of its first row, from 1."""
        return (self.number - 1) * PAGE_SIZE + 1

    @property
    def last(self) -> int:
        """The place of its last row."""
        return self.first + len(self.rows) - 1


def page_of(rows: QuerySet[Any], ask: Ask) -> Page:
    """Read one page, and whether another follows (by reading one row more than it shows)."""
    start = (ask.number - 1) * PAGE_SIZE
    found = list(rows[start : start + PAGE_SIZE + 1])
    return Page(rows=found[:PAGE_SIZE], number=ask.number, has_more=len(found) > PAGE_SIZE)
