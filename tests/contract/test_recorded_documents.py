"""The 79 documents recorded from Xero's NZ demo company come out of the sandbox to the cent.

Source: XeroAPI/xero-python, tests/**/cassettes (MIT licence, copyright 2020 Xero Developer API), distilled into the
sandbox's own seed file. What is compared was worked out by Xero: tax per line, totals, what is due.
"""

import json
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import bluestamp.sandbox
from tests.contract.caller import Caller, Json

SEED = Path(bluestamp.sandbox.__file__).parent / "seeds" / "demo_company_nz.json"
RECORDED: list[Json] = json.loads(SEED.read_text())["documents"]
#: Xero's own figures of all 79, added up from the recording itself
SUMS = {
    "SubTotal": "53859.70",
    "TotalTax": "7989.08",
    "Total": "61848.78",
    "AmountPaid": "42700.94",
    "AmountCredited": "1357.00",
    "AmountDue": "17701.84",
}


def exact(answer: Any) -> list[Json]:
    found: list[Json] = json.loads(answer.content, parse_float=Decimal)["Invoices"]
    return found


def test_all_seventy_nine_are_there_by_kind_and_status(demo: Caller) -> None:
    counted = Counter((item["Type"], item["Status"]) for item in exact(demo.get("/Invoices", page=1)))
    assert counted == {
        ("ACCPAY", "PAID"): 28,
        ("ACCREC", "PAID"): 27,
        ("ACCPAY", "AUTHORISED"): 12,
        ("ACCREC", "AUTHORISED"): 9,
        ("ACCREC", "DRAFT"): 2,
        ("ACCPAY", "VOIDED"): 1,
    }


def test_what_is_due_is_what_was_neither_paid_nor_credited(demo: Caller) -> None:
    for item in exact(demo.get("/Invoices", page=1)):
        due = item["Total"] - item["AmountPaid"] - item["AmountCredited"]
        assert item["AmountDue"] == (0 if item["Status"] == "VOIDED" else due), item["InvoiceNumber"]
        assert item["AmountPaid"] == sum(payment["Amount"] for payment in item["Payments"])
        assert (item["AmountDue"] == 0) == (item["Status"] in {"PAID", "VOIDED"})


def test_all_of_them_add_up_to_what_xero_recorded(demo: Caller) -> None:
    found = exact(demo.get("/Invoices", page=1))
    assert {name: str(sum(item[name] for item in found)) for name in SUMS} == SUMS


def test_the_part_paid_ones_owe_what_xero_said(demo: Caller) -> None:
    found = {item["InvoiceNumber"]: item for item in exact(demo.get("/Invoices", page=1))}
    assert (found["945-Ocon"]["AmountDue"], found["945-Ocon"]["Total"]) == (
        Decimal("163.56"),
        Decimal("1063.56"),
    )
    assert (found["INV-0027"]["AmountDue"], found["INV-0027"]["Total"]) == (
        Decimal("270.63"),
        Decimal("850.00"),
    )
    assert found["INV-0033"]["CreditNotes"][0]["AppliedAmount"] == Decimal("19.95")


@pytest.mark.parametrize(
    "recorded", RECORDED, ids=[f"{item['number']} {item['id'][:4]}" for item in RECORDED]
)
def test_sent_again_it_comes_to_the_same_cents(demo: Caller, recorded: Json) -> None:
    demo.control("organisations/" + demo.organisation, {"period_lock_on": None})
    lines = [
        {
            "Description": item["description"],
            "Quantity": item["quantity"],
            "UnitAmount": item["unit_amount"],
            "AccountCode": item["account_code"],
            "TaxType": item["tax_type"],
        }
        for item in recorded["lines"]
    ]
    sent = demo.draft(
        Type=recorded["type"],
        InvoiceNumber=None,
        LineAmountTypes=recorded["line_amount_types"],
        LineItems=lines,
        Status="AUTHORISED",
    )
    answer = demo.put("/Invoices", sent)
    assert answer.status_code == 200, answer.text
    made = exact(answer)[0]
    known = exact(demo.get(f"/Invoices/{recorded['id']}"))[0]
    assert [(item["LineAmount"], item["TaxAmount"]) for item in made["LineItems"]] == [
        (Decimal(item["line_amount"]), Decimal(item["tax_amount"])) for item in recorded["lines"]
    ]
    for name in ("SubTotal", "TotalTax", "Total"):
        assert made[name] == known[name]
