"""Announces the room to Django."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The room people."""

    name = "bluestamp.people"
    label = "people"
