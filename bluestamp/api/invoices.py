"""Invoices: what clients are billed."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field

from bluestamp.api import documents as common
from bluestamp.api import wire
from bluestamp.api.callers import Call
from bluestamp.api.documents import AtVersion, WithReason
from bluestamp.api.wire import Id, Page, Shape, Words
from bluestamp.books import documents, invoices, letters, papers
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.sync import number_checks, push, standing
from bluestamp.sync.standing import Shown

KIND: Final = "invoice"

router = Router(tags=["invoices"], by_alias=True)


class Sent(Shape):
    """How and when the client got it."""

    at: dt.datetime
    by: str
    to: str
    how: str


class InvoiceHead(common.Head):
    """An invoice without its lines."""

    sent: Sent | None


class InvoiceShown(InvoiceHead):
    """An invoice."""

    quote_id: str | None
    differs_from_paper: bool
    exchange: common.ExchangeRate | None
    lines: list[common.Line]


class InvoiceWrite(common.Write):
    """An invoice to write."""

    lines: list[common.LineWrite] = []


class InvoiceReplace(InvoiceWrite, AtVersion):
    """An invoice to write in place of the version that the caller has seen."""


class Correction(InvoiceReplace):
    """The same for one that the client has, with the reason."""

    reason: Words


class InvoicesAsked(common.Asked):
    """What a list of invoices is narrowed to."""

    status: Literal["draft", "sent", "paid", "void"] | None = None


class Letter(AtVersion):
    """A letter to the client; `to` holds addresses, separated by commas."""

    to: Words = Field(min_length=1)
    message: Words = ""


@router.get("", response=Page[InvoiceHead])
def index(request: Call, asked: Query[InvoicesAsked]) -> Page[InvoiceHead]:
    """List invoices, the newest first, without their lines."""
    rows = common.narrowed(KIND, asked, status=asked.status, caller=request.caller)
    found, about = wire.slice_of(rows, asked)
    standings = standing.of(kind=KIND, rows=found)
    return Page(items=[InvoiceHead(**_head(row, standings[row.pk])) for row in found], **about)


@router.post("", response={201: InvoiceShown})
def create(request: Call, body: InvoiceWrite) -> InvoiceShown:
    """Write an invoice, as a draft."""
    return one(invoices.create(_draft(body), **request.caller.act).pk)


@router.get("/{invoice_id}", response=InvoiceShown)
def read(request: Call, invoice_id: Id) -> InvoiceShown:
    """Read one invoice."""
    return one(invoice_id)


@router.put("/{invoice_id}", response=InvoiceShown)
def replace(request: Call, invoice_id: Id, body: InvoiceReplace) -> InvoiceShown:
    """Replace what an invoice says; once the client has it, only what he does not see."""
    invoices.edit(invoice_id=invoice_id, version=body.version, draft=_draft(body), **request.caller.act)
    return one(invoice_id)


@router.post("/{invoice_id}/letter", response={202: InvoiceShown})
def send(request: Call, invoice_id: Id, body: Letter) -> InvoiceShown:
    """Send it to the client by e-mail with its PDF: a draft is issued by it, an issued one is sent again."""
    found = _at(invoice_id, body.version)
    said: dict[str, Any] = {"to": body.to, "message": body.message, **request.caller.act}
    number_checks.before_issue(found, by=request.caller.actor, now=request.caller.now)
    if found.status == invoices.Status.DRAFT:
        letters.issue_by_email(kind="invoice", document_id=invoice_id, version=body.version, **said)
    else:
        letters.send_again(kind="invoice", document_id=invoice_id, **said)
    return one(invoice_id)


@router.post("/{invoice_id}/issue", response=InvoiceShown)
def mark_as_sent(request: Call, invoice_id: Id, body: AtVersion) -> InvoiceShown:
    """Mark as sent: the client got it some other way."""
    number_checks.before_issue(_at(invoice_id, body.version), by=request.caller.actor, now=request.caller.now)
    invoices.mark_as_sent(invoice_id=invoice_id, version=body.version, **request.caller.act)
    return one(invoice_id)


@router.post("/{invoice_id}/void", response=InvoiceShown)
def void(request: Call, invoice_id: Id, body: WithReason) -> InvoiceShown:
    """Void it here, and its copy in Xero where Xero allows."""
    push.remove(_at(invoice_id, body.version), reason=body.reason, **request.caller.act)
    return one(invoice_id)


@router.put("/{invoice_id}/correction", response=InvoiceShown)
def correct(request: Call, invoice_id: Id, body: Correction) -> InvoiceShown:
    """Correct what the client was sent; the old paper is kept, and the new one is to be sent."""
    invoices.correct(
        invoice_id=invoice_id,
        version=body.version,
        draft=_draft(body),
        reason=body.reason,
        **request.caller.act,
    )
    return one(invoice_id)


@router.get("/{invoice_id}/pdf")
def read_pdf(request: Call, invoice_id: Id) -> HttpResponse:
    """The invoice on paper, as it now is."""
    found = load(invoice_id)
    response = HttpResponse(papers.invoice_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{found.number or "draft"}.pdf"'
    return response


# Steps


def load(invoice_id: str) -> Invoice:
    """The invoice of an address."""
    found = documents.load(KIND, invoice_id)
    assert isinstance(found, Invoice)
    return found


def _at(invoice_id: str, version: int) -> Invoice:
    found = load(invoice_id)
    if found.version != version:
        raise documents.Stale(found)
    return found


def one(invoice_id: str) -> InvoiceShown:
    """An invoice as it now is."""
    return shown(load(invoice_id))


def shown(found: Invoice) -> InvoiceShown:
    """An invoice as JSON."""
    return InvoiceShown(
        **_head(found, standing.of_one(found)),
        quote_id=found.quote_id,
        differs_from_paper=found.differs_from_paper,
        exchange=common.exchange(found),
        lines=[common.Line(**common.line(row)) for row in found.items],
    )


def _head(found: Invoice, copy: Shown) -> dict[str, Any]:
    sent = None
    if found.sent_at is not None:
        sent = Sent(at=found.sent_at, by=found.sent_by, to=found.sent_to, how=found.sent_how)
    return common.head(found, copy) | {"sent": sent}


def _draft(body: InvoiceWrite) -> InvoiceDraft:
    said = body.model_dump(exclude={"lines", "version", "reason"})
    return InvoiceDraft(**said, lines=tuple(common.draft_line(line) for line in body.lines))
