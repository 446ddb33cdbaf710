"""What a document says, in one shape for both sides: the studio's, as it would be sent, and Xero's, as it was read.

A `Face` is pure data in Xero's words. Comparing two faces is how we know what changed here, what changed there, and
what an update has to carry. Faces are stored as JSON beside each copy: `sent` (ours at the last send), `held` (Xero's
answer to it) and `theirs` (Xero's, as last read).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

ZERO = Decimal("0.00")
#: The `our_id` of the line that carries a note for the bookkeeper; it has words and no money.
NOTE = "note"


class LineFace(msgspec.Struct, frozen=True, kw_only=True):
    """One line. Amounts in the document's currency; `discount_rate` in percent; ids empty where a side has none."""

    our_id: str = ""
    xero_id: str = ""
    description: str = ""
    quantity: Decimal = Decimal("0")
    unit_amount: Decimal = Decimal("0")
    discount_rate: Decimal = Decimal("0")
    account_code: str = ""
    tax_type: str = ""
    tracking: tuple[str, ...] = ()
    line_amount: Decimal = ZERO
    tax_amount: Decimal = ZERO
    #: ours only: the tax figure goes along (typed from the paper, or billed to the client)
    sends_tax: bool = False


class Face(msgspec.Struct, frozen=True, kw_only=True):
    """A whole document. Dates are calendar days; `status` is Xero's word, "" when it should not be there."""

    status: str = ""
    contact_id: str = ""
    number: str = ""
    reference: str = ""
    date: dt.date | None = None
    due_date: dt.date | None = None
    currency: str = ""
    #: as Xero counts it (`money.exchange` knows which way round); None leaves it to Xero, or is none at all
    currency_rate: Decimal | None = None
    tax_mode: str = ""
    sent_to_contact: bool = False
    lines: tuple[LineFace, ...] = ()
    sub_total: Decimal = ZERO
    total_tax: Decimal = ZERO
    total: Decimal = ZERO


#: The fields of a document's head that both sides may change, with the word a person knows each by.
HEAD_FIELDS: dict[str, str] = {
    "contact_id": "Contact",
    "number": "Number",
    "reference": "Reference",
    "date": "Date",
    "due_date": "Due date",
    "currency": "Currency",
    "currency_rate": "Exchange rate",
    "tax_mode": "Amounts are",
}
#: Fields of a line that a bookkeeper may change in Xero and that we then leave alone (bookkeeping rule 5).
CODE_FIELDS: dict[str, str] = {"account_code": "account", "tax_type": "tax", "tracking": "tracking"}
#: Fields of a line that carry its words and money; they travel together.
MONEY_FIELDS: dict[str, str] = {
    "description": "description",
    "quantity": "quantity",
    "unit_amount": "unit amount",
    "discount_rate": "discount",
    "line_amount": "amount",
    "tax_amount": "tax amount",
}


def to_json(face: Face) -> dict[str, Any]:
    """Return the face as plain JSON values (decimals as strings, days as ISO) for storage."""
    plain: dict[str, Any] = msgspec.to_builtins(face)
    return plain


def from_json(plain: dict[str, Any]) -> Face:
    """Return the face that `to_json` stored."""
    return msgspec.convert(plain, Face, strict=False)


def says_same(field: str, one: Any, other: Any) -> bool:
    """Tell whether two values of a field say the same: amounts by value, words without surrounding white space.

    Xero trims texts and normalises line ends; neither is a change that anybody made. A side without an exchange rate
    leaves it to the other.
    """
    if field == "currency_rate" and (one is None or other is None):
        return True
    if isinstance(one, str) and isinstance(other, str):
        return _folded(one) == _folded(other)
    return bool(one == other)


def _folded(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").strip().split("\n"))


def by_xero_id(face: Face) -> dict[str, LineFace]:
    """Return the lines by LineItemID, in their order."""
    return {line.xero_id: line for line in face.lines if line.xero_id}


def by_our_id(face: Face) -> dict[str, LineFace]:
    """Return the lines by our own line id, in their order."""
    return {line.our_id: line for line in face.lines if line.our_id}


def agree(one: LineFace, other: LineFace) -> bool:
    """Tell whether two lines are the same work: the same words and the same amount."""
    same_words = says_same("description", one.description, other.description)
    return same_words and one.line_amount == other.line_amount


def counterpart(line: LineFace, face: Face) -> LineFace | None:
    """Return the line of another face that is this one: by our id, else by LineItemID."""
    by_name = by_our_id(face).get(line.our_id) if line.our_id else None
    return by_name or (by_xero_id(face).get(line.xero_id) if line.xero_id else None)
