"""A desk with work on it: what the tests of pages find in Northlight. No network: its connection is a row only.

Everything carries the word "Northlight" or a name of the desk, so that a page shown to a stranger gives itself away.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

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
from bluestamp.books.ledgers import Chart, ChartAccount, ChartTaxRate, Ledger, LedgerDefaults
from bluestamp.books.line_items import LineDraft
from bluestamp.books.numbers import Sequence
from bluestamp.books.payments import Payment, PaymentDraft
from bluestamp.books.purchase_orders import PurchaseOrder, PurchaseOrderDraft
from bluestamp.books.quotes import Quote, QuoteDraft
from bluestamp.books.supplier_credits import SupplierCredit, SupplierCreditDraft
from bluestamp.engine import files, tenancy
from bluestamp.engine.identifiers import new_id
from bluestamp.people import invitations, tokens
from bluestamp.people.actors import Actor
from bluestamp.people.invitations import Invitation
from bluestamp.people.memberships import Membership
from bluestamp.people.permissions import Role
from bluestamp.people.tokens import ApiToken
from bluestamp.sync import exchanges
from bluestamp.sync.connections import Connection
from bluestamp.sync.exchanges import Exchange
from bluestamp.sync.grants import Grant
from bluestamp.sync.number_checks import NumberLook
from bluestamp.xero import exchanges as wire
from tests import snapshots
from tests.cast import Cast

ACCOUNTS = (
    ChartAccount(code="200", name="Sales", account_class="REVENUE", account_type="SALES", tax_type="OUTPUT2"),
    ChartAccount(code="204", name="Illustration", account_class="REVENUE", tax_type="OUTPUT2"),
    ChartAccount(code="310", name="Cost of goods", account_class="EXPENSE", tax_type="INPUT2"),
    ChartAccount(code="090", name="Bank", account_class="ASSET", is_bank=True, accepts_payments=True),
    ChartAccount(code="810", name="Income in advance", account_class="LIABILITY", tax_type="NONE"),
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
    credit_note: CreditNote
    order: PurchaseOrder
    supplier_credit: SupplierCredit
    payment: Payment
    application: CreditApplication
    connection: Connection
    membership: Membership
    token: ApiToken
    invitation: Invitation
    exchange: Exchange
    quote: Quote
    item: Item
    sequence: Sequence

    @property
    def names(self) -> tuple[str, ...]:
        """Words that no stranger may read. Numbers that count through a studio are the same in every studio."""
        return (
            "Northlight",
            "Kestrel Air",
            "Foil & Co",
            "Livery",
            "Mira Holt",
            "FC-20931",
            "LON-0001",
            "FC-C17",
        )


def laid(cast: Cast, now: dt.datetime, folder: Path) -> Desk:
    """A desk as `lay` puts it, from a snapshot after the first; `folder`: where its files are."""
    return snapshots.again(("desk", now), lambda: lay(cast, now), folder=folder)


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
        sent = _sent(cast, client, job, ada, now)
        note, paid, applied = _money(cast, client, job, ada, now)
        connection = _connection(cast, ledger, now) if is_connected else Connection()
        return Desk(
            ledger=ledger,
            client=client,
            supplier=supplier,
            person=person,
            job=job,
            draft_expense=_expense(cast, supplier, job, "FC-20930", ada, now, quantity="20"),
            approved_expense=_approved(cast, supplier, job, ada, now),
            draft_invoice=_invoice(cast, client, job, ada, now),
            sent_invoice=sent,
            credit_note=note,
            order=_order(cast, supplier, job, ada, now),
            supplier_credit=_supplier_credit(cast, supplier, job, ada, now),
            payment=paid,
            application=applied,
            connection=connection,
            membership=Membership.objects.get(user=cast.ben, studio=cast.northlight),
            token=tokens.create(by=ada, name="Northlight's script", now=now)[0],
            invitation=invitations.invite(
                email="gus@example.org", name="Gus Northlight", role=Role.PRODUCER, by=ada, now=now
            ),
            exchange=_exchange(cast, connection, now) if is_connected else Exchange(),
            quote=_quote(cast, client, job, ada, now),
            item=items.create(ItemDraft(name="Livery painting", rate=Decimal(650)), by=ada, now=now),
            sequence=numbers.for_branch(branch_id=cast.london.pk, kind="invoice"),
        )


def _exchange(cast: Cast, connection: Connection, now: dt.datetime) -> Exchange:
    call = wire.Exchange(
        method="PUT",
        path="/api.xro/2.0/Invoices",
        at=now,
        duration_ms=120,
        bytes_out=20,
        status=200,
        sent=b'{"Reference":"Livery"}',
        answered=b'{"Reference":"Livery"}',
    )
    return exchanges.keep(
        call,
        connection_id=connection.pk,
        studio_id=cast.northlight.pk,
        why=exchanges.Why.PUSH,
        batch_id=new_id(),
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


def _money(
    cast: Cast, client: Company, job: Job, ada: Actor, now: dt.datetime
) -> tuple[CreditNote, Payment, CreditApplication]:
    """A credit note over 60.00, 12.00 of it applied to an invoice that is paid for the rest but 108.00."""
    line = LineDraft(item="Proofs", unit_amount=Decimal(100), account_code="200", tax_type="OUTPUT2")
    head = {"branch_id": cast.london.pk, "company_id": client.pk, "job_id": job.pk, "currency": "GBP"}
    made = invoices.create(InvoiceDraft(**head, issued_on=now.date(), lines=(line,)), by=ada, now=now)
    made = invoices.mark_as_sent(invoice_id=made.pk, version=made.version, by=ada, now=now)
    draft = CreditNoteDraft(
        **head, issued_on=now.date(), lines=(dataclasses.replace(line, unit_amount=Decimal(50)),)
    )
    note = credit_notes.create(draft, by=ada, now=now)
    note = credit_notes.mark_as_sent(note_id=note.pk, version=note.version, by=ada, now=now)
    paid = payments.record(
        kind="invoice",
        document_id=made.pk,
        draft=PaymentDraft(paid_on=now.date(), amount=Decimal(10), reference="BACS 1", account_code="090"),
        by=ada,
        now=now,
    )
    applied = applications.apply(
        note_id=note.pk, invoice_id=made.pk, amount=Decimal(12), applied_on=now.date(), by=ada, now=now
    )
    return note, paid, applied


def _order(cast: Cast, supplier: Company, job: Job, ada: Actor, now: dt.datetime) -> PurchaseOrder:
    """An approved order of 500 × 1.85 and a courier, together 949.00 before tax."""
    lines = (
        LineDraft(item="Foil sheets", quantity=Decimal(500), unit_amount=Decimal("1.85"), account_code="310"),
        LineDraft(item="Courier", unit_amount=Decimal(24), account_code="425"),
    )
    draft = PurchaseOrderDraft(
        branch_id=cast.london.pk,
        company_id=supplier.pk,
        job_id=job.pk,
        issued_on=now.date(),
        currency="GBP",
        lines=lines,
    )
    made = purchase_orders.create(draft, by=ada, now=now)
    return purchase_orders.approve(order_id=made.pk, version=made.version, by=ada, now=now)


def _supplier_credit(cast: Cast, supplier: Company, job: Job, ada: Actor, now: dt.datetime) -> SupplierCredit:
    """A draft over 37.00 before tax, for foil that was spoilt."""
    line = LineDraft(
        item="Spoilt foil", quantity=Decimal(20), unit_amount=Decimal("1.85"), account_code="310"
    )
    draft = SupplierCreditDraft(
        branch_id=cast.london.pk,
        company_id=supplier.pk,
        job_id=job.pk,
        issued_on=now.date(),
        currency="GBP",
        supplier_credit_number="FC-C17",
        lines=(line,),
    )
    return supplier_credits.create(draft, by=ada, now=now)


def _quote(cast: Cast, client: Company, job: Job, ada: Actor, now: dt.datetime) -> Quote:
    draft = QuoteDraft(
        branch_id=cast.london.pk,
        company_id=client.pk,
        job_id=job.pk,
        title="Livery of four",
        issued_on=now.date(),
        currency="GBP",
        lines=(LineDraft(item="Livery", unit_amount=Decimal(1200)),),
    )
    return quotes.create(draft, by=ada, now=now)


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
    connection = Connection.objects.create(
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
    hold_numbers(connection, branch_id=cast.london.pk, now=now)
    return connection


def hold_numbers(connection: Connection, *, branch_id: str, now: dt.datetime) -> None:
    """Let the next numbers of a branch count as held against Xero, so that issuing calls nothing."""
    for kind in ("invoice", "credit_note"):
        NumberLook.objects.create(
            studio_id=connection.studio_id,
            connection=connection,
            kind=kind,
            prefix=numbers.for_branch(branch_id=branch_id, kind=kind).prefix,
            first=1,
            last=9999,
            looked_at=now + dt.timedelta(days=1),
        )
