"""The papers that clients get: an invoice as PDF, set by typst from `paper/invoice.typ`.

Whatever a person typed travels as JSON and is never part of the source, so that no text can be a command. The PDF is
made for keeping (PDF/A-2b), unless a sign in it is in no font at hand, which that standard forbids.
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

from bluestamp.books import paper_words
from bluestamp.books.invoices import Invoice, Status
from bluestamp.books.line_items import LineItem
from bluestamp.books.paper_words import Words
from bluestamp.money import amounts
from bluestamp.money.totals import TaxMode

_FOLDER: Final = Path(__file__).parent / "paper"
#: What is tried in turn: our fonts alone make the same paper everywhere; the machine's may know a sign that ours don't.
_WAYS: Final[tuple[dict[str, Any], ...]] = (
    {"ignore_system_fonts": True, "pdf_standards": ["a-2b"]},
    {"ignore_system_fonts": False, "pdf_standards": ["a-2b"]},
    {"ignore_system_fonts": False},
)


def invoice_pdf(invoice: Invoice) -> bytes:
    """Set an invoice as it is now. Of a draft or a void one the paper says that it is.

    Raises typst.TypstError when it can't be set at all.
    """
    said = json.dumps(content(invoice), ensure_ascii=False)
    *before, last = [partial(_compiled, said, way) for way in _WAYS]
    for attempt in before:
        try:
            return attempt()
        except typst.TypstError:  # a sign without a glyph; any other fault shows again in the last way
            continue
    return last()


def content(invoice: Invoice) -> dict[str, Any]:
    """Give everything that stands on the paper, as text in the branch's locale, in the shape that the template reads."""
    locale = Locale.parse(invoice.branch.locale.replace("-", "_"))
    paper = _Paper(invoice, locale)
    return {
        "language": locale.language,
        "region": locale.territory or "GB",
        "title": f"{paper.words.invoice} {invoice.number}".strip(),
        "short_title": f"{paper.words.invoice} {invoice.number or f'({paper.words.draft})'}",
        "number": invoice.number,
        "mark": paper.mark,
        "is_void": invoice.status == Status.VOID,
        "words": asdict(paper.words),
        "sender": paper.sender(),
        "client": paper.client(),
        "facts": paper.facts(),
        "columns": paper.columns(),
        "lines": [paper.line(line) for line in paper.lines],
        "sums": paper.sums(),
        "due": paper.due(),
        "payment_details": invoice.branch.payment_details.strip() if paper.is_open else "",
        "pay_by": paper.day(invoice.due_on) if invoice.due_on and paper.is_open else "",
        "footer": paper.footer(),
    }


# Steps


def _compiled(said: str, way: dict[str, Any]) -> bytes:
    made: bytes = typst.compile(
        str(_FOLDER / "invoice.typ"),
        root=str(_FOLDER),
        font_paths=[str(_FOLDER / "fonts")],
        format="pdf",
        sys_inputs={"doc": said},
        **way,
    )
    return made


class _Paper:
    """One invoice being written out."""

    def __init__(self, invoice: Invoice, locale: Locale) -> None:
        self.invoice, self.branch, self.company = invoice, invoice.branch, invoice.company
        self.locale = locale
        self.words: Words = paper_words.of(locale, is_registered=bool(self.branch.tax_number))
        self.lines: list[LineItem] = invoice.items
        self.mode = TaxMode(invoice.tax_mode)
        self.has_discounts = any(line.discount_rate for line in self.lines)
        self.is_open = invoice.status in (Status.DRAFT, Status.SENT)
        self.mark = {Status.DRAFT: self.words.draft, Status.VOID: self.words.void}.get(
            Status(invoice.status), ""
        )

    def money(self, value: Decimal) -> str:
        return amounts.format_amount(value, currency=self.invoice.currency, locale=self.branch.locale)

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
        return {"name": self.invoice.company_name, "details": _joined(details)}

    def facts(self) -> list[dict[str, str]]:
        job = self.invoice.job
        facts = (
            (self.words.number, self.invoice.number),
            (self.words.issued_on, self.day(self.invoice.issued_on)),
            (self.words.due_on, self.day(self.invoice.due_on) if self.invoice.due_on else ""),
            (self.words.reference, self.invoice.reference),
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
            line.unit_amount, currency=self.invoice.currency, locale=self.branch.locale
        )
        figures = [self.figure(line.quantity), unit]
        if self.has_discounts:
            figures.append(self.percent(line.discount_rate) if line.discount_rate else "")
        if self.mode is not TaxMode.NO_TAX:
            figures.append(self.percent(line.tax_percent))
        figures.append(self.money(line.line_amount))
        return {"item": line.item, "description": line.description.strip(), "figures": figures}

    def sums(self) -> list[dict[str, str]]:
        rows: list[tuple[str, Decimal]] = []
        if self.mode is not TaxMode.NO_TAX:
            rows.append((self.words.sub_total, self.invoice.sub_total))
            rows += self._taxes()
        total = self.words.total if self.mode is TaxMode.NO_TAX else self.words.total_with_tax
        rows.append((total, self.invoice.total))
        settled = (
            (self.words.paid, self.invoice.amount_paid),
            (self.words.credited, self.invoice.amount_credited),
        )
        rows += [(label, -amount) for label, amount in settled if amount]
        return [{"label": label, "value": self.money(amount)} for label, amount in rows]

    def due(self) -> dict[str, str]:
        return {"label": self.words.amount_due, "value": self.money(self.invoice.amount_due)}

    def footer(self) -> list[str]:
        return [part for part in (self.sender()["name"], self._tax_number(self.branch.tax_number)) if part]

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
