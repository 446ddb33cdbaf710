"""The same job by `xero-python`, Xero's own SDK.

One at a time as its sample application does it (XeroAPI/xero-python-oauth2-app, "accounting_invoice_create"): for each
invoice it asks for the tenant, lists contacts and sales accounts, and creates one invoice. In batches as somebody would
who has read about limits: contacts once, then fifty invoices a call.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from xero_python.accounting import AccountingApi
from xero_python.accounting import models as m
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.identity import IdentityApi

from tests.contract.caller import CLIENT, Caller

BATCH: Final = 50


class Peer:
    """The SDK, pointed at the sandbox, with a consent of its own."""

    def __init__(self, origin: str) -> None:
        held = dict(Caller(origin).connect().tokens)
        token = OAuth2Token(client_id=CLIENT[0], client_secret=CLIENT[1])
        names = ("access_token", "expires_in", "token_type", "refresh_token")
        given = {name: held[name] for name in names}
        token.update_token(scope=held["scope"].split(), expires_at=2_000_000_000, **given)
        client = ApiClient(
            Configuration(oauth2_token=token),
            pool_threads=1,
            oauth2_token_getter=lambda: held,
            oauth2_token_saver=held.update,
        )
        self._accounting = AccountingApi(client, base_url=f"{origin}/api.xro/2.0")
        self._identity = IdentityApi(client, base_url=origin)

    def one_at_a_time(self, count: int) -> None:
        """Four calls an invoice."""
        for number in range(count):
            tenant = self._tenant()
            contact = self._accounting.get_contacts(tenant).contacts[0].contact_id
            self._accounting.get_accounts(tenant, where='Type=="SALES"&&Status=="ACTIVE"')
            self._accounting.create_invoices(tenant, m.Invoices(invoices=[_invoice(f"P1-{number}", contact)]))

    def in_batches(self, count: int) -> None:
        """Tenant and contacts once, then a call for fifty."""
        tenant = self._tenant()
        contact = self._accounting.get_contacts(tenant).contacts[0].contact_id
        for start in range(0, count, BATCH):
            rows = [_invoice(f"P50-{number}", contact) for number in range(start, min(start + BATCH, count))]
            self._accounting.create_invoices(tenant, m.Invoices(invoices=rows), summarize_errors=False)

    def _tenant(self) -> str:
        tenant: str = self._identity.get_connections()[0].tenant_id
        return tenant


def _invoice(number: str, contact_id: str) -> Any:
    today = dt.datetime.now(dt.UTC).date()
    return m.Invoice(
        type="ACCREC",
        status="AUTHORISED",
        contact=m.Contact(contact_id=contact_id),
        invoice_number=number,
        date=today,
        due_date=today + dt.timedelta(days=30),
        line_items=[_line("Art direction", 2.5, 400.0), _line("Illustration", 6.0, 150.0)],
    )


def _line(words: str, quantity: float, unit_amount: float) -> Any:
    return m.LineItem(
        description=words, quantity=quantity, unit_amount=unit_amount, account_code="200", tax_type="OUTPUT2"
    )
