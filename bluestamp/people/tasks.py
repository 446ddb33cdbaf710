"""What people leaves to the queue: letters, for no mail is sent inside a transaction."""

from __future__ import annotations

from typing import Final

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from bluestamp.engine import mail, queue
from bluestamp.people import invitations
from bluestamp.people.memberships import Membership
from bluestamp.people.users import User

WELCOME: Final = """{by_name} added you to {studio} on Bluestamp as {role}.

{how}

Bluestamp is where {studio} keeps its jobs, expenses and invoices.
"""

INVITED: Final = """{by_name} invites you to {studio} on Bluestamp as {role}.

Join within seven days; the link works once: {link}

Bluestamp is where {studio} keeps its jobs, expenses and invoices. If you know nothing of this, do nothing.
"""

RESET: Final = """{by_name} reset the two-factor authentication of your account on Bluestamp.

Your authenticator app, passkeys and recovery codes open nothing any more, you were signed out everywhere, and your API
tokens were revoked. Sign in with your password and set up a new second factor: {link}

If you did not ask for this, talk to {by_name} now.
"""


@queue.task("people.invite")
def invite(*, invitation_id: str) -> None:
    """Send the letter of an invitation, with a link that is made here and stands nowhere else.

    A crash after sending and before the queue notes it sends another letter, whose link is then the one that works.
    """
    written = invitations.write(invitation_id, now=timezone.now())
    if written is None:
        return
    invitation, secret = written
    link = f"{settings.BLUESTAMP_URL}{invitations.PATH}{secret}/"
    names = {"by_name": invitation.invited_by, "studio": invitation.studio.name, "role": invitation.role}
    subject = f"{invitation.invited_by} invites you to {invitation.studio.name}"
    mail.send([invitation.email], subject, INVITED.format(link=link, **names))


@queue.task("people.two_factor_reset")
def two_factor_reset(*, user_id: int, by_name: str) -> None:
    """Tell somebody that an owner reset their second factor. A crash may send it twice, which harms nobody."""
    user = User.objects.get(pk=user_id)
    text = RESET.format(by_name=by_name, link=f"{settings.BLUESTAMP_URL}/")
    mail.send([user.email], "Your two-factor authentication was reset", text)


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
