"""Xero's validation messages, explained: an allow-list of known ones, closed by default.

Xero gives refused elements no code, only sentences. These patterns add a code of ours, the field to mend and nothing
else: whether something is tried again never depends on them. Unknown sentences are shown as they are, under
XERO_REFUSED. Source of each: developer.xero.com pages of the endpoint, or the public issue trackers of Xero's SDKs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bluestamp.sync.faces import NOTE, Face, LineFace


@dataclass(frozen=True, slots=True)
class Explained:
    """A refusal in our words: a code of `decisions.PARKED`, the field to mend ("" for the whole), a sentence."""

    code: str
    field: str
    sentence: str


_ACCOUNT = re.compile(
    r"^Account code '(?P<account>[^']*)' (?:is not a valid code|has been archived|has been removed)"
)
_TAX_PAIR = re.compile(
    r"^The TaxType code '(?P<tax>[^']*)' cannot be used with account code '(?P<account>[^']*)'"
)
_TAX = re.compile(r"^The TaxType code '?(?P<tax>\S+?)'? does not exist")

#: pattern, code, sentence
_KNOWN: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (_ACCOUNT, "ACCOUNT_CODE_REFUSED", "Xero has no active account with code {account} for this document."),
    (_TAX_PAIR, "TAX_TYPE_REFUSED", "Xero does not take the tax rate {tax} with account {account}."),
    (_TAX, "TAX_TYPE_REFUSED", "Xero does not know the tax rate {tax} for this kind of document."),
    (re.compile(r"^Account code must be specified"), "ACCOUNT_MISSING", "A line has no account."),
    (re.compile(r"^The TaxType field is mandatory"), "TAX_TYPE_REFUSED", "A line has no tax rate."),
    (re.compile(r"contact.* has been archived"), "CONTACT_ARCHIVED", "The contact is archived in Xero."),
    (
        re.compile(r"^The status 'ARCHIVED' is not valid for contacts"),
        "CONTACT_ARCHIVED",
        "The contact is archived in Xero.",
    ),
    (
        re.compile(r"^The contact name .* is already assigned"),
        "CONTACT_REFUSED",
        "Another contact in Xero has this name.",
    ),
    (
        re.compile(r"^Invoice # must be unique"),
        "NUMBER_TAKEN",
        "This number is used by another invoice in Xero.",
    ),
    (
        re.compile(r"^Order number must be unique"),
        "NUMBER_TAKEN",
        "This number is used by another order in Xero.",
    ),
    (
        re.compile(r"^Credit [Nn]ote # must be unique"),
        "NUMBER_TAKEN",
        "This number is used by another credit note in Xero.",
    ),
    (re.compile(r"^Invoice not of valid status for modification"), "CLOSED_IN_XERO", "It is closed in Xero."),
    (
        re.compile(
            r"cannot be edited as it has a payment or credit note allocated|because it has payments or credit notes"
        ),
        "PAID_IN_XERO",
        "A payment or credit is applied to it in Xero.",
    ),
    (
        re.compile(r"lock date, currently set at"),
        "PERIOD_LOCKED",
        "Its date lies in a period that is locked in Xero.",
    ),
    (
        re.compile(r"^Organisation is not subscribed to currency"),
        "CURRENCY_OFF",
        "The organisation does not use this currency.",
    ),
    (
        re.compile(r"^You have reached the limit of invoices"),
        "APPROVAL_LIMIT",
        "The Xero plan's monthly limit is reached.",
    ),
)

#: What Xero says of payments and of credit that is applied: Payments, Credit Notes (developer.xero.com, Accounting API).
_MONEY: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"exceeds the amount outstanding|amount is greater than amount outstanding"),
        "MORE_THAN_DUE",
        "It is more than Xero says is open.",
    ),
    (re.compile(r"has already been paid off"), "MORE_THAN_DUE", "Nothing is due on the invoice in Xero."),
    (
        re.compile(r"^Payments can only be made against Authorised|only be made between Authorised"),
        "NOT_AWAITING_PAYMENT",
        "The document is not awaiting payment in Xero.",
    ),
    (
        re.compile(r"^Account could not be found|is not a valid payment account"),
        "PAYMENT_ACCOUNT_REFUSED",
        "Xero takes no payments into this account.",
    ),
    (
        re.compile(r"^This payment has been reconciled|^Payments within a batch"),
        "NOT_REMOVED",
        "The payment is reconciled, or part of a batch payment, in Xero.",
    ),
    (
        re.compile(r"lock date, currently set at"),
        "PERIOD_LOCKED",
        "Its date lies in a period that is locked in Xero.",
    ),
)


def explain_money(messages: Sequence[str]) -> Explained:
    """Return the first known explanation of why a payment, an application of credit, or its removal was refused."""
    for message in messages:
        for pattern, code, sentence in _MONEY:
            if pattern.search(message):
                return Explained(code, "", f"{sentence} Xero says: {message}")
    return Explained("XERO_REFUSED", "", messages[0] if messages else "Xero refused it without a reason.")


def explain(messages: Sequence[str], face: Face) -> Explained:
    """Return the first known explanation among Xero's messages, with the line it is about where one can be told."""
    for message in messages:
        for pattern, code, sentence in _KNOWN:
            match = pattern.search(message)
            if match is not None:
                words = match.groupdict()
                return Explained(code, _field(face, code, words), sentence.format(**words))
    said = messages[0] if messages else "Xero refused the document without a reason."
    # A document that should no longer be in Xero has nothing to mend: only a person there can take it out.
    return Explained("XERO_REFUSED" if face.status else "VOID_IT_IN_XERO", "", said)


def _field(face: Face, code: str, words: dict[str, str]) -> str:
    """Name the first line that the message is about, as the form names it: `lines.1.account_code`."""
    for position, line in enumerate(face.lines):
        if line.our_id == NOTE:
            continue
        if code == "ACCOUNT_CODE_REFUSED" and line.account_code == words.get("account"):
            return f"lines.{position}.account_code"
        if code == "ACCOUNT_MISSING" and not line.account_code:
            return f"lines.{position}.account_code"
        if code == "TAX_TYPE_REFUSED" and _has_tax(line, words):
            return f"lines.{position}.tax_type"
    return {"NUMBER_TAKEN": "number", "PERIOD_LOCKED": "issued_on", "CURRENCY_OFF": "currency"}.get(code, "")


def _has_tax(line: LineFace, words: dict[str, str]) -> bool:
    same_tax = line.tax_type == words.get("tax", "")
    return same_tax and line.account_code == words.get("account", line.account_code)
