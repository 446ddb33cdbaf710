"""The border between the studio's statuses and Xero's: every table of it, as data, both ways.

Nothing else in the product compares a studio's status with one of Xero's. The help page "How statuses map" and
`docs/xero.md` are printed from these tables.

Source of Xero's statuses and of what each lets pass: developer.xero.com, Accounting API, Invoices (status codes and
the table of state changes). Source of ours: the studio's own nouns in `books`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class XeroStatus(StrEnum):
    """Xero's statuses of invoices, bills, credit notes and purchase orders."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    AUTHORISED = "AUTHORISED"
    PAID = "PAID"
    BILLED = "BILLED"
    VOIDED = "VOIDED"
    DELETED = "DELETED"


class Edit(StrEnum):
    """How much of a document Xero (and the bookkeeper's rules) still let us change there."""

    EVERYTHING = "everything"
    CODES_AND_DATES = "codes_and_dates"  # due date, reference, account and tracking
    ONCE_APPROVED = "once_approved"  # put back to draft here, which Xero can't follow (S33)
    NOTHING = "nothing"


class Follow(StrEnum):
    """What a status met in Xero makes of ours."""

    STAY = "stay"
    APPROVE = "approve"  # Draft here, signed off there (bookkeeping rule 6)
    ISSUE = "issue"  # Draft here, awaiting payment there
    PAY = "pay"
    UNPAY = "unpay"  # the payment was removed there
    VOID = "void"
    LOSE = "lose"  # voided or deleted there: the link is broken, a person is asked


@dataclass(frozen=True, slots=True)
class Sent:
    """A document in this status of ours is sent to Xero as that status."""

    ours: str
    theirs: XeroStatus | None
    note: str


@dataclass(frozen=True, slots=True)
class Met:
    """Xero shows `theirs` while ours is `ours`: what we do, how much may still be sent, and what the person sees."""

    ours: str
    theirs: XeroStatus
    follow: Follow
    edit: Edit
    seen: str


_LEDGER_LABELS: dict[XeroStatus, str] = {
    XeroStatus.DRAFT: "Draft",
    XeroStatus.SUBMITTED: "Awaiting approval",
    XeroStatus.AUTHORISED: "Awaiting payment",
    XeroStatus.PAID: "Paid",
    XeroStatus.VOIDED: "Voided",
    XeroStatus.DELETED: "Deleted",
}
_ORDER_LABELS: dict[XeroStatus, str] = {
    XeroStatus.DRAFT: "Draft",
    XeroStatus.SUBMITTED: "Awaiting approval",
    XeroStatus.AUTHORISED: "Approved",
    XeroStatus.BILLED: "Billed",
    XeroStatus.DELETED: "Deleted",
}

#: What each of Xero's statuses is called on Xero's own pages, per kind of ours.
XERO_LABELS: dict[str, dict[XeroStatus, str]] = {
    "expense": _LEDGER_LABELS,
    "purchase_order": _ORDER_LABELS,
    "invoice": _LEDGER_LABELS,
    "credit_note": _LEDGER_LABELS,
    "supplier_credit": _LEDGER_LABELS,
}

#: Nobody paid a credit that is used up, so its stamp does not say so, whatever Xero's page calls it.
USED_UP = "Used"
_CREDITS = frozenset({"credit_note", "supplier_credit"})

#: What a document is called in Xero. These kinds are copied; a quote never is.
XERO_NOUNS = {
    "expense": "bill",
    "purchase_order": "purchase order",
    "invoice": "invoice",
    "credit_note": "credit note",
    "supplier_credit": "bill credit note",
}

SENT: dict[str, tuple[Sent, ...]] = {
    "expense": (
        Sent("draft", XeroStatus.DRAFT, "A draft arrives as a draft bill."),
        Sent(
            "approved",
            XeroStatus.SUBMITTED,
            "Approved here means logged to the job; Xero's approval stays the bookkeeper's.",
        ),
        Sent("paid", XeroStatus.SUBMITTED, "Already paid: sent for approval with a note that says so."),
        Sent(
            "cancelled", None, "Taken out of Xero while it is a draft or awaits approval; else void it there."
        ),
    ),
    "invoice": (
        Sent("draft", XeroStatus.DRAFT, "Not yet sent to the client: it arrives as a draft."),
        Sent("sent", XeroStatus.AUTHORISED, "Sent to the client: it awaits payment."),
        Sent(
            "paid", XeroStatus.AUTHORISED, "Issued: it awaits payment there until its payments are there too."
        ),
        Sent(
            "void", None, "Deleted there while a draft, voided when it awaits payment and nothing was paid."
        ),
    ),
    "purchase_order": (
        Sent("draft", XeroStatus.DRAFT, "A draft arrives as a draft purchase order."),
        Sent(
            "approved",
            XeroStatus.SUBMITTED,
            "Approved here means committed for the job; Xero's approval stays the bookkeeper's.",
        ),
        Sent("paid", XeroStatus.SUBMITTED, "Not sent for the first time once it is paid."),
        Sent("cancelled", None, "Deleted in Xero until it is billed there."),
    ),
    "credit_note": (
        Sent("draft", XeroStatus.DRAFT, "Not yet issued: it arrives as a draft."),
        Sent("issued", XeroStatus.AUTHORISED, "Issued: its credit can be used."),
        Sent("used", XeroStatus.AUTHORISED, "Issued: it is used up there when its credit is applied there."),
        Sent("void", None, "Deleted there while a draft, voided when nothing of it was used."),
    ),
    "supplier_credit": (
        Sent("draft", XeroStatus.DRAFT, "A draft arrives as a draft."),
        Sent(
            "approved",
            XeroStatus.SUBMITTED,
            "Approved here means it lowers the job's cost; Xero's approval stays the bookkeeper's.",
        ),
        Sent(
            "used", XeroStatus.SUBMITTED, "Sent for approval like any other; Xero says what was used of it."
        ),
        Sent(
            "cancelled", None, "Taken out of Xero while it is a draft or awaits approval; else void it there."
        ),
    ),
}

_X = XeroStatus
_OPEN = "In step."
_GONE = "Gone from Xero: send it again, unlink it, or cancel it here."

MET: dict[str, tuple[Met, ...]] = {
    "expense": (
        Met("draft", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, _OPEN),
        Met("draft", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, "Draft here, awaiting approval in Xero."),
        Met(
            "draft",
            _X.AUTHORISED,
            Follow.APPROVE,
            Edit.NOTHING,
            "Approved in Xero, so it is approved here too.",
        ),
        Met("draft", _X.PAID, Follow.PAY, Edit.NOTHING, "Paid in Xero."),
        Met("draft", _X.VOIDED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("draft", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("approved", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Approved here, a draft in Xero."),
        Met("approved", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, _OPEN),
        Met(
            "approved",
            _X.AUTHORISED,
            Follow.STAY,
            Edit.NOTHING,
            "Approved in Xero: changes can't be sent any more.",
        ),
        Met("approved", _X.PAID, Follow.PAY, Edit.NOTHING, "Paid in Xero."),
        Met("approved", _X.VOIDED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("approved", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("paid", _X.DRAFT, Follow.UNPAY, Edit.EVERYTHING, "No longer paid in Xero."),
        Met("paid", _X.SUBMITTED, Follow.UNPAY, Edit.EVERYTHING, "No longer paid in Xero."),
        Met("paid", _X.AUTHORISED, Follow.UNPAY, Edit.NOTHING, "The payment was removed in Xero."),
        Met("paid", _X.PAID, Follow.STAY, Edit.NOTHING, _OPEN),
        Met("paid", _X.VOIDED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("paid", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("cancelled", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Cancelled here, still a draft in Xero."),
        Met(
            "cancelled",
            _X.SUBMITTED,
            Follow.STAY,
            Edit.EVERYTHING,
            "Cancelled here, still awaiting approval in Xero.",
        ),
        Met("cancelled", _X.AUTHORISED, Follow.STAY, Edit.NOTHING, "Cancelled here; void the bill in Xero."),
        Met("cancelled", _X.PAID, Follow.STAY, Edit.NOTHING, "Cancelled here, yet paid in Xero."),
        Met("cancelled", _X.VOIDED, Follow.STAY, Edit.NOTHING, _OPEN),
        Met("cancelled", _X.DELETED, Follow.STAY, Edit.NOTHING, _OPEN),
    ),
    "invoice": (
        Met("draft", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, _OPEN),
        Met("draft", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, "Draft here, awaiting approval in Xero."),
        Met(
            "draft",
            _X.AUTHORISED,
            Follow.ISSUE,
            Edit.CODES_AND_DATES,
            "Approved in Xero, so it counts as issued here.",
        ),
        Met("draft", _X.PAID, Follow.PAY, Edit.CODES_AND_DATES, "Paid in Xero."),
        Met("draft", _X.VOIDED, Follow.VOID, Edit.NOTHING, "Voided in Xero."),
        Met("draft", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("sent", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Sent to the client, still a draft in Xero."),
        Met(
            "sent",
            _X.SUBMITTED,
            Follow.STAY,
            Edit.EVERYTHING,
            "Sent to the client, awaiting approval in Xero.",
        ),
        Met("sent", _X.AUTHORISED, Follow.STAY, Edit.CODES_AND_DATES, _OPEN),
        Met("sent", _X.PAID, Follow.PAY, Edit.CODES_AND_DATES, "Paid in Xero."),
        Met("sent", _X.VOIDED, Follow.VOID, Edit.NOTHING, "Voided in Xero."),
        Met("sent", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("paid", _X.DRAFT, Follow.UNPAY, Edit.EVERYTHING, "No longer paid in Xero."),
        Met("paid", _X.SUBMITTED, Follow.UNPAY, Edit.EVERYTHING, "No longer paid in Xero."),
        Met("paid", _X.AUTHORISED, Follow.UNPAY, Edit.CODES_AND_DATES, "A payment was removed in Xero."),
        Met("paid", _X.PAID, Follow.STAY, Edit.CODES_AND_DATES, _OPEN),
        Met("paid", _X.VOIDED, Follow.VOID, Edit.NOTHING, "Voided in Xero."),
        Met("paid", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("void", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Void here, still a draft in Xero."),
        Met("void", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, "Void here, awaiting approval in Xero."),
        Met(
            "void", _X.AUTHORISED, Follow.STAY, Edit.EVERYTHING, "Void here, still awaiting payment in Xero."
        ),
        Met("void", _X.PAID, Follow.STAY, Edit.NOTHING, "Void here, yet paid in Xero."),
        Met("void", _X.VOIDED, Follow.STAY, Edit.NOTHING, _OPEN),
        Met("void", _X.DELETED, Follow.STAY, Edit.NOTHING, _OPEN),
    ),
    "purchase_order": (
        Met("draft", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, _OPEN),
        Met(
            "draft",
            _X.SUBMITTED,
            Follow.STAY,
            Edit.ONCE_APPROVED,
            "Put back to draft here; Xero can't put it back. Approve it again, then send.",
        ),
        Met(
            "draft",
            _X.AUTHORISED,
            Follow.APPROVE,
            Edit.NOTHING,
            "Approved in Xero, so it is approved here too.",
        ),
        Met("draft", _X.BILLED, Follow.PAY, Edit.NOTHING, "Billed in Xero."),
        Met("draft", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("approved", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Approved here, a draft in Xero."),
        Met("approved", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, _OPEN),
        Met(
            "approved",
            _X.AUTHORISED,
            Follow.STAY,
            Edit.NOTHING,
            "Approved in Xero: changes can't be sent any more.",
        ),
        Met("approved", _X.BILLED, Follow.PAY, Edit.NOTHING, "Billed in Xero."),
        Met("approved", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("paid", _X.DRAFT, Follow.UNPAY, Edit.EVERYTHING, "No longer billed in Xero."),
        Met("paid", _X.SUBMITTED, Follow.UNPAY, Edit.EVERYTHING, "No longer billed in Xero."),
        Met("paid", _X.AUTHORISED, Follow.UNPAY, Edit.NOTHING, "No longer marked as billed in Xero."),
        Met("paid", _X.BILLED, Follow.STAY, Edit.NOTHING, _OPEN),
        Met("paid", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("cancelled", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Cancelled here, still a draft in Xero."),
        Met(
            "cancelled",
            _X.SUBMITTED,
            Follow.STAY,
            Edit.EVERYTHING,
            "Cancelled here, still awaiting approval in Xero.",
        ),
        Met(
            "cancelled",
            _X.AUTHORISED,
            Follow.STAY,
            Edit.EVERYTHING,
            "Cancelled here, still approved in Xero.",
        ),
        Met("cancelled", _X.BILLED, Follow.STAY, Edit.NOTHING, "Cancelled here, yet billed in Xero."),
        Met("cancelled", _X.DELETED, Follow.STAY, Edit.NOTHING, _OPEN),
    ),
    "credit_note": (
        Met("draft", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, _OPEN),
        Met("draft", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, "Draft here, awaiting approval in Xero."),
        Met(
            "draft",
            _X.AUTHORISED,
            Follow.ISSUE,
            Edit.CODES_AND_DATES,
            "Approved in Xero, so it counts as issued here.",
        ),
        Met("draft", _X.PAID, Follow.PAY, Edit.CODES_AND_DATES, "Used up in Xero."),
        Met("draft", _X.VOIDED, Follow.VOID, Edit.NOTHING, "Voided in Xero."),
        Met("draft", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("issued", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Issued here, still a draft in Xero."),
        Met("issued", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, "Issued here, awaiting approval in Xero."),
        Met("issued", _X.AUTHORISED, Follow.STAY, Edit.CODES_AND_DATES, _OPEN),
        Met("issued", _X.PAID, Follow.PAY, Edit.CODES_AND_DATES, "Used up in Xero."),
        Met("issued", _X.VOIDED, Follow.VOID, Edit.NOTHING, "Voided in Xero."),
        Met("issued", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("used", _X.DRAFT, Follow.UNPAY, Edit.EVERYTHING, "No longer used in Xero."),
        Met("used", _X.SUBMITTED, Follow.UNPAY, Edit.EVERYTHING, "No longer used in Xero."),
        Met("used", _X.AUTHORISED, Follow.UNPAY, Edit.CODES_AND_DATES, "Credit was freed again in Xero."),
        Met("used", _X.PAID, Follow.STAY, Edit.CODES_AND_DATES, _OPEN),
        Met("used", _X.VOIDED, Follow.VOID, Edit.NOTHING, "Voided in Xero."),
        Met("used", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("void", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Void here, still a draft in Xero."),
        Met("void", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, "Void here, awaiting approval in Xero."),
        Met("void", _X.AUTHORISED, Follow.STAY, Edit.EVERYTHING, "Void here, still open in Xero."),
        Met("void", _X.PAID, Follow.STAY, Edit.NOTHING, "Void here, yet used in Xero."),
        Met("void", _X.VOIDED, Follow.STAY, Edit.NOTHING, _OPEN),
        Met("void", _X.DELETED, Follow.STAY, Edit.NOTHING, _OPEN),
    ),
    "supplier_credit": (
        Met("draft", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, _OPEN),
        Met("draft", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, "Draft here, awaiting approval in Xero."),
        Met(
            "draft",
            _X.AUTHORISED,
            Follow.APPROVE,
            Edit.NOTHING,
            "Approved in Xero, so it is approved here too.",
        ),
        Met("draft", _X.PAID, Follow.PAY, Edit.NOTHING, "Used up in Xero."),
        Met("draft", _X.VOIDED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("draft", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("approved", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Approved here, a draft in Xero."),
        Met("approved", _X.SUBMITTED, Follow.STAY, Edit.EVERYTHING, _OPEN),
        Met(
            "approved",
            _X.AUTHORISED,
            Follow.STAY,
            Edit.NOTHING,
            "Approved in Xero: changes can't be sent any more.",
        ),
        Met("approved", _X.PAID, Follow.PAY, Edit.NOTHING, "Used up in Xero."),
        Met("approved", _X.VOIDED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("approved", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("used", _X.DRAFT, Follow.UNPAY, Edit.EVERYTHING, "No longer used in Xero."),
        Met("used", _X.SUBMITTED, Follow.UNPAY, Edit.EVERYTHING, "No longer used in Xero."),
        Met("used", _X.AUTHORISED, Follow.UNPAY, Edit.NOTHING, "Credit was freed again in Xero."),
        Met("used", _X.PAID, Follow.STAY, Edit.NOTHING, _OPEN),
        Met("used", _X.VOIDED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("used", _X.DELETED, Follow.LOSE, Edit.NOTHING, _GONE),
        Met("cancelled", _X.DRAFT, Follow.STAY, Edit.EVERYTHING, "Cancelled here, still a draft in Xero."),
        Met(
            "cancelled",
            _X.SUBMITTED,
            Follow.STAY,
            Edit.EVERYTHING,
            "Cancelled here, still awaiting approval in Xero.",
        ),
        Met("cancelled", _X.AUTHORISED, Follow.STAY, Edit.NOTHING, "Cancelled here; void it in Xero."),
        Met("cancelled", _X.PAID, Follow.STAY, Edit.NOTHING, "Cancelled here, yet used in Xero."),
        Met("cancelled", _X.VOIDED, Follow.STAY, Edit.NOTHING, _OPEN),
        Met("cancelled", _X.DELETED, Follow.STAY, Edit.NOTHING, _OPEN),
    ),
}

_SENT = {(kind, row.ours): row for kind, rows in SENT.items() for row in rows}
_MET = {(kind, row.ours, row.theirs): row for kind, rows in MET.items() for row in rows}

#: Statuses in which a document has left Xero's books.
ENDED = frozenset({XeroStatus.VOIDED, XeroStatus.DELETED})
#: Our statuses that mean: this document shall not be in Xero.
REMOVED_HERE = {
    "expense": "cancelled",
    "purchase_order": "cancelled",
    "invoice": "void",
    "credit_note": "void",
    "supplier_credit": "cancelled",
}
#: Kinds that the client gets, so that Xero lets us void an approved one; a supplier's is the bookkeeper's to void.
_OURS_TO_VOID = frozenset({"invoice", "credit_note"})


def target_status(kind: str, ours: str) -> XeroStatus | None:
    """Return the status that a document of ours asks for in Xero; None when it should not be there at all."""
    return _SENT[kind, ours].theirs


def met(kind: str, ours: str, theirs: str) -> Met:
    """Return what is done when Xero shows `theirs` for a document whose own status is `ours`."""
    return _MET[kind, ours, XeroStatus(theirs)]


def removal_status(kind: str, theirs: str, *, has_money: bool) -> XeroStatus | None:
    """Return the status that takes a document out of Xero; None where Xero or the bookkeeper's rules forbid it.

    Drafts and documents awaiting approval are DELETED, an approved order too until it is billed; an approved invoice or
    credit note on which nothing was paid or used is VOIDED. An approved bill is the bookkeeper's to void.
    """
    if theirs in (XeroStatus.DRAFT, XeroStatus.SUBMITTED):
        return XeroStatus.DELETED
    if theirs != XeroStatus.AUTHORISED or has_money:
        return None
    if kind == "purchase_order":
        return XeroStatus.DELETED
    return XeroStatus.VOIDED if kind in _OURS_TO_VOID else None


def xero_label(kind: str, theirs: str) -> str:
    """Return Xero's own word for a status: "Awaiting approval"."""
    try:
        return XERO_LABELS[kind][XeroStatus(theirs)]
    except (KeyError, ValueError):
        return theirs.capitalize()


def stamp_label(kind: str, theirs: str) -> str:
    """Return what the stamp says of a status: Xero's own word, but for credit that is used up."""
    return USED_UP if kind in _CREDITS and theirs == XeroStatus.PAID else xero_label(kind, theirs)


def apart(kind: str, ours: str, theirs: str) -> str:
    """Return the sentence of two statuses that stay different; "" where they agree, or Xero's is unknown."""
    row = _MET.get((kind, ours, XeroStatus(theirs))) if theirs in XERO_LABELS[kind] else None
    return row.seen if row and row.follow is Follow.STAY and row.seen != _OPEN else ""
