"""Quotes: what clients are offered. They are never copied to Xero; the invoices made of them are."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from bluestamp.api import documents as common
from bluestamp.api import invoices as invoices_api
from bluestamp.api import wire
from bluestamp.api.callers import Call
from bluestamp.api.documents import Act, AtVersion, JobNamed, TaxMode
from bluestamp.api.invoices import InvoiceShown, Letter, Sent
from bluestamp.api.wire import Day, Figure, Id, Money, Named, Page, Paged, Rate, Shape, Words
from bluestamp.books import documents, letters, papers, quotes
from bluestamp.books.quotes import Quote, QuoteDraft

KIND: Final = "quote"

router = Router(tags=["quotes"], by_alias=True)


class QuoteHead(Shape):
    """A quote without its lines; `due_on` is the last day on which the offer stands."""

    id: str
    number: str
    title: str
    status: str
    version: int
    branch_id: str
    company: Named
    job: JobNamed | None
    reference: str
    currency: str
    currency_rate: Rate | None
    tax_mode: str
    issued_on: dt.date
    due_on: dt.date | None
    sub_total: Money
    total_tax: Money
    total: Money
    sent: Sent | None
    answered_by: str
    answered_on: dt.date | None
    created_by: str
    created_at: dt.datetime
    changed_at: dt.datetime


class InvoicedShown(Shape):
    """How far a quote was invoiced, without tax; void invoices don't count."""

    invoiced: Money
    remaining: Money
    percent_left: Money
    invoice_ids: list[str]


class QuoteShown(QuoteHead):
    """A quote."""

    lines: list[common.Line]
    invoiced: InvoicedShown


class QuoteWrite(Shape):
    """A quote to write. Without `due_on` the offer stands for thirty days."""

    branch_id: Id
    company_id: Id
    issued_on: Day
    currency: Words
    job_id: Id | None = None
    title: Words = ""
    due_on: Day | None = None
    reference: Words = ""
    tax_mode: TaxMode = "exclusive"
    lines: list[common.LineWrite] = []


class QuoteReplace(QuoteWrite, AtVersion):
    """A quote to write in place of the version that the caller has seen."""


class Answer(AtVersion):
    """The client's answer, and who gave it."""

    answered_by: Words = ""


class Share(Shape):
    """How much of every line is invoiced, in per cent; without it, all that is left."""

    percent: Figure | None = None


class QuotesAsked(Paged):
    """What a list of quotes is narrowed to."""

    status: Literal["draft", "pending", "approved", "declined"] | None = None
    company: Id | None = None
    job: Id | None = None
    branch: Id | None = None
    since: Day | None = Field(None, alias="from")
    until: Day | None = Field(None, alias="to")
    search: Words = ""


@router.get("", response=Page[QuoteHead])
def index(request: Call, asked: Query[QuotesAsked]) -> Page[QuoteHead]:
    """List quotes, the newest first, without their lines."""
    exact = {
        "status": asked.status,
        "company_id": asked.company,
        "job_id": asked.job,
        "branch_id": asked.branch,
        "issued_on__gte": asked.since,
        "issued_on__lte": asked.until,
    }
    rows = Quote.objects.select_related("job", "company").filter(
        **{name: value for name, value in exact.items() if value is not None}
    )
    found, about = wire.slice_of(rows.with_words(asked.search).newest_first(), asked)
    return Page(items=[QuoteHead(**_head(row)) for row in found], **about)


@router.post("", response={201: QuoteShown})
def create(request: Call, body: QuoteWrite) -> QuoteShown:
    """Write a quote, as a draft."""
    return _one(quotes.create(_draft(body), **request.caller.act).pk)


@router.get("/{quote_id}", response=QuoteShown)
def read(request: Call, quote_id: Id) -> QuoteShown:
    """Read one quote."""
    return _one(quote_id)


@router.put("/{quote_id}", response=QuoteShown)
def replace(request: Call, quote_id: Id, body: QuoteReplace) -> QuoteShown:
    """Replace what a draft says; lines that are not named go."""
    quotes.edit(quote_id=quote_id, version=body.version, draft=_draft(body), **request.caller.act)
    return _one(quote_id)


@router.post("/{quote_id}/letter", response={202: QuoteShown})
def send(request: Call, quote_id: Id, body: Letter) -> QuoteShown:
    """Send it to the client by e-mail with its PDF: a draft is issued by it, one that is out is sent again."""
    found = _at(quote_id, body.version)
    said: dict[str, Any] = {"to": body.to, "message": body.message, **request.caller.act}
    if found.status == quotes.Status.DRAFT:
        letters.issue_by_email(kind=KIND, document_id=quote_id, version=body.version, **said)
    else:
        letters.send_again(kind=KIND, document_id=quote_id, **said)
    return _one(quote_id)


@router.post("/{quote_id}/issue", response=QuoteShown)
def mark_as_sent(request: Call, quote_id: Id, body: AtVersion) -> QuoteShown:
    """Mark as sent: the client got it some other way."""
    quotes.mark_as_sent(quote_id=quote_id, version=body.version, **request.caller.act)
    return _one(quote_id)


@router.post("/{quote_id}/approval", response=QuoteShown)
def approve(request: Call, quote_id: Id, body: Answer) -> QuoteShown:
    """Write down that the client says yes."""
    quotes.approve(quote_id=quote_id, **body.model_dump(), **request.caller.act)
    return _one(quote_id)


@router.post("/{quote_id}/refusal", response=QuoteShown)
def decline(request: Call, quote_id: Id, body: Answer) -> QuoteShown:
    """Write down that the client says no."""
    quotes.decline(quote_id=quote_id, **body.model_dump(), **request.caller.act)
    return _one(quote_id)


@router.post("/{quote_id}/draft", response=QuoteShown)
def back_to_draft(request: Call, quote_id: Id, body: AtVersion) -> QuoteShown:
    """Put it back to draft, to change it and send it once more."""
    quotes.back_to_draft(quote_id=quote_id, version=body.version, **request.caller.act)
    return _one(quote_id)


@router.post("/{quote_id}/invoices", response={201: InvoiceShown})
def invoice(request: Call, quote_id: Id, body: Share) -> InvoiceShown:
    """Make a draft invoice of an approved quote, or of a share of it."""
    made = quotes.to_invoice(quote_id=quote_id, percent=body.percent, **request.caller.act)
    return invoices_api.one(made.pk)


@router.get("/{quote_id}/pdf")
def read_pdf(request: Call, quote_id: Id) -> HttpResponse:
    """The quote on paper, as it now is."""
    found = _load(quote_id)
    response = HttpResponse(papers.quote_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{found.number or "draft"}.pdf"'
    return response


@router.get("/{quote_id}/history", response=list[Act])
def history(request: Call, quote_id: Id) -> list[Act]:
    """What was done to the quote, newest first."""
    return common.acts(KIND, _load(quote_id).pk)


# Steps


def _load(quote_id: str) -> Quote:
    found = documents.load(KIND, quote_id)
    assert isinstance(found, Quote)
    return found


def _at(quote_id: str, version: int) -> Quote:
    found = _load(quote_id)
    if found.version != version:
        raise documents.Stale(found)
    return found


def _one(quote_id: str) -> QuoteShown:
    return shown(_load(quote_id))


def shown(found: Quote) -> QuoteShown:
    """A quote as JSON."""
    so_far = quotes.invoiced(found)
    return QuoteShown(
        **_head(found),
        lines=[common.Line(**common.line(row)) for row in found.items],
        invoiced=InvoicedShown(
            invoiced=so_far.invoiced,
            remaining=so_far.remaining,
            percent_left=Decimal(so_far.percent_left),
            invoice_ids=[row.pk for row in so_far.invoices],
        ),
    )


def _head(found: Quote) -> dict[str, Any]:
    same = {name: getattr(found, name) for name in QuoteHead.model_fields if name not in _OTHERWISE}
    job = found.job
    sent = None
    if found.sent_at is not None:
        sent = Sent(at=found.sent_at, by=found.sent_by, to=found.sent_to, how=found.sent_how)
    return same | {
        "company": Named(id=found.company_id, name=found.company_name),
        "job": JobNamed(id=job.pk, number=job.number, name=job.name) if job else None,
        "sent": sent,
    }


_OTHERWISE: Final = frozenset({"company", "job", "sent"})


def _draft(body: QuoteWrite) -> QuoteDraft:
    said = body.model_dump(exclude={"lines", "version"})
    return QuoteDraft(**said, lines=tuple(common.draft_line(line) for line in body.lines))
