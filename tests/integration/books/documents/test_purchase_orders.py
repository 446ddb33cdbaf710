"""Purchase orders: what they must have, what follows what, what the supplier has, and who may."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.mail import EmailMessage

from bluestamp.books import documents, letters, papers, purchase_orders
from bluestamp.books.ledgers import Ledger
from bluestamp.books.line_items import LineDraft
from bluestamp.books.purchase_orders import (
    BilledElsewhere,
    NotApprovable,
    NotMovable,
    PurchaseOrder,
    PurchaseOrderDraft,
)
from bluestamp.engine import tenancy
from bluestamp.errors import InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity, actors, holds
from bluestamp.people.actors import Actor
from bluestamp.people.holds import Held
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")

TO = "orders@inkhouse.example"


def _fields(refused: pytest.ExceptionInfo[InvalidFields]) -> list[str]:
    return [fault.field for fault in refused.value.faults]


def _fresh(order: PurchaseOrder) -> PurchaseOrder:
    return PurchaseOrder.objects.get(id=order.id)


def _loaded(order: PurchaseOrder) -> Any:
    return documents.load("purchase_order", order.id)


# ── written down ──


def test_an_order_owes_nothing_and_has_no_number_before_it_is_approved(order: PurchaseOrder) -> None:
    assert (order.status, order.number, order.total, order.amount_due) == (
        "draft",
        "",
        Decimal("1200.00"),
        Decimal("0.00"),
    )


def test_an_order_is_not_due_by_terms(
    ledger: Ledger, order_draft: PurchaseOrderDraft, ben: Actor, now: dt.datetime
) -> None:
    assert purchase_orders.create(replace(order_draft, due_on=None), by=ben, now=now).due_on is None


@pytest.mark.parametrize(
    ("account_code", "is_taken"), [("310", True), ("820", True), ("200", False), ("090", False)]
)
def test_s27_lines_take_expense_or_liability_accounts_only(
    ledger: Ledger,
    order_draft: PurchaseOrderDraft,
    ben: Actor,
    now: dt.datetime,
    account_code: str,
    is_taken: bool,
) -> None:
    line = replace(order_draft.lines[1], account_code=account_code, tax_type="NONE")
    draft = replace(order_draft, lines=(line,))
    if is_taken:
        assert purchase_orders.create(draft, by=ben, now=now).items[0].account_code == account_code
    else:
        with pytest.raises(InvalidFields) as refused:
            purchase_orders.create(draft, by=ben, now=now)
        assert _fields(refused) == ["lines.0.account_code"]


def test_the_tax_of_an_order_is_never_typed(
    ledger: Ledger, order_draft: PurchaseOrderDraft, ben: Actor, now: dt.datetime
) -> None:
    line = replace(order_draft.lines[1], typed_tax=Decimal("1.00"))
    with pytest.raises(InvalidFields) as refused:
        purchase_orders.create(replace(order_draft, lines=(line,)), by=ben, now=now)
    assert _fields(refused) == ["lines.0.typed_tax"]


# ── approved and back ──


def test_approving_gives_the_next_number(ordered: PurchaseOrder) -> None:
    assert (ordered.status, ordered.number, ordered.version) == ("approved", "PO-0001", 2)


@pytest.mark.parametrize(
    ("lines", "fields"),
    [
        ((), ["lines"]),
        ((LineDraft(unit_amount=Decimal(1)),), ["lines.0.item"]),
        ((LineDraft(item="Refund", unit_amount=Decimal(-1)),), ["lines"]),
    ],
)
def test_what_an_approved_order_needs_is_asked_at_its_field(
    ledger: Ledger,
    order_draft: PurchaseOrderDraft,
    ben: Actor,
    now: dt.datetime,
    lines: tuple[LineDraft, ...],
    fields: list[str],
) -> None:
    order = purchase_orders.create(replace(order_draft, lines=lines), by=ben, now=now)
    with pytest.raises(NotApprovable) as refused:
        purchase_orders.approve(order_id=order.id, version=1, by=ben, now=now)
    assert _fields(refused) == fields


def test_an_order_goes_back_to_draft_and_keeps_its_number(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime
) -> None:
    back = purchase_orders.back_to_draft(order_id=ordered.id, version=2, by=ben, now=now)
    assert (back.status, back.number) == ("draft", "PO-0001")


def test_an_approved_order_can_be_changed_and_stays_complete(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime
) -> None:
    draft = replace(purchase_orders.draft_of(ordered), instructions="Ring twice")
    changed = purchase_orders.edit(order_id=ordered.id, version=2, draft=draft, by=ben, now=now)
    assert (changed.instructions, changed.version, changed.amount_due) == ("Ring twice", 3, Decimal("0.00"))
    with pytest.raises(NotApprovable):
        purchase_orders.edit(order_id=ordered.id, version=3, draft=replace(draft, lines=()), by=ben, now=now)


def test_saving_what_it_already_says_changes_nothing(
    ordered: PurchaseOrder, ben: Actor, now: dt.datetime
) -> None:
    draft = purchase_orders.draft_of(ordered)
    same = purchase_orders.edit(order_id=ordered.id, version=2, draft=draft, by=ben, now=now)
    assert (same.version, same.differs_from_paper) == (2, False)


def test_an_order_that_is_held_is_not_edited(ordered: PurchaseOrder, ben: Actor, now: dt.datetime) -> None:
    holds.place(
        studio_id=ben.studio_id,
        kind="purchase_order",
        subject_id=ordered.id,
        act="edit",
        code="LOCKED",
        sentence="It is approved in Xero.",
        now=now,
    )
    draft = replace(purchase_orders.draft_of(ordered), reference="X")
    with pytest.raises(Held):
        purchase_orders.edit(order_id=ordered.id, version=2, draft=draft, by=ben, now=now)


@pytest.mark.parametrize("status", ["paid", "cancelled"])
def test_what_is_over_is_not_changed(
    ordered: PurchaseOrder, cleo: Actor, now: dt.datetime, status: str
) -> None:
    if status == "paid":
        purchase_orders.take_billed(order_id=ordered.id, is_billed=True, by=cleo, now=now)
    else:
        purchase_orders.cancel(order_id=ordered.id, version=2, reason="Late", by=cleo, now=now)
    draft = replace(purchase_orders.draft_of(ordered), reference="X")
    with pytest.raises(documents.NotEditable):
        purchase_orders.edit(order_id=ordered.id, version=3, draft=draft, by=cleo, now=now)


# ── to the supplier ──


def test_the_supplier_gets_the_order_by_e_mail_with_its_paper(
    ordered: PurchaseOrder,
    ben: Actor,
    now: dt.datetime,
    data_dir: object,
    work_off: Callable[[], int],
    mailoutbox: list[EmailMessage],
) -> None:
    letters.issue_by_email(
        kind="purchase_order", document_id=ordered.id, version=2, to=TO, message="Please", by=ben, now=now
    )
    work_off()
    letter = next(one for one in mailoutbox if one.subject == "Purchase order PO-0001 from Northlight")
    assert letter.to == [TO] and letter.attachments[0][0] == "PO-0001.pdf"
    fresh = _fresh(ordered)
    assert (fresh.sent_how, fresh.sent_to, fresh.status) == ("email", TO, "approved")
    assert fresh.paper_key


def test_a_draft_is_not_sent(order: PurchaseOrder, ben: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotMovable):
        letters.issue_by_email(
            kind="purchase_order", document_id=order.id, version=1, to=TO, message="", by=ben, now=now
        )


def test_an_order_changed_after_it_was_sent_says_that_the_supplier_has_another(
    ordered: PurchaseOrder,
    ben: Actor,
    now: dt.datetime,
    data_dir: object,
    work_off: Callable[[], int],
) -> None:
    letters.issue_by_email(
        kind="purchase_order", document_id=ordered.id, version=2, to=TO, message="", by=ben, now=now
    )
    work_off()
    old = _fresh(ordered).paper_key
    draft = replace(purchase_orders.draft_of(_fresh(ordered)), attention_to="Ida")
    changed = purchase_orders.edit(order_id=ordered.id, version=3, draft=draft, by=ben, now=now)
    assert (changed.differs_from_paper, changed.paper_key, changed.old_papers) == (True, "", [old])
    letters.send_again(kind="purchase_order", document_id=ordered.id, to=TO, message="", by=ben, now=now)
    work_off()
    assert not _fresh(ordered).differs_from_paper and _fresh(ordered).paper_key not in ("", old)


def test_a_letter_of_an_order_put_back_to_draft_stays_here(
    ordered: PurchaseOrder,
    ben: Actor,
    now: dt.datetime,
    data_dir: object,
    work_off: Callable[[], int],
    mailoutbox: list[EmailMessage],
) -> None:
    letters.issue_by_email(
        kind="purchase_order", document_id=ordered.id, version=2, to=TO, message="", by=ben, now=now
    )
    purchase_orders.back_to_draft(order_id=ordered.id, version=3, by=ben, now=now)
    work_off()
    assert not [one for one in mailoutbox if "Purchase order" in one.subject]


def test_the_paper_tells_the_supplier_where_to_and_nothing_of_what_it_is_sold_on_for(
    ledger: Ledger, order_draft: PurchaseOrderDraft, ben: Actor, now: dt.datetime
) -> None:
    told = replace(order_draft, delivery_address="Dock 4\nBristol", attention_to="Ida", instructions="By van")
    content = papers.content(_loaded(purchase_orders.create(told, by=ben, now=now)))
    assert (content["heading"], content["reader"], content["mark"]) == ("Purchase order", "Supplier", "Draft")
    assert [(note["label"], note["text"]) for note in content["notes"]] == [
        ("Deliver to", "Dock 4\nBristol"),
        ("Attention", "Ida"),
        ("Instructions", "By van"),
    ]
    assert ("Required by", "20 November 2026") in [
        (fact["label"], fact["value"]) for fact in content["facts"]
    ]
    assert content["due"] == {"label": "Total incl. VAT", "value": "£1,200.00"}
    assert "100.00" not in str(content["lines"])
    assert papers.purchase_order_pdf(_loaded(PurchaseOrder.objects.get())).startswith(b"%PDF-")


# ── paid, cancelled ──


def test_where_the_books_are_kept_elsewhere_nobody_says_paid_by_hand(
    ordered: PurchaseOrder, cleo: Actor, now: dt.datetime
) -> None:
    with pytest.raises(BilledElsewhere):
        purchase_orders.mark_paid(
            order_id=ordered.id, version=2, paid_on=dt.date(2026, 11, 21), by=cleo, now=now
        )


def test_in_own_books_paid_is_said_and_taken_back_by_hand(
    own_books: Ledger, order_draft: PurchaseOrderDraft, cleo: Actor, now: dt.datetime
) -> None:
    order = purchase_orders.create(order_draft, by=cleo, now=now)
    purchase_orders.approve(order_id=order.id, version=1, by=cleo, now=now)
    day = dt.date(2026, 11, 21)
    paid = purchase_orders.mark_paid(order_id=order.id, version=2, paid_on=day, by=cleo, now=now)
    assert (paid.status, paid.fully_paid_on) == ("paid", day)
    unpaid = purchase_orders.mark_unpaid(order_id=order.id, version=3, by=cleo, now=now)
    assert (unpaid.status, unpaid.fully_paid_on) == ("approved", None)


def test_a_cancelled_order_stays_to_be_seen(ordered: PurchaseOrder, cleo: Actor, now: dt.datetime) -> None:
    gone = purchase_orders.cancel(order_id=ordered.id, version=2, reason="Too late", by=cleo, now=now)
    assert (gone.status, gone.number) == ("cancelled", "PO-0001")
    assert activity.history("purchase_order", ordered.id)[0].sentence == "Cancelled. Too late"


# ── what the ledger says ──


@pytest.mark.parametrize("is_draft", [True, False])
def test_billed_in_the_books_is_paid_here_and_saying_it_twice_changes_nothing(
    order: PurchaseOrder, ben: Actor, now: dt.datetime, is_draft: bool
) -> None:
    clock = actors.clock(order.studio_id)
    if not is_draft:
        purchase_orders.approve(order_id=order.id, version=1, by=ben, now=now)
    first = purchase_orders.take_billed(order_id=order.id, is_billed=True, by=clock, now=now)
    again = purchase_orders.take_billed(order_id=order.id, is_billed=True, by=clock, now=now)
    assert (first.status, first.number, again.version) == ("paid", "PO-0001", first.version)


def test_billed_that_was_undone_makes_the_order_open_again(ordered: PurchaseOrder, now: dt.datetime) -> None:
    clock = actors.clock(ordered.studio_id)
    purchase_orders.take_billed(order_id=ordered.id, is_billed=True, by=clock, now=now)
    undone = purchase_orders.take_billed(order_id=ordered.id, is_billed=False, by=clock, now=now)
    assert undone.status == "approved"


def test_a_cancelled_order_is_not_brought_back_by_the_books(
    ordered: PurchaseOrder, cleo: Actor, now: dt.datetime
) -> None:
    purchase_orders.cancel(order_id=ordered.id, version=2, reason="", by=cleo, now=now)
    clock = actors.clock(ordered.studio_id)
    assert (
        purchase_orders.take_billed(order_id=ordered.id, is_billed=True, by=clock, now=now).status
        == "cancelled"
    )


def test_approved_in_the_books_is_approved_here(order: PurchaseOrder, now: dt.datetime) -> None:
    clock = actors.clock(order.studio_id)
    followed = purchase_orders.follow_approved(order_id=order.id, by=clock, now=now)
    assert (followed.status, followed.number) == ("approved", "PO-0001")


def test_what_the_books_say_is_taken_over_whatever_the_status(
    ordered: PurchaseOrder, cleo: Actor, now: dt.datetime
) -> None:
    purchase_orders.take_billed(order_id=ordered.id, is_billed=True, by=cleo, now=now)
    draft = purchase_orders.draft_of(ordered)
    draft = replace(draft, lines=draft.lines[:1])
    taken = purchase_orders.take_lines(order_id=ordered.id, version=3, draft=draft, by=cleo, now=now)
    assert (taken.sub_total, taken.status) == (Decimal("840.00"), "paid")


def test_a_number_is_given_once(order: PurchaseOrder, ben: Actor, now: dt.datetime) -> None:
    for _ in range(2):
        numbered = purchase_orders.give_number(document_id=order.id, by=ben, now=now)
    assert (numbered.number, numbered.version, numbered.search_text) == (
        "PO-0001",
        1,
        "po-0001 inkhouse print",
    )


# ── who may ──


def test_an_accountant_looks_and_touches_nothing(order: PurchaseOrder, abe: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotPermitted):
        purchase_orders.approve(order_id=order.id, version=1, by=abe, now=now)
    with pytest.raises(NotPermitted):
        purchase_orders.edit(
            order_id=order.id, version=1, draft=purchase_orders.draft_of(order), by=abe, now=now
        )


def test_dan_finds_no_order_of_northlight(
    ordered: PurchaseOrder, dan: Actor, daybreak: Studio, now: dt.datetime
) -> None:
    verbs: list[Callable[..., object]] = [purchase_orders.approve, purchase_orders.back_to_draft]
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        for verb in verbs:
            with pytest.raises(NotFound):
                verb(order_id=ordered.id, version=2, by=dan, now=now)
