"""Expenses by the API: written, read, found, moved; and what is refused at which field."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bluestamp.books import documents, ledgers
from bluestamp.books.ledgers import BranchLedger
from bluestamp.engine import tenancy
from bluestamp.people.activity import Activity
from tests.integration.api.conftest import Program, Scene, said

pytestmark = pytest.mark.django_db


def fields(problem: dict[str, Any]) -> list[str]:
    """The fields that a problem names."""
    return [error["field"] for error in problem["errors"]]


def test_an_expense_lives_from_draft_to_paid(as_ben: Program, as_cleo: Program, scene: Scene) -> None:
    made = as_ben.post("expenses", scene.bought(), 201)
    assert (made["status"], made["number"], made["version"]) == ("draft", "", 1)
    assert made["company"] == {"id": scene.supplier.pk, "name": "Fine Print Ltd"}
    path = f"expenses/{made['id']}"

    approved = as_ben.post(f"{path}/approval", {"version": 1})
    assert approved["status"] == "approved" and approved["number"]
    back = said(as_ben.call("DELETE", f"{path}/approval", QUERY_STRING="version=2"))
    assert back["status"] == "draft"
    as_ben.post(f"{path}/approval", {"version": 3})

    paid = as_cleo.post(f"{path}/payment", {"version": 4, "paid_on": "2026-11-09"})
    assert paid["status"] == "paid"
    assert paid["payment"] == {
        "amount_paid": "370.00",
        "amount_credited": "0.00",
        "amount_due": "0.00",
        "fully_paid_on": "2026-11-09",
    }
    unpaid = said(as_cleo.call("DELETE", f"{path}/payment", QUERY_STRING="version=5"))
    assert (unpaid["status"], unpaid["payment"]["amount_due"]) == ("approved", "370.00")
    gone = as_cleo.post(f"{path}/cancellation", {"version": 6, "reason": "Entered twice"})
    assert gone["status"] == "cancelled"
    sentences = [act["sentence"] for act in as_cleo.get(f"{path}/history")]
    assert sentences[0] == "Cancelled. Entered twice" and len(sentences) == 7


def test_amounts_are_text_with_two_places_and_units_with_four(as_ben: Program, scene: Scene) -> None:
    made = as_ben.post("expenses", scene.bought(), 201)
    [line] = made["lines"]
    assert (line["quantity"], line["unit_amount"]) == ("200.0000", "1.8500")
    assert (line["line_amount"], line["tax_amount"]) == ("370.00", "0.00")
    assert (made["sub_total"], made["total_tax"], made["total"]) == ("370.00", "0.00", "370.00")
    assert made["issued_on"] == "2026-11-02" and made["due_on"] == "2026-12-02"

    listed = json.loads(as_ben.call("GET", "expenses").content, parse_float=pytest.fail)
    assert listed["total"] == 2


@pytest.mark.parametrize("figure", [1.85, 2, "1e3", "1,85", "NaN", "Infinity", "١", "", None])
def test_a_figure_that_is_not_plain_text_is_refused_at_its_field(
    as_ben: Program, scene: Scene, figure: object
) -> None:
    body = scene.bought(lines=[{"item": "Foil", "unit_amount": figure}])
    problem = as_ben.post("expenses", body, 422)
    assert (problem["code"], fields(problem)) == ("INVALID", ["lines.0.unit_amount"])


@pytest.mark.parametrize("day", ["2026-02-30", "2.11.2026", 1793577600, "2026-11-02T00:00:00", "9999-12-31"])
def test_a_day_that_is_none_is_refused_at_its_field(as_ben: Program, scene: Scene, day: object) -> None:
    problem = as_ben.post("expenses", scene.bought(issued_on=day), 422)
    assert fields(problem) == ["issued_on"]


def test_a_name_that_nobody_knows_is_refused(as_ben: Program, scene: Scene) -> None:
    problem = as_ben.post("expenses", scene.bought(suplier="Fine Print"), 422)
    assert fields(problem) == ["suplier"]


def test_what_the_verb_refuses_stands_at_its_fields(as_ben: Program, scene: Scene) -> None:
    line = {"item": "Foil", "quantity": "-1", "unit_amount": "1.23456", "discount_rate": "0"}
    problem = as_ben.post("expenses", scene.bought(currency="XXQ", lines=[{}, line]), 422)
    assert fields(problem) == ["currency", "lines.1.unit_amount"]
    assert problem["errors"][1]["sentence"] == "At most 4 decimal places."
    assert problem["type"] == "urn:bluestamp:problem:invalid"


def test_what_is_missing_for_an_approval_stands_at_its_fields(as_ben: Program, scene: Scene) -> None:
    bare = as_ben.post("expenses", scene.bought(supplier_invoice_number="", lines=[]), 201)
    problem = as_ben.post(f"expenses/{bare['id']}/approval", {"version": 1}, 422)
    assert problem["code"] == "NOT_APPROVABLE"
    assert fields(problem) == ["supplier_invoice_number", "lines"]


def test_an_older_version_is_refused_with_the_fresh_document(as_ben: Program, scene: Scene) -> None:
    made = as_ben.post("expenses", scene.bought(), 201)
    path = f"expenses/{made['id']}"
    as_ben.put(path, scene.bought(version=1, reference="PO 7"))
    problem = as_ben.put(path, scene.bought(version=1, reference="PO 8"), 409)
    assert problem["code"] == "STALE"
    assert problem["fresh"] == as_ben.get(path)
    assert (problem["fresh"]["version"], problem["fresh"]["reference"]) == (2, "PO 7")
    for act in ("approval", "cancellation"):
        assert as_ben.post(f"{path}/{act}", {"version": 1}, 409)["code"] == "STALE"


def test_saying_the_same_again_changes_nothing(as_ben: Program, scene: Scene) -> None:
    made = as_ben.post("expenses", scene.bought(), 201)
    path = f"expenses/{made['id']}"
    same = scene.bought(
        version=1,
        due_on=made["due_on"],
        lines=[
            {name: made["lines"][0][name] for name in ("id", "item", "quantity", "unit_amount")}
            | {name: made["lines"][0][name] for name in ("account_code", "tax_type")}
        ],
    )
    assert as_ben.put(path, same) == made
    assert as_ben.put(path, same)["version"] == 1
    assert len(as_ben.get(f"{path}/history")) == 1


def test_lines_keep_their_ids_through_changes(as_ben: Program, scene: Scene) -> None:
    made = as_ben.post("expenses", scene.bought(), 201)
    kept = made["lines"][0]["id"]
    lines = [{"item": "Courier", "unit_amount": "24"}, {"id": kept, "item": "Foil", "unit_amount": "2"}]
    changed = as_ben.put(f"expenses/{made['id']}", scene.bought(version=1, lines=lines))
    assert [line["item"] for line in changed["lines"]] == ["Courier", "Foil"]
    assert changed["lines"][1]["id"] == kept
    problem = as_ben.put(
        f"expenses/{made['id']}", scene.bought(version=2, lines=[{"id": scene.expense.pk}]), 422
    )
    assert fields(problem) == ["lines.0"]


def test_lists_are_narrowed_and_paged(as_ben: Program, scene: Scene) -> None:
    for day in range(1, 8):
        as_ben.post("expenses", scene.bought(issued_on=f"2026-10-{day:02}", reference=f"PO {day}"), 201)
    page = as_ben.get("expenses", page=2, page_size=3)
    assert (page["page"], page["page_size"], page["total"], len(page["items"])) == (2, 3, 8, 3)
    assert [row["issued_on"] for row in page["items"]] == ["2026-10-05", "2026-10-04", "2026-10-03"]
    assert "lines" not in page["items"][0]
    counts = {
        "from=2026-10-03": 6,
        "to=2026-10-03": 3,
        "search=po%203": 1,
        "status=approved": 0,
        "status=draft": 8,
        f"job={scene.job.pk}": 1,
        f"branch={scene.cast.bristol.pk}": 7,
        f"company={scene.client.pk}": 0,
        "tab=not_in_xero": 8,
        "tab=needs_attention": 0,
        "overdue=true": 0,
    }
    found = {query: said(as_ben.call("GET", "expenses", QUERY_STRING=query))["total"] for query in counts}
    assert found == counts
    for query in ("status=sent", "tab=everything", "page=0", "page_size=500", "from=yesterday", "job=x"):
        problem = said(as_ben.call("GET", "expenses", QUERY_STRING=query), 422)
        assert fields(problem) == [query.split("=")[0]]


def test_a_document_names_the_ledger_that_holds_it_and_is_found_by_it(as_ben: Program, scene: Scene) -> None:
    expense_id, ledger_id = scene.expense.pk, scene.ledger.pk
    assert as_ben.get(f"expenses/{expense_id}")["ledger_id"] is None
    with tenancy.acting_in(scene.cast.northlight.pk):
        other = ledgers.create(studio_id=scene.cast.northlight.pk, name="Northlight Inc", base_currency="USD")
        documents.note_ledger_version(kind="expense", document_id=expense_id, version=1, ledger_id=ledger_id)
        BranchLedger.objects.filter(branch=scene.expense.branch_id).update(ledger=other)
    assert as_ben.get(f"expenses/{expense_id}")["ledger_id"] == ledger_id
    assert [row["id"] for row in as_ben.get("expenses", ledger=ledger_id)["items"]] == [expense_id]
    assert as_ben.get("expenses", ledger=other.pk)["items"] == []


def test_a_list_asks_as_many_questions_for_one_row_as_for_twenty(as_ben: Program, scene: Scene) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            as_ben.get("expenses")
        return len(queries)

    few = asked()
    for _ in range(20):
        as_ben.post("expenses", scene.bought(job_id=scene.job.pk), 201)
    assert asked() == few <= 14


def test_a_receipt_comes_back_as_it_was_sent(as_ben: Program, scene: Scene) -> None:
    path = f"expenses/{scene.expense.pk}/receipt"
    assert said(as_ben.call("GET", path), 404)["detail"] == "This expense has no receipt."
    parts = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="../<Rech>nung \xc3\xa4.html"\r\n'
        b"Content-Type: text/html\r\n\r\n<script>\x00\r\n--x--\r\n"
    )
    made = said(as_ben.call("POST", path, data=parts, content_type="multipart/form-data; boundary=x"), 201)
    assert made["receipt"] == {"name": "<Rech>nung ä.html", "media_type": "text/html", "size": 9}
    answer = as_ben.call("GET", path)
    assert answer.content == b"<script>\x00"
    assert answer["Content-Disposition"].startswith("attachment")
    assert as_ben.delete(path)["receipt"] is None
    assert as_ben.delete(path)["version"] == 3
    assert fields(
        said(as_ben.call("POST", path, data=b"", content_type="multipart/form-data; boundary=x"), 422)
    )
    assert said(as_ben.call("POST", path, data=b"--", content_type="multipart/form-data"), 400)


def test_what_a_program_did_says_so(as_ben: Program, scene: Scene) -> None:
    made = as_ben.post("expenses", scene.bought(), 201)
    [act] = as_ben.get(f"expenses/{made['id']}/history")
    assert (act["by"], act["via"]) == ("Ben (tests)", "api")
    with tenancy.acting_in(scene.cast.northlight.pk):
        row = Activity.objects.get(subject_id=made["id"])
    assert (row.user_id, row.at.date()) == (scene.cast.ben.pk, dt.datetime.now(dt.UTC).date())
