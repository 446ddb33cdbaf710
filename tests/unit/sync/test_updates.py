"""What an update of a copied document carries, and when nothing may be sent: bookkeeping rules 4, 5 and 6."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from msgspec.structs import replace

from bluestamp.sync import mapping
from bluestamp.sync.faces import NOTE, Face, LineFace
from bluestamp.sync.mapping import Edit
from bluestamp.sync.updates import Change, LineChange, Nothing, Stop
from tests.unit.sync.sides import document, line, new, sides, strange

AGREED = document()
TWO = document(line("a"), line("b", amount="40.00"))
INVOICE = document(status="AUTHORISED", sent_to_contact=True, number="LDN-1049")
DEARER = document(line(amount="130.00"))
LATER = replace(AGREED, due_date=dt.date(2026, 5, 1))
BUNDLE = frozenset({"quantity", "unit_amount", "line_amount"})
ISSUED: dict[str, Any] = {"kind": "invoice", "our_status": "sent"}


def lines_of(decision: object) -> dict[str, frozenset[str]]:
    assert isinstance(decision, Change), decision
    assert decision.lines is not None
    return {change.xero_id or f"new {change.line.our_id}": change.fields for change in decision.lines}


# What goes along


def test_nothing_goes_when_both_sides_agree() -> None:
    assert sides(AGREED).decide() == Nothing()


def test_what_xero_wrote_its_own_way_is_no_change() -> None:
    trimmed = replace(AGREED, lines=(line(description="Work a, trimmed", tax_type="INPUT2"),), due_date=None)
    assert sides(AGREED, held=trimmed).decide() == Nothing()


def test_a_change_of_the_head_goes_alone() -> None:
    assert sides(AGREED, ours=LATER).decide() == Change(fields={"due_date": LATER.due_date})


@pytest.mark.parametrize(
    "theirs",
    [document(line(account_code="404", tracking=("Region: North",))), document(line(), strange("s"))],
    ids=["recoded", "a line added"],
)
@pytest.mark.parametrize("seen", [True, False])
def test_a_change_of_the_head_leaves_lines_out_although_they_differ_there(theirs: Face, seen: bool) -> None:
    decision = sides(AGREED, ours=LATER, theirs=theirs, seen=seen).decide()
    assert decision == Change(fields={"due_date": LATER.due_date})


def test_a_price_goes_with_its_line_amount_and_the_other_lines_by_name_alone() -> None:
    dearer = document(line("a", amount="130.00"), line("b", amount="40.00"))
    assert lines_of(sides(TWO, ours=dearer).decide()) == {"x-a": BUNDLE, "x-b": frozenset()}


def test_words_go_without_amounts() -> None:
    ours = document(line(description="Edit and grade"))
    assert lines_of(sides(AGREED, ours=ours).decide()) == {"x-a": {"description"}}


def test_a_discount_goes_with_the_price_where_either_side_has_one() -> None:
    dearer = document(line(amount="90.00", discount_rate=Decimal("10")))
    assert lines_of(sides(AGREED, ours=dearer).decide()) == {"x-a": BUNDLE | {"discount_rate"}}
    assert lines_of(sides(dearer, ours=AGREED).decide()) == {"x-a": BUNDLE | {"discount_rate"}}


def test_a_tax_figure_typed_from_the_paper_goes_with_the_amounts() -> None:
    typed = document(line(tax_amount=Decimal("20.01"), sends_tax=True))
    assert lines_of(sides(AGREED, ours=typed).decide()) == {"x-a": BUNDLE | {"tax_amount"}}


def test_a_tax_figure_that_only_we_reckoned_never_goes() -> None:
    ours = document(line(tax_amount=Decimal("19.99")))
    assert sides(AGREED, ours=ours).decide() == Nothing()


def test_a_new_line_goes_whole_beside_the_others() -> None:
    changed = lines_of(sides(AGREED, ours=document(line("a"), new("b"))).decide())
    assert changed["x-a"] == frozenset()
    assert {"description", "line_amount", "account_code", "tax_type"} <= changed["new b"]


def test_a_removed_line_is_left_out_of_the_lines() -> None:
    assert lines_of(sides(TWO, ours=document(line("b", amount="40.00"))).decide()) == {"x-b": frozenset()}


def test_another_order_alone_is_nothing_to_send() -> None:
    assert sides(TWO, ours=replace(TWO, lines=TWO.lines[::-1])).decide() == Nothing()


def test_another_order_keeps_every_line_by_its_name() -> None:
    ours = document(line("b", amount="45.00"), line("a"))
    decision = sides(TWO, ours=ours).decide()
    assert list(lines_of(decision).items()) == [("x-b", BUNDLE), ("x-a", frozenset())]


def test_the_note_for_the_bookkeeper_changes_by_its_words_alone() -> None:
    note = LineFace(our_id=NOTE, xero_id="x-note", description="Paid by company card on 2 Mar 2026")
    agreed = document(line(), note)
    ours = document(line(), replace(note, description="Paid by company card on 3 Mar 2026"))
    assert lines_of(sides(agreed, ours=ours).decide()) == {"x-a": frozenset(), "x-note": {"description"}}


# Codes


@pytest.mark.parametrize("seen", [True, False])
def test_a_line_recoded_in_xero_keeps_its_codes_when_the_price_changes_here(seen: bool) -> None:
    theirs = document(line(account_code="404", tracking=("Region: North",)))
    decision = sides(AGREED, ours=DEARER, theirs=theirs, seen=seen).decide()
    assert lines_of(decision) == {"x-a": BUNDLE}


def test_a_code_changed_here_goes_alone() -> None:
    ours = document(line(account_code="429"))
    assert lines_of(sides(AGREED, ours=ours).decide()) == {"x-a": {"account_code"}}


@pytest.mark.parametrize("seen", [True, False])
def test_a_code_changed_on_both_sides_stays_as_it_is_in_xero(seen: bool) -> None:
    ours, theirs = document(line(account_code="429")), document(line(account_code="404"))
    assert sides(AGREED, ours=ours, theirs=theirs, seen=seen).decide() == Nothing()


def test_a_code_that_stayed_in_xero_at_the_last_send_gives_way_to_a_later_change_here() -> None:
    recoded = document(line(account_code="404"))
    decision = sides(AGREED, held=recoded, ours=document(line(account_code="429"))).decide()
    assert lines_of(decision) == {"x-a": {"account_code"}}


def test_our_tax_figure_does_not_follow_a_tax_rate_that_somebody_chose_in_xero() -> None:
    billed = document(line(sends_tax=True), status="AUTHORISED")
    theirs = document(line(tax_type="ZERORATED", tax_amount=Decimal("0.00")), status="AUTHORISED")
    assert sides(billed, theirs=theirs, **ISSUED).decide() == Nothing()
    dearer = document(line(amount="130.00", sends_tax=True), status="AUTHORISED")
    assert lines_of(sides(billed, ours=dearer, theirs=theirs, **ISSUED).decide()) == {"x-a": BUNDLE}


# What somebody did in Xero


@pytest.mark.parametrize(
    "theirs",
    [
        document(line("a", amount="60.00"), strange("s", amount="40.00"), line("b", amount="40.00")),
        document(line("a"), line("b", amount="40.00"), strange("s", amount="0.00")),
        document(line("b", amount="40.00")),
    ],
    ids=["split", "added", "deleted"],
)
@pytest.mark.parametrize("seen", [True, False])
def test_lines_split_added_or_deleted_in_xero_are_settled_before_lines_go(theirs: Face, seen: bool) -> None:
    dearer = document(line("a", amount="130.00"), line("b", amount="40.00"))
    decision = sides(TWO, ours=dearer, theirs=theirs, seen=seen).decide()
    assert decision == Stop("LINES_DIFFER")


def test_a_line_added_in_xero_and_let_stand_is_named_so_that_xero_keeps_it() -> None:
    held = document(line(), strange("s", amount="15.00"))
    assert lines_of(sides(AGREED, held=held, ours=DEARER).decide()) == {"x-a": BUNDLE, "x-s": frozenset()}


def test_a_line_deleted_on_both_sides_is_no_difference() -> None:
    ours = document(line("a", amount="130.00"))
    decision = sides(TWO, ours=ours, theirs=document(line("a"))).decide()
    assert lines_of(decision) == {"x-a": BUNDLE}


CHANGES_THERE = {
    "due date": replace(AGREED, due_date=dt.date(2026, 6, 1)),
    "amount": document(line(amount="90.00")),
    "words": document(line(description="Work a, checked")),
    "tax figure": document(line(tax_amount=Decimal("19.98"))),
}
CHANGES_HERE = {
    "due date": LATER,
    "amount": DEARER,
    "words": document(line(description="Edit and grade")),
    "tax figure": DEARER,
}


@pytest.mark.parametrize("what", CHANGES_THERE)
def test_an_unseen_change_in_xero_stops_what_would_write_over_it(what: str) -> None:
    decision = sides(AGREED, ours=CHANGES_HERE[what], theirs=CHANGES_THERE[what], seen=False).decide()
    assert decision == Stop("CHANGED_IN_XERO")


@pytest.mark.parametrize("what", CHANGES_THERE)
def test_a_change_in_xero_that_the_person_saw_is_written_over(what: str) -> None:
    decision = sides(AGREED, ours=CHANGES_HERE[what], theirs=CHANGES_THERE[what], seen=True).decide()
    assert isinstance(decision, Change)


@pytest.mark.parametrize("what", ["due date", "amount", "words"])
def test_send_changes_puts_ours_back_over_what_was_seen_in_xero(what: str) -> None:
    assert isinstance(sides(AGREED, theirs=CHANGES_THERE[what]).decide(), Change)
    assert sides(AGREED, theirs=CHANGES_THERE[what], seen=False).decide() == Stop("CHANGED_IN_XERO")


@pytest.mark.parametrize(
    "theirs",
    [document(line("a", amount="99.00"), line("b", amount="40.00")), document(line("a", account_code="404"), line("b", amount="40.00"))],
    ids=["amount", "code"],
)  # fmt: skip
def test_a_line_removed_here_is_not_deleted_over_an_unseen_change(theirs: Face) -> None:
    ours = document(line("b", amount="40.00"))
    assert sides(TWO, ours=ours, theirs=theirs, seen=False).decide() == Stop("CHANGED_IN_XERO")
    assert lines_of(sides(TWO, ours=ours, theirs=theirs).decide()) == {"x-b": frozenset()}


def test_the_same_change_on_both_sides_is_nothing_to_send() -> None:
    assert sides(AGREED, ours=DEARER, theirs=DEARER, seen=False).decide() == Nothing()


# A reply that was lost: Xero has the update, we never heard


def test_a_line_that_arrived_without_our_hearing_is_not_added_again() -> None:
    ours = document(line("a"), new("b"))
    decision = sides(AGREED, ours=ours, theirs=document(line("a"), strange("b1", description="Work b")), seen=False).decide()  # fmt: skip
    assert lines_of(decision) == {"x-a": frozenset(), "x-b1": frozenset()}


def test_two_equal_lines_of_which_one_arrived_bring_one_more() -> None:
    ours = document(line("a"), new("b"), new("c", description="Work b"))
    theirs = document(line("a"), strange("b1", description="Work b"))
    changed = lines_of(sides(AGREED, ours=ours, theirs=theirs, seen=False).decide())
    assert set(changed) == {"x-a", "x-b1", "new c"}


def test_a_removal_that_arrived_without_our_hearing_is_no_difference() -> None:
    decision = sides(TWO, ours=document(line("a")), theirs=document(line("a")), seen=False).decide()
    assert lines_of(decision) == {"x-a": frozenset()}


# A document that existed in Xero and was linked: what it held is not known, ours stands for both


def test_a_linked_documents_lines_are_sent_over_what_was_seen() -> None:
    ours = document(line("a", amount="130.00"))
    link = document(new("a", amount="130.00"))
    theirs = document(line("a", account_code="404"))
    decision = sides(link, ours=ours, theirs=theirs).decide()
    assert lines_of(decision) == {"x-a": BUNDLE}


# Locks and money


@pytest.mark.parametrize("theirs", ["AUTHORISED", "PAID"])
@pytest.mark.parametrize("ours", [LATER, DEARER, document(line(), new("b"))])
def test_a_bill_approved_in_xero_is_locked(ours: Face, theirs: str) -> None:
    locked = replace(AGREED, status=theirs)
    assert sides(AGREED, ours=ours, theirs=locked).decide() == Stop("LOCKED_IN_XERO")


def test_a_locked_bill_with_nothing_to_send_is_in_step() -> None:
    assert sides(AGREED, theirs=replace(AGREED, status="AUTHORISED")).decide() == Nothing()


def test_a_locked_bill_says_locked_before_it_speaks_of_lines() -> None:
    theirs = document(line(amount="60.00"), strange("s"), status="AUTHORISED")
    assert sides(AGREED, ours=DEARER, theirs=theirs).decide() == Stop("LOCKED_IN_XERO")


@pytest.mark.parametrize("theirs", ["AUTHORISED", "PAID"])
@pytest.mark.parametrize(
    ("ours", "decision"),
    [
        (replace(INVOICE, reference="PO 77"), Change(fields={"reference": "PO 77"})),
        (replace(INVOICE, due_date=dt.date(2026, 5, 1)), Change(fields={"due_date": dt.date(2026, 5, 1)})),
        (
            replace(INVOICE, lines=(line(account_code="201"),)),
            Change(lines=(LineChange("x-a", line(account_code="201"), frozenset({"account_code"})),)),
        ),
        (replace(INVOICE, lines=(line(amount="130.00"),)), Stop("PAID_IN_XERO")),
        (replace(INVOICE, lines=(line(tax_type="ZERORATED"),)), Stop("PAID_IN_XERO")),
        (replace(INVOICE, lines=(line(), new("b"))), Stop("PAID_IN_XERO")),
        (replace(INVOICE, date=dt.date(2026, 3, 3)), Stop("PAID_IN_XERO")),
        (replace(INVOICE, currency="EUR"), Stop("PAID_IN_XERO")),
        (replace(INVOICE, tax_mode="Inclusive"), Stop("PAID_IN_XERO")),
        (replace(INVOICE, contact_id="another"), Stop("PAID_IN_XERO")),
    ],
    ids=["reference", "due date", "account", "amount", "tax", "line", "date", "currency", "tax mode", "contact"],
)  # fmt: skip
def test_a_paid_invoice_lets_codes_and_dates_through_and_no_amount(
    ours: Face, decision: object, theirs: str
) -> None:
    paid = replace(INVOICE, status=theirs)
    case = sides(INVOICE, held=paid, ours=ours, has_money=True, **ISSUED)
    assert case.decide() == decision


def test_removing_a_line_of_a_paid_invoice_stops() -> None:
    agreed = replace(TWO, status="AUTHORISED")
    ours = replace(agreed, lines=agreed.lines[:1])
    assert sides(agreed, ours=ours, has_money=True, **ISSUED).decide() == Stop("PAID_IN_XERO")


def test_a_correction_of_an_unpaid_invoice_goes() -> None:
    ours = replace(INVOICE, lines=(line(amount="130.00"),))
    assert lines_of(sides(INVOICE, ours=ours, **ISSUED).decide()) == {"x-a": BUNDLE}


def test_an_approval_in_xero_that_nobody_saw_stops_amounts_but_not_dates() -> None:
    draft = document(status="DRAFT")
    approved = replace(draft, status="AUTHORISED")
    case: dict[str, Any] = {"theirs": approved, "seen": False, "kind": "invoice", "our_status": "draft"}
    dearer = replace(draft, lines=DEARER.lines)
    assert sides(draft, ours=dearer, **case).decide() == Stop("CHANGED_IN_XERO")
    later = replace(draft, due_date=LATER.due_date)
    assert sides(draft, ours=later, **case).decide() == Change(fields={"due_date": LATER.due_date})


# Status


@pytest.mark.parametrize(
    ("kind", "our_status", "ours", "theirs", "status"),
    [
        ("expense", "approved", "SUBMITTED", "DRAFT", "SUBMITTED"),
        ("expense", "draft", "DRAFT", "SUBMITTED", "DRAFT"),  # put back to draft (S33 alike)
        ("invoice", "sent", "AUTHORISED", "DRAFT", "AUTHORISED"),  # S40
        ("invoice", "sent", "AUTHORISED", "SUBMITTED", "AUTHORISED"),
    ],
)
def test_a_status_that_changed_here_goes(
    kind: str, our_status: str, ours: str, theirs: str, status: str
) -> None:
    agreed = document(status=theirs)
    case = sides(agreed, ours=replace(agreed, status=ours), kind=kind, our_status=our_status)
    assert case.decide() == Change(status=status)


def test_an_invoice_that_was_sent_says_so_in_xero() -> None:
    draft = document(status="DRAFT")
    ours = replace(draft, status="AUTHORISED", sent_to_contact=True)
    decision = sides(draft, ours=ours, **ISSUED).decide()
    assert decision == Change(fields={"sent_to_contact": True}, status="AUTHORISED")


def test_a_bill_that_the_accountant_sent_back_unseen_is_not_submitted_again() -> None:
    back = replace(AGREED, status="DRAFT")
    assert sides(AGREED, ours=DEARER, theirs=back, seen=False).decide() == Stop("CHANGED_IN_XERO")
    decision = sides(AGREED, ours=DEARER, theirs=back).decide()
    assert isinstance(decision, Change)
    assert decision.status == "SUBMITTED"


def test_an_approved_status_is_never_lowered_from_here() -> None:
    draft = document(status="DRAFT")
    case = sides(draft, theirs=replace(draft, status="AUTHORISED"), kind="invoice", our_status="draft")
    assert case.decide() == Nothing()


@pytest.mark.parametrize("ended", ["VOIDED", "DELETED"])
@pytest.mark.parametrize("kind", ["expense", "invoice"])
def test_what_left_xero_asks_before_anything_goes(kind: str, ended: str) -> None:
    status = {"expense": "approved", "invoice": "sent"}[kind]
    case = sides(AGREED, ours=LATER, theirs=replace(AGREED, status=ended), kind=kind, our_status=status)
    assert case.decide() == Stop("GONE_FROM_XERO")


REMOVED = [
    ("expense", "DRAFT", False, Change(status="DELETED")),
    ("expense", "SUBMITTED", False, Change(status="DELETED")),
    ("expense", "AUTHORISED", False, Stop("VOID_IT_IN_XERO")),
    ("expense", "PAID", True, Stop("VOID_IT_IN_XERO")),
    ("invoice", "DRAFT", False, Change(status="DELETED")),
    ("invoice", "AUTHORISED", False, Change(status="VOIDED")),
    ("invoice", "AUTHORISED", True, Stop("VOID_IT_IN_XERO")),
    *[
        (kind, ended, False, Nothing())
        for kind, ended in product(("expense", "invoice"), ("VOIDED", "DELETED"))
    ],
]


@pytest.mark.parametrize(("kind", "theirs", "has_money", "decision"), REMOVED)
def test_what_was_cancelled_or_voided_here_leaves_xero_with_its_status_alone(
    kind: str, theirs: str, has_money: bool, decision: object
) -> None:
    gone = replace(AGREED, status="", due_date=None)
    case = sides(
        AGREED,
        ours=gone,
        theirs=replace(AGREED, status=theirs),
        kind=kind,
        our_status=mapping.REMOVED_HERE[kind],
        has_money=has_money,
    )
    assert case.decide() == decision


@pytest.mark.parametrize(("kind", "row"), [(kind, row) for kind, rows in mapping.MET.items() for row in rows])
def test_every_pair_of_statuses_decides_a_change_as_its_row_says(kind: str, row: mapping.Met) -> None:
    status = mapping.target_status(kind, row.ours) or ""
    agreed = document(status=status)
    ours = replace(agreed, due_date=LATER.due_date)
    case = sides(agreed, ours=ours, theirs=replace(agreed, status=row.theirs), kind=kind, our_status=row.ours)
    decision = case.decide()
    if not status:
        assert not isinstance(decision, Change) or (decision.lines is None and not decision.fields)
    elif row.theirs in mapping.ENDED:
        assert decision == Stop("GONE_FROM_XERO")
    elif row.edit is Edit.NOTHING:
        assert decision == Stop("LOCKED_IN_XERO")
    elif row.edit is Edit.ONCE_APPROVED:
        assert decision == Stop("PUT_BACK_TO_DRAFT")  # S33
    else:
        assert isinstance(decision, Change)
        assert decision.fields == {"due_date": LATER.due_date}


# Rates of foreign currencies (bookkeeping rule 16)


AT_A_RATE = replace(AGREED, currency="EUR", currency_rate=Decimal("1.150000"))
RATED = {"currency_rate": Decimal("1.150000")}


def _change(agreed: Face = AT_A_RATE, **more: Any) -> dict[str, Any]:
    decision = sides(agreed, **more).decide()
    assert isinstance(decision, Change), decision
    return decision.fields


@pytest.mark.parametrize(("name", "value"), [("date", dt.date(2026, 3, 9)), ("due_date", LATER.due_date)])
def test_the_rate_goes_again_with_every_update_so_that_nothing_is_revalued(name: str, value: dt.date) -> None:
    assert _change(ours=replace(AT_A_RATE, **{name: value})) == {name: value, **RATED}


def test_a_document_with_money_on_it_keeps_its_rate_and_takes_none() -> None:
    agreed = replace(AT_A_RATE, status="AUTHORISED")
    later = replace(agreed, due_date=LATER.due_date)
    paid = {"kind": "invoice", "our_status": "sent", "has_money": True}
    assert _change(agreed, ours=later, **paid) == {"due_date": LATER.due_date}


def test_another_currency_goes_without_the_rate_of_the_one_before() -> None:
    assert _change(ours=replace(AT_A_RATE, currency="USD", currency_rate=None)) == {"currency": "USD"}


def test_a_rate_of_ones_own_is_a_change_like_any_other() -> None:
    ours = replace(AT_A_RATE, currency_rate=Decimal("1.18"))
    assert _change(ours=ours) == {"currency_rate": Decimal("1.18")}
    there = replace(AT_A_RATE, currency_rate=Decimal("1.2"))
    assert sides(AT_A_RATE, ours=ours, theirs=there, seen=False).decide() == Stop("CHANGED_IN_XERO")


def test_a_rate_changed_in_xero_is_not_written_over_by_another_change() -> None:
    there = replace(AT_A_RATE, currency_rate=Decimal("1.2"))
    ours = replace(AT_A_RATE, due_date=LATER.due_date)
    assert sides(AT_A_RATE, ours=ours, theirs=there, seen=False).decide() == Stop("CHANGED_IN_XERO")
