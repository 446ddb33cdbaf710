"""Credit notes, payments and applied credit over the API: the same verbs as on the pages."""

from __future__ import annotations

from typing import Any

import pytest

from bluestamp.books.applications import CreditApplication
from bluestamp.books.payments import Payment
from bluestamp.engine import tenancy
from tests.integration.api.conftest import Program, Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoice(as_cleo: Program, scene: Scene) -> Any:
    """An invoice over 1,000.00 of Bristol's, where the books are kept by hand, with the client."""
    made = as_cleo.post("invoices", scene.sold(), 201)
    return as_cleo.post(f"invoices/{made['id']}/issue", {"version": 1})


@pytest.fixture
def note(as_cleo: Program, scene: Scene) -> Any:
    """A credit note over 300.00, with the client."""
    line = {"item": "Rebate", "unit_amount": "300"}
    made = as_cleo.post("credit-notes", scene.sold(lines=[line]), 201)
    return as_cleo.post(f"credit-notes/{made['id']}/issue", {"version": 1})


def _pay(program: Program, invoice: Any, status: int = 201, **changes: str) -> Any:
    said = {"paid_on": "2026-11-09", "amount": "400.00", "reference": "BACS"} | changes
    return program.post(f"invoices/{invoice['id']}/payments", said, status)


def test_an_invoice_is_credited_in_full(as_cleo: Program, invoice: Any) -> None:
    made = as_cleo.post(f"invoices/{invoice['id']}/credit-note", {"issued_on": "2026-11-20"}, 201)
    assert (made["status"], made["total"], made["invoice_id"]) == ("draft", "1000.00", invoice["id"])
    assert (made["issued_on"], made["available"], made["due_on"]) == ("2026-11-20", "1000.00", None)
    assert as_cleo.get(f"credit-notes/{made['id']}") == made
    refused = as_cleo.post(f"credit-notes/{made['id']}/issue", {"version": 2}, 409)
    assert refused["code"] == "STALE"
    assert refused["fresh"]["id"] == made["id"]


def test_a_note_is_written_replaced_issued_and_voided(as_cleo: Program, scene: Scene) -> None:
    made = as_cleo.post("credit-notes", scene.sold(), 201)
    line = {"id": made["lines"][0]["id"], "item": "Less", "unit_amount": "40"}
    body = scene.sold(lines=[line], version=1)
    changed = as_cleo.put(f"credit-notes/{made['id']}", body)
    assert (changed["total"], changed["version"]) == ("40.00", 2)
    assert as_cleo.post(f"credit-notes/{made['id']}/issue", {"version": 2})["number"]
    void = as_cleo.post(f"credit-notes/{made['id']}/void", {"version": 3, "reason": "Twice"})
    assert (void["status"], void["payment"]["amount_due"]) == ("void", "0.00")
    found = as_cleo.get("credit-notes", status="void")
    assert [row["id"] for row in found["items"]] == [made["id"]]


def test_a_discount_is_no_field_of_a_notes_line(as_cleo: Program, scene: Scene) -> None:
    line = {"item": "Less", "unit_amount": "40", "discount_rate": "5"}
    assert as_cleo.post("credit-notes", scene.sold(lines=[line]), 422)["code"] == "INVALID"


def test_a_payment_is_recorded_listed_and_taken_back(as_cleo: Program, invoice: Any) -> None:
    made = _pay(as_cleo, invoice)
    assert (made["state"], made["origin"], made["recorded_by"]) == ("confirmed", "here", "Cleo (tests)")
    assert as_cleo.get(f"invoices/{invoice['id']}/payments") == [made]
    standing = as_cleo.get(f"invoices/{invoice['id']}")["payment"]
    assert (standing["amount_paid"], standing["amount_due"]) == ("400.00", "600.00")
    assert as_cleo.delete(f"payments/{made['id']}")["state"] == "deleted"
    assert as_cleo.get(f"invoices/{invoice['id']}")["payment"]["amount_due"] == "1000.00"


def test_an_overpayment_is_refused_at_its_amount(as_cleo: Program, invoice: Any) -> None:
    refused = _pay(as_cleo, invoice, 422, amount="1000.01")
    assert refused["errors"] == [{"field": "amount", "sentence": "Only £1,000.00 is open."}]


def test_a_covered_invoice_is_paid(as_cleo: Program, invoice: Any, note: Any) -> None:
    _pay(as_cleo, invoice, amount="700")
    body = {"invoice_id": invoice["id"], "amount": "300"}
    made = as_cleo.post(f"credit-notes/{note['id']}/applications", body, 201)
    assert (made["state"], made["credit_note"]["id"], made["invoice"]["id"]) == (
        "confirmed",
        note["id"],
        invoice["id"],
    )
    assert as_cleo.get(f"invoices/{invoice['id']}")["status"] == "paid"
    assert as_cleo.get(f"credit-notes/{note['id']}")["status"] == "used"
    for where in (f"invoices/{invoice['id']}", f"credit-notes/{note['id']}"):
        assert as_cleo.get(f"{where}/applications") == [made]
    assert as_cleo.delete(f"applications/{made['id']}")["state"] == "removed"
    assert as_cleo.get(f"invoices/{invoice['id']}")["status"] == "sent"


def test_a_note_is_paid_back_by_hand(as_cleo: Program, note: Any) -> None:
    body = {"paid_on": "2026-11-09", "amount": "300"}
    made = as_cleo.post(f"credit-notes/{note['id']}/payments", body, 201)
    assert as_cleo.get(f"credit-notes/{note['id']}/payments") == [made]
    assert as_cleo.get(f"credit-notes/{note['id']}")["status"] == "used"


def test_credit_for_an_invoice_that_was_never_issued_is_refused(
    as_cleo: Program, scene: Scene, note: Any
) -> None:
    """Bookkeeping rule 15."""
    draft = as_cleo.post("invoices", scene.sold(), 201)
    body = {"invoice_id": draft["id"], "amount": "1"}
    refused = as_cleo.post(f"credit-notes/{note['id']}/applications", body, 409)
    assert refused["code"] == "NOT_ISSUED_YET"


def test_a_look_alike_is_answered(as_cleo: Program, invoice: Any, scene: Scene) -> None:
    first, second = _pay(as_cleo, invoice), _pay(as_cleo, invoice)
    with tenancy.acting_in(scene.cast.northlight.pk):
        held = {"state": "asked", "code": "LOOKS_ALIKE", "sentence": "Is it?", "twin_external_id": "p-1"}
        Payment.objects.update(**held)
    assert as_cleo.post(f"payments/{first['id']}/same")["state"] == "confirmed"
    answered = as_cleo.post(f"payments/{second['id']}/another", status=202)
    assert (answered["state"], answered["code"]) == ("asked", "")
    assert as_cleo.post(f"payments/{first['id']}/same", status=409)["code"] == "CONFLICT"


def test_earlier_payments_get_their_account(as_cleo: Program, invoice: Any, scene: Scene) -> None:
    made = _pay(as_cleo, invoice)
    with tenancy.acting_in(scene.cast.northlight.pk):
        scene.ledger.accounts.filter(code="200").update(accepts_payments=True)
    listed = as_cleo.put(f"invoices/{invoice['id']}/payment-account", {"account_code": "200"})
    assert [(row["id"], row["account_code"]) for row in listed] == [(made["id"], "200")]


def test_ben_moves_no_money(as_ben: Program, as_cleo: Program, invoice: Any, note: Any, scene: Scene) -> None:
    paid = _pay(as_cleo, invoice, amount="10")
    body = {"invoice_id": invoice["id"], "amount": "1"}
    applied = as_cleo.post(f"credit-notes/{note['id']}/applications", body, 201)
    _pay(as_ben, invoice, 403)
    as_ben.post(f"credit-notes/{note['id']}/applications", body, 403)
    as_ben.delete(f"payments/{paid['id']}", 403)
    as_ben.delete(f"applications/{applied['id']}", 403)
    with tenancy.acting_in(scene.cast.northlight.pk):
        assert CreditApplication.objects.get(pk=applied["id"]).state == "confirmed"
        assert Payment.objects.get(pk=paid["id"]).state == "confirmed"
