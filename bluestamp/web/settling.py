"""What a person can say about one document's copy in Xero: each act at an address of its own, alike for all kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from bluestamp.books import documents
from bluestamp.books.documents import Document
from bluestamp.errors import NotFound
from bluestamp.people.permissions import Action
from bluestamp.sync import compare, contacts, copies, distinctions, duplicates, pull, push, readiness
from bluestamp.sync.connections import Connection
from bluestamp.web import copy_panels, credit_notes, expenses, invoices, purchase_orders, supplier_credits
from bluestamp.web.visits import StudioRequest, Visit

Act = Callable[[Any, Visit], Any]


class Page(Protocol):
    """A kind's own page: reads one document, and saves what was typed before it acts."""

    def load(self, document_id: str, /) -> Any: ...
    def save_then(self, request: StudioRequest, found: Any, act: Act, /) -> HttpResponse: ...


PAGES: Final[dict[str, Page]] = {
    "expense": expenses,
    "invoice": invoices,
    "credit_note": credit_notes,
    "purchase_order": purchase_orders,
    "supplier_credit": supplier_credits,
}


def _settle(request: StudioRequest, kind: str, document_id: str, act: Act) -> HttpResponse:
    """Do it, and show the document as it now is, or the reason why not on its own page."""
    page = PAGES[kind]
    return page.save_then(request, page.load(document_id), act)


@require_GET
def stamp(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """What an open page asks every few seconds."""
    return copy_panels.stamp(request, documents.load(kind, document_id))


@require_POST
def refresh(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Ask Xero now what it holds of this document."""

    def ask(document: Document, visit: Visit) -> None:
        pull.refresh(document, by=visit.actor, now=visit.now)

    return _settle(request, kind, document_id, ask)


@require_POST
def take(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Take over what Xero says."""

    def over(document: Document, visit: Visit) -> None:
        compare.take_xeros(document, version=document.version, by=visit.actor, now=visit.now)

    return _settle(request, kind, document_id, over)


@require_POST
def accept_totals(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Somebody looked at totals that differ by cents, and lets it be."""

    def accept(document: Document, visit: Visit) -> None:
        compare.accept_totals(document, by=visit.actor, now=visit.now)

    return _settle(request, kind, document_id, accept)


@require_POST
def unlink(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Let go of the copy."""

    def away(document: Document, visit: Visit) -> None:
        compare.unlink(document, by=visit.actor, now=visit.now)

    return _settle(request, kind, document_id, away)


@require_POST
def again(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Send a document whose copy is gone as a new one."""

    def anew(document: Document, visit: Visit) -> None:
        compare.send_again(document, by=visit.actor, now=visit.now)

    return _settle(request, kind, document_id, anew)


@require_POST
def link(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """The look-alike in Xero is this very document."""

    def same(document: Document, visit: Visit) -> None:
        duplicates.answer_link(document, by=visit.actor, now=visit.now)

    return _settle(request, kind, document_id, same)


@require_POST
def anyway(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """The look-alike is another one: send it, for a reason."""

    def send(document: Document, visit: Visit) -> None:
        reason = request.POST.get("anyway_reason", "")
        duplicates.answer_send_anyway(document, reason=reason, by=visit.actor, now=visit.now)

    return _settle(request, kind, document_id, send)


@require_POST
def withdrawal(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Take back a wish that has not gone yet, or put a parked one aside."""

    def back(document: Document, visit: Visit) -> None:
        push.withdraw(document, by=visit.actor, now=visit.now)

    return _settle(request, kind, document_id, back)


@require_http_methods(["GET", "POST"])
def contact(request: StudioRequest, kind: str, document_id: str) -> HttpResponse:
    """Choose which contact in Xero the company is; choosing sends the document that asked."""
    if request.method == "POST":
        act = _tell_apart if request.POST.get("none") else _choose(request.POST.get("contact_id", ""))
        return _settle(request, kind, document_id, act)
    document = documents.load(kind, document_id)
    connection = _connection(document)
    text = request.GET.get("q", readiness.party_name(document))
    words = {
        "contacts": contacts.search(connection, text),
        "q": text,
        "path": request.visit.path(f"{kind}_contact", document_id),
        "connection": connection,
        "party": readiness.party_name(document),
        "may_link": request.visit.may(Action.LINK_CONTACTS),
        "expense": document if kind == "expense" else None,
        "document": document,
    }
    return render(request, "documents/contacts.html", words)


def _choose(contact_id: str) -> Act:
    def choose(document: Document, visit: Visit) -> None:
        connection = _connection(document)
        contacts.link_party(connection, document, contact_id, by=visit.actor, now=visit.now)
        push.request(document, by=visit.actor, now=visit.now)

    return choose


def _tell_apart(document: Document, visit: Visit) -> None:
    """None of them: create a new contact, and send."""
    connection = _connection(document)
    distinctions.declare(connection, contacts.party_of(document), by=visit.actor, now=visit.now)
    push.request(document, by=visit.actor, now=visit.now, allow_create_contact=True)


def _connection(document: Document) -> Connection:
    found = copies.home_of(document)
    if found is None:
        raise NotFound("This branch is not connected to Xero.")
    return found
