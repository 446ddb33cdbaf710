"""Papers: what stands on an invoice, in the branch's words, and a PDF that can be kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bluestamp.books import companies, credit_notes, documents, invoices, ledgers, papers, quotes
from bluestamp.books.companies import Company
from bluestamp.books.documents import PaymentStanding
from bluestamp.books.invoices import Invoice, InvoiceDraft
from bluestamp.books.jobs import Job
from bluestamp.books.ledgers import Chart, ChartTaxRate
from bluestamp.books.line_items import LineDraft
from bluestamp.books.quotes import QuoteDraft
from bluestamp.people import actors, branches
from bluestamp.people.actors import Actor
from bluestamp.people.branches import Branch, BranchDraft
from bluestamp.people.rows import Studio

pytestmark = pytest.mark.usefixtures("in_northlight")

LINES = (
    LineDraft(
        item="Design",
        description="Two weeks",
        quantity=Decimal("10"),
        unit_amount=Decimal("640"),
    ),
    LineDraft(
        item="Print", quantity=Decimal("2.5"), unit_amount=Decimal("48.0625"), discount_rate=Decimal("10")
    ),
)


@pytest.fixture
def branch(in_northlight: None, london: Branch, ada: Actor, now: datetime) -> Branch:
    draft = BranchDraft(
        name="London",
        legal_name="Northlight Studio Ltd",
        currency="GBP",
        locale="en-GB",
        address="14 Lamb Street\nLondon",
        tax_number="GB 1",
        payment_details="Sort code 04-00-04",
    )
    return branches.edit(london.id, draft, by=ada, now=now)


@pytest.fixture
def taxed(branch: Branch, northlight: Studio, ada: Actor, now: datetime) -> None:
    """London books into a ledger with 20 % and nothing else."""
    ledger = ledgers.create(studio_id=northlight.pk, name="Books", base_currency="GBP", country="GB")
    rate = ChartTaxRate(tax_type="STANDARD", name="20% VAT", percent=Decimal(20), for_revenue=True)
    ledgers.fill(ledger, Chart(name="Books", base_currency="GBP", tax_rates=(rate,)), now=now)
    ledgers.assign([branch.id], ledger, by=ada, now=now)


@pytest.fixture
def draft(branch: Branch, client_company: Company, job: Job) -> InvoiceDraft:
    return InvoiceDraft(
        branch_id=branch.id,
        company_id=client_company.id,
        job_id=job.id,
        issued_on=date(2026, 11, 2),
        currency="GBP",
        reference="PO 77",
        lines=LINES,
    )


def _loaded(invoice: Invoice) -> Any:
    return documents.load("invoice", invoice.id)


def _sums(content: dict[str, Any]) -> dict[str, str]:
    return {row["label"]: row["value"] for row in content["sums"]}


def test_a_paper_says_who_bills_whom_for_what_and_when(
    draft: InvoiceDraft, client_company: Company, ben: Actor, now: datetime
) -> None:
    told = replace(companies.draft_of(client_company), address="Old Custom House\nBristol", tax_number="GB 2")
    companies.edit(company_id=client_company.id, version=1, draft=told, by=ben, now=now)
    content = papers.content(_loaded(invoices.create(draft, by=ben, now=now)))
    assert content["sender"] == {
        "name": "Northlight Studio Ltd",
        "details": "14 Lamb Street\nLondon\nVAT number GB 1",
    }
    assert content["client"] == {
        "name": "Harbour Museum",
        "details": "Old Custom House\nBristol\nVAT number GB 2",
    }
    assert [(fact["label"], fact["value"]) for fact in content["facts"]] == [
        ("Date", "2 November 2026"),
        ("Due", "2 December 2026"),
        ("Your reference", "PO 77"),
        ("Job", "JOB-0001 Tides"),
    ]
    assert content["payment_details"] == "Sort code 04-00-04"


def test_lines_show_discounts_only_where_there_are_any(
    draft: InvoiceDraft, ben: Actor, now: datetime
) -> None:
    content = papers.content(_loaded(invoices.create(draft, by=ben, now=now)))
    assert content["columns"] == ["Description", "Quantity", "Price", "Discount", "VAT", "Amount"]
    assert [line["figures"] for line in content["lines"]] == [
        ["10", "£640.00", "", "0%", "£6,400.00"],
        ["2.5", "£48.0625", "10%", "0%", "£108.14"],
    ]
    plain = replace(draft, lines=LINES[:1])
    content = papers.content(_loaded(invoices.create(plain, by=ben, now=now)))
    assert content["columns"] == ["Description", "Quantity", "Price", "VAT", "Amount"]


@pytest.mark.usefixtures("taxed")
def test_tax_is_shown_by_rate_and_adds_up_to_the_total(
    draft: InvoiceDraft, ben: Actor, now: datetime
) -> None:
    lines = (replace(LINES[0], tax_type="STANDARD"), LINES[1])
    content = papers.content(_loaded(invoices.create(replace(draft, lines=lines), by=ben, now=now)))
    assert _sums(content) == {
        "Subtotal": "£6,508.14",
        "VAT 0% on £108.14": "£0.00",
        "VAT 20% on £6,400.00": "£1,280.00",
        "Total incl. VAT": "£7,788.14",
    }
    assert content["due"] == {"label": "Amount due", "value": "£7,788.14"}


@pytest.mark.usefixtures("taxed")
def test_amounts_with_tax_in_them_show_the_net_that_was_taxed(
    draft: InvoiceDraft, ben: Actor, now: datetime
) -> None:
    inclusive = replace(draft, tax_mode="inclusive", lines=(replace(LINES[0], tax_type="STANDARD"),))
    content = papers.content(_loaded(invoices.create(inclusive, by=ben, now=now)))
    assert content["columns"][-1] == "Amount incl. VAT"
    assert _sums(content)["VAT 20% on £5,333.33"] == "£1,066.67"


def test_a_document_without_tax_does_not_speak_of_it(draft: InvoiceDraft, ben: Actor, now: datetime) -> None:
    content = papers.content(_loaded(invoices.create(replace(draft, tax_mode="no_tax"), by=ben, now=now)))
    assert "VAT" not in content["columns"]
    assert _sums(content) == {"Total": "£6,508.14"}


def test_a_draft_says_so_and_has_no_number(draft: InvoiceDraft, ben: Actor, now: datetime) -> None:
    content = papers.content(_loaded(invoices.create(draft, by=ben, now=now)))
    assert (content["mark"], content["number"], content["short_title"]) == ("Draft", "", "Invoice (Draft)")


def test_what_was_paid_stands_before_what_is_due(draft: InvoiceDraft, ben: Actor, now: datetime) -> None:
    invoice = invoices.create(replace(draft, lines=LINES[:1]), by=ben, now=now)
    invoices.mark_as_sent(invoice_id=invoice.id, version=1, by=ben, now=now)
    invoices.take_standing(
        invoice_id=invoice.id,
        standing=PaymentStanding(Decimal("1000.00"), Decimal("400.00"), Decimal("5000.00")),
        is_paid=False,
        by=actors.xero(ben.studio_id),
        now=now,
    )
    content = papers.content(_loaded(invoice))
    assert (_sums(content)["Paid"], _sums(content)["Credited"]) == ("−£1,000.00", "−£400.00")
    assert content["due"]["value"] == "£5,000.00"


def test_a_void_invoice_asks_for_no_money(
    draft: InvoiceDraft, ben: Actor, cleo: Actor, now: datetime
) -> None:
    invoice = invoices.create(draft, by=ben, now=now)
    Invoice.objects.filter(pk=invoice.pk).update(status="void", amount_due=0)
    content = papers.content(_loaded(invoice))
    assert (content["mark"], content["is_void"]) == ("Void", True)
    assert (content["payment_details"], content["pay_by"]) == ("", "")


def test_a_german_branch_writes_german(
    branch: Branch, draft: InvoiceDraft, ada: Actor, ben: Actor, now: datetime
) -> None:
    german = BranchDraft(name="London", legal_name="Nordlicht GmbH", currency="EUR", locale="de-DE")
    branches.edit(branch.id, german, by=ada, now=now)
    content = papers.content(_loaded(invoices.create(replace(draft, currency="EUR"), by=ben, now=now)))
    assert content["title"] == "Rechnung"
    assert content["facts"][0] == {"label": "Datum", "value": "2. November 2026"}
    assert content["lines"][1]["figures"] == [
        "2,5",
        "48,0625\u00a0€",
        "10\u00a0%",
        "0\u00a0%",
        "108,14\u00a0€",
    ]


def test_a_paper_is_a_pdf_made_for_keeping(draft: InvoiceDraft, ben: Actor, now: datetime) -> None:
    pdf = papers.invoice_pdf(_loaded(invoices.create(draft, by=ben, now=now)))
    assert pdf.startswith(b"%PDF-")
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert pdf.count(b"Inter-") > 0


def test_a_sign_in_no_font_still_gives_a_paper(draft: InvoiceDraft, ben: Actor, now: datetime) -> None:
    odd = replace(draft, reference="\U000f0000 株式会社")
    pdf = papers.invoice_pdf(_loaded(invoices.create(odd, by=ben, now=now)))
    assert pdf.startswith(b"%PDF-")
    assert b"pdfaid" not in pdf


@pytest.mark.parametrize(
    "text", ['#panic("no")', '"]) #read("/etc/passwd")', "*bold* _x_ $x$ <a> @b \\ //", "a\nb"]
)
def test_what_a_person_types_is_never_a_command(
    text: str, draft: InvoiceDraft, ben: Actor, now: datetime
) -> None:
    lines = (LineDraft(item=text[:200], description=text, unit_amount=Decimal(1)),)
    invoice = invoices.create(replace(draft, reference=text, lines=lines), by=ben, now=now)
    assert papers.invoice_pdf(_loaded(invoice)).startswith(b"%PDF-")


def test_a_long_invoice_runs_over_pages(draft: InvoiceDraft, ben: Actor, now: datetime) -> None:
    pdf = papers.invoice_pdf(_loaded(invoices.create(replace(draft, lines=LINES * 40), by=ben, now=now)))
    assert b"<</Type/Pages/Count 4/" in pdf


def test_a_credit_note_names_its_invoice_once_and_asks_for_no_money(
    draft: InvoiceDraft, ben: Actor, cleo: Actor, now: datetime
) -> None:
    sold = invoices.create(draft, by=ben, now=now)
    sold = invoices.mark_as_sent(invoice_id=sold.id, version=1, by=ben, now=now)
    note = credit_notes.from_invoice(invoice_id=sold.id, issued_on=date(2026, 11, 9), by=cleo, now=now)
    content = papers.content(documents.load("credit_note", note.id))
    assert (content["heading"], content["reader"], content["mark"]) == ("Credit note", "Credited to", "Draft")
    facts = [(fact["label"], fact["value"]) for fact in content["facts"]]
    assert ("For invoice", sold.number) in facts and "Your reference" not in dict(facts)
    assert content["due"] == {"label": "Total credit", "value": f"£{sold.total:,.2f}"}
    assert (content["payment_details"], content["pay_by"]) == ("", "")
    assert papers.credit_note_pdf(note).startswith(b"%PDF-")


def test_a_quote_says_what_it_is_for_and_until_when_it_stands(
    draft: InvoiceDraft, ben: Actor, now: datetime
) -> None:
    offered = QuoteDraft(
        branch_id=draft.branch_id,
        company_id=draft.company_id,
        issued_on=draft.issued_on,
        currency="GBP",
        title="A wall of tides",
        lines=LINES[:1],
    )
    quote = quotes.create(offered, by=ben, now=now)
    content = papers.content(documents.load("quote", quote.id))
    assert (content["heading"], content["reader"], content["subject"]) == (
        "Quote",
        "Prepared for",
        "A wall of tides",
    )
    assert ("Valid until", "2 December 2026") in [(fact["label"], fact["value"]) for fact in content["facts"]]
    assert papers.quote_pdf(quote).startswith(b"%PDF-")
