"""Letters go out with what they carry, can't smuggle headers, and a silent loss is none of the outcomes."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from django.core import mail as outbox
from pytest_django import Settings

from bluestamp.engine import environment, mail


def test_a_letter_carries_its_text_and_attachments(mailoutbox: list[outbox.EmailMessage]) -> None:
    pdf = ("INV-1.pdf", b"%PDF-1.7", "application/pdf")
    mail.send(
        ["dora@client.example"],
        "Invoice INV-1",
        "Dear Dora",
        attachments=[pdf],
        reply_to="ada@studio.example",
    )
    [letter] = mailoutbox
    assert (letter.to, letter.subject, letter.body) == (["dora@client.example"], "Invoice INV-1", "Dear Dora")
    assert (letter.attachments, letter.reply_to) == ([pdf], ["ada@studio.example"])


def test_a_line_break_in_a_subject_begins_no_header(mailoutbox: list[outbox.EmailMessage]) -> None:
    mail.send(["dora@client.example"], "Invoice\r\nBcc: all@client.example", "Dear Dora")
    assert mailoutbox[0].subject == "Invoice Bcc: all@client.example"


def test_letters_go_into_files_where_there_is_no_server(settings: Settings, tmp_path: Path) -> None:
    for name, value in environment.mail("files", tmp_path / "mail").items():
        setattr(settings, name, value)
    mail.send(["dora@client.example"], "Invoice", "Dear Dora")
    [file] = (tmp_path / "mail").iterdir()
    assert "Dear Dora" in file.read_text()


def test_a_server_that_is_not_there_is_an_error(settings: Settings, tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound and not listening, so that it refuses
        taken.bind(("127.0.0.1", 0))
        url = f"smtp://127.0.0.1:{taken.getsockname()[1]}?tls=none"
        for name, value in environment.mail(url, tmp_path).items():
            setattr(settings, name, value)
        with pytest.raises(mail.NotSent):
            mail.send(["dora@client.example"], "Invoice", "Dear Dora")
