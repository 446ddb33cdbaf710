"""Announces the room to Django."""

from __future__ import annotations

from django.apps import AppConfig


class BooksConfig(AppConfig):
    """The room books."""

    name = "bluestamp.books"
    label = "books"
