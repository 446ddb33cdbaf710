"""What the environment may say, read into what Django wants. Knows no Django, for the settings are made with it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

BACKENDS: Final = "django.core.mail.backends"


class NotUnderstood(ValueError):
    """A variable of the environment says something that can't be used; the sentence names it."""


def data_dir() -> Path:
    """BLUESTAMP_DATA_DIR, else /var/lib/bluestamp for root, else the user's data folder (XDG base directories)."""
    named = os.environ.get("BLUESTAMP_DATA_DIR")
    if named:
        return Path(named).absolute()
    if os.geteuid() == 0:
        return Path("/var/lib/bluestamp")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share").absolute() / "bluestamp"


def has_encryption_keys() -> bool:
    """Whether the keys come from the environment, and not from the data folder."""
    return bool(os.environ.get("BLUESTAMP_ENCRYPTION_KEYS"))


def flag(name: str) -> bool:
    """Whether a switch is on: 1, true, yes or on. Raises NotUnderstood for any other word."""
    word = os.environ.get(name, "").strip().lower()
    if word in {"1", "true", "yes", "on"}:
        return True
    if word in {"", "0", "false", "no", "off"}:
        return False
    raise NotUnderstood(f"{name} is {word!r}; say 1 or 0.")


def choice(name: str, words: Sequence[str]) -> str:
    """One of several words, the first by default. Raises NotUnderstood for another."""
    word = os.environ.get(name) or words[0]
    if word not in words:
        raise NotUnderstood(f"{name} is {word!r}; it may be {', '.join(words)}.")
    return word


def hosts(url: str, more: str) -> list[str]:
    """The host names that requests may be for: the public one, this machine, and those listed with commas."""
    listed = [host.strip() for host in more.split(",") if host.strip()]
    return list(
        dict.fromkeys([urlsplit(url).hostname or "localhost", "localhost", "127.0.0.1", "[::1]", *listed])
    )


def database(url: str) -> dict[str, Any]:
    """Django's words for `postgresql://user:password@host:port/name?option=value`.

    Raises NotUnderstood for any other database: nothing but PostgreSQL draws the border between studios.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise NotUnderstood(
            f"DATABASE_URL begins with {parts.scheme}://; Bluestamp runs on postgresql:// only."
        )
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }


def mail(url: str, folder: Path) -> dict[str, Any]:
    """Django's words for `smtp://user:password@host:port?tls=starttls|implicit|none`, or for `files` in a folder."""
    if url == "files":
        return {"EMAIL_BACKEND": f"{BACKENDS}.filebased.EmailBackend", "EMAIL_FILE_PATH": folder}
    parts = urlsplit(url)
    if parts.scheme != "smtp" or not parts.hostname:
        raise NotUnderstood("EMAIL_URL must be smtp://user:password@host:port, or the word files.")
    tls = dict(parse_qsl(parts.query)).get("tls", "starttls")
    if tls not in {"starttls", "implicit", "none"}:
        raise NotUnderstood("EMAIL_URL: tls may be starttls, implicit or none.")
    return {
        "EMAIL_BACKEND": f"{BACKENDS}.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or {"starttls": 587, "implicit": 465, "none": 25}[tls],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": tls == "starttls",
        "EMAIL_USE_SSL": tls == "implicit",
        "EMAIL_TIMEOUT": 20,
    }
