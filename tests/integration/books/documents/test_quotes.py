"""Quotes: offered, answered, invoiced in shares; never owed, never copied."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction

from bluestamp.books import documents, invoices, ledgers, letters, papers, quotes
from bluestamp.books.companies import Company
from bluestamp.books.documents import NotEditable, Stale
from bluestamp.books.ledgers import Chart, ChartAccount, ChartTaxRate, Ledger, LedgerDefaults
from bluestamp.books.line_items import LineDraft
from bluestamp.books.quotes import AllInvoiced, NotIssuable, NotMovable, Quote, QuoteDraft
from bluestamp.engine import tenancy
from bluestamp.errors import Invalid, InvalidFields, NotFound, NotPermitted
from bluestamp.people import activity
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch
from bluestamp.people.rows import Studio


@pytest.fixture
def draft(kestrel: Company, london: Branch) -> QuoteDraft:
    """Two lines for Kestrel: 1,000.00 and 900.00 before tax."""
    return QuoteDraft(
        branch_id=london.id,
        company_id=kestrel.id,
        title="Livery",
        issued_on=dt.date(2026, 11, 2),
        currency="GBP",
        reference="PO 7781",
        lines=(
            LineDraft(item="Art direction", quantity=Decimal("2.5"), unit_amount=Decimal(400)),
            LineDraft(item="Illustration", quantity=Decimal(6), unit_amount=Decimal(150)),
        ),
    )


@pytest.fixture
def quote(ledger: Ledger, draft: QuoteDraft, ben: Actor, now: dt.datetime) -> Quote:
    """A draft of Ben's."""
    return quotes.create(draft, by=ben, now=now)


@pytest.fixture
def pending(quote: Quote, ben: Actor, now: dt.datetime) -> Quote:
    """The same, with the client: Q-0001."""
    return quotes.mark_as_sent(quote_id=quote.id, version=1, by=ben, now=now)


@pytest.fixture
def agreed(pending: Quote, ben: Actor, now: dt.datetime) -> Quote:
    """The same, approved by the client."""
    return quotes.approve(quote_id=pending.id, version=2, answered_by="Mira  Holt", by=ben, now=now)


def test_a_quote_is_priced_with_tax_and_owes_nothing(quote: Quote) -> None:
    assert (quote.number, quote.sub_total, quote.total, quote.amount_due) == ("", 1900, 2280, 0)
    assert quote.due_on == dt.date(2026, 12, 2)
    assert [line.account_code for line in quote.items] == ["200", "200"]


def test_the_client_gets_it_with_a_number_and_answers(agreed: Quote, now: dt.datetime) -> None:
    assert (agreed.number, agreed.status, agreed.answered_by) == ("Q-0001", "approved", "Mira Holt")
    assert agreed.answered_on == now.date()
    sentences = [row.sentence for row in activity.history("quote", agreed.id)]
    assert sentences[0] == "Approved by Mira Holt."


def test_what_the_client_has_changes_only_after_it_is_back_in_draft(
    pending: Quote, draft: QuoteDraft, ben: Actor, now: dt.datetime
) -> None:
    other = replace(draft, title="Another")
    with pytest.raises(NotEditable):
        quotes.edit(quote_id=pending.id, version=2, draft=other, by=ben, now=now)
    opened = quotes.back_to_draft(quote_id=pending.id, version=2, by=ben, now=now)
    edited = quotes.edit(quote_id=pending.id, version=opened.version, draft=other, by=ben, now=now)
    again = quotes.mark_as_sent(quote_id=pending.id, version=edited.version, by=ben, now=now)
    assert (again.title, again.number, again.status) == ("Another", "Q-0001", "pending")


def test_saving_what_a_quote_says_already_changes_nothing(quote: Quote, ben: Actor, now: dt.datetime) -> None:
    same = quotes.edit(quote_id=quote.id, version=1, draft=quotes.draft_of(quote), by=ben, now=now)
    assert same.version == 1
    with pytest.raises(Stale):
        quotes.edit(quote_id=quote.id, version=7, draft=quotes.draft_of(quote), by=ben, now=now)


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ((), "lines"),
        ((LineDraft(unit_amount=Decimal(5)),), "lines.0.item"),
        ((LineDraft(item="Rebate", unit_amount=Decimal(-5)),), "lines"),
    ],
)
def test_what_a_quote_lacks_is_said_at_its_field(
    lines: tuple[LineDraft, ...], field: str, ledger: Ledger, draft: QuoteDraft, ben: Actor, now: dt.datetime
) -> None:
    made = quotes.create(replace(draft, lines=lines), by=ben, now=now)
    with pytest.raises(NotIssuable) as refused:
        quotes.mark_as_sent(quote_id=made.id, version=1, by=ben, now=now)
    assert refused.value.field == field
    made.refresh_from_db()
    assert (made.status, made.number) == ("draft", "")


def test_the_tax_of_a_quote_is_never_typed(
    ledger: Ledger, draft: QuoteDraft, ben: Actor, now: dt.datetime
) -> None:
    line = LineDraft(item="Talk", unit_amount=Decimal(10), typed_tax=Decimal(1))
    with pytest.raises(InvalidFields) as refused:
        quotes.create(replace(draft, lines=(line,)), by=ben, now=now)
    assert refused.value.field == "lines.0.typed_tax"


def test_an_invoice_made_of_a_quote_says_what_was_agreed(
    agreed: Quote, draft: QuoteDraft, ben: Actor, now: dt.datetime
) -> None:
    made = quotes.to_invoice(quote_id=agreed.id, by=ben, now=now)
    assert (made.quote_id, made.status, made.reference) == (agreed.id, "draft", "PO 7781")
    assert (made.sub_total, made.total) == (agreed.sub_total, agreed.total)
    assert [line.item for line in made.items] == ["Art direction", "Illustration"]
    with pytest.raises(AllInvoiced):
        quotes.to_invoice(quote_id=agreed.id, by=ben, now=now)


def test_codes_that_the_branchs_books_lack_by_now_are_suggested_anew_for_its_invoice(
    ledger: Ledger, agreed: Quote, london: Branch, ben: Actor, cleo: Actor, now: dt.datetime
) -> None:
    other = ledgers.create(studio_id=ledger.studio_id, name="Northlight Inc", base_currency="GBP")
    sales = ChartAccount(code="4000", name="Fees", account_class="REVENUE", tax_type="STATE")
    state = ChartTaxRate(tax_type="STATE", name="State tax", percent=Decimal(9), for_revenue=True)
    chart = Chart(name=other.name, base_currency="GBP", accounts=(sales,), tax_rates=(state,))
    other = ledgers.fill(other, chart, now=now)
    ledgers.edit_defaults(other, LedgerDefaults(revenue_account_code="4000"))
    ledgers.assign([london.id], other, by=cleo, now=now)
    invoice = quotes.to_invoice(quote_id=agreed.id, by=ben, now=now)
    assert {(line.account_code, line.tax_type) for line in invoice.items} == {("4000", "STATE")}
    assert invoice.sub_total == agreed.sub_total


def test_a_quote_is_invoiced_in_shares_until_nothing_is_left(
    agreed: Quote, ben: Actor, now: dt.datetime
) -> None:
    shares = [
        quotes.to_invoice(quote_id=agreed.id, percent=percent, by=ben, now=now).sub_total
        for percent in (Decimal(30), Decimal("20.5"), None)
    ]
    assert shares == [Decimal("570.00"), Decimal("389.50"), Decimal("940.50")]
    assert quotes.invoiced(agreed).remaining == 0


@pytest.mark.parametrize("tax_mode", ["exclusive", "inclusive", "no_tax"])
@pytest.mark.parametrize("shares", [["33.33", "33.33"], ["0.01", "12.5", "50"], ["99.99"], []])
def test_the_last_share_takes_what_remains_to_the_cent(
    pending: Quote,
    draft: QuoteDraft,
    shares: list[str],
    tax_mode: str,
    ben: Actor,
    now: dt.datetime,
) -> None:
    lines = (
        LineDraft(item="Days", quantity=Decimal("2.3333"), unit_amount=Decimal("3333.33")),
        LineDraft(item="Days", quantity=Decimal("0.0001"), unit_amount=Decimal("90000")),
        LineDraft(
            item="Licence", quantity=Decimal("0.3"), unit_amount=Decimal("-99.99"), discount_rate=Decimal(7)
        ),
        LineDraft(item="All of it as agreed."),
    )
    quote = quotes.back_to_draft(quote_id=pending.id, version=2, by=ben, now=now)
    draft = replace(draft, lines=lines, tax_mode=tax_mode)
    quote = quotes.edit(quote_id=quote.id, version=3, draft=draft, by=ben, now=now)
    quote = quotes.mark_as_sent(quote_id=quote.id, version=4, by=ben, now=now)
    quote = quotes.approve(quote_id=quote.id, version=5, by=ben, now=now)
    made = [
        quotes.to_invoice(quote_id=quote.id, percent=percent, by=ben, now=now)
        for percent in [*map(Decimal, shares), None]
    ]
    of_lines = {line.item: Decimal(0) for line in lines}
    for line in (line for invoice in made for line in invoice.items):
        of_lines[line.item] += line.line_amount
    assert of_lines == {"Days": Decimal("7786.66"), "Licence": Decimal("-27.90"), "All of it as agreed.": 0}
    assert quotes.invoiced(quote).percent_left == quotes.invoiced(quote).remaining == 0


def test_where_an_invoice_was_changed_the_last_share_takes_what_remains_in_all(
    agreed: Quote, ben: Actor, now: dt.datetime
) -> None:
    first = quotes.to_invoice(quote_id=agreed.id, percent=Decimal("33.33"), by=ben, now=now)
    line = LineDraft(item="A trip to the printer", unit_amount=Decimal("0.55"))
    draft = invoices.draft_of(first)
    draft = replace(draft, lines=(*draft.lines, line))
    first = invoices.edit(invoice_id=first.id, version=first.version, draft=draft, by=ben, now=now)
    second = quotes.to_invoice(quote_id=agreed.id, percent=Decimal("10"), by=ben, now=now)
    last = quotes.to_invoice(quote_id=agreed.id, by=ben, now=now)
    assert first.sub_total + second.sub_total + last.sub_total == agreed.sub_total


def test_a_void_invoice_gives_its_share_back(
    agreed: Quote, ben: Actor, cleo: Actor, now: dt.datetime
) -> None:
    made = quotes.to_invoice(quote_id=agreed.id, percent=Decimal(60), by=ben, now=now)
    assert quotes.invoiced(agreed).percent_left == 40
    invoices.void(invoice_id=made.id, version=1, reason="Wrong client", by=cleo, now=now)
    assert quotes.invoiced(agreed).percent_left == 100


@pytest.mark.parametrize("percent", ["0", "-5", "100.01", "33.333", "NaN"])
def test_a_share_is_a_part_of_what_is_left(percent: str, agreed: Quote, ben: Actor, now: dt.datetime) -> None:
    with pytest.raises(Invalid) as refused:
        quotes.to_invoice(quote_id=agreed.id, percent=Decimal(percent), by=ben, now=now)
    assert refused.value.field == "percent"


def test_only_an_approved_quote_is_invoiced(pending: Quote, ben: Actor, now: dt.datetime) -> None:
    with pytest.raises(NotMovable):
        quotes.to_invoice(quote_id=pending.id, by=ben, now=now)
    quotes.decline(quote_id=pending.id, version=2, by=ben, now=now)
    with pytest.raises(NotMovable):
        quotes.to_invoice(quote_id=pending.id, by=ben, now=now)


#: Of each status, the verbs that move it and where to; every other verb is refused. Written by hand beside the code's.
SQUARE = {
    "draft": {"mark_as_sent": "pending", "issue": "pending"},
    "pending": {"approve": "approved", "decline": "declined", "back_to_draft": "draft"},
    "approved": {"back_to_draft": "draft"},
    "declined": {"back_to_draft": "draft"},
}
WAYS = {
    "draft": (),
    "pending": ("mark_as_sent",),
    "approved": ("mark_as_sent", "approve"),
    "declined": ("mark_as_sent", "decline"),
}
VERBS = ("mark_as_sent", "issue", "approve", "decline", "back_to_draft")


def _does(verb: str, quote: Quote, by: Actor, now: dt.datetime) -> Quote:
    said = {"to": "a@b.example"} if verb == "issue" else {}
    version = documents.load("quote", quote.id).version
    moved: Quote = getattr(quotes, verb)(quote_id=quote.id, version=version, by=by, now=now, **said)
    return moved


@pytest.mark.parametrize(("status", "verb"), [(status, verb) for status in SQUARE for verb in VERBS])
def test_every_verb_in_every_status_moves_or_refuses(
    status: str, verb: str, quote: Quote, ben: Actor, now: dt.datetime
) -> None:
    for way in WAYS[status]:
        quote = _does(way, quote, ben, now)
    expected = SQUARE[status].get(verb)
    if expected is None:
        with pytest.raises(NotMovable), transaction.atomic():
            _does(verb, quote, ben, now)
    else:
        assert _does(verb, quote, ben, now).status == expected


def test_the_code_allows_no_move_that_no_verb_makes() -> None:
    in_code = {(str(start), str(move.end)) for move in quotes.MOVES.values() for start in move.starts}
    assert in_code == {(status, end) for status, moves in SQUARE.items() for end in moves.values()}


def test_a_letter_takes_the_quote_to_the_client_with_its_paper(
    quote: Quote, ben: Actor, now: dt.datetime
) -> None:
    letters.issue_by_email(
        kind="quote",
        document_id=quote.id,
        version=1,
        to="mira@kestrel.example",
        message="Here",
        by=ben,
        now=now,
    )
    letter = letters.latest(documents.load("quote", quote.id))
    assert letter is not None and letter.recipients == "mira@kestrel.example"
    said = papers.content(documents.load("quote", quote.id))
    assert (said["subject"], said["number"]) == ("Livery", "Q-0001")


def test_the_accountant_and_dan_write_no_quotes(
    quote: Quote, draft: QuoteDraft, abe: Actor, dan: Actor, daybreak: Studio, now: dt.datetime
) -> None:
    with pytest.raises(NotPermitted):
        quotes.create(draft, by=abe, now=now)
    with pytest.raises(NotPermitted):
        quotes.to_invoice(quote_id=quote.id, by=abe, now=now)
    with tenancy.leaving(), tenancy.acting_in(daybreak.pk):
        for act in (quotes.approve, quotes.decline, quotes.back_to_draft, quotes.mark_as_sent):
            with pytest.raises(NotFound):
                act(quote_id=quote.id, version=1, by=dan, now=now)
