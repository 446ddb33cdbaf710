"""What was done to something, for the foot of its page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bluestamp.books import documents
from bluestamp.people import activity
from bluestamp.people.activity import Activity
from bluestamp.web.kinds import KINDS
from bluestamp.web.visits import Visit

MOST: Final = 50


def of(kind: str, subject_id: str) -> list[Activity]:
    """The latest acts, newest first."""
    return list(activity.history(kind, subject_id)[:MOST])


@dataclass(frozen=True, slots=True)
class Lately:
    """One act among those of the whole studio; "" where it is about no document."""

    act: Activity
    called: str
    path: str


def lately(visit: Visit, *, most: int) -> list[Lately]:
    """The latest acts of the studio, newest first, each with the document it is about; a query for each kind."""
    acts = list(activity.recent(most))
    called: dict[str, str] = {}
    for kind in KINDS:
        ids = {act.subject_id for act in acts if act.kind == kind}
        rows = documents.KINDS[kind].objects.filter(pk__in=ids).values_list("pk", "number", "company_name")
        called |= {pk: f"{number or 'Draft'}, {company}" for pk, number, company in rows}
    return [
        Lately(act, called[act.subject_id], visit.path(act.kind, act.subject_id))
        if act.subject_id in called
        else Lately(act, "", "")
        for act in acts
    ]
