"""Month end as one organisation sees it: which branches are its own, and which costs it waits for (rule 23)."""

from __future__ import annotations

import datetime as dt

from bluestamp.books import month_end
from bluestamp.books.month_end import Asked, Part
from bluestamp.people import branches, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.sync import connections
from bluestamp.sync.connections import CardPolicy, Connection


def parts(connection: Connection | None, *, until: dt.date, by: Actor) -> list[Part]:
    """Return what is to be cleared away up to a day; without a connection, of all branches. Refuses NotPermitted."""
    permissions.require(by, Action.SEE_FINANCES)
    if connection is None:
        every = [branch.pk for branch in branches.listed()]
        return month_end.parts(Asked(branch_ids=every, until=until, has_books_elsewhere=False))
    return month_end.parts(
        Asked(
            branch_ids=connections.branch_ids(connection),
            until=until,
            has_books_elsewhere=True,
            leaves_out_cards=connection.card_policy == CardPolicy.NOT_SENT,
        )
    )
