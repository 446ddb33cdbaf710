"""A visit: one person, in one studio, at one moment. Every view is handed one by the middleware."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from bluestamp.people import branches, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.permissions import Action
from bluestamp.people.studios import Studio
from bluestamp.people.users import User
from bluestamp.sync import connections
from bluestamp.sync.connections import Connection


@dataclass
class Visit:
    """Who is here, where and when; and the few facts that most pages ask for, each read once."""

    studio: Studio
    actor: Actor
    user: User
    now: datetime

    @cached_property
    def today(self) -> date:
        """The calendar day in the studio's time zone."""
        return self.now.astimezone(ZoneInfo(self.studio.time_zone)).date()

    @cached_property
    def branches(self) -> list[Branch]:
        """The studio's branches, home first."""
        return branches.listed()

    @cached_property
    def branch_by_id(self) -> dict[str, Branch]:
        """The same, to look up."""
        return {branch.pk: branch for branch in self.branches}

    @cached_property
    def home(self) -> Branch:
        """The home branch, whose way of writing is the page's where no document says otherwise."""
        return self.branches[0]

    @cached_property
    def organisations(self) -> list[Connection]:
        """The studio's Xero organisations, by name; those that were given up too."""
        return connections.all_of_studio()

    @property
    def has_several_organisations(self) -> bool:
        """Whether a button or a stamp has to say which one: documents go to more than one, or stand in one given up."""
        return len(self.organisations) > 1

    @property
    def may_see_calls(self) -> bool:
        """Whether what was sent to Xero, word by word, is one click away."""
        return self.may(Action.SEE_EXCHANGES)

    @property
    def locale(self) -> str:
        """How figures and days are written on this page."""
        return self.home.locale

    def may(self, action: Action) -> bool:
        """Whether this person's role includes the action; for showing buttons, never for allowing anything."""
        return permissions.may(self.actor, action)

    def path(self, name: str, *parts: str) -> str:
        """The address of a page of this studio."""
        return reverse(name, args=[self.studio.slug, *parts])


class StudioRequest(HttpRequest):
    """A request inside a studio."""

    visit: Visit
    htmx: HtmxDetails
