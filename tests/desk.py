"""A desk with work on it: what the tests of pages find in Northlight. No network: its connection is a row only.

Everything carries the word "Northlight" or a name of the desk, so that a page shown to a stranger gives itself away.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from bluestamp.books import companies, expenses, invoices, jobs, ledgers
from bluestamp.books.companies import Company, CompanyDraft, Person, PersonDraft
from bluestamp.books.expenses import Expense, ExpenseDraft
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.jobs import Job, JobDraft
from bluestamp.books.ledgers import Chart, ChartAccount, ChartTaxRate, Ledger, LedgerDefaults
from bluestamp.books.line_items import LineDraft
from bluestamp.engine import files, tenancy
from bluestamp.people import invitations, tokens
from bluestamp.people.actors import Actor
from bluestamp.people.invitations import Invitation
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import Role
from bluestamp.people.tokens import ApiToken
from bluestamp.sync.connections import Connection
from bluestamp.sync.grants import Grant
from tests.cast import Cast

ACCOUNTS = (
    ChartAccount(code="200", name="Sales", account_class="REVENUE", account_type="SALES", tax_type="OUTPUT2"),
    ChartAccount(code="204", name="Illustration", account_class="REVENUE", tax_type="OUTPUT2"),
    ChartAccount(code="310", name="Cost of goods", account_class="EXPENSE", tax_type="INPUT2"),
    ChartAccount(code="425", name="Postage and couriers", account_class="EXPENSE", tax_type="INPUT2"),
)
TAX_RATES = (
    ChartTaxRate(tax_type="OUTPUT2", name="20% (VAT on Income)", percent=Decimal(20), for_revenue=True),
    ChartTaxRate(tax_type="INPUT2", name="20% (VAT on Expenses)", percent=Decimal(20), for_expenses=True),
    ChartTaxRate(tax_type="NONE", name="No VAT", percent=Decimal(0), for_revenue=True, for_expenses=True),
)


@dataclass(frozen=True)
class Desk:
    """What lies on it."""

    ledger: Ledger
    client: Company
    supplier: Company
    person: Person
    job: Job
    draft_expense: Expense
    approved_expense: Expense
    draft_invoice: Invoice
    sent_invoice: Invoice
    connection: Connection
    membership: Membership
    token: ApiToken
    invitation: Invitation

    @property
    def names(self) -> tuple[str, ...]:
        """Words that no stranger may read."""
        return ("Northlight", "Kestrel Air", "Foil & Co", "Livery", "Mira Holt", "FC-20931", "LON-0001")


def lay(cast: Cast, now: dt.datetime, *, is_connected: bool = True) -> Desk:
    """Put work on Northlight's desk; inside no studio, and leaving none open."""
    ada = cast.acting(cast.ada)
    with tenancy.acting_in(cast.northlight.pk):
        ledger = _ledger(cast, ada, now)
        client, supplier = (_company(name, ada, now) for name in ("Kestrel Air", "Foil & Co"))
        draft = PersonDraft(name="Mira Holt", email="mira@kestrel.example")
        person = companies.add_person(company_id=client.pk, draft=draft, by=ada, now=now)
        job = jobs.create(
            JobDraft(name="Livery", company_id=client.pk, branch_id=cast.london.pk), by=ada, now=now
        )
        return Desk(
            ledger=ledger,
            client=client,
            supplier=supplier,
            person=person,
            job=job,
            draft_expense=_expense(cast, supplier, job, "FC-20930", ada, now, quantity="20"),
            approved_expense=_approved(cast, supplier, job, ada, now),
            draft_invoice=_invoice(cast, client, job, ada, now),
            sent_invoice=_sent(cast, client, job, ada, now),
            connection=_connection(cast, ledger, now) if is_connected else Connection(),
            membership=Membership.objects.get(user=cast.ben, studio=cast.northlight),
            token=tokens.create(by=ada, name="Northlight's script", now=now)[0],
            invitation=invitations.invite(
                email="gus@example.org", name="Gus Northlight", role=Role.PRODUCER, by=ada, now=now
            ),
        )


def _ledger(cast: Cast, ada: Actor, now: dt.datetime) -> Ledger:
    ledger = ledgers.create(
        studio_id=cast.northlight.pk, name="Northlight Ltd", base_currency="GBP", country="GB"
    )
    chart = Chart(
        name="Northlight Ltd",
        base_currency="GBP",
        country="GB",
        is_tax_registered=True,
        period_lock_on=None,
        end_of_year_lock_on=None,
        accounts=ACCOUNTS,
        tax_rates=TAX_RATES,
        currencies=("GBP", "USD"),
    )
    ledgers.fill(ledger, chart, now=now)
    defaults = LedgerDefaults(
        revenue_account_code="200",
        expense_account_code="310",
        revenue_tax_type="OUTPUT2",
        expense_tax_type="INPUT2",
    )
    ledgers.edit_defaults(ledger, defaults)
    ledgers.assign([cast.london.pk], ledger, by=ada, now=now)
    return ledger


def _company(name: str, ada: Actor, now: dt.datetime) -> Company:
    email = f"accounts@{name.split()[0].lower()}.example"
    draft = CompanyDraft(name=name, is_client=True, is_supplier=True, email=email, terms_days=30)
    return companies.create(draft, by=ada, now=now)


def _expense(
    cast: Cast,
    supplier: Company,
    job: Job,
    number: str,
    ada: Actor,
    now: dt.datetime,
    quantity: str = "200",
) -> Expense:
    lines = (
        LineDraft(
            item="Foil blocking",
            quantity=Decimal(quantity),
            unit_amount=Decimal("1.85"),
            account_code="310",
            tax_type="INPUT2",
        ),
        LineDraft(item="Courier", unit_amount=Decimal(24), account_code="425", tax_type="INPUT2"),
    )
    draft = ExpenseDraft(
        branch_id=cast.london.pk,
        company_id=supplier.pk,
        job_id=job.pk,
        issued_on=now.date(),
        currency="GBP",
        supplier_invoice_number=number,
        lines=lines,
    )
    return expenses.create(draft, by=ada, now=now)


def _approved(cast: Cast, supplier: Company, job: Job, ada: Actor, now: dt.datetime) -> Expense:
    made = _expense(cast, supplier, job, "FC-20931", ada, now)
    paper = files.store(
        cast.northlight.pk, b"%PDF-1.4 Foil & Co", name="receipt.pdf", media_type="application/pdf"
    )
    made = expenses.attach_receipt(expense_id=made.pk, receipt=paper, by=ada, now=now)
    return expenses.approve(expense_id=made.pk, version=made.version, by=ada, now=now)


def _invoice(cast: Cast, client: Company, job: Job, ada: Actor, now: dt.datetime) -> Invoice:
    line = LineDraft(
        item="Art direction",
        quantity=Decimal("2.5"),
        unit_amount=Decimal(400),
        account_code="200",
        tax_type="OUTPUT2",
    )
    draft = InvoiceDraft(
        branch_id=cast.london.pk,
        company_id=client.pk,
        job_id=job.pk,
        issued_on=now.date(),
        currency="GBP",
        lines=(line,),
    )
    return invoices.create(draft, by=ada, now=now)


def _sent(cast: Cast, client: Company, job: Job, ada: Actor, now: dt.datetime) -> Invoice:
    made = _invoice(cast, client, job, ada, now)
    return invoices.mark_as_sent(invoice_id=made.pk, version=made.version, by=ada, now=now)


def _connection(cast: Cast, ledger: Ledger, now: dt.datetime) -> Connection:
    """As if Xero had been connected; its tokens open nothing."""
    grant = Grant.objects.create(
        studio=cast.northlight,
        xero_user_id="ada-at-xero",
        access_token="opens nothing",
        refresh_token="opens nothing",
        expires_at=now,
        renewed_at=now,
    )
    return Connection.objects.create(
        studio=cast.northlight,
        grant=grant,
        ledger=ledger,
        tenant_id="11111111-1111-4111-8111-111111111111",
        xero_connection_id="22222222-2222-4222-8222-222222222222",
        name="Northlight Ltd",
        base_currency="GBP",
        start_on=now.date() - dt.timedelta(days=60),
        connected_by="Ada",
        connected_at=now,
    )
