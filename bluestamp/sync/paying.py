"""Payments that were recorded here go to Xero, and those taken back here are taken back there.

A payment that is asked for goes once its document awaits payment in Xero; so do the earlier ones, that exist only here,
once somebody said which account they went into. Right before, the document is read: a payment there that looks like this
one asks a person (bookkeeping rule 12), a locked day refuses (rule 22). How a call survives a crash stands in `errands`.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from bluestamp.books import ledgers, payment_rows, payments
from bluestamp.books.payments import Payment, PaymentDraft
from bluestamp.people.actors import Actor
from bluestamp.sync import carriers, clients, copies, errands, push, tallies, their_faces
from bluestamp.sync.batches import BATCH_LIMIT, Batch, Stopwatch
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.decisions import PARKED
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.errands import Element
from bluestamp.sync.explanations import Explained
from bluestamp.sync.mapping import XeroStatus
from bluestamp.sync.payment_errands import BY_ACT, PAY, TAKE_BACK, element_of, money_of, note, said
from bluestamp.sync.plan import CopyState
from bluestamp.sync.tallies import Money
from bluestamp.sync.their_faces import Copied

KIND: Final = "payment"
#: The kinds whose payments are recorded here; of a credit note they are what was paid back.
PAID_KINDS: Final = ("credit_note", "invoice")
#: How many waiting payments are looked at to fill one call.
_LOOK_AT: Final = 400
_ON_ITS_WAY: Final = (DeliveryState.WAITING, DeliveryState.SENDING)


# What a person presses


def record(*, kind: str, document_id: str, draft: PaymentDraft, by: Actor, now: dt.datetime) -> Payment:
    """Record a payment, and have it sent where Xero holds the document. Refuses as `payments.record` does."""
    with transaction.atomic():
        payment = payments.record(kind=kind, document_id=document_id, draft=draft, by=by, now=now)
        nudge(kind, document_id)
    return payment


def ask_removal(*, payment_id: str, by: Actor, now: dt.datetime) -> Payment:
    """Take a payment back, in Xero too where it is there. Refuses as `payments.ask_removal` does."""
    return _asked(payments.ask_removal, payment_id, by=by, now=now)


def answer_same(*, payment_id: str, by: Actor, now: dt.datetime) -> Payment:
    """Say that it is the payment that Xero has. Refuses as `payments.answer_same` does."""
    return _asked(payments.answer_same, payment_id, by=by, now=now)


def answer_send_anyway(*, payment_id: str, by: Actor, now: dt.datetime) -> Payment:
    """Say that it is another one, to be sent. Refuses as `payments.answer_send_anyway` does."""
    return _asked(payments.answer_send_anyway, payment_id, by=by, now=now)


def set_account(*, kind: str, document_id: str, account_code: str, by: Actor, now: dt.datetime) -> None:
    """Say which account the earlier payments went into; they follow their document. Refuses as the book's verb does."""
    with transaction.atomic():
        payments.set_account(kind=kind, document_id=document_id, account_code=account_code, by=by, now=now)
        nudge(kind, document_id)


def nudge(kind: str, document_id: str) -> None:
    """Wake the worker of the organisation that holds the document, if one does; last in a transaction."""
    copy = copies.of_one(kind=kind, document_id=document_id)
    if copy is not None:
        push.nudge(copy.connection)


def _asked(verb: Callable[..., Payment], payment_id: str, *, by: Actor, now: dt.datetime) -> Payment:
    with transaction.atomic():
        payment = verb(payment_id=payment_id, by=by, now=now)
        nudge(payment.kind, payment.document_id)
    return payment


# What the worker does


def send_due(connection: Connection, *, now: dt.datetime) -> bool:
    """Send one call of what waits, new payments before removals; return whether there was anything to do."""
    return any(_send_new(connection, kind, now=now) for kind in PAID_KINDS) or _remove_one(
        connection, now=now
    )


def settle(
    batch: Batch, connection: Connection, *, now: dt.datetime, stopwatch: Stopwatch = time.monotonic
) -> None:
    """Find out what became of a batch of payments that is still open."""
    errands.settle(batch, connection, BY_ACT[batch.act], now=now, stopwatch=stopwatch)


def _send_new(connection: Connection, kind: str, *, now: dt.datetime) -> bool:
    waiting = _waiting(connection, kind)
    there = _copies(connection, kind, waiting)
    verdicts = {row.id: _may_go(row, there.get(row.document_id), connection) for row in waiting}
    refused = {row.id: _why(code) for row in waiting if (code := verdicts[row.id])}
    going = [row for row in waiting if verdicts[row.id] is None][:BATCH_LIMIT]
    _refuse_some(waiting, refused, now=now)
    if going:
        found, odd = _read(connection, [there[row.document_id] for row in going], now=now)
        _refuse_some(
            going, {row.id: odd[row.document_id] for row in going if row.document_id in odd}, now=now
        )
        batch = _claim(connection, kind, going, there, found, now=now)
        if batch is not None:
            errands.send(batch, connection, PAY, now=now)
    return bool(going or refused)


def _waiting(connection: Connection, kind: str) -> list[Payment]:
    """What this organisation is to be asked for, the oldest first: new ones, and earlier ones whose account is known.

    What has to wait is left out by the database: however much it is, it never stands in the way of what can go.
    """
    here = Copy.objects.filter(connection=connection, kind=kind)
    open_here = here.filter(is_gone=False, xero_status=XeroStatus.AUTHORISED).exclude(state=CopyState.GONE)
    # While nobody knows what became of a payment, no other of its document goes: it could not be told apart.
    flying = Payment.objects.filter(kind=kind, in_flight=True).values("document_id")
    new = payments.to_send(kind).filter(
        state=payments.State.ASKED, document_id__in=here.values("document_id")
    )
    earlier = Payment.objects.filter(kind=kind, **payment_rows.ONLY_HERE).exclude(account_code="")
    known = earlier.exclude(code=payments.LOOKS_ALIKE).filter(document_id__in=open_here.values("document_id"))
    wanted = (new.exclude(_waits(connection, kind)), known.order_by("recorded_at", "id"))
    rows = [row for some in wanted for row in some.exclude(document_id__in=flying)[:_LOOK_AT]]
    return sorted(rows, key=lambda row: (row.recorded_at, row.id))


def _waits(connection: Connection, kind: str) -> Q:
    """New payments that `verdict` lets wait: their document is on its way, or lives in another organisation."""
    living = Copy.objects.filter(kind=kind, document_id=OuterRef("document_id"), is_gone=False)
    not_open = living.filter(connection=connection).exclude(state=CopyState.GONE)
    not_open = not_open.exclude(xero_status=XeroStatus.AUTHORISED)
    wishes = Delivery.objects.filter(kind=kind, document_id=OuterRef("document_id"), state__in=_ON_ITS_WAY)
    return Q(Exists(living.exclude(connection=connection))) | Q(Exists(not_open), Exists(wishes))


def _copies(connection: Connection, kind: str, rows: Iterable[Payment]) -> dict[str, Copy]:
    """The copies of their documents in this organisation; those let go of too, unless another lives elsewhere."""
    found = Copy.objects.filter(kind=kind, document_id__in={row.document_id for row in rows})
    latest = {
        copy.document_id: copy
        for copy in found.select_related("connection").order_by("-is_gone", "copied_at")
    }
    return {id_: copy for id_, copy in latest.items() if copy.connection_id == connection.id}


def _may_go(row: Payment, copy: Copy | None, connection: Connection) -> str | None:
    """None when it goes now; "" when it waits, or is not this organisation's; else a code that refuses it."""
    if copy is None:
        return ""
    return verdict(
        is_earlier=row.state == payments.State.CONFIRMED,
        is_gone=copy.is_gone or copy.state == CopyState.GONE,
        xero_status=copy.xero_status,
        is_on_its_way=copy.xero_status != XeroStatus.AUTHORISED and _is_on_its_way(copy),
        paid_on=row.paid_on,
        locked_until=ledgers.locked_until(connection.ledger),
    )


def verdict(
    *,
    is_earlier: bool,
    is_gone: bool,
    xero_status: str,
    is_on_its_way: bool,
    paid_on: dt.date,
    locked_until: dt.date | None,
) -> str | None:
    """Return None for a payment that may go, "" for one that waits, else the code of why it can't. Pure."""
    if is_gone:
        return "" if is_earlier else "GONE_FROM_XERO"
    if xero_status != XeroStatus.AUTHORISED:
        return "" if is_earlier or is_on_its_way else "NOT_AWAITING_PAYMENT"
    return "PERIOD_LOCKED" if locked_until is not None and paid_on <= locked_until else None


def _is_on_its_way(copy: Copy) -> bool:
    rows = Delivery.objects.filter(kind=copy.kind, document_id=copy.document_id)
    return rows.filter(state__in=_ON_ITS_WAY).exists()


def _refuse_some(rows: Iterable[Payment], refused: Mapping[str, Explained], *, now: dt.datetime) -> None:
    for row in (row for row in rows if row.id in refused):
        with transaction.atomic():
            errands.hold_still({row.kind: [row.document_id]})
            PAY.refuse(row.id, refused[row.id], now=now)


def _why(code: str) -> Explained:
    return Explained(code, "", PARKED[code].meaning)


def _read(
    connection: Connection, rows: Iterable[Copy], *, now: dt.datetime
) -> tuple[dict[str, Copied], dict[str, Explained]]:
    """What Xero holds of these documents right now, taken over, since it is read; and why some could not be."""
    wanted = {copy.xero_id: copy for copy in rows}
    first = next(iter(wanted.values()))
    with clients.open(connection, why="push", urgent=True, now=now) as client:
        found = {
            their_faces.id_of(one): one for one in carriers.OF_KIND[first.kind].read(client, list(wanted))
        }
    odd: dict[str, Explained] = {}
    for xero_id, copy in wanted.items():
        why = errands.taken_over(copy, found.get(xero_id), now=now)
        if why is not None:
            odd[copy.document_id] = why
    return found, odd


def _claim(
    connection: Connection,
    kind: str,
    going: Sequence[Payment],
    there: dict[str, Copy],
    found: dict[str, Copied],
    *,
    now: dt.datetime,
) -> Batch | None:
    """Write the batch of those that may go, as what was just read says; hold those that look like one there."""
    with transaction.atomic():
        errands.hold_still({kind: [row.document_id for row in going]})
        ids = [row.id for row in going]
        rows = (
            Payment.objects.select_for_update()
            .filter(id__in=ids, in_flight=False)
            .order_by("recorded_at", "id")
        )
        elements: list[Element] = []
        for row in rows.filter(state__in=[payments.State.ASKED, payments.State.CONFIRMED], external_id=""):
            record = found.get(there[row.document_id].xero_id)
            if record is None or record.status != XeroStatus.AUTHORISED:
                continue  # noted as gone, or no longer open: the next round's verdict says so
            alike = _twin(row, record)
            if alike is None:
                elements.append(element_of(row, their_faces.id_of(record)))
            else:
                _hold(row, alike, connection, now=now)
        if not elements:
            return None
        payments.mark_in_flight([element["row_id"] for element in elements], is_in_flight=True)
        return errands.write(connection, KIND, PAY, elements, now=now)


def _twin(row: Payment, record: Copied) -> Money | None:
    """A payment there that may be this one. What stood here already when this one was recorded was seen by who did."""
    if row.may_look_alike:
        return None
    ours = Payment.objects.filter(kind=row.kind, document_id=row.document_id).exclude(external_id="")
    seen = ours.filter(recorded_at__lt=row.recorded_at) | ours.filter(origin=payments.Origin.HERE)
    known = set(seen.values_list("external_id", flat=True))
    xero_id = their_faces.id_of(record)
    mine = Money(xero_id, row.paid_on, row.amount, row.reference)
    return tallies.twin(mine, money_of(record), known=known)


def _hold(row: Payment, alike: Money, connection: Connection, *, now: dt.datetime) -> None:
    sentence = (
        f"{connection.name} holds a payment of {said(row, alike.amount)} of {alike.paid_on.day} "
        f"{alike.paid_on:%b %Y} already. {PARKED['LOOKS_ALIKE'].what_to_do}"
    )
    payments.hold(payment_id=row.id, sentence=sentence, twin_external_id=alike.external_id, now=now)
    note(row, "payment_held", sentence, now=now)


def _remove_one(connection: Connection, *, now: dt.datetime) -> bool:
    """Take one payment back that was taken back here."""
    for kind in PAID_KINDS:
        removing = payments.to_send(kind).filter(state=payments.State.REMOVING)
        mine = Copy.objects.filter(connection=connection, kind=kind).values("document_id")
        row = removing.filter(document_id__in=mine).first()
        if row is None:
            continue
        batch = _claim_removal(connection, row, now=now)
        if batch is not None:
            errands.send(batch, connection, TAKE_BACK, now=now)
        return True
    return False


def _claim_removal(connection: Connection, row: Payment, *, now: dt.datetime) -> Batch | None:
    locked_until = ledgers.locked_until(connection.ledger)
    with transaction.atomic():
        errands.hold_still({row.kind: [row.document_id]})
        row.refresh_from_db(fields=["state", "in_flight"])
        if row.state != payments.State.REMOVING or row.in_flight:
            return None
        if locked_until is not None and row.paid_on <= locked_until:
            TAKE_BACK.refuse(row.id, _why("PERIOD_LOCKED"), now=now)
            return None
        payments.mark_in_flight([row.id], is_in_flight=True)
        element = {
            "row_id": row.id,
            "kind": row.kind,
            "document_id": row.document_id,
            "external_id": row.external_id,
        }
        return errands.write(connection, KIND, TAKE_BACK, [element], now=now)
