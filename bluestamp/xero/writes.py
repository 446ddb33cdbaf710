"""What may be sent to Xero, and the exact bytes of it.

Only fields that were set are sent, so an update touches nothing else; None is sent as null. Encode once, keep the
bytes, send them (again, if need be) with the same idempotency key. The encoders always write the wrapper form.
Traps, from the endpoint pages of developer.xero.com: a line without its LineItemID is a new line, and a line left
out of `line_items` is deleted; anything but the id in a document's contact rewrites that contact.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from . import wire

# "Requests and responses": bodies stay under 3.5 MB, and about 50 documents a call are advised.
MAX_BODY_BYTES = 3_500_000
MAX_ELEMENTS_PER_CALL = 50

Text = str | UnsetType
OptionalText = str | None | UnsetType
Number = Decimal | UnsetType
Date = date | UnsetType
Flag = bool | UnsetType


class Write(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The manner of all that is sent: frozen, keyword-only, unset fields left out, keys in Pascal case."""


class ContactLink(Write, frozen=True, kw_only=True):
    """Names the contact of a document by its id, and says nothing else about it."""

    contact_id: str = msgspec.field(name="ContactID")


class AddressWrite(Write, frozen=True, kw_only=True):
    address_type: Text = UNSET
    address_line1: Text = UNSET
    address_line2: Text = UNSET
    address_line3: Text = UNSET
    address_line4: Text = UNSET
    city: Text = UNSET
    region: Text = UNSET
    postal_code: Text = UNSET
    country: Text = UNSET
    attention_to: Text = UNSET


class PhoneWrite(Write, frozen=True, kw_only=True):
    phone_type: Text = UNSET
    phone_number: Text = UNSET
    phone_area_code: Text = UNSET
    phone_country_code: Text = UNSET


class ContactWrite(Write, frozen=True, kw_only=True):
    """A contact to create (with a name) or to update (with its id)."""

    contact_id: Text = msgspec.field(name="ContactID", default=UNSET)
    contact_number: Text = UNSET
    name: Text = UNSET
    first_name: Text = UNSET
    last_name: Text = UNSET
    email_address: Text = UNSET
    company_number: Text = UNSET
    tax_number: Text = UNSET
    account_number: Text = UNSET
    accounts_receivable_tax_type: Text = UNSET
    accounts_payable_tax_type: Text = UNSET
    default_currency: Text = UNSET
    contact_status: Text = UNSET
    addresses: tuple[AddressWrite, ...] | UnsetType = UNSET
    phones: tuple[PhoneWrite, ...] | UnsetType = UNSET


class TrackingWrite(Write, frozen=True, kw_only=True):
    tracking_category_id: Text = msgspec.field(name="TrackingCategoryID", default=UNSET)
    tracking_option_id: Text = msgspec.field(name="TrackingOptionID", default=UNSET)
    name: Text = UNSET
    option: Text = UNSET


class LineItemWrite(Write, frozen=True, kw_only=True):
    """A line: new without `line_item_id`, else the one with that id. Rates in percent, amounts in the document's currency."""

    line_item_id: Text = msgspec.field(name="LineItemID", default=UNSET)
    description: Text = UNSET
    quantity: Number = UNSET
    unit_amount: Number = UNSET
    item_code: OptionalText = UNSET
    account_code: OptionalText = UNSET
    tax_type: OptionalText = UNSET
    tax_amount: Number = UNSET
    line_amount: Number = UNSET
    discount_rate: Number = UNSET
    tracking: tuple[TrackingWrite, ...] | UnsetType = UNSET


class DocumentWrite(Write, frozen=True, kw_only=True):
    """What documents have in common."""

    contact: ContactLink | UnsetType = UNSET
    date: Date = UNSET
    line_amount_types: Text = UNSET
    line_items: tuple[LineItemWrite, ...] | UnsetType = UNSET
    currency_code: Text = UNSET
    currency_rate: Number = UNSET
    reference: Text = UNSET
    branding_theme_id: Text = msgspec.field(name="BrandingThemeID", default=UNSET)
    status: Text = UNSET
    sent_to_contact: Flag = UNSET


class InvoiceWrite(DocumentWrite, frozen=True, kw_only=True):
    """An invoice or bill. `url` must be a full address without "xero" in it; `reference` only on sales invoices."""

    invoice_id: Text = msgspec.field(name="InvoiceID", default=UNSET)
    type: Text = UNSET
    invoice_number: Text = UNSET
    due_date: Date = UNSET
    expected_payment_date: Date = UNSET
    planned_payment_date: Date = UNSET
    url: Text = UNSET


class CreditNoteWrite(DocumentWrite, frozen=True, kw_only=True):
    """A credit note; amounts positive, no discounts. It cannot carry allocations: sending those again doubles them."""

    credit_note_id: Text = msgspec.field(name="CreditNoteID", default=UNSET)
    type: Text = UNSET
    credit_note_number: Text = UNSET


class PurchaseOrderWrite(DocumentWrite, frozen=True, kw_only=True):
    """A purchase order; its contact must exist."""

    purchase_order_id: Text = msgspec.field(name="PurchaseOrderID", default=UNSET)
    purchase_order_number: Text = UNSET
    delivery_date: Date = UNSET
    expected_arrival_date: Date = UNSET
    delivery_address: Text = UNSET
    attention_to: Text = UNSET
    telephone: Text = UNSET
    delivery_instructions: Text = UNSET


class InvoiceLink(Write, frozen=True, kw_only=True):
    invoice_id: str = msgspec.field(name="InvoiceID")


class CreditNoteLink(Write, frozen=True, kw_only=True):
    credit_note_id: str = msgspec.field(name="CreditNoteID")


class AccountLink(Write, frozen=True, kw_only=True):
    """An account by its code, or by its id where it has no code."""

    code: Text = UNSET
    account_id: Text = msgspec.field(name="AccountID", default=UNSET)


class PaymentWrite(Write, frozen=True, kw_only=True):
    """A payment of one invoice, or the refund of one credit note."""

    invoice: InvoiceLink | UnsetType = UNSET
    credit_note: CreditNoteLink | UnsetType = UNSET
    account: AccountLink
    date: date
    amount: Decimal
    reference: Text = UNSET
    currency_rate: Number = UNSET
    bank_amount: Number = UNSET


class AllocationWrite(Write, frozen=True, kw_only=True):
    """A part of a credit note for one invoice of the same contact."""

    invoice: InvoiceLink
    amount: Decimal
    date: date


class HistoryRecordWrite(Write, frozen=True, kw_only=True):
    """A note, at most 2,500 characters; it can be neither changed nor removed."""

    details: str


def encode_contacts(contacts: Sequence[ContactWrite]) -> bytes:
    """Write the body of put_contacts or post_contacts."""
    return wire.encode({"Contacts": contacts})


def encode_invoices(invoices: Sequence[InvoiceWrite]) -> bytes:
    """Write the body of put_invoices or post_invoices. Raises ValueError for a decimal that is no number."""
    return wire.encode({"Invoices": invoices})


def encode_credit_notes(credit_notes: Sequence[CreditNoteWrite]) -> bytes:
    """Write the body of put_credit_notes or post_credit_notes."""
    return wire.encode({"CreditNotes": credit_notes})


def encode_purchase_orders(purchase_orders: Sequence[PurchaseOrderWrite]) -> bytes:
    """Write the body of put_purchase_orders or post_purchase_orders."""
    return wire.encode({"PurchaseOrders": purchase_orders})


def encode_payments(payments: Sequence[PaymentWrite]) -> bytes:
    """Write the body of put_payments."""
    return wire.encode({"Payments": payments})


def encode_allocations(allocations: Sequence[AllocationWrite]) -> bytes:
    """Write the body of put_allocations."""
    return wire.encode({"Allocations": allocations})


def encode_history(details: str) -> bytes:
    """Write the body of put_history; Xero takes one note a call."""
    return wire.encode({"HistoryRecords": [HistoryRecordWrite(details=details)]})
