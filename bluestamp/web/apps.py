"""Announces the room to Django."""

from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The room web."""

    name = "bluestamp.web"
    label = "web"
