"""Letters: sent after the invoice was issued, at least once, with the paper that is then what the client has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from pytest_django import Settings

from bluestamp.books import invoices, letters
from bluestamp.books.invoices import Invoice, InvoiceDraft, NotMovable
from bluestamp.books.issuing import NotIssuable
from bluestamp.books.ledgers import Ledger
from bluestamp.books.letters import Letter
from bluestamp.engine import files, tenancy
from bluestamp.errors import Invalid, NotFound, NotPermitted
from bluestamp.people import activity
from bluestamp.people.actors import Actor
from bluestamp.people.rows import Studio
from tests.integration.books.documents.mail_servers import Killed

pytestmark = pytest.mark.usefixtures("in_northlight", "data_dir")

TO = "accounts@kestrelair.example"
HERE = "tests.integration.books.documents.mail_servers"


@pytest.fixture
def issued(invoice: Invoice, ben: Actor, now: dt.datetime) -> Invoice:
    """Issued by e-mail; the letter waits."""
    letters.issue_by_email(
        kind="invoice", document_id=invoice.id, version=1, to=TO, message="With thanks, Ben", by=ben, now=now
    )
    return _fresh(invoice)


def _send(invoice: Invoice) -> Letter:
    """One try of the letter's task."""
    letter = _latest(invoice)
    letters.send_letter(letter.id, letter.studio_id)
    return _latest(invoice)


def _latest(invoice: Invoice) -> Letter:
    found = letters.latest(invoice)
    assert found is not None
    return found


def _fresh(invoice: Invoice) -> Invoice:
    return Invoice.objects.get(id=invoice.id)


def _of_invoices(letters_sent: list[EmailMessage]) -> list[EmailMessage]:
    """Without the invitations that the cast got."""
    return [letter for letter in letters_sent if letter.subject.startswith("Invoice")]


def _paper(invoice: Invoice) -> bytes:
    with files.open(invoice.studio_id, _fresh(invoice).paper_key) as file:
        return file.read()


def test_the_client_gets_the_paper_that_is_kept(
    issued: Invoice, work_off: Callable[[], int], mailoutbox: list[EmailMessage]
) -> None:
    assert (issued.status, issued.sent_how, issued.sent_to) == ("sent", "email", TO)
    assert mailoutbox == []  # nothing leaves before the invoice is issued for good
    work_off()
    (letter,) = _of_invoices(mailoutbox)
    assert (letter.to, letter.body) == ([TO], "With thanks, Ben")
    assert letter.subject == "Invoice LON-0001 from Northlight"
    ((name, content, media_type),) = letter.attachments
    assert (name, media_type) == ("LON-0001.pdf", "application/pdf")
    assert content == _paper(issued)
    assert content[:5] == b"%PDF-"
    assert (_latest(issued).state, _latest(issued).asked_by) == ("sent", "Ben")


def test_a_letter_that_was_sent_is_not_sent_again(issued: Invoice, mailoutbox: list[EmailMessage]) -> None:
    _send(issued)
    _send(issued)
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    ("to", "sent_to"),
    [
        ("a@b.example; c@d.example ,", "a@b.example, c@d.example"),
        (" a@b.example ", "a@b.example"),
    ],
)
def test_several_addresses_are_one_letter(
    invoice: Invoice, ben: Actor, now: dt.datetime, mailoutbox: list[EmailMessage], to: str, sent_to: str
) -> None:
    letters.issue_by_email(
        kind="invoice", document_id=invoice.id, version=1, to=to, message="", by=ben, now=now
    )
    assert _send(invoice).recipients == sent_to
    assert mailoutbox[0].to == sent_to.split(", ")


@pytest.mark.parametrize("to", ["", " ; ", "kestrel", "a@b.example\nBcc: d@e.example", "a@b.example, " * 60])
def test_what_is_no_address_is_refused_before_anything_happens(
    invoice: Invoice, ben: Actor, now: dt.datetime, to: str
) -> None:
    with pytest.raises(Invalid) as refused:
        letters.issue_by_email(
            kind="invoice", document_id=invoice.id, version=1, to=to, message="", by=ben, now=now
        )
    assert refused.value.field == "to"
    assert (_fresh(invoice).status, Letter.objects.count()) == ("draft", 0)


def test_an_invoice_that_is_not_complete_sends_no_letter(
    ledger: Ledger, invoice_draft: InvoiceDraft, ben: Actor, now: dt.datetime
) -> None:
    bare = invoices.create(replace(invoice_draft, lines=()), by=ben, now=now)
    with pytest.raises(NotIssuable):
        letters.issue_by_email(
            kind="invoice", document_id=bare.id, version=1, to=TO, message="", by=ben, now=now
        )
    assert not Letter.objects.exists()


def test_an_issued_invoice_is_not_issued_again(issued: Invoice, ben: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotMovable):
        letters.issue_by_email(
            kind="invoice", document_id=issued.id, version=2, to=TO, message="", by=ben, now=now
        )


# ── bad days ──


def test_a_letter_refused_is_tried_again_with_the_same_paper(
    issued: Invoice, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    good, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{HERE}.Refusing"
    refused = _send(issued)
    assert (refused.state, refused.attempts, refused.trouble) == ("waiting", 1, "the mail server is away")
    first = _paper(issued)
    settings.EMAIL_BACKEND = good
    assert _send(issued).state == "sent"
    assert mailoutbox[0].attachments[0][1] == first
    assert _fresh(issued).old_papers == []


def test_a_letter_refused_for_long_says_so_on_the_invoice(issued: Invoice, settings: Settings) -> None:
    settings.EMAIL_BACKEND = f"{HERE}.Refusing"
    for _ in range(8):
        letter = _send(issued)
    assert (letter.state, letter.attempts) == ("failed", 8)
    newest = activity.history("invoice", issued.id)[0]
    assert newest.sentence == f"The e-mail to {TO} could not be sent: the mail server is away"


def test_a_process_killed_after_sending_sends_the_same_paper_again(
    issued: Invoice, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    good, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{HERE}.Deadly"
    with pytest.raises(Killed):
        _send(issued)
    assert _latest(issued).state == "waiting"
    settings.EMAIL_BACKEND = good
    _send(issued)
    first, second = mailoutbox
    assert first.attachments == second.attachments
    assert (_latest(issued).state, _fresh(issued).old_papers) == ("sent", [])


def test_a_letter_of_a_voided_invoice_stays_here(
    issued: Invoice, cleo: Actor, now: dt.datetime, mailoutbox: list[EmailMessage]
) -> None:
    invoices.void(invoice_id=issued.id, version=2, reason="", by=cleo, now=now)
    assert (_send(issued).state, mailoutbox) == ("called_back", [])


# ── again ──


def test_a_corrected_invoice_goes_out_anew_and_the_old_paper_is_kept(
    issued: Invoice, cleo: Actor, now: dt.datetime, mailoutbox: list[EmailMessage]
) -> None:
    _send(issued)
    old = _fresh(issued).paper_key
    draft = invoices.draft_of(issued)
    lines = (draft.lines[0], replace(draft.lines[1], item="Drawings"))
    invoices.correct(
        invoice_id=issued.id, version=2, draft=replace(draft, lines=lines), reason="Words", by=cleo, now=now
    )
    letters.send_again(kind="invoice", document_id=issued.id, to=TO, message="", by=cleo, now=now)
    _send(issued)
    fresh = _fresh(issued)
    assert (fresh.old_papers, fresh.differs_from_paper) == ([old], False)
    assert mailoutbox[1].attachments[0][1] == _paper(issued) != mailoutbox[0].attachments[0][1]


def test_a_letter_that_waits_makes_way_for_a_later_one(
    issued: Invoice, ben: Actor, now: dt.datetime, work_off: Callable[[], int], mailoutbox: list[EmailMessage]
) -> None:
    later = now + dt.timedelta(minutes=1)
    letters.send_again(
        kind="invoice", document_id=issued.id, to="new@kestrelair.example", message="", by=ben, now=later
    )
    work_off()
    assert [letter.to for letter in _of_invoices(mailoutbox)] == [["new@kestrelair.example"]]
    assert sorted(Letter.objects.values_list("state", flat=True)) == ["called_back", "sent"]
    assert _fresh(issued).sent_to == "new@kestrelair.example"


def test_a_waiting_letter_carries_what_the_invoice_says_when_it_goes(
    issued: Invoice, cleo: Actor, now: dt.datetime, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    good, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{HERE}.Refusing"
    _send(issued)
    wrong = _paper(issued)
    draft = replace(invoices.draft_of(issued), currency="EUR")
    invoices.correct(invoice_id=issued.id, version=2, draft=draft, reason="Euros", by=cleo, now=now)
    settings.EMAIL_BACKEND = good
    _send(issued)
    assert mailoutbox[0].attachments[0][1] != wrong


@pytest.mark.parametrize("status", ["draft", "void"])
def test_only_an_issued_invoice_is_sent_again(
    invoice: Invoice, cleo: Actor, now: dt.datetime, status: str
) -> None:
    if status == "void":
        invoices.void(invoice_id=invoice.id, version=1, reason="", by=cleo, now=now)
    with pytest.raises(NotFound):
        letters.send_again(kind="invoice", document_id=invoice.id, to=TO, message="", by=cleo, now=now)


def test_an_accountant_sends_no_letters(issued: Invoice, abe: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        letters.send_again(kind="invoice", document_id=issued.id, to=TO, message="", by=abe, now=now)


def test_dan_sends_no_letter_of_northlight(
    issued: Invoice, dan: Actor, daybreak: Studio, now: dt.datetime, mailoutbox: list[EmailMessage]
) -> None:
    letter = _latest(issued)
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        with pytest.raises(NotFound):
            letters.send_again(kind="invoice", document_id=issued.id, to=TO, message="", by=dan, now=now)
        with pytest.raises(Letter.DoesNotExist):
            letters.send_letter(letter.id, daybreak.pk)
    assert mailoutbox == []


def test_the_letter_and_its_task_are_written_together(issued: Invoice) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args::text FROM procrastinate_jobs WHERE task_name = 'books.send_letter'")
        rows: list[Any] = cursor.fetchall()
    assert len(rows) == 1
    assert _latest(issued).id in rows[0][0]


def test_the_paper_lies_in_the_data_folder(issued: Invoice, data_dir: Path) -> None:
    _send(issued)
    assert [path.name for path in data_dir.rglob("*") if path.is_file()] == [_fresh(issued).paper_key]
