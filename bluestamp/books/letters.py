"""Letters: an invoice on its way to the client by e-mail, with the PDF that is then what the client has.

1. The invoice is issued and the letter written down, in one transaction.  Killed here: the task sends it later.
2. The PDF is set and kept.                                                Killed here: it is set again; a file is left over.
3. It is noted as the letter's and as the client's paper.                  Killed here: the same PDF goes out later.
4. The letter is given to the mail server.                                 Killed here: the client may get it twice.
5. It is noted as sent.

A letter twice is a nuisance, a letter never is money not asked for; so it is sent at least once, every time with the
same PDF unless the invoice was corrected in between. One that waits is called back when a later one takes its place,
and when the invoice is voided.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from bluestamp.books import invoices, issuing, papers
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
    CALLED_BACK = "called_back", "called back before it went"


class Letter(StudioRow):
    """One letter to a client. `recipients` separated by commas; `paper_key` names the PDF that goes with it."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="letters")
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
        indexes = [models.Index(fields=["invoice", "-asked_at", "-id"], name="letter_of_invoice")]
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "invoice"], condition=Q(state="waiting"), name="letter_one_waits"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="letter_state"),
            models.CheckConstraint(
                condition=~Q(state="sent") | (Q(sent_at__isnull=False) & ~Q(paper_key="")), name="letter_sent"
            ),
        ]


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
        rows = Invoice.objects.select_for_update(of=("self",)).select_related("branch")
        invoice = rows.filter(id=invoice_id, status__in=["sent", "paid"]).first()
        if invoice is None:
            raise NotFound("There is no such issued invoice.")
        Letter.objects.filter(invoice=invoice, state=State.WAITING).update(state=State.CALLED_BACK)
        _record(invoice, "sent_again", f"Sent {invoice.number} to {recipients} again.", by=by, now=now)
        return _write(invoice, recipients, message, by=by, now=now)


def latest(invoice: Invoice) -> Letter | None:
    """Return the last letter with this invoice."""
    return Letter.objects.filter(invoice=invoice).order_by("-asked_at", "-id").first()


def _recipients(to: str) -> str:
    found = [part.strip() for part in to.replace(";", ",").split(",") if part.strip()]
    if not found:
        raise Invalid("Enter the client's e-mail address.", field="to")
    for address in found:
        try:
            validate_email(address)
        except ValidationError:
            raise Invalid(f"{address} is not an e-mail address.", field="to") from None
    told = ", ".join(found)
    if len(told) > 500:
        raise Invalid("These are too many addresses for one letter.", field="to")
    return told


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
        if is_mine:
            _send(letter_id, now=timezone.now())


def _send(letter_id: str, *, now: dt.datetime) -> None:
    letter = Letter.objects.select_related("invoice__branch").get(id=letter_id)
    if letter.state != State.WAITING:
        return
    pdf = _paper(letter)
    if not _claim(letter):
        return
    branch = letter.invoice.branch
    try:
        mail.send(
            [address.strip() for address in letter.recipients.split(",")],
            f"Invoice {letter.invoice.number} from {branch.legal_name or branch.name}",
            letter.message,
            attachments=[(f"{letter.invoice.number}.pdf", pdf, "application/pdf")],
            reply_to=letter.reply_to or None,
        )
    except mail.NotSent as trouble:
        _note_trouble(letter, str(trouble), now=now)
    else:
        letter.state, letter.sent_at = State.SENT, now
        letter.save(update_fields=["state", "sent_at"])


def _paper(letter: Letter) -> bytes:
    """Give the PDF of this letter: the one that the client was to have before, so that he never has two, else a new one."""
    invoice = letter.invoice
    if letter.paper_key and letter.paper_key == invoice.paper_key:
        with files.open(letter.studio_id, letter.paper_key) as file:
            return file.read()
    pdf = papers.invoice_pdf(invoice)
    name = f"{invoice.number}.pdf"
    letter.paper_key = files.store(letter.studio_id, pdf, name=name, media_type="application/pdf").key
    return pdf


def _claim(letter: Letter) -> bool:
    """Note the paper as the client's. False when the letter is not to go, or not with a paper that is out of date."""
    with transaction.atomic():
        invoice = Invoice.objects.select_for_update(of=("self",)).get(id=letter.invoice_id)
        if not Letter.objects.filter(id=letter.id, state=State.WAITING).exists():
            return False
        if invoice.status == invoices.Status.VOID:
            letter.state = State.CALLED_BACK
            letter.save(update_fields=["state"])
            return False
        if invoice.version != letter.invoice.version:
            _nudge(letter)
            return False
        letter.save(update_fields=["paper_key"])
        issuing.note_paper(kind="invoice", document_id=invoice.id, paper_key=letter.paper_key, to=letter.recipients)
    return True


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
        why = f"The e-mail to {letter.recipients} could not be sent: {trouble}"
        _record(letter.invoice, "letter_failed", why, by=actors.clock(letter.studio_id), now=now)


def _record(invoice: Invoice, verb: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    activity.record(
        by=by, verb=f"invoice.{verb}", kind="invoice", subject_id=invoice.id, sentence=sentence, now=now
    )
