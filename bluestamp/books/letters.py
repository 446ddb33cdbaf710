"""Letters: a document on its way to its reader by e-mail, with the PDF that is then what the reader has.

1. The document is sent and the letter written down, in one transaction.   Killed here: the task sends it later.
2. The PDF is set and kept.                                                Killed here: it is set again; a file is left over.
3. It is noted as the letter's and as the reader's paper.                  Killed here: the same PDF goes out later.
4. The letter is given to the mail server.                                 Killed here: the reader may get it twice.
5. It is noted as sent.

A letter twice is a nuisance, a letter never is money not asked for; so it is sent at least once, every time with the
same PDF unless the document was changed in between. One that waits is called back when a later one takes its place,
and when the document is no longer one that goes out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from bluestamp.books import credit_notes, documents, invoices, issuing, papers, purchase_orders, quotes
from bluestamp.books.documents import Document
from bluestamp.engine import files, mail, queue, tenancy
from bluestamp.errors import Invalid, NotFound
from bluestamp.people import activity, actors, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.rows import StudioRow

_TRIES: Final = 8
_PAUSE: Final = dt.timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """How a kind of document goes by letter. `send` is its noun's verb, `id` what that calls the document's id.

    `goes` are the statuses in which a letter leaves; `note_paper` writes down what the reader then has.
    """

    noun: str
    reader: str
    send: Callable[..., Document]
    id: str
    goes: tuple[str, ...]
    action: Action
    note_paper: Callable[..., None]


def _note_paper(kind: str) -> Callable[..., None]:
    def note(*, document_id: str, paper_key: str, to: str) -> None:
        issuing.note_paper(kind=kind, document_id=document_id, paper_key=paper_key, to=to)

    return note


def _note_paper_of_quote(*, document_id: str, paper_key: str, to: str) -> None:
    quotes.note_paper(quote_id=document_id, paper_key=paper_key, to=to)


POSTS: Final[Mapping[str, Post]] = MappingProxyType(
    {
        invoices.KIND: Post(
            noun="Invoice",
            reader="client",
            send=invoices.issue,
            id="invoice_id",
            goes=(invoices.Status.SENT, invoices.Status.PAID),
            action=Action.ISSUE_INVOICES,
            note_paper=_note_paper(invoices.KIND),
        ),
        credit_notes.KIND: Post(
            noun="Credit note",
            reader="client",
            send=credit_notes.issue,
            id="note_id",
            goes=(credit_notes.Status.ISSUED, credit_notes.Status.USED),
            action=Action.ISSUE_INVOICES,
            note_paper=_note_paper(credit_notes.KIND),
        ),
        purchase_orders.KIND: Post(
            noun="Purchase order",
            reader="supplier",
            send=purchase_orders.send,
            id="order_id",
            goes=(purchase_orders.Status.APPROVED, purchase_orders.Status.PAID),
            action=Action.EDIT_EXPENSES,
            note_paper=_note_paper(purchase_orders.KIND),
        ),
        quotes.KIND: Post(
            noun="Quote",
            reader="client",
            send=quotes.issue,
            id="quote_id",
            goes=(quotes.Status.PENDING, quotes.Status.APPROVED),
            action=Action.EDIT_QUOTES,
            note_paper=_note_paper_of_quote,
        ),
    }
)


class State(models.TextChoices):
    """Where a letter is."""

    WAITING = "waiting", "on its way"
    SENT = "sent", "sent"
    FAILED = "failed", "could not be sent"
    CALLED_BACK = "called_back", "called back before it went"


class Letter(StudioRow):
    """One letter with one document. `recipients` separated by commas; `paper_key` names the PDF that goes with it."""

    kind = models.CharField(max_length=30)
    document_id = models.CharField(max_length=20)
    recipients = models.CharField(max_length=500)
    message = models.TextField(blank=True)
    reply_to = models.EmailField(blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=500, blank=True)
    paper_key = models.CharField(max_length=60, blank=True)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["studio", "kind", "document_id", "-asked_at", "-id"], name="letter_of_document"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "kind", "document_id"],
                condition=Q(state="waiting"),
                name="letter_one_waits",
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="letter_state"),
            models.CheckConstraint(
                condition=~Q(state="sent") | (Q(sent_at__isnull=False) & ~Q(paper_key="")), name="letter_sent"
            ),
        ]


def issue_by_email(
    *, kind: str, document_id: str, version: int, to: str, message: str, by: Actor, now: dt.datetime
) -> Document:
    """Send a document to its reader, with its noun's own verb. Refuses Invalid(to), and what that verb refuses."""
    post = _post(kind)
    recipients = _recipients(to, post)
    with transaction.atomic():
        document = post.send(**{post.id: document_id}, version=version, to=recipients, by=by, now=now)
        _write(document, recipients, message, by=by, now=now)
    return document


def send_again(*, kind: str, document_id: str, to: str, message: str, by: Actor, now: dt.datetime) -> Letter:
    """Send what was sent as it is now, after a change or because it got lost. Refuses Invalid(to), NotFound."""
    post = _post(kind)
    permissions.require(by, post.action)
    recipients = _recipients(to, post)
    with transaction.atomic():
        document = documents.locked(documents.KINDS[kind], document_id)
        if document.status not in post.goes:
            raise NotFound(f"There is no such {post.noun.lower()} with its {post.reader}.")
        _record(document, "sent_again", f"Sent {document.number} to {recipients} again.", by=by, now=now)
        return _write(document, recipients, message, by=by, now=now)


def latest(document: Document) -> Letter | None:
    """Return the last letter with this document."""
    return _letters_with(document).order_by("-asked_at", "-id").first()


def _post(kind: str) -> Post:
    if kind not in POSTS:
        raise NotFound(f"No letters go out with documents called {kind}.")
    return POSTS[kind]


def _letters_with(document: Document) -> models.QuerySet[Letter]:
    return Letter.objects.filter(kind=document.kind, document_id=document.id)


def _recipients(to: str, post: Post) -> str:
    found = [part.strip() for part in to.replace(";", ",").split(",") if part.strip()]
    if not found:
        raise Invalid(f"Enter the {post.reader}'s e-mail address.", field="to")
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            raise Invalid(f"{address} is not an e-mail address.", field="to") from None
    told = ", ".join(found)
    if len(told) > 500:
        raise Invalid("These are too many addresses for one letter.", field="to")
    return told


def _write(document: Document, recipients: str, message: str, *, by: Actor, now: dt.datetime) -> Letter:
    """Write the letter down in place of one that still waits; the document is locked."""
    _letters_with(document).filter(state=State.WAITING).update(state=State.CALLED_BACK)
    letter = Letter.objects.create(
        studio_id=document.studio_id,
        kind=document.kind,
        document_id=document.id,
        recipients=recipients,
        message=message,
        reply_to=document.branch.email,
        asked_by=by.name,
        asked_at=now,
    )
    _nudge(letter)
    return letter


def _nudge(letter: Letter, *, at: dt.datetime | None = None) -> None:
    queue.enqueue_once(
        "books.send_letter",
        key=f"books.letter:{letter.id}",
        at=at,
        letter_id=letter.id,
        studio_id=letter.studio_id,
    )


@queue.task("books.send_letter")
def send_letter(letter_id: str, studio_id: int) -> None:
    """Send one letter that waits; harmless when it was sent already."""
    with tenancy.acting_in(studio_id), queue.session_lock(f"books.letter:{letter_id}") as is_mine:
        if is_mine:
            _send(letter_id, now=timezone.now())


def _send(letter_id: str, *, now: dt.datetime) -> None:
    letter = Letter.objects.get(id=letter_id)
    if letter.state != State.WAITING:
        return
    document = documents.load(letter.kind, letter.document_id)
    pdf = _paper(letter, document)
    if not _claim(letter, document.version):
        return
    branch = document.branch
    try:
        mail.send(
            [address.strip() for address in letter.recipients.split(",")],
            f"{POSTS[letter.kind].noun} {document.number} from {branch.legal_name or branch.name}",
            letter.message,
            attachments=[(f"{document.number}.pdf", pdf, "application/pdf")],
            reply_to=letter.reply_to or None,
        )
    except mail.NotSent as trouble:
        _note_trouble(letter, document, str(trouble), now=now)
    else:
        letter.state, letter.sent_at = State.SENT, now
        letter.save(update_fields=["state", "sent_at"])


def _paper(letter: Letter, document: Document) -> bytes:
    """Give the PDF of this letter: the one that the reader was to have before, so that he never has two, else a new one."""
    if letter.paper_key and letter.paper_key == cast(Any, document).paper_key:
        with files.open(letter.studio_id, letter.paper_key) as file:
            return file.read()
    pdf = papers.pdf(document)
    name = f"{document.number}.pdf"
    letter.paper_key = files.store(letter.studio_id, pdf, name=name, media_type="application/pdf").key
    return pdf


def _claim(letter: Letter, version: int) -> bool:
    """Note the paper as the reader's. False when the letter is not to go, or not with a paper that is out of date."""
    post = POSTS[letter.kind]
    with transaction.atomic():
        document = documents.locked(documents.KINDS[letter.kind], letter.document_id)
        if not Letter.objects.filter(id=letter.id, state=State.WAITING).exists():
            return False
        if document.status not in post.goes:
            letter.state = State.CALLED_BACK
            letter.save(update_fields=["state"])
            return False
        if document.version != version:
            _nudge(letter)
            return False
        letter.save(update_fields=["paper_key"])
        post.note_paper(document_id=document.id, paper_key=letter.paper_key, to=letter.recipients)
    return True


def _note_trouble(letter: Letter, document: Document, trouble: str, *, now: dt.datetime) -> None:
    """Try again for a while; then say on the document that its reader does not have it."""
    with transaction.atomic():
        letter.attempts += 1
        letter.trouble = trouble[:500]
        if letter.attempts < _TRIES:
            letter.save(update_fields=["attempts", "trouble"])
            _nudge(letter, at=now + _PAUSE * letter.attempts)
            return
        letter.state = State.FAILED
        letter.save(update_fields=["attempts", "trouble", "state"])
        why = f"The e-mail to {letter.recipients} could not be sent: {trouble}"
        _record(document, "letter_failed", why, by=actors.clock(letter.studio_id), now=now)


def _record(document: Document, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    kind = document.kind
    activity.record(
        by=by, verb=f"{kind}.{verb}", kind=kind, subject_id=document.id, sentence=sentence, now=now
    )
