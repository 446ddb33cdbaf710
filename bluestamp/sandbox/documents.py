"""What every document has in common: lines, totals, standing, its row in the store. Kinds differ only by data.

A kind's file (`invoices`, `credit_notes`, `purchase_orders`, `bank_transactions`) holds its own rules; its moves stand
in `kinds`.
"""

from datetime import date
from decimal import Decimal

import msgspec

from bluestamp.sandbox import wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.kinds import KINDS, Kind
from bluestamp.sandbox.store import Row, Store, marks

ZERO = Decimal("0.00")
LINE_AMOUNT_TYPES = frozenset({"Exclusive", "Inclusive", "NoTax"})
CLOSED = frozenset({"VOIDED", "DELETED"})
SALES_TYPES = frozenset({"ACCREC", "ACCRECCREDIT", "RECEIVE", "RECEIVE-PREPAYMENT", "RECEIVE-OVERPAYMENT"})
COMPLETE = frozenset({"SUBMITTED", "AUTHORISED"})
"""Statuses that a document enters only when its lines are complete."""


class Track(msgspec.Struct):
    """A line's choice in a tracking category."""

    category_id: str
    name: str
    option: str


class Line(msgspec.Struct):
    """One line. `quantity` is None on a text-only line."""

    id: str
    description: str = ""
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    line_amount: Decimal = ZERO
    tax_type: str = ""
    tax_amount: Decimal = ZERO
    account_code: str = ""
    account_id: str = ""
    item_code: str = ""
    tracking: list[Track] = []

    @property
    def discount(self) -> Decimal:
        """What was taken off the line."""
        if self.quantity is None or self.unit_amount is None:
            return ZERO
        return wire.cents(self.quantity * self.unit_amount) - self.line_amount


class Document(msgspec.Struct):
    """One document of any kind."""

    id: str
    kind: str
    type: str
    contact_id: str
    dated: date
    currency: str
    status: str = "DRAFT"
    number: str = ""
    reference: str = ""
    due: date | None = None
    planned: date | None = None
    expected: date | None = None
    delivery: date | None = None
    texts: dict[str, str] = {}
    line_amount_types: str = "Exclusive"
    rate: Decimal = Decimal(1)
    lines: list[Line] = []
    sub_total: Decimal = ZERO
    total_tax: Decimal = ZERO
    total: Decimal = ZERO
    rounding: Decimal = ZERO
    """RoundingAmount: at most ten cents beside the sum of the lines."""
    amount_paid: Decimal = ZERO
    amount_credited: Decimal = ZERO
    fully_paid_on: date | None = None
    url: str = ""
    branding_theme_id: str = ""
    sent_to_contact: bool | None = None
    has_attachments: bool = False
    updated_ms: int = 0
    created_ms: int = 0
    made_by_app: str | None = None
    bank_account_id: str = ""
    """On bank transactions and what they made: the account the money went through."""
    partner_id: str = ""
    """On a bank transaction: the prepayment or overpayment it made. On those: the bank transaction."""
    is_reconciled: bool = False

    @property
    def amount_due(self) -> Decimal:
        """What is left to pay; nothing on a voided or deleted document."""
        if self.status in CLOSED:
            return ZERO
        return self.total - self.amount_paid - self.amount_credited

    @property
    def is_settled_in_part(self) -> bool:
        """Has any payment or credit been applied?"""
        return bool(self.amount_paid or self.amount_credited)

    @property
    def is_sales(self) -> bool:
        """Does it stand on the receivable side?"""
        return self.type in SALES_TYPES


_decoder = msgspec.json.Decoder(Document)


def from_row(row: Row) -> Document:
    """A document as stored."""
    return _decoder.decode(row["body"])


def copy(document: Document) -> Document:
    """A document that can be changed without touching the other."""
    return _decoder.decode(msgspec.json.encode(document))


def find(store: Store, organisation_id: str, kind: Kind, document_id: str) -> Document | None:
    """A document by its id."""
    row = store.one(
        "SELECT body FROM documents WHERE organisation = ? AND kind = ? AND id = ?",
        organisation_id,
        kind.name,
        document_id.lower(),
    )
    return from_row(row) if row else None


def find_by_number(
    store: Store, organisation_id: str, kind: Kind, number: str, *types: str, newest: bool = True
) -> Document | None:
    """The document of those types that carries the number; the newest or oldest where numbers aren't unique."""
    wanted = types or tuple(kind.types)
    row = store.one(
        f"SELECT body FROM documents WHERE organisation = ? AND kind = ? AND number = ? AND type IN ({marks(wanted)})"
        f" ORDER BY created_ms {'DESC' if newest else 'ASC'} LIMIT 1",
        organisation_id,
        kind.name,
        number,
        *wanted,
    )
    return from_row(row) if row and number else None


def save(store: Store, organisation_id: str, document: Document) -> None:
    """Write a document with its indexed columns."""
    store.put(
        "documents",
        id=document.id,
        organisation=organisation_id,
        kind=document.kind,
        type=document.type,
        number=document.number,
        reference=document.reference,
        status=document.status,
        contact=document.contact_id,
        dated=document.dated.isoformat(),
        due=document.due.isoformat() if document.due else None,
        currency=document.currency,
        total=wire.as_cents(document.total),
        amount_due=wire.as_cents(document.amount_due),
        amount_paid=wire.as_cents(document.amount_paid),
        amount_credited=wire.as_cents(document.amount_credited),
        updated_ms=document.updated_ms,
        created_ms=document.created_ms,
        made_by_app=document.made_by_app,
        body=msgspec.json.encode(document),
    )


def add_up(document: Document) -> None:
    """Set the totals from the lines: tax is rounded per line and then summed (developer.xero.com, rounding in Xero)."""
    lines = sum((line.line_amount for line in document.lines), ZERO)
    document.total_tax = sum((line.tax_amount for line in document.lines), ZERO)
    inclusive = document.line_amount_types == "Inclusive"
    document.sub_total = lines - document.total_tax if inclusive else lines
    document.total = document.sub_total + document.total_tax + document.rounding


def settle(act: Act, document: Document, *, on: date) -> None:
    """Take payments and credits over into the standing: PAID when nothing is due, AUTHORISED when something is again."""
    paid = act.store.scalar(
        "SELECT COALESCE(SUM(amount), 0) FROM payments WHERE document = ? AND status = 'AUTHORISED'",
        document.id,
    )
    side = "note" if KINDS[document.kind].gives_credit else "invoice"
    credited = act.store.scalar(
        f"SELECT COALESCE(SUM(amount), 0) FROM allocations WHERE {side} = ?", document.id
    )
    document.amount_paid = Decimal(paid).scaleb(-2)
    document.amount_credited = Decimal(credited).scaleb(-2)
    if document.status in {"AUTHORISED", "PAID"}:
        is_paid = document.amount_due == 0 and (
            document.is_settled_in_part or act.switches.zero_total_is_paid
        )
        document.status = "PAID" if is_paid else "AUTHORISED"
        document.fully_paid_on = (document.fully_paid_on or on) if is_paid else None


def take_number(act: Act, kind: Kind) -> str:
    """The next automatic number that nobody uses yet (INV-0001)."""
    store, organisation = act.store, act.organisation.id
    following = int(
        store.scalar(
            "SELECT next FROM numbers WHERE organisation = ? AND sequence = ?", organisation, kind.name
        )
        or 1
    )
    while find_by_number(store, organisation, kind, f"{kind.number_prefix}{following:04d}"):
        following += 1
    store.put("numbers", organisation=organisation, sequence=kind.name, next=following + 1)
    return f"{kind.number_prefix}{following:04d}"
