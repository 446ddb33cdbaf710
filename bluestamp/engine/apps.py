"""Announces the engine to Django."""

from __future__ import annotations

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """The room that the others stand on."""

    name = "bluestamp.engine"
    label = "engine"
