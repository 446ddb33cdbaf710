"""What an expense or invoice says in Xero's words: bookkeeping rules 13, 14, 18, 20 and 21."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books.expenses import Expense, ExpenseLine
from bluestamp.books.invoices import Invoice, InvoiceLine
from bluestamp.books.jobs import Job
from bluestamp.books.line_items import LineItem
from bluestamp.sync import our_faces
from bluestamp.sync.faces import NOTE, Face
from tests.unit.sync.sides import CONTACT

WORK: dict[str, Any] = {
    "id": "l-1",
    "item": "Edit",
    "description": "Two days",
    "quantity": Decimal("2"),
    "unit_amount": Decimal("50.0000"),
    "account_code": "400",
    "tax_type": "INPUT2",
    "line_amount": Decimal("100.00"),
    "tax_amount": Decimal("20.00"),
}
HEAD: dict[str, Any] = {
    "issued_on": dt.date(2026, 3, 2),
    "due_on": dt.date(2026, 4, 1),
    "currency": "GBP",
    "tax_mode": "exclusive",
    "company_name": "Fenwick",
    "sub_total": Decimal("100.00"),
    "total_tax": Decimal("20.00"),
    "total": Decimal("120.00"),
}


def bill(*lines: LineItem, line_ids: dict[str, str] | None = None, **more: Any) -> Face:
    values = HEAD | {"status": "approved", "supplier_invoice_number": "FC-20931", "number": "EXP-0341"} | more
    rows = lines or (ExpenseLine(**WORK),)
    return our_faces.of_expense(Expense(**values), contact_id=CONTACT, line_ids=line_ids or {}, lines=rows)


def invoice(*lines: LineItem, job: Job | None = None, **more: Any) -> Face:
    values = HEAD | {"status": "sent", "number": "LDN-1049"} | more
    rows = lines or (InvoiceLine(**WORK),)
    return our_faces.of_invoice(
        Invoice(job=job, **values), contact_id=CONTACT, line_ids={"l-1": "x-1"}, lines=rows
    )


def test_a_bill_carries_the_suppliers_number_dates_and_no_reference() -> None:
    face = bill(reference="ours")
    assert (face.number, face.reference) == ("FC-20931", "")
    assert (face.date, face.due_date) == (HEAD["issued_on"], HEAD["due_on"])
    assert (face.status, face.tax_mode, face.currency) == ("SUBMITTED", "Exclusive", "GBP")
    assert (face.sub_total, face.total_tax, face.total) == (
        HEAD["sub_total"],
        HEAD["total_tax"],
        HEAD["total"],
    )
    assert not face.sent_to_contact


def test_a_line_says_its_item_and_its_description_below() -> None:
    (line,) = bill(line_ids={"l-1": "x-1"}).lines
    assert (line.our_id, line.xero_id) == ("l-1", "x-1")
    assert line.description == "Edit\nTwo days"
    assert (line.account_code, line.tax_type) == ("400", "INPUT2")
    assert not line.sends_tax


def test_a_cost_goes_and_the_sell_price_never_does() -> None:
    (line,) = bill(ExpenseLine(**WORK, sell_unit_amount=Decimal("999"))).lines
    assert "999" not in repr(line)


def test_a_discounted_line_of_a_bill_goes_net_as_one() -> None:
    row = ExpenseLine(**WORK | {"discount_rate": Decimal("10"), "line_amount": Decimal("90.00")})
    (line,) = bill(row).lines
    assert (line.quantity, line.unit_amount, line.line_amount) == (Decimal(1), Decimal(90), Decimal(90))
    assert line.discount_rate == 0


def test_a_tax_figure_typed_from_the_paper_goes_along() -> None:
    (line,) = bill(
        ExpenseLine(**WORK | {"typed_tax": Decimal("20.01"), "tax_amount": Decimal("20.01")})
    ).lines
    assert (line.sends_tax, line.tax_amount) == (True, Decimal("20.01"))


@pytest.mark.parametrize(
    ("more", "note"),
    [
        ({"paid_by": "card"}, "Paid by company card on 2 Mar 2026"),
        ({"paid_by": "person", "paid_by_name": "Ben"}, "Paid by Ben on 2 Mar 2026; to be paid back"),
    ],
)
def test_what_was_paid_already_says_by_whom_in_a_line_without_money(more: dict[str, Any], note: str) -> None:
    line = bill(**more).lines[-1]
    assert (line.our_id, line.description) == (NOTE, note)
    assert not (line.line_amount or line.quantity or line.account_code)


def test_a_bill_on_the_suppliers_account_has_no_note() -> None:
    assert [line.our_id for line in bill(paid_by="supplier").lines] == ["l-1"]


def test_a_note_keeps_its_line_in_xero() -> None:
    assert bill(paid_by="card", line_ids={NOTE: "x-n"}).lines[-1].xero_id == "x-n"


def test_a_cost_that_a_person_paid_names_the_shop_in_its_words() -> None:
    assert bill(paid_by="person", paid_by_name="Ben").lines[0].description == "Fenwick: Edit\nTwo days"


@pytest.mark.parametrize(
    ("status", "theirs"),
    [("draft", "DRAFT"), ("approved", "SUBMITTED"), ("paid", "SUBMITTED"), ("cancelled", "")],
)
def test_a_bill_asks_for_the_status_of_the_table(status: str, theirs: str) -> None:
    assert bill(status=status).status == theirs


@pytest.mark.parametrize(
    ("status", "theirs", "is_issued"),
    [
        ("draft", "DRAFT", False),
        ("sent", "AUTHORISED", True),
        ("paid", "AUTHORISED", True),
        ("void", "", False),
    ],
)
def test_an_invoice_asks_for_its_status_and_once_issued_carries_its_tax_and_that_it_was_sent(
    status: str, theirs: str, is_issued: bool
) -> None:
    face = invoice(status=status)
    assert (face.status, face.sent_to_contact) == (theirs, is_issued)
    assert [line.sends_tax for line in face.lines] == [is_issued]


def test_an_invoice_keeps_its_discount() -> None:
    row = InvoiceLine(**WORK | {"discount_rate": Decimal("10.0000"), "line_amount": Decimal("90.00")})
    (line,) = invoice(row).lines
    assert (line.quantity, line.unit_amount) == (Decimal(2), Decimal(50))
    assert (line.discount_rate, line.line_amount) == (Decimal(10), Decimal(90))


@pytest.mark.parametrize(
    ("reference", "job", "said"),
    [
        ("PO 77", Job(number="J-12", client_order_number="PO 1"), "PO 77 · J-12"),
        ("", Job(number="J-12", client_order_number="PO 1"), "PO 1 · J-12"),
        ("", Job(number="J-12"), "J-12"),
        ("PO 77", None, "PO 77"),
        ("", None, ""),
    ],
)
def test_the_reference_is_the_clients_order_number_then_the_job(
    reference: str, job: Job | None, said: str
) -> None:
    assert invoice(reference=reference, job=job).reference == said


def test_a_reference_fits_into_xeros() -> None:
    assert len(invoice(reference="P" * 255, job=Job(number="J-12")).reference) == 255


@pytest.mark.parametrize(
    ("ours", "theirs"), [("exclusive", "Exclusive"), ("inclusive", "Inclusive"), ("no_tax", "NoTax")]
)
def test_every_tax_mode_has_its_word(ours: str, theirs: str) -> None:
    assert invoice(tax_mode=ours).tax_mode == theirs
