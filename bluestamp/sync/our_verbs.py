"""What is done to a document here in Xero's name, for every kind: the verbs of `books`, each on its own noun.

One table, so that a reading, a removal or "Take Xero's" is written once and no kind can be forgotten.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from bluestamp.books import credit_notes, expenses, invoices, purchase_orders, supplier_credits
from bluestamp.books.documents import Document, PaymentStanding
from bluestamp.books.line_items import LineDraft
from bluestamp.people.actors import Actor
from bluestamp.sync.faces import Face

Verb = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Verbs:
    """One noun's verbs, and what they call the document's id.

    `sign_off`: approved or issued there, so here too. `follow_void` is None where Xero's void asks a person.
    `settle` takes over what Xero says was paid or used; `number` is the draft's field that Xero's number goes to.
    """

    id: str
    give_number: Verb
    remove: Verb
    sign_off: Verb
    follow_void: Verb | None
    settle: Verb
    take_lines: Verb
    draft_of: Verb
    number: str = ""
    is_due: bool = True


def _bill_order(
    *, order_id: str, standing: PaymentStanding, is_paid: bool, by: Actor, now: dt.datetime
) -> None:
    """An order has no standing of its own: Xero only marks it as billed (S55)."""
    purchase_orders.take_billed(order_id=order_id, is_billed=is_paid, by=by, now=now)


def _use_note(*, note_id: str, standing: PaymentStanding, is_paid: bool, by: Actor, now: dt.datetime) -> None:
    credit_notes.take_standing(note_id=note_id, standing=standing, is_used=is_paid, by=by, now=now)


def _use_credit(
    *, credit_id: str, standing: PaymentStanding, is_paid: bool, by: Actor, now: dt.datetime
) -> None:
    supplier_credits.take_standing(credit_id=credit_id, standing=standing, is_used=is_paid, by=by, now=now)


OF_KIND: Final[Mapping[str, Verbs]] = MappingProxyType(
    {
        "expense": Verbs(
            id="expense_id",
            give_number=expenses.give_number,
            remove=expenses.cancel,
            sign_off=expenses.follow_approved,
            follow_void=None,
            settle=expenses.take_standing,
            take_lines=expenses.take_lines,
            draft_of=expenses.draft_of,
            number="supplier_invoice_number",
        ),
        "invoice": Verbs(
            id="invoice_id",
            give_number=invoices.give_number,
            remove=invoices.void,
            sign_off=invoices.follow_issued,
            follow_void=invoices.follow_void,
            settle=invoices.take_standing,
            take_lines=invoices.take_lines,
            draft_of=invoices.draft_of,
        ),
        "purchase_order": Verbs(
            id="order_id",
            give_number=purchase_orders.give_number,
            remove=purchase_orders.cancel,
            sign_off=purchase_orders.follow_approved,
            follow_void=None,
            settle=_bill_order,
            take_lines=purchase_orders.take_lines,
            draft_of=purchase_orders.draft_of,
        ),
        "credit_note": Verbs(
            id="note_id",
            give_number=credit_notes.give_number,
            remove=credit_notes.void,
            sign_off=credit_notes.follow_issued,
            follow_void=credit_notes.follow_void,
            settle=_use_note,
            take_lines=credit_notes.take_lines,
            draft_of=credit_notes.draft_of,
            is_due=False,
        ),
        "supplier_credit": Verbs(
            id="credit_id",
            give_number=supplier_credits.give_number,
            remove=supplier_credits.cancel,
            sign_off=supplier_credits.follow_approved,
            follow_void=None,
            settle=_use_credit,
            take_lines=supplier_credits.take_lines,
            draft_of=supplier_credits.draft_of,
            number="supplier_credit_number",
            is_due=False,
        ),
    }
)


def give_number(document: Document, *, by: Actor, now: dt.datetime) -> None:
    """Give the document its number: it leaves the desk now."""
    OF_KIND[document.kind].give_number(document_id=document.id, by=by, now=now)


def remove(document: Document, *, reason: str, by: Actor, now: dt.datetime) -> Document:
    """Cancel or void the document here. Refuses as the noun's own verb does."""
    verbs = OF_KIND[document.kind]
    gone: Document = verbs.remove(
        **{verbs.id: document.id}, version=document.version, reason=reason, by=by, now=now
    )
    return gone


def sign_off(document: Document, *, by: Actor, now: dt.datetime) -> None:
    """It was approved or issued in Xero: it counts as such here too (bookkeeping rule 6)."""
    verbs = OF_KIND[document.kind]
    verbs.sign_off(**{verbs.id: document.id}, by=by, now=now)


def follow_void(document: Document, *, by: Actor, now: dt.datetime) -> None:
    """It was voided in Xero: it is void here too, for kinds that follow."""
    verbs = OF_KIND[document.kind]
    assert verbs.follow_void is not None, document.kind
    verbs.follow_void(**{verbs.id: document.id}, by=by, now=now)


def settle(
    document: Document, standing: PaymentStanding, *, is_paid: bool, by: Actor, now: dt.datetime
) -> None:
    """Take over what Xero says was paid or used, and whether that is all of it."""
    verbs = OF_KIND[document.kind]
    verbs.settle(**{verbs.id: document.id}, standing=standing, is_paid=is_paid, by=by, now=now)


def take_lines(
    document: Document,
    theirs: Face,
    *,
    head: Mapping[str, Any],
    lines: tuple[LineDraft, ...],
    version: int,
    by: Actor,
    now: dt.datetime,
) -> Document:
    """Make the document here say what Xero's says. Refuses Stale, NotPermitted, InvalidFields."""
    verbs = OF_KIND[document.kind]
    values = {name: value for name, value in head.items() if verbs.is_due or name != "due_on"}
    if verbs.number:
        values[verbs.number] = theirs.number
    draft = replace(verbs.draft_of(document), **values, lines=lines)
    taken: Document = verbs.take_lines(
        **{verbs.id: document.id}, version=version, draft=draft, by=by, now=now
    )
    return taken
