"""Which address is answered by which endpoint."""

from collections.abc import Mapping
from dataclasses import dataclass

from werkzeug.routing import Map, Rule

from bluestamp.sandbox import scopes
from bluestamp.sandbox.endpoints import contacts, history, invoices, payments, settings
from bluestamp.sandbox.endpoints.calls import Endpoint

PREFIX = "/api.xro/2.0"


@dataclass(frozen=True, eq=False)
class Place:
    """One address: its endpoint per method, and the scope it asks for."""

    rule: str
    methods: Mapping[str, Endpoint]

    @property
    def scope(self) -> str:
        """The scope for reading and writing it, without `.read`."""
        words = self.rule.strip("/").split("/")
        return "accounting.attachments" if "Attachments" in words else scopes.OF_COLLECTION[words[0]]


TABLE = (
    Place("/Organisation", {"GET": settings.organisation}),
    Place("/Organisations", {"GET": settings.organisation}),
    Place("/Organisation/Actions", {"GET": settings.actions}),
    Place("/Accounts", {"GET": settings.accounts}),
    Place("/Accounts/<name>", {"GET": settings.account}),
    Place("/TaxRates", {"GET": settings.tax_rates}),
    Place("/TaxRates/<name>", {"GET": settings.tax_rate}),
    Place("/Currencies", {"GET": settings.currencies, "PUT": settings.subscribe}),
    Place("/Contacts", {"GET": contacts.index, "PUT": contacts.create, "POST": contacts.upsert}),
    Place("/Contacts/<name>", {"GET": contacts.show, "POST": contacts.change}),
    Place("/Contacts/<name>/History", {"GET": history.index, "PUT": history.add}),
    Place("/Invoices", {"GET": invoices.index, "PUT": invoices.create, "POST": invoices.upsert}),
    Place("/Invoices/<name>", {"GET": invoices.show, "POST": invoices.change}),
    Place("/Invoices/<name>/History", {"GET": history.index, "PUT": history.add}),
    Place("/Payments", {"GET": payments.index, "PUT": payments.create, "POST": payments.upsert}),
    Place("/Payments/<name>", {"GET": payments.show, "POST": payments.change}),
    Place("/Payments/<name>/History", {"GET": history.index, "PUT": history.add}),
)
ROUTES = Map([Rule(PREFIX + place.rule, endpoint=place) for place in TABLE], strict_slashes=False)
