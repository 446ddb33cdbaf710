"""The official SDK's models as a schema: every key of an answer is one of theirs, with its type, or on this short list."""

from typing import Any

import xero_python.accounting.models as models

RECORDED = "XeroAPI/xero-python, tests/**/cassettes"
DATES = "api/accounting/requests-and-responses: every calendar date has an ISO twin"
ORDER = "Xero-OpenAPI, xero_accounting.yaml, example of GET /PurchaseOrders/{PurchaseOrderID}"
CREDIT = "Xero-OpenAPI, xero_accounting.yaml, examples of GET /Prepayments and /Overpayments"
ROUNDING = "developer.xero.com, api/accounting/invoices, added in 2026"
MONEY = "Xero-OpenAPI, xero_accounting.yaml, example of GET /BankTransactions"
OPTION = "Xero-OpenAPI, xero_accounting.yaml, example of PUT /TrackingCategories/{TrackingCategoryID}/Options"
GROUP = "Xero-OpenAPI, xero_accounting.yaml, example of GET /ContactGroups"
EXTRA: dict[str, dict[str, str]] = {
    "Invoice": {
        "DateString": RECORDED,
        "DueDateString": RECORDED,
        "RoundingAmount": ROUNDING,
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
    "TrackingOption": dict.fromkeys(("HasValidationErrors", "IsDeleted", "IsArchived", "IsActive"), OPTION),
    "ContactGroup": {"HasValidationErrors": GROUP},
    "HistoryRecord": {"DateUTCString": "api/accounting/historyandnotes"},
}
TEXT, NUMBER = (str,), (int, float)
PLAIN: dict[str, tuple[type, ...]] = {
    "str": TEXT,
    "date": TEXT,
    "datetime": TEXT,
    "date[ms-format]": TEXT,
    "datetime[ms-format]": TEXT,
    "float": NUMBER,
    "int": (int,),
    "bool": (bool,),
    "object": (object,),
}


def strangers(value: Any, model: str, path: str = "") -> list[str]:
    """Keys that the model doesn't have, and values that aren't of its types, anywhere below."""
    if model.startswith("list["):
        return _of_list(value, model[5:-1], path)
    if isinstance(value, list):
        return _of_list(value, model, path)
    if model in PLAIN:
        return _of_type(value, PLAIN[model], path)
    known = getattr(models, model)
    if not hasattr(known, "openapi_types") or not known.openapi_types:
        return _of_type(value, TEXT, path)
    if not isinstance(value, dict):
        return [f"{path} isn't an object: {value!r}"]
    types = {key: known.openapi_types[name] for name, key in known.attribute_map.items()}
    found = []
    for key, item in value.items():
        if key in types:
            found += strangers(item, types[key], f"{path}.{key}")
        elif key not in EXTRA.get(model, {}):
            found.append(f"{path}.{key} isn't a key of {model}")
    return found


def _of_list(value: Any, model: str, path: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{path} isn't a list: {value!r}"]
    return [key for place, item in enumerate(value) for key in strangers(item, model, f"{path}[{place}]")]


def _of_type(value: Any, kinds: tuple[type, ...], path: str) -> list[str]:
    is_wrong_flag = isinstance(value, bool) and bool not in kinds and object not in kinds
    return (
        []
        if isinstance(value, kinds) and not is_wrong_flag
        else [f"{path} is no {kinds[0].__name__}: {value!r}"]
    )
