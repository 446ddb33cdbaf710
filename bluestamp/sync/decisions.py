"""What to do about an error: wait, reconnect, or park it for a person. One table, closed by default.

Each code of `PARKED` has its title, its meaning, what to do, who can, whether trying again may help, and the button
that does it. Page, API and docs are printed from this table. Unknown things park.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from bluestamp.xero import errors as xero


class Who(StrEnum):
    """Who can settle a parked document."""

    ANYONE = "anyone who may send"
    BOOKKEEPER = "the owner or the bookkeeper"
    OWNER = "the owner"
    IN_XERO = "somebody in Xero"


class Button(StrEnum):
    """The button that settles it; the page knows where each leads."""

    OPEN = "open"
    FIX_LINE = "fix_line"
    CHOOSE_CONTACT = "choose_contact"
    CREATE_CONTACT = "create_contact"
    COMPARE = "compare"
    ANSWER_DUPLICATE = "answer_duplicate"
    RETRY = "retry"
    RECONNECT = "reconnect"
    GONE = "gone"
    OPEN_IN_XERO = "open_in_xero"
    APPROVE_AND_SEND = "approve_and_send"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One parked code, explained."""

    code: str
    title: str
    meaning: str
    what_to_do: str
    who: Who
    can_retry: bool
    button: Button
    button_label: str


_REMEDIES = (
    Remedy(
        "ACCOUNT_CODE_REFUSED",
        "Refused",
        "Xero has no active account with this code for this kind of document.",
        "Choose another account for the line, or make the account active in Xero.",
        Who.ANYONE,
        True,
        Button.FIX_LINE,
        "Fix the line",
    ),
    Remedy(
        "ACCOUNT_MISSING",
        "Refused",
        "A line has no account, and Xero needs one before it takes this document.",
        "Choose an account for the line.",
        Who.ANYONE,
        True,
        Button.FIX_LINE,
        "Fix the line",
    ),
    Remedy(
        "TAX_TYPE_REFUSED",
        "Refused",
        "Xero does not take this tax rate with this account.",
        "Choose another tax rate or account for the line.",
        Who.ANYONE,
        True,
        Button.FIX_LINE,
        "Fix the line",
    ),
    Remedy(
        "NOT_READY",
        "Not ready",
        "Something that Xero needs is missing or no longer valid.",
        "Open the document and mend what is marked.",
        Who.ANYONE,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "CONTACT_CHOOSE",
        "Question",
        "Several contacts in Xero could be this company.",
        "Choose the right one; it is remembered.",
        Who.BOOKKEEPER,
        True,
        Button.CHOOSE_CONTACT,
        "Choose",
    ),
    Remedy(
        "CONTACT_CREATE",
        "Question",
        "This company is not in Xero yet.",
        "Create the contact in Xero, or link it to one that exists.",
        Who.ANYONE,
        True,
        Button.CREATE_CONTACT,
        "Decide",
    ),
    Remedy(
        "CONTACT_ARCHIVED",
        "Refused",
        "The contact is archived in Xero, and archived contacts take no new documents.",
        "Restore the contact in Xero, or link the company to another one.",
        Who.BOOKKEEPER,
        True,
        Button.CHOOSE_CONTACT,
        "Choose",
    ),
    Remedy(
        "CONTACT_REFUSED",
        "Refused",
        "Xero did not take the contact.",
        "Mend the company's details, or link it to a contact that exists.",
        Who.ANYONE,
        True,
        Button.CHOOSE_CONTACT,
        "Choose",
    ),
    Remedy(
        "DUPLICATE_SUSPECTED",
        "Question",
        "This supplier invoice looks as if it were entered already. Paying it twice costs real money.",
        "Compare the two. Link them if they are one, or send it anyway and say why.",
        Who.BOOKKEEPER,
        True,
        Button.ANSWER_DUPLICATE,
        "Compare",
    ),
    Remedy(
        "FOUND_IN_XERO",
        "Question",
        "Xero has a document with this number already.",
        "Compare the two. Link them if they are one; then nothing is sent twice.",
        Who.BOOKKEEPER,
        True,
        Button.ANSWER_DUPLICATE,
        "Compare",
    ),
    Remedy(
        "NUMBER_TAKEN",
        "Refused",
        "This number is used in Xero by another document.",
        "Look at that document in Xero. If it is this one, link it; if not, free the number there.",
        Who.BOOKKEEPER,
        True,
        Button.ANSWER_DUPLICATE,
        "Compare",
    ),
    Remedy(
        "LOCKED_IN_XERO",
        "Locked",
        "It was signed off in Xero, so changes can no longer be sent.",
        "Take Xero's figures, or have it voided in Xero and send it again.",
        Who.BOOKKEEPER,
        False,
        Button.COMPARE,
        "See both",
    ),
    Remedy(
        "PUT_BACK_TO_DRAFT",
        "Put back to draft",
        "It was put back to draft here, and Xero can't put a purchase order back.",
        "Approve it again and send it, so that both agree.",
        Who.ANYONE,
        True,
        Button.APPROVE_AND_SEND,
        "Approve and send",
    ),
    Remedy(
        "PAID_IN_XERO",
        "Locked",
        "A payment or credit is applied to it in Xero, so its amounts are fixed there.",
        "Take Xero's figures, or remove the payment in Xero first.",
        Who.BOOKKEEPER,
        True,
        Button.COMPARE,
        "See both",
    ),
    Remedy(
        "CLOSED_IN_XERO",
        "Refused",
        "The document in Xero is no longer open for changes.",
        "Refresh it from Xero to see what happened there.",
        Who.ANYONE,
        True,
        Button.COMPARE,
        "See both",
    ),
    Remedy(
        "VOID_IT_IN_XERO",
        "Still in Xero",
        "It was cancelled here, but Xero does not let an approved or paid document be removed from outside.",
        "Void it in Xero; Bluestamp notices by itself.",
        Who.IN_XERO,
        True,
        Button.OPEN_IN_XERO,
        "Open in Xero",
    ),
    Remedy(
        "CHANGED_IN_XERO",
        "Changed in Xero",
        "Somebody changed it in Xero after you last looked. Nothing was overwritten.",
        "Compare the two, then send your changes or take Xero's.",
        Who.ANYONE,
        True,
        Button.COMPARE,
        "See both",
    ),
    Remedy(
        "LINES_DIFFER",
        "Changed in Xero",
        "Lines were split, added or removed in Xero. Sending ours would undo that work.",
        "Take Xero's lines, or put the lines back in Xero and send again.",
        Who.BOOKKEEPER,
        True,
        Button.COMPARE,
        "See both",
    ),
    Remedy(
        "OFF_BY_CENTS",
        "Totals differ",
        "The total in Xero is not the total here. Nothing more is sent until somebody has looked.",
        "Compare the two, and mend the tax figure of the line that differs.",
        Who.BOOKKEEPER,
        True,
        Button.COMPARE,
        "See both",
    ),
    Remedy(
        "GONE_FROM_XERO",
        "Gone from Xero",
        "The document was voided or deleted in Xero.",
        "Send it again as a new one, unlink it, or cancel it here.",
        Who.BOOKKEEPER,
        False,
        Button.GONE,
        "Decide",
    ),
    Remedy(
        "PERIOD_LOCKED",
        "Refused",
        "Its date lies in a period that is locked in Xero.",
        "Choose a later date, or have the period unlocked in Xero.",
        Who.BOOKKEEPER,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "CURRENCY_OFF",
        "Refused",
        "The organisation in Xero does not use this currency.",
        "Add the currency in Xero, or change the document's currency.",
        Who.BOOKKEEPER,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "RATE_TOO_FAR",
        "Not ready",
        "The exchange rate that was typed is more than 10 % off Xero's last known one: most likely it is mistyped or upside down.",
        "Mend the rate, or leave it empty to take Xero's.",
        Who.BOOKKEEPER,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "RATE_UNKNOWN",
        "Not ready",
        "Xero shows no rate for this currency yet, so the one that was typed can't be held against any.",
        "Leave the rate empty and send it: Xero takes its own rate of the day. Then yours can be typed.",
        Who.BOOKKEEPER,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "APPROVAL_LIMIT",
        "Refused",
        "The Xero plan does not allow more approved documents this month.",
        "Upgrade the plan in Xero, or send it again next month.",
        Who.OWNER,
        True,
        Button.RETRY,
        "Try again",
    ),
    Remedy(
        "XERO_REFUSED",
        "Refused",
        "Xero refused the document.",
        "Read Xero's own words below, mend the document and try again.",
        Who.ANYONE,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "LOOKS_ALIKE",
        "Question",
        "Xero holds a payment of the same amount within a week of this one. Recording it twice overstates what came in.",
        "Say whether the two are one, or send it all the same.",
        Who.BOOKKEEPER,
        True,
        Button.OPEN,
        "Compare",
    ),
    Remedy(
        "MORE_THAN_DUE",
        "Refused",
        "The amount is more than Xero says is open on the document.",
        "Refresh the document from Xero, and record what is really open.",
        Who.BOOKKEEPER,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "NOT_AWAITING_PAYMENT",
        "Refused",
        "Xero takes payments and credit only on documents that await payment.",
        "Have the document approved in Xero, then record it again.",
        Who.BOOKKEEPER,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "PAYMENT_ACCOUNT_REFUSED",
        "Refused",
        "Xero takes no payments into this account: it is neither a bank account nor open to payments.",
        "Choose another payment account, or let the account take payments in Xero.",
        Who.BOOKKEEPER,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "NOT_REMOVED",
        "Still in Xero",
        "Xero keeps the payment or credit: it is matched with the bank, part of a batch, or its period is locked.",
        "Remove it in Xero; Bluestamp notices by itself.",
        Who.IN_XERO,
        True,
        Button.OPEN_IN_XERO,
        "Open in Xero",
    ),
    Remedy(
        "CREDIT_SEEN_ALREADY",
        "Refused",
        "Xero shows the same credit on the same invoice already, so it was not applied a second time.",
        "Look at the invoice. If both are meant, apply it once more.",
        Who.BOOKKEEPER,
        True,
        Button.OPEN,
        "Open",
    ),
    Remedy(
        "INTERNAL",
        "Our fault",
        "Something went wrong in Bluestamp. Nothing was lost and nothing was sent twice.",
        "Try again; if it stays, quote the id below to whoever runs Bluestamp.",
        Who.ANYONE,
        True,
        Button.RETRY,
        "Try again",
    ),
)

PARKED: dict[str, Remedy] = {remedy.code: remedy for remedy in _REMEDIES}


@dataclass(frozen=True, slots=True)
class Wait:
    """Try the same again at this instant."""

    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Reconnect:
    """The connection is lost; everything waits until a person reconnects."""

    why: str


@dataclass(frozen=True, slots=True)
class Park:
    """A person has to act; `code` is a row of `PARKED`."""

    code: str


#: Seconds before the next try, by how many were made; the last goes on for ever.
_BACKOFF_SECONDS = (2, 10, 30, 60, 120, 300, 900)
#: After this many tries an answer that nobody understands is shown to a person.
_TRIES_AT_THE_UNEXPECTED = 3


def decide(error: xero.XeroError, *, attempts: int, now: dt.datetime) -> Wait | Reconnect | Park:
    """Return what follows from an error that Xero's client raised. `attempts` counts the tries made, from 1."""
    match error:
        case xero.RateLimited():
            return Wait(max(error.until, now))
        case xero.NotConnected():
            return Reconnect("Access was withdrawn in Xero.")
        case xero.Forbidden():
            return Reconnect("Xero says that a permission is missing.")
        case xero.AppRefused():
            return Reconnect("Xero refuses this app's client id or secret.")
        case xero.TokenExpired():
            return Wait(now)
        case xero.Unavailable():
            return Wait(max(error.until or now, now + backoff(attempts)))
        case xero.Unanswered():
            return Wait(now + backoff(attempts))
        case xero.Rejected():
            return Park("XERO_REFUSED")
        case xero.NotFound():
            return Park("GONE_FROM_XERO")
    return Wait(now + backoff(attempts)) if attempts < _TRIES_AT_THE_UNEXPECTED else Park("INTERNAL")


def backoff(attempts: int) -> dt.timedelta:
    """Return how long to wait after so many tries."""
    return dt.timedelta(seconds=_BACKOFF_SECONDS[min(max(attempts, 1), len(_BACKOFF_SECONDS)) - 1])
