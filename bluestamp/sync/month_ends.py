"""Month end as one organisation sees it: which documents are its own, and which costs it waits for (rule 23)."""

from __future__ import annotations

import datetime as dt

from bluestamp.books import month_end
from bluestamp.books.month_end import Asked, Part
from bluestamp.people import permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.sync.connections import CardPolicy, Connection


def parts(connection: Connection | None, *, until: dt.date, by: Actor) -> list[Part]:
    """Return what is to be cleared away up to a day; without a connection, of all branches. Refuses NotPermitted."""
    permissions.require(by, Action.SEE_FINANCES)
    if connection is None:
        return month_end.parts(Asked(ledger_id=None, until=until))
    return month_end.parts(
        Asked(
            ledger_id=connection.ledger_id,
            until=until,
            leaves_out_cards=connection.card_policy == CardPolicy.NOT_SENT,
        )
    )
