"""Who does something to which organisation, when: the one context that every verb of the sandbox takes."""

import uuid
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from bluestamp.sandbox import charts
from bluestamp.sandbox.charts import Chart
from bluestamp.sandbox.clock import Clock
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.store import Store
from bluestamp.sandbox.switches import Switches

COLLECTIONS = {
    "INVOICE": "Invoices",
    "CONTACT": "Contacts",
    "CREDITNOTE": "CreditNotes",
    "PREPAYMENT": "Prepayments",
    "OVERPAYMENT": "Overpayments",
}
CATEGORIES_SINCE = {
    "CREDITNOTE": date(2026, 3, 4),
    "PREPAYMENT": date(2026, 8, 14),
    "OVERPAYMENT": date(2026, 9, 3),
}
"""Webhook categories and the day each began (developer.xero.com, webhooks; release notes of Xero-OpenAPI)."""


@dataclass(frozen=True)
class Doer:
    """A person in the web face, or an app through the API."""

    name: str
    app_id: str | None = None
    role: str = ""
    """The OrganisationRole of the user behind the app's token."""


@dataclass
class Act:
    """One request's doing in one organisation. `unit_places` is the unitdp of the request."""

    store: Store
    clock: Clock
    organisation: Organisation
    doer: Doer
    unit_places: int = 2
    approved_as: str | None = None
    """What an approval becomes in this act (a fault), over the organisation's own rule."""
    origin: str = "https://api.xero.com"
    switches: Switches = field(default_factory=Switches)
    warnings: list[str] = field(default_factory=list)

    @cached_property
    def chart(self) -> Chart:
        """The organisation's chart as it stands."""
        return charts.load(self.store, self.organisation.id)

    @cached_property
    def now_ms(self) -> int:
        """The instant of the act, the same for everything done in it."""
        return self.clock.now_ms()

    @property
    def today(self) -> date:
        """The calendar day in the organisation's zone."""
        return self.clock.today(self.organisation.zone)

    def note(self, subject: str, changes: str, details: str) -> None:
        """Write a line of the subject's History & Notes."""
        by = "System Generated" if self.doer.app_id else self.doer.name
        self.store.run(
            "INSERT INTO history (organisation, subject, at_ms, changes, user, details) VALUES (?, ?, ?, ?, ?, ?)",
            self.organisation.id,
            subject,
            self.now_ms,
            changes,
            by,
            details,
        )

    def trail(self, subject: str, changes: str, details: str) -> None:
        """Write down what was done to a subject, and through which app, as Xero does by itself."""
        through = f" through the Xero API by {self.doer.name}" if self.doer.app_id else ""
        self.note(subject, changes, f"{details}{through}.")

    def announce(self, *, category: str, resource: str, created: bool, data: str | None = None) -> None:
        """Leave an event for the webhook subscription, in the act's own transaction, if Xero had the category by then."""
        if self.clock.now().date() < CATEGORIES_SINCE.get(category, date.min):
            return
        if self.doer.app_id and not self.switches.own_writes_announced:
            return
        self.store.run(
            "INSERT INTO events (organisation, resource, url, category, type, at_ms, due_ms, data, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'new')",
            self.organisation.id,
            resource,
            f"{self.origin}/api.xro/2.0/{COLLECTIONS[category]}/{resource}",
            category,
            "CREATE" if created else "UPDATE",
            self.now_ms,
            self.now_ms,
            data,
        )


def later(act: Act, previous_ms: int) -> int:
    """An UpdatedDateUTC that is later than the one before, even within one millisecond."""
    return max(act.now_ms, previous_ms + 1)


def new_id() -> str:
    """A GUID as Xero writes them."""
    return str(uuid.uuid4())
