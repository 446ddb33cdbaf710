"""Every operation that the OpenAPI document names: who is let in, and who is not."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from bluestamp.api import copies, openapi, urls
from bluestamp.people import tokens
from bluestamp.people.memberships import Membership
from bluestamp.people.users import User
from tests.cast import Cast
from tests.integration.api.conftest import Program, Scene, token_of

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Operation:
    """One method at one address."""

    name: str
    method: str
    path: str

    def address(self, scene: Scene) -> str:
        """The address of something that there is."""
        ids = {
            "slug": "northlight",
            "expense_id": scene.expense.pk,
            "invoice_id": scene.invoice.pk,
            "note_id": scene.credit_note.pk,
            "order_id": scene.order.pk,
            "credit_id": scene.supplier_credit.pk,
            "payment_id": scene.payment.pk,
            "application_id": scene.application.pk,
            "document_id": self.document_id(scene),
            "company_id": scene.client.pk,
            "person_id": scene.person.pk,
            "job_id": scene.job.pk,
            "ledger_id": scene.ledger.pk,
            "connection_id": scene.connection.pk,
            "quote_id": scene.quote.pk,
            "item_id": scene.item.pk,
            "branch_id": scene.cast.london.pk,
            "sequence_id": scene.sequence.pk,
            "membership_id": Membership.objects.get(user=scene.cast.ben).pk,
        }
        return re.sub(r"{(\w+)}", lambda found: ids[found[1]], self.path)

    def document_id(self, scene: Scene) -> str:
        """The document of the kind that the address names."""
        kinds = {
            "expenses": scene.expense,
            "invoices": scene.invoice,
            "credit-notes": scene.credit_note,
            "purchase-orders": scene.order,
            "supplier-credits": scene.supplier_credit,
        }
        return next((found.pk for noun, found in kinds.items() if f"/{noun}/" in self.path), "")


def operations() -> Iterator[Operation]:
    """All there are."""
    for path, item in openapi.document(urls.api)["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield Operation(operation["operationId"], method, path)


ALL = list(operations())
READS = [each for each in ALL if each.method == "get"]
NOUNS = tuple(copies.Noun)
#: they change nothing that a reader would not be shown anyway
ASKED_BY_POST = {f"{noun}_copies_{act}" for noun in NOUNS for act in ("preview", "refresh")}
WRITES = [each for each in ALL if each.method != "get" and each.name not in ASKED_BY_POST]

VERSION = {"version": 1}
#: what an address asks for beside its path
QUERIES = {"books_month_end": "until=2026-11-30"}
PAYMENT = {"paid_on": "2026-11-02", "amount": "1"}
BODIES: dict[str, Callable[[Scene], Any]] = {
    "create": lambda scene: {},
    "expenses_create": Scene.bought,
    "expenses_replace": lambda scene: scene.bought(version=1),
    "expenses_approve": lambda scene: VERSION,
    "expenses_cancel": lambda scene: VERSION,
    "expenses_mark_paid": lambda scene: {"version": 1, "paid_on": "2026-11-02"},
    "invoices_create": Scene.sold,
    "invoices_replace": lambda scene: scene.sold(version=1),
    "invoices_correct": lambda scene: scene.sold(version=1, reason="A slip"),
    "invoices_send": lambda scene: {"version": 1, "to": "mo@harbour.example"},
    "invoices_mark_as_sent": lambda scene: VERSION,
    "invoices_void": lambda scene: VERSION,
    "credit_notes_create": Scene.sold,
    "credit_notes_credit": lambda scene: {},
    "credit_notes_write_off": lambda scene: {"account_code": "310"},
    "credit_notes_replace": lambda scene: scene.sold(version=1),
    "credit_notes_send": lambda scene: {"version": 1, "to": "mo@harbour.example"},
    "credit_notes_mark_as_sent": lambda scene: VERSION,
    "credit_notes_void": lambda scene: VERSION,
    "purchase_orders_create": Scene.ordered,
    "purchase_orders_replace": lambda scene: scene.ordered(version=1),
    "purchase_orders_approve": lambda scene: VERSION,
    "purchase_orders_cancel": lambda scene: VERSION,
    "purchase_orders_mark_paid": lambda scene: {"version": 1, "paid_on": "2026-11-02"},
    "purchase_orders_send": lambda scene: {"version": 1, "to": "mo@harbour.example"},
    "purchase_orders_mark_as_sent": lambda scene: VERSION,
    "purchase_orders_bill": lambda scene: {"supplier_invoice_number": "FC-1", "issued_on": "2026-11-02"},
    "purchase_orders_link": lambda scene: {"purchase_order_id": scene.order.pk},
    "purchase_orders_convert": lambda scene: VERSION,
    "supplier_credits_create": Scene.credited,
    "supplier_credits_replace": lambda scene: scene.credited(version=1),
    "supplier_credits_approve": lambda scene: VERSION,
    "supplier_credits_cancel": lambda scene: VERSION,
    "supplier_credits_mark_used": lambda scene: {"version": 1, "used_on": "2026-11-02"},
    "money_record": lambda scene: PAYMENT,
    "money_pay_back": lambda scene: PAYMENT,
    "money_set_account": lambda scene: {"account_code": "200"},
    "money_apply": lambda scene: {"invoice_id": scene.invoice.pk, "amount": "1"},
    "companies_create": lambda scene: {"name": "Kestrel Air", "is_client": True},
    "companies_replace": lambda scene: {"name": "Kestrel Air", "is_client": True, "version": 1},
    "companies_add_person": lambda scene: {"name": "Lin"},
    "companies_replace_person": lambda scene: {"name": "Lin"},
    "companies_link_contact": lambda scene: {"contact_id": "some"},
    "jobs_create": lambda scene: {
        "name": "Ebb",
        "company_id": scene.client.pk,
        "branch_id": scene.cast.london.pk,
    },
    "jobs_replace": lambda scene: {
        "name": "Ebb",
        "company_id": scene.client.pk,
        "branch_id": scene.cast.london.pk,
        "version": 1,
    },
    "quotes_create": Scene.sold,
    "quotes_replace": lambda scene: scene.sold(version=1),
    "quotes_send": lambda scene: {"version": 1, "to": "mo@harbour.example"},
    "quotes_mark_as_sent": lambda scene: VERSION,
    "quotes_approve": lambda scene: VERSION,
    "quotes_decline": lambda scene: VERSION,
    "quotes_back_to_draft": lambda scene: VERSION,
    "quotes_invoice": lambda scene: {},
    "items_create": lambda scene: {"name": "Illustration"},
    "items_replace": lambda scene: {"name": "Illustration", "version": 1},
    "items_set_codes": lambda scene: {"sales_account_code": "200"},
    "plans_replace": lambda scene: {"version": 1, "lines": [{"item": "Sketches"}]},
    "numbering_replace": lambda scene: {"prefix": "LON-", "next_number": 70},
    "numbering_credit_numbers": lambda scene: {"shares_invoices": True},
    "ledgers_replace": lambda scene: {"of": "account", "old": "1", "new": "200"},
    "jobs_move": lambda scene: {"status": "done", "version": 1},
    "connections_edit": lambda scene: {
        "branch_ids": [],
        "start_on": "2026-01-01",
        "send_when": "by_hand",
        "card_policy": "not_sent",
        "reminders_by": "nobody",
        "invoice_prefix": "INV-",
        "next_invoice_number": 7,
    },
    "copies_request_many": lambda scene: {"ids": [scene.expense.pk]},
    "copies_preview": lambda scene: {"ids": [scene.expense.pk]},
    "copies_take_xeros": lambda scene: VERSION,
    "copies_send_anyway": lambda scene: {"reason": "Another one"},
    "copies_choose_contact": lambda scene: {"contact_id": "some"},
}


def body_of(operation: Operation, scene: Scene) -> Any:
    """A body that the operation takes; None where it takes none."""
    name = re.sub(rf"^({'|'.join(NOUNS)})_", "", operation.name)
    make = BODIES.get(operation.name) or BODIES.get(name)
    return make(scene) if make else None


def called(program: Program, operation: Operation, scene: Scene) -> Any:
    """The answer to an operation as it is meant."""
    query = "version=1" if operation.method == "delete" else QUERIES.get(operation.name, "")
    if operation.name == "expenses_attach_receipt":
        return program.call("POST", operation.address(scene), **receipt())
    return program.call(
        operation.method, operation.address(scene), body_of(operation, scene), QUERY_STRING=query
    )


def receipt() -> dict[str, Any]:
    """A small paper, as a browser would send it."""
    parts = (
        '--x\r\nContent-Disposition: form-data; name="file"; filename="fc.pdf"\r\n'
        "Content-Type: application/pdf\r\n\r\n%PDF\r\n--x--\r\n"
    )
    return {"data": parts, "content_type": "multipart/form-data; boundary=x"}


def test_dan_is_told_of_every_operation_that_there_is_no_such_studio(as_dan: Program, scene: Scene) -> None:
    answers = {each.name: called(as_dan, each, scene).status_code for each in ALL}
    assert len(answers) == len(ALL) > 80
    assert {name: status for name, status in answers.items() if status != 404} == {}


def test_a_studio_that_is_not_the_tokens_is_answered_as_one_that_does_not_exist(
    as_dan: Program, scene: Scene
) -> None:
    real = as_dan.call("GET", "/api/v1/northlight/me")
    unreal = as_dan.call("GET", "/api/v1/moonlight/me")
    assert real.content == unreal.content
    assert as_dan.call("GET", "/api/v1/daybreak/me").status_code == 200


def test_dan_finds_nothing_of_northlights_below_his_own_studio(as_dan: Program, scene: Scene) -> None:
    addresses = {each: each.address(scene).replace("/northlight/", "/daybreak/") for each in ALL}
    seen = [
        address
        for each, address in addresses.items()
        if "{" in each.path.replace("{slug}", "")
        and as_dan.call(each.method, address, body_of(each, scene), QUERY_STRING="version=1").status_code
        not in (404, 422)
    ]
    assert seen == []


def test_nobody_is_let_in_without_a_valid_token(cast: Cast, scene: Scene) -> None:
    for program in (Program(""), Program("bst_something"), Program("x" * 5000)):
        statuses = {called(program, each, scene).status_code for each in ALL}
        assert statuses == {401}
    answer = Program("").call("GET", "me")
    assert (answer["WWW-Authenticate"], answer["Content-Type"]) == (
        'Bearer realm="bluestamp"',
        "application/problem+json",
    )
    assert answer.json()["code"] == "TOKEN_REFUSED"


def test_who_is_signed_in_on_the_pages_is_nobody_here(ada_user: User, scene: Scene) -> None:
    browser = Client()
    browser.force_login(ada_user)
    assert browser.get("/api/v1/northlight/me").status_code == 401


def test_a_revoked_token_opens_nothing_any_more(as_cleo: Program, cast: Cast, now: dt.datetime) -> None:
    from bluestamp.engine import tenancy

    assert as_cleo.call("GET", "me").status_code == 200
    with tenancy.acting_in(cast.northlight.pk):
        [token] = tokens.listed(cast.acting(cast.cleo))
        assert token.last_used_at is not None
        tokens.revoke(token.pk, by=cast.acting(cast.cleo), now=now)
    assert as_cleo.call("GET", "me").status_code == 401


def test_the_accountant_changes_nothing(as_abe: Program, scene: Scene) -> None:
    answers = {each.name: called(as_abe, each, scene) for each in WRITES}
    others = {
        name: (answer.status_code, answer.content[:200])
        for name, answer in answers.items()
        if answer.status_code != 403
    }
    assert others == {}
    assert {answer.json()["code"] for answer in answers.values()} == {"NOT_PERMITTED"}


def test_everybody_of_the_studio_reads_everything_but_the_log_of_calls_and_month_end(
    as_ben: Program, as_cleo: Program, as_abe: Program, scene: Scene
) -> None:
    as_cleo.call("POST", f"expenses/{scene.expense.pk}/receipt", **receipt())
    for program in (as_ben, as_cleo, as_abe):
        statuses = {each.name: called(program, each, scene).status_code for each in READS}
        expected = dict.fromkeys(statuses, 200)
        expected |= {f"{noun}_copies_question": 409 for noun in NOUNS}
        if program is as_ben:
            expected |= {"books_exchanges": 403, "books_month_end": 403}
        assert statuses == expected


def test_every_write_of_ben_and_cleo_is_done_or_refused_with_a_reason(
    as_ben: Program, as_cleo: Program, scene: Scene
) -> None:
    for program in (as_ben, as_cleo):
        for each in ALL:
            answer = called(program, each, scene)
            assert answer.status_code in {200, 201, 202, 204, 403, 404, 409, 422}, (each, answer.content)
            if answer.status_code >= 400:
                problem = answer.json()
                assert problem["code"] and problem["detail"] and problem["status"] == answer.status_code


def test_no_answer_sets_a_cookie_or_may_be_kept(as_cleo: Program, scene: Scene) -> None:
    for each in READS:
        answer = called(as_cleo, each, scene)
        assert not answer.cookies, each
        assert answer["Cache-Control"] == "no-store"
    assert as_cleo.http.cookies == {}


def test_the_role_is_that_of_the_moment(cast: Cast, scene: Scene, now: dt.datetime) -> None:
    program = Program(token_of(cast.abe, cast, now))
    assert program.get("me")["role"] == "accountant"
    assert "edit_expenses" not in program.get("me")["may"]
