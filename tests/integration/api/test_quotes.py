"""Items, the plan of a job, quotes and numbers, as programs use them."""

from __future__ import annotations

from typing import Any

from tests.integration.api.conftest import Program, Scene

LINE = {"item": "Art direction", "quantity": "2", "unit_amount": "600"}


def _item(as_cleo: Program, **more: Any) -> Any:
    return as_cleo.post("items", {"name": "Printing", "unit": "piece", **more}, 201)


def test_an_item_is_kept_with_its_codes_for_a_ledger(as_cleo: Program, scene: Scene) -> None:
    made = _item(as_cleo, cost="80", markup_percent="25", is_cost=True, supplier_id=scene.supplier.pk)
    assert (made["rate"], made["cost"], made["supplier"]["name"]) == ("100.0000", "80.0000", "Fine Print Ltd")
    codes = {"sales_account_code": "200", "purchase_account_code": "310"}
    shown = as_cleo.put(f"items/{made['id']}/codes/{scene.ledger.pk}", codes)
    (said,) = shown["codes"]
    assert (said["ledger_id"], said["sales_account_code"]) == (scene.ledger.pk, "200")
    unknown = {"sales_account_code": "999"}
    problem = as_cleo.put(f"items/{made['id']}/codes/{scene.ledger.pk}", unknown, 422)
    assert problem["errors"][0]["field"] == "sales_account_code"


def test_archived_items_are_listed_only_when_asked_for(as_cleo: Program, scene: Scene) -> None:
    made = _item(as_cleo)
    as_cleo.post(f"items/{made['id']}/archive")
    assert [each["name"] for each in as_cleo.get("items")["items"]] == ["Art direction"]
    assert [each["name"] for each in as_cleo.get("items", archived="true")["items"]] == ["Printing"]
    assert as_cleo.delete(f"items/{made['id']}/archive")["is_active"] is True


def test_a_line_made_of_an_item_gets_its_account(as_cleo: Program, as_ben: Program, scene: Scene) -> None:
    made = _item(as_cleo)
    as_cleo.put(f"items/{made['id']}/codes/{scene.ledger.pk}", {"purchase_account_code": "400"})
    body = scene.bought(lines=[{"item": "Printing", "master_id": made["id"], "unit_amount": "5"}])
    (line,) = as_ben.post("expenses", body, 201)["lines"]
    assert (line["master_id"], line["account_code"]) == (made["id"], "400")
    nobody = scene.bought(lines=[{"item": "Printing", "master_id": scene.job.pk}])
    problem = as_ben.post("expenses", nobody, 422)
    assert problem["errors"][0]["field"] == "lines.0.master_id"


def test_the_plan_of_a_job_becomes_the_lines_of_each_kind(as_ben: Program, scene: Scene) -> None:
    path = f"jobs/{scene.job.pk}/plan"
    bought = {
        "item": "Printing", "quantity": "10", "unit_amount": "50", "cost_unit_amount": "40",
        "supplier_id": scene.supplier.pk, "is_cost": True,
    }  # fmt: skip
    plan = as_ben.put(path, {"version": 1, "lines": [LINE, bought]})
    assert (plan["sell"], plan["cost"], plan["version"]) == ("1700.00", "400.00", 2)
    sold = as_ben.get(f"{path}/lines", kind="quote")
    assert [line["unit_amount"] for line in sold] == ["600.0000", "50.0000"]
    (line,) = as_ben.get(f"{path}/lines", kind="expense", supplier_id=scene.supplier.pk)
    assert (line["unit_amount"], line["sell_unit_amount"]) == ("40.0000", "50.0000")
    assert as_ben.get(f"{path}/lines", kind="purchase_order", supplier_id=scene.client.pk) == []
    assert as_ben.put(path, {"version": 1, "lines": []}, 409)["code"] == "STALE"


def test_a_quote_goes_from_draft_to_invoices(as_ben: Program, scene: Scene) -> None:
    made = as_ben.post("quotes", scene.sold(title="Livery", lines=[LINE]), 201)
    assert (made["number"], made["total"], made["due_on"]) == ("", "1200.00", "2026-12-02")
    at = f"quotes/{made['id']}"
    assert as_ben.post(f"{at}/invoices", {}, 409)["code"] == "NOT_MOVABLE"
    assert as_ben.post(f"{at}/issue", {"version": 1})["number"] == "Q-0001"
    yes = as_ben.post(f"{at}/approval", {"version": 2, "answered_by": "Mo Reyes"})
    assert (yes["status"], yes["answered_by"]) == ("approved", "Mo Reyes")
    first = as_ben.post(f"{at}/invoices", {"percent": "40"}, 201)
    assert (first["sub_total"], first["status"], first["quote_id"]) == ("480.00", "draft", made["id"])
    second = as_ben.post(f"{at}/invoices", {}, 201)
    assert second["sub_total"] == "720.00"
    shown = as_ben.get(at)
    assert shown["invoiced"]["invoice_ids"] == [first["id"], second["id"]]
    assert as_ben.post(f"{at}/invoices", {}, 409)["code"] == "ALL_INVOICED"


def test_quotes_are_found_by_status_and_title(as_ben: Program, scene: Scene) -> None:
    as_ben.post("quotes", scene.sold(title="Livery"), 201)
    assert [row["title"] for row in as_ben.get("quotes", search="livery")["items"]] == ["Livery"]
    assert as_ben.get("quotes", status="approved")["total"] == 0
    assert as_ben.get("quotes", status="draft")["total"] == 2


def test_sequences_are_listed_and_go_on_where_they_are_told_to(
    as_cleo: Program, as_ben: Program, scene: Scene
) -> None:
    listed = as_ben.get("numbers")
    assert {row["kind"] for row in listed} >= {"invoice", "quote", "expense", "purchase_order", "job"}
    path = f"numbers/{scene.sequence.pk}"
    body = {"prefix": "NL/", "next_number": 70, "width": 5}
    assert as_ben.put(path, body, 403)["code"] == "NOT_PERMITTED"
    assert as_cleo.put(path, body)["next"] == "NL/00070"
    shared = as_cleo.put(f"branches/{scene.cast.london.pk}/credit-numbers", {"shares_invoices": True})
    assert shared["next"] == "NL/00070"
    assert as_ben.get("numbers/gaps") == []


def test_codes_that_vanished_are_found_and_replaced(as_cleo: Program, scene: Scene) -> None:
    body = scene.bought(lines=[{"item": "Printing", "account_code": "400", "unit_amount": "5"}])
    as_cleo.post("expenses", body, 201)
    scene.close_account("400")
    (stale,) = as_cleo.get(f"ledgers/{scene.ledger.pk}/stale-codes")
    assert (stale["code"], stale["name"], stale["drafts"]) == ("400", "Overheads", 1)
    replaced = {"of": "account", "old": "400", "new": "310"}
    done = as_cleo.post(f"ledgers/{scene.ledger.pk}/replacement", replaced)
    assert (done["drafts"], done["left"]) == (1, [])
    assert as_cleo.get(f"ledgers/{scene.ledger.pk}/stale-codes") == []
