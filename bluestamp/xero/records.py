"""What Xero says: one struct for each record, with Xero's own names in snake case.

Reading only; `writes` holds what may be sent. Unknown keys are skipped. A status or a type is kept as the text that
Xero sent, known or not: compare it with the enums here. Ids are text, as Xero wrote them. Amounts are decimals in
the document's currency with the scale that Xero wrote; on credit notes they are positive. Days are wire.Day, which
is a date; moments are wire.Instant, aware and in UTC.
Sources: xero_accounting.yaml in XeroAPI/Xero-OpenAPI (MIT) and the endpoint pages of developer.xero.com.
"""

from decimal import Decimal
from enum import StrEnum

import msgspec

from .wire import Day, Instant

NO_ID = "00000000-0000-0000-0000-000000000000"  # what a refused new record carries
ZERO = Decimal(0)


class InvoiceType(StrEnum):
    BILL = "ACCPAY"
    SALES = "ACCREC"


class CreditNoteType(StrEnum):
    SUPPLIER = "ACCPAYCREDIT"
    SALES = "ACCRECCREDIT"


class InvoiceStatus(StrEnum):
    """Of invoices, bills and credit notes."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    AUTHORISED = "AUTHORISED"
    PAID = "PAID"
    VOIDED = "VOIDED"
    DELETED = "DELETED"


class PurchaseOrderStatus(StrEnum):
    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    AUTHORISED = "AUTHORISED"
    BILLED = "BILLED"
    DELETED = "DELETED"


class PaymentStatus(StrEnum):
    AUTHORISED = "AUTHORISED"
    DELETED = "DELETED"


class ContactStatus(StrEnum):
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"
    GDPR_REQUEST = "GDPRREQUEST"


class LineAmountTypes(StrEnum):
    EXCLUSIVE = "Exclusive"
    INCLUSIVE = "Inclusive"
    NO_TAX = "NoTax"


class Record(msgspec.Struct, frozen=True, kw_only=True, rename="pascal"):
    """The manner of all records: frozen, keys in Pascal case unless a field says otherwise."""


class ValidationError(Record, frozen=True, kw_only=True):
    message: str = ""


class Outcome(Record, frozen=True, kw_only=True):
    """What an element of an answer says about having been written."""

    has_errors: bool = False
    has_validation_errors: bool = False
    status_attribute_string: str = ""
    validation_errors: tuple[ValidationError, ...] = ()
    warnings: tuple[ValidationError, ...] = ()


class Pagination(Record, frozen=True, kw_only=True, rename="camel"):
    page: int = 0
    page_size: int = 0
    page_count: int = 0
    item_count: int = 0


# The organisation and its reference data


class Address(Record, frozen=True, kw_only=True):
    address_type: str = ""
    address_line1: str = ""
    address_line2: str = ""
    address_line3: str = ""
    address_line4: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    country: str = ""
    attention_to: str = ""


class Phone(Record, frozen=True, kw_only=True):
    phone_type: str = ""
    phone_number: str = ""
    phone_area_code: str = ""
    phone_country_code: str = ""


class PaymentTerm(Record, frozen=True, kw_only=True):
    """When to pay: `type` is DAYSAFTERBILLDATE, DAYSAFTERBILLMONTH, OFCURRENTMONTH or OFFOLLOWINGMONTH."""

    day: int = 0
    type: str = ""


class PaymentTerms(Record, frozen=True, kw_only=True):
    bills: PaymentTerm | None = None
    sales: PaymentTerm | None = None


class Organisation(Record, frozen=True, kw_only=True):
    """`organisation_id` is the tenant id; `timezone` is Xero's own word (NEWZEALANDSTANDARDTIME)."""

    organisation_id: str = msgspec.field(name="OrganisationID")
    name: str = ""
    legal_name: str = ""
    pays_tax: bool = False
    version: str = ""
    organisation_type: str = ""
    organisation_status: str = ""
    base_currency: str = ""
    country_code: str = ""
    is_demo_company: bool = False
    tax_number: str = ""
    registration_number: str = ""
    financial_year_end_day: int | None = None
    financial_year_end_month: int | None = None
    sales_tax_basis: str = ""
    sales_tax_period: str = ""
    default_sales_tax: str = ""
    default_purchases_tax: str = ""
    period_lock_date: Day | None = None
    end_of_year_lock_date: Day | None = None
    created_date_utc: Instant | None = msgspec.field(name="CreatedDateUTC", default=None)
    timezone: str = ""
    short_code: str = ""
    edition: str = ""
    class_: str = msgspec.field(name="Class", default="")
    payment_terms: PaymentTerms | None = None
    addresses: tuple[Address, ...] = ()
    phones: tuple[Phone, ...] = ()


class Action(Record, frozen=True, kw_only=True):
    """Something that this user, in this plan, may or may not do: `CreateApprovedBill`, ALLOWED or NOT-ALLOWED."""

    name: str = ""
    status: str = ""

    @property
    def is_allowed(self) -> bool:
        return self.status == "ALLOWED"


class Account(Record, frozen=True, kw_only=True):
    """An account of the chart. Bank accounts often have no code; `system_account` is "" for ordinary ones."""

    account_id: str = msgspec.field(name="AccountID", default="")
    code: str = ""
    name: str = ""
    type: str = ""
    class_: str = msgspec.field(name="Class", default="")
    status: str = ""
    description: str = ""
    tax_type: str = ""
    enable_payments_to_account: bool = False
    bank_account_type: str = ""
    currency_code: str = ""
    system_account: str = ""
    reporting_code: str = ""
    updated_date_utc: Instant | None = msgspec.field(name="UpdatedDateUTC", default=None)


class TaxComponent(Record, frozen=True, kw_only=True):
    """`rate` is in percent."""

    name: str = ""
    rate: Decimal = ZERO
    is_compound: bool = False
    is_non_recoverable: bool = False


class TaxRate(Record, frozen=True, kw_only=True):
    """Rates are in percent; `effective_rate` has compound components in it and is the one to reckon with."""

    name: str = ""
    tax_type: str = ""
    status: str = ""
    report_tax_type: str = ""
    tax_components: tuple[TaxComponent, ...] = ()
    can_apply_to_assets: bool = False
    can_apply_to_equity: bool = False
    can_apply_to_expenses: bool = False
    can_apply_to_liabilities: bool = False
    can_apply_to_revenue: bool = False
    display_tax_rate: Decimal = ZERO
    effective_rate: Decimal = ZERO


class Currency(Record, frozen=True, kw_only=True):
    code: str = ""
    description: str = ""


# Contacts


class ContactPerson(Record, frozen=True, kw_only=True):
    first_name: str = ""
    last_name: str = ""
    email_address: str = ""
    include_in_emails: bool = False


class Contact(Outcome, frozen=True, kw_only=True):
    """A contact; inside a document only its id and name are there. `merged_to_contact_id` names the one that lives on."""

    contact_id: str = msgspec.field(name="ContactID", default="")
    merged_to_contact_id: str = msgspec.field(name="MergedToContactID", default="")
    contact_number: str = ""
    account_number: str = ""
    contact_status: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    email_address: str = ""
    company_number: str = ""
    tax_number: str = ""
    accounts_receivable_tax_type: str = ""
    accounts_payable_tax_type: str = ""
    addresses: tuple[Address, ...] = ()
    phones: tuple[Phone, ...] = ()
    contact_persons: tuple[ContactPerson, ...] = ()
    is_supplier: bool = False
    is_customer: bool = False
    default_currency: str = ""
    sales_default_account_code: str = ""
    purchases_default_account_code: str = ""
    payment_terms: PaymentTerms | None = None
    updated_date_utc: Instant | None = msgspec.field(name="UpdatedDateUTC", default=None)


# Documents


class LineItemTracking(Record, frozen=True, kw_only=True):
    tracking_category_id: str = msgspec.field(name="TrackingCategoryID", default="")
    tracking_option_id: str = msgspec.field(name="TrackingOptionID", default="")
    name: str = ""
    option: str = ""


class LineItem(Record, frozen=True, kw_only=True):
    """A line; text-only lines have no amounts. `discount_rate` is in percent."""

    line_item_id: str = msgspec.field(name="LineItemID", default="")
    description: str = ""
    quantity: Decimal | None = None
    unit_amount: Decimal | None = None
    item_code: str = ""
    account_code: str = ""
    account_id: str = msgspec.field(name="AccountID", default="")
    tax_type: str = ""
    tax_amount: Decimal | None = None
    line_amount: Decimal | None = None
    discount_rate: Decimal | None = None
    discount_amount: Decimal | None = None
    tracking: tuple[LineItemTracking, ...] = ()


class EmbeddedPayment(Record, frozen=True, kw_only=True):
    """A payment as an invoice or credit note shows it; also the refunds of a credit note."""

    payment_id: str = msgspec.field(name="PaymentID", default="")
    date: Day | None = None
    amount: Decimal = ZERO
    reference: str = ""
    currency_rate: Decimal | None = None


class EmbeddedCredit(Record, frozen=True, kw_only=True):
    """A credit note, prepayment or overpayment applied to an invoice; `applied_amount` is what this invoice got."""

    id: str = msgspec.field(name="ID", default="")
    credit_note_id: str = msgspec.field(name="CreditNoteID", default="")
    credit_note_number: str = ""
    prepayment_id: str = msgspec.field(name="PrepaymentID", default="")
    overpayment_id: str = msgspec.field(name="OverpaymentID", default="")
    applied_amount: Decimal = ZERO
    total: Decimal | None = None
    date: Day | None = None
    reference: str = ""

    @property
    def credit_id(self) -> str:
        """The id of whichever of the three it is."""
        return self.credit_note_id or self.prepayment_id or self.overpayment_id or self.id


class Attachment(Record, frozen=True, kw_only=True):
    attachment_id: str = msgspec.field(name="AttachmentID", default="")
    file_name: str = ""
    url: str = ""
    mime_type: str = ""
    content_length: int = 0
    include_online: bool = False


class Document(Outcome, frozen=True, kw_only=True):
    """What invoices, bills, credit notes and purchase orders have in common.

    `currency_rate` is None when Xero leaves it out. `line_items` is empty in lists asked for without a page.
    """

    type: str = ""
    status: str = ""
    contact: Contact = msgspec.field(default_factory=Contact)
    date: Day | None = None
    due_date: Day | None = None
    line_amount_types: str = ""
    line_items: tuple[LineItem, ...] = ()
    sub_total: Decimal = ZERO
    total_tax: Decimal = ZERO
    total: Decimal = ZERO
    total_discount: Decimal | None = None
    currency_code: str = ""
    currency_rate: Decimal | None = None
    reference: str = ""
    branding_theme_id: str = msgspec.field(name="BrandingThemeID", default="")
    sent_to_contact: bool = False
    has_attachments: bool = False
    attachments: tuple[Attachment, ...] = ()
    updated_date_utc: Instant | None = msgspec.field(name="UpdatedDateUTC", default=None)


class Invoice(Document, frozen=True, kw_only=True):
    """A sales invoice (ACCREC) or a bill (ACCPAY), whose supplier's number is `invoice_number` and `reference` empty."""

    invoice_id: str = msgspec.field(name="InvoiceID", default="")
    invoice_number: str = ""
    url: str = ""
    amount_due: Decimal = ZERO
    amount_paid: Decimal = ZERO
    amount_credited: Decimal = ZERO
    fully_paid_on_date: Day | None = None
    expected_payment_date: Day | None = None
    planned_payment_date: Day | None = None
    is_discounted: bool = False
    payments: tuple[EmbeddedPayment, ...] = ()
    credit_notes: tuple[EmbeddedCredit, ...] = ()
    prepayments: tuple[EmbeddedCredit, ...] = ()
    overpayments: tuple[EmbeddedCredit, ...] = ()


class PurchaseOrder(Document, frozen=True, kw_only=True):
    """A purchase order; BILLED is a mark and posts nothing."""

    purchase_order_id: str = msgspec.field(name="PurchaseOrderID", default="")
    purchase_order_number: str = ""
    delivery_date: Day | None = None
    expected_arrival_date: Day | None = None
    delivery_address: str = ""
    attention_to: str = ""
    telephone: str = ""
    delivery_instructions: str = ""


class InvoiceReference(Record, frozen=True, kw_only=True):
    """An invoice as a payment or an allocation names it."""

    invoice_id: str = msgspec.field(name="InvoiceID", default="")
    invoice_number: str = ""
    type: str = ""
    currency_code: str = ""
    contact: Contact = msgspec.field(default_factory=Contact)


class CreditNoteReference(Record, frozen=True, kw_only=True):
    """A credit note as a payment or an allocation names it."""

    credit_note_id: str = msgspec.field(name="CreditNoteID", default="")
    id: str = msgspec.field(name="ID", default="")
    credit_note_number: str = ""


class Allocation(Outcome, frozen=True, kw_only=True):
    """Part of a credit note used on an invoice; an old answer may lack `allocation_id`: read the credit note again."""

    allocation_id: str = msgspec.field(name="AllocationID", default="")
    amount: Decimal = ZERO
    date: Day | None = None
    invoice: InvoiceReference = msgspec.field(default_factory=InvoiceReference)
    credit_note: CreditNoteReference = msgspec.field(default_factory=CreditNoteReference)
    is_deleted: bool = False


class CreditNote(Document, frozen=True, kw_only=True):
    """A credit note with positive amounts; `payments` are refunds."""

    credit_note_id: str = msgspec.field(name="CreditNoteID", default="")
    credit_note_number: str = ""
    remaining_credit: Decimal = ZERO
    fully_paid_on_date: Day | None = None
    allocations: tuple[Allocation, ...] = ()
    payments: tuple[EmbeddedPayment, ...] = ()


class Payment(Outcome, frozen=True, kw_only=True):
    """A payment, or a refund, of exactly one document; a deleted one stays and says DELETED."""

    payment_id: str = msgspec.field(name="PaymentID", default="")
    payment_type: str = ""
    status: str = ""
    date: Day | None = None
    amount: Decimal = ZERO
    bank_amount: Decimal | None = None
    currency_rate: Decimal | None = None
    reference: str = ""
    is_reconciled: bool = False
    batch_payment_id: str = msgspec.field(name="BatchPaymentID", default="")
    account: Account = msgspec.field(default_factory=Account)
    invoice: InvoiceReference = msgspec.field(default_factory=InvoiceReference)
    credit_note: CreditNoteReference = msgspec.field(default_factory=CreditNoteReference)
    updated_date_utc: Instant | None = msgspec.field(name="UpdatedDateUTC", default=None)


class HistoryRecord(Record, frozen=True, kw_only=True):
    changes: str = ""
    user: str = ""
    details: str = ""
    date_utc: Instant | None = msgspec.field(name="DateUTC", default=None)


class OnlineInvoice(Record, frozen=True, kw_only=True):
    online_invoice_url: str = ""
