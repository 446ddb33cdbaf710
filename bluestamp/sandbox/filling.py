"""Filling an organisation with thousands of documents at once, to try an integration against a well-used Xero.

What is filled in obeys every rule that a written document obeys (totals, numbers, payments that add up), but writes no
history and raises no webhook event, as if it had been there before anybody connected. The same call fills in the same.
"""

import random
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from bluestamp.sandbox import contacts, documents, payments, wire
from bluestamp.sandbox.acts import Act
from bluestamp.sandbox.charts import Account
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.documents import Document, Line
from bluestamp.sandbox.errors import Refused
from bluestamp.sandbox.kinds import CREDIT_NOTE, INVOICE, PURCHASE_ORDER, Kind
from bluestamp.sandbox.payments import Payment

MAX_AT_ONCE = 500_000
DOCUMENTS_A_CONTACT = 200
YEARS = 3
TYPES: tuple[tuple[Kind, str, int], ...] = (
    (INVOICE, "ACCREC", 45),
    (INVOICE, "ACCPAY", 45),
    (PURCHASE_ORDER, "PURCHASEORDER", 6),
    (CREDIT_NOTE, "ACCRECCREDIT", 2),
    (CREDIT_NOTE, "ACCPAYCREDIT", 2),
)
"""Kind, type, and how many of a hundred."""
STATUSES = {
    "INVOICE": (("PAID", 80), ("AUTHORISED", 12), ("DRAFT", 4), ("SUBMITTED", 2), ("VOIDED", 2)),
    "CREDITNOTE": (("AUTHORISED", 80), ("DRAFT", 15), ("VOIDED", 5)),
    "PURCHASEORDER": (("BILLED", 75), ("AUTHORISED", 15), ("DRAFT", 10)),
}
WORDS = ("Letterpress cards", "Studio hire", "Retouching", "Paper stock", "Courier", "Animation, day rate")


@dataclass(frozen=True)
class Ground:
    """What every filled-in document stands on."""

    act: Act
    people: tuple[str, ...]
    sales: Account
    costs: Account
    bank: Account
    chance: random.Random


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What is asked for; without an organisation it is the first."""

    organisation: str = ""
    documents: int = 1000


def fill(act: Act, count: int) -> int:
    """Add `count` documents of all kinds over three years, one contact for every two hundred. Raises Refused."""
    if not 0 < count <= MAX_AT_ONCE:
        raise Refused(f"documents must be between 1 and {MAX_AT_ONCE}")
    first = 1 + int(
        act.store.scalar("SELECT COUNT(*) FROM documents WHERE organisation = ?", act.organisation.id)
    )
    chance = random.Random(f"{act.organisation.id}{first}")
    people = tuple(
        _contact(act, chance, first + place) for place in range(-(-count // DOCUMENTS_A_CONTACT) or 1)
    )
    ground = Ground(act, people, _account(act, "REVENUE"), _account(act, "EXPENSE"), _bank(act), chance)
    for place in range(count):
        _document(ground, first + place)
    return count


def _document(ground: Ground, place: int) -> None:
    act, chance = ground.act, ground.chance
    kind, type_ = chance.choices([(row[0], row[1]) for row in TYPES], [row[2] for row in TYPES])[0]
    statuses = STATUSES[kind.name]
    status = chance.choices([name for name, _ in statuses], [weight for _, weight in statuses])[0]
    dated = act.today - timedelta(days=chance.randrange(YEARS * 365))
    moment = act.now_ms - (act.today - dated).days * 86_400_000 - chance.randrange(3_600_000)
    document = Document(
        id=_guid(chance),
        kind=kind.name,
        type=type_,
        contact_id=chance.choice(ground.people),
        dated=dated,
        due=dated + timedelta(days=30) if kind is INVOICE else None,
        currency=act.organisation.base_currency,
        status=status,
        number=f"{'S-' if type_ == 'ACCPAY' else kind.number_prefix}F{place:07d}",
        reference=f"Job {place % 977}" if type_ != "ACCPAY" else "",
        updated_ms=moment,
        created_ms=moment,
    )
    document.lines = [_line(ground, document) for _ in range(chance.randint(1, 3))]
    documents.add_up(document)
    if status == "PAID":
        _pay(ground, document, dated + timedelta(days=chance.randrange(1, 45)))
    documents.save(act.store, act.organisation.id, document)


def _line(ground: Ground, document: Document) -> Line:
    account = ground.sales if document.is_sales else ground.costs
    quantity, unit = Decimal(ground.chance.randint(1, 12)), Decimal(ground.chance.randint(500, 90_000)) / 100
    amount = wire.cents(quantity * unit)
    rate = ground.act.chart.tax_rates.get(account.tax_type)
    return Line(
        id=_guid(ground.chance),
        description=ground.chance.choice(WORDS),
        quantity=quantity,
        unit_amount=unit,
        line_amount=amount,
        tax_type=account.tax_type,
        tax_amount=wire.cents(amount * rate.effective / 100) if rate else documents.ZERO,
        account_code=account.code,
        account_id=account.id,
    )


def _pay(ground: Ground, document: Document, on: date) -> None:
    document.amount_paid, document.fully_paid_on = document.total, on
    payment = Payment(
        id=_guid(ground.chance),
        document_id=document.id,
        type=payments.TYPES[document.type],
        dated=on,
        amount=document.total,
        account_id=ground.bank.id,
        updated_ms=document.updated_ms,
    )
    payments.store_payment(ground.act.store, ground.act.organisation.id, payment)


def _contact(act: Act, chance: random.Random, place: int) -> str:
    contact = Contact(
        id=_guid(chance),
        name=f"Company {place:06d}",
        texts={"EmailAddress": f"accounts@company{place}.example"},
        is_customer=True,
        is_supplier=True,
        updated_ms=act.now_ms - YEARS * 365 * 86_400_000 + place,
    )
    contacts.store_contact(act.store, act.organisation.id, contact)
    return contact.id


def _account(act: Act, class_: str) -> Account:
    usable = [account for account in act.chart.accounts.values() if account.is_open_to_lines]
    return next(account for account in usable if account.class_ == class_ and account.status == "ACTIVE")


def _bank(act: Act) -> Account:
    return next(account for account in act.chart.accounts.values() if account.type == "BANK")


def _guid(chance: random.Random) -> str:
    return str(uuid.UUID(int=chance.getrandbits(128), version=4))
