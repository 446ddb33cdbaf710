"""Purchase orders and supplier credits at the browser, and expenses where they meet orders."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from bluestamp.books import documents, expenses, purchase_orders
from bluestamp.books.companies import Company
from bluestamp.books.expenses import Expense, ExpenseLine
from bluestamp.books.purchase_orders import PurchaseOrder
from bluestamp.books.supplier_credits import SupplierCredit
from bluestamp.engine import tenancy
from bluestamp.sync import mirror
from bluestamp.sync.connections import Connection
from bluestamp.sync.deliveries import Delivery
from bluestamp.sync.order_bills import QuotingBill
from tests.cast import Cast
from tests.desk import Desk
from tests.integration.web.conftest import Browser

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def text(answer: HttpResponse) -> str:
    """What an answer says."""
    return answer.content.decode().replace("&amp;", "&").replace("&#x27;", "'")


def typed(desk: Desk, **changes: str) -> dict[str, Any]:
    """A form for an order as a person fills it."""
    return {
        "branch_id": desk.order.branch_id,
        "company_id": desk.supplier.pk,
        "job_id": desk.job.pk,
        "issued_on": "2026-11-02",
        "due_on": "2026-11-20",
        "currency": "GBP",
        "tax_mode": "exclusive",
        "line": ["a"],
        "a-item": "Banners",
        "a-quantity": "2",
        "a-unit_amount": "300",
        "a-sell_unit_amount": "400",
        "a-account_code": "310",
        "a-tax_type": "INPUT2",
        **changes,
    }


def order_now(cast: Cast, order_id: str) -> PurchaseOrder:
    with tenancy.acting_in(cast.northlight.pk):
        return PurchaseOrder.objects.prefetch_related("lines").get(pk=order_id)


def bill_form(cast: Cast, desk: Desk, *amounts: str, **changes: str) -> dict[str, str]:
    lines = order_now(cast, desk.order.pk).items
    filled = {f"amount-{line.pk}": amount for line, amount in zip(lines, amounts, strict=True)}
    return {"supplier_invoice_number": "FC-500", "bill_issued_on": "2026-11-02", **filled, **changes}


# ── an order ──


def test_an_order_is_entered_with_what_its_lines_are_sold_on_for(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    answer = ada_browser.post("/northlight/purchase-orders/new", typed(desk), headers=HTMX)
    assert answer.status_code == 200
    made = order_now(cast, answer["HX-Push-Url"].rsplit("/", 1)[1])
    assert (made.sub_total, made.items[0].sell_unit_amount) == (600, 400)  # type: ignore[attr-defined]
    assert "PO-0002 once approved" in text(answer)


def test_what_a_line_of_an_expense_is_sold_on_for_is_typed_beside_its_cost(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    form = typed(desk, supplier_invoice_number="FC-77", paid_by="supplier")
    answer = ada_browser.post("/northlight/expenses/new", form, headers=HTMX)
    assert answer.status_code == 200
    with tenancy.acting_in(cast.northlight.pk):
        (line,) = ExpenseLine.objects.filter(document_id=answer["HX-Push-Url"].rsplit("/", 1)[1])
    assert (line.unit_amount, line.sell_unit_amount) == (300, 400)
    assert 'aria-label="What a unit is sold on for"' in text(answer)
    unreadable = form | {"a-sell_unit_amount": "dear"}
    refused = ada_browser.post("/northlight/expenses/new", unreadable, headers=HTMX)
    assert refused.status_code == 422 and "“dear”" in text(refused)


def test_s27_an_account_of_another_class_is_refused_at_its_line_and_not_offered(
    desk: Desk, ada_browser: Client
) -> None:
    answer = ada_browser.post(
        "/northlight/purchase-orders/new", typed(desk, **{"a-account_code": "200"}), headers=HTMX
    )
    assert answer.status_code == 422
    assert "can't stand here" in text(answer)
    assert 'value="310"' in text(answer) and 'value="200" label' not in text(answer)


def test_saving_and_approving_is_one_step_or_none(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    made = ada_browser.post("/northlight/purchase-orders/new", typed(desk), headers=HTMX)["HX-Push-Url"]
    lacking = typed(desk, version="1", **{"a-item": "", "a-description": ""})
    assert ada_browser.post(f"{made}/approval", lacking, headers=HTMX).status_code == 422
    answer = ada_browser.post(f"{made}/approval", typed(desk, version="1"), headers=HTMX)
    assert answer.status_code == 200
    assert "PO-0002" in text(answer) and ">Approved</span>" in text(answer)


def test_whoever_was_slower_sees_what_changed(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    path = f"/northlight/purchase-orders/{desk.order.pk}"
    version = str(desk.order.version)
    assert (
        ada_browser.post(path, typed(desk, version=version, reference="First"), headers=HTMX).status_code
        == 200
    )
    answer = ada_browser.post(path, typed(desk, version=version, reference="Second"), headers=HTMX)
    assert answer.status_code == 409
    assert 'value="Second"' in text(answer) and "Meanwhile it says: <b>First</b>" in text(answer)


def test_the_supplier_is_told_and_the_page_says_so(desk: Desk, ada_browser: Client) -> None:
    path = f"/northlight/purchase-orders/{desk.order.pk}"
    wrong = ada_browser.post(f"{path}/letter", {"to": "nobody", "message": ""}, headers=HTMX)
    assert wrong.status_code == 422 and "is not an e-mail address" in text(wrong)
    answer = ada_browser.post(f"{path}/letter", {"to": "ann@foil.example", "message": "Hi"}, headers=HTMX)
    assert "Sent to ann@foil.example by Ada" in text(answer)
    changed = ada_browser.post(path, typed(desk, version=str(desk.order.version + 1)), headers=HTMX)
    assert "changed after the supplier got it" in text(changed)


def test_the_paper_is_a_pdf(desk: Desk, ada_browser: Client) -> None:
    answer = ada_browser.get(f"/northlight/purchase-orders/{desk.order.pk}/pdf")
    assert answer["Content-Type"] == "application/pdf" and answer.content.startswith(b"%PDF-")


def test_cancelling_keeps_it_to_be_seen(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    path = f"/northlight/purchase-orders/{desk.order.pk}"
    answer = ada_browser.post(f"{path}/cancellation", {"reason": "Late"}, headers=HTMX)
    assert answer.status_code == 200 and "Cancelled. Late" in text(answer)
    assert order_now(cast, desk.order.pk).status == "cancelled"


def test_copying_asks_for_one_delivery(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        Connection.objects.filter(pk=desk.connection.pk).update(
            cursors={mirror.CURSOR: "2026-11-02T09:00:00Z"}
        )
    path = f"/northlight/purchase-orders/{desk.order.pk}/copy"
    asked = ada_browser.post(path, {}, headers=HTMX)
    assert asked.status_code == 409 and "Create the contact and send" in text(asked)
    answer = ada_browser.post(path, {"create_contact": "yes"}, headers=HTMX)
    assert answer.status_code == 200, text(answer)
    with tenancy.acting_in(cast.northlight.pk):
        assert Delivery.objects.filter(kind="purchase_order", document_id=desk.order.pk).count() == 1


# ── what was billed of it ──


def test_rule_17_the_suppliers_invoice_is_entered_from_the_order(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    path = f"/northlight/purchase-orders/{desk.order.pk}"
    answer = ada_browser.post(f"{path}/bill", bill_form(cast, desk, "925.00", ""), headers=HTMX)
    assert answer.status_code == 204
    with tenancy.acting_in(cast.northlight.pk):
        made = expenses.Expense.objects.prefetch_related("lines").get(
            pk=answer["HX-Redirect"].rsplit("/", 1)[1]
        )
        assert [(line.item, line.quantity, line.unit_amount) for line in made.items] == [
            ("Foil sheets", 500, made.items[0].unit_amount)
        ]
    page = text(ada_browser.get(path))
    for figure in ("£949.00", "£925.00", "£24.00"):
        assert figure in page
    assert "Purchase order" in text(ada_browser.get(answer["HX-Redirect"]))


def test_a_part_is_billed_as_an_amount_and_the_rest_waits(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    path = f"/northlight/purchase-orders/{desk.order.pk}"
    ada_browser.post(f"{path}/bill", bill_form(cast, desk, "425.00", "24"))
    page = text(ada_browser.get(path))
    assert "£500.00" in page and 'value="500.00"' in page


def test_an_invoice_without_the_suppliers_number_is_refused_and_what_was_typed_stays(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    form = bill_form(cast, desk, "12.34", "", supplier_invoice_number=" ")
    answer = ada_browser.post(f"/northlight/purchase-orders/{desk.order.pk}/bill", form, headers=HTMX)
    assert answer.status_code == 422
    assert "Enter the supplier's invoice number." in text(answer) and 'value="12.34"' in text(answer)


def test_rule_17_an_order_billed_in_xero_is_asked_about_first_and_says_what_paid_means(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        ledger = desk.ledger
        ledger.source = "xero"
        ledger.save(update_fields=["source"])
        ada = cast.acting(cast.ada)
        purchase_orders.take_billed(order_id=desk.order.pk, is_billed=True, by=ada, now=desk.order.changed_at)
    path = f"/northlight/purchase-orders/{desk.order.pk}"
    assert "Paid · billed in Xero" in text(ada_browser.get(path))
    assert "Paid · billed in Xero" in text(ada_browser.get("/northlight/purchase-orders"))
    form = bill_form(cast, desk, "10", "")
    assert ada_browser.post(f"{path}/bill", form, headers=HTMX).status_code == 409
    assert ada_browser.post(f"{path}/bill", form | {"is_looked_at": "yes"}, headers=HTMX).status_code == 204


# ── expenses and orders ──


def test_an_expense_is_turned_into_an_order(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    path = f"/northlight/expenses/{desk.draft_expense.pk}"
    assert "Turn into purchase order" in text(ada_browser.get(path))
    version = {"version": str(desk.draft_expense.version)}
    answer = ada_browser.post(f"{path}/conversion", version, headers=HTMX)
    made = order_now(cast, answer["HX-Redirect"].rsplit("/", 1)[1])
    assert (made.status, made.sub_total) == ("draft", desk.draft_expense.sub_total)
    page = text(ada_browser.get(path))
    assert "Turned into purchase order" in page and answer["HX-Redirect"] in page
    assert "Turn into purchase order" not in page


def test_an_expense_is_put_to_an_order_and_taken_off_again(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    path = f"/northlight/expenses/{desk.approved_expense.pk}"
    answer = ada_browser.post(f"{path}/order", {"order_id": desk.order.pk}, headers=HTMX)
    assert answer.status_code == 200 and "Take it off PO-0001" in text(answer)
    again = ada_browser.post(f"{path}/order", {"order_id": desk.order.pk}, headers=HTMX)
    assert again.status_code == 409
    ada_browser.post(f"{path}/order-removal", {}, headers=HTMX)
    with tenancy.acting_in(cast.northlight.pk):
        assert Expense.objects.get(pk=desk.approved_expense.pk).purchase_order_id is None


def test_s54_what_approved_means_stands_beside_approve(desk: Desk, ada_browser: Client) -> None:
    said = "in Xero it arrives as Awaiting approval"
    assert said in text(ada_browser.get(f"/northlight/expenses/{desk.draft_expense.pk}"))
    assert said not in text(ada_browser.get(f"/northlight/expenses/{desk.approved_expense.pk}"))


# ── supplier credits ──


def test_a_credit_is_shown_negative_and_stored_positive(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    assert "−£44.40" in text(ada_browser.get("/northlight/supplier-credits"))
    page = text(ada_browser.get(f"/northlight/supplier-credits/{desk.supplier_credit.pk}"))
    assert "−£44.40" in page and 'value="1.85"' in page


def test_a_credit_begins_with_the_bill_that_it_credits(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    page = text(ada_browser.get(f"/northlight/supplier-credits/new?expense={desk.approved_expense.pk}"))
    assert ">Foil blocking</textarea>" in page and "EXP-0001</a>" in page
    form = typed(desk, expense_id=desk.approved_expense.pk, supplier_credit_number="FC-C18")
    answer = ada_browser.post("/northlight/supplier-credits/new", form, headers=HTMX)
    with tenancy.acting_in(cast.northlight.pk):
        made = SupplierCredit.objects.get(pk=answer["HX-Push-Url"].rsplit("/", 1)[1])
        assert (made.expense_id, made.supplier_credit_number) == (desk.approved_expense.pk, "FC-C18")


def test_a_credit_is_approved_and_put_back(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    path = f"/northlight/supplier-credits/{desk.supplier_credit.pk}"
    assert ">Approved</span>" in text(ada_browser.post(f"{path}/approval", {}, headers=HTMX))
    assert ada_browser.post(f"{path}/draft", {}, headers=HTMX).status_code == 200
    with tenancy.acting_in(cast.northlight.pk):
        assert documents.load("supplier_credit", desk.supplier_credit.pk).status == "draft"


# ── who sees what ──


def test_an_accountant_sees_no_button_that_changes_anything(cast: Cast, desk: Desk, browser: Browser) -> None:
    abe = browser(cast.abe)
    for path in (f"purchase-orders/{desk.order.pk}", f"supplier-credits/{desk.supplier_credit.pk}"):
        page = text(abe.get(f"/northlight/{path}"))
        for words in ("Approve</button>", ">Save</button>", "Enter supplier’s invoice", "Cancel "):
            assert words not in page, (path, words)


def test_lists_tell_what_is_yet_to_be_billed(cast: Cast, desk: Desk, ada_browser: Client) -> None:
    page = text(ada_browser.get("/northlight/purchase-orders"))
    assert "To be billed, net" in page and "£949.00" in page and "£1,138.80" in page


def test_a_job_tells_what_was_ordered_and_is_not_billed_yet(desk: Desk, ada_browser: Client) -> None:
    page = text(ada_browser.get(f"/northlight/jobs/{desk.job.pk}"))
    assert "£949.00 ordered, not billed yet" in page
    assert "PO-0001" in page and "FC-C17" in page


def test_rule_17_a_bill_in_xero_that_quotes_the_order_is_shown_on_it(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        QuotingBill.objects.create(
            studio=cast.northlight,
            connection=desk.connection,
            order=desk.order,
            xero_id="33333333-3333-4333-8333-333333333333",
            number="FC-9999",
            status="SUBMITTED",
            total=desk.order.total,
            currency="GBP",
            seen_at=desk.order.changed_at,
        )
    page = text(ada_browser.get(f"/northlight/purchase-orders/{desk.order.pk}"))
    assert "FC-9999" in page and "entered there by hand" in page


def test_terms_of_payment_say_nothing_of_when_an_order_is_needed(
    cast: Cast, desk: Desk, ada_browser: Client
) -> None:
    with tenancy.acting_in(cast.northlight.pk):
        Company.objects.filter(pk=desk.supplier.pk).update(terms_days=30)
    words = {"company_id": desk.supplier.pk, "branch_id": cast.london.pk, "issued_on": "2026-11-02"}
    assert 'id="field-due_on"' not in text(ada_browser.post("/northlight/purchase-orders/defaults", words))
    assert 'id="field-due_on"' not in text(ada_browser.post("/northlight/quotes/defaults", words))
    bill = text(ada_browser.post("/northlight/expenses/defaults", words))
    assert 'name="due_on" value="2026-12-02"' in bill
