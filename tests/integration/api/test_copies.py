"""Copies in Xero by the API, against the sandbox: asked for, watched, compared, settled."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from bluestamp.sync.mirror import MirroredContact
from tests.integration.api.conftest import Program, said, token_of
from tests.integration.sync_flow.conftest import Story, sandbox, sandbox_process, story

__all__ = ["sandbox", "sandbox_process", "story"]


@pytest.fixture
def for_ben(story: Story) -> Program:
    """A program of Ben's."""
    return Program(token_of(story.cast.ben, story.cast, timezone.now()))


@pytest.fixture
def for_cleo(story: Story) -> Program:
    """A program of Cleo's."""
    return Program(token_of(story.cast.cleo, story.cast, timezone.now()))


def bill(story: Story, program: Program, supplier: str, **more: Any) -> dict[str, Any]:
    """An approved expense, entered by a program."""
    body = {
        "branch_id": story.cast.london.pk,
        "company_id": supplier,
        "issued_on": story.today.isoformat(),
        "currency": "GBP",
        "supplier_invoice_number": "FC-20931",
        "lines": [
            {
                "item": "Foil",
                "quantity": "200",
                "unit_amount": "1.85",
                "account_code": "325",
                "tax_type": "INPUT2",
            }
        ],
        **more,
    }
    made = program.post("expenses", body, 201)
    return program.post(f"expenses/{made['id']}/approval", {"version": 1})  # type: ignore[no-any-return]


def drained(story: Story) -> None:
    """What the worker does, a moment later than the requests came."""
    story.now = timezone.now()
    story.drain()


def test_a_program_copies_a_bill_sees_what_xero_changed_and_takes_it(
    story: Story, for_ben: Program, for_cleo: Program
) -> None:
    supplier = for_ben.post("companies", {"name": "Foil & Co", "is_supplier": True}, 201)["id"]
    path = f"expenses/{bill(story, for_ben, supplier)['id']}"

    problem = for_ben.post(f"{path}/copy", status=409)
    assert (problem["code"], problem["company_name"]) == ("CONTACT_CREATE", "Foil & Co")
    asked = for_ben.post(f"{path}/copy", {"allow_create_contact": True}, 202)
    assert (asked["copy"]["state"], asked["copy"]["is_on_its_way"]) == ("waiting", True)
    for_ben.post(f"{path}/copy", {"allow_create_contact": True}, 202)
    assert [row["id"] for row in for_ben.get("books/waiting")] == [asked["id"]]
    drained(story)

    [there] = story.bills()
    copy = for_ben.get(f"{path}/copy")
    assert (copy["state"], copy["xero_status"]) == ("in_step", "SUBMITTED")
    assert there["InvoiceID"] in copy["stamp_url"]
    assert for_ben.get(f"companies/{supplier}")["contacts"][0]["organisation"] == story.connection.name

    line = there["LineItems"][0]["LineItemID"]
    story.sandbox.do(there["InvoiceID"], "edit_line", line=line, fields={"UnitAmount": "2.00"})
    for_ben.post(f"{path}/refresh", status=202)
    drained(story)
    assert for_ben.get(f"{path}/copy")["state"] == "changed_in_xero"
    rows = {row["label"]: row for row in for_ben.get(f"{path}/differences")}
    changed = rows["Line 1 unit amount"]
    assert (changed["here"], changed["in_xero"], changed["changed_by"]) == ("1.85", "2.00", "xero")

    version = for_ben.get(path)["version"]
    assert for_ben.post(f"{path}/take-xeros", {"version": version}, 403)["code"] == "NOT_PERMITTED"
    assert for_cleo.post(f"{path}/take-xeros", {"version": version - 1}, 409)["code"] == "STALE"
    taken = for_cleo.post(f"{path}/take-xeros", {"version": version})
    assert (taken["total"], taken["copy"]["state"]) == ("480.00", "in_step")
    assert for_cleo.get(f"{path}/differences") == []
    assert for_cleo.get("books/exchanges")["total"] > 3


def test_a_bill_that_looks_like_another_waits_for_the_bookkeepers_answer(
    story: Story, for_ben: Program, for_cleo: Program
) -> None:
    supplier = for_ben.post("companies", {"name": "Foil & Co", "is_supplier": True}, 201)["id"]
    first = bill(story, for_ben, supplier)
    for_ben.post(f"expenses/{first['id']}/copy", {"allow_create_contact": True}, 202)
    drained(story)
    second = bill(story, for_ben, supplier)
    path = f"expenses/{second['id']}"
    for_ben.post(f"{path}/copy", status=202)
    drained(story)

    copy = for_ben.get(path)["copy"]
    assert (copy["code"], copy["fault_field"]) == ("DUPLICATE_SUSPECTED", "supplier_invoice_number")
    assert copy["remedy"]["what_to_do"]
    question = for_ben.get(f"{path}/question")
    assert (question["document_id"], question["total"]) == (first["id"], "444.00")
    assert [row["id"] for row in for_ben.get("books/attention")["items"]] == [second["id"]]

    assert for_cleo.post(f"{path}/link", status=404)["code"] == "NOT_FOUND"
    assert for_ben.post(f"{path}/send-anyway", {"reason": "Two orders"}, 403)["code"] == "NOT_PERMITTED"
    problem = for_cleo.post(f"{path}/send-anyway", {"reason": " "}, 422)
    assert [error["field"] for error in problem["errors"]] == ["reason"]
    for_cleo.post(f"{path}/send-anyway", {"reason": "Two orders"}, 202)
    assert for_cleo.post(f"{path}/send-anyway", {"reason": "Two orders"}, 409)["code"] == "NO_QUESTION"
    drained(story)
    assert len(story.bills()) == 2


def test_an_unclear_contact_is_chosen_by_the_bookkeeper_and_what_cant_go_is_said(
    story: Story, for_ben: Program, for_cleo: Program
) -> None:
    known = MirroredContact.objects.filter(connection=story.connection, status="ACTIVE").first()
    assert known is not None
    supplier = for_ben.post("companies", {"name": f"The {known.name} Limited", "is_supplier": True}, 201)[
        "id"
    ]
    unclear = bill(story, for_ben, supplier)
    path = f"expenses/{unclear['id']}"
    problem = for_ben.post(f"{path}/copy", {"allow_create_contact": True}, 409)
    assert problem["code"] == "CONTACT_CHOOSE"
    assert known.contact_id in [row["contact_id"] for row in problem["candidates"]]

    coded = bill(
        story, for_ben, supplier, lines=[{"item": "Foil", "unit_amount": "1", "account_code": "325"}]
    )
    asked = for_ben.post("expenses/copies", {"ids": [unclear["id"], coded["id"]]}, 202)
    assert asked["asked"] == 0
    assert {row["code"] for row in asked["skipped"]} == {"CONTACT_CHOOSE"}
    previewed = for_ben.post("expenses/copies/preview", {"ids": [unclear["id"]]})
    assert (previewed[0]["contact"], previewed[0]["refusal"]["code"]) == ("choose", "CONTACT_CHOOSE")

    choices = for_cleo.get(f"{path}/contacts", search=known.name.replace(" ", "%20").replace("&", "%26"))
    assert known.contact_id in [row["contact_id"] for row in choices]
    chosen = for_cleo.post(f"{path}/contact", {"contact_id": known.contact_id}, 202)
    assert chosen["copy"]["state"] == "waiting"
    withdrawn = said(for_ben.call("DELETE", f"{path}/copy"))
    assert withdrawn["copy"]["state"] == "not_in_xero"
    linked = for_cleo.get(f"companies/{supplier}")["contacts"][0]
    assert linked["contact_id"] == known.contact_id
    assert for_cleo.delete(f"companies/{supplier}/contacts/{linked['connection_id']}")["contacts"] == []
