"""Credit notes: what clients are credited. Their amounts are positive here, as they are stored."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

from django.http import HttpResponse
from ninja import Query, Router

from bluestamp.api import documents as common
from bluestamp.api import wire
from bluestamp.api.callers import Call
from bluestamp.api.documents import AtVersion, WithReason
from bluestamp.api.invoices import Letter, Sent
from bluestamp.api.wire import Day, Figure, Id, Money, Page, Shape, Words
from bluestamp.books import applications, credit_notes, documents, letters, papers
from bluestamp.books.credit_notes import CreditNote, CreditNoteDraft
from bluestamp.books.line_items import LineDraft
from bluestamp.sync import number_checks, push, standing
from bluestamp.sync.standing import Shown

KIND: Final = "credit_note"

router = Router(tags=["credit notes"], by_alias=True)
of_invoices = Router(tags=["invoices"], by_alias=True)


class CreditNoteHead(common.Head):
    """A credit note without its lines; `invoice_id` is the one that it credits. Paid means paid back, credited applied."""

    invoice_id: str | None
    sent: Sent | None


class CreditNoteShown(CreditNoteHead):
    """A credit note. `available` is what may still be applied: what is due of it, less what is on its way."""

    differs_from_paper: bool
    available: Money
    exchange: common.ExchangeRate | None
    lines: list[common.Line]


class CreditLineWrite(Shape):
    """A line to write, in positive amounts and without a discount."""

    id: Id | None = None
    master_id: Id | None = None
    item: Words = ""
    description: Words = ""
    quantity: Figure = Decimal("1")
    unit_amount: Figure = Decimal("0")
    account_code: Words = ""
    tax_type: Words = ""


class CreditNoteWrite(Shape):
    """A credit note to write. It has no due date."""

    branch_id: Id
    company_id: Id
    issued_on: Day
    currency: Words
    job_id: Id | None = None
    reference: Words = ""
    tax_mode: common.TaxMode = "exclusive"
    own_rate: Figure | None = None
    lines: list[CreditLineWrite] = []


class CreditNoteReplace(CreditNoteWrite, AtVersion):
    """A credit note to write in place of the version that the caller has seen."""


class CreditNotesAsked(common.Asked):
    """What a list of credit notes is narrowed to."""

    status: Literal["draft", "issued", "used", "void"] | None = None


class Crediting(Shape):
    """The date of the note; without one, today."""

    issued_on: Day | None = None


class WriteOff(Shape):
    """The account that the loss stands on."""

    account_code: Words


@router.get("", response=Page[CreditNoteHead])
def index(request: Call, asked: Query[CreditNotesAsked]) -> Page[CreditNoteHead]:
    """List credit notes, the newest first, without their lines."""
    rows = common.narrowed(KIND, asked, status=asked.status, caller=request.caller)
    found, about = wire.slice_of(rows, asked)
    standings = standing.of(kind=KIND, rows=found)
    return Page(items=[CreditNoteHead(**_head(row, standings[row.pk])) for row in found], **about)


@router.post("", response={201: CreditNoteShown})
def create(request: Call, body: CreditNoteWrite) -> CreditNoteShown:
    """Write a credit note of no invoice, as a draft."""
    return one(credit_notes.create(_draft(body), **request.caller.act).pk)


@of_invoices.post("/{invoice_id}/credit-note", response={201: CreditNoteShown})
def credit(request: Call, invoice_id: Id, body: Crediting) -> CreditNoteShown:
    """Credit an issued invoice in full, as a draft: remove lines to credit a part."""
    issued_on = body.issued_on or request.caller.today
    made = credit_notes.from_invoice(invoice_id=invoice_id, issued_on=issued_on, **request.caller.act)
    return one(made.pk)


@of_invoices.post("/{invoice_id}/write-off", response={201: CreditNoteShown})
def write_off(request: Call, invoice_id: Id, body: WriteOff) -> CreditNoteShown:
    """Begin a note over what is open on an invoice, on the account for bad debts that a bookkeeper chose."""
    made = credit_notes.write_off(invoice_id=invoice_id, account_code=body.account_code, **request.caller.act)
    return one(made.pk)


@router.get("/{note_id}", response=CreditNoteShown)
def read(request: Call, note_id: Id) -> CreditNoteShown:
    """Read one credit note."""
    return one(note_id)


@router.put("/{note_id}", response=CreditNoteShown)
def replace(request: Call, note_id: Id, body: CreditNoteReplace) -> CreditNoteShown:
    """Replace what a credit note says; once the client has it, only what he does not see."""
    draft = _draft(body)
    credit_notes.edit(note_id=note_id, version=body.version, draft=draft, **request.caller.act)
    return one(note_id)


@router.post("/{note_id}/letter", response={202: CreditNoteShown})
def send(request: Call, note_id: Id, body: Letter) -> CreditNoteShown:
    """Send it to the client by e-mail with its PDF: a draft is issued by it, an issued one is sent again."""
    found = _at(note_id, body.version)
    said: dict[str, Any] = {"to": body.to, "message": body.message, **request.caller.act}
    number_checks.before_issue(found, by=request.caller.actor, now=request.caller.now)
    if found.status == credit_notes.Status.DRAFT:
        letters.issue_by_email(kind=KIND, document_id=note_id, version=body.version, **said)
    else:
        letters.send_again(kind=KIND, document_id=note_id, **said)
    return one(note_id)


@router.post("/{note_id}/issue", response=CreditNoteShown)
def mark_as_sent(request: Call, note_id: Id, body: AtVersion) -> CreditNoteShown:
    """Mark as sent: the client got it some other way."""
    number_checks.before_issue(_at(note_id, body.version), by=request.caller.actor, now=request.caller.now)
    credit_notes.mark_as_sent(note_id=note_id, version=body.version, **request.caller.act)
    return one(note_id)


@router.post("/{note_id}/void", response=CreditNoteShown)
def void(request: Call, note_id: Id, body: WithReason) -> CreditNoteShown:
    """Void it here, and its copy in Xero where Xero allows."""
    push.remove(_at(note_id, body.version), reason=body.reason, **request.caller.act)
    return one(note_id)


@router.get("/{note_id}/pdf")
def read_pdf(request: Call, note_id: Id) -> HttpResponse:
    """The credit note on paper, as it now is."""
    found = load(note_id)
    response = HttpResponse(papers.credit_note_pdf(found), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{found.number or "draft"}.pdf"'
    return response


# Steps


def load(note_id: str) -> CreditNote:
    """The credit note of an address."""
    found = documents.load(KIND, note_id)
    assert isinstance(found, CreditNote)
    return found


def _at(note_id: str, version: int) -> CreditNote:
    found = load(note_id)
    if found.version != version:
        raise documents.Stale(found)
    return found


def one(note_id: str) -> CreditNoteShown:
    """A credit note as it now is."""
    return shown(load(note_id))


def shown(found: CreditNote) -> CreditNoteShown:
    """A credit note as JSON."""
    return CreditNoteShown(
        **_head(found, standing.of_one(found)),
        differs_from_paper=found.differs_from_paper,
        available=applications.available(found),
        exchange=common.exchange(found),
        lines=[common.Line(**common.line(row)) for row in found.items],
    )


def _head(found: CreditNote, copy: Shown) -> dict[str, Any]:
    sent = None
    if found.sent_at is not None:
        sent = Sent(at=found.sent_at, by=found.sent_by, to=found.sent_to, how=found.sent_how)
    return common.head(found, copy) | {"sent": sent, "invoice_id": found.invoice_id}


def _draft(body: CreditNoteWrite) -> CreditNoteDraft:
    said = body.model_dump(exclude={"lines", "version"})
    return CreditNoteDraft(**said, lines=tuple(LineDraft(**line.model_dump()) for line in body.lines))
