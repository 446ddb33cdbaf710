"""Copies in Xero: asking for one, what differs, and the answers to what a copy asks; alike for every kind of document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from django.db import transaction
from django.urls import register_converter
from ninja import Body, Router
from pydantic import Field

from bluestamp.api import credit_notes as shown_credit_notes
from bluestamp.api import documents as common
from bluestamp.api import expenses as shown_expenses
from bluestamp.api import invoices as shown_invoices
from bluestamp.api import purchase_orders as shown_purchase_orders
from bluestamp.api import supplier_credits as shown_supplier_credits
from bluestamp.api.callers import Call
from bluestamp.api.credit_notes import CreditNoteShown
from bluestamp.api.documents import Act, AtVersion, CopyStanding
from bluestamp.api.expenses import ExpenseShown
from bluestamp.api.invoices import InvoiceShown
from bluestamp.api.purchase_orders import PurchaseOrderShown
from bluestamp.api.supplier_credits import SupplierCreditShown
from bluestamp.api.wire import Id, Money, Shape, Words
from bluestamp.books import documents
from bluestamp.books.documents import Document
from bluestamp.errors import NotFound
from bluestamp.people import permissions
from bluestamp.people.permissions import Action
from bluestamp.sync import compare, contacts, duplicates, pull, push, readiness, standing
from bluestamp.sync.connections import Connection
from bluestamp.sync.copies import home_of
from bluestamp.sync.deliveries import Delivery

MOST_AT_ONCE: Final = 200

router = Router(tags=["copies in Xero"], by_alias=True)


class Noun(StrEnum):
    """The kinds of documents that go to Xero, as addresses call them."""

    EXPENSES = "expenses"
    INVOICES = "invoices"
    CREDIT_NOTES = "credit-notes"
    PURCHASE_ORDERS = "purchase-orders"
    SUPPLIER_CREDITS = "supplier-credits"

    @property
    def kind(self) -> str:
        """As the rest of Bluestamp calls it."""
        return self.value.removesuffix("s").replace("-", "_")


class NounConverter:
    """`{noun:noun}` in an address: these words only, so that `companies/…/history` is not taken for one of them."""

    regex = "|".join(Noun)

    def to_python(self, value: str) -> Noun:
        """Take it as it is."""
        return Noun(value)

    def to_url(self, value: Noun) -> str:
        """Write it as it is."""
        return value


register_converter(NounConverter, "noun")

AnyShown = ExpenseShown | InvoiceShown | CreditNoteShown | PurchaseOrderShown | SupplierCreditShown


class CopyWish(Shape):
    """Whether a contact that Xero does not have may be created there."""

    allow_create_contact: bool = False


class CopyWishes(CopyWish):
    """The same for many documents."""

    ids: list[Id] = Field(min_length=1, max_length=MOST_AT_ONCE)


class Skipped(Shape):
    """A document that was left out, and why."""

    id: str
    code: str
    sentence: str


class AskedFor(Shape):
    """How many are on their way, and which were left out."""

    asked: int
    skipped: list[Skipped]


class PreviewShown(Shape):
    """What asking would do with one document, in Xero's words; `refusal` when nothing."""

    id: str
    act: str
    xero_noun: str
    xero_status_label: str
    organisation: str
    contact: str
    refusal: Skipped | None


class DifferenceShown(Shape):
    """One field that says one thing here and another in Xero. `changed_by` is here, xero, both or ""."""

    field: str
    label: str
    here: str
    in_xero: str
    line_id: str
    changed_by: str


class Question(Shape):
    """The document that this one looks like: here (`document_id`) or in Xero (`xero_id`)."""

    sentence: str
    why: str = ""
    document_id: str = ""
    xero_id: str = ""
    number: str = ""
    total: Money | None = None
    currency: str = ""
    date: dt.date | None = None


class Reason(Shape):
    """Why."""

    reason: Words


class ContactShown(Shape):
    """A contact in Xero."""

    contact_id: str
    name: str
    email: str
    tax_number: str


class ContactChosen(Shape):
    """The contact that the company, or the person who paid, is."""

    contact_id: Words


@router.post("/{noun:noun}/copies", response={202: AskedFor})
def request_many(request: Call, noun: Noun, body: CopyWishes) -> AskedFor:
    """Ask for many documents to be copied at once; those that can't go are left out, each with its reason."""
    asked = push.request_many(
        noun.kind, body.ids, allow_create_contact=body.allow_create_contact, **request.caller.act
    )
    skipped = [
        Skipped(id=id_, code=refusal.code, sentence=refusal.sentence) for id_, refusal in asked.skipped
    ]
    return AskedFor(asked=asked.asked, skipped=skipped)


@router.post("/{noun:noun}/copies/preview", response=list[PreviewShown])
def preview(request: Call, noun: Noun, body: CopyWishes) -> list[PreviewShown]:
    """Say what asking for these would create, change or remove in Xero, and what would be refused; changes nothing."""
    return [_previewed(row) for row in push.preview(noun.kind, body.ids, by=request.caller.actor)]


@router.get("/{noun:noun}/{document_id}/copy", response=CopyStanding)
def read(request: Call, noun: Noun, document_id: Id) -> CopyStanding:
    """How the document stands in Xero: what to ask again while `is_on_its_way`."""
    return common.copy_standing(standing.of_one(documents.load(noun.kind, document_id)))


@router.post("/{noun:noun}/{document_id}/copy", response={202: AnyShown})
def ask(request: Call, noun: Noun, document_id: Id, body: Body[CopyWish] = CopyWish()) -> AnyShown:
    """Ask for the document to be copied to Xero, or for its changes to be sent. Asking twice sends once."""
    found = documents.load(noun.kind, document_id)
    push.request(found, allow_create_contact=body.allow_create_contact, **request.caller.act)
    return one(noun, document_id)


@router.delete("/{noun:noun}/{document_id}/copy", response=AnyShown)
def withdraw(request: Call, noun: Noun, document_id: Id) -> AnyShown:
    """Take back a wish that has not gone yet, or put a parked one aside; a copy in Xero stays."""
    push.withdraw(documents.load(noun.kind, document_id), **request.caller.act)
    return one(noun, document_id)


@router.post("/{noun:noun}/{document_id}/refresh", response={202: CopyStanding})
def refresh(request: Call, noun: Noun, document_id: Id) -> CopyStanding:
    """Ask for the document to be read from Xero anew."""
    found = documents.load(noun.kind, document_id)
    pull.refresh(found, **request.caller.act)
    return common.copy_standing(standing.of_one(found))


@router.get("/{noun:noun}/{document_id}/differences", response=list[DifferenceShown])
def differences(request: Call, noun: Noun, document_id: Id) -> list[DifferenceShown]:
    """What the document says here and its copy in Xero, where they differ."""
    found = compare.differences(documents.load(noun.kind, document_id))
    return [
        DifferenceShown(**{name: getattr(row, name) for name in DifferenceShown.model_fields})
        for row in found
    ]


@router.post("/{noun:noun}/{document_id}/take-xeros", response=AnyShown)
def take_xeros(request: Call, noun: Noun, document_id: Id, body: AtVersion) -> AnyShown:
    """Make the document here say what its copy in Xero says."""
    found = documents.load(noun.kind, document_id)
    compare.take_xeros(found, version=body.version, **request.caller.act)
    return one(noun, document_id)


@router.post("/{noun:noun}/{document_id}/accept-totals", response=AnyShown)
def accept_totals(request: Call, noun: Noun, document_id: Id) -> AnyShown:
    """Let totals that differ by cents stand."""
    compare.accept_totals(documents.load(noun.kind, document_id), **request.caller.act)
    return one(noun, document_id)


@router.post("/{noun:noun}/{document_id}/unlink", response=AnyShown)
def unlink(request: Call, noun: Noun, document_id: Id) -> AnyShown:
    """Let go of the copy; what is in Xero stays as it is."""
    compare.unlink(documents.load(noun.kind, document_id), **request.caller.act)
    return one(noun, document_id)


@router.post("/{noun:noun}/{document_id}/again", response={202: AnyShown})
def send_again(request: Call, noun: Noun, document_id: Id) -> AnyShown:
    """Send a document whose copy is gone from Xero as a new one."""
    compare.send_again(documents.load(noun.kind, document_id), **request.caller.act)
    return one(noun, document_id)


@router.get("/{noun:noun}/{document_id}/question", response=Question)
def question(request: Call, noun: Noun, document_id: Id) -> Question:
    """What the document that was held back looks like."""
    return _question(duplicates.open_question(documents.load(noun.kind, document_id)))


@router.post("/{noun:noun}/{document_id}/link", response=AnyShown)
def link(request: Call, noun: Noun, document_id: Id) -> AnyShown:
    """Answer that the look-alike in Xero is this very document: nothing is sent, the two are compared."""
    duplicates.answer_link(documents.load(noun.kind, document_id), **request.caller.act)
    return one(noun, document_id)


@router.post("/{noun:noun}/{document_id}/send-anyway", response={202: AnyShown})
def send_anyway(request: Call, noun: Noun, document_id: Id, body: Reason) -> AnyShown:
    """Answer that the look-alike is another one; for the bookkeeper, with a reason."""
    found = documents.load(noun.kind, document_id)
    duplicates.answer_send_anyway(found, reason=body.reason, **request.caller.act)
    return one(noun, document_id)


@router.get("/{noun:noun}/{document_id}/contacts", response=list[ContactShown])
def contact_choices(
    request: Call, noun: Noun, document_id: Id, search: Words | None = None
) -> list[ContactShown]:
    """Contacts in Xero to choose from; without a search those named like the company, or the person who paid."""
    found = documents.load(noun.kind, document_id)
    text = readiness.party_name(found) if search is None else search
    return [contact(row) for row in contacts.search(_connection(found), text)]


@router.post("/{noun:noun}/{document_id}/contact", response={202: AnyShown})
def choose_contact(request: Call, noun: Noun, document_id: Id, body: ContactChosen) -> AnyShown:
    """Say which contact the company is, and send the document that asked."""
    permissions.require(request.caller.actor, Action.LINK_CONTACTS)
    found = documents.load(noun.kind, document_id)
    with transaction.atomic():
        contacts.link_party(_connection(found), found, body.contact_id, **request.caller.act)
        push.request(found, **request.caller.act)
    return one(noun, document_id)


@router.get("/{noun:noun}/{document_id}/history", response=list[Act])
def history(request: Call, noun: Noun, document_id: Id) -> list[Act]:
    """What was done to the document, newest first."""
    return common.acts(noun.kind, documents.load(noun.kind, document_id).pk)


# Steps


def one(noun: Noun, document_id: str) -> AnyShown:
    """A document as it now is."""
    return shown(documents.load(noun.kind, document_id))


def shown(document: Document) -> AnyShown:
    """A document of any kind as JSON."""
    make: Callable[[Any], AnyShown] = _SHOWN[document.kind]
    return make(document)


_SHOWN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "expense": shown_expenses.shown,
    "invoice": shown_invoices.shown,
    "credit_note": shown_credit_notes.shown,
    "purchase_order": shown_purchase_orders.shown,
    "supplier_credit": shown_supplier_credits.shown,
}


def contact(row: Any) -> ContactShown:
    """A contact as JSON."""
    return ContactShown(**{name: getattr(row, name) for name in ContactShown.model_fields})


def _previewed(row: push.PreviewRow) -> PreviewShown:
    refusal = None
    if row.refusal is not None:
        refusal = Skipped(id=row.document.pk, code=row.refusal.code, sentence=row.refusal.sentence)
    return PreviewShown(
        id=row.document.pk,
        act=row.act,
        xero_noun=row.xero_noun,
        xero_status_label=row.xero_status_label,
        organisation=row.organisation,
        contact=row.contact,
        refusal=refusal,
    )


def _question(delivery: Delivery) -> Question:
    known = {
        name: value for name, value in delivery.question.items() if name in Question.model_fields and value
    }
    return Question.model_validate({**known, "sentence": delivery.sentence})


def _connection(document: Document) -> Connection:
    found = home_of(document)
    if found is None:
        raise NotFound("This branch is not connected to Xero.")
    return found
