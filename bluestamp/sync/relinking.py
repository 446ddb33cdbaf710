"""Link a company to another contact, and say what becomes of its documents in Xero (bookkeeping rule 24).

Unpaid ones that Xero still takes changes of move to the new contact; the others stay with the old one, and are
credited and issued anew by a person.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bluestamp.books import documents
from bluestamp.books.companies import Company
from bluestamp.books.documents import Document
from bluestamp.errors import Refusal
from bluestamp.people.actors import Actor
from bluestamp.sync import contacts, push
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import Copy
from bluestamp.sync.mapping import ENDED, XERO_NOUNS, Edit, met


@dataclass(frozen=True, slots=True)
class Relinked:
    """The documents that move to the new contact, and those that stay with the old one."""

    moving: tuple[Document, ...]
    staying: tuple[Document, ...]


def relink(
    connection: Connection, company: Company, contact_id: str, *, by: Actor, now: dt.datetime
) -> Relinked:
    """Link the company to this contact, and ask for its unpaid documents to move there.

    Refuses as `contacts.choose` does.
    """
    contacts.choose(connection, contacts.party_of_company(company), contact_id, by=by, now=now)
    moving: list[Document] = []
    staying: list[Document] = []
    for copy, document in copied(connection, company):
        if copy.sent_face.contact_id == contact_id:
            continue
        goes = _may_move(copy, document) and _asked(document, by=by, now=now)
        (moving if goes else staying).append(document)
    return Relinked(tuple(moving), tuple(staying))


def copied(connection: Connection, company: Company) -> list[tuple[Copy, Document]]:
    """Return the company's documents that stand in this organisation's books, each with its copy."""
    rows = Copy.objects.filter(connection=connection, is_gone=False).exclude(xero_status__in=ENDED)
    found: list[tuple[Copy, Document]] = []
    for kind in XERO_NOUNS:
        model = documents.KINDS[kind]
        of_kind = {row.document_id: row for row in rows.filter(kind=kind)}
        mine = model.objects.filter(company=company, id__in=list(of_kind)).order_by("issued_on", "id")
        found += [
            (of_kind[document.id], document) for document in mine if contacts.party_of(document).company
        ]
    return found


def _may_move(copy: Copy, document: Document) -> bool:
    has_money = bool(document.amount_paid or document.amount_credited)
    return not has_money and met(copy.kind, document.status, copy.xero_status).edit is not Edit.NOTHING


def _asked(document: Document, *, by: Actor, now: dt.datetime) -> bool:
    try:
        push.request(documents.load(document.kind, document.id), by=by, now=now)
    except Refusal:
        return False
    return True
