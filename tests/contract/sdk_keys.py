"""The official SDK's models as a schema: every key of an answer is one of theirs, or on this short list with its source."""

from typing import Any

import xero_python.accounting.models as models

RECORDED = "XeroAPI/xero-python, tests/**/cassettes"
DATES = "api/accounting/requests-and-responses: every calendar date has an ISO twin"
ORDER = "Xero-OpenAPI, xero_accounting.yaml, example of GET /PurchaseOrders/{PurchaseOrderID}"
CREDIT = "Xero-OpenAPI, xero_accounting.yaml, examples of GET /Prepayments and /Overpayments"
MONEY = "Xero-OpenAPI, xero_accounting.yaml, example of GET /BankTransactions"
EXTRA: dict[str, dict[str, str]] = {
    "Invoice": {
        "DateString": RECORDED,
        "DueDateString": RECORDED,
        "PlannedPaymentDateString": DATES,
        "ExpectedPaymentDateString": DATES,
    },
    "LineItemTracking": {"Options": RECORDED},
    "CreditNote": {"ID": RECORDED, "DateString": RECORDED, "DueDateString": DATES},
    "PurchaseOrder": dict.fromkeys(
        ("DateString", "DeliveryDateString", "HasErrors", "IsDiscounted", "Type"), ORDER
    )
    | {"ExpectedArrivalDateString": DATES},
    "Prepayment": {"ID": CREDIT, "DateString": CREDIT},
    "Overpayment": {"ID": CREDIT, "DateString": CREDIT},
    "BankTransaction": {"DateString": MONEY},
    "HistoryRecord": {"DateUTCString": "api/accounting/historyandnotes"},
}
PLAIN = frozenset(
    {"str", "float", "int", "bool", "object", "date", "datetime", "date[ms-format]", "datetime[ms-format]"}
)


def strangers(value: Any, model: str, path: str = "") -> list[str]:
    """Keys that the model doesn't have, anywhere below."""
    if isinstance(value, list):
        return [key for place, item in enumerate(value) for key in strangers(item, model, f"{path}[{place}]")]
    if not isinstance(value, dict) or model in PLAIN:
        return []
    known = getattr(models, model)
    if not hasattr(known, "attribute_map"):
        return []
    types = {key: known.openapi_types[name] for name, key in known.attribute_map.items()}
    found = []
    for key, item in value.items():
        if key in types:
            found += strangers(item, types[key].removeprefix("list[").removesuffix("]"), f"{path}.{key}")
        elif key not in EXTRA.get(model, {}):
            found.append(f"{path}.{key} isn't a key of {model}")
    return found
