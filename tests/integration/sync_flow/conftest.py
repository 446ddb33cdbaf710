"""A studio connected to the UK organisation of the sandbox, and what these stories need of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books import companies, expenses, invoices
from bluestamp.books.companies import Company, CompanyDraft
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import queue
from bluestamp.people.actors import Actor
from bluestamp.people.users import User
from bluestamp.sync import connections, consents, contacts, rounds
from bluestamp.sync.connections import Connection
from tests.cast import Cast
from tests.sandboxes import Organisation, Sandbox, sandbox, sandbox_process

__all__ = ["sandbox", "sandbox_process"]


@dataclass
class Story:
    """Northlight, connected, with a clock of its own."""

    connection: Connection
    organisation: Organisation
    sandbox: Sandbox
    cast: Cast
    now: dt.datetime
    ada: Actor
    ben: Actor
    cleo: Actor

    def drain(self) -> None:
        """Let the worker do what is due."""
        rounds.drain(self.connection.id, clock=lambda: self.now)

    def later(self, **span: float) -> None:
        """Let time pass, here and at Xero."""
        self.now += dt.timedelta(**span)
        self.sandbox.advance(**span)

    @property
    def today(self) -> dt.date:
        """The calendar day of the story."""
        return self.now.date()

    def company(self, name: str, **more: Any) -> Company:
        """A company here."""
        values = {"is_client": True, "is_supplier": True, **more}
        return companies.create(CompanyDraft(name=name, **values), by=self.ada, now=self.now)

    def expense(self, company: Company, *lines: LineDraft, approved: bool = True, **more: Any) -> Expense:
        """An expense, approved unless told otherwise."""
        values: dict[str, Any] = {
            "branch_id": self.cast.london.id,
            "company_id": company.id,
            "issued_on": self.today,
            "currency": "GBP",
            "supplier_invoice_number": "FC-20931",
            "lines": lines or (bought("Foil blocking", "200", "1.85"), bought("Courier", "1", "24", "425")),
            **more,
        }
        expense = expenses.create(ExpenseDraft(**values), by=self.ben, now=self.now)
        if approved:
            return expenses.approve(expense_id=expense.id, version=expense.version, by=self.ben, now=self.now)
        return expense

    def invoice(self, company: Company, *lines: LineDraft, **more: Any) -> Invoice:
        """An invoice, still a draft."""
        values: dict[str, Any] = {
            "branch_id": self.cast.london.id,
            "company_id": company.id,
            "issued_on": self.today,
            "currency": "GBP",
            "lines": lines or (sold("Art direction", "2.5", "400"), sold("Illustration", "6", "150", "204")),
            **more,
        }
        return invoices.create(InvoiceDraft(**values), by=self.ben, now=self.now)

    def bills(self) -> list[dict[str, Any]]:
        """What Xero holds of bills."""
        return self._documents("ACCPAY")

    def sales(self) -> list[dict[str, Any]]:
        """What Xero holds of sales invoices."""
        return self._documents("ACCREC")

    def _documents(self, kind: str) -> list[dict[str, Any]]:
        rows = self.sandbox.state(self.organisation)["documents"]
        return [row for row in rows if row["Type"] == kind]


def bought(item: str, quantity: str, unit: str, account: str = "325", **more: Any) -> LineDraft:
    """A line of an expense at 20 %."""
    return LineDraft(
        item=item,
        quantity=Decimal(quantity),
        unit_amount=Decimal(unit),
        account_code=account,
        tax_type="INPUT2",
        **more,
    )


def sold(item: str, quantity: str, unit: str, account: str = "200", **more: Any) -> LineDraft:
    """A line of an invoice at 20 %."""
    return LineDraft(
        item=item,
        quantity=Decimal(quantity),
        unit_amount=Decimal(unit),
        account_code=account,
        tax_type="OUTPUT2",
        **more,
    )


@pytest.fixture
def story(
    sandbox: Sandbox,
    cast: Cast,
    in_northlight: None,
    ada: Actor,
    ben: Actor,
    cleo: Actor,
    ada_user: User,
    transactional_db: None,
) -> Story:
    """Northlight's London branch sends to the sandbox's UK organisation."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    organisation = sandbox.of_country("GB")
    sandbox.limit(minute=100_000, day=100_000)
    url = consents.begin(by=ada, user=ada_user, now=now)
    answer = sandbox.allow(url, organisation)
    done = consents.finish(state=answer["state"], code=answer["code"], by=ada, user=ada_user, now=now)
    connection = done.connected[0]
    draft = connections.draft_of(connection)
    wanted = replace(draft, branch_ids=(cast.london.id,), start_on=now.date() - dt.timedelta(days=60))
    connections.edit(connection.id, wanted, by=ada, now=now)
    contacts.look_up(connection, now=now)
    return Story(connections.load(connection.id), organisation, sandbox, cast, now, ada, ben, cleo)


@pytest.fixture
def drained(story: Story) -> Callable[[], None]:
    """What the worker's task does, called by hand."""
    assert "sync.drain" in queue.TASKS
    return story.drain
