"""Memberships: who works in which studio, and as what. An accountant may belong to many studios.

Outside the border, for they say which studios a person may enter; so every verb here names the studio itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q

from bluestamp.engine import queue, tenancy
from bluestamp.engine.identifiers import OpaqueId
from bluestamp.errors import Conflict, Invalid, NotFound, NotPermitted
from bluestamp.people import activity, permissions, users
from bluestamp.people.actors import Actor, Via
from bluestamp.people.permissions import PEOPLE, Action, Role
from bluestamp.people.rows import Studio
from bluestamp.people.users import User

ROLES: Final = [(str(role), str(role).capitalize()) for role in PEOPLE]


class Membership(models.Model):
    """One person in one studio."""

    id = OpaqueId()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="memberships")
    studio = models.ForeignKey(Studio, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=ROLES)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "studio"], name="people_membership_once"),
            models.CheckConstraint(
                condition=Q(role__in=[str(role) for role in PEOPLE]), name="people_membership_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.studio}: {self.role}"


class AlreadyHere(Conflict):
    """The person is in this studio already."""

    code = "ALREADY_HERE"


class LastOwner(Conflict):
    """A studio keeps at least one owner, or nobody could let anybody in again."""

    code = "LAST_OWNER"


def of(user: User) -> list[Membership]:
    """The studios that a person works in, by name."""
    found = Membership.objects.filter(user=user, is_active=True, user__is_active=True)
    return list(found.select_related("studio").order_by("studio__name", "studio_id"))


def actor(user: User, studio: Studio, via: Via = "web") -> Actor:
    """The person as an actor in this studio. Raises NotFound for a stranger: to them it does not exist."""
    mine = Membership.objects.filter(user=user, studio=studio, is_active=True, user__is_active=True).first()
    if mine is None:
        raise NotFound("There is no such studio.")
    return Actor(studio_id=studio.pk, name=user.name, role=Role(mine.role), user_id=user.pk, via=via)


def listed(by: Actor) -> list[Membership]:
    """Everybody of the actor's studio, those who left too: active ones first, by name."""
    found = Membership.objects.filter(studio_id=by.studio_id).select_related("user")
    return list(found.order_by("-is_active", "user__name", "pk"))


def add(*, email: str, name: str, role: Role, by: Actor, now: datetime) -> Membership:
    """Let a person into the studio at once; somebody new is sent a letter with a link to set a password.

    For the command line, whose user vouches for the address; pages send an invitation instead (`invitations`).
    One who left comes back in the new role. Refuses one who is here already (AlreadyHere), an address that is none
    and a role that no person has (Invalid).
    """
    permissions.require(by, Action.MANAGE_PEOPLE)
    refuse_role(role)
    with transaction.atomic():
        user = users.find_or_create(email=email, name=name, now=now)
        membership = _entered(user, role, studio_id=by.studio_id, now=now)
        _record(membership, "person.added", f"Added {user.name} as {role}.", by=by, now=now)
        key = f"people.welcome:{membership.pk}"
        queue.enqueue_once("people.welcome", key, membership_id=membership.pk, by_name=by.name)
    return membership


def change_role(membership_id: str, role: Role, *, by: Actor, now: datetime) -> Membership:
    """Give a person another role. Refuses to leave the studio without an owner (LastOwner)."""
    permissions.require(by, Action.MANAGE_PEOPLE)
    refuse_role(role)
    with transaction.atomic():
        membership = _locked(membership_id, by=by)
        if membership.role == role:
            return membership
        if role != Role.OWNER:
            _refuse_last_owner(membership)
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
        sentence = f"Changed {membership.user.name} from {before} to {role}."
        _record(membership, "person.role_changed", sentence, by=by, now=now)
    return membership


def deactivate(membership_id: str, *, by: Actor, now: datetime) -> Membership:
    """Let a person in no longer; what they did stays. Refuses the last owner (LastOwner)."""
    permissions.require(by, Action.MANAGE_PEOPLE)
    with transaction.atomic():
        membership = _locked(membership_id, by=by)
        if not membership.is_active:
            return membership
        _refuse_last_owner(membership)
        membership.is_active = False
        membership.save(update_fields=["is_active"])
        _record(membership, "person.left", f"{membership.user.name} left the studio.", by=by, now=now)
    return membership


def bring_back(membership_id: str, *, by: Actor, now: datetime) -> Membership:
    """Let a person who left in again, in the role they had. Refuses programs, as inviting does (NotPermitted)."""
    permissions.require(by, Action.MANAGE_PEOPLE)
    if by.via == "api":
        raise NotPermitted("People are let in by a person who is signed in.")
    with transaction.atomic():
        membership = _locked(membership_id, by=by)
        if membership.is_active:
            return membership
        membership.is_active = True
        membership.save(update_fields=["is_active"])
        sentence = f"Let {membership.user.name} in again as {membership.role}."
        _record(membership, "person.came_back", sentence, by=by, now=now)
    return membership


def find(membership_id: str, *, by: Actor) -> Membership:
    """One person of the actor's studio. Raises NotFound."""
    found = Membership.objects.filter(pk=membership_id, studio_id=by.studio_id).select_related("user").first()
    if found is None:
        raise NotFound("There is no such person in this studio.")
    return found


def found_owner(user: User, studio: Studio, *, now: datetime) -> Membership:
    """The first owner of a studio that is being founded; `founding` alone calls this."""
    return Membership.objects.create(user=user, studio=studio, role=Role.OWNER, joined_at=now)


def join(
    user: User, studio: Studio, role: Role, *, invited_by: str, invitation_id: str, now: datetime
) -> Membership:
    """Let in somebody who accepted an invitation; `invitations` alone calls this. Refuses AlreadyHere."""
    with transaction.atomic():
        membership = _entered(user, role, studio_id=studio.pk, now=now)
        by = actor(user, studio)
        with tenancy.leaving(), tenancy.acting_in(studio.pk):
            sentence = f"{user.name} accepted the invitation of {invited_by} as {role}."
            _record(membership, "person.joined", sentence, by=by, now=now, invitation_id=invitation_id)
    return membership


def _entered(user: User, role: Role, *, studio_id: int, now: datetime) -> Membership:
    _lock_people(studio_id)
    before = Membership.objects.filter(user=user, studio_id=studio_id).first()
    if before is None:
        return Membership.objects.create(user=user, studio_id=studio_id, role=role, joined_at=now)
    if before.is_active:
        raise AlreadyHere(f"{user.name} is in this studio already, as {before.role}.")
    before.role, before.is_active, before.joined_at = role, True, now
    before.save(update_fields=["role", "is_active", "joined_at"])
    return before


def _locked(membership_id: str, *, by: Actor) -> Membership:
    _lock_people(by.studio_id)
    return find(membership_id, by=by)


def _lock_people(studio_id: int) -> None:
    """One change of people at a time in a studio: two owners leaving at once would each see the other stay."""
    Studio.objects.select_for_update().get(pk=studio_id)


def _refuse_last_owner(membership: Membership) -> None:
    if membership.role != Role.OWNER or not membership.is_active:
        return
    others = Membership.objects.filter(studio_id=membership.studio_id, role=Role.OWNER, is_active=True)
    if not others.filter(user__is_active=True).exclude(pk=membership.pk).exists():
        raise LastOwner(f"{membership.user.name} is the only owner. Make somebody else an owner first.")


def refuse_role(role: Role) -> None:
    """Go on, or raise Invalid: only people's roles are given."""
    if role not in PEOPLE:
        raise Invalid(f"“{role}” is no role for a person.", field="role")


def _record(
    membership: Membership, verb: str, sentence: str, *, by: Actor, now: datetime, **more: str
) -> None:
    activity.record(
        by=by,
        verb=verb,
        kind="person",
        subject_id=membership.pk,
        sentence=sentence,
        now=now,
        detail={"user_id": membership.user_id, "role": str(membership.role), **more},
    )
