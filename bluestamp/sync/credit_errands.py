"""The two calls of credit: some of a note is applied to invoices in Xero, or taken off one again.

One call is about one note. What goes into it is claimed in `crediting`; when it is made, and what happens when nobody knows
what became of it, is in `errands`. Xero's page: Credit Notes, "Allocate" (developer.xero.com, Accounting API).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.db.models import Q

from bluestamp.books import applications
from bluestamp.books.applications import CreditApplication
from bluestamp.people import activity, actors
from bluestamp.sync import tallies
from bluestamp.sync.batches import Act, Batch
from bluestamp.sync.copies import Copy
from bluestamp.sync.errands import Element, Errand
from bluestamp.sync.explanations import Explained
from bluestamp.sync.tallies import Key, Outcome, There, Wanted
from bluestamp.xero import records
from bluestamp.xero.client import Client
from bluestamp.xero.errors import NotFound
from bluestamp.xero.exchanges import Result
from bluestamp.xero.writes import AllocationWrite, InvoiceLink, encode_allocations

_NO_REASON: Final = "Xero refused it without a reason."
_NOTE_IS_GONE: Final = "The credit note is gone from Xero."


class Apply:
    """So much of one note on each of some invoices."""

    act: Act = Act.CREATE

    def encode(self, elements: Sequence[Element]) -> bytes:
        return encode_allocations([_write(element) for element in elements])

    def concerns(self, elements: Sequence[Element]) -> dict[str, list[str]]:
        return documents_of(elements)

    def call(self, client: Client, batch: Batch) -> list[Outcome]:
        note_id = batch.elements[0]["note_xero_id"]
        answer = client.put_allocations(note_id, bytes(batch.body), idempotency_key=batch.idempotency_key)
        return _outcomes(batch, answer.value)

    def look_up(self, client: Client, batch: Batch) -> list[Outcome]:
        try:
            note = client.credit_note(batch.elements[0]["note_xero_id"]).value
        except NotFound:
            return [Outcome(element["row_id"], messages=(_NOTE_IS_GONE,)) for element in batch.elements]
        done, wanted = _open_ones(batch)
        known, settled = _known(batch)
        return [*done, *tallies.counted(wanted, there(note), known=known, settled=settled)]

    def confirm(self, outcome: Outcome, *, now: dt.datetime) -> None:
        row = applications.confirm(application_id=outcome.row_id, external_id=outcome.external_id, now=now)
        applications.mark_in_flight([row.id], is_in_flight=False)
        _read_anew(row, now=now)
        note_both(row, "credit_sent", f"{_words(row)}, in Xero too.", now=now)

    def refuse(self, row_id: str, why: Explained, *, now: dt.datetime) -> None:
        row = applications.refuse(application_id=row_id, code=why.code, sentence=why.sentence, now=now)
        _read_anew(row, now=now)
        note_both(row, "credit_refused", f"Not done: {_words(row)}. {why.sentence}", now=now)

    def release(self, row_ids: Sequence[str], *, now: dt.datetime) -> None:
        applications.mark_in_flight(row_ids, is_in_flight=False)


class Unapply:
    """One allocation is deleted. Xero's DELETE knows no key: what the note then holds tells."""

    act: Act = Act.REMOVE

    def encode(self, elements: Sequence[Element]) -> bytes:
        return b""

    def concerns(self, elements: Sequence[Element]) -> dict[str, list[str]]:
        return documents_of(elements)

    def call(self, client: Client, batch: Batch) -> list[Outcome]:
        element = batch.elements[0]
        client.delete_allocation(element["note_xero_id"], element["external_id"])
        return [Outcome(element["row_id"])]

    def look_up(self, client: Client, batch: Batch) -> list[Outcome]:
        element = batch.elements[0]
        try:
            note = client.credit_note(element["note_xero_id"]).value
        except NotFound:
            return [Outcome(element["row_id"])]
        if element["external_id"] not in {one.external_id for one in there(note)}:
            return [Outcome(element["row_id"])]
        said = element.get("messages")
        return [] if said is None else [Outcome(element["row_id"], messages=tuple(said) or (_NO_REASON,))]

    def confirm(self, outcome: Outcome, *, now: dt.datetime) -> None:
        row = applications.confirm_removal(application_id=outcome.row_id, now=now)
        applications.mark_in_flight([row.id], is_in_flight=False)
        _read_anew(row, now=now)
        note_both(row, "credit_taken_back", f"Taken back in Xero too: {_words(row)}.", now=now)

    def refuse(self, row_id: str, why: Explained, *, now: dt.datetime) -> None:
        row = applications.refuse_removal(application_id=row_id, sentence=why.sentence, now=now)
        _read_anew(row, now=now)
        note_both(row, "credit_kept", f"Xero keeps it: {_words(row)}. {why.sentence}", now=now)

    def release(self, row_ids: Sequence[str], *, now: dt.datetime) -> None:
        applications.mark_in_flight(row_ids, is_in_flight=False)


APPLY: Final = Apply()
UNAPPLY: Final = Unapply()
BY_ACT: Final[dict[str, Errand]] = {Act.CREATE: APPLY, Act.REMOVE: UNAPPLY}


def documents_of(elements: Sequence[Element]) -> dict[str, list[str]]:
    """Return the note and the invoices whose credit this is."""
    return {
        "credit_note": [element["note_id"] for element in elements],
        "invoice": [element["invoice_id"] for element in elements],
    }


def element_of(row: CreditApplication, note: Copy, invoice: Copy) -> Element:
    """What a batch remembers of one application: all that its bytes are made of."""
    return {
        "row_id": row.id,
        "note_id": row.credit_note_id,
        "note_xero_id": note.xero_id,
        "invoice_id": row.invoice_id,
        "invoice_xero_id": invoice.xero_id,
        "amount": str(row.amount),
        "applied_on": row.applied_on.isoformat(),
        "external_id": row.external_id,
    }


def there(note: records.CreditNote) -> list[There]:
    """Return what Xero holds of a note's credit applied."""
    return [
        There(one.allocation_id, tallies.allocation_key(one.invoice.invoice_id, one.amount))
        for one in note.allocations
        if not one.is_deleted
    ]


def note_both(row: CreditApplication, verb: str, sentence: str, *, now: dt.datetime) -> None:
    """Say in the history of both documents what became of it."""
    for document in (row.credit_note, row.invoice):
        activity.record(
            by=actors.xero(row.studio_id),
            verb=f"{document.kind}.{verb}",
            kind=document.kind,
            subject_id=document.id,
            sentence=sentence,
            now=now,
        )


def _write(element: Element) -> AllocationWrite:
    return AllocationWrite(
        invoice=InvoiceLink(invoice_id=element["invoice_xero_id"]),
        amount=Decimal(element["amount"]),
        date=dt.date.fromisoformat(element["applied_on"]),
    )


def _outcomes(batch: Batch, results: Sequence[Result[records.Allocation]]) -> list[Outcome]:
    """What the answer says. An old one gives no ids: then all of the batch is matched, and what was known stays."""
    done, wanted = _open_ones(batch)
    taken = {outcome.external_id for outcome in done if outcome.external_id}
    if any(result.record.allocation_id for result in results):
        new = [result for result in results if result.record.allocation_id not in taken]
    else:
        new, done = list(results), []
        wanted = [Wanted(element["row_id"], _key(element)) for element in batch.elements]
    return [*done, *tallies.outcomes(wanted, new, key=_key_of, external_id=lambda one: one.allocation_id)]


def _open_ones(batch: Batch) -> tuple[list[Outcome], list[Wanted]]:
    """The rows that a reading has brought already; and those of which nothing is known, which are still in flight."""
    ids = [element["row_id"] for element in batch.elements]
    rows = CreditApplication.objects.filter(id__in=ids, in_flight=False)
    known = dict(rows.values_list("id", "external_id"))
    wanted = [
        Wanted(element["row_id"], _key(element))
        for element in batch.elements
        if element["row_id"] not in known
    ]
    return [Outcome(row_id, external_id) for row_id, external_id in known.items()], wanted


def _known(batch: Batch) -> tuple[set[str], list[Key]]:
    """What of the note's allocations is somebody else's: by Xero's ids, and by keys where Xero gave none.

    One that a reading brought since the batch was written may be of the batch.
    """
    first = batch.elements[0]
    rows = CreditApplication.objects.filter(
        credit_note_id=first["note_id"],
        is_only_here=False,
        in_flight=False,
        state__in=("confirmed", "removing"),
    )
    others = rows.exclude(id__in=[element["row_id"] for element in batch.elements])
    theirs = others.filter(Q(origin="here") | Q(recorded_at__lt=batch.prepared_at))
    ours = rows.filter(id__in=[element["row_id"] for element in batch.elements])
    known = {row.external_id for row in [*theirs, *ours] if row.external_id}
    invoices = Copy.objects.filter(connection_id=batch.connection_id, kind="invoice", is_gone=False)
    xero_ids = dict(
        invoices.filter(document_id__in=[row.invoice_id for row in theirs]).values_list(
            "document_id", "xero_id"
        )
    )
    nameless = [row for row in [*theirs, *ours] if not row.external_id]
    return known, [tallies.allocation_key(xero_ids.get(row.invoice_id, ""), row.amount) for row in nameless]


def _key(element: Element) -> Key:
    return tallies.allocation_key(element["invoice_xero_id"], Decimal(element["amount"]))


def _key_of(record: records.Allocation) -> Key:
    return tallies.allocation_key(record.invoice.invoice_id, record.amount)


def _read_anew(row: CreditApplication, *, now: dt.datetime) -> None:
    """Xero's own figures of both follow by the next reading (bookkeeping rule 11)."""
    both = Q(kind="credit_note", document_id=row.credit_note_id) | Q(
        kind="invoice", document_id=row.invoice_id
    )
    Copy.objects.filter(both, is_gone=False).update(refresh_due_at=now)


def _words(row: CreditApplication) -> str:
    return f"{row.invoice.money(row.amount)} of {row.credit_note.number} on {row.invoice.number}"
