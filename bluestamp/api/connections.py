"""Connections: the organisations in Xero that the studio's branches send to. Consent is given in a browser, not here."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields
from typing import Annotated, Any, Literal

from ninja import Router
from pydantic import Field

from bluestamp.api import copies
from bluestamp.api.callers import Call, Caller
from bluestamp.api.copies import ContactShown
from bluestamp.api.wire import LARGEST_INTEGER, Day, Id, Shape, Words
from bluestamp.sync import connections, contacts, health
from bluestamp.sync.connections import Connection, ConnectionDraft

router = Router(tags=["connections"], by_alias=True)


class HealthShown(Shape):
    """How a connection is. `calls_left` is null before the first call of the day."""

    state: str
    sentence: str
    calls_left: int | None
    calls_limit: int
    swept_at: dt.datetime | None
    webhooks_arriving: bool
    webhooks_sentence: str
    paused_until: dt.datetime | None


class ConnectionSettings(Shape):
    """All of a connection that can be changed. Codes and rates are of the organisation's own chart; "" for none."""

    branch_ids: list[str]
    revenue_account_code: str
    expense_account_code: str
    payments_account_code: str
    revenue_tax_type: str
    expense_tax_type: str
    start_on: dt.date
    send_when: str
    card_policy: str
    reminders_by: str
    records_payments_here: bool
    invoice_prefix: str
    next_invoice_number: int


class ConnectionShown(Shape):
    """An organisation that is connected, was lost, or was disconnected."""

    id: str
    name: str
    state: str
    ledger_id: str
    base_currency: str
    country: str
    connected_by: str
    connected_at: dt.datetime
    health: HealthShown
    settings: ConnectionSettings


class ConnectionWrite(Shape):
    """The settings of a connection, to write."""

    branch_ids: Annotated[list[Id], Field(max_length=500)]
    revenue_account_code: Words = ""
    expense_account_code: Words = ""
    payments_account_code: Words = ""
    revenue_tax_type: Words = ""
    expense_tax_type: Words = ""
    start_on: Day
    send_when: Literal["by_hand", "as_ready"]
    card_policy: Literal["not_sent", "as_bill"]
    reminders_by: Literal["bluestamp", "xero", "nobody"]
    records_payments_here: bool = False
    invoice_prefix: Words
    next_invoice_number: Annotated[int, Field(ge=1, le=LARGEST_INTEGER)]


@router.get("", response=list[ConnectionShown])
def index(request: Call) -> list[ConnectionShown]:
    """List the studio's connections, by name."""
    return [_shown(row, request.caller) for row in connections.all_of_studio()]


@router.get("/{connection_id}", response=ConnectionShown)
def read(request: Call, connection_id: Id) -> ConnectionShown:
    """Read one connection."""
    return _shown(connections.load(connection_id), request.caller)


@router.get("/{connection_id}/health", response=HealthShown)
def read_health(request: Call, connection_id: Id) -> HealthShown:
    """How the connection is: reached or lost, how fresh, what is left of the day's calls."""
    return _health(connections.load(connection_id), request.caller)


@router.put("/{connection_id}/settings", response=ConnectionShown)
def edit(request: Call, connection_id: Id, body: ConnectionWrite) -> ConnectionShown:
    """Replace the settings: which branches send there, its numbers, its default codes."""
    said: dict[str, Any] = body.model_dump() | {"branch_ids": tuple(body.branch_ids)}
    connections.edit(connection_id, ConnectionDraft(**said), **request.caller.act)
    return _shown(connections.load(connection_id), request.caller)


@router.get("/{connection_id}/contacts", response=list[ContactShown])
def contact_choices(request: Call, connection_id: Id, search: Words = "") -> list[ContactShown]:
    """Contacts of the organisation whose name, tax number or address has the text in it."""
    return [copies.contact(row) for row in contacts.search(connections.load(connection_id), search)]


# Steps


def _shown(found: Connection, caller: Caller) -> ConnectionShown:
    same = {name: getattr(found, name) for name in _SAME}
    draft = connections.draft_of(found)
    written = {field.name: getattr(draft, field.name) for field in fields(draft)}
    return ConnectionShown(
        **same,
        health=_health(found, caller),
        settings=ConnectionSettings(**written | {"branch_ids": sorted(draft.branch_ids)}),
    )


_SAME = tuple(name for name in ConnectionShown.model_fields if name not in {"health", "settings"})


def _health(found: Connection, caller: Caller) -> HealthShown:
    how = health.of(found, now=caller.now)
    return HealthShown(**{name: getattr(how, name) for name in HealthShown.model_fields})
