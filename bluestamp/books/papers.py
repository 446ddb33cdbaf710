"""The papers that clients and suppliers get, as PDF, set by typst from `paper/paper.typ`: invoices, credit notes,
purchase orders, quotes. What sets them apart stands in `sheets`.

Whatever a person typed travels as JSON and is never part of the source, so that no text can be a command. The PDF is
made for keeping (PDF/A-2b), unless a sign in it is in no font at hand, which that standard forbids. Figures on the
paper of a credit note are positive: its heading says what they are.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import typst
from babel import Locale
from babel.dates import format_date

from bluestamp.books import paper_words, sheets
from bluestamp.books.credit_notes import CreditNote
from bluestamp.books.documents import Document
from bluestamp.books.invoices import Invoice
from bluestamp.books.line_items import LineItem
from bluestamp.books.paper_words import Words
from bluestamp.books.purchase_orders import PurchaseOrder
from bluestamp.books.quotes import Quote
from bluestamp.money import amounts
from bluestamp.money.totals import TaxMode

_FOLDER: Final = Path(__file__).parent / "paper"
#: What is tried in turn: our fonts alone make the same paper everywhere; the machine's may know a sign that ours don't.
_WAYS: Final[tuple[dict[str, Any], ...]] = (
    {"ignore_system_fonts": True, "pdf_standards": ["a-2b"]},
    {"ignore_system_fonts": False, "pdf_standards": ["a-2b"]},
    {"ignore_system_fonts": False},
)


def pdf(document: Document) -> bytes:
    """Set a document of any kind that has a paper, as it is now. Of a draft or a void one the paper says that it is.

    Raises typst.TypstError when it can't be set at all.
    """
    said = json.dumps(content(document), ensure_ascii=False)
    *before, last = [partial(_compiled, said, way) for way in _WAYS]
    for attempt in before:
        try:
            return attempt()
        except typst.TypstError:  # a sign without a glyph; any other fault shows again in the last way
            continue
    return last()


def invoice_pdf(invoice: Invoice) -> bytes:
    """Set an invoice as it is now."""
    return pdf(invoice)


def credit_note_pdf(note: CreditNote) -> bytes:
    """Set a credit note as it is now."""
    return pdf(note)


def purchase_order_pdf(order: PurchaseOrder) -> bytes:
    """Set a purchase order as the supplier gets it: what its lines are sold on for is not on it."""
    return pdf(order)


def quote_pdf(quote: Quote) -> bytes:
    """Set a quote as it is now."""
    return pdf(quote)


def content(document: Document) -> dict[str, Any]:
    """Give everything that stands on the paper, as text in the branch's locale, in the shape that the template reads."""
    locale = Locale.parse(document.branch.locale.replace("-", "_"))
    paper = _Paper(document, locale)
    return {
        "language": locale.language,
        "region": locale.territory or "GB",
        "heading": paper.heading,
        "title": f"{paper.heading} {document.number}".strip(),
        "short_title": f"{paper.heading} {document.number or f'({paper.words.draft})'}",
        "number": document.number,
        "mark": paper.mark,
        "is_void": document.status == paper.sheet.removed,
        "words": asdict(paper.words),
        "sender": paper.sender(),
        "reader": paper.word(paper.sheet.reader),
        "client": paper.client(),
        "facts": paper.facts(),
        "subject": getattr(document, "title", ""),
        "columns": paper.columns(),
        "lines": [paper.line(line) for line in paper.lines],
        "sums": paper.sums(),
        "due": paper.due(),
        "payment_details": document.branch.payment_details.strip() if paper.asks else "",
        "pay_by": paper.day(document.due_on) if document.due_on and paper.asks else "",
        "notes": paper.notes(),
        "footer": paper.footer(),
    }


# Steps


def _compiled(said: str, way: dict[str, Any]) -> bytes:
    made: bytes = typst.compile(
        str(_FOLDER / "paper.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FOLDER / "fonts")],
        format="pdf",
        sys_inputs={"doc": said},
        **way,
    )
    return made


class _Paper:
    """One document being written out."""

    def __init__(self, document: Document, locale: Locale) -> None:
        self.document, self.branch, self.company = document, document.branch, document.company
        self.locale, self.sheet = locale, sheets.OF_KIND[document.kind]
        self.words: Words = paper_words.of(locale, is_registered=bool(self.branch.tax_number))
        self.lines: list[LineItem] = document.items
        self.mode = TaxMode(document.tax_mode)
        self.has_discounts = any(line.discount_rate for line in self.lines)
        self.heading = self.word(self.sheet.title)
        self.mark = self.word(self.sheet.marks.get(document.status, ""))
        self.asks = document.status in self.sheet.asks_in

    def word(self, name: str) -> str:
        return getattr(self.words, name) if name else ""

    def money(self, value: Decimal) -> str:
        return amounts.format_amount(value, currency=self.document.currency, locale=self.branch.locale)

    def figure(self, value: Decimal) -> str:
        return amounts.format_quantity(value, locale=self.branch.locale)

    def percent(self, value: Decimal) -> str:
        return f"{self.figure(value)}%" if self.locale.language == "en" else f"{self.figure(value)}\u00a0%"

    def day(self, value: Any) -> str:
        return format_date(value, format="long", locale=self.locale)

    def sender(self) -> dict[str, str]:
        details = [self.branch.address.strip(), self._tax_number(self.branch.tax_number), self.branch.email]
        return {"name": self.branch.legal_name or self.branch.name, "details": _joined(details)}

    def client(self) -> dict[str, str]:
        details = [self.company.address.strip(), self._tax_number(self.company.tax_number)]
        return {"name": self.document.company_name, "details": _joined(details)}

    def facts(self) -> list[dict[str, str]]:
        document, job = self.document, self.document.job
        credited = document.invoice if isinstance(document, CreditNote) else None
        facts = (
            (self.words.number, document.number),
            (self.words.issued_on, self.day(document.issued_on)),
            (self.word(self.sheet.due_on), self.day(document.due_on) if document.due_on else ""),
            (self.words.for_invoice, credited.number if credited else ""),
            # A note made from an invoice has that one's number as its reference, which then stands there already.
            (self.word(self.sheet.reference), "" if credited else document.reference),
            (self.words.job, str(job) if job else ""),
        )
        return [{"label": label, "value": value} for label, value in facts if value]

    def columns(self) -> list[str]:
        amount = self.words.amount_with_tax if self.mode is TaxMode.INCLUSIVE else self.words.amount
        optional = [
            (self.has_discounts, self.words.discount),
            (self.mode is not TaxMode.NO_TAX, self.words.tax),
        ]
        shown = [word for is_shown, word in optional if is_shown]
        return [self.words.description, self.words.quantity, self.words.unit_amount, *shown, amount]

    def line(self, line: LineItem) -> dict[str, Any]:
        unit = amounts.format_unit_amount(
            line.unit_amount, currency=self.document.currency, locale=self.branch.locale
        )
        figures = [self.figure(line.quantity), unit]
        if self.has_discounts:
            figures.append(self.percent(line.discount_rate) if line.discount_rate else "")
        if self.mode is not TaxMode.NO_TAX:
            figures.append(self.percent(line.tax_percent))
        figures.append(self.money(line.line_amount))
        return {"item": line.item, "description": line.description.strip(), "figures": figures}

    def sums(self) -> list[dict[str, str]]:
        """What leads to the large figure: of what is asked for, the total and what was settled already, too."""
        rows: list[tuple[str, Decimal]] = []
        if self.mode is not TaxMode.NO_TAX:
            rows.append((self.words.sub_total, self.document.sub_total))
            rows += self._taxes()
        if self.sheet.in_the_end == "amount_due":
            settled = (
                (self.words.paid, self.document.amount_paid),
                (self.words.credited, self.document.amount_credited),
            )
            rows.append((self._total_label(), self.document.total))
            rows += [(label, -amount) for label, amount in settled if amount]
        return [{"label": label, "value": self.money(amount)} for label, amount in rows]

    def due(self) -> dict[str, str]:
        ends = self.sheet.in_the_end
        if ends == "amount_due":
            return {"label": self.words.amount_due, "value": self.money(self.document.amount_due)}
        label = self._total_label() if ends == "total_with_tax" else self.word(ends)
        return {"label": label, "value": self.money(self.document.total)}

    def notes(self) -> list[dict[str, str]]:
        """What a supplier is told besides."""
        order = self.document
        if not isinstance(order, PurchaseOrder):
            return []
        told = (
            (self.words.deliver_to, order.delivery_address),
            (self.words.attention, order.attention_to),
            (self.words.instructions, order.instructions),
        )
        return [{"label": label, "text": text.strip()} for label, text in told if text.strip()]

    def footer(self) -> list[str]:
        return [part for part in (self.sender()["name"], self._tax_number(self.branch.tax_number)) if part]

    def _total_label(self) -> str:
        return self.words.total if self.mode is TaxMode.NO_TAX else self.words.total_with_tax

    def _taxes(self) -> list[tuple[str, Decimal]]:
        """The tax by rate, from the stored lines: what the totals were added up from."""
        nets: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
        taxes: defaultdict[Decimal, Decimal] = defaultdict(Decimal)
        for line in self.lines:
            within = line.tax_amount if self.mode is TaxMode.INCLUSIVE else Decimal(0)
            nets[line.tax_percent] += line.line_amount - within
            taxes[line.tax_percent] += line.tax_amount
        return [(self._tax_label(percent, nets[percent]), taxes[percent]) for percent in sorted(taxes)]

    def _tax_label(self, percent: Decimal, net: Decimal) -> str:
        words = self.words
        return words.on_net.format(tax=words.tax, percent=self.percent(percent), net=self.money(net))

    def _tax_number(self, number: str) -> str:
        return f"{self.words.tax_number} {number}" if number else ""


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(part for part in parts if part)
