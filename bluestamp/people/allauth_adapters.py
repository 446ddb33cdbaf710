"""What allauth is told: nobody signs up, letters go through the engine, authenticators' secrets are sealed.

Named in the settings (`ACCOUNT_ADAPTER`, `MFA_ADAPTER`) and, for the one page whose refusal allauth has no hook for,
in the URLs (`remove_key`).
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.app_settings import REAUTHENTICATION_TIMEOUT
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context as allauth_context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from bluestamp.engine import mail
from bluestamp.people import two_factor, users
from bluestamp.people.holds import Held

logger = logging.getLogger(__name__)
NO_LETTER: Final = (
    "The mail server took no letter just now. Try again in some minutes, or ask whoever runs this Bluestamp."
)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Sign-in by e-mail address, for people whom an owner added."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "That address and that password don’t belong together.",
        "incorrect_password": "That is not your password.",
        "too_many_login_attempts": "Too many tries. Wait some minutes, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes themselves a user."""
        return False

    def clean_email(self, email: str) -> str:
        """Write an address in the one way that it is stored."""
        return users.normal_email(super().clean_email(email))

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Ask nobody "is it still you?" who signed in minutes ago: a first second factor follows right on that."""
        if not super().is_reauthentication_required(app=app):
            return False
        records = get_authentication_records(allauth_context.request, allauth_context.request.user)
        return all(time.time() - record["at"] >= REAUTHENTICATION_TIMEOUT for record in records)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send allauth's letter as plain text by the engine. Without its link a person must know that none comes."""
        request = allauth_context.request
        words = {"request": request, "email": email, "current_site": get_current_site(request), **context}
        letter = self.render_mail(template_prefix, email, words)
        try:
            mail.send([email], str(letter.subject), str(letter.body))
        except mail.NotSent as trouble:
            logger.error("A letter about somebody's account could not be sent: %s", trouble)
            messages.error(request, NO_LETTER, extra_tags="red")

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Tell a person what changed about their account, once it has: a letter can't be rolled back."""
        transaction.on_commit(lambda: super(AccountAdapter, self).send_notification_mail(*args, **kwargs))


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Authenticators: their secrets are sealed for their person, and a hold keeps the last one."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That code is not right, or no longer. Type the one that is shown now.",
    }

    def get_totp_issuer(self) -> str:
        """The name that authenticator apps show."""
        return "Bluestamp"

    def encrypt(self, text: str) -> str:
        """Seal a secret for the person who is enrolling."""
        return two_factor.seal(text, user_id=allauth_context.request.user.pk)

    def decrypt(self, encrypted_text: str) -> str:
        """Open a secret for the person whose row holds it; at sign-in nobody is signed in yet to ask."""
        return two_factor.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Called while allauth's form is checked, so the reason's own sentence stands on that form."""
        try:
            two_factor.refuse_removal(authenticator)
        except Held as refusal:
            raise ValidationError(refusal.sentence, code=refusal.code) from refusal
        return True


class RemoveKey(RemoveWebAuthnView):  # type: ignore[misc]  # allauth has no types
    """Removes a security key or passkey. allauth asks `can_delete_authenticator` for authenticator apps only."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Refuse with the reason on the list of keys, or remove it."""
        try:
            two_factor.refuse_removal(self.get_object())
        except Held as refusal:
            messages.error(self.request, refusal.sentence)
            return HttpResponseRedirect(self.get_success_url())
        removed: HttpResponse = super().form_valid(form)
        return removed


remove_key = RemoveKey.as_view()
"""To stand at `accounts/2fa/webauthn/keys/<int:pk>/remove/`, before allauth's own URLs."""
