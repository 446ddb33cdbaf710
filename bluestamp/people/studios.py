"""Studios: each a world of its own behind the border. Found by `founding.found_studio`, changed here by an owner."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from django.db import transaction
from django.utils.text import slugify

from bluestamp.errors import Invalid, InvalidFields, NotFound
from bluestamp.people import activity, holds, permissions, places
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.rows import Studio, StudioRow, TwoFactorFor

__all__ = ["RESERVED_SLUGS", "Studio", "StudioDraft", "StudioRow", "TwoFactorFor"]

RESERVED_SLUGS: Final = frozenset(
    {
        "accounts",
        "admin",
        "api",
        "assets",
        "demo",
        "favicon",
        "health",
        "help",
        "login",
        "logout",
        "media",
        "new",
        "robots",
        "sandbox",
        "settings",
        "sign-in",
        "static",
        "studios",
        "webhook",
        "xero",
    }
)
"""First words of addresses that are no studio, now or perhaps later."""

_SLUG: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")

STRICTNESS: Final[Mapping[str, int]] = MappingProxyType(
    {TwoFactorFor.NOBODY: 0, TwoFactorFor.MONEY: 1, TwoFactorFor.EVERYBODY: 2}
)


@dataclass(frozen=True)
class StudioDraft:
    """All of a studio that its owner can change."""

    name: str
    country: str
    base_currency: str
    time_zone: str
    two_factor_for: TwoFactorFor


def of_slug(slug: str) -> Studio:
    """The studio at this address. Raises NotFound."""
    try:
        return Studio.objects.get(slug=slug)
    except Studio.DoesNotExist:
        raise NotFound("There is no such studio.") from None


def edit(draft: StudioDraft, *, by: Actor, now: datetime) -> Studio:
    """Change the studio that the actor is in.

    Refuses unknown codes (InvalidFields), and to demand two-factor authentication of fewer people while something
    holds it, such as a live connection (Held, with the connection's name).
    """
    permissions.require(by, Action.EDIT_STUDIO)
    refuse_faults(faults_of(draft))
    with transaction.atomic():
        studio = Studio.objects.select_for_update().get(pk=by.studio_id)
        if STRICTNESS[draft.two_factor_for] < STRICTNESS[studio.two_factor_for]:
            holds.refuse_if_held(kind="studio", subject_id=str(studio.pk), act="switch_off_two_factor")
        changed = _take(studio, draft)
        if changed:
            studio.save(update_fields=list(changed))
            _record_edit(studio, changed, by=by, now=now)
    return studio


def faults_of(draft: StudioDraft) -> list[Invalid]:
    """What can't be taken, in the order of the form."""
    unnamed = [] if draft.name.strip() else [Invalid("Say the studio's name.", field="name")]
    return [
        *unnamed,
        *places.faults_of_country(draft.country, field="country"),
        *places.faults_of_currency(draft.base_currency, field="base_currency"),
        *places.faults_of_time_zone(draft.time_zone, field="time_zone"),
    ]


def refuse_faults(faults: list[Invalid]) -> None:
    """Go on, or raise InvalidFields with all of them."""
    if faults:
        raise InvalidFields(faults)


def free_slug(wanted: str, *, name: str) -> str:
    """The address for a new studio: the one wanted, else one made of its name that nobody has.

    Refuses a wanted one that is taken, reserved or not made of a-z, 0-9 and hyphens (Invalid).
    """
    if wanted:
        _refuse_slug(wanted)
        return wanted
    stem = slugify(name)[:34].strip("-") or "studio"
    number = 1
    while _is_taken(slug := stem if number == 1 else f"{stem}-{number}"):
        number += 1
    return slug


def _refuse_slug(slug: str) -> None:
    if not _SLUG.fullmatch(slug):
        raise Invalid("An address is made of a-z, 0-9 and hyphens, at most 40.", field="slug")
    if _is_taken(slug):
        raise Invalid(f"The address “{slug}” is taken.", field="slug")


def _is_taken(slug: str) -> bool:
    return slug in RESERVED_SLUGS or Studio.objects.filter(slug=slug).exists()


def _take(studio: Studio, draft: StudioDraft) -> dict[str, tuple[str, str]]:
    """Put the draft's values on the row; answer what changed, by field: before and after."""
    changed = {}
    for field in StudioDraft.__dataclass_fields__:
        before, after = str(getattr(studio, field)), str(getattr(draft, field)).strip()
        if before != after:
            setattr(studio, field, after)
            changed[field] = (before, after)
    return changed


def _record_edit(studio: Studio, changed: dict[str, tuple[str, str]], *, by: Actor, now: datetime) -> None:
    sentence = "Changed the studio's settings."
    if "two_factor_for" in changed:
        whom = TwoFactorFor(studio.two_factor_for).label
        sentence = f"Two-factor authentication is now demanded of {whom}."
    activity.record(
        by=by,
        verb="studio.edited",
        kind="studio",
        subject_id=str(studio.pk),
        sentence=sentence,
        now=now,
        detail={field: list(values) for field, values in changed.items()},
    )
