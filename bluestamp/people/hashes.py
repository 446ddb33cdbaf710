"""Secrets that are only compared, never read again: shown once, kept as a hash."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

BITS: Final = 256


def new_secret() -> str:
    """Random words for an address or a header: 43 letters of base 64."""
    return secrets.token_urlsafe(BITS // 8)


def hash_of(secret: str) -> str:
    """SHA-256 in hex. No salt and no slow hash: 256 random bits can't be guessed, only stolen."""
    return hashlib.sha256(secret.encode()).hexdigest()
