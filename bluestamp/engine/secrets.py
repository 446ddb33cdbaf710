"""Secrets at rest: AES-256-GCM, bound to what they belong to, and naming the key that sealed them.

A sealed secret reads `<key id>.<nonce and ciphertext in base64>`. `bound_to` is authenticated with it: a token moved to
another row opens no more than one that was tampered with. The wrong key is an error and never yields anything.

To change the key: `bluestamp keys rotate` puts a new one in front, seals everything anew and drops the old one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models, transaction

NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32


class Unsealable(Exception):
    """It was sealed by a key that is not here, belongs to something else, or was tampered with."""


def seal(plain: str, *, bound_to: str) -> str:
    """Seal a secret for one purpose, by the key that stands first."""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, plain.encode(), bound_to.encode())
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, bound_to: str) -> str:
    """Give the secret back. Raises Unsealable."""
    key_id, _, body = sealed.partition(".")
    key = _keys().get(key_id)
    if key is None:
        raise Unsealable(f"sealed by the key {key_id!r}, which is not among the encryption keys")
    try:
        raw = base64.urlsafe_b64decode(body)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to.encode()).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise Unsealable(f"it does not belong to {bound_to}, or was tampered with") from None


def needs_resealing(sealed: str) -> bool:
    """Whether an older key sealed it."""
    return sealed.partition(".")[0] != next(iter(_keys()))


def reseal(sealed: str, *, bound_to: str) -> str:
    """Seal it anew by the key that stands first. Raises Unsealable."""
    return seal(unseal(sealed, bound_to=bound_to), bound_to=bound_to)


def _keys() -> Mapping[str, bytes]:
    """The keys by id, the one that seals first. The id is a hash, so that it tells nothing of the key."""
    keys = [_decoded(text) for text in settings.BLUESTAMP_ENCRYPTION_KEYS]
    if not keys:
        raise ImproperlyConfigured(
            "There is no encryption key; `bluestamp serve` makes one at its first start."
        )
    return {hashlib.sha256(b"bluestamp key id" + key).hexdigest()[:8]: key for key in keys}


def _decoded(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured("An encryption key must be 32 bytes in base64.")
    return key


class SealedText(models.TextField):  # type: ignore[type-arg]
    """A column of sealed secrets. It seals nothing by itself; it tells rotation what each row is bound to.

    `bound_to` is a pattern over the row's fields: `SealedText(bound_to="grant:{id}")`.
    """

    def __init__(self, *, bound_to: str = "", **options: Any) -> None:
        self.bound_to = bound_to
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        """Say what `__init__` was told."""
        name, path, positional, options = super().deconstruct()
        return name, path, list(positional), options | {"bound_to": self.bound_to}


def reseal_columns(of: Iterable[type[models.Model]] | None = None) -> int:
    """Seal anew what older keys sealed, in the open studio's rows of every SealedText column. Answers how many.

    `of` narrows it to some models; all installed ones by default.

    Each row is locked while it changes, so that a token renewed meanwhile is not overwritten.
    """
    done = 0
    for model in of or apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, SealedText):
                done += _reseal_column(model, field)
    return done


def _reseal_column(model: type[models.Model], field: SealedText) -> int:
    done = 0
    for key in model._default_manager.exclude(**{field.attname: ""}).values_list("pk", flat=True):
        done += _reseal_row(model, field, key)
    return done


def _reseal_row(model: type[models.Model], field: SealedText, key: Any) -> int:
    with transaction.atomic():
        row = model._default_manager.select_for_update().filter(pk=key).first()
        sealed = getattr(row, field.attname, "") if row else ""
        if not row or not sealed or not needs_resealing(sealed):
            return 0
        setattr(row, field.attname, reseal(sealed, bound_to=field.bound_to.format(**vars(row))))
        row.save(update_fields=[field.attname])
        return 1
