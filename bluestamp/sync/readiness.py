"""Is a document ready to go to Xero, and if not, why: asked before anything is written or sent.

The same answers serve the button, the preview and the bulk bar, so that none of them can disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import prefetch_related_objects

from bluestamp.books import documents, ledgers, payment_rows
from bluestamp.books.codes import Codebook
from bluestamp.books.documents import Document
from bluestamp.books.expenses import Expense
from bluestamp.errors import Conflict, Invalid, InvalidFields
from bluestamp.sync import contacts, copies, matching, mirror, rate_checks
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.mapping import REMOVED_HERE, XERO_NOUNS
from bluestamp.sync.plan import CopyState


class NoConnection(Conflict):
    """The document's branch sends to no Xero organisation."""

    code = "NO_CONNECTION"


class NotSendable(Conflict):
    """The rules keep this document out of Xero, or its copy stops further sends."""

    code = "NOT_SENDABLE"


class NotReady(InvalidFields):
    """Something that Xero needs is missing; one fault for each field."""

    code = "NOT_READY"


class PaymentAccountMissing(Conflict):
    """The document has an earlier payment, and nobody said which account it went into (S50)."""

    code = "PAYMENT_ACCOUNT_MISSING"


class ContactMissing(Conflict):
    """The company is not in Xero yet; creating it there is asked once."""

    code = "CONTACT_CREATE"

    def __init__(self, sentence: str, *, company_name: str, organisation: str) -> None:
        super().__init__(sentence)
        self.company_name = company_name
        self.organisation = organisation


class ContactUnclear(Conflict):
    """Several contacts in Xero could be the company; a person chooses."""

    code = "CONTACT_CHOOSE"

    def __init__(self, sentence: str, *, candidates: tuple[matching.Candidate, ...]) -> None:
        super().__init__(sentence)
        self.candidates = candidates


@dataclass(frozen=True, slots=True)
class Finding:
    """What stands between one document and Xero; nothing when it is ready."""

    document: Document
    kind: str
    connection: Connection | None
    copy: Copy | None
    contact: matching.Match = field(default_factory=matching.Nothing)
    faults: tuple[Invalid, ...] = ()
    stop: str = ""
    lacks_payment_account: bool = False

    def refusal(self, *, allow_create_contact: bool) -> Conflict | NotReady | None:
        """Return the first reason why this can't be sent, as the person is told it; None when it can."""
        if self.connection is None:
            return NoConnection(
                "This branch is not connected to Xero. An owner connects it in Settings, Integrations."
            )
        if self.stop:
            return NotSendable(self.stop)
        if self.faults:
            return NotReady(list(self.faults))
        if self.lacks_payment_account:
            return PaymentAccountMissing(
                f"It has an earlier payment that {self.connection.name} does not know of. Choose the account that it went "
                "into; then the payment goes there with its document."
            )
        return self._contact_refusal(allow_create_contact)

    @property
    def party(self) -> str:
        """The name of who the document is with: the company, or the person who paid."""
        return party_name(self.document)

    def _contact_refusal(self, allow_create: bool) -> Conflict | None:
        assert self.connection is not None
        organisation = self.connection.name
        if isinstance(self.contact, matching.Candidates):
            return ContactUnclear(
                _which(self.party, organisation, self.contact.candidates), candidates=self.contact.candidates
            )
        if isinstance(self.contact, matching.Nothing) and not allow_create:
            return ContactMissing(
                f"{self.party} is not in {organisation} yet. Create it there, or link it to a contact that exists.",
                company_name=self.party,
                organisation=organisation,
            )
        return None


def _which(party: str, organisation: str, candidates: tuple[matching.Candidate, ...]) -> str:
    if len(candidates) > 1:
        return f"Several contacts in {organisation} could be {party}. Choose the right one."
    only = candidates[0]
    if not only.contact.is_active:
        return f"{only.contact.name} is archived in {organisation}. Restore it there and send again, or choose another."
    return f"{only.contact.name} in {organisation} could be {party}. {only.doubt} Is it?".replace("  ", " ")


def party_name(document: Document) -> str:
    """Return who the document is with in Xero: the person who paid, else the company (bookkeeping rule 18)."""
    if isinstance(document, Expense) and document.paid_by == "person":
        return document.paid_by_name
    return document.company_name


def examine(kind: str, rows: Sequence[Document]) -> list[Finding]:
    """Return what stands between each document and Xero, in the order given; a bounded number of queries."""
    living = copies.of(kind=kind, document_ids=[row.id for row in rows])
    homes = copies.homes_of(rows)
    matches = _matches(rows, homes)
    unaccounted = payment_rows.without_account(kind, homes)
    offers = _offers(kind, homes.values())
    prefetch_related_objects(rows, "lines")
    found: list[Finding] = []
    for row in rows:
        home, match = homes[row.id], matches.get(row.id, matching.Nothing())
        offer = offers[home.id] if home is not None else None
        found.append(_finding(kind, row, home, living.get(row.id), match, offer))
    return [
        replace(one, lacks_payment_account=True) if one.document.id in unaccounted else one for one in found
    ]


@dataclass(frozen=True, slots=True)
class _Offer:
    """What an organisation offers to documents of one kind, read once for all of them."""

    codebook: Codebook
    currencies: frozenset[str]


def _offers(kind: str, homes: Iterable[Connection | None]) -> dict[str, _Offer]:
    ledger_of = {home.id: home.ledger for home in homes if home is not None}
    return {
        id_: _Offer(ledgers.codebook(ledger, kind), ledgers.currency_codes(ledger))
        for id_, ledger in ledger_of.items()
    }


def _matches(rows: Sequence[Document], homes: dict[str, Connection | None]) -> dict[str, matching.Match]:
    found: dict[str, matching.Match] = {}
    for connection in {home for home in homes.values() if home is not None}:
        mine = [row for row in rows if homes[row.id] == connection]
        found |= contacts.match_documents(connection, mine)
    return found


def _finding(
    kind: str,
    document: Document,
    connection: Connection | None,
    copy: Copy | None,
    contact: matching.Match,
    offer: _Offer | None,
) -> Finding:
    if connection is None or offer is None:
        return Finding(document, kind, None, copy)
    stop = _stop(kind, document, connection, copy)
    if stop or document.status == REMOVED_HERE[kind]:
        return Finding(document, kind, connection, copy, contact, (), stop)
    far = rate_checks.fault(document, copy, connection)
    faults = (*_faults(kind, document, connection, offer), *([far] if far else []))
    return Finding(document, kind, connection, copy, contact, faults, stop)


def _stop(kind: str, document: Document, connection: Connection, copy: Copy | None) -> str:
    """The sentence that keeps a document out of Xero whatever its fields say; "" when nothing does."""
    if document.status == REMOVED_HERE[kind] and copy is None:
        was = "cancelled" if document.status == "cancelled" else "voided"
        return f"It was {was} here and is not in Xero, so there is nothing to send."
    if kind == "purchase_order" and document.status == "paid" and copy is None:
        return "It is paid already, and an order posts nothing in Xero: there is nothing to send."
    if connection.state == "disconnected":
        return f"{connection.name} was disconnected. Reconnect it in Settings, Integrations."
    if not mirror.is_filled(connection):
        return f"The contacts of {connection.name} are still being read. Try again in a moment."
    if copy is not None and copy.state == CopyState.OFF_BY_CENTS:
        return (
            "The totals here and in Xero differ. Somebody has to look at that before anything more is sent."
        )
    if copy is not None and copy.state == CopyState.GONE:
        return f"The {XERO_NOUNS[kind]} is gone from Xero. Send it again as a new one, or unlink it, in the Xero panel."
    if copy is None and connection.card_policy == "not_sent" and getattr(document, "paid_by", "") == "card":
        return (
            "Paid by company card: those come to Xero through the bank feed, so they are not sent as bills."
        )
    return ""


def _faults(kind: str, document: Document, connection: Connection, offer: _Offer) -> Iterable[Invalid]:
    if document.currency not in offer.currencies:
        yield Invalid(
            f"{connection.name} does not use {document.currency}. Add the currency in Xero first.",
            field="currency",
        )
    lines = document.items
    if not lines:
        yield Invalid("There is no line to send.", field="lines")
    for position, line in enumerate(lines):
        if not (line.item.strip() or line.description.strip()):
            yield Invalid("Xero needs words on every line.", field=f"lines.{position}.description")
    if (
        isinstance(document, Expense)
        and document.status == "approved"
        and not document.supplier_invoice_number
    ) and document.paid_by == "supplier":
        yield Invalid(
            "An approved expense needs the supplier's invoice number.", field="supplier_invoice_number"
        )
    yield from offer.codebook.faults(enumerate(lines), need_codes=True)
    if kind != "purchase_order":  # it posts nothing, so no locked period minds it
        yield from _faults_of_day(document, connection.ledger)


def _faults_of_day(document: Document, ledger: ledgers.Ledger) -> Iterable[Invalid]:
    locked_until = ledgers.locked_until(ledger)
    if locked_until is not None and document.issued_on <= locked_until:
        yield Invalid(
            f"The period up to {locked_until.day} {locked_until:%b %Y} is locked in Xero. Choose a later date.",
            field="issued_on",
        )


def kind_of_all(rows: Sequence[Document]) -> str:
    """Return the kind that all these documents share."""
    kinds = {documents.kind_of(row) for row in rows}
    assert len(kinds) == 1, kinds
    return kinds.pop()
