"""Xero's Python SDK pointed at the sandbox, and an organisation with one of everything to call it on."""

import datetime as dt
from functools import cached_property
from pathlib import Path
from typing import Any

from xero_python.accounting import AccountingApi
from xero_python.accounting import models as m
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.identity import IdentityApi

from tests.contract.caller import CLIENT, UK, Caller, Json, line

DAY = dt.date(2026, 11, 20)


class Driver:
    """The official SDK, pointed at the sandbox. The files that it downloads land in the folder, and stay there."""

    def __init__(self, caller: Caller, downloads: Path) -> None:
        held = dict(caller.tokens)
        token = OAuth2Token(client_id=CLIENT[0], client_secret=CLIENT[1])
        token.update_token(
            access_token=held["access_token"],
            scope=held["scope"].split(),
            expires_in=held["expires_in"],
            token_type=held["token_type"],
            expires_at=2_000_000_000,
            refresh_token=held["refresh_token"],
        )
        configuration = Configuration(oauth2_token=token)
        configuration.temp_folder_path = str(downloads)
        self.client = ApiClient(
            configuration,
            pool_threads=1,
            oauth2_token_getter=lambda: held,
            oauth2_token_saver=held.update,
        )
        self.accounting = AccountingApi(self.client, base_url=f"{caller.origin}/api.xro/2.0")
        self.identity = IdentityApi(self.client, base_url=caller.origin)


class Walk:
    """The SDK and one of everything, made when it is first asked for."""

    def __init__(self, caller: Caller, downloads: Path) -> None:
        self.caller = caller
        self.driver = Driver(caller, downloads)
        self.api = self.driver.accounting

    @cached_property
    def contact_id(self) -> str:
        """A contact with a number, in a group."""
        made = self._put(
            "/Contacts", {"Name": "Alder", "ContactNumber": "C-1", "EmailAddress": "a@alder.example"}
        )
        return str(made["ContactID"])

    @cached_property
    def group_id(self) -> str:
        """A contact group with the contact in it."""
        made = self._put("/ContactGroups", {"Name": "Printers"})
        self._put(f"/ContactGroups/{made['ContactGroupID']}/Contacts", {"ContactID": self.contact_id})
        return str(made["ContactGroupID"])

    @cached_property
    def account_id(self) -> str:
        """An account that nothing is booked on."""
        return str(self._put("/Accounts", {"Code": "4999", "Name": "Sets", "Type": "EXPENSE"})["AccountID"])

    @cached_property
    def category(self) -> Json:
        """A tracking category with two options."""
        return self._put("/TrackingCategories", {"Name": "Region", "Options": [{"Name": "N"}, {"Name": "S"}]})

    @cached_property
    def item_id(self) -> str:
        """An item."""
        return str(self._put("/Items", {"Code": "POSTER", "SalesDetails": {"UnitPrice": 5}})["ItemID"])

    @cached_property
    def bill_id(self) -> str:
        """An approved bill of 120."""
        return str(self.caller.create(contact=self.contact_id, Status="AUTHORISED")["InvoiceID"])

    @cached_property
    def sale_id(self) -> str:
        """An approved sales invoice of 120."""
        made = self.caller.create(
            Type="ACCREC",
            contact=self.contact_id,
            InvoiceNumber=None,
            Status="AUTHORISED",
            LineItems=[line(AccountCode="200")],
        )
        return str(made["InvoiceID"])

    @cached_property
    def note_id(self) -> str:
        """An approved credit note of 120."""
        sent = {"Type": "ACCPAYCREDIT", "Status": "AUTHORISED", "LineItems": [line()]}
        made = self._put("/CreditNotes", sent | {"Contact": {"ContactID": self.contact_id}})
        return str(made["CreditNoteID"])

    @cached_property
    def order(self) -> Json:
        """A purchase order."""
        return self._put(
            "/PurchaseOrders", {"Contact": {"ContactID": self.contact_id}, "LineItems": [line()]}
        )

    @cached_property
    def payment_id(self) -> str:
        """A payment of 20 on the bill."""
        made = self.caller.pay({"InvoiceID": self.bill_id}, 20).json()
        return str(made["Payments"][0]["PaymentID"])

    @cached_property
    def batch_id(self) -> str:
        """A batch payment of the bill."""
        sent = {"Account": {"Code": "090"}, "Date": "2026-11-20"}
        made = self._put(
            "/BatchPayments", sent | {"Payments": [{"Invoice": {"InvoiceID": self.bill_id}, "Amount": 5}]}
        )
        return str(made["BatchPaymentID"])

    def credit_id(self, kind: str) -> str:
        """A prepayment or an overpayment to the supplier, of 12."""
        sent = {
            "Type": f"SPEND-{kind}",
            "Contact": {"ContactID": self.contact_id},
            "BankAccount": {"Code": "090"},
            "Date": "2026-11-20",
            "LineAmountTypes": "NoTax",
            "LineItems": [
                {
                    "Description": "Ahead",
                    "UnitAmount": 12,
                    "AccountCode": "800" if kind == "OVERPAYMENT" else "620",
                }
            ],
        }
        made = self._put("/BankTransactions", sent)
        return str(made[f"{kind.title()}ID"])

    def attached(self, collection: str, owner: str) -> str:
        """The id of a file called a.txt on an element of a collection."""
        headers = self.caller.headers(**{"Content-Type": "text/plain"})
        path = f"/api.xro/2.0/{collection}/{owner}/Attachments/a.txt"
        answer = self.caller.http.put(path, content=b"hello", headers=headers)
        return str(answer.json()["Attachments"][0]["AttachmentID"])

    def share(self, invoice_id: str | None = None) -> m.Allocations:
        """An allocation of 5 to the bill."""
        invoice = m.Invoice(invoice_id=invoice_id or self.bill_id)
        return m.Allocations(allocations=[m.Allocation(amount=5, date=DAY, invoice=invoice)])

    def allocated(self, collection: str, owner: str) -> str:
        """The id of an allocation of 5 from a credit to the bill."""
        sent = {"Amount": 5, "Date": "2026-11-20", "Invoice": {"InvoiceID": self.bill_id}}
        made = self._put(f"/{collection}/{owner}/Allocations", sent)
        return str(made["AllocationID"])

    def _put(self, path: str, body: Json) -> Json:
        answer = self.caller.put(path, body)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        made: Json = said[list(said)[-1]][0]
        return made


def note(words: str = "A note") -> m.HistoryRecords:
    """A history note."""
    return m.HistoryRecords(history_records=[m.HistoryRecord(details=words)])


TENANT = UK
