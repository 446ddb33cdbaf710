"""The studio that is measured: Northlight of the tests, connected to the sandbox, with as many invoices as wanted.

The first thousand are real to the last line, for they are sent; the rest are copies of them, made by PostgreSQL.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from bench.running import lift_limits
from tests.sandboxes import Organisation, Sandbox

COMPANIES: Final = 40


@dataclass(frozen=True, kw_only=True)
class Studio:
    """Northlight, and who acts in it."""

    cast: Any
    by: Any
    connection: Any
    organisation: Organisation
    now: dt.datetime


def found(xero: Sandbox) -> Studio:
    """Found it and walk the consent, as a person would. Leaves Northlight open."""
    from bluestamp.sync import connections, consents
    from tests import cast as casts

    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    cast = casts.assemble(now)
    enter(cast.northlight.pk)
    by = cast.acting(cast.ada)
    organisation = xero.of_country("GB")
    answer = xero.allow(consents.begin(by=by, user=cast.ada, now=now), organisation)
    done = consents.finish(state=answer["state"], code=answer["code"], by=by, user=cast.ada, now=now)
    lift_limits(xero)
    draft = replace(
        connections.draft_of(done.connected[0]),
        branch_ids=(cast.london.id,),
        start_on=now.date() - dt.timedelta(days=60),
    )
    connections.edit(done.connected[0].id, draft, by=by, now=now)
    connection = connections.load(done.connected[0].id)
    return Studio(cast=cast, by=by, connection=connection, organisation=organisation, now=now)


def enter(studio_id: int) -> None:
    """Open the studio for the rest of the run."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.studio', %s, false)", [str(studio_id)])


def invoice(studio: Studio, count: int) -> list[str]:
    """Write so many invoices of two lines to forty clients, handed over, ready to be sent; their ids."""
    from bluestamp.books import companies, invoices
    from bluestamp.books.companies import CompanyDraft
    from bluestamp.books.invoices import InvoiceDraft

    made = [
        companies.create(
            CompanyDraft(name=f"Client {number:02}", is_client=True), by=studio.by, now=studio.now
        )
        for number in range(1, COMPANIES + 1)
    ]
    draft = InvoiceDraft(
        branch_id=studio.cast.london.id,
        company_id=made[0].id,
        issued_on=studio.now.date(),
        currency="GBP",
        lines=(_line("Art direction", "2.5", "400"), _line("Illustration", "6", "150")),
    )
    first = invoices.create(draft, by=studio.by, now=studio.now)
    invoices.mark_as_sent(invoice_id=first.id, version=first.version, by=studio.by, now=studio.now)
    return [first.id, *_alike(first.id, made, count - 1)]


def _line(item: str, quantity: str, unit: str) -> Any:
    from bluestamp.books.line_items import LineDraft

    return LineDraft(
        item=item,
        quantity=Decimal(quantity),
        unit_amount=Decimal(unit),
        account_code="200",
        tax_type="OUTPUT2",
    )


def _alike(first_id: str, companies: list[Any], count: int) -> list[str]:
    """More of the same, each with a number and a client of its own."""
    from bluestamp.books.invoices import Invoice, InvoiceLine
    from bluestamp.engine.identifiers import new_id

    rows, lines = [], []
    known = list(InvoiceLine.objects.filter(document_id=first_id))
    for number in range(1, count + 1):
        row, company = (
            Invoice.objects.get(id=first_id) if number == 1 else _again(rows[0]),
            companies[number % COMPANIES],
        )
        row.id, row.number = new_id(), f"B-{number:05}"
        row.company, row.company_name = company, company.name
        row.search_text = row.words
        rows.append(row)
        lines += [_again(line, id=new_id(), document_id=row.id) for line in known]
    Invoice.objects.bulk_create(rows, batch_size=500)
    InvoiceLine.objects.bulk_create(lines, batch_size=1000)
    return [row.id for row in rows]


def _again(row: Any, **changes: Any) -> Any:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return type(row)(**values | changes)


def let_settle() -> None:
    """Do at once what autovacuum does by itself within a minute or two."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) books_invoice, books_invoiceline, sync_standing, sync_copy")


def multiply(count: int) -> None:
    """Make so many invoices out of those that are there, with lines and copy standings, by PostgreSQL alone.

    Three years of them: most paid and in Xero, some open, a few that need a person or never went.
    """
    from django.db import connection

    from bluestamp.books.invoices import Invoice, InvoiceLine
    from bluestamp.sync.standing import Standing

    times = count // Invoice.objects.count() - 1
    with connection.cursor() as cursor:
        for model, changes in ((Invoice, _OF_INVOICES), (InvoiceLine, _OF_LINES), (Standing, _OF_STANDINGS)):
            cursor.execute(_multiplied(model, changes), [times])


_ID: Final = "left(md5(row.{} || place), 20)"
_MOST: Final = "mod(place, 20) >= 4"
_OF_INVOICES: Final = {
    "id": _ID.format("id"),
    "ledger_id": "CASE WHEN mod(place, 20) = 3 THEN NULL ELSE row.ledger_id END",
    "ledger_version": "CASE WHEN mod(place, 20) = 3 THEN NULL ELSE row.ledger_version END",
    "number": "row.number || '-' || place",
    "search_text": "lower(row.number || '-' || place) || ' ' || lower(row.company_name)",
    "issued_on": "row.issued_on - (mod(place * 11, 1095))",
    "due_on": "row.due_on - (mod(place * 11, 1095))",
    "status": f"CASE WHEN {_MOST} THEN 'paid' WHEN mod(place, 20) = 3 THEN 'draft' ELSE 'sent' END",
    "amount_paid": f"CASE WHEN {_MOST} THEN row.total ELSE 0 END",
    "amount_due": f"CASE WHEN {_MOST} THEN 0 ELSE row.total END",
}
_OF_LINES: Final = {"id": _ID.format("id"), "document_id": _ID.format("document_id")}
_OF_STANDINGS: Final = {
    "id": _ID.format("id"),
    "document_id": _ID.format("document_id"),
    "xero_id": "gen_random_uuid()::text",
    "delivery_id": "NULL",
    "needs_person": "mod(place, 50) = 1",
}


def _multiplied(model: Any, changes: dict[str, str]) -> str:
    columns = [field.column for field in model._meta.concrete_fields]
    values = [changes.get(column, f"row.{column}") for column in columns]
    wanted = "WHERE mod(place, 20) <> 3" if changes is _OF_STANDINGS else ""
    table = model._meta.db_table
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} "
        f"FROM {table} AS row CROSS JOIN generate_series(1, %s) AS place {wanted}"
    )
