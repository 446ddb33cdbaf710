"""What a person said of look-alikes: none of these contacts in Xero is that company (bookkeeping rule 24).

From then on the company counts as unknown there, so that it can be created. A contact of exactly its name stays a
question all the same, for Xero takes no second one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import models
from django.db.models import Q

from bluestamp.books.companies import Company
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.studios import StudioRow
from bluestamp.sync.connections import Connection
from bluestamp.sync.matching import Candidates, Match, Nothing, Why
from bluestamp.sync.parties import Party


class Distinction(StudioRow):
    """One party that is none of the contacts which look like it. A person who paid has no company, but a key."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="+")
    company = models.ForeignKey(Company, null=True, on_delete=models.CASCADE, related_name="+")
    party_key = models.CharField(max_length=300)
    said_by = models.CharField(max_length=200)
    said_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "party_key"], name="distinction_once")]


def declare(connection: Connection, party: Party, *, by: Actor, now: dt.datetime) -> None:
    """Say that none of the contacts in Xero is this party. Refuses NotPermitted."""
    permissions.require(by, Action.LINK_CONTACTS)
    _, is_new = Distinction.objects.get_or_create(
        connection=connection,
        party_key=party.key,
        defaults={
            "studio_id": connection.studio_id,
            "company": party.company,
            "said_by": by.name,
            "said_at": now,
        },
    )
    if is_new and party.company is not None:
        activity.record(
            by=by,
            verb="company.distinguished",
            kind="company",
            subject_id=party.company.id,
            sentence=f"None of the contacts in {connection.name} that look like {party.name} is it.",
            now=now,
        )


def heeded(connection: Connection, answers: dict[str, Match], parties: Iterable[Party]) -> dict[str, Match]:
    """Return the answers, with those turned to Nothing of which a person said so."""
    doubtful = [party for party in parties if _is_told_apart(answers[party.key])]
    if not doubtful:
        return answers
    said = Distinction.objects.filter(
        Q(connection=connection), party_key__in=[party.key for party in doubtful]
    )
    keys = set(said.values_list("party_key", flat=True))
    return answers | {party.key: Nothing() for party in doubtful if party.key in keys}


def _is_told_apart(answer: Match) -> bool:
    """Whether these candidates only look alike: none of them has exactly the name and takes documents."""
    if not isinstance(answer, Candidates):
        return False
    return not any(one.why is Why.NAME and one.contact.is_active for one in answer.candidates)
