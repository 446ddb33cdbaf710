"""Writing one document of any kind: the steps that all kinds share, each collecting what is wrong instead of stopping.

A kind's own file decides which steps it takes and in which order.
"""

from datetime import date
from decimal import Decimal

from bluestamp.sandbox import contacts, documents, lines, moves, plans, totals, wire
from bluestamp.sandbox.acts import Act, later
from bluestamp.sandbox.contacts import Contact
from bluestamp.sandbox.documents import COMPLETE, LINE_AMOUNT_TYPES, Document
from bluestamp.sandbox.elements import Element
from bluestamp.sandbox.errors import ElementRefused
from bluestamp.sandbox.kinds import CREDIT_NOTE, INVOICE, PURCHASE_ORDER, Kind
from bluestamp.sandbox.terms import due_on

MAX_TEXT = 255
STATUS_WORDS = {
    "DRAFT": "Draft",
    "SUBMITTED": "Submitted",
    "AUTHORISED": "Approved",
    "PAID": "Paid",
    "BILLED": "Billed",
    "VOIDED": "Voided",
    "DELETED": "Deleted",
}
"""What the history calls a move into a status; a write without one is Edited."""
NO_CONTACT = "A Contact must be specified for this type of transaction"
ARCHIVED_CONTACT = (
    "The contact with the specified contact details has been archived. "
    "The contact must be un-archived before creating new invoices or credit notes."
)


class Writing:
    """One element on its way into one document."""

    def __init__(self, act: Act, kind: Kind, document: Document, element: Element) -> None:
        self.act, self.kind, self.document, self.element = act, kind, document, element
        self.faults: list[str] = []
        self.warnings: list[str] = []

    def read_contact(self) -> None:
        """The contact by id, number or name. Fields beside the id rewrite the contact; an unknown name creates one,
        except on purchase orders, whose contact must exist."""
        sent = self.element.child("Contact")
        if sent is None:
            self.faults += [] if self.document.contact_id else [NO_CONTACT]
            return
        try:
            contact = self._contact_of(sent)
        except ElementRefused as refused:
            self.faults.extend(refused.messages)
            return
        self.faults += [ARCHIVED_CONTACT] if contact.status == "ARCHIVED" else []
        self.document.contact_id = contact.id

    def read_texts(self, *, with_reference: bool) -> None:
        """Reference and branding theme, on kinds that show them."""
        if not with_reference:
            return
        document, element = self.document, self.element
        if "Reference" in element:
            document.reference = element.text("Reference") or ""
        if len(document.reference) > MAX_TEXT:
            self.faults.append("The Reference must be 255 characters or fewer.")
        document.branding_theme_id = element.text("BrandingThemeID") or document.branding_theme_id

    def read_currency(self) -> None:
        """The currency, subscribed, with the rate that was sent or the day's."""
        act, document = self.act, self.document
        asked = (
            self.element.text("CurrencyCode") or document.currency or act.organisation.base_currency
        ).upper()
        self.check_subscribed(asked)
        moved, document.currency = asked != document.currency, asked
        self.read_rate(moved=moved)

    def check_subscribed(self, currency: str) -> None:
        """A currency must be one of the organisation's."""
        if currency not in self.act.chart.currencies:
            self.faults.append(f"Organisation is not subscribed to currency {currency}")

    def read_rate(self, *, moved: bool = True) -> None:
        """The rate that was sent; else the day's where the currency moved, or a switch says that no rate is kept."""
        document, organisation = self.document, self.act.organisation
        rate = self.element.number("CurrencyRate")
        keeps = self.act.switches.update_keeps_rate or not self.act.doer.app_id or document.is_settled_in_part
        if document.currency == organisation.base_currency:
            document.rate = Decimal(1)
        elif rate:
            document.rate = wire.places(rate, 6)
        elif moved or not keeps:
            document.rate = self._rate_of_the_day()

    def _rate_of_the_day(self) -> Decimal:
        """The day's rate, counted the way that a switch says: Xero's pages don't tell which it is."""
        rate = self.act.organisation.rate(self.document.currency)
        turned = self.act.switches.currency_rate_means == "base_per_document"
        return wire.places(1 / rate, 6) if turned else rate

    def read_number(self) -> None:
        """The number: unique among the types that number themselves, free on a supplier's papers."""
        number, document, kind = self.element.text(self.kind.number_key), self.document, self.kind
        if number is None:
            return
        if len(number) > MAX_TEXT:
            self.faults.append(f"The {kind.number_key} must be 255 characters or fewer.")
        if number and document.type in kind.numbered_types and self._is_taken(number):
            self.faults.append(kind.duplicate_number)
        if number or document.type not in kind.numbered_types:
            document.number = number

    def _is_taken(self, number: str) -> bool:
        """Does another document that numbers itself carry it, voided and deleted ones too?"""
        shared = self.act.switches.numbers_shared and self.kind in (INVOICE, CREDIT_NOTE)
        store, organisation = self.act.store, self.act.organisation.id
        held = [
            documents.find_by_number(store, organisation, kind, number, *kind.numbered_types)
            for kind in ((INVOICE, CREDIT_NOTE) if shared else (self.kind,))
        ]
        return any(other is not None and other.id != self.document.id for other in held)

    def read_lines(self) -> None:
        """Lines and tax mode, then totals; totals that were sent must be the same."""
        document, kept = self.document, self.document.line_amount_types
        document.line_amount_types = self.element.choice("LineAmountTypes", LINE_AMOUNT_TYPES) or kept
        reading = lines.Reading(
            self.act, document, types_moved=document.line_amount_types != kept, posts=self.kind.posts
        )
        sent = self.element.children("LineItems")
        if sent is not None:
            document.lines = reading.merge(sent)
        else:
            reading.recheck()
            if document.line_amount_types != kept:
                reading.retax()
        self.faults.extend(reading.faults)
        self.warnings.extend(reading.warnings)
        self.faults.extend(totals.read(self.act, document, self.element))

    def check_complete(self, *, needs_due: bool) -> None:
        """What submitting and approving ask for."""
        document = self.document
        binds = document.status in COMPLETE | {"PAID"} or self.act.switches.lock_binds_drafts
        locked = moves.lock_sentence(self.act, document.dated) if self.kind.posts and binds else None
        self.faults += [locked] if locked else []
        if document.status not in COMPLETE:
            return
        if not document.lines:
            self.faults.append("One or more line items must be specified")
        if any(not line.description and not line.item_code for line in document.lines):
            self.faults.append("Description must be specified")
        if needs_due and document.due is None:
            self.faults.append("Due date must be specified")

    def read_sent(self, *, allowed: frozenset[str], warning: str) -> None:
        """SentToContact, which only approved documents may carry; else a warning."""
        sent = self.element.flag("SentToContact")
        if sent is None:
            return
        if sent and self.document.status not in allowed:
            self.warnings.append(warning)
            return
        self.document.sent_to_contact = sent

    def finish(self) -> None:
        """Raise what was found wrong, pass on the warnings, give a number where one is due."""
        if self.faults:
            raise ElementRefused(self.faults, self.warnings)
        self.act.warnings.extend(self.warnings)
        if not self.document.number and self.document.type in self.kind.numbered_types:
            self.document.number = documents.take_number(self.act, self.kind)

    def approve(self, before: Document | None) -> None:
        """Approval rules and roles may leave an approval lower than asked; a document over nothing is settled at once."""
        act, document = self.act, self.document
        was_approved = before is not None and before.status in {"AUTHORISED", "PAID"}
        lowered = act.approved_as or act.organisation.approved_as
        if document.status == "AUTHORISED" and not was_approved and lowered and act.doer.app_id:
            document.status = lowered
        if document.status == "AUTHORISED" and not was_approved and act.doer.app_id:
            plans.approve(act, document.type)
        if document.status in {"AUTHORISED", "PAID"} and self.kind.posts:
            documents.settle(act, document, on=document.dated)
            contacts.mark_as(act, document.contact_id, customer=document.is_sales)

    def _contact_of(self, sent: Element) -> Contact:
        wanted, name = sent.text("ContactID"), sent.text("Name")
        if not (wanted or name or sent.text("ContactNumber")):
            raise ElementRefused([NO_CONTACT])
        held = self._known_contact(sent)
        touched = set(sent.sent) & contacts.WRITABLE
        if held and name and contacts.tidy(name).lower() == held.name.lower():
            touched -= {"Name"}
        if held and (held.status == "ARCHIVED" or not touched):
            return held
        if held is None and not self.kind.creates_contacts:
            raise ElementRefused(
                ["The Contact must already exist. Please specify a ContactID or ContactNumber."]
            )
        return contacts.upsert(self.act, sent)

    def _known_contact(self, sent: Element) -> Contact | None:
        store, organisation = self.act.store, self.act.organisation.id
        wanted, number, name = sent.text("ContactID"), sent.text("ContactNumber"), sent.text("Name")
        if wanted:
            return contacts.find(store, organisation, wanted)
        by_number = contacts.find_by_number(store, organisation, number) if number else None
        return by_number or (contacts.find_by_name(store, organisation, name) if name else None)


def match(act: Act, kind: Kind, element: Element, name: str | None) -> Document | None:
    """The document that a POST means: by the path, by id, by a number that is unique. Raises ElementRefused."""
    if name:
        return find(act, kind, name)
    wanted = element.text(kind.id_key)
    if wanted:
        found = documents.find(act.store, act.organisation.id, kind, wanted)
        if found is None:
            raise ElementRefused(
                [f"An existing {kind.word} with the specified {kind.id_key} could not be found"]
            )
        return found
    number, type_ = (
        element.text(kind.number_key) if kind.number_key else None,
        (element.text("Type") or "").upper(),
    )
    if not number or (type_ and type_ not in kind.numbered_types and len(kind.types) > 1):
        return None
    return documents.find_by_number(act.store, act.organisation.id, kind, number, *kind.numbered_types)


def find(act: Act, kind: Kind, name: str) -> Document | None:
    """By id, else by number: one that numbers itself first, then of those that share a number as the switch says."""
    store, organisation = act.store, act.organisation.id
    found = documents.find(store, organisation, kind, name)
    if found is None and kind.numbered_types:
        found = documents.find_by_number(store, organisation, kind, name, *kind.numbered_types)
    others = kind.types - kind.numbered_types
    which = act.switches.bill_found_by_number
    if found is not None or not others or which == "none":
        return found
    return documents.find_by_number(store, organisation, kind, name, *others, newest=which == "newest")


def keep(act: Act, kind: Kind, document: Document, *, before: Document | None, seen: bool = True) -> Document:
    """Write a document with its history and event; `seen` moves UpdatedDateUTC.

    `before` is the document as it stood, None for a new one.
    """
    if document == before and not act.switches.unchanged_write_moves_updated:
        return document
    if seen:
        document.updated_ms = later(act, document.updated_ms)
    documents.save(act.store, act.organisation.id, document)
    _write_history(act, kind, document, before)
    announce(act, kind, document, created=before is None)
    return document


def _write_history(act: Act, kind: Kind, document: Document, before: Document | None) -> None:
    """What a document's History & Notes say of a write (api/accounting/historyandnotes, and Xero-Net issue 185)."""
    change = _change(document, before)
    if kind is PURCHASE_ORDER and act.doer.app_id and before is not None:
        act.trail(document.id, change, f"This purchase order has been '{change}'")
    elif act.doer.app_id:
        act.note(document.id, change, f"Received through the Xero API from {act.doer.name}")
    else:
        contact = contacts.find(act.store, act.organisation.id, document.contact_id)
        name = contact.name if contact else ""
        act.note(document.id, change, f"{document.number} to {name} for {document.total}.".strip())


def _change(document: Document, before: Document | None) -> str:
    if before is None:
        return "Created"
    return STATUS_WORDS[document.status] if document.status != before.status else "Edited"


def resave(act: Act, kind: Kind, document: Document) -> None:
    """Write a document whose standing moved (a payment, an allocation), with a fresh UpdatedDateUTC and an event."""
    document.updated_ms = later(act, document.updated_ms)
    documents.save(act.store, act.organisation.id, document)
    if act.switches.settlements_announced:
        announce(act, kind, document, created=False)


def announce(act: Act, kind: Kind, document: Document, *, created: bool) -> None:
    """Leave the kind's webhook event, if it has one; a credit note's carries its type and status."""
    if kind.webhook is None:
        return
    act.announce(
        category=kind.webhook, resource=document.id, created=created, data=_event_data(act, kind, document)
    )


def _event_data(act: Act, kind: Kind, document: Document) -> str | None:
    said = {"Type": document.type, "Status": document.status}
    if kind.webhook == "INVOICE" or (
        kind.webhook == "OVERPAYMENT" and act.switches.overpayment_event_data == "none"
    ):
        return None
    if kind.webhook != "CREDITNOTE":
        said["UpdatedDateUTCString"] = wire.instant_string(document.updated_ms)
    return wire.encode_compact(said).decode()


def due_by_terms(act: Act, document: Document) -> date | None:
    """The due date that the contact's payment terms give."""
    contact = contacts.find(act.store, act.organisation.id, document.contact_id)
    terms = contact.terms.get("Sales" if document.is_sales else "Bills") if contact else None
    if not terms:
        return None
    return due_on(document.dated, day=int(terms["Day"]), kind=str(terms["Type"]))
