"""The mirror: Xero's contacts as last read, so that matching a company costs no call.

Read by pages of 1,000, then only what changed, and single ones when a webhook names them. Archived contacts are kept:
a company linked to one must be asked about, and a merged one leads to the contact that lives on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

from django.db import models, transaction

from bluestamp.books.companies import name_key
from bluestamp.people.studios import StudioRow
from bluestamp.sync import matching
from bluestamp.sync.connections import Connection
from bluestamp.xero.client import Client
from bluestamp.xero.records import Contact, ContactStatus

CURSOR: Final = "contact"
#: ids in one address; a longer list would not fit into it
IDS_A_CALL: Final = 50
#: clocks differ, and a page read while somebody edits may miss a row: each look goes back a little further
OVERLAP: Final = dt.timedelta(minutes=5)
_DAYS_AFTER_DATE: Final = "DAYSAFTERBILLDATE"


class MirroredContact(StudioRow):
    """A contact as Xero last told it. The keys are its name, tax number and address folded for comparing."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="contacts")
    contact_id = models.CharField(max_length=36)
    name = models.CharField(max_length=255)
    name_key = models.CharField(max_length=255)
    like_key = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=255, blank=True)
    email_key = models.CharField(max_length=255, blank=True)
    tax_number = models.CharField(max_length=50, blank=True)
    tax_key = models.CharField(max_length=50, blank=True)
    status = models.CharField(max_length=20)
    merged_to = models.CharField(max_length=36, blank=True)
    is_customer = models.BooleanField(default=False)
    is_supplier = models.BooleanField(default=False)
    receivable_tax_type = models.CharField(max_length=50, blank=True)
    payable_tax_type = models.CharField(max_length=50, blank=True)
    #: days after the document's date, where the contact's terms are of that kind
    bill_terms_days = models.PositiveSmallIntegerField(null=True)
    sales_terms_days = models.PositiveSmallIntegerField(null=True)
    updated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "contact_id"], name="contact_once")]
        indexes = [
            models.Index(fields=["connection", "name_key"], name="contact_by_name"),
            models.Index(fields=["connection", "like_key"], name="contact_by_like_name"),
            models.Index(fields=["connection", "tax_key"], name="contact_by_tax_number"),
            models.Index(fields=["connection", "email_key"], name="contact_by_email"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Whether documents may be made out to it."""
        return self.status == ContactStatus.ACTIVE


def refresh(connection: Connection, client: Client, *, now: dt.datetime) -> list[str]:
    """Read what changed since the last time, everything the first time; return the ids read.

    Pages are stored as they come and the cursor after the last, so that a crash repeats pages and misses none.
    """
    since = _since(connection)
    seen: list[str] = []
    page, has_more = 1, True
    while has_more:
        read = client.contacts(page=page, modified_since=since, include_archived=True).value
        store(connection, read.records)
        seen += [contact.contact_id for contact in read.records]
        page, has_more = page + 1, read.has_more
    _advance(connection, now)
    return seen


def refresh_ids(connection: Connection, client: Client, contact_ids: Iterable[str]) -> None:
    """Read these contacts anew: a webhook named them, or a person is about to choose one."""
    ids = list(dict.fromkeys(contact_ids))
    for start in range(0, len(ids), IDS_A_CALL):
        read = client.contacts(ids=ids[start : start + IDS_A_CALL], include_archived=True).value
        store(connection, read.records)


def store(connection: Connection, contacts: Sequence[Contact]) -> None:
    """Put contacts into the mirror as they now are."""
    rows = {contact.contact_id: _row(connection, contact) for contact in contacts}
    fields = [f.name for f in MirroredContact._meta.concrete_fields if f.name not in ("id", "studio")]
    MirroredContact.objects.bulk_create(
        rows.values(),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["connection", "contact_id"],
        update_fields=[field for field in fields if field not in ("connection", "contact_id")],
    )


def is_filled(connection: Connection) -> bool:
    """Tell whether the contacts were read at least once; before that nothing may be created in Xero."""
    return CURSOR in connection.cursors


def survivor(connection: Connection, contact_id: str) -> str:
    """Return the contact that this one was merged into, however often; itself when it was not merged."""
    seen = {contact_id}
    while True:
        rows = MirroredContact.objects.filter(connection=connection, contact_id=contact_id)
        merged_to = rows.values_list("merged_to", flat=True).first()
        if not merged_to or merged_to in seen:
            return contact_id
        seen.add(merged_to)
        contact_id = merged_to


def _row(connection: Connection, contact: Contact) -> MirroredContact:
    terms = contact.payment_terms
    return MirroredContact(
        studio_id=connection.studio_id,
        connection=connection,
        contact_id=contact.contact_id,
        name=contact.name,
        name_key=name_key(contact.name),
        like_key=matching.like_name(contact.name),
        email=contact.email_address,
        email_key=contact.email_address.strip().casefold(),
        tax_number=contact.tax_number,
        tax_key=matching.tax_key(contact.tax_number),
        status=contact.contact_status or ContactStatus.ACTIVE,
        merged_to=contact.merged_to_contact_id,
        is_customer=contact.is_customer,
        is_supplier=contact.is_supplier,
        receivable_tax_type=contact.accounts_receivable_tax_type,
        payable_tax_type=contact.accounts_payable_tax_type,
        bill_terms_days=_days(terms.bills.type, terms.bills.day) if terms and terms.bills else None,
        sales_terms_days=_days(terms.sales.type, terms.sales.day) if terms and terms.sales else None,
        updated_at=contact.updated_date_utc,
    )


def _days(kind: str, day: int) -> int | None:
    """Terms that are a number of days; the others (of the following month, …) depend on the date."""
    return day if kind == _DAYS_AFTER_DATE and day >= 0 else None


def _since(connection: Connection) -> dt.datetime | None:
    cursor = connection.cursors.get(CURSOR)
    return dt.datetime.fromisoformat(cursor) - OVERLAP if cursor else None


def _advance(connection: Connection, now: dt.datetime) -> None:
    """Move the cursor alone: the other kinds' may have moved meanwhile."""
    with transaction.atomic():
        row = Connection.objects.select_for_update().only("id", "cursors").get(id=connection.id)
        row.cursors = row.cursors | {CURSOR: now.isoformat()}
        row.save(update_fields=["cursors"])
    connection.cursors = row.cursors
