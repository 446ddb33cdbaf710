"""The sample studio of the demo: Northlight, with its people, companies, jobs and documents of every kind.

Everything is made by the product's own verbs, so nothing here can be what a person could not have done. Days are
counted back from today.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from bluestamp.books import (
    companies,
    expenses,
    invoices,
    items,
    job_items,
    jobs,
    ledgers,
    purchase_orders,
    quotes,
    supplier_credits,
)
from bluestamp.books.companies import Company, CompanyDraft
from bluestamp.books.expenses import ExpenseDraft
from bluestamp.books.invoices import InvoiceDraft
from bluestamp.books.items import CodesDraft, Item, ItemDraft
from bluestamp.books.job_items import PlanDraft
from bluestamp.books.jobs import Job, JobDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.books.purchase_orders import PurchaseOrderDraft
from bluestamp.books.quotes import QuoteDraft
from bluestamp.books.supplier_credits import SupplierCreditDraft
from bluestamp.engine import tenancy
from bluestamp.people import branches, founding, memberships, sign_in_links, two_factor, users
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch, BranchDraft
from bluestamp.people.permissions import Role
from bluestamp.people.rows import Studio
from bluestamp.sync import connections, consents, contacts, push

SLUG: Final = "northlight"
ADA_EMAIL: Final = "ada@northlight.example"
BEN_EMAIL: Final = "ben@northlight.example"
CLEO_EMAIL: Final = "cleo@northlight.example"
PASSWORD: Final = "a lamp in the window"

#: What the studio holds: companies, jobs and documents, as plain data.
_HOLDINGS: Final[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "demo_studio.toml").read_text("utf-8")
)


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the documents are made of."""

    by: Actor
    london: Branch
    bristol: Branch
    companies: dict[str, Company]
    jobs: dict[str, Job]
    today: dt.date
    now: dt.datetime


def is_there() -> bool:
    """Tell whether the sample studio was made already."""
    return Studio.objects.filter(slug=SLUG).exists()


def found(*, now: dt.datetime) -> None:
    """Found the studio with its branches and people; Ada and Cleo get an authenticator."""
    founded = founding.found_studio(
        name="Northlight",
        slug=SLUG,
        country="GB",
        currency="GBP",
        time_zone="Europe/London",
        owner_email=ADA_EMAIL,
        owner_name="Ada North",
        password=PASSWORD,
        branch_name="London",
        now=now,
    )
    ada = memberships.actor(founded.owner, founded.studio, via="cli")
    with tenancy.acting_in(founded.studio.pk):
        branches.edit(founded.branch.id, _london(), by=ada, now=now)
        branches.create(_bristol(), by=ada, now=now)
        for email, name, role in (
            (BEN_EMAIL, "Ben Okafor", Role.PRODUCER),
            (CLEO_EMAIL, "Cleo Marsh", Role.BOOKKEEPER),
        ):
            users.find_or_create(email=email, name=name, password=PASSWORD, now=now)
            memberships.add(email=email, name=name, role=role, by=ada, now=now)
    for email in (ADA_EMAIL, CLEO_EMAIL):
        two_factor.enrol(users.find(email), now=now)


def connect(*, consent_by: Callable[[str], dict[str, str]], now: dt.datetime) -> None:
    """Connect the studio over Xero's consent page, and let both branches send to it."""
    studio = Studio.objects.get(slug=SLUG)
    ada = users.find(ADA_EMAIL)
    by = memberships.actor(ada, studio, via="cli")
    with tenancy.acting_in(studio.pk):
        address = consents.begin(by=by, user=ada, now=now)
        state = parse_qs(urlsplit(address).query)["state"][0]
        answer = consent_by(address)
        done = consents.finish(state=state, code=answer.get("code", ""), by=by, user=ada, now=now)
        draft = connections.draft_of(done.connected[0])
        every = tuple(branch.id for branch in branches.listed())
        wanted = replace(draft, branch_ids=every, start_on=now.date() - dt.timedelta(days=60))
        connections.edit(done.connected[0].id, wanted, by=by, now=now)
        contacts.look_up(done.connected[0], now=now)


def furnish(*, now: dt.datetime) -> None:
    """Fill the studio with companies, jobs and documents, and send some of them to Xero."""
    studio = Studio.objects.get(slug=SLUG)
    with tenancy.acting_in(studio.pk):
        by = memberships.actor(users.find(ADA_EMAIL), studio, via="cli")
        london, bristol = branches.listed()
        known = _companies(by, now)
        stage = _Stage(by, london, bristol, known, _jobs(by, london, known, now), now.date(), now)
        _items(stage)
        _plans(stage)
        _quotes(stage)
        _invoices(stage)
        _orders(stage)
        _expenses(stage)
        _supplier_credits(stage)


def way_in(*, now: dt.datetime) -> tuple[str, str, str]:
    """Return the path of a link that signs Ada in once, and the secrets of her and of Cleo's authenticator."""
    ada, cleo = users.find(ADA_EMAIL), users.find(CLEO_EMAIL)
    return sign_in_links.make(ada, now), two_factor.secret_of(ada), two_factor.secret_of(cleo)


def _london() -> BranchDraft:
    return BranchDraft(
        name="London",
        legal_name="Northlight Ltd",
        address="14 Kiln Street\nLondon E8 4QN",
        tax_number="GB 123 4567 89",
        email="studio@northlight.example",
        currency="GBP",
        locale="en-GB",
        payment_terms_days=30,
        payment_details="Northlight Ltd · Sort code 00-00-00 · Account 12345678",
    )


def _bristol() -> BranchDraft:
    return BranchDraft(
        name="Bristol",
        legal_name="Northlight Ltd",
        address="3 Spike Lane\nBristol BS1 6UX",
        tax_number="GB 123 4567 89",
        email="bristol@northlight.example",
        currency="GBP",
        locale="en-GB",
        payment_details="Northlight Ltd · Sort code 00-00-00 · Account 12345678",
    )


def _companies(by: Actor, now: dt.datetime) -> dict[str, Company]:
    drafts = [CompanyDraft(is_client=True, terms_days=30, **row) for row in _HOLDINGS["clients"]]
    drafts += [CompanyDraft(is_supplier=True, **row) for row in _HOLDINGS["suppliers"]]
    made = [companies.create(draft, by=by, now=now) for draft in drafts]
    return {company.name: company for company in made}


def _jobs(by: Actor, branch: Branch, known: dict[str, Company], now: dt.datetime) -> dict[str, Job]:
    drafts = [
        JobDraft(
            number=row["number"],
            name=row["name"],
            company_id=known[row["client"]].id,
            branch_id=branch.id,
            client_order_number=row["order"],
        )
        for row in _HOLDINGS["jobs"]
    ]
    return {draft.number: jobs.create(draft, by=by, now=now) for draft in drafts}


def _invoices(stage: _Stage) -> None:
    """Two drafts, two with the client, two of those copied to Xero."""
    for row in _HOLDINGS["invoices"]:
        draft = InvoiceDraft(**_head(stage, row), lines=_lines(row, "OUTPUT2"))
        invoice = invoices.create(draft, by=stage.by, now=stage.now)
        if row["state"] != "draft":
            invoice = invoices.mark_as_sent(
                invoice_id=invoice.id, version=invoice.version, by=stage.by, now=stage.now
            )
        if row["state"] == "copied":
            push.request(invoice, by=stage.by, now=stage.now, allow_create_contact=True)


def _expenses(stage: _Stage) -> None:
    """One draft, five approved, three of those sent to Xero, where the last will be asked about."""
    for row in _HOLDINGS["expenses"]:
        head = _head(stage, row)
        draft = ExpenseDraft(**head, supplier_invoice_number=row["number"], lines=_lines(row, "INPUT2"))
        expense = expenses.create(draft, by=stage.by, now=stage.now)
        if row["state"] != "draft":
            expense = expenses.approve(
                expense_id=expense.id, version=expense.version, by=stage.by, now=stage.now
            )
        if row["state"] == "copied":
            push.request(expense, by=stage.by, now=stage.now, allow_create_contact=True)


def _items(stage: _Stage) -> None:
    """The master list, with the accounts that each item is booked on."""
    ledger = ledgers.of_branch(stage.london.id)
    assert ledger is not None
    for row in _HOLDINGS["items"]:
        figures: dict[str, Any] = {
            name: Decimal(row[name]) for name in ("rate", "cost", "markup_percent") if name in row
        }
        draft = ItemDraft(name=row["name"], unit=row["unit"], is_cost=row.get("is_cost", False), **figures)
        item = items.create(draft, by=stage.by, now=stage.now)
        codes = CodesDraft(
            sales_account_code=row.get("sales", ""), purchase_account_code=row.get("purchase", "")
        )
        items.set_codes(item_id=item.id, ledger_id=ledger.id, codes=codes, by=stage.by, now=stage.now)


def _plans(stage: _Stage) -> None:
    """What one job shall come to."""
    masters = {item.name: item.id for item in Item.objects.all()}
    for row in _HOLDINGS["plan"]:
        job = stage.jobs[row["job"]]
        lines = [
            PlanDraft(
                item=line["item"],
                master_id=masters.get(line["item"]),
                quantity=Decimal(line["quantity"]),
                unit_amount=Decimal(line["unit"]),
                cost_unit_amount=Decimal(line["cost"]) if "cost" in line else None,
                supplier_id=stage.companies[line["supplier"]].id if "supplier" in line else None,
                is_cost="cost" in line,
            )
            for line in row["lines"]
        ]
        job_items.plan(job_id=job.id, version=job.version, lines=lines, by=stage.by, now=stage.now)


def _quotes(stage: _Stage) -> None:
    """One that the client is thinking about, one that was approved."""
    for row in _HOLDINGS["quotes"]:
        draft = QuoteDraft(**_head(stage, row), title=row["title"], lines=_lines(row, "OUTPUT2"))
        quote = quotes.create(draft, by=stage.by, now=stage.now)
        quote = quotes.mark_as_sent(quote_id=quote.id, version=quote.version, by=stage.by, now=stage.now)
        if row["state"] == "approved":
            quotes.approve(quote_id=quote.id, version=quote.version, by=stage.by, now=stage.now)


def _orders(stage: _Stage) -> None:
    """One on its way to Xero, one still a draft."""
    for row in _HOLDINGS["orders"]:
        due_on = stage.today + dt.timedelta(days=row["required_in"])
        draft = PurchaseOrderDraft(**_head(stage, row), due_on=due_on, lines=_lines(row, "INPUT2"))
        order = purchase_orders.create(draft, by=stage.by, now=stage.now)
        if row["state"] == "copied":
            order = purchase_orders.approve(
                order_id=order.id, version=order.version, by=stage.by, now=stage.now
            )
            push.request(order, by=stage.by, now=stage.now, allow_create_contact=True)


def _supplier_credits(stage: _Stage) -> None:
    """A supplier took something back."""
    for row in _HOLDINGS["supplier_credits"]:
        head, lines = _head(stage, row), _lines(row, "INPUT2")
        draft = SupplierCreditDraft(**head, supplier_credit_number=row["number"], lines=lines)
        supplier_credits.create(draft, by=stage.by, now=stage.now)


def _head(stage: _Stage, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "branch_id": stage.london.id,
        "company_id": stage.companies[row["company"]].id,
        "job_id": stage.jobs[row["job"]].id,
        "issued_on": stage.today - dt.timedelta(days=row["days_ago"]),
        "currency": "GBP",
    }


def _lines(row: dict[str, Any], tax_type: str) -> tuple[LineDraft, ...]:
    return tuple(
        LineDraft(
            item=line["item"],
            description=line.get("description", ""),
            quantity=Decimal(line["quantity"]),
            unit_amount=Decimal(line["unit"]),
            discount_rate=Decimal(line.get("discount", 0)),
            account_code=line["account"],
            tax_type=tax_type,
        )
        for line in row["lines"]
    )
