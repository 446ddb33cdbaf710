"""Purchase orders and supplier credits as programs see them: the verbs of the pages, and their refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api.conftest import Program, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def approved(as_cleo: Program, scene: Scene) -> Any:
    """An order of Bristol's, approved."""
    made = as_cleo.post("purchase-orders", scene.ordered(), status=201)
    return as_cleo.post(f"purchase-orders/{made['id']}/approval", {"version": 1})


def test_an_order_has_what_it_was_written_with_and_owes_nothing(as_ben: Program, scene: Scene) -> None:
    made = as_ben.post("purchase-orders", scene.ordered(attention_to="Ida"), status=201)
    assert (made["status"], made["due_on"], made["attention_to"]) == ("draft", "2026-11-20", "Ida")
    assert (made["sub_total"], made["payment"]["amount_due"]) == ("394.00", "0.00")
    assert made["lines"][0]["sell_unit_amount"] == "2.5000"
    assert made["copy"]["state"] == "not_in_xero"


def test_replacing_keeps_lines_that_are_named(as_ben: Program, scene: Scene) -> None:
    made = as_ben.post("purchase-orders", scene.ordered(), status=201)
    kept = {"id": made["lines"][1]["id"], "item": "Courier", "unit_amount": "30"}
    changed = as_ben.put(f"purchase-orders/{made['id']}", scene.ordered(version=1, lines=[kept]))
    assert [line["id"] for line in changed["lines"]] == [made["lines"][1]["id"]]
    stale = as_ben.put(f"purchase-orders/{made['id']}", scene.ordered(version=1), status=409)
    assert (stale["code"], stale["fresh"]["version"]) == ("STALE", 2)


def test_a_typed_tax_is_a_name_that_nobody_knows_here(as_ben: Program, scene: Scene) -> None:
    line = {"item": "Courier", "unit_amount": "24", "typed_tax": "1"}
    assert as_ben.post("purchase-orders", scene.ordered(lines=[line]), status=422)["status"] == 422


def test_an_order_is_sent_and_marked_paid_by_hand_where_the_books_are_kept_here(
    as_cleo: Program, approved: Any
) -> None:
    path = f"purchase-orders/{approved['id']}"
    sent = as_cleo.post(f"{path}/letter", {"version": 2, "to": "ann@fine.example"}, status=202)
    assert sent["sent"]["how"] == "email"
    paid = as_cleo.post(f"{path}/payment", {"version": 3, "paid_on": "2026-11-21"})
    assert (paid["status"], paid["payment"]["fully_paid_on"]) == ("paid", "2026-11-21")
    assert as_cleo.delete(f"{path}/payment?version=4")["status"] == "approved"


def test_rule_17_ordered_billed_and_remaining_are_told(as_cleo: Program, approved: Any) -> None:
    path = f"purchase-orders/{approved['id']}"
    foil = next(line["id"] for line in approved["lines"])
    body = {
        "supplier_invoice_number": "FC-1",
        "issued_on": "2026-11-20",
        "lines": [{"line_id": foil, "quantity": "80"}],
    }
    made = as_cleo.post(f"{path}/invoices", body, status=201)
    assert (made["purchase_order_id"], made["sub_total"]) == (approved["id"], "148.00")
    told = as_cleo.get(f"{path}/billing")
    assert (told["ordered"], told["billed"], told["remaining"]) == ("394.00", "148.00", "246.00")
    assert [line["quantity_left"] for line in told["lines"]] == ["120.0000", "1.0000"]
    rest = as_cleo.post(
        f"{path}/invoices", {"supplier_invoice_number": "FC-2", "issued_on": "2026-11-21"}, status=201
    )
    assert rest["sub_total"] == "246.00"
    full = {"supplier_invoice_number": "FC-3", "issued_on": "2026-11-21"}
    assert as_cleo.post(f"{path}/invoices", full, status=422)["errors"][0]["field"] == "lines"


def test_an_expense_is_put_to_an_order_and_taken_off(as_cleo: Program, scene: Scene, approved: Any) -> None:
    own = as_cleo.post("expenses", scene.bought(), status=201)
    path = f"expenses/{own['id']}/order"
    linked = as_cleo.post(path, {"purchase_order_id": approved["id"]})
    assert linked["purchase_order_id"] == approved["id"]
    again = as_cleo.post(path, {"purchase_order_id": approved["id"]}, status=409)
    assert again["code"] == "NOT_ITS_INVOICE"
    assert as_cleo.delete(path)["purchase_order_id"] is None


def test_an_expense_becomes_an_order(as_cleo: Program, scene: Scene) -> None:
    own = as_cleo.post("expenses", scene.bought(), status=201)
    made = as_cleo.post(f"expenses/{own['id']}/conversion", {"version": 1}, status=201)
    assert (made["status"], made["sub_total"]) == ("draft", "370.00")
    gone = as_cleo.get(f"expenses/{own['id']}")
    assert (gone["status"], gone["purchase_order_id"]) == ("cancelled", made["id"])


def test_a_supplier_credit_is_positive_and_is_used_by_hand_where_the_books_are_kept_here(
    as_cleo: Program, scene: Scene
) -> None:
    made = as_cleo.post("supplier-credits", scene.credited(), status=201)
    path = f"supplier-credits/{made['id']}"
    assert (made["total"], made["supplier_credit_number"]) == ("370.00", "FC-C1")
    assert as_cleo.post(f"{path}/approval", {"version": 1})["number"] == "SC-0001"
    used = as_cleo.post(f"{path}/use", {"version": 2, "used_on": "2026-11-21"})
    assert (used["status"], used["payment"]["amount_credited"]) == ("used", "370.00")
    assert as_cleo.delete(f"{path}/use?version=3")["payment"]["amount_due"] == "370.00"


def test_a_discount_is_a_name_that_nobody_knows_on_a_credit(as_ben: Program, scene: Scene) -> None:
    line = {"item": "Foil", "unit_amount": "1", "discount_rate": "5"}
    assert as_ben.post("supplier-credits", scene.credited(lines=[line]), status=422)["status"] == 422


def test_lists_are_narrowed(as_cleo: Program, approved: Any) -> None:
    assert as_cleo.get("purchase-orders", status="approved")["total"] == 1
    assert as_cleo.get("purchase-orders", search="po-0001")["items"][0]["id"] == approved["id"]
    assert as_cleo.get("supplier-credits", status="used")["total"] == 0
