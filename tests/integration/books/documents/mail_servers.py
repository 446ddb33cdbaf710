"""Mail servers as they are on bad days, to be set as Django's e-mail backend."""

from __future__ import annotations

from typing import Any

from django.core.mail.backends.locmem import EmailBackend


class Refusing(EmailBackend):
    """Takes no letter."""

    def send_messages(self, messages: Any) -> int:
        raise ConnectionRefusedError("the mail server is away")


class Killed(RuntimeError):
    """The process ended here."""


class Deadly(EmailBackend):
    """Takes the letter, and the process is killed before anybody hears of it."""

    def send_messages(self, messages: Any) -> int:
        super().send_messages(messages)
        raise Killed
