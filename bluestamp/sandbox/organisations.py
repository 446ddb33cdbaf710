"""Organisations: what GET /Organisation says of each, its lock dates, and the switches a tester may set on one."""

import uuid
from datetime import date
from decimal import Decimal

import msgspec

from bluestamp.sandbox import wire
from bluestamp.sandbox.errors import NotFound
from bluestamp.sandbox.store import Store

ACTIONS = (
    "CreateApprovedInvoice",
    "CreateDraftPurchaseOrder",
    "CreateApprovedBill",
    "AttachFilesIntoInvoice",
    "UseMulticurrency",
    "CreateDraftInvoice",
    "CreateRepeatingInvoice",
    "CreateRepeatingBill",
    "CreateSentQuote",
    "CreateInvoicePayment",
    "CreateApprovedPurchaseOrder",
    "CreateDraftQuote",
    "CreateDraftBill",
)


class TrackingOption(msgspec.Struct):
    """One choice in a tracking category."""

    id: str
    name: str
    status: str = "ACTIVE"


class TrackingCategory(msgspec.Struct):
    """A tracking category and its options (`tracking` holds what can be done to them)."""

    id: str
    name: str
    options: list[TrackingOption] = []
    status: str = "ACTIVE"

    def option(self, wanted: str) -> TrackingOption | None:
        """The active option of that name, whatever the case, or id."""
        found = (option for option in self.options if wanted.lower() in {option.name.lower(), option.id})
        return next((option for option in found if option.status == "ACTIVE"), None)


class Organisation(msgspec.Struct):
    """One Xero organisation. `approved_as` is what an approval through the API really becomes (approval rules)."""

    id: str
    name: str
    legal_name: str
    country: str
    base_currency: str
    zone: str
    xero_zone: str
    short_code: str
    tax_number: str
    organisation_class: str
    is_demo: bool
    pays_tax: bool
    sales_tax_basis: str
    sales_tax_period: str
    year_end_day: int
    year_end_month: int
    created_ms: int
    branding_theme_id: str
    tracking: list[TrackingCategory] = []
    addresses: list[dict[str, str]] = []
    phones: list[dict[str, str]] = []
    rates: dict[str, Decimal] = {}
    period_lock_on: date | None = None
    end_of_year_lock_on: date | None = None
    approved_as: str | None = None
    is_offline: bool = False
    forbidden_actions: tuple[str, ...] = ()
    invoice_cap: int | None = None
    bill_cap: int | None = None
    """How many sales invoices and bills the plan lets approve in a month."""
    emails_a_day: int | None = None
    """Over what the plan gives: 1,000, 20 on trial, none for a demo company."""

    def lock_sentence(self, dated: date) -> str | None:
        """Why nothing dated that day may change, if it may not (help centre: lock dates).

        Inferred: the API is held to both dates, whatever the role of the connecting user.
        """
        if self.end_of_year_lock_on and dated <= self.end_of_year_lock_on:
            return f"The document date cannot be before the end of year lock date, currently set at {wire.say_day(self.end_of_year_lock_on)}"
        if self.period_lock_on and dated <= self.period_lock_on:
            return f"The document date cannot be before the period lock date, currently set at {wire.say_day(self.period_lock_on)}"
        return None

    def rate(self, currency: str) -> Decimal:
        """The day's rate, document units for one base unit. One for the base currency."""
        return self.rates.get(currency, Decimal(1)) if currency != self.base_currency else Decimal(1)


_decoder = msgspec.json.Decoder(Organisation)


def load(store: Store, organisation_id: str) -> Organisation:
    """Find an organisation by id. Raises NotFound."""
    body = store.scalar("SELECT body FROM organisations WHERE id = ?", organisation_id)
    if body is None:
        raise NotFound
    return _decoder.decode(body)


def every(store: Store) -> list[Organisation]:
    """All organisations in their fixed order."""
    return [
        _decoder.decode(row["body"]) for row in store.all("SELECT body FROM organisations ORDER BY position")
    ]


def by_short_code(store: Store, short_code: str) -> Organisation | None:
    """The organisation a deep link names."""
    body = store.scalar("SELECT body FROM organisations WHERE short_code = ?", short_code)
    return _decoder.decode(body) if body is not None else None


def save(store: Store, organisation: Organisation, position: int | None = None) -> None:
    """Write an organisation back."""
    place = position if position is not None else _position(store, organisation.id)
    store.put(
        "organisations",
        id=organisation.id,
        position=place,
        name=organisation.name,
        short_code=organisation.short_code,
        body=msgspec.json.encode(organisation),
    )


def render(organisation: Organisation) -> wire.Json:
    """GET /Organisation, keys in the order recorded from Xero."""
    locks = {
        "PeriodLockDate": organisation.period_lock_on and wire.day(organisation.period_lock_on),
        "EndOfYearLockDate": organisation.end_of_year_lock_on and wire.day(organisation.end_of_year_lock_on),
    }
    return {
        "Name": organisation.name,
        "LegalName": organisation.legal_name,
        "PaysTax": organisation.pays_tax,
        "Version": organisation.country if organisation.country != "GB" else "UK",
        "OrganisationType": "COMPANY",
        "BaseCurrency": organisation.base_currency,
        "CountryCode": organisation.country,
        "IsDemoCompany": organisation.is_demo,
        "OrganisationStatus": "ACTIVE",
        "TaxNumber": organisation.tax_number,
        "FinancialYearEndDay": organisation.year_end_day,
        "FinancialYearEndMonth": organisation.year_end_month,
        "SalesTaxBasis": organisation.sales_tax_basis,
        "SalesTaxPeriod": organisation.sales_tax_period,
        "DefaultSalesTax": "Tax Exclusive",
        "DefaultPurchasesTax": "Tax Exclusive",
        **{name: value for name, value in locks.items() if value},
        "CreatedDateUTC": wire.instant(organisation.created_ms).replace("+0000", ""),
        "OrganisationEntityType": "COMPANY",
        "Timezone": organisation.xero_zone,
        "ShortCode": organisation.short_code,
        "OrganisationID": organisation.id,
        "Edition": "BUSINESS",
        "Class": organisation.organisation_class,
        "Addresses": organisation.addresses,
        "Phones": organisation.phones,
        "ExternalLinks": [],
        "PaymentTerms": {},
    }


def render_themes(organisation: Organisation) -> list[wire.Json]:
    """GET /BrandingThemes: Standard, the default, and a plain one."""
    plain = str(uuid.uuid5(uuid.UUID(organisation.id), "theme/Plain"))
    return [
        {
            "BrandingThemeID": theme_id,
            "Name": name,
            "Type": "INVOICE",
            "SortOrder": place,
            "CreatedDateUTC": wire.instant(organisation.created_ms),
        }
        for place, (theme_id, name) in enumerate(
            ((organisation.branding_theme_id, "Standard"), (plain, "Plain"))
        )
    ]


def _position(store: Store, organisation_id: str) -> int:
    return int(store.scalar("SELECT position FROM organisations WHERE id = ?", organisation_id) or 0)
