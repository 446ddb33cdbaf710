"""Opening the line to one organisation: a client whose every call is written down and counted.

    with clients.open(connection, why=Why.PULL, urgent=False, now=now) as xero:
        xero.invoices(ids=…)

What a failure means for the connection is noted here, once, before the error goes on to whoever decides what next.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from bluestamp.sync import budget, connections, exchanges, grants, xero_app
from bluestamp.sync.connections import GRANT_DIED, Connection
from bluestamp.sync.exchanges import Why
from bluestamp.xero import errors as xero_errors
from bluestamp.xero import exchanges as wire
from bluestamp.xero.calls import Patience
from bluestamp.xero.client import Client

WITHDRAWN = "access was withdrawn in Xero."


@contextmanager
def open(
    connection: Connection,
    *,
    why: Why | str,
    urgent: bool,
    now: dt.datetime,
    batch_id: str = "",
    patience: Patience | None = None,
) -> Iterator[Client]:
    """Speak with the organisation for the length of the block, outside any transaction.

    With `patience` nothing is waited for longer than that, for somebody who reads and is waited for.

    Raises RateLimited before anything is sent when the budget has nothing for this (`urgent` is for what a person
    pressed); NotConnected after the connection was marked lost; TokenExpired after the grant was marked to be renewed,
    so that the same call may be made again at once; and any other XeroError as it came.
    """
    xero_app.refuse_inside_transaction()
    free_at = budget.free_at(tenant_id=connection.tenant_id, urgent=urgent, now=now)
    if free_at is not None:
        raise xero_errors.RateLimited(until=free_at, which="budget")
    token = _token(connection, now=now, patience=patience)
    try:
        writing_down = _writing_down(connection, why=Why(why), batch_id=batch_id)
        yield _client(connection, token, writing_down, now=now, patience=patience)
    except xero_errors.TokenExpired:
        if not grants.expire(connection.grant_id, token=token, now=now):
            raise xero_errors.Unavailable("Xero calls a new token expired", outcome_known=True) from None
        raise
    except xero_errors.NotConnected as error:
        _look_into(connection, error, token=token, now=now)
        raise


def _token(connection: Connection, *, now: dt.datetime, patience: Patience | None) -> str:
    try:
        return grants.access_token(connection.grant_id, now=now, patience=patience)
    except xero_errors.NotConnected:
        connections.mark_grant_lost(connection.grant_id, why=GRANT_DIED, now=now)
        raise


def _client(
    connection: Connection,
    token: str,
    on_exchange: Callable[[wire.Exchange], None],
    *,
    now: dt.datetime,
    patience: Patience | None,
) -> Client:
    return Client(
        settings.XERO_API_URL,
        token,
        connection.tenant_id,
        http=xero_app.http(),
        clock=xero_app.clock_from(now),
        on_exchange=on_exchange,
        patience=patience,
    )


def _writing_down(connection: Connection, *, why: Why, batch_id: str) -> Callable[[wire.Exchange], None]:
    def write_down(call: wire.Exchange) -> None:
        exchanges.keep(
            call, connection_id=connection.id, studio_id=connection.studio_id, why=why, batch_id=batch_id
        )
        if call.status is not None:
            budget.note(tenant_id=connection.tenant_id, limits=call.limits, now=call.at)

    return write_down


def _look_into(
    connection: Connection, error: xero_errors.NotConnected, *, token: str, now: dt.datetime
) -> None:
    """Mark the connection lost, unless Xero still lists it: the refusal was a passing one then, and is Unavailable."""
    if error.lost is xero_errors.Lost.GRANT:
        connections.mark_grant_lost(connection.grant_id, why=GRANT_DIED, now=now)
        return
    if connection.tenant_id in _listed_tenants(token, now=now):
        raise xero_errors.Unavailable(
            "refused although Xero lists the organisation", outcome_known=True
        ) from error
    connections.mark_lost(connection.id, why=WITHDRAWN, now=now)


def _listed_tenants(token: str, *, now: dt.datetime) -> set[str]:
    """The organisations that the token reaches; none when even asking is refused."""
    try:
        return {row.tenant_id for row in xero_app.connections(token, now=now).all().value}
    except (xero_errors.NotConnected, xero_errors.Forbidden):
        return set()
