"""Xero's Python SDK makes every call that concerns the sandbox, and every key of every answer is one of its models'."""

import json
import re
from pathlib import Path

import pytest
from xero_python.accounting import AccountingApi

from tests.contract.caller import SCOPES, Caller
from tests.contract.sdk_calls import CALLS, NOT_EMULATED
from tests.contract.sdk_driver import Walk
from tests.contract.sdk_keys import strangers

MODELS = {
    "Accounts": "Account",
    "Actions": "Action",
    "Allocations": "Allocation",
    "Attachments": "Attachment",
    "BatchPayments": "BatchPayment",
    "BrandingThemes": "BrandingTheme",
    "ContactGroups": "ContactGroup",
    "Contacts": "Contact",
    "CreditNotes": "CreditNote",
    "Currencies": "Currency",
    "HistoryRecords": "HistoryRecord",
    "Invoices": "Invoice",
    "Items": "Item",
    "OnlineInvoices": "OnlineInvoice",
    "Options": "TrackingOption",
    "Organisations": "Organisation",
    "Overpayments": "Overpayment",
    "Payments": "Payment",
    "Prepayments": "Prepayment",
    "PurchaseOrders": "PurchaseOrder",
    "TaxRates": "TaxRate",
    "TrackingCategories": "TrackingCategory",
    "Users": "User",
    "pagination": "Pagination",
}
ENVELOPE = {"Id": str, "Status": str, "ProviderName": str, "DateTimeUTC": str}
OURS = re.compile(
    "account|attachment|branding|contact|credit_note|currenc|invoice|item|organisation|payment|purchase_order"
    "|tax_rate|tracking|user"
)
OTHERS = re.compile(
    "repeating|expense|receipt|manual|linked|journal|quote|report|bank_trans|employee|budget|set_up|setup"
)
BARE = ("delete_credit_note_allocations", "delete_prepayment_allocations", "delete_overpayment_allocations")


@pytest.mark.parametrize("name", sorted(CALLS))
def test_the_sdk_makes_the_call_and_knows_every_key_of_the_answer(
    xero: Caller, name: str, tmp_path: Path
) -> None:
    walk = Walk(xero.connect(scope=f"{SCOPES} accounting.banktransactions"), tmp_path)
    answered = CALLS[name](walk)
    assert not isinstance(answered, str) or Path(answered).parent == tmp_path
    answer = walk.driver.client.last_response
    assert answer.status in {200, 204}
    kind = answer.getheaders().get("content-type", "")
    if answer.status == 204 or "json" not in kind:
        assert answer.status == 200 or not answer.data
        return
    said = json.loads(answer.data)
    if name in BARE:
        assert strangers(said, "Allocation", name) == []
        return
    assert {key: type(said.pop(key)) for key in ENVELOPE} == ENVELOPE
    assert set(said) <= MODELS.keys()
    assert [
        key for collection, held in said.items() for key in strangers(held, MODELS[collection], name)
    ] == []
    assert any(isinstance(held, list) and held for held in said.values())


def test_every_call_of_the_sdk_on_these_nouns_is_made_or_named_as_missing() -> None:
    known = {name for name in dir(AccountingApi) if not name.startswith("_")}
    ours = {name for name in known if OURS.search(name) and not OTHERS.search(name)}
    assert ours == CALLS.keys() | NOT_EMULATED
