"""The sandbox Xero itself: calls a second and how long they take, with a hundred documents and with a hundred thousand."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from bench import figures, running
from bench.figures import percentile
from bench.load import Answer, Request, one_after_the_other, refuse_failures
from tests.contract.caller import UK, Caller, line

FEW: Final = 100
API: Final = "/api.xro/2.0"
BATCH: Final = 50
AT_ONCE: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One kind of call, made anew for each go."""

    what: str
    make: Callable[[int], Request]


def measure(*, many: int, calls: int) -> str:
    """Two sandboxes of their own, called by turns so that what else the machine does hits both alike, as a table."""
    with running.sandbox() as small, running.sandbox() as large:
        few, lots = (Caller(xero.origin).connect() for xero in (small, large))
        _fill(few, FEW)
        _fill(lots, many)
        rows = [
            (here.what, _said(_try(few, here, calls)), _said(_try(lots, there, calls)))
            for here, there in zip(_trials(few), _trials(lots), strict=True)
        ]
    head = ("call", f"at {FEW:,} documents: calls a second, p50, p99", f"at {many:,}")
    return figures.columns([head, *rows])


def _fill(caller: Caller, count: int) -> None:
    for begun in range(0, count, AT_ONCE):
        caller.control("fill", {"organisation": UK, "documents": min(AT_ONCE, count - begun)})


def _try(caller: Caller, trial: Trial, calls: int) -> list[Answer]:
    answers = one_after_the_other(caller.origin, [trial.make(place) for place in range(calls)])
    refuse_failures(answers)
    return answers


def _said(answers: list[Answer]) -> str:
    taken = [answer.seconds for answer in answers]
    spread = ", ".join(f"{percentile(taken, percent) * 1000:.1f} ms" for percent in (50, 99))
    return f"{len(taken) / sum(taken):.0f}, {spread}"


def _trials(caller: Caller) -> list[Trial]:
    listed = caller.get("/Invoices", page=1, pageSize=BATCH).json()["Invoices"]
    one, contact = listed[0]["InvoiceID"], listed[0]["Contact"]["ContactID"]
    ids = ",".join(item["InvoiceID"] for item in listed)
    recent = f"{datetime.now(UTC) - timedelta(days=2):%Y-%m-%dT%H:%M:%S}"
    where = 'Status=="AUTHORISED" AND Type=="ACCPAY" AND Date>=DateTime(2026,1,1)'
    reads = {
        "read one invoice": f"/Invoices/{one}",
        "read fifty by IDs": f"/Invoices?IDs={ids}&page=1",
        "the first page of 100": "/Invoices?page=1",
        "page 300": "/Invoices?page=300",
        "where status, type and date": f"/Invoices?page=1&where={quote(where)}",
        "where contact name": "/Invoices?page=1&where=" + quote('Contact.Name=="Company 000001"'),
        "Statuses": "/Invoices?Statuses=DRAFT,SUBMITTED",
        "ContactIDs": f"/Invoices?ContactIDs={contact}&page=1",
        "searchTerm": "/Invoices?searchTerm=Job%2042&page=1",
        "order by total": "/Invoices?page=1&order=" + quote("Total DESC"),
        "a page of purchase orders": "/PurchaseOrders?page=1",
        "a page of payments": "/Payments?page=1",
        "a page of contacts with balances": "/Contacts?page=1",
    }
    trials = [Trial(what=name, make=_reading(caller, path)) for name, path in reads.items()]
    since = _reading(caller, "/Invoices?page=1", {"If-Modified-Since": recent})
    return [
        *trials,
        Trial(what="If-Modified-Since", make=since),
        Trial(what="create one bill", make=_creating(caller, contact, 1)),
        Trial(what=f"create {BATCH} bills in one call", make=_creating(caller, contact, BATCH)),
    ]


def _reading(caller: Caller, path: str, more: dict[str, str] | None = None) -> Callable[[int], Request]:
    request = Request(method="GET", path=API + path, headers=caller.headers(**(more or {})))
    return lambda place: request


def _creating(caller: Caller, contact: str, size: int) -> Callable[[int], Request]:
    began = time.time_ns()
    headers = caller.headers(**{"Content-Type": "application/json"})

    def make(place: int) -> Request:
        sent = [_bill(caller, contact, f"{began}-{place}-{number}") for number in range(size)]
        body = json.dumps({"Invoices": sent}).encode()
        return Request(method="PUT", path=f"{API}/Invoices?summarizeErrors=false", headers=headers, body=body)

    return make


def _bill(caller: Caller, contact: str, number: str) -> object:
    return caller.draft(contact=contact, InvoiceNumber=number, LineItems=[line(), line(UnitAmount="12.50")])
