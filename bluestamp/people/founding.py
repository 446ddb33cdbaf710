"""Founding a studio: the studio, its home branch and its first owner, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from bluestamp.engine import tenancy
from bluestamp.people import activity, memberships, places, studios, users
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.permissions import Role
from bluestamp.people.rows import Studio, TwoFactorFor
from bluestamp.people.studios import StudioDraft
from bluestamp.people.users import User


@dataclass(frozen=True)
class Founded:
    """What there is after founding."""

    studio: Studio
    branch: Branch
    owner: User


def found_studio(
    *,
    name: str,
    country: str,
    currency: str,
    time_zone: str,
    owner_email: str,
    owner_name: str,
    now: datetime,
    password: str | None = None,
    slug: str = "",
    branch_name: str = "Head office",
) -> Founded:
    """Found a studio; its owner may be somebody who works in another one already, and keeps their password then.

    Refuses unknown codes (InvalidFields), a slug that is taken or reserved, and an owner without name or address
    (Invalid).
    """
    draft = StudioDraft(
        name=name.strip(),
        country=country,
        base_currency=currency,
        time_zone=time_zone,
        two_factor_for=TwoFactorFor.MONEY,
    )
    studios.refuse_faults(studios.faults_of(draft))
    with transaction.atomic():
        studio = _open_studio(draft, slug=studios.free_slug(slug, name=draft.name), now=now)
        owner = users.find_or_create(email=owner_email, name=owner_name, password=password, now=now)
        memberships.found_owner(owner, studio, now=now)
        with tenancy.leaving(), tenancy.acting_in(studio.pk):
            branch = _open_branch(studio, branch_name)
            _record(studio, owner, now=now)
    return Founded(studio=studio, branch=branch, owner=owner)


def _open_studio(draft: StudioDraft, *, slug: str, now: datetime) -> Studio:
    return Studio.objects.create(
        slug=slug,
        name=draft.name,
        country=draft.country,
        base_currency=draft.base_currency,
        time_zone=draft.time_zone,
        two_factor_for=draft.two_factor_for,
        created_at=now,
    )


def _open_branch(studio: Studio, name: str) -> Branch:
    return Branch.objects.create(
        studio=studio,
        name=name,
        is_home=True,
        legal_name=studio.name,
        currency=studio.base_currency,
        locale=places.locale_of(studio.country),
    )


def _record(studio: Studio, owner: User, *, now: datetime) -> None:
    activity.record(
        by=Actor(studio_id=studio.pk, name=owner.name, role=Role.OWNER, user_id=owner.pk, via="cli"),
        verb="studio.founded",
        kind="studio",
        subject_id=str(studio.pk),
        sentence=f"Founded {studio.name}.",
        now=now,
    )
