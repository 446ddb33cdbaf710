"""Letters: an invoice on its way to the client by e-mail, with the PDF that is then what the client has.

1. The invoice is issued and the letter written down, in one transaction.  Killed here: the task sends it later.
2. The PDF is made and kept, and noted as the client's paper.              Killed here: it is made again.
3. The letter is given to the mail server.                                 Killed here: the client may get it twice.
4. It is noted as sent.

A letter twice is a nuisance, a letter never is money not asked for; so it is sent at least once.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.utils import timezone

from bluestamp.books import invoices, papers
from bluestamp.books.invoices import Invoice
from bluestamp.engine import files, mail, queue, tenancy
from bluestamp.errors import Invalid, NotFound
from bluestamp.people import activity, actors, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.rows import StudioRow

_TRIES: Final = 8
_PAUSE: Final = dt.timedelta(minutes=2)


class State(models.TextChoices):
    """Where a letter is."""

    WAITING = "waiting", "on its way"
    SENT = "sent", "sent"
    FAILED = "failed", "could not be sent"


class Letter(StudioRow):
    """One letter to a client. `recipients` as typed, separated by commas."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="letters")
    recipients = models.CharField(max_length=500)
    message = models.TextField(blank=True)
    reply_to = models.EmailField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    trouble = models.CharField(max_length=500, blank=True)
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["invoice", "-asked_at"], name="letter_of_invoice")]


def issue_by_email(
    *, invoice_id: str, version: int, to: str, message: str, by: Actor, now: dt.datetime
) -> Invoice:
    """Issue an invoice and send it to the client. Refuses Invalid(to), and what `invoices.issue` refuses."""
    recipients = _recipients(to)
    with transaction.atomic():
        invoice = invoices.issue(invoice_id=invoice_id, version=version, to=recipients, by=by, now=now)
        _write(invoice, recipients, message, by=by, now=now)
    return invoice


def send_again(*, invoice_id: str, to: str, message: str, by: Actor, now: dt.datetime) -> Letter:
    """Send an issued invoice as it is now, after a correction or because it got lost. Refuses Invalid(to), NotFound."""
    permissions.require(by, Action.ISSUE_INVOICES)
    recipients = _recipients(to)
    with transaction.atomic():
        invoice = Invoice.objects.filter(id=invoice_id, status__in=["sent", "paid"]).first()
        if invoice is None:
            raise NotFound("There is no such issued invoice.")
        activity.record(
            by=by,
            verb="invoice.sent_again",
            kind="invoice",
            subject_id=invoice.id,
            sentence=f"Sent {invoice.number} to {recipients} again.",
            now=now,
        )
        return _write(invoice, recipients, message, by=by, now=now)


def latest(invoice: Invoice) -> Letter | None:
    """Return the last letter with this invoice."""
    return Letter.objects.filter(invoice=invoice).order_by("-asked_at").first()


def _recipients(to: str) -> str:
    found = [part.strip() for part in to.replace(";", ",").split(",") if part.strip()]
    if not found:
        raise Invalid("Enter the client's e-mail address.", field="to")
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            raise Invalid(f"{address} is not an e-mail address.", field="to") from None
    return ", ".join(found)


def _write(invoice: Invoice, recipients: str, message: str, *, by: Actor, now: dt.datetime) -> Letter:
    letter = Letter.objects.create(
        studio_id=invoice.studio_id,
        invoice=invoice,
        recipients=recipients,
        message=message,
        reply_to=invoice.branch.email,
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
        letter = Letter.objects.select_related("invoice__branch").get(id=letter_id)
        if is_mine and letter.state == State.WAITING:
            _send(letter, now=timezone.now())


def _send(letter: Letter, *, now: dt.datetime) -> None:
    invoice = letter.invoice
    name = f"{invoice.number}.pdf"
    pdf = papers.invoice_pdf(invoice)
    stored = files.store(letter.studio_id, pdf, name=name, media_type="application/pdf")
    with transaction.atomic():
        invoices.note_paper(invoice_id=invoice.id, paper_key=stored.key, to=letter.recipients)
    try:
        mail.send(
            [address.strip() for address in letter.recipients.split(",")],
            f"Invoice {invoice.number} from {invoice.branch.legal_name or invoice.branch.name}",
            letter.message,
            attachments=[(name, pdf, "application/pdf")],
            reply_to=letter.reply_to or None,
        )
    except mail.NotSent as trouble:
        _note_trouble(letter, str(trouble), now=now)
    else:
        letter.state, letter.sent_at = State.SENT, now
        letter.save(update_fields=["state", "sent_at"])


def _note_trouble(letter: Letter, trouble: str, *, now: dt.datetime) -> None:
    """Try again for a while; then say on the invoice that the client does not have it."""
    with transaction.atomic():
        letter.attempts += 1
        letter.trouble = trouble[:500]
        if letter.attempts < _TRIES:
            letter.save(update_fields=["attempts", "trouble"])
            _nudge(letter, at=now + _PAUSE * letter.attempts)
            return
        letter.state = State.FAILED
        letter.save(update_fields=["attempts", "trouble", "state"])
        activity.record(
            by=actors.clock(letter.studio_id),
            verb="invoice.letter_failed",
            kind="invoice",
            subject_id=letter.invoice_id,
            sentence=f"The e-mail to {letter.recipients} could not be sent: {trouble}",
            now=now,
        )
