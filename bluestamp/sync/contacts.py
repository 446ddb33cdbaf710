"""Which contact in Xero stands for a company, or for a person who paid: linked once, by ContactID, and remembered.

Matching is by bookkeeping rule 24 (`matching`), over the mirror of Xero's contacts (`mirror`). A document carries the
ContactID and nothing else, so that no document ever rewrites a contact.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db import models, transaction
from django.db.models import Q

from bluestamp.books import companies
from bluestamp.books.companies import Company, name_key
from bluestamp.books.documents import Document
from bluestamp.errors import Invalid, NotFound
from bluestamp.people import activity, actors, permissions
from bluestamp.people.actors import Actor
from bluestamp.people.permissions import Action
from bluestamp.people.studios import StudioRow
from bluestamp.sync import clients, distinctions, exchanges, matching, mirror
from bluestamp.sync.connections import Connection
from bluestamp.sync.matching import Candidate, Candidates, Card, Found, Known, Linked, Match, Nothing, Why
from bluestamp.sync.mirror import MirroredContact
from bluestamp.sync.parties import Party as Party
from bluestamp.sync.parties import is_of as is_of
from bluestamp.sync.parties import party_of as party_of
from bluestamp.sync.parties import party_of_company as party_of_company
from bluestamp.sync.parties import write_of as write_of
from bluestamp.xero.records import Contact


class ContactLink(StudioRow):
    """One party of ours and its contact in one organisation. A person who paid has no company, but a name."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="contact_links")
    company = models.ForeignKey(Company, null=True, on_delete=models.PROTECT, related_name="+")
    person_key = models.CharField(max_length=255, blank=True)
    contact_id = models.CharField(max_length=36)
    linked_by = models.CharField(max_length=200)
    linked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "company"], condition=Q(company__isnull=False), name="link_of_company"
            ),
            models.UniqueConstraint(
                fields=["connection", "person_key"], condition=~Q(person_key=""), name="link_of_person"
            ),
            models.CheckConstraint(
                condition=Q(company__isnull=False) ^ ~Q(person_key=""), name="link_of_company_or_person"
            ),
        ]
        indexes = [models.Index(fields=["connection", "contact_id"], name="link_by_contact")]


# Finding


def match_documents(connection: Connection, rows: Sequence[Document]) -> dict[str, Match]:
    """Return which contact each document's party is, by document id; a bounded number of queries, no call."""
    parties = _parties(rows)
    found = match_parties(connection, parties.values())
    return {document_id: found[party.key] for document_id, party in parties.items()}


def match(connection: Connection, company: Company) -> Match:
    """Return which contact a company is."""
    party = party_of_company(company)
    return match_parties(connection, [party])[party.key]


def match_parties(connection: Connection, parties: Iterable[Party]) -> dict[str, Match]:
    """Return which contact each party is, by the party's key: the link it has, else what rule 24 says."""
    distinct = {party.key: party for party in parties}
    links = _links(connection, distinct.values())
    linked = _mirrored(connection, links.values())
    answers: dict[str, Match] = {}
    for key, contact_id in links.items():
        # A contact that is not mirrored was created or chosen a moment ago.
        if contact_id not in linked or linked[contact_id].is_active:
            answers[key] = Linked(contact_id=contact_id)
    asked = [party for key, party in distinct.items() if key not in answers]
    if asked:
        answers |= distinctions.heeded(connection, _match_unlinked(connection, asked, links), asked)
    return answers


def contact_ids(connection: Connection, rows: Sequence[Document]) -> dict[str, str]:
    """Return the ContactIDs of those documents whose party is linked to a contact that takes documents."""
    found = match_documents(connection, rows)
    return {
        document_id: answer.contact_id for document_id, answer in found.items() if isinstance(answer, Linked)
    }


def missing(connection: Connection, rows: Sequence[Document]) -> list[Party]:
    """Return the parties that no contact in Xero looks like, each once. Empty while the mirror was never filled."""
    if not mirror.is_filled(connection):
        return []
    parties = {party.key: party for party in _parties(rows).values()}
    found = match_parties(connection, parties.values())
    return [party for key, party in parties.items() if isinstance(found[key], Nothing)]


def party_keys(rows: Sequence[Document]) -> dict[str, str]:
    """Return the key of each document's party, by document id."""
    return {document_id: party.key for document_id, party in _parties(rows).items()}


def search(connection: Connection, text: str, *, limit: int = 20) -> list[MirroredContact]:
    """Return active contacts whose name, tax number or e-mail address has the text in it, for a person to choose from."""
    wanted = Q(name_key__contains=name_key(text)) | Q(email_key__contains=text.strip().casefold())
    if key := matching.tax_key(text):
        wanted |= Q(tax_key__contains=key)
    rows = MirroredContact.objects.filter(wanted, connection=connection, status="ACTIVE")
    return list(rows.order_by("name_key")[:limit])


def of_company(company_id: str) -> list[tuple[ContactLink, MirroredContact | None]]:
    """Return the contacts that stand for a company, one for each organisation it is linked in."""
    links = list(ContactLink.objects.filter(company_id=company_id).select_related("connection"))
    rows = MirroredContact.objects.filter(contact_id__in=[link.contact_id for link in links])
    by_id = {(row.connection_id, row.contact_id): row for row in rows}
    return [(link, by_id.get((link.connection_id, link.contact_id))) for link in links]


# Linking


def link_found(
    connection: Connection, document: Document, found: Found, *, by: Actor, now: dt.datetime
) -> None:
    """Remember a contact that rule 24 found beyond doubt; in the transaction of the send that needs it."""
    party = party_of(document)
    _link(connection, party, found.contact_id, how=f" ({found.why})", by=by, now=now)


def link_party(
    connection: Connection, document: Document, contact_id: str, *, by: Actor, now: dt.datetime
) -> None:
    """Link the document's company, or the person who paid, to the contact that a person chose.

    Refuses NotPermitted, NotFound, and Invalid for a contact that takes no documents.
    """
    choose(connection, party_of(document), contact_id, by=by, now=now)


def choose(connection: Connection, party: Party, contact_id: str, *, by: Actor, now: dt.datetime) -> None:
    """Link a party to the contact that a person chose; one that was linked is linked anew.

    Refuses NotPermitted, NotFound, and Invalid for a contact that takes no documents.
    """
    permissions.require(by, Action.LINK_CONTACTS)
    with transaction.atomic():
        contact = MirroredContact.objects.filter(connection=connection, contact_id=contact_id).first()
        if contact is None:
            raise NotFound("There is no such contact in Xero. Refresh the contacts and choose again.")
        if not contact.is_active:
            raise Invalid(
                f"{contact.name} is archived in Xero. Restore it there, or choose another.",
                field="contact_id",
            )
        _link(connection, party, contact_id, how="", by=by, now=now)


def unlink(connection: Connection, party: Party, *, by: Actor, now: dt.datetime) -> None:
    """Forget which contact a party is. Documents already in Xero stay with theirs. Refuses NotPermitted, NotFound."""
    permissions.require(by, Action.LINK_CONTACTS)
    with transaction.atomic():
        if not _link_rows(connection, [party]).delete()[0]:
            raise NotFound(f"{party.name} is not linked to a contact in {connection.name}.")
        _record(
            party,
            "unlinked",
            f"{party.name} is no longer linked to a contact in {connection.name}.",
            by=by,
            now=now,
        )


def _link(
    connection: Connection, party: Party, contact_id: str, *, how: str, by: Actor, now: dt.datetime
) -> None:
    row, is_new = ContactLink.objects.get_or_create(
        connection=connection,
        company=party.company,
        person_key=_person_key(party),
        defaults={
            "studio_id": connection.studio_id,
            "contact_id": contact_id,
            "linked_by": by.name,
            "linked_at": now,
        },
    )
    if not is_new and row.contact_id == contact_id:
        return
    if not is_new:
        row.contact_id, row.linked_by, row.linked_at = contact_id, by.name, now
        row.save(update_fields=["contact_id", "linked_by", "linked_at"])
    contact = MirroredContact.objects.filter(connection=connection, contact_id=contact_id).first()
    if contact is not None:
        _take_over(party, contact, now=now)
    whom = f"the contact {contact.name if contact else party.name} in {connection.name}"
    _record(party, "linked", f"{party.name} was linked to {whom}{how}.", by=by, now=now)


def _take_over(party: Party, contact: MirroredContact, *, now: dt.datetime) -> None:
    """What Xero knows of the contact fills what nobody has chosen here: tax types and terms (rules 8 and 20)."""
    company = party.company
    if company is None:
        return
    bills, sales = contact.bill_terms_days, contact.sales_terms_days
    companies.take_tax_types(
        company_id=company.id,
        sales_tax_type=contact.receivable_tax_type,
        purchases_tax_type=contact.payable_tax_type,
        terms_days=sales if company.is_client and not company.is_supplier else bills,
        now=now,
    )


def record_created(connection: Connection, party: Party, record: Contact, *, now: dt.datetime) -> None:
    """Remember the contact that Xero made for a party; in the transaction that settles its batch."""
    mirror.store(connection, [record])
    _link(
        connection,
        party,
        record.contact_id,
        how=", created for it",
        by=actors.xero(connection.studio_id),
        now=now,
    )


# Keeping up with Xero


def sweep(connection: Connection, *, now: dt.datetime) -> None:
    """Read Xero's contacts, all the first time and what changed afterwards, and follow those that were merged.

    Raises what `clients.open` raises.
    """
    with clients.open(connection, why=exchanges.Why.CONTACTS, urgent=False, now=now) as client:
        changed = mirror.refresh(connection, client, now=now)
    follow_merged(connection, changed, now=now)


def refresh_some(connection: Connection, ids: Sequence[str], *, now: dt.datetime) -> None:
    """Read these contacts anew, as a webhook says they changed, and follow those that were merged."""
    with clients.open(connection, why=exchanges.Why.CONTACTS, urgent=False, now=now) as client:
        mirror.refresh_ids(connection, client, ids)
    follow_merged(connection, ids, now=now)


def look_up(connection: Connection, *, now: dt.datetime) -> None:
    """Read what changed a moment ago, because somebody is about to choose a contact or to create one."""
    with clients.open(connection, why=exchanges.Why.CONTACTS, urgent=True, now=now) as client:
        changed = mirror.refresh(connection, client, now=now)
    follow_merged(connection, changed, now=now)


def follow_merged(connection: Connection, ids: Sequence[str], *, now: dt.datetime) -> None:
    """Link parties of merged contacts to the contact that lives on. Archived ones are asked about at the next send."""
    merged = MirroredContact.objects.filter(connection=connection, contact_id__in=ids).exclude(merged_to="")
    for contact in merged.order_by("id"):
        lives_on = mirror.survivor(connection, contact.contact_id)
        with transaction.atomic():
            links = ContactLink.objects.select_for_update(of=("self",)).filter(
                connection=connection, contact_id=contact.contact_id
            )
            for link in links.select_related("company").order_by("id"):
                how = f", into which {contact.name} was merged"
                by = actors.xero(connection.studio_id)
                _link(connection, _party_of_link(link, contact), lives_on, how=how, by=by, now=now)


# Private steps


def _parties(rows: Sequence[Document]) -> dict[str, Party]:
    models.prefetch_related_objects(list(rows), "company")
    return {row.id: party_of(row) for row in rows}


def _party_of_link(link: ContactLink, contact: MirroredContact) -> Party:
    if link.company is not None:
        return party_of_company(link.company)
    return Party(key=f"person:{link.person_key}", name=contact.name)


def _person_key(party: Party) -> str:
    return party.key.removeprefix("person:") if party.company is None else ""


def _link_rows(connection: Connection, parties: Iterable[Party]) -> models.QuerySet[ContactLink]:
    parties = list(parties)
    companies = [party.company.id for party in parties if party.company]
    people = [_person_key(party) for party in parties if not party.company]
    return ContactLink.objects.filter(
        Q(company_id__in=companies) | Q(person_key__in=people), connection=connection
    )


def _links(connection: Connection, parties: Iterable[Party]) -> dict[str, str]:
    """The contact ids of those that are linked, by the party's key."""
    return {
        f"company:{row.company_id}" if row.company_id else f"person:{row.person_key}": row.contact_id
        for row in _link_rows(connection, parties)
    }


def _mirrored(connection: Connection, ids: Iterable[str]) -> dict[str, MirroredContact]:
    rows = MirroredContact.objects.filter(connection=connection, contact_id__in=list(ids))
    return {row.contact_id: row for row in rows}


def _match_unlinked(
    connection: Connection, parties: Sequence[Party], links: Mapping[str, str]
) -> dict[str, Match]:
    contacts = _lookalikes(connection, [party.card for party in parties], links.values())
    taken = _taken(connection, contacts)
    namesakes = _companies_by_tax_number(parties)
    answers: dict[str, Match] = {}
    for party in parties:
        known = [_known(contact, taken, party.key) for contact in contacts]
        others = namesakes[matching.tax_key(party.card.tax_number)] - {party.key}
        answers[party.key] = matching.match(party.card, contacts=known, namesakes_by_tax_number=len(others))
        if party.key in links:
            answers[party.key] = _asked_again(answers[party.key], known, links[party.key])
    return answers


def _lookalikes(connection: Connection, cards: Sequence[Card], ids: Iterable[str]) -> list[MirroredContact]:
    """The contacts that share a key with any of these, and those with these ids; one query."""
    alike = Q(contact_id__in=list(ids)) | Q(name_key__in=[card.name_key for card in cards])
    for field, keys in (
        ("like_key", {matching.like_name(card.name) for card in cards}),
        ("tax_key", {matching.tax_key(card.tax_number) for card in cards}),
        ("email_key", {card.email.strip().casefold() for card in cards}),
    ):
        alike |= Q(**{f"{field}__in": sorted(keys - {""})})
    return list(
        MirroredContact.objects.filter(alike, connection=connection).order_by("name_key", "contact_id")
    )


def _taken(connection: Connection, contacts: Sequence[MirroredContact]) -> dict[str, dict[str, str]]:
    """Who is linked to each contact already: names by party key, by contact id."""
    rows = ContactLink.objects.filter(
        connection=connection, contact_id__in=[row.contact_id for row in contacts]
    )
    taken: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows.select_related("company"):
        if row.company is not None:
            taken[row.contact_id][f"company:{row.company_id}"] = row.company.name
    return taken


def _companies_by_tax_number(parties: Sequence[Party]) -> dict[str, set[str]]:
    """The keys of our companies by folded tax number; nothing is read when no party has one."""
    found: dict[str, set[str]] = defaultdict(set)
    if any(party.card.tax_number for party in parties):
        for company_id, tax_number in Company.objects.exclude(tax_number="").values_list("id", "tax_number"):
            found[matching.tax_key(tax_number)].add(f"company:{company_id}")
    return found


def _known(contact: MirroredContact, taken: Mapping[str, Mapping[str, str]], party_key: str) -> Known:
    others = [name for key, name in taken.get(contact.contact_id, {}).items() if key != party_key]
    return Known(
        name=contact.name,
        name_key=contact.name_key,
        tax_number=contact.tax_number,
        email=contact.email,
        contact_id=contact.contact_id,
        is_active=contact.is_active,
        taken_by=others[0] if others else "",
    )


def _asked_again(answer: Match, known: Sequence[Known], linked_to: str) -> Match:
    """The contact that a party was linked to is archived: nothing takes its place unasked."""
    rest = list(answer.candidates) if isinstance(answer, Candidates) else []
    if isinstance(answer, Found):
        rest = [Candidate(contact=k, why=answer.why) for k in known if k.contact_id == answer.contact_id]
    old = [
        Candidate(contact=k, why=Why.NAME, doubt=matching.ARCHIVED)
        for k in known
        if k.contact_id == linked_to and all(c.contact.contact_id != linked_to for c in rest)
    ]
    return Candidates(candidates=(*old, *rest))


def _record(party: Party, what: str, sentence: str, *, by: Actor, now: dt.datetime) -> None:
    subject = party.company.id if party.company else ""
    activity.record(
        by=by, verb=f"company.{what}", kind="company", subject_id=subject, sentence=sentence, now=now
    )
