"""A copy: the document of Xero that a document of ours became, and what each side last said.

A copy stays when a connection is given up: reconnecting the same organisation finds it again. Nothing has a copy in
two organisations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from django.db import models

from bluestamp.books import documents, keepers
from bluestamp.books.documents import Document
from bluestamp.people.studios import StudioRow
from bluestamp.sync import connections, faces
from bluestamp.sync.connections import Connection
from bluestamp.sync.faces import Face
from bluestamp.sync.plan import CopyState


class Copy(StudioRow):
    """One document in Xero. `sent`, `held` and `theirs` are faces as JSON; `money` is Xero's payment standing."""

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="copies")
    kind = models.CharField(max_length=20)
    document_id = models.CharField(max_length=20)
    xero_id = models.CharField(max_length=36)
    xero_number = models.CharField(max_length=255, blank=True)
    xero_status = models.CharField(max_length=20)
    #: how the two sides agree, as of the last exchange: in step, changed in Xero, off by cents, locked, gone
    state = models.CharField(max_length=20, default=CopyState.IN_STEP)
    version_sent = models.PositiveIntegerField()
    sent = models.JSONField(default=dict)
    held = models.JSONField(default=dict)
    theirs = models.JSONField(default=dict)
    money = models.JSONField(default=dict)
    #: Xero's total that somebody looked at and let stand although ours is another (bookkeeping rule 13)
    accepted_total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    #: our line id → LineItemID
    line_ids = models.JSONField(default=dict)
    updated_at_xero = models.DateTimeField(null=True)
    is_gone = models.BooleanField(default=False)
    #: linked to a document that existed in Xero, not made by us
    is_linked = models.BooleanField(default=False)
    #: key of the receipt that Xero has, or refused; a receipt still to be sent makes it due
    receipt_sent = models.CharField(max_length=100, blank=True)
    receipt_due = models.BooleanField(default=False)
    copied_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    #: somebody asked to read it anew; null when nothing is due
    refresh_due_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "copies"
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "xero_id"], condition=models.Q(is_gone=False), name="copy_one_of_ours"
            ),
            models.UniqueConstraint(
                fields=["studio", "kind", "document_id"],
                condition=models.Q(is_gone=False),
                name="copy_one_in_xero",
            ),
        ]
        indexes = [
            models.Index(
                fields=["connection", "refresh_due_at"],
                condition=models.Q(refresh_due_at__isnull=False),
                name="copy_refresh_due",
            ),
            models.Index(
                fields=["connection", "copied_at"],
                condition=models.Q(receipt_due=True),
                name="copy_receipt_due",
            ),
        ]

    @property
    def sent_face(self) -> Face:
        """What the document said here when it was last sent; an exchange rate left to Xero is the one that it took."""
        sent = faces.from_json(self.sent)
        if sent.currency_rate is not None or not self.held:
            return sent
        return msgspec.structs.replace(sent, currency_rate=self.held_face.currency_rate)

    @property
    def held_face(self) -> Face:
        """What Xero answered to that."""
        return faces.from_json(self.held)

    @property
    def their_face(self) -> Face:
        """What Xero said when it was last read."""
        return faces.from_json(self.theirs)


def of(*, kind: str, document_ids: Iterable[str]) -> dict[str, Copy]:
    """Return the living copies of these documents, by document id."""
    rows = Copy.objects.filter(kind=kind, document_id__in=list(document_ids), is_gone=False)
    return {row.document_id: row for row in rows.select_related("connection")}


def locked(*, kind: str, document_id: str) -> Copy | None:
    """Return the living copy of one document, locked for the caller's transaction."""
    rows = Copy.objects.select_for_update(of=("self",)).select_related("connection")
    return rows.filter(kind=kind, document_id=document_id, is_gone=False).first()


def locked_many(*, kind: str, document_ids: Iterable[str]) -> dict[str, Copy]:
    """Return the living copies of these documents by document id, locked for the caller's transaction."""
    rows = Copy.objects.select_for_update(of=("self",)).filter(
        kind=kind, document_id__in=list(document_ids), is_gone=False
    )
    return {row.document_id: row for row in rows.order_by("id")}


def save_all(rows: Sequence[Copy]) -> None:
    """Write new copies and what changed of known ones, in one statement."""
    if rows:
        written = [field.name for field in Copy._meta.concrete_fields if field.name not in ("id", "studio")]
        Copy.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=written)


def of_one(*, kind: str, document_id: str) -> Copy | None:
    """Return the living copy of one document, if it has one."""
    return of(kind=kind, document_ids=[document_id]).get(document_id)


def note_version(copy: Copy, version: int) -> None:
    """Write down on the document which version of it the organisation's ledger holds."""
    documents.note_ledger_version(
        kind=copy.kind,
        document_id=copy.document_id,
        version=version,
        ledger_id=copy.connection.ledger_id,
    )


def homes_of(rows: Sequence[Document]) -> dict[str, Connection | None]:
    """Return the connection to which each document belongs: the one that has it, or what it credits, else its branch's.

    One that was given up too, while it has the document. A handful of queries, however many documents.
    """
    held = keepers.held_by(rows)
    there = connections.of_ledgers(set(held.values()))
    by_branch = connections.of_branches({row.branch_id for row in rows if row.id not in held})
    return {
        row.id: there.get(held[row.id]) if row.id in held else by_branch.get(row.branch_id) for row in rows
    }


def home_of(document: Document) -> Connection | None:
    """Return the connection to which one document belongs."""
    return homes_of([document])[document.id]


def apart_from_its_branch(document: Document, home: Connection | None) -> str:
    """Say that a document belongs to another organisation than its branch goes to by now; "" where both are one."""
    goes = connections.of_branch(document.branch_id)
    if home is None or goes == home:
        return ""
    now = f"goes to {goes.name}" if goes else "goes to no organisation"
    return f"It belongs to {home.name}, although {document.branch.name} {now} by now."
