"""Letters to people. Where they go is a setting: an SMTP server, or files in the data folder (the demo)."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.mail import EmailMessage

Attachment = tuple[str, bytes, str]
"""Name, content, media type."""


class NotSent(Exception):
    """The mail server could not be reached, or would not take the letter."""


def send(
    to: Sequence[str],
    subject: str,
    text: str,
    *,
    attachments: Sequence[Attachment] = (),
    reply_to: str | None = None,
) -> None:
    """Send a letter of plain text. Raises NotSent; then nobody got it, or the server says it took it and did not.

    Never call it inside a transaction: a letter can't be rolled back.
    """
    letter = EmailMessage(
        subject=" ".join(subject.split()),  # a line break in a subject would begin a header
        body=text,
        to=list(to),
        reply_to=[reply_to] if reply_to else None,
        attachments=list(attachments),
    )
    try:
        letter.send(fail_silently=False)
    except OSError as error:  # smtplib's errors are OSErrors too
        raise NotSent(str(error)) from error
