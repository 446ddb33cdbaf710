"""Which address leads where. A studio's own addresses come last: its first word could be any other."""

from __future__ import annotations

from allauth.mfa.recovery_codes.views import view_recovery_codes
from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.views.decorators.cache import never_cache

from bluestamp.engine.identifiers import OpaqueIdConverter
from bluestamp.people.allauth_adapters import remove_key

register_converter(OpaqueIdConverter, "oid")

urlpatterns: list[URLPattern | URLResolver] = [
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", remove_key),
    # Shown once: neither the browser's back button nor a shared machine's cache shows them again.
    path("accounts/2fa/recovery-codes/", never_cache(view_recovery_codes)),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("bluestamp.api.urls")),
    path("", include("bluestamp.web.urls")),
]
