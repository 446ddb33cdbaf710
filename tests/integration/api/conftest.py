"""A studio with something in it, and programs that call it with people's tokens."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from bluestamp.books import (
    applications,
    companies,
    credit_notes,
    expenses,
    invoices,
    items,
    jobs,
    ledgers,
    numbers,
    payments,
    purchase_orders,
    quotes,
    supplier_credits,
)
from bluestamp.books.applications import CreditApplication
from bluestamp.books.companies import Company, CompanyDraft, Person, PersonDraft
from bluestamp.books.credit_notes import CreditNote, CreditNoteDraft
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.items import Item, ItemDraft
from bluestamp.books.jobs import Job, JobDraft
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.books.numbers import Sequence
from bluestamp.books.payments import Payment, PaymentDraft
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from bluestamp.books.quotes import Quote, QuoteDraft
from bluestamp.books.supplier_credits import SupplierCredit, SupplierCreditDraft
from bluestamp.engine import tenancy
from bluestamp.people import memberships, tokens
from bluestamp.people.actors import Actor
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import Role
from bluestamp.people.users import User
from bluestamp.sync.connections import Connection
from bluestamp.sync.grants import Grant
from tests.cast import Cast
from tests.desk import hold_numbers

JSON = "application/json"


@dataclass
class Program:
    """Something that calls with a token; it keeps no cookie and sends no CSRF token."""

    token: str
    slug: str = "northlight"
    http: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Call an address, below the studio's unless it begins with a slash."""
        if body is not None:
            more |= {"data": json.dumps(body), "content_type": JSON}
        address = path if path.startswith("/") else f"/api/v1/{self.slug}/{path}"
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self.http.generic(method.upper(), address, headers=headers, **more)

    def get(self, path: str, **query: Any) -> Any:
        """Read, and expect to be answered."""
        return said(self.call("GET", path, QUERY_STRING="&".join(f"{k}={v}" for k, v in query.items())))

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        """Do something, and expect this status."""
        return said(self.call("POST", path, body), status)

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        """Replace something, and expect this status."""
        return said(self.call("PUT", path, body), status)

    def delete(self, path: str, status: int = 200) -> Any:
        """Take something back, and expect this status."""
        return said(self.call("DELETE", path), status)


def said(response: HttpResponse, status: int = 200) -> Any:
    """What was answered, when it has this status; a "no" is a problem."""
    assert response.status_code == status, (response.status_code, response.content[:600])
    if status >= 400:
        assert response["Content-Type"] == "application/problem+json"
    return json.loads(response.content) if response.content else None


def token_of(user: User, cast: Cast, now: dt.datetime) -> str:
    """A token of anybody: of those who may make none, from the time when they might."""
    studio = cast.daybreak if user == cast.dan else cast.northlight
    role = Membership.objects.get(user=user, studio=studio).role
    with tenancy.acting_in(studio.pk):
        Membership.objects.filter(user=user, studio=studio, role__in=["producer", "accountant"]).update(
            role=Role.BOOKKEEPER
        )
        _, plain = tokens.create(by=memberships.actor(user, studio), name="tests", now=now)
        Membership.objects.filter(user=user, studio=studio).update(role=role)
    return plain


@pytest.fixture
def as_ben(cast: Cast, now: dt.datetime) -> Program:
    """A program of Ben's, the producer."""
    return Program(token_of(cast.ben, cast, now))


@pytest.fixture
def as_cleo(cast: Cast, now: dt.datetime) -> Program:
    """A program of Cleo's, the bookkeeper."""
    return Program(token_of(cast.cleo, cast, now))


@pytest.fixture
def as_abe(cast: Cast, now: dt.datetime) -> Program:
    """A program of Abe's, the accountant, who only reads."""
    return Program(token_of(cast.abe, cast, now))


@pytest.fixture
def as_dan(cast: Cast, now: dt.datetime) -> Program:
    """A program of Dan's, who has no business here."""
    return Program(token_of(cast.dan, cast, now))


@dataclass
class Scene:
    """What Northlight has."""

    cast: Cast
    supplier: Company
    client: Company
    person: Person
    job: Job
    expense: Expense
    invoice: Invoice
    credit_note: CreditNote
    order: PurchaseOrder
    supplier_credit: SupplierCredit
    payment: Payment
    application: CreditApplication
    ledger: Ledger
    connection: Connection
    quote: Quote
    item: Item
    sequence: Sequence

    def close_account(self, code: str) -> None:
        """Let an account of Bristol's ledger vanish, as one does that is archived in Xero."""
        with tenancy.acting_in(self.cast.northlight.pk):
            self.ledger.accounts.filter(code=code).update(is_active=False)

    def bought(self, **more: Any) -> dict[str, Any]:
        """An expense of Bristol's, where the books are kept by hand, as a program sends it."""
        return {
            "branch_id": self.cast.bristol.pk,
            "company_id": self.supplier.pk,
            "issued_on": "2026-11-02",
            "currency": "GBP",
            "supplier_invoice_number": "FC-20931",
            "lines": [{"item": "Foil blocking", "quantity": "200", "unit_amount": "1.85"}],
            **more,
        }

    def ordered(self, **more: Any) -> dict[str, Any]:
        """A purchase order of Bristol's as a program sends it: 370.00 and 24.00."""
        lines = [
            {"item": "Foil sheets", "quantity": "200", "unit_amount": "1.85", "sell_unit_amount": "2.5"},
            {"item": "Courier", "unit_amount": "24"},
        ]
        said = self.bought(lines=lines, due_on="2026-11-20", instructions="Ring twice") | more
        said.pop("supplier_invoice_number")
        return said

    def credited(self, **more: Any) -> dict[str, Any]:
        """A supplier's credit of Bristol's as a program sends it."""
        said = self.bought(supplier_credit_number="FC-C1", **more)
        said.pop("supplier_invoice_number")
        return said

    def sold(self, **more: Any) -> dict[str, Any]:
        """An invoice of Bristol's as a program sends it."""
        return {
            "branch_id": self.cast.bristol.pk,
            "company_id": self.client.pk,
            "issued_on": "2026-11-02",
            "currency": "GBP",
            "lines": [{"item": "Art direction", "quantity": "2.5", "unit_amount": "400"}],
            **more,
        }


@pytest.fixture
def scene(cast: Cast, now: dt.datetime) -> Scene:
    """Northlight with one of everything: London sends to Xero, Bristol keeps its books by hand."""
    ada = cast.acting(cast.ada)
    with tenancy.acting_in(cast.northlight.pk):
        return _furnished(cast, ada, now)


def _furnished(cast: Cast, ada: Actor, now: dt.datetime) -> Scene:
    act: dict[str, Any] = {"by": ada, "now": now}
    supplier = companies.create(CompanyDraft(name="Fine Print Ltd", is_supplier=True), **act)
    client = companies.create(CompanyDraft(name="Harbour Museum", is_client=True), **act)
    person = companies.add_person(company_id=client.pk, draft=PersonDraft(name="Mo Reyes"), **act)
    job = jobs.create(JobDraft(name="Tides", company_id=client.pk, branch_id=cast.london.pk), **act)
    head: dict[str, Any] = {
        "branch_id": cast.london.pk,
        "issued_on": dt.date(2026, 11, 2),
        "currency": "GBP",
        "job_id": job.pk,
    }
    ledger = ledgers.starter(
        studio_id=cast.northlight.pk, name="Bristol's books", base_currency="GBP", country="GB", now=now
    )
    ledgers.assign([cast.bristol.pk], ledger, **act)
    payment, application = _money(cast, client, act)
    return Scene(
        cast=cast,
        supplier=supplier,
        client=client,
        person=person,
        job=job,
        expense=expenses.create(ExpenseDraft(company_id=supplier.pk, **head), **act),
        invoice=invoices.create(InvoiceDraft(company_id=client.pk, **head), **act),
        credit_note=credit_notes.create(CreditNoteDraft(company_id=client.pk, **head), **act),
        order=purchase_orders.create(PurchaseOrderDraft(company_id=supplier.pk, **head), **act),
        supplier_credit=supplier_credits.create(SupplierCreditDraft(company_id=supplier.pk, **head), **act),
        payment=payment,
        application=application,
        ledger=ledger,
        connection=_connection(cast, ada, now),
        quote=quotes.create(QuoteDraft(company_id=client.pk, **head), **act),
        item=items.create(ItemDraft(name="Art direction", rate=Decimal(400)), **act),
        sequence=numbers.for_branch(branch_id=cast.london.pk, kind="invoice"),
    )


def _money(cast: Cast, client: Company, act: dict[str, Any]) -> tuple[Payment, CreditApplication]:
    """An invoice of Bristol's that somebody paid in part, with a credit note applied to it in part."""
    head: dict[str, Any] = {
        "branch_id": cast.bristol.pk,
        "company_id": client.pk,
        "issued_on": dt.date(2026, 11, 2),
        "currency": "GBP",
        "lines": (LineDraft(item="Poster", unit_amount=Decimal(100)),),
    }
    sold = invoices.create(InvoiceDraft(**head), **act)
    sold = invoices.mark_as_sent(invoice_id=sold.pk, version=1, **act)
    note = credit_notes.create(CreditNoteDraft(**head), **act)
    note = credit_notes.mark_as_sent(note_id=note.pk, version=1, **act)
    paid = PaymentDraft(paid_on=dt.date(2026, 11, 2), amount=Decimal(5))
    payment = payments.record(kind="invoice", document_id=sold.pk, draft=paid, **act)
    day = dt.date(2026, 11, 2)
    application = applications.apply(
        note_id=note.pk, invoice_id=sold.pk, amount=Decimal(7), applied_on=day, **act
    )
    return payment, application


def _connection(cast: Cast, ada: Actor, now: dt.datetime) -> Connection:
    """A connection of London's that was made long ago; nothing here calls Xero by it."""
    studio_id = cast.northlight.pk
    ledger = ledgers.create(studio_id=studio_id, name="Northlight Ltd", base_currency="GBP", source="xero")
    ledgers.assign([cast.london.pk], ledger, by=ada, now=now)
    grant = Grant.objects.create(
        studio_id=studio_id, xero_user_id="cleo-at-xero", scopes="", expires_at=now, renewed_at=now
    )
    connection = Connection.objects.create(
        studio_id=studio_id,
        grant=grant,
        ledger=ledger,
        tenant_id="a-tenant",
        xero_connection_id="a-tie",
        name="Northlight Ltd",
        start_on=dt.date(2026, 1, 1),
        connected_by="Ada",
        connected_at=timezone.now(),
    )
    hold_numbers(connection, branch_id=cast.london.pk, now=timezone.now())
    return connection
