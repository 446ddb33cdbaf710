"""Announces the engine to Django."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


class EngineConfig(AppConfig):
    """The room that the others stand on."""

    name = "bluestamp.engine"
    label = "engine"

    def ready(self) -> None:
        """Migrations run in studio 0, which nobody has: a new foreign key's first check reads guarded tables."""
        pre_migrate.connect(_enter_nobodys_studio, sender=self)
        post_migrate.connect(_leave_it, sender=self)


def _enter_nobodys_studio(*, using: str, **_: Any) -> None:
    _set_studio("0", using=using)


def _leave_it(*, using: str, **_: Any) -> None:
    _set_studio("", using=using)


def _set_studio(value: str, *, using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT set_config('app.studio', %s, false)", [value])
