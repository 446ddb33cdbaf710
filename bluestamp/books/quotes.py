"""A quote: what a client is offered. It stays here and is never copied anywhere; invoices are made of it.

    draft → pending → approved
            pending → declined
    pending, approved, declined → draft      to be changed and sent once more

Pending means: it is with the client, who has not answered yet. What was offered then stands as it is; one that changes
its mind goes back to draft, keeps its number, and is sent again.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import partial
from types import MappingProxyType
from typing import Final

from django.db import models, transaction
from django.db.models import Q

from bluestamp.books import documents, drafts, instalments, invoices, keepers, ledgers, line_items, numbers
from bluestamp.books.codes import Codebook
from bluestamp.books.documents import Document, Move, NotEditable
from bluestamp.books.instalments import Billed
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.issuing import SentHow
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.errors import Conflict, Invalid, InvalidFields
from bluestamp.money import amounts, totals
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action

KIND: Final = "quote"
#: How long an offer stands when nobody says otherwise.
VALID_DAYS: Final = 30


class Status(models.TextChoices):
    """The life of a quote."""

    DRAFT = "draft", "Draft"
    PENDING = "pending", "Pending"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"


#: Each step: the statuses that it starts from, and the one that it ends in.
MOVES: Final[Mapping[str, Move]] = MappingProxyType(
    {
        "issue": Move({Status.DRAFT}, Status.PENDING),
        "approve": Move({Status.PENDING}, Status.APPROVED),
        "decline": Move({Status.PENDING}, Status.DECLINED),
        "reopen": Move({Status.PENDING, Status.APPROVED, Status.DECLINED}, Status.DRAFT),
    }
)


@documents.register(KIND)
class Quote(Document):
    """One quote with its lines; `due_on` is the last day on which the offer stands. `paper_key` as on invoices."""

    searched = ("number", "company_name", "reference", "title")

    title = models.CharField(max_length=255, blank=True)
    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=200, blank=True)
    sent_to = models.CharField(max_length=500, blank=True)
    sent_how = models.CharField(max_length=10, choices=SentHow.choices, blank=True)
    paper_key = models.CharField(max_length=60, blank=True)
    old_papers = models.JSONField(default=list)
    #: who said yes or no on the client's side, and when it was noted
    answered_by = models.CharField(max_length=200, blank=True)
    answered_on = models.DateField(null=True)

    class Meta(Document.Meta):
        constraints = [
            *Document.Meta.constraints,
            models.CheckConstraint(condition=Q(status__in=Status.values), name="quote_status"),
            models.CheckConstraint(
                condition=Q(status="draft") | (~Q(number="") & Q(sent_at__isnull=False) & ~Q(sent_how="")),
                name="quote_issued_complete",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "pending"]) | Q(answered_on__isnull=False),
                name="quote_answered",
            ),
        ]


class QuoteLine(LineItem):
    """One line of a quote."""

    document = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="lines")


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteDraft:
    """A quote as somebody typed it. Without `due_on` the offer stands for thirty days."""

    branch_id: str
    company_id: str
    issued_on: dt.date
    currency: str
    job_id: str | None = None
    title: str = ""
    due_on: dt.date | None = None
    reference: str = ""
    tax_mode: str = "exclusive"
    lines: tuple[LineDraft, ...] = ()

    @property
    def own_rate(self) -> None:
        """An offer is not in the books, and has no exchange rate."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoiced:
    """How far a quote was invoiced, without tax, in its currency; `whole` and `rest` as its amounts are meant."""

    quoted: Decimal
    invoiced: Decimal
    whole: Decimal
    rest: Decimal
    invoices: tuple[Invoice, ...]

    @property
    def remaining(self) -> Decimal:
        """What is not invoiced yet; below zero when more was invoiced than quoted."""
        return self.quoted - self.invoiced if self.rest else Decimal("0.00")

    @property
    def percent_left(self) -> Decimal:
        """The share that is not invoiced yet, in per cent with two places; all of a quote over nothing."""
        if not self.whole:
            return Decimal(0) if self.invoices else Decimal(100)
        if self.rest <= 0:
            return Decimal(0)
        return max(amounts.to_cents(self.rest * 100 / self.whole), amounts.CENT)


class NotIssuable(InvalidFields):
    """Something that a quote needs before a client gets it is missing."""

    code = "NOT_ISSUABLE"


class NotMovable(Conflict):
    """The quote's status does not allow this step."""

    code = "NOT_MOVABLE"


class AllInvoiced(Conflict):
    """Nothing of the quote is left to be invoiced."""

    code = "ALL_INVOICED"


# Verbs, in the order a quote lives


def create(draft: QuoteDraft, *, by: Actor, now: dt.datetime) -> Quote:
    """Write a new quote down as a draft. Refuses NotPermitted, InvalidFields."""
    permissions.require(by, Action.EDIT_QUOTES)
    with transaction.atomic():
        quote = Quote(
            studio_id=by.studio_id, status=Status.DRAFT, created_at=now, created_by=by.name, changed_at=now
        )
        setting = drafts.look_up(draft, KIND, None, by=by)
        draft = drafts.with_codes(_with_last_day(draft), setting)
        documents.refuse_faults(_faults(draft, None, setting))
        lines = _fill(quote, draft, setting, known=[])
        quote.save(force_insert=True)
        documents.add_lines(lines)
        _note(quote, "created", f"Started a quote for {quote.company_name}.", by=by, now=now)
    return quote


def edit(*, quote_id: str, version: int, draft: QuoteDraft, by: Actor, now: dt.datetime) -> Quote:
    """Change a draft; saving what it already says changes nothing.

    Refuses NotPermitted, NotFound, Stale, NotEditable (once it is with the client), InvalidFields.
    """
    permissions.require(by, Action.EDIT_QUOTES)
    with transaction.atomic():
        quote = documents.locked(Quote, quote_id, version=version)
        if quote.status != Status.DRAFT:
            raise NotEditable("The client has this quote. Put it back to draft to change it.")
        setting, stored = drafts.look_up(draft, KIND, quote, by=by), draft_of(quote)
        draft = drafts.with_codes(_with_last_day(draft), setting)
        if draft != stored:
            documents.refuse_faults(_faults(draft, stored, setting))
            _take(quote, draft, setting, now=now)
            _note(quote, "edited", "Changed the quote.", by=by, now=now)
    return quote


def issue(*, quote_id: str, version: int, to: str, by: Actor, now: dt.datetime) -> Quote:
    """Say that the client gets it by e-mail; `letters` writes the letter.

    Refuses NotPermitted, NotFound, Stale, NotMovable, NotIssuable at each field.
    """
    return _issued(quote_id, version, how=SentHow.EMAIL, to=to, by=by, now=now)


def mark_as_sent(*, quote_id: str, version: int, by: Actor, now: dt.datetime) -> Quote:
    """Say that the client has it, brought by other means. Refuses as `issue` does."""
    return _issued(quote_id, version, how=SentHow.BY_HAND, to="", by=by, now=now)


def approve(*, quote_id: str, version: int, answered_by: str = "", by: Actor, now: dt.datetime) -> Quote:
    """Write down that the client says yes. Refuses NotPermitted, NotFound, Stale, NotMovable, Invalid."""
    return _answered(quote_id, version, "approve", answered_by, by=by, now=now)


def decline(*, quote_id: str, version: int, answered_by: str = "", by: Actor, now: dt.datetime) -> Quote:
    """Write down that the client says no. Refuses NotPermitted, NotFound, Stale, NotMovable, Invalid."""
    return _answered(quote_id, version, "decline", answered_by, by=by, now=now)


def back_to_draft(*, quote_id: str, version: int, by: Actor, now: dt.datetime) -> Quote:
    """Open it again, to change it and send it once more. Refuses NotPermitted, NotFound, Stale, NotMovable."""
    permissions.require(by, Action.EDIT_QUOTES)
    with transaction.atomic():
        quote = documents.locked(Quote, quote_id, version=version)
        _move(quote, "reopen")
        quote.answered_by, quote.answered_on = "", None
        documents.raise_version(quote, now=now, fields=["status", "answered_by", "answered_on"])
        _note(quote, "reopened", "Put back to draft.", by=by, now=now)
    return quote


def to_invoice(*, quote_id: str, percent: Decimal | None = None, by: Actor, now: dt.datetime) -> Invoice:
    """Make a draft invoice of an approved quote, with this share of every line, or with what is not invoiced yet.

    The last share takes what is left to the cent (`instalments`). Refuses NotPermitted (quotes, invoices), NotFound,
    NotMovable (not approved), AllInvoiced, Invalid at `percent`.
    """
    permissions.require(by, Action.EDIT_QUOTES)
    with transaction.atomic():
        quote = documents.locked(Quote, quote_id)
        if quote.status != Status.APPROVED:
            raise NotMovable("An invoice is made of a quote that the client has approved.")
        so_far = invoiced(quote)
        share = _share(quote, so_far, percent)
        lines = _lines_of(quote, so_far, share)
        invoice = invoices.create(_invoice_draft(quote, lines, now=now), by=by, now=now)
        invoice.quote = quote
        invoice.save(update_fields=["quote"])
        sentence = f"Made an invoice of {amounts.format_plain(share, at_least=0)} %."
        _note(quote, "invoiced", sentence, by=by, now=now)
    return invoice


def invoiced(quote: Quote) -> Invoiced:
    """Return how much of a quote was invoiced and what remains, without tax; void invoices don't count."""
    living = quote.invoices.exclude(status=invoices.Status.VOID).prefetch_related("lines")
    rows = tuple(living.order_by("issued_on", "id"))
    done = sum((row.sub_total for row in rows), Decimal("0.00"))
    whole = _as_meant(quote, quote)
    rest = whole - sum((_as_meant(quote, row) for row in rows), Decimal("0.00"))
    return Invoiced(quoted=quote.sub_total, invoiced=done, whole=whole, rest=rest, invoices=rows)


def note_paper(*, quote_id: str, paper_key: str, to: str) -> None:
    """Write down the paper that the client gets, in place of the one he had; the caller's transaction. Not an edit."""
    quote = documents.locked(Quote, quote_id)
    if quote.paper_key and quote.paper_key != paper_key:
        quote.old_papers = [*quote.old_papers, quote.paper_key]
    quote.paper_key, quote.sent_to = paper_key, to[:500]
    quote.save(update_fields=["paper_key", "old_papers", "sent_to"])


def draft_of(quote: Quote) -> QuoteDraft:
    """Return a stored quote as a draft, so that some of it can be changed."""
    head = {field.name: getattr(quote, field.name) for field in fields(QuoteDraft) if field.name != "lines"}
    return QuoteDraft(**head, lines=tuple(line_items.draft_of(line) for line in quote.items))


def missing_to_issue(quote: Quote) -> list[Invalid]:
    """Return what the quote lacks to be sent, each at its field; [] when it may go. Codes are not asked for."""
    lines = quote.items
    if not lines:
        return [Invalid("Add a line.", field="lines")]
    found = [
        Invalid("Say what it is.", field=f"lines.{position}.item")
        for position, line in enumerate(lines)
        if not line.words.strip()
    ]
    if quote.total < 0:
        found.append(Invalid("The total of a quote is not below zero.", field="lines"))
    return found


# Steps

_SENT: Final = ("sent_at", "sent_by", "sent_to", "sent_how")


def _move(quote: Quote, step: str) -> None:
    """The only place that changes a status."""
    move = MOVES[step]
    if quote.status not in move.starts:
        was, wanted = Status(quote.status).label.lower(), Status(move.end).label.lower()
        raise NotMovable(f"This quote is {was}, so it can't become {wanted}.")
    quote.status = move.end


def _issued(quote_id: str, version: int, *, how: SentHow, to: str, by: Actor, now: dt.datetime) -> Quote:
    permissions.require(by, Action.EDIT_QUOTES)
    with transaction.atomic():
        quote = documents.locked(Quote, quote_id, version=version)
        _move(quote, "issue")
        faults = missing_to_issue(quote)
        if faults:
            raise NotIssuable(faults)
        if not quote.number:
            quote.number = numbers.take(studio_id=quote.studio_id, branch_id=quote.branch_id, kind=KIND)
        quote.sent_at, quote.sent_by, quote.sent_to, quote.sent_how = now, by.name, to[:500], how
        documents.raise_version(quote, now=now, fields=["status", "number", *_SENT])
        sentence = f"Sent {quote.number} to {to}." if to else f"Marked {quote.number} as sent."
        _note(quote, "sent", sentence, by=by, now=now)
    return quote


def _answered(
    quote_id: str, version: int, step: str, answered_by: str, *, by: Actor, now: dt.datetime
) -> Quote:
    permissions.require(by, Action.EDIT_QUOTES)
    who = " ".join(answered_by.split())
    documents.refuse_faults(drafts.faults_of_text([("answered_by", who, 200)]))
    with transaction.atomic():
        quote = documents.locked(Quote, quote_id, version=version)
        _move(quote, step)
        quote.answered_by, quote.answered_on = who, _today(quote, now)
        documents.raise_version(quote, now=now, fields=["status", "answered_by", "answered_on"])
        said = Status(quote.status).label
        _note(quote, quote.status, f"{said} by {who}." if who else f"{said}.", by=by, now=now)
    return quote


def _share(quote: Quote, so_far: Invoiced, percent: Decimal | None) -> Decimal:
    left = so_far.percent_left
    if not left:
        raise AllInvoiced(f"All of {quote.number} was invoiced already.")
    share = left if percent is None else percent
    if not share.is_finite() or not 0 < share <= left or share % amounts.CENT:
        raise Invalid(f"Between 0 and {amounts.format_plain(left, at_least=0)} percent.", field="percent")
    return share


def _as_meant(quote: Quote, document: Document) -> Decimal:
    """What a document comes to as the quote's amounts are meant: with tax where they include it."""
    return document.total if quote.tax_mode == documents.TaxModes.INCLUSIVE else document.sub_total


def _lines_of(quote: Quote, so_far: Invoiced, share: Decimal) -> tuple[LineDraft, ...]:
    codebook = ledgers.codebook(keepers.of(quote), invoices.KIND)
    lines = [replace(_recoded(line, codebook), id=None) for line in draft_of(quote).lines]
    billed = _billed(quote, so_far.invoices)
    if share < so_far.percent_left:
        return instalments.share(lines, billed or _all_alike(quote, so_far), share)
    return instalments.rest(lines, billed) if billed else instalments.rest_in_all(lines, so_far.rest)


def _billed(quote: Quote, rows: Iterable[Invoice]) -> list[Billed]:
    """What was invoiced of each line; [] where somebody changed an invoice so that this can't be told line by line."""
    lines = quote.items
    found = [Billed() for _ in lines]
    for row in rows:
        at = 0
        for line in row.items:  # in the quote's order; a line that was billed in full before is left out
            while at < len(lines) and not _is_called_alike(lines[at], line):
                at += 1
            if at == len(lines) or row.tax_mode != quote.tax_mode:
                return []
            found[at] = Billed(found[at].quantity + line.quantity, found[at].amount + line.line_amount)
            at += 1
    is_over = any(abs(of - one.amount) > abs(of) for one, of in zip(found, _amounts(quote), strict=True))
    return [] if is_over else found


def _is_called_alike(one: LineItem, other: LineItem) -> bool:
    return (one.item, one.description) == (other.item, other.description)


def _amounts(quote: Quote) -> list[Decimal]:
    return [line.line_amount for line in quote.items]


def _all_alike(quote: Quote, so_far: Invoiced) -> list[Billed]:
    """The same part of every line, where only the sum that was invoiced is known."""
    done = totals.apportion(so_far.whole - so_far.rest, by=_amounts(quote))
    return [Billed(Decimal(0), amount) for amount in done]


def _invoice_draft(quote: Quote, lines: Iterable[LineDraft], *, now: dt.datetime) -> InvoiceDraft:
    codebook = ledgers.codebook(keepers.of_draft(quote.branch_id, None), invoices.KIND)
    return InvoiceDraft(
        branch_id=quote.branch_id,
        company_id=quote.company_id,
        job_id=quote.job_id,
        issued_on=_today(quote, now),
        reference=quote.reference,
        currency=quote.currency,
        tax_mode=quote.tax_mode,
        lines=tuple(_recoded(line, codebook) for line in lines),
    )


def _recoded(line: LineDraft, codebook: Codebook) -> LineDraft:
    """Codes that the books lack by now, for the quote is old or its branch moved, are suggested anew."""
    faults = codebook.faults([(0, line)], need_codes=False)
    return replace(line, account_code="", tax_type="") if faults else line


def _today(quote: Quote, now: dt.datetime) -> dt.date:
    return now.astimezone(zoneinfo.ZoneInfo(quote.branch.studio.time_zone)).date()


def _with_last_day(draft: QuoteDraft) -> QuoteDraft:
    return draft if draft.due_on else replace(draft, due_on=draft.issued_on + dt.timedelta(days=VALID_DAYS))


def _take(quote: Quote, draft: QuoteDraft, setting: drafts.Setting, *, now: dt.datetime) -> None:
    """Make a locked quote say what the draft says, as its next version."""
    known = quote.items
    lines = _fill(quote, draft, setting, known=known)
    documents.save_lines(quote, lines, known=known)
    documents.raise_version(quote, now=now, fields=[*drafts.HEAD, "title", "company_name", *documents.TOTALS])


def _fill(
    quote: Quote, draft: QuoteDraft, setting: drafts.Setting, *, known: Sequence[LineItem]
) -> list[LineItem]:
    """Set the head from the draft, price the lines and set the totals; saves nothing."""
    quote.title = draft.title
    standing = drafts.standing_tax(known) if setting.codebook.ledger is None else {}
    lines = line_items.drafted(
        draft.lines,
        make=partial(QuoteLine, studio_id=quote.studio_id, document=quote),
        percents=drafts.percents(draft, setting, standing=standing),
    )
    drafts.fill(quote, draft, setting, lines)
    # Nothing is owed on an offer.
    quote.amount_due = Decimal("0.00")
    return lines


def _faults(draft: QuoteDraft, stored: QuoteDraft | None, setting: drafts.Setting) -> list[Invalid]:
    return [
        *drafts.faults_of_text([("title", draft.title, 255)]),
        *drafts.faults(draft, stored, setting),
        *(
            Invalid("The tax of a quote follows from its rate.", field=f"lines.{position}.typed_tax")
            for position, line in enumerate(draft.lines)
            if line.typed_tax is not None
        ),
    ]


def _note(quote: Quote, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(by=by, verb=f"{KIND}.{verb}", kind=KIND, subject_id=quote.id, sentence=sentence, now=now)
