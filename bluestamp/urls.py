"""Which address leads where."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter

from bluestamp.engine.identifiers import OpaqueIdConverter

register_converter(OpaqueIdConverter, "oid")

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/", include("allauth.urls")),
]
