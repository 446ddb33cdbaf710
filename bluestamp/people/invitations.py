"""Invitations: an owner asks somebody by e-mail to join a studio; only who reads that mail can say yes, once.

    open → accepted | withdrawn | run out

The secret of the link is made when the letter is written, and stands nowhere but in it: here is its hash. A letter that
is sent again therefore brings a new link and ends the old one. Outside the border, for the link names no studio; so
every verb here names the studio itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import models, transaction

from bluestamp.engine import queue
from bluestamp.engine.identifiers import OpaqueId
from bluestamp.errors import Invalid, InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity, hashes, memberships, permissions, users
from bluestamp.people.actors import Actor
from bluestamp.people.memberships import AlreadyHere, Membership
from bluestamp.people.permissions import PEOPLE, Action, Role
from bluestamp.people.rows import Studio
from bluestamp.people.users import User

LIFETIME: Final = timedelta(days=7)
PATH: Final = "/accounts/invitation/"
"""Where `web` answers: PATH + secret + "/"."""


class Invitation(models.Model):
    """One letter to one address. `hash` is "" until the letter is written."""

    id = OpaqueId()
    studio = models.ForeignKey(Studio, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField()
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=memberships.ROLES)
    hash = models.CharField(max_length=64, blank=True, db_index=True)
    invited_by = models.CharField(max_length=200)
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["studio", "email"],
                condition=models.Q(accepted_at=None, withdrawn_at=None),
                name="people_invitation_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[str(role) for role in PEOPLE]), name="people_invitation_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} into {self.studio} as {self.role}"

    def has_run_out(self, now: datetime) -> bool:
        """Whether the link opens nothing any more, for its time is over."""
        return self.expires_at <= now


class InvitationRefused(NotPermitted):
    """The link was used, withdrawn, replaced, is too old, or was never made; the answer never says which."""

    code = "INVITATION_REFUSED"


class NotYourInvitation(NotPermitted):
    """The invitation is for another address than that of the person who is signed in."""

    code = "NOT_YOUR_INVITATION"


# An owner asks


def invite(*, email: str, name: str, role: Role, by: Actor, now: datetime, sends: bool = True) -> Invitation:
    """Ask somebody to join, by a letter; the command line sends none and prints the link.

    An invitation of the same address that is open still is replaced. Refuses one who is here already (AlreadyHere), an
    address that is none, a missing name and a role that no person has (Invalid), and programs (NotPermitted): revoking
    their token would leave those in whom they let in.
    """
    permissions.require(by, Action.MANAGE_PEOPLE)
    _refuse_program(by)
    address = users.checked_email(email)
    _refuse_faults(name, role)
    with transaction.atomic():
        Studio.objects.select_for_update().get(pk=by.studio_id)
        _refuse_present(address, by=by)
        _open_ones(by).filter(email=address).update(withdrawn_at=now)
        row = Invitation.objects.create(
            studio_id=by.studio_id,
            email=address,
            name=name.strip(),
            role=role,
            invited_by=by.name,
            invited_at=now,
            expires_at=now + LIFETIME,
        )
        _record(row, "person.invited", f"Invited {row.name} ({row.email}) as {role}.", by=by, now=now)
        if sends:
            _post(row)
    return row


def send_again(invitation_id: str, *, by: Actor, now: datetime) -> Invitation:
    """Send a new letter, good for another seven days; the link of the old one ends. Refuses NotFound, NotPermitted."""
    permissions.require(by, Action.MANAGE_PEOPLE)
    _refuse_program(by)
    with transaction.atomic():
        row = _locked(invitation_id, by=by)
        row.expires_at, row.hash, row.sent_at = now + LIFETIME, "", None
        row.save(update_fields=["expires_at", "hash", "sent_at"])
        _record(row, "person.invited_again", f"Invited {row.name} ({row.email}) again.", by=by, now=now)
        _post(row)
    return row


def withdraw(invitation_id: str, *, by: Actor, now: datetime) -> Invitation:
    """Let the link open nothing any more. Refuses NotFound, NotPermitted."""
    permissions.require(by, Action.MANAGE_PEOPLE)
    with transaction.atomic():
        row = _locked(invitation_id, by=by)
        row.withdrawn_at = now
        row.save(update_fields=["withdrawn_at"])
        sentence = f"Withdrew the invitation of {row.name} ({row.email})."
        _record(row, "person.invitation_withdrawn", sentence, by=by, now=now)
    return row


def listed(by: Actor) -> list[Invitation]:
    """The invitations of the actor's studio that nobody has answered, those that ran out too; newest first."""
    permissions.require(by, Action.MANAGE_PEOPLE)
    return list(_open_ones(by).order_by("-invited_at", "pk"))


# The letter is written


def write(invitation_id: str, *, now: datetime) -> tuple[Invitation, str] | None:
    """Make the link of a letter, and return its secret; None when there is nothing to send any more.

    A crash between this and the mail server: the task runs again and makes another link; the one in a letter that went
    all the same opens nothing, and the second letter brings the one that does.
    """
    secret = hashes.new_secret()
    open_still = Invitation.objects.filter(
        pk=invitation_id, accepted_at=None, withdrawn_at=None, expires_at__gt=now
    )
    if not open_still.update(hash=hashes.hash_of(secret), sent_at=now):
        return None
    return Invitation.objects.select_related("studio").get(pk=invitation_id), secret


# Somebody says yes


def of_secret(secret: str, *, now: datetime) -> Invitation:
    """The open invitation of this link. Raises InvitationRefused."""
    found = _answerable(secret, now).select_related("studio").first()
    if found is None:
        raise _refused()
    return found


def person_of(invitation: Invitation) -> User | None:
    """Whoever has signed in here with that address, or could; None for somebody new, who chooses a password first."""
    found = User.objects.filter(email=invitation.email).first()
    return found if found is not None and found.has_usable_password() else None


def accept(secret: str, *, user: User, now: datetime) -> Membership:
    """Join as somebody who is signed in. Of two presses one joins.

    Refuses a link that opens nothing (InvitationRefused) and another person's (NotYourInvitation).
    """
    with transaction.atomic():
        row = _used_up(secret, now)
        if row.email != user.email:
            raise NotYourInvitation(
                f"This invitation is for {row.email}, and you are signed in as {user.email}. Sign out first."
            )
        return _join(row, user, now=now)


def accept_as_new(secret: str, *, name: str, password: str, now: datetime) -> Membership:
    """Join as somebody new: the address is the letter's, and counts as verified, for its reader alone has the link.

    Refuses a link that opens nothing (InvitationRefused), somebody who has a password (NotYourInvitation: they sign in
    first), a missing name and a password that is too easy (InvalidFields).
    """
    with transaction.atomic():
        row = _used_up(secret, now)
        if person_of(row) is not None:
            raise NotYourInvitation(f"{row.email} has an account here. Sign in to accept.")
        _refuse_weak(name, password, email=row.email)
        user = users.find_or_create(email=row.email, name=name, now=now)
        user.name = name.strip()
        user.set_password(password)
        user.save(update_fields=["name", "password"])
        return _join(row, user, now=now)


# Steps


def _used_up(secret: str, now: datetime) -> Invitation:
    """One row changed from open to accepted, or it is refused; a refusal after it rolls this back."""
    if _answerable(secret, now).update(accepted_at=now) != 1:
        raise _refused()
    return Invitation.objects.select_related("studio").get(hash=hashes.hash_of(secret))


def _answerable(secret: str, now: datetime) -> models.QuerySet[Invitation]:
    return Invitation.objects.filter(
        hash=hashes.hash_of(secret), accepted_at=None, withdrawn_at=None, expires_at__gt=now
    )


def _join(row: Invitation, user: User, *, now: datetime) -> Membership:
    return memberships.join(
        user, row.studio, Role(row.role), invited_by=row.invited_by, invitation_id=row.pk, now=now
    )


def _open_ones(by: Actor) -> models.QuerySet[Invitation]:
    return Invitation.objects.filter(studio_id=by.studio_id, accepted_at=None, withdrawn_at=None)


def _locked(invitation_id: str, *, by: Actor) -> Invitation:
    found = _open_ones(by).select_for_update().filter(pk=invitation_id).first()
    if found is None:
        raise NotFound("There is no such open invitation.")
    return found


def _post(row: Invitation) -> None:
    queue.enqueue_once("people.invite", f"people.invite:{row.pk}", invitation_id=row.pk)


def _refuse_program(by: Actor) -> None:
    if by.via == "api":
        raise NotPermitted("People are invited by a person who is signed in.")


def _refuse_present(address: str, *, by: Actor) -> None:
    here = Membership.objects.filter(studio_id=by.studio_id, user__email=address, is_active=True)
    if found := here.select_related("user").first():
        raise AlreadyHere(f"{found.user.name} is in this studio already, as {found.role}.")


def _refuse_faults(name: str, role: Role) -> None:
    if not name.strip():
        raise Invalid("Say the person's name.", field="name")
    memberships.refuse_role(role)


def _refuse_weak(name: str, password: str, *, email: str) -> None:
    faults = [] if name.strip() else [Invalid("Say your name.", field="name")]
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as refusal:
        faults += [Invalid(sentence, field="password") for sentence in refusal.messages]
    if faults:
        raise InvalidFields(faults)


def _refused() -> InvitationRefused:
    return InvitationRefused(
        "This invitation opens nothing any more: it works once, for seven days, and a newer letter replaces it. "
        "Ask for a new one."
    )


def _record(row: Invitation, verb: str, sentence: str, *, by: Actor, now: datetime) -> None:
    detail = {"email": row.email, "role": str(row.role)}
    activity.record(
        by=by, verb=verb, kind="invitation", subject_id=row.pk, sentence=sentence, now=now, detail=detail
    )
