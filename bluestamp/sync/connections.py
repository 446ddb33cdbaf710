"""A connection: one organisation in Xero that a studio's branches send to. It has exactly one ledger and keeps it filled.

    connected → lost (access was withdrawn, or the grant died) → connected (a new consent)
        ↘ disconnected (somebody here pressed the button) ↗

Lost and disconnected ones keep their copies: connecting the same organisation again finds them. `consents` makes and
renews connections; everything else that can be done to one is here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.db import models, transaction

from bluestamp.books import documents, ledgers, numbers
from bluestamp.books.ledgers import BranchLedger, Ledger, LedgerDefaults
from bluestamp.engine import queue
from bluestamp.errors import Conflict, Invalid, InvalidFields, NotFound
from bluestamp.people import activity, actors, branches, holds, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.permissions import Action
from bluestamp.people.studios import StudioRow
from bluestamp.sync import directory, grants, time_zones, xero_app
from bluestamp.sync.grants import Grant
from bluestamp.xero import errors as xero_errors

KIND: Final = "connection"
INVOICE: Final = "invoice"
HOLD_CODE: Final = "XERO_CONNECTED"
#: the cursor of the first matching (`matches`)
MATCHED: Final = "matched"
GRANT_DIED: Final = "Xero no longer accepts what was allowed, or nobody used it for 60 days."


class ConnectionState(models.TextChoices):
    """Whether the organisation can be reached."""

    CONNECTED = "connected"
    LOST = "lost"
    DISCONNECTED = "disconnected"


class SendWhen(models.TextChoices):
    """When a document goes to Xero."""

    BY_HAND = "by_hand", "when somebody presses the button"
    AS_READY = "as_ready", "as soon as it is approved or sent"


class CardPolicy(models.TextChoices):
    """What becomes of expenses paid by company card (bookkeeping rule 18)."""

    NOT_SENT = "not_sent", "not sent: the bank feed brings them"
    AS_BILL = "as_bill", "sent as bills that say so"


class RemindersBy(models.TextChoices):
    """Who reminds clients of invoices that are due (bookkeeping rule 21)."""

    BLUESTAMP = "bluestamp", "Bluestamp"
    XERO = "xero", "Xero"
    NOBODY = "nobody", "nobody"


class Connection(StudioRow):
    """One organisation. `cursors` holds, by kind, the instant up to which its changes were read (ISO)."""

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="connections")
    ledger = models.OneToOneField(Ledger, on_delete=models.PROTECT, related_name="+")
    tenant_id = models.CharField(max_length=36)
    xero_connection_id = models.CharField(max_length=36)
    name = models.CharField(max_length=255)
    short_code = models.CharField(max_length=20, blank=True)
    base_currency = models.CharField(max_length=3, blank=True)
    country = models.CharField(max_length=2, blank=True)
    #: Xero's own word, such as GMTSTANDARDTIME; `zone` knows which it is
    time_zone = models.CharField(max_length=64, blank=True)
    organisation_class = models.CharField(max_length=40, blank=True)
    state = models.CharField(
        max_length=12, choices=ConnectionState.choices, default=ConnectionState.CONNECTED
    )
    lost_at = models.DateTimeField(null=True)
    lost_why = models.CharField(max_length=300, blank=True)
    start_on = models.DateField()
    send_when = models.CharField(max_length=10, choices=SendWhen.choices, default=SendWhen.BY_HAND)
    card_policy = models.CharField(max_length=10, choices=CardPolicy.choices, default=CardPolicy.NOT_SENT)
    reminders_by = models.CharField(max_length=10, choices=RemindersBy.choices, default=RemindersBy.BLUESTAMP)
    cursors = models.JSONField(default=dict)
    swept_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    connected_by = models.CharField(max_length=200)
    connected_at = models.DateTimeField()
    disconnected_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["studio", "tenant_id"], name="connection_once_in_a_studio"),
            models.CheckConstraint(
                condition=models.Q(state__in=ConnectionState.values), name="connection_state"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_connected(self) -> bool:
        """Whether calls may be tried."""
        return self.state == ConnectionState.CONNECTED


class BranchTaken(InvalidFields):
    """A branch sends to one organisation only."""

    code = "BRANCH_TAKEN"


class NotConnected(Conflict):
    """The organisation can't be reached; reconnect first."""

    code = "CONNECTION_LOST"


@dataclass(frozen=True, kw_only=True)
class ConnectionDraft:
    """All that Edit Connection changes. Codes and rates are of the organisation's own chart; "" for none."""

    branch_ids: tuple[str, ...]
    revenue_account_code: str
    expense_account_code: str
    payments_account_code: str
    revenue_tax_type: str
    expense_tax_type: str
    start_on: dt.date
    send_when: str
    card_policy: str
    reminders_by: str
    records_payments_here: bool = False
    invoice_prefix: str
    next_invoice_number: int


def load(connection_id: str) -> Connection:
    """Return the connection. Raises NotFound."""
    found = Connection.objects.select_related("ledger", "grant").filter(id=connection_id).first()
    if found is None:
        raise NotFound("There is no such connection.")
    return found


def all_of_studio() -> list[Connection]:
    """Return the studio's tiles: connections that live, are lost or were disconnected, by name."""
    return list(Connection.objects.select_related("ledger", "grant").order_by("name", "id"))


def of_branch(branch_id: str) -> Connection | None:
    """Return the connection that this branch sends to, lost ones too; None for a branch without."""
    return of_branches([branch_id]).get(branch_id)


def of_branches(branch_ids: Collection[str]) -> dict[str, Connection]:
    """Return the connections, by branch, of those branches that have one; two queries."""
    ledger_of = dict(
        BranchLedger.objects.filter(branch_id__in=branch_ids).values_list("branch_id", "ledger_id")
    )
    living = Connection.objects.select_related("ledger").exclude(state=ConnectionState.DISCONNECTED)
    by_ledger = {row.ledger_id: row for row in living.filter(ledger_id__in=ledger_of.values())}
    return {branch: by_ledger[ledger] for branch, ledger in ledger_of.items() if ledger in by_ledger}


def of_ledgers(ledger_ids: Collection[str]) -> dict[str, Connection]:
    """Return the connections of these ledgers, by ledger; those that were disconnected too."""
    rows = Connection.objects.select_related("ledger").filter(ledger_id__in=ledger_ids)
    return {row.ledger_id: row for row in rows}


def living() -> list[Connection]:
    """Return the connections that documents may go to: all but those that were disconnected, by name."""
    return [row for row in all_of_studio() if row.state != ConnectionState.DISCONNECTED]


def branch_ids(connection: Connection) -> list[str]:
    """Return the branches that send to this organisation."""
    return list(
        BranchLedger.objects.filter(ledger_id=connection.ledger_id).values_list("branch_id", flat=True)
    )


def today(connection: Connection, *, now: dt.datetime) -> dt.date:
    """Return the calendar day in the organisation's zone."""
    return now.astimezone(time_zones.zone(connection.time_zone)).date()


def nudge(connection: Connection, *, at: dt.datetime | None = None) -> None:
    """Ask for the connection's drain; last in a transaction, several connections in the order of their ids."""
    queue.enqueue_once(
        "sync.drain",
        f"sync.drain:{connection.id}",
        at=at,
        connection_id=connection.id,
        studio_id=connection.studio_id,
    )


def record(connection: Connection, what: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    """Write down what happened to a connection; `what` is a participle."""
    activity.record(
        by=by, verb=f"{KIND}.{what}", kind=KIND, subject_id=connection.id, sentence=sentence, now=now
    )


def locked(connection_id: str) -> Connection:
    """Return the connection, locked for the caller's transaction. Raises NotFound."""
    found = Connection.objects.select_for_update().filter(id=connection_id).first()
    if found is None:
        raise NotFound("There is no such connection.")
    return found


# Losing it, and giving it up


def mark_lost(connection_id: str, *, why: str, now: dt.datetime) -> bool:
    """Note that the organisation can't be reached until somebody reconnects; False when that was known.

    `why` ends the sentence "The connection to … was lost: …".
    """
    with transaction.atomic():
        found = Connection.objects.filter(id=connection_id, state=ConnectionState.CONNECTED)
        if not found.update(state=ConnectionState.LOST, lost_at=now, lost_why=why):
            return False
        row = Connection.objects.get(id=connection_id)
        sentence = f"The connection to {row.name} was lost: {why}"
        record(row, "lost", sentence, by=actors.xero(row.studio_id), now=now)
        return True


def mark_grant_lost(grant_id: str, *, why: str, now: dt.datetime) -> None:
    """Note that a grant is dead, and with it every connection that lives on it."""
    with transaction.atomic():
        grants.mark_lost(grant_id, why=why)
        for row in Connection.objects.filter(grant_id=grant_id, state=ConnectionState.CONNECTED).order_by(
            "id"
        ):
            mark_lost(row.id, why=why, now=now)


def disconnect(connection_id: str, *, by: Actor, now: dt.datetime) -> Connection:
    """Give the organisation up here and at Xero, keeping every copy.

    1. Given up here, and committed. A crash after this: Xero still lists Bluestamp, and nothing here uses it.
    2. Xero is told, unless somebody else here still needs the same id of Xero's; revocation would take every other
       organisation of that Xero user too, and is never called.
    3. Tokens that nothing uses any more are forgotten.
    Refuses NotPermitted, NotFound, and NotConnected when it was given up before.
    """
    permissions.require(by, Action.CONNECT)
    with transaction.atomic():
        row = locked(connection_id)
        if row.state == ConnectionState.DISCONNECTED:
            raise NotConnected(f"{row.name} is disconnected already.")
        row.state, row.disconnected_at = ConnectionState.DISCONNECTED, now
        row.save(update_fields=["state", "disconnected_at"])
        directory.leave(connection_id=row.id)
        hold_two_factor(studio_id=row.studio_id, now=now)
        record(
            row,
            "disconnected",
            f"{row.name} was disconnected from Xero; its copies are kept.",
            by=by,
            now=now,
        )
    if not directory.is_used(xero_connection_id=row.xero_connection_id):
        _tell_xero(row, now=now)
    forget_unused(row.grant_id)
    return row


def hold_two_factor(*, studio_id: int, now: dt.datetime) -> None:
    """Place or lift the hold that keeps two-factor authentication on while a connection lives (S3)."""
    rows = Connection.objects.exclude(state=ConnectionState.DISCONNECTED).order_by("name")
    names = ", ".join(rows.values_list("name", flat=True))
    subject = str(studio_id)
    if not names:
        holds.lift(studio_id=studio_id, kind="studio", subject_id=subject, code=HOLD_CODE)
        return
    holds.place(
        studio_id=studio_id,
        kind="studio",
        subject_id=subject,
        act="switch_off_two_factor",
        code=HOLD_CODE,
        sentence=f"Xero demands two-factor authentication while it is connected: {names}. Disconnect it first.",
        now=now,
    )


def forget_unused(grant_id: str) -> None:
    """Forget the tokens of a grant that no connection uses any more."""
    if not Connection.objects.filter(grant_id=grant_id).exclude(state=ConnectionState.DISCONNECTED).exists():
        grants.mark_lost(grant_id, why="Nothing is connected by it.")


def _tell_xero(row: Connection, *, now: dt.datetime) -> None:
    """Delete the tie at Xero by its own id. Where Xero can't be told, a person can do the same in Xero's settings."""
    try:
        token = grants.access_token(row.grant_id, now=now)
        xero_app.connections(token, now=now).delete(row.xero_connection_id)
    except (xero_errors.NotFound, xero_errors.NotConnected):
        return  # Xero knows nothing of it any more, which is what was wanted
    except xero_errors.XeroError:
        sentence = f"Xero could not be told. Remove Bluestamp in Xero: {row.name}, Settings, Connected apps."
        record(row, "left_at_xero", sentence, by=actors.xero(row.studio_id), now=now)


# Edit Connection


def draft_of(connection: Connection) -> ConnectionDraft:
    """Return what Edit Connection shows."""
    ledger = connection.ledger
    sequence = _sequence(connection)
    return ConnectionDraft(
        branch_ids=tuple(branch_ids(connection)),
        revenue_account_code=ledger.revenue_account_code,
        expense_account_code=ledger.expense_account_code,
        payments_account_code=ledger.payments_account_code,
        revenue_tax_type=ledger.revenue_tax_type,
        expense_tax_type=ledger.expense_tax_type,
        start_on=connection.start_on,
        send_when=connection.send_when,
        card_policy=connection.card_policy,
        reminders_by=connection.reminders_by,
        records_payments_here=ledger.records_payments_here,
        invoice_prefix=sequence.prefix,
        next_invoice_number=sequence.next_number,
    )


def edit(connection_id: str, draft: ConnectionDraft, *, by: Actor, now: dt.datetime) -> Connection:
    """Change which branches send to the organisation, its numbers, its default codes and its manners.

    Documents that are in Xero already stay with their organisation. Refuses NotPermitted, NotFound, BranchTaken
    (naming the other connection), and what `ledgers` and `numbers` refuse.
    """
    permissions.require(by, Action.EDIT_CONNECTION)
    with transaction.atomic():
        row = locked(connection_id)
        _refuse_choices(draft)
        _refuse_taken(row, draft.branch_ids)
        for field in ("start_on", "send_when", "card_policy", "reminders_by"):
            setattr(row, field, getattr(draft, field))
        row.save(update_fields=["start_on", "send_when", "card_policy", "reminders_by"])
        # Other branches or another start mean other documents that may stand in Xero already: look again.
        row.cursors = {kind: at for kind, at in row.cursors.items() if kind != MATCHED}
        row.save(update_fields=["cursors"])
        ledgers.assign(draft.branch_ids, row.ledger, by=by, now=now)
        documents.stand_in_books_already(row.ledger_id, before=draft.start_on)
        ledgers.edit_defaults(row.ledger, _defaults(draft))
        if row.ledger.records_payments_here != draft.records_payments_here:
            row.ledger.records_payments_here = draft.records_payments_here
            row.ledger.save(update_fields=["records_payments_here"])
        _edit_numbers(row, draft, by=by, now=now)
        nudge(row)
        record(row, "edited", f"The connection to {row.name} was edited.", by=by, now=now)
    return row


def move_branch(branch_id: str, connection_id: str, *, by: Actor, now: dt.datetime) -> Connection | None:
    """Let one branch send to this organisation, or to none (""), wherever it sent before.

    Documents that are in Xero already stay with their organisation; what was asked for goes where it was asked to.
    Refuses NotPermitted, NotFound, and NotConnected for one that was disconnected.
    """
    permissions.require(by, Action.EDIT_CONNECTION)
    with transaction.atomic():
        branch = branches.find(branch_id)
        # In the order of their ids, as everybody locks them; a lost or living one may be left, and none is sent to.
        here = of_branch(branch_id)
        wanted = sorted({each for each in (here.id if here else "", connection_id) if each})
        rows = {each: locked(each) for each in wanted}
        target = rows.get(connection_id)
        if target is not None and target.state == ConnectionState.DISCONNECTED:
            raise NotConnected(f"{target.name} is disconnected. Connect it again first.")
        if target is not None and here is not None and target.id == here.id:
            return target
        BranchLedger.objects.filter(branch_id=branch_id).delete()
        if target is not None:
            _take_in(target, branch, by=by, now=now)
        goes = f"goes to {target.name}" if target else "goes to no organisation any more"
        for row in rows.values():
            record(row, "branch_moved", f"{branch.name} {goes}.", by=by, now=now)
    return target


def unfinished(branch_id: str) -> int:
    """Count what is not finished of the branch's documents in its organisation: they stay there when it moves."""
    here = of_branch(branch_id)
    if here is None:
        return 0
    is_open = models.Q(status__in=("draft", "approved", "sent", "issued"), ledger_id=here.ledger_id)
    return sum(
        model.objects.filter(is_open, branch_id=branch_id).count() for model in documents.KINDS.values()
    )


def _take_in(row: Connection, branch: Branch, *, by: Actor, now: dt.datetime) -> None:
    """Add one branch to those that send to an organisation, and look again for what stands there already."""
    ledgers.assign([*branch_ids(row), branch.id], row.ledger, by=by, now=now)
    documents.stand_in_books_already(row.ledger_id, before=row.start_on)
    row.cursors = {kind: at for kind, at in row.cursors.items() if kind != MATCHED}
    row.save(update_fields=["cursors"])
    nudge(row)


def _refuse_choices(draft: ConnectionDraft) -> None:
    choices: dict[str, list[str]] = {
        "send_when": SendWhen.values,
        "card_policy": CardPolicy.values,
        "reminders_by": RemindersBy.values,
    }
    faults = [
        Invalid("Choose one of the answers.", field=field)
        for field, values in choices.items()
        if getattr(draft, field) not in values
    ]
    if faults:
        raise InvalidFields(faults)


def _refuse_taken(row: Connection, wanted: Collection[str]) -> None:
    names = dict(Branch.objects.filter(id__in=wanted).values_list("id", "name"))
    faults = [
        Invalid(
            f"{names[branch_id]} sends to {other.name} already. Untick it there first.", field="branch_ids"
        )
        for branch_id, other in sorted(of_branches(wanted).items())
        if other.id != row.id
    ]
    if faults:
        raise BranchTaken(faults)


def _defaults(draft: ConnectionDraft) -> LedgerDefaults:
    return LedgerDefaults(
        revenue_account_code=draft.revenue_account_code,
        expense_account_code=draft.expense_account_code,
        payments_account_code=draft.payments_account_code,
        revenue_tax_type=draft.revenue_tax_type,
        expense_tax_type=draft.expense_tax_type,
    )


def _sequence(connection: Connection) -> numbers.Sequence:
    """Where the organisation's invoices count: a sequence of its ledger's, else the home branch's (S8)."""
    own = numbers.Sequence.objects.filter(ledger_id=connection.ledger_id, kind=INVOICE).first()
    return own or numbers.for_branch(branch_id=branches.home().id, kind=INVOICE)


def _edit_numbers(row: Connection, draft: ConnectionDraft, *, by: Actor, now: dt.datetime) -> None:
    """Let the organisation's branches count on in its one sequence; one that says so already is left alone."""
    sequence = numbers.begin(ledger_id=row.ledger_id, kind=INVOICE, by=by, now=now)
    if (sequence.prefix, sequence.next_number) == (draft.invoice_prefix, draft.next_invoice_number):
        return
    try:
        numbers.set_next(
            sequence_id=sequence.id,
            prefix=draft.invoice_prefix,
            next_number=draft.next_invoice_number,
            by=by,
            now=now,
        )
    except Invalid as fault:
        named = {"prefix": "invoice_prefix", "next_number": "next_invoice_number"}
        raise Invalid(fault.sentence, field=named.get(fault.field, fault.field)) from None
