"""Announces the room to Django."""

from __future__ import annotations

from django.apps import AppConfig


class SyncConfig(AppConfig):
    """The room sync."""

    name = "bluestamp.sync"
    label = "sync"
