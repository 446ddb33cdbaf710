"""Reading the seed files into an empty store."""

import functools
import uuid
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from bluestamp.sandbox import charts, contacts, documents, items, organisations, payments
from bluestamp.sandbox.charts import CLASSES, Account, TaxComponent, TaxRate
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.documents import Document, Line, Track
from bluestamp.sandbox.items import Details, Item
from bluestamp.sandbox.kinds import INVOICE
from bluestamp.sandbox.organisations import Organisation
from bluestamp.sandbox.payments import Payment
from bluestamp.sandbox.store import Store, Value

FILES = ("northlight_ltd.json", "demo_company_nz.json", "northlight_inc.json", "northlight_pty.json")


class SeedAccount(msgspec.Struct):
    """An account as a seed file has it."""

    code: str
    name: str
    type: str
    tax_type: str = "NONE"
    system: str = ""
    status: str = "ACTIVE"
    accepts_payments: bool = False
    currency: str = ""
    bank_number: str = ""
    description: str = ""


class SeedRate(msgspec.Struct):
    """A tax rate as a seed file has it: parts are name and per cent."""

    tax_type: str
    name: str
    parts: list[tuple[str, Decimal]]
    classes: str
    report_type: str = ""


class SeedContact(msgspec.Struct):
    """A contact as a seed file has it."""

    name: str
    id: str = ""
    email: str = ""
    tax_number: str = ""
    account_number: str = ""
    status: str = "ACTIVE"
    city: str = ""
    country: str = ""
    bill_terms: int | None = None
    sales_terms: int | None = None


class SeedItem(msgspec.Struct):
    """An item as a seed file has it: each side is price, account code and tax type."""

    code: str
    name: str
    description: str
    purchase_description: str = ""
    sales: tuple[Decimal, str, str] | None = None
    purchases: tuple[Decimal, str, str] | None = None
    is_sold: bool = True
    is_purchased: bool = True


class SeedPayment(msgspec.Struct):
    """A payment inside a seeded document."""

    id: str
    dated: date
    amount: Decimal
    reference: str = ""


class SeedNote(msgspec.Struct):
    """A credit note that was applied to a seeded document."""

    id: str
    number: str
    dated: date
    applied: Decimal
    total: Decimal


class SeedLine(msgspec.Struct):
    """A line: tracking is category name and option."""

    id: str
    description: str
    quantity: Decimal
    unit_amount: Decimal
    account_code: str
    tax_type: str
    tax_amount: Decimal
    line_amount: Decimal
    item_code: str = ""
    tracking: list[tuple[str, str]] = []


class SeedDocument(msgspec.Struct):
    """An invoice or bill with what was paid and credited on it."""

    id: str
    type: str
    number: str
    contact: str
    status: str
    dated: date
    due: date
    line_amount_types: str
    lines: list[SeedLine]
    updated_ms: int
    reference: str = ""
    sent_to_contact: bool | None = None
    branding_theme_id: str = ""
    payments: list[SeedPayment] = []
    notes: list[SeedNote] = []
    fully_paid_on: date | None = None


class Seed(msgspec.Struct):
    """One seed file."""

    source: str
    organisation: Organisation
    accounts: list[SeedAccount]
    tax_rates: list[SeedRate]
    currencies: list[tuple[str, str]]
    contacts: list[SeedContact]
    items: list[SeedItem] = []
    documents: list[SeedDocument] = []


def plant(store: Store) -> None:
    """Fill an empty store from the seed files. They are read once a process; beginning anew is then a matter of milliseconds."""
    for table, columns, rows in _grown():
        store.put_many(table, columns, rows)


@functools.cache
def _grown() -> list[tuple[str, tuple[str, ...], list[tuple[Value, ...]]]]:
    """Every row that the seeds grow into: table, columns, values."""
    nursery = Store(None)
    with nursery.transaction():
        _sow(nursery)
    grown = []
    for table in nursery.tables():
        rows = nursery.all(f"SELECT * FROM {table}")
        if rows:
            grown.append((table, tuple(rows[0].keys()), [tuple(row) for row in rows]))
    nursery.close()
    return grown


def _sow(store: Store) -> None:
    for position, name in enumerate(FILES):
        raw = Path(__file__).with_name(name).read_bytes()
        seed = msgspec.json.decode(raw, type=Seed)
        organisations.save(store, seed.organisation, position)
        accounts = _plant_accounts(store, seed)
        _plant_rates(store, seed)
        _plant_items(store, seed)
        held = _plant_contacts(store, seed)
        for document in seed.documents:
            _plant_document(store, seed, document, accounts, held)
        _plant_numbers(store, seed)


def _own_id(seed: Seed, *words: str) -> str:
    """The same id in every sandbox, so that links in tests and docs hold."""
    return str(uuid.uuid5(uuid.UUID(seed.organisation.id), "/".join(words)))


def _plant_accounts(store: Store, seed: Seed) -> dict[str, Account]:
    planted = {}
    for given in seed.accounts:
        account = Account(
            id=_own_id(seed, "account", given.code or given.name),
            code=given.code,
            name=given.name,
            type=given.type,
            class_=CLASSES[given.type],
            tax_type=given.tax_type,
            status=given.status,
            description=given.description,
            system=given.system,
            accepts_payments=given.accepts_payments,
            bank_number=given.bank_number,
            bank_type="BANK" if given.type == "BANK" else "",
            currency=given.currency,
            updated_ms=seed.organisation.created_ms,
        )
        charts.save_account(store, seed.organisation.id, account)
        planted[given.code] = account
    return planted


def _plant_rates(store: Store, seed: Seed) -> None:
    for position, given in enumerate(seed.tax_rates):
        parts = tuple(TaxComponent(name, rate) for name, rate in given.parts)
        rate = TaxRate(given.tax_type, given.name, parts, given.classes, given.report_type)
        charts.save_tax_rate(store, seed.organisation.id, rate, position)
    for code, description in seed.currencies:
        charts.subscribe(store, seed.organisation.id, code, description)


def _plant_items(store: Store, seed: Seed) -> None:
    for given in seed.items:
        item = Item(
            id=_own_id(seed, "item", given.code),
            code=given.code,
            name=given.name,
            description=given.description,
            purchase_description=given.purchase_description,
            is_sold=given.is_sold,
            is_purchased=given.is_purchased,
            sales=_details(given.sales),
            purchases=_details(given.purchases),
            updated_ms=seed.organisation.created_ms,
        )
        items.save(store, seed.organisation.id, item)


def _details(side: tuple[Decimal, str, str] | None) -> Details:
    return Details(unit_price=side[0], account_code=side[1], tax_type=side[2]) if side else Details()


def _plant_contacts(store: Store, seed: Seed) -> dict[str, Contact]:
    sides = {document.contact: set[str]() for document in seed.documents}
    for document in seed.documents:
        sides[document.contact].add(document.type)
    planted = {}
    for place, given in enumerate(seed.contacts):
        contact = Contact(
            id=given.id or _own_id(seed, "contact", given.name),
            name=given.name,
            status=given.status,
            texts={
                "EmailAddress": given.email,
                "TaxNumber": given.tax_number,
                "AccountNumber": given.account_number,
            },
            addresses={"POBOX": {"City": given.city, "Country": given.country}} if given.city else {},
            terms=_terms(given),
            is_customer="ACCREC" in sides.get(given.name, set()),
            is_supplier="ACCPAY" in sides.get(given.name, set()),
            updated_ms=seed.organisation.created_ms + place,
        )
        contacts.store_contact(store, seed.organisation.id, contact)
        planted[given.name] = contact
    return planted


def _terms(given: SeedContact) -> dict[str, dict[str, str | int]]:
    said = {"Bills": given.bill_terms, "Sales": given.sales_terms}
    return {
        side: {"Day": days, "Type": "DAYSAFTERBILLDATE"} for side, days in said.items() if days is not None
    }


def _plant_document(
    store: Store, seed: Seed, given: SeedDocument, accounts: dict[str, Account], held: dict[str, Contact]
) -> None:
    document = Document(
        id=given.id,
        kind=INVOICE.name,
        type=given.type,
        contact_id=held[given.contact].id,
        dated=given.dated,
        due=given.due,
        currency=seed.organisation.base_currency,
        status=given.status,
        number=given.number,
        reference=given.reference,
        line_amount_types=given.line_amount_types,
        lines=[_line(seed, line, accounts) for line in given.lines],
        amount_paid=sum((item.amount for item in given.payments), documents.ZERO),
        amount_credited=sum((item.applied for item in given.notes), documents.ZERO),
        fully_paid_on=given.fully_paid_on,
        branding_theme_id=given.branding_theme_id,
        sent_to_contact=given.sent_to_contact,
        updated_ms=given.updated_ms,
        created_ms=given.updated_ms,
    )
    documents.add_up(document)
    documents.save(store, seed.organisation.id, document)
    _plant_settlements(store, seed, given, document)


def _plant_settlements(store: Store, seed: Seed, given: SeedDocument, document: Document) -> None:
    bank = next(account for account in seed.accounts if account.type == "BANK")
    for item in given.payments:
        payment = Payment(
            id=item.id,
            document_id=document.id,
            type=payments.TYPES[document.type],
            dated=item.dated,
            amount=item.amount,
            reference=item.reference,
            account_id=_own_id(seed, "account", bank.code or bank.name),
            updated_ms=document.updated_ms,
        )
        payments.store_payment(store, seed.organisation.id, payment)
    for note in given.notes:
        _plant_note(store, seed, note, document)


def _plant_note(store: Store, seed: Seed, note: SeedNote, document: Document) -> None:
    """Recorded only by number, date and amounts: a note without lines, wholly applied."""
    credit = Document(
        id=note.id,
        kind="CREDITNOTE",
        type=f"{document.type}CREDIT",
        contact_id=document.contact_id,
        dated=note.dated,
        currency=document.currency,
        status="PAID" if note.applied == note.total else "AUTHORISED",
        number=note.number,
        total=note.total,
        amount_credited=note.applied,
        updated_ms=document.updated_ms,
        created_ms=document.updated_ms,
    )
    documents.save(store, seed.organisation.id, credit)
    store.put(
        "allocations",
        id=_own_id(seed, "allocation", note.id, document.id),
        organisation=seed.organisation.id,
        note=note.id,
        invoice=document.id,
        amount=int(note.applied * 100),
        dated=note.dated.isoformat(),
    )


def _plant_numbers(store: Store, seed: Seed) -> None:
    """The next automatic number follows the highest one in use."""
    prefix = INVOICE.number_prefix
    used = [item.number.removeprefix(prefix) for item in seed.documents if item.number.startswith(prefix)]
    highest = max((int(number) for number in used if number.isdigit()), default=0)
    store.put("numbers", organisation=seed.organisation.id, sequence=INVOICE.name, next=highest + 1)


def _line(seed: Seed, given: SeedLine, accounts: dict[str, Account]) -> Line:
    categories = {category.name: category.id for category in seed.organisation.tracking}
    return Line(
        id=given.id,
        description=given.description,
        quantity=given.quantity,
        unit_amount=given.unit_amount,
        line_amount=given.line_amount,
        tax_type=given.tax_type,
        tax_amount=given.tax_amount,
        account_code=given.account_code,
        account_id=accounts[given.account_code].id,
        item_code=given.item_code,
        tracking=[Track(categories[name], name, option) for name, option in given.tracking],
    )
