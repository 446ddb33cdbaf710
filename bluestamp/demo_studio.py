"""The sample studio of the demo: Northlight, with its people, clients, suppliers, jobs, invoices and expenses.

Everything is made by the product's own verbs, so nothing here can be what a person could not have done. Days are
counted back from today.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qs, urlsplit

from bluestamp.books import companies, expenses, invoices, jobs
from bluestamp.books.companies import Company, CompanyDraft
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.invoices import InvoiceDraft
from bluestamp.books.jobs import Job, JobDraft
from bluestamp.books.line_items import LineDraft
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

CLIENTS: Final = (
    ("Kestrel Air", "accounts@kestrelair.example"),
    ("Harbour & Finch", "finance@harbourfinch.example"),
    ("Museum of Small Things", "office@smallthings.example"),
    ("Rosewater Hotels", "payables@rosewater.example"),
    ("Fern & Daughters", "hello@fern.example"),
)
SUPPLIERS: Final = (
    ("Lumen Studio Hire", 30),
    ("Quick Couriers", 14),
    ("Old Wharf Printers", 30),
    ("Mira Holt Illustration", 14),
    ("Fontsmith Foundry", 30),
    ("Foil & Co", 30),
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
        _invoices(stage)
        _expenses(stage)


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
    made = [
        companies.create(CompanyDraft(name=name, email=email, is_client=True, terms_days=30), by=by, now=now)
        for name, email in CLIENTS
    ]
    made += [
        companies.create(CompanyDraft(name=name, is_supplier=True, terms_days=days), by=by, now=now)
        for name, days in SUPPLIERS
    ]
    return {company.name: company for company in made}


def _jobs(by: Actor, branch: Branch, known: dict[str, Company], now: dt.datetime) -> dict[str, Job]:
    wanted = (
        ("KES-07", "Livery", "Kestrel Air", "PO-4411"),
        ("HAR-02", "Rebrand", "Harbour & Finch", ""),
        ("MUS-04", "Winter exhibition", "Museum of Small Things", "MST-889"),
        ("ROS-01", "Menus and signage", "Rosewater Hotels", ""),
        ("FER-03", "Retainer", "Fern & Daughters", ""),
    )
    return {
        number: jobs.create(
            JobDraft(
                number=number,
                name=name,
                company_id=known[client].id,
                branch_id=branch.id,
                client_order_number=order,
            ),
            by=by,
            now=now,
        )
        for number, name, client, order in wanted
    }


def _line(item: str, quantity: str, unit: str, account: str, tax_type: str, **more: object) -> LineDraft:
    return LineDraft(
        item=item,
        quantity=Decimal(quantity),
        unit_amount=Decimal(unit),
        account_code=account,
        tax_type=tax_type,
        **more,  # type: ignore[arg-type]
    )


def _sold(item: str, quantity: str, unit: str, account: str = "200", **more: object) -> LineDraft:
    return _line(item, quantity, unit, account, "OUTPUT2", **more)


def _bought(item: str, quantity: str, unit: str, account: str = "325", **more: object) -> LineDraft:
    return _line(item, quantity, unit, account, "INPUT2", **more)


def _invoices(stage: _Stage) -> None:
    """Six invoices: two drafts, two with the client, two of them copied to Xero."""
    rows: Sequence[tuple[str, str, int, bool, bool, tuple[LineDraft, ...]]] = (
        ("Fern & Daughters", "FER-03", 40, True, True, (_sold("Retainer, October", "1", "1500"),)),
        (
            "Kestrel Air",
            "KES-07",
            24,
            True,
            True,
            (
                _sold("Art direction", "2.5", "400", description="Cabin and tail, round two"),
                _sold("Illustration", "6", "150", "204", description="Six spot drawings"),
                _sold("Print proof, rechargeable", "1", "100", "260"),
            ),
        ),
        ("Harbour & Finch", "HAR-02", 12, True, False, (_sold("Brand strategy", "1", "6000"),)),
        (
            "Museum of Small Things",
            "MUS-04",
            9,
            True,
            False,
            (
                _sold("Exhibition graphics", "8", "420"),
                _sold("Curator's book", "1", "1250", discount_rate=Decimal(10)),
            ),
        ),
        (
            "Rosewater Hotels",
            "ROS-01",
            4,
            False,
            False,
            (_sold("Menu design", "3", "380"), _sold("Signage", "12", "95")),
        ),
        ("Fern & Daughters", "FER-03", 1, False, False, (_sold("Retainer, November", "1", "1500"),)),
    )
    for client, job, days_ago, is_sent, is_copied, lines in rows:
        _invoice(stage, client, job, days_ago, is_sent=is_sent, is_copied=is_copied, lines=lines)


def _invoice(
    stage: _Stage,
    client: str,
    job: str,
    days_ago: int,
    *,
    is_sent: bool,
    is_copied: bool,
    lines: tuple[LineDraft, ...],
) -> None:
    draft = InvoiceDraft(
        branch_id=stage.london.id,
        company_id=stage.companies[client].id,
        job_id=stage.jobs[job].id,
        issued_on=stage.today - dt.timedelta(days=days_ago),
        currency="GBP",
        lines=lines,
    )
    invoice = invoices.create(draft, by=stage.by, now=stage.now)
    if is_sent:
        invoice = invoices.mark_as_sent(
            invoice_id=invoice.id, version=invoice.version, by=stage.by, now=stage.now
        )
    if is_copied:
        push.request(invoice, by=stage.by, now=stage.now, allow_create_contact=True)


def _expenses(stage: _Stage) -> None:
    """Six expenses; the last looks like one that was entered before."""
    rows: Sequence[tuple[str, str, int, str, bool, bool, tuple[LineDraft, ...]]] = (
        (
            "Lumen Studio Hire",
            "KES-07",
            20,
            "LSH-2207",
            True,
            True,
            (_bought("Studio, two days", "2", "420", "457"),),
        ),
        (
            "Mira Holt Illustration",
            "KES-07",
            15,
            "MH-118",
            True,
            True,
            (_bought("Spot drawings", "6", "85", "415"),),
        ),
        (
            "Foil & Co",
            "KES-07",
            3,
            "FC-20931",
            True,
            False,
            (_bought("Foil blocking", "200", "1.85", "325"), _bought("Courier", "1", "24", "425")),
        ),
        (
            "Old Wharf Printers",
            "MUS-04",
            6,
            "9917",
            True,
            False,
            (_bought("Catalogue, proof run", "50", "7.20", "461"),),
        ),
        ("Quick Couriers", "HAR-02", 5, "", False, False, (_bought("Bike courier", "3", "18.50", "425"),)),
        (
            "Lumen Studio Hire",
            "KES-07",
            2,
            "LSH 2207",
            True,
            True,
            (_bought("Studio hire", "2", "420", "457"),),
        ),
    )
    for supplier, job, days_ago, number, is_approved, is_copied, lines in rows:
        expense = _expense(stage, supplier, job, days_ago, number, lines)
        if is_approved:
            expense = expenses.approve(
                expense_id=expense.id, version=expense.version, by=stage.by, now=stage.now
            )
        if is_copied:
            push.request(expense, by=stage.by, now=stage.now, allow_create_contact=True)


def _expense(
    stage: _Stage, supplier: str, job: str, days_ago: int, number: str, lines: tuple[LineDraft, ...]
) -> Expense:
    draft = ExpenseDraft(
        branch_id=stage.london.id,
        company_id=stage.companies[supplier].id,
        job_id=stage.jobs[job].id,
        issued_on=stage.today - dt.timedelta(days=days_ago),
        currency="GBP",
        supplier_invoice_number=number,
        lines=lines,
    )
    return expenses.create(draft, by=stage.by, now=stage.now)
