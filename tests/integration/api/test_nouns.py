"""Invoices, companies, jobs, ledgers and the rest by the API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.core import mail
from pytest_django import Settings

from tests.integration.api.conftest import Program, Scene, said, token_of

pytestmark = pytest.mark.django_db


def test_an_invoice_is_written_issued_fixed_corrected_and_voided(as_cleo: Program, scene: Scene) -> None:
    made = as_cleo.post("invoices", scene.sold(), 201)
    path = f"invoices/{made['id']}"
    assert (made["status"], made["total"], made["sent"]) == ("draft", "1000.00", None)

    sent = as_cleo.post(f"{path}/issue", {"version": 1})
    assert (sent["status"], sent["sent"]["how"], sent["copy"]["state"]) == ("sent", "by_hand", "not_in_xero")
    lines = [{**line_of(sent), "unit_amount": "500"}]
    problem = as_cleo.put(path, scene.sold(version=2, lines=lines), 422)
    assert problem["code"] == "ISSUED_FIELDS_FIXED"
    assert [error["field"] for error in problem["errors"]] == ["lines.0.unit_amount"]

    correction = scene.sold(version=2, lines=lines, reason="A slip")
    assert as_cleo.put(f"{path}/correction", correction)["total"] == "1250.00"
    assert as_cleo.call("GET", f"{path}/pdf").content.startswith(b"%PDF")
    assert as_cleo.post(f"{path}/void", {"version": 2}, 409)["fresh"]["version"] == 3
    assert as_cleo.post(f"{path}/void", {"version": 3, "reason": "Not ordered"})["status"] == "void"


def line_of(invoice: dict) -> dict[str, str]:  # type: ignore[type-arg]
    """An invoice's only line as it is written."""
    names = ("id", "item", "quantity", "unit_amount", "account_code", "tax_type")
    return {name: invoice["lines"][0][name] for name in names}


def test_an_invoice_goes_out_by_email_with_its_paper(
    as_ben: Program, scene: Scene, work_off: Callable[[], int], settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    made = as_ben.post("invoices", scene.sold(), 201)
    path = f"invoices/{made['id']}"
    problem = as_ben.post(f"{path}/letter", {"version": 1, "to": "Mo"}, 422)
    assert [error["field"] for error in problem["errors"]] == ["to"]
    sent = as_ben.post(f"{path}/letter", {"version": 1, "to": "mo@harbour.example"}, 202)
    assert (sent["status"], sent["sent"]["to"]) == ("sent", "mo@harbour.example")
    assert as_ben.post(f"{path}/letter", {"version": 1, "to": "mo@harbour.example"}, 409)["code"] == "STALE"
    work_off()
    [letter] = [each for each in mail.outbox if each.attachments]
    assert letter.attachments[0][0] == f"{sent['number']}.pdf"


def test_an_invoice_whose_tax_is_typed_is_refused_at_the_field(as_ben: Program, scene: Scene) -> None:
    body = scene.sold(lines=[{"item": "Design", "unit_amount": "10", "typed_tax": "2"}])
    problem = as_ben.post("invoices", body, 422)
    assert [error["field"] for error in problem["errors"]] == ["lines.0.typed_tax"]


def test_companies_are_added_changed_archived_and_found(as_ben: Program, scene: Scene) -> None:
    made = as_ben.post("companies", {"name": "Kestrel Air", "is_client": True}, 201)
    path = f"companies/{made['id']}"
    problem = as_ben.post("companies", {"name": "kestrel  AIR", "is_client": True}, 422)
    assert [error["field"] for error in problem["errors"]] == ["name"]

    body = {"name": "Kestrel Air", "is_client": True, "terms_days": 14, "version": 1}
    assert as_ben.put(path, body)["terms_days"] == 14
    assert as_ben.put(path, body, 409)["fresh"]["version"] == 2
    assert as_ben.put(path, {**body, "version": 2})["version"] == 2

    person = as_ben.post(f"{path}/people", {"name": "Lin"}, 201)
    other = f"companies/{scene.client.pk}/people/{person['id']}"
    assert as_ben.put(other, {"name": "Lin"}, 404)["code"] == "NOT_FOUND"
    assert as_ben.get(path)["people"] == [person]
    assert as_ben.delete(f"{path}/people/{person['id']}", 204) is None

    archived = as_ben.post(f"{path}/archive")
    assert archived == as_ben.post(f"{path}/archive")
    found = {query: as_ben.get("companies", status=query)["total"] for query in ("active", "archived")}
    assert found == {"active": 2, "archived": 1}
    assert as_ben.get("companies", role="supplier", search="fine")["items"][0]["id"] == scene.supplier.pk
    assert as_ben.delete(f"{path}/archive")["status"] == "active"


def test_jobs_are_opened_changed_and_moved(as_ben: Program, scene: Scene) -> None:
    body = {"name": "Ebb", "company_id": scene.client.pk, "branch_id": scene.cast.london.pk}
    made = as_ben.post("jobs", {**body, "budget": "1200.5"}, 201)
    path = f"jobs/{made['id']}"
    assert (made["status"], made["budget"]) == ("in_play", "1200.50") and made["number"]
    assert as_ben.put(path, {**body, "version": 1, "budget": "900"})["budget"] == "900.00"
    assert as_ben.put(f"{path}/status", {"status": "done", "version": 1}, 409)["fresh"]["version"] == 2
    assert as_ben.put(f"{path}/status", {"status": "done", "version": 2})["status"] == "done"
    assert as_ben.get("jobs", status="done")["items"] == [as_ben.get(path)]
    assert as_ben.get("jobs", search="harbour")["total"] == 2


def test_ledgers_show_what_lines_may_name(as_ben: Program, scene: Scene) -> None:
    listed = as_ben.get("ledgers")
    own = next(row for row in listed if row["id"] == scene.ledger.pk)
    assert (own["source"], own["currencies"], own["branch_ids"]) == ("own", ["GBP"], [scene.cast.bristol.pk])
    codes = [row["code"] for row in as_ben.get(f"ledgers/{scene.ledger.pk}/accounts", kind="invoice")]
    assert codes[0] == "200"
    [rate] = as_ben.get(f"ledgers/{scene.ledger.pk}/tax-rates")
    assert (rate["tax_type"], rate["percent"], len(rate["account_classes"])) == ("NONE", "0.0000", 5)


def test_a_token_says_whom_it_acts_for(as_ben: Program, scene: Scene) -> None:
    me = as_ben.get("me")
    assert (me["name"], me["role"], me["studio"]["slug"]) == ("Ben (tests)", "producer", "northlight")
    assert "edit_expenses" in me["may"] and "send_anyway" not in me["may"]
    assert [row["name"] for row in as_ben.get("branches")] == ["London", "Bristol"]


def test_people_are_listed_and_one_who_leaves_the_firm_is_let_in_no_longer(
    as_ben: Program, scene: Scene, now: dt.datetime
) -> None:
    as_ada = Program(token_of(scene.cast.ada, scene.cast, now))
    rows = {row["name"]: row for row in as_ada.get("people")}
    assert (rows["Ben"]["role"], rows["Ben"]["has_two_factor"]) == ("producer", False)
    assert rows["Cleo"]["has_two_factor"]
    assert as_ben.post(f"people/{rows['Cleo']['id']}/departure", status=403)["code"] == "NOT_PERMITTED"
    assert as_ada.post(f"people/{rows['Ben']['id']}/departure")["is_active"] is False
    assert as_ben.call("GET", "me").status_code == 401, "their token stops with them"
    assert as_ada.post(f"people/{rows['Ada']['id']}/departure", status=409)["code"] == "LAST_OWNER"


def test_a_connection_is_read_and_edited(as_cleo: Program, as_ben: Program, scene: Scene) -> None:
    [listed] = as_cleo.get("connections")
    assert (listed["health"]["state"], listed["settings"]["branch_ids"]) == (
        "connected",
        [scene.cast.london.pk],
    )
    path = f"connections/{listed['id']}"
    written = {**listed["settings"], "send_when": "as_ready"}
    assert as_cleo.put(f"{path}/settings", written)["settings"]["send_when"] == "as_ready"
    assert as_ben.put(f"{path}/settings", written, 403)["code"] == "NOT_PERMITTED"
    problem = as_cleo.put(f"{path}/settings", {**written, "expense_account_code": "999"}, 422)
    assert [error["field"] for error in problem["errors"]] == ["expense_account_code"]
    assert as_cleo.get(f"{path}/health")["sentence"] == "Connected."


def test_what_was_done_is_listed_newest_first(as_ben: Program, as_cleo: Program, scene: Scene) -> None:
    as_ben.post("companies", {"name": "Kestrel Air", "is_client": True}, 201)
    page = as_cleo.get("books/activity", page_size=1)
    assert page["items"][0]["sentence"] == "Added Kestrel Air."
    assert page["total"] > 3
    assert as_cleo.get("books/attention") == {"items": [], "total": 0}


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'"words"', 422),
        (b"[]", 422),
        (b"", 422),
        (b"\xff", 400),
        (b'{"name": "\\u0000"}', 422),
        (b'{"name": "\\ud800"}', 422),
        (b" " * 3_200_000, 413),
    ],
)
def test_a_body_that_is_none_is_a_problem_and_not_an_error(
    as_ben: Program, scene: Scene, data: bytes, status: int
) -> None:
    answer = as_ben.call("POST", "companies", data=data, content_type="application/json")
    assert said(answer, status)["status"] == status


def test_a_wrong_address_or_method_is_a_problem_too(as_ben: Program, scene: Scene) -> None:
    for path in ("/api/v1/", "/api/v1/northlight/", "/api/v1/northlight/things"):
        assert as_ben.call("GET", path).status_code == 404
    said(as_ben.call("POST", "/api/v1/northlight/things", {}), 404)
    said(as_ben.call("GET", "expenses/%00"), 404)
    said(as_ben.call("GET", f"expenses/{scene.invoice.pk}"), 404)
    answer = as_ben.call("PATCH", f"expenses/{scene.expense.pk}", {})
    assert said(answer, 405)["code"] == "METHOD_NOT_ALLOWED"
    assert set(answer["Allow"].split(", ")) == {"GET", "PUT"}


def test_a_months_end_is_read_with_sums_and_documents(as_cleo: Program, scene: Scene) -> None:
    heaps = {heap["name"]: heap for heap in as_cleo.get("books/month-end", until="2026-11-30")}
    assert {"drafts", "orders", "credits"} <= set(heaps)
    for heap in heaps.values():
        assert heap["count"] == len(heap["documents"])
    drafts = {row["id"]: row["amount"] for row in heaps["drafts"]["documents"]}
    assert all("." in amount for amount in drafts.values())
    assert {one["side"] for one in heaps["drafts"]["sums"]} == {"sales", "costs"}
    one = as_cleo.get("books/month-end", until="2026-11-30", connection_id=scene.connection.pk)
    assert "costs" in {heap["name"] for heap in one}
    refused = as_cleo.call("GET", "books/month-end", QUERY_STRING="until=soon")
    assert refused.status_code == 422
