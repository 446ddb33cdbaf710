"""Compare a document with its copy in Xero, and settle what differs: take Xero's, let go of the copy, send anew."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction

from bluestamp.books import documents, exchange_rates
from bluestamp.books.documents import Document
from bluestamp.books.line_items import LineDraft
from bluestamp.errors import Conflict
from bluestamp.people import activity, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.sync import copies, locks, our_faces, our_verbs, push, readings, standing
from bluestamp.sync.comparisons import Difference
from bluestamp.sync.comparisons import differences as compared
from bluestamp.sync.copies import Copy
from bluestamp.sync.deliveries import Delivery, DeliveryState
from bluestamp.sync.faces import Face, LineFace, says_same, to_json
from bluestamp.sync.plan import CopyState


class NotComparable(Conflict):
    """The document has no copy in Xero to compare with."""

    code = "NOT_COMPARABLE"


def differences(document: Document) -> list[Difference]:
    """Return what differs between the document here and its copy, as last read; [] when it has none."""
    copy = copies.of_one(kind=documents.kind_of(document), document_id=document.id)
    if copy is None:
        return []
    return compared(
        ours=readings.our_face(copy, document),
        sent=copy.sent_face,
        held=copy.held_face,
        theirs=copy.their_face,
        base=copy.connection.base_currency,
    )


def take_xeros(document: Document, *, version: int, by: Actor, now: dt.datetime) -> Document:
    """Make the document here say what its copy in Xero says; works when it is locked or paid there too (rule 6).

    An edit like any other, with history. Refuses NotPermitted, NotComparable, Stale.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    kind = documents.kind_of(document)
    with transaction.atomic():
        copy = _copy_of(document)
        theirs = copy.their_face
        our_verbs.take_lines(
            document,
            theirs,
            head=_head(theirs),
            lines=_lines(document, theirs),
            version=version,
            by=by,
            now=now,
        )
        exchange_rates.take(kind=kind, document_id=document.id, rate=theirs.currency_rate, by=by, now=now)
        taken = documents.load(kind, document.id)
        _settled_as_theirs(copy, taken, theirs)
        push.put_aside(kind, [document.id], now=now)
        standing.settle(studio_id=by.studio_id, kind=kind, document_id=document.id, now=now)
    return taken


def accept_totals(document: Document, *, by: Actor, now: dt.datetime) -> None:
    """Somebody has looked at totals that differ by cents: further sends are free again (rule 13)."""
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        copy = _copy_of(document)
        if copy.state != CopyState.OFF_BY_CENTS:
            raise Conflict("The totals here and in Xero do not differ any more.")
        copy.state = CopyState.IN_STEP
        copy.accepted_total = copy.their_face.total
        copy.save(update_fields=["state", "accepted_total"])
        _note(document, by, "Looked at the totals, which differ from Xero's, and let them stand.", now)
        standing.settle(studio_id=by.studio_id, kind=copy.kind, document_id=document.id, now=now)


def unlink(document: Document, *, by: Actor, now: dt.datetime) -> None:
    """Let go of the copy: the document stands as not in Xero. What is in Xero stays as it is.

    Refuses NotPermitted, NotComparable.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        _let_go(document, _copy_of(document), now)
        _note(document, by, "Unlinked it from Xero.", now)
        standing.settle(
            studio_id=by.studio_id, kind=documents.kind_of(document), document_id=document.id, now=now
        )


def send_again(document: Document, *, by: Actor, now: dt.datetime) -> Delivery:
    """Send a document whose copy was voided or deleted in Xero as a new one.

    Refuses Conflict while the copy still lives in Xero, and what `push.request` refuses.
    """
    permissions.require(by, Action.SETTLE_DIFFERENCES)
    with transaction.atomic():
        copy = _copy_of(document)
        if copy.state != CopyState.GONE:
            raise Conflict("Its copy still stands in Xero. Send changes to it instead.")
        _let_go(document, copy, now)
        _note(document, by, "Asked to send it to Xero again as a new document.", now)
        return push.request(document, by=by, now=now)


def _copy_of(document: Document) -> Copy:
    """The document's copy, locked; what waits to be sent is locked before it, as the worker does."""
    kind = documents.kind_of(document)
    push.hold_wishes(kind, [document.id])
    rows = Copy.objects.select_for_update(of=("self",)).select_related("connection")
    copy = rows.filter(kind=kind, document_id=document.id, is_gone=False).first()
    if copy is None:
        raise NotComparable("It is not in Xero.")
    return copy


def _let_go(document: Document, copy: Copy, now: dt.datetime) -> None:
    on_its_way = Delivery.objects.filter(kind=copy.kind, document_id=document.id, state=DeliveryState.SENDING)
    if on_its_way.exists():
        # Its answer is the copy's; let go now, and it would be taken up again by that.
        raise Conflict("It is being sent to Xero right now. Try again when Xero has answered.")
    copy.is_gone = True
    copy.refresh_due_at = None
    copy.save(update_fields=["is_gone", "refresh_due_at"])
    locks.free(copy)
    push.put_aside(copy.kind, [document.id], now=now)
    documents.leave_ledger(kind=copy.kind, document_id=document.id)


def _settled_as_theirs(copy: Copy, document: Document, theirs: Face) -> None:
    """Both sides now say the same: it becomes what was sent and what was answered."""
    lines = list(document.lines.all())  # type: ignore[attr-defined]
    priced = [line for line in theirs.lines if _has_money(line)]
    copy.line_ids = {line.id: other.xero_id for line, other in zip(lines, priced, strict=True)}
    notes = [line.xero_id for line in theirs.lines if not _has_money(line)]
    if notes:
        copy.line_ids[our_faces.NOTE] = notes[0]
    ours = our_faces.of_document(copy.kind, document, contact_id=theirs.contact_id, line_ids=copy.line_ids)
    copy.sent, copy.held = to_json(ours), to_json(theirs)
    copy.version_sent = document.version
    copy.state = CopyState.IN_STEP
    copy.save(update_fields=["line_ids", "sent", "held", "version_sent", "state"])
    copies.note_version(copy, document.version)


def _head(theirs: Face) -> dict[str, Any]:
    """The head's fields that may be taken. The contact is settled by linking, an invoice's number is never taken."""
    modes = {xeros: ours for ours, xeros in our_faces.TAX_MODES.items()}
    return {
        "issued_on": theirs.date,
        "due_on": theirs.due_date,
        "currency": theirs.currency,
        "tax_mode": modes[theirs.tax_mode],
    }


def _has_money(line: LineFace) -> bool:
    return bool(line.line_amount or line.unit_amount or line.account_code)


def _lines(document: Document, theirs: Face) -> tuple[LineDraft, ...]:
    ours = {line.id: line for line in document.lines.all()}  # type: ignore[attr-defined]
    return tuple(_line(line, ours.get(line.our_id)) for line in theirs.lines if _has_money(line))


def _line(theirs: LineFace, ours: Any) -> LineDraft:
    """Xero's line as a draft of ours; words that did not change keep their split into item and description."""
    item, _, description = theirs.description.partition("\n")
    if ours is not None and says_same("description", our_faces.description(ours), theirs.description):
        item, description = ours.item, ours.description
    return LineDraft(
        id=ours.id if ours is not None else None,
        item=item[:200],
        description=description,
        quantity=theirs.quantity,
        unit_amount=theirs.unit_amount,
        discount_rate=theirs.discount_rate,
        account_code=theirs.account_code,
        tax_type=theirs.tax_type,
        typed_tax=theirs.tax_amount
        if ours is None or ours.tax_amount != theirs.tax_amount
        else ours.typed_tax,
        sell_unit_amount=getattr(ours, "sell_unit_amount", None),
        master_id=ours.master_id if ours is not None else None,
    )


def _note(document: Document, by: Actor, sentence: str, now: dt.datetime) -> None:
    kind = documents.kind_of(document)
    activity.record(
        by=by,
        verb=f"{kind}.difference_settled",
        kind=kind,
        subject_id=document.id,
        sentence=sentence,
        now=now,
    )
