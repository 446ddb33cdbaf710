"""Which address is answered by which endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.routing import Map, Rule

from bluestamp.sandbox import scopes
from bluestamp.sandbox.endpoints import (
    attachments,
    bank_transactions,
    batch_payments,
    chart,
    contact_groups,
    contacts,
    credit_notes,
    credits,
    history,
    invoices,
    items,
    papers,
    payments,
    purchase_orders,
    settings,
    tracking,
)
from bluestamp.sandbox.endpoints.calls import Endpoint
from bluestamp.sandbox.kinds import CREDIT_NOTE, INVOICE, OVERPAYMENT, PREPAYMENT, PURCHASE_ORDER

PREFIX = "/api.xro/2.0"


@dataclass(frozen=True, eq=False)
class Place:
    """One address: its endpoint per method, and the scopes it asks for."""

    rule: str
    methods: Mapping[str, Endpoint]
    paper: Endpoint | None = None
    """What answers `Accept: application/pdf`."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes for reading and writing it, without `.read`; any one will do."""
        words = self.rule.strip("/").split("/")
        return ("accounting.attachments",) if "Attachments" in words else scopes.OF_COLLECTION[words[0]]

    @property
    def is_raw(self) -> bool:
        """Is it a file: bytes of its own type in and out?"""
        return self.rule.endswith("<path:file>")


def _with_papers(collection: str) -> tuple[Place, ...]:
    """The history and the attachments of a collection's elements."""
    files, file = attachments.of(collection)
    return (
        Place(f"/{collection}/<name>/History", history.of(collection)),
        Place(f"/{collection}/<name>/Attachments", files),
        Place(f"/{collection}/<name>/Attachments/<path:file>", file),
    )


TABLE = (
    Place("/Organisation", {"GET": settings.organisation}),
    Place("/Organisations", {"GET": settings.organisation}),
    Place("/Organisation/Actions", {"GET": settings.actions}),
    Place(
        "/Accounts",
        {"GET": chart.accounts, "PUT": chart.create_account, "POST": chart.upsert_account},
    ),
    Place(
        "/Accounts/<name>",
        {"GET": chart.account, "POST": chart.change_account, "DELETE": chart.remove_account},
    ),
    Place("/TaxRates", {"GET": chart.tax_rates, "PUT": chart.create_tax_rate, "POST": chart.upsert_tax_rate}),
    Place("/TaxRates/<name>", {"GET": chart.tax_rate}),
    Place("/Currencies", {"GET": settings.currencies, "PUT": settings.subscribe}),
    Place("/BrandingThemes", {"GET": settings.branding_themes}),
    Place("/BrandingThemes/<name>", {"GET": settings.branding_theme}),
    Place("/Users", {"GET": settings.users}),
    Place("/Users/<name>", {"GET": settings.user}),
    Place("/Items", {"GET": items.index, "PUT": items.create, "POST": items.upsert}),
    Place("/Items/<name>", {"GET": items.show, "POST": items.change, "DELETE": items.remove}),
    Place("/Items/<name>/History", history.of("Items")),
    Place("/TrackingCategories", {"GET": tracking.index, "PUT": tracking.create}),
    Place(
        "/TrackingCategories/<name>",
        {"GET": tracking.show, "POST": tracking.change, "DELETE": tracking.remove},
    ),
    Place("/TrackingCategories/<name>/Options", {"PUT": tracking.add_option}),
    Place(
        "/TrackingCategories/<name>/Options/<option>",
        {"POST": tracking.change_option, "DELETE": tracking.remove_option},
    ),
    Place("/Contacts", {"GET": contacts.index, "PUT": contacts.create, "POST": contacts.upsert}),
    Place("/Contacts/<name>", {"GET": contacts.show, "POST": contacts.change}),
    Place(
        "/ContactGroups",
        {"GET": contact_groups.index, "PUT": contact_groups.create, "POST": contact_groups.upsert},
    ),
    Place("/ContactGroups/<name>", {"GET": contact_groups.show, "POST": contact_groups.change}),
    Place("/ContactGroups/<name>/Contacts", {"PUT": contact_groups.add, "DELETE": contact_groups.empty}),
    Place("/ContactGroups/<name>/Contacts/<contact>", {"DELETE": contact_groups.remove}),
    Place("/Invoices", {"GET": invoices.index, "PUT": invoices.create, "POST": invoices.upsert}),
    Place("/Invoices/<name>", {"GET": invoices.show, "POST": invoices.change}, papers.pdf_of(INVOICE)),
    Place("/Invoices/<name>/OnlineInvoice", {"GET": papers.online_invoice}),
    Place("/Invoices/<name>/Email", {"POST": papers.email}),
    Place(
        "/CreditNotes", {"GET": credit_notes.index, "PUT": credit_notes.create, "POST": credit_notes.upsert}
    ),
    Place(
        "/CreditNotes/<name>",
        {"GET": credit_notes.show, "POST": credit_notes.change},
        papers.pdf_of(CREDIT_NOTE),
    ),
    Place("/CreditNotes/<name>/Allocations", {"PUT": credit_notes.allocate}),
    Place("/CreditNotes/<name>/Allocations/<allocation>", {"DELETE": credit_notes.remove}),
    Place(
        "/PurchaseOrders",
        {"GET": purchase_orders.index, "PUT": purchase_orders.create, "POST": purchase_orders.upsert},
    ),
    Place(
        "/PurchaseOrders/<name>",
        {"GET": purchase_orders.show, "POST": purchase_orders.change},
        papers.pdf_of(PURCHASE_ORDER),
    ),
    Place("/Payments", {"GET": payments.index, "PUT": payments.create, "POST": payments.upsert}),
    Place("/Payments/<name>", {"GET": payments.show, "POST": payments.change}),
    Place(
        "/BatchPayments",
        {"GET": batch_payments.index, "PUT": batch_payments.create, "POST": batch_payments.upsert},
    ),
    Place("/BatchPayments/<name>", {"GET": batch_payments.show, "POST": batch_payments.change}),
    *(
        Place(f"/{kind.collection}{rule}", methods)
        for kind in (PREPAYMENT, OVERPAYMENT)
        for rule, methods in credits.of(kind).items()
    ),
    Place(
        "/BankTransactions",
        {
            "GET": bank_transactions.index,
            "PUT": bank_transactions.create,
            "POST": bank_transactions.upsert,
        },
    ),
    Place("/BankTransactions/<name>", {"GET": bank_transactions.show, "POST": bank_transactions.change}),
    *(
        Place(f"/{name}/<name>/History", history.of(name))
        for name in ("Payments", "BatchPayments", "Prepayments", "Overpayments")
    ),
    *(
        place
        for name in ("Accounts", "Contacts", "Invoices", "CreditNotes", "PurchaseOrders", "BankTransactions")
        for place in _with_papers(name)
    ),
)
ROUTES = Map([Rule(PREFIX + place.rule, endpoint=place) for place in TABLE], strict_slashes=False)
