"""What the frame around every page shows: where one can go, where one is, and how much waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.http import HttpRequest

from bluestamp.people import memberships
from bluestamp.people.permissions import Action
from bluestamp.people.studios import Studio
from bluestamp.sync import standing
from bluestamp.web.kinds import KINDS
from bluestamp.web.visits import Visit

PAGES: Final = (
    ("", (("home", "Home"), ("jobs", "Jobs"), ("quotes", "Quotes"))),
    ("Money in", (("invoices", "Invoices"), ("credit_notes", "Credit notes"))),
    (
        "Money out",
        (
            ("expenses", "Expenses"),
            ("purchase_orders", "Purchase orders"),
            ("supplier_credits", "Supplier credits"),
        ),
    ),
    ("Accounting", (("books", "Books"),)),
    ("Studio", (("companies", "Companies"), ("settings", "Profile & Settings"))),
)


@dataclass(frozen=True)
class Link:
    """One page of the side."""

    name: str
    label: str
    address: str
    count: int = 0


@dataclass(frozen=True)
class Group:
    """Pages under one title."""

    title: str
    links: list[Link]


@dataclass
class Frame:
    """The frame of one visit. Fragments never ask for it, so nothing is read before a template does."""

    visit: Visit
    route: str

    @cached_property
    def navigation(self) -> list[Group]:
        """The side, with the count of what needs a person beside Books."""
        return [Group(title, [self._link(name, label) for name, label in pages]) for title, pages in PAGES]

    @cached_property
    def attention(self) -> int:
        """How many documents need a person."""
        return standing.attention_count()

    @cached_property
    def other_studios(self) -> list[Studio]:
        """The other studios that this person works in, by name."""
        return [
            each.studio for each in memberships.of(self.visit.user) if each.studio_id != self.visit.studio.pk
        ]

    @property
    def here(self) -> str:
        """The page of the side that this one belongs to: `expense_new` to `expenses`, `job` to `jobs`."""
        for kind in KINDS.values():
            if self.route in (kind.name, kind.plural) or self.route.startswith(
                (f"{kind.name}_", f"{kind.plural}_")
            ):
                return kind.plural
        stem = self.route.split("_")[0]
        return _ELSEWHERE.get(stem) or (stem if stem in _NAMES else f"{stem}s")

    @property
    def settings_here(self) -> str:
        """The page of the settings that this one belongs to."""
        singular = {
            "settings_branch": "settings_branches",
            "settings_branch_new": "settings_branches",
            "settings_item": "settings_items",
            "settings_item_new": "settings_items",
            "settings_replacement": "settings_items",
        }
        return singular.get(self.route, self.route)

    @property
    def settings(self) -> list[Link]:
        """The pages of Profile & Settings that this person may open."""
        return [
            Link(name=name, label=label, address=self.visit.path(name))
            for name, label, action in SETTINGS
            if action is None or self.visit.may(action)
        ]

    def _link(self, name: str, label: str) -> Link:
        count = self.attention if name == "books" else 0
        return Link(name=name, label=label, address=self.visit.path(name), count=count)


SETTINGS: Final = (
    ("settings", "Studio", None),
    ("settings_branches", "Branches", None),
    ("settings_items", "Master Settings", None),
    ("settings_numbering", "Numbering", None),
    ("settings_team", "Team and roles", None),
    ("settings_security", "Security", None),
    ("integrations", "Integrations", None),
    ("settings_tokens", "API tokens", Action.MAKE_TOKENS),
    ("settings_export", "Export", Action.EXPORT),
)

_ELSEWHERE: Final = {
    "company": "companies",
    "connection": "settings",
    "integrations": "settings",
    "help": "books",
    "month": "books",
    "xero": "settings",
}
_NAMES: Final = {name for _, pages in PAGES for name, _ in pages}


def context(request: HttpRequest) -> dict[str, Any]:
    """A context processor: inside a studio every template knows the visit and the frame."""
    visit: Visit | None = getattr(request, "visit", None)
    words: dict[str, Any] = {"csp_nonce": getattr(request, "csp_nonce", "")}
    if visit is None:
        return words
    route = request.resolver_match.url_name or "" if request.resolver_match else ""
    return words | {
        "visit": visit,
        "studio": visit.studio,
        "today": visit.today,
        "locale": visit.locale,
        "frame": Frame(visit=visit, route=route),
    }
