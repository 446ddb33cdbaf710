"""The copy standing of one document on its own page: the stamp, what differs, the question that waits, the buttons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from bluestamp.books import documents
from bluestamp.books.documents import Document
from bluestamp.people.permissions import Action
from bluestamp.sync import compare, copies, duplicates, pull, push, standing
from bluestamp.sync.connections import Connection
from bluestamp.sync.plan import CopyState
from bluestamp.sync.readiness import ContactMissing, ContactUnclear
from bluestamp.sync.standing import Shown
from bluestamp.web import money_panels
from bluestamp.web.visits import StudioRequest, Visit

SENDABLE: Final = frozenset(
    {
        CopyState.NOT_IN_XERO,
        CopyState.CHANGES_TO_SEND,
        CopyState.CHANGED_IN_XERO,
        CopyState.REFUSED,
        CopyState.IN_THE_BOOKS,
    }
)
COMPARED: Final = frozenset(
    {CopyState.CHANGES_TO_SEND, CopyState.CHANGED_IN_XERO, CopyState.LOCKED_IN_XERO, CopyState.OFF_BY_CENTS}
)
#: as the documents' own pages call their first send
COPY_LABELS: Final = {
    "expense": "Send to Xero",
    "invoice": "Copy to Xero",
    "credit_note": "Copy to Xero",
    "purchase_order": "Copy to Xero",
    "supplier_credit": "Send to Xero",
}
#: What to do about a look-alike that stands here too: there is nothing to link, for one of the two is one too many.
ENTERED_TWICE: Final = (
    "Compare the two. If they are one, cancel one of them; if not, send it anyway and say why."
)
SECONDS: Final = {True: 1, False: 5}
"""How often an open page asks: every second while something is on its way, else every five."""


def context(visit: Visit, document: Any) -> dict[str, Any]:
    """What the stamp and the panel of a document show."""
    shown = standing.of_one(document)
    connection = copies.home_of(document)
    may_copy = visit.may(Action.COPY_TO_XERO)
    kind = documents.kind_of(document)
    question = _question(document, shown)
    is_open = shown.state in SENDABLE and question is None and not _is_removed(document)
    return {
        "shown": shown,
        "connection": connection,
        "organisation": shown.organisation or (connection.name if connection else ""),
        "is_connected": connection is not None,
        "apart": copies.apart_from_its_branch(document, connection)
        if visit.has_several_organisations
        else "",
        "can_copy": may_copy and connection is not None and is_open,
        "copy_label": _copy_label(visit, kind, shown, connection),
        "differences": compare.differences(document) if shown.state in COMPARED else [],
        "may_settle": visit.may(Action.SETTLE_DIFFERENCES),
        "may_copy": may_copy,
        "may_send_anyway": visit.may(Action.SEND_ANYWAY),
        "question": question,
        "look_alike_path": _look_alike(visit, kind, question),
        "entered_twice": ENTERED_TWICE,
        "seconds": SECONDS[shown.is_on_its_way or money_panels.is_on_its_way(document)],
        "money_mark": money_panels.mark(document),
        "stamp_path": visit.path(f"{kind}_stamp", document.pk),
        "xero_paths": _paths(visit, kind, document.pk),
        "cancel_means": _removal(shown),
    }


def _copy_label(visit: Visit, kind: str, shown: Shown, connection: Connection | None) -> str:
    """The button's words; with several organisations it says which one the press goes to."""
    words = "Send changes to Xero" if shown.is_in_xero else COPY_LABELS[kind]
    return f"{words}: {connection.name}" if connection and visit.has_several_organisations else words


def _is_removed(document: Any) -> bool:
    return document.status in {"cancelled", "void"}


def _question(document: Document, shown: Shown) -> Any:
    """The open question about a look-alike, with what it is about."""
    if shown.code not in duplicates.QUESTIONS:
        return None
    return duplicates.open_question(document)


def _look_alike(visit: Visit, kind: str, question: Any) -> str:
    """Where the other one is, when it stands here and not in Xero alone: then there is nothing to link."""
    other = question.question.get("document_id", "") if question is not None else ""
    return visit.path(kind, other) if other else ""


def _paths(visit: Visit, kind: str, document_id: str) -> dict[str, str]:
    acts = ("copy", "refresh", "take", "unlink", "again", "totals", "link", "anyway", "contact", "withdrawal")
    return {
        act: visit.path(f"{kind}_{'accept_totals' if act == 'totals' else act}", document_id) for act in acts
    }


def _removal(shown: Shown) -> str:
    """What getting rid of the document does in Xero too."""
    if not shown.is_in_xero:
        return "It is not in Xero, so nothing changes there."
    return (
        f"It is in {shown.organisation} as {shown.xero_status_label.lower()}. While it is a draft or awaits approval it is "
        "deleted there; an approved one without payments is voided. What Xero refuses stays there, and you are told."
    )


def ask_for(post: QueryDict) -> Callable[[Any, Visit], None]:
    """The act of sending, with the person's answer about a contact that Xero does not have."""
    allow_create_contact = post.get("create_contact") == "yes"

    def act(document: Any, visit: Visit) -> None:
        push.request(document, by=visit.actor, now=visit.now, allow_create_contact=allow_create_contact)

    return act


def refused_words(refusal: object) -> dict[str, Any]:
    """What the form shows beside a refusal to send: the offer to create the contact, or the contacts to choose from."""
    if isinstance(refusal, ContactMissing):
        return {"contact_missing": refusal}
    if isinstance(refusal, ContactUnclear):
        return {"contact_candidates": refusal.candidates, "contact_sentence": refusal.sentence}
    return {}


def stamp(request: StudioRequest, document: Any) -> HttpResponse:
    """What an open page asks every few seconds: nothing new, or the stamp and the panel anew."""
    shown = standing.of_one(document)
    version = request.GET.get("version", "")
    is_same = shown.mark == request.GET.get("mark") and version == str(document.version)
    if is_same and money_panels.mark(document) == request.GET.get("money", ""):
        return HttpResponse(status=204)
    words = context(request.visit, document)
    words |= {
        "document": document,
        "is_landing": request.GET.get("on_its_way") == "1" and shown.is_in_xero,
        "is_older": version != str(document.version),
        "page_path": request.visit.path(documents.kind_of(document), document.pk),
        "is_swapped": True,
        "kind_name": documents.kind_of(document),
        documents.kind_of(document): document,
    }
    return render(request, "documents/stamp_answer.html", words)


def refresh(document: Any, visit: Visit) -> None:
    """Ask Xero now what it holds."""
    pull.refresh(document, by=visit.actor, now=visit.now)
