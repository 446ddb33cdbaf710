"""What people leaves to the queue: letters, for no mail is sent inside a transaction."""

from __future__ import annotations

from typing import Final

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from bluestamp.engine import mail, queue
from bluestamp.people.memberships import Membership
from bluestamp.people.users import User

WELCOME: Final = """{by_name} added you to {studio} on Bluestamp as {role}.

{how}

Bluestamp is where {studio} keeps its jobs, expenses and invoices.
"""


@queue.task("people.welcome")
def welcome(*, membership_id: str, by_name: str) -> None:
    """Tell somebody that they were added, with a link to set a password if they have none.

    A crash after sending and before the queue notes it sends the letter again, which harms nobody.
    """
    membership = Membership.objects.select_related("user", "studio").get(pk=membership_id)
    if not membership.is_active:
        return
    text = WELCOME.format(
        by_name=by_name, studio=membership.studio.name, role=membership.role, how=_how_to_enter(membership)
    )
    mail.send([membership.user.email], f"You were added to {membership.studio.name}", text)


def _how_to_enter(membership: Membership) -> str:
    if membership.user.has_usable_password():
        return f"Sign in: {settings.BLUESTAMP_URL}/{membership.studio.slug}/"
    forgotten = settings.BLUESTAMP_URL + reverse("account_reset_password")
    return (
        f"Set your password within three days: {_password_link(membership.user)}\n"
        f"Later, ask for a new link there: {forgotten}"
    )


def _password_link(user: User) -> str:
    names = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return str(settings.BLUESTAMP_URL + reverse("account_reset_password_from_key", kwargs=names))
