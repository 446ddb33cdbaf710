"""What invoices and credit notes have in common: they are issued to a client, who then holds a paper of ours.

The nouns move their own status; here is what an issued document carries, what it must have, and what a closed period
forbids. What the client has seen stands in `issued_fields`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Protocol, cast

from django.db import models
from django.db.models import Q

from bluestamp.books import documents, keepers, ledgers, standings
from bluestamp.books.documents import Document
from bluestamp.books.line_items import LineDraft, LineItem
from bluestamp.errors import Conflict, Invalid, InvalidFields
from bluestamp.people.actors import Actor


class SentHow(models.TextChoices):
    """How a document got to the client."""

    EMAIL = "email", "by e-mail"
    BY_HAND = "by_hand", "by hand"
    LEDGER = "ledger", "issued in the books"


class IssuedDocument(Document):
    """A document that a client gets. `paper_key` names the PDF that the client has; older ones stand in `old_papers`."""

    sent_at = models.DateTimeField(null=True)
    sent_by = models.CharField(max_length=200, blank=True)
    sent_to = models.CharField(max_length=500, blank=True)
    sent_how = models.CharField(max_length=10, choices=SentHow.choices, blank=True)
    paper_key = models.CharField(max_length=60, blank=True)
    old_papers = models.JSONField(default=list)
    #: Xero's words were taken over after the client got it: the paper he has says something else
    differs_from_paper = models.BooleanField(default=False)

    class Meta(Document.Meta):
        abstract = True
        constraints = [
            *Document.Meta.constraints,
            models.CheckConstraint(
                condition=Q(status__in=["draft", "void"]) | (Q(sent_at__isnull=False) & ~Q(sent_how="")),
                name="%(class)s_issued_somehow",
            ),
        ]


#: The columns that an issue writes, and those of the papers.
SENT: Final = ("sent_at", "sent_by", "sent_to", "sent_how")
PAPERS: Final = ("paper_key", "old_papers", "differs_from_paper")


class NotIssuable(InvalidFields):
    """Something that an issued document needs is missing."""

    code = "NOT_ISSUABLE"


class IssuedFieldsFixed(InvalidFields):
    """The client has the document: these fields no longer change."""

    code = "ISSUED_FIELDS_FIXED"


class InLockedPeriod(Conflict):
    """The date lies in a period that is closed."""

    code = "IN_LOCKED_PERIOD"


class MoneyStandsOnIt(Conflict):
    """Something was received, credited or applied on the document, or is about to be."""

    code = "MONEY_STANDS_ON_IT"


class Lines(Protocol):
    """A draft, of which only the lines matter."""

    @property
    def lines(self) -> tuple[LineDraft, ...]: ...


def note_paper(*, kind: str, document_id: str, paper_key: str, to: str) -> None:
    """Write down the paper that the client gets, in place of the one he had; the caller's transaction. Not an edit."""
    document = cast(IssuedDocument, documents.locked(documents.KINDS[kind], document_id))
    if document.paper_key and document.paper_key != paper_key:
        document.old_papers = [*document.old_papers, document.paper_key]
    document.paper_key, document.sent_to, document.differs_from_paper = paper_key, to[:500], False
    document.save(update_fields=["paper_key", "old_papers", "sent_to", "differs_from_paper"])


def note_sent(document: IssuedDocument, *, how: SentHow, to: str, by: Actor, now: dt.datetime) -> None:
    """Save who sent it, how and to whom, as the next version, with the status and number that the noun has set."""
    document.sent_at, document.sent_by, document.sent_to, document.sent_how = now, by.name, to[:500], how
    documents.raise_version(document, now=now, fields=["status", "number", *SENT])


def missing(document: Document) -> list[Invalid]:
    """Return what a document lacks to go to a client, each at its field: words, codes, a date that is open."""
    ledger, lines = keepers.of(document), document.items
    found = missing_words(lines)
    if ledger is not None:
        found += ledgers.faults_of_lines(ledger, document.kind, lines)
        found += faults_of_day(ledger, document.issued_on, field="issued_on")
    return found


def missing_words(lines: Sequence[LineItem]) -> list[Invalid]:
    """Return a fault for a document without lines, and for each line that doesn't say what it is."""
    if not lines:
        return [Invalid("Add a line.", field="lines")]
    return [
        Invalid("Say what it is.", field=f"lines.{position}.item")
        for position, line in enumerate(lines)
        if not line.words.strip()
    ]


def faults_of_day(ledger: ledgers.Ledger | None, day: dt.date, *, field: str) -> list[Invalid]:
    """Return a fault for a day on which nothing may be dated any more (rule 22)."""
    locked = ledgers.locked_until(ledger) if ledger else None
    if locked is None or day > locked:
        return []
    return [
        Invalid(f"The period up to {locked.day} {locked:%b %Y} is closed. Choose a later date.", field=field)
    ]


def faults_of_typed_tax(draft: Lines, stored: Lines | None, *, noun: str) -> list[Invalid]:
    """Return a fault for each line whose tax somebody typed: what clients get is reckoned (rule 13)."""
    known = {line.id: line.typed_tax for line in stored.lines} if stored else {}
    return [
        Invalid(f"The tax of {noun} follows from its rate.", field=f"lines.{position}.typed_tax")
        for position, line in enumerate(draft.lines)
        if line.typed_tax is not None and line.typed_tax != known.get(line.id)
    ]


def refuse_locked_period(document: Document, *, sentence: str) -> None:
    """Raise InLockedPeriod for a document whose date lies in a closed period: nothing there is undone (rule 22)."""
    if faults_of_day(keepers.of(document), document.issued_on, field="issued_on"):
        raise InLockedPeriod(sentence)


def refuse_money(document: Document, *, sentence: str) -> None:
    """Raise MoneyStandsOnIt for a document on which something was paid or credited, or is asked to be."""
    if document.amount_paid or document.amount_credited or standings.reserved(document) > Decimal(0):
        raise MoneyStandsOnIt(sentence)
