"""A consent: the way to Xero's page and back, at whose end an organisation is connected.

    begin → (a person says yes at Xero) → finish → connected, or several offered → choose

What comes back is believed only with the state that was sent along: stored hashed, good once, for ten minutes, for the
person and the studio that asked. Only what this consent chose is offered, though Xero's token reaches everything that
its user ever allowed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models, transaction

from bluestamp.books import ledgers, numbers
from bluestamp.engine import secrets
from bluestamp.engine.identifiers import OpaqueId
from bluestamp.errors import Conflict
from bluestamp.people import branches, permissions, two_factor
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.studios import Studio
from bluestamp.people.users import User
from bluestamp.sync import connections, directory, grants, reference, xero_app
from bluestamp.sync.connections import Connection, ConnectionState
from bluestamp.sync.grants import Grant
from bluestamp.xero import errors as xero_errors
from bluestamp.xero.connections import Connection as Listed
from bluestamp.xero.oauth import Tokens

GOOD_FOR: Final = dt.timedelta(minutes=10)
KEPT_FOR: Final = dt.timedelta(days=1)
ORGANISATION: Final = "ORGANISATION"
#: what each scope is for, in the words of the page
MEANT_BY_SCOPE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "offline_access": "keeping in step while you are away",
        "accounting.invoices": "invoices, bills and credit notes",
        "accounting.payments": "payments",
        "accounting.contacts": "contacts",
        "accounting.settings.read": "the chart of accounts and tax rates",
        "accounting.attachments": "receipts and other attachments",
    }
)


class ConsentState(models.Model):
    """One person on the way to Xero's page. Outside the border: the way back carries only the state."""

    id = OpaqueId()
    state_hash = models.CharField(max_length=64, unique=True)
    studio = models.ForeignKey(Studio, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    #: PKCE's verifier, sealed; "" for apps with a secret
    verifier = secrets.SealedText(bound_to="consent:{state_hash}", blank=True)
    #: the connection to renew, "" when a new one is wanted
    reconnects = models.CharField(max_length=20, blank=True)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    #: what came back, while a person chooses among it
    grant_id = models.CharField(max_length=20, blank=True)
    offered = models.JSONField(default=list)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """An organisation that the consent chose. `tile` names the connection that it has here already, "" for none."""

    tenant_id: str
    xero_connection_id: str
    name: str
    tile: str = ""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a consent ended: what was connected, or what a person has to choose from."""

    connected: tuple[Connection, ...] = ()
    offered: tuple[Offered, ...] = ()
    consent_id: str = ""


class NotSetUp(Conflict):
    """No Xero app is entered in the settings."""

    code = "XERO_NOT_SET_UP"


class AsksNobody(Conflict):
    """A custom connection has no consent page."""

    code = "CUSTOM_CONNECTION"


class ConsentNotYours(Conflict):
    """The answer does not belong to this person's question, or was used, or came too late."""

    code = "CONSENT_NOT_YOURS"


class ConsentCancelled(Conflict):
    """The person said no at Xero."""

    code = "CONSENT_CANCELLED"


class ScopesMissing(Conflict):
    """Xero did not allow everything that is needed."""

    code = "SCOPES_MISSING"


class NothingOffered(Conflict):
    """The consent chose no organisation."""

    code = "NO_ORGANISATION"


class AlreadyConnected(Conflict):
    """The same organisation twice in one studio."""

    code = "ALREADY_CONNECTED"


class XeroUnreachable(Conflict):
    """Xero did not answer the way it should; nothing was connected."""

    code = "XERO_UNREACHABLE"


def begin(*, by: Actor, user: User, now: dt.datetime, reconnects: str = "") -> str:
    """Return the address of Xero's consent page for this person.

    Refuses NotPermitted, TwoFactorNeeded, NotSetUp, and AsksNobody for a custom connection.
    """
    _refuse_start(by, user)
    if xero_app.is_custom():
        raise AsksNobody("This app is a custom connection, for which nobody goes to Xero. Press Connect.")
    asked = xero_app.oauth(now=now).begin(redirect_uri=xero_app.redirect_uri())
    ConsentState.objects.filter(made_at__lt=now - KEPT_FOR).delete()
    hashed = _hashed(asked.state)
    ConsentState.objects.create(
        state_hash=hashed,
        studio_id=by.studio_id,
        user_id=user.pk,
        verifier=secrets.seal(asked.verifier, bound_to=f"consent:{hashed}") if asked.verifier else "",
        reconnects=reconnects,
        made_at=now,
    )
    return asked.url


def reconnect(connection_id: str, *, by: Actor, user: User, now: dt.datetime) -> str:
    """Return the address of Xero's consent page, to renew a connection. Refuses NotFound, and as `begin` does."""
    return begin(by=by, user=user, now=now, reconnects=connections.load(connection_id).id)


def studio_of(state: str, *, user: User) -> Studio:
    """Return the studio in which this person asked for this consent. Raises ConsentNotYours."""
    row = (
        ConsentState.objects.select_related("studio")
        .filter(state_hash=_hashed(state), user_id=user.pk)
        .first()
    )
    if row is None:
        raise _not_yours()
    return row.studio


def finish(*, state: str, code: str, by: Actor, user: User, now: dt.datetime, error: str = "") -> Finished:
    """Take Xero's answer: connect the organisation that was chosen, or offer several to choose from.

    Refuses ConsentNotYours, ConsentCancelled, ScopesMissing, NothingOffered, AlreadyConnected (naming the tile),
    XeroUnreachable, TwoFactorNeeded and NotPermitted.
    """
    consent = _redeemed(state, by=by, user=user, now=now)
    _refuse_start(by, user)
    if error or not code:
        raise ConsentCancelled("Nothing was connected: access was not given in Xero.")
    try:
        tokens = _exchanged(consent, code, now=now)
        _refuse_missing_scopes(tokens)
        # The code is used up: from here on the grant row holds what it brought.
        grant = grants.keep(tokens, studio_id=by.studio_id, xero_user_id=tokens.xero_user_id, now=now)
        listed = _chosen(tokens, since=consent.made_at, now=now)
    except xero_errors.XeroError as failure:
        raise _unreachable(failure) from failure
    return _conclude(consent, grant, listed, by=by, user=user, now=now)


def choose(
    consent_id: str, tenant_ids: Sequence[str], *, by: Actor, user: User, now: dt.datetime
) -> Finished:
    """Connect those of the offered organisations that a person ticked. Refuses as `finish` does."""
    _refuse_start(by, user)
    consent = _open_consents(by, user, now).filter(id=consent_id).exclude(grant_id="").first()
    if consent is None:
        raise _not_yours()
    ticked = [Offered(**row) for row in consent.offered if row["tenant_id"] in tenant_ids]
    if not ticked:
        raise NothingOffered("Tick at least one organisation.")
    grant = Grant.objects.get(id=consent.grant_id)
    return Finished(connected=tuple(_connect(one, grant, by=by, user=user, now=now) for one in ticked))


def connect_custom(*, by: Actor, user: User, now: dt.datetime) -> Finished:
    """Connect the one organisation of a custom connection; nobody is sent to Xero for it. Refuses as `finish` does."""
    _refuse_start(by, user)
    try:
        tokens = xero_app.oauth(now=now).client_credentials()
        grant = grants.keep(tokens, studio_id=by.studio_id, xero_user_id=grants.CUSTOM, now=now)
        listed = xero_app.connections(tokens.access_token, now=now).all().value
    except xero_errors.XeroError as failure:
        raise _unreachable(failure) from failure
    offered = _offered(listed)
    if not offered:
        raise NothingOffered("Xero names no organisation for this custom connection.")
    return Finished(connected=(_connect(offered[0], grant, by=by, user=user, now=now),))


# Steps of a consent, in the order they are taken


def _refuse_start(by: Actor, user: User) -> None:
    permissions.require(by, Action.CONNECT)
    two_factor.refuse_connection_without(user, Studio.objects.get(pk=by.studio_id))
    if not xero_app.is_set_up():
        raise NotSetUp("No Xero app is entered in the settings: XERO_CLIENT_ID and XERO_CLIENT_SECRET.")


def _redeemed(state: str, *, by: Actor, user: User, now: dt.datetime) -> ConsentState:
    """The consent of this state, used up by the asking: one row changed, or it is not this person's."""
    mine = _open_consents(by, user, now).filter(state_hash=_hashed(state))
    if not mine.filter(used_at=None).update(used_at=now):
        raise _not_yours()
    return mine.get()


def _open_consents(by: Actor, user: User, now: dt.datetime) -> models.QuerySet[ConsentState]:
    return ConsentState.objects.filter(studio_id=by.studio_id, user_id=user.pk, made_at__gt=now - GOOD_FOR)


def _exchanged(consent: ConsentState, code: str, *, now: dt.datetime) -> Tokens:
    bound_to = f"consent:{consent.state_hash}"
    verifier = secrets.unseal(consent.verifier, bound_to=bound_to) if consent.verifier else ""
    oauth = xero_app.oauth(now=now)
    return oauth.exchange_code(code=code, redirect_uri=xero_app.redirect_uri(), verifier=verifier)


def _refuse_missing_scopes(tokens: Tokens) -> None:
    missing = [words for scope, words in MEANT_BY_SCOPE.items() if scope not in tokens.scopes]
    if missing:
        raise ScopesMissing(
            f"Nothing was connected: Xero did not allow {', '.join(missing)}. Connect again and allow all."
        )


def _chosen(tokens: Tokens, *, since: dt.datetime, now: dt.datetime) -> list[Listed]:
    """What this consent chose. A token without the event's id leaves only the time to tell by."""
    listed = xero_app.connections(tokens.access_token, now=now)
    if tokens.authentication_event_id:
        return listed.all(auth_event_id=tokens.authentication_event_id).value
    return [row for row in listed.all().value if row.updated_date_utc and row.updated_date_utc >= since]


def _offered(listed: Sequence[Listed]) -> list[Offered]:
    here = dict(Connection.objects.filter(state=ConnectionState.CONNECTED).values_list("tenant_id", "name"))
    return [
        Offered(
            tenant_id=row.tenant_id,
            xero_connection_id=row.id,
            name=row.tenant_name or "An organisation without a name",
            tile=here.get(row.tenant_id, ""),
        )
        for row in listed
        if row.tenant_type in (ORGANISATION, "")
    ]


def _conclude(
    consent: ConsentState, grant: Grant, listed: Sequence[Listed], *, by: Actor, user: User, now: dt.datetime
) -> Finished:
    offered = _offered(listed)
    if not offered:
        connections.forget_unused(grant.id)
        raise NothingOffered("Nothing was connected: no organisation was chosen in Xero.")
    if len(offered) == 1 and _is_wanted(consent, offered[0]):
        return Finished(connected=(_connect(offered[0], grant, by=by, user=user, now=now),))
    consent.grant_id, consent.offered = grant.id, [asdict(one) for one in offered]
    consent.save(update_fields=["grant_id", "offered"])
    return Finished(offered=tuple(offered), consent_id=consent.id)


def _is_wanted(consent: ConsentState, offered: Offered) -> bool:
    """Whether to go on without asking: yes, unless one organisation was to be renewed and another was chosen (S5)."""
    if not consent.reconnects:
        return True
    return Connection.objects.filter(id=consent.reconnects, tenant_id=offered.tenant_id).exists()


# Connecting


def _connect(offered: Offered, grant: Grant, *, by: Actor, user: User, now: dt.datetime) -> Connection:
    """Connect one organisation, or connect again one that was lost or given up.

    1. The row, its ledger, the directory, the hold and the tasks are committed together. A crash after this: the
       tasks fill the ledger and the contacts.
    2. The chart is read at once, so that Edit Connection has it. A failure is left to the task.
    """
    try:
        row = _entered(offered, grant, by=by, user=user, now=now)
    except Conflict:
        connections.forget_unused(grant.id)
        raise
    _read_chart(row, now=now)
    return connections.load(row.id)


def _entered(offered: Offered, grant: Grant, *, by: Actor, user: User, now: dt.datetime) -> Connection:
    with transaction.atomic():
        two_factor.refuse_connection_without(user, Studio.objects.get(pk=by.studio_id))
        row = Connection.objects.select_for_update().filter(tenant_id=offered.tenant_id).first()
        if row is not None and row.is_connected:
            raise AlreadyConnected(f"{offered.name} is connected already: its tile is “{row.name}”.")
        row = _renewed(row, offered, grant) if row else _opened(offered, grant, by=by, now=now)
        directory.enter(
            studio_id=by.studio_id,
            tenant_id=row.tenant_id,
            connection_id=row.id,
            xero_connection_id=row.xero_connection_id,
        )
        connections.hold_two_factor(studio_id=by.studio_id, now=now)
        connections.record(row, "connected", f"{row.name} was connected to Xero.", by=by, now=now)
        connections.nudge(row)
    return row


def _renewed(row: Connection, offered: Offered, grant: Grant) -> Connection:
    """The same row, the same ledger, the same copies."""
    row.grant, row.xero_connection_id, row.state = (
        grant,
        offered.xero_connection_id,
        ConnectionState.CONNECTED,
    )
    row.lost_at, row.lost_why, row.disconnected_at, row.paused_until = None, "", None, None
    row.save(
        update_fields=[
            "grant", "xero_connection_id", "state", "lost_at", "lost_why", "disconnected_at", "paused_until"
        ]
    )  # fmt: skip
    return row


def _opened(offered: Offered, grant: Grant, *, by: Actor, now: dt.datetime) -> Connection:
    studio = Studio.objects.get(pk=by.studio_id)
    ledger = ledgers.create(
        studio_id=studio.pk,
        name=offered.name,
        base_currency=studio.base_currency,
        source=ledgers.Source.XERO,
        country=studio.country,
    )
    row = Connection.objects.create(
        studio_id=by.studio_id,
        grant=grant,
        ledger=ledger,
        tenant_id=offered.tenant_id,
        xero_connection_id=offered.xero_connection_id,
        name=offered.name,
        start_on=now.astimezone(ZoneInfo(studio.time_zone)).date(),
        connected_by=by.name,
        connected_at=now,
    )
    # Before the branch books there: the ledger goes on where the home branch's own numbers are (S8).
    numbers.begin(ledger_id=ledger.pk, kind=connections.INVOICE, by=by, now=now)
    home = branches.home()
    if connections.of_branch(home.id) is None:
        ledgers.assign([home.id], ledger, by=by, now=now)
    return row


def _read_chart(row: Connection, *, now: dt.datetime) -> None:
    try:
        reference.refresh(row, urgent=True, now=now)
    except xero_errors.XeroError:
        # The exchange is written down, and the task that was queued with the row tries again.
        return


def _hashed(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()


def _not_yours() -> ConsentNotYours:
    return ConsentNotYours(
        "This answer from Xero belongs to another session, was used already or came too late. Press Connect again."
    )


def _unreachable(failure: xero_errors.XeroError) -> Conflict:
    match failure:
        case xero_errors.NotConnected():
            return ConsentNotYours(
                "Xero no longer knows this consent: it was used already, or is older than five minutes. Press Connect again."
            )
        case xero_errors.AppRefused():
            return NotSetUp(
                f"Xero refuses this app ({failure.oauth_error}). Check XERO_CLIENT_ID and XERO_CLIENT_SECRET."
            )
    return XeroUnreachable("Xero did not answer as it should. Nothing was connected; try again in a minute.")
